"""Combinations of cells are judged by the one rule, each once, and become a small table of the columns to add."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import pyarrow as pa

from kling_cost.frames.frame_columns import ADDED_COLUMNS, PRICED_COLUMNS
from kling_cost.jobs.bodies import MAX_TAKES, read_date
from kling_cost.jobs.cell_values import CellFault, is_blank, to_date, to_integer, to_on_off, to_text
from kling_cost.jobs.columns import BESIDE, Columns
from kling_cost.jobs.row_reader import RowReader
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import pricer
from kling_cost.problems import Problem

_UNPRICED = (None,) * (len(ADDED_COLUMNS) - 1)


_JUDGES = 8  # books, days and kinds of frame whose outcomes are kept
_KEPT = 1 << 16  # combinations whose outcome is remembered


@lru_cache(maxsize=_JUDGES)
def row_judge(book: PriceBook | None, as_of: date | None, names: tuple[str, ...]) -> RowJudge:
    """The one judge of a book, a day and columns, with everything that it has judged.

    >>> row_judge(None, None, ("model",)) is row_judge(None, None, ("model",))
    True
    """
    return RowJudge(book, as_of, names)


class RowJudge:
    """Judges the combinations of frames with the same columns.

    Args:
        book: the price book; None is the shipped one.
        as_of: the day whose rates count for rows without a date; None is the latest.
        names: the frame's columns that a price depends on, in the order of `PRICED_COLUMNS`.

    >>> judge = RowJudge(None, None, ["model", "duration"])
    >>> judge.added([("kling-v3-text-to-video", 5), ("kling-v3-text-to-video", 16)]).column("price_problem").to_pylist()
    [None, 'duration:out_of_range']
    """

    def __init__(self, book: PriceBook | None, as_of: date | None, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._pricer = pricer(book, as_of)
        self._reader = RowReader("frame", Columns.of_known(self.names))
        self._classes = Classes(self._pricer.book)
        self._known: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def item(self, cells: Sequence[Any]) -> tuple[LineItem | None, tuple[Problem, ...]]:
        """The line item of one combination, and what is to be said about it."""
        given = zip(self.names, cells, strict=True)
        return self._pricer.line_item(self._reader.job(0, {name: cell for name, cell in given if not is_blank(cell)}))

    def added(self, rows: Iterable[Sequence[Any]]) -> pa.Table:
        """The added columns, a row for each combination."""
        columns = list(zip(*map(self._remembered, rows), strict=True)) or [()] * len(ADDED_COLUMNS)
        arrays = [pa.array(cells, kind) for cells, kind in zip(columns, ADDED_COLUMNS.values(), strict=True)]
        return pa.table(arrays, names=list(ADDED_COLUMNS))

    def reduced(self, name: str, values: Sequence[Any]) -> list[int]:
        """For each value of a column the position of the first that gives the same price or fault.

        >>> RowJudge(None, None, ["date"]).reduced("date", ["2026-03-01", "soon", "2026-03-02", "later"])
        [0, 1, 0, 1]
        """
        first: dict[Any, int] = {}
        return [first.setdefault(self._classes.of(name, value), at) for at, value in enumerate(values)]

    def _remembered(self, cells: Sequence[Any]) -> tuple[Any, ...]:
        key = (*cells, *map(type, cells))  # 5, 5.0 and True are equal, but not alike
        try:
            found = self._known.get(key)
        except TypeError:  # a list or the like
            return self._judged(cells)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[key] = self._judged(cells)
        return found

    def _judged(self, cells: Sequence[Any]) -> tuple[Any, ...]:
        item, problems = self.item(cells)
        if item is None:
            return (*_UNPRICED, first_fault(problems))
        charge = item.charge
        return (
            int(charge.billed_quantity),
            charge.unit_price,
            item.cost_value,
            charge.currency,
            item.usd,
            charge.rate_effective_from,
            ",".join(charge.defaults_applied),
            None,
        )


def first_fault(problems: Iterable[Problem], order: Sequence[str] = PRICED_COLUMNS) -> str:
    """`field:code` of the first error in the order of the columns; empty where there is none.

    >>> first_fault([])
    ''
    """
    at: Mapping[str, int] = {name: place for place, name in enumerate(order)}
    faults = [found for found in problems if found.severity == "error"]
    first = min(faults, key=lambda fault: at.get(fault.field, len(at)), default=None)
    return f"{first.field}:{first.code}" if first else ""


class Classes:
    """Tells which values of a column cannot differ in price or fault, whatever stands beside them.

    Days fall into intervals between the dates of rates; unreadable values of a kind are one.

    Args:
        book: whose names, ranges and dates count.

    >>> from kling_cost.pricebook.load import load_prices
    >>> classes = Classes(load_prices())
    >>> classes.of("duration", "16") == classes.of("duration", 99), classes.of("duration", 5) == classes.of("takes", 5)
    (True, True)
    """

    def __init__(self, book: PriceBook) -> None:
        skus = [sku for _, sku in book.skus()]
        rates = [rate for sku in skus for rate in sku.rates]
        self._days = sorted({rate.effective_from for rate in rates})
        self._longest = max((high for _, high in (sku.seconds or (0, 0) for sku in skus)), default=0)
        self._bounded = all(sku.seconds for sku in skus if sku.unit == "second")
        self._words = {"provider": set(book.providers), "model": set(book.models()), "sound": {"on", "off"}}
        for rate in rates:
            for name, values in rate.options.items():
                self._words.setdefault(name, set()).update(values)

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
        if text in known:
            return ("text", text)
        if name == "model" and ":" in text:
            seller, _, model = text.partition(":")
            return ("text", seller if seller in self._words["provider"] else None, model if model in known else None)
        return ("text", None)
