"""A reconciliation that was stored is read back as it was; a damaged one is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.io.json_text import json_bytes
from kling_cost.problems import ReadError
from kling_cost.reconciliation.findings.finding_text import finding_sentence
from kling_cost.results.document_types import RECONCILIATION
from kling_cost.results.record_types import FINDING
from tests.reconciliation.samples import every_kind, job, outcome


@pytest.fixture
def result() -> kc.Reconciliation:
    jobs, answers = every_kind()
    return outcome(jobs, answers)


def test_written_then_read_is_the_same(tmp_path: Path, result: kc.Reconciliation) -> None:
    path = tmp_path / "outcome.json"
    path.write_bytes(
        json_bytes(RECONCILIATION.json(result.counting(ignore=["rounding"], fail_on=["missing_response"])))
    )
    stored = kc.read_reconciliation(path, result.estimate)
    assert stored.totals == result.totals
    assert stored.exit_code == result.exit_code
    assert [task._replace(events=()) for task in result.tasks] == list(stored.tasks)
    assert [finding_sentence(f) for f in stored.findings] == [finding_sentence(f) for f in result.findings]
    assert [f.ignored for f in stored.findings if f.kind == "rounding"] == [True]
    assert json_bytes(RECONCILIATION.json(stored)) == path.read_bytes()


def test_a_report_holds_one_too_and_it_can_be_reported_alone(tmp_path: Path, result: kc.Reconciliation) -> None:
    kc.write_report(tmp_path / "report.json", result.estimate, result)
    stored = kc.read_reconciliation(tmp_path / "report.json")
    assert stored.estimate is None
    for suffix in ("xlsx", "html", "md", "csv", "json"):
        kc.write_report(tmp_path / f"alone.{suffix}", stored, locale="ko")
    text = (tmp_path / "alone.md").read_text(encoding="utf-8")
    assert "| task-over_reserved |" in text
    kc.write_report(tmp_path / "whole.csv", result)
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()


def test_it_belongs_to_its_estimate(tmp_path: Path, result: kc.Reconciliation) -> None:
    (tmp_path / "o.json").write_bytes(json_bytes(RECONCILIATION.json(result)))
    with pytest.raises(kc.UsageError, match=r"o\.json was made from a different estimate"):
        kc.read_reconciliation(tmp_path / "o.json", kc.estimate([job()]))


def change(document: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for key in above:
        document = document[int(key) if key.isdigit() else key]  # type: ignore[index]
    document[last] = value


DAMAGE = [
    ("totals.0.reported", "1", "totals: the stored reconciliation is damaged: they do not add up"),
    ("totals.0.reported", 1, "totals.0.reported: the stored reconciliation is damaged: must be decimal text"),
    ("tasks.0.state", "gone", "tasks.0.state: the stored reconciliation is damaged: "),
    ("findings.0.kind", "strange", "findings.0.kind: the stored reconciliation is damaged: "),
    ("kind", "estimate", "not a stored reconciliation"),
]


@pytest.mark.parametrize(("path", "value", "message"), DAMAGE)
def test_a_damaged_one_is_refused(
    tmp_path: Path, result: kc.Reconciliation, path: str, value: Any, message: str
) -> None:
    document = json.loads(json_bytes(RECONCILIATION.json(result)))
    change(document, path, value)
    (tmp_path / "o.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ReadError) as caught:
        kc.read_reconciliation(tmp_path / "o.json")
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"kind": "report", "reconciliation": null}'])
def test_what_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "o.json").write_text(text, encoding="utf-8")
    with pytest.raises(ReadError):
        kc.read_reconciliation(tmp_path / "o.json")


def test_a_frame_holds_every_row_exactly(result: kc.Reconciliation) -> None:
    frame = result.to_frame()
    assert len(frame) == len(result.tasks)
    by_job = frame.set_index("task_id")
    assert str(by_job.loc["task-over_reserved", "variance"]) == "13.500000000000000000"
    assert by_job.loc["task-settled_differs", "findings"] == "settled_differs"
    assert frame["variance"].sum() == sum(t.variance for t in result.totals if t.provider)


def test_which_findings_count(result: kc.Reconciliation) -> None:
    assert result.exit_code == 5  # a job is invalid
    good = outcome(job(), [])
    assert good.exit_code == 6
    assert good.counting(ignore=["missing_response"]).exit_code == 0
    assert good.counting(fail_on=["over_reserved"]).exit_code == 0
    assert good.counting(fail_on=["missing_response"]).exit_code == 6
    (ignored,) = good.counting(ignore=["missing_response"]).findings
    assert FINDING.json(ignored)["ignored"] is True
    with pytest.raises(kc.UsageError, match="unknown kind of finding 'late'; the kinds are: invalid_amount"):
        good.counting(ignore=["late"])
