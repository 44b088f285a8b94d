"""The official API's answers: both forms, alone, in lists and as callbacks; units, money, and both."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.reconciliation.findings.finding_text import finding_sentence
from tests.reconciliation.samples import Line, evolink, job, kinds, kling3api, outcome, wrapped

SHOT = {"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "off"}  # 0.42 dollars, 3 units
PLAN = [job("shot-1", SHOT), job("shot-2", SHOT)]
AT = 1_790_000_000_000
UNITS = {"charge_type": "unit", "amount": "3", "package_type": "video"}
CASH = {"charge_type": "cash", "cash_type": "balance", "amount": "0.399", "currency": "USD", "list_price": "0.42"}


def older(status: str = "succeed", own: str | None = None, **given_: Any) -> Line:
    """A task as the older form writes it."""
    info = {} if own is None else {"task_info": {"external_task_id": own}}
    return {"task_id": "871", "task_status": status, "created_at": AT, "updated_at": AT + 9, **info, **given_}


def newer(status: str = "succeeded", *billing: Line, own: str | None = None, **given_: Any) -> Line:
    """A task as API 2.0 writes it."""
    info = {} if own is None else {"external_id": own}
    paid = {"billing": list(billing)} if billing else {}
    return {"id": "871", "status": status, "message": "", "create_time": AT, "update_time": AT + 9, **info, **paid,
            **given_}  # fmt: skip


def answered(data: Any) -> Line:
    """What stands around a task in an answer of the API."""
    return {"code": 0, "message": "SUCCEED", "request_id": "r", "data": data}


TASKS = [
    (older(final_unit_deduction="3"), "0.42"),
    (older(final_unit_deduction="0", final_balance_deduction={"quota": "0.42", "list_price": "0.42"}), "0.42"),
    (older(final_unit_deduction="2", final_balance_deduction={"quota": "0.14", "list_price": "0.14"}), "0.42"),
    (older(final_balance_deduction={"quota": "0.42"}), "0.42"),
    (older(final_unit_deduction="3", final_balance_deduction={}), "0.42"),
    (older(final_unit_deduction="3", final_balance_deduction={"quota": "0", "list_price": "0"}), "0.42"),
    (newer("succeeded", UNITS), "0.42"),
    (newer("succeeded", {**UNITS, "amount": "1.8"}, {**UNITS, "amount": "1.2"}), "0.42"),
    (newer("succeeded", {**UNITS, "amount": 3}), "0.42"),
    (newer("succeeded", {**CASH, "amount": "0.42"}), "0.42"),
    (newer("succeeded", {**UNITS, "amount": "2"}, {**CASH, "amount": "0.14", "list_price": "0.14"}), "0.42"),
    (newer("succeeded", UNITS, {**CASH, "amount": "0", "list_price": "0", "currency": "CNY"}), "0.42"),
]


@pytest.mark.parametrize(("task", "amount"), TASKS)
@pytest.mark.parametrize("form", ["alone", "list", "callback", "text", "logged", "page", "fetched", "relayed"])
def test_a_task_is_what_it_says_in_every_form(task: Line, amount: str, form: str) -> None:
    body = {
        "alone": answered(task), "list": answered([task]), "callback": task,
        "text": {"response": json.dumps(answered(task))},
        "logged": {"headers": {"webhook-id": "w"}, "body": json.dumps(task)},
        "page": answered({"items": [task], "next_cursor": "x"}),
        "fetched": {"response": {"status": 200, "headers": {}, "data": answered(task)}},
        "relayed": {"id": "log-7", "code": 200, "body": {"body": task}},
    }[form]  # fmt: skip
    result = outcome([job("shot-1", SHOT, task_id="871")], body)
    (found,) = result.tasks
    assert (found.task_id, found.state, found.reported, found.matched_by) == (
        "871", "succeeded", Decimal(amount), "task_id",
    )  # fmt: skip
    assert (kinds(result), result.exit_code, result.partial) == ([], 0, False)
    assert result.problems == result.estimate.problems  # type: ignore[union-attr]


OPEN = [
    older("submitted"),
    older("processing"),
    newer("submitted"),
    newer("processing"),
    {"id": "871", "status": "submitted"},
]


@pytest.mark.parametrize("task", OPEN)
def test_a_task_that_is_open_and_states_no_amount_is_only_open(task: Line) -> None:
    result = outcome(job("a", SHOT), wrapped("a", answered(task)))
    assert (kinds(result), result.exit_code) == (["still_open"], 0)
    assert result.totals[0].without_amount == 1


@pytest.mark.parametrize(
    "task",
    [
        older(final_unit_deduction="0", final_balance_deduction={"quota": "0.399", "list_price": "0.42"}),
        newer("succeeded", CASH),
        newer("succeeded", {**UNITS, "amount": "1"}, {**CASH, "amount": "0.259", "list_price": "0.28"}),
    ],
)
def test_a_discount_is_shown_and_accuses_nobody(task: Line) -> None:
    result = outcome(job("a", SHOT), wrapped("a", answered(task)))
    (finding,) = result.findings
    assert (finding.kind, finding.severity, finding.difference) == ("discounted", "info", Decimal("-0.021"))
    assert (result.tasks[0].reported, result.exit_code) == (Decimal("0.399"), 0)
    assert finding_sentence(finding).message == "0.399 USD charged after a discount, 0.42 due at list price"
    assert sum(event.amount for event in result.tasks[0].events) in (Decimal("0.399"), Decimal("1.259"))  # as stated


@pytest.mark.parametrize(
    ("listed", "amount", "kind", "explained"),
    [
        ("0.63", "0.5985", "over_consumed", ("sound=on",)),  # discounted, and yet not what was planned
        ("0.252", "0.2394", "under_consumed", ("duration=3",)),
        ("0.42", "0.43", "over_consumed", ()),  # no discount at all
    ],
)
def test_a_list_price_that_is_not_due_is_no_discount(
    listed: str, amount: str, kind: str, explained: tuple[str, ...]
) -> None:
    task = newer("succeeded", {**CASH, "amount": amount, "list_price": listed})
    (finding,) = outcome(job("a", SHOT), wrapped("a", answered(task))).findings
    assert (finding.kind, finding.severity, finding.reported) == (kind, "error", Decimal(amount))
    assert set(explained) <= set(finding.explained_by)


@pytest.mark.parametrize(
    "billing",
    [
        [{**CASH, "amount": "2.7", "list_price": "3", "currency": "CNY"}],
        [UNITS, {**CASH, "amount": "2.7", "list_price": "3", "currency": "CNY"}],
        [CASH, {**CASH, "currency": "CNY"}],
        [{**CASH, "amount": "0", "list_price": "2.7", "currency": "CNY"}],
    ],
)
def test_money_of_another_currency_is_held_against_nothing(billing: list[Line]) -> None:
    result = outcome(job("a", SHOT), wrapped("a", answered(newer("succeeded", *billing))))
    (finding,) = result.findings
    assert finding.kind == "invalid_amount"
    assert "CNY" in finding_sentence(finding).message
    assert (result.tasks[0].reported, result.totals[0].reported) == (None, 0)
    orphaned = outcome(job("a", SHOT), newer("succeeded", *billing))
    assert orphaned.totals[0].orphans == 0


UNUSABLE = [
    older(final_unit_deduction="three"), older(final_unit_deduction="-3"), older(final_unit_deduction=True),
    older(final_unit_deduction="3", final_balance_deduction={"quota": "x", "list_price": "0.42"}),
    older(final_unit_deduction="0", final_balance_deduction={"list_price": "0.42"}),
    older(final_unit_deduction="0", final_balance_deduction="0.42"),
    newer("succeeded", {**UNITS, "amount": "3,0"}), newer("succeeded", {**UNITS, "amount": None}),
    newer("succeeded", {**UNITS, "charge_type": "points"}), newer("succeeded", UNITS, {"amount": "0"}),
    newer("succeeded", billing={"amount": "3"}), newer("succeeded", billing=["3"]),
]  # fmt: skip


@pytest.mark.parametrize("task", UNUSABLE)
def test_what_cannot_be_read_of_a_charge_makes_all_of_it_unknown(task: Line) -> None:
    result = outcome(job("a", SHOT), wrapped("a", task, provider="kling"))
    assert kinds(result) == ["invalid_amount"]
    assert [p.code for p in result.problems if p.code == "wrong_type"] == ["wrong_type"]
    assert result.tasks[0].reported is None


@pytest.mark.parametrize("task", [older("succeed", "shot-2"), newer(own="shot-2")])
def test_the_callers_own_name_of_a_task_may_be_its_job(task: Line) -> None:
    paid = {**task, "final_unit_deduction": "3"} if "task_id" in task else {**task, "billing": [UNITS]}
    for body in (answered(paid), answered([paid]), paid):
        result = outcome(PLAN, body)
        assert [(t.job_id, t.task_id, t.matched_by) for t in result.tasks] == [
            ("shot-1", None, None), ("shot-2", "871", "job_id"),
        ]  # fmt: skip
        assert kinds(result) == ["missing_response"]


def test_a_name_that_is_no_job_of_the_seller_says_nothing() -> None:
    named = wrapped("shot-1", answered(newer("succeeded", UNITS, own="no job of ours")))
    assert kinds(outcome(PLAN[:1], named)) == []
    other = wrapped("shot-1", answered(newer("succeeded", UNITS, own="shot-2")))
    assert [t.task_id for t in outcome(PLAN, other).tasks] == ["871", None]  # what the caller says comes first
    foreign = outcome(job("a"), newer("succeeded", UNITS, own="a"))  # a job of another provider
    assert [finding_sentence(f).message for f in foreign.findings][
        -1
    ] == "an answer for a task or job that is not in the plan"


@pytest.mark.parametrize(("seconds", "differs"), [("5", 0), ("5.041", 0), ("5.1", 0), (5.041, 0), ("4.5", 0),
                                                  ("5.5", 1), ("10.04", 1), (4.49, 1), (None, 0), ("", 1)])  # fmt: skip
def test_the_seconds_that_came_out_are_compared_rounded_half_up(seconds: Any, differs: int) -> None:
    found = ["duration_differs"] * differs
    video = {"type": "video", "id": "v", "url": "u", "duration": seconds}
    cover = {"type": "image", "id": "c", "url": "u", "duration": "77"}
    for task in (
        older(final_unit_deduction="3", task_result={"videos": [video]}),
        newer("succeeded", UNITS, outputs=[cover, video]),
    ):
        assert kinds(outcome(job("a", SHOT), wrapped("a", answered(task)))) == found
    assert kinds(outcome(job("a"), wrapped("a", evolink("t", 27, seconds=seconds)))) == found


@pytest.mark.parametrize(("cell", "differs"), [("5.041", 0), (5.041, 0), ("5.0", 0), ("5.5", 1), ("about 5", 1)])
def test_so_are_those_of_a_sheet_and_a_frame(cell: Any, differs: int) -> None:
    import pandas as pd

    answers = pd.DataFrame([{"job_id": "a", "task_id": "t", "status": "completed", "credits": 27, "duration": cell}])
    assert kinds(outcome(job(), answers)) == ["duration_differs"] * differs
    jobs = pd.DataFrame([{"job_id": "a", "model": "kling-v3-text-to-video", "duration": 5}])
    assert kc.reconcile_frame(jobs, answers)["findings"].tolist() == ["duration_differs" if differs else ""]


NOT_OURS = [
    {"id": "x", "status": "completed", "model": "kling-v3-text-to-video", "created": 7, "usage": {"credits_used": 27}},
    {"id": "x", "object": "video.generation.task", "status": "pending", "create_time": 7},
    {"id": "x", "status": "failed", "error": {"code": "service_error", "message": "again"}},
]


@pytest.mark.parametrize("body", NOT_OURS)
def test_an_answer_of_another_provider_is_not_taken_for_one_of_this(body: Line) -> None:
    assert list(kc.read_responses([body]).tasks) == ["evolink"]


OF_NOBODY = [
    {"code": 200, "message": "success", "data": {"id": "p", "model": "kling", "outputs": [], "status": "completed"}},
    {"code": "success", "message": "", "data": {"task_id": "p", "status": "SUCCESS", "progress": "100%"}},
    {"code": 200, "data": {"task_id": "p", "model": "kling", "task_type": "video_generation", "status": "completed"}},
    {"code": 200, "data": [{"taskId": "p"}]},
]


@pytest.mark.parametrize("body", OF_NOBODY)
def test_sellers_whose_answers_look_alike_are_not_taken_for_known_ones(body: Line) -> None:
    read = kc.read_responses([body])
    assert (len(read), [p.key for p in read.problems]) == (0, ["unreadable.success"])


codes = st.sampled_from(
    [0, 200, 201, "0", "200", " 200 ", "success", "SUCCESS", "Ok", "succeed", "Succeeded", Decimal(0), 200.0, True]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(["failed", "succeed"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["task_id", "taskId", "id", "status", "task_status", "error", "code", "message", "billing"])
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
keys = st.sampled_from(["data", "message", "msg", "error", "request_id", "id", "status", "result", "task_id", "usage"])


@given(codes, st.dictionaries(keys, anything, max_size=5), st.sampled_from([None, "kling", "kling3api", "evolink"]))
def test_a_success_is_never_a_refusal_and_free_only_where_reported(code: Any, body: Line, who: str | None) -> None:
    """Read as a task, or told to be unreadable: nothing in between."""
    given_ = {**body, "code": code}
    read = kc.read_responses([wrapped("a", given_) if who is None else wrapped("a", given_, provider=who)])
    assert not [p for p in read.problems if p.code == "refused"]
    for told in read.problems:
        words = f"{told.message} {told.hint}".casefold()
        assert not [claim for claim in ("not charged", "nothing was", "refused") if claim in words]
    if given_.get("data") != []:  # a list may be empty
        assert len(read) + len(read.problems) > 0


def test_an_item_of_a_list_is_a_task_and_never_a_refusal() -> None:
    items = [{"code": -1}, {"error": {"code": "no_quota"}}, {"id": "t1", "status": "pending"}]
    for body in ({"code": 0, "data": items}, {"data": items}):
        read = kc.read_responses([wrapped("a", body, provider="evolink")])
        assert (len(read), [told.code for told in read.problems]) == (1, ["unreadable"])


@given(st.sampled_from([400, 402, "429", 500, -1, 1000, 1102, "1303", 5001]), st.text(min_size=1, max_size=9))
def test_a_refusal_is_one_and_says_nothing_of_charges(code: Any, why: str) -> None:
    for body in ({"code": code, "message": why}, {"code": code, "message": why, "data": None, "request_id": "r"}):
        (told,) = kc.read_responses([wrapped("a", body)]).problems
        assert (told.code, told.severity) == ("refused", "warning")
        assert told.hint == (
            "check the recent tasks before sending it again: the answer does not say whether anything was charged"
        )


@pytest.mark.parametrize("code", [1, 7, 100, 302, 399, None, "PENDING", [], {}, False, "1e3"])
def test_a_code_that_nobody_knows_is_neither(code: Any) -> None:
    (told,) = kc.read_responses([{"code": code, "message": "?", "status": "x"}]).problems
    assert (told.code, told.severity) == ("unreadable", "error")


def test_lists_of_the_account_do_not_accuse_this_plan(tmp_path: Path) -> None:
    mine, others = {**newer("succeeded", UNITS), "id": "mine"}, [{**newer("succeeded", UNITS), "id": n} for n in "xyz"]
    unpaid = {**newer("failed"), "id": "u"}
    plan = [job("shot-1", SHOT, task_id="mine")]
    result = outcome(plan, answered([mine, *others, unpaid]))
    (finding,) = result.findings
    assert (finding.kind, finding.severity, finding.reported, finding.currency) == (
        "other_tasks", "info", Decimal("1.26"), "USD",
    )  # fmt: skip
    assert (
        finding_sentence(finding).message
        == "tasks from other plans: 4; as far as stated, 1.26 USD were charged for them"
    )
    assert (result.totals[0].orphans, result.totals[0].reported, result.exit_code) == (0, Decimal("0.42"), 0)
    parts = outcome(plan, [answered([others[0], mine]), answered([*others, unpaid]), answered([mine])])
    assert [(f.kind, finding_sentence(f)) for f in parts.findings if f.kind != "duplicate_response"] == [
        ("other_tasks", finding_sentence(finding))
    ]
    each = outcome(plan, answered([mine, *others, unpaid]), only_mine=False)
    assert (kinds(each), each.totals[0].orphans) == (["orphan_response"] * 4, Decimal("1.26"))


def test_a_task_that_was_asked_for_by_itself_is_no_other_plans() -> None:
    alone = {**newer("succeeded", UNITS), "id": "x"}
    unpaid = {**newer("succeeded"), "id": "x"}
    for bodies in (
        [answered(alone), answered([alone])],
        [answered([alone]), answered(alone)],
        [answered(unpaid), answered([alone])],
    ):
        result = outcome(PLAN[:1], bodies)
        assert [k for k in kinds(result) if k != "duplicate_response"] == ["missing_response", "orphan_response"]
        told = kc.reconcile(kc.estimate(PLAN[:1]), bodies, only_mine=True)
        assert [k for k in kinds(told) if k != "duplicate_response"] == ["missing_response", "other_tasks"]


def test_only_mine_holds_for_every_answer_where_it_is_given() -> None:
    """A log that several campaigns share: what names a job of this plan is still told."""
    shared = [wrapped("elsewhere", evolink("t-1", 54)), evolink("t-2", 27), wrapped("a", evolink("t-3", 27))]
    assert kinds(outcome(job(), shared)) == ["orphan_response", "orphan_response"]
    assert kinds(outcome(job(), shared, only_mine=True)) == ["other_tasks"]
    bad = [job(), job("bad", {"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 16})]
    own = [wrapped("bad", evolink("t-4", 86.4)), wrapped("shot-1", evolink("t-5", 27)), *shared]
    result = outcome([*bad, PLAN[0]], own, only_mine=True)
    assert kinds(result) == ["missing_response", "not_estimated", "orphan_response", "other_tasks"]


def test_a_list_gives_nothing_to_jobs_merely_alike() -> None:
    """A task of the account that fits the only job may be another plan's."""
    pending = evolink("t", 27, "pending")
    assert [t.matched_by for t in outcome(job(), pending).tasks] == ["alike"]
    assert kinds(outcome(job(), {"data": [pending]})) == ["missing_response", "other_tasks"]


