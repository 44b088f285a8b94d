"""The shipped price book says what the five published pages print, to the last digit."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.pricebook.book import Rate, Sku
from tests.cases import cases

PUBLISHED = cases("published")


def name(case: dict[str, Any]) -> str:
    return f"{case['page']}: {case['line']}"[:70]


def sku_and_rate(model: str) -> tuple[Sku, Rate]:
    (_, sku), *more = kc.load_prices().sellers(model)
    assert not more
    rate = sku.rate(None)
    assert rate is not None
    return sku, rate


@pytest.mark.parametrize("case", PUBLISHED["unit_prices"], ids=name)
def test_a_printed_unit_price_is_the_book_s(case: dict[str, Any]) -> None:
    item = kc.price(case["model"], quality=case.get("quality"), sound=case.get("sound"))
    assert item.unit_price.value == Decimal(case["credits"])
    assert item.unit_price.currency == ("KLING3API_CREDIT" if "kling3api" in case["page"] else "EVOLINK_CREDIT")


@pytest.mark.parametrize("case", [c for c in PUBLISHED["unit_prices"] if "usd" in c], ids=name)
def test_a_printed_dollar_price_is_the_rounded_exact_one(case: dict[str, Any]) -> None:
    item = kc.price(case["model"], quality=case.get("quality"), sound=case.get("sound"))
    assert item.charge.per_usd is not None
    exact = item.charge.unit_price / item.charge.per_usd
    assert exact.quantize(Decimal(1).scaleb(-case["digits"]), ROUND_HALF_UP) == Decimal(case["usd"])


@pytest.mark.parametrize("case", PUBLISHED["official_prices"], ids=name)
def test_the_official_price_is_the_one_that_the_pages_compare_with(case: dict[str, Any]) -> None:
    item = kc.price("kling:kling-v3", duration=5, quality="720p", sound="off")
    assert item.unit_price == kc.Amount(case["usd"], "USD")


@pytest.mark.parametrize("case", PUBLISHED["base_rates"], ids=name)
def test_the_base_rate_is_the_printed_one(case: dict[str, Any]) -> None:
    for model in ("kling-v3-text-to-video", "kling-v3-image-to-video"):
        _, rate = sku_and_rate(model)
        assert {price.base_rate for price in rate.unit_prices.values()} == {Decimal(case["credits"])}


@pytest.mark.parametrize("case", PUBLISHED["multipliers"], ids=name)
def test_a_printed_multiplier_is_the_book_s(case: dict[str, Any]) -> None:
    _, rate = sku_and_rate("kling-v3-text-to-video")
    for quality, row in case["table"].items():
        for sound, multiplier in row.items():
            assert rate.unit_prices[quality, sound].multiplier == Decimal(multiplier)


@pytest.mark.parametrize("case", PUBLISHED["minimums"], ids=name)
def test_fewer_seconds_are_billed_as_the_printed_minimum(case: dict[str, Any]) -> None:
    for seconds in (1, 2, 3):
        item = kc.price("kling-v3-text-to-video", duration=seconds)
        assert item.charge.billed_quantity == case["seconds"]
        assert (item.notes == ["3 s minimum"]) == (seconds < case["seconds"])


@pytest.mark.parametrize("case", PUBLISHED["ranges"], ids=name)
def test_the_range_of_seconds_is_the_printed_one(case: dict[str, Any]) -> None:
    sku, _ = sku_and_rate(case["model"])
    assert sku.seconds == (case["low"], case["high"])


@pytest.mark.parametrize("case", PUBLISHED["defaults"], ids=name)
def test_a_field_that_is_left_out_takes_the_printed_default(case: dict[str, Any]) -> None:
    item = kc.price(case["model"])
    assert item.options[case["option"]] == str(case["value"])
    assert case["option"] in item.charge.defaults_applied


@pytest.mark.parametrize("case", PUBLISHED["refunds"], ids=name)
def test_a_printed_refund_promise_is_kept_with_the_rate(case: dict[str, Any]) -> None:
    _, rate = sku_and_rate(case["model"])
    assert rate.refund_on_failure is True


@pytest.mark.parametrize("case", PUBLISHED["examples"], ids=name)
def test_a_request_example_costs_what_its_response_example_states(case: dict[str, Any]) -> None:
    item = kc.price_request(case["request"])
    assert item.cost.value == Decimal(case["credits"])
    assert item.job.problems == ()


@pytest.mark.parametrize("case", PUBLISHED["requests"], ids=name)
def test_a_request_example_is_accepted_as_it_is(case: dict[str, Any]) -> None:
    item = kc.price_request(case["request"])
    assert item.cost.value == case["seconds"] * Decimal(case["price"])
    assert item.job.problems == ()


def test_no_dollar_price_of_a_kling3api_credit_is_made_up() -> None:
    assert kc.price("pro-text-to-video").usd is None


def test_the_combination_is_looked_up_and_never_multiplied() -> None:
    # 1.333 × 1.5 would be 1.9995
    assert kc.price("kling-v3-text-to-video", duration=10, quality="1080p", sound="on").cost == kc.Amount(
        108, "EVOLINK_CREDIT"
    )


def test_the_odd_reference_price_is_used_and_marked() -> None:
    item = kc.price("o3-std-reference-to-video")
    assert item.unit_price.value == 20
    assert [p.code for p in item.job.problems] == ["suspicious_price"]
