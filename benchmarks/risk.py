"""What a plan may really cost, beside its estimate, and beside drawing lots."""

from __future__ import annotations

import gc
import json
import random
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import kling_cost as kc
from benchmarks.measure import Figure, cpu_of
from kling_cost.planning.risk.cohorts import Cohort, cohorts_of

SIZES = (100_000, 1_000_000)
FEW, DRAWS = 1_000, 100_000
GOAL, GOAL_OF_DRAWS = 3, 0.1
RULES = """\
schema: 1
takes:
  hero: {where: {tag:class: hero}, success: 0.25, at_most: 12}
  broll: {where: {tag:class: broll}, success: 0.4, at_most: 6}
  draft: {where: {tag:class: draft}, success: 1 in 3, at_most: 5}
"""
RANGES = RULES.replace("0.25", "{low: 0.15, likely: 0.25, high: 0.35}").replace(
    "0.4,", "{low: 0.3, likely: 0.4, high: 0.5},"
)
CLASSES = ("hero", "broll", "draft")


def _evolink(chance: random.Random) -> Mapping[str, Any]:
    options = {"quality": chance.choice(["720p", "1080p"]), "sound": chance.choice(["on", "off"])}
    return {"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": chance.randint(3, 15), **options}


def _kling3api(chance: random.Random) -> Mapping[str, Any]:
    kind = chance.choice(["std-text-to-video", "pro-text-to-video", "o3-pro-text-to-video", "o3-std-text-to-video"])
    sound = {} if kind.startswith("o3") else {"sound": chance.choice([True, False])}
    return {"type": kind, "prompt": "Fog", "duration": chance.randint(3, 15), **sound}


SELLERS = {"EVOLINK_CREDIT": _evolink, "KLING3API_CREDIT": _kling3api}


def figures() -> Iterator[Figure]:
    """Each currency at each size beside its estimate, with numbers and with ranges; then beside a simulation."""
    with tempfile.TemporaryDirectory() as folder:
        rules = {
            name: _written(folder, f"{name}.yaml", text) for name, text in (("numbers", RULES), ("ranges", RANGES))
        }
        for currency in SELLERS:
            for size in SIZES:
                yield from _beside_estimate(folder, rules, currency, size)
            yield _beside_draws(folder, rules["numbers"], currency)


def _written(folder: str, name: str, text: str) -> Path:
    path = Path(folder, name)
    path.write_text(text, encoding="utf-8")
    return path


def _jobs(folder: str, currency: str, size: int) -> Path:
    chance, path = random.Random(size), Path(folder, f"{currency}-{size}.jsonl")
    with path.open("w", encoding="utf-8") as file:
        for number in range(size):
            tags = {"class": chance.choice(CLASSES)}
            job = {"job_id": f"j{number}", "takes": 3, "tags": tags, "request": SELLERS[currency](chance)}
            file.write(json.dumps(job) + "\n")
    return path


def _beside_estimate(folder: str, rules: Mapping[str, Path], currency: str, size: int) -> Iterator[Figure]:
    path = _jobs(folder, currency, size)
    estimate = kc.estimate(path)
    gc.collect()
    gc.freeze()  # what is there already is no part of what is measured
    rounds = 3 if size == SIZES[0] else 1
    (plan,) = cpu_of([lambda: kc.estimate(path)], rounds)
    for name, file in rules.items():
        (seconds,) = cpu_of([lambda file=file: kc.risk(estimate, file)], rounds)  # type: ignore[misc]
        (total,) = kc.risk(estimate, file).totals
        detail = (
            f"{seconds:.2f} s beside {plan:.2f} s of CPU; {'exact' if total.exact else f'to {total.error_at_most}'}"
        )
        yield Figure(f"risk, {size:,} jobs, {currency}, {name}", "kc.estimate", seconds / plan, GOAL, detail=detail)
    gc.unfreeze()


def _beside_draws(folder: str, rules: Path, currency: str) -> Figure:
    estimate = kc.estimate(_jobs(folder, currency, FEW))
    cohorts = cohorts_of(estimate, kc.read_rules(rules).takes, False)
    ours, theirs = cpu_of([lambda: kc.risk(estimate, rules), lambda: drawn(cohorts)], 3)
    exact, near = kc.risk(estimate, rules).totals[0].percentiles[1].total, drawn(cohorts)
    detail = f"{ours:.2f} s beside {theirs:.2f} s of CPU, whose P80 is off by {near - float(exact):.2f}"
    what = f"risk, {FEW:,} jobs, {currency}"
    return Figure(what, f"{DRAWS:,} draws in numpy", ours / theirs, GOAL_OF_DRAWS, detail=detail)


def drawn(cohorts: list[Cohort]) -> float:
    """The total that 8 of 10 campaigns that are drawn by lot do not exceed."""
    lots, totals = np.random.default_rng(1), np.zeros(DRAWS)
    for cohort in cohorts:
        (takes,) = cohort.takes
        chances = [weight / takes.scale for weight in takes.weights]
        counts = lots.multinomial(cohort.parts, chances, size=DRAWS)
        totals += float(cohort.charge.cost) * (counts @ np.arange(takes.first, takes.last + 1))
    return float(np.quantile(totals, 0.8, method="higher"))
