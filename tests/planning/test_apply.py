"""A plan that is applied: what the new file costs, where it is written, and when nothing is."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.io.writing import WriteError
from kling_cost.jobs.writing.job_changes import NewFile
from kling_cost.planning.fit.applying import apply_plan
from tests.planning.applied import I2V, T2V, applied, costs, plan_of

FORMS = (".json", ".jsonl", ".yaml", ".csv", ".tsv", ".xlsx", ".parquet")
EXAMPLES = Path("examples")
RULES = """    - {change: quality, from: 1080p, to: 720p, pain: 3}
    - {change: sound, from: on, to: off, pain: 2}
    - {change: duration, down_to: 4, pain: 1}
    - {change: takes, down_to: 1, pain: 2}
    - {change: drop, pain: 20, where: {tag:scene: storm}}
"""
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12)


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Short rows of all that may change, with ids that occur twice, or not at all."""

    def maybe(strategy: st.SearchStrategy[Any]) -> Any:
        return draw(st.none() | strategy)

    found = []
    for _ in range(draw(st.integers(1, 6))):
        row = {
            "job_id": maybe(st.sampled_from(["a", "b", "영웅", "=1+1", "c;d,e"])),
            "model": draw(st.sampled_from([T2V, I2V, "pro-text-to-video", "kling-9"])),
            "prompt": "x" + draw(WORDS).replace("\\", ""),
            "duration": maybe(st.integers(3, 15)),
            "quality": maybe(st.sampled_from(["720p", "1080p"])),
            "sound": maybe(st.sampled_from(["on", "off"])),
            "takes": maybe(st.integers(1, 4)),
            "tag:scene": maybe(st.sampled_from(["storm", "calm"])),
        }
        if row["model"] == I2V:
            row["image_start"] = "https://example.com/a.png"
        if row["model"] == "pro-text-to-video":
            row["quality"] = None
        found.append({name: value for name, value in row.items() if value is not None})
    return found


def written(rows: list[dict[str, Any]], form: str, draw: Any) -> bytes:
    """Short rows in a form, written in one of the ways in which programs write it."""
    if form in (".json", ".jsonl"):
        return _json(rows, form, draw)
    if form == ".yaml":
        lines = [json.dumps(_nested(row), ensure_ascii=False) for row in rows]
        return (
            "defaults: {takes: 2, sound: on}\njobs:\n" + "".join(f"  - {line}  # kept\n" for line in lines)
        ).encode()
    names = draw(st.permutations(sorted({name for row in rows for name in row})))
    table = [[row.get(name) for name in names] for row in rows]
    if form == ".parquet":
        buffer = io.BytesIO()
        pq.write_table(pa.table({name: [line[at] for line in table] for at, name in enumerate(names)}), buffer)
        return buffer.getvalue()
    if form == ".xlsx":
        return _xlsx([names, *table])
    separator = "\t" if form == ".tsv" else draw(st.sampled_from(",;|"))
    text = io.StringIO(newline="")
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.writer(
        text, delimiter=separator, quoting=quoting, lineterminator=draw(st.sampled_from(["\n", "\r\n"]))
    )
    writer.writerows([names, *table])
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.getvalue().encode()


def _json(rows: list[dict[str, Any]], form: str, draw: Any) -> bytes:
    items = []
    for row in rows:
        body = {
            name: row[name]
            for name in ("model", "prompt", "duration", "quality", "sound", "image_start")
            if name in row
        }
        if row["model"] == "pro-text-to-video":
            body = {"type": body.pop("model"), **body}
            body.update({"sound": body["sound"] == "on"} if "sound" in body else {})
        beside = {name: row[name] for name in ("job_id", "takes") if name in row}
        tags = {"tags": {"scene": row["tag:scene"]}} if "tag:scene" in row else {}
        items.append({**beside, "request": body, **tags} if beside or tags else body)
    spaces = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    is_ascii = draw(st.booleans())
    if form == ".jsonl":
        return b"".join(json.dumps(item, ensure_ascii=is_ascii, separators=spaces).encode() + b"\n" for item in items)
    return json.dumps(items, ensure_ascii=is_ascii, indent=draw(st.sampled_from([None, 2]))).encode()


def _nested(row: dict[str, Any]) -> dict[str, Any]:
    tags = {"tags": {"scene": row["tag:scene"]}} if "tag:scene" in row else {}
    return {name: value for name, value in row.items() if name != "tag:scene"} | tags


def _xlsx(table: list[list[Any]]) -> bytes:
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for at, line in enumerate(table, 1):
        for column, value in enumerate(line, 1):
            cell = sheet.cell(at, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40)
