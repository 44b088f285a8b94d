"""The best of all plans where jobs that need limits in one proportion are added up first, against every plan."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_cost.planning.fit.several_limits import every_plan
from kling_cost.planning.fit.several_limits.best_plan import best_plan
from kling_cost.planning.fit.several_limits.every_plan import best_of_all
from kling_cost.planning.fit.several_limits.measures import Group, Prices, Task, core_of, extremes, totals_of
from tests.planning.test_best_plan import every_plan as sums_of_all

#: Which of three limits hold a job: all of one, parts that do not touch, and parts that cross each other.
HELD = ((1, 1, 0), (1, 0, 1), (1, 0, 0), (1, 1, 1), (0, 1, 0))


@st.composite
def groups(draw: st.DrawFn) -> list[Group]:
    """Identical jobs that cost the same under each limit that holds them; some move from one limit to another."""
    found = []
    for _ in range(draw(st.integers(1, 4))):
        held = draw(st.sampled_from(HELD))
        other = draw(st.sampled_from((held, held, *HELD)))
        costs = draw(st.lists(st.integers(0, 30), min_size=1, max_size=4))
        choices = [(0, *(31 * is_held for is_held in held))]
        choices += [
            (pain, *(cost * is_held for is_held in (other if pain == 2 else held)))
            for pain, cost in enumerate(costs, 1)
        ]
        found.append(Group(draw(st.integers(1, 3)), choices))
    return found


@settings(max_examples=200, deadline=None)
@given(
    of=groups(),
    share=st.tuples(*[st.integers(0, 100)] * 3),
    scale=st.sampled_from((1, 10**17 + 3, 10**20)),
    sizes=st.sampled_from(((10**6, 200), (3, 1), (1, 0))),
)
def test_no_plan_hurts_less_or_spends_less_however_much_is_looked_at_once(
    of: list[Group], share: tuple[int, ...], scale: int, sizes: tuple[int, int]
) -> None:
    of = [Group(jobs, [(pain, *(scale * load for load in loads)) for pain, *loads in own]) for jobs, own in of]
    reach = [extremes(of, place) for place in (1, 2, 3)]
    allowed = [low + (high - low) * part // 100 for (low, high), part in zip(reach, share, strict=True)]
    task = Task(0, (None, *allowed))
    within = [totals for totals in sums_of_all(of) if task.keeps(totals)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(every_plan, "_BLOCK", sizes[0])
        patch.setattr(every_plan, "_JUDGES", sizes[1])
        core = core_of(of, task, Prices({1: 1, 2: 0, 3: 2}, 3 * scale), extremes(of, 0)[1])
        are_all, found = best_of_all(core, task)
    assert are_all
    assert (found is None) == (not within)
    if found is not None:
        totals = totals_of(of, found)
        assert task.keeps(totals)
        assert totals[:2] == min(within)[:2]
        assert [sum(own.values()) for own in found] == [group.jobs for group in of]


def test_limits_that_contain_each_other_are_proven_with_thousands_of_jobs() -> None:
    of_chance = Random(20261129)

    def job(part: int) -> Group:
        cost = of_chance.randint(500, 900)
        costs = [(pain, cost - pain * of_chance.randint(20, 90)) for pain in range(5)]
        return Group(40, [(pain, cost, *(cost * (part == one) for one in range(3))) for pain, cost in costs])

    of = [job(number % 3) for number in range(60)]
    reach = [extremes(of, place) for place in range(1, 5)]
    allowed = [low + (high - low) * part // 10 for (low, high), part in zip(reach, (4, 5, 3, 6), strict=True)]
    found = best_plan(of, Task(0, (None, *allowed)))
    assert found.proof == "exact"
    assert found.counts is not None
    assert Task(0, (None, *allowed)).keeps(found.totals)


def test_too_many_plans_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    of = [Group(3, [(0, 9, 9), (3, 1, 8), (4, 8, 1)]), Group(3, [(0, 7, 9), (2, 3, 8), (5, 8, 3)])]
    task = Task(0, (None, 30, 40))
    core = core_of(of, task, Prices({1: 0, 2: 0}, 1), 27)
    assert best_of_all(core, task)[0]
    monkeypatch.setattr(every_plan, "_FEW", 3)
    monkeypatch.setattr(every_plan, "_A_JOB", 0)
    assert best_of_all(core, task) == (False, None)
