"""The rows of a reconciliation: as far as they take room, and made into tasks when they are asked for."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import accumulate, chain, repeat
from typing import Any, NamedTuple

from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.reconciliation.answers.answer import Answer, Event, first_moment, utc_day
from kling_cost.reconciliation.answers.answer_set import Responses, several
from kling_cost.reconciliation.findings.discrepancies import Difference
from kling_cost.reconciliation.matching.allocate import TAKE
from kling_cost.reconciliation.matching.matched_tasks import MatchedTask
from kling_cost.reconciliation.result import Task
from kling_cost.reconciliation.task_outcome import TaskOutcome, TaskOutcomes

_NOTHING = Decimal(0)
_NO_EXTRA: Mapping[str, Any] = {}
#: A take that no task fills.
UNFILLED = TaskOutcome(None, "missing", None, None, None, None, ())


class Row(NamedTuple):
    """A take or a task beyond the takes, as far as it takes room; `task` is None for takes that no task fills."""

    item: LineItem
    task: MatchedTask | None
    due: Decimal
    differences: tuple[Difference, ...]


def due_of(charge: Charge, standing: int) -> Decimal:
    """What is due for a task by where it stands: the cost of a take that it fills, else nothing."""
    return charge.due if standing == TAKE else _NOTHING


def task_row(
    job_id: str | None,
    task_id: str | None,
    charge: Charge,
    outcome: TaskOutcome,
    due: Decimal,
    matched_by: str | None,
    kinds: tuple[str, ...],
    extra: Mapping[str, Any] = _NO_EXTRA,
    events: tuple[Event, ...] = (),
    created: date | None = None,
) -> Task:
    """A row as people and programs see it."""
    return Task(
        job_id,
        task_id,
        charge.provider,
        outcome.status,
        outcome.state,
        due,
        outcome.reserved,
        outcome.settled,
        outcome.refunded,
        outcome.reported,
        charge.currency,
        matched_by,
        kinds,
        extra,
        events,
        created,
    )


def task_of(row: Row, outcomes: TaskOutcomes, responses: Responses) -> Task:
    """The row of a line item, with everything that was answered about it."""
    (job, charge), task = row.item, row.task
    kinds = tuple([found.kind for found in row.differences])
    if task is None:
        return task_row(job.job_id, None, charge, UNFILLED, row.due, None, kinds)
    answers = several(task.answers)
    events = tuple(outcomes.events(responses, answers))
    created = utc_day(first_moment(answers))
    return task_row(
        job.job_id,
        task.task_id,
        charge,
        task.outcome,
        row.due,
        task.matched_by,
        kinds,
        _extra(answers),
        events,
        created,
    )


def _extra(answers: Sequence[Answer]) -> Mapping[str, Any]:
    """What the caller put beside the answers of a task; where they differ, what the later text says."""
    given = [answer.extra for answer in answers if answer.extra]
    if len(given) < 2:
        return given[0] if given else _NO_EXTRA
    texts = {json.dumps(extra, sort_keys=True, default=str): extra for extra in given}
    merged: dict[str, Any] = {}
    for _, extra in sorted(texts.items()):
        merged.update(extra)
    return merged


class TaskRows(Sequence[Any]):
    """Rows that are made when they are asked for; takes without an answer are kept together as one.

    Args:
        rows: what each is made from.
        times: how often a row stands, by its place; once if left out.
        make: makes a row.

    >>> rows = TaskRows(["a", "b"], {1: 3}, str.upper)
    >>> len(rows), list(rows), rows[3]
    (4, ['A', 'B', 'B', 'B'], 'B')
    """

    __hash__ = None  # type: ignore[assignment]  # its rows may be compared, and are not hashed

    def __init__(self, rows: Sequence[Any], times: Mapping[int, int], make: Callable[[Any], Any]) -> None:
        self._rows, self._times, self._make = rows, times, make

    def __repr__(self) -> str:
        return f"<Tasks: {len(self):,}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the finished rows: what makes them holds all answers and prices."""
        return TaskRows, ([self._make(row) for row in self._rows], self._times, _made)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(self._times.get(at, 1) for at in range(len(self._rows))))

    def __len__(self) -> int:
        return len(self._rows) + sum(self._times.values()) - len(self._times)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        return self._make(self._rows[bisect_right(self._ends, at % len(self))] if self._times else self._rows[at])

    def __iter__(self) -> Iterator[Any]:
        if not self._times:
            return map(self._make, self._rows)
        return chain.from_iterable(repeat(self._make(row), self._times.get(n, 1)) for n, row in enumerate(self._rows))


def _made(row: Any) -> Any:
    return row
