"""What plans come to in several measures at once: their pain, then their load under each limit, in whole numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import NamedTuple

#: What a choice or a plan comes to: its pain, then its load under each limit.
Measures = tuple[int, ...]
#: How many jobs of each group have which choice.
Counts = Sequence[Mapping[int, int]]
PAIN, SPEND = 0, 1  # the places of the pain, and of the load that breaks ties, which is that of the first limit


class Group(NamedTuple):
    """Identical jobs.

    Attributes:
        jobs: how many they are.
        choices: what each may become, in the order of their measures: the first is the job as it is.
    """

    jobs: int
    choices: Sequence[Measures]


class Task(NamedTuple):
    """What is looked for: the plan that comes to least in one measure and stays within some.

    Attributes:
        measure: the place of the one.
        most: what a plan may come to in each; None where that does not matter.
    """

    measure: int
    most: Sequence[int | None]

    @property
    def limited(self) -> list[tuple[int, int]]:
        """The place of each measure that has a most, with it."""
        return [(place, most) for place, most in enumerate(self.most) if most is not None]

    def keeps(self, totals: Measures) -> bool:
        """Whether a plan stays within all of them."""
        return all(totals[place] <= most for place, most in self.limited)

    def rank(self, totals: Measures) -> Measures:
        """By what plans are compared: the one measure, then all of them in their order."""
        return (totals[self.measure], *totals)


def totals_of(groups: Sequence[Group], counts: Counts) -> Measures:
    """What a plan comes to.

    >>> totals_of([Group(3, [(0, 10), (4, 2)])], [{0: 1, 1: 2}])
    (8, 14)
    """
    taken = [
        [jobs * number for number in group.choices[at]]
        for group, own in zip(groups, counts, strict=True)
        for at, jobs in own.items()
    ]
    return tuple(map(sum, zip(*taken, strict=True)))


def undominated(choices: Sequence[Measures]) -> list[int]:
    """The numbers, in the order of what they come to, of choices that come to less than each other one in something.

    >>> undominated([(4, 2, 9), (0, 9, 9), (5, 2, 9), (0, 9, 9)])
    [1, 0]
    """
    found: list[int] = []
    for number in sorted(range(len(choices)), key=choices.__getitem__):
        own = choices[number]
        if not any(all(a <= b for a, b in zip(choices[other], own, strict=True)) for other in reversed(found)):
            found.append(number)
    return found


def extremes(groups: Sequence[Group], place: int) -> tuple[int, int]:
    """The least and the most that plans come to in a measure."""
    low, high = 0, 0
    for jobs, choices in groups:
        own = [choice[place] for choice in choices]
        low, high = low + jobs * min(own), high + jobs * max(own)
    return low, high


class Prices(NamedTuple):
    """What a unit of each limited measure is worth in units of the one that is to be least; all whole.

    Attributes:
        of_measure: by place, how much of `unit` it is worth.
        unit: how much one of the measure that is to be least counts.
    """

    of_measure: Mapping[int, int]
    unit: int

    def value(self, choice: Measures, measure: int) -> int:
        """All measures of a choice in one number."""
        return self.unit * choice[measure] + sum(price * choice[at] for at, price in self.of_measure.items())

    def bound(self, groups: Sequence[Group], task: Task) -> int:
        """What every plan that stays within comes to at least; none of it is rounded, whatever the prices are.

        >>> Prices({1: 1}, 2).bound([Group(3, [(0, 10), (4, 2)])], Task(0, (None, 20)))
        5
        """
        least = sum(g.jobs * min(self.value(choice, task.measure) for choice in g.choices) for g in groups)
        held = sum(self.of_measure.get(at, 0) * most for at, most in task.limited)
        return -((held - least) // self.unit)


class Core(NamedTuple):
    """What a plan may choose that is no worse than a known one.

    Attributes:
        groups: the jobs with those choices only.
        numbers: by group, the number that each of them has among all.
        excess: by group, by how much each exceeds the least value of its job.
        room: by how much all jobs may exceed it together.
    """

    groups: Sequence[Group]
    numbers: Sequence[Sequence[int]]
    excess: Sequence[Sequence[int]]
    room: int

    def among_all(self, counts: Counts) -> Counts:
        """How many jobs have which choice, by its number among all."""
        return [{own[at]: jobs for at, jobs in some.items()} for some, own in zip(counts, self.numbers, strict=True)]


def core_of(groups: Sequence[Group], task: Task, prices: Prices, known: int) -> Core:
    """What a plan may choose that stays within and comes to no more than a known one.

    The values of its choices exceed the least ones by no more than those of the known one may, all together; so one
    that exceeds the least of its job by more than that alone is in no such plan.

    >>> core_of([Group(1, [(0, 10), (4, 2), (9, 1)])], Task(0, (None, 4)), Prices({1: 1}, 2), 4).numbers
    [[0, 1]]
    """
    # Where no plan comes to so little, no choice is left.
    values = [[prices.value(choice, task.measure) for choice in group.choices] for group in groups]
    most = prices.unit * known + sum(prices.of_measure.get(at, 0) * most for at, most in task.limited)
    room = most - sum(group.jobs * min(own) for group, own in zip(groups, values, strict=True))
    numbers, excess, kept = [], [], []
    for group, own in zip(groups, values, strict=True):
        least = min(own)
        numbers.append([at for at, value in enumerate(own) if value - least <= room])
        excess.append([own[at] - least for at in numbers[-1]])
        kept.append(Group(group.jobs, [group.choices[at] for at in numbers[-1]]))
    return Core(kept, numbers, excess, room)


def prices_of(fractions: Mapping[int, Fraction]) -> Prices:
    """Prices as whole numbers; none is below nothing.

    >>> prices_of({1: Fraction(1, 2), 2: Fraction(-1, 3)})
    Prices(of_measure={1: 3, 2: 0}, unit=6)
    """
    unit = lcm(*(price.denominator for price in fractions.values()))
    return Prices({at: max(0, int(price * unit)) for at, price in fractions.items()}, unit)


def split(picks: Sequence[int], groups: Sequence[Group]) -> Iterator[dict[int, int]]:
    """How many jobs of each group have which choice, by the choices of all jobs, one after another."""
    start = 0
    for group in groups:
        own = picks[start : start + group.jobs]
        yield {at: own.count(at) for at in sorted(set(own))}
        start += group.jobs
