"""How much a Parquet file unpacks to: in any encoding, a few kilobytes may hold gigabytes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from kling_cost.io.sources import MEBIBYTE

_HELD = 64 * MEBIBYTE  # of values that may be unpacked at the same time
_MOST, _MOST_TIMES = 256 * MEBIBYTE, 1_000  # of a row group; more is refused where it is so many times its own size
_MOST_ITEMS, _MOST_A_ROW = 3_000_000, 10  # of lists in a row group
_TEXT, _FIXED = "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"


class Leaf(NamedTuple):
    """A physical column.

    Attributes:
        at: its position in the file.
        name: the column that it belongs to.
        is_nested: whether it is a part of a list or a structure.
        as_codes: whether it is read as codes and distinct values, so that a value is held once.
    """

    at: int
    name: str
    is_nested: bool
    as_codes: bool


def leaves_of(schema: pa.Schema, places: Collection[int]) -> list[Leaf]:
    """The physical columns of the columns at some places.

    >>> [leaf.as_codes for leaf in leaves_of(pa.schema({"a": pa.string(), "b": pa.list_(pa.int64())}), [0, 1])]
    [True, False]
    """
    found, at = [], 0
    for place, field in enumerate(schema):
        count = _width(field.type)
        if place in places:
            is_nested = pa.types.is_nested(field.type)
            found += [Leaf(at + n, field.name, is_nested, not is_nested and is_text(field.type)) for n in range(count)]
        at += count
    return found


def has_codes(file: pq.ParquetFile, leaf: Leaf) -> bool:
    """Whether a column can be read as codes; Arrow cannot where each value continues the one before it."""
    metadata = file.metadata
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    return not any("DELTA_BYTE_ARRAY" in group.column(leaf.at).encodings for group in groups)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds text or bytes of any length.

    >>> is_text(pa.dictionary(pa.int32(), pa.string())), is_text(pa.binary(4))
    (True, False)
    """
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(is_one(kind) for is_one in kinds)


def _width(kind: pa.DataType) -> int:
    if pa.types.is_dictionary(kind):
        return _width(kind.value_type)
    if pa.types.is_nested(kind):
        return sum(_width(kind.field(at).type) for at in range(kind.num_fields))
    return 1


def rows_at_once(file: pq.ParquetFile, leaves: Sequence[Leaf], most: int) -> int | None:
    """How many rows can be unpacked at a time without holding much; None where none can be.

    Args:
        file: the file.
        leaves: the physical columns that are read.
        most: never more.
    """
    metadata = file.metadata
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        chunks = [(leaf, group.column(leaf.at)) for leaf in leaves]
        unpacked = sum(chunk.total_uncompressed_size for _, chunk in chunks)
        packed = sum(chunk.total_compressed_size for _, chunk in chunks)
        if unpacked > max(_MOST, _MOST_TIMES * packed):
            return None
        if any(leaf.is_nested and chunk.num_values > _items_of(group.num_rows) for leaf, chunk in chunks):
            return None
        most = min([most, *(_HELD // size for size in _sizes(metadata, chunks))])
    return max(most, 1)


def _items_of(rows: int) -> int:
    return max(_MOST_ITEMS, _MOST_A_ROW * rows)


def _sizes(metadata: pq.FileMetaData, chunks: Sequence[tuple[Leaf, Any]]) -> Iterator[int]:
    """The bytes that one value of each column may have."""
    for leaf, chunk in chunks:
        if chunk.physical_type == _FIXED:
            yield max(metadata.schema.column(leaf.at).length, 1)
        elif chunk.physical_type == _TEXT:
            whole = max(chunk.total_uncompressed_size, 1)  # a value may share all of its beginning with the last one
            shared = not leaf.as_codes or "DELTA_BYTE_ARRAY" in chunk.encodings
            yield whole if shared else whole // max(chunk.num_values, 1) + 1
