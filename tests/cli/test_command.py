"""The command as scripts and people use it: exit codes, streams, files, width, interruption."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pyarrow.parquet as pq
import pytest
from rich.cells import cell_len

import kling_cost as kc
from tests.cli import AS_OF, measured, process, run
from tests.schemas import validate

T2V = '{"model": "kling-v3-text-to-video", "prompt": "x"}'
K3 = '{"type": "pro-text-to-video", "prompt": "x"}'
BAD = '{"model": "kling-v3-text-to-video", "prompt": "x", "duration": 99}'
UNKNOWN = '{"model": "nothing", "prompt": "x"}'


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    path = tmp_path / "jobs.jsonl"
    path.write_text(f"{T2V}\n{K3}\n", encoding="utf-8")
    return path


def lines(tmp_path: Path, *bodies: str) -> Path:
    path = tmp_path / "lines.jsonl"
    path.write_text("".join(f"{body}\n" for body in bodies), encoding="utf-8")
    return path


def result(*words: Any, code: int = 0, **more: Any) -> Any:
    found = run(*words, *AS_OF, "--format", "json", **more)
    assert found.returncode == code, found.stderr.decode()
    return json.loads(found.stdout)


@pytest.mark.parametrize(
    ("words", "bodies", "code"),
    [
        (["estimate"], [T2V], 0),
        (["estimate"], [T2V, BAD], 5),
        (["estimate"], [T2V, UNKNOWN], 4),
        (["estimate"], [BAD, UNKNOWN], 5),
        (["estimate", "--strict"], [T2V.replace('"prompt"', '"seed": 1, "prompt"')], 5),
        (["check", "--budget", "27 EVOLINK_CREDIT"], [T2V], 0),
        (["check", "--budget", "26.9999 EVOLINK_CREDIT"], [T2V], 3),
        (["check", "--budget", "0.1 USD"], [T2V, BAD], 5),
        (["check", "--budget", "0.1 USD"], [T2V, K3], 4),
        (["check", "--budget", "0.1 USD", "--rate", "100 KLING3API_CREDIT/USD"], [T2V, K3], 3),
        (["check", "--budget", "5 USD", "--rate", "100 KLING3API_CREDIT/USD"], [T2V, K3], 0),
        (["check", "--no-budget"], [T2V, K3], 0),
        (["check"], [T2V], 2),
        (["check", "--budget", "5 XYZ"], [T2V], 2),
        (["check", "--budget", "5"], [T2V], 2),
        (["check", "--budget", "5 USD"], [], 2),
        (["estimate", "--no-such-flag"], [T2V], 2),
        (["estimate", "--rate", "x"], [T2V], 2),
        (["estimate", "--prices", "nothing.yaml"], [T2V], 2),
        (["estimate", "--as-of", "yesterday"], [T2V], 2),
        (["estimate", "--format", "pdf"], [T2V], 2),
    ],
)
def test_the_exit_code_follows_the_result(tmp_path: Path, words: list[str], bodies: list[str], code: int) -> None:
    verb, *flags = words
    as_of = [] if "--as-of" in flags else AS_OF
    found = run(verb, lines(tmp_path, *bodies), *flags, *as_of)
    assert found.returncode == code, found.stderr.decode()
    if code == 2:
        assert found.stdout == b""
        assert found.stderr


def test_an_unknown_verb_is_wrong_use() -> None:
    assert run("estimat").returncode == 2
    assert run("estimate").returncode == 2


def test_results_go_to_standard_output_and_all_else_to_standard_error(jobs: Path, tmp_path: Path) -> None:
    found = run("estimate", jobs, "-o", tmp_path / "x.md", *AS_OF, "--format", "json")
    assert json.loads(found.stdout)["kind"] == "estimate"
    assert found.stderr.decode() == f"wrote {tmp_path / 'x.md'}\n"


@pytest.mark.parametrize("verb", ["estimate", "check", "report"])
def test_each_verb_gives_its_kind_as_json_and_as_a_file(jobs: Path, tmp_path: Path, verb: str) -> None:
    flags = ["--budget", "5 USD", "--rate", "100 KLING3API_CREDIT/USD"] if verb != "estimate" else []
    record = result(verb, jobs, *flags, "-o", tmp_path / "x.json")
    assert record["kind"] == verb
    validate(record, verb)
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == record


def test_all_forms_are_written_at_once(jobs: Path, tmp_path: Path) -> None:
    names = [f"out put.{s}" for s in ("xlsx", "html", "md", "csv", "json")]
    found = run("report", jobs, *[w for n in names for w in ("-o", tmp_path / n)], *AS_OF)
    assert found.returncode == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*names, "jobs.jsonl"])


def test_a_report_over_budget_is_written_and_exits_with_3(tmp_path: Path) -> None:
    found = run("report", lines(tmp_path, T2V), "--budget", "1 EVOLINK_CREDIT", "-o", tmp_path / "x.html", *AS_OF)
    assert found.returncode == 3
    assert b"OVER BUDGET" in (tmp_path / "x.html").read_bytes()
    assert b"OVER BUDGET" in found.stdout


def test_a_report_without_a_file_is_wrong_use(jobs: Path) -> None:
    found = run("report", jobs, *AS_OF)
    assert (found.returncode, found.stderr) == (2, b"kling-cost: report writes files: pass -o FILE\n")


def test_an_output_that_cannot_be_written_exits_with_2_and_prints_no_result(jobs: Path, tmp_path: Path) -> None:
    found = run("estimate", jobs, "-o", tmp_path / "no" / "x.md", *AS_OF)
    assert found.returncode == 2
    assert b"cannot be written: No such file or directory" in found.stderr
    assert run("estimate", jobs, "-o", "x.pdf", *AS_OF).returncode == 2


def test_the_same_input_gives_the_same_bytes_everywhere(jobs: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "jobs.jsonl").write_bytes(jobs.read_bytes())
    seen = set()
    for seed, zone, language, folder in (
        ("0", "UTC", "C", tmp_path),
        ("1", "Asia/Seoul", "ko_KR.UTF-8", elsewhere),
        ("7", "America/Lima", "de_DE.UTF-8", tmp_path),
    ):
        env = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language, "LANG": language}
        out = process("check", "jobs.jsonl", "--no-budget", *AS_OF, "--format", "json", cwd=folder, env=env).stdout
        files = [folder / f"x.{s}" for s in ("xlsx", "html", "md", "csv", "json")]
        process("report", "jobs.jsonl", *[w for f in files for w in ("-o", f)], *AS_OF, cwd=folder, env=env)
        seen.add((out, *(f.read_bytes() for f in files)))
    assert len(seen) == 1


def test_standard_input_needs_a_form(jobs: Path) -> None:
    data = jobs.read_bytes()
    assert result("estimate", "-", "--input-format", "jsonl", stdin=data)["line_items"][0]["source"] == "stdin"
    found = run("estimate", "-", *AS_OF, stdin=data)
    assert (found.returncode, found.stderr) == (2, b"kling-cost: standard input needs --input-format\n")
    assert run("estimate", "-", "-", "--input-format", "jsonl", *AS_OF, stdin=data).returncode == 2


@pytest.mark.parametrize("suffix", ["json", "csv"])
def test_a_stored_estimate_is_checked_and_reported_alone(jobs: Path, tmp_path: Path, suffix: str) -> None:
    stored = tmp_path / f"e.{suffix}"
    run("estimate", jobs, "-o", stored, *AS_OF)
    assert (
        run("check", stored, "--budget", "27 EVOLINK_CREDIT", "--budget", "400 KLING3API_CREDIT", *AS_OF).returncode
        == 0
    )
    assert run("check", stored, "--budget", "5 USD", *AS_OF).returncode == 4
    assert run("check", stored, "--budget", "5 USD", "--rate", "100 KLING3API_CREDIT/USD", *AS_OF).returncode == 0
    assert run("report", stored, "-o", tmp_path / "x.xlsx", *AS_OF).returncode == 0
    for refused in (
        ["--prices", "p.yaml"],
        ["--overlay", "p.yaml"],
        [jobs],
        ["--rate", "70 EVOLINK_CREDIT/USD"],
    ):
        assert run("check", stored, "--budget", "5 USD", *refused, *AS_OF).returncode == 2, refused
    found = run("estimate", stored, *AS_OF)
    assert found.returncode == 2
    assert b"pass it as the only input to check, report or reconcile" in found.stderr


def test_tables_fit_eighty_columns_and_say_what_they_left_out(tmp_path: Path) -> None:
    bodies = [
        json.dumps(
            {
                "job_id": f"{'long-name-' * 8}{n}",
                "request": {"model": "kling-v3-text-to-video", "prompt": "안개"},
                "takes": 9_999,
                "tags": {"client": "하늘상사" * 9},
            }
        )
        for n in range(60)
    ]
    for verb in (["estimate"], ["check", "--no-budget"], ["check", "--budget", "1 USD"]):
        out = run(*verb, lines(tmp_path, *bodies, BAD), *AS_OF).stdout.decode()
        assert max(cell_len(line) for line in out.splitlines()) <= 80
        assert "PARTIAL: 1 job excluded" in out
    out = run("estimate", lines(tmp_path, *bodies), *AS_OF).stdout.decode()
    assert "… 20 more rows; pass --all to print them, -o FILE.csv to save them" in out
    assert "269,973.0000" in out  # a figure is never cut
    whole = run("estimate", lines(tmp_path, *bodies), "--all", *AS_OF).stdout.decode()
    assert whole.count("269,973.0000") > 55


def test_names_with_markup_or_escapes_are_shown_as_they_are(tmp_path: Path) -> None:
    body = json.dumps(
        {"job_id": "[red]x[/red] \x1b[31m :smile:", "request": {"model": "kling-v3-text-to-video", "prompt": "x"}}
    )
    out = run("estimate", lines(tmp_path, body), *AS_OF).stdout
    assert b"\x1b" not in out
    assert b"[red]x[/" in out


#: The command to which every run is a long one.
IMPATIENT = """
import kling_cost.cli
from kling_cost.cli import job_inputs
job_inputs._PATIENCE = 0
kling_cost.cli.run()
"""


def in_terminal(
    *words: str | Path, columns: int = 100, env: dict[str, str] | None = None, impatient: bool = False
) -> tuple[int, str]:
    """Exit code and output of the command in a terminal of its own."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update({"COLUMNS": str(columns), "TERM": "xterm-256color", **(env or {})})
        how = ["-c", IMPATIENT] if impatient else ["-m", "kling_cost"]
        os.execv(sys.executable, [sys.executable, *how, *map(str, words)])
    data = bytearray()
    while True:
        try:
            chunk = os.read(fd, 1 << 20)
        except OSError:  # how Linux says that the other side has ended
            break
        data += chunk
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), data.decode()


