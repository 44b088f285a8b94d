"""Charges in whole credits are one finding of the provider's, by objects, sheets and frames alike."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import kling_cost as kc
from kling_cost.reconciliation.findings.finding_text import finding_sentence
from tests.reconciliation.planted import EVOLINK
from tests.reconciliation.samples import FOG, Line, job, kinds


def jobs_of(*seconds: int) -> list[Line]:
    """Jobs in 1080p without sound, 7.1982 credits a second."""
    return [job(f"j{at}", {**FOG, "quality": "1080p", "duration": n}) for at, n in enumerate(seconds)]


def charged(*amounts: Any, status: str = "completed") -> pd.DataFrame:
    rows = [
        {"job_id": f"j{at}", "task_id": f"t{at}", "status": status, "credits": amount}
        for at, amount in enumerate(amounts)
    ]
    return pd.DataFrame(rows, dtype=object)


def reconciled(jobs: list[Line], answers: pd.DataFrame) -> kc.Reconciliation:
    """By objects, and by frames to the same rows."""
    outcome = kc.reconcile(kc.estimate(jobs), answers)
    frame = pd.DataFrame([{"job_id": one["job_id"], "takes": one.get("takes", 1), **one["request"]} for one in jobs])
    assert_frame_equal(kc.reconcile_frame(frame, answers), outcome.to_frame())
    return outcome


def test_one_rule_explains_all_and_is_told_once() -> None:
    outcome = reconciled(jobs_of(10, 5, 7), charged(72, 36, 51))
    (finding,) = outcome.findings
    assert (finding.kind, finding.severity, finding.job_id, finding.task_id) == ("rounding", "warning", None, None)
    assert finding.explained_by == ("rounding=up to 1",)
    assert (finding.expected, finding.reported) == (Decimal("158.3604"), 159)
    message = "3 tasks are charged in whole credits: 159 EVOLINK_CREDIT instead of the 158.3604 due"
    assert finding_sentence(finding).message == message
    (total,) = outcome.totals
    assert (total.unexplained, total.rounding, total.variance) == (0, Decimal("0.6396"), Decimal("0.6396"))
    assert outcome.exit_code == 0
    assert {task.findings for task in outcome.tasks} == {("rounding",)}


@pytest.mark.parametrize(
    ("seconds", "amounts", "rules"),
    [
        ((10, 5), (72, 36), ("half up", "up")),  # both rules say so
        ((7, 4, 5), (50, 29, 36), ("half up",)),  # 50.3874, 28.7928, 35.991
        ((10, 7), (71, 50), ("down",)),
        ((10, 10), (72, 72), ()),  # one amount alone tells nothing
        ((10, 7), (72, 50.5), ()),
    ],
)
def test_the_rule_is_the_one_that_fits(seconds: Any, amounts: Any, rules: tuple[str, ...]) -> None:
    outcome = reconciled(jobs_of(*seconds), charged(*amounts))
    named = [f.explained_by for f in outcome.findings if f.job_id is None]
    assert named == ([tuple(f"rounding={rule} to 1" for rule in rules)] if rules else [])
    assert (len(outcome.findings) == 1) == bool(rules)


def test_what_another_task_was_charged_wrongly_stays_found() -> None:
    jobs = [*jobs_of(10, 5, 7), job("x", FOG), job("y", FOG)]
    answers = pd.concat([charged(72, 36, 51), pd.DataFrame(
        [{"job_id": "x", "task_id": "tx", "status": "completed", "credits": 40.5},
         {"job_id": "y", "task_id": "ty", "status": "failed", "credits": 27}], dtype=object)])  # fmt: skip
    outcome = reconciled(jobs, answers)
    assert kinds(outcome) == ["over_reserved", "failed_not_refunded", "rounding"]
    assert outcome.exit_code == 6


def test_what_is_looked_at_one_by_one_counts_with_the_rest() -> None:
    """One of the two amounts that tell the rule belongs to a job that shares its task with another."""
    jobs = [*jobs_of(10, 7), job("z", FOG)]
    answers = pd.concat([charged(72, 51), pd.DataFrame(
        [{"job_id": "z", "task_id": "t1", "status": "completed", "credits": 51}], dtype=object)])  # fmt: skip
    outcome = reconciled(jobs, answers)
    assert [task.findings for task in outcome.tasks][:2] == [("rounding",), ("rounding",)]


@given(
    st.lists(st.tuples(st.integers(3, 15), st.sampled_from(sorted(EVOLINK))), min_size=1, max_size=6),
    st.sampled_from([("up", ROUND_CEILING), ("half up", ROUND_HALF_UP)]),
)
def test_whatever_is_rounded_is_no_error(plan: list[tuple[int, tuple[str, str]]], rule: tuple[str, str]) -> None:
    name, way = rule
    jobs = [
        job(f"j{at}", {**FOG, "duration": n, "quality": quality, "sound": sound})
        for at, (n, (quality, sound)) in enumerate(plan)
    ]
    due = [Decimal(EVOLINK[options] * n) / 10_000 for n, options in plan]
    outcome = reconciled(jobs, charged(*(amount.to_integral_value(way) for amount in due)))
    differing = {amount for amount in due if amount != amount.to_integral_value()}
    if len(differing) > 1:
        (finding,) = outcome.findings
        assert f"rounding={name} to 1" in finding.explained_by
        assert finding.difference == outcome.totals[0].variance == outcome.totals[0].rounding


def test_it_is_stored_and_reported(tmp_path: Path) -> None:
    outcome = reconciled(jobs_of(10, 5, 7), charged(72, 36, 51))
    kc.write_report(tmp_path / "o.json", outcome)
    stored = kc.read_reconciliation(tmp_path / "o.json")
    (finding,) = stored.findings
    assert (finding.severity, finding.job_id, finding.explained_by) == ("warning", None, ("rounding=up to 1",))
    kc.write_report(tmp_path / "o.md", stored, outcome.estimate)
    text = (tmp_path / "o.md").read_text(encoding="utf-8")
    assert "charged as due, apart from explained differences: 1 finding" in text
