"""What is known of two plans of a hundred thousand jobs, nearly all of them changed, beside pricing one of them."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import kling_cost as kc
from benchmarks.measure import Figure, best_of

JOBS = 100_000
_ROUNDS = 3
_GOAL = 2.5


def figures() -> Iterator[Figure]:
    """`kc.diff` with every sum of it, beside `kc.estimate` of the same jobs."""
    with tempfile.TemporaryDirectory() as folder:
        files = [_written(Path(folder, f"{seed}.jsonl"), seed) for seed in (1, 2)]
        book = kc.load_prices("evolink-2026-10-10")
        old, new = kc.estimate(files[0]), kc.estimate(files[1], book)

        def price() -> None:
            kc.estimate(files[1], book)

        def compare() -> None:
            change = kc.diff(old, new)
            assert change.steps
            assert change.tags
            assert change.totals_in

        compared, priced = best_of([compare, price], _ROUNDS)
        changed = sum(job.status != "same" for job in kc.diff(old, new).jobs)
    detail = f"{compared:.1f} s beside {priced:.1f} s; {changed:,} jobs changed"
    yield Figure(f"kc.diff, {JOBS:,} jobs", "kc.estimate", compared / priced, _GOAL, "× the time", False, detail)


def _written(path: Path, seed: int) -> Path:
    chance = random.Random(seed)
    with path.open("w") as stream:
        for number in range(JOBS):
            request = {
                "model": "kling-v3-text-to-video",
                "prompt": "Fog",
                "duration": chance.randint(3, 15),
                "quality": chance.choice(["720p", "1080p"]),
                "sound": chance.choice(["on", "off"]),
            }
            tags = {"scene": f"scene {chance.randint(1, 40)}", "client": f"client {chance.randint(1, 5)}"}
            job = {"job_id": f"job-{number}", "takes": chance.randint(1, 6), "tags": tags, "request": request}
            stream.write(json.dumps(job) + "\n")
    return path
