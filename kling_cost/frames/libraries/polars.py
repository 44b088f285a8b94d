"""Frames of Polars, eager and lazy: everything but the distinct combinations stays in the lazy plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
import pyarrow as pa

from kling_cost.engines import LocalEngine, Rows
from kling_cost.frames.lazy_join import CHANGED, priced
from kling_cost.frames.libraries.pyarrow import ArrowEngine, numbered
from kling_cost.frames.unknown_columns import FIRST, MOST
from kling_cost.frames.validate import PROBLEM, Validator
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.pricebook.book import PriceBook
from kling_cost.results.certainty import BY_WEIGHT, EXACT, OPEN, UNKNOWN

_Frame = pl.DataFrame | pl.LazyFrame


class _Query:
    """A lazy frame that is being priced.

    Args:
        frame: a `DataFrame` or `LazyFrame`.
    """

    def __init__(self, frame: pl.DataFrame | pl.LazyFrame) -> None:
        self._eager = isinstance(frame, pl.DataFrame)
        self._frame = frame.lazy()
        self._schema = self._frame.collect_schema()
        self.names: Sequence[str] = self._schema.names()

    def with_keys(self, keys: Mapping[str, str]) -> Collection[str]:
        """Add the key columns."""
        made = [_key(name, self._schema[name]).alias(key) for key, name in keys.items()]
        self._frame = self._frame.with_columns(made)
        return [key for key, name in keys.items() if _is_nested(self._schema[name])]

    def distinct(self, names: Sequence[str], most: int) -> pa.Table:
        """The distinct combinations of columns, as Arrow."""
        found = self._frame.select(names).unique()
        table: pa.Table = (found.head(most) if most else found).collect().to_arrow()
        return table

    def join(self, table: pa.Table, keys: Sequence[str]) -> None:
        """Left join, in the order of the frame."""
        other = pl.from_arrow(table).lazy()  # type: ignore[union-attr]
        if not keys:
            self._frame = self._frame.join(other, how="cross")
        else:
            nulls = any(table.column(key).null_count for key in keys)
            self._frame = self._frame.join(other, on=list(keys), how="left", nulls_equal=nulls, maintain_order="left")

    def result(self, added: Sequence[str]) -> pl.DataFrame | pl.LazyFrame:
        """The frame with the added columns, of the kind that came in."""
        fault = pl.when(pl.col("cost").is_null()).then(pl.col("price_problem").fill_null(CHANGED))
        told = (fault.alias("price_problem"), pl.col("certainty").fill_null(UNKNOWN))
        found = self._frame.with_columns(told).select(*self.names, *added)
        return found.collect() if self._eager else found

    def totals(self, keys: Sequence[str]) -> pl.DataFrame | pl.LazyFrame:
        """Sums by columns."""
        told = pl.col("certainty").fill_null(UNKNOWN)
        counts = {"jobs": (told != UNKNOWN).sum(), "unpriced": (told == UNKNOWN).sum()}
        exact = pl.col("cost").filter(told == EXACT)
        found = self._frame.group_by(keys, maintain_order=self._eager).agg(
            *(count.cast(pl.Int64).alias(name) for name, count in counts.items()),
            *(pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name) for name in ("cost", "usd")),
            pl.coalesce(pl.when((told == word).any()).then(pl.lit(word)) for word in BY_WEIGHT).alias("certainty"),
            (exact.sum() + pl.col("cost_least").sum()).alias("cost_least"),
        )
        word = pl.col("certainty")
        found = found.with_columns(
            pl.when(~word.is_in(OPEN)).then(pl.col("cost", "usd")),
            pl.when(~word.is_in([UNKNOWN, EXACT])).then(pl.col("cost_least")).alias("cost_least"),
            pl.when(~word.is_in([*OPEN, EXACT])).then(pl.col("cost")).alias("cost_most"),
        )
        return found.collect() if self._eager else found


def _is_nested(kind: pl.DataType) -> bool:
    return kind.is_nested() or kind.is_object() or kind == pl.Unknown


def _key(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if _is_nested(kind):
        column = pl.when(column.is_not_null()).then(True)
    elif kind.is_float():
        column = column.fill_nan(None)
    elif isinstance(kind, pl.Datetime):
        column = (column if kind.time_zone is None else column.dt.convert_time_zone("UTC")).dt.date()
    elif isinstance(kind, (pl.Categorical, pl.Enum)) or not arrow_has(kind):
        column = column.cast(pl.String)
    return column


def arrow_has(kind: pl.DataType) -> bool:
    """Whether Arrow has a type for a column of Polars.

    >>> arrow_has(pl.Int64()), arrow_has(pl.Int128())
    (True, False)
    """
    try:
        pl.Series(dtype=kind).to_arrow()
    except (pa.ArrowException, pl.exceptions.PolarsError, TypeError, ValueError):
        return False
    return True


def arrow_frame(frame: pl.DataFrame) -> pa.Table:
    """A frame as an Arrow table; columns of which Arrow has no type as text.

    >>> arrow_frame(pl.DataFrame({"a": pl.Series([5], dtype=pl.Int128)})).column("a").to_pylist()
    ['5']
    """
    others = [name for name, kind in frame.schema.items() if not (_is_nested(kind) or arrow_has(kind))]
    table: pa.Table = frame.with_columns(pl.col(others).cast(pl.String)).to_arrow()
    return table


def cells_of_polars(column: pl.Series) -> list[Any]:
    """The cells of a column of Polars as Python objects, those that Python cannot hold among them.

    >>> cells_of_polars(pl.Series([5, None], dtype=pl.Int128))
    [5, None]
    """
    cells: list[Any] = cells_of_arrow(column.to_arrow()) if column.dtype.is_temporal() else column.to_list()
    return cells


class _Frames(ArrowEngine):
    classes = ("DataFrame", "LazyFrame")

    def to_arrow(self, frame: _Frame) -> pa.Table:
        return arrow_frame(frame.lazy().collect())

    def from_arrow(self, table: pa.Table, like: _Frame) -> _Frame:
        frame: Any = pl.from_arrow(table)
        return frame.lazy() if isinstance(like, pl.LazyFrame) else frame  # type: ignore[no-any-return]

    def names(self, frame: _Frame) -> list[str]:
        return list(frame.collect_schema().names())

    def values(self, frame: _Frame, at: Sequence[int], distinct: bool) -> Sequence[Sequence[Any]]:
        lazy = frame.lazy()
        names = [lazy.collect_schema().names()[place] for place in at]
        if not distinct:
            found = lazy.select(names).head(FIRST).collect()
            return [cells_of_polars(found[name]) for name in names]
        return [cells_of_polars(lazy.select(name).unique().head(MOST).collect()[name]) for name in names]

    def priced(self, frame: _Frame, book: PriceBook | None, as_of: date | None) -> Any:
        return priced(_Query(frame), book, as_of)

    def totals(self, frame: _Frame, keys: Sequence[str]) -> _Frame:
        return _Query(frame).totals(keys)

    def validated(self, frame: _Frame, book: PriceBook | None, as_of: date | None) -> _Frame:
        """The frame with its faults; a lazy one is held to the rules when it is collected."""

        def eager(part: pl.DataFrame) -> pl.DataFrame:
            known = Validator(book, as_of, part.columns)
            columns = [cells_of_polars(part.to_series(at)) for at in known.places.values()]
            rows = zip(*columns, strict=True) if columns else iter([()] * part.height)
            return part.with_columns(pl.Series(PROBLEM, known.faults(rows), pl.String))

        if isinstance(frame, pl.DataFrame):
            return eager(frame)
        schema = {**frame.collect_schema(), PROBLEM: pl.String()}
        return frame.map_batches(eager, schema=schema)

    def rows(self, frame: _Frame) -> Rows:
        found = frame.lazy().collect()
        return list(found.columns), numbered([cells_of_polars(column) for column in found.get_columns()])


ENGINE: LocalEngine = _Frames()
