"""Results as Arrow tables, as DataFrames of pandas, and as Parquet."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kling_cost.results.fields import Field, Objects, Record
from kling_cost.results.value_types import ValueType

if TYPE_CHECKING:
    import pandas as pd


def arrow_type(kind: ValueType) -> pa.DataType:
    """The Arrow type of a kind of values.

    >>> from kling_cost.results.value_types import COST
    >>> arrow_type(COST)
    Decimal128Type(decimal128(38, 6))
    """
    name, _, of = kind.arrow.partition("(")
    if not of:
        return getattr(pa, kind.arrow if kind.arrow != "bool" else "bool_")()
    return getattr(pa, name)(*map(int, of.rstrip(")").split(",")))


def schema_of(record: Record, tags: Iterable[str] = ()) -> pa.Schema:
    """The columns of records with their types."""
    return pa.schema([(column.name, arrow_type(column.type)) for column in record.columns(tags)])


def arrow_table(record: Record, items: Sequence[Any], tags: Sequence[str] | None = None) -> pa.Table:
    """Objects as an Arrow table, one row each: amounts as exact decimals, what is unknown as null.

    Args:
        record: what they are.
        items: the objects.
        tags: which tags are columns; those that occur if left out.
    """
    objects = Objects(items)
    chosen, at = _shared(record, objects)
    names = record.tag_names(objects) if tags is None else tags
    arrays = [
        _array(column, objects) if column.own or at is None else _array(column, chosen).take(at)
        for column in record.columns(names)
    ]
    return pa.table(arrays, schema=schema_of(record, names))


def _shared(record: Record, objects: Objects) -> tuple[Objects, pa.Array | None]:
    """What `Record.shared` gives, without a tuple for each object: half the time of 50,000 line items."""
    if not record.shared_by or not objects.items:
        return objects, None
    codes: pa.Array = None
    for share in record.shared_by:
        values = objects.take(share.get)
        if codes is not None and values.count(values[0]) == len(values):
            continue
        column = pa.array(list(map(id, values)) if share.by_identity else values).dictionary_encode()
        codes = column.indices if codes is None else _crossed(codes, column)
    distinct = pa.array(range(pc.max(codes).as_py() + 1), codes.type)
    first = pc.index_in(distinct, value_set=codes).to_pylist()
    return Objects([objects.items[place] for place in first]), codes


def _crossed(codes: pa.Array, column: pa.DictionaryArray) -> pa.Array:
    """One code for each pair of codes that occurs."""
    pairs = pc.add(pc.multiply(codes.cast(pa.int64()), len(column.dictionary)), column.indices)
    return pairs.dictionary_encode().indices


def _array(column: Field, objects: Objects) -> pa.Array:
    return pa.array(objects.column(column, column.type.to_arrow), arrow_type(column.type))


def pandas_frame(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a pandas DataFrame of the same types; nothing is copied.

    >>> from decimal import Decimal
    >>> pandas_frame(pa.table({"a": pa.array([Decimal("1.5")])})).dtypes["a"]
    decimal128(2, 1)[pyarrow]
    """
    import pandas as pd  # what is written as Parquet needs none

    named = zip(table.column_names, table.columns, strict=True)
    return pd.DataFrame({name: pd.arrays.ArrowExtensionArray(column) for name, column in named})


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as a Parquet file.

    >>> pq.read_table(io.BytesIO(parquet_bytes(pa.table({"takes": [1, 2]})))).to_pydict()
    {'takes': [1, 2]}
    """
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


class ParquetRows:
    """Writes table after table into one Parquet file.

    Args:
        stream: the file.
        schema: of all tables.
    """

    def __init__(self, stream: BinaryIO, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(stream, schema)

    def write(self, table: pa.Table) -> None:
        """Add rows."""
        self._writer.write_table(table)

    def close(self) -> None:
        """Write what a Parquet file ends with."""
        self._writer.close()
