"""Small promises that are easily broken: advice by its reason, places, slices, what is read back, units in files."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.io.json_text import json_bytes
from kling_cost.problems import ReadError
from kling_cost.reconciliation.findings.discrepancies import difference, held_against
from kling_cost.reconciliation.findings.finding_text import finding_sentence
from kling_cost.reconciliation.result import Finding
from kling_cost.results.document_types import RECONCILIATION
from kling_cost.results.record_types import TASK
from tests.reconciliation.samples import evolink, job, kinds, of_a, outcome, wrapped


@pytest.mark.parametrize(
    ("explained", "advice"),
    [
        (("sound=on",), "it would be due with sound=on; set it explicitly"),
        (("duration=7", "quality=1080p"), "it would be due with duration=7 | quality=1080p; set it"),
        (("rate=2026-10-10",), "this is the price on another date: rate=2026-10-10; check"),
        (("book=new",), "this is the price in another price book: book=new; plan with it by passing --prices"),
        (("factor=0.9",), "the account seems to have its own prices: factor=0.9; write them into an overlay"),
        (
            ("actual_seconds=7", "duration=7"),
            "charged by the actual seconds: actual_seconds=7 | duration=7; ask",
        ),
        ((), "ask the provider why, and for a refund of this task"),
    ],
)
def test_the_advice_goes_by_the_reason(explained: tuple[str, ...], advice: str) -> None:
    what = held_against("over_reserved", Decimal(27), Decimal(40), "EVOLINK_CREDIT")
    what.explained_by = explained
    assert (finding_sentence(Finding(what, "a", "t")).hint or "").startswith(advice)


def test_too_little_and_a_settlement_have_advice_of_their_own() -> None:
    less = held_against("under_consumed", Decimal(27), Decimal(20), "KLING3API_CREDIT")
    assert finding_sentence(Finding(less, "a", "t")).hint == "ask the provider why before relying on it"
    moved = held_against("settled_differs", Decimal(27), Decimal(20), "EVOLINK_CREDIT", created=Decimal(27))
    sentence = finding_sentence(Finding(moved, "a", "t"))
    assert sentence.message == "27 EVOLINK_CREDIT at creation, 20 when settled; 27 due"
    assert sentence.hint == "ask the provider why before relying on it"
    right = held_against("settled_differs.as_due", Decimal(27), Decimal(27), "EVOLINK_CREDIT", created=Decimal(40))
    assert finding_sentence(Finding(right, "a", "t")).hint == ""
    assert difference("still_open.unstated").kind == "still_open"


def test_rows_can_be_sliced() -> None:
    result = outcome([job("a", takes=3), job("b")], [wrapped("a", evolink("t", 27))])
    assert [task.task_id for task in result.tasks] == ["t", None, None, None]
    assert [task.job_id for task in result.tasks[1:3]] == ["a", "a"]
    assert [task.job_id for task in result.tasks[::-1]] == ["b", "a", "a", "a"]
    assert [task.job_id for task in result.tasks[2:]] == ["a", "b"]
    assert result.tasks[-1].job_id == "b"
    assert result.tasks[-4].task_id == "t"


def test_csv_rows_hold_every_column() -> None:
    columns = TASK.columns()
    rows = TASK.rows(of_a(evolink("t", 40.5)).tasks, columns)
    assert dict(zip([column.name for column in columns], next(rows), strict=True)) == {
        "job_id": "a", "task_id": "t", "provider": "evolink", "status": "completed", "estimated": "27",
        "reserved": "40.5", "settled": None, "refunded": None, "reported": "40.5", "variance": "13.5",
        "currency": "EVOLINK_CREDIT", "matched_by": "job_id", "findings": "over_reserved",
    }  # fmt: skip


def test_what_is_read_back_calculates(tmp_path: Path) -> None:
    usage = {"data": {"user": {"remaining_credits": 12.5}, "token": {}}}
    result = outcome(job(), [wrapped("a", evolink("t", 40.5, seconds=9)), usage])
    (tmp_path / "o.json").write_bytes(json_bytes(RECONCILIATION.json(result)))
    stored = kc.read_reconciliation(tmp_path / "o.json", result.estimate)
    assert stored.estimate is result.estimate
    assert stored.balances == result.balances
    assert (stored.balances[0].source, stored.balances[0].row) == ("responses", 2)
    money, fact = stored.findings
    assert (money.expected, money.reported, money.at_stake) == (27, Decimal("40.5"), Decimal("13.5"))
    assert (fact.expected, fact.reported, fact.at_stake) == ("5", "9", 0)
    assert stored.price_book.sha256 == result.price_book.sha256
    assert stored.price_book.exchange.keys() == result.price_book.exchange.keys()
    assert stored.to_frame().equals(result.to_frame())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "o.json:1: not JSON: EOF while parsing an object (column 1)"),
        ("[]", "o.json: not a stored reconciliation"),
        (
            '{"schema_version": "1", "kind": "reconciliation"}',
            "o.json: partial: the stored reconciliation is damaged: Field required (store it again)",
        ),
    ],
)
def test_a_file_of_no_such_kind_is_reported(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "o.json").write_text(text, encoding="utf-8")
    with pytest.raises(ReadError) as caught:
        kc.read_reconciliation(tmp_path / "o.json")
    assert str(caught.value) == f"{tmp_path}/{message}"


def test_the_unit_holds_for_every_form_and_for_lists(tmp_path: Path) -> None:
    body = evolink("t", 270001, "completed")
    (tmp_path / "a.jsonl").write_text(json.dumps(wrapped("a", body)), encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps({"response": {"data": [body]}, "job_id": "a"}), encoding="utf-8")
    (tmp_path / "c.tsv").write_text("job_id\tid\tstatus\tcredits\na\tt\tcompleted\t270001\n", encoding="utf-8")
    for name in ("a.jsonl", "b.json", "c.tsv"):
        read = kc.read_responses(tmp_path / name, amount_unit="UC")
        result = kc.reconcile(kc.estimate([job()]), read)
        assert (kinds(result), result.tasks[0].reported) == (["rounding", "unit_scale"], Decimal("27.0001")), name


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "no credits"}, "the provider refused the request: no credits (null)"),
        ({"error": {"type": "insufficient_quota_error", "message": "top up"}},
         "the provider refused the request: top up (insufficient_quota_error)"),
        ({"error": {"code": 402, "type": "x", "message": "top up"}}, "the provider refused the request: top up (402)"),
    ],
)  # fmt: skip
def test_a_refusal_is_quoted(body: Any, message: str) -> None:
    (found,) = kc.read_responses([body]).problems
    assert (found.message, found.field, found.source, found.row) == (message, "", "responses", 1)


@pytest.mark.parametrize("beside", [{}, {"provider": "evolink"}, {"provider": "evolink", "batch": 7}])
def test_text_that_is_no_answer_is_told_of_its_job_and_hides_no_other(beside: dict[str, Any]) -> None:
    read = kc.read_responses([{"job_id": "a", "response": "hello", **beside}, wrapped("b", evolink("t", 27))])
    assert [(str(found), found.job_id, found.code) for found in read.problems] == [
        ("responses:1: not JSON: expected value (column 1)", "a", "unreadable")
    ]
    assert (read.broken, len(read)) == (1, 1)


def test_an_answer_with_a_blank_job_id_is_of_no_job_whatever_is_said_of_the_whole_plan() -> None:
    task = {"type": "pro-text-to-video", "prompt": "x", "duration": 5}
    plan = kc.estimate([{"job_id": "a", "request": task}])
    assert [(p.code, p.job_id) for p in plan.problems] == [("no_exchange_rate", None)]
    result = kc.reconcile(plan, [wrapped("", evolink("t", 27))])
    assert kinds(result) == ["missing_response", "orphan_response"]


def read_sheet(folder: Path, *rows: str) -> Any:
    """The task of job `a` as a sheet of answers tells it, whatever the order of its rows."""
    told = []
    for lines in (rows, rows[::-1]):
        header = "job_id,task_id,provider,status,progress,reserved,settled"
        (folder / "answers.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
        told.append(kc.reconcile(kc.estimate([job()]), kc.read_responses(folder / "answers.csv")).tasks[0])
    assert told[0] == told[1]._replace(events=told[0].events)
    return told[0]


def test_of_two_ends_at_one_amount_the_failure_tells_what_was_held(tmp_path: Path) -> None:
    task = read_sheet(tmp_path, "a,t,evolink,completed,100,27,27", "a,t,evolink,failed,100,30,27")
    assert (task.state, task.reserved, task.settled, task.reported) == ("succeeded", 30, 27, 27)


def test_a_word_of_another_provider_does_not_tell_of_a_later_call(tmp_path: Path) -> None:
    for word in ("succeed", "no such word"):
        task = read_sheet(tmp_path, "a,t,evolink,pending,0,27,", f"a,t,evolink,{word},,40,")
        assert (task.state, task.status, task.reported) == ("open", "pending", 27), word


def test_a_body_is_told_by_its_form_alone() -> None:
    from kling_cost.reconciliation.providers import provider_of

    assert provider_of({"id": "t"}) == "evolink"
    assert provider_of({"usage": {}}) == "evolink"
    assert provider_of({"error": {}}) == "evolink"
    assert provider_of({"data": []}) == "evolink"
    assert provider_of({"data": {}}) == "evolink"
    assert provider_of({"code": 200, "data": {"task_id": "x"}}) == "kling3api"
    assert provider_of({"code": 200}) is None
    assert provider_of({"code": 0, "request_id": "r"}) is None
    assert provider_of({"code": 402}) == "kling3api"
    assert provider_of({"code": 1102, "request_id": "r"}) == "kling"
    assert provider_of({"code": 0, "data": {"task_status": "succeed"}}) == "kling"
    assert provider_of({"data": 7}) is None
    assert provider_of({"status": "completed"}) is None


def test_a_list_with_one_thing_that_is_no_task_keeps_the_others() -> None:
    read = kc.read_responses([{"data": [7, evolink("t", 27), {"id": "u", "usage": {"credits_reserved": 1}}]}])
    assert sorted(read.tasks["evolink"]) == ["t", "u"]
    assert (read.broken, [p.code for p in read.problems]) == (1, ["unreadable"])


@pytest.mark.parametrize("names", ["job_id,credits,status", "task_id,credits,status", "id,credits,status"])
def test_a_header_is_told_by_an_id(tmp_path: Path, names: str) -> None:
    (tmp_path / "a.csv").write_text(f"Our answers,,\n{names}\na,27,completed\n", encoding="utf-8")
    read = kc.read_responses(tmp_path / "a.csv")
    assert len(read) == 1
    assert not read.problems


def test_a_row_that_does_not_fit_hides_no_later_one(tmp_path: Path) -> None:
    text = "job_id,task_id,status,credits\na,t,completed,27,1,2\n\na,u,completed,27\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    read = kc.read_responses(tmp_path / "a.csv")
    assert list(read.tasks[None]) == ["u"]
    assert [(p.row, p.code) for p in read.problems] == [(2, "unreadable")]


def test_a_fault_in_the_header_stands_at_its_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("title,,\n\njob_id,credits,credits\na,27,27\n", encoding="utf-8")
    assert [(p.row, p.field) for p in kc.read_responses(tmp_path / "a.csv").problems] == [(3, "credits")]


def test_a_task_as_json_holds_every_amount() -> None:
    failed = {**evolink("t", 27, "failed"), "billing": {
        "refund_status": "completed", "charged_credits": 27, "refunded_credits": 20.5}}  # fmt: skip
    (task,) = of_a(evolink("t", 27, "pending"), failed).tasks
    assert TASK.json(task) == {
        "job_id": "a", "task_id": "t", "provider": "evolink", "status": "failed", "state": "failed", "estimated": "27",
        "reserved": "27", "settled": "27", "refunded": "20.5", "reported": "6.5", "variance": "-20.5",
        "currency": "EVOLINK_CREDIT", "matched_by": "job_id", "findings": ["failed_not_refunded"], "extra": {},
        "created": "2025-11-20",
    }  # fmt: skip


def test_an_unusable_amount_is_told_by_its_path() -> None:
    bodies = [{"code": 200, "data": {"task_id": "n75x", "status": "SUCCESS", "consumed_credits": "400"}}]
    bodies.append({"id": "t", "usage": {"cost": {"credits": "1"}, "credits_used": True}, "billing": {
        "reserved_credits": -1, "charged_credits": [], "refunded_credits": {}}})  # fmt: skip
    assert [problem.field for problem in kc.read_responses(bodies).problems] == [
        "data.consumed_credits", "usage.credits_used", "usage.cost.credits", "billing.charged_credits",
        "billing.reserved_credits", "billing.refunded_credits",
    ]  # fmt: skip


def test_amounts_of_very_many_digits_add_up_exactly(tmp_path: Path) -> None:
    """More digits than a Decimal keeps by default: nothing is rounded, and nothing breaks."""
    large, small = Decimal("123456789012345.1"), Decimal("27.000000000000000000000000000001")
    result = outcome(job(takes=2), [wrapped("a", evolink("t", large)), wrapped("a", evolink("u", small))])
    (total,) = result.totals
    assert f"{total.reported:f}" == "123456789012372.100000000000000000000000000001"
    assert f"{total.variance:f}" == "123456789012318.100000000000000000000000000001"
    assert total.adds_up
    assert [f"{task.variance:f}" for task in result.tasks] == [
        "123456789012318.1000", "0.000000000000000000000000000001",
    ]  # fmt: skip
    (tmp_path / "o.json").write_bytes(json_bytes(RECONCILIATION.json(result)))
    assert kc.read_reconciliation(tmp_path / "o.json").totals == result.totals
    for suffix in ("xlsx", "html", "md", "csv"):
        kc.write_report(tmp_path / f"b.{suffix}", result)


def test_results_are_shown_with_what_they_are_about() -> None:
    answers = [wrapped("a", evolink("t", 1040)), evolink("x", None), "broken"]
    read = kc.read_responses(answers)
    assert repr(read) == "<Responses: 2 tasks, 1 problem>"
    result = kc.reconcile(kc.estimate([job(), job("b")]), read)
    assert [repr(task) for task in result.tasks] == [
        "<Task t of a: succeeded, 1,040 of 27 EVOLINK_CREDIT>",
        "<Task none of b: missing, no amount of 27 EVOLINK_CREDIT>",
    ]
    assert repr(result.tasks[0]._replace(job_id=None)).startswith("<Task t of no job: ")
    assert repr(result.tasks) == "<Tasks: 2>"
    assert [repr(finding) for finding in result.findings] == [
        "<Finding over_reserved by 1,013 EVOLINK_CREDIT: a, t>",
        "<Finding missing_response: b>",
        "<Finding orphan_response: x>",
    ]
    assert repr(result.findings[0]._replace(job_id=None, task_id=None)).endswith(": the whole>")
    told = "2 tasks, 2 errors, 1 warning, variance 1,013 EVOLINK_CREDIT, 1 problem"
    assert repr(result) == f"<Reconciliation: {told}>"
    shown = result._repr_html_()
    assert shown.startswith(f"<p>{told}</p><table><tr>")
    cells = [re.findall("<t[hd]>(.*?)</t[hd]>", row) for row in shown.split("<tr>")[1:]]
    assert cells == [
        "kind severity job_id task_id expected reported difference currency".split(),
        ["over_reserved", "error", "a", "t", "27", "1,040", "1,013", "EVOLINK_CREDIT"],
        ["orphan_response", "error", "", "x", "", "", "", "EVOLINK_CREDIT"],
        ["missing_response", "warning", "b", "", "27", "", "", "EVOLINK_CREDIT"],
    ]
