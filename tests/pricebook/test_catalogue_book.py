"""The second price book says what the published catalogue says: every model, every combination, every second."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.amounts import plain_text
from kling_cost.pricebook.counting.length_tiers import tiers_of

BOOK = "books/evolink-2026-10-10.yaml"
#: What the book leaves out, and says so in its head.
LEFT_OUT = {"kling-o1-video-edit", "kling-o1-video-edit-fast"}


@pytest.fixture(scope="module")
def catalogue(project: Path) -> dict[str, Any]:
    found = json.loads((project / "tests/data/evolink_pricing_rules_2026-10-10.json").read_text(encoding="utf-8"))
    return {m["model_id"]: m for m in found["models"] if m["model_id"].startswith("kling-")}


@pytest.fixture(scope="module")
def book(project: Path) -> kc.PriceBook:
    return kc.load_prices(project / BOOK)


def value(rule: Any, known: dict[str, str]) -> Any:
    """What a rule of the catalogue comes to."""
    if rule["op"] == "constant":
        return Decimal(rule["value"])
    if rule["op"] == "variable":
        text = known.get(rule["name"], "0")
        return Decimal(text) if text.isdigit() else text
    if rule["op"] == "lookup":
        return Decimal(rule["values"][str(value(rule["key"], known))])
    if rule["op"] == "if":
        return value(rule["args"][1 if value(rule["args"][0], known) else 2], known)
    args = [known_text(arg, known) for arg in rule["args"]]
    match rule["op"]:
        case "eq":
            return args[0] == args[1]
        case "gt":
            return args[0] > args[1]
        case "add":
            return args[0] + args[1]
        case "floor":
            return args[0] // 1
        case "multiply":
            return args[0] * args[1]
    raise AssertionError(rule["op"])


def known_text(rule: Any, known: dict[str, str]) -> Any:
    if rule["op"] == "constant" and not rule["value"][0].isdigit():
        return rule["value"]
    return value(rule, known)


def charge(model: dict[str, Any], known: dict[str, str]) -> str:
    """The charge of one call in credits: the subtotal, half up to a whole UC, raised to the minimum."""
    (component,) = model["components"]
    subtotal = value(component["quantity_rule"], known) * Decimal(component["rate"]["uc"])
    whole = subtotal.quantize(Decimal(1), ROUND_HALF_UP)
    return plain_text(max(whole, Decimal(component["minimum_charge"]["uc"])) / 10_000)


def test_it_sells_every_model_of_the_catalogue_but_those_it_names(
    catalogue: dict[str, Any], book: kc.PriceBook
) -> None:
    assert set(book.models()) | LEFT_OUT == set(catalogue)
    assert not set(book.models()) & LEFT_OUT


def test_every_price_is_the_catalogues(catalogue: dict[str, Any], book: kc.PriceBook) -> None:
    compared = 0
    for _, sku in book.skus():
        (rate,) = sku.rates
        for name in sku.models:
            model = catalogue[name]
            assert rate.settlement == model["settlement_basis"]
            assert rate.effective_from.isoformat() == model["components"][0]["effective_at"][:10]
            by_input = sku.seconds is None and sku.given_as is not None
            low, high = (3, 30) if by_input else sku.seconds or (1, 1)
            lengths = tiers_of(rate.options) or range(low, high + 1)
            for key in rate.unit_prices:
                options = dict(zip(rate.by, key, strict=True))
                for seconds in lengths:
                    known = {**options, "duration_seconds": str(seconds), "output_seconds": str(seconds)}
                    asked = {} if sku.seconds is None else {"duration": seconds}
                    told = {"input_seconds": str(seconds)} if by_input else None
                    item = kc.price(name, **asked, **options, options=told, book=book)  # type: ignore[arg-type]
                    assert plain_text(item.charge.due) == charge(model, known), (name, known)
                    compared += 1
    assert compared > 500


def test_ranges_and_defaults_are_the_catalogues(catalogue: dict[str, Any], book: kc.PriceBook) -> None:
    defaults = book.providers["evolink"].defaults
    for _, sku in book.skus():
        for name in sku.models:
            for parameter in catalogue[name].get("parameters", []):
                known = parameter["name"]
                if known == "duration_seconds" and parameter["type"] == "enum":
                    assert list(sku.rates[0].options["duration"]) == parameter["values"]
                    assert defaults["duration"] == parameter["default"]
                elif known == "duration_seconds":
                    assert sku.seconds == (int(parameter["minimum"]), int(parameter["maximum"]))
                    assert defaults["duration"] == parameter["default"]
                elif known in ("quality", "sound"):
                    assert list(sku.rates[0].options[known]) == parameter["values"]
                    assert defaults[known] == parameter["default"]


def test_a_dollar_buys_what_the_catalogue_says(book: kc.PriceBook) -> None:
    rate = book.exchange_rate("EVOLINK_CREDIT", None)
    assert rate is not None
    assert rate.per_usd == 68  # ¥0.10 a credit at 6.8 to the dollar
