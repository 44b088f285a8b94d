"""Ids of jobs, held against each other without being kept: eight bytes each, looked at again only where two agree.

The hash is our own since it reads Arrow's bytes as they lie: 75 ns an id, where `pandas.util.hash_array` takes 230 and
blake2b 670, as both want Python texts first. It need not be good, only quick: what it suspects is looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
_WORD = 8
_LONGEST = 64  # bytes that are mixed word by word; longer ids are few
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_OTHER = np.uint64(0xC2B2AE3D27D4EB4F)
_SHIFT = np.uint64(29)
#: Keeps the first bytes of a word, none to all of them.
_MASKS = np.array([(1 << 8 * kept) - 1 for kept in range(_WORD + 1)], np.uint64)


def hashes_of(ids: Sequence[str]) -> Array:
    """Eight bytes for each id; equal ids have equal ones, and others almost never.

    >>> one, other, again = hashes_of(["hero-01", "hero-02", "hero-01"]).tolist()
    >>> one == again, one == other
    (True, False)
    """
    texts = [text.encode("utf-8", "surrogatepass") for text in ids]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    starts = np.cumsum(lengths) - lengths
    return hashes_in(np.frombuffer(b"".join(texts), np.uint8), starts, lengths)


def hashes_in(data: Array, starts: Array, lengths: Array) -> Array:
    """The same for ids that lie in one stretch of UTF-8 bytes."""
    padded = np.concatenate([data, np.zeros(_WORD, np.uint8)])
    words = np.ndarray((len(data) + 1,), "<u8", padded, strides=(1,))
    found = lengths.astype(np.uint64) * _FACTOR
    longest = int(lengths.max(initial=0))
    for at in range(0, min(longest, _LONGEST), _WORD):
        rest = lengths - at
        word = words[np.minimum(starts + at, len(data))]
        least = int(rest.min())
        if least < _WORD:
            word = word & _MASKS[np.clip(rest, 0, _WORD)]
        mixed = (found ^ word) * _OTHER
        mixed ^= mixed >> _SHIFT
        found = mixed if least > 0 else np.where(rest > 0, mixed, found)
    for at in np.flatnonzero(lengths > _LONGEST).tolist():
        text = data[starts[at] : starts[at] + lengths[at]].tobytes()
        found[at] = int.from_bytes(blake2b(text, digest_size=_WORD).digest(), "little")
    return found


class Hashes:
    """The hashes of all ids of a run."""

    def __init__(self) -> None:
        self._parts: list[Array] = []

    def add(self, parts: Sequence[Array]) -> None:
        """Add those of some jobs."""
        self._parts += parts

    def suspects(self) -> Array:
        """The hashes that occur more than once, sorted; what was added is given up."""
        if not self._parts:
            return np.empty(0, np.uint64)
        parts, self._parts = self._parts, []
        whole = np.concatenate(parts)
        del parts
        whole.sort()
        return np.unique(whole[1:][whole[1:] == whole[:-1]])


class Places:
    """Where ids stand whose hashes are suspected, in order; sixteen bytes of each id say whether two are the same.

    Args:
        suspects: the hashes, sorted.
    """

    def __init__(self, suspects: Array) -> None:
        self._suspects = suspects
        self._digests: list[Array] = []
        self._sources: list[Array] = []
        self._rows: list[Array] = []

    def suspected(self, hashes: Array) -> Array:
        """Which of some hashes are suspected."""
        at = np.searchsorted(self._suspects, hashes)
        return np.flatnonzero(self._suspects[np.minimum(at, len(self._suspects) - 1)] == hashes)

    def look(self, source: int, ids: Sequence[str], rows: Sequence[int]) -> None:
        """Look at some jobs' ids."""
        if ids:
            found = self.suspected(hashes_of(ids)).tolist()
            self.note(source, [ids[at] for at in found], [rows[at] for at in found])

    def note(self, source: int, ids: Sequence[str], rows: Sequence[int]) -> None:
        """Note suspected ids."""
        digests = b"".join(blake2b(i.encode("utf-8", "surrogatepass"), digest_size=2 * _WORD).digest() for i in ids)
        self._digests.append(np.frombuffer(digests, np.uint64).reshape(-1, 2))
        self._sources.append(np.full(len(ids), source, np.int32))
        self._rows.append(np.array(rows, np.int64))

    def repeats(self, names: Sequence[str]) -> Repeats:
        """The jobs whose id stands at an earlier place already."""
        digests, sources, rows = map(np.concatenate, (self._digests, self._sources, self._rows))
        order = np.lexsort((digests[:, 1], digests[:, 0]))  # stable: the first of equal ids stays the first
        ordered = digests[order]
        begins = np.ones(len(order), bool)
        begins[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
        first = order[np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))]
        later, first = order[~begins], first[~begins]
        by_place = np.argsort(later)
        later, first = later[by_place], first[by_place]
        return Repeats(names, sources[later], rows[later], sources[first], rows[first])


class Repeats:
    """The jobs whose id stands at an earlier place already, and where that is."""

    def __init__(self, names: Sequence[str], sources: Array, rows: Array, first: Array, first_rows: Array) -> None:
        self._names, self._sources, self._rows = names, sources, rows
        self._first, self._first_rows = first, first_rows

    def within(self, source: int, low: int, high: int) -> Mapping[int, str]:
        """The rows from `low` to `high` of a source, and the places of the firsts."""
        begin, end = np.searchsorted(self._sources, [source, source + 1])
        rows = np.searchsorted(self._rows[begin:end], [low, high + 1]) + begin
        return dict(self._between(int(rows[0]), int(rows[1])))

    def of(self, source: int) -> Iterator[tuple[int, str]]:
        """Each row of a source, and the place of the first, in the order of the rows."""
        begin, end = np.searchsorted(self._sources, [source, source + 1])
        return self._between(int(begin), int(end))

    def _between(self, begin: int, end: int) -> Iterator[tuple[int, str]]:
        for at in range(begin, end):
            yield int(self._rows[at]), f"{self._names[self._first[at]]}:{self._first_rows[at]}"
