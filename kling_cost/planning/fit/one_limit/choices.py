"""What may be chosen for jobs: how much each choice hurts, and how much of a limit it needs, in whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Choice(NamedTuple):
    """One thing that a job may become.

    Attributes:
        pain: how much that hurts, from 0.
        load: how much of the limit it needs, from 0.
    """

    pain: int
    load: int


class Group(NamedTuple):
    """Identical jobs.

    Attributes:
        jobs: how many they are.
        choices: what each may become, more pain and less load each: the first is the job as it is.
    """

    jobs: int
    choices: Sequence[Choice]


class Multiplier(NamedTuple):
    """How much pain a unit of load is worth: `pain / load`, both whole.

    It gives a bound without any rounding: of all plans, none has less than the sum of the least values.
    """

    pain: int
    load: int

    def value(self, choice: Choice) -> int:
        """Pain and load of a choice in one number."""
        return self.load * choice.pain + self.pain * choice.load

    def least(self, group: Group) -> int:
        """The least value of a choice of a group."""
        return min(map(self.value, group.choices))

    def least_of_all(self, groups: Sequence[Group]) -> int:
        """The least value of a plan."""
        return sum(group.jobs * self.least(group) for group in groups)

    def least_pain(self, groups: Sequence[Group], allowed: int) -> int:
        """What every plan hurts at least that needs no more load than is allowed.

        >>> Multiplier(1, 2).least_pain([Group(3, (Choice(0, 10), Choice(4, 2)))], 20)
        5
        """
        return max(0, -((self.pain * allowed - self.least_of_all(groups)) // self.load))
