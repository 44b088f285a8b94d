"""`estimate --summary` as scripts and people use it: the same figures, streams, patterns, interruption."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.io.json_text import json_bytes
from tests.cli import AS_OF, eventually, measured, process, run
from tests.schemas import validate

T2V = '{"model": "kling-v3-text-to-video", "prompt": "x"}'
BAD = '{"model": "kling-v3-text-to-video", "prompt": "x", "duration": 99}'


def lines(path: Path, *bodies: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{body}\n" for body in bodies), encoding="utf-8")
    return path


def without_items(found: bytes) -> bytes:
    record = json.loads(found) | {"kind": "summary"}
    del record["line_items"]
    return json_bytes(record)


@pytest.mark.parametrize("strict", [[], ["--strict"]])
@pytest.mark.parametrize("form", ["json", "jsonl", "yaml", "csv", "tsv", "xlsx", "parquet"])
def test_it_says_what_the_ordinary_way_says_without_line_items(project: Path, form: str, strict: list[str]) -> None:
    file = project / f"examples/campaign.{form}"
    found = run("estimate", file, "--summary", *strict, *AS_OF, "--format", "json")
    whole = run("estimate", file, *strict, *AS_OF, "--format", "json")
    assert found.stdout == without_items(whole.stdout)
    assert found.returncode == whole.returncode
    validate(json.loads(found.stdout), "summary")


def comparable(found: bytes) -> dict[str, Any]:
    """A verdict without the warning that a summary does not look for."""
    record = json.loads(found)
    for part in (record, record.get("estimate", {})):
        part["problems"] = [p for p in part["problems"] if p["code"] != "repeated_request"]
    return record


@pytest.fixture
def here(capsysbinary: pytest.CaptureFixture[bytes]) -> Callable[..., tuple[int, bytes, bytes]]:
    """`kling-cost WORDS` in this process: exit code, standard output and standard error."""

    def call(*words: str | Path) -> tuple[int, bytes, bytes]:
        code = main([str(word) for word in words])
        return code, *capsysbinary.readouterr()

    return call


@pytest.mark.parametrize("form", ["json", "jsonl", "yaml", "csv", "tsv", "xlsx", "parquet"])
def test_a_gate_decides_on_a_summary_as_on_the_estimate(
    project: Path, tmp_path: Path, here: Callable[..., tuple[int, bytes, bytes]], form: str
) -> None:
    """In every form: the verdict, its files, and what people see."""
    file, limit = project / f"examples/campaign.{form}", "--budget=40 USD"
    ways: list[Any] = []
    for way in ([], ["--summary"]):
        outputs = [tmp_path / f"{len(ways)}.{suffix}" for suffix in ("json", "csv")]
        files = [word for path in outputs for word in ("-o", path)]
        code, found, _ = here("check", file, limit, *way, *AS_OF, "--format", "json", *files)
        ways.append((code, comparable(found), comparable(outputs[0].read_bytes()), outputs[1].read_bytes()))
        validate(json.loads(found), "check")
    assert ways[0] == ways[1]


CLIENTS = [f'{{"request": {T2V}, "tags": {{"client": "{name}"}}}}' for name in ("Acme", "Initech")]


@pytest.mark.parametrize(
    ("bodies", "words", "code"),
    [
        (CLIENTS, ["--budget", "1 USD"], 0),
        (CLIENTS, ["--budget", "0.8 USD"], 0),
        (CLIENTS, ["--budget", "0.5 USD"], 3),
        (CLIENTS, ["--budget", "1 XYZ"], 2),
        (CLIENTS, ["--no-budget"], 0),
        (CLIENTS, [], 2),
        ([T2V, BAD], ["--budget", "1 USD"], 5),
        (['{"model": "nothing"}'], ["--no-budget"], 4),
        (['{"type": "pro-text-to-video", "prompt": "x"}'], ["--budget", "1 USD"], 4),
        ([], ["--no-budget"], 0),
        ([], ["--budget", "1 USD"], 2),
        ([T2V, T2V], ["--budget", "1 USD", "--strict"], 5),
    ],
)
def test_a_gate_says_the_same_by_either_way(
    tmp_path: Path, here: Callable[..., tuple[int, bytes, bytes]], bodies: list[str], words: list[str], code: int
) -> None:
    """Within, near, over, unknown, invalid, unpriced, empty; what is refused is refused with the same words."""
    path = lines(tmp_path / "jobs.jsonl", *bodies)
    for form in ("json", "table"):
        found, whole = (here("check", path, *way, *words, *AS_OF, "--format", form) for way in (["--summary"], []))
        assert found == whole
        assert found[0] == code


def test_a_gate_sums_up_streams_stored_estimates_and_several_files_in_processes(tmp_path: Path) -> None:
    one, two = (lines(tmp_path / f"{name}.jsonl", *CLIENTS * 9_000) for name in ("one", "two"))
    limit = ["--budget", "13500 USD", *AS_OF, "--format", "json"]
    several = process("check", one, two, *limit, "--summary", "--processes", "2")
    stream = run(
        "check", "-", "--input-format", "jsonl", *limit, "--summary", stdin=one.read_bytes() + two.read_bytes()
    )
    assert (several.returncode, several.stdout) == (0, stream.stdout)
    assert json.loads(several.stdout)["limits"][0]["planned"] == "13500"
    run("estimate", lines(tmp_path / "few.jsonl", *CLIENTS), *AS_OF, "-o", tmp_path / "few.json")
    for way in ([], ["--summary"]):
        found = run("check", tmp_path / "few.json", "--budget", "0.75 USD", "--format", "json", *way)
        assert (found.returncode, json.loads(found.stdout)["limits"][0]["planned"]) == (0, "0.75")


def test_processes_are_of_a_summary(tmp_path: Path) -> None:
    path = lines(tmp_path / "jobs.jsonl", T2V)
    assert run("check", path, "--no-budget", "--processes", "2").returncode == 2


@pytest.mark.parametrize(("bodies", "code"), [([T2V], 0), ([T2V, BAD], 5), (['{"model": "nothing"}'], 4), ([], 0)])
def test_the_exit_code_is_that_of_the_ordinary_way(tmp_path: Path, bodies: list[str], code: int) -> None:
    path = lines(tmp_path / "jobs.jsonl", *bodies)
    assert run("estimate", path, "--summary", *AS_OF).returncode == code
    assert run("estimate", path, *AS_OF).returncode == code


def test_people_see_totals_breakdowns_and_problems(project: Path, tmp_path: Path) -> None:
    """Every table but that of the line items, cell by cell."""
    words = ("estimate", project / "examples/campaign.csv", *AS_OF)
    found, whole = run(*words, "--summary").stdout.decode(), run(*words).stdout.decode()
    assert "hero-01" not in found
    assert whole.endswith(found[found.index("Totals") :])
    for form in ("csv", "md"):
        text = run(*words, "--summary", "--format", form).stdout.decode()
        assert "EVOLINK_CREDIT" in text
        assert "hero-01" not in text


def test_a_pattern_stands_for_the_files_that_match_in_their_order(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        lines(tmp_path / "jobs" / f"{name}.jsonl", T2V, BAD)
    lines(tmp_path / "jobs" / "d.txt", BAD)
    for summary in ([], ["--summary"]):
        found = run("estimate", "jobs/*.jsonl", *summary, *AS_OF, "--format", "json", cwd=tmp_path)
        told = [p["source"] for p in json.loads(found.stdout)["problems"] if p["code"] != "repeated_request"]
        assert told == ["a.jsonl", "b.jsonl", "c.jsonl"]


def test_a_pattern_that_matches_nothing_is_wrong_use(tmp_path: Path) -> None:
    found = run("estimate", "jobs/*.parquet", "--summary", cwd=tmp_path)
    assert (found.returncode, found.stderr) == (2, b"kling-cost: no file matches jobs/*.parquet\n")


def test_a_file_that_is_called_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    lines(tmp_path / "jobs[1].jsonl", T2V)
    found = run("estimate", "jobs[1].jsonl", "--summary", *AS_OF, "--format", "json", cwd=tmp_path)
    assert json.loads(found.stdout)["totals"][0]["jobs"] == 1


def test_standard_input_may_repeat_ids(tmp_path: Path) -> None:
    """It can be read only once, ids have to be looked at twice."""
    job = f'{{"job_id": "a", "request": {T2V}}}'
    found = run(
        "estimate",
        "-",
        "--summary",
        "--input-format",
        "jsonl",
        *AS_OF,
        "--format",
        "json",
        stdin=f"{job}\n{job}\n".encode(),
    )
    assert found.returncode == 5
    assert json.loads(found.stdout)["problems"][0]["message"] == "duplicate job_id a; the first one (stdin:1) is used"


def test_a_named_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "jobs.jsonl"
    os.mkfifo(pipe)
    with subprocess.Popen([sys.executable, "-c", f"open({str(pipe)!r}, 'w').write({T2V!r})"]):
        found = run("estimate", pipe, "--summary", *AS_OF, "--format", "json")
    assert json.loads(found.stdout)["totals"][0]["jobs"] == 1


def test_more_problems_than_are_kept_are_counted(tmp_path: Path) -> None:
    path = lines(tmp_path / "jobs.jsonl", *[BAD, '{"model": "nothing"}'] * 600, T2V)
    found = run("estimate", path, "--summary", *AS_OF, "--format", "json")
    record = json.loads(found.stdout)
    assert found.returncode == 5
    assert found.stderr == b"kling-cost: 200 more problems are counted but not listed\n"
    assert (len(record["problems"]), record["more_problems"], record["left_out"]) == (1_000, 200, 1_200)
    assert record["problem_counts"] == [
        {"severity": "error", "code": "out_of_range", "count": 600},
        {"severity": "error", "code": "unknown_model", "count": 600},
    ]
    validate(record, "summary")


def test_a_summary_is_no_estimate_to_check(tmp_path: Path) -> None:
    path = lines(tmp_path / "jobs.jsonl", T2V)
    assert run("estimate", path, "--summary", *AS_OF, "-o", tmp_path / "x.json").returncode == 0
    found = run("check", tmp_path / "x.json", "--no-budget")
    assert found.returncode == 2
    assert b"this is a stored summary, not a list of jobs" in found.stderr
    estimate = tmp_path / "whole.json"
    assert run("estimate", path, *AS_OF, "-o", estimate).returncode == 0
    assert b"stored estimate" in run("estimate", estimate, "--summary").stderr


@pytest.mark.parametrize(
    "words", [["--summary", "-o", "x.xlsx"], ["--summary", "--part", "line_items", "-o", "x.md"], ["--processes", "2"]]
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, words: list[str]) -> None:
    lines(tmp_path / "jobs.jsonl", T2V)
    assert run("estimate", "jobs.jsonl", *words, cwd=tmp_path).returncode == 2
    assert not list(tmp_path.glob("x*"))


@pytest.mark.parametrize("strict", [[], ["--strict"]])
@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "yaml"])
def test_line_items_go_into_files_as_the_ordinary_way_writes_them(
    project: Path, tmp_path: Path, form: str, strict: list[str]
) -> None:
    """CSV to the byte, Parquet with the same rows and types; repeated ids are left out of both."""
    other = tmp_path / "other.jsonl"
    repeated = f'{{"job_id": "hero-01", "request": {T2V}}}'
    lines(other, f'{{"request": {T2V}, "tags": {{"late": "x"}}, "takes": 2}}', repeated, BAD)
    for name, words in (("a", []), ("b", ["--summary"])):
        files = ["-o", tmp_path / f"{name}.csv", "-o", tmp_path / f"{name}.parquet"]
        found = run("estimate", project / f"examples/campaign.{form}", other, *words, *strict, *files, *AS_OF)
        assert found.returncode == 5
        assert found.stderr.decode() == "".join(f"wrote {path}\n" for path in files[1::2])
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    whole, ours = (pq.read_table(tmp_path / f"{name}.parquet") for name in "ab")
    assert ours.schema == whole.schema
    assert ours.to_pylist() == whole.to_pylist()
    assert "tag:late" in ours.column_names


def test_line_items_of_nothing_have_columns(tmp_path: Path) -> None:
    path = lines(tmp_path / "jobs.jsonl", BAD)
    for name, words in (("a", []), ("b", ["--summary"])):
        run("estimate", path, *words, "-o", tmp_path / f"{name}.csv", "-o", tmp_path / f"{name}.parquet", *AS_OF)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert pq.read_schema(tmp_path / "a.parquet") == pq.read_schema(tmp_path / "b.parquet")


def test_a_file_of_line_items_that_cannot_be_written_is_told_and_leaves_what_was(tmp_path: Path) -> None:
    path = lines(tmp_path / "jobs.jsonl", T2V)
    found = run("estimate", path, "--summary", "-o", tmp_path / "nowhere" / "x.parquet")
    assert found.returncode == 2
    assert b"cannot be written" in found.stderr


@pytest.mark.parametrize(
    ("verb", "words"), [("estimate", []), ("check", ["--no-budget"]), ("report", []), ("reconcile", [])]
)
def test_every_verb_writes_parquet(project: Path, tmp_path: Path, verb: str, words: list[str]) -> None:
    """Line items, or tasks where there are answers."""
    if verb == "reconcile":
        words = ["--responses", str(project / "examples/answers.jsonl")]
    out = tmp_path / "x.parquet"
    run(verb, project / "examples/campaign.csv", *words, "-o", out, *AS_OF)
    estimate = kc.estimate(project / "examples/campaign.csv", as_of=date(2026, 11, 20))
    frame = estimate.to_frame()
    if verb == "reconcile":
        frame = kc.reconcile(estimate, project / "examples/answers.jsonl").to_frame()
    found = pq.read_table(out)
    assert found.schema.metadata is None
    assert found.to_pylist() == pa.Table.from_pandas(frame, preserve_index=False).to_pylist()


def test_parquet_holds_no_other_part(project: Path, tmp_path: Path) -> None:
    words = ("--part", "summary", "-o", tmp_path / "x.parquet")
    assert run("estimate", project / "examples/campaign.csv", *words).returncode == 2


MANY = 150_000


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Several pieces for several processes."""
    text = '{{"job_id": "job-{}", "request": {{"model": "kling-v3-text-to-video", "prompt": "A harbour in fog"}}}}\n'
    path = tmp_path_factory.mktemp("many") / "jobs.jsonl"
    path.write_text("".join(text.format(n) for n in range(MANY)), encoding="utf-8")
    return path


