"""A job that is locked stays as it is: told by `locked` in every form, and an error where it cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.pricing.plan_hash import plan_sha256

T2V = "kling-v3-text-to-video"
ROW = {"job_id": "a", "model": T2V, "duration": 5, "quality": "1080p", "sound": "on", "prompt": "Fog"}
YES = ["yes", "Y", "TRUE", "on", "1", "예", "はい", "是", "✓"]
NO = ["no", "n", "false", "off", "0", "아니요", "いいえ", "否", ""]


def sheet(folder: Path, locked: str, suffix: str = "csv", heading: str = "locked") -> Path:
    path, mark = folder / f"jobs.{suffix}", {"csv": ",", "tsv": "\t"}[suffix]
    lines = [[*ROW, heading], [*map(str, ROW.values()), locked]]
    path.write_text("\n".join(mark.join(line) for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", ["csv", "tsv"])
@pytest.mark.parametrize(("word", "locked"), [*((word, True) for word in YES), *((word, False) for word in NO)])
def test_a_sheet_says_yes_or_no_in_the_words_of_people(tmp_path: Path, suffix: str, word: str, locked: bool) -> None:
    (job,) = kc.read_jobs(sheet(tmp_path, word, suffix))
    assert (job.locked, job.readable, job.problems) == (locked, True, ())


def envelope(**more: Any) -> dict[str, Any]:
    return {"job_id": "a", "request": {key: value for key, value in ROW.items() if key != "job_id"}, **more}


def forms(folder: Path, locked: Any) -> dict[str, Any]:
    """One job in every form, `locked` as it is given."""
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq
    from openpyxl import Workbook

    row = {**ROW, "locked": locked}
    table = pa.Table.from_pylist([row])
    pq.write_table(table, folder / "jobs.parquet")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(row))
    sheet.append(list(row.values()))
    book.save(folder / "jobs.xlsx")
    (folder / "jobs.jsonl").write_text(json.dumps(envelope(locked=locked)), encoding="utf-8")
    (folder / "jobs.json").write_text(json.dumps([envelope(locked=locked)]), encoding="utf-8")
    (folder / "short.yaml").write_text(f"campaign: A\njobs: [{json.dumps(row)}]\n", encoding="utf-8")
    (folder / "whole.yaml").write_text(f"campaign: A\njobs: [{json.dumps(envelope(locked=locked))}]\n", "utf-8")
    defaults = f"defaults: {{locked: {json.dumps(locked)}}}\n"
    for name, job in (("defaults", ROW), ("beside", envelope())):
        (folder / f"{name}.yaml").write_text(f"campaign: A\n{defaults}jobs: [{json.dumps(job)}]\n", "utf-8")
    names = ("jobs.parquet", "jobs.xlsx", "jobs.jsonl", "jobs.json", "short.yaml", "whole.yaml", "defaults.yaml")
    files = {name: folder / name for name in (*names, "beside.yaml")}
    return {
        **files,
        "pandas": pd.DataFrame([row]),
        "polars": pl.DataFrame([row]),
        "pyarrow": table,
        "rows": [envelope(locked=locked)],
    }


@pytest.mark.parametrize("locked", [True, False, "yes", "no"])
def test_every_form_says_it_and_no_price_or_digest_depends_on_it(tmp_path: Path, locked: Any) -> None:
    plain = kc.estimate([envelope()])
    for name, form in forms(tmp_path, locked).items():
        jobs = kc.read_jobs(form)
        assert [job.locked for job in jobs] == [locked in (True, "yes")], name
        found = kc.estimate(form)
        assert [item.cost for item in found.line_items] == [item.cost for item in plain.line_items], name
        assert plan_sha256(found.line_items) == plan_sha256(plain.line_items), name
        assert not [one for one in found.problems if one.field == "locked"], name
        kc.write_report(tmp_path / f"{name}.estimate.json", found)
        assert "locked" not in (tmp_path / f"{name}.estimate.json").read_text(encoding="utf-8"), name


@pytest.mark.parametrize("locked", ["maybe", "x", 2, "locked"])
def test_what_is_neither_is_an_error_with_its_place_and_never_unlocked(tmp_path: Path, locked: Any) -> None:
    for name, form in forms(tmp_path, locked).items():
        (job,) = kc.read_jobs(form)
        (found,) = [one for one in job.problems if one.severity == "error"]
        assert (job.locked, job.readable) == (True, False), name
        assert (found.code, found.field, found.row) == ("wrong_type", "locked", job.row), name
        assert found.source is not None
        assert found.message.startswith("must be yes or no, not "), name
        assert kc.estimate(form).exit_code == 5, name
    for path in (tmp_path / "jobs.xlsx", tmp_path / "jobs.jsonl", sheet(tmp_path, str(locked))):
        assert kc.summarize(path).exit_code == 5, "counting finds it, too"


def test_null_is_no_answer_in_an_envelope() -> None:
    (job,) = kc.read_jobs([envelope(locked=None)])
    assert [one.field for one in job.problems if one.severity == "error"] == ["locked"]


@pytest.mark.parametrize("heading", ["lockd", "lokced", "lock"])
def test_a_misspelt_heading_is_an_error(tmp_path: Path, heading: str) -> None:
    assert kc.estimate(sheet(tmp_path, "yes", heading=heading)).exit_code == 5


@pytest.mark.parametrize("heading", ["blocked", "unlocked", "clocked"])
def test_other_words_are_no_misspelt_ones(tmp_path: Path, heading: str) -> None:
    (job,) = kc.read_jobs(sheet(tmp_path, "yes", heading=heading))
    assert (job.readable, job.locked) == (True, False)
    (other,) = kc.read_jobs([envelope(**{heading: "yes"})])
    assert (other.readable, other.locked) == (True, False)


@pytest.mark.parametrize("name", ["jobs.parquet", "jobs.xlsx", "jobs.jsonl", "short.yaml", "beside.yaml", "polars"])
def test_a_locked_job_is_never_changed_by_fit(tmp_path: Path, name: str) -> None:
    free, kept = (kc.estimate(forms(tmp_path, locked)[name]) for locked in ("no", "yes"))
    plan = kc.fit(free, "40 EVOLINK_CREDIT", may="sound,quality")
    assert plan.status == "changed"
    kept = kc.estimate(forms(tmp_path, "yes")[name])
    plan = kc.fit(kept, "40 EVOLINK_CREDIT", may="sound,quality")
    assert (plan.status, plan.conflict[0].least) == ("infeasible", kept.totals[0].cost)


def test_of_identical_jobs_only_those_that_are_free_change() -> None:
    jobs = [{**envelope(locked=n < 2), "job_id": f"shot-{n}"} for n in range(4)]
    plan = kc.fit(kc.estimate(jobs), "200 EVOLINK_CREDIT", may="sound")
    assert [one.job_id for one in plan.changes] == ["shot-3"]
    jobs = [{**envelope(locked=n > 1), "job_id": f"shot-{n}"} for n in range(4)]
    plan = kc.fit(kc.estimate(jobs), "200 EVOLINK_CREDIT", may="sound")
    assert [one.job_id for one in plan.changes] == ["shot-1"]
