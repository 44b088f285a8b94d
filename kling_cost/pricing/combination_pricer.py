"""Rows of cells are priced by their combinations: sheets, frames, summaries, listings and reconciliation alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from kling_cost.bounded_cache import BoundedCache
from kling_cost.jobs.cell_values import is_blank
from kling_cost.jobs.job import Job
from kling_cost.jobs.row_reader import RowReader
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import Pricer
from kling_cost.problems import Problem


class Combination(NamedTuple):
    """What a row of these cells comes to.

    Attributes:
        job: what is asked for.
        item: its line item; None where it has none.
        problems: everything that is to be said about it.
    """

    job: Job
    item: LineItem | None
    problems: tuple[Problem, ...]


class CombinationPricer:
    """Prices each distinct combination of cells once; a million rows have a few hundred.

    Args:
        pricer: the book and day.
        reader: reads rows that have these columns.
        names: the columns, in the order of the cells.
        strict: whether a warning leaves a row without its line item.

    >>> from kling_cost.jobs.columns import Columns
    >>> from kling_cost.pricing.pricer import pricer
    >>> names = ["model", "duration"]
    >>> prices = CombinationPricer(pricer(None, None), RowReader("jobs.csv", Columns(names)), names)
    >>> print(prices.price(("kling-v3-text-to-video", "5")).item.cost)
    27 EVOLINK_CREDIT
    """

    def __init__(self, pricer: Pricer, reader: RowReader, names: Sequence[str], strict: bool = False) -> None:
        self.names = tuple(names)
        self._pricer, self._reader, self._strict = pricer, reader, strict
        self._known: dict[tuple[Any, ...], Combination] = BoundedCache()

    def price(self, cells: Sequence[Any]) -> Combination:
        """What a combination comes to; a blank cell is one that is left out."""
        key = (*cells, *map(type, cells))  # 5, 5.0 and True are equal, but not the same
        try:
            found = self._known.get(key)
        except TypeError:  # a list or the like
            return self._priced(cells)
        if found is None:
            found = self._known[key] = self._priced(cells)
        return found

    def _priced(self, cells: Sequence[Any]) -> Combination:
        given = {name: cell for name, cell in zip(self.names, cells, strict=True) if not is_blank(cell)}
        job = self._reader.job(0, given)
        return Combination(job, *self._pricer.item_of(job, self._strict))
