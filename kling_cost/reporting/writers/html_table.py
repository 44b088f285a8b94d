"""Tables of a page: the rows and columns that are shown, and each cell as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from kling_cost.amounts import plain_text
from kling_cost.problems import shown
from kling_cost.reporting.document import Document
from kling_cost.reporting.number_format import shown_value
from kling_cost.reporting.table import Cell, Column, Command, Fact, Table, Value, plain, some
from kling_cost.reporting.translations import Words

MAX_ROWS = 3_000
_LONGEST = 300
_OTHER_ROOM, _TABLE_ROOM = 450_000, 200_000  # bytes for all tables but that of line items, and for one of them
_LINE_BYTES = 12  # that a script keeps of each line
_MOST_KEPT = 20_000
_COSTS = ("cost", "headroom", "variance", "difference", "at_stake", "amount", "unit_price")
# What would change the direction of its neighbours; controls of direction are spelt out before.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")


class PageTables:
    """The tables of one page, which together never outgrow it; those of line items take what the others leave.

    Args:
        document: whose tables.
        room: bytes for all of them.

    Attributes:
        made: each as the template shows it, by its key.
        left: bytes that they did not need, beside those kept for a script.
    """

    def __init__(self, document: Document, room: int) -> None:
        self._words, self._room, self._others = document.words, room, _OTHER_ROOM
        self._shown_above = {*document.stamp, Fact(document.verdict or "", document.remark, is_alarm=True)}
        tables = [table for part in document.parts_on("page") for table in part.tables_on("page")]
        self.made = {table.key: self._made(table) for table in sorted(tables, key=_is_live)}
        self.left = self._room

    def _made(self, table: Table) -> dict[str, Any]:
        """A table; of one that is too long, the costliest rows."""
        at = _columns_shown(table)
        room = self._room - _LINE_BYTES * MAX_ROWS if _is_live(table) else min(self._others, _TABLE_ROOM)
        sums, kept = table.totals_on("page"), _kept(table, at)
        numbers, rows, used = self._fitting(table, at, room)
        self._room, self._others = self._room - used, self._others - used
        return {
            "key": table.key,
            "title": table.page_title or table.title,
            "live": _is_live(table) and len(rows) > 0,
            "columns": [_head(table.columns[i], i == kept) for i in at],
            "rows": rows,
            "numbers": numbers,
            "totals": sums and [_total(sums[i], table.columns[i], i == kept, self._words) for i in at],
            "notes": [*map(_note, table.notes), *map(_note, self._left_out(table, numbers))],
            "empty": table.empty,
            "facts": [fact for fact in table.facts if fact.is_alarm and fact not in self._shown_above],
        }

    def _fitting(self, table: Table, at: Sequence[int], room: int) -> tuple[list[int], list[Markup], int]:
        """Numbers of the rows that fit, the rows, and how much room they take."""
        order = list(range(len(table.rows)))
        write = _RowWriter(table, at, self._words)
        if len(order) <= MAX_ROWS:
            rows, used = _within(room, write, order)
            if len(rows) == len(order):
                return order, rows, used
        order = _costliest_first(table)[:MAX_ROWS]
        rows, used = _within(room, write, order)
        return order[: len(rows)], rows, used

    def _left_out(self, table: Table, numbers: Sequence[int]) -> list[str]:
        """The note about rows that are not shown, and their cost."""
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


def _note(text: str) -> dict[str, Any]:
    """A note as the template shows it."""
    return {"text": text, "is_command": isinstance(text, Command)}


def _within(room: int, write: _RowWriter, order: Sequence[int]) -> tuple[list[Markup], int]:
    """As many rows as there is room for, at least one, and how many bytes they take."""
    rows: list[Markup] = []
    used = 0
    for number in order:
        row = write(number)
        used += len(row) if row.isascii() else len(row.encode("utf-8", "backslashreplace"))
        if used > room and rows:
            break
        rows.append(row)
    return rows, used


class _RowWriter:
    """Writes rows of a table; equal cells are written once.

    Args:
        table: whose rows.
        at: the columns that are shown.
        words: the language.
    """

    def __init__(self, table: Table, at: Sequence[int], words: Words) -> None:
        self._table, self._words = table, words
        known: list[dict[Value, str]] = [{} for _ in at]
        self._columns = [(i, table.columns[i], cells) for i, cells in zip(at, known, strict=True)]
        kept = _kept(table, at)
        self._kept = None if kept is None else table.columns[kept]
        self._prefix = "" if _is_live(table) else f"{table.key}-"

    def __call__(self, number: int) -> Markup:
        """One row of the table, as markup; every text in it is escaped."""
        row = self._table.rows[number]
        cells = [self._cell(plain(row[i]), column, known) for i, column, known in self._columns]
        if self._table.details:
            cells[0] = self._opening(plain(row[self._columns[0][0]]), self._table.details[number])
        start = f'<tr id="{self._prefix}{number + 1}">' if self._prefix else "<tr>"
        return Markup(f"{start}{''.join(cells)}</tr>")  # noqa: S704  # its cells are escaped

    def _cell(self, value: Value, column: Column, known: dict[Value, str]) -> str:
        found = known.get(value)
        if found is None:
            if len(known) > _MOST_KEPT:
                known.clear()
            found = known[value] = self._made(value, column)
        return found

    def _made(self, value: Value, column: Column) -> str:
        text = shown(shown_value(value, column, self._words), _LONGEST)
        if column.is_number:
            sort = "" if text[-1:].isdigit() else ' data-v="-1"'  # unknown values sort below all figures
            return f'<td class="{"n c" if column is self._kept else "n"}"{sort}>{escape(text)}</td>'
        tone = column.tones.get(text, "i" if column.kind in ("id", "date") else "")
        return f'<td class="{tone}">{isolated(text)}</td>' if tone else f"<td>{isolated(text)}</td>"

    def _opening(self, value: Value, details: Sequence[Fact]) -> str:
        """The head of a row that opens."""
        inside = "".join(f"<p>{_detail(fact)}</p>" for fact in details)
        return f'<th scope="row"><details><summary>{isolated(shown(value, _LONGEST))}</summary>{inside}</details></th>'


def isolated(text: str) -> str:
    """Text as markup; right-to-left text is isolated, so that it cannot reorder its surroundings.

    >>> isolated("a<b"), isolated("\u05d0")
    ('a&lt;b', '<bdi>\u05d0</bdi>')
    """
    safe = str(escape(text))
    return f"<bdi>{safe}</bdi>" if _RIGHT_TO_LEFT.search(text) else safe


def _detail(fact: Fact) -> str:
    text = shown(fact.text, _LONGEST)
    if fact.target:
        return f'<a href="#{escape(fact.target)}">{escape(text)}</a>'
    return f"{escape(fact.name)}: {isolated(text)}" if fact.name else isolated(text)


def _is_live(table: Table) -> bool:
    """Whether it is the table that people search, sort and open."""
    return table.details is not None


def _columns_shown(table: Table) -> list[int]:
    """Those that are for readers, and in which something stands."""
    at = [i for i, column in enumerate(table.columns) if _is_shown(table, column)]
    return [i for i in at if some(row[i] for row in table.rows)]


def _is_shown(table: Table, column: Column) -> bool:
    """A row that opens keeps the less prominent columns inside."""
    return not column.helper and (column.prominent or column.offers_filter or table.details is None)


def _head(column: Column, is_kept: bool) -> dict[str, Any]:
    return {"title": column.title, "look": _look(column, is_kept), "filter": column.offers_filter}


def _look(column: Column, is_kept: bool) -> str:
    return "n c" if is_kept else "n" if column.is_number else ""


def _kept(table: Table, at: Sequence[int]) -> int | None:
    """The column that stays in sight where a table is wider than the screen: what something costs."""
    by_key = {table.columns[i].key: i for i in at}
    return next((by_key[key] for key in _COSTS if key in by_key), None)


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


def _total(value: Cell, column: Column, is_kept: bool, words: Words) -> dict[str, Any]:
    bare = plain(value)
    return {
        "text": "" if bare is None else shown(shown_value(bare, column, words), _LONGEST),
        "look": _look(column, is_kept),
    }
