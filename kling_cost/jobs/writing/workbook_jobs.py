"""Changed jobs in a workbook: cells of its sheet of jobs change, and a sheet says which; all other parts stay."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kling_cost.io.editing.formula_references import Known, SharedFormulas, dependent, mentions
from kling_cost.io.editing.package_edits import PackageEdits, new_title
from kling_cost.io.editing.sheet_cells import NewCell, SheetXml, plain_sheet
from kling_cost.io.sheets.workbook import ContentSheet, read_workbook
from kling_cost.io.sheets.xlsx.sheet_rows import column_letters
from kling_cost.io.sheets.xlsx.workbook_parts import MAIN, Book
from kling_cost.io.sheets.xlsx.zip_package import told_damage
from kling_cost.io.sources import Source
from kling_cost.jobs.columns import BESIDE, JOB_SHEET, Columns, priced_columns
from kling_cost.jobs.report_workbook.read_report_workbook import is_report_workbook
from kling_cost.jobs.writing.job_changes import (
    DURATION,
    TAKES,
    Changes,
    JobChange,
    NewFile,
    WrittenValue,
    refusal,
    taken_out,
)
from kling_cost.jobs.writing.sheet_values import ChangedCell, SheetValues

_TITLE = "Changes"
_HEADINGS = ("Row", "Job", "Cell", "Changed", "From", "To", "Remark")
_FORMULA, _TAKEN_OUT = "a formula stood here", "taken out"
_BOM = b"\xef\xbb\xbf"


def changed_workbook(
    source: Source, data: bytes, changes: Changes, options: Sequence[str], sheet: str | None
) -> NewFile:
    """A workbook with changed jobs.

    The rows of jobs that are taken out stay as blank rows, for formulas and other sheets count rows.

    Args:
        source: the file.
        data: its content.
        changes: by row.
        options: options that the price book names itself.
        sheet: the sheet of jobs; None for the only one with a fitting header.

    Raises:
        ReadError: a value cannot be written back.
    """
    if is_report_workbook(source, data):
        raise source.error("unwritable.report_workbook")
    stream = source._replace(stream=io.BytesIO(data))
    content = read_workbook(stream, sheet, JOB_SHEET)
    with told_damage(source):
        book = Book(stream, data)
        edits = PackageEdits(source, data, book)
        xml = sheet_xml(source, edits, content.part)
        jobs = _SheetEdits(source, content, xml, changes, options)
        cells = jobs.cells()
        jobs.hold_formulas(known_cells(edits, book, content.part, content.title), cells)
        edits.replace(content.part, jobs.xml.with_cells(cells))
        namespace = MAIN[1] if MAIN[1].encode() in edits.read(content.part) else MAIN[0]
        title = new_title(_TITLE, [one.title for one in book.sheets])
        edits.add_sheet(title, plain_sheet([_HEADINGS, *map(_told, jobs.written)], namespace))
        edits.recalculate()
        return NewFile(edits.data(), jobs.written)


def _told(value: WrittenValue) -> list[str | int | None]:
    """The row of the sheet that says what changed."""
    remark = _FORMULA if value.was_formula else None if value.field else _TAKEN_OUT
    return [value.row, value.job_id, value.place, value.field or None, value.before, value.after, remark]


def sheet_xml(source: Source, edits: PackageEdits, part: str) -> SheetXml:
    """A sheet of a workbook, to be edited.

    Raises:
        ReadError: it is in an encoding that is not written.
    """
    xml = edits.read(part).removeprefix(_BOM)
    if not xml.lstrip().startswith(b"<") or b"\0" in xml[:4]:
        raise source.error("unwritable.workbook", why="its sheet is not in UTF-8")
    return SheetXml(xml)


def known_cells(edits: PackageEdits, book: Book, part: str, title: str) -> Known:
    """The names of a workbook, and its other sheets that may read one of them, which is named by part and title."""
    others = set()
    for sheet in book.sheets:
        if sheet.part != part:
            rows = SheetXml(edits.read(sheet.part).removeprefix(_BOM)).rows.values()
            formulas = (cell.formula.text for row in rows for cell in row.cells.values() if cell.formula is not None)
            if any(mentions(formula, title) for formula in formulas):
                others.add(sheet.title.lower())
    return Known(title, others, edits.names())


class _SheetEdits:
    """The cells of the sheet of jobs that change."""

    def __init__(
        self, source: Source, content: ContentSheet, xml: SheetXml, changes: Changes, options: Sequence[str]
    ) -> None:
        self._source, self._content, self.xml, self._changes = source, content, xml, changes
        self._values = SheetValues(content.names, changes, options, max(xml.width, len(content.names)))
        names = Columns(content.names, options).names
        priced = priced_columns(options)
        #: The columns that a price depends on, from 1.
        self._priced = {at for at, name in enumerate(names, 1) if name in priced or (name or "").startswith(BESIDE)}
        self._shared = SharedFormulas(xml.rows)
        self.written: list[WrittenValue] = []

    def cells(self) -> dict[int, list[NewCell]]:
        """The new cells by row, the header's among them."""
        found: dict[int, list[NewCell]] = {}
        if self._values.added:
            last = max(self.xml.rows[self._content.header_row].cells.values(), key=lambda cell: cell.column)
            at = self._values.width + 1
            header = [NewCell(column, name, last.style) for column, name in enumerate(self._values.added, at)]
            found[self._content.header_row] = header
        for number, cells in self._content.rows():
            change = self._changes.get(number)
            if change is not None and isinstance(cells, Sequence):
                found[number] = list(self._row(change, cells))
        return found

    def _row(self, change: JobChange, now: Sequence[Any]) -> Iterator[NewCell]:
        row = self.xml.rows[change.row]
        if change.after is None:
            self.written.append(taken_out(change))
            for cell in row.cells.values():
                if cell.is_filled:
                    self._hold_alone(change, "", cell.column)
                    yield NewCell(cell.column, None)
            return
        for value in self._values.cells(change, now):
            column = value.column + 1
            self._hold_alone(change, value.field, column)
            old = row.cells.get(column)
            place = f"{column_letters(column)}{change.row}"
            self.written.append(value.written(place, old is not None and old.formula is not None))
            yield NewCell(column, _typed(value))

    def _hold_alone(self, change: JobChange, field: str, column: int) -> None:
        """Refuse a cell that other rows share."""
        cell = f"{column_letters(column)}{change.row}"
        for merge in self._content.merges:
            if merge.top <= change.row <= merge.bottom and merge.left <= column <= merge.right:
                raise refusal(self._source, change, field, "unwritable.merged", cell=cell, cells=str(merge))
        if self._shared.hold((change.row, column)):
            raise refusal(self._source, change, field, "unwritable.formula", cell=cell)

    def hold_formulas(self, known: Known, cells: Mapping[int, Sequence[NewCell]]) -> None:
        """Refuse what would change the price of a job once the workbook is calculated anew.

        Raises:
            ReadError: a formula that a price depends on depends on a cell that changes.
        """
        changed = {(row, cell.column) for row, new in cells.items() for cell in new}
        for row, column in sorted(dependent(self.xml.rows, changed, known) - changed):
            if column in self._priced and row > self._content.header_row:
                cell = f"{column_letters(column)}{row}"
                raise self._source.error("unwritable.formula", row, cell=cell)


def _typed(cell: ChangedCell) -> str | int | bool | None:
    """A new value, of the kind that the cell has; whole numbers in a cell that is empty."""
    if not cell.value:
        return None
    if isinstance(cell.before, bool):
        return cell.value.lower() == "true"
    return int(cell.value) if cell.field in (DURATION, TAKES) and not isinstance(cell.before, str) else cell.value
