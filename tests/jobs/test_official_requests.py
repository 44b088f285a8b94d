"""Requests to the official API, both forms of it: priced as they are sent, or refused for a reason that is named."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.pricebook.load import load_prices
from tests.cases import cases

OFFICIAL = [pytest.param(case, id=case["id"]) for case in cases("bodies")["official"]]
PRICED = [case for case in OFFICIAL if "cost" in case.values[0]]
TEXT = {"model_name": "kling-v3", "prompt": "Fog", "duration": "5", "mode": "std", "sound": "off"}
SETTINGS = {"prompt": "Fog", "settings": {"resolution": "720p", "duration": 5, "audio": "off"}}
PATH = "/text-to-video/kling-3.0"
HOST = "https://api-singapore.klingai.com"
BOOK = """
schema: 1
version: 2026-11-20
currencies: {USD: {name: US dollar, quantum: 0.000001}}
providers:
  kling:
    name: Kling
    currency: USD
    defaults: {sound: on}
    skus:
      three:
        models: [kling-3.0]
        billing_rule: per_second
        seconds: {minimum: 3, maximum: 15}
        options: {quality: [720p, 1080p], sound: [off, on]}
        rates:
          2026-02-01:
            by: [quality, sound]
            unit_price: {720p: {off: 1, on: 2}, 1080p: {off: 3, on: 4}}
            source: a page
            checked: 2026-11-20
            date_basis: stated
      turbo:
        models: [kling-3.0-turbo]
        billing_rule: per_second
        seconds: {minimum: 3, maximum: 15}
        options: {quality: [720p, 1080p]}
        rates:
          2026-02-01:
            by: [quality]
            unit_price: {720p: 5, 1080p: 6}
            source: a page
            checked: 2026-11-20
            date_basis: stated
