"""How many takes a job needs: exact chances, against plain enumeration of every course that it can take."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_cost.planning.risk.takes import mean_and_variance, shortfall, success_of_charged, takes_until

CHANCE = st.fractions(0, 1, max_denominator=20)


def courses(usable: int, success: F, at_most: int) -> tuple[Counter[int], F]:
    """The chance of each number of takes, and of too few usable ones, take by take."""
    found: Counter[int] = Counter()
    short = F(0)
    now = {0: F(1)}
    for take in range(1, at_most + 1):
        after: dict[int, F] = {}
        for had, chance in now.items():
            for has, part in ((had + 1, chance * success), (had, chance * (1 - success))):
                if has == usable or take == at_most:
                    found[take] += part  # type: ignore[assignment]
                    short += part if has < usable else 0
                else:
                    after[has] = after.get(has, F(0)) + part
        now = after
    return found, short


@given(st.integers(1, 5), CHANCE, st.integers(0, 6))
def test_the_chances_are_those_of_every_course(usable: int, success: F, more: int) -> None:
    found, short = courses(usable, success, usable + more)
    takes = takes_until(usable, success, usable + more)
    got = {n: F(weight, takes.scale) for n, weight in enumerate(takes.weights, takes.first) if weight}
    assert got == {n: chance for n, chance in found.items() if chance}
    assert shortfall(usable, success, usable + more) == short
    mean, variance = mean_and_variance(usable, success, usable + more)
    assert mean == sum(n * chance for n, chance in found.items())
    assert variance == sum((n - mean) ** 2 * chance for n, chance in found.items())


def test_golden_figures_of_one_job() -> None:
    takes = takes_until(1, F(1, 4), 8)
    assert (takes.mean, takes.variance) == (F(58975, 16384), F(1565747391, 268435456))
    assert shortfall(1, F(1, 4), 8) == F(6561, 65536)
    assert shortfall(1, F(2, 5), 6) == F("0.046656")
    assert success_of_charged(F(1, 4), F("0.05"), F("0.02")) == F(93, 380)


@given(st.fractions(F(1, 1000), 1), st.integers(1, 4))
def test_an_open_end_is_that_of_very_many_takes(success: F, usable: int) -> None:
    mean, variance = mean_and_variance(usable, success, None)
    assert (mean, variance) == (usable / success, usable * (1 - success) / success**2)
    takes = takes_until(1, success, None)
    assert abs(takes.mean - 1 / success) < F(1, 10**12)
    assert sum(takes.weights) == takes.scale
    assert shortfall(usable, success, None) == 0


@given(CHANCE, st.fractions(0, F(1, 2), max_denominator=20), st.fractions(0, F(1, 3), max_denominator=20))
def test_calls_that_cost_nothing_change_nothing_unless_others_fail_too(usable: F, uncharged: F, charged: F) -> None:
    assert success_of_charged(usable, uncharged, F(0)) == usable
    assert success_of_charged(usable, uncharged, charged) <= usable


@pytest.mark.parametrize(
    ("success", "at_most", "expected"), [(F(1), None, 3), (F(1), 9, 3), (F(0), 9, 9), (F(1, 2), 3, 3)]
)
def test_what_is_certain_has_one_outcome(success: F, at_most: int | None, expected: int) -> None:
    takes = takes_until(3, success, at_most)
    assert (takes.first, takes.last, takes.weights) == (expected, expected, (1,))
