"""What a price book says to a request: a quote, which is the charge or every reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from kling_cost.amounts import plain_text
from kling_cost.bounded_cache import BoundedCache
from kling_cost.jobs.job import NO_NEEDS, Ask, Job, Needs
from kling_cost.pricebook.book import PRICED_OPTIONS, REQUEST_THEN_ACTUAL, PriceBook, Provider, Rate, Sku
from kling_cost.pricebook.counting.length_tiers import DURATION
from kling_cost.pricebook.counting.quantity import INPUT, INPUT_AND_OUTPUT, OUTPUT, PER_CALL, Counted
from kling_cost.pricebook.load import load_prices
from kling_cost.pricing.charging.adjusted_charges import (
    adjustment_notes,
    adjustments_of,
    counts_of,
    less_by_volume,
    not_asked_for,
    volume_notes,
)
from kling_cost.pricing.charging.other_sellers import not_sold
from kling_cost.pricing.charging.quantities import Quantity, counted_quantity, made_quantity, priced
from kling_cost.pricing.charging.refusals import no_seller, not_allowed, with_api_error
from kling_cost.pricing.line_item import MINIMUMS, Charge, LineItem, Note
from kling_cost.pricing.rule import cost_of_one_call
from kling_cost.problems import Listed, Problem, problem

if TYPE_CHECKING:
    from kling_cost.jobs.providers.request_words import RequestWords

#: Keys of the notes on prices that begin after the book was made.
FUTURE_RATE, FUTURE_MONEY = "future_rate", "future_exchange"
_PRICERS = 8  # books and days whose quotes are kept
_NO_WORDS: Mapping[str, str] = {}
_NO_INPUT = (None, "none", "off")
_AS_A_ROW = ("model", "type")  # fields for the model's name in requests that have the words of a row
_new: Any = tuple.__new__  # skips the Python function of a named tuple: a quarter of the time


class Quote(NamedTuple):
    """A charge, or None with the errors that prevent one; either may come with warnings."""

    charge: Charge | None
    problems: tuple[Problem, ...] = ()


class Pricer:
    """Prices requests by one book as of one day; what equal requests come to is worked out once.

    Args:
        book: the price book.
        as_of: the day whose rates count for requests without a day of their own, and whose exchange rates
            count for all; None takes the latest.
    """

    def __init__(self, book: PriceBook, as_of: date | None = None) -> None:
        self.book, self.as_of = book, as_of
        self.names = ("duration", *book.options, *book.quantities)
        self._quotes: dict[tuple[Ask, date | None, bool], Quote] = BoundedCache()
        self._clean: dict[Ask | tuple[Ask, int], LineItem] = (
            BoundedCache()
        )  # undated and without a remark, as most requests are
        self._per_usd: dict[str, Decimal | None] = {}

    def quote(self, ask: Ask, day: date | None = None, indicative: bool = False) -> Quote:
        """The quote for a request.

        Args:
            ask: what is asked for.
            day: its own day, or None.
            indicative: a price that is only asked for: seconds below the range are billed at the rate's minimum.
        """
        key = (ask, day, indicative)
        found = self._quotes.get(key)
        if found is None:
            found = self._quotes[key] = _QuoteBuilder(self, ask, day or self.as_of, indicative).quote()
        return found

    def clean_request(self, ask: Ask, needs: Needs = NO_NEEDS) -> LineItem | None:
        """The line item of an undated request about which nothing is to be said, as no file's job; else None."""
        key = (ask, id(needs)) if needs else ask  # the item that is kept keeps its needs, and so their id
        item = self._clean.get(key)
        if item is None:
            charge, problems = self.quote(ask)
            if charge is not None and not problems:
                item = self._clean[key] = LineItem(Job(None, ask=ask, needs=needs), charge)
        return item

    def clean_item(self, job: Job) -> LineItem | None:
        """The line item of an undated job about which nothing is to be said; else None."""
        if job.problems or job.date is not None or not job.readable:
            return None
        item = self.clean_request(job.ask)
        return None if item is None else _new(LineItem, (job, item.charge))

    def line_item(self, job: Job) -> tuple[LineItem | None, tuple[Problem, ...]]:
        """The line item of a job that was read without error, and every problem that it has now."""
        charge, problems = self.quote(job.ask, job.date)
        if not job.readable:  # so it is not "priced as it stands"
            problems = tuple(p for p in problems if p.code != "request_not_validated")
        found = (*job.problems, *(p.at(job.job_id, job.source, job.row) for p in problems))
        return LineItem(job, charge) if charge is not None and job.readable else None, found

    def item_of(self, job: Job, strict: bool = False) -> tuple[LineItem | None, tuple[Problem, ...]]:
        """The line item of a job, None for one that is left out, and every problem; `strict` refuses warnings."""
        clean = self.clean_item(job)
        if clean is not None:
            return clean, ()
        item, problems = self.line_item(job)
        return None if strict and any(p.severity == "warning" for p in problems) else item, problems

    def per_usd(self, currency: str) -> Decimal | None:
        """Units of a currency for one dollar as of the day, or None."""
        if currency not in self._per_usd:
            rate = self.book.exchange_rate(currency, self.as_of)
            self._per_usd[currency] = rate.per_usd if rate else None
        return self._per_usd[currency]


