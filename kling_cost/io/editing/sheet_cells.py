"""Where the cells of a workbook's sheet stand in its XML, so that some change and everything else stays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.sax.saxutils import escape

from kling_cost.io.sheets.xlsx.sheet_rows import column_letters, place_of
from kling_cost.io.sheets.xlsx.workbook_parts import tags
from kling_cost.io.sheets.xlsx.zip_package import Attributes, parser_for

_TAGS = tags("sheetData", "row", "c", "f")
_TAG = re.compile(rb"""<(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_SPANS = re.compile(rb'\s+spans\s*=\s*(?:"[^"]*"|\'[^\']*\')')
#: Characters that XML cannot hold, and the beginning of what stands for one in a cell.
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_LONGEST = 32_767  # characters of a cell
_PREFIX = re.compile(rb"<((?:[\w.-]+:)?)sheetData\b")


class Formula(NamedTuple):
    """A formula of a cell.

    Attributes:
        text: of the formula; empty for one that is shared with the cell that has it.
        kind: `shared`, `array`, `dataTable`; empty for an ordinary one.
        group: what shares it.
        covers: the cells that it is for, such as `A1:A9`; empty for its own alone.
    """

    text: str
    kind: str
    group: str
    covers: str


@dataclass(slots=True)
class CellXml:
    """A cell: where its element stands, and what is to be known of it."""

    column: int
    start: int
    opened: int
    style: str | None
    kind: str | None
    end: int = 0
    formula: Formula | None = None
    is_filled: bool = False


@dataclass(slots=True)
class RowXml:
    """A row: where its element begins, its first tag ends and all of it ends; `cells` by column from 1."""

    number: int
    start: int
    opened: int
    end: int = 0
    cells: dict[int, CellXml] = field(default_factory=dict)


class NewCell(NamedTuple):
    """What a cell is to hold.

    Attributes:
        column: from 1.
        value: a text, a whole number, a truth, or None for nothing.
        style: of a new cell; one that is there keeps its own.
    """

    column: int
    value: str | int | bool | None
    style: str | None = None


class SheetXml:
    """A sheet's XML, read once.

    Args:
        data: in UTF-8, and read before without a fault.

    Attributes:
        rows: by number.

    >>> namespace = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    >>> row = '<row r="2"><c r="B2" s="1"><v>5</v></c></row>'
    >>> sheet = SheetXml(f'<worksheet xmlns="{namespace}"><sheetData>{row}</sheetData></worksheet>'.encode())
    >>> sheet.with_cells({2: [NewCell(2, 4), NewCell(3, True)]}).decode().partition("<sheetData>")[2][:67]
    '<row r="2"><c r="B2" s="1"><v>4</v></c><c r="C2" t="b"><v>1</v></c>'
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.rows: dict[int, RowXml] = {}
        self._prefix = _prefix_of(data)
        _Reader(data, self.rows).read()

    @property
    def width(self) -> int:
        """The last column in which any cell holds something."""
        return max((at for row in self.rows.values() for at, cell in row.cells.items() if cell.is_filled), default=0)

    def with_cells(self, cells: Mapping[int, Sequence[NewCell]]) -> bytes:
        """The XML with other cells in some rows, which are there."""
        parts, at = [], 0
        for number in sorted(cells):
            row = self.rows[number]
            parts += [self._data[at : row.start], self._row(row, {cell.column: cell for cell in cells[number]})]
            at = row.end
        return b"".join((*parts, self._data[at:]))

    def _row(self, row: RowXml, new: dict[int, NewCell]) -> bytes:
        """The element of a row with new cells at their places."""
        begin = _SPANS.sub(b"", self._data[row.start : row.opened])
        is_empty = begin.endswith(b"/>")
        begin = begin[:-2].rstrip() + b">" if is_empty else begin
        parts, at = [begin], row.opened
        for column in sorted({*row.cells, *new}):
            cell = row.cells.get(column)
            if cell is not None:
                parts.append(self._data[at : cell.start])
                at = cell.start
            if column in new:
                parts.append(self._cell(row.number, new[column], cell))
                at = at if cell is None else cell.end
        close = b"</" + self._prefix + b"row>" if is_empty else self._data[at : row.end]
        return b"".join((*parts, close))

    def _cell(self, row: int, new: NewCell, old: CellXml | None) -> bytes:
        style = new.style if old is None else old.style
        return _cell_xml(f"{column_letters(new.column)}{row}", new.value, style, self._prefix.decode()).encode()


def _prefix_of(data: bytes) -> bytes:
    """What names of elements begin with in a sheet: mostly nothing."""
    found = _PREFIX.search(data)
    return found[1] if found else b""


def _cell_xml(place: str, value: str | int | bool | None, style: str | None, prefix: str = "") -> str:
    begin = f'<{prefix}c r="{place}"' + (f' s="{style}"' if style is not None else "")
    if value is None:
        return f"{begin}/>"
    if isinstance(value, str):
        text = _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", value[:_LONGEST])
        words = f'<{prefix}is><{prefix}t xml:space="preserve">{escape(text)}</{prefix}t></{prefix}is>'
        return f'{begin} t="inlineStr">{words}</{prefix}c>'
    kind = ' t="b"' if isinstance(value, bool) else ""
    return f"{begin}{kind}><{prefix}v>{int(value)}</{prefix}v></{prefix}c>"


def plain_sheet(rows: Sequence[Sequence[str | int | None]], namespace: str) -> bytes:
    """The XML of a new sheet that holds these rows."""
    lines = ""
    for number, row in enumerate(rows, 1):
        cells = (_cell_xml(f"{column_letters(at)}{number}", cell, None) for at, cell in enumerate(row, 1))
        lines += f'<row r="{number}">{"".join(cells)}</row>'
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f'{head}<worksheet xmlns="{namespace}"><sheetData>{lines}</sheetData></worksheet>'.encode()


class _Reader:
    """Takes the elements of a sheet as they begin and end."""

    def __init__(self, data: bytes, rows: dict[int, RowXml]) -> None:
        self._data, self._rows = data, rows
        self._parser = parser_for(self._start)
        self._parser.EndElementHandler = self._end
        self._row: RowXml | None = None
        self._cell: CellXml | None = None
        self._formula: Attributes | None = None
        self._chunks: list[str] = []
        self._number = self._column = 0

    def read(self) -> None:
        """Read everything."""
        self._parser.Parse(self._data, True)

    def _start(self, name: str, attributes: Attributes) -> None:
        tag, at = _TAGS.get(name), self._parser.CurrentByteIndex
        if tag == "row":
            self._number = int(attributes.get("r", self._number + 1))
            self._row, self._column = RowXml(self._number, at, self._after(at)), 0
            self._rows[self._number] = self._row
        elif tag == "c" and self._row is not None:
            place = attributes.get("r")
            self._column = self._column + 1 if place is None else place_of(place)[1]
            self._cell = CellXml(self._column, at, self._after(at), attributes.get("s"), attributes.get("t"))
            self._row.cells[self._column] = self._cell
        elif self._cell is not None:
            self._cell.is_filled = True
            if tag == "f":
                self._formula = attributes
                self._parser.CharacterDataHandler = self._chunks.append

    def _end(self, name: str) -> None:
        tag, at = _TAGS.get(name), self._parser.CurrentByteIndex
        if tag == "row" and self._row is not None:
            self._row.end = self._end_of(self._row.opened, at)
            self._row = None
        elif tag == "c" and self._cell is not None:
            self._cell.end = self._end_of(self._cell.opened, at)
            self._cell = None
        elif tag == "f" and self._cell is not None and self._formula is not None:
            given = self._formula
            names = (given.get("t", ""), given.get("si", ""), given.get("ref", ""))
            self._cell.formula = Formula("".join(self._chunks), *names)
            self._formula, self._parser.CharacterDataHandler = None, None
            self._chunks.clear()

    def _after(self, at: int) -> int:
        """The place after the tag that begins at another."""
        found = _TAG.match(self._data, at)
        return len(self._data) if found is None else found.end()

    def _end_of(self, opened: int, at: int) -> int:
        """The place after an element, given that after its first tag, and what the parser says of its end."""
        return opened if self._data[opened - 2 : opened] == b"/>" else self._after(at)
