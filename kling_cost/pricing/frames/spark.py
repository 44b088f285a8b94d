"""Frames of PySpark: the table of combinations is sent to every worker and joined there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from operator import and_
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from kling_cost.pricing.frames.joined import CHANGED, INNER
from kling_cost.pricing.frames.schema import COST, MONEY

_PLAIN = (T.StringType, T.NumericType, T.BooleanType, T.DateType, T.TimestampType, T.TimestampNTZType, T.BinaryType)


class SparkEngine:
    """A data frame that is being priced.

    Args:
        frame: any data frame; it is not computed but for its distinct combinations.
    """

    def __init__(self, frame: DataFrame) -> None:
        self._frame = frame
        self.names: Sequence[str] = frame.columns
        self._kinds = {field.name: field.dataType for field in frame.schema.fields}

    def with_keys(self, names: Sequence[str]) -> Collection[str]:
        """Add the key columns."""
        self._frame = self._frame.select("*", *(_key(name, self._kinds[name]) for name in names))
        return [name for name in names if not isinstance(self._kinds[name], _PLAIN)]

    def distinct(self, names: Sequence[str], most: int) -> pa.Table:
        """The distinct combinations of columns, as Arrow."""
        if not names:
            return pa.table({})
        found = self._frame.select(*names).distinct()
        table: pa.Table = (found.limit(most) if most else found).toArrow()
        return table

    def join(self, table: pa.Table, keys: Sequence[str]) -> None:
        """Left join with the broadcast table."""
        here = {key: f"{key}_here" for key in keys}
        other = self._frame.sparkSession.createDataFrame(table).withColumnsRenamed(here)
        if not keys:
            self._frame = self._frame.crossJoin(F.broadcast(other))
            return
        on = reduce(and_, (_equal(key, here[key], table.column(key).null_count) for key in keys))
        self._frame = self._frame.join(F.broadcast(other), on, "left").drop(*here.values())

    def result(self, added: Sequence[str]) -> DataFrame:
        """The frame with the added columns."""
        columns = {name: F.col(_quoted(name)) for name in (*self.names, *added)}
        fault = F.coalesce(columns["price_problem"], F.lit(CHANGED))
        columns["price_problem"] = F.when(columns["cost"].isNull(), fault).alias("price_problem")
        return self._frame.select(*columns.values())

    def totals(self, keys: Sequence[str]) -> DataFrame:
        """Sums by columns."""
        cost, usd = F.col("cost"), F.col("usd")
        return self._frame.groupBy(*(F.col(_quoted(name)) for name in keys)).agg(
            F.count(cost).alias("jobs"),
            F.sum(cost.isNull().cast("bigint")).alias("unpriced"),
            F.sum(cost).cast(_decimal(COST)).alias("cost"),
            F.sum(usd).cast(_decimal(MONEY)).alias("usd"),
        )


def _decimal(kind: pa.Decimal128Type) -> T.DecimalType:
    return T.DecimalType(kind.precision, kind.scale)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _equal(one: str, other: str, nulls: Any) -> Column:
    return F.col(one).eqNullSafe(F.col(other)) if nulls else F.col(one) == F.col(other)


def _key(name: str, kind: T.DataType) -> Column:
    column = F.col(_quoted(name))
    if not isinstance(kind, _PLAIN):
        column = F.when(column.isNotNull(), F.lit(True))
    elif isinstance(kind, (T.FloatType, T.DoubleType)):
        column = F.when(~F.isnan(column), column)
    elif isinstance(kind, (T.TimestampType, T.TimestampNTZType)):
        column = F.to_date(column)
    return column.alias(INNER + name)