def test_colours_only_on_a_terminal_and_not_with_no_color(tmp_path: Path) -> None:
    path = lines(tmp_path, BAD)
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    piped = subprocess.run(
        [sys.executable, "-m", "kling_cost", "estimate", path, *AS_OF],
        capture_output=True,
        env=environment,
        check=False,
    )
    assert b"\x1b[" not in piped.stdout
    os.environ.pop("NO_COLOR", None)
    assert "\x1b[1;31m" in in_terminal("estimate", path, *AS_OF)[1]
    assert "\x1b[1;31m" not in in_terminal("estimate", path, *AS_OF, env={"NO_COLOR": "1"})[1]


def test_long_work_shows_a_progress_bar_on_a_terminal_only(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text(f"{BAD}\n" * 2_000, encoding="utf-8")
    words = ("estimate", path, "--format", "csv", *AS_OF)
    code, shown = in_terminal(*words, impatient=True)
    assert code == 5
    assert re.search(r"pricing [0-9,]+ jobs", shown)
    assert (
        b"pricing"
        not in subprocess.run([sys.executable, "-c", IMPATIENT, *words], capture_output=True, check=False).stderr
    )


def test_an_interruption_exits_with_130_at_once_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    out = tmp_path / "x.json"
    out.write_text("before", encoding="utf-8")
    words = ["estimate", "-", "--input-format", "jsonl", "-o", str(out), *AS_OF]
    running = subprocess.Popen(
        [sys.executable, "-m", "kling_cost", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # a shell that runs this suite in the background would have the command ignore Ctrl-C from its birth
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert running.stdin
    running.stdin.write(
        f"{T2V}\n".encode() * 20_000
    )  # far more than a pipe holds: when it is written, they are being read
    running.stdin.flush()
    running.send_signal(signal.SIGINT)
    running.wait(timeout=120)  # at once: its input goes on
    _, message = running.communicate(timeout=120)
    assert (running.returncode, message.strip()) == (130, b"kling-cost: interrupted")
    assert out.read_text(encoding="utf-8") == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]


def test_a_broken_pipe_ends_quietly(tmp_path: Path) -> None:
    path = lines(tmp_path, *[T2V] * 5_000)
    command = f"{sys.executable} -m kling_cost estimate {path} --format json --as-of 2026-11-20 | head -c 10"
    found = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60, check=False)
    assert (found.stdout, found.stderr) == (b'{\n  "schem', b"")


def test_a_hundred_thousand_bodies_stay_far_below_512_mib(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    body = {"model": "kling-v3-text-to-video", "prompt": "A lighthouse at dawn, slow push in, " * 10, "duration": 7}
    path.write_text(f"{json.dumps(body)}\n" * 100_000, encoding="utf-8")
    code, peak, _, _ = measured(tmp_path, "estimate", path, *AS_OF)
    assert code == 0
    assert peak < 512


def test_a_price_spells_out_its_arithmetic() -> None:
    out = run("price", "kling-v3-text-to-video", "--duration", "10", "--quality", "1080p", *AS_OF).stdout.decode()
    assert out.splitlines()[:3] == [
        "EvoLink: kling-v3-text-to-video · 10 s · 1080p · sound off",
        "10 s × (5.4 × 1.333 = 7.1982) = 71.982 EvoLink credits = $0.99975",
        "by default: sound",
    ]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["kling-v3-text-to-video", "--duration", "16"], 5, "duration: 16 is outside the range 3 to 15"),
        (["kling-v3-text-to-video", "--duration", "five"], 5, 'duration: must be a whole number, not "five"'),
        (["pro-text-to-video", "--duration", "2"], 5, "duration: 2 is outside the range 3 to 15"),
        (["kling-v9"], 4, "model: no provider in the price book sells kling-v9\n"),
        (
            ["kling-v3-text-to-video", "--as-of", "2026-01-01"],
            4,
            "date: no price is known for 2026-01-01; prices start on 2026-02-01",
        ),
    ],
)
def test_a_price_that_cannot_be_given_says_why(words: list[str], code: int, message: str) -> None:
    found = run("price", *words)
    assert found.returncode == code
    assert found.stderr.decode().startswith(f"kling-cost: {message}")


