"""Prices that line items look up, by combination and by period: a span of dates in which no rate in use changes.

A workbook looks a price up by combination and period, so that a changed model or quality finds its own price,
whatever day its rate began.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kling_cost.amounts import exact_sum, plain_text
from kling_cost.pricebook.book import PRICED_OPTIONS, PriceBook, Rate, Sku, UnitPrice
from kling_cost.pricebook.catalogue import Offer, first_days, offers
from kling_cost.pricebook.counting.length_tiers import DURATION
from kling_cost.pricebook.counting.quantity import PER_CALL, PER_SECOND, UNITS
from kling_cost.pricebook.terms.extras import DOWN, HALF_UP, PER_ONE_CALL, PER_UNIT, UP, Extra, Rounding
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.pricing.rule import UNADJUSTED, rounded, unrounded_cost
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Column, Value

MOST_SECONDS = 3_600  # of a seller that states no limit
MOST_TOKENS = 10**9
_FEW_PERIODS = 4
#: What formulas call a way of rounding: its place.
ROUND_MODES = (HALF_UP, UP, DOWN)


class Periods:
    """The periods that a report uses, each called by its first day.

    Args:
        report: whose sellers and days count.
    """

    def __init__(self, report: Report) -> None:
        self._is_of_book = report.book is not None
        charges = [charge for charge, _, _ in report.estimate.by_charge]
        self.sellers = {charge.provider for charge in charges}
        found = first_days(report.book, self.sellers) if report.book else []
        #: First days of all periods, ascending.
        self.starts = found or sorted({charge.rate_effective_from for charge in charges})
        as_of = report.estimate.as_of if self._is_of_book else None
        #: Which of them lines without a day of their own are in.
        self.default = max(0, (bisect_right(self.starts, as_of) if as_of else len(self.starts)) - 1)

    def of_day(self, day: date | None, rate_from: date) -> date:
        """The period of a line's own day, or else of the report's.

        Args:
            day: the job's own day, if it has one.
            rate_from: when its rate began, which says it all where the price book is not known.
        """
        if not self._is_of_book:
            return rate_from
        return self.starts[self.default] if day is None else self.starts[bisect_right(self.starts, day) - 1]

    def day_of(self, item: LineItem) -> date | None:
        """The day whose prices count for a line; None where it is the report's."""
        return item.job.date if self._is_of_book else item.charge.rate_effective_from

    def listed(self, report: Report) -> list[date]:
        """The periods whose prices are listed, so that a line may be moved into them: all of them where they are few,
        else those in which lines are priced, and those without a day of their own would be; ascending."""
        if len(self.starts) <= _FEW_PERIODS:
            return self.starts
        used = {self.of_day(item.job.date, item.charge.rate_effective_from) for item in report.line_items}
        return sorted(used | set(self.starts[self.default : self.default + 1]))


class PriceLine(NamedTuple):
    """One price that a line may look up.

    Attributes:
        key: what it is looked up by.
        values: its other columns, by their keys, and the first day of its period as `starts`.
    """

    key: str
    values: dict[str, Value]


def period_code(start: date) -> str:
    """What formulas call the period that begins on a day: no date, which people would read in another form than theirs.

    >>> period_code(date(2026, 2, 1))
    'P20260201'
    """
    return f"P{start.isoformat().replace('-', '')}"


class PriceKeys:
    """What lines look their prices up by: seller, model, options, period, and the length where each has its own price.

    Args:
        report: whose lines and price book count.
    """

    def __init__(self, report: Report) -> None:
        self._options, self._by_length = report.options, set[str]()
        charges = [charge for charge, _, _ in report.estimate.by_charge]
        if report.book is not None:
            #: Whether any price is that of one length alone.
            self.has_lengths = any(DURATION in rate.options for sku in _skus(report) for rate in sku.rates)
            return
        first: dict[str, Decimal] = {}
        for charge in charges:  # a stored estimate says only what it used
            key = self._base(charge, period_code(charge.rate_effective_from))
            of_call = charge.unit == UNITS[PER_CALL] and DURATION in charge.options
            if of_call or first.setdefault(key, charge.unit_price) != charge.unit_price:
                self._by_length.add(key)
        self.has_lengths = bool(self._by_length)

    def of(self, charge: Charge, period: str) -> str:
        """The key of a line's price in a period."""
        base, length = self._base(charge, period), self.length(charge)
        return base if length is None else f"{base}|{length}"

    def length(self, charge: Charge) -> int | None:
        """The only length that a line's price is for, in seconds; None where it is for any."""
        if charge.rate is None:
            is_alone = self._base(charge, period_code(charge.rate_effective_from)) in self._by_length
        else:
            is_alone = DURATION in charge.rate.options
        return int(charge.options[DURATION]) if is_alone and DURATION in charge.options else None

    def _base(self, charge: Charge, period: str) -> str:
        chosen = [charge.options.get(name, "") for name in self._options]
        return "|".join([charge.provider, charge.model, *chosen, period])


