"""One total in one money, whatever currencies it was counted in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from kling_cost.amounts import divide_half_up, plain_text

DOLLAR = "USD"


class GrandTotal(NamedTuple):
    """Everything in one money, as far as exchange rates are known.

    Attributes:
        currency: of the amount.
        amount: the sum of what is known, converted from exact totals and rounded half up once, to 12 decimals; None
            where nothing is known. The most that it may be, or the least of what has no upper end.
        at_least: it costs more: a rate is not known, a job has no price, or the cost of one has no upper end.
        unknown: currencies that are in no amount, since a exchange rate is not known.

    >>> print(GrandTotal("USD", Decimal("43.874127777778"), True, ("KLING3API_CREDIT",)))
    at least 43.874127777778 USD
    """

    currency: str
    amount: Decimal | None
    at_least: bool
    unknown: tuple[str, ...]

    def __str__(self) -> str:
        if self.amount is None:
            return f"unknown {self.currency}"
        return f"{'at least ' if self.at_least else ''}{plain_text(self.amount)} {self.currency}"


def grand_total(
    costs: Iterable[tuple[str, Decimal]], currency: str, per_usd: Callable[[str], Decimal | None], partial: bool
) -> GrandTotal:
    """The sum of costs in one currency.

    Args:
        costs: a currency and what is counted in it.
        currency: of the sum.
        per_usd: units of a currency for one dollar, or None where that is not known.
        partial: there is something that none of them holds.
    """
    known, unknown = [], []
    for code, cost in costs:
        amount = _converted(code, cost, currency, per_usd)
        if amount is None:
            unknown.append(code)
        else:
            known.append(amount)
    total = divide_half_up(sum(known, Fraction(0)), Decimal(1)) if known or not unknown else None
    return GrandTotal(currency, total, partial or bool(unknown), tuple(unknown))


def _converted(code: str, cost: Decimal, currency: str, per_usd: Callable[[str], Decimal | None]) -> Fraction | None:
    """A cost in another currency; None where one of the rates is not known."""
    if code == currency:
        return Fraction(cost)
    here, there = per_usd(code), per_usd(currency)
    return None if here is None or there is None else Fraction(cost) * Fraction(there) / Fraction(here)