def test_a_price_as_json_csv_and_markdown() -> None:
    words = ["price", "kling3api:pro-text-to-video", "--sound", "off", *AS_OF]
    record = json.loads(run(*words, "--format", "json").stdout)
    validate(record, "price")
    assert (record["line_item"]["cost"], record["line_item"]["job_id"]) == ("270", None)
    (row,) = csv.DictReader(io.StringIO(run(*words, "--format", "csv").stdout.decode("utf-8-sig")))
    assert (row["cost"], row["duration"], row["sound"]) == ("270", "5", "off")
    assert "| cost | 270 |" in run(*words, "--format", "md").stdout.decode()


def test_a_price_says_when_its_page_was_copied_and_that_it_is_old() -> None:
    asked = ("price", "kling-v3-text-to-video")
    done = run(*asked, *AS_OF)
    assert "checked 2026-11-19\npages copied: spring 2026\nsource: " in done.stdout.decode()
    assert done.stderr == b""
    assert "출처 페이지 저장 시기: 2026년 봄" in run(*asked, *AS_OF, "--locale", "ko").stdout.decode()
    for form in ("table", "json", "csv", "md"):
        done = run(*asked, "--as-of", "2027-01-19", "--format", form)
        assert (done.returncode, done.stderr.decode()) == (
            0, "warning: the oldest price used was last checked on 2026-11-19, 61 days before 2027-01-19\n",
        )  # fmt: skip
    assert run(*asked, "--as-of", "2027-01-18").stderr == b""


