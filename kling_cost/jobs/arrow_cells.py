"""Columns of Arrow as Python's cells: a value that Python cannot hold is one cell's fault, not the file's."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from kling_cost.jobs.cell_values import BEYOND

#: What Arrow raises for a value, or a type, that Python has no object for.
_HAS_NO_OBJECT = (ArithmeticError, ValueError, LookupError, NotImplementedError)


def cells_of_arrow(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """The cells of a column; moments with a zone are in UTC, and those beyond Python's years are `BEYOND`.

    >>> import datetime
    >>> cells_of_arrow(pa.array([0, 2**31 - 1], pa.date32())) == [datetime.date(1970, 1, 1), BEYOND]
    True
    """
    if isinstance(column, pa.DictionaryArray):  # each value is made once, however many rows have it
        values = cells_of_arrow(column.dictionary)
        return [None if at is None else values[at] for at in column.indices.to_pylist()]
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz:
        column = column.cast(pa.timestamp(kind.unit, "UTC"))
    try:
        cells: list[Any] = column.to_pylist()
    except _HAS_NO_OBJECT:
        cells = [_cell(scalar) for scalar in column]
    return cells


def _cell(scalar: pa.Scalar) -> Any:
    try:
        return scalar.as_py()
    except _HAS_NO_OBJECT:
        return BEYOND
