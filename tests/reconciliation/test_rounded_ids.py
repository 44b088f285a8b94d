"""Ids that a spreadsheet rounded name no job and no task, in whatever form they come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.jobs.cell_values import is_rounded_id
from kling_cost.jobs.id_likeness import composed
from kling_cost.reconciliation.frames.text_codes import texts_of
from tests.frame_engines import Engine, engines
from tests.jobs.workbook_parts import MODEL, packed, parts, rows, sheet
from tests.reconciliation.sheets import arrow
from tests.summary.summaries import same

ROUNDED = ["8.29824E+17", "8,29824E+17", "8E+17", "829.8E+15", "8.298242957354108e+17", " 1.0E+20 "]
NOT_ROUNDED = ["1e5", "take-1E+17", "8.29824E+17-a", "1.5", "2E17", "829824295735410756", "E+17", "1E+1"]
by_engine = pytest.mark.parametrize("engine", engines("pandas", "pandas-objects", "pyarrow", "polars", "duckdb"))
KEY = "wrong_type.rounded_id"


def csv_of(path: Path, lines: list[list[str]], separator: str = ",") -> Path:
    text = "".join(separator.join(f'"{cell}"' for cell in line) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return path


def of_form(form: str, folder: Path, lines: list[list[str]]) -> Any:
    if form == "frame":
        return pd.DataFrame(lines[1:], columns=lines[0])
    if form == "xlsx":
        path = folder / "a.xlsx"
        path.write_bytes(packed(parts(sheet(rows(*lines)))))
        return path
    return csv_of(folder / f"a.{form}", lines, "\t" if form == "tsv" else ",")


@pytest.mark.parametrize("form", ["csv", "tsv", "xlsx", "frame"])
@pytest.mark.parametrize("name", ["job_id", "task_id"])
@pytest.mark.parametrize("given", ROUNDED)
def test_rounded_ids_of_jobs_are_errors_and_repeat_none(tmp_path: Path, form: str, name: str, given: str) -> None:
    lines = [[name, "model", "prompt"], [given, MODEL, "a"], [given, MODEL, "b"], ["good", MODEL, "c"]]
    found = kc.estimate(of_form(form, tmp_path, lines))
    assert [(p.field, p.key) for p in found.problems] == [(name, KEY)] * 2
    assert found.left_out == 2
    assert found.problems[0].hint == "format the column as text, then paste the ids again"


@pytest.mark.parametrize("form", ["csv", "tsv", "xlsx", "frame"])
@pytest.mark.parametrize("name", ["job_id", "task_id"])
@pytest.mark.parametrize("given", ROUNDED)
def test_rounded_ids_of_answers_are_unreadable_rows(tmp_path: Path, form: str, name: str, given: str) -> None:
    ids = {"job_id": "a", "task_id": "t", name: given}
    lines = [["job_id", "task_id", "status", "credits"], [*ids.values(), "completed", "27"]]
    answers = kc.read_responses(of_form(form, tmp_path, [*lines, lines[1], ["a", "t2", "completed", "27"]]))
    assert [(p.field, p.key) for p in answers.problems] == [(name, KEY)] * 2
    assert (len(answers), answers.broken) == (1, 2)


@pytest.mark.parametrize("given", NOT_ROUNDED)
def test_an_id_that_somebody_made_is_none_of_them(tmp_path: Path, given: str) -> None:
    jobs = csv_of(tmp_path / "a.csv", [["job_id", "task_id", "model", "prompt"], [given, given, MODEL, "a"]])
    assert [(item.job.job_id, item.job.task_ids) for item in kc.estimate(jobs).line_items] == [(given, (given,))]


@pytest.mark.parametrize("given", ["8.29824E+17", " 8.29824E+17"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_summary_says_the_same_of_them(tmp_path: Path, form: str, given: str) -> None:
    ids = [f"job-{number}" for number in range(500)]
    ids[300] = ids[400] = given
    frame = pd.DataFrame({"job_id": ids, "model": MODEL, "duration": "5"})
    path = tmp_path / f"a.{form}"
    if form == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    summary = same(path)
    assert summary is not None
    assert summary.codes["error", "wrong_type"] == 2
    assert summary.totals[0].jobs == len(ids) - 2


@by_engine
def test_frames_are_reconciled_without_them(engine: Engine) -> None:
    plan = pd.DataFrame(
        {
            "job_id": ["a", "8.29824E+17", "c", "d", "e"],
            "task_id": ["t1", "t2", "1E+20", "t4, 1E+20", None],
            "model": MODEL,
        }
    )
    answers = pd.DataFrame(
        {
            "job_id": ["a", "a", None, "d", "e"],
            "task_id": ["t1", "8,29824E+17", "8.29824E+17", "t4", " 8.3E+17"],
            "status": "completed",
            "credits": "27",
        }
    )
    found = engine.give(kc.reconcile_frame(engine.frame(arrow(plan)), engine.frame(arrow(answers)))).to_pandas()
    true = kc.reconcile(kc.estimate(plan), kc.read_responses(answers)).to_frame()
    columns = ["job_id", "task_id", "findings"]
    assert found[columns].fillna("").values.tolist() == true[columns].fillna("").values.tolist()
    assert not found["task_id"].fillna("").str.contains("E+", regex=False).any()


CELLS = (
    st.none() | st.text(st.sampled_from("aé e\u0301\u1112\u1161\t\u3000\u200b~"), max_size=4) | st.sampled_from(ROUNDED)
)


@given(cells=st.lists(CELLS, min_size=1, max_size=6), cut=st.integers(0, 6), kind=st.sampled_from(["object", "string"]))
def test_a_column_of_ids_is_what_its_cells_are_one_by_one(cells: list[str | None], cut: int, kind: str) -> None:
    """Whatever stands above, below or before the part of a column that is looked at."""
    found = texts_of(pd.Series(cells, dtype=kind)[cut:])
    bare = [cell and cell.strip() for cell in cells[cut:]]
    rounded = [bool(cell) and is_rounded_id(cell) for cell in bare]
    assert found.unreadable.tolist() == rounded
    assert found.texts.to_pylist() == [
        None if bad or not cell else composed(cell) for bad, cell in zip(rounded, bare, strict=True)
    ]
