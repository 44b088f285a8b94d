"""`columns`, and sheets of others at the command line: what is written, told and asked."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kling_cost.cli import main

MODEL = "kling-v3-text-to-video"
AS_OF = ["--as-of", "2026-11-20"]
CLEAR = "Shot,Scene,Description,Length (s),Res,Audio?,Versions\n1,A,Fog,5,FHD,yes,2\n2,A,Sun,6,720p,no,1\n"
TOTAL = "140.4"  # 5×10.8×2 + 6×5.4


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "board.csv"
    path.write_text(CLEAR, "utf-8")
    return path


def result(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object], str]:
    code = main([*words, "--format", "json"])
    out, told = capsys.readouterr()
    return code, json.loads(out), told


def test_columns_are_proposed_with_a_reason_and_written(board: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found, told = result(capsys, "columns", "board.csv")
    assert (code, found["kind"], found["model"], found["header_row"], found["shots"]) == (0, "columns", "ask", 1, 2)
    columns = {one["field"]: one for one in found["columns"]}  # type: ignore[attr-defined]
    assert columns["duration"] == {
        "field": "duration", "header": "Length (s)", "column": "D", "reason": "its heading", "choices": [],
    }  # fmt: skip
    assert [one["field"] for one in found["questions"]] == ["model"]  # type: ignore[attr-defined]
    assert told == "wrote board.csv.columns.yaml\n"
    assert "model: ask" in Path("board.csv.columns.yaml").read_text("utf-8")


def test_every_verb_uses_the_file_and_tells_so(board: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["columns", "board.csv", "--model", MODEL]) == 0
    out, _ = capsys.readouterr()
    assert "Length (s)" in out
    for words in (["estimate", "board.csv"], ["check", "board.csv", "--budget", "200 EVOLINK_CREDIT"]):
        code, found, told = result(capsys, *words, *AS_OF)
        estimate = found.get("estimate", found)
        assert (code, estimate["totals"][0]["cost"]) == (0, TOTAL)  # type: ignore[index]
        assert told == "kling-cost: board.csv: columns as board.csv.columns.yaml says\n"


def test_a_summary_says_the_same_with_and_without_the_file(board: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["estimate", "board.csv", "--summary", "--model", MODEL, *AS_OF]
    _, proposed, told = result(capsys, *words)
    assert told.count("kling-cost:") == 1
    assert proposed["totals"][0]["cost"] == TOTAL  # type: ignore[index]
    main(["columns", "board.csv"])
    capsys.readouterr()
    _, by_file, _ = result(capsys, *words)
    assert by_file["totals"] == proposed["totals"]


def test_a_file_that_is_there_is_never_overwritten(board: Path, capsys: pytest.CaptureFixture[str]) -> None:
    beside = Path("board.csv.columns.yaml")
    assert main(["columns", "board.csv"]) == 0
    kept = beside.read_bytes()
    assert main(["columns", "board.csv", "--model", MODEL]) == 0
    assert main(["columns", "board.csv", "-o", "board.csv.columns.yaml"]) == 2
    assert main(["columns", "board.csv", "-o", "board.csv"]) == 2
    assert (beside.read_bytes(), board.read_text("utf-8")) == (kept, CLEAR)
    assert "exists already" in capsys.readouterr().err


def test_another_file_is_passed_with_an_option(board: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["columns", "board.csv", "--model", MODEL, "-o", "mine.yaml"]) == 0
    Path("mine.yaml").write_text(Path("mine.yaml").read_text("utf-8").replace("  takes:", "  tag:takes:"), "utf-8")
    capsys.readouterr()
    code, found, _ = result(capsys, "estimate", "board.csv", "--columns", "mine.yaml", *AS_OF)
    assert (code, found["totals"][0]["cost"]) == (0, "86.4")  # type: ignore[index]


@pytest.mark.parametrize(
    ("rows", "options", "exit_code", "questions"),
    [
        ("1,A,Fog,5,720p,no,1", [], 2, [("model", None, None)]),
        ("1,A,Fog,5,HD,no,1", ["--model", MODEL], 5, [("quality", "E2", "HD")]),
        ("1,A,Fog,4.5,FHD,no,1", ["--model", MODEL], 5, [("duration", "D2", "4.5")]),
        ("1,A,Fog,4.5,FHD,no,1", ["--model", MODEL, "--default", "rounding=up"], 0, []),
        ("1,A,Fog,5,,no,1", ["--model", MODEL], 5, [("quality", "E2", None)]),
        ("1,A,Fog,5,,no,1", ["--model", MODEL, "--default", "quality=FHD"], 0, []),
    ],
)
def test_questions_stand_in_json_and_in_words(
    board: Path,
    capsys: pytest.CaptureFixture[str],
    rows: str,
    options: list[str],
    exit_code: int,
    questions: list[tuple[str, str | None, str | None]],
) -> None:
    board.write_text(f"{CLEAR.splitlines()[0]}\n{rows}\n", "utf-8")
    code, found, told = result(capsys, "estimate", "board.csv", *options, *AS_OF)
    assert code == exit_code
    if questions:
        asked = [(one["field"], one["cell"], one["value"]) for one in found["questions"]]  # type: ignore[attr-defined]
        assert (found["kind"], found["exit"], asked) == ("error", exit_code, questions)
        assert all(one["message"] in told for one in found["problems"])  # type: ignore[attr-defined]
    else:
        assert found["kind"] == "estimate"


@pytest.mark.parametrize(
    "words",
    [
        ["estimate", "bodies.jsonl", "--model", MODEL],
        ["estimate", "board.csv", "--default", "quality"],
        ["estimate", "board.csv", "--default", "colour=red"],
        ["estimate", "board.csv", "--default", "quality=HD"],
        ["columns", "bodies.jsonl"],
        ["columns", "plain.csv"],
        ["columns", "none.csv"],
    ],
)
def test_what_makes_no_sense_is_refused(board: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("bodies.jsonl").write_text(json.dumps({"model": MODEL, "prompt": "Fog"}), "utf-8")
    Path("plain.csv").write_text("name,price\nTea,3\n", "utf-8")
    assert main(words) == 2
    assert capsys.readouterr().err


def test_a_terminal_is_asked_once_and_the_answers_are_kept(board: Path) -> None:
    board.write_text(CLEAR.replace("FHD", "HD"), "utf-8")
    first = _at_a_terminal(["estimate", "board.csv", *AS_OF], [MODEL, "1080p"])
    assert "HD" in first
    assert "wrote board.csv.columns.yaml" in first
    again = _at_a_terminal(["estimate", "board.csv", *AS_OF], [])
    assert "?" not in again.replace("Audio?", "")
    text = Path("board.csv.columns.yaml").read_text("utf-8")
    assert f"model: {MODEL}" in text.replace('"', "")
    assert "HD" in text


def _at_a_terminal(words: list[str], answers: list[str]) -> str:
    """What a command tells a person at a terminal, who types these answers."""
    ours, theirs = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "kling_cost", *words], stdin=theirs, stderr=theirs, stdout=subprocess.DEVNULL
    )
    os.close(theirs)
    os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
    told = bytearray()

    def listen() -> None:
        try:
            while block := os.read(ours, 4096):
                told.extend(block)
        except OSError:  # the other end is closed
            return

    listener = threading.Thread(target=listen)
    listener.start()
    assert done.wait(60) == 0, told.decode()
    listener.join(60)
    os.close(ours)
    return told.decode()
