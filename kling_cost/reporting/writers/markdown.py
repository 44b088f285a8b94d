"""Markdown for a pull request or a chat: user text inert, tables cut with a word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kling_cost.problems import shown
from kling_cost.reporting.digits import shown_value
from kling_cost.reporting.document import Document
from kling_cost.reporting.table import Column, Table, Value, plain, some

MAX_ROWS = 50
# What Markdown acts on inside a line: code, emphasis, links, tags, tables, entities, mentions, mathematics, addresses.
_ACTIVE = re.compile(r"[\\`*\[\]<>|@$#]|~(?=~)|&(?=[#\w])|(?<!\w)_|_(?!\w)|:(?=//)|(?<=\bwww)\.", re.IGNORECASE)
_LEFT_OUT = ("price_book",)


def markdown(document: Document) -> str:
    """The whole report.

    >>> print(markdown(Document("Spring *launch*", "within budget", "within", [], [])))
    # Spring \\*launch\\*
    <BLANKLINE>
    **within budget**
    <BLANKLINE>
    """
    lines = [f"# {inert(document.title)}", ""]
    if document.verdict:
        lines += [f"**{document.verdict}**", ""]
    for table in (table for part in document.parts for table in part.tables if table.key not in _LEFT_OUT):
        lines += [*table_lines(table), ""]
    return "\n".join(lines).rstrip() + "\n"


def table_lines(table: Table, max_rows: int = MAX_ROWS) -> list[str]:
    """One table under a heading."""
    lines = [f"## {inert(table.title)}", ""]
    lines += [f"- {inert(fact.name)}: {inert(fact.text)}" for fact in table.facts]
    if table.facts:
        lines.append("")
    if not table.rows:
        return [*lines, inert(table.empty)]
    shown_at = [at for at, c in enumerate(table.columns) if c.prominent and some(row[at] for row in table.rows)]
    columns = [table.columns[at] for at in shown_at]
    lines.append(_line(inert(column.title) for column in columns))
    lines.append(_line("---:" if column.is_number else "---" for column in columns))
    for row in table.rows[:max_rows]:
        lines.append(_line(_cell(plain(row[at]), table.columns[at]) for at in shown_at))
    if table.totals:
        values = [(plain(table.totals[at]), table.columns[at]) for at in shown_at]
        lines.append(_line("" if value is None else _cell(value, column) for value, column in values))
    left = len(table.rows) - max_rows
    if left > 0:
        lines += ["", f"… {left:,} more rows"]
    return [*lines, *(line for note in table.notes for line in ("", inert(note)))]


def inert(text: str) -> str:
    """Text that Markdown shows as it is: no markup, link, mention or line break.

    >>> inert("<b>*x*</b>")
    '\\\\<b\\\\>\\\\*x\\\\*\\\\</b\\\\>'
    """
    return _ACTIVE.sub(r"\\\g<0>", shown(text, 400))


def _cell(value: Value, column: Column) -> str:
    text = shown_value(value, column)
    return text if column.is_number else inert(text)


def _line(cells: Iterable[str]) -> str:
    row: Sequence[str] = list(cells)
    return f"| {' | '.join(row)} |"
