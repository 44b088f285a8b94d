"""`reconcile` as scripts and people use it: exit codes, streams, stored plans, which findings count."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from examples.answers import every_kind, evolink, wrapped
from kling_cost.cli import main
from tests.cases import cases
from tests.cli import AS_OF, process, run
from tests.cli.test_command import in_terminal
from tests.schemas import validate

JOB = '{"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}\n'
GALLERY = cases("answer_gallery")["cases"]


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "jobs.jsonl"
    path.write_text(JOB, encoding="utf-8")
    return path


def answers(tmp_path: Path, *records: Any) -> Path:
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def result(*words: Any, code: int = 0, **more: Any) -> Any:
    found = run("reconcile", *words, *AS_OF, "--format", "json", **more)
    assert found.returncode == code, found.stderr.decode()
    record = json.loads(found.stdout)
    validate(record, "reconciliation")
    assert record["exit"] == code
    return record


@pytest.mark.parametrize("case", GALLERY, ids=lambda case: case["name"])
def test_bad_answers_are_reported_as_expected(
    case: dict[str, Any], plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    (tmp_path / case["file"]).write_text(case["text"], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    words = ["reconcile", "jobs.jsonl", "--responses", case["file"], "--as-of", "2026-11-20", "--format", "json"]
    code = main([*words, *case.get("args", [])])
    out, err = capfdbinary.readouterr()
    assert code == case["exit"], (out, err)
    if code == 2:
        assert err.decode().removeprefix("kling-cost: ").splitlines() == [
            line.removeprefix("kling-cost: ") for line in case["says"]
        ]
        return
    record = json.loads(out)
    lines = [
        f"{p['severity']} {p['source']}:{p['row']}: "
        + (f"{p['field']}: " if p["field"] else "")
        + p["message"]
        + (f" ({p['hint']})" if p["hint"] else "")
        for p in record["problems"]
    ]
    assert lines == case["says"]
    assert [finding["kind"] for finding in record["findings"]] == case["finds"]


def test_exit_codes(plan: Path, tmp_path: Path) -> None:
    right = answers(tmp_path, wrapped("a", evolink("t", 27)))
    assert result(plan, "--responses", right)["findings"] == []
    wrong = answers(tmp_path, wrapped("a", evolink("t", 40.5)))
    assert result(plan, "--responses", wrong, code=6)["findings"][0]["explained_by"] == ["sound=on"]
    (found,) = result(plan, "--responses", wrong, "--ignore", "over_reserved, rounding")["findings"]
    assert found["ignored"] is True
    assert result(plan, "--responses", wrong, "--fail-on", "missing_response")["fail_on"] == ["missing_response"]
    result(plan, "--responses", wrong, "--fail-on", "over_reserved", "--fail-on", "rounding", code=6)
    assert run("reconcile", plan, *AS_OF).returncode == 2
    assert run("reconcile", plan, "--responses", tmp_path / "none.jsonl").returncode == 2
    plan.write_text(JOB + JOB.replace('"a"', '"b"').replace("v3-text", "v9-text"), encoding="utf-8")
    result(plan, "--responses", wrong, code=4)
    plan.write_text(JOB + JOB.replace('"a"', '"b"').replace('"Fog"', '""'), encoding="utf-8")
    result(plan, "--responses", wrong, code=5)


def test_a_plan_that_is_submitted_in_part(plan: Path, tmp_path: Path) -> None:
    later = JOB.replace('"a"', '"b"').replace('"job_id"', '"date": "2026-12-01", "job_id"')
    plan.write_text(JOB + later, encoding="utf-8")
    stored, ids = tmp_path / "estimate.json", tmp_path / "ids.txt"
    assert run("estimate", plan, *AS_OF, "-o", stored).returncode == 0
    ids.write_bytes(b"\xef\xbb\xbfa\r\n\r\n")
    right = answers(tmp_path, wrapped("a", evolink("t", 27)))
    until, named = ("--submitted-until", "2026-11-30"), ("--submitted", ids)
    for jobs, options in ((plan, until), (plan, named), (stored, named)):
        result(jobs, "--responses", right, code=6)
        (total,) = result(jobs, "--responses", right, *options)["totals"]
        assert (total["estimated"], total["not_submitted"], total["estimated_not_submitted"]) == ("27", 1, "27")
    result(plan, "--responses", right, "--submitted-until", "2026-12-01", code=6)
    assert b"no job of the plan has a date" in run("reconcile", stored, "--responses", right, *until).stderr
    shown = run("reconcile", plan, "--responses", right, "--submitted", ids, *AS_OF).stdout.decode()
    assert "Not yet submitted: 1 take, 27 EVOLINK_CREDIT; not part of any other figure." in " ".join(shown.split())
    page = ("report", plan, *AS_OF, "-o", tmp_path / "p.html", "--submitted", ids)
    assert run(*page, "--responses", right).returncode == 0
    needed = "kling-cost: --submitted and --submitted-until need answers: pass --responses FILE\n"
    assert run(*page).stderr.decode() == needed
    ids.write_text("a\n\nnobody\n", encoding="utf-8")
    done = run("reconcile", plan, "--responses", right, "--submitted", ids)
    assert (done.returncode, done.stderr.decode()) == (2, f"kling-cost: {ids}:3: no job nobody in the plan\n")
    done = run("reconcile", plan, "--responses", right, "--submitted", ids, "--submitted-until", "2026-12-01")
    assert (done.returncode, done.stderr.decode().endswith("exclude each other\n")) == (2, True)


def test_a_book_that_is_given_by_name_is_expected(plan: Path, tmp_path: Path, project: Path) -> None:
    plan.write_text(JOB.replace('"prompt"', '"quality": "1080p", "prompt"'), encoding="utf-8")
    charged = answers(tmp_path, wrapped("a", evolink("t", 36.018)))
    for also, severity, code in (
        ((), "error", 6),
        (("--also", "evolink-2026-10-10"), "warning", 0),
        (("--also", project / "books" / "evolink-2026-10-10.yaml"), "warning", 0),
    ):
        (found,) = result(plan, "--responses", charged, *also, code=code)["findings"]
        assert (found["severity"], found["explained_by"]) == (severity, ["book=evolink-2026-10-10"])
    result(plan, "--responses", charged, "--also", "evolink-2026-10-10", "--fail-on", "over_reserved", code=6)
    done = run("reconcile", plan, "--responses", charged, "--also", "market")
    assert done.stderr.decode().startswith("kling-cost: unknown price book 'market'; the library has:")


def test_a_stored_plan_is_not_priced_again(plan: Path, tmp_path: Path) -> None:
    stored, overlay = tmp_path / "estimate.json", tmp_path / "dear.yaml"
    assert run("estimate", plan, *AS_OF, "-o", stored).returncode == 0
    overlay.write_text(
        "schema: 1\nversion: dear\nproviders:\n  evolink:\n    skus:\n      kling-3.0-video:\n        rates:\n"
        "          2026-02-01: {by: [quality, sound], unit_price: {720p: {off: 9, on: 9}, 1080p: {off: 9, on: 9}}, "
        "source: x, checked: 2026-11-01}\n",
        encoding="utf-8",
    )
    right = answers(tmp_path, wrapped("a", evolink("t", 27)))
    live = result(plan, "--responses", right)
    kept = result(stored, "--responses", right)
    assert kept["estimate_sha256"] == live["estimate_sha256"]
    assert kept["tasks"] == live["tasks"]
    result(plan, "--responses", right, "--overlay", overlay, code=6)
    import hashlib

    assert hashlib.sha256(stored.read_bytes()).hexdigest() == kept["estimate_sha256"]


def test_answers_through_standard_input_and_several_files(plan: Path, tmp_path: Path) -> None:
    first, last = wrapped("a", evolink("t", 27, "pending")), evolink("t", 27)
    one = answers(tmp_path, first)
    data = (json.dumps(last) + "\n").encode()
    record = result(plan, "--responses", one, "--responses", "-", "--response-format", "jsonl", stdin=data)
    assert (record["tasks"][0]["status"], record["findings"]) == ("completed", [])
    assert run("reconcile", plan, "--responses", "-", stdin=data).returncode == 2
    twice = ["--responses", "-", "--responses", "-", "--response-format", "jsonl"]
    assert run("reconcile", plan, *twice, stdin=data).returncode == 2
    both = run("reconcile", "-", "--input-format", "jsonl", *twice[:2], *twice[4:], stdin=data)
    assert both.stderr.decode() == "kling-cost: standard input can be used only once\n"


def test_the_same_answers_give_the_same_bytes(tmp_path: Path) -> None:
    jobs, given = every_kind()
    plan = tmp_path / "plan.jsonl"
    plan.write_text("".join(json.dumps(job) + "\n" for job in jobs), encoding="utf-8")
    file = answers(tmp_path, *given)
    outs = set()
    for seed, zone in (("0", "UTC"), ("1", "Asia/Seoul")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        outs.add(process("reconcile", plan, "--responses", file, *AS_OF, "--format", "json", env=env).stdout)
    assert len(outs) == 1
    assert outs.pop()


def test_a_terminal_shows_the_verdict_first(plan: Path, tmp_path: Path) -> None:
    wrong = answers(tmp_path, wrapped("a", evolink("t", 40.5)))
    out = run("reconcile", plan, "--responses", wrong, *AS_OF).stdout.decode()
    assert out.splitlines()[0] == "Was it charged correctly? NOT AS DUE: 1 finding"
    out = run("reconcile", plan, "--responses", wrong, *AS_OF, "--locale", "ko").stdout.decode()
    assert "1" in out.splitlines()[0]
    assert not out.splitlines()[0].isascii()


def test_other_forms_of_standard_output(plan: Path, tmp_path: Path) -> None:
    wrong = answers(tmp_path, wrapped("a", evolink("t", 40.5)))
    words = ["reconcile", plan, "--responses", wrong, *AS_OF]
    found = run(*words, "--format", "csv")
    assert found.returncode == 6
    assert found.stdout.decode("utf-8-sig").splitlines()[1].startswith("a,t,evolink,completed,27,40.5,,,40.5,13.5,")
    found = run(*words, "--format", "md")
    assert "**NOT AS DUE: 1 finding**" in found.stdout.decode()


def test_a_report_with_answers_goes_by_all_that_is_known(plan: Path, tmp_path: Path) -> None:
    wrong = answers(tmp_path, wrapped("a", evolink("t", 40.5)))
    words = ["report", plan, "--responses", wrong, *AS_OF, "-o", tmp_path / "r.json"]
    assert run(*words).returncode == 6
    assert run(*words, "--budget", "1 EVOLINK_CREDIT").returncode == 6  # 6 comes before 3
    record = json.loads((tmp_path / "r.json").read_bytes())
    validate(record, "report")
    assert (record["check"]["verdict"], record["reconciliation"]["exit"]) == ("over", 6)
    assert run(*words, "--ignore", "over_reserved", "--budget", "1 EVOLINK_CREDIT").returncode == 3
    part = run("report", plan, *AS_OF, "--part", "findings", "-o", tmp_path / "r.md")
    assert part.returncode == 2
    assert "it needs answers (--responses)" in part.stderr.decode()


def test_long_reading_shows_a_progress_bar_on_a_terminal_only(plan: Path, tmp_path: Path) -> None:
    many = tmp_path / "many.jsonl"
    line = json.dumps(evolink("t-%d", 27)) + "\n"
    many.write_text("".join(line.replace("%d", str(n)) for n in range(2_000)), encoding="utf-8")
    code, shown = in_terminal("reconcile", plan, "--responses", many, *AS_OF, impatient=True)
    assert code == 6
    assert re.search(r"reading answers [0-9,]+ lines", shown)


@pytest.mark.parametrize(
    ("words", "code", "kinds"),
    [
        ([], 0, ["other_tasks"]),
        (["--only-mine"], 0, ["other_tasks"]),
        (["--no-only-mine"], 6, ["orphan_response", "orphan_response"]),
        (["--fail-on", "other_tasks"], 6, ["other_tasks"]),
    ],
)
def test_tasks_of_other_plans_in_a_list_are_one_line(
    words: list[str], code: int, kinds: list[str], plan: Path, tmp_path: Path
) -> None:
    listed = {"data": [evolink("t-1", 54), evolink("t-2", 27), evolink("mine", 27)], "total": 3}
    given = answers(tmp_path, listed, wrapped("a", evolink("mine", 27)))
    record = result(plan, "--responses", given, *words, code=code)
    assert [finding["kind"] for finding in record["findings"] if finding["kind"] != "duplicate_response"] == kinds
    assert record["totals"][0]["orphans"] == ("81" if "--no-only-mine" in words else "0")
    assert record["totals"][0]["reported"] == "27"


def test_a_report_of_answers_takes_the_same_choice(plan: Path, tmp_path: Path) -> None:
    given = answers(tmp_path, {"data": [evolink("t-1", 54)]}, wrapped("a", evolink("mine", 27)))
    for words, kind in (([], "other_tasks"), (["--no-only-mine"], "orphan_response")):
        run("report", plan, "--responses", given, *AS_OF, "-o", tmp_path / "o.json", *words)
        record = json.loads((tmp_path / "o.json").read_bytes())
        assert [finding["kind"] for finding in record["reconciliation"]["findings"]] == [kind]
