"""Frames of jobs and answers: wrong rows beside the objects; a million jobs beside one merge of their ids."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from itertools import zip_longest

import numpy as np
import pandas as pd
import pyarrow as pa

import kling_cost as kc
from benchmarks.measure import Figure, best_of
from tests.frame_engines import ENGINES
from tests.reconciliation.planted import Generator
from tests.reconciliation.sheets import answer_rows, arrow, as_text, frame_of, job_rows

PLANTED_JOBS, SEEDS = 5_000, (1, 2)
JOBS = 1_000_000
LOCAL = [engine for engine in ENGINES if engine.part not in ("dask", "pyspark")]
_FIRST = 1_757_169_743  # seconds since 1970


def figures() -> Iterator[Figure]:
    """How many rows differ from those of the objects, on every engine; the time of a million jobs."""
    wrong = sum(_wrong(seed) for seed in SEEDS)
    names = ", ".join(engine.name for engine in LOCAL)
    detail = f"planted sets, seeds {', '.join(map(str, SEEDS))}; {names}; lines shuffled and doubled"
    yield Figure(f"{PLANTED_JOBS:,} jobs: rows unlike those of objects", "kc.reconcile", wrong, 0, "", detail=detail)
    jobs, answers = _frames()
    named = jobs[["job_id"]], answers[["job_id", "task_id"]]
    given = {"pandas": (jobs, answers)} | {
        engine.name: tuple(engine.frame(pa.Table.from_pandas(frame)) for frame in (jobs, answers))
        for engine in LOCAL
        if engine.name in ("polars", "duckdb")
    }
    for name, frames in given.items():
        ways = [partial(kc.reconcile_frame, *frames), partial(pd.merge, *named, on="job_id", how="outer")]
        ours, theirs = best_of(ways, rounds=4)
        what = f"{JOBS:,} jobs × {2 * JOBS:,} answers, {name}"
        detail = f"{ours:.2f} s beside {theirs:.2f} s"
        yield Figure(what, "pandas outer merge of the ids", ours / theirs, 3.0, detail=detail)


def _wrong(seed: int) -> int:
    """How many rows of a planted set are not what the objects say."""
    planted = Generator(seed, PLANTED_JOBS).out
    jobs, answers = (as_text(frame_of(rows)) for rows in (job_rows(planted.jobs), answer_rows(planted.lines)))
    answers = pd.concat([answers, answers]).sample(frac=1, random_state=seed)
    true = kc.reconcile(kc.estimate(jobs), kc.read_responses(answers)).to_frame()
    rows = pa.Table.from_pandas(true, preserve_index=False).to_pylist()
    wrong = 0
    for engine in LOCAL:
        told = kc.reconcile_frame(engine.frame(arrow(jobs)), engine.frame(arrow(answers)))
        wrong += sum(one != other for one, other in zip_longest(rows, engine.give(told).to_pylist()))
    return wrong


def _frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A million jobs as due, one in a hundred with half as much again; a reservation and a settlement each."""
    pick = random.Random(1)
    unit = {("720p", "off"): 54_000, ("720p", "on"): 81_000, ("1080p", "off"): 71_982, ("1080p", "on"): 108_000}
    asked = [(*pick.choice(list(unit)), pick.randint(3, 15), 15 if pick.random() < 0.01 else 10) for _ in range(JOBS)]
    quality, sound, seconds, _ = zip(*asked, strict=True)
    ids = [f"job-{number:07d}" for number in range(JOBS)]
    prompts = [f"Shot {number} of a harbour in fog, slow push in" for number in range(JOBS)]
    model = "kling-v3-text-to-video"
    jobs = pd.DataFrame({"job_id": ids, "model": model, "duration": seconds, "quality": quality, "sound": sound,
                         "prompt": prompts})  # fmt: skip
    amount = np.array([unit[q, s] * d * f / 100_000 for q, s, d, f in asked])
    tasks = [f"task-unified-{_FIRST + number}-{number:08x}" for number in range(JOBS)]
    twice = {
        "job_id": ids,
        "task_id": tasks,
        "model": [model] * JOBS,
        "duration": seconds,
        "created": range(_FIRST, _FIRST + JOBS),
    }
    answers = pd.DataFrame({name: np.repeat(np.array(values), 2) for name, values in twice.items()})
    is_last = np.tile([False, True], JOBS)
    answers = answers.astype({"job_id": "str", "task_id": "str", "model": "str"}).assign(
        provider="evolink",
        status=pd.Series(np.where(is_last, "completed", "pending"), dtype="str"),
        progress=np.where(is_last, 100, 0),
        reserved=np.repeat(amount, 2),
        settled=np.where(is_last, np.repeat(amount, 2), np.nan),
    )
    return jobs, answers
