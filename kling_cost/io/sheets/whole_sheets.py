"""Sheets as a whole, as people see them: every row with its number, and what merged cells say of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from kling_cost.io.sheets.csv_sheets import numbered_rows
from kling_cost.io.sheets.sheet_kind import SheetKind, is_blank
from kling_cost.io.sheets.workbook import MAX_FILE
from kling_cost.io.sheets.xlsx.merged_cells import Merge, merges_of
from kling_cost.io.sheets.xlsx.sheet_rows import Row, SheetRows
from kling_cost.io.sheets.xlsx.stored_values import CellValues
from kling_cost.io.sheets.xlsx.workbook_parts import Book
from kling_cost.io.sheets.xlsx.zip_package import told_damage
from kling_cost.io.sources import Source

_MOST_ROWS, _MOST_COLUMNS = 100_000, 256  # of a sheet that a person wrote; merged cells beyond are no part of it
_MOST_MERGED = 1_000_000
_WORKBOOKS = "xlsx"


class WholeSheet(NamedTuple):
    """One sheet.

    Attributes:
        title: what it is called; None for a text file.
        rows: number and cells of each row that the file has.
        merged: places of cells, row and column from 1, whose value stands in a merged cell above them.
        hidden_rows: numbers of the hidden rows that hold cells.
        is_hidden: whether a user does not see the sheet.
        struck: places of cells that are struck out, row and column from 1.
    """

    title: str | None
    rows: list[Row]
    merged: frozenset[tuple[int, int]] = frozenset()
    hidden_rows: tuple[int, ...] = ()
    is_hidden: bool = False
    struck: frozenset[tuple[int, int]] = frozenset()


def whole_sheets(source: Source, form: str, kind: SheetKind) -> list[WholeSheet]:
    """The sheets of a file; a text file has one.

    Args:
        source: a file.
        form: `csv`, `tsv` or `xlsx`.
        kind: what tells the separator of a text file.

    Raises:
        ReadError: it cannot be read, is damaged, or has more than a hundred thousand rows.
    """
    if form == _WORKBOOKS:
        return _of_workbook(source)
    rows = _limited(source, numbered_rows(source, "\t" if form == "tsv" else None, kind))
    return [WholeSheet(None, [(number, list(cells)) for number, cells in rows])]


def _of_workbook(source: Source) -> list[WholeSheet]:
    book = Book(source, source.read(MAX_FILE))
    with told_damage(source):
        values = CellValues(book.strings(), book.formats())
    found = []
    for sheet in book.sheets:
        rows = SheetRows(source, book, sheet.part, values)
        read = _limited(source, rows)
        filled, merged = _filled(source, read, merges_of(source, book, sheet.part))
        hidden, struck = tuple(rows.hidden_rows), frozenset(rows.struck)
        found.append(WholeSheet(sheet.title, filled, merged, hidden, sheet.hidden, struck))
    return found


def _limited(source: Source, rows: Iterable[tuple[int, Any]]) -> list[tuple[int, Any]]:
    found: list[tuple[int, Any]] = []
    for row in rows:
        if len(found) == _MOST_ROWS:
            raise source.error("unreadable.too_large", limit=f"{_MOST_ROWS:,} rows")
        found.append(row)
    return found


def _filled(source: Source, rows: list[Row], merges: Iterable[Merge]) -> tuple[list[Row], frozenset[tuple[int, int]]]:
    """The rows with the value of merged cells in each row of their first column, and which cells these are."""
    by_number = {number: list(cells) for number, cells in rows}
    last = max(by_number, default=0)
    merged = set()
    for merge in merges:
        above = by_number.get(merge.top, [])
        value = above[merge.left - 1] if merge.left <= len(above) else None
        if is_blank(value) or merge.left > _MOST_COLUMNS:
            continue
        for number in range(merge.top + 1, min(merge.bottom, last) + 1):
            cells = by_number.setdefault(number, [])
            cells += [None] * (merge.left - len(cells))
            if is_blank(cells[merge.left - 1]):
                cells[merge.left - 1] = value
                merged.add((number, merge.left))
        if len(merged) > _MOST_MERGED:
            raise source.error("unreadable.too_large", limit=f"{_MOST_MERGED:,} merged cells")
    return sorted(by_number.items()), frozenset(merged)
