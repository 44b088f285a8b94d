"""Tables of a page: which rows and columns are shown, and each cell as text."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from kling_cost.amounts import plain_text
from kling_cost.problems import shown
from kling_cost.reporting.digits import shown_value
from kling_cost.reporting.document import Document
from kling_cost.reporting.table import Cell, Column, Fact, Table, plain, some
from kling_cost.reporting.words import Words

MAX_ROWS = 3_000
_LONGEST = 300
_OTHER_ROOM, _TABLE_ROOM = 450_000, 200_000  # bytes for all tables but that of line items, and for one of them
_LINE_BYTES = 12  # that a script keeps of each line
_CELL_BYTES, _DETAIL_BYTES, _ROW_BYTES = 22, 14, 75  # markup around a text


class PageTables:
    """The tables of one page, which together never outgrow it; those of line items take what the others leave.

    Args:
        document: whose tables.
        room: bytes for all of them.

    Attributes:
        made: each as the template shows it, by its key.
    """

    def __init__(self, document: Document, room: int) -> None:
        self._words, self._room, self._others = document.words, room, _OTHER_ROOM
        tables = [table for part in document.parts_on("page") for table in part.tables_on("page")]
        self.made = {table.key: self._made(table) for table in sorted(tables, key=lambda table: table.uniform)}

    def _made(self, table: Table) -> dict[str, Any]:
        """A table; of one that is too long, the costliest rows."""
        at = [i for i, column in enumerate(table.columns) if _is_shown(table, column)]
        at = [i for i in at if some(row[i] for row in table.rows)]
        room = self._room - _LINE_BYTES * MAX_ROWS if table.uniform else min(self._others, _TABLE_ROOM)
        numbers, rows, used = self._fitting(table, at, room)
        self._room, self._others = self._room - used, self._others - used
        return {
            "key": table.key,
            "title": table.title,
            "live": table.uniform and len(rows) > 0,
            "columns": [_head(table.columns[i]) for i in at],
            "rows": rows,
            "numbers": numbers,
            "totals": table.totals and [_cell(table.totals[i], table.columns[i], self._words, True) for i in at],
            "notes": [*table.notes, *self._left_out(table, numbers)],
            "empty": table.empty,
            "facts": [fact for fact in table.facts if fact.is_alarm],
        }

    def _fitting(self, table: Table, at: Sequence[int], room: int) -> tuple[list[int], list[dict[str, Any]], int]:
        """Numbers of the rows that fit, the rows, and how much room they take."""
        order = list(range(len(table.rows)))
        if len(order) <= MAX_ROWS:
            rows, used = self._rows(table, at, order, room)
            if len(rows) == len(order):
                return order, rows, used
        order = _costliest_first(table)[:MAX_ROWS]
        rows, used = self._rows(table, at, order, room)
        return order[: len(rows)], rows, used

    def _rows(
        self, table: Table, at: Sequence[int], order: Sequence[int], room: int
    ) -> tuple[list[dict[str, Any]], int]:
        found: list[dict[str, Any]] = []
        used = 0
        for number in order:
            row = table.rows[number]
            cells = [_cell(row[i], table.columns[i], self._words) for i in at]
            details = [_detail(fact) for fact in table.details[number]] if table.details else []
            used += _ROW_BYTES + sum(_written(cell["text"]) + _CELL_BYTES for cell in cells)
            used += sum(_DETAIL_BYTES + sum(map(_written, detail.values())) for detail in details)
            if used > room and found:
                break
            row_id = "" if table.uniform else f"{table.key}-{number + 1}"
            found.append({"id": row_id, "cells": cells, "details": details})
        return found, used

    def _left_out(self, table: Table, numbers: Sequence[int]) -> list[str]:
        """What is said of the rows that are not shown, and what they cost."""
        left = len(table.rows) - len(numbers)
        if not left:
            return []
        words, figures = self._words, _figures(table)
        if figures is None:
            return [words("page.more_rows", rows=words.grouped(str(left)))]
        sums: dict[str, Decimal] = {}
        shown_ones = set(numbers)
        for at, (amount, name) in enumerate(figures):
            if at not in shown_ones:
                sums[name] = sums.get(name, Decimal(0)) + amount
        costs = words.listed(f"{words.grouped(plain_text(total))} {name}" for name, total in sorted(sums.items()))
        return [words("page.more_items", rows=words.grouped(str(left)), costs=costs)]


def _written(text: str) -> int:
    """How many bytes a text takes in the page; a character of markup takes at most five."""
    return len(text.encode("utf-8", "backslashreplace")) + 4 * sum(map(text.count, "<>&\"'"))


def _is_shown(table: Table, column: Column) -> bool:
    """A row that opens keeps the less prominent columns inside."""
    return not column.helper and (column.prominent or column.offers_filter or table.details is None)


def _head(column: Column) -> dict[str, Any]:
    return {"title": column.title, "number": column.is_number, "filter": column.offers_filter}


def _figures(table: Table) -> list[tuple[Decimal, str]] | None:
    """Cost and currency of each row, where a table has them."""
    keys = [column.key for column in table.columns]
    if "cost" not in keys or "currency" not in keys:
        return None
    cost, currency = keys.index("cost"), keys.index("currency")
    return [(Decimal(str(plain(row[cost]))), str(plain(row[currency]))) for row in table.rows]


def _costliest_first(table: Table) -> list[int]:
    figures = _figures(table)
    order = range(len(table.rows))
    return list(order) if figures is None else sorted(order, key=lambda at: -figures[at][0])


def _detail(fact: Fact) -> dict[str, str]:
    return {"name": fact.name, "text": shown(fact.text, _LONGEST), "target": fact.target}


def _cell(value: Cell, column: Column, words: Words, blank: bool = False) -> dict[str, Any]:
    bare = plain(value)
    text = "" if bare is None and blank else shown(shown_value(bare, column, words), _LONGEST)
    number = column.is_number and not blank
    return {
        "text": text,
        "number": number,
        "id": column.kind in ("id", "date"),
        "sort": "" if number and bare is not None and text[-1:].isdigit() else str(bare or ""),
        "tone": column.tones.get(text, ""),
    }