def test_a_suspicious_price_is_told_on_standard_error() -> None:
    found = run("price", "o3-std-reference-to-video", *AS_OF)
    assert found.returncode == 0
    assert found.stderr.startswith(b"warning: the published price of 20 KLING3API_CREDIT per second looks wrong")


def test_the_price_book_is_shown_checked_and_given_away(tmp_path: Path) -> None:
    shown = run("prices", "show", *AS_OF).stdout.decode()
    assert "7.1982" in shown
    assert max(cell_len(line) for line in shown.splitlines()) <= 80
    record = json.loads(run("prices", "show", "--format", "json", *AS_OF).stdout)
    validate(record, "prices")
    assert run("prices", "show", "--as-of", "2026-01-01").stdout.decode().splitlines()[1] == "no price on that date"
    linted = run("prices", "lint", *AS_OF)
    assert linted.returncode == 0
    assert linted.stdout.decode() == "pricing.yaml: price book 2026-11-19 is valid\n"
    assert b"suspicious" in linted.stderr
    broken = tmp_path / "p.yaml"
    broken.write_text("schema: 1\nversion: x\nprovders: {}\n", encoding="utf-8")
    linted = run("prices", "lint", broken, *AS_OF)
    assert (linted.returncode, linted.stderr) == (2, f"kling-cost: {broken}:3:1: provders: unknown key\n".encode())
    jsonschema.Draft202012Validator.check_schema(json.loads(run("prices", "schema").stdout))


