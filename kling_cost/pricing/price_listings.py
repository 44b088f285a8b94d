"""Every combination of options that a book prices, with its price: for those who look prices up outside Python.

Nothing is calculated or decided here. Each combination is a row of a sheet that the one rule prices or refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from math import prod
from typing import Any, NamedTuple

from kling_cost.jobs.columns import Columns
from kling_cost.jobs.row_reader import RowReader
from kling_cost.pricebook.book import PriceBook, Provider, Rate, Sku
from kling_cost.pricebook.catalogue import option_values
from kling_cost.pricing.combination_pricer import CombinationPricer
from kling_cost.pricing.line_item import Charge
from kling_cost.pricing.pricer import pricer
from kling_cost.problems import UsageError

_ON_OFF = ("off", "on")  # what any row may hold for sound, whatever the book says of it
_MOST_COUNTED = 5  # beyond what is free: how many of what a rate counts are listed
_MOST_PRICES = 100_000  # of one listing; a book may allow a million seconds

Asked = tuple[Any, ...]


class Price(NamedTuple):
    """What one call costs for one combination.

    Attributes:
        duration: the seconds that are asked for; None where they are left out, or not read.
        options: the value of each of the book's options, and how many of what it counts, likewise.
        billed_quantity: seconds or calls that are billed.
        unit_price, cost: of one second or call, and of the whole call, in `currency`.
        currency: the provider's.
        per_usd: units of `currency` for one dollar, or None where that is not known.
        rate_effective_from: first day of the rate.
        defaults_applied: the options among them that the provider fills in, joined by commas.
    """

    duration: int | None
    options: tuple[str | None, ...]
    billed_quantity: int
    unit_price: Decimal
    cost: Decimal
    currency: str
    per_usd: Decimal | None
    rate_effective_from: date
    defaults_applied: str


class Listing(NamedTuple):
    """All prices that answer some ways of asking for a model, while one rate holds.

    Attributes:
        name: provider, SKU and first day, such as `seller/video/2026-02-01`.
        effective_from: first day, inclusive.
        effective_until: first day on which it no longer holds; None while nothing follows.
        asked_as: provider (None where none is named) and model, as rows write them.
        reads: `duration` and the options that a price depends on or that can be refused; what else a row holds has no
            effect.
        prices: the combinations; what is not among them is refused.
    """

    name: str
    effective_from: date
    effective_until: date | None
    asked_as: tuple[tuple[str | None, str], ...]
    reads: frozenset[str]
    prices: tuple[Price, ...]


def listings(book: PriceBook, as_of: date | None = None) -> list[Listing]:
    """The listings of a book, in its order.

    Args:
        book: the price book.
        as_of: the day whose exchange rates count; the latest if left out.

    Raises:
        UsageError: a SKU has more combinations than a list can hold.

    >>> from kling_cost.pricebook.load import load_prices
    >>> first = listings(load_prices())[0]
    >>> first.name, len(first.prices), str(first.prices[0].cost)
    ('evolink/kling-3.0-video/2026-02-01', 126, '27.0000')
    """
    lister = _PriceLister(book, as_of)
    return [
        found for provider, sku in book.skus() for rate in sku.rates for found in _lists_of(lister, provider, sku, rate)
    ]


def _lists_of(lister: _PriceLister, provider: Provider, sku: Sku, rate: Rate) -> Iterator[Listing]:
    """The lists of one rate: a single one, unless request rules treat its models differently."""
    same_prices: dict[tuple[frozenset[str], tuple[Price, ...]], list[tuple[str | None, str]]] = {}
    for model in sku.models:
        for asked_as in product((None, provider.id), (model, f"{provider.id}:{model}")):
            found = lister.prices(asked_as, sku, rate)
            if found is not None:
                same_prices.setdefault(found, []).append(asked_as)
    name = f"{provider.id}/{sku.id}/{rate.effective_from}"
    for number, ((reads, prices), spelled) in enumerate(same_prices.items(), 1):
        own = name if number == 1 else f"{name}/{number}"
        yield Listing(own, rate.effective_from, rate.effective_until, tuple(spelled), reads, prices)


class _PriceLister:
    """Lists what the one rule says, row by row."""

    def __init__(self, book: PriceBook, as_of: date | None) -> None:
        self._options = book.options
        self._counts, self._asked = book.counts, ("duration", *book.options, *book.counts)
        self._pricer, columns = pricer(book, as_of), ("provider", "model", "duration", *book.options, "date")
        reader = RowReader("listing", Columns(columns, book.own_inputs))
        self._prices = CombinationPricer(self._pricer, reader, columns)
        self._values: dict[str, Sequence[str]] = {**option_values(book), "sound": _ON_OFF}

    def prices(
        self, asked_as: tuple[str | None, str], sku: Sku, rate: Rate
    ) -> tuple[frozenset[str], tuple[Price, ...]] | None:
        """What is read, and all prices; None unless exactly one provider sells the model under this name."""
        low, high = sku.seconds or (0, -1)
        choices = self._choices(sku, rate)
        if prod(map(len, choices)) > _MOST_PRICES:
            raise UsageError(f"{sku.id}: {low} to {high} seconds give more than {_MOST_PRICES:,} prices to list")

        def charge(asked: Asked) -> Charge | None:
            return self._charge((*asked_as, *asked[:counted], rate.effective_from), asked[counted:])

        counted = len(self._asked) - len(self._counts)
        sold = next(filter(charge, product(*choices)), None)
        if sold is None:
            return None
        reads = {name for at, name in enumerate(self._asked) if self._matters(charge, sold, at, choices[at])}
        reads |= {extra.per for extra in rate.extras} & set(self._counts)
        wanted = [values if name in reads else [None] for name, values in zip(self._asked, choices, strict=True)]
        return frozenset(reads), tuple(_prices(charge, product(*wanted)))

    def _choices(self, sku: Sku, rate: Rate) -> list[Sequence[Any]]:
        """What may stand in each column."""
        low, high = sku.seconds or (0, -1)
        choices: list[Sequence[Any]] = [[None, *range(low, high + 1)]]
        choices += [[None, *self._values.get(name, ()), *sku.names.get(name, ())] for name in self._options]
        counts: list[list[Any]] = [[*map(str, range(_most_of(rate, name) + 1))] for name in self._counts]
        return [*choices, *(numbers or [None] for numbers in counts)]

    def _charge(self, cells: Asked, counts: Asked) -> Charge | None:
        """The charge of a row, and of the numbers of what is counted, which are no part of it."""
        found = self._prices.price(cells)
        if found.item is None or not any(counts):
            return None if found.item is None else found.item.charge
        told = tuple((name, count) for name, count in zip(self._counts, counts, strict=True) if count)
        ask = found.job.ask
        return self._pricer.quote(ask._replace(options=ask.options + told), found.job.date).charge

    @staticmethod
    def _matters(charge: Callable[[Asked], Charge | None], sold: Asked, at: int, values: Sequence[Any]) -> bool:
        """Whether an option is read: without effect are only those for which anything, and nothing, will do."""
        odd = -1 if at == 0 else "?" * (1 + max(map(len, values[1:]), default=0))
        return any(charge((*sold[:at], value, *sold[at + 1 :])) is None for value in (None, odd))


def _most_of(rate: Rate, name: str) -> int:
    """The largest number of what a rate counts that is listed; -1 where it does not count it."""
    return max((extra.free + _MOST_COUNTED for extra in rate.extras if extra.per == name), default=-1)


def _prices(charge: Callable[[Asked], Charge | None], combinations: Iterable[Asked]) -> Iterator[Price]:
    """The prices of the combinations that have one."""
    for asked in combinations:
        found = charge(asked)
        if found is not None and found.cost is not None:
            yield _price(asked, found, found.cost)


def _price(asked: Asked, charge: Charge, cost: Decimal) -> Price:
    duration, *options = asked
    return Price(
        duration,
        tuple(options),
        int(charge.billed_quantity),
        charge.unit_price,
        cost,
        charge.currency,
        charge.per_usd,
        charge.rate_effective_from,
        ",".join(charge.defaults_applied),
    )
