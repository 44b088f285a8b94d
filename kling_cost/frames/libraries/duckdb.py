"""Relations of DuckDB: the table of combinations is joined to them by SQL, in the connection that they belong to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from kling_cost.engines import LocalEngine
from kling_cost.frames.lazy_join import CHANGED, priced
from kling_cost.frames.libraries.pyarrow import ArrowEngine
from kling_cost.frames.sql_totals import GATHERED, SHOWN
from kling_cost.frames.unknown_columns import FIRST, MOST
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.pricebook.book import PriceBook
from kling_cost.results.certainty import UNKNOWN

_NESTED = ("list", "array", "struct", "map", "union", "variant")
_INSTANT = "timestamp with time zone"
_WITH_HOURS = ("timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns")


class _Query:
    """A relation that is being priced.

    Args:
        relation: any relation; it is not computed but for its distinct combinations.
    """

    def __init__(self, relation: duckdb.DuckDBPyRelation) -> None:
        self._relation = relation
        self.names: Sequence[str] = relation.columns
        self._kinds = {name: str(kind.id) for name, kind in zip(relation.columns, relation.types, strict=True)}

    def with_keys(self, keys: Mapping[str, str]) -> Collection[str]:
        """Add the key columns."""
        made = [f"{_key(quoted(name), self._kinds[name])} AS {quoted(key)}" for key, name in keys.items()]
        self._relation = self._relation.project(", ".join(["*", *made]))
        return [key for key, name in keys.items() if self._kinds[name] in _NESTED]

    def distinct(self, names: Sequence[str], most: int) -> pa.Table:
        """The distinct combinations of columns, as Arrow."""
        if not names:
            return pa.table({})
        found = self._relation.project(", ".join(map(quoted, names))).distinct()
        table: pa.Table = (found.limit(most) if most else found).to_arrow_table()
        return table

    def join(self, table: pa.Table, keys: Sequence[str]) -> None:
        """Left join, in the order of the relation."""
        kling_cost_table = table  # the SQL finds it by this name
        others = ", ".join(f"other.{quoted(name)}" for name in table.column_names if name not in keys)
        on = " AND ".join(
            f"own.{quoted(key)} {'IS NOT DISTINCT FROM' if table.column(key).null_count else '='} other.{quoted(key)}"
            for key in keys
        )
        # DuckDB before 2.0 looks the name up when rows are fetched, so the SQL names no relation
        other = self._relation.query("kling_cost_rows", "FROM kling_cost_table").set_alias("other")  # type: ignore[union-attr]
        joined = self._relation.set_alias("own").join(other, on or "true", "left")
        self._relation = joined.project(f"own.*, {others}")
        del kling_cost_table

    def result(self, added: Sequence[str]) -> duckdb.DuckDBPyRelation:
        """The relation with the added columns."""
        columns = {name: quoted(name) for name in (*self.names, *added)}
        columns["price_problem"] = (
            f"CASE WHEN cost IS NULL THEN coalesce(price_problem, '{CHANGED}') END AS price_problem"
        )
        columns["certainty"] = f"coalesce(certainty, '{UNKNOWN}') AS certainty"
        return self._relation.project(", ".join(columns.values()))

    def totals(self, keys: Sequence[str]) -> duckdb.DuckDBPyRelation:
        """Sums by columns."""
        by = ", ".join(map(quoted, keys))
        gathered, shown = (_named(columns) for columns in (GATHERED, SHOWN))
        return self._relation.aggregate(f"{by}, {gathered}", by).project(f"{by}, {shown}")


def _named(columns: Mapping[str, str]) -> str:
    """Columns of a SELECT, each under its name."""
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items())


def quoted(name: str) -> str:
    """A name as SQL takes any.

    >>> quoted('a "b" c')
    '"a ""b"" c"'
    """
    return '"' + name.replace('"', '""') + '"'


def _key(column: str, kind: str) -> str:
    if kind in _NESTED:
        return f"CASE WHEN {column} IS NOT NULL THEN true END"
    if kind in ("float", "double"):
        return f"CASE WHEN NOT isnan({column}) THEN {column} END"
    if kind == _INSTANT:
        return f"CAST(timezone('UTC', {column}) AS DATE)"
    if kind in _WITH_HOURS:
        return f"CAST({column} AS DATE)"
    return f"CAST({column} AS VARCHAR)" if kind == "enum" else column


class _Relations(ArrowEngine):
    """What needs every row, such as the rules of requests, fetches them."""

    classes = ("DuckDBPyRelation",)
    folds_case = True

    def to_arrow(self, frame: duckdb.DuckDBPyRelation) -> pa.Table:
        return frame.to_arrow_table()

    def from_arrow(self, table: pa.Table, like: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
        kling_cost_table = table  # the SQL finds it by this name
        found = like.query("kling_cost_rows", "SELECT * FROM kling_cost_table")
        del kling_cost_table
        return found  # type: ignore[return-value]

    def names(self, frame: duckdb.DuckDBPyRelation) -> list[str]:
        return list(frame.columns)

    def values(self, frame: duckdb.DuckDBPyRelation, at: Sequence[int], distinct: bool) -> Sequence[Sequence[Any]]:
        names = [quoted(frame.columns[place]) for place in at]
        if not distinct:
            return _columns(frame.project(", ".join(names)).limit(FIRST))
        return [cells for name in names for cells in _columns(frame.project(name).distinct().limit(MOST))]

    def priced(self, frame: duckdb.DuckDBPyRelation, book: PriceBook | None, as_of: date | None) -> Any:
        return priced(_Query(frame), book, as_of)

    def totals(self, frame: duckdb.DuckDBPyRelation, keys: Sequence[str]) -> duckdb.DuckDBPyRelation:
        return _Query(frame).totals(keys)


def _columns(relation: duckdb.DuckDBPyRelation) -> list[list[Any]]:
    return [cells_of_arrow(column) for column in relation.to_arrow_table().columns]


ENGINE: LocalEngine = _Relations()
