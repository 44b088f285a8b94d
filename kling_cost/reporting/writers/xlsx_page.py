"""How a sheet prints, freezes, filters, and shows a logo."""

from __future__ import annotations

import io
from collections.abc import Mapping

from openpyxl.drawing.image import Image
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.table import Table as SheetTable
from openpyxl.worksheet.table import TableColumn, TableFormula, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from kling_cost.reporting.style import Logo
from kling_cost.reporting.table import Cell, Column
from kling_cost.reporting.writers.xlsx_cells import visible
from kling_cost.reporting.writers.xlsx_charts import CHART_COLUMNS
from kling_cost.reporting.writers.xlsx_layout import Piece, SheetPlan, below

_LONG = 20  # rows from which a header stays in sight
_LOGO_HEIGHT, _LOGO_CELL = 48, "H1"
_MARGIN = 0.5  # float: inches of paper, not money


def set_page(sheet: Worksheet, plan: SheetPlan, footer: str) -> None:
    """Landscape on A4, as wide as the paper, with repeated header rows and page numbers."""
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    drawn = any("workbook" in chart.places for chart in plan.part.charts)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 1 if drawn else 0  # a chart is not cut in two
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = _MARGIN
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(
        left=_HeaderFooterPart(_plain(plan.name)), right=_HeaderFooterPart(footer)
    )
    shown = [piece for piece in plan.pieces if not all(column.helper for column in piece.table.columns)]
    first = plan.pieces[0]
    alone = len(shown) == 1
    if alone:
        sheet.print_title_rows = f"{first.header}:{first.header}"
    else:
        sheet.print_title_rows = f"1:{len(plan.head)}"
    widest = visible_columns(plan) + (1 + CHART_COLUMNS if drawn else 0)
    last = max(below(piece) for piece in shown)
    sheet.print_area = f"A1:{get_column_letter(widest)}{last}"
    if alone and (first.table.uniform or len(first.table.rows) > _LONG):
        sheet.freeze_panes = f"B{first.first}"
    if alone and first.table.rows and not first.table.uniform:
        sheet.auto_filter.ref = f"A{first.header}:{get_column_letter(len(first.letters))}{first.last}"


def add_table(sheet: Worksheet, piece: Piece, totals: Mapping[str, str], filled_down: Mapping[str, str]) -> None:
    """Make a piece a table of the spreadsheet: filter buttons, bands, a totals row.

    Args:
        sheet: where it stands.
        piece: which rows.
        totals: formulas of the totals row by column.
        filled_down: formulas of the columns, which a new row takes.
    """
    letters = list(piece.letters.values())
    has_totals = piece.table.totals is not None
    end = piece.last + 1 if has_totals else piece.last
    name = "".join(word.capitalize() for word in piece.table.key.split("_")) + (
        "" if piece.start == 0 else str(piece.start // (piece.stop - piece.start) + 1)
    )
    table = SheetTable(displayName=name, name=name, ref=f"A{piece.header}:{letters[-1]}{end}")
    said = piece.table.totals or [None] * len(letters)
    columns = enumerate(zip(piece.table.columns, said, strict=True), 1)
    table.tableColumns = [_table_column(at, column, total, totals, filled_down) for at, (column, total) in columns]
    if has_totals:
        table.totalsRowCount = 1
    filtered = f"A{piece.header}:{letters[-1]}{piece.last}"
    table.autoFilter = AutoFilter(ref=filtered)
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
    sheet.add_table(table)


def _table_column(
    at: int, column: Column, total: Cell, totals: Mapping[str, str], filled_down: Mapping[str, str]
) -> TableColumn:
    """A column as the table's own part describes it; it has to say what stands in the totals row, too."""
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


class _Picture(Image):
    """A PNG as openpyxl embeds it, without the imaging library that it would ask for its size."""

    def __init__(self, logo: Logo) -> None:
        self._content = logo.data
        self.ref, self.format, self.anchor = io.BytesIO(logo.data), "png", _LOGO_CELL
        self.height = _LOGO_HEIGHT
        self.width = _LOGO_HEIGHT * logo.width // logo.height

    def _data(self) -> bytes:
        return self._content


def visible_columns(plan: SheetPlan) -> int:
    """How many columns of a sheet are not helpers; those stand at the end."""
    columns = (enumerate(piece.table.columns, 1) for piece in plan.pieces)
    return max((at for numbered in columns for at, column in numbered if not column.helper), default=1)


def _plain(text: str) -> str:
    """Text of a footer, in which & begins a code."""
    return text.replace("&", "&&")
