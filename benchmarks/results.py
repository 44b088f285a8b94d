"""Line items as frames and Parquet: CPU time beside pricing a frame of the same rows, and per row."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq

import kling_cost as kc
from benchmarks.frame_rivals import AS_OF, jobs
from benchmarks.measure import Figure, process
from benchmarks.summary import command_words
from kling_cost.results.arrow_tables import pandas_frame

FEW, MILLION = 50_000, 1_000_000
_ROUNDS = 5
_MICRO = 1_000_000


def figures() -> Iterator[Figure]:
    """A frame of line items, and their files by both ways of the command."""
    table = jobs(FEW)
    frame = pandas_frame(table)
    estimate = kc.estimate(table, as_of=AS_OF)
    assert len(estimate.line_items) == FEW
    ours, theirs = _cpu([estimate.to_frame, lambda: kc.price_frame(frame, as_of=AS_OF)], _ROUNDS, time.process_time)
    detail = f"{ours * 1000:.0f} ms beside {theirs * 1000:.0f} ms of CPU"
    yield Figure(f"to_frame of {FEW:,} line items", "price_frame of the same rows", ours / theirs, 5, detail=detail)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "lines.parquet")
        (took,) = _cpu([lambda: kc.write_report(path, estimate)], _ROUNDS, time.process_time)
        yield _a_row(f"{FEW:,} line items written as Parquet, write_report", took / FEW)
        rows = Path(name, "jobs.parquet")
        pq.write_table(jobs(MILLION), rows)
        words = command_words(rows)
        alone, written = _cpu([process(*words), process(*words, "-o", str(path))], 2, _of_children)
        yield _a_row(f"{MILLION:,} line items written as Parquet, estimate --summary -o", (written - alone) / MILLION)
    jobs.cache_clear()


def _a_row(what: str, seconds: float) -> Figure:
    return Figure(what, "CPU time of a row", seconds * _MICRO, 3, " µs")


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _cpu(ways: Sequence[Callable[[], object]], rounds: int, clock: Callable[[], float]) -> list[float]:
    """The least CPU seconds of each way, the ways taking turns."""
    best = [float("inf")] * len(ways)
    for _ in range(rounds):
        for at, way in enumerate(ways):
            begin = clock()
            way()
            best[at] = min(best[at], clock() - begin)
    return best
