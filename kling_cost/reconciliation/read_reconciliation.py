"""Reconciliations that were stored before, read back and taken as they are: nothing is evaluated again."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

from kling_cost.io.json_files import json_document
from kling_cost.io.sources import MEBIBYTE, name_sources
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.provenance import stored_stamp
from kling_cost.problems import UsageError
from kling_cost.python_values import instance
from kling_cost.reconciliation.answers.answer_set import Balance
from kling_cost.reconciliation.findings.discrepancies import Difference, Expected
from kling_cost.reconciliation.result import ActualTotal, Finding, Reconciliation, Task
from kling_cost.results.document_types import RECONCILIATION, estimate_sha256
from kling_cost.results.stored_forms import stored_problem, stored_result

_MOST = 4_096 * MEBIBYTE


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
    stored = stored_result(RECONCILIATION, document, source, "unreadable.stored_outcome")
    if estimate is not None and estimate_sha256(estimate) != stored.estimate_sha256:
        raise UsageError(f"{source.place} was made from a different estimate")
    outcome = _made(stored, estimate)
    if not all(total.adds_up for total in outcome.totals):
        raise source.error("unreadable.stored_outcome", None, "totals", why="they do not add up")
    return outcome


def _made(stored: Any, estimate: Estimate | None) -> Reconciliation:
    return Reconciliation(
        [_task(task) for task in stored.tasks],
        [_finding(finding) for finding in stored.findings],
        [ActualTotal(**dict(total)) for total in stored.totals],
        [Balance(**dict(balance)) for balance in stored.balances],
        [stored_problem(p) for p in stored.problems],
        stored.partial,
        stored_stamp(stored.price_book),
        stored.estimate_sha256,
        frozenset(stored.fail_on),
        estimate,
    )


def _task(task: Any) -> Task:
    values = {name: value for name, value in dict(task).items() if name != "variance"}
    return Task(**{**values, "findings": tuple(task.findings)})


def _finding(finding: Any) -> Finding:
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
