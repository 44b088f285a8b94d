"""How the cost of `price_frame` grows with the number of rows, engine by engine.

`python -m benchmarks.growth` writes the times to docs/explanation/scale.csv;
`python -m docs.scale_plot` draws them.
"""

from __future__ import annotations

import csv
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path

import pyarrow.parquet as pq

import kling_cost as kc
from benchmarks import frame_engines as engines
from benchmarks.frame_engines import rows_of
from benchmarks.frame_rivals import AS_OF, jobs
from benchmarks.measure import PROJECT, Figure, best_of
from tests.engines import spark_session

SIZES = {10_000: 30, 100_000: 15, 1_000_000: 7, 10_000_000: 3}  # rows: how often each is measured
MEASURED = (engines.TEXT, engines.POLARS, engines.PYARROW, engines.DUCKDB)
PARTS = ("kling-cost", "pandas", "polars", "pyarrow", "duckdb", "pyspark")
SPARK, FILES = "PySpark, Parquet to totals", (1, 10, 100)  # files of a million rows
PATH = PROJECT / "docs" / "explanation" / "scale.csv"


def figures() -> Iterator[Figure]:
    """Ten times the rows in about ten times the time."""
    for name, times in seconds().items():
        detail = "; ".join(f"{rows:,} rows {time:.3g} s" for rows, time in times.items())
        *_, less, most = times.values()
        yield Figure(f"price_frame, {name}, 10,000,000 rows", "1,000,000 rows", most / less, 12, detail=detail)


def seconds() -> Mapping[str, Mapping[int, float]]:
    """The best time of each engine for each number of rows; the engines take turns."""
    found: dict[str, dict[int, float]] = {engine.name: {} for engine in MEASURED}
    for rows, rounds in SIZES.items():
        ways = [partial(engine.ours, rows_of(rows, engine)) for engine in MEASURED]
        for engine, time in zip(MEASURED, best_of(ways, rounds), strict=True):
            found[engine.name][rows] = time
        jobs.cache_clear()
    return found


def spark_seconds() -> Mapping[int, float]:
    """The best time of reading, pricing and totals by quality and sound, on two cores."""
    found, session = {}, spark_session()
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder, "0.parquet")
        pq.write_table(jobs(1_000_000), first)

        def run() -> object:
            priced = kc.price_frame(session.read.parquet(folder), as_of=AS_OF)
            return kc.totals(priced, ["quality", "sound"]).collect()

        for files in FILES:
            for name in range(1, files):
                Path(folder, f"{name}.parquet").unlink(missing_ok=True)
                Path(folder, f"{name}.parquet").hardlink_to(first)
            (found[files * 1_000_000],) = best_of([run], 2 if files == FILES[-1] else 6)
    return found


def main() -> None:
    """Write the times."""
    versions = ", ".join(f"{name} {version(name)}" for name in PARTS)
    machine = f"{platform.machine()}, {os.cpu_count()} cores; Python {platform.python_version()}, {versions}"
    measured = {**seconds(), SPARK: spark_seconds()}
    with open(PATH, "w", encoding="utf-8", newline="") as file:
        file.write(f"# seconds of price_frame, best of several runs that took turns; {machine}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["engine", "rows", "seconds"])
        for name, times in measured.items():
            writer.writerows((name, rows, f"{time:.4f}") for rows, time in times.items())


if __name__ == "__main__":
    sys.exit(main())
