"""The price book in memory: providers, their SKUs, and dated rates with their sources."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.amounts import Currency
from kling_cost.frozen import Frozen
from kling_cost.pricebook.answers.answer_paths import AnswerForm
from kling_cost.pricebook.counting.quantity import GIVEN_AS, INPUT, OUTPUT, UNITS, Counted
from kling_cost.pricebook.terms.extras import Extra, Rounding
from kling_cost.pricebook.terms.products import Products, products_of
from kling_cost.pricebook.terms.provider_terms import NO_TERMS, Terms
from kling_cost.problems import UsageError
from kling_cost.python_values import day_of, instance

_SHORT = 12  # characters of a hash that people compare
REQUEST_ONLY, REQUEST_THEN_ACTUAL = "request_only", "request_then_actual"
OLD_AFTER_DAYS = 60  # since a price was compared with its source
#: The options of every price book, in the order in which they are named everywhere; those that a book names come after.
PRICED_OPTIONS = ("quality", "sound")


class UnitPrice(NamedTuple):
    """The price of one unit for one combination of options, in the provider's currency.

    Attributes:
        price: what one second or one call costs.
        base_rate, multiplier: the arithmetic behind it, where the page prints it so; only for showing.
        printed: what the page prints beside it, as text; never used to calculate.
    """

    price: Decimal
    base_rate: Decimal | None = None
    multiplier: Decimal | None = None
    printed: str | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """One dated price of a SKU.

    Attributes:
        effective_from: first day on which it holds, inclusive.
        effective_until: first day on which it no longer holds; None while nothing follows and no end is known.
        by: the options that it depends on, in the order of `unit_prices` keys.
        unit_prices: unit price by the values of those options; one entry with key `()` if it depends on none.
        options: which values each option may have while this rate holds.
        minimum_quantity: smallest billed quantity, in units; None where the rate has none.
        minimum_charge: smallest cost of a call, in the provider's currency; None where it has none.
        settlement: `request_only` or `request_then_actual`.
        refund_on_failure: whether the provider promises to refund failed calls; None where it does not say.
        suspicious: why the printed price is probably a mistake; None where it is not.
        source: where the price is published.
        checked: the date on which the price was last compared with its source.
        date_basis: `stated` or `assumed`: whether the source prints `effective_from`.
        copied: when the copy of the source was made that it was compared with: a day, a month, a year or a season, such
            as `spring 2026`; None where the source itself was read, or the book does not say.
        url: where a person can look the price up; None where the book does not say.
        extras: what is charged beside the unit price.
        rounding: how one call is rounded; None where that is half up to the currency's quantum.
        conditional: the options of `by` on which only extras depend.
        group, factor: the group of customers whose price this is; what it, or a month's volume, multiplies the cost by.
    """

    effective_from: date
    effective_until: date | None
    by: tuple[str, ...]
    unit_prices: Mapping[tuple[str, ...], UnitPrice]
    options: Mapping[str, tuple[str, ...]]
    minimum_quantity: Decimal | None
    minimum_charge: Decimal | None
    settlement: str
    refund_on_failure: bool | None
    suspicious: str | None
    source: str
    checked: date
    date_basis: str
    copied: str | None = None
    url: str | None = None
    extras: tuple[Extra, ...] = ()
    rounding: Rounding | None = None
    conditional: tuple[str, ...] = ()
    group: str | None = None
    factor: Decimal | None = None

    @property
    def days(self) -> tuple[date, ...]:
        """The days on which it begins, and has ended."""
        return (self.effective_from, *(() if self.effective_until is None else (self.effective_until,)))

    @property
    def is_as_long_as_input(self) -> bool:
        """Whether a video may be as long as one that is given, so that its seconds are not known before."""
        return self.settlement == REQUEST_THEN_ACTUAL or "input" in self.options

    @property
    def last_day(self) -> date | None:
        """The last day on which it holds, inclusive; None while no end is known."""
        return None if self.effective_until is None else self.effective_until - timedelta(days=1)

    def holds(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.effective_from <= day and (self.effective_until is None or day < self.effective_until)


@dataclass(frozen=True, slots=True)
class Sku:
    """A unit of sale: models with the same prices.

    Attributes:
        id: its name in the price book.
        models: the names by which requests ask for it.
        billing_rule: `per_second`, `per_call` or `per_token`.
        seconds: shortest and longest duration of what is made, both inclusive; None where a price does not depend on it
            alone.
        rates: ascending by `effective_from`.
        names: our value of an option by the seller's word for it, by option.
        defaults: what the seller takes for a field that a request for it leaves out, before the provider's defaults.
        quantity: what is counted, and in which steps; None where the book says it in the words of schema 1.
    """

    id: str
    models: tuple[str, ...]
    billing_rule: str
    seconds: tuple[int, int] | None
    rates: tuple[Rate, ...]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=Frozen)
    defaults: Mapping[str, str] = field(default_factory=Frozen)
    quantity: Counted | None = None

    @property
    def given_as(self) -> str | None:
        """The column or field that gives a quantity which no request tells; None where each does."""
        if self.quantity is None:
            return None
        by_input = any(rate.is_as_long_as_input for rate in self.rates)
        return INPUT if self.quantity.of == OUTPUT and by_input else GIVEN_AS.get(self.quantity.of)

    @property
    def unit(self) -> str:
        """What is counted: `second`, `call` or `token`."""
        return UNITS[self.billing_rule]

    @property
    def last_day(self) -> date | None:
        """The last day on which it is sold, inclusive; None where the book says none."""
        return self.rates[-1].last_day

    def rate(self, on: date | None) -> Rate | None:
        """The rate in force on a date, the latest one for None; None before the first day and after the last."""
        if on is None:
            return self.rates[-1]
        at = bisect_right(self.rates, on, key=lambda rate: rate.effective_from)
        return self.rates[at - 1] if at and self.rates[at - 1].holds(on) else None


class ExchangeRate(NamedTuple):
    """How many units of a currency one US dollar buys, from a date on.

    Attributes:
        currency: the code.
        per_usd: units for one dollar.
        effective_from: first day on which it holds, inclusive; `date.min` where the caller gave it.
        source, checked, date_basis: as in `Rate`; `checked` is None where the caller gave it.
    """

    currency: str
    per_usd: Decimal
    effective_from: date
    source: str
    checked: date | None
    date_basis: str


OPEN, SUCCEEDED, FAILED = "open", "succeeded", "failed"
CONSUMED = "consumed"  # the word for what is taken by a provider whose own word is not known
RESERVED = "reserved"  # the word of a provider that holds an amount before it charges it


class AnswerWords(NamedTuple):
    """How to read a provider's answers.

    Attributes:
        amount: its word for what it takes: `reserved` or `consumed`.
        states: `open`, `succeeded` or `failed` by its status words in lower case.
        small_unit: name of a smaller unit that some answers use, and how many of them make one of the currency.
        counted_in: how much of the currency one unit of the answers' own count is; None where they count in it.
        task_prefixes: the SKUs of each prefix of task ids; empty where ids do not tell the SKU.
        refund_on_failure: whether a refund of failed calls is promised, if the rate does not say.
        form: where its answers state what, as the book describes it; None where it does not.

    >>> from kling_cost.pricebook.load import load_prices
    >>> load_prices().providers["evolink"].answers.states["completed"]
    'succeeded'
    """

    amount: str
    states: Mapping[str, str]
    small_unit: tuple[str, int] | None = None
    counted_in: Decimal | None = None
    task_prefixes: Mapping[str, tuple[str, ...]] = Frozen()
    refund_on_failure: bool | None = None
    form: AnswerForm | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider and what it sells.

    Attributes:
        id: its name in the price book, such as the one that results show.
        name: its name for people.
        currency: the currency of its prices.
        defaults: what the provider takes for a price-relevant field that a request leaves out.
        skus: by id.
        answers: what its answers mean; None where the book does not say.
        terms: what its price list says beside prices.
    """

    id: str
    name: str
    currency: str
    defaults: Mapping[str, str]
    skus: Mapping[str, Sku]
    answers: AnswerWords | None = None
    terms: Terms = NO_TERMS

    def default(self, sku: Sku, name: str) -> str | None:
        """What a field of a request for a SKU is taken for where it is left out; None where that is not known."""
        return sku.defaults.get(name, self.defaults.get(name))

    def sku(self, model: str) -> Sku | None:
        """The SKU that a model name buys, or None."""
        return next((sku for sku in self.skus.values() if model in sku.models), None)


