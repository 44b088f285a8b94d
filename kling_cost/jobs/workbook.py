"""Excel workbooks, streamed row by row, with a closer look at each cell than a plain reader takes.

A formula without a stored result, an error value or a number that has lost digits must not read as an empty cell,
for an empty duration costs the default. Sizes are checked before anything is parsed: a small file can unpack to
gigabytes.
"""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse
from openpyxl import load_workbook
from openpyxl.cell.text import Text
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.datetime import from_excel, from_ISO8601

from kling_cost.documents.sources import MEBIBYTE, Source
from kling_cost.jobs.columns import JOB_SHEET, SheetKind
from kling_cost.jobs.rows import CellFault
from kling_cost.problems import Listed, Problem, problem

MAX_FILE = 64 * MEBIBYTE
#: Bytes and tags that a part may unpack to; the parsers' memory and time grow with both.
_MAX_PART = {"xl/styles.xml": (4 * MEBIBYTE, 300_000), "xl/sharedStrings.xml": (64 * MEBIBYTE, 2_000_000)}
_MAX_OTHER_PART = (256 * MEBIBYTE, 12_000_000)
_MAX_ROWS, _MAX_COLUMNS = 1_048_576, 16_384
_HEADER_WITHIN = 30
_DAMAGE = (
    ParseError,
    DefusedXmlException,
    zipfile.BadZipFile,
    zlib.error,
    LookupError,
    OSError,
    EOFError,
    ValueError,
)
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

Row = tuple[int, list[Any]]


