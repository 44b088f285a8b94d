"""A plan may be submitted in part: what has not been submitted is no finding, and in no figure of what is due."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from tests.reconciliation.samples import evolink, job, kinds, wrapped

PLAN = [
    job("a", date="2026-11-01", takes=2),
    job("b", date="2026-11-20"),
    job("c", date="2026-11-21", takes=3),
    job("d"),
]
ANSWERS = [wrapped("a", evolink("t-a", 27))]


def outcome(**options: Any) -> kc.Reconciliation:
    return kc.reconcile(kc.estimate(PLAN), ANSWERS, **options)


@pytest.mark.parametrize("until", [date(2026, 11, 20), datetime(2026, 11, 20, 23), "2026-11-20"])  # noqa: DTZ001
def test_jobs_that_are_dated_later_are_not_submitted_yet(until: Any) -> None:
    result = outcome(submitted_until=until)
    assert [(f.kind, f.job_id) for f in result.findings] == [("missing_response", name) for name in "abd"]
    (total,) = result.totals
    assert (total.jobs, total.estimated, total.not_submitted, total.estimated_not_submitted) == (4, 108, 3, 81)
    assert [task.job_id for task in result.tasks] == ["a", "a", "b", "d"]


def test_jobs_that_are_not_named_are_not_submitted_yet(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_bytes(b"\xef\xbb\xbf  a \r\n\r\nb\r\nb\n")
    for ids in (tmp_path / "ids.txt", str(tmp_path / "ids.txt"), ["a", "b"], {"b", "a"}, iter(["b", "a"])):
        result = outcome(submitted=ids)
        assert [(f.kind, f.job_id) for f in result.findings] == [("missing_response", "a"), ("missing_response", "b")]
        assert (result.totals[0].not_submitted, result.totals[0].estimated_not_submitted) == (4, 108)


def test_nothing_may_have_been_submitted_yet(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_bytes(b"")
    result = kc.reconcile(kc.estimate(PLAN), [], submitted=tmp_path / "ids.txt")
    assert (result.exit_code, len(result.tasks), result.totals[0].estimated) == (0, 0, 0)


def test_what_was_answered_counts_whoever_says_that_it_was_not_submitted() -> None:
    result = outcome(submitted=[])
    assert kinds(result) == []
    assert (result.totals[0].reported, result.totals[0].estimated, result.totals[0].not_submitted) == (27, 27, 6)


def test_ids_are_held_against_each_other_however_they_are_encoded() -> None:
    plan = kc.estimate([job("caf\u00e9"), job("x")])
    result = kc.reconcile(plan, [], submitted=["cafe\u0301"])
    assert [(f.kind, f.job_id) for f in result.findings] == [("missing_response", "caf\u00e9")]


def test_a_job_without_a_line_item_may_be_named() -> None:
    plan = kc.estimate([job("a"), job("bad", {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 99})])
    assert kc.reconcile(plan, [], submitted=["bad"]).findings == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"submitted": ["a", "nobody"]}, "submitted, number 2: no job nobody in the plan"),
        ({"submitted": [7]}, "ids of submitted jobs must be text, not 7"),
        ({"submitted": 7}, "submitted must be a file or ids, not int"),
        ({"submitted_until": "soon"}, "submitted_until must be a date such as 2026-11-20, not 'soon'"),
        ({"submitted_until": 20261120}, "submitted_until must be a date such as 2026-11-20, not 20261120"),
        ({"submitted": [], "submitted_until": date(2026, 1, 1)}, "exclude each other"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: Any, message: str) -> None:
    with pytest.raises(kc.UsageError, match=message):
        outcome(**options)


def test_an_unknown_id_of_a_file_is_told_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("a\n\nA\n", encoding="utf-8")
    with pytest.raises(kc.UsageError, match=r"ids\.txt:3: no job A in the plan"):
        outcome(submitted=tmp_path / "ids.txt")


@given(st.sets(st.sampled_from("abcd")))
def test_due_is_divided_without_remainder(ids: set[str]) -> None:
    part, whole = outcome(submitted=ids).totals[0], outcome().totals[0]
    assert part.adds_up
    assert part.estimated + part.estimated_not_submitted == whole.estimated
    assert (part.reported, part.jobs) == (whole.reported, whole.jobs)
    assert part.without_amount + part.not_submitted == whole.without_amount


@pytest.mark.parametrize("suffix", ["json", "md", "html", "xlsx"])
def test_it_is_counted_in_one_line_and_read_back(tmp_path: Path, suffix: str) -> None:
    result = outcome(submitted_until=date(2026, 11, 20))
    kc.write_report(tmp_path / f"o.{suffix}", result)
    if suffix == "json":
        assert kc.read_reconciliation(tmp_path / "o.json").totals == result.totals
        assert result.totals[0].estimated_not_submitted == Decimal(81)
    elif suffix != "xlsx":
        text = (tmp_path / f"o.{suffix}").read_text(encoding="utf-8").replace("\\_", "_")
        assert "Not yet submitted: 3 takes, 81 EVOLINK_CREDIT; not part of any other figure." in text
