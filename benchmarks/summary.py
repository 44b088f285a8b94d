"""Summaries of files larger than most: beside pydantic alone, and beside engines that join prices and sum up."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from benchmarks.jobs import published_bodies
from benchmarks.measure import PROJECT, Figure, best_of, process
from kling_cost.pricebook.load import load_prices

BODIES = 1_000_000
ROWS = 10_000_000
_ROUNDS = 3
_GOAL = 1.5
_BARE_GOAL = {"csv": 1.5, "parquet": 2.5}
_DUTIES_GOAL = 1.0
_GATED = 1_000_000
_GATE_GOAL = 1.2
_MOST_MEMORY = 512
_MIB = 1024**2
_BATCH = 1_000_000
_MODELS = ("kling-v3-text-to-video", "kling-v3-image-to-video")
_CLIENTS = 25
_GROUP, _RESIDENT = 2, 21  # fields of /proc/PID/stat after the name
_LOOK = 0.05  # seconds between two looks at the memory

_BARE = """
import sys
from benchmarks.jobs import base_models
models = base_models()
with open(sys.argv[1], "rb") as lines:
    for at, line in enumerate(lines):
        models[at % len(models)].model_validate_json(line)
"""
#: What is asked of both engines: jobs, takes and cost by model and by client, at prices that are looked up.
_POLARS = """
import json, sys
import polars as pl
scan = pl.scan_csv if sys.argv[1].endswith(".csv") else pl.scan_parquet
prices = pl.read_csv(sys.argv[2]).lazy()
rows = scan(sys.argv[1]).join(prices, on=["model", "quality", "sound"]).select(
    "model", "tag:client", "takes", cost=pl.col("ten_thousandths") * pl.col("duration") * pl.col("takes"))
sums = [pl.len().alias("jobs"), pl.sum("takes"), pl.sum("cost")]
found = pl.collect_all([rows.group_by(name).agg(sums) for name in ("model", "tag:client")])
print(json.dumps(sorted(row for one in found for row in one.rows())))
"""
_DUCKDB = """
import json, sys
import duckdb
duckdb.sql("set enable_progress_bar = false")
read = "read_csv" if sys.argv[1].endswith(".csv") else "read_parquet"
found = duckdb.sql(f'''
    select coalesce(jobs.model, "tag:client"), count(*), sum(takes)::bigint,
           sum(ten_thousandths * duration * takes)::bigint
    from {read}('{sys.argv[1]}') jobs join read_csv('{sys.argv[2]}') prices using (model, quality, sound)
    group by grouping sets ((jobs.model), ("tag:client"))''').fetchall()
print(json.dumps(sorted(found)))
"""

#: The same, and how many ids stand more than once.
_DUTIES = (
    _DUCKDB
    + """
print(duckdb.sql(f'''select coalesce(sum(n - 1), 0)::bigint from
    (select count(*) n from {read}('{sys.argv[1]}') group by job_id)''').fetchall()[0][0])
"""
)


def figures() -> Iterator[Figure]:
    """Time and memory of a million bodies, of ten million rows as CSV and as Parquet, and of a gate on a million."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from _of_bodies(folder)
        yield from _of_rows(folder)
        yield _gate(folder)


def _of_bodies(folder: Path) -> Iterator[Figure]:
    path = folder / "bodies.jsonl"
    bodies = published_bodies()
    with open(path, "w", encoding="utf-8") as lines:
        for number in range(BODIES):
            body = dict(bodies[number % len(bodies)])
            if "prompt" in body:
                body["prompt"] += f", take {number}"
            lines.write(json.dumps(body) + "\n")
    words = command_words(path)
    found = json.loads(subprocess.run(words, capture_output=True, check=True, cwd=PROJECT).stdout)
    assert sum(total["jobs"] for total in found["totals"]) == BODIES
    ours, theirs = best_of([process(*words), process(sys.executable, "-c", _BARE, str(path))], _ROUNDS)
    what = f"{BODIES:,} bodies validated, priced and summed up, by the command"
    yield Figure(what, "bare model_validate_json on one core", ours / theirs, _GOAL, detail=_seconds(ours, theirs))
    yield _memory(what, words)
    path.unlink()


def _of_rows(folder: Path) -> Iterator[Figure]:
    prices = _prices(folder)
    for suffix in ("csv", "parquet"):
        path = folder / f"jobs.{suffix}"
        _write(path, ROWS)
        words = command_words(path)
        rivals = {
            name: [sys.executable, "-c", program, str(path), str(prices)]
            for name, program in (("Polars", _POLARS), ("DuckDB", _DUCKDB))
        }
        wanted = _sums(words)
        for name, command in rivals.items():
            told = json.loads(subprocess.run(command, capture_output=True, check=True, cwd=PROJECT).stdout)
            assert [tuple(row) for row in told] == wanted, f"{name} sums up otherwise"
        duties = [sys.executable, "-c", _DUTIES, str(path), str(prices)]
        commands = [words, *rivals.values(), *([duties] if suffix == "parquet" else [])]
        ours, *theirs = best_of([process(*command) for command in commands], _ROUNDS)
        seconds, name = min(zip(theirs, rivals, strict=False))
        what = f"{ROWS:,} rows of {suffix} held to every rule, ids compared, summed up, by the command"
        rival = f"{name}: join of prices and sums, no checks"
        yield Figure(what, rival, ours / seconds, _BARE_GOAL[suffix], detail=_seconds(ours, seconds))
        if suffix == "parquet":
            rival = "DuckDB: join of prices, sums, and repeated ids counted"
            yield Figure(what, rival, ours / theirs[-1], _DUTIES_GOAL, detail=_seconds(ours, theirs[-1]))
        yield _memory(what, words)
        path.unlink()


