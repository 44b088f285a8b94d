"""The parts of a report: one file each, results in, format-free tables out. A new part is a new file, listed here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kling_cost.reporting.document import Document, Part
from kling_cost.reporting.report import Report
from kling_cost.reporting.sheets.breakdowns import breakdown_tables
from kling_cost.reporting.sheets.line_items import line_item_tables
from kling_cost.reporting.sheets.price_book import price_book_tables
from kling_cost.reporting.sheets.problems import problem_tables
from kling_cost.reporting.sheets.summary import cost_chart, headlines, stamp_facts, summary_tables, verdict_words
from kling_cost.reporting.table import Table

#: Heading of each part and what makes its tables, in the order of a report; the first carries its facts and chart.
PARTS: tuple[tuple[str, Callable[[Report], list[Table]]], ...] = (
    ("Summary", summary_tables),
    ("Line items", line_item_tables),
    ("Breakdowns", breakdown_tables),
    ("Problems", problem_tables),
    ("Price book", price_book_tables),
)


def document_of(report: Report) -> Document:
    """The whole report, for a writer.

    >>> import kling_cost as kc
    >>> document = document_of(Report(kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])))
    >>> [part.title for part in document.parts]
    ['Summary', 'Line items', 'Breakdowns', 'Problems', 'Price book']
    """
    parts = [Part(title, make(report)) for title, make in PARTS]
    parts[0] = replace(parts[0], chart=cost_chart(report), facts=stamp_facts(report))
    verdict = report.verdict.verdict if report.verdict else ""
    return Document(report.title, verdict_words(report), verdict, headlines(report), parts)


def estimate_tables(report: Report) -> list[Table]:
    """What a terminal shows of an estimate: line items, totals, breakdowns, problems."""
    tables = [*line_item_tables(report), *breakdown_tables(report), *summary_tables(report)]
    return [*tables, *(table for table in problem_tables(report) if table.rows)]


def verdict_tables(report: Report) -> list[Table]:
    """What a terminal shows of a verdict: where the limits stand, and what is wrong."""
    return [*reversed(summary_tables(report)), *(table for table in problem_tables(report) if table.rows)]
