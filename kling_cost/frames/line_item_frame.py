"""The line items of an estimate as a pandas DataFrame."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pandas as pd
import pyarrow as pa

from kling_cost.frames.frame_columns import COST, MONEY
from kling_cost.pricing.csv_rows import flat_rows
from kling_cost.pricing.estimate import Estimate

_TYPES: Mapping[str, pa.DataType] = {
    "row": pa.int64(),
    "takes": pa.int64(),
    "requested_quantity": pa.int64(),
    "billed_quantity": pa.int64(),
    "unit_price": MONEY,
    "cost_per_take": COST,
    "cost": COST,
    "usd": MONEY,
    "rate_effective_from": pa.date32(),
}


def line_item_frame(estimate: Estimate) -> pd.DataFrame:
    """The line items of an estimate, one row each; amounts as Arrow decimals."""
    names, rows = flat_rows(estimate)
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    arrays = {}
    for name, column in zip(names, columns, strict=True):
        kind = _TYPES.get(name, pa.string())
        values = list(column)
        if pa.types.is_decimal(kind):
            values = [None if text is None else Decimal(text) for text in column]
        elif name in ("requested_quantity", "billed_quantity"):
            values = [int(text) for text in column]
        elif pa.types.is_date(kind):
            values = [date.fromisoformat(text) for text in column]
        arrays[name] = pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(values, kind)]))
    return pd.DataFrame(arrays)