def _gate(folder: Path) -> Figure:
    """A verdict beside the sums that it is made of."""
    path = folder / "gate.parquet"
    _write(path, _GATED)
    summary = command_words(path)
    gate = [*(word if word != "estimate" else "check" for word in summary), "--budget", "999999999 USD"]
    found = json.loads(subprocess.run(gate, capture_output=True, check=True, cwd=PROJECT).stdout)
    assert sum(total["jobs"] for total in found["estimate"]["totals"]) == _GATED
    ours, theirs = best_of([process(*gate), process(*summary)], _ROUNDS)
    what = f"{_GATED:,} rows of parquet gated, by check --summary"
    return Figure(what, "estimate --summary", ours / theirs, _GATE_GOAL, detail=_seconds(ours, theirs))


def command_words(path: Path) -> list[str]:
    """The command that sums up a file."""
    words = ["estimate", str(path), "--summary", "--as-of", "2026-11-20", "--format", "json"]
    return [sys.executable, "-m", "kling_cost", *words]


def _seconds(ours: float, theirs: float) -> str:
    return f"{ours:.2f} s beside {theirs:.2f} s, whole processes"


def _memory(what: str, words: list[str]) -> Figure:
    peak = _peak_of_all(words) / _MIB
    return Figure(what, "memory of all its processes together", peak, _MOST_MEMORY, " MiB")


def _peak_of_all(words: list[str]) -> int:
    """The most memory that a command and its processes held together, looked at again and again, in bytes."""
    peak, page = 0, os.sysconf("SC_PAGE_SIZE")
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, cwd=PROJECT, start_new_session=True) as running:
        while running.poll() is None:
            pages = 0
            for path in Path("/proc").glob("[0-9]*/stat"):
                with contextlib.suppress(OSError):
                    fields = path.read_text().rpartition(")")[2].split()
                    pages += int(fields[_RESIDENT]) if int(fields[_GROUP]) == running.pid else 0
            peak = max(peak, pages * page)
            time.sleep(_LOOK)
    assert running.returncode == 0
    return peak


def _prices(folder: Path) -> Path:
    """The book's unit prices in ten-thousandths of a credit, for engines that have no exact decimals to join."""
    path, lines = folder / "prices.csv", ["model,quality,sound,ten_thousandths"]
    for model in _MODELS:
        _, sku = load_prices().sellers(model, None)[0]
        rate = sku.rate(None)
        assert rate is not None
        for options, price in rate.unit_prices.items():
            lines.append(f"{model},{','.join(options)},{int(price.price * 10_000)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _sums(words: list[str]) -> list[tuple[str, int, int, int]]:
    """What the engines print, from our JSON."""
    found = json.loads(subprocess.run(words, capture_output=True, check=True, cwd=PROJECT).stdout)["breakdowns"]
    rows = [*found["model"], *found["tag:client"]]
    return sorted((row["key"], row["jobs"], row["takes"], round(float(row["cost"]) * 10_000)) for row in rows)


def _write(path: Path, rows: int) -> None:
    """Jobs with ids of their own."""
    pick = np.random.default_rng(1)
    writer: pacsv.CSVWriter | pq.ParquetWriter | None = None
    for begin in range(0, rows, _BATCH):
        table = _table(pick, begin)
        if writer is None:
            made = pacsv.CSVWriter if path.suffix == ".csv" else pq.ParquetWriter
            plain = {"write_options": pacsv.WriteOptions(quoting_style="none")} if path.suffix == ".csv" else {}
            writer = made(str(path), table.schema, **plain)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def _table(pick: np.random.Generator, begin: int) -> pa.Table:
    def one_of(values: list[str]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pick.integers(0, len(values), _BATCH), values).cast(pa.string())

    return pa.table(
        {
            "job_id": [f"job-{number:08}" for number in range(begin, begin + _BATCH)],
            "model": one_of(list(_MODELS)),
            "duration": pick.integers(3, 16, _BATCH),
            "quality": one_of(["720p", "1080p"]),
            "sound": one_of(["on", "off"]),
            "takes": pick.integers(1, 6, _BATCH),
            "tag:client": one_of([f"client {number}" for number in range(_CLIENTS)]),
        }
    )
