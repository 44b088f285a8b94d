"""The plan of least pain within one limit, proven: a bound by the hull, then every plan that may be better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kling_cost.planning.fit.one_limit.choices import Choice, Group, Multiplier
from kling_cost.planning.fit.one_limit.hull import Counts, HullPlan, hull_plan, plan_within_pain, with_room_used
from kling_cost.planning.fit.one_limit.pain_table import PainTable, is_small_enough


class Solution(NamedTuple):
    """A plan within a limit.

    Attributes:
        counts: how many jobs of each group have which choice.
        pain, load: of all; of the plans that hurt as little, none needs less load where `is_complete`.
        bound: what no plan within the limit hurts less than.
        is_complete: every plan that may be better was looked at.
    """

    counts: Counts
    pain: int
    load: int
    bound: int
    is_complete: bool

    @property
    def is_proven(self) -> bool:
        """Whether no plan within the limit hurts less."""
        return self.pain == self.bound


class Relief(NamedTuple):
    """The least load with less pain than a plan has, and the least pain of plans that need no more."""

    load: int
    pain: int


class _Open(NamedTuple):
    """What a multiplier leaves open.

    Attributes:
        kept: by group, the numbers of its choices that a plan may have.
        pain, load: of all jobs that have one choice only.
        jobs: the choices of each other job.
        groups: the group of each of them.
    """

    kept: Sequence[Sequence[int]]
    pain: int
    load: int
    jobs: Sequence[Sequence[Choice]]
    groups: Sequence[int]


def least_load(groups: Sequence[Group]) -> int:
    """The least load of all plans."""
    return sum(group.jobs * group.choices[-1].load for group in groups)


def least_pain(groups: Sequence[Group], allowed: int) -> Solution:
    """The plan of least pain that needs no more load than is allowed; of those, one of the least load.

    The same groups in the same order always give the same plan.

    Args:
        groups: the jobs.
        allowed: the most load, at least that of `least_load`.

    >>> least_pain([Group(3, (Choice(0, 10), Choice(4, 2)))], 20).pain
    8
    """
    known = with_room_used(hull_plan(groups, allowed), groups, allowed)
    bound = known.multiplier.least_pain(groups, allowed)
    open_ = _left_open(groups, known.multiplier, known.pain, allowed)
    if not is_small_enough(open_.jobs, known.pain - open_.pain):
        return Solution(known.counts, known.pain, known.load, bound, False)
    table = PainTable(open_.jobs, known.pain - open_.pain)
    pain = table.first_within(allowed - open_.load)
    assert pain is not None  # the known plan is among those that are looked at
    counts = _counts(groups, open_, table.picks(pain))
    found = pain + open_.pain
    return Solution(counts, found, table.load(pain) + open_.load, found, True)


def relief_for_less(groups: Sequence[Group], pain: int) -> Relief | None:
    """The least load of plans that hurt less; None where there is none, or where there are too many to look at."""
    if not pain:
        return None
    known: HullPlan = plan_within_pain(groups, pain - 1)
    open_ = _left_open(groups, known.multiplier, pain - 1, known.load)
    if not is_small_enough(open_.jobs, pain - 1 - open_.pain):
        return None
    table = PainTable(open_.jobs, pain - 1 - open_.pain)
    first = table.first_of_least()
    return Relief(table.load(first) + open_.load, first + open_.pain)


def _left_open(groups: Sequence[Group], multiplier: Multiplier, pain: int, load: int) -> _Open:
    """What plans may choose that hurt no more, and need no more load, than some plan.

    The values of all choices of such a plan exceed the least ones by no more than its own do together, so a choice
    that exceeds its least by more than that alone is in none of them.
    """
    room = multiplier.value(Choice(pain, load)) - multiplier.least_of_all(groups)
    kept, jobs, of_group, pains, loads = [], [], [], 0, 0
    for number, group in enumerate(groups):
        least = multiplier.least(group)
        own = [at for at, choice in enumerate(group.choices) if multiplier.value(choice) - least <= room]
        kept.append(own)
        choices = [group.choices[at] for at in own]
        # Every job starts at its least pain, so that the table counts only what is above it.
        pains += group.jobs * choices[0].pain
        if len(own) == 1:
            loads += group.jobs * choices[0].load
        else:
            jobs += [[Choice(c.pain - choices[0].pain, c.load) for c in choices]] * group.jobs
            of_group += [number] * group.jobs
    return _Open(kept, pains, loads, jobs, of_group)


def _counts(groups: Sequence[Group], open_: _Open, picks: Sequence[int]) -> Counts:
    counts: Counts = [
        {kept[0]: group.jobs} if len(kept) == 1 else {} for group, kept in zip(groups, open_.kept, strict=True)
    ]
    for group, pick in zip(open_.groups, picks, strict=True):
        at = open_.kept[group][pick]
        counts[group][at] = counts[group].get(at, 0) + 1
    return counts
