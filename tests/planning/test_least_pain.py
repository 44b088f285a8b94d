"""The plan of least pain, against every plan there is."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_cost.planning.fit.one_limit import least_pain as solver
from kling_cost.planning.fit.one_limit.choices import Choice, Group
from kling_cost.planning.fit.one_limit.least_pain import least_load, least_pain, relief_for_less
from kling_cost.planning.fit.one_limit.pain_table import PainTable

_LARGE = 1 << 70  # a load that 64 bits do not hold


@st.composite
def groups(draw: st.DrawFn, scale: int = 1) -> list[Group]:
    """Up to four groups of identical jobs, each with choices of more pain and less load."""
    found = []
    for _ in range(draw(st.integers(1, 4))):
        pains = [0, *sorted(draw(st.sets(st.integers(1, 12), max_size=4)))]
        loads = draw(st.lists(st.integers(0, 60), min_size=len(pains), max_size=len(pains), unique=True))
        loads.sort(reverse=True)
        choices = [Choice(pain, load * scale) for pain, load in zip(pains, loads, strict=True)]
        found.append(Group(draw(st.integers(1, 3)), choices))
    return found


def every_plan(of: list[Group]) -> set[tuple[int, int]]:
    """Pain and load of every plan."""
    jobs = [group.choices for group in of for _ in range(group.jobs)]
    return {(sum(c.pain for c in plan), sum(c.load for c in plan)) for plan in product(*jobs)}


@settings(max_examples=150, deadline=None)
@given(groups(), st.integers(0, 100))
def test_no_plan_within_the_limit_hurts_less_or_needs_less(of: list[Group], percent: int) -> None:
    plans = every_plan(of)
    low, high = least_load(of), max(load for _, load in plans)
    assert low == min(load for _, load in plans)
    allowed = low + (high - low) * percent // 100
    found = least_pain(of, allowed)
    assert (found.pain, found.load) == min(plan for plan in plans if plan[1] <= allowed)
    assert found.is_proven
    assert found.is_complete
    counted = [(n, of[number].choices[at]) for number, counts in enumerate(found.counts) for at, n in counts.items()]
    assert sum(n * choice.pain for n, choice in counted) == found.pain
    assert sum(n * choice.load for n, choice in counted) == found.load
    assert [sum(counts.values()) for counts in found.counts] == [group.jobs for group in of]


@settings(max_examples=150, deadline=None)
@given(groups(), st.integers(0, 40))
def test_the_next_relief_is_the_least_load_with_less_pain(of: list[Group], pain: int) -> None:
    less = [(load, hurt) for hurt, load in every_plan(of) if hurt < pain]
    relief = relief_for_less(of, pain)
    assert (None if relief is None else tuple(relief)) == (min(less) if less else None)


@settings(max_examples=30, deadline=None)
@given(groups(_LARGE), st.integers(0, 100))
def test_loads_may_have_any_number_of_digits(of: list[Group], percent: int) -> None:
    plans = every_plan(of)
    low, high = least_load(of), max(load for _, load in plans)
    allowed = low + (high - low) * percent // 100
    found = least_pain(of, allowed)
    assert (found.pain, found.load) == min(plan for plan in plans if plan[1] <= allowed)


@settings(max_examples=80, deadline=None)
@given(groups(), st.integers(0, 100))
def test_what_is_too_large_for_a_table_has_a_bound_that_is_never_above_the_least(of: list[Group], percent: int) -> None:
    plans = every_plan(of)
    low, high = least_load(of), max(load for _, load in plans)
    allowed = low + (high - low) * percent // 100
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solver, "is_small_enough", lambda jobs, most: False)
        found, relief = least_pain(of, allowed), relief_for_less(of, 5)
    best = min(plan for plan in plans if plan[1] <= allowed)[0]
    assert found.bound <= best <= found.pain
    assert found.load <= allowed
    assert not found.is_complete
    assert relief is None
    assert found.is_proven == (found.bound == found.pain)


def test_a_table_knows_which_pains_no_plan_has() -> None:
    table = PainTable([[Choice(0, 5), Choice(3, 1)]], 10)
    assert [table.load(pain) for pain in range(5)] == [5, table.far, table.far, 1, table.far]
    assert table.first_within(0) is None
