"""Frames whose columns lie in this process, pandas and PyArrow: each row takes the outcome of its combination."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kling_cost.frames.cell_codes import Codes, Factor, combined
from kling_cost.frames.combinations import frame_pricer
from kling_cost.frames.frame_columns import ADDED_COLUMNS, priced_places
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.jobs.cell_values import is_blank, plain_cell
from kling_cost.pricebook.book import PriceBook

_KINDS = ("integer", "boolean", "temporal", "decimal", "string", "large_string", "string_view", "null")
_CODED_TYPES = [getattr(pa.types, f"is_{kind}") for kind in _KINDS]
_BLOCK = 1 << 19  # most rows that are in the works at a time, in each thread
_FEW = 1 << 16  # rows that are not worth a thread
_SMALL_RANGE = 1 << 12  # whole numbers this near to each other are their own codes


def priced_table(table: pa.Table, book: PriceBook | None, as_of: date | None) -> pa.Table:
    """A PyArrow table with the added columns behind its own."""
    columns = {name: table.column(at) for name, at in priced_places(table.column_names, book).items()}
    added = added_columns(
        table.num_rows, list(columns), lambda name, rows: priced_factor(columns[name][rows]), book, as_of
    )
    for name, column in added.items():
        table = table.append_column(name, column)
    return table


def added_columns(
    count: int,
    names: Sequence[str],
    factor: Callable[[str, slice], Factor],
    book: PriceBook | None,
    as_of: date | None,
) -> Mapping[str, pa.ChunkedArray]:
    """The added columns of a frame, block by block, so that little memory is needed beside them.

    Args:
        count: how many rows the frame has.
        names: its columns that a price depends on.
        factor: gives the codes of a column in some of the rows.
        book, as_of: as in `price_frame`.
    """
    prices = frame_pricer(book, as_of, tuple(names))

    def block(rows: slice) -> list[pa.Array]:
        codes, cells = combined(rows.stop - rows.start, names, (factor(name, rows) for name in names), prices.reduced)
        return [_taken(column, codes) for column in prices.added(cells).columns]

    blocks = _blocks(count)
    parts = list(map(block, blocks) if len(blocks) == 1 else _threads().map(block, blocks))
    kinds = ADDED_COLUMNS.items()
    return {name: pa.chunked_array([part[at] for part in parts], kind) for at, (name, kind) in enumerate(kinds)}


def _blocks(count: int) -> list[slice]:
    """Even parts of the rows, one for few; else an even number of them, since two are done at a time."""
    if count < _FEW:
        return [slice(0, count)]
    parts = -(-count // _BLOCK // 2) * 2
    ends = [count * part // parts for part in range(parts + 1)]
    return [slice(start, stop) for start, stop in pairwise(ends)]


def _taken(column: pa.ChunkedArray, codes: Codes) -> pa.Array:
    """The value of each row's combination."""
    values = column.combine_chunks()
    if values.null_count == len(values):
        return pa.nulls(len(codes), values.type)
    if not values.null_count and len(values.unique()) == 1:
        return pa.repeat(values[0], len(codes))
    if pa.types.is_string(values.type):
        return values.take(pa.array(codes))
    width = values.type.byte_width
    cells = np.frombuffer(values.buffers()[1], dtype=f"V{width}", count=len(values), offset=values.offset * width)
    valid = None
    if values.null_count:
        is_valid = values.is_valid().to_numpy(zero_copy_only=False)
        valid = pa.py_buffer(np.packbits(is_valid.take(codes), bitorder="little"))
    # numpy takes in large pages of memory, which Arrow's own `take` does not: a tenth of the time on new memory
    return pa.Array.from_buffers(values.type, len(codes), [valid, pa.py_buffer(cells.take(codes))])


@cache
def _threads() -> ThreadPoolExecutor:
    """Two of them halve the time; more are limited by memory."""
    return ThreadPoolExecutor(2, thread_name_prefix="kling_cost")


