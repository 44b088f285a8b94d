"""How much a call is billed for: one quantity, or the least and the most of it where it is not known before."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from kling_cost.results.certainty import EXACT, certainty_of


class Quantity(NamedTuple):
    """Units that are asked for.

    Attributes:
        least, most: both the same where the quantity is known; None where that end is not known.

    >>> Quantity.known(Decimal(5)).most
    Decimal('5')
    """

    least: Decimal | None
    most: Decimal | None

    @classmethod
    def known(cls, units: Decimal) -> Quantity:
        """A quantity that is known."""
        return cls(units, units)


class Priced(NamedTuple):
    """What a quantity comes to.

    Attributes:
        requested, billed: units of the most that it may be, or of the least where that has no upper end.
        cost, cost_least, certainty: as of `Charge`.
    """

    requested: Decimal
    billed: Decimal
    cost: Decimal | None
    cost_least: Decimal | None
    certainty: str


def priced(quantity: Quantity, price_of: Callable[[Decimal], tuple[Decimal, Decimal]]) -> Priced:
    """Price both ends of a quantity by the one rule, each as if it had been asked for.

    Args:
        quantity: at least one of its ends is known.
        price_of: gives what is billed and what it costs.

    >>> priced(Quantity(Decimal(3), Decimal(10)), lambda units: (units, units * 2))[2:]
    (Decimal('20'), Decimal('6'), 'range')
    """
    shown = quantity.least if quantity.most is None else quantity.most
    if shown is None:
        raise ValueError("nothing is known of the quantity")
    billed, cost = price_of(shown)
    if quantity.least == quantity.most:
        return Priced(shown, billed, cost, None, EXACT)
    least = None if quantity.least is None else price_of(quantity.least)[1]
    most = None if quantity.most is None else cost
    certainty = certainty_of(least, most)
    return Priced(shown, billed, most, None if certainty == EXACT else least, certainty)
