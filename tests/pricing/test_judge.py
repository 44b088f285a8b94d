"""What a price book says to a request: one charge, or every reason why not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kling_cost as kc

RESALE = """\
schema: 1
version: resale
providers:
  resale:
    name: A reseller
    currency: USD
    skus:
      video:
        models: [kling-v3-text-to-video, new-model]
        billing_rule: per_second
        seconds: {minimum: 1, maximum: 60}
        options: {quality: [4k], sound: [on]}
        rates:
          2026-01-01: {by: [quality], unit_price: {4k: 0.4}, source: a letter, checked: 2026-11-01}
"""


@pytest.fixture
def resale(tmp_path: Path) -> kc.PriceBook:
    path = tmp_path / "resale.yaml"
    path.write_text(RESALE, encoding="utf-8")
    return kc.load_prices(overlay=path)


def problems(**asked: Any) -> list[tuple[str, str]]:
    with pytest.raises(kc.RequestError) as caught:
        kc.price(**asked)
    return [(p.field, p.code) for p in caught.value.problems]


def test_an_ambiguous_model_is_never_the_first_of_several(resale: kc.PriceBook) -> None:
    with pytest.raises(kc.RequestError) as caught:
        kc.price("kling-v3-text-to-video", book=resale)
    (found,) = caught.value.problems
    assert (found.code, found.hint) == ("ambiguous", "name the provider, for example evolink:kling-v3-text-to-video")
    assert caught.value.exit_code == 4
    assert str(kc.price("resale:kling-v3-text-to-video", duration=2, quality="4k", book=resale).cost) == "0.8 USD"
    assert str(kc.price("kling-v3-text-to-video", provider="evolink", book=resale).cost) == "27 EVOLINK_CREDIT"


def test_a_body_of_another_seller_is_priced_but_not_validated(resale: kc.PriceBook) -> None:
    body = {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 60, "quality": "4k"}
    found = kc.estimate([{"provider": "resale", "request": body}], resale)
    assert str(found.line_items[0].cost) == "24 USD"
    assert [p.code for p in found.problems] == ["request_not_validated"]


def test_the_range_is_that_of_the_chosen_book(resale: kc.PriceBook) -> None:
    body = {"model": "new-model", "duration": 61, "quality": "720p", "sound": "off"}
    found = kc.estimate([body], resale)
    assert [(p.field, p.code) for p in found.problems] == [
        ("quality", "not_allowed"),
        ("sound", "not_allowed"),
        ("duration", "out_of_range"),
    ]


def test_a_strange_body_is_read_strictly_all_the_same(resale: kc.PriceBook) -> None:
    body = {"model": "new-model", "duration": "5", "quality": 4, "sound": 1}
    found = kc.estimate([body], resale)
    assert [(p.field, p.code) for p in found.problems] == [
        ("duration", "wrong_type"),
        ("quality", "wrong_type"),
        ("sound", "wrong_type"),
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"model": "nothing"}, [("model", "unknown_model")]),
        ({"model": "nobody:kling-v3"}, [("provider", "unknown_model")]),
        ({"model": "kling3api:kling-v3"}, [("model", "unknown_model")]),
        ({"model": "kling-v3-text-to-video", "duration": 16}, [("duration", "out_of_range")]),
        ({"model": "kling-v3-text-to-video", "duration": 0}, [("duration", "out_of_range")]),
        ({"model": "kling-v3-text-to-video", "duration": -1}, [("duration", "out_of_range")]),
        ({"model": "pro-text-to-video", "duration": 2}, [("duration", "out_of_range")]),
        ({"model": "kling-v3-text-to-video", "duration": 5.0}, [("duration", "wrong_type")]),
        ({"model": "kling-v3-text-to-video", "duration": True}, [("duration", "wrong_type")]),
        ({"model": "kling-v3-text-to-video", "duration": "5"}, [("duration", "wrong_type")]),
        ({"model": "kling-v3-text-to-video", "quality": 720}, [("quality", "wrong_type")]),
        ({"model": "kling-v3-text-to-video", "sound": 1}, [("sound", "wrong_type")]),
        (
            {"model": "kling-v3-text-to-video", "sound": "loud", "quality": "8k", "duration": 99},
            [("quality", "not_allowed"), ("sound", "not_allowed"), ("duration", "out_of_range")],
        ),
        ({"model": 5}, [("model", "wrong_type")]),
        ({"model": "kling-v3"}, [("quality", "missing"), ("sound", "missing"), ("duration", "missing")]),
        ({"model": "kling-v3-text-to-video", "as_of": date(2026, 1, 31)}, [("date", "no_rate")]),
    ],
)
def test_a_price_that_cannot_be_given_says_every_reason(asked: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert problems(**asked) == found


def test_equal_numbers_of_another_type_do_not_take_a_remembered_price() -> None:
    assert kc.price("kling-v3-text-to-video", duration=5).cost.value == 27
    assert problems(model="kling-v3-text-to-video", duration=5.0) == [("duration", "wrong_type")]
    assert kc.price("kling-v3-text-to-video", duration=1).notes == ["3 s minimum"]
    assert problems(model="kling-v3-text-to-video", duration=True) == [("duration", "wrong_type")]
    found = kc.estimate(
        [{"model": "kling-v3-text-to-video", "prompt": "x", "duration": value} for value in (5, 5.0, Decimal(5), True)]
    )
    assert len(found.line_items) == 1


def test_a_whole_number_of_numpy_is_a_whole_number() -> None:
    assert kc.price("kling-v3-text-to-video", duration=np.int64(5)).cost.value == 27  # type: ignore[arg-type]


def test_one_or_two_seconds_are_only_priced_where_nothing_is_submitted() -> None:
    assert kc.price("kling-v3-text-to-video", duration=2).cost == kc.price("kling-v3-text-to-video", duration=3).cost
    for body in (
        {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 2},
        {"type": "pro-text-to-video", "prompt": "x", "duration": 1},
    ):
        assert kc.estimate([body]).exit_code == 5
        with pytest.raises(kc.RequestError):
            kc.price_request(body)


def test_sound_on_a_task_with_one_price_changes_nothing_and_is_remarked_on() -> None:
    for sound in (True, False, None):
        body: dict[str, Any] = {"type": "o3-pro-text-to-video", "prompt": "x"}
        if sound is not None:
            body["sound"] = sound
        item = kc.price_request(body)
        assert item.cost.value == 240
        assert item.notes == ([] if sound is None else ["sound has no effect on the price"])


def test_using_elements_adds_nothing_and_the_line_says_so() -> None:
    body = {"model": "kling-v3-image-to-video", "image_start": "https://example.com/a.jpg"}
    elements = [{"element_id": str(n)} for n in range(3)]
    (item,) = kc.estimate([{**body, "model_params": {"element_list": elements}}]).line_items
    assert item.cost == kc.price_request(body).cost
    assert item.notes == ["using elements adds nothing to the price"]


@pytest.mark.parametrize(
    ("asked", "spelt"),
    [
        (
            {"model": "kling-v3-text-to-video", "duration": 10, "quality": "1080p", "sound": "off"},
            "10 s × (5.4 × 1.333 = 7.1982) = 71.982 credits = $0.99975",
        ),
        ({"model": "kling-v3-text-to-video", "duration": 2}, "3 s × (5.4 × 1 = 5.4) = 16.2 credits = $0.225"),
        ({"model": "kling-custom-element"}, "1 call × 1 = 1 credits = $0.013888888889"),
        ({"model": "pro-text-to-video"}, "5 s × 80 = 400 credits"),
        ({"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "off"}, "5 s × 0.084 = 0.42 credits"),
    ],
)
def test_the_arithmetic_is_spelt_out(asked: dict[str, Any], spelt: str) -> None:
    assert kc.price(**asked).arithmetic("credits") == spelt


def test_takes_are_part_of_the_arithmetic() -> None:
    (item,) = kc.estimate([{"request": {"model": "kling-v3-text-to-video", "prompt": "x"}, "takes": 3}]).line_items
    assert item.arithmetic("credits") == "5 s × (5.4 × 1 = 5.4) = 27 credits × 3 takes = 81 credits = $1.125"


def test_strict_makes_warnings_errors_and_leaves_their_jobs_out() -> None:
    bodies = [
        {"model": "kling-v3-text-to-video", "prompt": "x"},
        {"model": "kling-v3-text-to-video", "prompt": "x", "seed": 1},
        {"type": "o3-std-reference-to-video", "prompt": "x", "images": ["https://example.com/a.jpg"]},
    ]
    lenient, strict = kc.estimate(bodies), kc.estimate(bodies, strict=True)
    assert (lenient.exit_code, len(lenient.line_items)) == (0, 3)
    assert (strict.exit_code, len(strict.line_items), strict.left_out) == (5, 1, 2)
    assert [p.severity for p in strict.problems] == ["error", "error"]
    later = lenient.strictly()
    assert (later.line_items, later.totals, later.left_out) == (strict.line_items, strict.totals, strict.left_out)
    assert later.problems[:2] == strict.problems


def future(tmp_path: Path, version: str = "2026-11-19", checked: str = "2026-11-19") -> kc.PriceBook:
    """The shipped book with half the price, and twice the credits for a dollar, from 2099 on."""
    overlay = tmp_path / "future.yaml"
    overlay.write_text(
        f"""schema: 1
