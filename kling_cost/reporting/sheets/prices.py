"""The prices that lines look up: by combination, and by period, a span of days in which no rate in use changes.

A workbook looks a price up by combination and period, so that a changed model or quality finds its own price,
whatever day its rate began.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from kling_cost.amounts import plain_text
from kling_cost.pricebook.book import PRICED_OPTIONS, PriceBook, Provider, Rate, Sku, UnitPrice
from kling_cost.pricing.line_item import Charge
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Value


class Periods:
    """The periods that a report uses, each called by its first day.

    Args:
        report: whose sellers and days count.
    """

    def __init__(self, report: Report) -> None:
        self._as_of = report.estimate.as_of
        sellers = {charge.provider for charge, _, _ in report.estimate.by_charge}
        skus = [sku for provider, sku in report.book.skus() if provider.id in sellers] if report.book else []
        self._starts = sorted({rate.effective_from for sku in skus for rate in sku.rates})
        self.sellers = sellers

    def of_day(self, day: date | None, rate_from: date) -> date:
        """The period of a line's own day, of the report's, or the last one.

        Args:
            day: the job's own day, if it has one.
            rate_from: when its rate began, which says it all where the price book is not known.
        """
        if not self._starts:
            return rate_from
        wanted = day or self._as_of
        return self._starts[-1] if wanted is None else self._starts[bisect_right(self._starts, wanted) - 1]

    def used(self, report: Report) -> list[date]:
        """The periods in which lines are priced, ascending."""
        return sorted(
            {self.of_day(item.job.date, item.charge.rate_effective_from) for item in report.estimate.line_items}
        )


class PriceLine(NamedTuple):
    """One price that a line may look up.

    Attributes:
        key: what it is looked up by.
        values: its other columns, by their keys.
    """

    key: str
    values: dict[str, Value]


def price_key(charge: Charge, rates_of: str) -> str:
    """What a line looks its price up by: seller, model, options and the period of the price book."""
    options = [charge.options.get(name, "") for name in PRICED_OPTIONS]
    return "|".join([charge.provider, charge.model, *options, rates_of])


def price_lines(report: Report) -> list[PriceLine]:
    """The rows of the table of prices."""
    found = _of_book(report, report.book) if report.book else _of_charges(report)
    return list({line.key: line for line in found}.values())


def _of_book(report: Report, book: PriceBook) -> Iterator[PriceLine]:
    periods = Periods(report)
    for start in periods.used(report):
        for provider, sku in book.skus():
            rate = sku.rate(start)
            if provider.id in periods.sellers and rate is not None:
                for model in sku.models:
                    for options, price in rate.unit_prices.items():
                        yield _line(report, book, provider, sku, rate, model, options, price, start.isoformat())


def _line(
    report: Report,
    book: PriceBook,
    provider: Provider,
    sku: Sku,
    rate: Rate,
    model: str,
    options: tuple[str, ...],
    price: UnitPrice,
    period: str,
) -> PriceLine:
    chosen = dict(zip(rate.by, options, strict=True))
    quality, sound = chosen.get("quality", ""), chosen.get("sound", "")
    values: dict[str, Value] = {
        "provider": provider.id,
        "model": model,
        "quality": quality,
        "sound": sound,
        "unit_price": price.price,
        "currency": provider.currency,
        "unit": report.words(f"unit.{sku.unit}"),
        "arithmetic": _arithmetic(price),
        "printed": price.printed,
        "minimum_quantity": None if rate.minimum_quantity is None else int(rate.minimum_quantity),
        "minimum_charge": rate.minimum_charge,
        "decimals": -int(book.currencies[provider.currency].quantum.as_tuple().exponent),
        "effective_from": rate.effective_from,
        "checked": rate.checked,
        "copied": None if rate.copied is None else report.words.when(rate.copied),
        "price_source": rate.source,
        "remark": _remark(report, rate),
    }
    return PriceLine("|".join([provider.id, model, quality, sound, period]), values)


def _arithmetic(price: UnitPrice) -> str:
    if price.base_rate is None or price.multiplier is None:
        return ""
    return f"{plain_text(price.base_rate)} × {plain_text(price.multiplier)}"


def _remark(report: Report, rate: Rate) -> str:
    words = report.words
    said = (
        words("remark.suspicious", why=rate.suspicious) if rate.suspicious else "",
        words("remark.assumed") if rate.date_basis == "assumed" else "",
        words("remark.refunded") if rate.refund_on_failure else "",
    )
    return "; ".join(text for text in said if text)


def _of_charges(report: Report) -> Iterator[PriceLine]:
    """What an estimate that was stored says itself about the prices it used."""
    charges = [charge for charge, _, _ in report.estimate.by_charge]
    decimals: dict[str, int] = {}
    minimum: dict[str, int] = {}
    for charge in charges:
        known = decimals.get(charge.currency, 0)
        decimals[charge.currency] = max(known, len(plain_text(charge.cost).partition(".")[2]))
        key = price_key(charge, charge.rate_effective_from.isoformat())
        billed_more = charge.billed_quantity != charge.requested_quantity
        minimum[key] = max(minimum.get(key, 0), int(charge.billed_quantity) if billed_more else 0)
    for charge in charges:
        key = price_key(charge, charge.rate_effective_from.isoformat())
        yield PriceLine(key, _of_charge(report, charge, decimals[charge.currency], minimum[key]))


def _of_charge(report: Report, charge: Charge, decimals: int, minimum: int) -> dict[str, Value]:
    return {
        "provider": charge.provider,
        "model": charge.model,
        "quality": charge.options.get("quality"),
        "sound": charge.options.get("sound"),
        "unit_price": charge.unit_price,
        "currency": charge.currency,
        "unit": report.words(f"unit.{charge.unit}"),
        "minimum_quantity": minimum or None,
        "decimals": decimals,
        "effective_from": charge.rate_effective_from,
        "price_source": report.words("stored_estimate"),
    }
