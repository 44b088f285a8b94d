"""An Excel workbook whose formulas are live and whose values are stored; every text inert, every run the same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from kling_cost.problems import UsageError
from kling_cost.reporting.document import Document, Part
from kling_cost.reporting.table import Column, Fact, Formula, Table, Value, plain
from kling_cost.reporting.writers.xlsx_package import finished_package

MAX_CHARACTERS = 32_767
_EPOCH = datetime(2026, 1, 1)  # noqa: DTZ001  # a property of the file, not a moment
_NAME = re.compile(r"\{([a-z_]+)(?:\.([a-z_]+))?\}")
_FORMATS = {"credits": "#,##0.0000", "amount": "#,##0.00##", "money": "#,##0.00", "integer": "#,##0"}
_WIDTHS = {
    "id": 18,
    "text": 48,
    "integer": 9,
    "credits": 14,
    "amount": 14,
    "money": 12,
    "date": 12,
    "status": 12,
}
_LIVE = "=+-@\t\r"
_FONT = "Calibri"
_HEAD_FILL = PatternFill("solid", fgColor="1F4E78")
_INPUT_FILL = PatternFill("solid", fgColor="FFF8E1")
_PLAIN, _BOLD = Font(name=_FONT), Font(name=_FONT, bold=True)
_DIM, _HEAD = Font(name=_FONT, color="5B6675"), Font(name=_FONT, bold=True, color="FFFFFF")
_TITLE = Font(name=_FONT, bold=True, size=14)
_ALARM = Font(name=_FONT, bold=True, color="B3261E")


def xlsx_bytes(document: Document) -> bytes:
    """The workbook.

    Raises:
        UsageError: an amount has more than 15 significant digits, which a spreadsheet would silently change.
    """
    book = Workbook()
    del book["Sheet"]
    book.properties = DocumentProperties(title="Budget", creator="kling_cost", created=_EPOCH, modified=_EPOCH)
    places = _placed(document)
    values: list[dict[str, Value]] = []
    for part in document.parts:
        sheet = book.create_sheet(part.title)
        stored: dict[str, Value] = {}
        _head(sheet, document, part)
        for table in part.tables:
            _write(sheet, table, places, stored)
        _page_setup(sheet, [places[table.key] for table in part.tables])
        values.append(stored)
    buffer = io.BytesIO()
    book.save(buffer)
    return finished_package(buffer.getvalue(), values, _EPOCH)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table stands: its sheet, its header's row, its data rows (at least one), its columns by key."""

    sheet: str
    header: int
    first: int
    last: int
    letters: Mapping[str, str]


def _placed(document: Document) -> dict[str, Place]:
    places = {}
    for part in document.parts:
        row = 2 + len(_head_lines(document, part))
        for table in part.tables:
            header = row + 1
            last = header + max(1, len(table.rows))
            letters = {column.key: get_column_letter(at) for at, column in enumerate(table.columns, 1)}
            places[table.key] = Place(part.title, header, header + 1, last, letters)
            row = last + (1 if table.totals else 0) + len(table.notes) + 2
    return places


def _head_lines(document: Document, part: Part) -> list[Fact]:
    """The lines above the first table; the first of them is the title."""
    if part is not document.parts[0]:
        return [Fact(part.title, "")]
    verdict = [Fact("Verdict", document.verdict, document.verdict_kind != "within")] if document.verdict else []
    return [Fact(document.title, ""), *verdict, *part.facts]


def _head(sheet: Worksheet, document: Document, part: Part) -> None:
    for row, fact in enumerate(_head_lines(document, part), 1):
        put(sheet, row, 1, fact.name).font = _TITLE if row == 1 else _ALARM if fact.is_alarm else _DIM
        if row > 1:
            put(sheet, row, 2, fact.text).font = _ALARM if fact.is_alarm else _PLAIN


