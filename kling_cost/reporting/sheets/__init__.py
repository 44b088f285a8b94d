"""The parts of a report: one file each, results in, format-free tables out. A new part is a new file, listed here."""

from __future__ import annotations

from collections.abc import Callable

from kling_cost.reporting.report import Report
from kling_cost.reporting.sheets.breakdowns import breakdown_tables
from kling_cost.reporting.sheets.line_items import line_item_tables
from kling_cost.reporting.sheets.price_book import price_book_tables
from kling_cost.reporting.sheets.problems import problem_tables
from kling_cost.reporting.sheets.summary import summary_tables
from kling_cost.reporting.table import Table

#: Heading of each part and what makes its tables, in the order of a report.
PARTS: tuple[tuple[str, Callable[[Report], list[Table]]], ...] = (
    ("Summary", summary_tables),
    ("Line items", line_item_tables),
    ("Breakdowns", breakdown_tables),
    ("Problems", problem_tables),
    ("Price book", price_book_tables),
)


def estimate_tables(report: Report) -> list[Table]:
    """What a terminal shows of an estimate: line items, totals, breakdowns, problems."""
    tables = [*line_item_tables(report), *breakdown_tables(report), *summary_tables(report)]
    return [*tables, *(table for table in problem_tables(report) if table.rows)]


def verdict_tables(report: Report) -> list[Table]:
    """What a terminal shows of a verdict: where the limits stand, and what is wrong."""
    return [*reversed(summary_tables(report)), *(table for table in problem_tables(report) if table.rows)]
