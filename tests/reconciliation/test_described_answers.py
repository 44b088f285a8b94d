"""Answers of sellers that a price book describes, read without a line of Python."""

from __future__ import annotations

import json
import pickle
import tempfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from tests.cases import cases
from tests.cli import AS_OF, run
from tests.reconciliation.samples import Line, every_kind, evolink, kinds, kling3api, wrapped

DATA = Path(__file__).parent.parent / "data"
SELLERS = DATA / "sellers.yaml"
UNIT = {"charge_type": "unit"}
BOOK = kc.load_prices(SELLERS, overlay=[DATA / "official_units.yaml"])
TOLD = cases("described_answers")
JOBS = TOLD["jobs"]
NAMES = list(JOBS)


def job(seller: str, job_id: str = "a") -> Line:
    """Five seconds of a seller, in the lowest quality without sound."""
    return {"job_id": job_id, "provider": seller, "request": JOBS[seller]}


def outcome(seller: str, *answers: Any, book: kc.PriceBook = BOOK) -> kc.Reconciliation:
    """Job `a` of a seller held against answers."""
    return kc.reconcile(kc.estimate([job(seller)], book), list(answers))


@pytest.mark.parametrize("case", TOLD["cases"], ids=[f"{case['seller']}: {case['name']}" for case in TOLD["cases"]])
@pytest.mark.parametrize("form", ["named", "text", "logged", "by itself"])
def test_an_answer_is_read_as_the_book_describes_it(case: dict[str, Any], form: str) -> None:
    seller, body = case["seller"], case["body"]
    given_ = {
        "named": wrapped("a", body, provider=seller),
        "text": wrapped("a", json.dumps(body, default=float), provider=seller),
        "logged": {"job_id": "a", "provider": seller, "headers": {}, "body": body},
        "by itself": wrapped("a", body),
    }[form]
    result = outcome(seller, given_)
    told = [p for p in result.problems if p not in result.estimate.problems]  # type: ignore[union-attr]
    if "refused" in case:
        assert ([p.message for p in told], [p.code for p in told], len(result.tasks)) == (
            [case["refused"]], ["refused"], 1,
        )  # fmt: skip
        assert kinds(result) == ["missing_response"]
        return
    (found,) = result.tasks
    reported = case.get("reported")
    assert (found.task_id, found.state) == (case["task"], case["state"])
    assert found.reported == (None if reported is None else Decimal(reported))
    assert [f"{f.kind} {f.severity}" for f in result.findings] == case.get("finds", [])
    assert [p.code for p in told] == case.get("says", [])


def kie(**data: Any) -> Line:
    return {"code": 200, "msg": "success", "data": {"taskId": "t", "state": "success", **data}}


TWO_OF_A_KIND = """\
schema: 1
version: twins
providers:
  mart:
    name: Mart
    currency: USD
    responses:
      items: data
      task_id: [id, task_id]
      status: status
      amount: [cost]
      words: {open: [submitted], succeeded: [completed], failed: [failed]}
      code: {path: code, success: [200]}
      source: a page
    skus:
      call:
        models: [call]
        billing_rule: per_call
        rates: {2026-01-01: {unit_price: 1, source: a page, checked: 2026-01-02}}
"""


@pytest.fixture
def twins(tmp_path: Path) -> kc.PriceBook:
    """The sellers, and one more whose answers look like those of one of them."""
    path = tmp_path / "twins.yaml"
    path.write_text(TWO_OF_A_KIND, encoding="utf-8")
    return kc.load_prices(SELLERS, overlay=[path])


def test_an_answer_that_two_sellers_may_have_sent_is_not_guessed(twins: kc.PriceBook) -> None:
    body = {"code": 200, "data": {"id": "t", "status": "completed", "cost": "0.336"}}
    result = outcome("apimart", wrapped("a", body), book=twins)
    assert kinds(result) == ["missing_response"]
    (told,) = [p for p in result.problems if p.code == "unreadable"]
    assert told.message == "the answer may be from any of these providers: apimart, mart"
    assert (result.exit_code, result.partial) == (5, True)
    named = outcome("apimart", wrapped("a", body, provider="apimart"), book=twins)
    assert (kinds(named), named.exit_code) == ([], 0)
    telling = {"code": 200, "data": {"id": "t", "status": "in_progress", "cost": 0}}  # a word of one of them
    assert list(kc.read_responses([telling], book=twins).tasks) == ["apimart"]


