"""Storyboards of kinds that are easily read wrongly: right at once, or asked first; never too cheap in silence."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.styles import Font

from kling_cost.io.sources import Source, name_sources
from kling_cost.io.strict_yaml import compose
from kling_cost.io.yaml_values import typed
from kling_cost.jobs.foreign.foreign_sheets import ForeignSheets
from kling_cost.jobs.foreign.questions import Question, SheetQuestionsError
from kling_cost.jobs.read_jobs import stream_jobs
from tests.jobs.storyboards import write_storyboard
from tests.jobs.test_foreign_sheets import HEADER, MODEL, asked, read, sheet, total

CASES = typed(compose((Path(__file__).parent.parent / "cases" / "storyboard_kinds.yaml").read_text("utf-8"))[0])
SHOTS = ["1,Fog,10,1080p,yes,3", "2,Sea,0:05,720p,no,2", "Total,,15,,,5"]
SHOTS_COST = "378"  # 10×10.8×3 + 5×5.4×2


def file_of(case: Mapping[str, Any], folder: Path) -> Path:
    rows = [line.split("|") for line in case["rows"].rstrip("\n").split("\n")]
    name = "board.xlsx" if "merges" in case else "board.csv"
    return write_storyboard({"file": name, "merges": [], **case, "rows": rows}, folder)


@pytest.mark.parametrize("case", [case for case in CASES if "total" in case], ids=lambda case: case["name"])
def test_what_a_person_is_sure_of_is_read_at_once(case: Mapping[str, Any], tmp_path: Path) -> None:
    found = read(file_of(case, tmp_path), ForeignSheets(MODEL))
    assert [problem for problem in found.problems if problem.severity == "error"] == []
    assert total(found) == case["total"]


@pytest.mark.parametrize("case", [case for case in CASES if "asks" in case], ids=lambda case: case["name"])
def test_what_a_person_would_ask_is_asked(case: Mapping[str, Any], tmp_path: Path) -> None:
    questions = asked(file_of(case, tmp_path)).questions
    assert [[one.field, one.cell, one.value] for one in questions] == case["asks"]


def test_shots_of_other_makers_are_left_out_by_an_answer(tmp_path: Path) -> None:
    answers = {"Kling 3": MODEL, "Veo 3": "not read"}
    told: list[str] = []

    def ask(question: Question) -> str:
        told.append(str(question))
        return answers[str(question.value)]

    path = sheet(tmp_path, "1,Fog,5,720p,no,1,Kling 3", "2,Sun,5,720p,no,1,Veo 3", header=f"{HEADER},Tool")
    found = read(path, ForeignSheets(MODEL, ask=ask))
    assert total(found) == "27"
    assert len(told) == 2
    assert [(one.code, one.row) for one in found.problems] == [("has_no_effect", 3)]
    assert total(read(path, ForeignSheets())) == "27"  # as the file beside it says


@pytest.mark.parametrize(("answer", "cost"), [("shot", "54"), ("not read", "27")])
def test_whether_a_shot_on_hold_counts_is_answered_once(tmp_path: Path, answer: str, cost: str) -> None:
    path = sheet(tmp_path, "1,Fog,5,720p,no,1,ok", "2,Sun,5,720p,no,1,On hold", header=f"{HEADER},Status")
    assert total(read(path, ForeignSheets(MODEL, ask=lambda question: answer))) == cost


def test_another_sheet_with_shots_is_asked_about(tmp_path: Path) -> None:
    rows = [["Shot", "Description", "Length", "Res"], ["1", "Street", "5", "1080p"]]
    pickups = [["Shot", "Description", "Length"], ["P1", "Hands", "8"]]
    sheets = [{"title": "Board", "rows": rows}, {"title": "Pickups", "rows": pickups}]
    path = write_storyboard({"file": "film.xlsx", "sheets": sheets}, tmp_path)
    assert [one.choices for one in asked(path).questions] == [("Board", "Pickups")]
    sources = name_sources([path])
    assert len(stream_jobs(sources, sheet="Pickups", foreign=ForeignSheets(MODEL)).collect()) == 1


@pytest.mark.parametrize(("answer", "cost"), [("shot", "54"), ("not read", "27")])
@pytest.mark.parametrize("columns", ["A", "AB", "ABCD"])
def test_a_shot_that_is_struck_out_is_asked_about(tmp_path: Path, answer: str, cost: str, columns: str) -> None:
    rows = [["Shot", "Description", "Length", "Notes"], ["1", "Street", "5", "old"], ["2", "Cafe", "5", ""]]
    path = write_storyboard({"file": "film.xlsx", "rows": rows}, tmp_path)
    book = load_workbook(path)
    for place in ("D2", *(f"{letter}3" for letter in columns)):  # a struck note says nothing of its shot
        book.worksheets[0][place].font = Font(strike=True)
    book.save(path)
    assert [(one.field, one.value) for one in asked(path).questions] == [("row", "Cafe" if "B" in columns else "A3")]
    assert total(read(path, ForeignSheets(MODEL, ask=lambda question: answer))) == cost


@pytest.mark.parametrize(("answer", "cost"), [("shot", "70.2"), ("not read", "48.6")])
def test_a_row_that_may_tell_more_of_the_shot_above_is_asked_about(tmp_path: Path, answer: str, cost: str) -> None:
    rows = [["Shot", "Action", "Length"], ["1", "Fog", "4"], ["", "Gulls cry", ""], ["2", "Boat", "5"]]
    path = write_storyboard({"file": "film.xlsx", "rows": rows, "merges": ["A2:A3", "C2:C3"]}, tmp_path)
    assert [(one.field, one.cell, one.value) for one in asked(path).questions] == [("row", "B3", "Gulls cry")]
    assert total(read(path, ForeignSheets(MODEL, ask=lambda question: answer))) == cost


def test_shots_that_are_parts_of_one_number_count_each_with_its_length(tmp_path: Path) -> None:
    rows = [["Shot", "Action", "Length"], ["1", "Fog", "4"], ["", "Gulls cry", "6"], ["2", "Boat", "5"]]
    path = write_storyboard({"file": "film.xlsx", "rows": rows, "merges": ["A2:A3"]}, tmp_path)
    assert total(read(path, ForeignSheets(MODEL))) == "81"


def piped(data: bytes, sheets: ForeignSheets, form: str = "csv") -> Any:
    source = Source("stdin", None, io.BufferedReader(io.BytesIO(data)))
    return stream_jobs([source], form, foreign=sheets).collect()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_sheet_that_comes_through_a_pipe_is_read_like_its_file(tmp_path: Path, form: str) -> None:
    cells = [line.split(",") for line in (HEADER, *SHOTS)]
    path = write_storyboard({"file": f"board.{form}", "rows": cells}, tmp_path)
    told: list[str] = []
    jobs = piped(path.read_bytes(), ForeignSheets(MODEL, tell=told.append), form)
    file = stream_jobs(name_sources([path]), foreign=ForeignSheets(MODEL)).collect()
    assert [(job.ask, job.takes) for job in jobs] == [(job.ask, job.takes) for job in file]
    assert total(read(path, ForeignSheets(MODEL))) == SHOTS_COST
    assert [one.startswith("stdin: A (Shot) is job_id") for one in told] == [True]
    assert {one.name for one in tmp_path.iterdir()} == {path.name}


def test_what_is_unclear_in_a_pipe_is_refused_with_the_option_that_answers() -> None:
    text = "\n".join([HEADER, "1,Fog,5,HD,yes,1", ""])
    with pytest.raises(SheetQuestionsError, match="--columns FILE") as found:
        piped(text.encode(), ForeignSheets(MODEL))
    assert [(one.field, one.value) for one in found.value.questions] == [("quality", "HD")]


def test_a_pipe_is_read_by_a_file_of_columns(tmp_path: Path) -> None:
    file = tmp_path / "columns.yaml"
    file.write_text("schema: 1\nheader_row: 1\ncolumns: {duration: {header: L, column: A}}\n", "utf-8")
    jobs = piped(b"L,Mood\n5,calm\n", ForeignSheets(MODEL, {"quality": "720p"}, str(file)))
    assert [job.ask.duration for job in jobs] == [5]


def test_a_long_pipe_of_our_own_is_read_to_its_end() -> None:
    line = f"{MODEL},5,{'a wave ' * 1000}\n".encode()
    count = (9 << 20) // len(line)
    jobs = piped(b"model,duration,prompt\n" + line * count, ForeignSheets())
    assert len(jobs) == count
