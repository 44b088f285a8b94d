"""Frames of jobs and answers: wrong rows beside the objects; a million jobs beside one merge of their ids."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pandas as pd

import kling_cost as kc
from benchmarks.measure import Figure, best_of
from tests.actuals.planted import Generator
from tests.actuals.sheets import ENGINES, answer_rows, as_text, back, frame_of, job_rows

PLANTED_JOBS, SEEDS = 5_000, (1, 2)
JOBS = 1_000_000
_FIRST = 1_757_169_743  # seconds since 1970


def figures() -> Iterator[Figure]:
    """How many rows differ from those of the objects, on every engine; the time of a million jobs."""
    wrong = sum(_wrong(seed) for seed in SEEDS)
    detail = f"planted sets, seeds {', '.join(map(str, SEEDS))}; {', '.join(ENGINES)}; lines shuffled and doubled"
    yield Figure(f"{PLANTED_JOBS:,} jobs: rows unlike those of objects", "kc.reconcile", wrong, 0, "", detail=detail)
    jobs, answers = _frames()
    named = jobs[["job_id"]], answers[["job_id", "task_id"]]
    for engine in ("pandas", "polars", "duckdb"):
        given = ENGINES[engine](jobs), ENGINES[engine](answers)
        ours, theirs = best_of(
            [lambda g=given: kc.reconcile_frame(*g), lambda: pd.merge(*named, on="job_id", how="outer")], rounds=4
        )  # type: ignore[misc]
        what = f"{JOBS:,} jobs × {2 * JOBS:,} answers, {engine}"
        detail = f"{ours:.2f} s beside {theirs:.2f} s"
        yield Figure(what, "pandas outer merge of the ids", ours / theirs, 3.0, detail=detail)


def _wrong(seed: int) -> int:
    """How many rows of a planted set are not what the objects say."""
    planted = Generator(seed, PLANTED_JOBS).out
    jobs, answers = (as_text(frame_of(rows)) for rows in (job_rows(planted.jobs), answer_rows(planted.lines)))
    answers = pd.concat([answers, answers]).sample(frac=1, random_state=seed)
    true = kc.reconcile(kc.estimate(jobs), kc.read_responses(answers)).to_frame()
    wrong = 0
    for make in ENGINES.values():
        told = back(kc.reconcile_frame(make(jobs), make(answers)))
        same = [told[name].equals(true[name]) for name in true]
        wrong += 0 if all(same) and len(told) == len(true) else max(len(told), len(true))
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
