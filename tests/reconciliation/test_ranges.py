"""What was charged for a job whose length was not known before: within its range it accuses nobody."""

from __future__ import annotations

from typing import Any

import pytest

import kling_cost as kc

BOOK = kc.load_prices(overlay="evolink-2026-10-10")
MOTION = {
    "model": "kling-v3-motion-control",
    "image_urls": ["https://example.com/a.png"],
    "video_urls": ["https://example.com/a.mp4"],
    "model_params": {"character_orientation": "video"},
    "quality": "1080p",
}


def outcome(charged: str, **beside: Any) -> kc.Reconciliation:
    plan = kc.estimate(kc.read_jobs([{"job_id": "a", "task_id": "t1", **beside, "request": MOTION}], book=BOOK), BOOK)
    answer = {
        "id": "t1",
        "model": MOTION["model"],
        "status": "completed",
        "usage": {"credits_used": float(charged)},
    }  # float: as JSON has it
    return kc.reconcile(plan, kc.read_responses([answer]))


@pytest.mark.parametrize("charged", ["32.6755", "54.4592", "108.9184", "200.1", "326.7553"])
def test_a_charge_within_the_range_is_no_finding(charged: str) -> None:
    found = outcome(charged)
    assert [finding.kind for finding in found.findings] == []
    assert found.exit_code == 0


@pytest.mark.parametrize(("charged", "kind"), [("326.8", "over"), ("32.6", "under"), ("400", "over")])
def test_a_charge_outside_it_is_one(charged: str, kind: str) -> None:
    (finding,) = outcome(charged).findings
    assert finding.kind.partition("_")[0] == kind
    assert str(finding.expected) == ("326.7553" if kind == "over" else "32.6755")


def test_a_length_that_is_given_is_due_exactly() -> None:
    assert outcome("54.4592", input_seconds=5).findings == []
    assert [finding.kind.partition("_")[0] for finding in outcome("108.9184", input_seconds=5).findings] == ["over"]


@pytest.mark.parametrize("charged", ["54.4592", "326.7553"])
def test_it_says_nothing_of_the_price_of_a_second(charged: str) -> None:
    assert (kc.observe_prices(outcome(charged), BOOK).observed, kc.observe_prices(outcome(charged), BOOK).left_out) == (
        (),
        1,
    )
    (seen,) = kc.observe_prices(outcome("54.4592", input_seconds=5), BOOK).observed
    assert dict(seen.options) == {"quality": "1080p"}
