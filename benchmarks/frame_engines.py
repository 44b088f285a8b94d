"""Each engine as a benchmark needs it: jobs in it, `price_frame` computed to the end, and the join by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

import kling_cost as kc
from benchmarks import frame_rivals as rivals
from benchmarks.frame_rivals import ADDED, AS_OF, KEYS, jobs, price_list

TEXTS = ("job_id", "model", "quality", "sound", "client")


@dataclass(frozen=True)
class Engine:
    """One engine.

    Attributes:
        name: what the rows of the table call it.
        take: makes its frame of an Arrow table.
        ours: prices the frame, all of it.
        theirs: does the same by hand.
        give: makes an Arrow table of what either gave.
    """

    name: str
    take: Callable[[pa.Table], Any]
    ours: Callable[[Any], Any]
    theirs: Callable[[Any], Any]
    give: Callable[[Any], pa.Table]


def _priced(frame: Any) -> Any:
    return kc.price_frame(frame, as_of=AS_OF)


def _objects(table: pa.Table) -> pd.DataFrame:
    """Every text an object of its own, as they come out of JSON or a database."""
    return _texts(table).astype(dict.fromkeys(TEXTS, object))


def _texts(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _categories(table: pa.Table) -> pd.DataFrame:
    return _texts(table).astype(dict.fromkeys(TEXTS[1:], "category"))


def _from_pandas(found: Any) -> pa.Table:
    return found if isinstance(found, pa.Table) else pa.Table.from_pandas(found, preserve_index=False)


def _database(table: pa.Table) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name, rows in (("jobs", table), ("prices", price_list())):
        connection.register("rows", rows)
        connection.execute(f"CREATE TABLE {name} AS FROM rows")
    return connection


def _duckdb_ours(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
    connection.execute("DROP TABLE IF EXISTS ours")
    _priced(connection.table("jobs")).create("ours")
    return connection.table("ours")


def _duckdb_theirs(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
    connection.execute("DROP TABLE IF EXISTS theirs")
    rivals.duckdb_join(connection, "jobs", "theirs")
    return connection.table("theirs")


OBJECTS = Engine("pandas, objects", _objects, _priced, rivals.duckdb_on_pandas, _from_pandas)
TEXT = Engine("pandas, str", _texts, _priced, rivals.duckdb_on_pandas, _from_pandas)
CATEGORIES = Engine("pandas, categories", _categories, _priced, rivals.duckdb_on_pandas, _from_pandas)
POLARS = Engine("Polars", pl.from_arrow, _priced, rivals.polars_join, lambda found: found.to_arrow())
POLARS_LAZY = Engine(
    "Polars, lazy",
    lambda table: pl.from_arrow(table).lazy(),  # type: ignore[union-attr]
    lambda frame: _priced(frame).collect(),
    lambda frame: rivals.polars_join_lazy(frame).collect(),
    lambda found: found.to_arrow(),
)
PYARROW = Engine("PyArrow", lambda table: table, _priced, rivals.arrow_join, lambda found: found)
DUCKDB = Engine("DuckDB, into a table", _database, _duckdb_ours, _duckdb_theirs, lambda found: found.to_arrow_table())


def unlike(engine: Engine, frame: Any) -> str:
    """In how many rows ours and theirs differ, in any of the eight columns; in what type, if they do.

    The rows are counted by combination, so that their order does not matter.
    """
    ours, theirs = (engine.give(way(frame)) for way in (engine.ours, engine.theirs))
    kinds = [name for name in ADDED if ours.schema.field(name).type != theirs.schema.field(name).type]
    if kinds:
        return f"other types of {', '.join(kinds)}"
    if theirs.column_names == ADDED:  # without the jobs
        ours = ours.select(ADDED)
    names = [name for name in (*KEYS, *ADDED) if name in ours.column_names]
    one, other = (_counted(table, names) for table in (ours, theirs))
    rows = sum(abs(one.get(row, 0) - other.get(row, 0)) for row in one.keys() | other.keys()) // 2
    return "same figures" if not rows and ours.num_rows == theirs.num_rows else f"{rows:,} ROWS UNLIKE"


def _counted(table: pa.Table, names: list[str]) -> dict[tuple[Any, ...], int]:
    views = {name: pa.large_string() for name in names if pa.types.is_string_view(table.schema.field(name).type)}
    table = table.select(names)
    for name, kind in views.items():
        table = table.set_column(names.index(name), name, table.column(name).cast(kind))
    found = table.group_by(names).aggregate([([], "count_all")])
    return {tuple(row[name] for name in names): row["count_all"] for row in found.to_pylist()}


def rows_of(count: int, engine: Engine) -> Any:
    """A frame of so many jobs."""
    return engine.take(jobs(count))
