"""What has been submitted and charged already, job by job, from reconciliations."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from kling_cost.amounts import EXACT, plain_text
from kling_cost.planning.rules.job_groups import month_of
from kling_cost.pricebook.book import OPEN
from kling_cost.pricing.estimate import Estimate
from kling_cost.problems import Listed, Problem, ReadError, UsageError, problem
from kling_cost.python_values import list_of
from kling_cost.reconciliation.answers.read_answers import read_responses
from kling_cost.reconciliation.read_reconciliation import read_reconciliation
from kling_cost.reconciliation.reconcile import reconcile
from kling_cost.reconciliation.result import Reconciliation, Task

_NOTHING = Decimal(0)
_NO_TASK = "missing"  # the state of a take that no task fills
#: A currency, and a month; None where it is not known.
SpentIn = tuple[str, str | None]


class Spent(NamedTuple):
    """What the tasks of one job that were created in one month come to, in one currency.

    Attributes:
        actual: charged, of tasks with a final answer, less refunds.
        open: of tasks without one, and what is due for tasks without a usable amount.
        tasks: how many there are.
    """

    actual: Decimal
    open: Decimal
    tasks: int


class Actuals:
    """The tasks of one or more reconciliations, each of which is counted once.

    Args:
        outcomes: the reconciliations.

    Attributes:
        outcomes: the reconciliations.
        by_job: what was spent on each job, by currency and the month in which its tasks were created, such as
            `2026-11`; None where no answer says it.
        orphans: amounts of tasks that belong to no job, by currency.

    Raises:
        UsageError: a task is in two of them.
    """

    def __init__(self, outcomes: Sequence[Reconciliation]) -> None:
        self.by_job: dict[str, dict[SpentIn, Spent]] = {}
        self.orphans: dict[str, Decimal] = {}
        self._seen: dict[tuple[str, str], int] = {}
        self.outcomes = outcomes
        for number, outcome in enumerate(outcomes):
            for task in outcome.tasks:
                self._add(task, number)
            for total in outcome.totals:
                if total.orphans and total.currency is not None:
                    before = self.orphans.get(total.currency, _NOTHING)
                    self.orphans[total.currency] = EXACT.add(before, total.orphans)

    def _add(self, task: Task, number: int) -> None:
        if task.state == _NO_TASK:
            return
        if task.task_id is not None and self._seen.setdefault((task.provider, task.task_id), number) != number:
            raise UsageError(f"the task {task.task_id} is in two of the actuals; pass only the newer one")
        amount = task.estimated if task.reported is None else task.reported
        is_open = task.state == OPEN or task.reported is None
        spent = self.by_job.setdefault(task.job_id or "", {})
        key = (task.currency, month_of(task.created))
        before = spent.get(key, Spent(_NOTHING, _NOTHING, 0))
        actual, open_ = (_NOTHING, amount) if is_open else (amount, _NOTHING)
        spent[key] = Spent(EXACT.add(before.actual, actual), EXACT.add(before.open, open_), before.tasks + 1)

    def tasks(self) -> Iterator[Task]:
        """Every task."""
        for outcome in self.outcomes:
            yield from (task for task in outcome.tasks if task.state != _NO_TASK)

    def charged(self) -> Iterator[Task]:
        """The tasks with a final amount."""
        for outcome in self.outcomes:
            yield from (task for task in outcome.tasks if task.state not in (OPEN, _NO_TASK))

    def problems(self) -> list[Problem]:
        """A warning where tasks belong to no job."""
        amounts = [f"{plain_text(amount)} {currency}" for currency, amount in sorted(self.orphans.items())]
        return [problem("mismatch.orphans", "", amounts=Listed(amounts))] if amounts else []

    @property
    def submitted(self) -> dict[str, int]:
        """How many tasks each job has."""
        return {job: sum(spent.tasks for spent in by.values()) for job, by in self.by_job.items()}


def actuals_given(actuals: Any, estimate: Estimate) -> Actuals | None:
    """An argument as actuals: reconciliations, or files of them or of answers; None stays None.

    Raises:
        ReadError, UsageError: a file cannot be read, or the argument is anything else.
    """
    given = list_of(actuals, "actuals", (str, os.PathLike, Reconciliation), "a path or a reconciliation")
    if not given:
        return None
    outcomes, answers = [], []
    for one in given:
        stored = one if isinstance(one, Reconciliation) else _stored(one)
        if stored is None:
            answers.append(one)
        else:
            outcomes.append(stored)
    if answers:
        outcomes.append(reconcile(estimate, read_responses(*answers)))
    return Actuals(outcomes)


def _stored(path: str | os.PathLike[str]) -> Reconciliation | None:
    """The reconciliation that a file holds; None where it holds answers."""
    if Path(path).suffix.lower() != ".json":
        return None
    try:
        return read_reconciliation(path)
    except ReadError as error:
        if error.problem.key != "unreadable.no_reconciliation":
            raise
        return None
