"""What jobs may become, beside pricing them: what a plan needs before it is fitted into its limit."""

from __future__ import annotations

import gc
import json
import random
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import kling_cost as kc
from benchmarks.measure import Figure, cpu_of
from benchmarks.risk import CLASSES, SELLERS
from kling_cost.planning.applied_rules import RulesInForce
from kling_cost.planning.fit.alternatives import AlternativeFinder
from kling_cost.planning.fit.held_limits.limits_to_hold import HeldJobs, limits_to_hold
from kling_cost.planning.fit.job_cohorts import FitRuleIndex, cohorts_of
from kling_cost.planning.fit.kept_policies import KeptPolicies
from kling_cost.pricing.pricer import Pricer

JOBS, GOAL, ROUNDS = 100_000, 2, 3
LIMIT = "1 USD"
RULES = """\
schema: 1
fit:
  may:
    - {change: quality, from: 1080p, to: 720p, pain: 3}
    - {change: sound, from: on, to: off, pain: 2}
    - {change: duration, down_to: 5, pain: 1}
    - {change: takes, down_to: 2, pain: 2}
    - {change: seller, from: pro-text-to-video, to: std-text-to-video, pain: 4}
  weights: {tag:class: {hero: 5, broll: 2, draft: 1}}
policies:
  - {name: drafts, where: {tag:class: draft}, require: {quality: [720p, 1080p, absent]}}
"""
_DAY = date(2026, 3, 1)


def figures() -> Iterator[Figure]:
    """CPU seconds beside those of an estimate of the same jobs: without dates, and spread over half a year."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rules.yaml")
        path.write_text(RULES, encoding="utf-8")
        rules = kc.read_rules(path)
        book = kc.load_prices(rates=["100 KLING3API_CREDIT/USD"])
        for what, days in (("of one day", 1), ("of six months", 6)):
            jobs = kc.read_jobs(_jobs(folder, days))
            estimate = kc.estimate(jobs, book)
            verdict = kc.check(estimate, budget=LIMIT, rules=rules)
            gc.collect()
            gc.freeze()  # what is there already is no part of what is measured
            ways = [
                lambda jobs=jobs: kc.estimate(jobs, book),
                lambda estimate=estimate, verdict=verdict: _prepared(estimate, rules, verdict),
            ]
            plan, fit = cpu_of(ways, ROUNDS)  # type: ignore[arg-type]  # lambdas with what they are about
            detail = f"{fit:.2f} s beside {plan:.2f} s of CPU; {_prepared(estimate, rules, verdict):,} kinds of jobs"
            yield Figure(f"fit, alternatives of {JOBS:,} jobs {what}", "kc.estimate", fit / plan, GOAL, detail=detail)
            gc.unfreeze()


def _prepared(estimate: kc.Estimate, rules: kc.Rules, verdict: kc.Verdict) -> int:
    """How many kinds of jobs there are, what each may become worked out, with a new pricer."""
    assert estimate.book is not None
    held = HeldJobs(list(limits_to_hold(verdict, True)), estimate, RulesInForce(rules), None)
    finder = AlternativeFinder(Pricer(estimate.book, None), KeptPolicies(rules.policies), held.may_cost)
    return sum(1 for _ in cohorts_of(estimate.line_items, held, FitRuleIndex(rules.fit), finder))


def _jobs(folder: str, months: int) -> Path:
    chance, path = random.Random(JOBS), Path(folder, f"jobs-{months}.jsonl")
    with path.open("w", encoding="utf-8") as file:
        for number in range(JOBS):
            body = SELLERS[chance.choice(list(SELLERS))](chance)
            file.write(json.dumps(job_of(number, body, chance, months)) + "\n")
    return path


def job_of(number: int, body: Mapping[str, Any], chance: random.Random, months: int) -> dict[str, Any]:
    """A job of some class, with a tag of its own."""
    tags = {"class": chance.choice(CLASSES), "shot": f"s{number}"}
    day = (_DAY + timedelta(days=30 * chance.randrange(months))).isoformat()
    return {"job_id": f"j{number}", "takes": chance.randint(1, 6), "date": day, "tags": tags, "request": body}
