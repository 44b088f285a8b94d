"""Exact sums over priced frames whose columns lie in this process."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from kling_cost.frames.arrays import arrow_factor
from kling_cost.frames.cell_codes import Codes, Factor, combined
from kling_cost.frames.frame_columns import SUMMED
from kling_cost.frames.pandas_columns import as_series, factor, with_plain_types

_GROUP = "group"


def pandas_totals(frame: pd.DataFrame, keys: Sequence[str], summed: Sequence[str] = ()) -> pd.DataFrame:
    """The totals of a frame, in order of first appearance; `summed` where it holds totals already."""
    codes, first = _groups(len(frame), keys, [factor(frame[name]) for name in keys])
    columns = {name: pa.chunked_array(pa.array(frame[name], from_pandas=True)) for name in SUMMED if name in frame}
    parts = {name: columns[name] for name in summed} if summed else _counted(columns)
    sums = as_series(_sums(codes, len(first), {**parts, "cost": columns["cost"], "usd": columns["usd"]}))
    return with_plain_types(frame[list(keys)]).iloc[first].reset_index(drop=True).assign(**sums)


def arrow_totals(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    """The totals of a table, in order of first appearance."""
    codes, first = _groups(table.num_rows, keys, [arrow_factor(table.column(name)) for name in keys])
    columns = {name: table.column(name) for name in ("cost", "usd")}
    found = table.select(list(keys)).take(pa.array(first, pa.int64()))
    for name, column in _sums(codes, len(first), {**_counted(columns), **columns}).items():
        found = found.append_column(name, column)
    return found


def _groups(count: int, keys: Sequence[str], factors: Sequence[Factor]) -> tuple[Codes, Codes]:
    """A group for each row, numbered by first appearance, and the first row of each."""
    codes, _ = combined(count, keys, factors)
    _, first, places = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[places], first[order]


def _counted(columns: dict[str, pa.ChunkedArray]) -> dict[str, pa.ChunkedArray]:
    cost = columns["cost"]
    return {"jobs": cost.is_valid().cast(pa.int64()), "unpriced": cost.is_null().cast(pa.int64())}


def _sums(codes: Codes, groups: int, columns: dict[str, pa.ChunkedArray]) -> dict[str, pa.ChunkedArray]:
    table = pa.table({_GROUP: pa.array(codes, pa.int64()), **columns})
    found = table.group_by(_GROUP).aggregate([(name, "sum") for name in columns])
    found = found.take(pa.compute.sort_indices(found, [(_GROUP, "ascending")]))
    return {name: found.column(f"{name}_sum").cast(SUMMED[name]) for name in columns}
