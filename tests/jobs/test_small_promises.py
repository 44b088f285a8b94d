"""Small promises of the readers of jobs, each of which a wrong figure or message could hang on."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import kling_cost as kc
from kling_cost.io.json_text import json_bytes
from kling_cost.jobs.bodies import read_task_ids
from kling_cost.jobs.job import UNREADABLE
from kling_cost.jobs.own_line_items import StoredEstimateError
from kling_cost.jobs.providers.evolink.evolink_rules import element_references
from kling_cost.jobs.row_reader import model_fields
from kling_cost.problems import Problem
from kling_cost.results.document_types import ESTIMATE
from kling_cost.results.result_schema import KINDS

MODEL = "kling-v3-text-to-video"
ROUNDED = '"8.29824E+17" is a number that a spreadsheet has rounded, not an id'
LONGEST = 131_072  # characters of a cell, as in CSV


@pytest.mark.parametrize(("given", "ids", "told"), [
    (["a", 5, " b ", "a"], ("a", "b"), ["must be text, not 5"]),
    ("8.29824E+17", (), [ROUNDED]),
    ([True, None], (), ["must be text, not true", "must be text, not null"]),
])  # fmt: skip
def test_a_task_id_that_is_none_is_told_and_left_out(given: Any, ids: tuple[str, ...], told: list[str]) -> None:
    problems: list[Problem] = []
    assert read_task_ids(given, problems) == ids
    assert [(found.field, found.message) for found in problems] == [("task_id", message) for message in told]


@pytest.mark.parametrize(("length", "is_refused"), [(LONGEST, False), (LONGEST + 1, True)])
def test_a_parquet_cell_may_be_as_long_as_one_of_csv(tmp_path: Path, length: int, is_refused: bool) -> None:
    path = tmp_path / "jobs.parquet"
    pd.DataFrame({"model": [MODEL, MODEL], "prompt": ["x", "가" * length], "duration": [5, 5]}).to_parquet(path)
    if not is_refused:
        assert len(list(kc.read_jobs(path))) == 2
        return
    with pytest.raises(kc.ReadError, match=r"jobs\.parquet:2: "):
        list(kc.read_jobs(path))


def test_elements_that_cannot_be_read_are_not_said_to_be_missing() -> None:
    prompt = "The hat of <<<element_1>>> and <<<element_3>>>"
    assert [found.message for found in element_references(prompt, {"element_list": [{}, {}]})] == [
        "<<<element_3>>> refers to no element: element_list has 2 items"
    ]
    assert element_references(prompt, {"element_list": UNREADABLE}) == []


def test_an_estimate_is_no_list_of_jobs_but_is_found_in_what_we_wrote(tmp_path: Path) -> None:
    plan, report, checked = (tmp_path / f"{name}.json" for name in ("plan", "report", "checked"))
    made = kc.estimate([{"model": MODEL, "prompt": "x", "duration": 5}], as_of="2026-11-20")
    plan.write_bytes(json_bytes(ESTIMATE.json(made)))
    kc.write_report(report, made)
    kc.write_report(checked, kc.check(made, budget="5 USD"))
    for path in (plan, report, checked):
        with pytest.raises(StoredEstimateError, match="this is a stored estimate, not a list of jobs") as caught:
            list(kc.read_jobs(path))
        assert caught.value.document is not None
        assert [line["cost"] for line in caught.value.document["line_items"]] == ["27"]
        assert caught.value.sha256 == (sha256(plan.read_bytes()).hexdigest() if path is plan else None)


@pytest.mark.parametrize("kind", KINDS)
def test_no_result_of_ours_is_a_list_of_jobs(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps({"schema_version": "1", "kind": kind}), encoding="utf-8")
    with pytest.raises(kc.ReadError, match=rf"result\.json: this is a stored {kind}, not a list of jobs$"):
        list(kc.read_jobs(path))
    path.write_text(json.dumps({"kind": kind, "model": MODEL, "prompt": "x"}), encoding="utf-8")
    assert [job.ask.model for job in kc.read_jobs(path)] == [MODEL]


def test_a_seller_that_has_other_requests_for_a_model_has_other_fields() -> None:
    assert model_fields(MODEL, None) == model_fields(MODEL, "evolink") is not None
    assert model_fields(MODEL, "resale") is None
