"""Bodies of other APIs: refused in one sentence, and the row that it shows has the price of that shot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from tests.cases import cases

BODIES = cases("bodies")
FOREIGN = [pytest.param(case, id=case["id"]) for case in BODIES["foreign"]]


def one_problem(items: Any) -> kc.Problem:
    estimate = kc.estimate(items)
    assert (len(estimate.line_items), estimate.exit_code) == (0, 4)
    (found,) = estimate.problems
    return found


def row_of(hint: str) -> str | None:
    start = hint.find("model: ")
    return hint[start:].partition(";")[0] if start >= 0 and "duration: " in hint else None


def priced(row: str, tmp_path: Path) -> str:
    path = tmp_path / "campaign.yaml"
    path.write_text(f"jobs: [{{{row}}}]", encoding="utf-8")
    (item,) = kc.estimate(kc.read_jobs(path)).line_items
    return str(item.cost)


@pytest.mark.parametrize("case", FOREIGN)
def test_a_body_of_another_api_is_refused_in_one_sentence_with_a_row_that_is_priced(
    case: dict[str, Any], tmp_path: Path
) -> None:
    found = one_problem([case["body"]])
    assert (found.code, found.severity) == ("unknown_model", "error")
    assert case["says"] in found.message
    hint = found.hint or ""
    if "row" in case:
        assert row_of(hint) == case["row"]
        assert hint.partition("check: ")[2] == case.get("unsaid", "")
        assert priced(case["row"], tmp_path) == case["cost"]


@pytest.mark.parametrize("case", FOREIGN)
def test_a_message_about_a_body_names_no_other_product(case: dict[str, Any]) -> None:
    found = one_problem([case["body"]])
    row = row_of(found.hint or "")
    named = json.dumps(case["body"]).casefold()
    if row is not None and "row" not in case:
        model = row.partition(",")[0].removeprefix("model: ")
        assert model in named
        with pytest.raises(kc.RequestError):
            kc.price(model, duration=5)


@pytest.mark.parametrize("case", FOREIGN)
@pytest.mark.parametrize("form", ["envelope", "call", "jsonl", "har", "curl"])
def test_a_body_is_recognised_wherever_it_stands(case: dict[str, Any], form: str, tmp_path: Path) -> None:
    body = case["body"]
    text = json.dumps(body)
    call = {"method": "POST", "url": "https://gateway.example.com/v1/x"}
    file, content = {
        "envelope": ("jobs.json", json.dumps([{"request": body, "takes": 2}])),
        "call": ("log.json", json.dumps({**call, "body": text})),
        "jsonl": ("jobs.jsonl", text),
        "har": ("a.har.json", json.dumps({"log": {"entries": [{"request": {**call, "postData": {"text": text}}}]}})),
        "curl": ("call.txt", f"curl '{call['url']}' -d '{text}'"),
    }[form]
    (tmp_path / file).write_text(content, encoding="utf-8")
    found = one_problem(kc.read_jobs(tmp_path / file))
    alone = one_problem([body])
    assert (found.message, found.hint) == (alone.message, alone.hint)


def test_an_address_names_the_api_and_its_model() -> None:
    older = {"model_name": "kling-v2-6", "prompt": "Fog", "duration": "5"}
    at = "https://api-singapore.klingai.com/v1/videos/text2video"
    found = one_problem([{"url": at, "method": "POST", "body": older}])
    assert (
        found.message == "a request to the official Kling API for kling-v2-6, which no provider in the price book sells"
    )
    url = "https://queue.fal.run/fal-ai/kling-video/v3/standard/text-to-video"
    found = one_problem([{"url": url, "method": "POST", "body": {"prompt": "Fog", "duration": "5"}}])
    assert "quality: 720p" in (found.hint or "")


def test_a_known_request_sent_to_another_seller_is_not_priced_as_ours() -> None:
    body = {"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 5}
    found = one_problem([{"url": "https://api.venice.ai/api/v1/video/queue", "method": "POST", "body": body}])
    assert "Venice" in found.message
    at = {"url": "https://api.evolink.ai/v1/videos/generations", "method": "POST"}
    assert str(kc.estimate([{**at, "body": body}]).line_items[0].cost) == "27 EVOLINK_CREDIT"
    other = {"type": "pro-text-to-video", "prompt": "Fog"}
    assert one_problem([{**at, "body": other}]).message == "evolink does not sell pro-text-to-video"


@pytest.mark.parametrize(
    "body",
    [
        {"model": "kling-v3", "prompt": "x", "duration": 5, "quality": "720p", "sound": "off"},
        {"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "off", "metadata": {"owner": "me"}},
        {"model": "kling-v3-omni", "prompt": "x", "duration": 5, "quality": "4k", "sound": "on", "image_list": []},
    ],
)
def test_the_house_s_own_form_of_a_listed_model_is_priced(body: dict[str, Any]) -> None:
    estimate = kc.estimate([body])
    assert len(estimate.line_items) == 1


def test_a_suggested_model_is_of_the_same_product() -> None:
    for name in ("kling-o3-text-to-video", "kling-v3-4k-text-to-video", "kling-v3-turbo-text-to-video", "kling-3.0"):
        (found,) = kc.estimate([{"model": name, "prompt": "x"}]).problems
        assert "did you mean" not in (found.hint or ""), name
    for name in ("kling-v3-txt-to-video", "Kling-V3-Text-To-Video", "kling_v3_text_to_video"):
        (found,) = kc.estimate([{"model": name, "prompt": "x"}]).problems
        assert found.hint == "did you mean kling-v3-text-to-video?"


def test_a_book_that_comes_along_and_sells_it_is_named() -> None:
    for body in (
        {"model": "kling-o3-text-to-video", "prompt": "x"},
        {"model": "kling-v3-text-to-video", "prompt": "x", "quality": "4k"},
    ):
        (found,) = kc.estimate([body]).problems
        hint = found.hint or ""
        assert hint.endswith("pass --overlay evolink-2026-10-10")
        book = kc.load_prices(overlay=hint.rpartition(" ")[2])
        assert len(kc.estimate([body], book).line_items) == 1
    (found,) = kc.estimate([{"model": "kling-v4-motion-control", "prompt": "x"}]).problems
    assert (found.message, found.hint) == ("no provider in the price book sells kling-v4-motion-control", None)
