"""Problems: every error, warning and remark with its place, its words and what to do."""

from __future__ import annotations

from kling_cost.problems import Problem
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Column, Formula, Table, Value

_ORDER = {"error": 0, "warning": 1, "info": 2}


def problem_tables(report: Report) -> list[Table]:
    """The table of problems, errors first."""
    columns = [
        Column("severity", "Severity", "status"),
        Column("code", "Code", "id", prominent=False),
        Column("source", "Source", "id"),
        Column("row", "Row", "integer"),
        Column("job_id", "Job", "id", prominent=False),
        Column("field", "Field", "id"),
        Column("message", "What is wrong", "text"),
        Column("hint", "What to do", "text"),
    ]
    problems = report.verdict.problems if report.verdict else report.estimate.problems
    rows = [_row(p) for p in sorted(problems, key=lambda p: _ORDER[p.severity])]
    return [Table("problems", "Problems", columns, rows)]


def _row(found: Problem) -> list[Value | Formula]:
    return [
        found.severity,
        found.code,
        found.source,
        found.row,
        found.job_id,
        found.field,
        found.message,
        found.hint,
    ]
