"""The tables of a report's workbook, found by their headings wherever people moved them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kling_cost.io.sheets.sheet_kind import is_blank
from kling_cost.io.sheets.xlsx.sheet_rows import SheetRows, column_letters
from kling_cost.io.sheets.xlsx.stored_values import CellValues
from kling_cost.io.sheets.xlsx.workbook_parts import Book, Sheet
from kling_cost.io.sheets.xlsx.zip_package import told_damage
from kling_cost.io.sources import Source
from kling_cost.jobs.cell_values import to_text
from kling_cost.jobs.report_workbook.plan_sheet import PLAN_SHEET, PlanColumn
from kling_cost.problems import Listed

_MOST_OF_THEM = 2  # of three headings make a header, so that one that is missing is named


class Calculated(NamedTuple):
    """A cell with a formula, and the value that is stored for it."""

    value: Any


class ReportRow(NamedTuple):
    """A row of a table.

    Attributes:
        number: of the row.
        cells: its cells by field; blank ones are left out.
        beside: cells of columns that are none of the table's, by heading.
    """

    number: int
    cells: Mapping[str, Any]
    beside: Mapping[str, Any]


class ReportTable(NamedTuple):
    """A table that was found.

    Attributes:
        sheet: the name of its sheet.
        header: the number of its row of headings.
        letters: of its columns, by field.
        rows: those below its headings, to the end of the sheet.
        hidden: numbers of the hidden rows of its sheet.
    """

    sheet: str
    header: int
    letters: Mapping[str, str]
    rows: Sequence[ReportRow]
    hidden: Sequence[int]

    def cell(self, row: int, field: str) -> str:
        """What a cell is called, with its sheet."""
        return f"{self.sheet}!{self.letters[field]}{row}"


class _Marked:
    """Reads cells, and tells those with a formula from others."""

    def __init__(self, values: CellValues) -> None:
        self._values, self.struck = values, values.struck

    def value(self, kind: str | None, style: str | None, text: str | None, inline: str | None, formula: bool) -> Any:
        found = self._values.value(kind, style, text, inline, formula)
        return Calculated(found) if formula else found


class ReportSheets:
    """The sheets of a workbook, each read once."""

    def __init__(self, source: Source, book: Book) -> None:
        self._source, self._book = source, book
        with told_damage(source):
            self._values: Any = _Marked(CellValues(book.strings(), book.formats()))
        self._known: dict[str, tuple[list[tuple[int, list[Any]]], list[int]]] = {}

    def texts(self, sheet: Sheet) -> Iterator[list[str]]:
        """The rows of a sheet as texts."""
        for _, cells in self._rows(sheet)[0]:
            yield ["" if cell is None else str(to_text(plain_value(cell))) for cell in cells]

    def tables(self, columns: Sequence[PlanColumn]) -> list[ReportTable]:
        """The tables with these columns, one for each sheet that has it.

        Raises:
            ReadError: a heading is missing.
        """
        others = [sheet for sheet in self._book.sheets if sheet.title != PLAN_SHEET]
        found = [self._table(sheet, columns) for sheet in others]
        return [table for table in found if table is not None]

    def _rows(self, sheet: Sheet) -> tuple[list[tuple[int, list[Any]]], list[int]]:
        if sheet.part not in self._known:
            rows = SheetRows(self._source, self._book, sheet.part, self._values)
            self._known[sheet.part] = list(rows), rows.hidden_rows
        return self._known[sheet.part]

    def _table(self, sheet: Sheet, columns: Sequence[PlanColumn]) -> ReportTable | None:
        rows, hidden = self._rows(sheet)
        titles = {column.title for column in columns}
        at = next((at for at, (_, cells) in enumerate(rows) if _is_header(cells, titles)), None)
        if at is None:
            return None
        number, header = rows[at]
        places = self._places(sheet, number, header, columns)
        names = {index: field for field, index in places.items()}
        beside = {i: cell for i, cell in enumerate(header) if i not in names and not is_blank(cell)}
        below = [_row(number, cells, names, beside) for number, cells in rows[at + 1 :]]
        letters = {field: column_letters(index + 1) for field, index in places.items()}
        return ReportTable(sheet.title, number, letters, below, hidden)

    def _places(self, sheet: Sheet, number: int, header: list[Any], columns: Sequence[PlanColumn]) -> dict[str, int]:
        """Where each column stands."""
        texts = [cell.strip() if isinstance(cell, str) else None for cell in header]
        missing = [column.title for column in columns if texts.count(column.title) != 1]
        if missing:
            key = "unreadable.report_columns"
            raise self._source.error(key, number, columns=Listed(missing), sheet=sheet.title)
        return {column.field: texts.index(column.title) for column in columns}


def plain_value(cell: Any) -> Any:
    """What a cell holds, with or without a formula.

    >>> plain_value(Calculated(5)), plain_value(5)
    (5, 5)
    """
    return cell.value if isinstance(cell, Calculated) else cell


def _is_header(cells: Sequence[Any], titles: set[str]) -> bool:
    found = {cell.strip() for cell in cells if isinstance(cell, str)} & titles
    return 3 * len(found) >= _MOST_OF_THEM * len(titles)


def _row(number: int, cells: list[Any], names: Mapping[int, str], beside: Mapping[int, Any]) -> ReportRow:
    filled = [(at, cell) for at, cell in enumerate(cells) if not is_blank(plain_value(cell))]
    others = {str(beside[at]): cell for at, cell in filled if at in beside}
    return ReportRow(number, {names[at]: cell for at, cell in filled if at in names}, others)
