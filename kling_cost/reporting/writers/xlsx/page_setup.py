"""Print settings, frozen panes, filters and the logo of a sheet."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from openpyxl.drawing.image import Image
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.table import Table as SheetTable
from openpyxl.worksheet.table import TableColumn, TableFormula, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from kling_cost.reporting.style import Logo
from kling_cost.reporting.table import Cell, Column, plain
from kling_cost.reporting.writers.xlsx.cell_styles import visible, width_of
from kling_cost.reporting.writers.xlsx.sheet_layout import Segment, SheetPlan, below

_LONG = 20  # rows from which a header stays in sight
_LOGO_HEIGHT, _LOGO_CELL = 48, "H1"
_MARGIN, _FOOT = 0.5, 0.7  # float: inches of paper, not money
_UPRIGHT, _ACROSS = 500, 735  # points across A4 between the margins, a little to spare
_HEIGHT = {"portrait": 735, "landscape": 490}  # points down
_READABLE, _LEAST, _SEVERAL = 62, 62, 80  # per cent of eleven points
_POINTS_OF_A_CHARACTER, _POINTS_BESIDE = 5.25, 4  # float: of a column, not of money
_TWO_PAGES = 170  # per cent of a page that columns fill on two
_LINE = Column("line")
_ROW, _KEPT, _MOST_COLUMNS = 15, 6, 16
_LONGEST_FOOTER = 80


def set_page(sheet: Worksheet, plan: SheetPlan, title: str, footer: str) -> None:
    """A4 at a size that can be read, with repeated header rows and page numbers; a table begins where it is not cut.

    A sheet too wide for that goes over several pages, each with its first column.
    """
    sheet.sheet_view.showGridLines = False
    name = f"{visible(title)[:_LONGEST_FOOTER]} — {plan.name}"
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(
        left=_HeaderFooterPart(_plain(name)), right=_HeaderFooterPart(footer)
    )
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = _MARGIN
    margins.bottom = _FOOT
    shown = shown_segments(plan)
    first, alone = plan.segments[0], len(shown) == 1
    longest = next((segment for segment in plan.segments if segment.table.uniform), first)
    is_headed = alone or longest.table.uniform
    sheet.print_title_rows = f"{longest.header}:{longest.header}" if is_headed else f"1:{len(plan.head) + 1}"
    last, columns = _extent(sheet, plan, shown)
    scale = _scale(sheet, columns)
    _print_area(sheet, longest, last, columns, scale)
    if not alone:
        _break(sheet, plan, shown, scale)
    if alone and (first.table.uniform or len(first.table.rows) > _LONG):
        sheet.freeze_panes = f"B{first.first}"


def _extent(sheet: Worksheet, plan: SheetPlan, shown: Sequence[Segment]) -> tuple[int, int]:
    """The last row and column of what is printed: the tables, the charts below them, the lines at the top."""
    last, columns = max(below(segment) for segment in shown), visible_columns(plan)
    longest = max((width_of(fact.name, _LINE) for fact in plan.head[1:]), default=0)
    needed = max(longest * _POINTS_OF_A_CHARACTER, *(_run_over(sheet, segment) for segment in shown))
    while _width(sheet, columns) < needed and columns < _MOST_COLUMNS:
        columns += 1
    return max([last, *(row for _, row in plan.charts)]), columns


def _run_over(sheet: Worksheet, segment: Segment) -> float:  # float: points on paper, not money
    """How far texts reach that run over the cells to their right, in points."""
    at = next((at for at, column in enumerate(segment.table.columns) if column.runs_over), None)
    if at is None:
        return 0
    return (
        _width(sheet, at) + max(width_of(plain(row[at]), _LINE) for row in segment.table.rows) * _POINTS_OF_A_CHARACTER
    )


def _print_area(sheet: Worksheet, segment: Segment, last: int, columns: int, scale: int) -> None:
    """What goes on which page across: the lines at the top and the notes, which are wider than a column, on the first
    only, where they are not cut."""
    areas, begin, used = [], 1, 0
    room = (_UPRIGHT if sheet.page_setup.orientation == "portrait" else _ACROSS) * 100 // scale
    for at in range(1, columns + 1):
        wide = _width(sheet, at) - _width(sheet, at - 1)
        if used + wide > room and used:
            areas.append((begin, at - 1))
            begin, used = at, _width(sheet, 1)
        used += wide
    areas.append((begin, columns))
    foot = segment.last + (1 if segment.table.totals else 0)
    rows = [(1, last)] + [(segment.header, foot)] * (len(areas) - 1)
    sheet.print_area = ",".join(
        f"{get_column_letter(one)}{top}:{get_column_letter(other)}{bottom}"
        for (one, other), (top, bottom) in zip(areas, rows, strict=True)
    )
    if len(areas) > 1:
        sheet.print_title_cols = "A:A"


def _scale(sheet: Worksheet, columns: int) -> int:
    """Per cent: as large as the paper is wide, upright if that can be read, else over several pages."""
    wide = _width(sheet, columns)
    upright, across = int(_UPRIGHT * 100 / wide), int(_ACROSS * 100 / wide)
    setup = sheet.page_setup
    setup.paperSize = sheet.PAPERSIZE_A4
    setup.orientation = "portrait" if upright >= _READABLE else "landscape"
    scale = min(100, upright if upright >= _READABLE else across)
    if scale < _LEAST:
        scale = max(_LEAST, min(_SEVERAL, int(_ACROSS * _TWO_PAGES / (wide + _width(sheet, 1)))))
    setup.scale, setup.fitToWidth, setup.fitToHeight = scale, 1, 0  # the scale holds; where it is turned off, the width
    return scale


def _width(sheet: Worksheet, columns: int) -> int:
    """How wide the first columns are, in points."""
    letters = (get_column_letter(at) for at in range(1, columns + 1))
    widths = (sheet.column_dimensions[letter].width for letter in letters)
    return sum(int(width * _POINTS_OF_A_CHARACTER) + _POINTS_BESIDE for width in widths)


def _break(sheet: Worksheet, plan: SheetPlan, shown: Sequence[Segment], scale: int) -> None:
    """Break the page before a table that would be cut on it, or whose heading would be alone at its foot."""
    paper = _HEIGHT[str(sheet.page_setup.orientation)] * 100 // scale
    head = _height(sheet, 1, len(plan.head) + 2)
    at = head
    blocks = [(segment.header - 1, below(segment)) for segment in shown]
    blocks += [(first - 1, last) for first, last in plan.charts]
    for first, last in blocks:
        tall = _height(sheet, first - 1, last + 1)
        least = tall if head + tall <= paper else _KEPT * _ROW
        if at + least > paper and at > head:
            sheet.row_breaks.append(Break(id=first - 1))
            at = head
        at += tall
        while at > paper:
            at -= paper - head


def _height(sheet: Worksheet, first: int, stop: int) -> int:
    """How high some rows are, in points."""
    heights = (sheet.row_dimensions[row].height for row in range(first, stop))
    return sum(_ROW if height is None else int(height) for height in heights)


def protect(sheet: Worksheet) -> None:
    """Only inputs can be changed by mistake; without a password, so that whoever means it can change the rest."""
    sheet.protection.sheet = True
    for allowed in ("autoFilter", "sort", "formatColumns", "formatRows", "formatCells"):
        setattr(sheet.protection, allowed, False)  # what is named there is forbidden


def add_table(sheet: Worksheet, segment: Segment, totals: Mapping[str, str], filled_down: Mapping[str, str]) -> None:
    """Make a segment a table of the spreadsheet: filter buttons, bands, a totals row.

    Args:
        sheet: its sheet.
        segment: which rows.
        totals: formulas of the totals row by column.
        filled_down: formulas of the columns, which a new row takes.
    """
    letters = list(segment.letters.values())
    has_totals = segment.table.totals is not None
    end = segment.last + 1 if has_totals else segment.last
    name = "".join(word.capitalize() for word in segment.table.key.split("_")) + (
        "" if segment.start == 0 else str(segment.start // (segment.stop - segment.start) + 1)
    )
    table = SheetTable(displayName=name, name=name, ref=f"A{segment.header}:{letters[-1]}{end}")
    cells = segment.table.totals or [None] * len(letters)
    columns = enumerate(zip(segment.table.columns, cells, strict=True), 1)
    table.tableColumns = [_table_column(at, column, total, totals, filled_down) for at, (column, total) in columns]
    if has_totals:
        table.totalsRowCount = 1
    filtered = f"A{segment.header}:{letters[-1]}{segment.last}"
    table.autoFilter = AutoFilter(ref=filtered)
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
    sheet.add_table(table)


def _table_column(
    at: int, column: Column, total: Cell, totals: Mapping[str, str], filled_down: Mapping[str, str]
) -> TableColumn:
    """A column of an Excel table, with the content of its totals row."""
    made = TableColumn(id=at, name=visible(column.title))
    if column.key in filled_down:
        made.calculatedColumnFormula = TableFormula(attr_text=filled_down[column.key])
    if column.key in totals:
        made.totalsRowFunction = "custom"
        made.totalsRowFormula = TableFormula(attr_text=totals[column.key])
    elif isinstance(total, str):
        made.totalsRowLabel = visible(total)
    return made


def add_logo(sheet: Worksheet, logo: Logo) -> None:
    """Put a logo at the right of the title."""
    picture = _Picture(logo)
    sheet.add_image(picture, _LOGO_CELL)


def add_block(sheet: Worksheet, segment: Segment, is_alone: bool) -> None:
    """Make a segment a table of the spreadsheet that looks as before, so that programs know its head as one.

    Args:
        sheet: its sheet.
        segment: which rows.
        is_alone: it has filter buttons.
    """
    name = f"Table_{segment.table.key}"  # with an underscore, so that it cannot be the name of a cell
    where = f"A{segment.header}:{get_column_letter(len(segment.letters))}{segment.last}"
    table = SheetTable(displayName=name, name=name, ref=where)
    table.tableColumns = [
        TableColumn(id=at, name=visible(column.title)) for at, column in enumerate(segment.table.columns, 1)
    ]
    if is_alone:
        table.autoFilter = AutoFilter(ref=where)
    sheet.add_table(table)


class _Picture(Image):
    """A PNG as openpyxl embeds it, without the imaging library that it would ask for its size."""

    def __init__(self, logo: Logo) -> None:
        self._content = logo.data
        self.ref, self.format, self.anchor = io.BytesIO(logo.data), "png", _LOGO_CELL
        self.height = _LOGO_HEIGHT
        self.width = _LOGO_HEIGHT * logo.width // logo.height

    def _data(self) -> bytes:
        return self._content


def shown_segments(plan: SheetPlan) -> list[Segment]:
    """The tables of a sheet that people read: not those that only its formulas and drop-downs need."""
    return [segment for segment in plan.segments if not all(column.helper for column in segment.table.columns)]


def visible_columns(plan: SheetPlan) -> int:
    """The number of columns that are not helpers; helpers are at the end."""
    columns = (enumerate(segment.table.columns, 1) for segment in plan.segments)
    return max((at for numbered in columns for at, column in numbered if not column.helper), default=1)


def _plain(text: str) -> str:
    """Text of a footer, in which & begins a code."""
    return text.replace("&", "&&")
