"""Answers come in many forms and always mean the same; what cannot be read is said and hides nothing else."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

import kling_cost as kc
from kling_cost.problems import ReadError, UsageError
from kling_cost.reconciliation.answers.answer import Answer
from kling_cost.reconciliation.providers import answer_schema as forms
from tests.reconciliation.samples import EAGLE, Line, evolink, job, kinds, kling3api, of_a, outcome, wrapped

#: The response examples of the published pages, as printed.
ELEMENT = {
    "created": 1757169743, "id": "task-video-xxxxxxxx", "model": "kling-custom-element",
    "object": "video.generation.task", "progress": 0, "status": "pending",
    "task_info": {"estimated_time": 600, "can_cancel": True},
    "usage": {"credits_reserved": 1, "billing_rule": "per_call"},
}  # fmt: skip
VIDEO = {
    "created": 1757169743, "id": "task-unified-1757169743-v3i2v", "model": "kling-v3-image-to-video",
    "object": "video.generation.task", "progress": 0, "status": "pending",
    "task_info": {"can_cancel": True, "estimated_time": 180, "video_duration": 5}, "type": "video",
    "usage": {"billing_rule": "per_second", "credits_reserved": 27.0, "user_group": "default"},
}  # fmt: skip
CREATED = {"code": 200, "message": "success",
           "data": {"task_id": "n75abc123kling3", "status": "IN_PROGRESS", "consumed_credits": 400}}  # fmt: skip
DONE = {
    "code": 200, "message": "success", "data": {
        "task_id": "n75abc123kling3", "status": "SUCCESS", "consumed_credits": 400,
        "created_at": "2026-02-05T10:30:00Z",
        "request": {"type": "pro-text-to-video", "prompt": "A majestic eagle soaring through clouds at sunset",
                    "duration": 5, "aspect_ratio": "16:9"},
        "response": ["https://cdn.example.com/videos/abc123.mp4"], "error_message": None, "type": "pro-text-to-video"},
}  # fmt: skip
PRINTED = [
    job("element", {"model": "kling-custom-element", "model_params": {
        "element_name": "MyCharacter", "element_description": "A young man", "reference_type": "image_refer",
        "element_image_list": {"frontal_image": "https://example.com/a.jpg",
                               "refer_images": [{"image_url": "https://example.com/b.jpg"}]}}}),
    job("video", {"model": "kling-v3-image-to-video", "prompt": "Wind", "image_start": "https://example.com/a.jpg",
                  "duration": 5, "quality": "720p"}),
    job("eagle", {"type": "pro-text-to-video", "prompt": "A majestic eagle soaring through clouds at sunset",
                  "duration": 5, "aspect_ratio": "16:9", "sound": True}),
]  # fmt: skip


def test_the_printed_answers_are_what_was_due() -> None:
    """By their model and seconds alone: nothing names a job."""
    result = outcome(PRINTED, [ELEMENT, VIDEO, CREATED, DONE])
    assert [(t.job_id, str(t.reported), t.matched_by) for t in result.tasks] == [
        ("element", "1", "alike"), ("video", "27.0", "alike"), ("eagle", "400", "alike"),
    ]  # fmt: skip
    assert kinds(result) == ["still_open", "still_open"]
    assert result.exit_code == 0


ROWS = [
    ["job_id", "task_id", "provider", "stage", "status", "credits", "refunded", "note"],
    ["a", "t-1", "evolink", "create", "pending", "40.5", "", "first"],
    ["a", "t-1", "evolink", "status", "completed", "40.5", "", ""],
    ["b", "t-2", "evolink", "status", "failed", "27", "20", ""],
]
JOBS = [job("a"), job("b")]


def as_csv(separator: str = ",", end: str = "\n") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=end).writerows(ROWS)
    return text.getvalue().encode()


def as_xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in ROWS:
        sheet.append([float(cell) if cell.replace(".", "").isdigit() else cell or None for cell in row])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS[1:], columns=ROWS[0])


FORMS: dict[str, bytes] = {
    "a.csv": as_csv(), "b.csv": as_csv(";", "\r\n"), "c.tsv": as_csv("\t"), "d.xlsx": as_xlsx(),
    "e.csv": "\ufeff".encode() + as_csv(),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_a_sheet_that_somebody_kept_reads_alike_in_every_form(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FORMS[name])
    kept(outcome(JOBS, tmp_path / name))


def test_a_frame_reads_like_a_sheet() -> None:
    kept(outcome(JOBS, frame()))
    numbers = frame().assign(credits=[40.5, 40.5, 27.0], refunded=[float("nan"), float("nan"), 20.0])
    kept(outcome(JOBS, numbers))


def kept(result: kc.Reconciliation) -> None:
    assert [(t.task_id, t.reported, t.status) for t in result.tasks] == [
        ("t-1", Decimal("40.5"), "completed"), ("t-2", Decimal(7), "failed"),
    ]  # fmt: skip
    assert kinds(result) == ["over_reserved", "failed_not_refunded"]
    assert result.tasks[0].extra == {"note": "first"}


def test_json_and_jsonl_and_bodies_and_standard_names_read_alike(tmp_path: Path) -> None:
    lines = [wrapped("a", evolink("t", 40.5, "pending")), evolink("t", 40.5)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\r\n" for line in lines), encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps(lines), encoding="utf-8")
    (tmp_path / "c.ndjson").write_text("\n\n".join(json.dumps(line) for line in lines), encoding="utf-16")
    (tmp_path / "one.json").write_text(json.dumps(lines[0]), encoding="utf-8")
    (tmp_path / "two.json").write_text(json.dumps(lines[1]), encoding="utf-8")
    results = [outcome(job(), source) for source in (tmp_path / "a.jsonl", tmp_path / "b.json", tmp_path / "c.ndjson")]
    results.append(outcome(job(), lines))
    results.append(kc.reconcile(kc.estimate([job()]), kc.read_responses(tmp_path / "two.json", tmp_path / "one.json")))
    assert len({(t.task_id, t.reported, t.findings) for result in results for t in result.tasks}) == 1


def test_a_list_of_tasks_is_as_many_answers() -> None:
    listed = {"data": [evolink("t-1", 27), {**evolink("t-2", None), "credits_used": 40.5, "usage": {}}], "total": 2}
    result = outcome([job("a", task_id="t-1"), job("b", task_id="t-2")], listed)
    assert [(t.job_id, str(t.reported), t.matched_by) for t in result.tasks] == [
        ("a", "27", "task_id"), ("b", "40.5", "task_id"),
    ]  # fmt: skip


def test_a_balance_is_shown_and_matched_with_nothing() -> None:
    user = {"remaining_credits": 1095.3996, "used_credits": 135.9048}
    token = {"remaining_credits": 99416.4429, "used_credits": 583.5571}
    body = {"success": True, "data": {"user": user, "token": token}}
    result = outcome(job(), [wrapped("a", evolink("t", 27)), body, body])
    (balance,) = result.balances
    assert (balance.provider, balance.account_remaining, balance.key_used) == (
        "evolink", Decimal("1095.3996"), Decimal("583.5571"),
    )  # fmt: skip
    assert kinds(result) == []


REFUSALS = [
    ({"error": {"code": 402, "message": "insufficient quota", "type": "insufficient_quota_error"}}, "402"),
    ({"error": {"code": "insufficient_quota", "message": "insufficient quota"}}, "insufficient_quota"),
    ({"code": 402, "message": "INSUFFICIENT_CREDITS", "data": None}, "402"),
    ({"code": 1102, "message": "pack used up", "request_id": "r"}, "1102"),
]


@pytest.mark.parametrize(("body", "code"), REFUSALS)
def test_a_refusal_is_reported_and_never_money(body: Line, code: str) -> None:
    result = outcome(job(), wrapped("a", body))
    (found,) = result.problems
    assert (found.code, found.severity, found.job_id) == ("refused", "warning", "a")
    assert code in found.message
    assert kinds(result) == ["missing_response"]
    assert not result.partial


def test_the_official_answers_are_counted_in_units() -> None:
    request = {"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "on"}
    data = {"task_id": "8731", "task_status": "succeed", "created_at": 1_757_169_743_000}
    body = {"code": 0, "request_id": "r", "data": {**data, "final_unit_deduction": "4.5"}}
    result = outcome(job(request=request), wrapped("a", body))
    assert [(str(t.reported), t.currency) for t in result.tasks] == [("0.630", "USD")]  # 4.5 units of $0.14
    assert kinds(result) == []


UNUSABLE: list[Any] = ["27", "27.0", True, False, -1, -27.0, [27], {"credits": 27}, "NaN", ""]


@pytest.mark.parametrize("amount", UNUSABLE)
@pytest.mark.parametrize("body", [lambda a: evolink("t", a), lambda a: kling3api("n75t", a)])
def test_what_is_no_number_is_no_amount(amount: Any, body: Any) -> None:
    request = EAGLE if "code" in body(1) else None
    result = outcome(job(request=request), wrapped("a", body(amount)))
    assert kinds(result) == ["invalid_amount"]
    assert result.tasks[0].reported is None
    assert [p.code for p in result.problems if p.code != "no_exchange_rate"] == ["wrong_type"]
    assert result.totals[0].without_amount == 1
    assert result.totals[0].reported == 0


@pytest.mark.parametrize("text", ["1e999", "1e18", "-1", "1e-31", "null", "true", '"27"'])
def test_no_spelling_of_json_becomes_an_amount_by_accident(tmp_path: Path, text: str) -> None:
    line = json.dumps(wrapped("a", evolink("t", 123.456))).replace("123.456", text)
    (tmp_path / "a.jsonl").write_text(line, encoding="utf-8")
    assert kinds(outcome(job(), tmp_path / "a.jsonl")) == ["invalid_amount"]


def test_values_that_are_merely_equal_are_told_apart(tmp_path: Path) -> None:
    """What equal answers state is kept and shared; true equals 1, and -0.0 equals 0."""
    pairs = [("credits_reserved", ["0", "-0.0", "false", "1", "true", "1.0"]), ("progress", ["1", "true"])]
    for first, second in [(0, 1), (1, 0)]:
        forms.facts_by_values.clear()
        for name, texts in pairs:
            lines = [
                json.dumps(evolink(f"t-{text}", 123.456, "processing", seconds=9)).replace(
                    "123.456" if name == "credits_reserved" else "40", text
                )
                for text in (texts if first < second else texts[::-1])
            ]
            (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
            read = kc.read_responses(tmp_path / "a.jsonl").tasks["evolink"]
            for text in texts:
                answer = read[f"t-{text}"]
                assert isinstance(answer, Answer)
                if name == "credits_reserved":
                    known = {"false": None, "true": None}
                    assert answer.facts.reserved == known.get(text, Decimal(text) if text not in known else None)
                else:
                    assert answer.facts.progress == (1 if text == "1" else None)


@pytest.mark.parametrize("text", ["27", "27.0", "2.7e1", "27.000000000000000000000000000", "0.27E+2"])
def test_every_spelling_of_a_number_is_that_number(tmp_path: Path, text: str) -> None:
    line = json.dumps(wrapped("a", evolink("t", 123.456))).replace("123.456", text)
    (tmp_path / "a.jsonl").write_text(line, encoding="utf-8")
    result = outcome(job(), tmp_path / "a.jsonl")
    assert (kinds(result), result.tasks[0].reported) == ([], 27)


BROKEN = [
    ("{", "unreadable"), ("[]", "unreadable"), ("7", "unreadable"), ("null", "unreadable"), ('"text"', "unreadable"),
    ("{}", "unreadable"), ('{"hello": 1}', "unreadable"), ('{"response": null}', "unreadable"),
    ('{"response": []}', None), ('{"response": 7}', "unreadable"), ('{"id": "t", "id": "t"}', "unreadable"),
    ('{"usage": {"credits_reserved": 27}}', "unreadable"), ('{"id": 7, "usage": {}}', "unreadable"),
    ('{"job_id": 7, "response": {"id": "t"}}', "wrong_type"),
    ('{"provider": "nobody", "response": {"id": "t"}}', "not_allowed"),
    ('{"stage": "end", "response": {"id": "t"}}', "not_allowed"),
    ('{"provider": "kling3api", "response": {"id": "t"}}', "unreadable"),
    ('{"provider": "evolink", "response": {"code": 200, "data": {"task_id": "n75"}}}', "unreadable"),
    ('{"id": "t", "usage": {"credits_reserved": NaN}}', "unreadable"), ("\x00", "unreadable"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "code"), BROKEN)
def test_a_broken_line_is_told_with_its_place_and_hides_no_other(tmp_path: Path, line: str, code: str | None) -> None:
    good = json.dumps(wrapped("a", evolink("t-good", 27)))
    (tmp_path / "a.jsonl").write_text(f"{good}\n{line}\n", encoding="utf-8")
    result = outcome(job(), tmp_path / "a.jsonl")
    assert kinds(result) == []
    assert result.tasks[0].reported == 27
    assert result.partial == (code is not None)
    told = [(p.code, p.source, p.row, p.severity) for p in result.problems]
    assert told == ([(code, "a.jsonl", 2, "error")] if code else [])
    assert result.exit_code == (5 if code else 0)


def test_files_that_are_no_answers_at_all_are_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    (tmp_path / "empty.json").write_bytes(b"")
    for name, error in (("broken.json", ReadError), ("empty.json", ReadError), ("none.jsonl", ReadError)):
        with pytest.raises(error):
            kc.read_responses(tmp_path / name)
    for wrong in ("a.yaml", "a.parquet", "a.doc"):
        with pytest.raises(UsageError):
            kc.read_responses(tmp_path / wrong)
    with pytest.raises(UsageError):
        kc.read_responses(7)
    with pytest.raises(UsageError):
        kc.read_responses()


def test_an_empty_file_of_lines_is_no_answer(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\n \n")
    assert kinds(outcome(job(), tmp_path / "a.jsonl")) == ["missing_response"]


def test_the_small_unit_can_be_set_for_a_whole_file() -> None:
    answers = kc.read_responses([wrapped("a", evolink("t", 123456)), evolink("orphan", 270000)], amount_unit="UC")
    result = kc.reconcile(kc.estimate([job()]), answers)
    assert str(result.tasks[0].reported) == "12.3456"
    assert kinds(result) == ["under_reserved", "unit_scale", "orphan_response"]
    assert result.totals[0].orphans == 27
    with pytest.raises(UsageError, match="known units: UC"):
        kc.reconcile(kc.estimate([job()]), kc.read_responses([], amount_unit="EUR"))


def test_what_stands_beside_an_answer_is_carried_along() -> None:
    first = wrapped("a", evolink("t", 27, "pending"), seq=7, by="Kim")
    result = outcome(job(), [first, wrapped("a", evolink("t", 27), seq=9)])
    assert result.tasks[0].extra == {"seq": 9, "by": "Kim"}


def test_events_are_kept_apart_with_their_places(tmp_path: Path) -> None:
    failed = {**evolink("t", 27, "failed"), "billing": {
        "refund_status": "completed", "charged_credits": 27, "refunded_credits": 20}}  # fmt: skip
    (tmp_path / "a.jsonl").write_text(
        "\n".join(json.dumps(line) for line in (wrapped("a", evolink("t", 27, "pending")), failed)), encoding="utf-8"
    )
    (task,) = outcome(job(), tmp_path / "a.jsonl").tasks
    assert [(e.kind, str(e.amount), e.source, e.row) for e in task.events] == [
        ("reservation", "27", "a.jsonl", 1), ("reservation", "27", "a.jsonl", 2),
        ("settlement", "27", "a.jsonl", 2), ("refund", "20", "a.jsonl", 2),
    ]  # fmt: skip


SHEETS = [
    ("job_id,credits\na,twenty\n", ["invalid_amount", "still_open"], ["wrong_type"]),
    ("job_id,credits\na,27 credits\n", ["invalid_amount", "still_open"], ["wrong_type"]),
    ("job_id,credits\na,\n", ["still_open"], []),
    ("job_id,credits,status\na,27,completed\n", [], []),
    ("job_id,credits,status\na,27,COMPLETED\na,27,COMPLETED\n", ["duplicate_response"], []),
    ("job_id,consumed_credits,status,model\na,27,completed,kling-v9\n", ["model_differs"], []),
    ("job_id,credits,status,provider\na,27,completed,nobody\n", ["missing_response", "orphan_response"], []),
    ("job_id,credits,status,stage\na,27,completed,end\n", ["missing_response"], ["not_allowed"]),
    ("job_id,credits,credits,status\na,27,40.5,completed\n", [], ["duplicate"]),
    ("job_id,credit,status\na,27,completed\n", ["invalid_amount"], ["unknown_field"]),
    ("job_id,credits\na,27,1,2\n", ["missing_response"], ["unreadable"]),
]


@pytest.mark.parametrize(("text", "found", "codes"), SHEETS)
def test_cells_are_read_strictly(tmp_path: Path, text: str, found: list[str], codes: list[str]) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    result = outcome(job(), tmp_path / "a.csv")
    assert kinds(result) == found
    assert [p.code for p in result.problems] == codes


def test_a_formula_without_a_result_is_no_amount(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["job_id", "task_id", "credits"])
    sheet.append(["a", "t", "=9*3"])
    book.save(tmp_path / "a.xlsx")
    result = outcome(job(), tmp_path / "a.xlsx")
    assert kinds(result) == ["missing_response"]
    assert (result.problems[0].code, result.problems[0].row, result.partial) == ("unreadable", 2, True)


def test_what_is_no_estimate_is_refused() -> None:
    with pytest.raises(UsageError, match="estimate must be an estimate from estimate"):
        kc.reconcile([], [])  # type: ignore[arg-type]


def test_very_many_balances_are_read_in_no_time() -> None:
    bodies = [{"data": {"user": {"remaining_credits": n % 30_000, "used_credits": 1}}} for n in range(60_000)]
    assert len(kc.read_responses(bodies).balances) == 30_000


def test_numbers_of_python_are_read_by_their_shortest_text() -> None:
    assert kinds(of_a(evolink("t", 0.1 + 26.9))) == []
    assert kinds(of_a(evolink("t", 9 * 3.0000000000000004))) == ["rounding"]
