"""What is valid in a price book but looks wrong: prices that age, slips of the pen, resellers above the official list.

A remark names what can be looked up. Where a book calls a rate `suspicious` itself, its figures are not doubted again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from kling_cost.amounts import EXACT, divide_half_up, many, plain_text
from kling_cost.pricebook.book import OLD_AFTER_DAYS, PriceBook, Provider, Rate, Sku
from kling_cost.pricebook.catalogue import price_finder

#: How many times dearer a combination may be than one that differs in a single option: 4k is up to five times 720p.
_MOST_STEP = Decimal(8)
#: How far the step between two combinations may be from the same step in the provider's other SKUs.
_MOST_APART = Decimal(2)
#: How far the cheapest price of a SKU may be from those of the provider's others: cents for dollars are a hundred.
_MOST_SCALE = Decimal(100)
#: What is above the official list by less is rounding, or an exchange rate that moved since.
_MOST_ABOVE, _MOST_ABOVE_EXCHANGED = 1 + Decimal(1).scaleb(-2), 1 + Decimal(1).scaleb(-1)
_QUALITY = re.compile(r"([0-9]{1,5})([pk])", re.IGNORECASE | re.ASCII)
_LINES_OF_K = 540  # 4k has 2160 lines
#: What sellers call qualities that have no number, in lines; and whether something is made.
_ORDER = {"std": 720, "standard": 720, "pro": 1080, "off": 0, "on": 1}

Options = tuple[tuple[str, str], ...]
_Figure = tuple[Decimal, str]  # with the SKU that it is of


class _Step(NamedTuple):
    """Two combinations of one rate that differ in one option, the first of which should not be the dearer one."""

    low: Options
    high: Options
    prices: tuple[Decimal, Decimal]

    @property
    def times(self) -> Decimal:
        return divide_half_up(self.prices[1], self.prices[0])

    def told(self, how: str) -> str:
        """How the second compares with the first, in words."""
        low, high = (plain_text(price) for price in self.prices)
        return f"{_text(self.high)} at {high} is {how} {_text(self.low)} at {low}"


def remarks_on(book: PriceBook, as_of: date | None, official: str) -> list[str]:
    """What is valid but looks wrong, or cannot be used as it is.

    Args:
        book: the price book.
        as_of: the day on which the age of prices is judged, and whose exchange rates count; None judges no age, and
            takes the latest.
        official: the id of the provider whose prices are the list prices of what others resell.
    """
    found = []
    usual = {provider.id: _Usual(provider) for provider in book.providers.values()}
    for provider, sku in book.skus():
        for rate in sku.rates:
            remarks = [*_admitted(rate), *_old(rate.checked, as_of if rate.effective_until is None else None)]
            if rate is sku.rates[-1] and not rate.suspicious:
                remarks += [*_slips(sku, usual[provider.id]), *_above_list(book, provider, sku, as_of, official)]
            found += [f"{provider.id} {sku.id} from {rate.effective_from}: {remark}" for remark in remarks]
    return [*found, *_without_url(book), *_of_terms(book, as_of), *_of_exchange(book, as_of)]


def _without_url(book: PriceBook) -> Iterator[str]:
    """Providers whose latest prices nobody can look up, in a book whose schema has a place for it."""
    for provider in book.providers.values() if book.schema != "1" else ():
        count = sum(sku.rates[-1].url is None for sku in provider.skus.values())
        if count:
            yield f"{provider.id}: {many(count, 'SKU')} without a url where the price can be looked up"


def _of_terms(book: PriceBook, as_of: date | None) -> Iterator[str]:
    """Terms of sale that were checked long ago, and those that nobody can look up."""
    for provider in book.providers.values():
        latest = dict(provider.terms).items()
        for name, entry in latest:
            remarks = _old(entry.checked, as_of)
            yield from (f"{provider.id} {name} from {entry.effective_from}: {remark}" for remark in remarks)
        unknown = [name for name, entry in latest if entry.url is None]
        if unknown:
            yield f"{provider.id}: {', '.join(unknown)} without a url where the terms can be looked up"


class _Usual:
    """What is usual in a provider's SKUs, so that one slip does not decide; rates that are suspicious do not count.

    Args:
        provider: whose.
    """

    def __init__(self, provider: Provider) -> None:
        self._steps: dict[tuple[str, Options, Options], list[_Figure]] = {}
        self._cheapest: dict[str, list[_Figure]] = {}
        for sku in provider.skus.values():
            rate = sku.rates[-1]
            if not rate.suspicious:
                self._cheapest.setdefault(sku.unit, []).append((_cheapest(rate), sku.id))
                for step in _steps(rate):
                    self._steps.setdefault((sku.unit, *step[:2]), []).append((step.times, sku.id))
        for figures in (*self._steps.values(), *self._cheapest.values()):
            figures.sort()

    def times(self, unit: str, step: _Step) -> _Figure:
        """How many times dearer the second combination of a step usually is, and in which SKU it is just so."""
        return _middle(self._steps[unit, *step[:2]])

    def cheapest(self, unit: str) -> _Figure:
        """The usual cheapest price, and the SKU that has it."""
        return _middle(self._cheapest[unit])


def _middle(figures: list[_Figure]) -> _Figure:
    """The one in the middle; of two the lower one."""
    return figures[(len(figures) - 1) // 2]


def _admitted(rate: Rate) -> Iterator[str]:
    if rate.suspicious:
        yield f"suspicious: {rate.suspicious}"


def _old(checked: date | None, as_of: date | None) -> Iterator[str]:
    days = 0 if as_of is None or checked is None else (as_of - checked).days
    if days > OLD_AFTER_DAYS:
        yield f"last checked on {checked}, {days} days ago"


def _of_exchange(book: PriceBook, as_of: date | None) -> Iterator[str]:
    for currency in book.exchange:
        rate = book.exchange_rate(currency, as_of)
        if rate is not None:
            yield from (f"exchange rate of {currency}: {remark}" for remark in _old(rate.checked, as_of))
    for provider in book.providers.values():
        if book.exchange_rate(provider.currency, as_of) is None:
            yield f"{provider.id}: no exchange rate for {provider.currency}, so dollars are unknown"


def _slips(sku: Sku, usual: _Usual) -> Iterator[str]:
    """Prices that are out of line with those beside them; of a kind only the first, with how many more there are."""
    steps = list(_steps(sku.rates[-1]))
    yield from _first(step.told("cheaper than") for step in steps if step.prices[1] < step.prices[0])
    yield from _first(
        step.told(f"more than {_MOST_STEP} times")
        for step in steps
        if step.prices[1] > EXACT.multiply(step.prices[0], _MOST_STEP)
    )
    yield from _first(_out_of_step(steps, sku.unit, usual))
    own, (mostly, name) = _cheapest(sku.rates[-1]), usual.cheapest(sku.unit)
    if own and mostly and not _is_near(own, mostly, _MOST_SCALE):
        yield f"{plain_text(own)} at the least, but {plain_text(mostly)} in {name}: in another unit or currency?"


def _out_of_step(steps: Iterable[_Step], unit: str, usual: _Usual) -> Iterator[str]:
    for step in steps:
        times, name = usual.times(unit, step)
        if not _is_near(step.times, times, _MOST_APART):
            yield f"{step.told(f'{_short(step.times)} times')}, but {_short(times)} times in {name}"


def _steps(rate: Rate) -> Iterator[_Step]:
    """Pairs of combinations whose values of the only other option follow each other in its order, as far as known."""
    for at in range(len(rate.by)):
        rows: dict[tuple[str, ...], list[tuple[int, tuple[str, ...], Decimal]]] = {}
        for key, unit in rate.unit_prices.items():
            rank = _rank(key[at])
            if rank is not None:
                rows.setdefault(key[:at] + key[at + 1 :], []).append((rank, key, unit.price))
        for row in rows.values():
            for (rank, low, one), (above, high, other) in pairwise(sorted(row)):
                if rank < above and one:
                    yield _Step(_options(rate, low), _options(rate, high), (one, other))


def _options(rate: Rate, key: tuple[str, ...]) -> Options:
    return tuple(sorted(zip(rate.by, key, strict=True)))


def _rank(value: str) -> int | None:
    """Where a value is in the order of its option; None where nobody knows."""
    found = _QUALITY.fullmatch(value)
    if found is None:
        return _ORDER.get(value.lower())
    return int(found[1]) * (_LINES_OF_K if found[2].lower() == "k" else 1)


def _cheapest(rate: Rate) -> Decimal:
    return min(unit.price for unit in rate.unit_prices.values())


def _is_near(one: Decimal, other: Decimal, factor: Decimal) -> bool:
    return one <= EXACT.multiply(other, factor) and other <= EXACT.multiply(one, factor)


def _above_list(book: PriceBook, provider: Provider, sku: Sku, as_of: date | None, official: str) -> Iterator[str]:
    """Prices above those of the provider that makes the model, where both are known in dollars."""
    maker = book.providers.get(official)
    rate, own = sku.rate(as_of), book.exchange_rate(provider.currency, as_of)
    theirs = None if maker is None else book.exchange_rate(maker.currency, as_of)
    if maker is None or maker.id == provider.id or rate is None or own is None or theirs is None:
        return
    most = _MOST_ABOVE if provider.currency == maker.currency else _MOST_ABOVE_EXCHANGED
    for listed in _made_of(book, provider, sku, official):
        yield from _first(
            f"above the list price of {maker.id}: {_text(options)} at {plain_text(price)} {provider.currency}, "
            f"listed at {plain_text(of_list)} {maker.currency}"
            for options, price, of_list in _both(rate, listed.rate(as_of))
            if EXACT.multiply(price, theirs.per_usd) > EXACT.multiply(EXACT.multiply(of_list, own.per_usd), most)
        )


def _made_of(book: PriceBook, provider: Provider, sku: Sku, official: str) -> Iterable[Sku]:
    """The maker's SKUs that a seller's SKU resells; others may call them after themselves."""
    names = (model.removeprefix(f"{provider.id}/") for model in sku.models)
    sold = (listed for name in names for _, listed in book.sellers(name, official))
    return {listed.id: listed for listed in sold if listed.unit == sku.unit}.values()


def _both(rate: Rate, listed: Rate | None) -> Iterator[tuple[Options, Decimal, Decimal]]:
    """What both sell, with both prices."""
    if listed is None:
        return
    of_list = price_finder(listed)
    for key, unit in rate.unit_prices.items():
        options = dict(zip(rate.by, key, strict=True))
        price = of_list(options)
        if price is not None:
            yield tuple(options.items()), unit.price, price


def _text(options: Iterable[tuple[str, str]]) -> str:
    """A combination in words: `1080p, sound on`."""
    return ", ".join(f"{name} {value}" if value in ("off", "on") else value for name, value in options) or "it"


def _short(times: Decimal) -> str:
    return plain_text(times.quantize(Decimal(1).scaleb(-2)))


def _first(remarks: Iterable[str]) -> Iterator[str]:
    """The first of several remarks of one kind, with how many more there are."""
    found = list(remarks)
    if found:
        yield found[0] if len(found) == 1 else f"{found[0]} (and {len(found) - 1} more)"
