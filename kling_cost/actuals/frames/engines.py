"""Frames of each engine as pandas DataFrames, and tables back as frames of that engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa

from kling_cost.actuals.frames.tables import pandas_frame
from kling_cost.problems import UsageError


def pandas_of(frame: Any, what: str) -> pd.DataFrame:
    """A frame of any engine that is read here as a pandas DataFrame.

    Args:
        frame: the caller's.
        what: what it holds, for the error.

    Raises:
        UsageError: it is no such frame.
    """
    engine = _engine(frame)
    if engine == "pandas":
        return frame  # type: ignore[no-any-return]
    if engine == "polars":
        return pandas_frame(_plain(frame.to_arrow()))
    if engine == "duckdb":
        return pandas_frame(_plain(frame.to_arrow_table()))
    if engine == "pyarrow":
        return pandas_frame(_plain(frame))
    known = "a pandas or Polars DataFrame, a DuckDB relation or an Arrow table"
    raise UsageError(f"{what} are {known}, not {type(frame).__module__}.{type(frame).__name__}")


def like(frame: Any) -> Callable[[pa.Table], Any]:
    """What makes a frame of the same engine from an Arrow table.

    >>> like(pa.table({}))(pa.table({"a": [1]})).num_rows
    1
    """
    engine = _engine(frame)
    if engine == "polars":
        import polars

        return polars.from_arrow
    if engine == "duckdb":
        import duckdb

        return duckdb.from_arrow
    return (lambda table: table) if engine == "pyarrow" else pandas_frame


def _engine(frame: Any) -> str | None:
    """Which engine a frame is of; nothing is imported to know it."""
    kind = type(frame)
    engine = kind.__module__.partition(".")[0].lstrip("_")
    names = {"pandas": "DataFrame", "polars": "DataFrame", "duckdb": "DuckDBPyRelation", "pyarrow": "Table"}
    return engine if names.get(engine) == kind.__name__ else None


def _plain(table: pa.Table) -> pa.Table:
    """The same with every column in a type that pandas reads by value: no dictionaries, views or columns of nothing."""
    names = table.column_names
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"the frame has two columns {twice}")
    kinds = [_plain_type(field.type) for field in table.schema]
    return table.cast(pa.schema(list(zip(names, kinds, strict=True)))) if kinds else table


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_string_view(kind) or pa.types.is_null(kind):
        return pa.large_string()
    return kind
