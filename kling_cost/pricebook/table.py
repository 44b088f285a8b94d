"""Every combination that a price book can bill, one row each, with its unit price and dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kling_cost.amounts import plain_text
from kling_cost.pricebook.book import PriceBook, Provider, Rate, Sku, UnitPrice

COLUMNS = (
    "provider",
    "model",
    "sku",
    "billing_rule",
    "unit",
    "quality",
    "sound",
    "unit_price",
    "currency",
    "seconds_minimum",
    "seconds_maximum",
    "minimum_quantity",
    "minimum_charge",
    "effective_from",
    "effective_until",
    "base_rate",
    "multiplier",
    "printed",
    "settlement",
    "refund_on_failure",
    "suspicious",
    "source",
    "checked",
    "copied",
    "date_basis",
)


def price_table(book: PriceBook) -> list[dict[str, Any]]:
    """The rows, in the order of the book; amounts are decimal text, what does not apply is None.

    `effective_from` is inclusive, `effective_until` is the first day on which the price no longer holds.

    >>> from kling_cost.pricebook.load import load_prices
    >>> row = price_table(load_prices())[2]
    >>> row["model"], row["quality"], row["sound"], row["unit_price"]
    ('kling-v3-text-to-video', '1080p', 'off', '7.1982')
    """
    return [
        _row(provider, sku, rate, model, dict(zip(rate.by, key, strict=True)), price)
        for provider, sku in book.skus()
        for model in sku.models
        for rate in sku.rates
        for key, price in rate.unit_prices.items()
    ]


def in_force(row: Mapping[str, Any], day: date) -> bool:
    """Whether the price in a row of the table holds on a day.

    >>> in_force({"effective_from": "2026-02-01", "effective_until": "2026-03-01"}, date(2026, 3, 1))
    False
    """
    until = row["effective_until"]
    return bool(row["effective_from"] <= day.isoformat() and (until is None or day.isoformat() < until))


def _row(
    provider: Provider, sku: Sku, rate: Rate, model: str, options: dict[str, str], price: UnitPrice
) -> dict[str, Any]:
    low, high = sku.seconds or (None, None)
    optional = {
        "minimum_quantity": rate.minimum_quantity,
        "minimum_charge": rate.minimum_charge,
        "base_rate": price.base_rate,
        "multiplier": price.multiplier,
    }
    row = {
        "provider": provider.id,
        "model": model,
        "sku": sku.id,
        "billing_rule": sku.billing_rule,
        "unit": sku.unit,
        "quality": options.get("quality"),
        "sound": options.get("sound"),
        "unit_price": plain_text(price.price),
        "currency": provider.currency,
        "seconds_minimum": low,
        "seconds_maximum": high,
        "effective_from": rate.effective_from.isoformat(),
        "effective_until": rate.effective_until.isoformat() if rate.effective_until else None,
        "printed": price.printed,
        "settlement": rate.settlement,
        "refund_on_failure": rate.refund_on_failure,
        "suspicious": rate.suspicious,
        "source": rate.source,
        "checked": rate.checked.isoformat(),
        "copied": rate.copied,
        "date_basis": rate.date_basis,
        **{name: None if number is None else plain_text(number) for name, number in optional.items()},
    }
    return {name: row[name] for name in COLUMNS}
