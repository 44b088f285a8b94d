"""Findings as a whole: who, which task, how much, in which currency, in which words."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.reconciliation.findings.finding_text import finding_sentence
from tests.reconciliation.samples import EAGLE, FOG, Line, evolink, job, kinds, kling3api, of_a, outcome, wrapped


def told(result: kc.Reconciliation) -> list[tuple[Any, ...]]:
    """Kind, job, task, reported, currency and message of every finding."""
    return [(f.kind, f.job_id, f.task_id, f.reported, f.currency, finding_sentence(f).message) for f in result.findings]


def test_each_reason_of_an_orphan_is_told_with_its_amount() -> None:
    bad = job("bad", {**FOG, "duration": 16})
    answers: list[Line] = [
        evolink("t-1", 1), evolink("t-1", 1), wrapped("x", evolink("t-2", 2)), wrapped("bad", evolink("t-3", 3)),
        wrapped("a", kling3api("n75", 4)), wrapped("a", evolink("t-5", 27)), wrapped("x", evolink("t-2", 2)),
        wrapped("bad", evolink("t-6", None)),
    ]  # fmt: skip
    result = outcome([job("a"), bad], answers)
    credit, other = "EVOLINK_CREDIT", "KLING3API_CREDIT"
    missing = "the job has no line item: it is invalid or has no price"
    assert told(result) == [
        ("orphan_response", None, "t-1", 1, credit, "an answer for a task or job that is not in the plan"),
        ("duplicate_response", None, "t-1", None, None, "the same answer appears more than once; it counts once"),
        ("orphan_response", "x", "t-2", 2, credit, "an answer for the job x, which is not in the plan"),
        ("duplicate_response", "x", "t-2", None, None, "the same answer appears more than once; it counts once"),
        ("not_estimated", "bad", "t-3", 3, credit, missing),
        ("not_estimated", "bad", "t-6", None, credit, missing),
        ("orphan_response", "a", "n75", 4, other, "an answer from kling3api for a job submitted to evolink"),
    ]
    assert all(f.expected is None and f.difference is None for f in result.findings)
    assert [(t.provider, t.orphans) for t in result.totals] == [("evolink", 6), ("kling3api", 4)]


def test_a_task_beyond_the_plan_is_told_with_its_amount() -> None:
    answers = [wrapped("a", evolink(f"t-{n}", amount, created=n)) for n, amount in enumerate((27, 27, 40.5, None))]
    result = outcome(job(takes=2), answers)
    message = "tasks: 4, planned takes: 2; this one exceeds the plan"
    beyond = [f for f in result.findings if f.kind == "duplicate_task"]
    assert [(f.task_id, f.expected, f.reported, f.difference, f.currency) for f in beyond] == [
        ("t-2", 0, Decimal("40.5"), Decimal("40.5"), "EVOLINK_CREDIT"), ("t-3", 0, None, None, "EVOLINK_CREDIT"),
    ]  # fmt: skip
    assert {finding_sentence(f).message for f in beyond} == {message}
    assert kinds(result) == ["over_reserved", "duplicate_task", "invalid_amount", "duplicate_task"]


def test_a_failure_that_keeps_next_to_nothing_is_rounding() -> None:
    result = of_a(evolink("t", 27, "pending"), evolink("t", 0.004, "failed"))
    (finding,) = result.findings
    assert (finding.kind, finding.expected, finding.difference, finding.currency) == (
        "rounding", 0, Decimal("0.004"), "EVOLINK_CREDIT",
    )  # fmt: skip
    assert finding_sentence(finding).message == "0.004 EVOLINK_CREDIT instead of the 0 due: rounding"
    assert result.totals[0].rounding == Decimal("0.004")
    assert kinds(of_a(evolink("t", 0.01, "failed"))) == ["failed_not_refunded"]


def test_a_refund_beyond_the_amount_is_taken_off_already() -> None:
    """A total that is lower than what was given back cannot be what it was before."""
    body = {**evolink("t", None, "failed"), "billing": {
        "refund_status": "completed", "charged_credits": 7, "refunded_credits": 20}}  # fmt: skip
    assert of_a(body).tasks[0].reported == 7


def test_a_wrong_beginning_of_an_id_is_told() -> None:
    (finding,) = outcome(job(request=EAGLE), wrapped("a", kling3api("n71x", 400))).findings
    assert (finding.kind, finding.expected, finding.reported, finding.difference) == (
        "wrong_task_prefix", "n75", "n71", None,
    )  # fmt: skip
    assert (
        finding_sentence(finding).message == "the id begins with n71, the prefix of models other than pro-text-to-video"
    )
    assert kinds(outcome(job(request=EAGLE), wrapped("a", kling3api("x75", 400)))) == []


def test_a_claim_that_lost_is_told() -> None:
    result = outcome([job("a"), job("b", takes=2)], [wrapped("b", evolink("t", 27)), wrapped("a", evolink("t", 27))])
    finding = next(f for f in result.findings if f.kind == "task_id_reused")
    assert finding_sentence(finding).message == "the task belongs to a, which comes first; b claims it, too"
    assert [task.findings for task in result.tasks] == [(), *[("missing_response", "task_id_reused")] * 2]
    missing = next(f for f in result.findings if f.kind == "missing_response")
    assert (missing.expected, missing.reported, missing.currency, missing.task_id) == (54, None, "EVOLINK_CREDIT", None)


def test_a_repeated_answer_of_a_job_without_task_id_is_told() -> None:
    body = {"status": "completed", "usage": {"credits_reserved": 27}}
    assert kinds(outcome(job(), [wrapped("a", body), wrapped("a", body)])) == ["duplicate_response"]


def test_takes_that_a_named_task_fills_are_not_free_for_answers_alike() -> None:
    named = wrapped("a", evolink("t-1", 27))
    alike = [evolink(f"t-{n}", 27, "pending", created=n) for n in (2, 3)]
    result = outcome(job(takes=3), [named, *alike])
    assert [(t.task_id, t.matched_by) for t in result.tasks] == [
        ("t-2", "alike"), ("t-3", "alike"), ("t-1", "job_id"),
    ]  # fmt: skip  # in the order of their creation
    full = outcome([job("a"), job("b")], [named, alike[0]])
    assert [(t.job_id, t.task_id, t.matched_by) for t in full.tasks] == [("a", "t-1", "job_id"), ("b", "t-2", "alike")]
    retried = outcome(job("a"), [wrapped("a", evolink("t-1", 0, "failed")), alike[0]])
    assert [(t.task_id, t.estimated) for t in retried.tasks] == [("t-2", 27), ("t-1", 0)]


def test_every_group_that_does_not_come_out_even_stays_an_orphan() -> None:
    long = {**FOG, "duration": 10}
    jobs = [job("a"), job("b"), job("c", long), job("d", long)]
    answers = [evolink("t-1", 27, "pending"), evolink("t-2", 54, "pending", seconds=10)]
    found = [f.task_id for f in outcome(jobs, answers).findings if f.kind == "orphan_response"]
    assert found == ["t-1", "t-2"]


def test_what_stands_beside_repeated_answers_does_not_depend_on_their_order() -> None:
    bodies = [wrapped("a", evolink("t", 27), by=name, **{name: 1}) for name in ("Kim", "Lee", "Ann")]
    extras = {str(outcome(job(), list(order)).tasks[0].extra) for order in itertools.permutations(bodies)}
    assert extras == {"{'by': 'Ann', 'Ann': 1}"}
    several = [
        wrapped("a", evolink("t", 27, status), **{status: 1}) for status in ("pending", "processing", "completed")
    ]
    extras = {str(sorted(outcome(job(), list(order)).tasks[0].extra)) for order in itertools.permutations(several)}
    assert extras == {"['completed', 'pending', 'processing']"}


def test_an_amount_that_is_taken_is_a_reservation_first_and_a_settlement_in_the_end() -> None:
    answers = [wrapped("a", kling3api("n75x", 400, "IN_PROGRESS")), kling3api("n75x", 400)]
    (task,) = outcome(job(request=EAGLE), answers).tasks
    assert [(e.kind, e.amount, e.status, e.row) for e in task.events] == [
        ("reservation", 400, "IN_PROGRESS", 1), ("settlement", 400, "SUCCESS", 2),
    ]  # fmt: skip
    assert (task.reserved, task.settled, task.state) == (400, 400, "succeeded")


@pytest.mark.parametrize(
    ("amount", "explained"), [(270, ("sound=off",)), (240, ("duration=3", "model=o3-pro-image-to-video",
                                                            "model=o3-pro-text-to-video"))]
)  # fmt: skip
def test_amounts_are_explained_within_the_provider_of_the_job(amount: int, explained: tuple[str, ...]) -> None:
    (finding,) = outcome(job(request=EAGLE), wrapped("a", kling3api("n75x", amount))).findings
    assert finding.explained_by == explained
