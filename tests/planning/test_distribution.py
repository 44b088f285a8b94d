"""The fast distribution of a campaign's cost is that of enumeration in fractions, on any machine."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction as F
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_cost.planning.risk import distribution as module
from kling_cost.planning.risk.distribution import Distribution, Group
from kling_cost.planning.risk.lattice import whole_steps
from kling_cost.planning.risk.takes import takes_until
from tests.planning.enumeration import enumerated, percentile

LEVELS = [F(1, 8), F(1, 2), F(4, 5), F(9, 10), F(19, 20)]
STEP = st.sampled_from([54000, 71982, 81000, 359910, 453487, 1]).flatmap(lambda one: st.integers(1, 9).map(one.__mul__))


@st.composite
def groups(draw: st.DrawFn, most: int = 3) -> list[Group]:
    """Some groups of jobs, with numbers and with ranges of two classes."""
    made = []
    for _ in range(draw(st.integers(1, most))):
        at_most = draw(st.integers(1, 5))
        usable = draw(st.integers(1, at_most))
        chances = draw(st.lists(st.fractions(0, 1, max_denominator=10), min_size=3, max_size=3).map(sorted))
        name = draw(st.sampled_from(["", "a", "b"]))
        takes = tuple(takes_until(usable, chance, at_most) for chance in (chances if name else chances[:1]))
        made.append(Group(draw(STEP), takes, draw(st.integers(1, 2)), name))
    return made


@settings(max_examples=200)
@given(groups())
def test_every_percentile_is_that_of_exact_fractions(some: list[Group]) -> None:
    totals, found = enumerated(some), Distribution(some)
    assert found.error == 0
    assert [found.percentile(level) for level in LEVELS] == [percentile(totals, level) for level in LEVELS]
    reached = F(0)
    for total in sorted(totals):
        assert found.chance(total - 1) == pytest.approx(float(reached), abs=1e-12)
        reached += totals[total]
        assert found.chance(total) == pytest.approx(float(reached), abs=1e-12)


@settings(max_examples=40)
@given(groups(), st.sampled_from(["a", "b"]), st.integers(0, 2))
def test_a_draw_that_is_known_is_as_a_number(some: list[Group], name: str, draw: int) -> None:
    known = [g._replace(takes=g.takes[draw : draw + 1]) if g.shared == name and len(g.takes) > 1 else g for g in some]
    fixed = {name: draw} if any(g.shared == name and len(g.takes) > 1 for g in some) else {}
    one, other = Distribution(some), Distribution(known if fixed else some)
    assert [one.percentile(x, fixed) for x in LEVELS] == [other.percentile(x) for x in LEVELS]


@settings(max_examples=40)
@given(groups(), st.randoms(use_true_random=False))
def test_order_and_splitting_change_nothing(some: list[Group], chance: object) -> None:
    split = [g._replace(jobs=1) for g in some for _ in range(g.jobs)]
    chance.shuffle(split)  # type: ignore[attr-defined]
    one, other = Distribution(some), Distribution(split)
    assert [one.percentile(x) for x in LEVELS] == [other.percentile(x) for x in LEVELS]


@settings(max_examples=40)
@given(groups(), st.integers(2, 7))
def test_prices_that_are_multiplied_multiply_every_percentile(some: list[Group], times: int) -> None:
    dearer = [g._replace(step=g.step * times) for g in some]
    one, other = Distribution(some), Distribution(dearer)
    assert [times * one.percentile(x) for x in LEVELS] == [other.percentile(x) for x in LEVELS]


@given(STEP, st.integers(1, 4), st.lists(st.fractions(0, 1, max_denominator=12), min_size=2, max_size=2).map(sorted))
def test_higher_success_never_costs_more(step: int, jobs: int, chances: list[F]) -> None:
    worse, better = (Distribution([Group(step, (takes_until(1, chance, 5),), jobs)]) for chance in chances)
    assert all(better.percentile(x) <= worse.percentile(x) for x in LEVELS)


@settings(max_examples=40)
@given(groups(), st.fractions(0, 1, max_denominator=9))
def test_a_range_of_one_value_is_as_a_number(some: list[Group], chance: F) -> None:
    takes = takes_until(1, chance, 4)
    one = Distribution([*some, Group(71982, (takes,) * 3, 2, "c")])
    other = Distribution([*some, Group(71982, (takes,), 2)])
    assert [one.percentile(x) for x in LEVELS] == [other.percentile(x) for x in LEVELS]


@settings(max_examples=40)
@given(groups(), st.fractions(F(1, 50), F(49, 50), max_denominator=50))
def test_a_percentile_is_the_least_total_that_reaches_its_level(some: list[Group], level: F) -> None:
    found = Distribution(some)
    total = found.percentile(level)
    assert found.chance(total) >= level - F(2, 10**9)
    assert found.chance(total - 1) < level


def test_levels_that_are_met_exactly_count_as_reached() -> None:
    one = Distribution([Group(27, (takes_until(1, F(4, 5), None),), 1)])
    assert one.percentile(F(4, 5)) == 27, "not 54"
    three = Distribution([Group(27, (takes_until(1, F(1, 2), None),), 3)])
    assert three.percentile(F(1, 8)) == 81


def test_a_million_jobs_without_chance_cost_what_they_cost() -> None:
    found = Distribution(
        [Group(71982, (takes_until(3, F(1), None),), 1_000_000), Group(5, (takes_until(1, F(0), 2),), 1)]
    )
    assert [found.percentile(x) for x in LEVELS] == [3 * 71982 * 1_000_000 + 10] * len(LEVELS)
    assert (found.chance(215_946_000_009), found.chance(215_946_000_010)) == (0, 1)


def many() -> list[Group]:
    """Steps that have nothing in common, one of them with a range."""
    hero = tuple(takes_until(1, F(p, 100), 12) for p in (15, 25, 35))
    return [
        Group(step, (takes_until(1, F(1, 3), 6),) if at else hero, 40, "" if at else "hero")
        for at, step in enumerate([540_001, 719_821, 810_013, 453_487, 999_983, 733_331])
    ]


def test_what_is_not_exact_is_never_too_low_and_says_by_how_much() -> None:
    few = [group._replace(jobs=1, takes=group.takes[:1]) for group in many()]
    totals, rough = enumerated(few[:5]), Distribution(few[:5])
    assert 0 < rough.error < 1_000, "a tenth of a credit"
    for level in LEVELS:
        exact = percentile(totals, level)
        assert exact <= rough.percentile(level) <= exact + rough.error
        assert rough.chance(exact - 1) < level, "a chance is never too high"


def test_very_many_ranges_are_mixed_less_than_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    def ranges(count: int) -> list[Group]:
        takes = tuple(takes_until(1, F(p, 10), 4) for p in (2, 4, 6))
        return [Group(step, takes, 2, f"c{n}") for n in range(count) for step in (540_000, 719_820)]

    monkeypatch.setattr(module, "FEW_POINTS", 1 << 8)
    exact = Distribution(ranges(3))
    monkeypatch.setattr(module, "_MOST_JOINT", 3)
    rough = Distribution(ranges(3))
    assert exact.error == 0 < rough.error
    for level in LEVELS:
        for fixed in ({}, {"c1": 2}):
            least = exact.percentile(level, fixed)
            assert least <= rough.percentile(level, fixed) <= least + rough.error


@given(st.integers(0, 10**30), st.integers(0, 10**20), st.integers(1, 40), st.integers(10**12, 10**30))
def test_whole_steps_are_exact_however_large_the_numbers_are(total: int, step: int, count: int, by: int) -> None:
    assert whole_steps(total, step, count, by).tolist() == [(total - i * step) // by for i in range(count)]


@given(st.integers(0, 10**15), st.integers(0, 10**12), st.integers(1, 40), st.integers(1, 10**6))
def test_whole_steps_are_exact_for_small_ones(total: int, step: int, count: int, by: int) -> None:
    assert whole_steps(total, step, count, by).tolist() == [(total - i * step) // by for i in range(count)]


_FIGURES = """
from fractions import Fraction as F
from kling_cost.planning.risk.plan_chances import _shown
from kling_cost.planning.risk.distribution import Distribution
from tests.planning.test_distribution import LEVELS, many
found = Distribution(many())
totals = [found.percentile(level) for level in LEVELS]
print(totals, [_shown(found.chance(total + 7)) for total in totals], found.error)
"""


def test_figures_are_the_same_whatever_the_processor_can_do(project: Path) -> None:
    try:
        from numpy._core import _multiarray_umath as numpy_core
    except ImportError:  # numpy 1
        from numpy.core import _multiarray_umath as numpy_core  # type: ignore[no-redef]
    known = [name for name in numpy_core.__cpu_dispatch__ if numpy_core.__cpu_features__.get(name)]

    def figures(disabled: list[str]) -> str:
        environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(disabled)}
        done = subprocess.run(
            [sys.executable, "-c", _FIGURES], capture_output=True, text=True, check=True, cwd=project, env=environment
        )
        return done.stdout

    assert figures([]) == figures(known)
