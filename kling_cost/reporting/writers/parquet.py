"""Parquet: rows with typed columns, amounts as decimal128."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_MONEY = pa.decimal128(38, 12)
_TYPES: Mapping[str, pa.DataType] = {
    "unit_price": _MONEY,
    "base_rate": _MONEY,
    "multiplier": _MONEY,
    "minimum_charge": _MONEY,
    "minimum_quantity": pa.int64(),
    "seconds_minimum": pa.int64(),
    "seconds_maximum": pa.int64(),
    "effective_from": pa.date32(),
    "effective_until": pa.date32(),
    "checked": pa.date32(),
    "refund_on_failure": pa.bool_(),
}


def parquet_bytes(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows of text and numbers as a Parquet file; decimal and date columns are told by their names."""
    arrays = [
        pa.array([_typed(row[name], _TYPES.get(name)) for row in rows], _TYPES.get(name, pa.string()))
        for name in columns
    ]
    buffer = io.BytesIO()
    pq.write_table(pa.table(arrays, names=list(columns)), buffer)
    return buffer.getvalue()


def _typed(value: Any, kind: pa.DataType | None) -> Any:
    if not isinstance(value, str) or kind is None:
        return value
    if pa.types.is_decimal(kind):
        return Decimal(value)
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    return int(value) if pa.types.is_integer(kind) else value
