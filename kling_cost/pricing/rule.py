"""The one pricing rule: the only place where a price meets a quantity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import NamedTuple

from kling_cost.amounts import EXACT, exact_sum, round_half_up
from kling_cost.pricebook.terms.extras import DOWN, HALF_UP, PER_ONE_CALL, PER_UNIT, UP, Extra, Rounding

_MODES = {HALF_UP: ROUND_HALF_UP, UP: ROUND_CEILING, DOWN: ROUND_FLOOR}
_DIGITS = 120  # as of `EXACT`


class ChargedExtra(NamedTuple):
    """What one call is charged beside its billed quantity.

    Attributes:
        per: for what, as in `Extra`.
        quantity: how many, those that are free left out.
        unit_price: for each of them.
        cost: of all, not rounded.
    """

    per: str
    quantity: Decimal
    unit_price: Decimal
    cost: Decimal


class Adjustments(NamedTuple):
    """What the cost of one call depends on beside its billed quantity, unit price and minimum charge.

    Attributes:
        extras: what is charged beside.
        factor: what both are multiplied by; None for 1.
        rounding: how the product is rounded; None where that is half up to the currency's quantum.
        group: whose factor it is; None without one.
        counts: what was counted for the extras, those that are free among it.
    """

    extras: tuple[ChargedExtra, ...] = ()
    factor: Decimal | None = None
    rounding: Rounding | None = None
    group: str | None = None
    counts: tuple[tuple[str, int], ...] = ()

    @property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """What was counted, as a request gives it."""
        return tuple((name, str(count)) for name, count in self.counts)


UNADJUSTED = Adjustments()


def billed_quantity(requested_quantity: Decimal, minimum_quantity: Decimal | None) -> Decimal:
    """The quantity that is billed: what was asked for, raised to its minimum.

    >>> billed_quantity(Decimal(2), Decimal(3))
    Decimal('3')
    """
    return requested_quantity if minimum_quantity is None else max(requested_quantity, minimum_quantity)


def charged_extras(
    extras: Iterable[Extra], options: Mapping[str, str], billed: Decimal, counts: Mapping[str, int]
) -> Iterator[ChargedExtra]:
    """What one call is charged beside its billed quantity.

    Args:
        extras: those of the rate.
        options: what is asked for.
        billed: the billed quantity.
        counts: how many are asked for of what can be counted; none of what is left out.

    >>> list(charged_extras([Extra("element", Decimal("0.5"), 1)], {}, Decimal(5), {"element": 3}))[0].cost
    Decimal('1.0')
    """
    for extra in extras:
        if extra.per == PER_UNIT:
            quantity = billed
        else:
            quantity = Decimal(1 if extra.per == PER_ONE_CALL else counts.get(extra.per, 0))
        quantity -= extra.free
        if quantity > 0 and extra.holds(options):
            yield ChargedExtra(extra.per, quantity, extra.unit_price, EXACT.multiply(quantity, extra.unit_price))


def cost_of_one_call(
    unit_price: Decimal,
    requested_quantity: Decimal,
    minimum_quantity: Decimal | None,
    minimum_charge: Decimal | None,
    quantum: Decimal,
    adjustments: Adjustments = UNADJUSTED,
) -> tuple[Decimal, Decimal]:
    """Billed quantity and cost of one call.

    The quantity is raised to its minimum, multiplied by the unit price, and extras are added; that is multiplied by
    the factor, rounded, half up to the currency's quantum unless the rate says otherwise, and raised to the minimum
    charge.

    Args:
        unit_price: per second or call, in the provider's currency.
        requested_quantity: seconds or calls that were asked for.
        minimum_quantity: smallest billed quantity, inclusive, or None.
        minimum_charge: smallest cost of a call, inclusive, or None.
        quantum: smallest step of the currency.
        adjustments: extras, factor and rounding.

    >>> cost_of_one_call(Decimal("7.1982"), Decimal(2), Decimal(3), None, Decimal("0.0001"))
    (Decimal('3'), Decimal('21.5946'))
    """
    billed = billed_quantity(requested_quantity, minimum_quantity)
    cost = unrounded_cost(unit_price, billed, adjustments)
    rounding = adjustments.rounding
    cost = round_half_up(cost, quantum) if rounding is None else rounded(cost, rounding)
    return billed, cost if minimum_charge is None else max(cost, minimum_charge)


def unrounded_cost(unit_price: Decimal, billed: Decimal, adjustments: Adjustments) -> Decimal:
    """What one call comes to before it is rounded.

    >>> unrounded_cost(Decimal("0.112"), Decimal(5), Adjustments(factor=Decimal("0.95")))
    Decimal('0.53200')
    """
    cost = EXACT.multiply(billed, unit_price)
    if adjustments.extras:
        cost = exact_sum([cost, *(extra.cost for extra in adjustments.extras)])
    return cost if adjustments.factor is None else EXACT.multiply(cost, adjustments.factor)


def rounded(cost: Decimal, rounding: Rounding) -> Decimal:
    """A cost rounded as a rate says.

    >>> [str(rounded(Decimal("0.985"), Rounding(Decimal("0.01"), mode))) for mode in ("half_up", "up", "down")]
    ['0.99', '0.99', '0.98']
    """
    context = Context(prec=_DIGITS, rounding=_MODES[rounding.mode], traps=[InvalidOperation])
    return cost.quantize(rounding.to, context=context)
