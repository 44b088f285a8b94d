"""A hundred thousand jobs under a thousand budgets by scope, and under ten policies, beside pricing them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import kling_cost as kc
from benchmarks.measure import Figure

JOBS, SCOPES = 100_000, 1_000
_ROUNDS = 3
_GOAL = 3
_DAY = date(2026, 6, 1)
POLICIES = """\
schema: 1
policies:
  - {name: drafts, where: {tag:class: draft}, require: {quality: 720p}}
  - {name: client, require: {tag:client: present}}
  - {name: cost, at_most: {cost: 2.5 USD}}
  - {name: fresh, at_most: {price_age: 600 days}}
  - {name: a month, where: {tag:client: c5}, at_most: {total: 500 USD, per: month}}
  - {name: a take, at_most: {cost_per_take: 300 EVOLINK_CREDIT}}
  - {name: seller, forbid: {provider: kling3api}, severity: warn}
  - {name: one shot, forbid: {tag:shot: s77}}
  - {name: size, at_most: {takes: 4, duration: 15}}
  - {name: named, where: {tag:shot: present, tag:class: [hero, draft]}, require: {job_id: present}}
"""


def figures() -> Iterator[Figure]:
    """CPU seconds of each check beside those of pricing the same jobs, each the least of several runs."""
    jobs = kc.read_jobs([_row(number) for number in range(JOBS)])
    plan = kc.estimate(jobs, as_of=date(2026, 11, 20))
    pricing = _least(lambda: kc.estimate(jobs, as_of=date(2026, 11, 20)))
    assert plan.summary.jobs == JOBS  # the totals are the plan's own, whatever rules there are
    parts = "".join(
        f"      - {{name: c{n}, where: {{tag:client: c{n}}}, limit: 5000 USD, per: month}}\n" for n in range(SCOPES - 1)
    )
    budgets = f"schema: 1\nbudgets:\n  - name: all\n    limit: 9999999 USD\n    parts:\n{parts}"
    for what, text, no_budget in ((f"{SCOPES:,} budgets", budgets, False), ("ten policies", POLICIES, True)):
        rules = _read(text)
        checking = _least(lambda rules=rules, no_budget=no_budget: kc.check(plan, rules=rules, no_budget=no_budget))  # type: ignore[misc]
        detail = f"{checking:.2f} s beside {pricing:.2f} s of CPU"
        yield Figure(f"check, {what} × {JOBS:,} jobs", "kc.estimate", checking / pricing, _GOAL, detail=detail)


def _row(number: int) -> dict[str, object]:
    """A job with tags of its own, in one of seven months."""
    body = {"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 3 + number % 13}
    tags = {"client": f"c{number % 997}", "shot": f"s{number}", "class": ("draft", "hero", "broll")[number % 3]}
    day = (_DAY + timedelta(days=number * 7 % 210)).isoformat()
    return {"job_id": f"j{number}", "request": body, "takes": 1 + number % 4, "tags": tags, "date": day}


def _read(text: str) -> kc.Rules:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rules.yaml")
        path.write_text(text, encoding="utf-8")
        return kc.read_rules(path)


def _least(run: Callable[[], object]) -> float:  # float: CPU seconds
    times = []
    for _ in range(_ROUNDS):
        begin = time.process_time()
        run()
        times.append(time.process_time() - begin)
    return min(times)
