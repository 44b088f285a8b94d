"""Small HTML tables that show a result in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape

from kling_cost.amounts import grouped_text
from kling_cost.problems import shown

_MOST = 20  # rows
_LONGEST = 300  # characters of a cell


def html_rows(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table whose every text is inert; of many rows, the first twenty and how many more there are.

    >>> html_rows(["scope", "limit"], [["<b>", Decimal(1000)]])
    '<table><tr><th>scope</th><th>limit</th></tr><tr><td>&lt;b&gt;</td><td>1,000</td></tr></table>'
    """
    every = list(rows)
    lines = [_row("th", names), *(_row("td", row) for row in every[:_MOST])]
    if len(every) > _MOST:
        lines.append(f'<tr><td colspan="{len(names)}">{len(every) - _MOST:,} more</td></tr>')
    return f"<table>{''.join(lines)}</table>"


def _row(tag: str, cells: Sequence[object]) -> str:
    return f"<tr>{''.join(f'<{tag}>{_cell(cell)}</{tag}>' for cell in cells)}</tr>"


def _cell(cell: object) -> str:
    if cell is None:
        return ""
    return escape(grouped_text(cell) if isinstance(cell, (Decimal, int)) else shown(str(cell), _LONGEST))
