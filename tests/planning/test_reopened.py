"""What changed in a plan that is no longer the approved one: the steps of a diff, from what the approval keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.io.json_text import json_bytes
from kling_cost.reporting.report import Report
from kling_cost.reporting.translations import LOCALES
from kling_cost.results.document_types import CHECK, DIFF
from tests.planning.plans import differences, golden, job, plan, plans
from tests.schemas import validate


def approved(old: kc.Estimate, folder: Path | None = None, **more: Any) -> kc.Approval:
    """The approval of a plan, read back from its file where there is a folder."""
    given_now = kc.approve(kc.check(old, no_budget=True), by="Ada", **more)
    if folder is None:
        return given_now
    path = folder / "approval.json"
    path.write_text(json.dumps(given_now.to_json()), encoding="utf-8")
    return kc.read_approval(path)


def steps(change: kc.Change | None) -> dict[str, Decimal]:
    return {} if change is None else {step.step: step.amount for step in change.steps}


def change_of(verdict: kc.Verdict) -> kc.Change | None:
    assert verdict.approval is not None
    return verdict.approval.change


@pytest.mark.parametrize("is_read_back", [False, True])
def test_the_steps_are_those_of_a_diff_from_the_approved_plan(tmp_path: Path, is_read_back: bool) -> None:
    """The figures were worked out by hand from the published prices."""
    old, new = golden()
    verdict = kc.check(new, no_budget=True, approval=approved(old, tmp_path if is_read_back else None))
    assert {name: str(amount.normalize()) for name, amount in steps(change_of(verdict)).items()} == {
        "removed": "-27",
        "added": "48.6",
        "price": "0.1998",
        "quality": "-54.108",
        "sound": "81",
        "duration": "-48.6",
        "takes": "64.8",
    }
    record = json.loads(json.dumps(CHECK.json(verdict)))
    validate(record, "check")
    found = change_of(verdict)
    assert found is not None
    assert record["approval"]["change"] == json.loads(json.dumps(DIFF.json(found)))
    assert record["against"] is None
    assert [job["job_id"] for job in record["approval"]["diff"]] == ["gone", "fresh"], "jobs as before"


def test_what_still_holds_or_did_not_change_has_no_steps(tmp_path: Path) -> None:
    old = plan(job("a"), job("b"))
    less = plan(job("a"))
    given_now = approved(old, tmp_path, until="2026-11-30")
    assert change_of(kc.check(less, no_budget=True, approval=given_now)) is None
    expired = kc.check(old, no_budget=True, approval=given_now, on=date(2026, 12, 1))
    assert expired.approval is not None
    assert (expired.approval.status, expired.approval.change) == ("reopened", None)
    assert "change" not in CHECK.json(expired)["approval"]
    both = kc.check(less, no_budget=True, approval=given_now, on=date(2026, 12, 1))
    assert steps(change_of(both)) == {"removed": -27}


def test_an_approval_of_an_earlier_version_has_no_lines_and_names_jobs(tmp_path: Path) -> None:
    earlier = replace(approved(plan(job("a"))), line_items=())
    assert "line_items" not in earlier.to_json()
    path = tmp_path / "approval.json"
    path.write_text(json.dumps(earlier.to_json()), encoding="utf-8")
    verdict = kc.check(plan(job("a"), job("b")), no_budget=True, approval=path)
    assert verdict.approval is not None
    assert (verdict.exit_code, [one.job_id for one in verdict.approval.jobs]) == (3, ["b"])
    assert change_of(verdict) is None


def test_the_prices_of_another_book_are_told_apart_from_options(tmp_path: Path) -> None:
    catalogue = "evolink-2026-10-10"
    old = plan(job("a", quality="1080p", duration=7), book=catalogue)
    new = plan(job("a", quality="720p", duration=7, takes=2), book=catalogue)
    verdict = kc.check(new, no_budget=True, approval=approved(old, tmp_path, bind="exact"))
    assert list(steps(change_of(verdict))) == ["quality", "takes"]


def test_a_line_that_was_edited_makes_the_approval_unreadable(tmp_path: Path) -> None:
    record = approved(plan(job("a"))).to_json()
    record["line_items"][0]["takes"] = 9
    path = tmp_path / "approval.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(kc.ReadError, match="approval_sha256"):
        kc.read_approval(path)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("form", ["md", "html", "xlsx", "text", "comment"])
def test_every_form_shows_the_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str], locale: str, form: str) -> None:
    jobs, approval = tmp_path / "jobs.jsonl", tmp_path / "approval.json"
    jobs.write_text(json.dumps(job("a", sound="on")) + "\n", encoding="utf-8")
    approval.write_text(json.dumps(approved(plan(job("a")), bind="exact").to_json()), encoding="utf-8")
    words = ["check", str(jobs), "--no-budget", "--approval", str(approval), "--as-of", "2026-11-20"]
    path = tmp_path / f"out.{form}"
    more = {"text": [], "comment": ["--comment"]}.get(form, ["-o", str(path)])
    assert main([*words, "--locale", locale, *more]) == 3
    printed = capsys.readouterr().out
    step = Report(plan(job("a")), locale=locale).words("step.sound")
    shown: dict[str, Callable[[], str]] = {"xlsx": lambda: _cells(path), "text": lambda: printed}
    text = shown.get(form, lambda: printed if form == "comment" else path.read_text("utf-8"))()
    assert step in text
    assert "13.5" in text


def _cells(path: Path) -> str:
    import openpyxl

    rows = (row for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows(values_only=True))
    return "\n".join(str(cell) for row in rows for cell in row if cell is not None)


@given(plans(), plans(), st.sampled_from(["total", "jobs", "exact"]))
def test_the_steps_add_up_to_the_growth_however_the_approval_is_kept(
    tmp_path_factory: pytest.TempPathFactory, old: kc.Estimate, new: kc.Estimate, bind: str
) -> None:
    assume(old.line_items and not old.partial and not new.partial)
    kept = [approved(old, folder, bind=bind) for folder in (None, tmp_path_factory.mktemp("a"))]
    one, other = (kc.check(new, no_budget=True, approval=approval) for approval in kept)
    assert one.approval is not None
    assert other.approval is not None
    assert steps(one.approval.change) == steps(other.approval.change)
    written = json.loads(json_bytes(CHECK.json(one, in_lines=True)))
    assert written == json.loads(json.dumps(CHECK.json(one)))
    if one.approval.change is not None:
        sums: dict[str, Decimal] = {}
        for step in one.approval.change.steps:
            sums[step.currency] = sums.get(step.currency, Decimal(0)) + step.amount
        assert {code: amount for code, amount in sums.items() if amount} == {
            code: amount for code, amount in differences(old, new).items() if amount
        }
        assert all(step.step != "other" for step in one.approval.change.steps)
