"""Tasks of a reconciliation as flat rows of text, for CSV files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kling_cost.pricing.json_records import amount_text
from kling_cost.reconciliation.result import Reconciliation, Task

_AMOUNTS = ("estimated", "reserved", "settled", "refunded", "reported", "variance")
#: Columns of a task, in order.
COLUMNS = ("job_id", "task_id", "provider", "status", *_AMOUNTS, "currency", "matched_by", "findings")


def task_rows(outcome: Reconciliation) -> tuple[list[str], Iterator[list[Any]]]:
    """Column names, and the values of each take or task: text, None for what is not there.

    >>> import kling_cost as kc
    >>> job = {"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}
    >>> names, rows = task_rows(kc.reconcile(kc.estimate([job]), kc.read_responses([])))
    >>> dict(zip(names, next(rows)))["estimated"]
    '27'
    """
    return list(COLUMNS), map(_row, outcome.tasks)


def _row(task: Task) -> list[Any]:
    amounts = [amount_text(getattr(task, name)) for name in _AMOUNTS]
    start = [task.job_id, task.task_id, task.provider, task.status]
    return [*start, *amounts, task.currency, task.matched_by, ",".join(task.findings)]