def priced_factor(column: pa.ChunkedArray) -> Factor:
    """The codes of an Arrow column that a price depends on: of a time only the day counts, in UTC if it has a zone."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp(column.type.unit)).cast(pa.date32(), safe=False)
    return arrow_factor(column)


def arrow_factor(column: pa.ChunkedArray) -> Factor:
    """The codes of an Arrow column; values are Python's."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _dictionary_factor(column.unify_dictionaries())
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    elif not any(is_kind(kind) for is_kind in _CODED_TYPES):
        return object_factor(cells_of_arrow(column))
    if pa.types.is_integer(kind):
        found = _small_range(column)
        if found:
            return found
    return _dictionary_factor(column.cast(_encoded_type(kind)).dictionary_encode())


def _encoded_type(kind: pa.DataType) -> pa.DataType:
    """The type of which Arrow makes dictionaries, for one of the same values."""
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_decimal32(kind) or pa.types.is_decimal64(kind):
        return pa.decimal128(kind.precision, kind.scale)
    return kind


def _dictionary_factor(column: pa.ChunkedArray) -> Factor:
    if not column.num_chunks:
        return np.zeros(0, dtype=np.int32), []
    column = column.unify_dictionaries()
    inner, values = _distinct(column.chunk(0).dictionary)
    parts = [numbers_of(chunk.indices, -1) for chunk in column.chunks]
    codes = parts[0] if len(parts) == 1 else np.concatenate(parts)
    if inner is None:
        return codes, values
    return np.append(inner, -1)[codes], values


def _distinct(dictionary: pa.Array) -> tuple[Codes | None, list[Any]]:
    """The values of a dictionary; codes for its entries where some are missing values."""
    values = cells_of_arrow(dictionary)
    if dictionary.null_count or pa.types.is_floating(dictionary.type):
        return object_factor(values)  # type: ignore[return-value]
    return None, values


def _small_range(column: pa.ChunkedArray) -> Factor | None:
    """Codes of whole numbers that lie near to each other, without a look-up."""
    ends = pc.min_max(column).as_py()
    if ends["min"] is None or ends["max"] - ends["min"] >= _SMALL_RANGE:
        return None
    low = ends["min"]
    parts = [numbers_of(chunk, low).astype(np.int32) for chunk in column.chunks]
    codes = parts[0] if len(parts) == 1 else np.concatenate(parts)
    codes -= np.array(low).astype(np.int32)  # both are cut to 32 bits, which the difference survives
    if column.null_count:
        codes[numbers_of(column.is_null().cast(pa.int8()).combine_chunks(), 0) != 0] = -1
    return codes, range(low, ends["max"] + 1)


def numbers_of(array: pa.Array, missing: int) -> Codes:
    """The whole numbers of an array, one in place of those that are missing; Arrow's own way would load pandas.

    >>> numbers_of(pa.array([1, None], pa.int32()), -1)
    array([ 1, -1], dtype=int32)
    """
    array = array.fill_null(missing) if array.null_count else array
    kind = np.dtype(str(array.type))
    return np.frombuffer(array.buffers()[1] or b"", kind, len(array), array.offset * kind.itemsize)


def object_factor(values: Sequence[Any], missing: Sequence[bool] | None = None) -> Factor:
    """Codes of any Python objects; 1, 1.0 and 1.00 and True stay apart, and lists and dicts can stand beside them.

    Args:
        values: the objects.
        missing: which of them say that nothing is there; None and NaN do if left out.

    >>> object_factor([1, 1.0, True, None, [1], [1]])
    (array([ 0,  1,  2, -1,  3,  3], dtype=int32), [1, 1.0, True, [1]])
    """
    known: dict[Any, int] = {}
    distinct: list[Any] = []
    codes = np.full(len(values), -1, dtype=np.int32)
    for place, value in enumerate(map(plain_cell, values)):
        if is_blank(value) or (missing is not None and missing[place]):
            continue
        key = _key(value)
        code = known.get(key)
        if code is None:
            code = known[key] = len(distinct)
            distinct.append(value)
        codes[place] = code
    return codes, distinct


def _key(value: Any) -> Any:
    return value if isinstance(value, str) else (type(value), repr(value))  # 1.0 and 1.00 are not written alike
