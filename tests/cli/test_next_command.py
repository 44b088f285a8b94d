"""The command that a plan over budget is told: it runs as it stands, with the files and options of the run."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from kling_cost.cli import main
from kling_cost.reporting.translations import LOCALES
from tests.planning.test_fit import BROLL, DRAFT, HERO

RULES = "{schema: 1, fit: {may: [{change: sound, from: on, to: off, pain: 2}]}}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("jobs.json", "-odd file's.json"):
        (tmp_path / name).write_text(json.dumps([HERO, BROLL, DRAFT]), encoding="utf-8")
    (tmp_path / "my rules.yaml").write_text(RULES, encoding="utf-8")
    return tmp_path


def command(text: str) -> list[str]:
    return next(shlex.split(line) for line in text.splitlines() if line.startswith("kling-cost plan fit"))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (["jobs.json"], ["jobs.json", "--budget", "600 EVOLINK_CREDIT", "--may", "quality,sound,takes:2"]),
        (
            ["jobs.json", "--rules", "my rules.yaml", "--as-of", "2026-11-20", "--all", "--title", "x"],
            ["jobs.json", "--rules", "my rules.yaml", "--budget", "600 EVOLINK_CREDIT", "--as-of", "2026-11-20"],
        ),
        (
            ["--rate", "100 KLING3API_CREDIT/USD", "--", "-odd file's.json"],
            [
                *["--budget", "600 EVOLINK_CREDIT", "--rate", "100 KLING3API_CREDIT/USD"],
                *["--may", "quality,sound,takes:2", "--", "-odd file's.json"],
            ],
        ),
    ],
)
def test_the_command_has_the_files_and_options_of_the_run_and_runs(
    folder: Path, capsys: pytest.CaptureFixture[str], given: list[str], wanted: list[str]
) -> None:
    assert main(["check", "--budget", "600 EVOLINK_CREDIT", *given]) == 3
    words = command(capsys.readouterr().out)
    assert words[:3] == ["kling-cost", "plan", "fit"]
    assert sorted(words[3:]) == sorted(wanted)
    assert main([*words[1:-2], *words[-2:], *([] if "--" in words else ["--format", "json"])]) == 0
    capsys.readouterr()


@pytest.mark.parametrize("locale", LOCALES)
def test_the_table_fits_into_eighty_columns_and_the_command_stays_on_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], locale: str
) -> None:
    options = ["--budget", "600 EVOLINK_CREDIT", "--rate", "100 KLING3API_CREDIT/USD", "--locale", locale]
    assert main(["check", "jobs.json", *options]) == 3
    out = capsys.readouterr().out
    assert "144.072" in out
    long = [line for line in out.splitlines() if len(line) > 80]
    assert [line.startswith("kling-cost plan fit") for line in long] == [True]
    assert main(["check", "jobs.json", *options, "--format", "md"]) == 3
    found = re.search(r"\n(`{3,})\n(kling-cost plan fit .*)\n\1\n", capsys.readouterr().out)
    assert found is not None
    assert shlex.split(found[2]) == command(out)


def test_there_is_no_command_where_it_would_not_be_this_plan(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "jobs.json", "--budget", "9000 EVOLINK_CREDIT"]) == 0
    assert main(["check", "jobs.json", "--budget", "600 EVOLINK_CREDIT", "--summary"]) == 3
    (folder / "answers.jsonl").write_text('{"id": "t-1", "status": "processing"}\n', encoding="utf-8")
    assert main(["check", "jobs.json", "--budget", "600 EVOLINK_CREDIT", "--actuals", "answers.jsonl"]) in (3, 4, 5)
    assert "plan fit" not in capsys.readouterr().out


def test_a_name_that_a_terminal_would_act_on_is_in_no_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a\x1b[31m.json").write_text(json.dumps([HERO]), encoding="utf-8")
    assert main(["check", "a\x1b[31m.json", "--budget", "60 EVOLINK_CREDIT"]) == 3
    out = capsys.readouterr().out
    assert "144.072" in out
    assert "plan fit" not in out
    assert "\x1b" not in out
