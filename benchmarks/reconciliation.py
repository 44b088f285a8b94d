"""Reconciliation: planted differences found and invented; a million jobs beside a bare loop that only parses."""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import kling_cost as kc
from benchmarks.measure import Figure, best_of, peak_memory, process, python
from tests.reconciliation.planted import SUMS, Generator, Planted
from tests.reconciliation.test_planted import line

PLANTED_JOBS, SEEDS = 20_000, (1, 2, 3)
JOBS = 1_000_000
_GIB = 1024**3
_BARE = "import json\nfor name in {names!r}:\n    for text in open(name, 'rb'):\n        json.loads(text)\n"


def figures() -> Iterator[Figure]:
    """What is missed or invented among planted differences; time and memory of a million jobs."""
    wrong, found = 0, 0
    for seed in SEEDS:
        planted = Generator(seed, PLANTED_JOBS).out
        wrong += _wrong(planted)
        found += planted.findings.total()
    detail = (
        f"seeds {', '.join(map(str, SEEDS))}; {found:,} planted, lines shuffled and doubled, totals to the last digit"
    )
    yield Figure(
        f"{PLANTED_JOBS:,} jobs: missed, invented, wrong sums", "what was planted", wrong, 0, "", detail=detail
    )
    with tempfile.TemporaryDirectory() as folder:
        jobs, answers = Path(folder, "jobs.jsonl"), Path(folder, "answers.jsonl")
        _write(jobs, answers)
        words = ["-m", "kling_cost", "reconcile", str(jobs), "--responses", str(answers), "--as-of", "2026-11-20"]
        words += ["--ignore", "over_reserved"]  # they are found and shown, but the command ends well
        bare = python(_BARE.format(names=[str(jobs), str(answers)]))
        ours, theirs = best_of([process(sys.executable, *words), bare], rounds=2)
        detail = f"{ours:.1f} s beside {theirs:.1f} s, whole processes"
        what = f"{JOBS:,} jobs × {2 * JOBS:,} answers, by the command"
        yield Figure(what, "json.loads of the same lines", ours / theirs, 3.0, detail=detail)
        peak = peak_memory(sys.executable, *words)
        yield Figure(what, "memory at most", peak / _GIB, 3.0, " GiB", detail=f"{peak / 1024**2:,.0f} MiB")


def _wrong(planted: Planted) -> int:
    """How many findings are missed or invented and how many sums are not exact, of lines shuffled and doubled."""
    lines = [line(record) for record in planted.lines] * 2
    random.Random(planted.seed).shuffle(lines)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "answers.jsonl")
        path.write_text("\n".join(lines), encoding="utf-8")
        outcome = kc.reconcile(kc.estimate(planted.jobs), path)
    told = Counter((f.kind, f.job_id, f.task_id) for f in outcome.findings if f.kind != "duplicate_response")
    true = Counter({key: count for key, count in planted.findings.items() if key[0] != "duplicate_response"})
    sums = [getattr(t, name) != planted.totals[t.provider or ""][name] for t in outcome.totals for name in SUMS]
    return (told - true).total() + (true - told).total() + sum(sums)


def _write(jobs: Path, answers: Path) -> None:
    """A million jobs as due, one in a hundred with half as much again; two answers each."""
    pick = random.Random(1)
    unit = {("720p", "off"): 54_000, ("720p", "on"): 81_000, ("1080p", "off"): 71_982, ("1080p", "on"): 108_000}
    with open(jobs, "w", encoding="utf-8") as plan, open(answers, "w", encoding="utf-8") as given:
        for number in range(JOBS):
            (quality, sound), seconds = pick.choice(list(unit)), pick.randint(3, 15)
            amount = unit[quality, sound] * seconds * (15 if pick.random() < 0.01 else 10) / 100_000
            model, created = '"model": "kling-v3-text-to-video"', 1_757_169_743 + number
            plan.write(
                f'{{"job_id": "job-{number:07d}", "request": {{{model}, "prompt": "Shot {number} of a harbour in fog, '
                f'slow push in", "duration": {seconds}, "quality": "{quality}", "sound": "{sound}"}}}}\n'
            )
            body = (
                f'"created": {created}, "id": "task-unified-{created}-{number:08x}", {model}, '
                f'"object": "video.generation.task", "task_info": {{"can_cancel": true, "estimated_time": 180, '
                f'"video_duration": {seconds}}}, "type": "video", "usage": {{"billing_rule": "per_second", '
                f'"credits_reserved": {amount}, "user_group": "default"}}'
            )
            given.write(
                f'{{"job_id": "job-{number:07d}", "provider": "evolink", "stage": "create", "response": '
                f'{{{body}, "progress": 0, "status": "pending"}}}}\n'
                f'{{{body}, "progress": 100, "status": "completed"}}\n'
            )
