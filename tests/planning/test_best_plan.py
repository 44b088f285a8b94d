"""The best plan within several limits, in numbers, by every way to find it, against every plan there is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_cost.planning.fit import solver
from kling_cost.planning.fit.several_limits import best_plan
from kling_cost.planning.fit.several_limits.least_pain_within import least_pain_within
from kling_cost.planning.fit.several_limits.limits_in_conflict import limits_in_conflict
from kling_cost.planning.fit.several_limits.measures import (
    Group,
    Measures,
    Prices,
    Task,
    extremes,
    totals_of,
    undominated,
)
from kling_cost.planning.fit.several_limits.multiplier_plan import good_prices, mended_plan

WAYS = pytest.mark.parametrize("way", ["every plan", "solver", "no solver"])
_LARGE = 10**15 + 37  # of which a double does not hold every multiple


@contextmanager
def found_by(way: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if way != "every plan":
            patch.setattr(best_plan, "best_of_all", lambda groups, task: (False, None))
        if way == "no solver":
            patch.setattr(solver, "is_installed", lambda: False)
        yield


@st.composite
def groups(draw: st.DrawFn, limits: int) -> list[Group]:
    """Up to four groups of identical jobs; of each, the choice without pain and some others."""
    scale = draw(st.sampled_from((1, 10**6, _LARGE)))
    found: list[Group] = []
    for _ in range(draw(st.integers(1, 4))):
        first = [draw(st.integers(0, 90)) * scale for _ in range(limits)]
        choices = [(0, *first)]
        pains = draw(st.lists(st.integers(1, 12), max_size=4))
        choices += [(pain, *(load * draw(st.integers(0, 115)) // 100 for load in first)) for pain in pains]
        kept = [choices[number] for number in undominated(choices)]
        found.append(Group(draw(st.integers(1, 3)), kept))
    return found


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Group], list[int]]:
    """Groups, and limits that some plan holds each."""
    limits = draw(st.integers(2, 3))
    of = draw(groups(limits))
    reach = [extremes(of, number + 1) for number in range(limits)]
    return of, [low + (high - low) * draw(st.integers(0, 100)) // 100 for low, high in reach]


def every_plan(of: list[Group]) -> set[Measures]:
    """What every plan comes to."""
    sums = {(0,) * len(of[0].choices[0])}
    for group in of:
        for _ in range(group.jobs):
            sums = {tuple(map(sum, zip(a, b, strict=True))) for a in sums for b in group.choices}
    return sums


@WAYS
@settings(max_examples=120, deadline=None)
@given(problem=problems())
def test_what_is_proven_is_the_best_and_every_bound_holds(way: str, problem: tuple[list[Group], list[int]]) -> None:
    of, allowed = problem
    task = Task(0, (None, *allowed))
    within = [totals for totals in every_plan(of) if task.keeps(totals)]
    with found_by(way):
        found = least_pain_within(of, allowed)
    if found.counts is None:
        if found.proof != "none":
            assert not within
        return
    assert found.totals == totals_of(of, found.counts)
    assert [sum(own.values()) for own in found.counts] == [group.jobs for group in of]
    assert task.keeps(found.totals)
    best = min(within)
    assert found.bound <= best[0] <= found.totals[0]
    assert (found.proof == "exact") == (found.bound == found.totals[0])
    if way == "every plan":
        assert found.proof == "exact"
    if found.proof != "none":
        assert found.totals[0] == best[0]
        if way != "no solver":
            assert found.totals[1] == best[1]


@WAYS
@settings(max_examples=80, deadline=None)
@given(problem=problems())
def test_limits_in_conflict_cannot_be_held_together_and_the_others_can(
    way: str, problem: tuple[list[Group], list[int]]
) -> None:
    of, allowed = problem
    plans = every_plan(of)
    with found_by(way):
        found = least_pain_within(of, allowed)
        if found.counts is not None or found.proof == "none":
            return
        conflict = limits_in_conflict(of, allowed)

    def held(numbers: set[int]) -> list[Measures]:
        return [plan for plan in plans if all(plan[number + 1] <= allowed[number] for number in numbers)]

    assert len(conflict) > 1
    assert not held(set(conflict))
    for number, least in conflict.items():
        others = held(set(conflict) - {number})
        if way != "no solver":
            assert others, "none can be left out"
            assert min(plan[number + 1] for plan in others) == least
        elif others:
            assert min(plan[number + 1] for plan in others) >= allowed[number] + 1


@settings(max_examples=150, deadline=None)
@given(problems(), st.lists(st.integers(0, 10**6), min_size=3, max_size=3), st.integers(1, 10**6))
def test_any_prices_give_a_bound(problem: tuple[list[Group], list[int]], prices: list[int], unit: int) -> None:
    of, allowed = problem
    task = Task(0, (None, *allowed))
    within = [totals[0] for totals in every_plan(of) if task.keeps(totals)]
    for any_ in (Prices(dict(enumerate(prices[: len(allowed)], 1)), unit), good_prices(of, task)):
        if within:
            assert any_.bound(of, task) <= min(within)
        counts = mended_plan(of, task, any_)
        if counts is not None:
            assert task.keeps(totals_of(of, counts))


def test_identical_jobs_are_mended_together() -> None:
    of = [Group(10**6, [(0, 9, 9), (3, 1, 8), (4, 8, 1)])]
    task = Task(0, (None, 5 * 10**6, 6 * 10**6))
    counts = mended_plan(of, task, Prices({1: 0, 2: 0}, 1))
    assert counts is not None
    assert task.keeps(totals_of(of, counts))


def test_a_proposal_that_exceeds_a_limit_is_made_again_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    of, task = [Group(4, [(0, 10, 1), (4, 2, 1)])], Task(0, (None, 20, 9))
    right, asked = solver.Solver._proposal, []

    def wrong(self: Any) -> Any:
        asked.append(right(self))
        return solver.Proposal("optimal", [{0: 4}]) if len(asked) < 3 else asked[-1]

    monkeypatch.setattr(solver.Solver, "_proposal", wrong)
    found = solver.Solver(of, task).plan()
    assert found == solver.Proposal("stopped", None), "what is found below a lower limit need not be the best"
    assert len(asked) == 3
    monkeypatch.setattr(solver.Solver, "_proposal", lambda self: solver.Proposal("optimal", [{0: 4}]))
    assert solver.Solver(of, task).plan() == ("stopped", None)


PROGRAM = """
import sys
from kling_cost.planning.fit.several_limits.measures import Group, Task
from kling_cost.planning.fit.solver import Solver
of, task = [Group(4, [(0, 10, 1), (4, 2, 1)])], Task(0, (None, 20, 9))
search = Solver(of, task)
print("before")
search.prices()
print(search.plan().counts)
"""


def test_nothing_of_the_solver_is_written_to_the_output(project: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, cwd=project)
    assert done.stdout == "before\n[{0: 1, 1: 3}]\n"
    without = f"import os\nos.close(1)\n{PROGRAM.replace('print(', 'str(')}"
    subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, check=True, cwd=project)


def test_an_interrupted_solver_is_stopped_and_the_output_is_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    class Running:
        stopped = False

        def is_alive(self) -> bool:
            return True

        def join(self, seconds: float | None = None) -> None:
            if not self.stopped:
                raise KeyboardInterrupt

    of, task = [Group(4, [(0, 10, 1), (4, 2, 1)])], Task(0, (None, 20, 9))
    search, running, before = solver.Solver(of, task), Running(), os.fstat(1)
    monkeypatch.setattr(search._model, "startSolve", lambda: running)
    monkeypatch.setattr(search._model, "cancelSolve", lambda: setattr(running, "stopped", True))
    with pytest.raises(KeyboardInterrupt):
        search.plan()
    assert running.stopped
    after = os.fstat(1)
    assert (after.st_dev, after.st_ino) == (before.st_dev, before.st_ino)
