"""Combinations of cells are priced by the one rule, each once, and become a small table of the columns to add."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import pyarrow as pa

from kling_cost.frames.frame_columns import ADDED_COLUMNS
from kling_cost.jobs.bodies import MAX_TAKES, read_date
from kling_cost.jobs.cell_values import CellFault, is_blank, to_date, to_integer, to_on_off, to_text
from kling_cost.jobs.columns import BESIDE, PRICED_COLUMNS, Columns, priced_columns
from kling_cost.jobs.row_reader import RowReader
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricebook.catalogue import first_days, option_words
from kling_cost.pricebook.counting.quantity import INPUT, TOKENS
from kling_cost.pricing.combination_pricer import Combination, CombinationPricer
from kling_cost.pricing.pricer import pricer
from kling_cost.problems import Problem
from kling_cost.results.bound_fields import BOUNDS
from kling_cost.results.certainty import UNKNOWN
from kling_cost.results.fields import getter

_UNPRICED = (None,) * list(ADDED_COLUMNS).index("price_problem")
_UNBOUNDED = (UNKNOWN, *[None] * (len(BOUNDS) - 1))
_BOUNDS = tuple(getter(field.source) for field in BOUNDS)
_GIVEN_AS = {"second": INPUT, "token": TOKENS}  # the column that would give a quantity without an upper end
_PRICERS = 8  # books, days and kinds of frame whose combinations are kept


@lru_cache(maxsize=_PRICERS)
def frame_pricer(book: PriceBook | None, as_of: date | None, names: tuple[str, ...]) -> FramePricer:
    """The one pricer of a book, a day and columns, with every combination that it has priced.

    >>> frame_pricer(None, None, ("model",)) is frame_pricer(None, None, ("model",))
    True
    """
    return FramePricer(book, as_of, names)


class FramePricer:
    """Prices the combinations of frames with the same columns.

    Args:
        book: the price book; None is the shipped one.
        as_of: the day whose rates count for rows without a date; None is the latest.
        names: the frame's columns that a price depends on, in the order of `PRICED_COLUMNS`.

    >>> prices = FramePricer(None, None, ["model", "duration"])
    >>> rows = [("kling-v3-text-to-video", 5), ("kling-v3-text-to-video", 16)]
    >>> prices.added(rows).column("price_problem").to_pylist()
    [None, 'duration:out_of_range']
    """

    def __init__(self, book: PriceBook | None, as_of: date | None, names: Sequence[str]) -> None:
        self.names = tuple(names)
        known = pricer(book, as_of)
        options = known.book.own_inputs
        self._order = priced_columns(options)
        self._prices = CombinationPricer(known, RowReader("frame", Columns.of_known(self.names, options)), self.names)
        self._classes = ValueClasses(known.book)
        self._last: tuple[Any, pa.Table] = (None, pa.table({}))

    def added(self, rows: Iterable[Sequence[Any]]) -> pa.Table:
        """The added columns, a row for each combination.

        The last table is kept: the blocks of a large frame mostly have the same combinations, and making the table
        takes a quarter of the time of half a million rows.
        """
        rows = list(rows)
        key = [(*row, *map(type, row)) for row in rows]
        known, table = self._last
        if known != key:
            table = self._table(rows)
            self._last = (key, table)
        return table

    def _table(self, rows: Sequence[Sequence[Any]]) -> pa.Table:
        cells = [_added_cells(self._prices.price(row), self._order) for row in rows]
        columns = list(zip(*cells, strict=True)) or [()] * len(ADDED_COLUMNS)
        arrays = [pa.array(values, kind) for values, kind in zip(columns, ADDED_COLUMNS.values(), strict=True)]
        return pa.table(arrays, names=list(ADDED_COLUMNS))

    def reduced(self, name: str, values: Sequence[Any]) -> list[int]:
        """For each value of a column the position of the first that gives the same price or fault.

        >>> FramePricer(None, None, ["date"]).reduced("date", ["2026-03-01", "soon", "2026-03-02", "later"])
        [0, 1, 0, 1]
        """
        first: dict[Any, int] = {}
        return [first.setdefault(self._classes.of(name, value), at) for at, value in enumerate(values)]


def _added_cells(found: Combination, order: Sequence[str]) -> tuple[Any, ...]:
    """The cells of the added columns."""
    fault = fault_of(found, order)
    if found.item is None:
        return (*_UNPRICED, fault, *_UNBOUNDED)
    charge = found.item.charge
    return (
        int(charge.billed_quantity),
        charge.unit_price,
        found.item.cost_value,
        charge.currency,
        found.item.usd,
        charge.rate_effective_from,
        ",".join(charge.defaults_applied),
        fault,
        *(bound(found.item) for bound in _BOUNDS),
    )


def fault_of(found: Combination, order: Sequence[str]) -> str | None:
    """Why a row has no cost that can be summed up; None where it has one.

    Args:
        found: what the row comes to.
        order: of the columns.
    """
    if found.item is None:
        return first_fault(found.problems, order)
    charge = found.item.charge
    return f"{_GIVEN_AS[charge.unit]}:price_unknown" if charge.cost is None else None


def first_fault(problems: Iterable[Problem], order: Sequence[str] = PRICED_COLUMNS) -> str:
    """`field:code` of the first error in the order of the columns; empty where there is none.

    >>> first_fault([])
    ''
    """
    at: Mapping[str, int] = {name: place for place, name in enumerate(order)}
    faults = [found for found in problems if found.severity == "error"]
    first = min(faults, key=lambda fault: at.get(fault.field, len(at)), default=None)
    return f"{first.field}:{first.code}" if first else ""


class ValueClasses:
    """Tells which values of a column cannot differ in price or fault, whatever stands beside them.

    Days fall into intervals between the dates of rates; unreadable values of a kind are one.

    Args:
        book: whose names, ranges and dates count.

    >>> from kling_cost.pricebook.load import load_prices
    >>> classes = ValueClasses(load_prices())
    >>> classes.of("duration", "16") == classes.of("duration", 99), classes.of("duration", 5) == classes.of("takes", 5)
    (True, True)
    """

    def __init__(self, book: PriceBook) -> None:
        skus = [sku for _, sku in book.skus()]
        self._days = first_days(book)
        self._longest = max((high for _, high in (sku.seconds or (0, 0) for sku in skus)), default=0)
        self._bounded = all(sku.seconds for sku in skus if sku.unit == "second")
        self._counts, self._quantities = frozenset(book.counts), frozenset(book.quantities)
        self._words = option_words(book)
        self._words |= {"provider": set(book.providers), "model": set(book.models())}
        self._words["sound"] = {"on", "off"} | self._words.get("sound", set())

    def of(self, name: str, value: Any) -> tuple[Any, ...] | None:
        """The class of a value; None for nothing."""
        if is_blank(value):
            return None
        if isinstance(value, CellFault):
            return ("unreadable", value.why)
        if name.startswith(BESIDE):
            return ("text", type(value), str(value))
        if name in ("duration", "takes"):
            return self._number(to_integer(value), self._most(name))
        if name == "date":
            found: list[Problem] = []
            day = read_date(to_date(value), found)
            return ("unreadable", found[0].code) if day is None else ("day", bisect_right(self._days, day))
        text = to_on_off(value) if name == "sound" else to_text(value)
        return self._text(name, text) if isinstance(text, str) else ("unreadable", type(text))

    def _most(self, name: str) -> int | None:
        if name == "takes":
            return MAX_TAKES
        return self._longest if self._bounded else None

    @staticmethod
    def _number(number: Any, most: int | None) -> tuple[Any, ...]:
        if isinstance(number, bool) or not isinstance(number, int):
            return ("unreadable", type(number))
        low = max(number, 0)
        return ("number", low if most is None else min(low, most + 1))

    def _text(self, name: str, text: str) -> tuple[Any, ...]:
        known = self._words.get(name, set())
        if text in known or name in self._quantities or name in self._counts:
            return ("text", text)
        if name == "model" and ":" in text:
            seller, _, model = text.partition(":")
            return ("text", seller if seller in self._words["provider"] else None, model if model in known else None)
        return ("text", None)
