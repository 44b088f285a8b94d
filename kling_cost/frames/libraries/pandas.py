"""Frames of pandas: rows, order and index stay, the added columns are Arrow's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from kling_cost.engines import LocalEngine, Rows
from kling_cost.frames.arrays import added_columns, priced_factor
from kling_cost.frames.cell_codes import Factor
from kling_cost.frames.frame_columns import priced_places
from kling_cost.frames.frame_totals import pandas_totals
from kling_cost.frames.pandas_columns import as_series, chunked, factor, with_plain_types
from kling_cost.frames.unknown_columns import FIRST
from kling_cost.frames.validate import PROBLEM, Validator
from kling_cost.jobs.pandas_frame import cells_of, names_in, read_frame
from kling_cost.pricebook.book import PriceBook


class _Frames:
    classes = ("DataFrame",)
    folds_case = False

    def names(self, frame: pd.DataFrame) -> list[str]:
        return names_in(frame)

    def values(self, frame: pd.DataFrame, at: Sequence[int], distinct: bool) -> Sequence[Sequence[Any]]:
        chosen = [frame.iloc[:, place] for place in at]
        return [factor(column if distinct else column.head(FIRST))[1] for column in chosen]

    def priced(self, frame: pd.DataFrame, book: PriceBook | None, as_of: date | None) -> pd.DataFrame:
        places = priced_places([str(n) for n in frame.columns], book)
        columns = {name: frame.iloc[:, at] for name, at in places.items()}
        added = added_columns(len(frame), list(columns), lambda name, rows: _part(columns[name], rows), book, as_of)
        return frame.assign(**as_series(added))

    def totals(self, frame: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
        return pandas_totals(frame, keys)

    def validated(self, frame: pd.DataFrame, book: PriceBook | None, as_of: date | None) -> pd.DataFrame:
        known = Validator(book, as_of, [str(name) for name in frame.columns])
        columns = [cells_of(frame.iloc[:, at]) for at in known.places.values()]
        faults = known.faults(zip(*columns, strict=True) if columns else [()] * len(frame))
        return frame.assign(**as_series({PROBLEM: pa.chunked_array([pa.array(faults, pa.string())])}))

    def rows(self, frame: pd.DataFrame) -> Rows:
        return read_frame(frame)

    def to_pandas(self, frame: pd.DataFrame) -> pd.DataFrame:
        return with_plain_types(frame)

    def from_arrow(self, table: pa.Table, like: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(as_series(dict(zip(table.column_names, table.columns, strict=True))))


def _part(column: pd.Series[Any], rows: slice) -> Factor:
    if isinstance(column.dtype, pd.ArrowDtype):  # pandas itself cannot cut every type of Arrow
        return priced_factor(chunked(column)[rows])
    return factor(column.iloc[rows], priced_factor)


ENGINE: LocalEngine = _Frames()
