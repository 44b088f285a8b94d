"""The format-free table: what a report part says, before any writer decides how it looks.

Columns are typed. A column that follows from others carries a formula, so that a spreadsheet can calculate it and
every other writer shows its value. Formulas are spreadsheet syntax with names in braces: `{takes}` is the cell of
that column in the same row, `{price_book.unit_price}` the whole column of another table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

Value = str | int | Decimal | date | None

#: What a column holds; a writer decides from it on alignment, digits and width.
Kind = Literal["id", "text", "integer", "credits", "amount", "money", "date", "status"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        key: its name in formulas and in tests.
        title: what people read.
        kind: what it holds.
        is_input: people may change it in a spreadsheet.
        formula: how it follows from other columns; None where it is given.
        choices: for an input, the column that lists what it may hold, as `table.column`.
        prominent: shown even where there is little room.
        helper: only a spreadsheet needs it, for its formulas.
        short: a shorter title for narrow places.
    """

    key: str
    title: str
    kind: Kind = "text"
    is_input: bool = False
    formula: str | None = None
    choices: str | None = None
    prominent: bool = True
    helper: bool = False
    short: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it is aligned and summed as a number."""
        return self.kind in ("integer", "credits", "amount", "money")


class Fact(NamedTuple):
    """Something said beside a table: a name, and what holds; an alarm has to be seen before the figures."""

    name: str
    text: str
    is_alarm: bool = False


class Formula(NamedTuple):
    """A cell that follows from others although its column does not; `value` is what it comes to."""

    text: str
    value: Value


@dataclass(frozen=True)
class Table:
    """One part of a report.

    Attributes:
        key: its name in formulas and in tests.
        title: its heading.
        columns: from left to right.
        rows: values in the order of the columns; a `Formula` where only that cell follows from others.
        totals: a last row of sums, or None.
        notes: sentences below it.
        empty: what to say where there is no row.
        count: how many rows there would be, where `rows` holds only some of them.
        facts: said beside it.
    """

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value | Formula]]
    totals: Sequence[Value | Formula] | None = None
    notes: Sequence[str] = ()
    empty: str = "none"
    count: int | None = None
    facts: Sequence[Fact] = ()

    def column(self, key: str) -> list[Value]:
        """The values of one column.

        >>> Table("t", "T", [Column("a", "A")], [["x"], ["y"]]).column("a")
        ['x', 'y']
        """
        at = [column.key for column in self.columns].index(key)
        return [plain(row[at]) for row in self.rows]


def plain(value: Value | Formula) -> Value:
    """The value of a cell, whether it is given or follows from others.

    >>> plain(Formula("{a}+1", 3)), plain("x")
    (3, 'x')
    """
    return value.value if isinstance(value, Formula) else value


def some(values: Iterable[Value | Formula]) -> bool:
    """Whether any of the cells holds something.

    >>> some([None, ""]), some([0])
    (False, True)
    """
    return any(plain(value) not in (None, "") for value in values)
