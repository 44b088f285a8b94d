"""Rows of a frame held to every rule that a reader of the same sheet would hold them to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from kling_cost.frames.combinations import fault_of
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.jobs.columns import Columns, known_columns, priced_columns
from kling_cost.jobs.row_reader import RowReader
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.combination_pricer import CombinationPricer
from kling_cost.pricing.pricer import pricer

PROBLEM = "price_problem"
_BATCH = 1 << 16  # rows that are Python objects at a time


class Validator:
    """Says of each row of a frame what a reader would say first.

    Args:
        book: the price book; None is the shipped one.
        as_of: the day whose rates count for rows without a date; None is the latest.
        names: all columns of the frame.

    >>> Validator(None, None, ["model", "prompt"]).faults([("kling-v3-text-to-video", "Fog"), ("no-model", "Fog")])
    [None, 'model:unknown_model']
    """

    def __init__(self, book: PriceBook | None, as_of: date | None, names: Sequence[str]) -> None:
        known = pricer(book, as_of)
        options = known.book.own_inputs
        self.places = {name: at for at, name in enumerate(Columns(names, options).names) if name is not None}
        self.names = list(self.places)
        priced = priced_columns(options)
        self._order = [*priced, *(name for name in known_columns() if name not in priced)]
        reader = RowReader("frame", Columns.of_known(self.names, options))
        self._prices = CombinationPricer(known, reader, self.names)

    def faults(self, rows: Iterable[Sequence[Any]]) -> list[str | None]:
        """The first fault of each row, given its cells in the order of `names`."""
        return [fault_of(self._prices.price(row), self._order) for row in rows]

    def of_arrow(self, table: pa.Table | pa.RecordBatch) -> pa.Array:
        """The faults of an Arrow table or batch."""
        if not self.names:
            return pa.array(self.faults([()] * table.num_rows), pa.string())
        return pa.array(
            self.faults(zip(*(cells_of_arrow(table.column(at)) for at in self.places.values()), strict=True)),
            pa.string(),
        )


def validated_table(table: pa.Table, book: PriceBook | None, as_of: date | None) -> pa.Table:
    """A PyArrow table with its faults."""
    known = Validator(book, as_of, table.column_names)
    parts = [known.of_arrow(part) for part in table.to_batches(max_chunksize=_BATCH)]
    return table.append_column(PROBLEM, pa.chunked_array(parts, pa.string()))
