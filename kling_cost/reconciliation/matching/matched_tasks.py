"""Tasks that belong to a job, and tasks that belong to none."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.pricing.line_item import LineItem
from kling_cost.reconciliation.answers.answer import first_moment
from kling_cost.reconciliation.answers.answer_set import Answers, several
from kling_cost.reconciliation.matching.allocate import precedence, standing
from kling_cost.reconciliation.task_outcome import TaskOutcome

#: How a task was matched with its job.
BY_JOB_ID, BY_TASK_ID, INFERRED = "job_id", "task_id", "alike"
_LAST = Decimal(10) ** 30  # where a task without a moment of creation stands in time


class MatchedTask(NamedTuple):
    """A task that belongs to a job.

    Attributes:
        task_id: None where the answers name only the job.
        answers: everything that was answered about it.
        matched_by: `BY_JOB_ID`, `BY_TASK_ID` or `INFERRED`.
        outcome: what it was charged.
    """

    task_id: str | None
    answers: Answers
    matched_by: str
    outcome: TaskOutcome


class Orphan(NamedTuple):
    """A task that belongs to no line item.

    Attributes:
        provider: the provider's id.
        task_id: None where the answers name only a job.
        answers: everything that was answered about it.
        job_id: the job that it names, if it names one.
        job: the line item of that job at another provider, if there is one.
        is_known: the job exists, but has no line item.
    """

    provider: str | None
    task_id: str | None
    answers: Answers
    job_id: str | None = None
    job: LineItem | None = None
    is_known: bool = False

    @property
    def is_listed(self) -> bool:
        """Whether it is known only from lists of tasks, which may hold those of the whole account."""
        return all(answer.listed for answer in several(self.answers))


def age(task: MatchedTask | Orphan) -> tuple[Any, ...]:
    """Sort key of a task by age: its creation, then its id."""
    created = first_moment(several(task.answers))
    return (_LAST if created is None else created, task.task_id or "")


def allocated(tasks: list[MatchedTask], takes: int) -> list[tuple[MatchedTask, int]]:
    """The tasks of one job in their order, each with where it stands."""
    ordered = sorted(tasks, key=_precedence) if len(tasks) > 1 else tasks
    return [(task, standing(place, takes, task.outcome.came_to_nothing)) for place, task in enumerate(ordered)]


def _precedence(task: MatchedTask) -> tuple[Any, ...]:
    return precedence(task.outcome.came_to_nothing, task.outcome.reported is None, *age(task))
