"""Errors that stop a run: one message for people, and JSON or Markdown on standard output for what asked for it."""

from __future__ import annotations

import json
import os
import pty
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.problems import problem
from tests.cli import AS_OF, run
from tests.schemas import validate

PYTHON = [f"PYTHONPATH={Path(__file__).resolve().parents[2]}", sys.executable, "-m", "kling_cost"]
T2V = '{"model": "kling-v3-text-to-video", "prompt": "x"}'
OVERLAY = """\
schema: 1
version: ours
providers:
  evolink:
    exchange:
      2026-12-01: {per_usd: 80, source: a contract, checked: 2026-11-19}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs, with files that are good, broken and odd."""
    (tmp_path / "one.jsonl").write_text(f"{T2V}\n", "utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "broken.json").write_text("{", "utf-8")
    (tmp_path / "ours.yaml").write_text(OVERLAY, "utf-8")
    (tmp_path / "bad.yaml").write_text('schema: 1\nversion: x\nproviders:\n  "a\\u202Eb": {}\nodd: 1\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


#: Words of the command, its exit code, and the code, source, row and field of the first problem.
CASES: list[tuple[list[str], int, tuple[str, str | None, int | None, str]]] = [
    (["estimat"], 2, ("usage", None, None, "")),
    (["estimate"], 2, ("usage", None, None, "")),
    (["estimate", "one.jsonl", "--no-such"], 2, ("usage", None, None, "")),
    (["estimate", "one.jsonl", "--as-of", "soon"], 2, ("usage", None, None, "")),
    (["estimate", "one.jsonl", "--processes", "2"], 2, ("usage", None, None, "")),
    (["check", "one.jsonl"], 2, ("usage", None, None, "")),
    (["check", "one.jsonl", "--budget", "5"], 2, ("usage", None, None, "")),
    (["report", "one.jsonl"], 2, ("usage", None, None, "")),
    (["reconcile", "one.jsonl"], 2, ("usage", None, None, "")),
    (["estimate", "one.jsonl", "-o", "one.jsonl"], 2, ("usage", None, None, "")),
    (["estimate", "nothing.jsonl"], 2, ("unreadable", "nothing.jsonl", None, "")),
    (["estimate", "./sub/nothing.jsonl", "--summary"], 2, ("unreadable", "./sub/nothing.jsonl", None, "")),
    (["estimate", "sub/broken.json"], 2, ("unreadable", "sub/broken.json", 1, "")),
    (["estimate", "sub"], 2, ("unreadable", "sub", None, "")),
    (["reconcile", "one.jsonl", "--responses", "sub/no.jsonl"], 2, ("unreadable", "sub/no.jsonl", None, "")),
    (["estimate", "one.jsonl", "-o", "no/x.md"], 2, ("unwritable", "no/x.md", None, "")),
    (["estimate", "one.jsonl", "--prices", "./bad.yaml"], 2, ("unreadable", "./bad.yaml", 4, "providers.a\\u202eb")),
    (["estimate", "one.jsonl", "--overlay", "no.yaml"], 2, ("unreadable", "no.yaml", None, "")),
    (["prices", "show", "--prices", "bad.yaml"], 2, ("unreadable", "bad.yaml", 4, "providers.a\\u202eb")),
    (["prices", "show", "--rate", "x"], 2, ("usage", None, None, "")),
    (["price", "nothing"], 4, ("unknown_model", None, None, "model")),
    (["price", "kling-v3-text-to-video", "--duration", "99"], 5, ("out_of_range", None, None, "duration")),
]
by_words = pytest.mark.parametrize(("words", "code", "first"), CASES, ids=[" ".join(words) for words, _, _ in CASES])


@by_words
@pytest.mark.parametrize("form", [["--format", "json"], ["--format=json"]], ids=["apart", "joined"])
def test_an_error_is_json_where_json_was_asked_for(
    folder: Path, words: list[str], code: int, first: Any, form: list[str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main([*words, *form]) == code
    out, err = capfdbinary.readouterr()
    record = json.loads(out)
    validate(record, "error")
    assert (record["exit"], record["kind"]) == (code, "error")
    found = record["problems"][0]
    assert (found["code"], found["source"], found["row"], found["field"]) == first
    assert found["message"].split(" (column")[0] in err.decode()


@by_words
def test_an_error_is_a_table_of_markdown_where_that_was_asked_for(
    folder: Path, words: list[str], code: int, first: Any, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    found = main([*words, "--format", "md", "--locale", "ko"])
    out = capfdbinary.readouterr().out.decode()
    if words[:2] == ["prices", "show"]:  # it gives no Markdown, which is an error of its own
        code = 2
    assert found == code
    assert out.startswith("## 문제 목록\n\n| ")


@by_words
@pytest.mark.parametrize("form", [[], ["--format", "csv"]], ids=["table", "csv"])
def test_other_forms_leave_standard_output_empty(
    folder: Path, words: list[str], code: int, first: Any, form: list[str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main([*words, *form]) == code
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert [line for line in err.decode().splitlines() if not line.isprintable()] == []


def test_what_follows_two_dashes_is_no_option(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["estimate", "--", "--format=json"]) == 2
    assert capfdbinary.readouterr().out == b""


def test_every_fault_of_a_price_book_is_a_problem(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["prices", "show", "--prices", "bad.yaml", "--format", "json"]) == 2
    out, err = capfdbinary.readouterr()
    faults = err.decode().removeprefix("kling-cost: ").splitlines()
    records = json.loads(out)["problems"]
    assert len(records) == len(faults) > 3
    for fault, record in zip(faults, records, strict=True):
        why, _, column = record["message"].rpartition(" (column ")
        place = f"{record['source']}:{record['row']}:{column.rstrip(')')}: "
        assert fault == place + (f"{record['field']}: " if record["field"] else "") + why


def test_no_job_at_all_is_a_warning_without_a_budget(folder: Path) -> None:
    (folder / "none.jsonl").touch()
    found = run("check", "none.jsonl", "--no-budget", *AS_OF, "--format", "json", cwd=folder)
    record = json.loads(found.stdout)
    validate(record, "check")
    assert (found.returncode, record["verdict"], record["exit"]) == (0, "within", 0)
    assert [(p["severity"], p["message"]) for p in record["problems"]] == [("warning", problem("missing.jobs").message)]
    found = run("check", "none.jsonl", "--budget", "5 USD", *AS_OF, cwd=folder)
    assert (found.returncode, found.stderr) == (2, b"kling-cost: there are no jobs to check\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ours.yaml"], "ours.yaml over pricing.yaml: price book 2026-11-19+ours is valid"),
        (["./ours.yaml", "--prices", "book.yaml"], "ours.yaml over book.yaml: price book 2026-11-19+ours is valid"),
        (["book.yaml"], "book.yaml: price book 2026-11-19 is valid"),
        (["book.yaml", "--overlay", "ours.yaml"], "book.yaml, ours.yaml: price book 2026-11-19+ours is valid"),
        (["evolink-2026-10-10"], "evolink-2026-10-10.yaml: price book evolink-2026-10-10 is valid"),
    ],
)
def test_lint_knows_a_book_from_an_overlay(folder: Path, project: Path, words: list[str], message: str) -> None:
    shutil.copy(project / "pricing.yaml", folder / "book.yaml")
    found = run("prices", "lint", *words, *AS_OF, cwd=folder)
    assert (found.returncode, found.stdout.decode()) == (0, f"{message}\n"), found.stderr


def test_the_option_that_helps_is_the_one_named(folder: Path) -> None:
    (folder / "one.dat").write_text(T2V, "utf-8")
    found = run("reconcile", "one.jsonl", "--responses", "one.dat", cwd=folder)
    forms = "jsonl | json | csv | tsv | xlsx"
    message = f"kling-cost: unknown format of one.dat; pass --response-format {forms}\n"
    assert (found.returncode, found.stderr.decode()) == (2, message)


@pytest.mark.parametrize(
    "words",
    [
        ["estimate", "/dev/zero"],
        *(["estimate", "/dev/zero", "--input-format", form] for form in "jsonl json yaml csv tsv xlsx parquet".split()),
        *(["estimate", "/dev/zero", "--summary", "--input-format", form] for form in ("jsonl", "csv")),
        ["estimate", "one.jsonl", "--prices", "/dev/zero"],
        *(["reconcile", "one.jsonl", "--responses", "/dev/zero", "--response-format", f] for f in ("jsonl", "csv")),
        ["reconcile", "one.jsonl", "--responses", "one.jsonl", "--submitted", "/dev/zero"],
    ],
    ids=" ".join,
)
def test_a_device_that_never_ends_does(folder: Path, words: list[str]) -> None:
    found = run(*words, *AS_OF, cwd=folder)
    lines = found.stderr.decode().splitlines()
    assert (found.returncode, len(lines)) == (2, 1), lines
    assert lines[0].startswith(("kling-cost: /dev/zero", "kling-cost: unknown format of /dev/zero"))


def test_the_library_lints_an_overlay_as_the_command_does(folder: Path, project: Path) -> None:
    shutil.copy(project / "pricing.yaml", folder / "book.yaml")
    for base in (None, folder / "book.yaml"):
        assert kc.lint_prices(folder / "ours.yaml", base=base) == kc.lint_prices(overlay=folder / "ours.yaml")
    (folder / "ours.yaml").write_text(OVERLAY.replace("80", "-80"), "utf-8")
    with pytest.raises(kc.PriceBookError) as caught:
        kc.lint_prices(folder / "ours.yaml")
    assert [fault.count("per_usd") for fault in caught.value.faults] == [1]


def test_lint_says_only_what_is_wrong_with_an_overlay(folder: Path) -> None:
    (folder / "ours.yaml").write_text(OVERLAY.replace("80", "-80"), "utf-8")
    found = run("prices", "lint", "ours.yaml", *AS_OF, cwd=folder)
    assert found.returncode == 2
    assert [line.count("per_usd") for line in found.stderr.decode().splitlines()] == [1]


def test_a_terminal_gets_nothing_that_it_would_act_on(folder: Path) -> None:
    body = {"job_id": "a\x1b[31m\u202eb", "request": json.loads(T2V)}
    (folder / "odd.jsonl").write_text(json.dumps(body) + "\n", "utf-8")
    for form in ("csv", "json", "table", "md"):
        output = on_terminal(folder, "estimate", "odd.jsonl", *AS_OF, "--all", "--format", form).decode()
        assert "\u202e" not in output, form
        assert "\x1b[31mb" not in output.replace("\u202e", ""), form
        assert "u202e" in output, form
    piped = run("estimate", "odd.jsonl", *AS_OF, "--format", "csv", cwd=folder).stdout.decode()
    assert "a\x1b[31m\u202eb" in piped


def on_terminal(folder: Path, *words: str) -> bytes:
    """What the command writes to a terminal."""
    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover  # another process
        os.chdir(folder)
        os.execv(shutil.which("env") or "", ["env", "NO_COLOR=1", "COLUMNS=400", *PYTHON, *words])
    output = b""
    while True:
        try:
            block = os.read(terminal, 65_536)
        except OSError:  # the terminal is gone
            break
        if not block:
            break
        output += block
    os.waitpid(pid, 0)
    os.close(terminal)
    return output
