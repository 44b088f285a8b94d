"""The one pricing rule: the only place where a price meets a quantity."""

from __future__ import annotations

from decimal import Decimal

from kling_cost.amounts import EXACT, round_half_up


def cost_of_one_call(
    unit_price: Decimal,
    requested_quantity: Decimal,
    minimum_quantity: Decimal | None,
    minimum_charge: Decimal | None,
    quantum: Decimal,
) -> tuple[Decimal, Decimal]:
    """Billed quantity and cost of one call.

    The quantity is raised to its minimum, multiplied by the unit price, rounded half up to the currency's
    quantum, and raised to the minimum charge.

    Args:
        unit_price: per second or call, in the provider's currency.
        requested_quantity: seconds or calls that were asked for.
        minimum_quantity: smallest billed quantity, inclusive, or None.
        minimum_charge: smallest cost of a call, inclusive, or None.
        quantum: smallest step of the currency.

    >>> cost_of_one_call(Decimal("7.1982"), Decimal(2), Decimal(3), None, Decimal("0.0001"))
    (Decimal('3'), Decimal('21.5946'))
    """
    billed = requested_quantity if minimum_quantity is None else max(requested_quantity, minimum_quantity)
    cost = round_half_up(EXACT.multiply(billed, unit_price), quantum)
    return billed, cost if minimum_charge is None else max(cost, minimum_charge)