def test_headings_are_compared_as_those_of_jobs_are(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Job ID ;TASK-ID;Status;Credits Used\na;t;completed;27\n", encoding="utf-8")
    result = outcome(job(), tmp_path / "a.csv")
    assert (kinds(result), result.tasks[0].settled, result.tasks[0].task_id) == ([], 27, "t")


def test_a_sheet_may_head_columns_as_the_official_api_calls_them(tmp_path: Path) -> None:
    text = "job_id,task_id,task_status,final_unit_deduction\na,871,succeed,3\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    result = outcome(job("a", SHOT), tmp_path / "a.csv")
    assert (kinds(result), result.tasks[0].reported) == ([], Decimal("0.42"))


def test_headers_beside_a_logged_body_are_not_carried_along() -> None:
    logged = {"job_id": "a", "url": "/hook", "headers": {"authorization": "Bearer x"}, "body": evolink("t", 27)}
    (task,) = outcome(job(), logged).tasks
    assert (task.task_id, task.extra) == ("t", {})


def test_tasks_of_other_plans_are_told_by_provider() -> None:
    """Whatever their order, and the order of the currencies."""
    answers = [kling3api("n75x", 240), answered([older(final_unit_deduction="3")]), evolink("t", 27)]
    findings = [f for f in outcome(job(), answers, only_mine=True).findings if f.kind == "other_tasks"]
    assert [f.currency for f in findings] == ["EVOLINK_CREDIT", "USD", "KLING3API_CREDIT"]
