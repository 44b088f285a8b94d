"""A command in the process of the tests does what it does in a process of its own, to the byte."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import warnings
from pathlib import Path

import pytest

from tests.cli import AS_OF, process, run

T2V = '{"model": "kling-v3-text-to-video", "prompt": "안개"}'
BAD = '{"model": "kling-v3-text-to-video", "prompt": "x", "duration": 99}'
DEEP = '{"a": ' * 5_000 + "1" + "}" * 5_000
#: Every verb and form, every exit code, results, messages, files, standard input, and what stops a run.
COMMANDS: list[tuple[list[str], bytes]] = [
    (["--version"], b""),
    (["check", "--help"], b""),
    (["estimat"], b""),
    (["estimate", "jobs.jsonl", *AS_OF], b""),
    (["estimate", "-", "--input-format", "jsonl", *AS_OF, "--format", "csv"], f"{T2V}\n".encode() * 3_000),
    (["estimate", "-", "--input-format", "json", *AS_OF], DEEP.encode()),
    (["estimate", "/dev/stdin", "--input-format", "jsonl", "--summary", *AS_OF, "-o", "s.json"], f"{T2V}\n".encode()),
    (["estimate", "nothing.jsonl", "--format", "json"], b""),
    (["check", "examples/campaign.yaml", "--budget", "1 USD", *AS_OF, "--locale", "ko", "-o", "c.md"], b""),
    (["check", "jobs.jsonl", "--budget", "1 USD", "--comment", *AS_OF], b""),
    (["check", "-", "--input-format", "jsonl", "--budget", "0.1 USD", *AS_OF], f"{T2V}\n".encode()),
    (["price", "kling-v9", *AS_OF, "--format", "json"], b""),
    (["price", "kling-v3-text-to-video", *AS_OF, "--format", "md", "--locale", "ja"], b""),
    (["price", "no\x1b[31m\udcff-model", *AS_OF], b""),
    (["report", "examples/campaign.csv", *AS_OF, "-o", "r.html", "-o", "r.xlsx", "-o", "r.parquet"], b""),
    (["reconcile", "examples/campaign.csv", "--responses", "examples/answers.jsonl", *AS_OF], b""),
    (["prices", "show", *AS_OF, "--format", "json"], b""),
]
HOW = {"COLUMNS": "80"}


@pytest.fixture
def folders(tmp_path: Path, project: Path) -> list[Path]:
    made = [tmp_path / name for name in ("process", "here")]
    for folder in made:
        shutil.copytree(project / "examples", folder / "examples")
        (folder / "jobs.jsonl").write_text(f"{T2V}\n{BAD}\n", "utf-8")
    return made


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


@pytest.mark.parametrize(("words", "stdin"), COMMANDS, ids=[" ".join(words[:3]) for words, _ in COMMANDS])
def test_a_command_here_and_in_a_process_do_the_same(folders: list[Path], words: list[str], stdin: bytes) -> None:
    """Also when it was called before: nothing that the first left behind changes the second."""
    apart, here = folders
    wanted = process(*words, cwd=apart, stdin=stdin, env=HOW)
    for _ in range(2):
        found = run(*words, cwd=here, stdin=stdin, env=HOW)
        assert (found.returncode, found.stdout, found.stderr) == (wanted.returncode, wanted.stdout, wanted.stderr)
        assert files(here) == files(apart)


def test_the_commands_end_in_every_way(folders: list[Path]) -> None:
    """Else the test above would not say much."""
    codes = {run(*words, cwd=folders[1], stdin=stdin, env=HOW).returncode for words, stdin in COMMANDS}
    assert codes == {0, 2, 3, 4, 5, 6}


def state() -> tuple[object, ...]:
    """What a command could leave behind in the process of the tests."""
    opened = {name: os.readlink(f"/proc/self/fd/{name}") for name in "012"}
    streams = (id(sys.stdin), id(sys.stdout), id(sys.stderr))
    quiet = (list(warnings.filters), gc.get_threshold(), signal.getsignal(signal.SIGINT), sys.getrecursionlimit())
    return Path.cwd(), dict(os.environ), list(sys.argv), opened, streams, quiet


def test_nothing_is_left_behind(folders: list[Path]) -> None:
    before = state()
    run("report", "examples/campaign.csv", *AS_OF, "-o", "r.xlsx", cwd=folders[1], stdin=b"x" * 200_000, env=HOW)
    assert state() == before


@pytest.mark.parametrize("name", ["PYTHONHASHSEED", "LC_ALL", "LANG", "TZ"])
def test_what_only_a_process_can_be_given_is_refused(name: str) -> None:
    with pytest.raises(AssertionError, match="needs a process"):
        run("--version", env={name: "x"})