@dataclass(frozen=True, slots=True, repr=False)
class PriceBook:
    """All known prices, dated and sourced; returned by `load_prices`.

    Attributes:
        version: from the file; versions of several layers are joined by `+`.
        sha256: hash of all its layers and of the exchange rates passed in.
        currencies, providers: by code, by id.
        exchange: exchange rates to the US dollar by currency, ascending by date.
        layers: the files' names, the base first.
        options: the options by which its prices can differ, `quality` and `sound` before those that it names itself.
        schema: the newest schema of its layers.
        products: the entries of each product, by its name: models that make the same thing, whoever sells them.
        counts: what of a request its extras count, by the names in `COUNTED_NEEDS`.
        group: the group of customers whose prices it has; None for everybody's.
        quantities: the columns and fields that give a quantity which no request tells: `input_seconds`, `tokens`.

    >>> from kling_cost.pricebook.load import load_prices
    >>> book = load_prices()
    >>> provider, sku = book.sellers("kling-v3-text-to-video")[0]
    >>> sku.rate(None).unit_prices["1080p", "on"].price
    Decimal('10.80')
    """

    version: str
    sha256: str
    currencies: Mapping[str, Currency]
    providers: Mapping[str, Provider]
    exchange: Mapping[str, tuple[ExchangeRate, ...]]
    layers: tuple[str, ...]
    options: tuple[str, ...] = PRICED_OPTIONS
    schema: str = "1"
    products: Products = field(default_factory=Frozen)
    counts: tuple[str, ...] = ()
    group: str | None = None
    quantities: tuple[str, ...] = ()
    _sellers: dict[str, tuple[tuple[Provider, Sku], ...]] = field(default_factory=dict, compare=False)

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        return f"<PriceBook {self.version}: {', '.join(self.layers)}, {self.sha256[:_SHORT]}>"

    def sellers(self, model: str, provider: str | None = None) -> tuple[tuple[Provider, Sku], ...]:
        """Every provider that sells a model under this name, or only the one that is named.

        >>> from kling_cost.pricebook.load import load_prices
        >>> [provider.id for provider, sku in load_prices().sellers("kling-v3")]
        ['kling']
        """
        if not self._sellers:
            found: dict[str, tuple[tuple[Provider, Sku], ...]] = {}
            for seller, sku in self.skus():
                for name in sku.models:
                    found[name] = (*found.get(name, ()), (seller, sku))
            self._sellers.update(found)
        sold = self._sellers.get(model, ())
        return sold if provider is None else tuple(pair for pair in sold if pair[0].id == provider)

    def products_of(self, provider: str, model: str) -> tuple[str, ...]:
        """The names of the products that a seller's model makes; several where it depends on options.

        >>> from kling_cost.pricebook.load import load_prices
        >>> load_prices().products_of("evolink", "kling-v3-text-to-video")
        ()
        """
        return products_of(self.products, provider, model)

    @property
    def own_inputs(self) -> tuple[str, ...]:
        """What a row or request may give beside quality and sound: its own options, quantities and what is counted."""
        return (*self.own_options, *self.quantities, *self.counts)

    @property
    def own_options(self) -> tuple[str, ...]:
        """The options that it names itself, beside `quality` and `sound`."""
        return self.options[len(PRICED_OPTIONS) :]

    def check_options(self, read: Collection[str]) -> None:
        """Refuse jobs that were read by somebody who did not know its own options.

        Raises:
            UsageError: an option is not among those that were read.
        """
        unread = [name for name in (*self.own_options, *self.counts) if name not in read]
        if unread:
            names = ", ".join(unread)
            raise UsageError(f"the jobs were read without the price book's options {names}; pass book= to read_jobs")

    @property
    def as_known_on(self) -> date | None:
        """The latest date among the versions of its layers; None if none of them is a date."""
        days = [day for day in map(day_of, self.version.split("+")) if day is not None]
        return max(days, default=None)

    def begins_later(self, entry: Rate | ExchangeRate) -> bool:
        """Whether an entry starts after the book's version, or if that is not a date, after the entry was checked.

        >>> from kling_cost.pricebook.load import load_prices
        >>> book = load_prices()
        >>> book.begins_later(book.exchange_rate("EVOLINK_CREDIT", None))
        False
        """
        known = self.as_known_on or entry.checked
        return known is not None and entry.effective_from > known

    def has_ended(self, rate: Rate) -> bool:
        """Whether a rate had ended by the day of the book's version, or if that is not a date, when it was checked."""
        known = self.as_known_on or rate.checked
        return rate.effective_until is not None and rate.effective_until <= known

    def skus(self) -> Iterator[tuple[Provider, Sku]]:
        """Every SKU with its provider, in the order of the book."""
        for provider in self.providers.values():
            for sku in provider.skus.values():
                yield provider, sku

    def models(self) -> list[str]:
        """Every model name in the order of the book, without duplicates."""
        return list(dict.fromkeys(name for _, sku in self.skus() for name in sku.models))

    def exchange_rate(self, currency: str, as_of: date | None) -> ExchangeRate | None:
        """The exchange rate in force on a date, the latest one for None; None if none is known.

        >>> from kling_cost.pricebook.load import load_prices
        >>> load_prices().exchange_rate("EVOLINK_CREDIT", None).per_usd
        Decimal('72')
        """
        if currency == "USD":
            return _DOLLAR
        rates = self.exchange.get(currency, ())
        if as_of is not None:
            rates = rates[: bisect_right(rates, as_of, key=lambda rate: rate.effective_from)]
        return rates[-1] if rates else None


def options_named_by(book: PriceBook | None) -> tuple[str, ...]:
    """The inputs that a book names itself, options and counts; None is the shipped one, which names none.

    >>> options_named_by(None)
    ()
    """
    return () if book is None else book.own_inputs


def book_given(book: Any) -> PriceBook | None:
    """An argument as a price book; None stays None.

    Raises:
        UsageError: it is anything else.
    """
    if book is None or book.__class__ is PriceBook:
        return book
    return instance(book, PriceBook, "book", "a price book from load_prices()")


_DOLLAR = ExchangeRate("USD", Decimal(1), date.min, "a dollar is a dollar", None, "stated")
