"""A frame of an engine of this machine, read like a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kling_cost.problems import UsageError
from kling_cost.python_values import told

ENGINES = ("pandas", "polars", "pyarrow", "duckdb", "dask", "pyspark")
#: Those whose frames can be read row by row here.
LOCAL_ENGINES = ENGINES[:4]
_FRAMES = ("DataFrame", "LazyFrame", "Table", "DuckDBPyRelation")


def engine_of(value: Any) -> str | None:
    """Which of `ENGINES` a frame belongs to; None for what is no frame. No engine is imported for it.

    >>> import pyarrow as pa
    >>> engine_of(pa.table({})), engine_of([])
    ('pyarrow', None)
    """
    for made in type(value).__mro__:
        home = made.__module__.lstrip("_").partition(".")[0]
        if home in ENGINES and made.__name__ in _FRAMES and not made.__module__.startswith("pyspark.pandas"):
            return home
    return None


def rows_of_frame(value: Any, what: str) -> tuple[list[str], Iterator[tuple[int, list[Any]]]]:
    """The column names of a frame, and every row from 1; a lazy frame is computed.

    Args:
        value: the caller's.
        what: what it may be, for the error.

    Raises:
        UsageError: it is no frame of pandas, Polars, PyArrow or DuckDB, or what a price depends on stands in its
            index or in columns of several levels.

    >>> import pyarrow as pa
    >>> names, rows = rows_of_frame(pa.table({"model": ["a", None]}), "…")
    >>> names, list(rows)
    (['model'], [(1, ['a']), (2, [None])])
    """
    engine = engine_of(value)
    if engine not in LOCAL_ENGINES:
        raise UsageError(f"{what}, not {told(value) if engine is None else f'a frame of {engine}'}")
    if engine == "pandas":
        from kling_cost.jobs.frames import read_frame

        return read_frame(value)
    if engine == "polars":
        frame = value.lazy().collect()
        return list(frame.columns), _numbered([cells_of_polars(column) for column in frame.get_columns()])
    from kling_cost.jobs.arrow_cells import cells_of_arrow

    table = value if engine == "pyarrow" else value.to_arrow_table()
    return list(table.column_names), _numbered([cells_of_arrow(column) for column in table.columns])


def cells_of_polars(column: Any) -> list[Any]:
    """The cells of a column of Polars as Python objects, those that Python cannot hold among them.

    >>> import polars as pl
    >>> cells_of_polars(pl.Series([5, None], dtype=pl.Int128))
    [5, None]
    """
    from kling_cost.jobs.arrow_cells import cells_of_arrow

    cells: list[Any] = cells_of_arrow(column.to_arrow()) if column.dtype.is_temporal() else column.to_list()
    return cells


def _numbered(columns: list[list[Any]]) -> Iterator[tuple[int, list[Any]]]:
    return ((number, list(row)) for number, row in enumerate(zip(*columns, strict=True), 1))
