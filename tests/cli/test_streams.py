"""Standard streams: a reader that leaves, a full disk, closed descriptors; and outputs that are inputs."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import AS_OF, run

T2V = {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 5}
COMMAND = f"{shlex.quote(sys.executable)} -m kling_cost"
UNBUFFERED = pytest.mark.parametrize("unbuffered", ["", "1"])


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Jobs whose line items do not fit into a pipe."""
    path = tmp_path / "many.jsonl"
    path.write_text("".join(json.dumps({"job_id": f"j{at}", "request": T2V}) + "\n" for at in range(2_000)), "utf-8")
    return path


def shell(line: str, folder: Path, unbuffered: str = "") -> subprocess.CompletedProcess[str]:
    """A line of bash; its exit code is that of the command before the first pipe."""
    here = str(Path(__file__).resolve().parents[2])
    return subprocess.run(
        ["bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered, "PYTHONPATH": here, "NO_COLOR": "1"},
    )


@UNBUFFERED
@pytest.mark.parametrize("form", ["table", "csv", "json", "md"])
@pytest.mark.parametrize(("limit", "code"), [("1000000 EVOLINK_CREDIT", 0), ("1 EVOLINK_CREDIT", 3)])
def test_a_reader_that_leaves_changes_no_exit_code(
    many: Path, form: str, limit: str, code: int, unbuffered: str
) -> None:
    words = f'check {many.name} --budget "{limit}" --as-of 2026-11-20 --all --format {form}'
    found = shell(f"{COMMAND} {words} | head -c 1 > /dev/null", many.parent, unbuffered)
    assert (found.returncode, found.stderr) == (code, "")


@UNBUFFERED
@pytest.mark.parametrize("words", ["--help", "check --help", "price kling-v3-text-to-video", "--version"])
def test_short_answers_end_quietly_for_a_reader_that_left(tmp_path: Path, words: str, unbuffered: str) -> None:
    found = shell(f"{COMMAND} {words} | true", tmp_path, unbuffered)
    assert (found.returncode, found.stderr) == (0, "")


@UNBUFFERED
@pytest.mark.parametrize("words", ["--help", "price kling-v3-text-to-video", "prices show", "prices schema"])
def test_a_full_device_is_one_message(tmp_path: Path, words: str, unbuffered: str) -> None:
    found = shell(f"{COMMAND} {words} > /dev/full", tmp_path, unbuffered)
    assert found.returncode == 2
    assert found.stderr == "kling-cost: standard output: cannot be written: No space left on device\n"


@UNBUFFERED
@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_half_a_result_is_never_called_a_whole_one(many: Path, form: str, unbuffered: str) -> None:
    words = f"estimate {many.name} --as-of 2026-11-20 --all --format {form}"
    found = shell(f"ulimit -f 64; {COMMAND} {words} > out.txt", many.parent, unbuffered)
    assert found.returncode == 2
    assert found.stderr == "kling-cost: standard output: cannot be written: File too large\n"


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("price kling-v3-text-to-video >&-", 2, "kling-cost: standard output is closed\n"),
        ("--help >&-", 2, "kling-cost: standard output is closed\n"),
        ("estimate - --input-format jsonl <&-", 2, "kling-cost: standard input is closed\n"),
        ("price kling-v3-text-to-video 2>&-", 0, ""),
        ("price nothing 2>&-", 4, ""),
        ("price kling-v3-text-to-video 2>/dev/full", 0, ""),
    ],
)
def test_closed_streams(tmp_path: Path, line: str, code: int, message: str) -> None:
    found = shell(f"{COMMAND} {line}", tmp_path)
    assert (found.returncode, found.stderr) == (code, message)


@pytest.fixture
def work(tmp_path: Path, project: Path) -> Path:
    """A folder with inputs of every kind, spelt and linked in several ways."""
    (tmp_path / "jobs.csv").write_text(
        "job_id,model,duration,prompt\na,kling-v3-text-to-video,5,Days of work\n", "utf-8"
    )
    (tmp_path / "answers.csv").write_text("job_id,task_id,status,credits\na,t,completed,27\n", "utf-8")
    shutil.copy(project / "pricing.yaml", tmp_path / "prices.csv")
    (tmp_path / "link.csv").symlink_to("jobs.csv")
    os.link(tmp_path / "jobs.csv", tmp_path / "hard.csv")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        "estimate jobs.csv -o jobs.csv",
        "estimate jobs.csv -o ./jobs.csv",
        "estimate jobs.csv -o link.csv",
        "estimate link.csv -o jobs.csv",
        "estimate jobs.csv -o hard.csv",
        "estimate 'jobs*' -o jobs.csv",
        "estimate jobs.csv --summary -o jobs.csv",
        "check jobs.csv --no-budget -o jobs.csv",
        "report jobs.csv -o budget.md -o jobs.csv",
        "reconcile jobs.csv --responses answers.csv -o answers.csv",
        "reconcile jobs.csv --responses answers.csv -o jobs.csv",
        "estimate jobs.csv --prices prices.csv -o prices.csv",
        "prices table --prices prices.csv -o prices.csv",
        "estimate jobs.csv -o new.md -o ./new.md",
    ],
)
def test_no_output_replaces_an_input(work: Path, words: str) -> None:
    before = {path.name: path.read_bytes() for path in work.iterdir()}
    found = run(*shlex.split(words), *AS_OF, cwd=work)
    assert found.returncode == 2
    assert ("is the same file as" if "new.md" in words else "would overwrite") in found.stderr.decode()
    assert {path.name: path.read_bytes() for path in work.iterdir()} == before


def test_no_output_replaces_the_file_on_standard_input(work: Path) -> None:
    before = {path.name: path.read_bytes() for path in work.iterdir()}
    found = shell(f"{COMMAND} estimate - --input-format csv -o jobs.csv --as-of 2026-11-20 < jobs.csv", work)
    assert found.returncode == 2
    assert "would overwrite" in found.stderr
    assert {path.name: path.read_bytes() for path in work.iterdir()} == before


def test_outputs_beside_inputs_are_written(work: Path) -> None:
    found = run("estimate", "jobs.csv", *AS_OF, "-o", "new.csv", "-o", "new.md", cwd=work)
    assert found.returncode == 0
    assert (work / "new.csv").exists()
