"""The layout of a workbook: the place of every table, and the formulas that refer to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from openpyxl.utils import get_column_letter

from kling_cost.reporting.document import Document, Part
from kling_cost.reporting.table import Choices, Fact, Table

ROWS_OF_A_SHEET = 1_000_000  # of 1,048,576 that a sheet has
_NAME = re.compile(r"\{(\^?)([a-z_0-9]+)(?:\.([a-z_0-9]+))?(?:#([0-9]*)|([+>]))?\}")
_NAMED_CELL = re.compile(r"\{=([A-Za-z_0-9]+)\}")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_LONGEST_TITLE = 31
_FACTS_OF_A_LINE = 3
_LOOKED_BELOW = 1_000  # rows
INPUT = "input"  # the line at the top that explains the colour of inputs


@dataclass(frozen=True, slots=True)
class Segment:
    """A table, or the part of a long one that one sheet holds.

    Attributes:
        table: which.
        sheet: the sheet's name.
        header, first, last: rows of the header and of the data, at least one of them.
        start, stop: which of the table's rows.
        letters: columns by key.
        listed: how many rows there are but for those that only a spreadsheet needs.
    """

    table: Table
    sheet: str
    header: int
    first: int
    last: int
    start: int
    stop: int
    letters: Mapping[str, str]
    listed: int

    def cell_of(self, column: str, row: int) -> str:
        """One data cell by its row from 0, from any sheet."""
        return f"{quoted_sheet(self.sheet)}!${self.letters[column]}${self.first + row}"

    @property
    def count(self) -> str:
        """How many rows there are between the header and what follows the data, whoever put them there."""
        sheet = quoted_sheet(self.sheet)
        return f"(ROW({sheet}!$A${self.last + 1})-ROW({sheet}!$A${self.header})-1)"

    def range_of(self, column: str) -> str:
        """A column's data cells, from any sheet."""
        return self._cells(column, self.first, self.last)

    def sum_of(self, column: str) -> str:
        """A column's cell in the row of sums, from any sheet."""
        return f"{quoted_sheet(self.sheet)}!${self.letters[column]}${self.last + 1}"

    def below(self, column: str) -> str:
        """A column's cells below the sums and notes, where rows can be added, from any sheet."""
        return self._cells(column, below(self) + 1, below(self) + _LOOKED_BELOW)

    def _cells(self, column: str, first: int, last: int) -> str:
        letter = self.letters[column]
        return f"{quoted_sheet(self.sheet)}!${letter}${first}:${letter}${last}"


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """One sheet: its name, the lines at its top, its tables, and which rows its charts cover once they are drawn."""

    name: str
    part: Part
    head: Sequence[Fact]
    segments: Sequence[Segment]
    charts: list[tuple[int, int]] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The first row below everything."""
        return max((below(segment) for segment in self.segments), default=len(self.head)) + 1


class Layout:
    """The plan of a workbook.

    Args:
        document: what is written.
    """

    def __init__(self, document: Document) -> None:
        taken: set[str] = set()
        self.sheets = [sheet for part in document.parts_on("workbook") for sheet in _sheets(document, part, taken)]
        self._segments: dict[str, list[Segment]] = {}
        for sheet in self.sheets:
            for segment in sheet.segments:
                self._segments.setdefault(segment.table.key, []).append(segment)
        #: The sheet on which each part begins.
        self.first_sheets = {sheet.part.key: sheet.name for sheet in reversed(self.sheets)}
        self._names = {name for segments in self._segments.values() for name in segments[0].table.names}

    def formula(self, text: str, here: Segment, row: int, own: bool = False) -> str | None:
        """A formula with its names resolved; None where it names what is not written.

        Args:
            text: with names in braces.
            here: the segment in whose row it is.
            row: which row.
            own: whole columns of its own table are those of this segment only.
        """
        named = {found[2] for found in _NAME.finditer(text) if found[3] or found[4] is not None}
        if not named <= self._segments.keys() or not set(_NAMED_CELL.findall(text)) <= self._names:
            return None
        text = _NAMED_CELL.sub(r"\1", text)
        split = [] if own else [key for key in named if len(self._segments[key]) > 1]
        if not split:
            return self._resolved(text, here, row, {here.table.key: here} if own else {})
        return "+".join(self._resolved(text, here, row, {split[0]: segment}) for segment in self._segments[split[0]])

    def offered(self, choices: Choices, here: Segment) -> str | None:
        """The cells that are offered for an input, as seen from a segment's first row; None where there are none."""
        table, column = choices.column.split(".")
        if table not in self._segments or not self._segments[table][0].table.rows:
            return None
        cells = self._segments[table][0].range_of(column)
        if not choices.group:
            return cells
        group = self._segments[table][0].range_of(choices.group.split(".")[1])
        wanted = f"${here.letters[choices.depends_on]}{here.first}"
        at = f"MATCH({wanted},{group},0)"
        return f"INDEX({cells},{at}):INDEX({cells},{at}+COUNTIF({group},{wanted})-1)"

    def _resolved(self, text: str, here: Segment, row: int, chosen: Mapping[str, Segment]) -> str:
        def cell(found: re.Match[str]) -> str:
            above, first, column, number, beyond = found.groups()
            if column is None and number is None:
                letter = here.letters[first]
                return f"${letter}${here.first}:{letter}{row - 1}" if above else f"{letter}{row}"
            segment = chosen.get(first) or self._segments[first][0]
            if column is None:
                return segment.count
            if beyond is not None:
                return segment.sum_of(column) if beyond == "+" else segment.below(column)
            return segment.cell_of(column, int(number)) if number else segment.range_of(column)

        return _NAME.sub(cell, text)