def key_formula(options: Sequence[str], period: str) -> str:
    """The same as a formula, of the columns of a row; `period` is the one that holds the period.

    >>> key_formula(["quality"], "period")
    '{provider}&"|"&{model}&"|"&{quality}&"|"&{period}'
    """
    return '&"|"&'.join(f"{{{key}}}" for key in ("provider", "model", *map(option_key, options), period))


def option_key(name: str) -> str:
    """The key of an option's column; a price book may call its own options what other columns are called.

    >>> option_key("quality"), option_key("day")
    ('quality', 'option_day')
    """
    return name if name in PRICED_OPTIONS else f"option_{name}"


def option_column(name: str) -> Column:
    """An option's column; one that the price book names itself has its name as title."""
    return Column(
        option_key(name), title="" if name in PRICED_OPTIONS else name.replace("_", " ").capitalize(), kind="id"
    )


def choices_of(option: str) -> str:
    """The key of the table of an option's values.

    >>> choices_of("quality"), choices_of("tier")
    ('qualities', 'option_tier')
    """
    return {"quality": "qualities", "sound": "sounds"}.get(option, option_key(option))


def price_lines(report: Report) -> list[PriceLine]:
    """The rows of the table of prices."""
    found = _of_book(report, report.book) if report.book else _of_charges(report)
    return list({line.key: line for line in found}.values())


def _of_book(report: Report, book: PriceBook) -> Iterator[PriceLine]:
    periods = Periods(report)
    for start in periods.listed(report):
        for offer in offers(book, start, periods.sellers):
            yield _line(report, book, offer, start)


def _line(report: Report, book: PriceBook, offer: Offer, start: date) -> PriceLine:
    provider, sku, rate, model, chosen, price, length = offer
    low, high = _range(sku) if length is None else (length, length)
    options: dict[str, Value] = {option_key(name): chosen.get(name, "") for name in report.options}
    values: dict[str, Value] = {
        "provider": provider.id,
        "model": model,
        **options,
        "unit_price": price.price,
        "currency": provider.currency,
        "unit": report.words(f"unit.{sku.unit}"),
        "arithmetic": _arithmetic(price),
        "printed": price.printed,
        "period": period_code(start),
        "starts": start,
        "seconds_least": low,
        "seconds_most": high,
        "counted_in": _step(sku),
        "length": length,
        "is_per_call": int(sku.billing_rule == PER_CALL),
        "minimum_quantity": None if rate.minimum_quantity is None else int(rate.minimum_quantity),
        "minimum_charge": rate.minimum_charge,
        **_adjustments(rate, chosen, book.currencies[provider.currency].quantum),
        "effective_from": rate.effective_from,
        "checked": rate.checked,
        "copied": None if rate.copied is None else report.words.when(rate.copied),
        "price_source": rate.source,
        "remark": _remark(report, rate),
    }
    key = [provider.id, model, *map(str, options.values()), period_code(start), *([] if length is None else [length])]
    return PriceLine("|".join(map(str, key)), values)


def is_adjusted(report: Report) -> bool:
    """Whether anything comes to a quantity × unit price, of a line or of another price that it may look up."""
    if report.book is None:
        return any(charge.adjustments != UNADJUSTED for charge, _, _ in report.estimate.by_charge)
    rates = (rate for sku in _skus(report) for rate in sku.rates)
    return any(rate.extras or rate.rounding is not None or rate.factor is not None for rate in rates)


def is_stepped(report: Report) -> bool:
    """Whether a seller counts in steps of more than one, so that a price does not fit every length."""
    return any(_step(sku) > 1 for sku in _skus(report))


def _skus(report: Report) -> Iterator[Sku]:
    """What the sellers in use sell; nothing where the price book is not known."""
    if report.book is not None:
        sellers = Periods(report).sellers
        yield from (sku for provider, sku in report.book.skus() if provider.id in sellers)


def _step(sku: Sku) -> int:
    return 1 if sku.quantity is None else sku.quantity.step


def _adjustments(rate: Rate, options: Mapping[str, str], quantum: Decimal) -> dict[str, Value]:
    """What formulas bring to a quantity × unit price."""
    rounding = rate.rounding or Rounding(quantum)
    per = {name: Decimal(0) for name in (PER_UNIT, PER_ONE_CALL)}
    for extra in rate.extras:
        if is_looked_up(extra) and extra.holds(options):
            per[extra.per] += extra.unit_price
    return {
        "extra_per_unit": per[PER_UNIT],
        "extra_per_call": per[PER_ONE_CALL],
        "factor": Decimal(1) if rate.factor is None else rate.factor,
        "round_mode": ROUND_MODES.index(rounding.mode),
        "decimals": -int(rounding.to.as_tuple().exponent),
    }


def is_looked_up(extra: Extra) -> bool:
    """Whether an extra is that of every line with the same options, so that a line finds it with its price."""
    return extra.per in (PER_UNIT, PER_ONE_CALL) and not extra.free


