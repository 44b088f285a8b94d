"""Which combination of cells each row has, as whole numbers, so that a million rows cost a few hundred prices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[Any]
#: A column's code for each row (-1 where nothing stands) and the values that the codes mean.
Factor = tuple[Codes, Sequence[Any]]
Reduce = Callable[[str, Sequence[Any]], Sequence[int]]

_MOST_SLOTS = 1 << 20  # combinations that a table with a slot for each may have
_REDUCED_FROM = 64  # values of a column, from which it is worth asking which of them are alike


def combined(
    count: int, names: Sequence[str], factors: Iterable[Factor], reduce: Reduce | None = None
) -> tuple[Codes, list[Any]]:
    """Fold the columns of a frame into one code a row.

    Args:
        count: how many rows there are.
        names: the columns' names.
        factors: of each column; taken one at a time, so that one stands in memory.
        reduce: gives for the values of a column the positions of those that stand for them; each for itself without.

    Returns:
        For each row the position of its combination, and the combinations as tuples; None where nothing stands.

    >>> columns = [(np.array([0, 1, 0, -1]), ["a", "b"]), (np.array([0, 0, 0, 0]), [5])]
    >>> codes, rows = combined(4, ["model", "duration"], columns)
    >>> codes.tolist(), rows
    ([1, 2, 1, 0], [(None, 5), ('a', 5), ('b', 5)])
    """
    fold = _Fold(count)
    for name, (codes, values) in zip(names, factors, strict=True):
        if reduce is not None and (name == "date" or len(values) > _REDUCED_FROM):
            codes, values = _merged(codes, values, reduce(name, values))
        fold.add(codes, values)
    return fold.result()


def _merged(codes: Codes, values: Sequence[Any], stands_for: Sequence[int]) -> Factor:
    kept = sorted(set(stands_for))
    place = {at: new for new, at in enumerate(kept)}
    renamed = np.array([*(place[at] for at in stands_for), -1], dtype=np.int32)  # the last is what -1 finds
    return renamed[codes], [values[at] for at in kept]


class _Fold:
    """Combines columns one by one; numbers are made small again before they can overflow."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._codes: Any = np.zeros(count, dtype=np.int32)
        self._rows: list[tuple[Any, ...]] = [()]
        self._pending: list[Sequence[Any]] = []
        self._size, self._below = 1, 0

    def add(self, codes: Codes, values: Sequence[Any]) -> None:
        base = len(values) + 1
        if self._size * base > _MOST_SLOTS:
            self._compress()
        if self._size * base > np.iinfo(np.int32).max:
            self._codes = self._codes.astype(np.int64)
        self._codes *= base
        self._codes += codes
        self._below = self._below * base + 1  # codes begin at -1; this puts them right, once for all columns
        self._pending.append(values)
        self._size *= base

    def result(self) -> tuple[Codes, list[tuple[Any, ...]]]:
        self._compress()
        return self._codes.astype(np.intp, copy=False), self._rows  # what numpy takes by

    def _compress(self) -> None:
        self._codes += self._below
        if self._size <= _MOST_SLOTS:
            codes = self._codes.astype(np.intp, copy=False)  # half the time: numpy would copy others in small parts
            seen = np.zeros(self._size, dtype=bool)
            seen[codes] = True
            occurring = np.flatnonzero(seen)
            places = np.zeros(self._size, dtype=np.intp)
            places[occurring] = np.arange(len(occurring))
            self._codes = places.take(codes)
        else:
            occurring, inverse = np.unique(self._codes, return_inverse=True)
            self._codes = inverse.astype(np.int32)
        self._rows = [self._decoded(code) for code in occurring.tolist()]
        self._pending, self._size, self._below = [], max(len(self._rows), 1), 0

    def _decoded(self, code: int) -> tuple[Any, ...]:
        later = []
        for values in reversed(self._pending):
            code, digit = divmod(code, len(values) + 1)
            later.append(values[digit - 1] if digit else None)
        return (*self._rows[code], *reversed(later))
