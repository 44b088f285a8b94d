"""Merged cells in sheets of answers: a status counts for each row, money that is paid once for none."""

from __future__ import annotations

from pathlib import Path

import pytest

import kling_cost as kc
from tests.jobs.workbook_parts import MODEL, packed, parts, rows, sheet

HEAD: list[object] = ["job_id", "task_id", "status", "credits"]
JOBS = [
    {"job_id": name, "takes": takes, "request": {"model": MODEL, "prompt": "x", "duration": 5}}
    for name, takes in (("a", 2), ("b", 1))
]


def answers_of(tmp_path: Path, merged: str, *lines: list[object]) -> kc.Responses:
    path = tmp_path / "answers.xlsx"
    path.write_bytes(packed(parts(sheet(rows(*lines), merged=merged))))
    return kc.read_responses(path)


def test_a_merged_status_and_a_merged_job_count_for_every_row(tmp_path: Path) -> None:
    lines = [HEAD, ["a", "t1", "completed", 27], [None, "t2", None, 27], ["b", "t3", None, 27]]
    answers = answers_of(tmp_path, "A2:A3 C2:C4", *lines)
    found = kc.reconcile(kc.estimate(JOBS), answers)
    assert (found.findings, [str(task.reported) for task in found.tasks]) == ([], ["27"] * 3)


def test_a_merged_task_counts_for_each_of_its_answers(tmp_path: Path) -> None:
    head: list[object] = ["task_id", "job_id", "stage", "status", "reserved", "settled"]
    lines = [head, ["t1", "b", "create", "pending", 27, None], [None, None, "status", "completed", None, 27]]
    answers = answers_of(tmp_path, "A2:A3 B2:B3", *lines)
    assert (len(answers), answers.problems) == (1, [])


@pytest.mark.parametrize("name", ["credits", "reserved", "settled", "refunded", "credits_used", "credits "])
def test_money_that_is_merged_over_rows_is_never_multiplied(tmp_path: Path, name: str) -> None:
    lines = [
        [*HEAD[:3], name],
        ["a", "t1", "completed", 54],
        ["a", "t2", "completed", None],
        ["b", "t3", "completed", 27],
    ]
    answers = answers_of(tmp_path, "D2:D3", *lines)
    assert [(p.row, p.key) for p in answers.problems if p.severity == "error"] == [
        (2, "unreadable.merged_rows"),
        (3, "unreadable.merged_rows"),
    ]
    assert (len(answers), answers.broken) == (1, 2)


def test_cells_merged_over_several_columns_are_told(tmp_path: Path) -> None:
    head: list[object] = [*HEAD[:3], "reserved", "settled"]
    answers = answers_of(tmp_path, "D2:E2", head, ["a", "t1", "completed", 27, None])
    assert [(p.row, p.key) for p in answers.problems] == [(2, "unreadable.merged_columns")]


def test_hidden_columns_of_answers_are_remarked_on(tmp_path: Path) -> None:
    path = tmp_path / "answers.xlsx"
    hidden = '<cols><col min="4" max="4" hidden="1"/></cols>'
    path.write_bytes(packed(parts(sheet(rows(HEAD, ["a", "t1", "completed", 27]), before=hidden))))
    assert [p.key for p in kc.read_responses(path).problems] == ["has_no_effect.hidden_columns"]
