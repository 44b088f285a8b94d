"""Every engine whose frames are priced, behind one face: from an Arrow table into it, and back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from tests.engines import need_module, spark_session


@dataclass(frozen=True)
class Engine:
    """One kind of frame.

    Attributes:
        name: for the names of tests.
        part: the module that must be there.
        take: makes such a frame of an Arrow table.
        give: makes an Arrow table of such a frame.
        ordered: whether rows keep their order, which a join of SQL does not promise.
    """

    name: str
    part: str
    take: Callable[[pa.Table], Any]
    give: Callable[[Any], pa.Table]
    ordered: bool = True

    def sorted(self, table: pa.Table) -> pa.Table:
        """The table by its column `row`, where the engine does not keep the order."""
        return table if self.ordered else table.sort_by("row")

    def frame(self, table: pa.Table) -> Any:
        """The table as such a frame; the test is skipped where the engine is not there."""
        need_module(self.part)
        return self.take(table)


def _pandas(table: pa.Table) -> Any:
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def _objects(table: pa.Table) -> Any:
    return pd.DataFrame({name: pd.Series(table[name].to_pylist(), dtype=object) for name in table.column_names})


def _from_pandas(frame: Any) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


def _polars(table: pa.Table) -> Any:
    import polars as pl

    return pl.from_arrow(table)


@functools.cache
def _connection() -> Any:
    """One for all relations: DuckDB before 2.0 closes one that nobody holds, under its relations."""
    return need_module("duckdb").connect()


def duckdb_relation(table: pa.Table) -> Any:
    return _connection().from_arrow(table)


def _dask(table: pa.Table) -> Any:
    import dask.dataframe as dd

    return dd.from_pandas(_pandas(table), npartitions=3, sort=False)


def _from_dask(frame: Any) -> pa.Table:
    """Part by part: pandas before 3 cannot put parts together that hold a day beyond Python's."""
    return pa.concat_tables([_from_pandas(part.compute()) for part in frame.partitions])


def _spark(table: pa.Table) -> Any:
    return spark_session().createDataFrame(table)


ENGINES = [
    Engine("pandas", "pandas", _pandas, _from_pandas),
    Engine("pandas-objects", "pandas", _objects, _from_pandas),
    Engine("pyarrow", "pyarrow", lambda table: table, lambda table: table),
    Engine("polars", "polars", _polars, lambda frame: frame.to_arrow()),
    Engine("polars-lazy", "polars", lambda t: _polars(t).lazy(), lambda frame: frame.collect().to_arrow()),
    Engine("duckdb", "duckdb", duckdb_relation, lambda relation: relation.to_arrow_table(), False),
    Engine("dask", "dask", _dask, _from_dask),
    Engine("pyspark", "pyspark", _spark, lambda frame: frame.toArrow(), False),
]


def engines(*names: str) -> list[Any]:
    """The engines as parameters of a test: those of the names, or all."""
    warned = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
    marks = {"pyspark": [warned]}
    chosen = [engine for engine in ENGINES if not names or engine.name in names]
    return [pytest.param(engine, id=engine.name, marks=marks.get(engine.part, [])) for engine in chosen]


def rows_of(table: pa.Table, names: list[str]) -> list[tuple[Any, ...]]:
    """The rows of some columns as Python values."""
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))