def test_a_seller_is_told_by_its_marks() -> None:
    task = {"task_id": "t", "status": "completed"}
    assert list(kc.read_responses([{"data": {**task, "task_type": "x"}}], book=BOOK).tasks) == ["piapi"]
    assert [p.code for p in kc.read_responses([{"data": task}], book=BOOK).problems] == ["unreadable"]


MIRROR = """\
schema: 1
version: mirror
providers:
  mirror:
    name: Mirror
    currency: USD
    responses:
      task_id: id
      status: status
      words: {open: [pending], succeeded: [completed, kept], failed: [failed]}
      source: a page
    skus:
      mirrored:
        models: [mirrored]
        billing_rule: per_call
        rates: {2026-01-01: {unit_price: 1, source: a page, checked: 2026-01-02}}
"""


def test_nor_is_one_of_a_known_provider_or_a_seller_of_its_form(tmp_path: Path) -> None:
    path = tmp_path / "mirror.yaml"
    path.write_text(MIRROR, encoding="utf-8")
    both = kc.load_prices(overlay=[path])
    (told,) = kc.read_responses([evolink("t", 27)], book=both).problems
    assert told.message == "the answer may be from any of these providers: evolink, mirror"
    assert list(kc.read_responses([evolink("t", 27, "kept")], book=both).tasks) == ["mirror"]
    failed = {"code": 501, "msg": "failed", "data": {"taskId": "t", "state": "fail"}}  # another's refusal, by its code
    assert list(kc.read_responses([failed], book=kc.load_prices(overlay=[SELLERS])).tasks) == ["kie"]
    alone = kc.load_prices(SELLERS, overlay=[path])  # which does not have the other
    assert list(kc.read_responses([evolink("t", 27)], book=alone).tasks) == ["mirror"]


def test_without_the_book_the_seller_is_unknown() -> None:
    body = {"request_id": "r", "status": "OK", "payload": {"video": {"url": "https://cdn.example/o.mp4"}}}
    for read in (kc.read_responses([body]), kc.read_responses([body], book=kc.load_prices())):
        assert (len(read), [p.key for p in read.problems]) == (0, ["unreadable.unknown_seller"])
    assert list(kc.read_responses([body], book=BOOK).tasks) == ["fal"]
    (told,) = kc.read_responses([wrapped("a", body, provider="nobody")], book=BOOK).problems
    assert (told.code, told.message.endswith("kie, piapi, apimart, official")) == ("not_allowed", True)


def test_known_providers_are_read_as_without_the_sellers() -> None:
    jobs, answers = every_kind()
    beside = kc.load_prices(overlay=[SELLERS])
    plan = kc.estimate(jobs, beside)
    with_sellers, without = (
        kc.reconcile(plan, kc.read_responses(answers, book=beside)),
        kc.reconcile(plan, kc.read_responses(answers)),
    )
    assert with_sellers == without
    refusal = {"code": 1102, "message": "pack used up", "request_id": "r"}
    balance = {"data": {"user": {"remaining_credits": 7}, "token": {}}}
    official = {"code": 0, "data": {"id": "t", "status": "submitted"}, "request_id": "r"}
    listed = {"code": 0, "message": "SUCCEED", "request_id": "r", "data": [{"task_id": "1", "task_status": "succeed"}]}
    quote = {"estimate_id": "e", "status": "OK"}
    unknown = {"task_id": "t", "status": "SUCCESS", "cost": "4.5", "request_id": "r"}
    others = [evolink("e", 27), kling3api("n75", 400), refusal, balance, official, listed, quote, unknown]
    assert kc.read_responses(others, book=beside) == kc.read_responses(others)


