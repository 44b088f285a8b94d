"""Native Excel charts over the cells of a table."""

from __future__ import annotations

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RegularTextRun
from openpyxl.drawing.text import Font as DrawingFont
from openpyxl.worksheet.worksheet import Worksheet

from kling_cost.reporting.document import Chart
from kling_cost.reporting.table import Column, plain
from kling_cost.reporting.writers.xlsx.cell_styles import INK, Look, visible
from kling_cost.reporting.writers.xlsx.sheet_layout import Segment

_WIDTH, _BAR, _AROUND, _SHEET_ROW = 15, 0.7, 2.2, 0.5  # centimetres  # float: of a drawing, not of money
_LONGEST_DESCRIPTION = 1_000
_TITLE_SIZE = 1_100  # hundredths of a point
_GAP = 60  # per cent of a bar's width


def bar_chart(sheet: Worksheet, chart: Chart, segment: Segment, column: Column, look: Look) -> BarChart:
    """A bar for each row of a table.

    Args:
        sheet: the sheet of the table.
        chart: what is compared.
        segment: the table.
        column: whose numbers are drawn.
        look: colours and formats.
    """
    made = BarChart()
    made.type, made.style, made.gapWidth = "bar", 10, _GAP
    made.title, made.legend = _title(chart.title, look), None
    keys = [candidate.key for candidate in segment.table.columns]
    value, label = keys.index(chart.value) + 1, keys.index(chart.labels[0]) + 1
    start, stop = _drawn(chart, segment)
    first, last = segment.first + start, segment.first + stop - 1
    made.add_data(Reference(sheet, value, first, value, last), titles_from_data=False)
    made.set_categories(Reference(sheet, label, first, label, last))
    series = made.series[0]
    series.graphicalProperties = GraphicalProperties(solidFill=look.accent)
    made.x_axis.delete = made.y_axis.delete = False
    made.x_axis.scaling.orientation = "maxMin"  # the first row on top
    made.y_axis.number_format, made.y_axis.majorGridlines = look.number_format(column), None
    made.y_axis.scaling.min = 0
    if chart.whole:  # the axis ends, or is marked, where the limit lies
        made.y_axis.majorUnit, made.y_axis.majorGridlines = 1, ChartLines()
    made.width = _WIDTH
    made.height = _height(chart, segment)
    return made


def _title(text: str, look: Look) -> Title:
    font = CharacterProperties(sz=_TITLE_SIZE, b=True, solidFill=INK, latin=DrawingFont(typeface=look.family))
    words = Paragraph(pPr=ParagraphProperties(defRPr=font), r=[RegularTextRun(rPr=font, t=visible(text))])
    return Title(tx=Text(rich=RichText(p=[words])), overlay=False)


def described(chart: Chart, segment: Segment) -> str:
    """What a chart shows, for those who do not see it: its title, its bars, and the table that has their values."""
    label = [column.key for column in segment.table.columns].index(chart.labels[0])
    bars = ", ".join(str(plain(row[label])) for row in segment.table.rows[slice(*_drawn(chart, segment))])
    # A heading that follows may say otherwise by then.
    table = "" if segment.table.heading else f" ({segment.table.title})"
    return f"{chart.title}: {bars}{table}"[:_LONGEST_DESCRIPTION]


def chart_rows(chart: Chart, segment: Segment) -> int:
    """How many rows of a sheet a chart over a table covers."""
    return int(_height(chart, segment) / _SHEET_ROW) + 1


def _drawn(chart: Chart, segment: Segment) -> tuple[int, int]:
    """The first of a table's rows that is drawn, and the one after the last."""
    return chart.rows or (0, segment.listed)


def _height(chart: Chart, segment: Segment) -> float:  # float: centimetres
    start, stop = _drawn(chart, segment)
    return _BAR * (stop - start) + _AROUND
