"""Tables for a terminal: as wide as it is, user text escaped, and what does not fit is noted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from kling_cost.problems import shown
from kling_cost.reporting.number_format import shown_value
from kling_cost.reporting.table import Cell, Column, Command, Row, Table, plain, some
from kling_cost.reporting.translations import Words

MAX_ROWS = 40
_STYLES = {"bad": "bold red", "warn": "yellow", "good": "green"}
_LONGEST = {"id": 40, "text": 400}
_NARROWEST = {"id": 8, "text": 16}
_NARROWEST_HEAD = 6


def console(stream: TextIO, width: int | None, color: bool) -> Console:
    """A console that writes plain text unless colours are wanted.

    Args:
        stream: where to.
        width: columns; None takes the terminal's.
        color: whether colours may be used.
    """
    return Console(
        file=stream,
        width=width,
        no_color=not color,
        force_terminal=color,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=False,
    )


def print_table(to: Console, table: Table, words: Words, max_rows: int | None = MAX_ROWS) -> None:
    """Print one table under its title; empty columns are omitted, figures are never cut.

    Args:
        to: where.
        table: what.
        words: the language.
        max_rows: how many rows; None prints all of them.
    """
    to.print(Text(table.title, style="bold"))
    for fact in table.facts:
        if fact.is_alarm:
            to.print(Text(f"{fact.name}: {fact.text}", style="bold red"))
    if table.rows:
        _print_rows(to, table, table.rows if max_rows is None else table.rows[:max_rows], words)
    else:
        to.print(Text(table.empty))
    calm = [f"{fact.name} {fact.text}" for fact in table.facts if not fact.is_alarm]
    for line in [*([" · ".join(calm)] if calm else []), *table.notes]:
        is_command = isinstance(line, Command)
        to.print(Text(line, style="" if is_command else "dim"), soft_wrap=is_command)


def _print_rows(to: Console, table: Table, rows: Sequence[Row], words: Words) -> None:
    columns = [at for at, column in enumerate(table.columns) if _is_shown(table, at, column)]
    to.print(_rich_table(table, rows, columns, to.width, words))
    left = (table.count or len(table.rows)) - len(rows)
    if left > 0:
        to.print(Text(words("text.all_rows", rows=words.grouped(str(left))), style="dim"))


def _is_shown(table: Table, at: int, column: Column) -> bool:
    return column.prominent and not column.helper and some(row[at] for row in table.rows)


def _rich_table(table: Table, rows: Sequence[Row], columns: Sequence[int], room: int, words: Words) -> RichTable:
    cells = [[_cell(row[at], table.columns[at], words) for at in columns] for row in rows]
    sums = table.totals_on("text")
    last = [_cell(sums[at], table.columns[at], words, missing="") for at in columns] if sums else []
    grid = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 0, 0, 0))
    _add_columns(grid, [table.columns[at] for at in columns], [*cells, last] if last else cells, room)
    for row in cells:
        grid.add_row(*row)
    if last:
        grid.add_section()
        grid.add_row(*last, style="bold")
    return grid


def _add_columns(grid: RichTable, columns: Sequence[Column], rows: Sequence[Sequence[Text]], room: int) -> None:
    """The heads, as wide as they and their cells would like, or as there is room for."""
    titles = [column.short or column.title for column in columns]
    figures = [max((cell_len(row[i].plain) for row in rows), default=0) for i in range(len(columns))]
    natural = [max(cell_len(title), width) for title, width in zip(titles, figures, strict=True)]
    for column, title, width in zip(columns, titles, fitted(columns, natural, room, figures), strict=True):
        grid.add_column(
            Text(title),
            justify="right" if column.is_number else "left",
            no_wrap=column.kind != "text" and not column.is_number,
            overflow="ellipsis" if column.kind == "id" else "fold",
            width=width,
        )


def fitted(
    columns: Sequence[Column], natural: Sequence[int], room: int, figures: Sequence[int] | None = None
) -> list[int]:
    """Widths that fit: names and sentences give way, the widest first; figures and states never do.

    Args:
        columns: what they hold.
        natural: widths that they would like.
        room: of the whole table.
        figures: widths of the cells without their heads; where they are given, heads of figures give way, too.

    >>> fitted([Column("a", "A"), Column("b", "B", "credits")], [90, 12], 80)
    [67, 12]
    """
    widths = list(natural)
    shown = natural if figures is None else [max(width, _NARROWEST_HEAD) for width in figures]
    least = [
        min(width, _NARROWEST.get(column.kind, inside if column.is_number else width))
        for column, width, inside in zip(columns, natural, shown, strict=True)
    ]
    while sum(widths) + len(widths) - 1 > room:
        spare = [(width - low, -at) for at, (width, low) in enumerate(zip(widths, least, strict=True)) if width > low]
        if not spare:
            break
        widths[-max(spare)[1]] -= 1
    return widths


def _cell(value: Cell, column: Column, words: Words, missing: str | None = None) -> Text:
    bare = plain(value)
    if bare is None and missing is not None:
        return Text(missing)
    text = shown(shown_value(bare, column, words), _LONGEST.get(column.kind, 60))
    return Text(text, style=_STYLES.get(column.tones.get(text, ""), ""))
