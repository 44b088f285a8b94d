"""The price book itself as results: a table for people, a record for scripts, rows for CSV and Parquet."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from kling_cost.amounts import plain_text
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricebook.table import COLUMNS, in_force, price_table
from kling_cost.pricing.estimate import OLD_AFTER_DAYS
from kling_cost.pricing.records import SCHEMA_VERSION, exchange_record
from kling_cost.reporting.table import Column, Table
from kling_cost.reporting.writers.csv_text import csv_bytes


def prices_table(book: PriceBook, as_of: date | None) -> Table:
    """The prices in force on a day, for people; None shows all that there ever were."""
    columns = [
        Column("provider", "Provider", "id", prominent=False),
        Column("model", "Model", "id"),
        Column("quality", "Quality", "id"),
        Column("sound", "Sound", "id"),
        Column("unit_price", "Price", "credits"),
        Column("currency", "Currency", "id"),
        Column("unit", "Per", "id"),
        Column("effective_from", "From", "id"),
        Column("checked", "Checked", "id", prominent=False),
        Column("suspicious", "Remark", "text", prominent=False),
    ]
    rows = [
        [Decimal(row[c.key]) if c.key == "unit_price" else row[c.key] for c in columns]
        for row in price_table(book)
        if as_of is None or in_force(row, as_of)
    ]
    notes = [
        f"{plain_text(rate.per_usd)} {currency} per USD from {rate.effective_from.isoformat()} ({rate.source})"
        for currency in book.exchange
        if (rate := book.exchange_rate(currency, as_of)) is not None
    ]
    title = f"Price book {book.version} ({book.sha256[:12]})"
    return Table("prices", title, columns, rows, notes=notes, empty="no price holds on that day")


def prices_record(book: PriceBook) -> dict[str, Any]:
    """The whole book as a JSON result holds it.

    >>> from kling_cost.pricebook.load import load_prices
    >>> prices_record(load_prices())["kind"]
    'prices'
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "prices",
        "price_book": {"version": book.version, "sha256": book.sha256, "layers": list(book.layers)},
        "providers": [
            {"id": p.id, "name": p.name, "currency": p.currency, "defaults": dict(p.defaults)}
            for p in book.providers.values()
        ],
        "exchange": [exchange_record(rate) for rates in book.exchange.values() for rate in rates],
        "prices": price_table(book),
    }


def price_table_csv(book: PriceBook) -> bytes:
    """Every billable combination as CSV, UTF-8 with a byte order mark."""
    return csv_bytes(COLUMNS, ([row[name] for name in COLUMNS] for row in price_table(book)))


def odd_prices(book: PriceBook, as_of: date) -> list[str]:
    """What is in order but odd: suspicious prices, prices that were last checked long ago, unknown dollars.

    >>> from kling_cost.pricebook.load import load_prices
    >>> [text for text in odd_prices(load_prices(), date(2026, 11, 20)) if "dollars" in text]
    ['kling3api: no rate of exchange for KLING3API_CREDIT, so dollars are unknown']
    """
    found = []
    for provider, sku in book.skus():
        for rate in sku.rates:
            at = f"{provider.id} {sku.id} from {rate.effective_from}"
            if rate.suspicious:
                found.append(f"{at}: suspicious: {rate.suspicious}")
            days = (as_of - rate.checked).days
            if rate.effective_until is None and days > OLD_AFTER_DAYS:
                found.append(f"{at}: last checked on {rate.checked}, {days} days ago")
    unknown = [p for p in book.providers.values() if book.exchange_rate(p.currency, as_of) is None]
    return found + [f"{p.id}: no rate of exchange for {p.currency}, so dollars are unknown" for p in unknown]
