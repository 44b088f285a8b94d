"""What is said of a job that has no price or an odd one: severity, place, words and remedy, to the letter."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.problems import Problem

T2V = "kling-v3-text-to-video"
SHOTS = [{"index": 1, "prompt": "a", "duration": "3"}, {"index": 2, "prompt": "b", "duration": "4"}]
MULTI = {"multi_shot": True, "shot_type": "customize", "multi_prompt": SHOTS}


def finding_sentence(found: Problem) -> tuple[Any, ...]:
    return found.severity, found.job_id, found.source, found.row, found.field, found.message, found.hint


def of(item: dict[str, Any], **more: Any) -> list[tuple[Any, ...]]:
    return [finding_sentence(p) for p in kc.estimate([item], **more).problems]


HERE = ("jobs:1", "jobs", 1)
FIELD, SUM = "model_params.multi_prompt", "the shots add up to 7 s, but the video is 5 s"
CASES: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    (
        {"model": T2V, "prompt": "x", "duration": 2},
        ("error", *HERE, "duration", "2 is outside the range 3 to 15", None),
    ),
    (
        {"type": "pro-text-to-video", "prompt": "x", "duration": 16},
        ("error", *HERE, "duration", "16 is outside the range 3 to 15", "the API returns INVALID_DURATION"),
    ),
    (
        {"model": T2V, "prompt": "x", "quality": "1080P"},
        ("error", *HERE, "quality", "1080P is not one of 720p, 1080p", "did you mean 1080p?"),
    ),
    (
        {"model": T2V, "prompt": "x", "quality": "8k"},
        ("error", *HERE, "quality", "8k is not one of 720p, 1080p", None),
    ),
    (
        {"model": "kling-v3-txt-to-video", "prompt": "x"},
        ("error", *HERE, "model", "no provider in the price book sells kling-v3-txt-to-video", f"did you mean {T2V}?"),
    ),
    (
        {"model": "nothing at all", "prompt": "x"},
        ("error", *HERE, "model", "no provider in the price book sells nothing at all", None),
    ),
    (
        {"provider": "evolink", "request": {"model": "std-text-to-video", "prompt": "x"}},
        ("error", *HERE, "model", "evolink does not sell std-text-to-video", None),
    ),
    (
        {"provider": "nobody", "request": {"model": T2V, "prompt": "x"}},
        ("error", *HERE, "provider", "the price book has no provider nobody; it has evolink, kling3api, kling", None),
    ),
    (
        {"date": "2025-12-31", "request": {"model": T2V, "prompt": "x"}},
        ("error", *HERE, "date", "no price is known for 2025-12-31; prices start on 2026-02-01", None),
    ),
    (
        {"model": T2V, "duration": 5, "model_params": MULTI},
        ("error", *HERE, FIELD, SUM, "make them equal"),
    ),
    (
        {"model": T2V, "model_params": MULTI},
        ("error", *HERE, FIELD, f"{SUM} by default", "make them equal"),
    ),
    (
        {"model": "kling-v3", "duration": 5, "quality": "4k", "sound": "on"},
        ("warning", *HERE, "model", "no request rules are known for kling-v3; it is priced without validation", None),
    ),
    (
        {"model": "kling-v3", "quality": "4k", "sound": "on"},
        ("error", *HERE, "duration", "required field is missing", None),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("item", "wanted"), CASES, ids=[str(number) for number in range(len(CASES))])
def test_a_job_s_problem_is_worded_to_the_letter(item: dict[str, Any], wanted: tuple[Any, ...]) -> None:
    found = of(item)
    assert wanted in found
    assert len([p for p in found if p[0] == wanted[0]]) == 1
    assert {p[1:4] for p in found} <= {HERE, (None, None, None)}


def test_a_suspicious_price_is_named_with_its_reason() -> None:
    image = "https://example.com/a.jpg"
    item = {"type": "o3-std-reference-to-video", "prompt": "x", "images": [image]}
    single = kc.price("o3-std-reference-to-video")
    why = single.charge.rate.suspicious  # type: ignore[union-attr]
    message = f"the published price of 20 KLING3API_CREDIT per second looks wrong: {why}"
    assert ("warning", *HERE, "", message, "confirm it before spending much") in of(item)
    assert [(told.severity, told.message) for told in single.job.problems] == [("warning", message)]
    assert kc.estimate([item]).line_items[0].notes == [f"the published price looks wrong: {why}"]


def test_what_is_wrong_with_the_whole_stands_at_no_job() -> None:
    item = {"type": "pro-text-to-video", "prompt": "x"}
    unknown = "the dollar price of KLING3API_CREDIT is unknown"
    assert of(item) == [("info", None, None, None, "", unknown, 'pass --rate "NUMBER KLING3API_CREDIT/USD"')]
    late = of({"model": T2V, "prompt": "x"}, as_of=date(2027, 1, 19))
    message = "the oldest price used was last checked on 2026-11-19, 61 days before 2027-01-19"
    assert late == [("warning", None, None, None, "", message, "compare it with its source")]
    assert of({"model": T2V, "prompt": "x"}, as_of=date(2027, 1, 18)) == []


def test_a_model_that_two_sellers_have_needs_the_seller(tmp_path: Any) -> None:
    overlay = tmp_path / "o.yaml"
    overlay.write_text(
        "schema: 1\nversion: o\nproviders: {resale: {name: r, currency: USD, skus: {v: {models: [std-text-to-video], "
        "billing_rule: per_call, rates: {2026-01-01: {unit_price: 2, source: s, checked: 2026-11-01}}}}}}\n",
        encoding="utf-8",
    )
    book = kc.load_prices(overlay=overlay)
    frame = [{"provider": "resale", "request": {"model": "std-text-to-video"}}, {"model": "std-text-to-video"}]
    estimate = kc.estimate(frame, book)
    assert [item.provider for item in estimate.line_items] == ["resale"]
    (found,) = (p for p in estimate.problems if p.code == "ambiguous")
    assert (found.job_id, found.field) == ("jobs:2", "model")
    assert found.message == "std-text-to-video is sold by several providers: kling3api, resale"
    assert found.hint == "name the provider, for example kling3api:std-text-to-video"
