"""What is said of a model that is not sold on a day, and who sells the same then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from kling_cost.pricebook.book import PriceBook, Provider, Sku
from kling_cost.problems import Listed, Problem, problem


def not_sold(book: PriceBook, provider: Provider, sku: Sku, model: str, day: date | None) -> Problem | None:
    """The error about a model that is not sold on a day, with those who sell the same; None where it is sold.

    Args:
        book: the price book.
        provider, sku, model: what is asked for.
        day: whose rates count; None for the latest.
    """
    rate = sku.rate(day)
    if rate is not None and not (day is None and book.has_ended(rate)):
        return None
    before = [rate for rate in sku.rates if day is None or rate.effective_from <= day]
    others = list(dict.fromkeys(_others(book, provider, model, day)))
    first, sellers = sku.rates[0].effective_from.isoformat(), Listed(others)
    if before and others:
        return problem("no_rate.ended_elsewhere", "date", last=before[-1].last_day, sellers=sellers)
    if before:
        return problem("no_rate.ended", "date", last=before[-1].last_day)
    if others:
        return problem("no_rate.before_elsewhere", "date", day=day, first=first, sellers=sellers)
    return problem("no_rate.before", "date", day=day, first=first)


def _others(book: PriceBook, provider: Provider, model: str, day: date | None) -> Iterator[str]:
    """Who sells a product of the model on a day, as `provider:model`."""
    for product in book.products_of(provider.id, model):
        for entry in book.products[product]:
            ((_, sku),) = book.sellers(entry.model, entry.provider)
            rate = sku.rate(day)
            is_sold = rate is not None and not (day is None and book.has_ended(rate))
            if (entry.provider, entry.model) != (provider.id, model) and is_sold:
                yield f"{entry.provider}:{entry.model}"
