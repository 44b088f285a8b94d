"""Parquet: rows with typed columns, amounts as decimal128."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    import pandas as pd

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
    """Rows of text and numbers as a Parquet file; decimal and date columns are recognised by their names."""
    arrays = [
        pa.array([_typed(row[name], _TYPES.get(name)) for row in rows], _TYPES.get(name, pa.string()))
        for name in columns
    ]
    buffer = io.BytesIO()
    pq.write_table(pa.table(arrays, names=list(columns)), buffer)
    return buffer.getvalue()


def frame_bytes(frame: pd.DataFrame) -> bytes:
    """A frame of Arrow columns as a Parquet file that says nothing of pandas.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"takes": pd.array([1, 2], "int64[pyarrow]")})
    >>> pq.read_table(io.BytesIO(frame_bytes(frame))).to_pydict()
    {'takes': [1, 2]}
    """
    buffer = io.BytesIO()
    pq.write_table(_table(frame), buffer)
    return buffer.getvalue()


class ParquetRows:
    """Writes frame after frame into one Parquet file.

    Args:
        stream: the file.
        names: every column, in order; a frame without one has no value there.
    """

    def __init__(self, stream: BinaryIO, names: Sequence[str]) -> None:
        self._stream, self._names = stream, names
        self._writer: pq.ParquetWriter | None = None

    def write(self, frame: pd.DataFrame) -> None:
        """Add rows; the first frame, which may be empty, says the types."""
        table = _table(frame)
        arrays = [
            table.column(name) if name in table.column_names else pa.nulls(table.num_rows, pa.string())
            for name in self._names
        ]
        table = pa.table(arrays, names=list(self._names))
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._stream, table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        """Write what a Parquet file ends with."""
        if self._writer is not None:
            self._writer.close()


def _table(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)


def _typed(value: Any, kind: pa.DataType | None) -> Any:
    if not isinstance(value, str) or kind is None:
        return value
    if pa.types.is_decimal(kind):
        return Decimal(value)
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    return int(value) if pa.types.is_integer(kind) else value
