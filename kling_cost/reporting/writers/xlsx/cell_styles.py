"""Cells of a workbook: escaped text, numbers within a spreadsheet's precision, and their styles."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from kling_cost.problems import UsageError
from kling_cost.reporting.number_format import edge_of_chance
from kling_cost.reporting.style import Style
from kling_cost.reporting.table import Column, Value
from kling_cost.reporting.translations import Words

EPOCH = datetime(2026, 1, 1)  # noqa: DTZ001  # a property of the file, not a moment
MAX_CHARACTERS = 32_767
MAX_DIGITS = 15
CUT = " … (cut; the JSON contains the whole text)"
INK, DIM, BAD, WARN, GOOD, PAPER = "1C2430", "5B6675", "B3261E", "8A5A00", "1F6B3A", "FFFFFF"
_INPUT, _RULE = "FFF8E1", "D9DEE5"
_LIVE = tuple("=+-@\t\r")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_FORMATS = {
    "credits": "#,##0.0000",
    "amount": "#,##0.00##",
    "money": "#,##0.00",
    "integer": "#,##0",
    "percent": "0.0%",
    "chance": "0.0%",
}
_PLAIN_FONT = "Calibri"
_DAY_WIDTH = 13


@dataclass
class Look:
    """Fonts, fills and number formats of a workbook.

    Args:
        style: whose look.
        words: language; it decides on the font and on how days are written.
    """

    style: Style
    words: Words
    fonts: dict[tuple[str, bool, int], Font] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """The font's family."""
        return self.style.font or self.words("spreadsheet.font")

    def font(self, color: str = INK, bold: bool = False, size: int = 11) -> Font:
        """A font; equal ones are the same object."""
        key = (color, bold, size)
        if key not in self.fonts:
            self.fonts[key] = Font(name=self.family, bold=bold, size=size, color=color)
        return self.fonts[key]

    @property
    def spread(self) -> int:
        """How wide its characters are, in per cent of those that columns are measured in."""
        return 100 if self.family == _PLAIN_FONT else 118

    @property
    def accent(self) -> str:
        """The accent colour without its hash."""
        return self.style.accent.lstrip("#").upper()

    def number_format(self, column: Column) -> str:
        """The number format of a column."""
        if column.kind == "date":
            return self.words("spreadsheet.day")
        if column.digits is not None:
            return "#,##0" + ("." + "0" * column.digits if column.digits else "")
        return _FORMATS.get(column.kind, "General")

    def _format_of(self, cell: Cell, column: Column) -> str:
        """The number format of a cell; of a chance that is nearly certain, its words."""
        edge = edge_of_chance(cell.value, column)
        return self.number_format(column) if edge is None else f'"{edge}"'

    def day_width(self) -> int:
        """How many characters wide a day is at most."""
        return int(self.words("spreadsheet.day_width"))

    def head(self, cell: Cell, column: Column) -> None:
        """Dress the head of a column."""
        color = DIM if column.helper else PAPER
        cell.font = self.font(color, bold=not column.helper)
        cell.fill = PatternFill("solid", fgColor=_RULE if column.helper else self.accent)
        right = column.is_number
        cell.alignment = Alignment(
            horizontal="right" if right else "left", vertical="center", wrap_text=True, indent=0 if right else 1
        )

    def body(
        self, cell: Cell, column: Column, bold: bool = False, quoted: bool = False, one_line: bool = False,
        is_fixed: bool = False,
    ) -> None:  # fmt: skip
        """Dress a cell of a column; `one_line` keeps its row as high as the others, `is_fixed` makes it no input."""
        cell.font = self.font(DIM if column.helper else INK, bold)
        cell.number_format = self._format_of(cell, column)
        vertical = "center" if one_line else "top"
        if column.is_number:
            cell.alignment = Alignment(horizontal="right", vertical=vertical)
        else:
            wrap = column.kind == "text" and not one_line
            cell.alignment = Alignment(horizontal="left", vertical=vertical, wrap_text=wrap, indent=1)
        if column.is_input and not bold and not is_fixed:
            self.input(cell)
        if bold:
            cell.border = Border(top=Side("thin", color=INK))
        if quoted:
            cell.quotePrefix = True

    def input(self, cell: Cell) -> None:
        """Dress a cell that may be changed; nothing else may be in a protected sheet."""
        cell.fill = PatternFill("solid", fgColor=_INPUT)
        cell.protection = Protection(locked=False)

    def link(self, cell: Cell, place: str) -> None:
        """Make a cell lead to a place of the same workbook."""
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=place, display=str(cell.value))
        cell.font = Font(name=self.family, size=11, color=self.accent, underline="single")

    def legend(self, cell: Cell) -> None:
        """Dress the line that explains the colour of inputs."""
        cell.fill = PatternFill("solid", fgColor=_INPUT)

    def line_to_fill_in(self, cell: Cell) -> None:
        """Format a cell for manual input."""
        cell.protection = Protection(locked=False)
        cell.border = Border(bottom=Side("thin", color=DIM))


