"""What a rate charges beside its unit price, for what a request asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from kling_cost.amounts import plain_text
from kling_cost.jobs.job import Ask
from kling_cost.pricebook.book import PRICED_OPTIONS, Provider, Rate
from kling_cost.pricebook.terms.extras import DOWN, HALF_UP, NOT_ASKED_FOR, UP
from kling_cost.pricebook.terms.provider_terms import Volume
from kling_cost.pricing.charging.quantities import Priced
from kling_cost.pricing.line_item import Note
from kling_cost.pricing.rule import UNADJUSTED, Adjustments, billed_quantity, charged_extras, unrounded_cost
from kling_cost.problems import Problem, problem
from kling_cost.results.certainty import AT_MOST

_COUNT = re.compile(r"[0-9]{1,6}", re.ASCII)

#: The note on a way of rounding.
_ROUNDED = {HALF_UP: "rounded_half_up", UP: "rounded_up", DOWN: "rounded_down"}


def counts_of(ask: Ask, rate: Rate | None, faults: list[Problem]) -> dict[str, int]:
    """How many a request asks for of what a rate counts; what is not given is not asked for.

    Args:
        ask: the request.
        rate: the rate; None counts nothing.
        faults: what cannot be read is added to these.
    """
    counts: dict[str, int] = {}
    for name in dict.fromkeys(extra.per for extra in rate.extras) if rate is not None else ():
        value = ask.option(name)
        if isinstance(value, str) and _COUNT.fullmatch(value):
            counts[name] = int(value)
        elif value is not None:
            faults.append(problem("price_unknown.count", name))
    return counts


def adjustments_of(rate: Rate, options: Mapping[str, str], quantity: Decimal, counts: Mapping[str, int]) -> Adjustments:
    """What the cost of a call depends on beside its billed quantity and unit price.

    Args:
        rate: the rate.
        options: what is asked for.
        quantity: the seconds or calls that are asked for.
        counts: as `counts_of` gives them.
    """
    if not rate.extras and rate.factor is None and rate.rounding is None:
        return UNADJUSTED
    billed = billed_quantity(quantity, rate.minimum_quantity)
    extras = tuple(charged_extras(rate.extras, options, billed, counts))
    return Adjustments(extras, rate.factor, rate.rounding, rate.group, tuple(counts.items()))


def adjustment_notes(
    provider: Provider, unit_price: Decimal, billed: Decimal, cost: Decimal | None, adjustments: Adjustments
) -> Iterator[Note]:
    """What comes to quantity × price.

    Args:
        provider: who sells it.
        unit_price: of one unit.
        billed: how many are billed.
        cost: what one call costs.
        adjustments: what comes to it.
    """
    for per, quantity, _, extra in adjustments.extras:
        text = f"{plain_text(extra)} {provider.currency}"
        yield "extra", (("quantity", plain_text(quantity)), ("per", per), ("cost", text))
    if adjustments.factor is not None and adjustments.group is not None:
        yield "group", (("factor", plain_text(adjustments.factor)), ("group", adjustments.group))
    rounding = adjustments.rounding
    if rounding is not None and unrounded_cost(unit_price, billed, adjustments) != cost:
        yield _ROUNDED[rounding.mode], (("to", plain_text(rounding.to)),)


def volume_notes(provider: Provider, day: date | None) -> Iterator[Note]:
    """What may be taken off by what is spent in a month, which nobody knows before."""
    for above, factor in _volumes(provider, day):
        yield "volume", (("factor", plain_text(factor)), ("above", str(above)))


def less_by_volume(found: Priced, provider: Provider, rate: Rate, day: date | None) -> Priced:
    """A price of which something more may be taken off by what is spent in a month: that much at most."""
    is_reached = rate.factor is not None and rate.group is None
    at = rate.factor if is_reached and rate.factor is not None else Decimal(1)
    if found.cost is None or all(volume.factor >= at for volume in _volumes(provider, day)):
        return found
    return found._replace(cost_least=None, certainty=AT_MOST)


def _volumes(provider: Provider, day: date | None) -> tuple[Volume, ...]:
    """The discounts on volume that are in force on a day, those that change nothing left out."""
    factors = provider.terms.on(day).factors if provider.terms.factors else None
    return () if factors is None else tuple(volume for volume in factors.volumes if volume.factor != 1)


def not_asked_for(rate: Rate, name: str, default: str | None) -> str | None:
    """What an option is where nothing is said of it, if only extras depend on it; None where the seller decides."""
    if name not in rate.conditional or name in PRICED_OPTIONS or default is not None:
        return None
    return next((value for value in NOT_ASKED_FOR if value in rate.options[name]), None)
