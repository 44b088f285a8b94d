"""Rows of a reconciliation, as far as they take room, and as people and programs see them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.pricing.line_item import LineItem
from kling_cost.reconciliation.answer_set import Responses, several
from kling_cost.reconciliation.answers import Answer
from kling_cost.reconciliation.discrepancies import Difference
from kling_cost.reconciliation.matched_tasks import Claimed
from kling_cost.reconciliation.result import Task
from kling_cost.reconciliation.task_outcome import TaskJudge

_NO_EXTRA: Mapping[str, Any] = {}


class Row(NamedTuple):
    """A take or a task beyond the takes, as far as it takes room."""

    item: LineItem
    claimed: Claimed | None
    estimated: Decimal
    differences: tuple[Difference, ...]


def task_of(row: Row, judge: TaskJudge, responses: Responses) -> Task:
    """A row as people and programs see it."""
    (job, charge), claimed = row.item, row.claimed
    kinds = tuple([what.kind for what in row.differences])
    if claimed is None:
        return Task(
            job.job_id, None, charge.provider, None, "missing", row.estimated, None, None, None, None,
            charge.currency, None, kinds, _NO_EXTRA,
        )  # fmt: skip
    charged = claimed.charged
    return Task(
        job.job_id,
        claimed.task_id,
        charge.provider,
        charged.status,
        charged.state,
        row.estimated,
        charged.reserved,
        charged.settled,
        charged.refunded,
        charged.reported,
        charge.currency,
        claimed.matched_by,
        kinds,
        _extra(several(claimed.answers)),
        tuple(judge.events(responses, claimed.answers)),
    )


def _extra(answers: Sequence[Answer]) -> Mapping[str, Any]:
    """What the caller put beside the answers of a task; where they differ, what the later text says."""
    if len(answers) == 1:
        return answers[0].extra or _NO_EXTRA
    texts = {json.dumps(a.extra, sort_keys=True, default=str): a.extra for a in answers if a.extra}
    merged: dict[str, Any] = {}
    for _, extra in sorted(texts.items()):
        merged.update(extra)
    return merged