def read_workbook(source: Source, sheet: str | None, kind: SheetKind = JOB_SHEET) -> ContentSheet:
    """The sheet of a workbook that holds what is looked for.

    Args:
        source: the file.
        sheet: name of the sheet to read; None takes the only one with a fitting header.
        kind: what is looked for.

    Raises:
        ReadError: it is no workbook, damaged, encrypted or too large, or the sheet cannot be told.
    """
    data = source.read(MAX_FILE)
    _check_parts(source, data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of features that it would lose on saving
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever its parsers raise
        raise source.error("unreadable.workbook", why=_reason(error)) from None
    name, remarks = _choose(source, book, sheet, kind)
    return ContentSheet(source, book[name], remarks, kind)


class ContentSheet:
    """The sheet that is read: its header, and every row below it.

    Attributes:
        header_row: the header's row number.
        names: the header's cells as text.
    """

    def __init__(self, source: Source, sheet: Any, remarks: list[Problem], kind: SheetKind) -> None:
        self._source, self._remarks = source, remarks
        self._rows = _Rows(source, sheet)
        first = self._rows.peek(_HEADER_WITHIN)
        at = next((i for i, (_, cells) in enumerate(first) if kind.found(cells)), None)
        if at is None:
            at = next((i for i, (_, cells) in enumerate(first) if any(c is not None for c in cells)), None)
        if at is None:
            raise source.error("unreadable.empty_sheet", sheet=sheet.title)
        self.header_row, header = first[at]
        self.names = [None if cell is None else str(cell) for cell in header]
        self._rows.drop(at + 1)

    def rows(self) -> Iterator[Row]:
        """Number and cells of each row below the header."""
        return iter(self._rows)

    def remarks(self) -> list[Problem]:
        """What to say about the file, once all rows are read."""
        hidden = [number for number in self._rows.hidden if number > self.header_row]
        if not hidden:
            return self._remarks
        remark = problem("has_no_effect.hidden_rows", "", count=len(hidden), first=hidden[0])
        return [*self._remarks, remark.at(None, self._source.name, hidden[0])]


class _Rows:
    """Iterates the rows of a sheet, sparse cells filled with None."""

    def __init__(self, source: Source, sheet: Any) -> None:
        self._source, self._sheet = source, sheet
        self.hidden: list[int] = []
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
        number = cells = 0
        try:
            with self._sheet._get_source() as stream:  # openpyxl's own rows hide formulas without results
                for _, element in iterparse(stream, events=("end",), forbid_dtd=True):
                    if element.tag == f"{_MAIN}c":
                        cells += 1
                        if cells > _MAX_COLUMNS:  # before a row is held that no spreadsheet could have written
                            raise self._source.error("unreadable.too_large", number + 1, limit=f"{cells - 1:,} columns")
                    elif element.tag == f"{_MAIN}row":
                        number, cells = int(element.get("r") or number + 1), 0
                        if number > _MAX_ROWS:
                            raise self._source.error("unreadable.too_large", limit=f"{_MAX_ROWS:,} rows")
                        if element.get("hidden") in ("1", "true") and len(element):
                            self.hidden.append(number)
                        yield number, self._cells(element, number)
                        element.clear()
        except _DAMAGE as error:
            raise self._source.error("unreadable.workbook", number + 1, why=_reason(error)) from None

    def _cells(self, row: Any, number: int) -> list[Any]:
        cells: list[Any] = []
        for element in row:
            place = element.get("r")
            column = coordinate_to_tuple(place)[1] if place else len(cells) + 1
            if column > _MAX_COLUMNS:
                raise self._source.error("unreadable.too_large", number, limit=f"{_MAX_COLUMNS:,} columns")
            if (
                element.find(f"{_MAIN}v") is None
                and element.find(f"{_MAIN}f") is None
                and element.get("t") != "inlineStr"
            ):
                continue
            cells += [None] * (column - len(cells))
            cells[column - 1] = self._value(element)
        return cells

    def _value(self, element: Any) -> Any:
        kind, text = element.get("t", "n"), element.findtext(f"{_MAIN}v")
        if kind == "inlineStr":
            inline = element.find(f"{_MAIN}is")
            text = None if inline is None else Text.from_tree(inline)
            return None if text is None else text.content
        if text is None or (text == "" and kind != "str"):
            return CellFault("unreadable.formula") if element.find(f"{_MAIN}f") is not None else None
        if kind == "e":
            return CellFault("unreadable.error_cell", value=text)
        if kind == "b":
            return text == "1"
        if kind == "s":
            return self._sheet._shared_strings[int(text)]
        if kind == "d":
            return from_ISO8601(text)  # type: ignore[no-untyped-call]
        return text if kind == "str" else self._number(text, int(element.get("s", 0)))

    def _number(self, text: str, style: int) -> Any:
        book = self._sheet.parent
        number = float(text)  # float: what the file stores
        if style in book._date_formats and style not in book._timedelta_formats:
            try:
                return from_excel(number, book.epoch)
            except (OverflowError, ValueError):
                return CellFault("unreadable.error_cell", value=text)
        if number != number or abs(number) == float("inf"):  # float: what the file stores
            return CellFault("unreadable.error_cell", value=text)
        return int(text) if text.lstrip("-").isdigit() and len(text) < 16 else number


def _check_parts(source: Source, data: bytes) -> None:
    """Refuse what is no workbook, or unpacks to more than it may, before a parser sees it."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):  # the container of encrypted workbooks and of the old .xls
        raise source.error("unreadable.encrypted")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in archive.infolist():
                most_bytes, most_tags = _MAX_PART.get(part.filename, _MAX_OTHER_PART)
                size = tags = 0
                with archive.open(part) as stream:
                    while chunk := stream.read(MEBIBYTE):
                        size += len(chunk)
                        tags += chunk.count(b"<")
                        if size > most_bytes or tags > most_tags:
                            raise source.error("unreadable.too_large_workbook", part=part.filename)
                        if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk:
                            raise source.error("unreadable.workbook", why="it declares a document type")
    except (*_DAMAGE, RuntimeError) as error:
        raise source.error("unreadable.workbook", why=_reason(error)) from None


def _choose(source: Source, book: Any, wanted: str | None, kind: SheetKind) -> tuple[str, list[Problem]]:
    names = [sheet.title for sheet in book.worksheets]
    if wanted is not None:
        if wanted not in names:
            raise source.error("unreadable.no_sheet", sheet=wanted, sheets=Listed(names))
        return wanted, []
    if len(names) == 1:
        return names[0], []
    found = {n: max((kind.found(c) for _, c in _Rows(source, book[n]).peek(_HEADER_WITHIN)), default=0) for n in names}
    like = [n for n, columns in found.items() if columns > 1] or [n for n, columns in found.items() if columns]
    if len(like) != 1:
        key = "unreadable.which_sheet" if like else "unreadable.no_job_sheet"
        raise source.error(key, sheets=Listed(like or names), needed=kind.needed)
    others = Listed([n for n in names if n != like[0]])
    return like[0], [problem("ambiguous.sheet_read", "", sheet=like[0], others=others).at(None, source.name, None)]


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
