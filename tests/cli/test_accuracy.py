"""`plan risk --learn … --estimates …`: what is shown, in every form and language, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import kling_cost as kc
from kling_cost.cli import main

LOG = "job_id,task_id,status,kept,settled\na,1,completed,no,27\na,2,completed,yes,27\n"
SHOWN = ("plan", "risk", "--learn", "log.csv", "--estimates")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("log.csv").write_text(LOG, encoding="utf-8")
    for day, names in (("2026-10-05", "ab"), ("2026-11-05", "bc")):
        jobs = [{"job_id": name, "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}} for name in names]
        kc.write_report(f"{day}.json", kc.estimate(jobs, as_of=day))
    return tmp_path


def test_it_is_shown_in_every_form(folder: Path, capsys: Capture) -> None:
    assert main([*SHOWN, "2026-*.json", "--format", "json", "-o", "months.csv", "-o", "months.md"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["kind"], shown["partial"], shown["exit"]) == ("accuracy", False, 0)
    common = {"currency": "EVOLINK_CREDIT", "p80": None}
    assert shown["accuracy"] == [
        {"month": "2026-10", "planned": "27", "actual": "54", "jobs": 1, "charged": 1, **common},
        {"month": "2026-11", "planned": "54", "actual": None, "jobs": 2, "charged": 0, **common},
    ]
    assert Path("months.csv").read_text("utf-8-sig").splitlines() == [
        "month,currency,planned,p80,actual,jobs,charged",
        "2026-10,EVOLINK_CREDIT,27,,54,1,1",
        "2026-11,EVOLINK_CREDIT,54,,,2,0",
    ]
    assert "| 2026-10 | EVOLINK_CREDIT | 27.00 | 54.00 | 1 | 1 |" in Path("months.md").read_text("utf-8")


def test_the_order_of_files_changes_nothing(folder: Path, capsys: Capture) -> None:
    files = ["2026-10-05.json", "2026-11-05.json"]
    assert main([*SHOWN, files[0], "--estimates", files[1], "--format", "json"]) == 0
    first = capsys.readouterr().out
    assert main([*SHOWN, files[1], "--estimates", files[0], "--format", "json"]) == 0
    assert capsys.readouterr().out == first


@pytest.mark.parametrize(
    ("locale", "title", "note"),
    [
        ("en", "Earlier estimates and what was charged", "how accurate the estimate was is not known yet"),
        ("ko", "이전 견적과 실제 청구액", "아직 알 수 없습니다"),
        ("ja", "過去の見積もりと請求額", "まだ分かりません"),
        ("zh", "以往估算与实际收费", "尚不可知"),
    ],
)
def test_a_part_is_told_in_every_language(folder: Path, capsys: Capture, locale: str, title: str, note: str) -> None:
    assert main([*SHOWN, "2026-11-05.json", "--locale", locale, "--format", "md"]) == 5
    shown = capsys.readouterr().out
    assert title in shown
    assert note in shown


def test_a_whole_month_has_no_such_note(folder: Path, capsys: Capture) -> None:
    Path("b.csv").write_text("job_id,task_id,settled\nb,3,20\n", encoding="utf-8")
    assert main([*SHOWN, "2026-10-05.json", "--learn", "b.csv"]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "────────────────────────────────────────────────────────",
        "2026-10 EVOLINK_CREDIT   54.00   74.00    2            2",
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["log.csv"], "log.csv: not a stored estimate"),
        (["2026-10-05.json", "--estimates", "./2026-10-05.json"], "2026-10-05.json is passed more than once"),
        (["2026-10-05.json", "--learn", "./log.csv"], "log.csv is passed more than once"),
        (["nowhere*.json"], "no file matches nowhere*.json"),
        (["-"], "with --estimates, files are not read from standard input; pass their paths"),
        (["2026-10-05.json", "-o", "x.xlsx"], "x.xlsx: a table of months can be written as .md, .csv, .json"),
        (["2026-10-05.json", "--rate", "72 EVOLINK_CREDIT/USD"], "omit --rate"),
        (["2026-10-05.json", "log.csv"], "omit JOBS"),
        (["2026-10-05.json", "--encoding", "cp949"], "omit --encoding"),
        (["2026-10-05.json", "--input-format", "csv", "--sheet", "Takes"], "omit --input-format, --sheet"),
        (["2026-10-05.json", "--model", "kling-v3-text-to-video", "--default", "takes=2"], "omit --model, --default"),
        (["2026-10-05.json", "-o", "2026-10-05.json"], "write to another file"),
    ],
)
def test_what_cannot_be_asked_for(folder: Path, capsys: Capture, words: list[str], says: str) -> None:
    before = Path("2026-10-05.json").read_bytes()
    assert main([*SHOWN, *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].endswith(says)
    assert Path("2026-10-05.json").read_bytes() == before


def test_a_log_is_needed(folder: Path, capsys: Capture) -> None:
    assert main(["plan", "risk", "--estimates", "2026-10-05.json"]) == 2
    assert "--estimates needs --learn FILE" in capsys.readouterr().err


def test_strictly_a_lack_is_an_error(folder: Path, capsys: Capture) -> None:
    Path("b.csv").write_text("job_id,task_id,settled\nz,3,20\n", encoding="utf-8")
    assert main([*SHOWN, "2026-10-05.json", "--learn", "b.csv", "--format", "json"]) == 0
    assert main([*SHOWN, "2026-10-05.json", "--learn", "b.csv", "--format", "json", "--strict"]) == 5
    assert '"severity": "error"' in capsys.readouterr().out
