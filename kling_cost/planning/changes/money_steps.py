"""The steps between two plans in one money, the exchange rate last, so that a waterfall adds up to the last digit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from kling_cost.amounts import EXACT, divide_half_up
from kling_cost.planning.changes.price_steps import EXCHANGE, Step

PerUsd = Callable[[str], Decimal | None]


class MoneySteps(NamedTuple):
    """The change in one money, as far as exchange rates are known.

    Attributes:
        currency: of every amount.
        old, new: what the plans cost, rounded half up to 12 decimals; None where nothing is known.
        at_least: the new plan costs more: a rate is not known, or a job has no price.
        unknown: currencies that are in no amount.
        steps: at the exchange rates of the old plan, then `exchange`; each is the difference of two rounded sums.
    """

    currency: str
    old: Decimal | None
    new: Decimal | None
    at_least: bool
    unknown: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def amount(self) -> Decimal | None:
        """What the new plan costs."""
        return self.new

    @property
    def difference(self) -> Decimal | None:
        """New less old."""
        return None if self.old is None or self.new is None else EXACT.subtract(self.new, self.old)


def in_one_money(
    currency: str,
    costs: Mapping[str, tuple[Decimal, Decimal]],
    steps: Iterable[Step],
    old_per_usd: PerUsd,
    new_per_usd: PerUsd,
    partial: bool,
) -> MoneySteps:
    """The change in one money.

    Args:
        currency: of that money.
        costs: for each currency what the old and the new plan cost.
        steps: in their order.
        old_per_usd, new_per_usd: units for one dollar by each plan; a rate that one of them lacks is the other's.
        partial: a job of the new plan has no price.
    """
    before = {code: _factor(code, currency, old_per_usd, new_per_usd) for code in costs}
    after = {code: _factor(code, currency, new_per_usd, old_per_usd) for code in costs}
    unknown = tuple(sorted(code for code in costs if before[code] is None or after[code] is None))
    known = {code: (before[code] or Fraction(0), after[code] or Fraction(0)) for code in costs if code not in unknown}
    if unknown and not known:
        return MoneySteps(currency, None, None, True, unknown, ())
    start = sum((Fraction(costs[code][0]) * rate for code, (rate, _) in known.items()), Fraction(0))
    end = sum((Fraction(costs[code][1]) * rate for code, (_, rate) in known.items()), Fraction(0))
    found, running = [], start
    added: dict[str, Fraction] = {}
    for step in steps:
        if step.currency in known:
            added[step.step] = added.get(step.step, Fraction(0)) + Fraction(step.amount) * known[step.currency][0]
    for name, amount in [*added.items(), (EXCHANGE, None)]:
        level = end if amount is None else running + amount
        moved = EXACT.subtract(_rounded(level), _rounded(running))
        if moved:
            found.append(Step(name, currency, moved))
        running = level
    return MoneySteps(currency, _rounded(start), _rounded(end), partial or bool(unknown), unknown, tuple(found))


def _factor(code: str, currency: str, per_usd: PerUsd, other: PerUsd) -> Fraction | None:
    """What one unit comes to in another currency."""
    if code == currency:
        return Fraction(1)
    here, there = per_usd(code) or other(code), per_usd(currency) or other(currency)
    return None if here is None or there is None else Fraction(there) / Fraction(here)


def _rounded(amount: Fraction) -> Decimal:
    return divide_half_up(amount, Decimal(1))
