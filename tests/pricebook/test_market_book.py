"""The price book of the market says what thirteen sellers print, every combination of it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.pricebook.terms.products import ProductEntry
from tests.cases import cases

NAME = "market-2026-11"
MARKET = cases("market")


def name(case: dict[str, Any]) -> str:
    return " ".join(str(case.get(key, "")) for key in ("seller", "model", "quality", "sound", "option"))


def asked(quality: str, sound: str) -> dict[str, str]:
    return {option: value for option, value in (("quality", quality), ("sound", sound)) if value != "-"}


@pytest.fixture(scope="module")
def book() -> kc.PriceBook:
    return kc.load_prices(NAME)


@pytest.mark.parametrize("case", MARKET["prices"], ids=name)
def test_a_printed_price_is_the_book_s(case: dict[str, Any], book: kc.PriceBook) -> None:
    for quality, row in case["prices"].items():
        for sound, price in row.items():
            options: Any = asked(quality, sound)
            given = {"input": case["input"]} if "input" in case else None
            item = kc.price(case["model"], provider=case["seller"], duration=5, **options, options=given, book=book)
            assert item.unit_price == kc.Amount(price, book.providers[case["seller"]].currency)
            assert item.charge.rate is not None
            assert item.charge.rate.checked.isoformat() == case["read"]


@pytest.mark.parametrize("case", [*MARKET["dollars"], *MARKET["clips"]], ids=name)
def test_a_printed_dollar_price_is_the_rounded_exact_one(case: dict[str, Any], book: kc.PriceBook) -> None:
    options: Any = {key: case[key] for key in ("quality", "sound") if key in case}
    seconds = case.get("seconds", 5)
    charge = kc.price(
        case["model"], provider=case["seller"], duration=seconds, **options, as_of="2026-11-27", book=book
    ).charge
    assert charge.per_usd is not None
    exact = (charge.cost if "seconds" in case else charge.unit_price) / charge.per_usd
    assert exact.quantize(Decimal(1).scaleb(-case["digits"]), ROUND_HALF_UP) == Decimal(case["usd"])


@pytest.mark.parametrize("case", MARKET["defaults"], ids=name)
def test_an_option_that_is_left_out_is_the_seller_s(case: dict[str, Any], book: kc.PriceBook) -> None:
    seller = book.providers[case["seller"]]
    words = {word: ours for sku in seller.skus.values() for word, ours in sku.names.get(case["option"], {}).items()}
    assert seller.defaults[case["option"]] == words.get(case["value"], case["value"])


def test_every_combination_of_the_book_is_a_case_and_no_other(book: kc.PriceBook) -> None:
    words = {model: sku.names.get("quality", {}) for _, sku in book.skus() for model in sku.models}
    printed = {
        (
            case["seller"],
            case["model"],
            frozenset(
                {**asked(words[case["model"]].get(quality, quality), sound), "input": case.get("input", "none")}.items()
            ),
        )
        for case in MARKET["prices"]
        for quality, row in case["prices"].items()
        for sound in row
    }
    sold = {
        (provider.id, model, frozenset({"input": "none", **dict(zip(rate.by, key, strict=True))}.items()))
        for provider, sku in book.skus()
        for model in sku.models
        for rate in sku.rates
        for key in rate.unit_prices
    }
    assert printed == sold
    assert {case["seller"] for case in [*MARKET["dollars"], *MARKET["clips"]]} == set(book.providers)
    assert len(book.providers) == 13


@pytest.mark.parametrize("case", MARKET["others"], ids=name)
def test_a_price_of_a_seller_in_another_book_is_the_printed_one(case: dict[str, Any]) -> None:
    found = kc.load_prices(case["book"])
    for quality, row in case.get("usd", case.get("prices", {})).items():
        for sound, price in row.items():
            options: Any = asked(quality, sound)
            item = kc.price(case["model"], provider=case["seller"], duration=5, **options, book=found)
            if "usd" not in case:
                assert item.unit_price.value == Decimal(price)
                continue
            assert item.charge.per_usd is not None
            exact = item.unit_price.value / item.charge.per_usd
            assert exact.quantize(Decimal(1).scaleb(-case["digits"]), ROUND_HALF_UP) == Decimal(price)


@pytest.mark.parametrize("case", MARKET["left_out"], ids=lambda case: f"{case['seller']} {case['what']}")
def test_what_is_left_out_depends_on_what_the_book_does_not_know(case: dict[str, Any], book: kc.PriceBook) -> None:
    assert case["needs"] in ("input", "input_seconds", "voice")
    skus = book.providers[case["seller"]].skus.values()
    assert not any(case["needs"] in rate.options for sku in skus for rate in sku.rates)


def test_it_lies_over_the_default_book_and_leaves_evolink_alone() -> None:
    over, base = kc.load_prices(overlay=NAME), kc.load_prices()
    assert set(over.models()) == set(base.models()) | set(kc.load_prices(NAME).models())
    assert over.providers["evolink"] == base.providers["evolink"]
    assert (
        over.providers["kling"].answers
        == base.providers["kling"].answers
        == kc.load_prices(NAME).providers["kling"].answers
    )
    for model in ("kling-v3", "kling-v3-omni"):
        asked_for: Any = {"duration": 5, "quality": "1080p", "sound": "on"}
        assert kc.price(model, **asked_for, book=over).cost == kc.price(model, **asked_for, book=base).cost


def test_a_model_that_the_default_book_does_not_sell_is_found_in_it() -> None:
    with pytest.raises(kc.RequestError, match=f"pass --overlay {NAME}"):
        kc.price("fal-ai/kling-video/v3/pro/text-to-video", duration=5)


@pytest.mark.parametrize("provider", ["fal", "kie", "piapi", "apimart"])
def test_answers_of_sellers_are_described_as_the_cases_of_answers_have_them(provider: str) -> None:
    tried = kc.load_prices(Path(__file__).resolve().parents[1] / "data" / "sellers.yaml")
    assert kc.load_prices(NAME).providers[provider].answers == tried.providers[provider].answers


# Products.


def sold_as(book: kc.PriceBook) -> list[tuple[str, ProductEntry]]:
    return [(product, entry) for product, entries in book.products.items() for entry in entries]


def test_products_are_of_sellers_that_the_library_knows(book: kc.PriceBook) -> None:
    """An entry that only counts where it is sold has to be sold somewhere, or a slip in its name would hide it."""
    whole = kc.load_prices(overlay=["evolink-2026-10-10", NAME])
    assert len(sold_as(whole)) == Path("books/market-2026-11.yaml").read_text(encoding="utf-8").count("- {provider: ")
    assert {entry.provider for _, entry in sold_as(book)}.isdisjoint({"evolink", "kling3api"})
    assert {"evolink", "kling3api"} < {entry.provider for _, entry in sold_as(whole)}


def test_a_model_is_of_one_product_or_told_apart_by_its_picture() -> None:
    whole = kc.load_prices(overlay=["evolink-2026-10-10", NAME])
    for product, entry in sold_as(whole):
        others = [(name, one) for name, one in sold_as(whole) if name != product and not entry.excludes(one)]
        assert others == [], product


def test_a_product_never_mixes_generations_or_material() -> None:
    """O3 is not 3.0, turbo is neither, and 4.0 is another model; a picture is no text."""
    whole = kc.load_prices(overlay=["evolink-2026-10-10", NAME])
    for product, entry in sold_as(whole):
        model = entry.model
        assert ("turbo" in product) == ("turbo" in model), model
        assert ("o3" in product) == ("o3" in model or "omni" in model), model
        assert ("4.0" in product) == ("4.0" in model or "v4" in model), model
        assert ("flash" in product) == ("flash" in model), model
        if "image" in model or "text" in model:
            assert ("image" in product) == ("image" in model), model


def test_the_shipped_products_compare_the_sample_campaign() -> None:
    book = kc.load_prices(overlay=[NAME])
    found = kc.compare(kc.estimate(kc.read_jobs("examples/campaign.yaml", book=book), book, as_of="2026-11-20"))
    offers = {
        (job.item.job_id, offer.provider): offer.reason or str(offer.usd) for job in found.jobs for offer in job.offers
    }
    # 10 s, 1080p, with sound: kie 27, RunComfy and Kling 0.168 a second; the takes are four.
    assert [Decimal(offers["hero-01", seller]) for seller in ("kie", "kling", "runcomfy")] == [
        Decimal("5.4"),
        Decimal("6.72"),
        Decimal("6.72"),
    ]
    assert {offers["hero-01", "kling3api"], offers["hero-01", "piapi"]} == {"no_exchange_rate", "quality_unsupported"}
    assert Decimal(offers["story-01", "kling"]) == Decimal("5.04"), "several shots are sold there"
    assert offers["story-01", "kie"] == "needs_feature", "nobody says that it takes as many shots"
    assert offers["keeper-01", "fal"] == "needs_feature", "elements are of an account"
    assert [seller.provider for seller in found.sellers if seller.common_usd and not seller.is_firm] == ["apimart"]
    assert "apimart" not in {seller.provider for seller in found.cheapest_mix.sellers}
