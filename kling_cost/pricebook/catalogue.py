"""What a price book sells, and when: its offers on a day, the days on which they change, the values to choose from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kling_cost.pricebook.book import PriceBook, Provider, Rate, Sku, UnitPrice
from kling_cost.pricebook.counting.length_tiers import DURATION, tiers_of


class Offer(NamedTuple):
    """One combination that is sold while a rate holds.

    Attributes:
        provider, sku, rate: who sells it as what, and the dated price that it belongs to.
        model: the name by which requests ask for it.
        options: the values of the options that its price depends on.
        price: of one unit.
        length: the only one, in seconds, that it is the price of; None where that is the SKU's whole range.
    """

    provider: Provider
    sku: Sku
    rate: Rate
    model: str
    options: Mapping[str, str]
    price: UnitPrice
    length: int | None = None

    @property
    def seconds(self) -> tuple[int, int] | None:
        """The shortest and the longest length that is sold, both inclusive; None where the book states none."""
        return self.sku.seconds if self.length is None else (self.length, self.length)

    def durations(self, most: int) -> Sequence[int | None]:
        """The seconds that are sold, the shortest first and at most so many; (None,) where the book states none."""
        if self.seconds is None:
            return (None,)
        low, high = self.seconds
        return range(low, min(high + 1, low + most))


def offers(book: PriceBook, day: date | None = None, sellers: Collection[str] | None = None) -> Iterator[Offer]:
    """What the book sells on a day, in its order.

    Args:
        book: the price book.
        day: the day; None takes the latest prices.
        sellers: ids of the providers that count; all if left out.

    >>> from kling_cost.pricebook.load import load_prices
    >>> first = next(offers(load_prices()))
    >>> first.model, dict(first.options), str(first.price.price)
    ('kling-v3-text-to-video', {'quality': '720p', 'sound': 'off'}, '5.40')
    """
    for provider, sku in book.skus():
        rate = sku.rate(day)
        if rate is not None and (sellers is None or provider.id in sellers):
            yield from offers_of_rate(provider, sku, rate)


def all_offers(book: PriceBook) -> list[Offer]:
    """What the book sells or ever sold, in its order.

    >>> from kling_cost.pricebook.load import load_prices
    >>> len(all_offers(load_prices())) >= len(list(offers(load_prices())))
    True
    """
    return [
        offer
        for provider, sku in book.skus()
        for model in sku.models
        for rate in sku.rates
        for offer in _offers(provider, sku, rate, model)
    ]


def offers_of_rate(provider: Provider, sku: Sku, rate: Rate) -> Iterator[Offer]:
    """What one rate offers, model by model."""
    for model in sku.models:
        yield from _offers(provider, sku, rate, model)


def _offers(provider: Provider, sku: Sku, rate: Rate, model: str) -> Iterator[Offer]:
    for key, price in rate.unit_prices.items():
        options = dict(zip(rate.by, key, strict=True))
        of_key = options.pop(DURATION, None)
        lengths = tiers_of(rate.options) if of_key is None else [int(of_key)]
        for length in lengths or (None,):
            yield Offer(provider, sku, rate, model, options, price, length)


def price_finder(rate: Rate) -> Callable[[Mapping[str, str]], Decimal | None]:
    """What finds the price of one unit of a combination; None where a rate does not sell it, or more has to be said.

    >>> from kling_cost.pricebook.load import load_prices
    >>> find = price_finder(load_prices().sellers("kling-v3-text-to-video")[0][1].rates[0])
    >>> find({"quality": "1080p", "sound": "on"}), find({"quality": "8k", "sound": "on"})
    (Decimal('10.80'), None)
    """
    ranges = {name: frozenset(values) for name, values in rate.options.items()}

    def find(options: Mapping[str, str]) -> Decimal | None:
        if any(value not in ranges.get(name, (value,)) for name, value in options.items()):
            return None
        found = rate.unit_prices.get(tuple(options.get(name, "") for name in rate.by))
        return None if found is None else found.price

    return find


def first_days(book: PriceBook, sellers: Collection[str] | None = None) -> list[date]:
    """The days on which a price begins or has ended, ascending; between two of them nothing changes.

    >>> from kling_cost.pricebook.load import load_prices
    >>> first_days(load_prices(), ["evolink"])[0]
    datetime.date(2026, 2, 1)
    """
    rates = [r for p, sku in book.skus() if sellers is None or p.id in sellers for r in sku.rates]
    return sorted({day for rate in rates for day in rate.days})


def option_values(book: PriceBook) -> dict[str, list[str]]:
    """The values that any rate allows for each option, in the order of the book.

    >>> from kling_cost.pricebook.load import load_prices
    >>> option_values(load_prices())["sound"]
    ['off', 'on']
    """
    found: dict[str, dict[str, None]] = {}
    for _, sku in book.skus():
        for rate in sku.rates:
            for name, values in rate.options.items():
                found.setdefault(name, {}).update(dict.fromkeys(values))
    return {name: list(values) for name, values in found.items() if name != DURATION}


def option_words(book: PriceBook) -> dict[str, set[str]]:
    """The words that mean a value of each option somewhere: the values themselves, and the sellers' words for them.

    >>> from kling_cost.pricebook.load import load_prices
    >>> sorted(option_words(load_prices())["sound"])
    ['off', 'on']
    """
    found = {name: set(values) for name, values in option_values(book).items()}
    for _, sku in book.skus():
        for name, words in sku.names.items():
            found.setdefault(name, set()).update(words)
    return found