def test_the_price_table_has_every_billable_combination(tmp_path: Path, project: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("prices", "table", *AS_OF).stdout.decode("utf-8-sig"))))
    assert len(rows) == 2 * 4 + 1 + 4 * 2 + 8 + 2 * 6
    for row in rows:
        asked = {name: row[name] or None for name in ("quality", "sound")}
        item = kc.price(row["model"], provider=row["provider"], duration=5, **asked)  # type: ignore[arg-type]
        assert item.unit_price == kc.Amount(row["unit_price"], row["currency"])
    assert run("prices", "table", "-o", tmp_path / "p.parquet", *AS_OF).returncode == 0
    table = pq.read_table(tmp_path / "p.parquet")
    assert table.num_rows == len(rows)
    assert str(table.schema.field("unit_price").type) == "decimal128(38, 12)"
    assert run("prices", "table", "-o", tmp_path / "p.csv", *AS_OF).returncode == 0
    assert run("prices", "table", "-o", tmp_path / "p.doc", *AS_OF).returncode == 2


def test_the_schema_of_the_price_book_takes_the_shipped_one(project: Path) -> None:
    import yaml

    class TextLoader(yaml.BaseLoader):
        pass

    document = yaml.load((project / "pricing.yaml").read_text(encoding="utf-8"), TextLoader)
    jsonschema.validate(document, json.loads(run("prices", "schema").stdout))
    del document["version"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json.loads(run("prices", "schema").stdout))


def test_a_template_is_read_back_without_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "jobs.xlsx"
    assert run("template", path, *AS_OF).returncode == 0
    record = result("estimate", path)
    assert [p["severity"] for p in record["problems"]] == ["info"]
    assert [item["cost"] for item in record["line_items"]] == ["48.6"]
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Jobs", "Help", "Prices", "Lists"]
    checked = book["Jobs"].data_validations.dataValidation
    assert {area.bounds[0] for rule in checked for area in rule.sqref.ranges} == {2, 3, 4, 5, 6, 8}
    found = run("template", path, *AS_OF)
    assert found.returncode == 2
    assert b"never overwrites a file" in found.stderr
    assert run("template", tmp_path / "jobs.csv", *AS_OF).returncode == 2


def test_the_version_names_the_price_book_too() -> None:
    out = run("--version").stdout.decode()
    assert out == f"kling-cost {kc.__version__}, price book 2026-11-19 ({kc.load_prices().sha256[:12]})\n"


VERBS = [
    ["price"],
    ["estimate"],
    ["check"],
    ["report"],
    ["prices"],
    ["prices", "show"],
    ["prices", "lint"],
    ["prices", "schema"],
    ["prices", "table"],
    ["prices", "list"],
    ["prices", "diff"],
    ["columns"],
    ["template"],
    [],
]


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_help_has_an_example_and_fits_eighty_columns(verb: list[str]) -> None:
    out = run(*verb, "--help").stdout.decode()
    assert "Example" in out
    assert "kling-cost" in out
    assert max(len(line) for line in out.splitlines()) <= 80