def put(sheet: Worksheet, row: int, column: int, value: Value, cut: str = CUT) -> Cell:
    """Put a value into a cell; text never becomes a formula, an error or a link, whatever it looks like."""
    cell = sheet.cell(row, column)
    if not isinstance(cell, Cell):
        raise AssertionError("merged cells are never written")
    if isinstance(value, str):
        cell.value = visible(value, cut)
        cell.data_type = "s"
        if is_live(value):
            cell.quotePrefix = True  # so that it stays text when it is edited or saved as CSV
    else:
        cell.value = value
    return cell


def is_live(text: str) -> bool:
    """Whether a spreadsheet might run a text when it is edited or saved as CSV.

    >>> is_live("=1+1"), is_live("Fog")
    (True, False)
    """
    return text.startswith(_LIVE)


def visible(text: str, cut: str = CUT) -> str:
    """Text that a cell can hold: control characters and half surrogates spelt out, cut with a word if too long.

    >>> visible("a\\x00b"), visible("Fog"), visible("_x0041_")
    ('a\\\\x00b', 'Fog', '_x005F_x0041_')
    """
    if text.isprintable() and len(text) <= MAX_CHARACTERS // 2 and "_x" not in text:
        return text
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: MAX_CHARACTERS + 1])
    text = _ESCAPE.sub("_x005F_", text)  # else a spreadsheet reads a character out of it
    units = len(text.encode("utf-16-le", "replace")) // 2
    if units <= MAX_CHARACTERS:
        return text
    kept = text.encode("utf-16-le", "replace")[: 2 * (MAX_CHARACTERS - len(cut))]
    return kept.decode("utf-16-le", "ignore") + cut


def cell_value(value: Value, column: Column) -> Value:
    """A value that a spreadsheet stores without loss: exact, or for converted money rounded to 15 digits.

    Raises:
        UsageError: an amount of credits has more digits.

    >>> cell_value(Decimal("27.50"), Column("cost", kind="credits"))
    Decimal('27.5')
    """
    if not isinstance(value, Decimal):
        return value
    number = value.normalize()
    if len(number.as_tuple().digits) <= MAX_DIGITS:
        return number
    if column.kind in ("money", "amount", "percent", "chance"):
        return Decimal(f"{number:.{MAX_DIGITS}g}")
    raise UsageError(
        f"{column.title} {number:f} has more than {MAX_DIGITS} digits, which a workbook cannot hold; use JSON or CSV"
    )


def width_of(value: Value, column: Column) -> int:
    """How many characters wide a value is shown; wide characters count twice.

    >>> width_of("안개", Column("x")), width_of(Decimal("1234.5"), Column("x", kind="credits"))
    (4, 11)
    """
    if isinstance(value, (Decimal, int)):
        usual = 4 if column.kind in ("credits", "amount") else 2
        decimals = usual if column.digits is None else column.digits
        return len(f"{value:,.{decimals}f}" if column.kind != "integer" else f"{value:,}") + 1
    if isinstance(value, date):
        return _DAY_WIDTH
    text = value if isinstance(value, str) else ""
    return sum(2 if c >= "\u1100" else 1 for c in text[:MAX_CHARACTERS])
