"""The price book of a group of customers: every rate has the factor of the group in force on its days."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

from kling_cost.pricebook.book import PriceBook, Provider, Rate
from kling_cost.pricebook.terms.provider_terms import entry_on
from kling_cost.problems import UsageError

_BOOKS = 8  # whose group prices are kept


def groups_of(book: PriceBook) -> tuple[str, ...]:
    """Every group of customers that a seller of the book has prices for.

    >>> from kling_cost.pricebook.load import load_prices
    >>> groups_of(load_prices())
    ()
    """
    return tuple(dict.fromkeys(name for provider in book.providers.values() for name in provider.terms.groups()))


def book_for_group(book: PriceBook, group: str | None) -> PriceBook:
    """A book with the prices of a group; sellers that do not know the group keep theirs.

    Raises:
        UsageError: no seller of the book knows the group.

    >>> from kling_cost.pricebook.load import load_prices
    >>> book_for_group(load_prices(), None) is load_prices()
    True
    """
    if group is None or book.group == group:
        return book
    if book.group is not None:
        raise UsageError(f"the price book already has the prices of group {book.group}")
    return _for_group(book, group)


@lru_cache(maxsize=_BOOKS)
def _for_group(book: PriceBook, group: str) -> PriceBook:
    known = groups_of(book)
    if group not in known:
        listed = f"its groups are {', '.join(known)}" if known else "it has no groups"
        raise UsageError(f"no provider in the price book has a group {group}; {listed}")
    providers = {name: _of_provider(provider, group) for name, provider in book.providers.items()}
    if providers == book.providers:  # every factor is 1
        return book
    sha256 = hashlib.sha256(f"{book.sha256}\ngroup {group}".encode()).hexdigest()
    return replace(book, sha256=sha256, providers=providers, group=group, _sellers={})


def _of_provider(provider: Provider, group: str) -> Provider:
    if group not in provider.terms.groups():
        return provider
    skus = {
        name: replace(sku, rates=tuple(part for rate in sku.rates for part in _parts(provider, rate, group)))
        for name, sku in provider.skus.items()
    }
    return replace(provider, skus=skus)


def _parts(provider: Provider, rate: Rate, group: str) -> Iterator[Rate]:
    """A rate in parts, in each of which one factor of a group is in force."""
    changes = [entry.effective_from for entry in provider.terms.factors]
    for part in rate_parts(rate, changes, lambda day: _factor(provider, group, day)):
        yield part if part.factor is None else replace(part, group=group)


def rate_parts(rate: Rate, changes: Iterable[date], factor: Callable[[date], Decimal | None]) -> Iterator[Rate]:
    """A rate in parts, in each of which one factor is in force.

    Args:
        rate: the rate, without a factor.
        changes: the days on which the factor may change, in order.
        factor: the factor of a day; None where there is none.
    """
    starts = [rate.effective_from, *(day for day in changes if day > rate.effective_from and rate.holds(day))]
    factors = [factor(day) for day in starts]
    kept = [at for at in range(len(starts)) if at == 0 or factors[at] != factors[at - 1]]
    ends = [*(starts[at] for at in kept[1:]), rate.effective_until]
    for at, end in zip(kept, ends, strict=True):
        yield replace(rate, effective_from=starts[at], effective_until=end, factor=factors[at])


def _factor(provider: Provider, group: str, day: date) -> Decimal | None:
    """The factor of the group on a day; None where there is none, or it changes nothing."""
    entry = entry_on(provider.terms.factors, day)
    found = None if entry is None else entry.of_group(group)
    return None if found == 1 else found
