"""Frames that an engine keeps: the distinct combinations are taken out, priced, and joined back inside the engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import pyarrow as pa

from kling_cost.frames.combinations import FramePricer, frame_pricer
from kling_cost.frames.frame_columns import priced_places
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.pricebook.book import PriceBook

#: So many combinations are priced as they are; of more, each column is first reduced to values that can differ.
MOST_COMBINATIONS = 20_000
#: Beginning of the names of columns that exist only on the way.
INNER = "__kling_cost_"
#: The problem of a row that was another when the combinations were taken out.
CHANGED = "row:unreadable"


class Query(Protocol):
    """A frame that an engine keeps, while it is priced; every method leaves the frame lazy but `distinct`."""

    names: Sequence[str]

    def with_keys(self, keys: Mapping[str, str]) -> Collection[str]:
        """Add key columns, each made of a column: days without hours (in UTC), null for NaN, true for lists and maps.

        Returns those of columns that hold lists, maps and other values that have no place in a sheet.
        """

    def distinct(self, names: Sequence[str], most: int) -> pa.Table:
        """At most so many of the distinct combinations of columns; the one thing that is computed and fetched."""

    def join(self, table: pa.Table, keys: Sequence[str]) -> None:
        """Left join with a table of distinct keys, nulls being equal; without keys, every row with its one row."""

    def result(self, added: Sequence[str]) -> Any:
        """The frame with its own columns and the added ones."""

    def totals(self, keys: Sequence[str]) -> Any:
        """Sums of a priced frame by columns."""


def priced(query: Query, book: PriceBook | None, as_of: date | None) -> Any:
    """The query's frame with the added columns."""
    places = priced_places(query.names, book)
    distinct = _Distinct(query, frame_pricer(book, as_of, tuple(places)), [query.names[at] for at in places.values()])
    table = distinct.table()
    query.join(table, distinct.keys)
    return query.result([name for name in table.column_names if name not in distinct.keys])


class _Distinct:
    """Takes the combinations out of a query; `keys` are the columns by which they are joined back."""

    def __init__(self, query: Query, prices: FramePricer, headings: Sequence[str]) -> None:
        self._query, self._prices = query, prices
        self.keys = [f"{INNER}{at}" for at in range(len(headings))]
        nested = query.with_keys(dict(zip(self.keys, headings, strict=True)))
        self._nested = {name for name, key in zip(prices.names, self.keys, strict=True) if key in nested}

    def table(self) -> pa.Table:
        """Every combination that occurs, with the columns to add."""
        if "date" in self._prices.names:
            self._reduce("date")
        found = self._query.distinct(self.keys, MOST_COMBINATIONS + 1)
        if found.num_rows > MOST_COMBINATIONS:
            for name in self._prices.names:
                if name != "date":
                    self._reduce(name)
            found = self._query.distinct(self.keys, 0)
        cells = [self._values(name, found.column(key)) for name, key in zip(self._prices.names, self.keys, strict=True)]
        added = self._prices.added(list(zip(*cells, strict=True)) if cells else [()])
        return pa.table([*found.columns, *added.columns], names=[*found.column_names, *added.column_names])

    def _reduce(self, name: str) -> None:
        """Put, for each value of a column, the first that cannot differ in price or fault."""
        at = self._prices.names.index(name)
        key, reduced = self.keys[at], f"{self.keys[at]}_class"
        column = self._query.distinct([key], 0).column(key).combine_chunks()
        stands_for = self._prices.reduced(name, self._values(name, column))
        table = pa.table([column, column.take(pa.array(stands_for, pa.int64()))], names=[key, reduced])
        self._query.join(table, [key])
        self.keys[at] = reduced

    def _values(self, name: str, column: pa.ChunkedArray | pa.Array) -> list[Any]:
        values = cells_of_arrow(column)
        return [None if value is None else [value] for value in values] if name in self._nested else values