version: {version}
providers:
  evolink:
    exchange:
      2099-12-01: {{per_usd: 144, source: an announcement, checked: {checked}}}
    skus:
      kling-3.0-video:
        rates:
          2099-12-01:
            base_rate: 2.7
            by: [quality, sound]
            multiplier: {{720p: {{off: 1, on: 1.5}}, 1080p: {{off: 1.333, on: 2}}}}
            minimum_quantity: 3
            source: an announcement
            checked: {checked}
"""
    )
    return kc.load_prices(overlay=overlay)


def test_a_price_that_is_to_come_is_not_taken_without_a_word(tmp_path: Path) -> None:
    book, body = future(tmp_path), {"model": "kling-v3-text-to-video", "prompt": "x"}
    item, plan = kc.price("kling-v3-text-to-video", book=book), kc.estimate([body, {**body, "prompt": "y"}], book)
    assert [note for note in item.notes if "2099-12-01" in note] == item.notes
    assert len(item.notes) == 2
    told = [(p.code, p.severity, p.job_id) for p in plan.problems]
    assert told == [("future_price", "warning", None)] * 2
    assert [p.code for p in kc.check(plan, budget="50 EVOLINK_CREDIT").problems] == ["future_price"] * 2
    assert kc.price_request(body, book).notes == item.notes
    assert kc.estimate([body], book, strict=True).exit_code == 5


def test_a_day_that_is_given_takes_its_own_price_without_a_remark(tmp_path: Path) -> None:
    book, body = future(tmp_path), {"model": "kling-v3-text-to-video", "prompt": "x"}
    for day in (date(2026, 11, 20), date(2099, 12, 1)):
        assert kc.price("kling-v3-text-to-video", book=book, as_of=day).notes == []
        assert [p for p in kc.estimate([body], book, as_of=day).problems if p.code == "future_price"] == []
    dated = kc.estimate([{"request": body, "date": "2099-12-02"}], book)
    assert [p.key for p in dated.problems] == ["future_price.exchange"]  # the job has its day, the money has none
    assert kc.price("kling-v3-text-to-video").notes == []


@pytest.mark.parametrize(
    ("version", "checked", "told"),
    [("v2", "2026-11-19", True), ("v2", "2099-12-01", True), ("2099-12-01", "2026-11-19", False)],
)
def test_a_book_without_a_day_in_its_version_knows_when_it_was_checked(
    tmp_path: Path, version: str, checked: str, told: bool
) -> None:
    book = future(tmp_path, version, checked)
    assert bool(kc.price("kling-v3-text-to-video", book=book).notes) == told


def test_old_prices_are_told_by_the_day_that_counts() -> None:
    body = {"model": "kling-v3-text-to-video", "prompt": "x"}
    for day, codes in ((date(2027, 1, 18), []), (date(2027, 1, 19), ["old_price"])):
        assert [p.code for p in kc.estimate([body], as_of=day).problems] == codes
    assert kc.estimate([body]).problems == []


def test_the_oldest_check_is_that_of_the_prices_used() -> None:
    used = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "x"}]).price_book
    assert used.oldest_checked == date(2026, 11, 19)
    used = kc.estimate([{"model": "kling-v3", "duration": 5, "quality": "4k", "sound": "on"}]).price_book
    assert used.oldest_checked == date(2026, 5, 29)
    assert kc.estimate([]).price_book.oldest_checked is None


def test_dollars_follow_the_day_of_the_estimate_not_of_the_job(tmp_path: Path) -> None:
    overlay = tmp_path / "o.yaml"
    overlay.write_text(
        "schema: 1\nversion: x\nproviders:\n"
        "  evolink: {exchange: {2026-06-01: {per_usd: 68, source: s, checked: 2026-06-01}}}",
        encoding="utf-8",
    )
    book = kc.load_prices(overlay=overlay)
    jobs = [{"request": {"model": "kling-v3-text-to-video", "prompt": "x"}, "date": "2026-03-01"}]
    for day, usd in ((date(2026, 5, 31), "0.375"), (date(2026, 6, 1), "0.397058823529")):
        assert kc.estimate(jobs, book, as_of=day).line_items[0].usd == Decimal(usd)


def test_totals_are_converted_from_exact_totals_not_from_rounded_lines() -> None:
    jobs = [
        {
            "request": {
                "model": "kling-custom-element",
                "model_params": {
                    "element_name": "a",
                    "element_description": "b",
                    "reference_type": "video_refer",
                    "element_video_list": {"video_url": "https://example.com/a.mp4"},
                },
            }
        }
    ] * 72
    found = kc.estimate(jobs)
    assert found.totals[0].usd == 1
    assert sum(item.usd or 0 for item in found.line_items) == Decimal("1.000000000008")


@pytest.mark.parametrize(
    ("given", "sound"), [(True, "on"), (False, "off"), (np.bool_(True), "on"), (np.str_("off"), "off")]
)
def test_a_price_takes_values_of_other_types_that_say_the_same(given: Any, sound: str) -> None:
    model = np.str_("kling-v3-text-to-video")
    found = kc.price(model, duration=np.int64(7), quality=np.str_("1080p"), sound=given, provider=np.str_("evolink"))
    assert found == kc.price(str(model), duration=7, quality="1080p", sound=sound, provider="evolink")
    assert found.options["sound"] == sound


@pytest.mark.parametrize("name", ["model", "provider", "quality", "sound"])
def test_a_price_names_the_text_that_is_none(name: str) -> None:
    for value in (5, [1], {"a": 1}, b"on"):
        with pytest.raises(kc.RequestError) as refused:
            kc.price(**{"model": "kling-v3-text-to-video", name: value})
        assert [(p.code, p.field) for p in refused.value.problems] == [("wrong_type", name)]
