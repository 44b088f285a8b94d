"""Every kind of finding: when it is found, when it is not, and what it says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.messages.finding_messages import FINDINGS, KINDS
from kling_cost.reconciliation.findings.finding_text import finding_sentence
from tests.cases import cases
from tests.reconciliation.samples import EAGLE, Line, every_kind, evolink, job, kinds, kling3api, of_a, outcome, wrapped

INFO = {
    "refund_unverified", "discounted", "rounding", "other_tasks", "unit_scale", "duplicate_response", "still_open",
}  # fmt: skip
ABOUT_FIELDS = {
    "wrong_billing_rule", "user_group_not_default", "wrong_task_prefix", "duration_differs", "model_differs",
    "echo_differs",
}  # fmt: skip


def test_the_sample_shows_every_kind_and_each_job_its_own() -> None:
    jobs, answers = every_kind()
    result = outcome(jobs, answers)
    assert set(KINDS) == {finding.kind for finding in result.findings}
    companions = {"task_id_reused": {"missing_response"}}
    for finding in result.findings:
        at = finding.job_id or (finding.task_id or "").removeprefix("task-")
        if finding.kind != at and finding.kind != "other_tasks":  # which is one finding for many tasks
            assert finding.kind in companions[at]
    assert {f.kind for f in result.findings if f.severity == "info"} == INFO
    assert {f.kind for f in result.findings if f.severity == "warning"} == {"refunded_in_part"}
    for finding in result.findings:
        if finding.kind in ABOUT_FIELDS:
            assert (finding.difference, finding.currency) == (None, None)


def test_a_kind_is_an_error_unless_it_is_marked() -> None:
    marked = {key.partition(".")[0] for key, sentence in FINDINGS.items() if sentence.severity == "info"}
    assert marked == {*INFO, "settled_differs", "refunded_in_part"}  # settled as due, or set right, is only a remark
    warned = {key for key, sentence in FINDINGS.items() if sentence.severity == "warning"}
    assert warned == {"refunded_in_part", "rounding.whole", "missing_response.unread", "invalid_amount.unstated"}


CASES = cases("answers")["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_task_has_the_expected_findings(case: dict[str, Any]) -> None:
    """One task of a job that costs 27 credits; the answers are those of one EvoLink task."""
    answers = []
    for given in case["answers"]:
        body = evolink("task-1", None, given.get("status", "pending"))
        body["usage"] |= {key: number(value) for key, value in given.get("usage", {}).items()}
        if "progress" in given:
            body["progress"] = number(given["progress"])
        if "billing" in given:
            body["billing"] = {key: number(value) for key, value in given["billing"].items()}
        answers.append(wrapped("a", body, **({"stage": given["stage"]} if "stage" in given else {})))
    for order in (answers, answers[::-1], [*answers, *answers]):
        result = outcome(job(), order)
        (task,) = result.tasks
        told = [f"{f.kind} {f.severity}" for f in result.findings if f.kind != "duplicate_response"]
        assert told == case.get("findings", [])
        assert text(task.reported) == case["reported"]
        for name in ("reserved", "settled", "refunded"):
            if name in case:
                assert text(getattr(task, name)) == case[name], name
        if "difference" in case:
            assert text(result.findings[0].difference) == case["difference"]


def number(value: Any) -> Any:
    """Numbers of the cases are text, as all scalars of a case file are."""
    if isinstance(value, str) and value.replace(".", "", 1).isdigit():
        return Decimal(value)
    return {"true": True, "null": None, "text": "27", "negative": Decimal(-27), "list": [27]}.get(str(value), value)


def text(amount: Decimal | None) -> str:
    return "none" if amount is None else f"{amount.normalize():f}"


def back(charged: Any, returned: Any, status: str = "completed") -> Line:
    """A task of which something was given back."""
    billing = {"refund_status": "completed", "charged_credits": charged, "refunded_credits": returned}
    return {**evolink("t", None, status), "billing": billing}


MESSAGES = [
    (of_a(evolink("t", 40.5)), "40.5 EVOLINK_CREDIT reserved, 27 due", "it would be due with sound=on; set it "
     "explicitly in the request, or ask for a correction"),
    (of_a(evolink("t", 31)), "31 EVOLINK_CREDIT reserved, 27 due",
     "ask the provider why, and for a refund of this task"),
    (of_a(evolink("t", 26)), "only 26 EVOLINK_CREDIT reserved, 27 due", "ask the provider why before relying on it"),
    (of_a(evolink("t", 27, "failed")), "the task failed, but 27 EVOLINK_CREDIT were not refunded; "
     "no refund is promised", "ask for a refund of this task"),
    (outcome(job(), {"job_id": "a", "response": {"id": "t", "status": "completed", "usage": {"credits_used": 31}}}),
     "31 EVOLINK_CREDIT charged, 27 due", "ask the provider why, and for a refund of this task"),
    (of_a(evolink("t", None, "failed")), "the task failed, and no answer states an amount",
     "check the account balance"),
    (of_a(back(27, 13.5)), "13.5 of 27 EVOLINK_CREDIT were refunded although the task completed; 13.5 remain charged",
     "ask the provider why if it happens again; there is nothing to claim"),
    (of_a(back(37, 10)), "10 of 37 EVOLINK_CREDIT were refunded", ""),
    (of_a(back(27, 40)), "40 EVOLINK_CREDIT were refunded, more than the 27 that were charged",
     "ask the provider which of the two is right"),
    (of_a(evolink("t", 27, "cancelled"), evolink("t", 27)), "one answer says cancelled, another completed; the task "
     "counts as delivered, at 27 EVOLINK_CREDIT", "query the task again"),
    (of_a(evolink("t", 270000)), "stated as 270000 UC, which is 27 EVOLINK_CREDIT", ""),
    (of_a(evolink("t", None)), "no answer states a usable amount", "query the task again"),
    (of_a(evolink("t", 27, group="VIP")), "usage.user_group is VIP, but the prices are for default",
     "add the group's prices with --overlay"),
    (outcome(job(takes=3), []), "no answer for this job",
     "list the provider's recent tasks to see whether it was submitted"),
    (outcome(job(takes=3), wrapped("a", evolink("t", 27))), "1 of 3 takes have an answer",
     "list the provider's recent tasks to see whether all were submitted"),
]  # fmt: skip


@pytest.mark.parametrize(("result", "message", "hint"), MESSAGES)
def test_what_a_finding_says(result: kc.Reconciliation, message: str, hint: str) -> None:
    sentence = finding_sentence(result.findings[0])
    assert (sentence.message, sentence.hint) == (message, hint)


def test_a_promised_refund_is_called_one() -> None:
    element = {"model": "kling-custom-element", "model_params": {
        "element_name": "Cat", "element_description": "A cat", "reference_type": "image_refer",
        "element_image_list": {"frontal_image": "https://example.com/a.jpg"}}}  # fmt: skip
    body = evolink("t", 1, "failed", model="kling-custom-element", rule="per_call", seconds=None)
    result = outcome(job(request=element), wrapped("a", body))
    assert finding_sentence(result.findings[0]).message == (
        "the task failed, but 1 EVOLINK_CREDIT were not refunded, although a refund is promised"
    )


def test_field_findings_state_both_texts() -> None:
    (finding,) = of_a(evolink("t", 27, seconds=10)).findings
    assert (finding.expected, finding.reported, finding.kind) == ("5", "10", "duration_differs")


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"prompt": "Sea"}, ["echo_differs"]),
        ({"aspect_ratio": "9:16"}, ["echo_differs"]),
        ({"duration": 6}, ["echo_differs"]),
        ({"duration": "5"}, []),
        ({"sound": False}, ["echo_differs"]),
        ({"type": "std-text-to-video"}, ["echo_differs"]),
        ({"seed": 7}, []),  # what was not submitted is not held against anything
        ({}, []),
    ],
)
def test_a_repeated_request_is_held_against_the_one_that_was_sent(changed: Line, found: list[str]) -> None:
    body = kling3api("n75x", 400, request={**EAGLE, **changed}, type="pro-text-to-video")
    assert kinds(outcome(job(request=EAGLE), wrapped("a", body))) == found


def test_a_request_that_is_repeated_in_part_is_no_other_request() -> None:
    """As the published status answer does: sound was submitted, and is not repeated."""
    request = {key: value for key, value in EAGLE.items() if key != "sound"}
    assert kinds(outcome(job(request=EAGLE), wrapped("a", kling3api("n75x", 400, request=request)))) == []


def test_a_status_that_nobody_knows_counts_as_open_and_is_told() -> None:
    result = of_a(evolink("t", 27, "archived"))
    assert kinds(result) == ["still_open"]
    (found,) = result.problems
    assert str(found) == "status: unknown status archived; the task counts as open"
    assert found.severity == "warning"


def test_a_job_is_not_reported_without_an_answer_where_one_could_not_be_read() -> None:
    plan = kc.estimate([job("a"), job("b")])
    answers = [{"job_id": "a", "response": evolink("t", 27)}, {"job_id": "b", "response": {"nonsense": 5}}]
    result = kc.reconcile(plan, answers)
    (found,) = result.findings
    assert (found.kind, found.severity, found.job_id) == ("missing_response", "warning", "b")
    assert finding_sentence(found).message.startswith(
        "0 of 1 takes have an answer; the missing answers may be among those"
    )
    assert (result.partial, result.exit_code, result.errors) == (True, 5, [])
    (found,) = kc.reconcile(plan, answers[:1]).findings
    assert (found.kind, found.severity, found.job_id) == ("missing_response", "error", "b")


def test_states_may_conflict_where_no_amount_is_given() -> None:
    body = {"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "off"}
    plan = kc.estimate([{"job_id": "k", "provider": "kling", "request": body}])
    ends = [{"task_id": "8", "task_status": word, "created_at": 0} for word in ("succeed", "failed")]
    result = kc.reconcile(plan, [{"job_id": "k", "provider": "kling", "response": end} for end in ends])
    (found,) = [f for f in result.findings if f.kind == "conflicting_states"]
    assert "no amount is stated" in finding_sentence(found).message
