"""The steps between two plans in one money, the exchange rate last, so that a waterfall adds up to the last digit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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
    unknown = tuple(sorted(code for code, rate in before.items() if rate is None))  # either has it, or neither
    if unknown and len(unknown) == len(costs):
        return MoneySteps(currency, None, None, True, unknown, ())
    start = _sum((old, before[code]) for code, (old, _) in costs.items())
    end = _sum((new, after[code]) for code, (_, new) in costs.items())
    moves = tuple(_moves(currency, steps, before, start, end))
    return MoneySteps(currency, _rounded(start), _rounded(end), partial or bool(unknown), unknown, moves)


def _moves(
    currency: str, steps: Iterable[Step], rates: Mapping[str, Fraction | None], start: Fraction, end: Fraction
) -> Iterator[Step]:
    """Each step from one rounded sum to the next, then the exchange rate."""
    added: dict[str, Fraction] = {}
    for step, code, amount in steps:
        added[step] = added.get(step, Fraction(0)) + Fraction(amount) * (rates[code] or 0)
    running = start
    for name, level in [*_levels(start, added), (EXCHANGE, end)]:
        moved = EXACT.subtract(_rounded(level), _rounded(running))
        if moved:
            yield Step(name, currency, moved)
        running = level


def _levels(start: Fraction, added: Mapping[str, Fraction]) -> Iterator[tuple[str, Fraction]]:
    for name, amount in added.items():
        start += amount
        yield name, start


def _sum(amounts: Iterable[tuple[Decimal, Fraction | None]]) -> Fraction:
    return sum((Fraction(amount) * (rate or 0) for amount, rate in amounts), Fraction(0))


def _factor(code: str, currency: str, per_usd: PerUsd, other: PerUsd) -> Fraction | None:
    """What one unit comes to in another currency."""
    if code == currency:
        return Fraction(1)
    here, there = per_usd(code) or other(code), per_usd(currency) or other(currency)
    return None if here is None or there is None else Fraction(there) / Fraction(here)


def _rounded(amount: Fraction) -> Decimal:
    return divide_half_up(amount, Decimal(1))
