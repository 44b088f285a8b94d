"""`plan risk --learn`: a log of takes becomes rules that the gate reads, or every reason why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kling_cost.cli import main
from tests.cases import cases

T2V = "kling-v3-text-to-video"
DAY = ("--as-of", "2026-11-28")
LOG = "job_id,tag:class,kept\n" + "a,hero,yes\na,hero,no\n" * 20 + "b,draft,no\n" * 30
LEARN = ("plan", "risk", "--learn")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "takes.csv").write_text(LOG, encoding="utf-8")
    return tmp_path


def test_what_is_written_is_valid_and_counts(folder: Path, capsys: Capture) -> None:
    assert main([*LEARN, "takes.csv", "-o", "rules.yaml", *DAY]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-3:] == ["wrote rules.yaml", "draft: 0 kept of 30 takes", "hero: 20 kept of 40 takes"]
    assert "few takes of the class draft:" not in err
    assert "may never end" in err
    assert main([*LEARN, "takes.csv", *DAY]) == 0
    assert capsys.readouterr().out == (folder / "rules.yaml").read_text("utf-8")
    assert main(["rules", "lint", "rules.yaml"]) == 0
    assert capsys.readouterr().out == "rules.yaml: valid; budgets: 0, policies: 0, classes of takes: 2\n"
    jobs = f"job_id,model,tag:class,prompt\na,{T2V},hero,Fog\n"
    (folder / "jobs.csv").write_text(jobs, encoding="utf-8")
    assert main(["plan", "risk", "jobs.csv", "--rules", "rules.yaml", *DAY, "--format", "csv"]) == 0
    assert "EVOLINK_CREDIT,percentile,0.8,81" in capsys.readouterr().out, "three takes, of which half are usable"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-o", "takes.csv"], "-o takes.csv would overwrite the file of --learn takes.csv; write to another file"),
        (["-o", "old.yaml"], "-o old.yaml exists; rules are never overwritten, so write to another file"),
        (["-o", "a.yaml", "-o", "b.yaml"], "the rules of --learn go to one file; pass -o once"),
        (["--learn", "./takes.csv"], "takes.csv is passed more than once"),
        (["--rules", "nowhere.yaml"], "nowhere.yaml: no such file"),
        (["--input-format", "yaml"], "a log of takes can be read as csv, tsv, xlsx, jsonl, json, parquet, not yaml"),
        (["--learn", "nowhere*.csv"], "no file matches nowhere*.csv"),
        (["-o", "no-such-folder/x.yaml"], "no-such-folder/x.yaml: cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_asked_for(folder: Path, capsys: Capture, words: list[str], says: str) -> None:
    (folder / "old.yaml").write_text("mine", encoding="utf-8")
    assert main([*LEARN, "takes.csv", *words, *DAY]) == 2
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[-1]) == ("", f"kling-cost: {says}")
    assert (folder / "old.yaml").read_text("utf-8") == "mine"
    assert not (folder / "a.yaml").exists()


@pytest.mark.parametrize("words", [["--confidence", "0.8"], ["--budget", "5 USD"], ["--format", "csv"]])
def test_figures_are_not_asked_for_where_rates_are_learnt(folder: Path, capsys: Capture, words: list[str]) -> None:
    assert main([*LEARN, "takes.csv", *words]) == 2
    assert capsys.readouterr().err.endswith(f"--learn writes rules and works out no costs; omit {words[0]}\n")


def test_without_a_log_jobs_are_needed(capsys: Capture) -> None:
    assert main(["plan", "risk"]) == 2
    assert "Missing argument 'JOBS...'." in capsys.readouterr().err


@pytest.mark.parametrize("case", cases("take_logs")["cases"], ids=lambda case: case["name"])
def test_a_bad_log_is_reported_as_expected(folder: Path, capsys: Capture, case: dict[str, Any]) -> None:
    (folder / case["file"]).write_text(case["text"], encoding="utf-8")
    assert main([*LEARN, case["file"], "-o", "rules.yaml", *DAY]) == case["exit"]
    out, err = capsys.readouterr()
    errors = [line for line in err.splitlines() if not line.startswith("warning")]
    refused = ["kling-cost: no rules are written: correct the errors first"] if case["exit"] == 5 else []
    assert (out, errors) == ("", [*case["says"], *refused])
    assert not (folder / "rules.yaml").exists()


def test_a_thousand_errors_are_told_a_hundred_at_a_time(folder: Path, capsys: Capture) -> None:
    (folder / "bad.csv").write_text("tag:class,kept\n" + "hero,perhaps\n" * 1_000, encoding="utf-8")
    assert main([*LEARN, "bad.csv"]) == 5
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith('error: bad.csv:2: kept: must be yes or no, not "perhaps"')
    assert lines[99].startswith("error: bad.csv:101: ")
    assert lines[100:] == ["and 900 more", "kling-cost: no rules are written: correct the errors first"]


def test_a_column_that_a_class_needs_is_missed_once(folder: Path, capsys: Capture) -> None:
    (folder / "old.yaml").write_text("schema: 1\ntakes: {four: {where: {quality: 4k}, success: 1}}", encoding="utf-8")
    assert main([*LEARN, "takes.csv", "--rules", "old.yaml"]) == 5
    says = "error: takes.csv: quality: no such column, but the class of takes four depends on it"
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" (")[0] for line in lines if "quality" in line] == [says]


def test_warnings_are_errors_where_they_are_to_be(folder: Path, capsys: Capture) -> None:
    assert main([*LEARN, "takes.csv", "--strict", *DAY]) == 5
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: so few takes of the class draft were kept")


KOREAN = "작업;Tag:class;채택;날짜\n주인공-1;주인공;예;2026-10-02\n주인공-1;주인공;아니요;2026-10-01\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_korean_names_with_semicolons_and_a_byte_order_mark(folder: Path, capsys: Capture, encoding: str) -> None:
    (folder / "기록.csv").write_bytes(KOREAN.encode(encoding))
    words = ["--encoding", "cp949"] if encoding == "cp949" else []
    assert main([*LEARN, "기록.csv", *words, *DAY]) == 0
    text = capsys.readouterr().out
    assert "  주인공:\n    where: {'tag:class': 주인공}\n" in text
    assert "source: '기록.csv, 2026-10-01 … 2026-10-02: 1 kept of 2 takes'" in text


def test_a_workbook_and_several_files_with_tabs_and_jobs(folder: Path, capsys: Capture) -> None:
    book = openpyxl.Workbook()
    for cells in (
        ["Takes of October"],
        ["job_id", "kept", "note"],
        ["a", True, "fog"],
        ["b", "no", None],
        ["a", 0, ""],
    ):
        book.active.append(cells)
    book.save(folder / "takes.xlsx")
    (folder / "more.tsv").write_text("job_id\tkept\na\tyes\n", encoding="utf-8")
    (folder / "jobs.csv").write_text(
        f"job_id,model,tag:class,prompt\na,{T2V},hero,Fog\nb,{T2V},draft,Fog\n", encoding="utf-8"
    )
    assert main(["plan", "risk", "jobs.csv", "--learn", "takes.xlsx", "--learn", "more.tsv", *DAY]) == 0
    text = capsys.readouterr().out
    assert "source: 'takes.xlsx: 0 kept of 1 take'" in text
    assert "source: 'more.tsv, takes.xlsx: 2 kept of 3 takes'" in text


def test_a_yes_or_no_that_is_merged_over_rows_is_never_that_of_one(folder: Path, capsys: Capture) -> None:
    book = openpyxl.Workbook()
    for cells in (["tag:class", "kept"], ["hero", "yes"], [None, None], ["hero", "no"]):
        book.active.append(cells)
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("B2:B3")
    book.save(folder / "takes.xlsx")
    assert main([*LEARN, "takes.xlsx", *DAY]) == 5
    assert "error: takes.xlsx:2: kept: " in capsys.readouterr().err
