"""Which task fills which take: whole numbers and arrays of them go through one rule."""

from __future__ import annotations

import ast

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kling_cost.reconciliation.matching import allocate
from kling_cost.reconciliation.matching.allocate import BEYOND, RETRY, TAKE, precedence, standing
from tests.reconciliation.samples import evolink, job, outcome, wrapped

TASKS = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 3)), max_size=8)


@given(TASKS, st.integers(1, 4))
def test_tasks_of_one_job_stand_where_arrays_of_them_stand(tasks: list[tuple[bool, bool, int]], takes: int) -> None:
    one_by_one = sorted(range(len(tasks)), key=lambda at: precedence(*tasks[at]))
    columns = [np.array(column) for column in zip(*tasks, strict=True)] or [np.zeros(0, dtype=bool)] * 3
    order = np.lexsort(precedence(*columns)[::-1])
    assert order.tolist() == one_by_one
    stands = standing(np.arange(len(order)), np.full(len(order), takes), columns[0][order])
    assert stands.tolist() == [standing(place, takes, tasks[at][0]) for place, at in enumerate(one_by_one)]


@given(TASKS, st.integers(1, 4))
def test_takes_are_filled_first_and_by_tasks_that_cost_something(
    tasks: list[tuple[bool, bool, int]], takes: int
) -> None:
    order = sorted(tasks, key=lambda task: precedence(*task))
    stands = [standing(place, takes, task[0]) for place, task in enumerate(order)]
    assert stands == sorted(stands)
    assert stands.count(TAKE) == min(takes, len(tasks))
    live = sum(not task[0] for task in tasks)
    assert stands.count(BEYOND) == max(0, live - takes)
    assert all(task[0] for task, stand in zip(order, stands, strict=True) if stand == RETRY)


def test_of_equal_tasks_the_older_fills_the_take_then_the_one_whose_id_comes_first() -> None:
    def filling(*answers: object) -> str | None:
        return outcome(job(), [wrapped("a", body) for body in answers]).tasks[0].task_id

    assert filling(evolink("t-1", 27, created=2), evolink("t-2", 27, created=1)) == "t-2"
    assert filling(evolink("t-2", 27, created=1), evolink("t-1", 27, created=1)) == "t-1"
    assert filling(evolink("t-1", None, created=1), evolink("t-2", 27, created=2)) == "t-2"
    assert filling(evolink("t-1", 0, "failed", created=1), evolink("t-2", None, "pending", created=2)) == "t-2"


def test_the_rule_needs_no_arrays_of_its_own() -> None:
    """A reconciliation of a few jobs starts without NumPy."""
    with open(allocate.__file__, encoding="utf-8") as file:
        imported = [node for node in ast.walk(ast.parse(file.read())) if isinstance(node, (ast.Import, ast.ImportFrom))]
    text = " ".join(map(ast.unparse, imported))
    assert "typing" in text
    assert not [name for name in ("numpy", "pandas", "pyarrow", "kling_cost") if name in text]
