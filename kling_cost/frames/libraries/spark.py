"""Frames of PySpark: the table of combinations is sent to every worker and joined there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import reduce
from operator import and_
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from kling_cost.engines import Engine
from kling_cost.frames.lazy_join import CHANGED, INNER, priced
from kling_cost.frames.sql_totals import GATHERED, SHOWN
from kling_cost.frames.unknown_columns import FIRST, MOST
from kling_cost.frames.validate import PROBLEM, Validator
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.jobs.cell_values import BEYOND
from kling_cost.pricebook.book import PriceBook
from kling_cost.results.certainty import UNKNOWN

_PLAIN = (T.StringType, T.NumericType, T.BooleanType, T.DateType, T.TimestampType, T.TimestampNTZType, T.BinaryType)

_TOLD_APART = (pa.types.is_string, pa.types.is_integer, pa.types.is_boolean, pa.types.is_date32)
_MOST_CASES = 40  # values that an expression tells apart; with more of them, a join by columns is as quick
_NUMBER = f"{INNER}number"
_MICROSECONDS = 86_400_000_000  # of a day


class _Query:
    """A data frame that is being priced.

    Args:
        frame: any data frame; it is not computed but for its distinct combinations.
    """

    def __init__(self, frame: DataFrame) -> None:
        self._frame = frame
        self.names: Sequence[str] = frame.columns
        self._kinds = {field.name: field.dataType for field in frame.schema.fields}

    def with_keys(self, keys: Mapping[str, str]) -> Collection[str]:
        """Add the key columns."""
        made = (_key(name, self._kinds[name]).alias(key) for key, name in keys.items())
        self._frame = self._frame.select("*", *made)
        return [key for key, name in keys.items() if not isinstance(self._kinds[name], _PLAIN)]

    def distinct(self, names: Sequence[str], most: int) -> pa.Table:
        """The distinct combinations of columns, as Arrow."""
        if not names:
            return pa.table({})
        found = self._frame.select(*names).distinct()
        table: pa.Table = (found.limit(most) if most else found).toArrow()
        return table

    def join(self, table: pa.Table, keys: Sequence[str]) -> None:
        """Left join with the broadcast table: by one number a row where that can be, which is quicker to look up."""
        create = self._frame.sparkSession.createDataFrame
        if not keys:
            self._frame = self._frame.crossJoin(F.broadcast(create(table)))
            return
        values = [table.column(key).combine_chunks().unique() for key in keys]
        if sum(map(len, values)) <= _MOST_CASES and all(map(_are_told_apart, values)):
            numbers, number = _numbered(table, dict(zip(keys, values, strict=True)))
            numbered = create(table.drop_columns(list(keys)).append_column(_NUMBER, numbers))
            self._frame = self._frame.withColumn(_NUMBER, number).join(F.broadcast(numbered), _NUMBER, "left")
            self._frame = self._frame.drop(_NUMBER)
            return
        here = {key: f"{key}_here" for key in keys}
        other = create(table).withColumnsRenamed(here)
        on = reduce(and_, (_equal(key, here[key], table.column(key).null_count) for key in keys))
        self._frame = self._frame.join(F.broadcast(other), on, "left").drop(*here.values())

    def result(self, added: Sequence[str]) -> DataFrame:
        """The frame with the added columns."""
        columns = {name: F.col(quoted(name)) for name in (*self.names, *added)}
        fault = F.coalesce(columns["price_problem"], F.lit(CHANGED))
        columns["price_problem"] = F.when(columns["cost"].isNull(), fault).alias("price_problem")
        columns["certainty"] = F.coalesce(columns["certainty"], F.lit(UNKNOWN)).alias("certainty")
        return self._frame.select(*columns.values())

    def totals(self, keys: Sequence[str]) -> DataFrame:
        """Sums by columns."""
        by = [F.col(quoted(name)) for name in keys]
        gathered, shown = ([F.expr(sql).alias(name) for name, sql in columns.items()] for columns in (GATHERED, SHOWN))
        return self._frame.groupBy(*by).agg(*gathered).select(*by, *shown)


def _are_told_apart(values: pa.Array) -> bool:
    """Whether an expression can compare a column with each of its values."""
    return BEYOND not in cells_of_arrow(values) and any(is_a(values.type) for is_a in _TOLD_APART)


def quoted(name: str) -> str:
    """A name as Spark takes any.

    >>> quoted("a.b")
    '`a.b`'
    """
    return "`" + name.replace("`", "``") + "`"


def _numbered(table: pa.Table, keys: Mapping[str, pa.Array]) -> tuple[pa.Array, Column]:
    """A number for each combination of key columns, and the expression that gives it: null for another value."""
    numbers, number = pa.repeat(pa.scalar(0, pa.int64()), table.num_rows), F.lit(0).cast("bigint")
    for key, values in keys.items():
        places = pc.index_in(table.column(key).combine_chunks(), value_set=values)
        numbers = pc.add(pc.multiply(numbers, len(values)), places.cast(pa.int64()))
        number = number * F.lit(len(values)) + _place(F.col(key), values.to_pylist())
    return numbers, number


def _place(column: Column, values: Sequence[Any]) -> Column:
    """Which of a few values a column has, from 0; null for none of them."""
    found: Any = F
    for place, value in enumerate(values):
        found = found.when(column.isNull() if value is None else column == _literal(value), F.lit(place))
    return found if values else F.lit(None).cast("int")


def _literal(value: Any) -> Column:
    # a date goes as text, since Spark reads those of Python wrongly before the year 1000
    return F.lit(value.isoformat()).cast("date") if isinstance(value, date) else F.lit(value)


def _equal(one: str, other: str, nulls: Any) -> Column:
    return F.col(one).eqNullSafe(F.col(other)) if nulls else F.col(one) == F.col(other)


def _key(name: str, kind: T.DataType) -> Column:
    column = F.col(quoted(name))
    if not isinstance(kind, _PLAIN):
        column = F.when(column.isNotNull(), F.lit(True))
    elif isinstance(kind, (T.FloatType, T.DoubleType)):
        column = F.when(~F.isnan(column), column)
    elif isinstance(kind, T.TimestampType):  # an instant, whatever the session shows
        column = F.date_from_unix_date(F.floor(F.unix_micros(column) / F.lit(_MICROSECONDS)).cast("int"))
    elif isinstance(kind, T.TimestampNTZType):
        column = F.to_date(column)
    return column


class _Frames:
    classes = ("DataFrame",)
    folds_case = True

    def names(self, frame: DataFrame) -> list[str]:
        return list(frame.columns)

    def values(self, frame: DataFrame, at: Sequence[int], distinct: bool) -> Sequence[Sequence[Any]]:
        names = [quoted(frame.columns[place]) for place in at]
        if not distinct:
            return _columns(frame.select(*names).limit(FIRST))
        return [cells for name in names for cells in _columns(frame.select(name).distinct().limit(MOST))]

    def priced(self, frame: DataFrame, book: PriceBook | None, as_of: date | None) -> Any:
        return priced(_Query(frame), book, as_of)

    def totals(self, frame: DataFrame, keys: Sequence[str]) -> DataFrame:
        return _Query(frame).totals(keys)

    def validated(self, frame: DataFrame, book: PriceBook | None, as_of: date | None) -> DataFrame:
        """The frame with its faults, found by its workers."""
        names = list(frame.columns)

        def of_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            known = Validator(book, as_of, names)
            for batch in batches:
                named = pa.RecordBatch.from_arrays(batch.columns, names=names)
                yield pa.RecordBatch.from_arrays([*batch.columns, known.of_arrow(named)], names=[*names, PROBLEM])

        schema = T.StructType([*frame.schema.fields, T.StructField(PROBLEM, T.StringType())])
        plain = frame.toDF(*(f"c{at}" for at in range(len(names))))  # mapInArrow trips over dots in names
        return plain.mapInArrow(of_batches, schema)


def _columns(frame: DataFrame) -> list[list[Any]]:
    return [cells_of_arrow(column) for column in frame.toArrow().columns]


ENGINE: Engine = _Frames()
