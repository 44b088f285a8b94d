"""The format-independent table: the content of a report part, before a writer gives it a look.

Columns are typed. A column that follows from others carries a formula, so that a spreadsheet can calculate it and
every other writer shows its value. Formulas are spreadsheet syntax with names in braces: `{takes}` is the cell of
that column in the same row, `{^takes}` its cells above that row, `{price_book.unit_price}` the whole column of another
table, `{exchange.per_usd#0}` one of its cells by its row, `{line_items#}` how many rows that table has come to have,
`{line_items.cost+}` the cell in its row of sums, `{line_items.takes>}` the cells below all that it takes, and
`{=contingency_rate}` a cell that has a name of its own. A formula that names a column of a table which a writer had
to split must be a sum over it: the writer adds one such sum for each sheet. Where a named table is not written, the
value is written alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeVar

Value = str | int | Decimal | date | None

#: What a column holds; a writer decides from it on alignment, digits and width.
Kind = Literal["id", "text", "integer", "credits", "amount", "money", "percent", "chance", "date", "status"]
#: How a status is to be read.
Tone = Literal["good", "warn", "bad"]
#: Where a table makes sense: in a workbook, which calculates and is signed; on a page; in short texts.
Place = Literal["workbook", "page", "text"]
EVERYWHERE: frozenset[Place] = frozenset({"workbook", "page", "text"})
WORKBOOK: frozenset[Place] = frozenset({"workbook"})
AT_LENGTH: frozenset[Place] = frozenset({"workbook", "page"})


@dataclass(frozen=True, slots=True)
class Choices:
    """What a spreadsheet offers for an input: a column of another table.

    Attributes:
        column: the texts, as `table.column`.
        depends_on: the column of the input's own table whose cell decides which rows are offered.
        group: the column of the other table that is compared with that cell; its equal values are adjacent.
    """

    column: str
    depends_on: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        key: its name in formulas and in tests.
        title: what people read.
        kind: what it holds.
        is_input: people may change it in a spreadsheet.
        formula: how it follows from other columns; None where it is given.
        choices: for an input, what a spreadsheet offers.
        least, most: for a number that is an input, the range that a spreadsheet accepts.
        prominent: shown even where there is little room.
        helper: only a spreadsheet needs it, for its formulas.
        short: a shorter title for narrow places.
        digits: decimals of money that has other than two.
        tones: of a status, how its texts are to be read.
        offers_filter: its distinct values are what people look for.
        runs_over: its texts may run over the cells to their right, which are empty.
    """

    key: str
    title: str = ""
    kind: Kind = "text"
    is_input: bool = False
    formula: str | None = None
    choices: Choices | None = None
    least: int | None = None
    most: int | None = None
    prominent: bool = True
    helper: bool = False
    short: str = ""
    digits: int | None = None
    tones: Mapping[str, Tone] = field(default_factory=dict)
    offers_filter: bool = False
    runs_over: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it is aligned and summed as a number."""
        return self.kind in ("integer", "credits", "amount", "money", "percent", "chance")


class Fact(NamedTuple):
    """A named fact beside a table.

    Attributes:
        name: may be empty.
        text: what holds.
        is_alarm: it has to be seen before the figures.
        target: the row of another table that says more, as `table-row`, counted from 1.
    """

    name: str
    text: str
    is_alarm: bool = False
    target: str = ""


class Formula(NamedTuple):
    """A calculated cell in a column that is not calculated; `value` is its result."""

    text: str
    value: Value


class Fixed(NamedTuple):
    """A read-only cell in a column of inputs."""

    value: Value


class Link(NamedTuple):
    """A text that links to a part of the report, if that part is written."""

    text: str
    part: str


class Command(str):
    """A note that is a command line: it is written on one line, exactly as it is."""

    __slots__ = ()


Cell = Value | Formula | Fixed | Link
Row = Sequence[Cell]


Made = TypeVar("Made")


class Rows(Sequence[Made]):
    """Rows that are made on demand, so that a long table takes no memory before it is written.

    Args:
        items: one for each row.
        make: makes the row of an item.

    >>> rows = Rows(["a", "b"], lambda item: [item.upper()])
    >>> len(rows), rows[1], list(rows)
    (2, ['B'], [['A'], ['B']])
    """

    def __init__(self, items: Sequence[Any], make: Callable[[Any], Made]) -> None:
        self._items, self._make = items, make

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return Rows(self._items[at], self._make)
        return self._make(self._items[at])

    def __iter__(self) -> Iterator[Made]:
        return map(self._make, self._items)


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
        empty: the text for a table without rows.
        count: how many rows there would be, where `rows` holds only some of them.
        facts: said beside it.
        places: where it makes sense.
        uniform: every row has the same shape, and there may be very many.
        names: cells that a spreadsheet knows by a name of their own: row from 0, `rest` and `totals` counted on, and
            column.
        rest: rows below the others that only a spreadsheet needs: for what is not listed yet, but may come by an edit.
        heading: the title as it follows from other cells of a spreadsheet.
        page_title: its heading if the verdict is already shown above it.
        totals_places: where the row of sums makes sense.
        early: in a spreadsheet, place it before tables that are not early.
        form: lines to fill in by hand rather than results.
        details: for each row, what a page shows when it is opened: the table that people search and sort.
    """

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    totals: Row | None = None
    notes: Sequence[str] = ()
    empty: str = ""
    count: int | None = None
    facts: Sequence[Fact] = ()
    places: frozenset[Place] = EVERYWHERE
    uniform: bool = False
    names: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    form: bool = False
    rest: Sequence[Row] = ()
    heading: Formula | None = None
    page_title: str = ""
    early: bool = False
    totals_places: frozenset[Place] = EVERYWHERE
    details: Sequence[Sequence[Fact]] | None = None

    def totals_on(self, place: Place) -> Row | None:
        """Its row of sums, if it has one that makes sense."""
        return self.totals if place in self.totals_places else None

    def column(self, key: str) -> list[Value]:
        """The values of one column.

        >>> Table("t", "T", [Column("a", "A")], [["x"], ["y"]]).column("a")
        ['x', 'y']
        """
        at = [column.key for column in self.columns].index(key)
        return [plain(row[at]) for row in self.rows]


def plain(value: Cell) -> Value:
    """The value of a cell, whether entered or calculated.

    >>> plain(Formula("{a}+1", 3)), plain("x")
    (3, 'x')
    """
    if isinstance(value, Link):
        return value.text
    return value.value if isinstance(value, (Formula, Fixed)) else value


def some(values: Iterable[Cell]) -> bool:
    """Whether any of the cells has a value.

    >>> some([None, ""]), some([0])
    (False, True)
    """
    return any(plain(value) not in (None, "") for value in values)
