"""Changed shots of a foreign sheet: the cells of its own columns change, in its own words, and nothing else does."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any, NamedTuple

from kling_cost.io.editing.csv_places import cell_text, records
from kling_cost.io.editing.formula_references import Known, SharedFormulas, dependent
from kling_cost.io.editing.package_edits import PackageEdits
from kling_cost.io.editing.sheet_cells import NewCell, SheetXml
from kling_cost.io.editing.text_edits import KeptText, TextEdit, edited
from kling_cost.io.sheets.csv_sheets import begins
from kling_cost.io.sheets.sheet_kind import is_blank
from kling_cost.io.sheets.xlsx.merged_cells import Merge, merges_of
from kling_cost.io.sheets.xlsx.sheet_rows import column_letters
from kling_cost.io.sheets.xlsx.workbook_parts import Book
from kling_cost.io.sheets.xlsx.zip_package import told_damage
from kling_cost.io.sources import Source
from kling_cost.jobs.cell_values import to_text
from kling_cost.jobs.foreign.cell_words import READERS
from kling_cost.jobs.foreign.foreign_sheets import ReadSheet
from kling_cost.jobs.foreign.sheet_words import FOREIGN_SHEET
from kling_cost.jobs.writing.job_changes import (
    DURATION,
    MODEL,
    PROVIDER,
    TAKES,
    Changes,
    JobChange,
    NewFile,
    WrittenValue,
    refusal,
)
from kling_cost.jobs.writing.workbook_jobs import known_cells, sheet_xml

_COUNTED = (DURATION, TAKES)
_LAST_NUMBER = re.compile(r"[0-9]+(?=[^0-9]*\Z)", re.ASCII)
_CLOCK_DIGITS = 2
_TEXTS = (str, time, timedelta, date)  # what holds these has a format that shows a number as something else


class _Cell(NamedTuple):
    """A cell that gets another value: its place from 1, what it says now, and what it is to say."""

    change: JobChange
    field: str
    column: int
    before: Any
    value: str | int | bool

    @property
    def place(self) -> str:
        return f"{column_letters(self.column)}{self.change.row}"

    def written(self, was_formula: bool = False) -> WrittenValue:
        before = None if is_blank(self.before) else str(to_text(self.before))
        told = (self.field, self.place, before, str(self.value), was_formula)
        return WrittenValue(self.change.row, self.change.before.job_id, *told)


def changed_foreign(source: Source, form: str, data: bytes, changes: Changes, read: ReadSheet) -> NewFile:
    """A foreign sheet with changed shots; only the cells that say something else differ.

    Args:
        source: the file.
        form: `csv`, `tsv` or `xlsx`.
        data: its bytes.
        changes: by row; none of them takes a shot out.
        read: how it is read.

    Raises:
        ReadError: a value has no column, or cannot be written into its cell.
    """
    if not changes:
        return NewFile(data, [])
    cells = list(_Cells(source, read).of(changes))
    write = _in_workbook if form == "xlsx" else _in_text
    return write(source, form, data, cells, read)


class _Cells:
    """Finds the cells that change, and says each value as the column says it elsewhere."""

    def __init__(self, source: Source, read: ReadSheet) -> None:
        self._source, self._mapping = source, read.mapping
        self._rows = {number: cells for number, cells in read.sheet.rows if number in read.shots.shots}
        self._merged = read.sheet.merged
        self._words: dict[str, dict[str, Any]] = {}

    def of(self, changes: Changes) -> Iterator[_Cell]:
        """The cells of all changes."""
        for change in changes.values():
            if change.after is None:
                raise refusal(self._source, change, "", "unwritable.not_found")
            for field, value in _own_values(change.values(), self._mapping.columns).items():
                yield self._cell(change, field, value)

    def _cell(self, change: JobChange, field: str, value: str | None) -> _Cell:
        column = self._mapping.columns.get(field)
        if column is None or value is None:
            raise refusal(self._source, change, field, "unwritable.no_column")
        if (change.row, column.column) in self._merged:
            raise refusal(self._source, change, field, "unwritable.not_found")
        row = self._rows[change.row]
        before = row[column.column - 1] if column.column <= len(row) else None
        return _Cell(change, field, column.column, before, self._word(field, column.column, before, value))

    def _word(self, field: str, column: int, before: Any, value: str) -> str | int | bool:
        """A value as the cell says its own, else as the column says it elsewhere, else in our word for it."""
        if field in _COUNTED and isinstance(before, str):
            for digits in (value, value.zfill(_CLOCK_DIGITS)):
                text = _LAST_NUMBER.sub(digits, before)
                if READERS[field](text, self._mapping.rounding) == value:
                    return text
        return self._words_of(field, column).get(value, value)

    def _words_of(self, field: str, column: int) -> dict[str, str | int | bool]:
        """What the column says elsewhere, by the value that is meant: the words that it has most often."""
        if field not in self._words and field in READERS:
            held = [row[column - 1] for row in self._rows.values() if column <= len(row)]
            known, found = self._mapping.words.get(field, {}), dict[str, str | int | bool]()
            for cell, _ in Counter(
                cell for cell in held if isinstance(cell, (str, int)) and not is_blank(cell)
            ).most_common():
                meant = READERS[field](known.get(str(to_text(cell)), cell), self._mapping.rounding)
                if isinstance(meant, str):
                    found.setdefault(meant, cell)
            self._words[field] = found
        return self._words.get(field, {})


def _own_values(values: Mapping[str, str | None], columns: Mapping[str, object]) -> dict[str, str | None]:
    """The values that differ, with the seller before its model where the sheet has no column of its own for it."""
    found = dict(values)
    if PROVIDER in found and PROVIDER not in columns and found.get(MODEL):
        provider = found.pop(PROVIDER)
        found[MODEL] = f"{provider}:{found[MODEL]}" if provider else found[MODEL]
    return found


def _in_text(source: Source, form: str, data: bytes, cells: Sequence[_Cell], read: ReadSheet) -> NewFile:
    kept = KeptText(source, data)
    start, used = begins(kept.text, "\t" if form == "tsv" else None, FOREIGN_SHEET)
    by_row: dict[int, list[_Cell]] = {}
    for cell in cells:
        by_row.setdefault(cell.change.row, []).append(cell)
    edits: list[TextEdit] = []
    for number, record in enumerate(records(kept.text, used, start), 1):
        for cell in by_row.get(number, ()):
            if cell.column > len(record.cells):
                raise refusal(source, cell.change, cell.field, "unwritable.not_found")
            old = record.cells[cell.column - 1]
            text = cell_text(str(to_text(cell.value)), used, old.is_quoted)
            edits.append(TextEdit(old.start, old.end, text))
    edits.sort(key=lambda edit: edit.start)
    return NewFile(kept.data(edited(kept.text, edits)), [cell.written() for cell in cells])


def _in_workbook(source: Source, form: str, data: bytes, cells: Sequence[_Cell], read: ReadSheet) -> NewFile:
    with told_damage(source):
        book = Book(source._replace(stream=io.BytesIO(data)), data)
        part = next(sheet.part for sheet in book.sheets if sheet.title == read.sheet.title)
        edits = PackageEdits(source, data, book)
        xml = sheet_xml(source, edits, part)
        sheet = _WorkbookCells(source, xml, list(merges_of(source, book, part)))
        new: dict[int, list[NewCell]] = {}
        for cell in cells:
            new.setdefault(cell.change.row, []).append(sheet.new(cell))
        _hold_formulas(source, xml, cells, read, known_cells(edits, book, part, read.sheet.title or ""))
        edits.replace(part, xml.with_cells(new))
        edits.recalculate()
        return NewFile(edits.data(), sheet.written)


class _WorkbookCells:
    """The cells of a sheet of a workbook, as far as each stands for itself."""

    def __init__(self, source: Source, xml: SheetXml, merges: Sequence[Merge]) -> None:
        self._source, self._rows, self._merges = source, xml.rows, merges
        self._shared = SharedFormulas(xml.rows)
        self.written: list[WrittenValue] = []

    def new(self, cell: _Cell) -> NewCell:
        """What a cell is to hold."""
        at, column = cell.change.row, cell.column
        row = self._rows.get(at)
        if row is None:
            raise refusal(self._source, cell.change, cell.field, "unwritable.not_found")
        for one in self._merges:
            if one.top <= at <= one.bottom and one.left <= column <= one.right:
                merged = {"cell": cell.place, "cells": str(one)}
                raise refusal(self._source, cell.change, cell.field, "unwritable.merged", **merged)
        if self._shared.hold((at, column)):
            raise refusal(self._source, cell.change, cell.field, "unwritable.formula", cell=cell.place)
        old = row.cells.get(column)
        self.written.append(cell.written(old is not None and old.formula is not None))
        is_number = isinstance(cell.value, str) and cell.value.isdigit() and not isinstance(cell.before, _TEXTS)
        return NewCell(column, int(cell.value) if is_number else cell.value)


def _hold_formulas(source: Source, xml: SheetXml, cells: Sequence[_Cell], read: ReadSheet, known: Known) -> None:
    """Refuse what would change a shot once the workbook is calculated anew."""
    changed = {(cell.change.row, cell.column) for cell in cells}
    read_here = {column.column for column in read.mapping.columns.values()}
    for row, column in sorted(dependent(xml.rows, changed, known) - changed):
        if row in read.shots.shots and column in read_here:
            raise source.error("unwritable.formula", row, cell=f"{column_letters(column)}{row}")
