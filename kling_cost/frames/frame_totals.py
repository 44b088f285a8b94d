"""Exact sums over priced frames whose columns lie in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kling_cost.frames.arrays import arrow_factor
from kling_cost.frames.cell_codes import Codes, Factor, combined
from kling_cost.frames.frame_columns import COST, SUMMED
from kling_cost.frames.pandas_columns import as_series, factor, with_plain_types
from kling_cost.results.certainty import BY_WEIGHT, EXACT, OPEN

_GROUP = "group"
_WORDS = pa.array(BY_WEIGHT)
_EXACT = BY_WEIGHT.index(EXACT)
_NOTHING = pa.scalar(Decimal(0), COST)
_NO_COUNTS: Mapping[str, pa.ChunkedArray] = {}


def pandas_totals(frame: pd.DataFrame, keys: Sequence[str], summed: Sequence[str] = ()) -> pd.DataFrame:
    """The totals of a frame, in order of first appearance; `summed` where it holds totals already."""
    codes, first = _groups(len(frame), keys, [factor(frame[name]) for name in keys])
    columns = {name: pa.chunked_array(pa.array(frame[name], from_pandas=True)) for name in SUMMED if name in frame}
    sums = as_series(_sums(codes, columns, {name: columns[name] for name in summed}))
    return with_plain_types(frame[list(keys)]).iloc[first].reset_index(drop=True).assign(**sums)


def arrow_totals(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    """The totals of a table, in order of first appearance."""
    codes, first = _groups(table.num_rows, keys, [arrow_factor(table.column(name)) for name in keys])
    columns = {name: table.column(name) for name in SUMMED if name in table.column_names}
    found = table.select(list(keys)).take(pa.array(first, pa.int64()))
    for name, column in _sums(codes, columns).items():
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


def _sums(
    codes: Codes, columns: Mapping[str, pa.ChunkedArray], counts: Mapping[str, pa.ChunkedArray] = _NO_COUNTS
) -> dict[str, pa.ChunkedArray]:
    """The sums of each group; nothing of them is too small.

    Args:
        codes: the group of each row.
        columns: those of the rows.
        counts: of jobs, where each row is many of them.
    """
    weight = pc.fill_null(pc.index_in(columns["certainty"].cast(pa.string()), value_set=_WORDS), 0)
    cost, usd, least = (columns[name] for name in ("cost", "usd", "cost_least"))
    is_known = pc.greater(weight, 0)
    summed = {
        "jobs": is_known.cast(pa.int64()),
        "unpriced": pc.invert(is_known).cast(pa.int64()),
        **counts,
        "cost": cost,
        "usd": usd,
        "cost_least": pc.if_else(pc.equal(weight, _EXACT), cost, pc.coalesce(least.cast(COST), _NOTHING)),
    }
    table = pa.table({_GROUP: pa.array(codes, pa.int64()), "weight": weight, **summed})
    found = table.group_by(_GROUP).aggregate([("weight", "min"), *((name, "sum") for name in summed)])
    found = found.take(pc.sort_indices(found, [(_GROUP, "ascending")]))
    sums = {name: found.column(f"{name}_sum").cast(SUMMED[name]) for name in summed}
    return _shown(sums, found.column("weight_min"))


def _shown(sums: dict[str, pa.ChunkedArray], weight: pa.ChunkedArray) -> dict[str, pa.ChunkedArray]:
    """The sums that are shown, by how certain they are."""
    has_end, is_bounded = pc.greater_equal(weight, len(OPEN)), pc.less(weight, _EXACT)
    shown = {
        **sums,
        "cost": pc.if_else(has_end, sums["cost"], None),
        "usd": pc.if_else(has_end, sums["usd"], None),
        "certainty": pc.take(_WORDS, weight),
        "cost_least": pc.if_else(pc.and_(is_bounded, pc.greater(weight, 0)), sums["cost_least"], None),
        "cost_most": pc.if_else(pc.and_(is_bounded, has_end), sums["cost"], None),
    }
    return {name: shown[name] for name in SUMMED}
