"""Jobs to price, and the joins that a good engineer writes by hand where there is no library: exact, in each engine.

The engineer takes the published prices (`kling-cost prices table`), crosses them with the seconds and takes that occur,
and works out all eight columns once for each, so that the join only looks them up and nothing is multiplied row by row.
The data is clean but for a missing quality in every fiftieth row, which the price list knows as the default; so a rival
looks at less than `price_frame` does, which has to find out what the columns hold.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.measure import PROJECT
from kling_cost.frames import ADDED_COLUMNS

ADDED = list(ADDED_COLUMNS)
KEYS = ["model", "duration", "quality", "sound", "takes"]
MODELS = ("kling-v3-text-to-video", "kling-v3-image-to-video", "pro-text-to-video", "std-image-to-video")
AS_OF = date(2026, 11, 20)
_SHARES = (0.4, 0.3, 0.2, 0.1)
_WITHOUT_QUALITY = 2  # from this model on, quality is no option
_SECONDS, _TAKES = range(3, 16), range(1, 5)
_DEFAULT = "720p"
_PER_USD = {"EVOLINK_CREDIT": 72}


@cache
def jobs(count: int) -> pa.Table:
    """So many jobs of four models, every combination of options among them, in no order."""
    pick = np.random.default_rng(7)
    model = pick.choice(len(MODELS), count, p=_SHARES)
    no_quality = (model >= _WITHOUT_QUALITY) | (pick.random(count) < 0.02)
    clients = [f"Client {number}" for number in range(20)]
    return pa.table(
        {
            "job_id": pc.binary_join_element_wise("job", pa.array(range(count)).cast(pa.string()), "-"),
            "model": _words(model, MODELS),
            "duration": pa.array(pick.integers(_SECONDS.start, _SECONDS.stop, count)),
            "quality": _words(pick.integers(0, 2, count), ("720p", "1080p"), no_quality),
            "sound": _words(pick.integers(0, 2, count), ("off", "on")),
            "takes": pa.array(pick.integers(_TAKES.start, _TAKES.stop, count)),
            "client": _words(pick.integers(0, len(clients), count), clients),
        }
    )


def _words(places: Any, words: Any, missing: Any = None) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32), mask=missing), list(words)).cast(
        pa.string()
    )


@cache
def price_list() -> pa.Table:
    """What each combination of options, seconds and takes costs; a missing quality is the empty text."""
    command = [sys.executable, "-m", "kling_cost", "prices", "table", "--format", "csv", "--as-of", str(AS_OF)]
    done = subprocess.run(command, check=True, capture_output=True, cwd=PROJECT)
    rows = []
    for listed in csv.DictReader(done.stdout.decode("utf-8-sig").splitlines()):
        if listed["model"] in MODELS:
            rows += _rows(listed, listed["quality"], "")
            if listed["quality"] == _DEFAULT:
                rows += _rows(listed, "", "quality")
    named = zip([*KEYS, *ADDED], zip(*rows, strict=True), strict=True)
    return pa.table({name: pa.array(cells, ADDED_COLUMNS.get(name)) for name, cells in named})


def _rows(listed: dict[str, str], quality: str, defaults: str) -> list[tuple[Any, ...]]:
    price, currency = Decimal(listed["unit_price"]), listed["currency"]
    since, per_usd = date.fromisoformat(listed["effective_from"]), _PER_USD.get(listed["currency"])
    rows = []
    for seconds in _SECONDS:
        for takes in _TAKES:
            cost = price * seconds * takes
            usd = (cost / per_usd).quantize(Decimal("1e-12"), ROUND_HALF_UP) if per_usd else None
            keys = (listed["model"], seconds, quality, listed["sound"], takes)
            rows.append((*keys, seconds, price, cost, currency, usd, since, defaults, None, "exact", None, None))
    return rows


_SQL = """
    SELECT {own}billed_quantity, unit_price, cost, currency, usd, rate_effective_from, defaults_applied,
        CASE WHEN cost IS NULL THEN 'no price' END AS price_problem,
        coalesce(certainty, 'unknown') AS certainty, cost_least, cost_most
    FROM {jobs} AS jobs LEFT JOIN {prices} AS prices ON jobs.model = prices.model AND jobs.duration = prices.duration
        AND coalesce(jobs.quality, '') = prices.quality AND jobs.sound = prices.sound AND jobs.takes = prices.takes
"""


def duckdb_on_pandas(frame: pd.DataFrame) -> pa.Table:
    """The added columns of a frame of pandas, as Arrow's, by DuckDB."""
    with duckdb.connect() as connection:
        connection.register("jobs", frame)
        connection.register("prices", price_list())
        return connection.sql(_SQL.format(own="", jobs="jobs", prices="prices")).to_arrow_table()


def duckdb_join(connection: duckdb.DuckDBPyConnection, jobs_table: str, made: str) -> None:
    """A table of the jobs with the added columns, by DuckDB; `prices` is a table there."""
    sql = _SQL.format(own="jobs.*, ", jobs=jobs_table, prices="prices")
    connection.execute(f"CREATE OR REPLACE TABLE {made} AS {sql}")


def polars_join(frame: pl.DataFrame) -> pl.DataFrame:
    """The jobs with the added columns, in their order."""
    return polars_join_lazy(frame.lazy()).collect()


def polars_join_lazy(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The same, not collected."""
    prices = pl.from_arrow(price_list()).lazy()  # type: ignore[union-attr]
    left = ["model", "duration", pl.col("quality").fill_null(""), "sound", "takes"]
    found = frame.join(prices, left_on=left, right_on=KEYS, how="left", maintain_order="left")
    problem = pl.when(pl.col("cost").is_null()).then(pl.lit("no price"))
    return found.with_columns(price_problem=problem).select(*frame.collect_schema().names(), *ADDED)


def arrow_join(table: pa.Table) -> pa.Table:
    """The jobs with the added columns; Arrow's join keeps no order."""
    keyed = table.append_column("key", pc.fill_null(table.column("quality"), ""))
    found = keyed.join(price_list().rename_columns({"quality": "key"}), [*KEYS[:2], "key", *KEYS[3:]])
    problem = pc.if_else(pc.is_null(found.column("cost")), pa.scalar("no price"), pa.scalar(None, pa.string()))
    at = found.column_names.index("price_problem")
    return found.set_column(at, "price_problem", problem).drop_columns(["key"])


def spark_join(frame: Any) -> Any:
    """The jobs with the added columns, by a broadcast join."""
    from pyspark.sql import functions as F

    prices = frame.sparkSession.createDataFrame(price_list()).withColumnRenamed("quality", "key")
    keyed = frame.withColumn("key", F.coalesce("quality", F.lit("")))
    found = keyed.join(F.broadcast(prices), [*KEYS[:2], "key", *KEYS[3:]], "left").drop("key")
    return found.withColumn("price_problem", F.when(F.col("cost").isNull(), "no price"))