@given(data=st.data(), jobs=rows(), rules=st.sampled_from([None, RULES]))
def test_what_is_written_costs_what_is_planned(
    tmp_path_factory: pytest.TempPathFactory,
    form: str,
    data: st.DataObject,
    jobs: list[dict[str, Any]],
    rules: str | None,
) -> None:
    folder = tmp_path_factory.mktemp("applied")
    old = written(jobs, form, data.draw)
    share = data.draw(st.sampled_from([None, "30 EVOLINK_CREDIT", "150 EVOLINK_CREDIT"]))
    ids = [row["job_id"] for row in jobs if "job_id" in row]
    refused = None
    try:
        applied(folder, form, old, rules=rules, limit=share)
    except (kc.UsageError, kc.ReadError) as error:
        refused = str(error)
    if refused is not None and "no plan fits" not in refused:
        # Without the first of two jobs of one id, the second would count.
        assert "since the new file would not be the plan" in refused
        assert rules is not None
        assert len(ids) > len(set(ids))
    assert (folder / f"new{form}").exists() == (refused is None)


@pytest.mark.parametrize("form", FORMS)
def test_the_sample_campaign_in_every_form(tmp_path: Path, form: str, project: Path) -> None:
    old = (project / "examples" / f"campaign{form}").read_bytes()
    new = applied(tmp_path, form, old, rules=RULES)
    assert new != old
    again = plan_of(tmp_path / f"new{form}", rules=RULES)
    assert (again.status, [one for one in again.changes if one.currency == "EVOLINK_CREDIT"]) == ("fits", [])


@pytest.fixture
def sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "shots.csv"
    path.write_text(f"job_id,model,prompt,duration,sound\na,{T2V},x,8,on\n", encoding="utf-8")
    return path


FIT = ["plan", "fit", "shots.csv", "--may", "sound,duration:3", "--budget", "20 EVOLINK_CREDIT"]


def test_the_command_writes_and_says_so(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FIT, "--apply", "fitted.csv"]) == 0
    assert (sheet.parent / "fitted.csv").read_text(encoding="utf-8").endswith(f"a,{T2V},x,3,off\n")
    assert "wrote fitted.csv" in capsys.readouterr().err


def test_a_dry_run_shows_the_cells_and_writes_nothing(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FIT, "--apply", "fitted.csv", "--dry-run"]) == 0
    out = capsys.readouterr()
    shown = out.out[out.out.index("What would be written to fitted.csv") :]
    lines = [line.split() for line in shown.splitlines()[3:5]]
    assert lines == [["2", "a", "duration", "8", "3"], ["2", "a", "sound", "on", "off"]]
    assert max(map(len, out.out.splitlines())) <= 80
    assert (os.listdir(sheet.parent), "wrote" in out.err) == (["shots.csv"], False)


