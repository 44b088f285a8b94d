"""How much a plan may grow: by a percentage of each currency, or by an amount."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from kling_cost.amounts import Amount
from kling_cost.pricebook.upkeep.price_diff import percentage
from kling_cost.problems import UsageError
from kling_cost.python_values import told
from kling_cost.written_amounts import AmountError

Costs = Mapping[str, Decimal]
PerUsd = Callable[[str], Decimal | None]
_HUNDRED = 100
_NOTHING = Decimal(0)


class Allowance(NamedTuple):
    """By how much a plan may grow: a share of each currency, or an amount."""

    share: Fraction | None
    amount: Amount | None


def allowance(text: str, name: str) -> Allowance:
    """Growth as people write it.

    Args:
        text: such as `"5 %"` or `"20 USD"`.
        name: what the argument is called.

    Raises:
        UsageError: it is neither.

    >>> allowance("5 %", "fail_above").share, allowance("20 USD", "fail_above").amount
    (Fraction(1, 20), Amount('20', 'USD'))
    """
    if isinstance(text, str) and text.strip().endswith("%"):
        return Allowance(Fraction(percentage(text)) / _HUNDRED, None)
    try:
        amount = Amount.parse(text) if isinstance(text, str) else None
    except AmountError as error:
        raise UsageError(f"{name}: {error}; write a percentage such as 5% or an amount such as 20 USD") from None
    if amount is None or amount.value < 0:
        raise UsageError(f"{name} must be a percentage such as 5% or an amount such as 20 USD, not {told(text)}")
    return Allowance(None, amount)


def grows_beyond(old: Decimal, new: Decimal, share: Fraction) -> bool:
    """Whether a cost has grown by more than a share of what it was; from nothing, any growth is more.

    >>> grows_beyond(Decimal(100), Decimal(105), Fraction(1, 20)), grows_beyond(Decimal(0), Decimal(1), Fraction(1))
    (False, True)
    """
    return Fraction(new) > Fraction(old) * (1 + share)


def is_above(
    allowed: Allowance, old: Costs, new: Costs, old_per_usd: PerUsd, new_per_usd: PerUsd, credits: frozenset[str]
) -> bool | None:
    """Whether costs have grown beyond an allowance; None where a missing exchange rate keeps that from being checked.

    A share holds for each currency by itself. An amount in credits holds what is counted in them, one in money holds
    everything, each plan at its own exchange rates.
    """
    if allowed.share is not None:
        return any(grows_beyond(old.get(code, _NOTHING), cost, allowed.share) for code, cost in new.items())
    amount = allowed.amount or Amount(0, "USD")
    if amount.currency in credits:
        return new.get(amount.currency, _NOTHING) - old.get(amount.currency, _NOTHING) > amount.value
    before, after = _in(amount.currency, old, old_per_usd), _in(amount.currency, new, new_per_usd)
    return None if before is None or after is None else after - before > Fraction(amount.value)


def _in(currency: str, costs: Costs, per_usd: PerUsd) -> Fraction | None:
    there, total = per_usd(currency), Fraction(0)
    for code, cost in costs.items():
        here = per_usd(code)
        if here is None or there is None:
            return None
        total += Fraction(cost) * Fraction(there) / Fraction(here)
    return total
