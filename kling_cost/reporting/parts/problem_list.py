"""Problems: every error, warning and remark with its place, message and hint."""

from __future__ import annotations

from collections.abc import Sequence

from kling_cost.problems import Problem
from kling_cost.reporting.parts.column_titles import status, titled
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Cell, Column, Rows, Table
from kling_cost.reporting.translations import Words

_ORDER = {"error": 0, "warning": 1, "info": 2}
_VERY_MANY = 2_000


def problem_tables(report: Report) -> list[Table]:
    """The table of problems of a report, errors first."""
    return [problem_table(report.problems, report.words)]


def problem_table(problems: Sequence[Problem], words: Words) -> Table:
    """Some problems in a language, errors first."""
    columns = [
        status(words, "severity", "error", "warning"),
        Column("code", kind="id", prominent=False),
        Column("source", kind="id"),
        Column("row", kind="integer"),
        Column("job_id", kind="id", prominent=False),
        Column("field", kind="text"),  # a path is folded, never cut
        Column("message", kind="text"),
        Column("hint", kind="text"),
    ]

    def row(found: Problem) -> list[Cell]:
        sentence = words.problem(found)
        severity = words(f"status.{found.severity}")
        return [
            severity,
            found.code,
            found.source,
            found.row,
            found.job_id,
            found.field,
            sentence.message,
            sentence.hint or None,
        ]

    rows = Rows(worst_first(problems), row)
    title, empty = words("part.problems"), words("empty.problems")
    return Table("problems", title, titled(words, columns), rows, empty=empty, uniform=len(rows) > _VERY_MANY)


def worst_first(problems: Sequence[Problem]) -> list[Problem]:
    """The problems in the order of the table: errors, warnings, remarks."""
    return sorted(problems, key=lambda found: _ORDER[found.severity])
