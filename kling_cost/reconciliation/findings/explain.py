"""Under which smallest change would an amount have been due? Every price comes from the one rule."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from kling_cost.amounts import round_half_up
from kling_cost.jobs.job import Ask, ask_for
from kling_cost.pricebook.book import PRICED_OPTIONS, PriceBook, Provider
from kling_cost.pricebook.catalogue import offers
from kling_cost.pricebook.load import load_prices
from kling_cost.pricebook.shipped_books import shipped_books
from kling_cost.pricing.charging.adjusted_charges import adjustments_of
from kling_cost.pricing.line_item import Charge
from kling_cost.pricing.pricer import pricer
from kling_cost.pricing.rule import cost_of_one_call

#: Differences below this are rounding, in units of the provider's currency.
ROUNDING_LIMIT = Decimal(1).scaleb(-2)
_MOST_SECONDS = 300  # durations that are tried for one model
#: What a request may have asked for instead, in the order in which changes are named.
_CHANGES = ("sound", "quality", "duration", "model")
_NO_OPTIONS = ("duration", "model")
#: What was counted, as a request gives it.
Counted = tuple[tuple[str, str], ...]


class _Priced(NamedTuple):
    """What another request would have cost."""

    cost: Decimal
    options: dict[str, str]


class Reason(NamedTuple):
    """What explains an amount that is not what was due.

    Attributes:
        explained_by: every smallest change under which it would have been due.
        is_given: a book that the caller gave explains it to the digit, so that it is no surprise.
    """

    explained_by: tuple[str, ...]
    is_given: bool


class Explainer:
    """Finds changes that explain amounts, by the prices of the book and of further books.

    Args:
        book: the price book of the estimate.
        also: further books.
        as_of: the day whose rates count for jobs without a day of their own; None for the latest.
    """

    def __init__(self, book: PriceBook, also: Sequence[PriceBook] = (), as_of: date | None = None) -> None:
        self._book, self._also, self._as_of = book, also, as_of
        self._tables: dict[tuple[object, ...], tuple[list[Decimal], list[_Priced]]] = {}
        self._known: dict[tuple[int, Decimal, bool], tuple[str, ...]] = {}

    def reason(self, charge: Charge, day: date | None, amount: Decimal, settled: bool = False) -> Reason:
        """What explains an amount; where no single change does, a book that comes with the library may.

        Args:
            charge, day, amount, settled: as in `explained_by`.
        """
        found = self.explained_by(charge, day, amount, settled)
        day = day or self._as_of
        if any(self._is_price_of(book, charge, day, amount) for book in self._also):
            return Reason(found, True)
        if found and "," not in found[0]:
            return Reason(found, False)
        other_books = [book for book in self._shipped if self._is_price_of(book, charge, day, amount)]
        return Reason(tuple(sorted(f"book={book.version}" for book in other_books)) or found, False)

    @cached_property
    def _shipped(self) -> list[PriceBook]:
        """The books that come with the library, but for those at hand."""
        known = {book.sha256 for book in (self._book, *self._also)}
        return [book for book in (load_prices(), *shipped_books().values()) if book.sha256 not in known]

    def _is_price_of(self, book: PriceBook, charge: Charge, day: date | None, amount: Decimal) -> bool:
        """Whether a book asks an amount, to the last digit that the currency has."""
        found = _charge_of(book, charge, day)
        known = book.currencies.get(charge.currency)
        return found is not None and known is not None and round_half_up(amount, known.quantum) == found.due

    def explained_by(self, charge: Charge, day: date | None, amount: Decimal, settled: bool = False) -> tuple[str, ...]:
        """Every smallest change under which a call would have cost the amount, within the rounding limit.

        Args:
            charge: what is due.
            day: of the job, whose rates count; None for the estimate's.
            amount: what was stated.
            settled: it is a final amount, which may follow from what came out.
        """
        key = (id(charge), amount, settled)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._search(charge, day or self._as_of, amount, settled)
        return known

    def _search(self, charge: Charge, day: date | None, amount: Decimal, settled: bool) -> tuple[str, ...]:
        provider = self._book.providers.get(charge.provider)
        found: dict[int, list[str]] = {}
        if provider is not None and provider.currency == charge.currency:
            for changes in self._other_requests(provider, charge, day, amount):
                found.setdefault(len(changes), []).append(",".join(changes))
                if settled and len(changes) == 1 and changes[0].startswith("duration="):
                    found[1].append(changes[0].replace("duration", "actual_seconds"))
            found.setdefault(1, []).extend(self._other_rates(provider, charge, amount))
        found.setdefault(1, []).extend(self._other_books(charge, day, amount))
        fewest = min((count for count, changes in found.items() if count and changes), default=0)
        return tuple(sorted(set(found.get(fewest, ())))) if fewest else ()

    def _other_requests(
        self, provider: Provider, charge: Charge, day: date | None, amount: Decimal
    ) -> Iterator[list[str]]:
        """What would have to change in a request for it to cost an amount."""
        base = _base(charge, provider)
        for priced in self._near(provider, day, amount, charge.adjustments.asked):
            names = (*_CHANGES[:-1], *self._book.own_options, _CHANGES[-1])
            yield [f"{n}={priced.options[n]}" for n in names if priced.options.get(n, base.get(n)) != base.get(n)]

    def _near(self, provider: Provider, day: date | None, amount: Decimal, counted: Counted) -> list[_Priced]:
        """What the provider sells for the amount, with the same numbers of what is counted."""
        key = (provider.id, counted, *(id(sku.rate(day)) for sku in provider.skus.values()))
        table = self._tables.get(key)
        if table is None:
            rows = sorted(_price_list(self._book, provider, day, counted), key=lambda row: row.cost)
            table = self._tables[key] = ([row.cost for row in rows], rows)
        costs, rows = table
        return rows[bisect_right(costs, amount - ROUNDING_LIMIT) : bisect_left(costs, amount + ROUNDING_LIMIT)]

    def _other_rates(self, provider: Provider, charge: Charge, amount: Decimal) -> Iterator[str]:
        sku = provider.sku(charge.model)
        quantum = self._book.currencies[provider.currency].quantum
        for rate in sku.rates if sku else ():
            unit = rate.unit_prices.get(tuple(charge.options.get(name, "") for name in rate.by))
            if rate.effective_from != charge.rate_effective_from and unit is not None:
                minimum, least, asked = rate.minimum_quantity, rate.minimum_charge, charge.requested_quantity
                counts = dict(charge.adjustments.counts)
                adjusted = adjustments_of(rate, charge.options, asked, counts)
                _, cost = cost_of_one_call(unit.price, asked, minimum, least, quantum, adjusted)
                if abs(cost - amount) < ROUNDING_LIMIT:
                    yield f"rate={rate.effective_from.isoformat()}"

    def _other_books(self, charge: Charge, day: date | None, amount: Decimal) -> Iterator[str]:
        for book in self._also:
            found = _charge_of(book, charge, day)
            if found is not None and abs(found.due - amount) < ROUNDING_LIMIT:
                yield f"book={book.version}"


def _ask(provider: str, model: str, options: Mapping[str, str], counted: Counted) -> Ask:
    seconds = options.get("duration")
    duration = None if seconds is None else int(seconds)
    chosen = tuple((name, value) for name, value in options.items() if name not in _NO_OPTIONS)
    return ask_for(provider, model, duration, chosen + counted)


def _charge_of(book: PriceBook, charge: Charge, day: date | None) -> Charge | None:
    """What a book asks for the same call on a day, else by its latest rate; None where it does not sell it so."""
    counted = tuple(pair for pair in charge.adjustments.asked if pair[0] in book.counts)
    asked = _ask(charge.provider, charge.model, charge.options, counted)
    found = pricer(book, day).quote(asked).charge or pricer(book, None).quote(asked).charge
    return found if found is not None and found.currency == charge.currency else None


def _base(charge: Charge, provider: Provider) -> dict[str, str | None]:
    """What was asked for; what the price does not depend on is the provider's default."""
    sku = provider.sku(charge.model)
    names = ("duration", *PRICED_OPTIONS, *charge.options)
    defaults = provider.defaults if sku is None else {**provider.defaults, **sku.defaults}
    return {"model": charge.model, **{n: charge.options.get(n, defaults.get(n)) for n in names}}


def _price_list(book: PriceBook, provider: Provider, day: date | None, counted: Counted) -> Iterator[_Priced]:
    """Every combination that the provider sells on a day; the models of a SKU cost the same."""
    priced = pricer(book, day)
    for offer in offers(book, day, {provider.id}):
        if offer.model != offer.sku.models[0]:
            continue
        for duration in offer.durations(_MOST_SECONDS + 1):
            options = {**offer.options, **({} if duration is None else {"duration": str(duration)})}
            charge = priced.quote(_ask(provider.id, offer.model, options, counted)).charge
            if charge is not None:
                yield from (_Priced(charge.due, {**options, "model": name}) for name in offer.sku.models)
