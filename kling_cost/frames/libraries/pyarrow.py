"""Tables of PyArrow; and what an engine has that makes an Arrow table of its frames and a frame of such a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kling_cost.engines import LocalEngine, Rows
from kling_cost.frames.arrays import arrow_factor, priced_table
from kling_cost.frames.frame_totals import arrow_totals
from kling_cost.frames.unknown_columns import FIRST
from kling_cost.frames.validate import validated_table
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.pricebook.book import PriceBook

if TYPE_CHECKING:
    import pandas as pd


class ArrowEngine(ABC):
    """An engine whose frames go into Arrow tables and back; what it does better itself, it replaces."""

    classes: Sequence[str] = ()
    folds_case = False

    @abstractmethod
    def to_arrow(self, frame: Any) -> pa.Table:
        """A frame as an Arrow table, computed if it is lazy."""

    @abstractmethod
    def from_arrow(self, table: pa.Table, like: Any) -> Any:
        """An Arrow table as a frame of the same kind as another, in the connection that that one belongs to."""

    def names(self, frame: Any) -> list[str]:
        """The names of a frame's columns."""
        return list(self.to_arrow(frame).column_names)

    def values(self, frame: Any, at: Sequence[int], distinct: bool) -> Sequence[Sequence[Any]]:
        """A few cells of some columns."""
        table = self.to_arrow(frame)
        columns = [table.column(place) for place in at]
        return [arrow_factor(column)[1] if distinct else cells_of_arrow(column[:FIRST]) for column in columns]

    def priced(self, frame: Any, book: PriceBook | None, as_of: date | None) -> Any:
        """The frame with its prices."""
        return self.from_arrow(priced_table(self.to_arrow(frame), book, as_of), frame)

    def totals(self, frame: Any, keys: Sequence[str]) -> Any:
        """Sums of a priced frame by columns, in order of first appearance."""
        return self.from_arrow(arrow_totals(self.to_arrow(frame), keys), frame)

    def validated(self, frame: Any, book: PriceBook | None, as_of: date | None) -> Any:
        """The frame with its faults."""
        return self.from_arrow(validated_table(self.to_arrow(frame), book, as_of), frame)

    def rows(self, frame: Any) -> Rows:
        """The column names, and every row from 1."""
        table = self.to_arrow(frame)
        return list(table.column_names), numbered([cells_of_arrow(column) for column in table.columns])

    def to_pandas(self, frame: Any) -> pd.DataFrame:
        """The frame as a pandas DataFrame with columns that pandas reads by value."""
        from kling_cost.frames.pandas_columns import pandas_of_arrow

        return pandas_of_arrow(self.to_arrow(frame))


def numbered(columns: Sequence[Sequence[Any]]) -> Any:
    """The rows of some columns, from 1."""
    return ((number, list(row)) for number, row in enumerate(zip(*columns, strict=True), 1))


class _Tables(ArrowEngine):
    classes = ("Table",)

    def to_arrow(self, frame: pa.Table) -> pa.Table:
        return frame

    def from_arrow(self, table: pa.Table, like: pa.Table) -> pa.Table:
        return table


ENGINE: LocalEngine = _Tables()
