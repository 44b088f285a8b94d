"""Which formulas of a sheet depend on cells that change: told too often rather than too seldom."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import NamedTuple

from kling_cost.io.editing.sheet_cells import Formula, RowXml
from kling_cost.io.sheets.xlsx.sheet_rows import MAX_COLUMNS, MAX_ROWS, column_number

Cell = tuple[int, int]  # row and column, from 1
_TEXT = re.compile(r'"(?:[^"]|"")*"')
_NAME = r"(?:'(?:[^']|'')+'|[\w.]+)"
_SHEET = re.compile(f"({_NAME})!")
_AREA = re.compile(
    rf"(?<![\w.$'])(?:(?P<sheet>{_NAME})!)?"
    r"(?:(?P<c1>\$?[A-Z]{1,3})(?P<r1>\$?[0-9]{1,7})(?::(?P<c2>\$?[A-Z]{1,3})(?P<r2>\$?[0-9]{1,7}))?"
    r"|(?P<c3>\$?[A-Z]{1,3}):(?P<c4>\$?[A-Z]{1,3})|(?P<r3>\$?[0-9]{1,7}):(?P<r4>\$?[0-9]{1,7}))(?![\w.(!])",
    re.IGNORECASE,
)
_ANYWHERE = re.compile(r"\b(?:INDIRECT|OFFSET)\(", re.IGNORECASE)
_THIS_ROW = "[#This Row]"


class _Area(NamedTuple):
    top: int
    left: int
    bottom: int
    right: int


class Known(NamedTuple):
    """What a workbook says beside the formulas of one sheet.

    Attributes:
        title: of that sheet.
        others: the other sheets whose formulas may depend on it, in small letters.
        names: names of cells, in small letters.
    """

    title: str = ""
    others: Set[str] = frozenset()
    names: Set[str] = frozenset()


class _Changed:
    """Cells that change, by column."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self.rows: set[int] = set()
        self._columns: dict[int, list[int]] = {}
        for row, column in sorted(cells):
            self.rows.add(row)
            self._columns.setdefault(column, []).append(row)

    def touch(self, area: _Area) -> bool:
        """Whether one of them is in an area."""
        for column, rows in self._columns.items():
            at = bisect_left(rows, area.top)
            if area.left <= column <= area.right and at < len(rows) and rows[at] <= area.bottom:
                return True
        return False


class _Waiting(NamedTuple):
    """A cell with a formula, and by how far the references of its text are shifted."""

    cell: Cell
    text: str
    shift: Cell


def dependent(rows: Mapping[int, RowXml], changed: Iterable[Cell], known: Known) -> set[Cell]:
    """The cells whose formulas depend on others that change, directly or through each other.

    Args:
        rows: of the sheet.
        changed: what changes.
        known: what else counts.
    """
    waiting, found = list(_formulas(rows)), set[Cell]()
    latest = set(changed)
    while latest:
        reached = _Changed(latest | found)
        latest = {one.cell for one in waiting if _reads(one, reached, known)}
        waiting = [one for one in waiting if one.cell not in latest]
        found |= latest
    return found


class SharedFormulas:
    """The formulas of a sheet that are for several cells at once.

    Args:
        rows: of the sheet.
    """

    def __init__(self, rows: Mapping[int, RowXml]) -> None:
        self._areas = [
            ((number, column), one.formula.kind, area)
            for number, row in rows.items()
            for column, one in row.cells.items()
            if one.formula is not None and ":" in one.formula.covers
            for area in _areas(one.formula.covers, (0, 0), "")
        ]

    def hold(self, cell: Cell) -> bool:
        """Whether a cell cannot be changed alone, since it has such a formula or is part of a block of them."""
        changed = _Changed([cell])
        return any(changed.touch(area) for at, kind, area in self._areas if kind != "shared" or at == cell)


def mentions(formula: str, title: str) -> bool:
    """Whether a formula of another sheet may read a sheet.

    >>> mentions("SUM('My jobs'!A1:A9)", "my jobs"), mentions("A1", "jobs"), mentions("INDIRECT(A1)", "jobs")
    (True, False, True)
    """
    plain = _TEXT.sub('""', formula)
    return _ANYWHERE.search(plain) is not None or title.lower() in _titles(plain) or "[" in plain


def _formulas(rows: Mapping[int, RowXml]) -> Iterator[_Waiting]:
    """Every formula; one that is shared has the text of its first cell."""
    masters: dict[str, tuple[Cell, Formula]] = {}
    for number, row in rows.items():
        for column, one in row.cells.items():
            formula = one.formula
            if formula is None:
                continue
            if formula.kind == "shared" and formula.text:
                masters[formula.group] = ((number, column), formula)
            (top, left), master = masters.get(formula.group, ((number, column), formula))
            if formula.text or formula.kind != "shared":
                top, left, master = number, column, formula
            yield _Waiting((number, column), _TEXT.sub('""', master.text), (number - top, column - left))


def _reads(one: _Waiting, changed: _Changed, known: Known) -> bool:
    text = one.text
    if _ANYWHERE.search(text) or known.others & _titles(text) or known.names & _words(text):
        return True
    if "[" in text:
        return _THIS_ROW not in text or one.cell[0] in changed.rows
    return any(changed.touch(area) for area in _areas(text, one.shift, known.title))


def _titles(text: str) -> set[str]:
    """The sheets that a formula names, in small letters."""
    return {_plain(title) for title in _SHEET.findall(text)}


def _plain(title: str) -> str:
    return title.strip("'").replace("''", "'").lower()


def _words(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[^\W\d][\w.]*(?![\w.(!])", text)}


def _areas(text: str, shift: Cell, title: str) -> Iterator[_Area]:
    """The areas of the own sheet that a formula names."""
    for found in _AREA.finditer(text):
        if found["sheet"] is None or _plain(found["sheet"]) == title.lower():
            columns = _ends(
                found["c1"] or found["c3"], found["c2"] or found["c4"], shift[1], column_number, MAX_COLUMNS
            )
            rows = _ends(found["r1"] or found["r3"], found["r2"] or found["r4"], shift[0], int, MAX_ROWS)
            yield _Area(rows[0], columns[0], rows[1], columns[1])


def _ends(first: str | None, last: str | None, by: int, number: Callable[[str], int], most: int) -> tuple[int, int]:
    """The least and the greatest of two rows or columns, which are shifted unless they are fixed; all for none."""
    if first is None:
        return 1, most
    found = [number(one.lstrip("$")) + (0 if one.startswith("$") else by) for one in (first, last or first)]
    return min(found), max(found)
