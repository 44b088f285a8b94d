"""Engines: what is done with the frames of one library, and which library a frame belongs to.

An engine is a file in `kling_cost/frames/` that is loaded when one of its frames comes in. It is named here, in the
one table, and reached through the contract alone, so that the readers of jobs need not know the folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from kling_cost.problems import UsageError

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    import pyarrow as pa

    from kling_cost.pricebook.book import PriceBook

Rows = tuple[list[str], Iterator[tuple[int, list[Any]]]]


class Engine(Protocol):
    """What is done with the frames of a library; every method leaves a lazy frame as lazy as it was."""

    @property
    def classes(self) -> Sequence[str]:
        """The names of the classes of its frames."""

    @property
    def folds_case(self) -> bool:
        """Whether it takes `Cost` and `cost` for one column."""

    def names(self, frame: Any) -> list[str]:
        """The names of a frame's columns, without computing it."""

    def values(self, frame: Any, at: Sequence[int], distinct: bool) -> Sequence[Sequence[Any]]:
        """A few cells of some columns: of the first rows, or a number of distinct ones."""

    def priced(self, frame: Any, book: PriceBook | None, as_of: date | None) -> Any:
        """The frame with the columns that `price_frame` adds."""

    def totals(self, frame: Any, keys: Sequence[str]) -> Any:
        """Sums of a priced frame by columns."""

    def validated(self, frame: Any, book: PriceBook | None, as_of: date | None) -> Any:
        """The frame with the column that `validate_frame` adds."""


class LocalEngine(Engine, Protocol):
    """An engine of this machine: its rows can be read here, and its frames can be made here."""

    def rows(self, frame: Any) -> Rows:
        """The column names, and every row from 1; a lazy frame is computed."""

    def to_pandas(self, frame: Any) -> pd.DataFrame:
        """The frame as a pandas DataFrame with columns that pandas reads by value."""

    def from_arrow(self, table: pa.Table, like: Any) -> Any:
        """An Arrow table as a frame of the same kind as another, in the connection that that one belongs to."""


class Listed(NamedTuple):
    """An engine in the table.

    Attributes:
        title: the library as people call it.
        home: the module whose `ENGINE` it is.
        is_local: it is a `LocalEngine`.
    """

    title: str
    home: str
    is_local: bool = True


#: Every engine by the package that the classes of its frames come from.
ENGINES: dict[str, Listed] = {
    "pandas": Listed("pandas", "kling_cost.frames.libraries.pandas"),
    "polars": Listed("Polars", "kling_cost.frames.libraries.polars"),
    "pyarrow": Listed("PyArrow", "kling_cost.frames.libraries.pyarrow"),
    "duckdb": Listed("DuckDB", "kling_cost.frames.libraries.duckdb"),
    "dask": Listed("Dask", "kling_cost.frames.libraries.dask", is_local=False),
    "pyspark": Listed("PySpark", "kling_cost.frames.libraries.spark", is_local=False),
}


def package_of(value: Any) -> str | None:
    """The library in `ENGINES` that a frame belongs to; None for what is no frame.

    >>> import pyarrow as pa
    >>> package_of(pa.table({})), package_of([])
    ('pyarrow', None)
    """
    for made in type(value).__mro__:
        package = made.__module__.lstrip("_").partition(".")[0]
        if package in ENGINES and not made.__module__.startswith("pyspark.pandas"):
            engine: Engine = import_module(ENGINES[package].home).ENGINE
            if made.__name__ in engine.classes:
                return package
    return None


def engine_of(frame: Any) -> Engine:
    """The engine that a frame belongs to.

    Raises:
        UsageError: it is a frame of none of them.

    >>> import pyarrow as pa
    >>> engine_of(pa.table({"model": []})).names(pa.table({"model": []}))
    ['model']
    """
    package = package_of(frame)
    if package is None:
        raise UsageError(f"{type(frame).__qualname__} is not a frame of {titles()}")
    engine: Engine = import_module(ENGINES[package].home).ENGINE
    return engine


def local_engine_of(frame: Any) -> LocalEngine | None:
    """The engine of this machine that a frame belongs to; None for any other value."""
    package = package_of(frame)
    if package is None or not ENGINES[package].is_local:
        return None
    engine: LocalEngine = import_module(ENGINES[package].home).ENGINE
    return engine


def titles(local: bool = False) -> str:
    """The libraries as a sentence names them: all of them, or those whose frames are read on this machine.

    >>> titles(local=True)
    'pandas, Polars, PyArrow or DuckDB'
    """
    *names, last = [engine.title for engine in ENGINES.values() if engine.is_local or not local]
    return f"{', '.join(names)} or {last}"
