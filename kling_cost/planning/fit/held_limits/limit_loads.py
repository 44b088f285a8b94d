"""What costs come to under a limit, in whole units of which all of them are multiples."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from math import ceil, floor, lcm

from kling_cost.amounts import Amount, divide_half_up
from kling_cost.planning.limits import LimitChecker, Standing
from kling_cost.planning.rules.rule_types import Contingency
from kling_cost.pricing.line_item import Charge

_UP = Context(prec=120, rounding=ROUND_CEILING)
_ONE = Decimal(1)


class LimitLoads:
    """Costs under a limit, in whole units.

    Args:
        standing: the limit.
        checker: converts amounts.
        quantum: the smallest unit of the limit's currency, to which what a limit has to be is rounded up.
        charges: all that may be charged under it.
    """

    def __init__(self, standing: Standing, checker: LimitChecker, quantum: Decimal, charges: Iterable[Charge]) -> None:
        self._standing, self._checker, self._quantum = standing, checker, quantum
        self.limit = standing.limit or Decimal(0)
        self._contingency = Contingency(share=standing.contingency_share)
        if standing.contingency_share is None:
            self._contingency = Contingency(amount=Amount(standing.contingency, standing.currency))
        once = {id(charge): self._converted(charge) for charge in {id(one): one for one in charges}.values()}
        self._scale = lcm(*(amount.denominator for amount in once.values()))
        self._of_one = {charge: int(amount * self._scale) for charge, amount in once.items()}

    def load(self, charge: Charge, takes: int) -> int:
        """What takes need of the limit, in units."""
        return self._of_one[id(charge)] * takes

    def _converted(self, charge: Charge) -> Fraction:
        amount: Fraction | None = self._checker.converted(self._standing.currency, {charge.currency: charge.due})[0]
        assert amount is not None  # a limit that cannot be checked is told before
        return amount

    @property
    def allowed(self) -> int:
        """The most load that the limit holds, with the contingency that it needs."""
        low, high = -1, int(Fraction(self.limit) * self._scale)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._needed(middle) <= self.limit else (low, middle - 1)
        return low

    def _needed(self, load: int) -> Fraction:
        planned = Fraction(load, self._scale)
        return planned + Fraction(self._contingency.of(planned, self._standing.currency, self._quantum))

    def amount(self, load: int) -> Decimal:
        """A load in the limit's currency, money rounded half up to 12 decimals."""
        return divide_half_up(Fraction(load, self._scale), _ONE)

    def exactly(self, load: int) -> Fraction:
        """A load in the limit's currency."""
        return Fraction(load, self._scale)

    def units(self, amount: Fraction) -> int:
        """The most units that an amount holds."""
        return floor(amount * self._scale)

    def rounded_up(self, amount: Fraction) -> Decimal:
        """An amount, rounded up to the smallest unit of the limit's currency."""
        steps = amount / Fraction(self._quantum)
        return _UP.multiply(Decimal(ceil(steps)), self._quantum)

    def limit_for(self, load: int) -> Decimal:
        """What the limit would have to be for a load, rounded up to the smallest unit of its currency."""
        return self.rounded_up(self._needed(load))

    def headroom(self, load: int) -> Decimal:
        """What is left of the limit."""
        return divide_half_up(Fraction(self.limit) - self._needed(load), _ONE)