def test_without_a_plan_nothing_is_written(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FIT[:-1], "1 EVOLINK_CREDIT", "--apply", "fitted.csv"]) == 7
    assert (os.listdir(sheet.parent), "fitted.csv is not written: no plan fits" in capsys.readouterr().err) == (
        ["shots.csv"],
        True,
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--apply", "taken.csv"], "taken.csv exists; jobs are never overwritten"),
        (["--apply", "shots.csv"], "would overwrite the input shots.csv"),
        (["--apply", "same.csv"], "would overwrite the input shots.csv"),
        (["--apply", "broken.csv"], "broken.csv exists"),
        (["--apply", "fitted.tsv"], "give it the ending .csv"),
        (["--apply", "-"], "give it the ending .csv"),
        (["--apply", "none/fitted.csv"], "No such file or directory"),
        (["--apply", "fitted.csv", "-o", "fitted.csv"], "name each output once"),
        (["--apply", "fitted.csv", "--dry-run", "-o", "changes.csv"], "omit -o"),
        (["--dry-run"], "add --apply FILE"),
        (["more.csv", "--apply", "fitted.csv"], "the jobs of one file, and there are 2"),
    ],
)
def test_where_it_is_not_written(sheet: Path, words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    (sheet.parent / "taken.csv").write_text("mine", encoding="utf-8")
    (sheet.parent / "more.csv").write_bytes(sheet.read_bytes().replace(b"a,", b"b,"))
    (sheet.parent / "same.csv").symlink_to(sheet)
    (sheet.parent / "broken.csv").symlink_to("nowhere.csv")
    before = {name: (sheet.parent / name).lstat().st_size for name in os.listdir(sheet.parent)}
    assert main([*FIT, *words]) == 2
    assert why in capsys.readouterr().err
    assert {name: (sheet.parent / name).lstat().st_size for name in os.listdir(sheet.parent)} == before


def test_standard_input_is_refused(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [word if word != "shots.csv" else "-" for word in FIT]
    assert main([*words, "--input-format", "csv", "--apply", "fitted.csv"]) == 2
    assert "standard input is none, so pass the file" in capsys.readouterr().err


def test_a_file_that_came_in_the_meantime_is_kept(sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, before = plan_of(sheet), apply_plan.with_changed_jobs

    def slow(*given: Any) -> NewFile:
        (sheet.parent / "fitted.csv").write_text("mine", encoding="utf-8")
        return before(*given)

    monkeypatch.setattr(apply_plan, "with_changed_jobs", slow)
    with pytest.raises(kc.UsageError, match="never overwritten"):
        kc.apply(plan, sheet, sheet.parent / "fitted.csv")
    assert (sheet.parent / "fitted.csv").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(("number", "why"), [(28, "No space left on device"), (13, "Permission denied")])
def test_what_cannot_be_written_leaves_no_half_file(
    sheet: Path, monkeypatch: pytest.MonkeyPatch, number: int, why: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(number, why)

    plan = plan_of(sheet)
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(WriteError, match=why):
        kc.apply(plan, sheet, sheet.parent / "fitted.csv")
    assert os.listdir(sheet.parent) == ["shots.csv"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + f"b,{T2V},x,8,on\n",
        lambda text: text.replace("\na,", "\nb,"),
        lambda text: text.split("\n")[0] + "\n",
    ],
)
def test_a_file_that_is_no_longer_that_of_the_plan_is_refused(sheet: Path, change: Any) -> None:
    plan = plan_of(sheet)
    sheet.write_text(change(sheet.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(kc.ReadError, match="not the jobs of the plan"):
        kc.apply(plan, sheet, "fitted.csv")


def test_a_value_that_was_changed_since_is_noticed(sheet: Path) -> None:
    plan = kc.fit(kc.estimate(kc.read_jobs(sheet)), "50 EVOLINK_CREDIT", may="sound")
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("x,8", "y,15"), encoding="utf-8")
    kc.apply(plan, sheet, "fitted.csv")  # what differs is written back to what was planned
    assert costs(kc.estimate(kc.read_jobs("fitted.csv"))) == costs(plan.estimate)


def test_jobs_that_came_from_no_file_cannot_be_written(sheet: Path) -> None:
    plan = kc.fit(kc.estimate([{"model": T2V, "prompt": "x"}]), "100 EVOLINK_CREDIT", may="sound")
    with pytest.raises(kc.UsageError, match="also has those of jobs"):
        kc.apply(plan, sheet, "fitted.csv")


@pytest.mark.parametrize("spoilt", [b"", b"model\n", b"\xff\xfe"])
def test_bytes_that_went_wrong_are_never_written(sheet: Path, monkeypatch: pytest.MonkeyPatch, spoilt: bytes) -> None:
    plan = plan_of(sheet)
    monkeypatch.setattr(apply_plan, "with_changed_jobs", lambda *_: NewFile(spoilt, []))
    with pytest.raises(kc.ReadError, match="nothing was written"):
        kc.apply(plan, sheet, "fitted.csv")
    assert not Path("fitted.csv").exists()


def test_every_value_is_held_to_the_plan(sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(sheet)
    for wrong in ("b,{},x,3,off", "a,{},x,4,off", "a,{},y,3,off", "a,{},x,3,on", "a,{},x,3,off\nb,{},x,3,off"):
        text = f"job_id,model,prompt,duration,sound\n{wrong.replace('{}', T2V)}\n"
        monkeypatch.setattr(
            apply_plan,
            "with_changed_jobs",
            lambda *_, text=text: NewFile(text.encode(), []),
        )
        with pytest.raises(kc.ReadError, match="nothing was written"):
            kc.apply(plan, sheet, "fitted.csv")


BOARD = "Board v2,,,,\nShot,Description,Length,Res,Audio?,Versions\n1,Dawn,10s,1080p,yes,3x\n2,Fog,0:05,720p,no,2x\n"


def test_a_storyboard_is_written_in_its_own_columns_and_words_with_the_file_of_its_columns_beside(
    tmp_path: Path,
) -> None:
    board, new = tmp_path / "board.csv", tmp_path / "new.csv"
    board.write_text(BOARD, "utf-8")
    assert main(["columns", str(board), "--model", T2V]) == 0
    plan = kc.fit(kc.estimate(kc.read_jobs(board)), "4 USD", may="sound")
    assert plan.status == "changed"
    kc.apply(plan, board, new)
    assert new.read_text("utf-8") == BOARD.replace("yes,3x", "no,3x")
    again = kc.estimate(kc.read_jobs(new))
    assert [one.cost for one in again.totals] == [one.cost for one in plan.estimate.totals]


def test_a_storyboard_is_not_written_beside_a_file_of_columns_that_may_be_of_another(tmp_path: Path) -> None:
    board, beside = tmp_path / "board.csv", tmp_path / "new.csv.columns.yaml"
    board.write_text(BOARD, "utf-8")
    main(["columns", str(board), "--model", T2V])
    beside.write_text("schema: 1\n", "utf-8")
    plan = kc.fit(kc.estimate(kc.read_jobs(board)), "4 USD", may="sound")
    with pytest.raises(kc.UsageError, match=r"new\.csv\.columns\.yaml exists"):
        kc.apply(plan, board, tmp_path / "new.csv")
    assert not (tmp_path / "new.csv").exists()
