"""Markdown for a pull request or a chat: user text is escaped, and cut tables say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from kling_cost.problems import shown
from kling_cost.reporting.document import Document
from kling_cost.reporting.number_format import shown_value
from kling_cost.reporting.table import Column, Command, Row, Table, Value, plain, some
from kling_cost.reporting.translations import Words
from kling_cost.reporting.writers import Writer

MAX_ROWS = 50
MAX_LINES = 500  # of tables that are all that is asked for
MAX_CHARACTERS = 60_000
_BIGGEST = 10
_FENCE = 3  # backquotes, at least
# What Markdown acts on inside a line: code, emphasis, links, tags, tables, entities, mentions, mathematics, addresses.
_ACTIVE = re.compile(r"[\\`*\[\]<>|@$#]|~(?=~)|&(?=[#\w])|(?<!\w)_|_(?!\w)|:(?=//)|(?<=\bwww)\.", re.IGNORECASE)


def markdown(document: Document) -> str:
    """The report, short enough for a comment: verdict, totals, the biggest lines, problems; at most 60,000 characters.

    Args:
        document: its tables for short texts are written.
    """
    words = document.words
    lines = [f"# {inert(document.title)}", ""]
    if document.verdict:
        lines += [f"**{document.verdict}**", ""]
    for part in document.parts_on("text"):
        for table in part.tables_on("text"):
            lines += [*table_lines(_biggest(table, words) if table.details is not None else table, words), ""]
    return _cut("\n".join(lines).rstrip() + "\n", words)


def tables_text(tables: Iterable[Table], words: Words) -> bytes:
    """Tables alone, without a report around them, as UTF-8; at most 60,000 characters."""
    lines = [line for table in tables for line in (*table_lines(table, words, MAX_LINES), "")]
    return _cut("\n".join(lines), words).encode("utf-8", "backslashreplace")


def table_lines(table: Table, words: Words, max_rows: int = MAX_ROWS) -> list[str]:
    """One table under a heading.

    Args:
        table: what.
        words: the language.
        max_rows: how many rows; what is left out is said.
    """
    lines = [f"## {inert(table.title)}", ""]
    lines += [f"- {inert(fact.name)}: {inert(fact.text)}" for fact in table.facts]
    if table.facts:
        lines.append("")
    if not table.rows:
        return [*lines, inert(table.empty)]
    lines += _row_lines(table, table.rows[:max_rows], words)
    left = (table.count or len(table.rows)) - min(len(table.rows), max_rows)
    if left > 0:
        lines += ["", words("text.more_rows", rows=words.grouped(str(left)))]
    return [*lines, *(line for note in table.notes for line in ("", *_note_lines(note)))]


def _note_lines(note: str) -> list[str]:
    """A note; a command stands between fences that are longer than any in it."""
    if not isinstance(note, Command):
        return [inert(note)]
    fence = "`" * max(_FENCE, 1 + max(map(len, re.findall("`+", note)), default=0))
    return [fence, note, fence]


def _row_lines(table: Table, rows: Sequence[Row], words: Words) -> Iterator[str]:
    """Head, rows and sums; columns that nothing stands in are left out."""
    shown_at = [at for at, column in enumerate(table.columns) if _is_shown(column) and some(row[at] for row in rows)]
    columns = [table.columns[at] for at in shown_at]

    def line(row: Row, missing: str | None = None) -> str:
        return _line(_cell(plain(row[at]), table.columns[at], words, missing) for at in shown_at)

    yield _line(inert(column.title) for column in columns)
    yield _line("---:" if column.is_number else "---" for column in columns)
    yield from map(line, rows)
    sums = table.totals_on("text")
    if sums:
        yield line(sums, missing="")


def _is_shown(column: Column) -> bool:
    return column.prominent and not column.helper


def _biggest(table: Table, words: Words) -> Table:
    """The costliest rows of a long table, under a title that says so."""
    if len(table.rows) <= _BIGGEST:
        return table
    costs = [plain(value) for value in table.column("cost")]
    order = sorted(range(len(costs)), key=lambda at: -Decimal(str(costs[at])))[:_BIGGEST]
    rows = [table.rows[at] for at in order]
    return replace(table, title=words("text.biggest"), rows=rows, count=len(table.rows), details=None)


def _cut(text: str, words: Words) -> str:
    """The text, cut at the end of a line if it is too long for a comment, with a note that says so."""
    if len(text) <= MAX_CHARACTERS:
        return text
    note = "\n" + words("text.cut", limit=words.grouped(str(MAX_CHARACTERS))) + "\n"
    return text[: text.rindex("\n", 0, MAX_CHARACTERS - len(note)) + 1] + note


def inert(text: str) -> str:
    """Text that Markdown shows as it is: no markup, link, mention or line break.

    >>> inert("<b>*x*</b>")
    '\\\\<b\\\\>\\\\*x\\\\*\\\\</b\\\\>'
    """
    return _ACTIVE.sub(r"\\\g<0>", shown(text, 400))


def _cell(value: Value, column: Column, words: Words, missing: str | None = None) -> str:
    if value is None and missing is not None:
        return missing
    text = shown_value(value, column, words)
    return text if column.is_number else inert(text)


def _line(cells: Iterable[str]) -> str:
    row: Sequence[str] = list(cells)
    return f"| {' | '.join(row)} |"


def markdown_bytes(document: Document) -> bytes:
    """The same as UTF-8."""
    return markdown(document).encode("utf-8", "backslashreplace")


WRITER: Writer = markdown_bytes