def below(segment: Segment) -> int:
    """The last row that a segment takes with its totals and notes."""
    return segment.last + (1 if segment.table.totals else 0) + len(segment.table.notes)


def quoted_sheet(name: str) -> str:
    """A sheet's name as formulas write it.

    >>> quoted_sheet("Jane's sheet")
    "'Jane''s sheet'"
    """
    return "'" + name.replace("'", "''") + "'"


def sheet_name(title: str, number: int = 1) -> str:
    """A name that a sheet may have.

    >>> sheet_name("By tag"), sheet_name("a/b", 2)
    ('By tag', 'a b 2')
    """
    suffix = f" {number}" if number > 1 else ""
    text = _FORBIDDEN.sub(" ", title).strip("' ") or "Sheet"
    return text[: _LONGEST_TITLE - len(suffix)] + suffix


def _free_name(title: str, taken: set[str]) -> str:
    """A sheet's name that no other has, which is then taken."""
    number = 1
    while (name := sheet_name(title, number)).casefold() in taken:
        number += 1
    taken.add(name.casefold())
    return name


def _sheets(document: Document, part: Part, taken: set[str]) -> Iterator[SheetPlan]:
    tables = sorted(part.tables_on("workbook"), key=lambda table: not table.early)
    head = _head(document, part, tables)
    longest = max((len(table.rows) for table in tables if table.uniform), default=0)
    for number in range(1, max(1, -(-longest // ROWS_OF_A_SHEET)) + 1):
        name = _free_name(part.title, taken)
        row = len(head) + 2
        segments = []
        for table in tables if number == 1 else [table for table in tables if table.uniform]:
            segments.append(_segment(table, name, row, number))
            row = below(segments[-1]) + 2
        yield SheetPlan(name, part, head, segments)


def _segment(table: Table, sheet: str, row: int, number: int) -> Segment:
    """What stands of a table below a row of the sheet that is its part's so many: rows of its own, or all there are."""
    listed = len(table.rows)
    if table.rest:
        table = replace(table, rows=[*table.rows, *table.rest])
    start, stop = 0, len(table.rows)
    if table.uniform:
        start = (number - 1) * ROWS_OF_A_SHEET
        stop = min(listed, start + ROWS_OF_A_SHEET)
    letters = {column.key: get_column_letter(at) for at, column in enumerate(table.columns, 1)}
    first = row + 2
    return Segment(table, sheet, row + 1, first, first + max(1, stop - start) - 1, start, stop, letters, listed)


def _head(document: Document, part: Part, tables: Sequence[Table]) -> list[Fact]:
    """The lines at the top: title, what the figures rest on, what has to be seen, what may be changed."""
    words = document.words
    calm = [f"{fact.name} {fact.text}" for fact in document.stamp if not fact.is_alarm]
    lines = [" · ".join(calm[at : at + _FACTS_OF_A_LINE]) for at in range(0, len(calm), _FACTS_OF_A_LINE)]
    head = [Fact(f"{document.title} — {part.title}", ""), *(Fact(line, "") for line in lines)]
    head += [Fact(f"{fact.name}: {fact.text}", "", True) for fact in document.stamp if fact.is_alarm]
    if any(column.is_input for table in tables for column in table.columns):
        head.append(Fact(words("workbook.inputs"), "", target=INPUT))
    return head
