"""Excel workbooks, streamed row by row, with a closer look at each cell than a plain reader takes.

A formula without a stored result, an error value, a number that has lost digits or a cell that a merged one covers must
not read as an empty cell, for an empty duration costs the default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kling_cost.io.sheets.sheet_kind import CellFault, SheetKind, is_blank
from kling_cost.io.sheets.xlsx.merged_cells import Merge, MergedCells, merges_of
from kling_cost.io.sheets.xlsx.sheet_rows import Row, SheetRows, column_letters
from kling_cost.io.sheets.xlsx.stored_values import CellValues
from kling_cost.io.sheets.xlsx.workbook_parts import Book, Sheet
from kling_cost.io.sheets.xlsx.zip_package import told_damage
from kling_cost.io.sources import MEBIBYTE, Source
from kling_cost.problems import Listed, Problem, ReadError, problem

MAX_FILE = 64 * MEBIBYTE
_HEADER_WITHIN = 30


def read_workbook(source: Source, sheet: str | None, kind: SheetKind) -> ContentSheet:
    """The sheet of a workbook that holds what is looked for.

    Args:
        source: the file.
        sheet: name of the sheet to read; None takes the only one with a fitting header.
        kind: what is looked for.

    Raises:
        ReadError: it is no workbook, damaged, encrypted or too large, or the sheet cannot be told.
    """
    book = Book(source, source.read(MAX_FILE))
    with told_damage(source):
        values = CellValues(book.strings(), book.formats(), kind.as_shown)
    chosen, remarks = _choose(source, book, values, sheet, kind)
    return ContentSheet(source, book, chosen, values, remarks, kind)


class ContentSheet:
    """The sheet that is read: its header, and every row below it.

    Attributes:
        header_row: the header's row number.
        names: the header's cells as text.
        title: what the sheet is called.
        part: where it stands in the package.
        merges: its merged cells.
    """

    def __init__(
        self, source: Source, book: Book, sheet: Sheet, values: CellValues, remarks: list[Problem], kind: SheetKind
    ) -> None:
        self._source, self._remarks, self._kind = source, remarks, kind
        self.title, self.part = sheet.title, sheet.part
        self._rows = SheetRows(source, book, sheet.part, values)
        first = self._rows.peek(_HEADER_WITHIN)
        at = _header_at(first, kind)
        if at is None:
            raise source.error("unreadable.empty_sheet", sheet=sheet.title)
        self.header_row, header = first[at]
        self.merges = merges = merges_of(source, book, sheet.part)
        above = [merge for merge in merges if merge.top <= self.header_row <= merge.bottom]
        header = self._with_merged(header, above, dict(first[:at]))
        self.names = [None if cell is None else str(cell) for cell in header]
        self._below = [merge for merge in above if merge.right > merge.left and not is_blank(self._name(merge))]
        self._merged: MergedCells | None = None
        if merges:
            self._merged = MergedCells(merges, self.header_row, self.names, kind)
        self._rows.drop(at + 1)

    def rows(self) -> Iterator[Row]:
        """Number and cells of each row below the header.

        Raises:
            ReadError: the sheet is damaged, or a cell stands below a heading that is merged with others.
        """
        if self._merged is None:
            return iter(self._rows)
        return self._filled(self._merged)

    def remarks(self) -> list[Problem]:
        """What to say about the file, once all rows are read."""
        found = list(self._remarks)
        spans = self._rows.hidden_columns
        columns = [
            at
            for at, name in enumerate(self.names, 1)
            if not is_blank(name) and any(first <= at <= last for first, last in spans)
        ]
        if columns:
            first, name = column_letters(columns[0]), self.names[columns[0] - 1]
            remark = problem("has_no_effect.hidden_columns", "", count=len(columns), first=first, name=name)
            found.append(remark.at(None, self._source.name, self.header_row))
        hidden = [number for number in self._rows.hidden_rows if number > self.header_row]
        if hidden:
            remark = problem("has_no_effect.hidden_rows", "", count=len(hidden), first=hidden[0])
            found.append(remark.at(None, self._source.name, hidden[0]))
        return found

    def _with_merged(self, header: list[Any], merges: list[Merge], above: dict[int, list[Any]]) -> list[Any]:
        """The header, completed by the names of merged cells above it; refused if a column of it is unclear."""
        header = list(header)
        for merge in merges:
            over = above.get(merge.top, [])
            if merge.top < self.header_row and merge.left <= len(over):
                header += [None] * (merge.left - len(header))
                if is_blank(header[merge.left - 1]):
                    header[merge.left - 1] = over[merge.left - 1]
            name = header[merge.left - 1] if merge.left <= len(header) else None
            if merge.bottom > self.header_row and self._is_known(name):
                raise self._source.error("unreadable.merged_header", self.header_row, cells=str(merge))
        for at, cell in enumerate(header, 1):
            if isinstance(cell, CellFault):
                found = problem(cell.why, column_letters(at), **cell.params)
                raise ReadError(found.at(None, self._source.place, self.header_row))
        return header

    def _is_known(self, name: Any) -> bool:
        if not isinstance(name, str):
            return False
        return self._kind.known(name) is not None or self._kind.is_meant(name)

    def _name(self, merge: Merge) -> str | None:
        return self.names[merge.left - 1] if merge.left <= len(self.names) else None

    def _filled(self, merged: MergedCells) -> Iterator[Row]:
        with told_damage(self._source):
            yield from merged.filled(self._whole(row) for row in self._rows)

    def _whole(self, row: Row) -> Row:
        """The row; refused if a cell of it is below a heading that spans several columns."""
        number, cells = row
        for merge in self._below:
            beside = cells[merge.left : merge.right]
            if number > merge.bottom and not all(is_blank(cell) for cell in beside):
                raise self._source.error("unreadable.merged_header", number, cells=str(merge))
        return row


def _header_at(rows: Sequence[tuple[int, Sequence[Any]]], kind: SheetKind) -> int | None:
    """The row that names columns, else the first in which anything stands."""
    at = next((i for i, (_, cells) in enumerate(rows) if kind.found(cells)), None)
    if at is None:
        at = next((i for i, (_, cells) in enumerate(rows) if any(c is not None for c in cells)), None)
    return at


def _most_like(sheets: Sequence[Sheet], found: Sequence[int]) -> list[Sheet]:
    """Those in which several columns were found; where there is none, those with one."""
    several = [sheet for sheet, columns in zip(sheets, found, strict=True) if columns > 1]
    return several or [sheet for sheet, columns in zip(sheets, found, strict=True) if columns]


def _choose(
    source: Source, book: Book, values: CellValues, wanted: str | None, kind: SheetKind
) -> tuple[Sheet, list[Problem]]:
    sheets = book.sheets
    if wanted is not None:
        chosen = _named(source, sheets, wanted)
    elif len(sheets) == 1:
        chosen = sheets[0]
    else:
        chosen = _only_like(source, book, values, kind)
    remarks = _hidden(source, sheets, chosen)
    if wanted is None and len(sheets) > 1:
        others = Listed(_titles(sheet for sheet in sheets if sheet is not chosen))
        read = problem("ambiguous.sheet_read", "", sheet=chosen.title, others=others).at(None, source.name, None)
        remarks.insert(0, read)
    return chosen, remarks


def _named(source: Source, sheets: Sequence[Sheet], wanted: str) -> Sheet:
    chosen = [sheet for sheet in sheets if sheet.title == wanted]
    if len(chosen) != 1:
        raise source.error("unreadable.no_sheet", sheet=wanted, sheets=Listed(_titles(sheets)))
    return chosen[0]


def _only_like(source: Source, book: Book, values: CellValues, kind: SheetKind) -> Sheet:
    """The one sheet that looks like what is wanted."""
    rows = [SheetRows(source, book, sheet.part, values) for sheet in book.sheets]
    like = _most_like(book.sheets, [_columns_found(one, kind) for one in rows])
    if len(like) != 1:
        key = "unreadable.which_sheet" if like else "unreadable.no_job_sheet"
        raise source.error(key, sheets=Listed(_titles(like or book.sheets)), needed=kind.needed)
    return like[0]


def _titles(sheets: Iterable[Sheet]) -> list[str]:
    return [sheet.title for sheet in sheets]


def _columns_found(rows: SheetRows, kind: SheetKind) -> int:
    return max((kind.found(cells) for _, cells in rows.peek(_HEADER_WITHIN)), default=0)


def _hidden(source: Source, sheets: list[Sheet], chosen: Sheet) -> list[Problem]:
    """What is said of sheets that a user does not see."""
    found = []
    if chosen.hidden:
        found.append(problem("has_no_effect.hidden_sheet", "", sheet=chosen.title))
    others = [sheet.title for sheet in sheets if sheet.hidden and sheet is not chosen]
    if others:
        found.append(problem("has_no_effect.hidden_others", "", sheets=Listed(others)))
    return [one.at(None, source.name, None) for one in found]
