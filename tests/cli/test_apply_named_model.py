"""A storyboard that names no model: what `plan fit --apply` writes reads by the same options, with the same figures."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

import kling_cost as kc
from tests.commands import run

MODEL = "kling-v3-text-to-video"
BUDGET = ["--budget", "4 USD", "--as-of", "2026-11-20"]
BOARD = [
    ["Shot", "Description", "Length (s)", "Res", "Audio?", "Versions"],
    ["1", "Dawn", "10", "1080p", "yes", "3"],
    ["2", "Waves", "5", "720p", "no", "2"],
    ["3", "Boats", "8", "FHD", "Y", "1"],
]
OURS = [
    ["job_id", "duration", "quality", "sound", "takes"],
    ["a", "10", "1080p", "on", "3"],
    ["b", "5", "", "off", "2"],
]
QUIET = [[row[0], *row[1:4], row[5]] for row in BOARD]


def written(path: Path, rows: list[list[str]]) -> Path:
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.worksheets[0].append([int(cell) if cell.isdigit() else cell for cell in row])
        book.save(path)
    else:
        path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@pytest.mark.parametrize(
    ("rows", "options"),
    [
        (BOARD, ["--model", MODEL]),
        (OURS, ["--model", MODEL, "--default", "quality=720p"]),
        (QUIET, ["--model", MODEL, "--default", "sound=on"]),
    ],
    ids=["storyboard", "own columns", "no sound"],
)
def test_the_applied_file_is_read_by_the_same_options_as_the_plan(
    tmp_path: Path, rows: list[list[str]], options: list[str], ending: str
) -> None:
    board, fitted = written(tmp_path / f"board{ending}", rows), tmp_path / f"fitted{ending}"
    done = run("plan", "fit", board, *options, "--may", "takes:1", *BUDGET, "--apply", fitted, "--format", "json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    again = run("check", fitted, *options, *BUDGET, "--format", "json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["estimate"]["totals"] == plan["estimate"]["totals"]
    assert (fitted.with_name(f"{fitted.name}.columns.yaml").name in done.stderr.decode()) == (rows is not OURS)


def test_what_the_sheet_has_no_column_for_is_refused_with_what_to_do(tmp_path: Path) -> None:
    board, options = written(tmp_path / "board.csv", QUIET), ["--model", MODEL, "--default", "sound=on"]
    done = run(
        "plan", "fit", board, *options, "--may", "sound", "--budget", "6 USD", "--apply", tmp_path / "fitted.csv"
    )
    assert (done.returncode, "no column for sound (add one to the sheet)" in done.stderr.decode()) == (2, True)
    assert not (tmp_path / "fitted.csv").exists()


def test_the_library_applies_a_plan_of_a_sheet_that_was_read_with_a_model(tmp_path: Path) -> None:
    board = written(tmp_path / "board.csv", BOARD)
    plan = kc.fit(kc.estimate(kc.read_jobs(str(board), model=MODEL)), "4 USD", may="takes:1")
    with pytest.raises(kc.KlingCostError, match="which model makes this shot"):
        kc.apply(plan, board, tmp_path / "fitted.csv")
    kc.apply(plan, board, tmp_path / "fitted.csv", model=MODEL)
    again = kc.estimate(kc.read_jobs(str(tmp_path / "fitted.csv"), model=MODEL))
    assert again.totals == plan.estimate.totals
