"""What readers of sheets have to know of the content: which headings mean columns, and when a cell is empty."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple


class SheetKind(NamedTuple):
    """How sheets of one kind of content are recognised.

    Attributes:
        known: the column that a heading stands for, however it is spelt; None for an unknown one.
        found: how many of them a row names; 0 for one that can be no header.
        needed: the column that a reader misses where no sheet has a header.
        for_one: columns whose cell cannot hold for several rows: what names a row, and money that is paid once.
        is_meant: whether an unknown heading is another word for a column.
        is_label: whether a column holds labels, which merged cells may give to rows that have nothing else.
        as_shown: numbers of a workbook come with what their formats show beside them, such as a currency sign.
    """

    known: Callable[[str], str | None]
    found: Callable[[Sequence[object]], int]
    needed: str
    for_one: Collection[str]
    is_meant: Callable[[str], bool]
    is_label: Callable[[str], bool]
    as_shown: bool = False


class CellFault:
    """Stands in a row where a cell cannot be read at all; `why` is the problem's key."""

    __slots__ = ("params", "why")

    def __init__(self, why: str, **params: object) -> None:
        self.why, self.params = why, params


def is_blank(cell: Any) -> bool:
    """Whether a cell is empty: nothing, only blanks, or a missing value of a frame.

    >>> is_blank(None), is_blank("  "), is_blank(float("nan")), is_blank("NA"), is_blank(0)
    (True, True, True, False, False)
    """
    if cell is None:
        return True
    if isinstance(cell, str):
        return not cell or cell.isspace()
    is_nan = isinstance(cell, float) and cell != cell  # float: how frames say that nothing is there
    return is_nan or (isinstance(cell, Decimal) and cell.is_nan())
