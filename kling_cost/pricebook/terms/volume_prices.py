"""The price book of what was spent: a month's rates have the factor of the volume that its spending has reached."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from kling_cost.pricebook.book import PriceBook, Provider, Rate
from kling_cost.pricebook.terms.group_prices import rate_parts
from kling_cost.pricebook.terms.provider_terms import entry_on

_LONGEST_MONTH = timedelta(days=31)
#: What was spent with one provider, by month, such as `2026-11`, and currency.
Spending = Mapping[str, Mapping[str, Decimal]]


def has_volumes(book: PriceBook) -> bool:
    """Whether a seller of the book has discounts on volume.

    >>> from kling_cost.pricebook.load import load_prices
    >>> has_volumes(load_prices())
    False
    """
    return any(entry.volumes for provider in book.providers.values() for entry in provider.terms.factors)


def book_for_spending(book: PriceBook, spent: Mapping[str, Spending], as_of: date | None) -> PriceBook:
    """A book in which each month has the discount of the volume that was certainly exceeded in it.

    Rates of a group keep its factor alone, since no book says whether both are taken off.

    Args:
        book: the price book.
        spent: by provider.
        as_of: the day whose exchange rates count.

    >>> from kling_cost.pricebook.load import load_prices
    >>> book_for_spending(load_prices(), {}, None) is load_prices()
    True
    """
    providers = {
        name: _of_provider(book, provider, spent[name], as_of) if name in spent else provider
        for name, provider in book.providers.items()
    }
    if providers == book.providers:
        return book
    about = sorted(f"{name} {day} {rate.factor}" for name, day, rate in _discounted(providers))
    sha256 = hashlib.sha256("\n".join([book.sha256, "spent", *about]).encode()).hexdigest()
    return replace(book, sha256=sha256, providers=providers, _sellers={})


def _discounted(providers: Mapping[str, Provider]) -> Iterator[tuple[str, date, Rate]]:
    for provider in providers.values():
        for name, sku in provider.skus.items():
            yield from ((f"{provider.id} {name}", r.effective_from, r) for r in sku.rates if r.factor is not None)


def _of_provider(book: PriceBook, provider: Provider, spent: Spending, as_of: date | None) -> Provider:
    starts = [_first_day(month) for month in spent]
    following = [(day + _LONGEST_MONTH).replace(day=1) for day in starts]
    changes = sorted({*starts, *following, *(entry.effective_from for entry in provider.terms.factors)})

    def factor(day: date) -> Decimal | None:
        entry = entry_on(provider.terms.factors, day)
        costs = spent.get(f"{day:%Y-%m}")
        if entry is None or costs is None or len({volume.above.currency for volume in entry.volumes}) != 1:
            return None
        total = _total(book, costs, entry.volumes[0].above.currency, as_of)
        exceeded = [volume for volume in entry.volumes if total > volume.above.value]
        found = max(exceeded, key=lambda volume: volume.above.value, default=None)
        return None if found is None or found.factor == 1 else found.factor

    def parts(rate: Rate) -> Iterator[Rate]:
        return iter([rate]) if rate.factor is not None else rate_parts(rate, changes, factor)

    skus = {
        name: replace(sku, rates=tuple(part for rate in sku.rates for part in parts(rate)))
        for name, sku in provider.skus.items()
    }
    return replace(provider, skus=skus)


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _total(book: PriceBook, costs: Mapping[str, Decimal], currency: str, as_of: date | None) -> Fraction:
    """What costs come to in a currency, as far as exchange rates are known."""
    total, there = Fraction(0), book.exchange_rate(currency, as_of)
    for code, cost in costs.items():
        here = book.exchange_rate(code, as_of)
        if code == currency:
            total += Fraction(cost)
        elif here is not None and there is not None:
            total += Fraction(cost) * Fraction(there.per_usd) / Fraction(here.per_usd)
    return total
