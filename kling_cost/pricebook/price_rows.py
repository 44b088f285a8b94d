"""The price table: one row for each combination that a price book can bill, with its unit price and dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NotRequired, TypedDict

from kling_cost.pricebook.book import PriceBook, book_given
from kling_cost.pricebook.catalogue import all_offers
from kling_cost.pricebook.load import load_prices
from kling_cost.results.record_types import price_row_record


class PriceRow(TypedDict):
    """A row of the price table, with the fields of `PRICE_ROW`; amounts are decimal text."""

    provider: str
    model: str
    sku: str
    billing_rule: str
    unit: str
    quality: str | None
    sound: str | None
    unit_price: str
    currency: str
    seconds_minimum: int | None
    seconds_maximum: int | None
    minimum_quantity: str | None
    minimum_charge: str | None
    effective_from: str
    effective_until: str | None
    base_rate: str | None
    multiplier: str | None
    printed: str | None
    settlement: str
    refund_on_failure: bool | None
    suspicious: str | None
    source: str
    checked: str
    copied: str | None
    date_basis: str
    extras: NotRequired[list[dict[str, Any]]]
    factor: NotRequired[str | None]
    rounding: NotRequired[dict[str, str] | None]


def price_table(book: PriceBook | None = None) -> list[PriceRow]:
    """Every combination that a price book can bill, one row each, with its unit price and dates.

    Args:
        book: the price book; the library's default if omitted.

    Returns:
        The rows, in the order of the book; amounts are decimal text, values that do not apply are None.

    Raises:
        UsageError: `book` is not a price book.

    `effective_from` is inclusive; `effective_until` is the first date on which the price no longer applies.

    >>> from kling_cost.pricebook.load import load_prices
    >>> row = price_table(load_prices())[2]
    >>> row["model"], row["quality"], row["sound"], row["unit_price"]
    ('kling-v3-text-to-video', '1080p', 'off', '7.1982')
    """
    known = book_given(book) or load_prices()
    rows: list[PriceRow] = price_row_record(known.own_options).json_list(all_offers(known))
    return rows


def in_force(row: Mapping[str, Any], day: date | None) -> bool:
    """Whether the price in a row of the table holds on a day; None asks for the latest price.

    >>> in_force({"effective_from": "2026-02-01", "effective_until": "2026-03-01"}, date(2026, 3, 1))
    False
    """
    until = row["effective_until"]
    if day is None:
        return until is None
    return bool(row["effective_from"] <= day.isoformat() and (until is None or day.isoformat() < until))
