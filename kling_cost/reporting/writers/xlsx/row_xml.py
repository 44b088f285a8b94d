"""Rows of one shape as XML: what openpyxl would write, many times faster and in constant memory.

Formulas are shared: the first row holds the text, the others refer to it, as spreadsheet programs themselves write
a column that was filled down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

from kling_cost.amounts import plain_text
from kling_cost.reporting.table import Column, Row, Value, plain
from kling_cost.reporting.writers.xlsx.cell_styles import cell_value, is_live, visible

_ROWS_AT_ONCE = 2_000
_MOST_KEPT = 20_000
_DAY_ZERO = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Shape:
    """How one column's cells are written.

    Attributes:
        column: which.
        letter: of the column.
        style, quoted: numbers of its styles, for values and for text that a spreadsheet might run.
        formula: that of the first row; None where values are given.
    """

    column: Column
    letter: str
    style: int
    quoted: int
    formula: str | None


def rows_xml(shapes: Sequence[Shape], rows: Sequence[Row], first: int, cut: str) -> Iterator[bytes]:
    """The rows, some thousands at a time.

    Args:
        shapes: of the columns.
        rows: their values.
        first: number of the first row.
        cut: what is said where a text is too long for a cell.
    """
    last = first + len(rows) - 1
    writers = [_Cells(shape, number, first, last, cut) for number, shape in enumerate(shapes)]
    written: list[str] = []
    for number, row in enumerate(rows, first):
        cells = [write(number, value) for write, value in zip(writers, row, strict=True)]
        written.append(f'<row r="{number}">{"".join(cells)}</row>')
        if len(written) == _ROWS_AT_ONCE:
            yield "".join(written).encode()
            written.clear()
    yield "".join(written).encode()


class _Cells:
    """Writes one column's cells; equal values are turned into XML once."""

    def __init__(self, shape: Shape, number: int, first: int, last: int, cut: str) -> None:
        self._column, self._letter, self._cut = shape.column, shape.letter, cut
        self._plain, self._quoted = f' s="{shape.style}"', f' s="{shape.quoted}"'
        self._first, self._formula, self._first_formula = first, "", ""
        self._is_formula = shape.formula is not None
        if shape.formula is not None:
            shared = f'<f t="shared" si="{number}"'
            where = f"{shape.letter}{first}:{shape.letter}{last}"
            self._formula = f"{shared}/>"
            self._first_formula = f'{shared} ref="{where}">{escape(shape.formula)}</f>'
        self._known: dict[Value, str] = {}

    def __call__(self, row: int, value: object) -> str:
        bare = plain(value)  # type: ignore[arg-type]
        after = self._known.get(bare)
        if after is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            after = self._known[bare] = self._after(bare)
        if row == self._first and self._is_formula:
            after = after.replace(self._formula, self._first_formula, 1)
        return f'<c r="{self._letter}{row}"{after}' if after else ""

    def _after(self, value: Value) -> str:
        """What follows the reference of a cell."""
        stored = cell_value(value, self._column)
        if self._is_formula:
            kind, text = stored_value(stored)
            return f"{self._plain}{kind}>{self._formula}<v>{text}</v></c>"
        if stored is None:
            return f"{self._plain}/>" if self._column.is_input else ""
        if isinstance(stored, str):
            style = self._quoted if is_live(stored) else self._plain
            text = escape(visible(stored, self._cut))
            return f'{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
        if isinstance(stored, date):
            return f"{self._plain}><v>{(stored - _DAY_ZERO).days}</v></c>"
        return f"{self._plain}><v>{stored_value(stored)[1]}</v></c>"


def stored_value(value: Value) -> tuple[str, str]:
    """The type attribute and the text of a stored value of a formula.

    >>> stored_value(Decimal("27.50")), stored_value("OK"), stored_value(None)
    (('', '27.5'), (' t="str"', 'OK'), (' t="str"', ''))
    """
    if value is None or isinstance(value, (str, date)):
        return ' t="str"', escape(str(value or ""))
    return "", plain_text(value) if isinstance(value, Decimal) else str(value)
