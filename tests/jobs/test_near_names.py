"""Ids and tags are one however their accents are encoded, and those that only look alike are told."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.jobs.near_names import near_problem

T2V = "kling-v3-text-to-video"
WHOLE, APART = (unicodedata.normalize(form, "\uc7a5\uba74-caf\u00e9") for form in ("NFC", "NFD"))
assert WHOLE != APART


def as_jsonl(path: Path, rows: list[tuple[str, str, str]]) -> None:
    items = [{"job_id": i, "request": {"model": T2V, "prompt": "x"}, "tags": {name: value}} for i, name, value in rows]
    path.write_text("\n".join(json.dumps(item, ensure_ascii=False) for item in items), encoding="utf-8")


def as_json(path: Path, rows: list[tuple[str, str, str]]) -> None:
    items = [{"job_id": i, "request": {"model": T2V, "prompt": "x"}, "tags": {name: value}} for i, name, value in rows]
    path.write_text(json.dumps(items), encoding="utf-8")


def as_yaml(path: Path, rows: list[tuple[str, str, str]]) -> None:
    jobs = [f"- {{job_id: {i}, model: {T2V}, prompt: x, tags: {{{name}: {value}}}}}" for i, name, value in rows]
    path.write_text("campaign: c\njobs:\n" + "\n".join(jobs) + "\n", encoding="utf-8")


def table(rows: list[tuple[str, str, str]]) -> list[list[str]]:
    return [["job_id", "model", f"tag:{rows[0][1]}"], *([i, T2V, value] for i, _, value in rows)]


def as_csv(path: Path, rows: list[tuple[str, str, str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table(rows))
    path.write_text(text.getvalue(), encoding="utf-8")


def as_xlsx(path: Path, rows: list[tuple[str, str, str]]) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in table(rows):
        book.active.append(row)
    book.save(path)


def as_parquet(path: Path, rows: list[tuple[str, str, str]]) -> None:
    header, *cells = table(rows)
    pd.DataFrame(cells, columns=header).to_parquet(path)


FORMS: dict[str, Callable[[Path, list[tuple[str, str, str]]], None]] = {
    "jsonl": as_jsonl,
    "json": as_json,
    "yaml": as_yaml,
    "csv": as_csv,
    "xlsx": as_xlsx,
    "parquet": as_parquet,
}
ROWS = [(WHOLE, APART, WHOLE), ("b", APART, APART), (APART, APART, "z")]


@pytest.mark.parametrize("form", FORMS)
def test_ids_and_tags_are_one_however_they_are_encoded(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"jobs.{form}"
    FORMS[form](path, ROWS)
    found, summary = kc.estimate(path), kc.summarize(path)
    assert [item.job_id for item in found.line_items] == [WHOLE, "b"]
    assert [(p.code, p.job_id) for p in found.problems if p.severity == "error"] == [("duplicate", WHOLE)]
    for plan in (found, summary):
        sums = [(total.key, total.jobs) for total in plan.breakdowns[f"tag:{WHOLE}"]]
        assert (sums, plan.left_out) == ([(WHOLE, 2)], 1)


def test_a_frame_is_read_likewise() -> None:
    header, *cells = table(ROWS)
    found = kc.estimate(pd.DataFrame(cells, columns=header))
    assert [item.job_id for item in found.line_items] == [WHOLE, "b"]
    assert [(total.key, total.jobs) for total in found.breakdowns[f"tag:{WHOLE}"]] == [(WHOLE, 2)]


def test_a_row_without_an_id_is_called_by_the_file_s_composed_name(tmp_path: Path) -> None:
    path = tmp_path / f"{APART}.json"
    path.write_text(json.dumps({"model": T2V, "prompt": "x"}), encoding="utf-8")
    assert [item.job_id for item in kc.estimate(path).line_items] == [f"{WHOLE}.json:1"]


def test_a_tag_in_two_encodings_is_an_error_not_the_last_of_the_two() -> None:
    found = kc.estimate([{"request": {"model": T2V, "prompt": "x"}, "tags": {WHOLE: "a", APART: "b"}}])
    assert [(p.code, p.severity) for p in found.problems] == [("duplicate", "error")]


def test_a_tag_in_two_columns_in_two_encodings_is_an_error_in_sheets(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(f"job_id,model,tag:{WHOLE},tag:{APART}\na,{T2V},1,2\nb,{T2V},1,\n", encoding="utf-8")
    for plan in (kc.estimate(path), kc.summarize(path)):
        assert plan.left_out == 1
        assert [(p.code, p.job_id) for p in plan.problems if p.severity == "error"] == [("duplicate", "a")]


@given(st.text(min_size=1, max_size=6))
def test_two_encodings_of_any_id_are_one(text: str) -> None:
    ids = [f"x{unicodedata.normalize(form, text)}x" for form in ("NFC", "NFD")]
    found = kc.estimate([{"job_id": i, "request": {"model": T2V, "prompt": "x"}} for i in ids])
    assert [item.job_id for item in found.line_items] == ids[:1]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Hero", "hero"), ("hero", "h\u0435ro"), ("hero", "\uff48ero"), ("\u0421CC", "CCC"), ("\u00e9a", "\u00c9A")],
)
def test_names_that_look_alike_are_told_once(one: str, other: str) -> None:
    jobs = [
        {"job_id": name, "request": {"model": T2V, "prompt": "x"}, "tags": {"scene": name}}
        for name in (one, other, "z")
    ]
    found = kc.estimate(jobs)
    told = [(p.code, p.severity, p.field) for p in found.problems]
    assert told == [("ambiguous", "info", "job_id"), ("ambiguous", "info", "tags.scene")]
    assert (len(found.line_items), found.exit_code) == (3, 0)


@pytest.mark.parametrize(
    "names", [["a-11", "a1-1"], ["hero-1", "hero-l"], ["\uc7a5\uba74-1", "\uc7a5\uba74-2"], ["\u6771", "\u6771\u4eac"]]
)
def test_names_that_are_told_apart_are_not_remarked_on(names: Any) -> None:
    assert near_problem(names, "job_id") == []
