"""Which prices an estimate was made with, and what is to be said about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kling_cost.amounts import plain_text
from kling_cost.jobs.job import Campaign
from kling_cost.pricebook.book import OLD_AFTER_DAYS, ExchangeRate, PriceBook
from kling_cost.pricing.line_item import Charge
from kling_cost.pricing.pricer import FUTURE_MONEY, FUTURE_RATE
from kling_cost.problems import Problem, problem

_SHORT = 12  # characters of a hash that people compare
#: By the note on a line: what is said about all lines that have it.
_COMING = {FUTURE_RATE: "future_price.rate", FUTURE_MONEY: "future_price.exchange"}


@dataclass(frozen=True, slots=True, repr=False)
class Stamp:
    """Which prices an estimate was made with.

    Attributes:
        version, sha256: of the price book.
        oldest_checked: when the oldest of the rates used was last checked; None where none was used.
        exchange: the exchange rates that were used, by currency.
        without_exchange: currencies that occur and have no exchange rate.
        group: the group of customers whose prices counted; None for everybody's.
        without_group: providers that occur and have no prices for the group.
    """

    version: str
    sha256: str
    oldest_checked: date | None
    exchange: Mapping[str, ExchangeRate]
    without_exchange: tuple[str, ...] = ()
    group: str | None = None
    without_group: tuple[str, ...] = ()

    def __repr__(self) -> str:
        checked = "" if self.oldest_checked is None else f", checked {self.oldest_checked}"
        rates = "".join(f", {plain_text(rate.per_usd)} {currency}/USD" for currency, rate in self.exchange.items())
        return f"<Stamp {self.version}: {self.sha256[:_SHORT]}{checked}{rates}>"


def stamp_of(book: PriceBook, as_of: date | None, charges: Iterable[Charge]) -> Stamp:
    """The stamp of some charges of a book; `as_of` is the day whose exchange rates count.

    >>> from kling_cost.pricebook.load import load_prices
    >>> stamp_of(load_prices(), None, []).oldest_checked is None
    True
    """
    used = list(charges)
    currencies = sorted({charge.currency for charge in used})
    known = {currency: book.exchange_rate(currency, as_of) for currency in currencies if currency != "USD"}
    exchange = {currency: rate for currency, rate in known.items() if rate is not None}
    days = [charge.rate.checked for charge in used if charge.rate is not None]
    days += [rate.checked for rate in exchange.values() if rate.checked is not None]
    unknown = tuple(currency for currency, rate in known.items() if rate is None)
    sellers = sorted({charge.provider for charge in used}) if book.group is not None else []
    others = tuple(name for name in sellers if book.group not in book.providers[name].terms.groups())
    return Stamp(book.version, book.sha256, min(days, default=None), exchange, unknown, book.group, others)


def stored_stamp(book: Any) -> Stamp:
    """The stamp of a result that was stored, with its rates of exchange."""
    rates = {
        rate.currency: ExchangeRate(
            rate.currency, rate.per_usd, rate.effective_from or date.min, rate.source, rate.checked, "stated"
        )
        for rate in book.exchange
        if rate.per_usd
    }
    return Stamp(book.version, book.sha256, book.oldest_checked, rates, group=book.group)


def remarks(stamp: Stamp, as_of: date | None, charges: Iterable[Charge]) -> Iterator[Problem]:
    """What is to be said about an estimate as a whole, and once about all jobs that share a price that is to come."""
    notes = {
        (_COMING[key], *(() if key == FUTURE_MONEY else (("model", charge.model),)), *params)
        for charge in charges
        for key, params in charge.notes
        if key in _COMING
    }
    for key, *params in sorted(notes):
        yield problem(str(key), "", **dict(params))
    for currency in stamp.without_exchange:
        yield problem("no_exchange_rate.unknown", "", currency=currency)
    for provider in stamp.without_group:
        yield problem("has_no_effect.group", "", provider=provider, group=stamp.group)
    if as_of is not None and stamp.oldest_checked is not None:
        days = (as_of - stamp.oldest_checked).days
        if days > OLD_AFTER_DAYS:
            yield problem("old_price.checked", "", checked=stamp.oldest_checked, days=days, as_of=as_of)


def rate_problems(campaigns: Iterable[Campaign], book: PriceBook, as_of: date | None) -> Iterator[Problem]:
    """Errors about exchange rates that people changed in a report's workbook, where the price book says others."""
    for campaign in campaigns:
        for currency, now in campaign.rates:
            known = book.exchange_rate(currency, as_of)
            if known is None or known.per_usd != now:
                before = "–" if known is None else plain_text(known.per_usd)
                found = problem(
                    "mismatch.report_rate", "per_usd", now=plain_text(now), currency=currency, before=before
                )
                yield found.at(None, campaign.source, None)