def counted_extras(charge: Charge) -> Decimal:
    """What one call is charged beside what it finds with its price."""
    rate = charge.rate
    found = {extra[:2] for extra in rate.extras if is_looked_up(extra)} if rate is not None else set()
    return exact_sum(extra.cost for extra in charge.adjustments.extras if (extra.per, extra.unit_price) not in found)


def _range(sku: Sku) -> tuple[int, int]:
    """How much may be asked for; nothing of a call."""
    if sku.billing_rule == PER_CALL:
        return 0, 0
    if sku.seconds is not None or sku.quantity is None:
        return sku.seconds or (1, MOST_SECONDS)
    most = MOST_SECONDS if sku.billing_rule == PER_SECOND else MOST_TOKENS
    return sku.quantity.minimum or 1, sku.quantity.maximum or most


def asked_units(charge: Charge) -> int | None:
    """What stands under seconds: what is asked for, as the seller counts it; None for a call of any length.

    >>> from kling_cost.pricing.single_price import price
    >>> asked_units(price("kling-v3-text-to-video", duration=2).charge)
    2
    """
    if charge.unit == UNITS[PER_CALL]:
        return int(charge.options[DURATION]) if DURATION in charge.options else None
    return int(charge.requested_quantity)


def _arithmetic(price: UnitPrice) -> str:
    if price.base_rate is None or price.multiplier is None:
        return ""
    return f"{plain_text(price.base_rate)} × {plain_text(price.multiplier)}"


def _remark(report: Report, rate: Rate) -> str:
    words = report.words
    remarks = (
        words("remark.suspicious", why=rate.suspicious) if rate.suspicious else "",
        words("remark.assumed") if rate.date_basis == "assumed" else "",
        words("remark.refunded") if rate.refund_on_failure else "",
    )
    return "; ".join(text for text in remarks if text)


def _of_charges(report: Report) -> Iterator[PriceLine]:
    """What an estimate that was stored says itself about the prices it used."""
    charges, keys = [charge for charge, _, _ in report.estimate.by_charge], PriceKeys(report)
    decimals: dict[str, int] = {}
    minimum: dict[str, int] = {}
    shortest: dict[tuple[str, str], int] = {}
    for charge in charges:
        known = decimals.get(charge.currency, 0)
        decimals[charge.currency] = max(known, len(plain_text(charge.due).partition(".")[2]))
        key = keys.of(charge, period_code(charge.rate_effective_from))
        seconds = asked_units(charge) or 0
        model = (charge.provider, charge.model)
        shortest[model] = min(shortest.get(model, seconds), seconds)
        billed_more = charge.billed_quantity != charge.requested_quantity
        minimum[key] = max(minimum.get(key, 0), int(charge.billed_quantity) if billed_more else 0)
    raised = {key: cost for charge in charges for key, cost in _raised(keys, charge, decimals[charge.currency])}
    for charge in charges:
        key = keys.of(charge, period_code(charge.rate_effective_from))
        least, length = shortest[charge.provider, charge.model], keys.length(charge)
        found = _of_charge(report, charge, decimals[charge.currency], minimum[key], least)
        alone = {} if length is None else {"length": length, "seconds_least": length, "seconds_most": length}
        yield PriceLine(key, {**found, **alone, "minimum_charge": raised.get(key)})


def _raised(keys: PriceKeys, charge: Charge, decimals: int) -> Iterator[tuple[str, Decimal]]:
    """The minimum charge that a stored cost was raised to, by the key of its price."""
    exact = unrounded_cost(charge.unit_price, charge.billed_quantity, charge.adjustments)
    rounding = charge.adjustments.rounding or Rounding(Decimal(1).scaleb(-decimals))
    if charge.cost is not None and charge.cost > rounded(exact, rounding):
        yield keys.of(charge, period_code(charge.rate_effective_from)), charge.cost


def _of_charge(report: Report, charge: Charge, decimals: int, minimum: int, least: int) -> dict[str, Value]:
    factor, rounding = charge.adjustments.factor, charge.adjustments.rounding
    return {
        "provider": charge.provider,
        "model": charge.model,
        **{option_key(name): charge.options.get(name) for name in report.options},
        "unit_price": charge.unit_price,
        "currency": charge.currency,
        "unit": report.words(f"unit.{charge.unit}"),
        "period": period_code(charge.rate_effective_from),
        "starts": charge.rate_effective_from,
        "seconds_least": least,
        "seconds_most": MOST_SECONDS if least else 0,
        "minimum_quantity": minimum or None,
        "is_per_call": int(charge.unit == UNITS[PER_CALL]),
        "extra_per_unit": Decimal(0),
        "extra_per_call": Decimal(0),
        "factor": Decimal(1) if factor is None else factor,
        "round_mode": 0 if rounding is None else ROUND_MODES.index(rounding.mode),
        "decimals": decimals if rounding is None else -int(rounding.to.as_tuple().exponent),
        "effective_from": charge.rate_effective_from,
        "price_source": report.words("stored_estimate"),
    }
