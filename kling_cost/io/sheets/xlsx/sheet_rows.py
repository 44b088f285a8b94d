"""The rows of a sheet, streamed: every cell at its own place, and what the sheet hides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from xml.parsers import expat

from kling_cost.io.sheets.sheet_kind import CellFault
from kling_cost.io.sheets.xlsx.stored_values import CellValues
from kling_cost.io.sheets.xlsx.workbook_parts import Book, tags
from kling_cost.io.sheets.xlsx.zip_package import Attributes, parser_for, told_damage
from kling_cost.io.sources import Source
from kling_cost.problems import ReadError

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
_MAX_TEXT = 1 << 17  # characters of a cell; spreadsheets keep a quarter of it
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_DIGITS = re.compile(r"[0-9]{1,9}")
_TRUE = ("1", "true")
_LETTERS = 26
_TAGS = tags("worksheet", "sheetData", "row", "c", "v", "f", "is", "t", "rPh", "col")

Row = tuple[int, list[Any]]


def column_letters(column: int) -> str:
    """The name of a column, counted from 1.

    >>> column_letters(1), column_letters(28)
    ('A', 'AB')
    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters


def place_of(reference: str) -> tuple[int, int]:
    """Row and column of a cell, counted from 1.

    Raises:
        ValueError: it names no cell.

    >>> place_of("AB3")
    (3, 28)
    """
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(f"{reference[:20]} is not a cell")
    return int(found[2]), column_number(found[1])


@cache
def column_number(letters: str) -> int:
    """The place of a column that is called by its letters, from 1.

    >>> column_number("A"), column_number("AB")
    (1, 28)
    """
    column = 0
    for letter in letters.upper():
        column = column * _LETTERS + ord(letter) - ord("A") + 1
    return column


class SheetRows:
    """Iterates the rows of a sheet, sparse cells filled with None.

    Args:
        source: the file.
        book: the workbook.
        part: where the sheet stands in it.
        values: reads its cells.

    Attributes:
        hidden_rows: numbers of the hidden rows that hold cells, as far as it was read.
        hidden_columns: first and last one of each span of hidden columns.
        struck: row and column, from 1, of the cells that are struck out, as far as it was read.
    """

    def __init__(self, source: Source, book: Book, part: str, values: CellValues) -> None:
        self._source, self._book, self._part = source, book, part
        self._cells = _Cells(source, values)
        self.hidden_rows = self._cells.hidden_rows
        self.hidden_columns = self._cells.hidden_columns
        self.struck = self._cells.struck
        self._iterator = self._read()
        self._waiting: list[Row] = []

    def __iter__(self) -> Iterator[Row]:
        while self._waiting:
            yield self._waiting.pop(0)
        yield from self._iterator

    def peek(self, count: int) -> list[Row]:
        """The next rows, without taking them."""
        while len(self._waiting) < count and (row := next(self._iterator, None)) is not None:
            self._waiting.append(row)
        return self._waiting

    def drop(self, count: int) -> None:
        """Take rows that were peeked at."""
        del self._waiting[:count]

    def _read(self) -> Iterator[Row]:
        cells = self._cells
        with told_damage(self._source, lambda: cells.number + 1):
            for _ in self._book.package.parsed(self._part, cells.parser):
                if cells.done:
                    yield from cells.done
                    cells.done.clear()
            if not cells.is_sheet:
                raise ValueError(f"its part {self._part} is not a sheet")


