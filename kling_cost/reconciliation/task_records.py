"""The outer form of reconciliations: plain records as the JSON results hold them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from kling_cost.io.json_text import JsonLines, json_line
from kling_cost.pricing.grand_total import grand_total_record
from kling_cost.pricing.json_records import SCHEMA_VERSION, amount_text, problem_record, stamp_record
from kling_cost.reconciliation.answer_set import Balance
from kling_cost.reconciliation.discrepancies import Expected
from kling_cost.reconciliation.finding_text import finding_sentence
from kling_cost.reconciliation.result import ActualTotal, Finding, Reconciliation, Task


def reconciliation_record(outcome: Reconciliation) -> dict[str, Any]:
    """A reconciliation as a JSON result holds it; amounts are decimal text, unknown is None.

    >>> import kling_cost as kc
    >>> job = {"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}
    >>> record = reconciliation_record(kc.reconcile(kc.estimate([job]), kc.read_responses([])))
    >>> record["kind"], record["totals"][0]["estimated"], record["exit"]
    ('reconciliation', '27', 6)
    """
    tasks, findings = outcome.tasks, outcome.findings
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "reconciliation",
        "partial": outcome.partial,
        "price_book": stamp_record(outcome.price_book),
        "estimate_sha256": outcome.estimate_sha256,
        "tasks": JsonLines(len(tasks), lambda: _lines(map(task_record, tasks))),
        "findings": JsonLines(len(findings), lambda: _lines(map(finding_record, findings))),
        "totals": [_amounts_as_text(total) for total in outcome.totals],
        "totals_in": grand_total_record(outcome.totals_in),
        "exit": outcome.exit_code,
        "fail_on": sorted(outcome.fail_on),
        "balances": [_amounts_as_text(balance) for balance in outcome.balances],
        "problems": [problem_record(p) for p in outcome.problems],
    }


def task_record(task: Task) -> dict[str, Any]:
    """One take or task."""
    return {
        "job_id": task.job_id,
        "task_id": task.task_id,
        "provider": task.provider,
        "status": task.status,
        "state": task.state,
        "estimated": amount_text(task.estimated),
        "reserved": amount_text(task.reserved),
        "settled": amount_text(task.settled),
        "refunded": amount_text(task.refunded),
        "reported": amount_text(task.reported),
        "variance": amount_text(task.variance),
        "currency": task.currency,
        "matched_by": task.matched_by,
        "findings": list(task.findings),
        "extra": {key: _plain(value) for key, value in task.extra.items()},
    }


def finding_record(finding: Finding) -> dict[str, Any]:
    """A finding with its English message."""
    sentence = finding_sentence(finding)
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "job_id": finding.job_id,
        "task_id": finding.task_id,
        "expected": _text(finding.expected),
        "reported": _text(finding.reported),
        "difference": amount_text(finding.difference),
        "currency": finding.currency,
        "explained_by": list(finding.explained_by),
        "ignored": finding.ignored,
        "message": sentence.message,
        "hint": sentence.hint or None,
    }


def _lines(records: Iterator[dict[str, Any]]) -> Iterator[str]:
    return map(json_line, records)


def _text(value: Expected) -> str | None:
    return value if isinstance(value, str) else amount_text(value)


def _amounts_as_text(record: ActualTotal | Balance) -> dict[str, Any]:
    values = record._asdict().items()
    return {name: amount_text(value) if isinstance(value, Decimal) else value for name, value in values}


def _plain(value: Any) -> Any:
    """A value that a caller put beside an answer, as JSON holds it: exact numbers are text."""
    if isinstance(value, Decimal):
        return amount_text(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
