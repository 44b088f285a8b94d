"""The rows of a reconciliation, made when they are asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain, repeat
from typing import Any


class Tasks(Sequence[Any]):
    """Rows that are made when they are asked for; takes that nothing was answered about stand together as one.

    Args:
        rows: what each is made from.
        times: how often a row stands, by its place; once if left out.
        make: makes a row.

    >>> rows = Tasks(["a", "b"], {1: 3}, str.upper)
    >>> len(rows), list(rows), rows[3]
    (4, ['A', 'B', 'B', 'B'], 'B')
    """

    __hash__ = None  # type: ignore[assignment]  # its rows may be compared, and are not hashed

    def __init__(self, rows: Sequence[Any], times: Mapping[int, int], make: Callable[[Any], Any]) -> None:
        self._rows, self._times, self._make = rows, times, make

    def __repr__(self) -> str:
        return f"<Tasks: {len(self):,}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Made rows go along: what makes them knows all answers and prices."""
        return Tasks, ([self._make(row) for row in self._rows], self._times, _made)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(self._times.get(at, 1) for at in range(len(self._rows))))

    def __len__(self) -> int:
        return len(self._rows) + sum(self._times.values()) - len(self._times)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        return self._make(self._rows[bisect_right(self._ends, at % len(self))] if self._times else self._rows[at])

    def __iter__(self) -> Iterator[Any]:
        if not self._times:
            return map(self._make, self._rows)
        return chain.from_iterable(repeat(self._make(row), self._times.get(n, 1)) for n, row in enumerate(self._rows))


def _made(row: Any) -> Any:
    return row
