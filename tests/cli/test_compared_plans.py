"""`plan diff`, `approve`, `check --approval` and `check --against` as they are called."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from rich.cells import cell_len

import kling_cost as kc
from kling_cost.reporting.parts.changes.pull_request_comment import MARKER, MAX_CHARACTERS
from kling_cost.reporting.translations import LOCALES
from tests.cli import AS_OF, run
from tests.planning.plans import CATALOGUE, golden, job
from tests.schemas import validate

HOSTILE = "</td><script>alert(1)</script> | `x` [a](http://b) @all <!-- --> =1+1"


def written(folder: Path, name: str, *jobs: object) -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(each) + "\n" for each in jobs))
    return path


@pytest.fixture
def plans(tmp_path: Path) -> tuple[Path, Path]:
    """The golden plans as files."""
    old = written(
        tmp_path,
        "old.jsonl",
        job("a", 3, duration=10, quality="1080p", sound="off"),
        job("gone"),
        job("same", duration=7, quality="1080p", sound="off"),
    )
    new = written(
        tmp_path,
        "new.jsonl",
        job("a", 4, duration=8, quality="720p", sound="on"),
        job("same", duration=7, quality="1080p", sound="off"),
        job("fresh", duration=6, sound="on"),
    )
    return old, new


def test_the_golden_change_in_every_form(plans: tuple[Path, Path]) -> None:
    command = ("plan", "diff", *plans, "--prices", CATALOGUE, *AS_OF)
    record = json.loads(run(*command, "--format", "json").stdout)
    validate(record, "diff")
    wanted = json.loads(json.dumps(kc.diff(*golden()).to_json()))
    assert record["steps"] == wanted["steps"]
    assert record["totals"] == wanted["totals"]
    table = run(*command).stdout.decode()
    assert "64.8918" in table
    assert max(cell_len(line) for line in table.splitlines()) <= 80
    markdown = run(*command, "--format", "md").stdout.decode()
    assert "| quality | -54.108 | EVOLINK\\_CREDIT | 1 |" in markdown.replace("EVOLINK_CREDIT", "EVOLINK\\_CREDIT")
    rows = list(csv.DictReader(io.StringIO(run(*command, "--format", "csv").stdout.decode("utf-8-sig"))))
    assert rows[0] == {
        "job_id": "a", "status": "changed", "step": "price", "currency": "EVOLINK_CREDIT", "amount": "0.162",
    }  # fmt: skip
    assert {row["job_id"] for row in rows} == {"a", "gone", "same", "fresh"}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_change_speaks_each_language(plans: tuple[Path, Path], locale: str) -> None:
    text = run("plan", "diff", *plans, "--locale", locale, *AS_OF).stdout.decode()
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert ("What the change costs" in text) == (locale == "en")
    assert "-53.946" in text


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ((), 0),
        (("--fail-above", "5 %"), 3),
        (("--fail-above", "30%"), 0),
        (("--fail-above", "20 USD"), 0),
        (("--fail-above", "$0.5"), 3),
        (("--fail-above", "5"), 2),
        (("--prices", "nothing.yaml"), 2),
        (("--old-prices", "nothing.yaml"), 2),
    ],
)
def test_the_exit_code_of_a_change(plans: tuple[Path, Path], more: tuple[str, ...], code: int) -> None:
    assert run("plan", "diff", *plans, *AS_OF, *more).returncode == code


def test_two_books_and_stored_plans(plans: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = plans
    stored = [tmp_path / f"{path.stem}.json" for path in plans]
    run("estimate", old, "-o", stored[0], *AS_OF)
    run("estimate", new, "--prices", CATALOGUE, "-o", stored[1], *AS_OF)
    lumped = json.loads(run("plan", "diff", *stored, "--format", "json").stdout)
    assert "price+options" in [step["step"] for step in lumped["steps"]]
    assert "--old-prices" in lumped["problems"][0]["hint"]
    split = ("--old-prices", "pricing", "--prices", CATALOGUE, "--format", "json")
    whole = json.loads(run("plan", "diff", *stored, *split).stdout)
    live = json.loads(run("plan", "diff", *plans, *split, *AS_OF).stdout)
    assert whole["steps"] == live["steps"]
    back = json.loads(run("plan", "diff", new, old, "--old-prices", CATALOGUE, "--format", "json", *AS_OF).stdout)
    assert back["totals"][0]["difference"] == "-64.8918"
    same = json.loads(run("plan", "diff", old, old, "--prices", CATALOGUE, "--format", "json", *AS_OF).stdout)
    assert {step["step"] for step in same["steps"]} == {"price"}


def test_files_of_a_change_hold_it_too(plans: tuple[Path, Path], tmp_path: Path) -> None:
    names = ("c.xlsx", "c.html", "c.md", "c.csv", "c.json")
    outputs = [word for name in names for word in ("-o", tmp_path / name)]
    assert run("plan", "diff", *plans, *AS_OF, *outputs).returncode == 0
    import openpyxl

    sheet = openpyxl.load_workbook(tmp_path / "c.xlsx")["Changes"]
    cells = {cell.value for row in sheet.iter_rows() for cell in row}
    assert {"From the old plan to the new one · USD", -53.946} <= cells  # float: as a spreadsheet holds it
    page = (tmp_path / "c.html").read_text()
    assert "From the old plan to the new one · USD" in page
    assert "<svg" in page
    assert json.loads((tmp_path / "c.json").read_text())["kind"] == "diff"


def test_an_approved_plan_passes_and_another_does_not(plans: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = plans
    approval = tmp_path / "approval.json"
    terms = ("--by", "Ada Park", "--allow-growth", "5 %", "--uses", "1", "--note", "Spring", "--until", "2026-12-31")
    assert run("approve", old, *terms, "--no-budget", "-o", approval, *AS_OF).returncode == 0
    validate(json.loads(approval.read_text()), "approval")
    check = ("--no-budget", "--approval", approval, "--format", "json", *AS_OF)
    passed = run("check", old, *check)
    assert (passed.returncode, json.loads(passed.stdout)["approval"]["status"]) == (0, "approved")
    refused = run("check", new, *check, "--against", old)
    record = json.loads(refused.stdout)
    validate(record, "check")
    assert (refused.returncode, record["verdict"], record["exit"]) == (3, "refused", 3)
    assert record["approval"]["why"] == ["job_added", "grown"]
    assert record["approval"]["growth"][0]["grown"] == "64.854"
    assert [step["step"] for step in record["against"]["steps"]][:2] == ["removed", "added"]
    late = run("check", old, "--no-budget", "--approval", approval, "--as-of", "2027-01-01", "--format", "json")
    assert (late.returncode, json.loads(late.stdout)["approval"]["why"]) == (3, ["expired"])
    for suffix in ("html", "md", "xlsx"):
        path = tmp_path / f"refused.{suffix}"
        run("check", new, "--no-budget", "--approval", approval, "--against", old, "-o", path, *AS_OF)
        if suffix != "xlsx":
            assert "REFUSED" in path.read_text()


def test_a_stored_plan_is_held_to_an_end_as_of_today(plans: tuple[Path, Path], tmp_path: Path) -> None:
    stored, approval = tmp_path / "plan.json", tmp_path / "approval.json"
    run("estimate", plans[0], "-o", stored, *AS_OF)
    run("approve", stored, "--by", "Ada", "--no-budget", "--until", "2026-11-30", "-o", approval, *AS_OF)
    late = run("check", stored, "--no-budget", "--approval", approval, "--as-of", "2026-12-01")
    assert late.returncode == 3


@pytest.mark.parametrize(
    ("body", "more", "code"),
    [
        (job("a"), ("--budget", "1 EVOLINK_CREDIT"), 3),
        (job("a", duration=99), ("--no-budget",), 5),
        (job("a", model="nothing"), ("--no-budget",), 4),
        (job("a"), (), 2),
        (job("a"), ("--no-budget", "--allow-growth", "5"), 2),
        (job("a"), ("--no-budget", "--uses", "0"), 2),
        (job("a"), ("--no-budget", "--until", "2026-11-01"), 2),
    ],
)
def test_what_does_not_pass_is_not_approved(tmp_path: Path, body: object, more: tuple[str, ...], code: int) -> None:
    file, approval = written(tmp_path, "jobs.jsonl", body), tmp_path / "approval.json"
    assert run("approve", file, "--by", "Ada", "-o", approval, *more, *AS_OF).returncode == code
    assert not approval.exists()


def test_an_approval_never_overwrites_its_plan(plans: tuple[Path, Path]) -> None:
    before = plans[0].read_bytes()
    assert run("approve", plans[0], "--by", "Ada", "--no-budget", "-o", plans[0]).returncode == 2
    assert plans[0].read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        ("--summary", "--approval", "a.json"), ("--summary", "--against", "old.jsonl"), ("--summary", "--comment"),
        ("--old-prices", "pricing"), ("--comment-above", "1%", "--comment"), ("--comment", "--format", "json"),
        ("--comment-above", "1%", "--against", "old.jsonl"),
        ("--comment", "--comment-above", "1", "--against", "old.jsonl"),
    ],
)  # fmt: skip
def test_options_that_contradict_each_other_are_refused(plans: tuple[Path, Path], words: tuple[str, ...]) -> None:
    assert run("check", plans[1], "--no-budget", *words, cwd=plans[0].parent).returncode == 2


def test_a_comment_says_what_changed_and_what_is_wrong(plans: tuple[Path, Path]) -> None:
    found = run("check", plans[1], "--budget", "1 USD", "--against", plans[0], "--comment", *AS_OF)
    text = found.stdout.decode()
    assert found.returncode == 3
    assert text.startswith(f"{MARKER}\n### Kling 3.0 videos: OVER BUDGET\n")
    assert "22.1%" in text
    assert "| quality | -53.946 |" in text
    alone = run("check", plans[1], "--budget", "500 USD", "--comment", *AS_OF).stdout.decode()
    assert "358.1874" in alone


def test_a_comment_is_short_and_inert_whatever_is_in_the_plan(tmp_path: Path) -> None:
    names = [f"{HOSTILE}{number}" * 5 for number in range(60)]
    old = written(tmp_path, "old.jsonl", *(job(name, tags={HOSTILE: name}) for name in names[:50]))
    new = written(tmp_path, "new.jsonl", *(job(name, 2, duration=3 + at % 20) for at, name in enumerate(names[5:])))
    text = run("check", new, "--budget", "1 USD", "--against", old, "--comment", *AS_OF).stdout.decode()
    assert len(text) <= MAX_CHARACTERS
    assert "<!--" not in text.removeprefix(MARKER).replace("\\<!--", "")
    assert "<script" not in text.replace("\\<", "")
    assert "@all" not in text.replace("\\@all", "")
    assert text.count("- error:") == 5


def test_a_comment_is_left_out_below_a_limit_unless_the_plan_fails(plans: tuple[Path, Path]) -> None:
    def comment(old: Path, new: Path, above: str, budget: str = "500 USD") -> bytes:
        words = ("--budget", budget, "--against", old, "--comment", "--comment-above", above, *AS_OF)
        return run("check", new, *words).stdout

    old, new = plans
    assert comment(old, old, "1%") == b""
    assert comment(old, new, "22.109%") != b""
    assert comment(old, new, "22.11%") == b""
    assert comment(new, old, "18%") != b""  # a fall counts, too
    assert comment(new, old, "19%") == b""
    assert comment(old, old, "1%", "1 USD") != b""


def test_a_run_that_stops_leaves_a_comment(tmp_path: Path) -> None:
    found = run("check", tmp_path / "nothing.yaml", "--comment")
    assert found.returncode == 2
    assert found.stdout.decode().startswith(MARKER)
    assert b"no such file" in found.stdout
