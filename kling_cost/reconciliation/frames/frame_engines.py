"""Frames of each engine as pandas DataFrames, and tables back as frames of that engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa

from kling_cost.frames import kind_of
from kling_cost.frames.pandas import plain_type, with_plain_types
from kling_cost.problems import UsageError
from kling_cost.results.frames import pandas_frame

_KNOWN = ("pandas", "polars", "duckdb", "pyarrow")


def pandas_of(frame: Any, what: str) -> pd.DataFrame:
    """A frame of an engine of this machine as a pandas DataFrame.

    Args:
        frame: the caller's.
        what: what it holds, for the error.

    Raises:
        UsageError: it is no such frame, or has two columns of one name.
    """
    if isinstance(frame, pd.DataFrame):
        return with_plain_types(frame)
    if _kind(frame, what) == "pyarrow":
        return pandas_frame(_plain(frame))
    if hasattr(frame, "to_arrow_table"):
        return pandas_frame(_plain(frame.to_arrow_table()))
    return pandas_frame(_plain(_of_polars(frame)))


def _of_polars(frame: Any) -> pa.Table:
    from kling_cost.frames.polars import arrow_frame

    return arrow_frame(frame.lazy().collect())


def _kind(frame: Any, what: str) -> str:
    try:
        kind = kind_of(frame)
    except UsageError:
        kind = ""
    if kind not in _KNOWN:
        name = f"{type(frame).__module__}.{type(frame).__qualname__}"
        raise UsageError(f"{what} are a frame of pandas, Polars, PyArrow or DuckDB, not {name}")
    return kind


def like(frame: Any) -> Callable[[pa.Table], Any]:
    """What makes a frame of the same kind from an Arrow table, in the connection that a relation belongs to.

    >>> like(pa.table({}))(pa.table({"a": [1]})).num_rows
    1
    """
    kind = kind_of(frame)
    if kind == "polars":
        return lambda table: _polars(table, lazy=not hasattr(frame, "to_arrow"))
    if kind == "duckdb":
        return lambda table: _relation(frame, table)
    return pandas_frame if kind == "pandas" else lambda table: table


def _polars(table: pa.Table, *, lazy: bool) -> Any:
    import polars as pl

    frame: Any = pl.from_arrow(table)
    return frame.lazy() if lazy else frame


def _relation(other: Any, table: pa.Table) -> Any:
    kling_cost_tasks = table  # the SQL finds it by this name
    found = other.query("kling_cost_rows", "SELECT * FROM kling_cost_tasks")
    del kling_cost_tasks
    return found


def _plain(table: pa.Table) -> pa.Table:
    """The same with every column in a type that pandas reads by value: no dictionaries, views or columns of nothing."""
    names = table.column_names
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"the frame has two columns {twice}")
    kinds = [plain_type(field.type) for field in table.schema]
    return table.cast(pa.schema(list(zip(names, kinds, strict=True)))) if kinds else table
