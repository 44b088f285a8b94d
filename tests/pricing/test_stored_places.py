"""Where a stored plan is damaged: the error names the line, the field and what is wrong there."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.results.line_item_csv import checksum

SHOT = {"model": "kling-v3-text-to-video", "prompt": "Fog"}
JOBS: list[dict[str, Any]] = [
    {"job_id": "a", "task_id": ["t-1"], "request": SHOT},
    {"job_id": "b", "request": {**SHOT, "duration": 10}},
    {"job_id": "c", "request": {"model": "kling-v9", "prompt": "x"}},
]


@pytest.fixture(scope="module")
def plan() -> kc.Estimate:
    return kc.estimate(JOBS, as_of=date(2026, 11, 20))


def as_rows(path: Path, plan: kc.Estimate) -> list[dict[str, str]]:
    kc.write_report(path, plan)
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def sealed(row: dict[str, str]) -> dict[str, str]:
    """The row as a program writes it that knows how rows are sealed."""
    names = [name for name in row if name != "checksum"]
    return {**row, "checksum": checksum(names, [row[name] for name in names])}


def refused(path: Path, rows: list[dict[str, str]] | None = None) -> kc.Problem:
    if rows is not None:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(text.getvalue(), encoding="utf-8")
    with pytest.raises(kc.ReadError) as error:
        kc.read_estimate(path)
    return error.value.problem


@pytest.mark.parametrize(
    ("column", "value", "key", "field", "said"),
    [
        ("task_ids", "[", "unreadable.stored_sheet", "task_ids", "are damaged"),
        ("left_out", "01", "unreadable.stored_sheet", "left_out", "are damaged"),
        ("plan_lines", "9", "unreadable.stored_lines", "", "2 ≠ 9"),
        ("plan_takes", "-1", "unreadable.stored_sheet", "plan_takes", "are damaged"),
        ("problems", "error:x=1 no", "unreadable.stored_sheet", "problems", "are damaged"),
        ("problems", "error:x=0", "unreadable.stored_sheet", "problems", "are damaged"),
    ],
)
def test_a_sheet_that_was_sealed_anew_is_refused_at_its_field(
    tmp_path: Path, plan: kc.Estimate, column: str, value: str, key: str, field: str, said: str
) -> None:
    rows = [sealed({**row, column: value}) for row in as_rows(tmp_path / "plan.csv", plan)]
    found = refused(tmp_path / "plan.csv", rows)
    assert (found.key, found.field) == (key, field)
    assert said in found.message


def test_rows_that_disagree_are_told_by_their_column(tmp_path: Path, plan: kc.Estimate) -> None:
    rows = as_rows(tmp_path / "plan.csv", plan)
    rows[1] = sealed({**rows[1], "price_book_version": "other"})
    found = refused(tmp_path / "plan.csv", rows)
    assert (found.key, found.field, dict(found.params)["why"]) == (
        "unreadable.stored_lines",
        "price_book_version",
        "price_book_version",
    )


def test_a_damaged_row_is_told_by_its_line(tmp_path: Path, plan: kc.Estimate) -> None:
    rows = as_rows(tmp_path / "plan.csv", plan)
    rows[1]["cost"] = "1"
    assert (refused(tmp_path / "plan.csv", rows).key, refused(tmp_path / "plan.csv").row) == (
        "unreadable.stored_line",
        3,
    )
    lines = (tmp_path / "plan.csv").read_text("utf-8").splitlines()
    (tmp_path / "plan.csv").write_text("\n".join([*lines[:2], lines[2] + ",more"]), encoding="utf-8")
    found = refused(tmp_path / "plan.csv")
    assert (found.key, found.row) == ("unreadable.stored_sheet", 3)


@pytest.mark.parametrize(("name", "value"), [("cost", "28"), ("unit_price", "5.5"), ("billed_quantity", "6")])
def test_a_line_of_json_that_does_not_add_up_is_told_by_its_place(
    tmp_path: Path, plan: kc.Estimate, name: str, value: str
) -> None:
    path = tmp_path / "plan.json"
    kc.write_report(path, plan)
    document = json.loads(path.read_text("utf-8"))
    document["estimate"]["line_items"][1][name] = value
    path.write_text(json.dumps(document), encoding="utf-8")
    found = refused(path)
    assert (found.key, found.field, dict(found.params)["job"]) == ("unreadable.stored_sum", "line_items.1", "b")


@pytest.mark.parametrize("name", ["model", "provider", "quality"])
def test_text_that_is_none_is_told_by_its_name(name: str) -> None:
    with pytest.raises(kc.KlingCostError, match=rf"(?s)\b{name}\b") as error:
        kc.price(**{"model": "kling-v3-text-to-video", name: 5})
    assert error.value.exit_code in (2, 5)


def test_a_model_is_needed() -> None:
    with pytest.raises(kc.RequestError, match=r"^model: must be text, not null"):
        kc.price(None)  # type: ignore[arg-type]


def test_a_provider_of_a_request_is_text() -> None:
    with pytest.raises(kc.UsageError, match=r"^provider\b"):
        kc.price_request(SHOT, provider=5)  # type: ignore[arg-type]
