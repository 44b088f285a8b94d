"""Cheaper plans that hurt no more: what is changed one by one, and two by two."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from kling_cost.planning.fit.several_limits.exchanges import cheaper_plan
from kling_cost.planning.fit.several_limits.measures import PAIN, SPEND, Group, Task, totals_of

CHOICES = st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=4)
GROUPS = st.lists(st.builds(Group, st.integers(1, 3), CHOICES), min_size=1, max_size=4)


@given(groups=GROUPS, picks=st.lists(st.integers(0, 3), min_size=4, max_size=4), room=st.integers(0, 4))
def test_no_cheaper_plan_hurts_more_leaves_its_limits_or_loses_a_job(
    groups: list[Group], picks: list[int], room: int
) -> None:
    counts = [{pick % len(group.choices): group.jobs} for pick, group in zip(picks, groups, strict=False)]
    before = totals_of(groups, counts)
    task = Task(PAIN, (None, before[1], before[2] + room))
    found = cheaper_plan(groups, counts, task)
    after = totals_of(groups, found)
    assert task.keeps(after)
    assert after[PAIN] <= before[PAIN]
    assert after[SPEND] <= before[SPEND]
    assert [sum(own.values()) for own in found] == [group.jobs for group in groups]
    assert all(jobs > 0 for own in found for jobs in own.values())
    assert cheaper_plan(groups, counts, task) == found
    for number, group in enumerate(groups):
        for at, to in product(found[number], range(len(group.choices))):
            by = tuple(b - a for a, b in zip(group.choices[at], group.choices[to], strict=True))
            is_better = by[SPEND] < 0 and by[PAIN] <= 0
            assert not (is_better and task.keeps(tuple(a + b for a, b in zip(after, by, strict=True))))


def test_two_jobs_are_changed_against_each_other() -> None:
    groups = [Group(2, [(0, 9, 0), (2, 5, 0)]), Group(2, [(0, 9, 0), (2, 3, 0)])]
    found = cheaper_plan(groups, [{0: 1, 1: 1}, {0: 2}], Task(PAIN, (None, 32, 9)))
    assert found == [{0: 2}, {0: 1, 1: 1}]


def test_what_would_leave_a_limit_is_not_exchanged() -> None:
    groups = [Group(1, [(0, 9, 0), (2, 5, 0)]), Group(1, [(0, 9, 0), (2, 3, 7)])]
    assert cheaper_plan(groups, [{1: 1}, {0: 1}], Task(PAIN, (None, 14, 6))) == [{1: 1}, {0: 1}]
