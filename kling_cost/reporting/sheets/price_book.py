"""Price book: the unit prices that lines look up, each with its arithmetic, date and source."""

from __future__ import annotations

from collections.abc import Iterator

from kling_cost.amounts import plain_text
from kling_cost.pricebook.book import PriceBook, Provider, Rate, Sku, UnitPrice
from kling_cost.pricing.line_item import Charge
from kling_cost.reporting.report import Report
from kling_cost.reporting.sheets.line_items import price_key
from kling_cost.reporting.table import Column, Formula, Table, Value

COLUMNS = (
    Column("price_key", "Price key", "id", prominent=False, helper=True),
    Column("provider", "Provider", "id"),
    Column("model", "Model", "id"),
    Column("quality", "Quality", "id"),
    Column("sound", "Sound", "id"),
    Column("unit_price", "Unit price", "credits", is_input=True),
    Column("currency", "Currency", "id"),
    Column("unit", "Per", "id"),
    Column("arithmetic", "Arithmetic", "text", prominent=False),
    Column("printed", "Printed", "text", prominent=False),
    Column("minimum_quantity", "Minimum", "integer", prominent=False),
    Column("minimum_charge", "Minimum charge", "credits", prominent=False),
    Column("decimals", "Decimals", "integer", prominent=False, helper=True),
    Column("per_usd", "Per USD", "credits", is_input=True, prominent=False),
    Column("effective_from", "From", "id"),
    Column("checked", "Checked", "id", prominent=False),
    Column("source", "Source", "text", prominent=False),
    Column("remark", "Remark", "text", prominent=False),
)


def price_book_tables(report: Report) -> list[Table]:
    """Every price of the SKUs that the estimate uses, on the days that it uses."""
    rows = list(_rows_of_book(report, report.book)) if report.book else list(_rows_of_charges(report))
    notes = ["Prices hold from their day on, until the next one for the same SKU begins."]
    return [Table("price_book", "Price book", COLUMNS, rows, notes=notes, empty="no price is used")]


def _rows_of_book(report: Report, book: PriceBook) -> Iterator[list[Value | Formula]]:
    used = {id(charge.rate) for charge, _, _ in report.estimate.by_charge}
    for provider, sku in book.skus():
        for rate in sku.rates:
            if id(rate) in used:
                for model in sku.models:
                    for options, price in rate.unit_prices.items():
                        yield _row(report, book, provider, sku, rate, model, options, price)


def _row(
    report: Report,
    book: PriceBook,
    provider: Provider,
    sku: Sku,
    rate: Rate,
    model: str,
    options: tuple[str, ...],
    price: UnitPrice,
) -> list[Value | Formula]:
    values = dict(zip(rate.by, options, strict=True))
    quality, sound = values.get("quality", ""), values.get("sound", "")
    exchange = book.exchange_rate(provider.currency, report.estimate.as_of)
    start = rate.effective_from.isoformat()
    return [
        "|".join([provider.id, model, quality, sound, start]),
        provider.id,
        model,
        quality,
        sound,
        price.price,
        provider.currency,
        sku.unit,
        _arithmetic(price),
        price.printed,
        int(rate.minimum_quantity or 0),
        rate.minimum_charge or 0,
        -int(book.currencies[provider.currency].quantum.as_tuple().exponent),
        exchange.per_usd if exchange else None,
        start,
        rate.checked.isoformat(),
        rate.source,
        _remark(rate),
    ]


def _arithmetic(price: UnitPrice) -> str:
    if price.base_rate is None or price.multiplier is None:
        return ""
    return f"{plain_text(price.base_rate)} × {plain_text(price.multiplier)}"


def _remark(rate: Rate) -> str:
    said = (
        f"suspicious: {rate.suspicious}" if rate.suspicious else "",
        "the first day is assumed" if rate.date_basis == "assumed" else "",
        "failed calls are refunded" if rate.refund_on_failure else "",
    )
    return "; ".join(text for text in said if text)


def _rows_of_charges(report: Report) -> Iterator[list[Value | Formula]]:
    """What an estimate that was stored says itself about the prices it used."""
    seen: set[str] = set()
    for charge, _, _ in report.estimate.by_charge:
        key = price_key(charge)
        if key not in seen:
            seen.add(key)
            yield _row_of_charge(charge, key)


def _row_of_charge(charge: Charge, key: str) -> list[Value | Formula]:
    values: dict[str, Value] = {
        "price_key": key,
        "provider": charge.provider,
        "model": charge.model,
        "quality": charge.options.get("quality"),
        "sound": charge.options.get("sound"),
        "unit_price": charge.unit_price,
        "currency": charge.currency,
        "unit": charge.unit,
        "minimum_quantity": 0 if charge.billed_quantity == charge.requested_quantity else int(charge.billed_quantity),
        "minimum_charge": 0,
        "decimals": len(plain_text(charge.cost).partition(".")[2]),
        "per_usd": charge.per_usd,
        "effective_from": charge.rate_effective_from.isoformat(),
        "source": "stored estimate",
    }
    return [values.get(column.key) for column in COLUMNS]