"""


def envelope(case: dict[str, Any]) -> dict[str, Any]:
    return {"request": case["body"], **({"path": case["path"]} if "path" in case else {})}


def said(estimate: kc.Estimate) -> list[list[str]]:
    return [[p.field, p.code] for p in estimate.problems if p.severity == "error"]


def book(tmp_path: Path) -> kc.PriceBook:
    (tmp_path / "book.yaml").write_text(BOOK, encoding="utf-8")
    return load_prices(tmp_path / "book.yaml")


@pytest.mark.parametrize("case", OFFICIAL)
def test_a_request_is_priced_or_refused_for_its_reason(case: dict[str, Any]) -> None:
    estimate = kc.estimate([envelope(case)])
    if "problems" in case:
        assert (said(estimate), estimate.line_items) == (case["problems"], [])
        return
    (item,) = estimate.line_items
    assert (str(item.cost), list(item.defaults_applied)) == (case["cost"], case.get("defaults", []))
    assert [p.code for p in estimate.problems] == []


@pytest.mark.parametrize("case", OFFICIAL)
def test_what_a_request_needs_is_kept_with_its_job(case: dict[str, Any]) -> None:
    (job,) = kc.read_jobs([envelope(case)])
    assert dict(job.needs) == case.get("needs", {})


@pytest.mark.parametrize("case", PRICED)
@pytest.mark.parametrize("form", ["envelope", "jsonl", "call", "har", "curl"])
def test_a_request_is_read_wherever_it_stands(case: dict[str, Any], form: str, tmp_path: Path) -> None:
    text = json.dumps(case["body"])
    path = case.get("path", "/v1/videos/omni-video" if "omni" in case["id"] else "/v1/videos/image2video")
    url = path if path.startswith("http") else f"{HOST}{path}"
    call = {"method": "POST", "url": url}
    file, content = {
        "envelope": ("jobs.json", json.dumps([envelope(case)])),
        "jsonl": ("jobs.jsonl", json.dumps(envelope(case))),
        "call": ("log.json", json.dumps({**call, "body": text})),
        "har": ("a.har.json", json.dumps({"log": {"entries": [{"request": {**call, "postData": {"text": text}}}]}})),
        "curl": ("call.txt", f"curl -X POST '{url}' -H 'Authorization: Bearer x' -d '{text}'"),
    }[form]
    (tmp_path / file).write_text(content, encoding="utf-8")
    estimate = kc.estimate(kc.read_jobs(tmp_path / file))
    assert [str(item.cost) for item in estimate.line_items] == [case["cost"]]
    assert kc.summarize(tmp_path / file).totals[0].cost == Decimal(case["cost"].removesuffix(" USD"))


def test_a_model_is_found_under_its_name_in_the_other_form(tmp_path: Path) -> None:
    """`kling-v3` and `kling-3.0` are one model; the line has the name of the price book, by which it is looked up."""
    (item,) = kc.estimate([TEXT], book(tmp_path)).line_items
    assert (str(item.cost), item.model, list(item.notes)) == ("5 USD", "kling-3.0", ["asked for as kling-v3"])
    (item,) = kc.estimate([{"path": PATH, "request": SETTINGS}], book(tmp_path)).line_items
    assert (str(item.cost), item.model, list(item.notes)) == ("5 USD", "kling-3.0", [])
    row = {"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "off"}
    assert said(kc.estimate([row], book(tmp_path))) == [["model", "unknown_model"]]


def test_a_default_of_the_price_book_comes_before_the_documented_one(tmp_path: Path) -> None:
    (item,) = kc.estimate([{"model_name": "kling-v3", "prompt": "Fog"}], book(tmp_path)).line_items
    assert (str(item.cost), item.options["sound"]) == ("10 USD", "on")


def test_sound_that_a_model_always_has_is_no_fault(tmp_path: Path) -> None:
    turbo = {"path": f"{PATH}-turbo", "request": {"prompt": "Fog", "settings": {"resolution": "1080p", "duration": 4}}}
    (item,) = kc.estimate([turbo], book(tmp_path)).line_items
    assert str(item.cost) == "24 USD"


def test_what_the_price_book_does_not_have_is_said_in_the_words_of_the_request() -> None:
    long = {**SETTINGS, "settings": {**SETTINGS["settings"], "duration": 16}}  # type: ignore[dict-item]
    assert said(kc.estimate([{"path": PATH, "request": long}])) == [["settings.duration", "out_of_range"]]
    assert said(kc.estimate([{**TEXT, "duration": "2"}])) == [["duration", "out_of_range"]]
    shots = {
        "multi_shot": True,
        "shot_type": "customize",
        "multi_prompt": [{"index": 1, "prompt": "a", "duration": "4"}],
    }
    assert said(kc.estimate([{**TEXT, **shots}])) == [["multi_prompt", "mismatch"]]


def test_other_operations_are_not_taken_for_videos_from_text() -> None:
    """They cost something else, though their requests may look the same."""
    for path in ("/v1/videos/motion-control", "/v1/videos/lip-sync", "/v1/images/generations"):
        for item in ({"path": path, "request": TEXT}, {"url": f"{HOST}{path}", "method": "POST", "body": TEXT}):
            (found,) = kc.estimate([item]).problems
            assert (found.code, path in found.message) == ("unknown_model", True)
            assert "model: " not in (found.hint or "")


def test_a_request_to_another_seller_is_not_priced_as_the_official_one() -> None:
    for item in (
        {"provider": "evolink", "request": TEXT},
        {"url": "https://api.evolink.ai/v1/videos/generations", "method": "POST", "body": TEXT},
        {"provider": "kling3api", "path": PATH, "request": SETTINGS},
    ):
        estimate = kc.estimate([item])
        assert (said(estimate), len(estimate.line_items)) == ([[estimate.problems[0].field, "unknown_model"]], 0)
        assert "model: " not in (estimate.problems[0].hint or "")
    (found,) = kc.estimate([{"url": "https://api.venice.ai/v1/x", "method": "POST", "body": TEXT}]).problems
    assert "Venice" in found.message


def test_a_path_decides_though_the_request_names_another_model() -> None:
    body = {"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 10}
    assert said(kc.estimate([{"path": PATH, "request": body}])) == [["duration", "unknown_field"]]


def test_a_path_must_be_text() -> None:
    assert ["path", "wrong_type"] in said(kc.estimate([{"path": 7, "request": SETTINGS}]))


def test_a_job_takes_no_more_memory_for_what_it_needs() -> None:
    bodies = [{"model": "kling-v3-image-to-video", "image_start": f"https://example.com/{n}.png"} for n in range(50)]
    jobs = kc.read_jobs(bodies)
    assert len({id(job.needs) for job in jobs}) == 1
    assert dict(jobs[0].needs) == {"image": 1}
    with pytest.raises(TypeError):
        jobs[0].needs["image"] = 2  # type: ignore[index]
