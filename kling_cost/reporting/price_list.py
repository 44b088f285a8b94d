"""The price book as results: a table for people, rows for CSV."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from kling_cost.amounts import plain_text
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricebook.catalogue import all_offers
from kling_cost.pricebook.counting.length_tiers import tiers_of
from kling_cost.pricebook.load import load_for_lint, load_prices
from kling_cost.pricebook.price_rows import in_force, price_table
from kling_cost.pricebook.upkeep.odd_prices import remarks_on
from kling_cost.python_values import day
from kling_cost.reconciliation.providers import kling
from kling_cost.reporting.parts.column_titles import columns_of, titled
from kling_cost.reporting.table import Cell, Column, Kind, Table
from kling_cost.reporting.translations import Words
from kling_cost.reporting.writers.csv_text import csv_bytes
from kling_cost.results.record_types import price_row_record
from kling_cost.results.terms.book_terms import products_record, terms_record

_APART = ("source", "checked", "date_basis", "url")
_KINDS: Mapping[str, Kind] = {"effective_from": "date", "checked": "date"}
_SHOWN = ("provider", "model", "quality", "sound", "unit_price", "currency", "unit", "effective_from", "checked")


def prices_table(book: PriceBook, as_of: date | None, words: Words) -> Table:
    """The prices in force on a day, for people; None shows all that there ever were."""
    at = _SHOWN.index("unit_price")
    shown = (*_SHOWN[:at], *book.own_options, *_SHOWN[at:])
    columns = columns_of(words, price_row_record(book.own_options), shown, hidden=("provider", "checked"))
    columns += titled(words, [Column("remark", kind="text", prominent=False)])
    listed = [row for row in price_table(book) if as_of is None or in_force(row, as_of)]
    if any(tiers_of(rate.options) for _, sku in book.skus() for rate in sku.rates):
        at = next(place for place, column in enumerate(columns) if column.key == "unit_price")
        columns[at:at] = titled(words, [Column("duration", kind="integer")])
    rows = [_row(row, columns, words) for row in listed]
    notes = []
    for currency in book.exchange:
        rate = book.exchange_rate(currency, as_of)
        if rate is not None:
            text = words("exchange_rate", per_usd=plain_text(rate.per_usd), currency=currency)
            notes.append(f"{text}, {rate.effective_from.isoformat()} ({rate.source})")
    title = f"{words('price_book_is')} {book.version} ({book.sha256[:12]})"
    return Table("prices", title, columns, rows, notes=notes, empty=words("empty.no_price"))


def _row(row: Mapping[str, Any], columns: Sequence[Column], words: Words) -> list[Cell]:
    shortest, longest = row["seconds_minimum"], row["seconds_maximum"]
    typed = {
        "duration": shortest if shortest == longest else None,
        "unit_price": Decimal(row["unit_price"]),
        "unit": words(f"unit.{row['unit']}"),
        "remark": "; ".join(filter(None, [row["suspicious"], *_beside(row)])) or None,
    }
    values = {**row, **typed}
    return [values[column.key] for column in columns]


def _beside(row: Mapping[str, Any]) -> Iterator[str]:
    """What is charged beside the unit price, in the words of the book."""
    for extra in row.get("extras", ()):
        if all(row.get(name) == value for name, value in extra["when"].items()):
            beyond = f" > {extra['free']}" if extra["free"] else ""
            yield f"+ {extra['unit_price']} × {extra['per']}{beyond}"
    if "factor" in row:
        yield f"× {row['factor']}"
    if "rounding" in row:
        yield f"{row['rounding']['mode']}: {row['rounding']['to']}"


def terms_tables(book: PriceBook, words: Words) -> list[Table]:
    """The terms of sale and the products of a book, for people; none where it has none."""
    terms = [
        [
            provider.id,
            name,
            date.fromisoformat(day),
            _told(entry),
            entry["source"],
            date.fromisoformat(entry["checked"]),
        ]
        for provider in book.providers.values()
        for name, entries in terms_record(provider).items()
        for day, entry in entries.items()
    ]
    made = [
        [
            name,
            entry["provider"],
            entry["model"],
            _told(entry.get("fixed", {})),
            *(", ".join(entry.get(key, ())) for key in ("needs", "takes", "needs_not")),
        ]
        for name, entries in products_record(book).items()
        for entry in entries
    ]
    of_terms = ("provider", "term", "effective_from", "term_text", "price_source", "checked")
    of_products = ("product", "provider", "model", "fixed", "needs", "may_have", "needs_not")
    found = (("terms", words("terms"), of_terms, terms), ("products", words("products"), of_products, made))
    return [
        Table(key, title, titled(words, [Column(name, kind=_KINDS.get(name, "text")) for name in names]), rows)
        for key, title, names, rows in found
        if rows
    ]


def _told(entry: Any) -> str:
    """What an entry says, in the words of the book, its source apart."""
    if isinstance(entry, dict):
        return ", ".join(f"{name} {_told(value)}" for name, value in entry.items() if name not in _APART)
    if isinstance(entry, list):
        return "; ".join(map(_told, entry))
    return {True: "yes", False: "no"}[entry] if isinstance(entry, bool) else str(entry)


def price_table_csv(book: PriceBook) -> bytes:
    """Every billable combination as CSV, UTF-8 with a byte order mark."""
    record = price_row_record(book.own_options)
    columns = record.columns()
    return csv_bytes([column.name for column in columns], record.rows(all_offers(book), columns))


def lint_prices(
    path: str | os.PathLike[str] | None = None,
    *,
    base: str | os.PathLike[str] | None = None,
    overlay: Sequence[str | os.PathLike[str]] | str | os.PathLike[str] = (),
    rates: Iterable[str] | str = (),
    as_of: date | str | None = None,
) -> list[str]:
    """Check a price book or an overlay, and list what is valid but odd.

    Args:
        path: a whole book or an overlay; the library's default if omitted.
        base: the book that an overlay is applied to; the library's default if omitted.
        overlay, rates: as in `load_prices`.
        as_of: the date on which the age of prices is judged, and whose exchange rates count; if omitted, age is not
            checked.

    Returns:
        One line for each remark: prices that the book calls suspicious, that were last checked long ago, that are out
        of line with those beside them, or above the list price of the official API; and unknown dollars.

    Raises:
        ReadError, PriceBookError, UsageError: as `load_prices`; the error of an invalid book lists every fault.

    >>> lint_prices()[-1]
    'kling3api: no exchange rate for KLING3API_CREDIT, so dollars are unknown'
    """
    when = day(as_of, "as_of")
    if path is None:
        return odd_prices(load_prices(base, overlay=overlay, rates=rates), when)
    return odd_prices(load_for_lint(path, base, overlay=overlay, rates=rates)[0], when)


def odd_prices(book: PriceBook, as_of: date | None) -> list[str]:
    """What is valid but looks wrong, held to the list prices of the official API.

    >>> from kling_cost.pricebook.load import load_prices
    >>> [text for text in odd_prices(load_prices(), date(2026, 11, 20)) if "dollars" in text]
    ['kling3api: no exchange rate for KLING3API_CREDIT, so dollars are unknown']
    """
    return remarks_on(book, as_of, kling.PROVIDER)
