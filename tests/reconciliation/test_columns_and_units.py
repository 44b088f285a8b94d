"""Sheets with every column they may have, and the official provider's answers in every form."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

import kling_cost as kc
from kling_cost.problems import ReadError
from kling_cost.reconciliation.answers.answer import Answer, Facts
from kling_cost.results.record_types import TASK
from tests.reconciliation.samples import EAGLE, FOG, Line, job, kinds, outcome, wrapped

ALL = "job_id,task_id,provider,stage,status,reserved,settled,refunded,model,duration,billing_rule,user_group,progress"
RIGHT = "a,t,evolink,status,completed,27,27,,kling-v3-text-to-video,5,per_second,default,100"


def sheet(tmp_path: Path, *rows: str, head: str = ALL) -> kc.Reconciliation:
    (tmp_path / "a.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    return outcome(job(), tmp_path / "a.csv")


def facts(tmp_path: Path, *rows: str, head: str = ALL) -> Facts:
    (tmp_path / "f.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    tasks = kc.read_responses(tmp_path / "f.csv").tasks
    (answer,) = (answer for known in tasks.values() for answer in known.values())
    assert isinstance(answer, Answer)
    return answer.facts


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("x", "x", []),
        ("v3-text", "v3-image", ["model_differs"]),
        (",5,", ",10,", ["duration_differs"]),
        (",5,", ",5.0,", []),
        ("per_second", "per_call", ["wrong_billing_rule"]),
        ("default", "VIP", ["user_group_not_default"]),
        ("27,27,,", "27,40.5,,", ["over_reserved"]),
        ("27,27,,", "27,,,", []),
        ("27,27,,", ",27,,", []),
        ("27,27,,", ",,,", ["invalid_amount"]),
        ("completed,27,27,,", "failed,27,27,27,", []),
        ("completed,27,27,,", "failed,27,27,,", ["failed_not_refunded"]),
        ("status,completed", "create,pending", ["still_open"]),
        (",100", ",half", []),
    ],
)
def test_each_column_is_held_against_the_job(tmp_path: Path, old: str, new: str, found: list[str]) -> None:
    row = RIGHT.replace(old, new)
    assert kinds(sheet(tmp_path, row)) == found


def test_every_column_is_read(tmp_path: Path) -> None:
    read = facts(tmp_path, "a,t,evolink,create,pending,27.5,28.5,1.5,m,7,per_call,VIP,40")
    assert read[:4] == ("evolink", "pending", "create", Decimal(40))
    assert (read.reserved, read.settled, read.refunded, read.taken) == tuple(
        None if text is None else Decimal(text) for text in ("27.5", "28.5", "1.5", None)
    )
    assert [(fact.kind, fact.what, fact.field, fact.text) for fact in read.request_facts] == [
        ("model_differs", "model", "model", "m"),
        ("duration_differs", "duration", "duration", "7"),
        ("wrong_billing_rule", "billing_rule", "billing_rule", "per_call"),
        ("user_group_not_default", "user_group", "user_group", "VIP"),
    ]


def test_the_providers_own_names_of_columns_are_known(tmp_path: Path) -> None:
    head = (
        "id,status,consumed_credits,credits_reserved,credits_used,refunded_credits,type,video_duration,created_at,sound"
    )
    read = facts(tmp_path, "t,SUCCESS,1,2,3,4,m,5,1757169743,TRUE", head=head)
    assert (read.taken, read.reserved, read.settled, read.refunded) == (1, 2, 3, 4)
    assert {fact.what: fact.text for fact in read.request_facts} == {"model": "m", "duration": "5", "sound": "on"}


def test_sound_in_a_sheet_is_held_against_the_request(tmp_path: Path) -> None:
    head = "job_id,task_id,provider,status,credits,sound"
    (tmp_path / "a.csv").write_text(f"{head}\na,n75t,kling3api,SUCCESS,400,false\n", encoding="utf-8")
    (finding,) = outcome(job(request=EAGLE), tmp_path / "a.csv").findings
    assert (finding.kind, finding.expected, finding.reported) == ("echo_differs", "on", "off")


@pytest.mark.parametrize(
    "times", [("2026-01-02", "2026-01-01"), ("20", "10"), ("2026-01-01 10:00", "2026-01-01 09:00")]
)
def test_the_oldest_task_fills_the_first_take_whatever_time_is_written_as(
    tmp_path: Path, times: tuple[str, str]
) -> None:
    rows = [f"a,late,completed,27,{times[0]}", f"a,soon,completed,27,{times[1]}"]
    (tmp_path / "a.csv").write_text("\n".join(["job_id,task_id,status,credits,created", *rows]), encoding="utf-8")
    result = outcome(job(takes=2), tmp_path / "a.csv")
    assert [task.task_id for task in result.tasks] == ["soon", "late"]


def test_days_of_a_workbook_and_a_frame_are_moments(tmp_path: Path) -> None:
    days = [datetime(2026, 1, 2), datetime(2026, 1, 1)]  # noqa: DTZ001  # as spreadsheets hold them
    frame = pd.DataFrame({"job_id": ["a", "a"], "task_id": ["late", "soon"], "status": ["completed"] * 2,
                          "credits": [27, 27], "created": days})  # fmt: skip
    assert [task.task_id for task in outcome(job(takes=2), frame).tasks] == ["soon", "late"]
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in [list(frame.columns), *frame.astype(object).to_numpy().tolist()]:
        page.append(row)
    book.save(tmp_path / "a.xlsx")
    assert [task.task_id for task in outcome(job(takes=2), tmp_path / "a.xlsx").tasks] == ["soon", "late"]


def test_a_sheet_is_found_below_a_title_and_among_others(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.append(["Remarks", "none"])
    second = book.create_sheet("Answers")
    for row in (["Spring launch"], [], ["job_id", "id", "status", "credits"], ["a", "t", "completed", 27]):
        second.append(row)
    book.save(tmp_path / "a.xlsx")
    assert kinds(outcome(job(), tmp_path / "a.xlsx")) == []
    with pytest.raises(ReadError, match="the workbook has no sheet Nothing; it has: Sheet, Answers"):
        kc.read_responses(tmp_path / "a.xlsx", sheet="Nothing")
    third = book.create_sheet("More")
    third.append(["job_id", "id", "status", "credits"])
    book.save(tmp_path / "b.xlsx")
    with pytest.raises(ReadError, match="more than one sheet could be meant: Answers, More"):
        kc.read_responses(tmp_path / "b.xlsx")
    del book["Answers"], book["More"]
    book.create_sheet("Else").append(["x"])
    book.save(tmp_path / "c.xlsx")
    with pytest.raises(ReadError, match="no sheet has a column `task_id`: Sheet, Else"):
        kc.read_responses(tmp_path / "c.xlsx")


def test_cells_that_are_no_text_are_told(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"job_id": ["a", "a"], "task_id": ["t", ["u"]], "status": ["completed"] * 2, "credits": [27, 1]}
    )
    result = outcome(job(), frame)
    assert [(p.code, p.field, p.row, p.message) for p in result.problems] == [
        ("wrong_type", "task_id", 2, "must be text, not […]")
    ]
    assert (kinds(result), result.partial) == ([], True)


def test_a_stage_in_a_sheet_is_one_of_two(tmp_path: Path) -> None:
    result = sheet(tmp_path, RIGHT.replace(",status,completed", ",final,completed"))
    assert [str(p) for p in result.problems] == ["a.csv:2: stage: final is not one of create, status"]


KLING = {"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "on"}  # 0.63 dollars, 4.5 units


def official(status: str, units: Any = "4.5", task: str = "871", **data: Any) -> Line:
    body = {"task_id": task, "task_status": status, "created_at": 1_757_169_743_000, **data}
    return {"code": 0, "request_id": "r", "data": body if units is None else {**body, "final_unit_deduction": units}}


@pytest.mark.parametrize(
    ("bodies", "found", "reported"),
    [
        ([official("succeed")], [], "0.63"),
        ([official("submitted", None), official("succeed")], [], "0.63"),
        ([official("submitted", None)], ["still_open"], None),
        ([official("failed", "0")], [], "0"),
        ([official("failed")], ["failed_not_refunded"], "0.63"),
        ([official("succeed", "6")], ["over_consumed"], "0.84"),
        ([official("succeed", 4.5)], [], "0.63"),
        ([official("succeed", "4,5")], ["invalid_amount"], None),
        ([official("succeed", "-4.5")], ["invalid_amount"], None),
        ([official("succeed", True)], ["invalid_amount"], None),
    ],
)
def test_the_official_charge_is_units_of_a_dollar_price(
    bodies: list[Line], found: list[str], reported: str | None
) -> None:
    result = outcome(job(request=KLING), [wrapped("a", body) for body in bodies])
    assert kinds(result) == found
    (task,) = result.tasks
    assert task.reported == (None if reported is None else Decimal(reported))
    assert (task.provider, result.partial) == ("kling", False)
    assert not [problem for problem in result.problems if problem.severity == "error"]


def test_what_the_official_answer_cannot_mean_is_told() -> None:
    result = outcome(job(request=KLING), wrapped("a", official("succeed", "four")))
    told = [(p.field, p.message) for p in result.problems if p.code == "wrong_type"]
    assert told == [
        ("data.final_unit_deduction", '"four" is not a valid amount; it counts as missing, never as 0'),
    ]


def test_the_oldest_official_task_fills_the_first_take() -> None:
    late = official("succeed", task="late", created_at=1_757_169_743_001)
    soon = official("succeed", task="soon")
    bare = official("succeed", task="none")
    del bare["data"]["created_at"]
    result = outcome(job(request=KLING, takes=3), [wrapped("a", body) for body in (bare, late, soon)])
    assert [task.task_id for task in result.tasks] == ["soon", "late", "none"]


def test_the_place_of_a_fault_in_a_document_is_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[\n{"id": "t"},\n{"id" "t"}]', encoding="utf-8")
    with pytest.raises(ReadError) as caught:
        kc.read_responses(tmp_path / "a.json")
    assert (caught.value.problem.source, caught.value.problem.row) == (str(tmp_path / "a.json"), 3)


def test_too_many_values_in_one_document_are_refused_before_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[" + ",".join(["1"] * 3_000_002) + "]", encoding="utf-8")
    with pytest.raises(ReadError, match="larger than 3,000,000 values"):
        kc.read_responses(tmp_path / "a.json")


def test_rows_of_several_files_keep_their_places(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.jsonl").write_text(
            "\n" + json.dumps({"error": {"message": name}}) + "\n{\n", encoding="utf-8"
        )
    found = kc.read_responses(tmp_path / "one.jsonl", tmp_path / "two.jsonl")
    assert [(p.source, p.row, p.code) for p in found.problems] == [
        ("one.jsonl", 2, "refused"), ("one.jsonl", 3, "unreadable"),
        ("two.jsonl", 2, "refused"), ("two.jsonl", 3, "unreadable"),
    ]  # fmt: skip
    assert found.problems[0].message == "the provider refused the request: one (null)"


def test_extra_of_every_kind_is_json(tmp_path: Path) -> None:

    beside = {"n": Decimal("1.50"), "list": [Decimal("2.0"), {"x": Decimal(3)}], "text": "x", "none": None, "yes": True}
    body = {"id": "t", "status": "completed", "usage": {"credits_reserved": 27}}
    (task,) = outcome(job(), wrapped("a", body, **beside)).tasks
    assert TASK.json(task)["extra"] == {"n": "1.5", "list": ["2", {"x": "3"}], "text": "x", "none": None, "yes": True}


def test_another_book_prices_what_was_asked_for(project: Path) -> None:
    book = kc.load_prices("evolink-2026-10-10")
    request = {**FOG, "quality": "1080p", "duration": 7}
    body = {"id": "t", "status": "completed", "usage": {"credits_reserved": 50.4252}}  # 7 × 5.4 × 1.334
    (finding,) = outcome(job(request=request), wrapped("a", body), also=[book]).findings
    assert finding.explained_by == ("book=evolink-2026-10-10",)