@lru_cache(maxsize=_PRICERS)
def pricer(book: PriceBook | None, as_of: date | None) -> Pricer:
    """The one pricer of a book and day, with every quote that it has made; None is the shipped book.

    >>> from kling_cost.jobs.job import ask_for
    >>> pricer(None, None).quote(ask_for("evolink", "kling-custom-element")).charge.cost
    Decimal('1.0000')
    """
    return Pricer(book if book is not None else load_prices(), as_of)


class _QuoteBuilder:
    """Works out the quote for one request by one book, and notes everything that is to be said on the way."""

    def __init__(self, pricer: Pricer, ask: Ask, day: date | None, indicative: bool) -> None:
        self._pricer, self._ask, self._day, self._indicative = pricer, ask, day, indicative
        self._problems: list[Problem] = []
        self._defaults: list[str] = []
        self._notes: list[Note] = []
        self._counts: dict[str, int] = {}
        self._words = _words_of(ask)
        self._model = ask.model or ""  # as the book names it

    def quote(self) -> Quote:
        ask = self._ask
        if ask.model is None:  # already a problem of the job
            return Quote(None)
        sold = self._pricer.book.sellers(ask.model, ask.provider) or self._sold_as_another()
        if len(sold) != 1:
            return Quote(None, (no_seller(self._pricer.book, ask, [provider.id for provider, _ in sold]),))
        charge = self._charge_of(*sold[0])
        return Quote(charge, tuple(map(self._in_place, self._problems)))

    def _sold_as_another(self) -> tuple[tuple[Provider, Sku], ...]:
        """Who sells the model under the name that it has in another form of the same API."""
        for name in self._words.same if self._words else ():
            sold = self._pricer.book.sellers(name, self._ask.provider)
            if sold:
                self._model = name
                self._notes.append(("same_model", (("asked", self._ask.model or ""),)))
                return sold
        return ()

    def _in_place(self, found: Problem) -> Problem:
        """The problem at the place where the request says what it is about."""
        place = self._words.places.get(found.field) if self._words else None
        return found if place is None else replace(found, field=place)

    def _charge_of(self, provider: Provider, sku: Sku) -> Charge | None:
        rate = self._rate(provider, sku)
        options = self._options(provider, sku, rate or sku.rates[0])
        quantity = self._quantity(provider, sku, rate, options)
        self._check_shots(options)
        self._counts = counts_of(self._ask, rate, self._problems)
        if rate is None or quantity is None or any(name not in options for name in rate.by):
            return None
        self._check_combination(provider, rate, options)
        if any(p.severity == "error" for p in self._problems):
            return None
        if self._ask.checked_as != provider.id and not self._indicative:
            self._problems.append(problem("request_not_validated.model", "model", model=self._ask.model))
        return self._charge(provider, sku, rate, options, quantity)

    def _rate(self, provider: Provider, sku: Sku) -> Rate | None:
        fault = not_sold(self._pricer.book, provider, sku, self._model, self._day)
        if fault is not None:
            self._note_fault(provider, fault)
        return None if fault is not None else sku.rate(self._day)

    def _options(self, provider: Provider, sku: Sku, rate: Rate) -> dict[str, str]:
        """The values of the options that count; what is wrong with any is noted."""
        options: dict[str, str] = {}
        self._note_unknown_options(provider, sku, rate)
        for name in self._pricer.book.options:
            value = self._ask.option(name)
            if name not in rate.options:
                if name == "sound" and isinstance(value, str):
                    self._notes.append(("sound_free", ()))
                continue
            if value is None and name in rate.by:
                value = not_asked_for(rate, name, provider.default(sku, name)) or self._default(provider, sku, name)
            if isinstance(value, str) and self._is_offered(provider, rate, name, _ours(sku, name, value)):
                options[name] = _ours(sku, name, value)
        return options

    def _note_unknown_options(self, provider: Provider, sku: Sku, rate: Rate) -> None:
        """Note what is asked for beside quality and sound and has no price in the book."""
        known: set[str | None] = {*PRICED_OPTIONS, *rate.options}
        if sku.quantity is not None and (sku.quantity.of != OUTPUT or self._is_from_video(rate)):
            known |= {sku.given_as, "input"} if sku.given_as == INPUT else {sku.given_as}
        for name, _ in self._ask.options:
            if name not in known and name not in self._pricer.book.counts:
                self._note_fault(provider, problem("price_unknown.input", name))

    def _is_offered(self, provider: Provider, rate: Rate, name: str, value: str) -> bool:
        """Whether a value counts; one that is not on offer is noted."""
        if value in rate.options[name]:
            return name in rate.by
        self._note_fault(provider, not_allowed(self._ask, name, value, rate.options[name]))
        return False

    def _default(self, provider: Provider, sku: Sku, name: str) -> str | None:
        """What the seller takes for an option that is left out; noted, as is that it takes nothing for it."""
        self._defaults.append(name)
        value = provider.default(sku, name) or self._documented(provider, name)
        if value is None:
            self._note_fault(provider, problem("missing.required", name))
        return value

    def _documented(self, provider: Provider, name: str) -> str | None:
        """What the API documents for what its own request leaves out, where the price book says nothing."""
        if self._words is None or self._ask.checked_as != provider.id or name not in self._words.defaults:
            return None
        return str(self._words.defaults[name])

    def _quantity(self, provider: Provider, sku: Sku, rate: Rate | None, options: dict[str, str]) -> Quantity | None:
        """The quantity asked for: 1 call, or the seconds, which are put among the options."""
        is_call = sku.billing_rule == PER_CALL
        if is_call and (rate is None or DURATION not in rate.options):
            return Quantity.known(Decimal(1))
        if not is_call and sku.quantity is not None and (sku.quantity.of != OUTPUT or self._is_from_video(rate)):
            return self._counted(provider, sku, rate, sku.quantity, options)
        seconds = self._seconds(provider, sku, rate)
        if seconds is None or not self._is_sold(provider, sku, rate, seconds):
            return None
        options[DURATION] = str(seconds)
        if is_call:
            return Quantity.known(Decimal(1))
        quantity, notes = made_quantity(sku.quantity, Decimal(seconds))
        self._notes += notes
        return quantity

    def _is_sold(self, provider: Provider, sku: Sku, rate: Rate | None, seconds: int) -> bool:
        """Whether a length has a price, be it only that of the shortest; one that is out of range is noted."""
        lengths = () if rate is None else rate.options.get(DURATION, ())
        if lengths and str(seconds) not in lengths:
            self._note_fault(provider, problem("not_allowed.choice", DURATION, value=seconds, choices=Listed(lengths)))
            return False
        low, high = sku.seconds or (1, seconds)
        if not low <= seconds <= high and not self._billed_at_minimum(rate, seconds, low):
            self._note_fault(provider, problem("out_of_range.between", DURATION, value=seconds, low=low, high=high))
        return True

    def _counted(
        self, provider: Provider, sku: Sku, rate: Rate | None, counted: Counted, options: dict[str, str]
    ) -> Quantity | None:
        """A quantity that the request itself does not tell: given in a column or field, or a range."""
        seconds = self._seconds(provider, sku, rate) if counted.of == INPUT_AND_OUTPUT else self._ask.duration
        name = sku.given_as or INPUT
        asked = counted_quantity(counted, name, self._ask.option(name), seconds)
        options.update(asked.options)
        for found in asked.problems:
            self._note_fault(provider, found)
        self._notes += asked.notes
        return asked.quantity

    def _seconds(self, provider: Provider, sku: Sku, rate: Rate | None) -> int | None:
        """The seconds asked for, or the provider's default."""
        seconds = self._ask.duration
        if seconds is not None:
            return seconds if isinstance(seconds, int) else None
        if rate is not None and self._ask.option("input") is not None and "input" not in rate.options:  # noted already
            return None
        if self._is_from_video(rate):
            self._note_fault(provider, problem("price_unknown.length", "duration"))
            return None
        default = self._default(provider, sku, "duration")
        self._defaults.insert(0, self._defaults.pop())
        return None if default is None else int(default)

    def _is_from_video(self, rate: Rate | None) -> bool:
        """Whether the video that is made is as long as one that is given."""
        if rate is None:
            return False
        is_given = self._ask.option("input") not in _NO_INPUT and "input" in rate.options
        return is_given or (rate.settlement == REQUEST_THEN_ACTUAL and not self._indicative)

    def _billed_at_minimum(self, rate: Rate | None, seconds: int, low: int) -> bool:
        return self._indicative and rate is not None and rate.minimum_quantity is not None and 1 <= seconds < low

    def _check_combination(self, provider: Provider, rate: Rate, options: dict[str, str]) -> None:
        combination = tuple(options[name] for name in rate.by)
        if combination not in rate.unit_prices:
            self._note_fault(provider, problem("not_allowed.combination", rate.by[-1], values=Listed(combination)))

    def _check_shots(self, options: dict[str, str]) -> None:
        shots, seconds = self._ask.shots, options.get("duration")
        if shots is None or seconds is None or str(shots) == seconds:
            return
        key = "mismatch.shots_default" if "duration" in self._defaults else "mismatch.shots"
        self._problems.append(problem(key, "model_params.multi_prompt", shots=shots, duration=seconds))

    def _charge(self, provider: Provider, sku: Sku, rate: Rate, options: dict[str, str], quantity: Quantity) -> Charge:
        unit = rate.unit_prices[tuple(options[name] for name in rate.by)]
        quantum = self._pricer.book.currencies[provider.currency].quantum
        minimum, least = rate.minimum_quantity, rate.minimum_charge

        def price_of(units: Decimal) -> tuple[Decimal, Decimal]:
            adjustments = adjustments_of(rate, options, units, self._counts)
            return cost_of_one_call(unit.price, units, minimum, least, quantum, adjustments)

        requested, billed, cost, cost_least, certainty = less_by_volume(
            priced(quantity, price_of), provider, rate, self._day
        )
        adjustments = adjustments_of(rate, options, requested, self._counts)
        self._note_future(provider, rate)
        if billed != requested:
            self._notes.append((MINIMUMS[sku.unit], (("minimum", plain_text(billed)),)))
        self._notes += [
            *adjustment_notes(provider, unit.price, billed, cost or cost_least, adjustments),
            *volume_notes(provider, self._day),
        ]
        if rate.minimum_charge is not None and cost == rate.minimum_charge:
            self._notes.append(("minimum_charge", (("charge", f"{plain_text(cost)} {provider.currency}"),)))
        if rate.suspicious:
            price = f"{plain_text(unit.price)} {provider.currency} per {sku.unit}"
            self._notes.append(("suspicious", (("why", rate.suspicious),)))
            self._problems.append(problem("suspicious_price.rate", "", price=price, why=rate.suspicious))
        ordered = {name: options[name] for name in self._pricer.names if name in options}
        return Charge(
            provider.id,
            self._model,
            ordered,
            tuple(self._defaults),
            sku.billing_rule,
            sku.unit,
            requested,
            billed,
            unit.price,
            cost,
            provider.currency,
            self._pricer.per_usd(provider.currency),
            rate.effective_from,
            tuple(self._notes),
            unit.base_rate,
            unit.multiplier,
            rate,
            certainty,
            cost_least,
            adjustments,
        )

    def _note_future(self, provider: Provider, rate: Rate) -> None:
        """Without a day the latest prices are taken, which may not hold yet."""
        book = self._pricer.book
        if self._day is None and book.begins_later(rate):
            self._notes.append((FUTURE_RATE, (("first", rate.effective_from.isoformat()),)))
        money = book.exchange_rate(provider.currency, self._pricer.as_of)
        if self._pricer.as_of is None and money is not None and book.begins_later(money):
            first = (("currency", provider.currency), ("first", money.effective_from.isoformat()))
            self._notes.append((FUTURE_MONEY, first))

    def _note_fault(self, provider: Provider, found: Problem) -> None:
        self._problems.append(with_api_error(found, provider.id, found.field))


def _ours(sku: Sku, name: str, value: str) -> str:
    """Our value of an option for a word of the seller, else the value itself."""
    return sku.names.get(name, _NO_WORDS).get(value, value)


def _words_of(ask: Ask) -> RequestWords | None:
    """How a request says what a price depends on; rows, and most requests, need no module of any provider for it."""
    if ask.name_field in _AS_A_ROW:
        return None
    from kling_cost.jobs.providers import words_of

    return words_of(ask)