def _write(sheet: Worksheet, table: Table, places: Mapping[str, Place], stored: dict[str, Value]) -> None:
    place = places[table.key]
    put(sheet, place.header - 1, 1, table.title).font = _BOLD
    for at, column in enumerate(table.columns, 1):
        cell = put(sheet, place.header, at, column.title)
        cell.font, cell.fill = _HEAD, _HEAD_FILL
        cell.alignment = Alignment(horizontal="right" if column.is_number else "left", vertical="top")
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = max(sheet.column_dimensions[letter].width, _WIDTHS[column.kind])
    if not table.rows:
        put(sheet, place.first, 1, table.empty)
    for number, row in enumerate(table.rows, place.first):
        _row(sheet, table, row, number, places, stored)
    below = place.last + 1
    if table.totals is not None:
        _row(sheet, table, table.totals, below, places, stored, bold=True)
        below += 1
    for note in table.notes:
        put(sheet, below, 1, note).font = _DIM
        below += 1


def _row(
    sheet: Worksheet,
    table: Table,
    row: Sequence[Value | Formula],
    number: int,
    places: Mapping[str, Place],
    stored: dict[str, Value],
    bold: bool = False,
) -> None:
    for at, (column, value) in enumerate(zip(table.columns, row, strict=True), 1):
        formula = value.text if isinstance(value, Formula) else None if bold else column.formula
        bare = plain(value)
        if formula is None and bare is None:
            continue
        cell = put(sheet, number, at, None if formula is not None else _cell_value(bare, column))
        if formula is not None:
            cell.value = f"={_resolved(formula, places, places[table.key], number)}"
            stored[cell.coordinate] = _cell_value(bare, column)
        if column.kind in _FORMATS:
            cell.number_format = _FORMATS[column.kind]
        cell.font = _BOLD if bold else _PLAIN
        if column.is_input and not bold:
            cell.fill = _INPUT_FILL


def _resolved(formula: str, places: Mapping[str, Place], here: Place, row: int) -> str:
    def cell(found: re.Match[str]) -> str:
        first, second = found.groups()
        if second is None:
            return f"{here.letters[first]}{row}"
        there = places[first]
        letter = there.letters[second]
        return f"'{there.sheet}'!${letter}${there.first}:${letter}${there.last}"

    return _NAME.sub(cell, formula)


def _cell_value(value: Value, column: Column) -> Value:
    return _number(value, column) if isinstance(value, Decimal) else value


def _number(number: Decimal, column: Column) -> Decimal:
    """A number that a spreadsheet keeps: exact, or for converted money rounded to its 15 digits."""
    digits = len(number.normalize().as_tuple().digits)
    if digits <= 15:
        return number.normalize()
    if column.kind in ("money", "amount"):
        return Decimal(f"{number:.15g}")
    raise UsageError(
        f"{column.title} {number:f} has more than 15 digits, which a workbook cannot hold; use JSON or CSV"
    )


def put(sheet: Worksheet, row: int, column: int, value: Value) -> Cell:
    """Put a value into a cell; text never becomes a formula, an error or a link, whatever it looks like."""
    cell = sheet.cell(row, column)
    if not isinstance(cell, Cell):
        raise AssertionError("merged cells are never written")
    if isinstance(value, str):
        cell.value = visible(value)
        cell.data_type = "s"
        if value[:1] in tuple(_LIVE):
            cell.quotePrefix = True  # so that it stays text when somebody edits it or saves it as CSV
    else:
        cell.value = value
    return cell


def visible(text: str) -> str:
    """Text that a cell can hold: control characters and half surrogates spelt out, cut with a word if too long.

    >>> visible("a\\x00b"), visible("Fog")
    ('a\\\\x00b', 'Fog')
    """
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: MAX_CHARACTERS + 1])
    units = len(text.encode("utf-16-le", "replace")) // 2
    if units <= MAX_CHARACTERS:
        return text
    mark = " … (cut; the JSON holds the whole)"
    kept = text.encode("utf-16-le", "replace")[: 2 * (MAX_CHARACTERS - len(mark))]
    return kept.decode("utf-16-le", "ignore") + mark


def _page_setup(sheet: Worksheet, places: Sequence[Place]) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(center=_HeaderFooterPart("Page &P of &N"))
    if len(places) == 1:
        place = places[0]
        sheet.freeze_panes = f"B{place.first}"
        sheet.print_title_rows = f"{place.header}:{place.header}"
        letters = list(place.letters.values())
        sheet.auto_filter.ref = f"A{place.header}:{letters[-1]}{place.last}"
