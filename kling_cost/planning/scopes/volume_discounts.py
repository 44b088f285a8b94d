"""Discounts on volume: what is still to be submitted, at the prices of what its month has come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from kling_cost.amounts import EXACT, plain_text
from kling_cost.planning.rules.job_groups import month_of
from kling_cost.planning.scopes.actuals import Actuals
from kling_cost.pricebook.terms.volume_prices import Spending, book_for_spending, has_volumes
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import Pricer, pricer
from kling_cost.problems import Problem, problem


def at_volume_prices(estimate: Estimate, actuals: Actuals) -> tuple[Sequence[LineItem], list[Problem]]:
    """The jobs of a plan with the discount on what was charged in their month, and what is to be said of it.

    That is what their takes cost from now on; takes that were submitted before may have cost more. A month that has
    not come to more than the book asks for has no discount, and neither has a stored estimate.

    >>> import kling_cost as kc
    >>> plan = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> at_volume_prices(plan, Actuals([]))[1]
    []
    """
    items, book = estimate.line_items, estimate.book
    if book is None or not has_volumes(book):
        return items, []
    known = book_for_spending(book, _spent(estimate, actuals), estimate.as_of)
    if known is book:
        return items, []
    prices = pricer(known, estimate.as_of)
    found = [_discounted(prices, item) for item in items]
    told = {
        (new.charge.provider, month_of(new.job.date or estimate.as_of) or "", plain_text(new.charge.adjustments.factor))
        for old, new in zip(items, found, strict=True)
        if new is not old and new.charge.adjustments.factor is not None
    }
    return found, [
        problem("price_unknown.volume", "", provider=provider, month=month, factor=factor)
        for provider, month, factor in sorted(told)
    ]


def _discounted(prices: Pricer, item: LineItem) -> LineItem:
    """A line item with its discount; as it was where there is none."""
    found, _ = prices.item_of(item.job)
    rate = None if found is None else found.charge.rate
    if found is None or rate is None or rate.factor is None or rate.group is not None:
        return item
    return found


def _spent(estimate: Estimate, actuals: Actuals) -> Mapping[str, Spending]:
    """What was charged by provider, month and currency; what was charged on no known day is left out."""
    dates = {item.job_id: item.job.date for item in estimate.line_items}
    found: dict[str, dict[str, dict[str, Decimal]]] = {}
    for task in actuals.charged():
        month = month_of(dates.get(task.job_id) or task.created)
        if month is not None and task.reported is not None:
            costs = found.setdefault(task.provider, {}).setdefault(month, {})
            costs[task.currency] = EXACT.add(costs.get(task.currency, Decimal(0)), task.reported)
    return found