class _Cells:
    """Takes the elements of a sheet's XML as they begin and end, and makes rows of them."""

    def __init__(self, source: Source, values: CellValues) -> None:
        self._source, self._value, self._struck = source, values.value, values.struck
        self.parser: expat.XMLParserType = parser_for(self._start)
        self.parser.EndElementHandler = self._end
        self.done: list[Row] = []
        self.hidden_rows: list[int] = []
        self.struck: set[tuple[int, int]] = set()
        self.hidden_columns: list[tuple[int, int]] = []
        self.number = 0
        self.is_sheet = False
        self._in_data = self._in_row = self._in_cell = self._formula = self._spoken = self._hidden = False
        self._row: list[Any] = []
        self._column = self._seen = self._size = 0
        self._cell: Attributes = {}
        self._chunks: list[str] = []
        self._text: str | None = None
        self._inline: str | None = None
        self._columns: dict[str, int] = {}
        self._beginning = {"c": self._begin_cell, "row": self._begin_row, "col": self._take_column}
        self._ending = {"v": self._end_value, "t": self._end_text, "c": self._end_cell, "row": self._end_row}

    def _start(self, name: str, attributes: Attributes) -> None:
        tag = _TAGS.get(name)
        if tag == "v" and self._in_cell:
            self.parser.CharacterDataHandler = self._take
        elif tag in self._beginning:
            self._beginning[tag](attributes)
        elif self._in_cell:
            self._begin_part(tag)
        elif tag == "sheetData":
            self._in_data = True
        elif tag == "worksheet":
            self.is_sheet = True

    def _end(self, name: str) -> None:
        tag = _TAGS.get(name)
        if tag in self._ending:
            self._ending[tag]()
        elif tag == "is":
            self._inline = self._taken()
        elif tag == "rPh":
            self._spoken = False
        elif tag == "sheetData":
            self._in_data = False

    def _end_text(self) -> None:
        self.parser.CharacterDataHandler = None

    def _end_value(self) -> None:
        self._end_text()
        if self._in_cell:
            self._text = self._taken()

    def _taken(self) -> str:
        text = "".join(self._chunks)
        self._chunks.clear()
        return text

    def _take(self, text: str) -> None:
        self._size += len(text)
        if self._size > _MAX_TEXT:
            raise self._too_large(self.number, f"{_MAX_TEXT:,} characters in a cell")
        self._chunks.append(text)

    def _begin_part(self, tag: str | None) -> None:
        if tag == "f":
            self._formula = True
        elif tag == "is":
            self._inline = ""
        elif tag == "rPh":
            self._spoken = True
        elif tag == "t" and self._inline is not None and not self._spoken:
            self.parser.CharacterDataHandler = self._take

    def _begin_row(self, attributes: Attributes) -> None:
        if not self._in_data:
            return
        given = attributes.get("r")
        number = self.number + 1 if given is None else _whole(given)
        if number <= self.number:
            raise ValueError(f"row {number} comes after row {self.number}")
        if number > MAX_ROWS:
            raise self._too_large(None, f"{MAX_ROWS:,} rows")
        self.number, self._row, self._column, self._seen = number, [], 0, 0
        self._hidden = attributes.get("hidden", "").strip().lower() in _TRUE or _is_zero(attributes.get("ht"))
        self._in_row = True

    def _end_row(self) -> None:
        if not self._in_row:
            return
        self._in_row = False
        if self._hidden and self._seen:
            self.hidden_rows.append(self.number)
        self.done.append((self.number, self._row))

    def _begin_cell(self, attributes: Attributes) -> None:
        if self._in_row:
            self._cell, self._in_cell = attributes, True
            self._text = self._inline = None
            self._formula = self._spoken = False
            self._size = 0

    def _end_cell(self) -> None:
        if not self._in_cell:
            return
        self._in_cell = False
        cell, row = self._cell, self._row
        self._seen += 1
        reference = cell.get("r")
        column = self._column + 1 if reference is None else self._column_of(reference)
        if column > MAX_COLUMNS or self._seen > MAX_COLUMNS:
            raise self._too_large(self.number, f"{MAX_COLUMNS:,} columns")
        self._column = column
        value = self._value(cell.get("t"), cell.get("s"), self._text, self._inline, self._formula)
        if value is None:
            return
        if self._struck and cell.get("s") in self._struck:
            self.struck.add((self.number, column))
        before = len(row)
        if column == before + 1:
            row.append(value)
        elif column > before:
            row += [None] * (column - before)
            row[-1] = value
        else:
            twice = CellFault("unreadable.cell_twice", cell=f"{column_letters(column)}{self.number}")
            row[column - 1] = value if row[column - 1] is None else twice

    def _column_of(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        if reference[len(letters) :] == str(self.number):
            known = self._columns.get(letters)
            if known is not None:
                return known
        number, column = place_of(reference)
        if number != self.number:
            raise ValueError(f"the cell {reference} is in row {self.number}")
        self._columns[letters] = column
        return column

    def _take_column(self, attributes: Attributes) -> None:
        hidden = attributes.get("hidden", "").strip().lower() in _TRUE or _is_zero(attributes.get("width"))
        first, last = attributes.get("min", ""), attributes.get("max", "")
        if hidden and _DIGITS.fullmatch(first) and _DIGITS.fullmatch(last):
            self.hidden_columns.append((int(first), int(last)))

    def _too_large(self, row: int | None, limit: str) -> ReadError:
        return self._source.error("unreadable.too_large", row, limit=limit)


def _whole(text: str) -> int:
    plain = text.strip()
    if not _DIGITS.fullmatch(plain):
        raise ValueError(f"{plain[:20]} is not a row number")
    return int(plain)


def _is_zero(size: str | None) -> bool:
    return size is not None and size.strip() != "" and not size.strip().strip("0").strip(".").strip("0")
