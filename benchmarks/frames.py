"""Frames of every engine: `price_frame` beside a join written by hand; memory beside the result; Spark with totals."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import kling_cost as kc
from benchmarks import frame_engines as engines
from benchmarks.frame_engines import Engine, rows_of, unlike
from benchmarks.frame_rivals import AS_OF, jobs, price_list, spark_join
from benchmarks.measure import PROJECT, Figure, best_of
from tests.engines import spark_session

MILLION = 1_000_000
_ROUNDS = {MILLION: 7, 10 * MILLION: 2}
_BY = ["quality", "sound"]
_ON_PANDAS = {engines.OBJECTS: 1.0, engines.TEXT: 1.0, engines.CATEGORIES: 0.2}
_IN_PLACE = (engines.POLARS, engines.POLARS_LAZY, engines.PYARROW, engines.DUCKDB)


def figures() -> Iterator[Figure]:
    """Time beside joins by hand, memory, Spark."""
    price_list()
    for engine, goal in _ON_PANDAS.items():
        yield _beside(engine, MILLION, "DuckDB join on the frame", goal)
    for count in (MILLION, 10 * MILLION):
        for engine in _IN_PLACE:
            yield _beside(engine, count, "exact join by hand in the same engine", 1.3)
    yield _memory(10 * MILLION)
    yield _spark(10 * MILLION)
    jobs.cache_clear()


def _beside(engine: Engine, count: int, rival: str, goal: float) -> Figure:
    frame = rows_of(count, engine)
    ours, theirs = best_of([partial(engine.ours, frame), partial(engine.theirs, frame)], _ROUNDS[count])
    detail = f"{ours:.3f} s beside {theirs:.3f} s; {unlike(engine, frame)}"
    return Figure(f"price_frame, {engine.name}, {count:,} rows", rival, ours / theirs, goal, detail=detail)


_MEMORY = """
import ctypes, gc, sys
import pyarrow as pa
import kling_cost as kc
from benchmarks import frame_engines as engines
from benchmarks.frame_rivals import ADDED, AS_OF, jobs

def held(which):
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(which + ":"))

frame = engines.TEXT.take(jobs(int(sys.argv[1])))
jobs.cache_clear()
kc.price_frame(frame[:1000], as_of=AS_OF)
before = held("VmRSS")
open("/proc/self/clear_refs", "w").write("5")
priced = kc.price_frame(frame, as_of=AS_OF)
peak = held("VmHWM")
size = sum(pa.chunked_array(pa.array(priced[name])).nbytes for name in ADDED)
print(peak - min(before + size, held("VmRSS")), size)
"""


def _memory(count: int) -> Figure:
    """How much more the process held at its worst than frame and result together, by Linux's own account."""
    command = [sys.executable, "-c", _MEMORY, str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT)
    extra, size = (int(word) / 1024**2 for word in done.stdout.split())
    what = f"price_frame, {engines.TEXT.name}, {count:,} rows: extra memory"
    return Figure(what, "frame and result", extra, 300, " MiB", detail=f"the added columns take {size:,.0f} MiB")


def _spark(count: int) -> Figure:
    from pyspark.sql import functions as F

    def totals(priced: Any) -> Any:
        cost, usd = F.sum("cost").alias("cost"), F.sum("usd").alias("usd")
        return priced.groupBy(*_BY, "currency").agg(F.count("cost").alias("jobs"), cost, usd)

    names = [*_BY, "currency", "jobs", "cost", "usd"]
    session = spark_session()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "jobs.parquet_sheets"))
        pq.write_table(jobs(count), path, row_group_size=MILLION)

        def ours() -> Any:
            return kc.totals(kc.price_frame(session.read.parquet(path), as_of=AS_OF), _BY).select(names).collect()

        def theirs() -> Any:
            return totals(spark_join(session.read.parquet(path))).select(names).collect()

        alike = sorted(map(str, ours())) == sorted(map(str, theirs()))
        one, other = best_of([ours, theirs], rounds=4)
    detail = f"{one:.2f} s beside {other:.2f} s; {'same totals' if alike else 'OTHER TOTALS'}"
    what = f"price_frame and totals by {', '.join(_BY)}, PySpark on two cores, Parquet of {count:,} rows"
    return Figure(what, "broadcast join and sums by hand", one / other, 1.3, detail=detail)
