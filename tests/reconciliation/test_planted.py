"""Generated sets: every planted difference is found, none is invented, totals are exact to the last digit."""

from __future__ import annotations

import json
import random
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from tests.reconciliation.planted import SUMS, Generator, Planted

JOBS = 400


def line(record: Any) -> str:
    """One answer as JSON; decimals keep their digits."""
    if isinstance(record, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {line(value)}" for key, value in record.items()) + "}"
    if isinstance(record, list):
        return "[" + ", ".join(map(line, record)) + "]"
    return f"{record:f}" if isinstance(record, Decimal) else json.dumps(record)


def found(outcome: kc.Reconciliation) -> Counter[tuple[str, str | None, str | None]]:
    return Counter((f.kind, f.job_id, f.task_id) for f in outcome.findings)


def check(outcome: kc.Reconciliation, planted: Planted, without: str = "") -> None:
    """Hold an outcome to what was planted."""
    told, true = found(outcome), planted.findings.copy()
    for key in [key for key in (*told, *true) if key[0] == without]:
        told.pop(key, None), true.pop(key, None)
    assert told == true, f"seed {planted.seed}: invented {told - true}, not found {true - told}"
    for total in outcome.totals:
        for name in SUMS:
            assert getattr(total, name) == planted.totals[total.provider or ""][name], (planted.seed, name)
    by_task = {f.task_id: f for f in outcome.findings if f.explained_by}
    for task, change in planted.explained.items():
        assert change in by_task[task].explained_by, (planted.seed, task, by_task[task].explained_by)


@pytest.mark.parametrize("number", range(4))
def test_every_planted_difference_is_found_and_none_is_invented(number: int, seed: int, tmp_path: Path) -> None:
    planted = Generator(seed + number, JOBS).out
    estimate = kc.estimate(planted.jobs)
    assert not estimate.left_out
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(f"{line(record)}\n" for record in planted.lines), encoding="utf-8")
    check(kc.reconcile(estimate, kc.read_responses(path)), planted)


def test_neither_order_nor_repetition_of_lines_and_files_matters(seed: int, tmp_path: Path) -> None:
    planted = Generator(seed + 100, JOBS).out
    estimate = kc.estimate(planted.jobs)
    shuffled = random.Random(seed)
    first, second = [line(record) for record in planted.lines], [line(record) for record in planted.lines] * 2
    shuffled.shuffle(first)
    shuffled.shuffle(second)
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    one.write_text("\n".join(first), encoding="utf-8")
    two.write_text("\r\n".join(second), encoding="utf-8")
    check(kc.reconcile(estimate, kc.read_responses(one)), planted)
    both = kc.reconcile(estimate, kc.read_responses(two, one))
    check(both, planted, without="duplicate_response")
    again = kc.reconcile(estimate, kc.read_responses(one, two))
    assert [(t.task_id, t.reported, t.findings) for t in both.tasks] == [
        (t.task_id, t.reported, t.findings) for t in again.tasks
    ]
    assert both.totals == again.totals


def test_the_rows_add_up_to_the_totals(seed: int) -> None:
    planted = Generator(seed + 200, JOBS).out
    bodies = [json.loads(line(record), parse_float=Decimal) for record in planted.lines]
    outcome = kc.reconcile(kc.estimate(planted.jobs), bodies)
    for total in outcome.totals:
        rows = [task for task in outcome.tasks if task.provider == total.provider]
        assert sum(task.variance for task in rows if task.variance is not None) == total.variance
        assert sum(task.reported for task in rows if task.reported is not None) == total.reported
        assert sum(task.estimated for task in rows) == total.estimated
        assert sum(task.refunded for task in rows if task.refunded is not None) == total.refunded
        assert total.over + total.under + total.given_back == total.variance
        assert total.estimated - total.estimated_without_amount + total.variance == total.reported


#: Kinds that say how much more or less than due one task was charged.
OF_AMOUNTS = {
    "failed_not_refunded", "refunded_too_much", "refunded_in_part", "settled_differs", "over_reserved",
    "under_reserved", "over_consumed", "under_consumed", "rounding",
}  # fmt: skip


def test_what_is_found_about_a_task_that_did_not_fail_is_its_whole_variance(seed: int) -> None:
    """No part of a difference is left without a name, and none is named twice."""
    planted = Generator(seed + 300, JOBS).out
    bodies = [json.loads(line(record), parse_float=Decimal) for record in planted.lines]
    outcome = kc.reconcile(kc.estimate(planted.jobs), bodies)
    named: Counter[str | None] = Counter()
    for finding in outcome.findings:
        if finding.kind in OF_AMOUNTS and finding.difference is not None:
            named[finding.task_id] += finding.difference  # type: ignore[assignment]
    told = [task for task in outcome.tasks if task.state != "failed" and "duplicate_task" not in task.findings]
    assert any(task.variance for task in told)
    for task in told:
        assert named[task.task_id] == (task.variance or 0), (planted.seed, task)