def test_a_book_may_describe_a_known_provider_anew(tmp_path: Path) -> None:
    path = tmp_path / "o.yaml"
    path.write_text(
        "schema: 1\nversion: anew\nproviders:\n  evolink:\n    responses: "
        "{takes: reserved, task_id: task.id, status: task.state, amount: [task.cost], unit: UC}\n",
        encoding="utf-8",
    )
    anew = kc.load_prices(overlay=[path])
    plan = kc.estimate([{"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}], anew)
    result = kc.reconcile(plan, [wrapped("a", {"task": {"id": "t", "state": "completed", "cost": 270000}})])
    assert (kinds(result), result.tasks[0].reported) == ([], 27)
    result = kc.reconcile(plan, [wrapped("a", evolink("t", 27))])
    assert [p.code for p in result.problems] == ["unreadable"]


ANEW = """\
schema: 1
version: anew
providers:
  evolink:
    responses:
      takes: reserved
      task_id: id
      status: status
      amount: [usage.credits_used, credits_used, usage.cost.credits]
      reserved: usage.credits_reserved
      model: model
      seconds: task_info.video_duration
      created: created
"""
FOG = {"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 5}}
held = st.sampled_from([None, 27, Decimal("40.5"), 0, 13, 270000])


@given(st.lists(st.tuples(held, held, st.sampled_from(["completed", "failed", "cancelled"])), min_size=1, max_size=3))
def test_a_known_provider_described_anew_comes_to_the_same(told: list[tuple[Any, Any, str]]) -> None:
    """As far as paths carry it: what is held and what is charged, model, seconds and states."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "anew.yaml")
        path.write_text(ANEW, encoding="utf-8")
        anew = kc.load_prices(overlay=[path])
    answers = [wrapped("a", evolink("t", 27, "pending"))]
    for reserved, used, status in told:
        body = evolink("t", reserved, status)
        answers.append(wrapped("a", {**body, "usage": {**body["usage"], "credits_used": used}}))
    by_paths = kc.reconcile(kc.estimate([FOG], anew), answers, book=anew)
    by_reader = kc.reconcile(kc.estimate([FOG]), answers)
    assert by_paths.tasks == by_reader.tasks
    assert by_paths.totals == by_reader.totals
    found, expected = (
        [(f.kind, f.severity, f.difference, f.explained_by) for f in result.findings]
        for result in (by_paths, by_reader)
    )
    assert found == expected


def test_a_stored_plan_is_reconciled_by_a_book_that_has_its_seller(tmp_path: Path) -> None:
    jobs, plan, answers = tmp_path / "jobs.json", tmp_path / "plan.json", tmp_path / "answers.jsonl"
    jobs.write_text(json.dumps([job("kie")]), encoding="utf-8")
    answers.write_text(json.dumps(wrapped("a", kie(creditsConsumed=75))), encoding="utf-8")
    assert run("estimate", jobs, "--prices", SELLERS, *AS_OF, "-o", plan).returncode == 0
    found = run("reconcile", plan, "--responses", answers, "--also", SELLERS, *AS_OF, "--format", "json")
    assert (found.returncode, [f["kind"] for f in json.loads(found.stdout)["findings"]]) == (6, ["over_consumed"])
    assert run("reconcile", plan, "--responses", answers, *AS_OF).returncode == 5
    sheet = tmp_path / "answers.csv"
    sheet.write_text("job_id,task_id,status,credits\na,t,success,75\n", encoding="utf-8")
    assert run("reconcile", plan, "--responses", sheet, *AS_OF).returncode == 6
    stored = kc.read_estimate(plan)
    by_book = kc.reconcile(stored, [wrapped("a", kie(creditsConsumed=70))], book=BOOK)
    assert kinds(by_book) == []


def test_what_an_answer_of_a_list_says_does_not_hide_the_others() -> None:
    tasks = [{"task_id": "1", "status": "completed", "cost": 0.336}, {"status": "completed"}, 7]
    read = kc.read_responses([wrapped("a", {"code": 200, "data": tasks}, provider="apimart")], book=BOOK)
    assert (list(read.tasks["apimart"]), [p.key for p in read.problems]) == (["1"], ["unreadable.success"])
    assert (
        len(kc.read_responses([wrapped("a", {"code": 200, "data": []}, provider="apimart")], book=BOOK).problems) == 1
    )


def test_frames_and_objects_agree_on_a_seller_without_amounts() -> None:
    import pandas as pd

    jobs = pd.DataFrame([{"job_id": "a", "provider": "fal", **JOBS["fal"]}])
    told = pd.DataFrame([{"job_id": "a", "task_id": "t", "status": "OK", "provider": "fal"}])
    (row,) = kc.reconcile_frame(jobs, told, BOOK).to_dict("records")
    assert (row["state"] if "state" in row else row["status"], row["findings"]) == ("OK", "invalid_amount")
    (finding,) = kc.reconcile(kc.estimate(jobs, BOOK), told, book=BOOK).findings
    assert (finding.kind, finding.severity) == ("invalid_amount", "warning")


def test_a_book_and_what_was_read_by_it_travel() -> None:
    again = pickle.loads(pickle.dumps(BOOK))
    body = kie(creditsConsumed="70")
    assert kc.read_responses([body], book=again) == kc.read_responses([body], book=BOOK)


amounts = st.decimals(0, 10**9, allow_nan=False, allow_infinity=False, places=9)


@given(st.lists(amounts, min_size=1, max_size=6), st.booleans())
def test_amounts_are_exact_to_the_last_digit(parts: list[Decimal], as_text: bool) -> None:
    """Numbers or texts, alone or added up, in the currency or in a part of it."""
    written: list[Any] = [f"{part:f}" if as_text else part for part in parts]
    billing = [{"charge_type": "unit", "amount": amount} for amount in written]
    body = {"code": 0, "data": {"id": "t", "status": "succeeded", "billing": billing}}
    usage = {"type": "point", "frozen": 0, "consume": written[0]}
    points = {"data": {"task_id": "t", "task_type": "x", "status": "completed", "meta": {"usage": usage}}}
    for seller, given_, expected in (
        ("official", body, sum(parts) * Decimal("0.14")),
        ("kie", kie(creditsConsumed=written[0]), parts[0]),
        ("piapi", points, parts[0].scaleb(-7)),
    ):
        (task,) = outcome(seller, wrapped("a", given_, provider=seller)).tasks
        assert task.reported == expected


unusable = st.sampled_from(["", "3,0", "-3", "4.5 USD", "1e3", "∞", True, False, -1, [], {}, [3], {"amount": 3}])


@given(unusable)
def test_an_amount_that_cannot_be_read_is_an_error_and_never_nothing(value: Any) -> None:
    billing = [{"charge_type": "unit", "amount": "3"}, {"charge_type": "unit", "amount": value}]
    usage = {"type": "point", "frozen": 7500000, "consume": value}
    bodies = {
        "kie": kie(creditsConsumed=value, consumeCredits=70),
        "apimart": {"code": 200, "data": {"id": "t", "status": "completed", "cost": value}},
        "piapi": {"data": {"task_id": "t", "task_type": "x", "status": "completed", "meta": {"usage": usage}}},
        "official": {"code": 0, "data": {"id": "t", "status": "succeeded", "billing": billing}},
    }
    for seller, body in bodies.items():
        result = outcome(seller, wrapped("a", body, provider=seller))
        assert (result.tasks[0].reported, kinds(result), result.exit_code) == (None, ["invalid_amount"], 6)
        assert [p.code for p in result.problems if p.code == "wrong_type"] == ["wrong_type"]


@pytest.mark.parametrize(
    "billing", [7, "3", {"amount": "3"}, ["3"], [None], [{**UNIT, "amount": "3"}, UNIT], [{"amount": "3"}]]
)
def test_what_stands_where_a_path_leads_through_makes_a_charge_unknown(billing: Any) -> None:
    body = {"code": 0, "data": {"id": "t", "status": "succeeded", "billing": billing}}
    result = outcome("official", wrapped("a", body, provider="official"))
    assert (kinds(result), result.tasks[0].reported) == (["invalid_amount"], None)
    assert "wrong_type" in [p.code for p in result.problems]


NO_TASKS = [
    ("fal", {"request_id": "r", "detail": "Unauthorized"}, "refused"),  # the id is that of the call
    ("fal", {"success": True, "error": "late"}, "unreadable"),
    ("piapi", {"code": 402, "message": "top up"}, "refused"),
    ("kie", {"code": 501, "msg": "?", "data": None}, "unreadable"),
    ("kie", {"code": 200, "data": {"taskId": " ", "state": "success"}}, "unreadable"),
    ("apimart", {"code": 200, "data": {"id": "t", "status": {"is": "completed"}, "cost": 1}}, "unreadable"),
    ("apimart", {"error": "late", "data": [7]}, "refused"),
]


@pytest.mark.parametrize(("seller", "body", "code"), NO_TASKS)
def test_what_is_no_task_is_a_refusal_only_where_it_says_so(seller: str, body: Line, code: str) -> None:
    read = kc.read_responses([wrapped("a", body, provider=seller)], book=BOOK)
    assert (len(read), [p.code for p in read.problems]) == (0, [code])


def test_a_task_of_a_list_is_never_a_refusal() -> None:
    body = {"error": "late", "data": [{"id": "t", "status": "completed", "cost": 1}, 7]}
    read = kc.read_responses([wrapped("a", body, provider="apimart")], book=BOOK)
    assert (len(read), [p.code for p in read.problems]) == (1, ["unreadable"])


def test_tasks_of_a_list_that_belong_to_no_job_are_those_of_other_plans() -> None:
    tasks = [{"id": name, "status": "completed", "cost": 0.336} for name in "xy"]
    listed = {"provider": "apimart", "response": {"code": 200, "data": tasks}}
    assert kinds(outcome("apimart", listed)) == ["missing_response", "other_tasks"]


def test_an_amount_in_points_is_divided_once() -> None:
    usage = {"type": "point", "frozen": 7500000, "consume": 7500000}
    body = {"data": {"task_id": "t", "task_type": "x", "status": "completed", "meta": {"usage": usage}}}
    read = kc.read_responses([wrapped("a", body, provider="piapi")], book=BOOK, amount_unit="point")
    assert kc.reconcile(kc.estimate([job("piapi")], BOOK), read).tasks[0].reported == Decimal("0.75")
    astray = {"data": {"task_id": "t", "task_type": "x", "status": "completed", "meta": {"usage": 7}}}
    assert [p.field for p in kc.read_responses([astray], book=BOOK).problems if p.code == "wrong_type"][:1] == [
        "meta.usage.frozen"
    ]
    del usage["type"]  # type: ignore[arg-type]
    assert kinds(outcome("piapi", wrapped("a", body))) == ["invalid_amount"]


def test_equal_answers_differ_where_books_or_types_do(tmp_path: Path) -> None:
    body = wrapped("a", kie(creditsConsumed=70), provider="kie")
    finer = tmp_path / "finer.yaml"
    unit = "responses: {small_unit: {name: cent, per_unit: 100}, unit: cent}"
    finer.write_text(f"schema: 1\nversion: finer\nproviders:\n  kie: {{{unit}}}\n", encoding="utf-8")
    assert outcome("kie", body).tasks[0].reported == 70
    assert outcome("kie", body, book=kc.load_prices(SELLERS, overlay=[finer])).tasks[0].reported == Decimal("0.7")
    read = kc.read_responses([kie(taskId="1", creditsConsumed=1), kie(taskId="2", creditsConsumed=True)], book=BOOK)
    assert [answer.facts.taken for answer in read.tasks["kie"].values()] == [1, None]  # type: ignore[union-attr]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**9) | st.text(max_size=5)
    | st.sampled_from(["completed", "COMPLETED", "success", "succeeded", "failed", "unit", "point", 200, 402, 0]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(
        ["data", "task_id", "taskId", "id", "request_id", "status", "state", "cost", "creditsConsumed", "meta", "usage",
         "consume", "frozen", "type", "billing", "amount", "charge_type", "error", "message", "code", "created"]
    ), inner, max_size=6),
    max_leaves=14,
)  # fmt: skip
bodies = st.dictionaries(
    st.sampled_from(["code", "data", "error", "detail", "status", "request_id", "id", "message", "success", "billing"]),
    json_values,
    max_size=6,
)


@given(st.sampled_from([*NAMES, None]), bodies)
def test_any_body_is_a_task_a_refusal_or_unreadable(seller: str | None, body: Line) -> None:
    """Nothing in between: what is no task is an error or, without a code that means success, a refusal."""
    read = kc.read_responses([wrapped("a", body) if seller is None else wrapped("a", body, provider=seller)], book=BOOK)
    told = [p.code for p in read.problems]
    if seller is not None or body.get("data") != []:  # an account of a known provider may hold no task
        assert len(read) + len(read.balances) + len({"refused", "unreadable"} & set(told)) > 0
    if body.get("code") in (0, 200) and body.get("code") is not False:
        assert "refused" not in told
    result = kc.reconcile(kc.estimate([job(name, name) for name in NAMES], BOOK), read)
    for total in result.totals:
        assert total.estimated - total.estimated_without_amount + total.variance == total.reported


@given(bodies)
def test_whose_answer_it_is_does_not_depend_on_the_order_of_the_book(body: Line) -> None:
    back = replace(BOOK, providers=dict(reversed(BOOK.providers.items())))
    read, other = (kc.read_responses([wrapped("a", body)], book=book) for book in (BOOK, back))
    assert (read.tasks, {p.key for p in read.problems}) == (other.tasks, {p.key for p in other.problems})
