"""Reconciliations that were stored before, read back and taken as they are: nothing is judged again."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from kling_cost.io.json_files import json_document
from kling_cost.io.sources import MEBIBYTE, name_sources
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.json_records import estimate_sha256
from kling_cost.pricing.provenance import Stamp
from kling_cost.pricing.stored_forms import (
    Code,
    Number,
    SignedNumber,
    Stored,
    StoredPriceBook,
    StoredProblem,
    stored_problem,
    validated,
)
from kling_cost.problems import UsageError
from kling_cost.python_values import instance
from kling_cost.reconciliation.answer_set import Balance
from kling_cost.reconciliation.discrepancies import Difference, Expected
from kling_cost.reconciliation.finding_messages import KINDS
from kling_cost.reconciliation.result import ActualTotal, Finding, Reconciliation, Task

_MOST = 4_096 * MEBIBYTE


class _Task(Stored):
    job_id: str | None
    task_id: str | None
    provider: str
    status: str | None
    state: Literal["open", "succeeded", "failed", "missing"]
    estimated: Number
    reserved: Number | None
    settled: Number | None
    refunded: Number | None
    reported: SignedNumber | None
    variance: SignedNumber | None
    currency: Code
    matched_by: Literal["job_id", "task_id", "alike"] | None
    findings: list[str]
    extra: dict[str, Any]


class _Finding(Stored):
    kind: Literal[KINDS]  # type: ignore[valid-type]
    severity: Literal["error", "warning", "info"]
    job_id: str | None
    task_id: str | None
    expected: str | None
    reported: str | None
    difference: SignedNumber | None
    currency: Code | None
    explained_by: list[str]
    ignored: bool
    message: str
    hint: str | None


class _Total(Stored):
    provider: str | None
    currency: Code | None
    jobs: Annotated[int, Field(ge=0)]
    estimated: Number
    without_amount: Annotated[int, Field(ge=0)]
    estimated_without_amount: Number
    reported: SignedNumber
    variance: SignedNumber
    orphans: SignedNumber
    refunded: Number
    open: SignedNumber
    rounding: SignedNumber
    unexplained: Number
    over: SignedNumber
    under: SignedNumber
    given_back: SignedNumber
    not_submitted: Annotated[int, Field(ge=0)] = 0
    estimated_not_submitted: Number = Decimal(0)


class _Balance(Stored):
    provider: str
    source: str
    row: int
    account_remaining: Number | None
    account_used: Number | None
    key_remaining: Number | None
    key_used: Number | None


class _Reconciliation(Stored):
    kind: Literal["reconciliation"]
    partial: bool
    price_book: StoredPriceBook
    estimate_sha256: str
    tasks: list[_Task]
    findings: list[_Finding]
    totals: list[_Total]
    fail_on: list[str]
    balances: list[_Balance]
    problems: list[StoredProblem]


def read_reconciliation(path: str | os.PathLike[str], estimate: Estimate | None = None) -> Reconciliation:
    """Read a reconciliation that was stored as JSON.

    Args:
        path: the file.
        estimate: the estimate that it was made from, to be reported with it.

    Raises:
        ReadError: it cannot be read, is no reconciliation, or does not add up.
        UsageError: it was made from another estimate.

    >>> import kling_cost as kc, pathlib, tempfile
    >>> plan = kc.estimate([{"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}])
    >>> outcome = kc.reconcile(plan, kc.read_responses([]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "outcome.json")
    ...     kc.write_report(file, outcome)
    ...     read_reconciliation(file, plan).totals == outcome.totals
    True
    """
    if estimate is not None:
        instance(estimate, Estimate, "estimate", "the estimate that it was made from")
    source = name_sources([path])[0]
    document = json_document(source, source.read(_MOST))
    if isinstance(document, dict) and document.get("kind") == "report":
        document = document.get("reconciliation")
    if not isinstance(document, dict) or document.get("kind") != "reconciliation":
        raise source.error("unreadable.no_reconciliation")
    stored = validated(_Reconciliation, document, source, "unreadable.stored_outcome")
    if estimate is not None and estimate_sha256(estimate) != stored.estimate_sha256:
        raise UsageError(f"{source.place} was made from a different estimate")
    outcome = _made(stored, estimate)
    if not all(total.adds_up for total in outcome.totals):
        raise source.error("unreadable.stored_outcome", None, "totals", why="they do not add up")
    return outcome


def _made(stored: _Reconciliation, estimate: Estimate | None) -> Reconciliation:
    book = stored.price_book
    return Reconciliation(
        [_task(task) for task in stored.tasks],
        [_finding(finding) for finding in stored.findings],
        [ActualTotal(**dict(total)) for total in stored.totals],
        [Balance(**dict(balance)) for balance in stored.balances],
        [stored_problem(p) for p in stored.problems],
        stored.partial,
        Stamp(book.version, book.sha256, book.oldest_checked, book.rates()),
        stored.estimate_sha256,
        frozenset(stored.fail_on),
        estimate,
    )


def _task(task: _Task) -> Task:
    values = {name: value for name, value in dict(task).items() if name != "variance"}
    return Task(**{**values, "findings": tuple(task.findings)})


def _finding(finding: _Finding) -> Finding:
    words = (("message", finding.message), ("hint", finding.hint or ""))
    what = Difference(
        f"{finding.kind}.stored",
        finding.severity,
        _amount(finding.expected, finding.currency),
        _amount(finding.reported, finding.currency),
        finding.difference,
        finding.currency,
        words,
        None,
        tuple(finding.explained_by),
    )
    return Finding(what, finding.job_id, finding.task_id, finding.ignored)


def _amount(text: str | None, currency: str | None) -> Expected:
    """An amount where there is a currency; a fact's text else."""
    return Decimal(text) if text is not None and currency is not None else text
