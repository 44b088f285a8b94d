"""Fit: what became of the plan and its limits, and every change; values that no edit of a workbook changes."""

from __future__ import annotations

from dataclasses import replace

from kling_cost.reporting.parts.fit.fit_tables import plan_tables
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Table


def fit_part(report: Report) -> list[Table]:
    """The limits, the changes and what may be changed, marked as computed; none where no plan was fitted."""
    if report.fitted is None:
        return []
    first, *others = plan_tables(report.fitted, report.words)
    computed = report.words("fit.computed" if report.fitted.changes else "risk.computed")
    return [replace(first, notes=[*first.notes, computed]), *others]