def test_a_defect_of_ours_is_one_line_and_exit_1(
    jobs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from kling_cost.cli import main
    from kling_cost.pricing import estimate

    def defect(*_: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(estimate.Estimator, "add", defect)
    assert main(["estimate", str(jobs)]) == 1
    assert capsys.readouterr().err == "kling-cost: internal error: RuntimeError: unforeseen (--debug shows where)\n"
    with pytest.raises(RuntimeError):
        main(["--debug", "estimate", str(jobs)])


def test_python_minus_m_is_the_same_command() -> None:
    script = Path(sys.executable).with_name("kling-cost")
    if not script.exists():
        pytest.skip("the command is not installed beside this Python")
    installed = subprocess.run([script, "price", "kling-custom-element", *AS_OF], capture_output=True, check=True)
    assert installed.stdout == process("price", "kling-custom-element", *AS_OF).stdout


def test_reports_in_another_language_and_money_and_of_one_part(tmp_path: Path, project: Path) -> None:
    words = ["report", project / "examples/campaign.yaml", *AS_OF, "--locale", "ko", "--in", "KRW"]
    done = run(*words, "-o", tmp_path / "b.md")
    assert done.returncode == 2
    assert done.stderr.decode() == 'kling-cost: no exchange rate for KRW; pass --rate "NUMBER KRW/USD"\n'
    files = [tmp_path / f"b{suffix}" for suffix in (".md", ".csv", ".xlsx", ".html")]
    outputs = [word for file in files for word in ("-o", file)]
    done = run(*words, "--rate", "1400 KRW/USD", "--part", "breakdowns", "--part", "summary", *outputs)
    assert done.returncode == 0, done.stderr.decode()
    text = files[0].read_text(encoding="utf-8")
    assert "| EVOLINK_CREDIT | 19 | 58 | 3,158.9372 | 43.87 | 61,424 |" in text  # 43.874127… × 1400 = 61,423.78
    assert "공급사별" in text
    rows = list(csv.reader(io.StringIO(files[1].read_text(encoding="utf-8-sig"))))
    assert [cell for cell in rows[0] if cell] == ["totals"]
    assert len(openpyxl.load_workbook(files[2]).sheetnames) == 2
    assert '<html lang="ko">' in files[3].read_text(encoding="utf-8")
    done = run(*words[:2], *AS_OF, "--part", "nonsense", "-o", tmp_path / "c.md")
    assert done.returncode == 2
    assert (
        "unknown part 'nonsense'; the parts are: summary, scopes, policies, reconciliation, findings, changes, "
        in done.stderr.decode()
    )
    done = run(*words[:2], *AS_OF, "--style", tmp_path, "-o", tmp_path / "c.html")
    assert done.returncode == 2
    assert done.stderr.decode() == f"kling-cost: {tmp_path / 'style.yaml'}: no such file\n"


@pytest.mark.parametrize("locale", ["ko", "ja", "zh"])
def test_tables_in_every_language_fit_eighty_columns(project: Path, locale: str) -> None:
    done = run("estimate", project / "examples/campaign.yaml", *AS_OF, "--locale", locale)
    assert max(cell_len(line) for line in done.stdout.decode().splitlines()) <= 80


@pytest.mark.parametrize(
    ("locale", "word"), [("en", "by default"), ("ko", "기본값"), ("ja", "既定値"), ("zh", "默认值")]
)
def test_one_price_and_the_price_book_speak_every_language(locale: str, word: str) -> None:
    done = run("price", "pro-text-to-video", *AS_OF, "--locale", locale)
    assert word in done.stdout.decode()
    assert "5 s × 80 = 400" in done.stdout.decode()
    done = run("prices", "show", *AS_OF, "--locale", locale)
    assert ("Quality" in done.stdout.decode()) == (locale == "en")
    assert max(cell_len(line) for line in done.stdout.decode().splitlines()) <= 80
    words = ("price", "pro-text-to-video", *AS_OF, "--format", "json")
    assert run(*words, "--locale", locale).stdout == run(*words).stdout


def test_a_folder_is_no_file_of_jobs(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    done = run("estimate", "jobs", *AS_OF, cwd=tmp_path)
    assert (done.returncode, done.stderr.decode()) == (2, "kling-cost: jobs: this is a folder, not a file\n")


def test_the_path_of_a_fault_is_never_cut(tmp_path: Path) -> None:
    shots = {"multi_shot": True, "shot_type": "customize", "multi_prompt": [{"index": 1, "prompt": "x", "duration": 0}]}
    body = {"model": "kling-v3-text-to-video", "model_params": shots, "nonsense": 1}
    out = run("estimate", lines(tmp_path, json.dumps(body)), *AS_OF).stdout.decode()
    assert max(cell_len(line) for line in out.splitlines()) <= 80
    head, _, *rows = out.partition("\nProblems\n")[2].splitlines()
    folded = "".join(line[head.index("Field") : head.index("What is")].strip() for line in rows)
    assert "model_params.multi_prompt[0].duration" in folded
