"""The least load for every pain: the one door of numpy for plans, in whole numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kling_cost.planning.fit.one_limit.choices import Choice

_SAFE = 1 << 60  # loads below it cannot overflow a whole number of 64 bits when one is added to another
_MOST_WORK = 4 * 10**9  # numbers that are compared
_MOST_CELLS = 2 * 10**8  # choices that are kept, a byte each


class PainTable:
    """The least load of plans for every pain up to some points, and the choices that lead to it.

    Args:
        jobs: the choices of each job.
        most: the pain up to which is counted.

    Attributes:
        least: the least load by pain; `far` where no plan hurts just so.
        far: a load above that of any plan.

    >>> table = PainTable([(Choice(0, 10), Choice(4, 2))] * 2, 8)
    >>> table.load(4), table.picks(4)
    (12, [1, 0])
    """

    def __init__(self, jobs: Sequence[Sequence[Choice]], most: int) -> None:
        self.far = 1 + sum(max(choice.load for choice in choices) for choices in jobs)
        self._jobs, self._kind = jobs, np.dtype(np.int64 if self.far < _SAFE else object)
        self._taken: list[Any] = []
        least = np.zeros(1, self._kind)
        for choices in jobs:
            least = self._with(least, choices, most)
        self.least = least

    def _with(self, before: Any, choices: Sequence[Choice], most: int) -> Any:
        """The least loads with one more job."""
        size = min(most + 1, len(before) + max(choice.pain for choice in choices))
        after = np.full(size, self.far, self._kind)
        taken = np.zeros(size, np.min_scalar_type(len(choices)))
        for number, (pain, load) in enumerate(choices):
            reach = min(len(before), size - pain)
            if reach > 0:
                found, now = before[:reach] + load, after[pain : pain + reach]
                is_less = found < now
                now[is_less] = found[is_less]
                taken[pain : pain + reach][is_less] = number
        np.minimum(after, self.far, out=after)
        self._taken.append(taken)
        return after

    def load(self, pain: int) -> int:
        """The least load of plans that hurt just so; `far` where there is none."""
        return int(self.least[pain]) if pain < len(self.least) else self.far

    def first_within(self, allowed: int) -> int | None:
        """The least pain of plans that need no more load than is allowed."""
        found = np.flatnonzero(self.least <= min(allowed, self.far - 1))
        return int(found[0]) if len(found) else None

    def first_of_least(self) -> int:
        """The least pain of those plans that need least load of all."""
        return int(np.argmin(self.least))

    def picks(self, pain: int) -> list[int]:
        """The choice of each job in the plan of the least load that hurts just so."""
        found = []
        for choices, taken in zip(reversed(self._jobs), reversed(self._taken), strict=True):
            found.append(int(taken[pain]))
            pain -= choices[found[-1]].pain
        return found[::-1]


class _Size(NamedTuple):
    """How large a table gets."""

    work: int
    cells: int


def is_small_enough(jobs: Sequence[Sequence[Choice]], most: int) -> bool:
    """Whether a table of these jobs can be made in reasonable time and memory.

    >>> is_small_enough([(Choice(0, 10), Choice(4, 2))], 8)
    True
    """
    reach, size = 1, _Size(0, 0)
    for choices in jobs:
        reach = min(most + 1, reach + max(choice.pain for choice in choices))
        size = _Size(size.work + reach * len(choices), size.cells + reach)
    return size.work <= _MOST_WORK and size.cells <= _MOST_CELLS