def test_memory_does_not_grow_with_the_file(many: Path, tmp_path: Path) -> None:
    code, peak, _, _ = measured(tmp_path, "estimate", many, "--summary", "--processes", "2", *AS_OF, "--format", "md")
    assert code == 0
    assert peak < 200


def test_several_processes_give_what_one_gives(many: Path) -> None:
    found = [process("estimate", many, "--summary", "--processes", n, *AS_OF, "--format", "json").stdout for n in "12"]
    assert found[0] == found[1]
    assert json.loads(found[0])["totals"][0]["jobs"] == MANY


def with_helpers(path: Path) -> subprocess.Popen[bytes]:
    """A summary that is being made by three processes, in a group of their own that hears Ctrl-C."""
    return subprocess.Popen(
        [sys.executable, "-m", "kling_cost", "estimate", str(path), "--summary", "--processes", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_ctrl_c_ends_it_and_its_processes_quietly(many: Path) -> None:
    running = with_helpers(many)
    group = os.getpgid(running.pid)
    assert eventually(lambda: len(_members(group)) >= 3)
    os.killpg(group, signal.SIGINT)
    out, err = running.communicate(timeout=120)
    assert (running.returncode, out, err.strip()) == (130, b"", b"kling-cost: interrupted")
    assert eventually(lambda: not _members(group))


def test_a_process_that_dies_is_told_of(many: Path) -> None:
    running = with_helpers(many)
    helpers: list[int] = []
    assert eventually(
        lambda: helpers.extend(p for p in _members(running.pid) if b"spawn_main" in _command(p)) or helpers
    )
    os.kill(helpers[0], signal.SIGKILL)
    _, err = running.communicate(timeout=120)
    assert err.decode().endswith("died; --processes 1 reads it without others\n")
    assert running.returncode == 2


def _members(group: int) -> list[int]:
    """The processes of a group that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(path.name))
    return found


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_terminal_shows_a_bar_and_takes_it_away(many: Path) -> None:
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, [sys.executable, "-m", "kling_cost", "estimate", str(many), "--summary"])
    shown = b""
    while True:
        try:
            data = os.read(fd, 65_536)
        except OSError:
            break
        if not data:
            break
        shown += data
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert b"Totals" in shown
    assert b"Traceback" not in shown
