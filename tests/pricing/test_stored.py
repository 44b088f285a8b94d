"""Stored estimates are taken as they are, and refused where they do not add up."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.documents.json_text import json_bytes
from kling_cost.pricing.records import estimate_record, estimate_sha256

JOBS = [
    {
        "job_id": "a",
        "request": {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 7, "quality": "1080p"},
        "takes": 3,
        "tags": {"scene": "=1+1", "client": "'x"},
    },
    {"job_id": "b", "request": {"type": "pro-text-to-video", "prompt": "x"}},
    {"job_id": "c", "request": {"model": "kling-v9", "prompt": "x"}},
    {"job_id": "d", "request": {"model": "kling-v3", "duration": 3, "quality": "4k", "sound": "on"}},
]


@pytest.fixture
def estimate() -> kc.Estimate:
    return kc.estimate(JOBS, as_of=date(2026, 11, 20))


def stored(tmp_path: Path, record: Any) -> Path:
    path = tmp_path / "estimate.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


def test_a_stored_estimate_is_the_estimate(tmp_path: Path, estimate: kc.Estimate) -> None:
    record = estimate_record(estimate)
    again = kc.read_estimate(stored(tmp_path, record))
    assert estimate_record(again) == record
    assert again.exit_code == estimate.exit_code == 4
    assert next(i.arithmetic() for i in again.line_items).startswith("7 s × 7.1982 = 50.3874 EVOLINK_CREDIT × 3 takes")


def test_a_book_that_changes_does_not_price_it_again(tmp_path: Path, estimate: kc.Estimate) -> None:
    record = estimate_record(estimate)
    record["line_items"][0] |= {"unit_price": "1", "cost_per_take": "7", "cost": "21", "usd": "0.291666666667"}
    record["totals"][0] |= {"cost": "21", "usd": "0.291666666667"}
    again = kc.read_estimate(stored(tmp_path, record))
    assert again.line_items[0].cost.value == 21


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["line_items", 0, "cost"], "151.1621", "does not add up a"),
        (["line_items", 0, "usd"], "2", "does not add up a"),
        (["line_items", 0, "takes"], 4, "does not add up a"),
        (["totals", 0, "cost"], "151.1623", "does not add up"),
        (["totals"], [], "does not add up"),
        (
            ["line_items", 0, "cost"],
            151.1622,
            "line_items.0.cost: the stored estimate is damaged: must be decimal text",
        ),
        (["line_items", 0, "cost"], "1e2", "must be decimal text"),
        (["line_items", 0, "cost"], "-151.1622", "must be decimal text"),
        (["line_items", 0, "currency"], "evil\x1b[31m", "damaged"),
        (["line_items", 0, "takes"], 0, "damaged"),
        (["line_items", 0, "takes"], "3", "damaged"),
        (["line_items", 0, "model"], None, "damaged"),
        (["line_items", 0], None, "damaged"),
        (["line_items"], {}, "damaged"),
        (["as_of"], "yesterday", "damaged"),
        (["price_book"], {}, "damaged"),
        (["left_out"], -1, "damaged"),
        (["problems", 0, "severity"], "fatal", "damaged"),
    ],
)
def test_a_damaged_one_is_refused(
    tmp_path: Path, estimate: kc.Estimate, path: list[Any], value: Any, message: str
) -> None:
    record = json.loads(json.dumps(estimate_record(estimate)))
    holder = record
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    with pytest.raises(kc.ReadError, match=message):
        kc.read_estimate(stored(tmp_path, record))


def test_money_that_it_did_not_know_can_be_given(tmp_path: Path, estimate: kc.Estimate) -> None:
    path = stored(tmp_path, estimate_record(estimate))
    again = kc.read_estimate(path, rates=["100 KLING3API_CREDIT/USD"])
    assert {t.currency: t.usd for t in again.totals}["KLING3API_CREDIT"] == 4
    assert "no_exchange_rate" not in [p.code for p in again.problems]
    with pytest.raises(kc.UsageError, match="knows its rate of EVOLINK_CREDIT already"):
        kc.read_estimate(path, rates=["70 EVOLINK_CREDIT/USD"])


def test_line_items_as_csv_are_read_back_to_the_same_figures(tmp_path: Path, estimate: kc.Estimate) -> None:
    path = tmp_path / "lines.csv"
    kc.write_report(path, estimate)
    again = kc.read_estimate(path)
    assert (again.totals, again.breakdowns, again.left_out, again.as_of) == (
        estimate.totals,
        estimate.breakdowns,
        estimate.left_out,
        estimate.as_of,
    )
    assert [i.job_id for i in again.line_items] == ["a", "b", "d"]
    assert dict(again.line_items[0].tags) == {"scene": "=1+1", "client": "'x"}


def test_a_spreadsheet_finds_nothing_to_run_in_the_csv(tmp_path: Path, estimate: kc.Estimate) -> None:
    path = tmp_path / "lines.csv"
    kc.write_report(path, estimate)
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))):
        assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]


@pytest.mark.parametrize("start", "=+-@\t\r'")
def test_what_a_spreadsheet_would_run_is_inert_in_csv_and_read_back(tmp_path: Path, start: str) -> None:
    live = f"{start}1+1"
    path = tmp_path / "lines.csv"
    kc.write_report(path, kc.estimate([{**JOBS[1], "tags": {"scene": live}}], as_of=date(2026, 11, 20)))
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    assert f"'{live}" in [cell for row in rows for cell in row]
    assert dict(kc.read_estimate(path).line_items[0].tags) == {"scene": live}


def test_the_hash_of_an_estimate_is_that_of_its_json() -> None:
    """Also of jobs that share one price, whose text is put together once."""
    jobs = [{"job_id": f"j{n}", "request": JOBS[1]["request"], "takes": n} for n in (1, 3, 2, 3)]
    for items in (JOBS, jobs):
        estimate = kc.estimate(items, as_of=date(2026, 11, 20))
        assert estimate_sha256(estimate) == hashlib.sha256(json_bytes(estimate_record(estimate))).hexdigest()


def test_a_csv_that_was_changed_by_hand_is_refused(tmp_path: Path, estimate: kc.Estimate) -> None:
    path = tmp_path / "lines.csv"
    kc.write_report(path, estimate)
    path.write_text(path.read_text(encoding="utf-8-sig").replace("151.1622", "51.1622"), encoding="utf-8")
    with pytest.raises(kc.ReadError, match="does not add up"):
        kc.read_estimate(path)


def test_what_is_no_estimate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "jobs.json"
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(kc.ReadError, match="no stored estimate"):
        kc.read_estimate(path)


def test_jobs_and_a_stored_estimate_are_not_mixed_up(tmp_path: Path, estimate: kc.Estimate) -> None:
    with pytest.raises(kc.ReadError, match="stored estimate, not a list of jobs"):
        kc.read_jobs(stored(tmp_path, estimate_record(estimate)))
