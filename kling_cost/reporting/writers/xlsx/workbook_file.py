"""An Excel workbook with live formulas and stored values; every text is escaped, every run gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.formatting.rule import CellIsRule
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from kling_cost.reporting.document import Document
from kling_cost.reporting.table import Cell, Column, Fact, Fixed, Formula, Link, Row, Value, plain, some
from kling_cost.reporting.writers import Writer
from kling_cost.reporting.writers.xlsx.bar_charts import bar_chart, chart_rows, described
from kling_cost.reporting.writers.xlsx.cell_styles import (
    BAD,
    DIM,
    EPOCH,
    GOOD,
    WARN,
    Look,
    cell_value,
    put,
    visible,
    width_of,
)
from kling_cost.reporting.writers.xlsx.package_file import SheetContent, finished_package
from kling_cost.reporting.writers.xlsx.page_setup import (
    add_block,
    add_logo,
    add_table,
    protect,
    set_page,
    shown_segments,
    visible_columns,
)
from kling_cost.reporting.writers.xlsx.row_xml import Shape, rows_xml
from kling_cost.reporting.writers.xlsx.sheet_layout import INPUT, Layout, Segment, SheetPlan, quoted_sheet

_TONES = {"good": GOOD, "warn": WARN, "bad": BAD}
_WIDEST = {"id": 46, "text": 46, "status": 24}
_WIDEST_ACROSS, _MANY_COLUMNS = 84, 12
_LEGEND_COLUMNS = 3
_NARROWEST = 9
_SAMPLE = 2_000
_LONGEST_PROPERTY = 200
_TITLE_SIZE, _HEADING_SIZE = 16, 12
_LINE_HEIGHT, _MOST_LINES, _HEADER_HEIGHT = 15, 12, 20


def xlsx_bytes(document: Document) -> bytes:
    """The workbook.

    Raises:
        UsageError: an amount has more than 15 significant digits, which a spreadsheet would silently change.
    """
    book = Workbook()
    del book["Sheet"]
    creator = document.style.company or "kling_cost"
    made = EPOCH if document.day is None else datetime.combine(document.day, time())
    rests_on = " · ".join(f"{fact.name} {fact.text}" for fact in document.stamp)
    book.properties = DocumentProperties(
        title=visible(document.title[:_LONGEST_PROPERTY]), description=visible(rests_on[:_LONGEST_PROPERTY]),
        creator=creator, language=document.words.locale, created=made, modified=made,
    )  # fmt: skip
    layout = Layout(document)
    contents = [_Sheet(book, document, layout, plan).written() for plan in layout.sheets]
    buffer = io.BytesIO()
    book.save(buffer)
    return finished_package(buffer.getvalue(), contents, made)


def _has_inputs(segment: Segment) -> bool:
    return any(column.is_input for column in segment.table.columns)


class _Sheet:
    """Writes one sheet."""

    def __init__(self, book: Workbook, document: Document, layout: Layout, plan: SheetPlan) -> None:
        self._book, self._layout, self._plan = book, layout, plan
        self._words, self._document = document.words, document
        self._look = Look(document.style, document.words)
        self._cut = document.words("workbook.cut")
        self._sheet: Worksheet = book.create_sheet(plan.name)
        self._values: dict[str, Value] = {}
        self._streamed: Segment | None = None
        self._pictures: list[str] = []

    def written(self) -> SheetContent:
        """Write the sheet, and return what has to be put into it later."""
        self._head()
        for each in self._plan.segments:
            self._segment(each)
        self._widths()
        self._charts()
        set_page(self._sheet, self._plan, self._document.title, self._words("workbook.page"))
        if not any(segment.table.uniform and _has_inputs(segment) for segment in self._plan.segments):
            protect(self._sheet)  # a table grows only where nothing is protected
        if self._plan is self._layout.sheets[0] and self._document.style.logo:
            add_logo(self._sheet, self._document.style.logo)
            self._pictures.append(self._document.style.company or self._document.title)
        if self._streamed is None:
            return SheetContent(self._values, pictures=self._pictures)
        segment = self._streamed
        rows = segment.table.rows[segment.start : segment.stop]
        xml = rows_xml(self._shapes(segment), rows, segment.first, self._cut)
        dimension = f"A1:{get_column_letter(self._sheet.max_column)}{max(segment.last, self._sheet.max_row)}"
        return SheetContent(self._values, xml, segment.last + 1, dimension, self._pictures)

    def _title_font(self, fact: Fact) -> Font:
        return self._look.font(BAD if fact.is_alarm else self._look.accent, bold=True, size=_TITLE_SIZE)

    def _fact_font(self, fact: Fact) -> Font:
        return self._look.font(BAD if fact.is_alarm else DIM, bold=fact.is_alarm)

    def _head(self) -> None:
        for row, fact in enumerate(self._plan.head, 1):
            cell = put(self._sheet, row, 1, fact.name, self._cut)
            cell.font = self._title_font(fact) if row == 1 else self._fact_font(fact)
            if fact.target == INPUT:
                for at in range(1, _LEGEND_COLUMNS + 1):
                    self._look.legend(put(self._sheet, row, at, fact.name if at == 1 else None, self._cut))
        if self._document.notice is not None and self._plan.segments:
            row = len(self._plan.head) + 1
            self._live(put(self._sheet, row, 1, None), self._document.notice, self._plan.segments[0])
            self._sheet.cell(row, 1).font = self._look.font(BAD, bold=True)

    def _live(self, cell: SheetCell, formula: Formula, segment: Segment) -> None:
        """Write a text that depends on other tables into a cell; its current value if those are not written."""
        text = self._layout.formula(formula.text, segment, cell.row)
        cell.value = formula.value if text is None else f"={text}"
        if text is not None:
            self._values[cell.coordinate] = formula.value

    def _segment(self, segment: Segment) -> None:
        table = segment.table
        title = put(self._sheet, segment.header - 1, 1, table.title, self._cut)
        title.font = self._look.font(bold=True, size=_HEADING_SIZE)
        if table.heading is not None:
            self._live(title, table.heading, segment)
        for at, column in enumerate(table.columns, 1):
            self._look.head(put(self._sheet, segment.header, at, column.title, self._cut), column)
        self._sheet.row_dimensions[segment.header].height = _HEADER_HEIGHT
        if not table.rows:
            put(self._sheet, segment.first, 1, table.empty, self._cut).font = self._look.font(DIM)
        elif table.uniform:
            self._streamed = segment
            add_table(self._sheet, segment, self._totals_formula(segment), self._filled_down(segment))
        else:
            for number, row in enumerate(table.rows, segment.first):
                self._row(segment, row, number)
            add_block(self._sheet, segment, len(shown_segments(self._plan)) == 1)
        self._below(segment)
        if table.rows:
            self._offer(segment)
            self._mark(segment)
        for name, (at, key) in table.names.items():
            where = f"{quoted_sheet(segment.sheet)}!${segment.letters[key]}${segment.first + at}"
            self._book.defined_names[name] = DefinedName(name, attr_text=where)

    def _below(self, segment: Segment) -> None:
        row = segment.last + 1
        if segment.table.totals:
            self._row(segment, segment.table.totals, row, bold=True)
            self._sheet.row_dimensions[row].height = _HEADER_HEIGHT
            row += 1
        for note in segment.table.notes:
            put(self._sheet, row, 1, note, self._cut).font = self._look.font(DIM)
            row += 1

    def _formula(self, segment: Segment, column: Column, value: Cell, number: int, is_total: bool) -> str | None:
        """The formula of a cell: its own, else that of its column, which totals have none of."""
        text = None if is_total else column.formula
        if isinstance(value, Formula):
            text = value.text
        return None if text is None else self._layout.formula(text, segment, number, own=is_total)

    def _row(self, segment: Segment, row: Row, number: int, bold: bool = False) -> None:
        one_line = bold or all(column.kind != "text" for column in segment.table.columns)
        for at, (column, value) in enumerate(zip(segment.table.columns, row, strict=True), 1):
            formula = self._formula(segment, column, value, number, bold)
            stored = cell_value(plain(value), column)
            cell = put(self._sheet, number, at, None if formula is not None else stored, self._cut)
            live = cell.quotePrefix
            if formula is not None:
                cell.value = f"={formula}"
                self._values[cell.coordinate] = self._total(segment, column, stored) if bold else stored
            self._look.body(cell, column, bold, live, one_line, is_fixed=isinstance(value, Fixed))
            if isinstance(value, Link):
                self._link(cell, value)
            if segment.table.form and stored is None:
                self._look.line_to_fill_in(cell)

    def _link(self, cell: SheetCell, link: Link) -> None:
        sheet = self._layout.first_sheets.get(link.part)
        if sheet is not None:
            self._look.link(cell, f"{quoted_sheet(sheet)}!A1")

    def _total(self, segment: Segment, column: Column, stored: Value) -> Value:
        """The total of a segment's own rows."""
        whole = segment.start == 0 and segment.stop == len(segment.table.rows)
        if whole:
            return stored
        at = [c.key for c in segment.table.columns].index(column.key)
        cells = (plain(row[at]) for row in segment.table.rows[segment.start : segment.stop])
        numbers = (Decimal(cell) for cell in cells if isinstance(cell, (int, Decimal)))
        return cell_value(sum(numbers, Decimal(0)), column)

    def _totals_formula(self, segment: Segment) -> dict[str, str]:
        """Formulas of the totals row by column."""
        if not segment.table.totals:
            return {}
        cells = zip(segment.table.columns, segment.table.totals, strict=True)
        texts = {c.key: v.text for c, v in cells if isinstance(v, Formula)}
        found = {key: self._layout.formula(text, segment, segment.last + 1, own=True) for key, text in texts.items()}
        return {key: formula for key, formula in found.items() if formula is not None}

    def _filled_down(self, segment: Segment) -> dict[str, str]:
        """Formulas that a spreadsheet puts into a new row of a table, by column, as the first row has them."""
        texts = {column.key: column.formula for column in segment.table.columns if column.formula}
        found = {key: self._layout.formula(text, segment, segment.first) for key, text in texts.items()}
        return {key: formula for key, formula in found.items() if formula is not None}

    def _shapes(self, segment: Segment) -> list[Shape]:
        shapes = []
        for column in segment.table.columns:
            cell = SheetCell(self._sheet, row=segment.first, column=1)
            self._look.body(cell, column, one_line=True)
            style = cell.style_id
            self._look.body(cell, column, quoted=True, one_line=True)
            formula = column.formula and self._layout.formula(column.formula, segment, segment.first)
            shapes.append(Shape(column, segment.letters[column.key], style, cell.style_id, formula))
        return shapes

    def _offer(self, segment: Segment) -> None:
        """Drop-downs and checks for the inputs."""
        for column in segment.table.columns:
            rule = self._validation(segment, column) if column.is_input else None
            if rule is not None:
                letter = segment.letters[column.key]
                rule.add(f"{letter}{segment.first}:{letter}{segment.last}")
                self._sheet.add_data_validation(rule)

    def _validation(self, segment: Segment, column: Column) -> DataValidation | None:
        words = self._words
        if column.choices is not None:
            offered = self._layout.offered(column.choices, segment)
            message = words("workbook.choose")
            rule = DataValidation("list", formula1=offered, allow_blank=True) if offered else None
        elif column.least is not None and column.most is not None:
            message = words("workbook.number", least=column.least, most=column.most)
            rule = DataValidation(
                "whole", operator="between", formula1=column.least, formula2=column.most, allow_blank=True
            )
        elif column.kind == "date":
            message, rule = "", DataValidation("date", operator="greaterThan", formula1=1, allow_blank=True)
        elif not column.is_number:
            return None
        else:
            message, rule = "", DataValidation("decimal", operator="greaterThanOrEqual", formula1=0, allow_blank=True)
        if rule is not None:
            rule.showErrorMessage, rule.error, rule.errorTitle = True, message or None, column.title[:30]
        return rule

    def _mark(self, segment: Segment) -> None:
        """Colours that follow the text of a cell."""
        for column in segment.table.columns:
            letter = segment.letters[column.key]
            for text, tone in column.tones.items():
                escaped = text.replace('"', '""')
                font = Font(color=_TONES[tone], bold=tone == "bad")  # it may not change family or size
                rule = CellIsRule("equal", [f'"{escaped}"'], font=font)  # type: ignore[no-untyped-call]
                self._sheet.conditional_formatting.add(f"{letter}{segment.first}:{letter}{segment.last}", rule)

    def _charts(self) -> None:
        """Place charts below the tables, one below the other, so that they do not make the sheet wider."""
        places = {segment.table.key: segment for segment in self._plan.segments}
        row = self._plan.end + 1
        for chart in self._plan.part.charts:
            segment = places.get(chart.table)
            if segment is not None and "workbook" in chart.places and segment.table.rows:
                column = next(c for c in segment.table.columns if c.key == chart.value)
                self._sheet.add_chart(bar_chart(self._sheet, chart, segment, column, self._look), f"A{row}")
                self._plan.charts.append((row, row + chart_rows(chart, segment)))
                row += chart_rows(chart, segment) + 1
                self._pictures.append(described(chart, segment))

    def _width(self, cells: Sequence[Value], column: Column) -> int:
        """How wide a column of a table would like to be, and may be."""
        natural = max([width_of(column.title, column), *(width_of(cell, column) for cell in cells)])
        natural += 2 if column.kind == "status" else 0  # it may be bold
        if column.kind == "date" and some(cells):
            natural = max(natural, self._look.day_width())
        natural = natural * self._look.spread // 100 + 2
        is_wide = visible_columns(self._plan) > _MANY_COLUMNS  # it goes over several pages
        most = _WIDEST_ACROSS if is_wide and column.kind == "text" else _WIDEST.get(column.kind, natural)
        return min(natural, most)

    def _widths(self) -> None:
        widths: dict[str, int] = {}
        for segment in self._plan.segments:
            totals = segment.table.totals
            rows = [*segment.table.rows[:_SAMPLE], *([totals] if totals else [])]  # made once, not for each column
            for at, column in enumerate(segment.table.columns):
                if not column.runs_over:
                    letter, cells = segment.letters[column.key], [plain(row[at]) for row in rows]
                    widths[letter] = max(widths.get(letter, _NARROWEST), self._width(cells, column))
        for letter, width in widths.items():
            self._sheet.column_dimensions[letter].width = width
        for segment in self._plan.segments:
            if not segment.table.uniform:
                self._heights(segment, widths)

    def _heights(self, segment: Segment, widths: dict[str, int]) -> None:
        """Rows as high as their wrapped text, which not every program finds out by itself."""
        wrapped = [
            (at, widths[segment.letters[c.key]]) for at, c in enumerate(segment.table.columns) if c.kind == "text"
        ]
        if not wrapped:
            return
        for number, row in enumerate(segment.table.rows, segment.first):
            lines = max(-(-width_of(plain(row[at]), segment.table.columns[at]) // width) for at, width in wrapped)
            if lines > 1:
                self._sheet.row_dimensions[number].height = _LINE_HEIGHT * min(lines, _MOST_LINES)


WRITER: Writer = xlsx_bytes
