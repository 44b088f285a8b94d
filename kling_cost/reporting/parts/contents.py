"""Contents: the sheets of a workbook, what each contains, and which inputs it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kling_cost.reporting.document import Part
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import WORKBOOK, Cell, Column, Link, Row, Table

_BEFORE = "drivers"  # the table of the summary that follows
_MOST_INPUTS = 6


def with_contents(report: Report, parts: Sequence[Part]) -> list[Part]:
    """The parts, the first with links to the sheets of the others."""
    first, others = parts[0], [part for part in parts[1:] if part.tables_on("workbook")]
    at = next((at for at, table in enumerate(first.tables) if table.key == _BEFORE), None)
    if at is None or not others:
        return list(parts)
    tables = [*first.tables[:at], _contents(report, others), *first.tables[at:]]
    return [replace(first, tables=tables), *parts[1:]]


def _contents(report: Report, parts: Sequence[Part]) -> Table:
    words = report.words
    columns = [Column("where", kind="id"), Column("holds", kind="id", runs_over=True)]
    rows: list[Row] = [list(_row(report, part)) for part in parts]
    return Table("contents", words("table.contents"), titled(words, columns), rows, places=WORKBOOK)


def _row(report: Report, part: Part) -> Iterator[Cell]:
    yield Link(part.title, part.key)
    words, holds = report.words, report.words(f"holds.{part.key}")
    tables = part.tables_on("workbook")
    inputs = dict.fromkeys(column.title for table in tables for column in table.columns if column.is_input)
    names = words.listed([*list(inputs)[:_MOST_INPUTS], *(["…"] if len(inputs) > _MOST_INPUTS else [])])
    yield words("holds_inputs", holds=holds, names=names) if inputs else holds
