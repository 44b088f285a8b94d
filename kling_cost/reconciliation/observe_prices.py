"""What tasks were charged for one second or call, gathered by combination."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kling_cost.amounts import EXACT, divide_half_up
from kling_cost.frozen import Frozen
from kling_cost.pricebook.book import REQUEST_ONLY, SUCCEEDED, PriceBook, Sku, book_given
from kling_cost.pricebook.counting.quantity import INPUT, TOKENS
from kling_cost.pricebook.load import load_prices
from kling_cost.pricebook.upkeep.observed_prices import ObservedPrice, ObservedPrices
from kling_cost.pricing.line_item import Charge
from kling_cost.problems import UsageError
from kling_cost.python_values import instance
from kling_cost.reconciliation.answers.answer import Event, utc_day
from kling_cost.reconciliation.result import Reconciliation, Task
from kling_cost.results.certainty import EXACT as CERTAIN

#: How much of it was asked for, which is no option of a price.
_QUANTITIES = ("duration", INPUT, TOKENS)


class _Key(NamedTuple):
    """What tasks have in common whose prices are gathered."""

    provider: str
    model: str
    options: tuple[tuple[str, str], ...]
    currency: str
    unit: str
    effective_from: date
    listed: Decimal


class _Seen:
    """The prices of one combination."""

    def __init__(self) -> None:
        self.prices: list[Decimal] = []
        self.last_day: date | None = None

    def add(self, price: Decimal, day: date | None) -> None:
        """Count one task."""
        self.prices.append(price)
        self.last_day = max((one for one in (self.last_day, day) if one is not None), default=None)


def observe_prices(outcome: Reconciliation, book: PriceBook | None = None) -> ObservedPrices:
    """Gather what tasks were charged for one second or call, by seller, model and options.

    Only tasks that succeeded, and whose amount stands for what was asked for, count: not those that are open, failed,
    given back in part or billed by the seconds that came out. A task that was charged what was due counts with the
    price in the book, so that rounding moves no price.

    Args:
        outcome: what `reconcile` gives; one that was stored needs its estimate (`read_reconciliation(path, estimate)`).
        book: the price book that knows the SKUs; the estimate's, or the one that comes with the library.

    Raises:
        UsageError: `outcome` is no reconciliation, or has no estimate.

    >>> import kling_cost as kc
    >>> jobs = [{"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 5}}]
    >>> usage = {"credits_reserved": 30, "billing_rule": "per_second"}
    >>> answer = {"job_id": "a", "response": {"id": "t", "status": "completed", "usage": usage}}
    >>> seen = observe_prices(kc.reconcile(kc.estimate(jobs), kc.read_responses([answer])))
    >>> [(one.sku, dict(one.options), one.tasks, str(one.median)) for one in seen.observed]
    [('kling-3.0-video', {'quality': '720p', 'sound': 'off'}, 1, '6.000000000000')]
    """
    instance(outcome, Reconciliation, "outcome", "a reconciliation from reconcile() or read_reconciliation()")
    plan = outcome.estimate
    if plan is None:
        raise UsageError("a stored reconciliation tells no options; read it with its estimate")
    known = book_given(book) or plan.book or load_prices()
    charges = {item.job.job_id: item.charge for item in plan.line_items}
    seen: dict[_Key, _Seen] = {}
    left_out = 0
    for task in outcome.tasks:
        charge = charges.get(task.job_id)
        price = None if charge is None else _unit_price(task, charge, known)
        if charge is None or price is None:
            left_out += 1
        else:
            seen.setdefault(_key(charge), _Seen()).add(price, _day(task.events))
    found = [_observed(key, of_it, known) for key, of_it in seen.items()]
    return ObservedPrices(outcome.price_book, tuple(sorted(found, key=_place)), left_out)


def _key(charge: Charge) -> _Key:
    by = () if charge.rate is None else charge.rate.by  # a length may have its own price
    options = tuple(
        sorted((name, value) for name, value in charge.options.items() if name in by or name not in _QUANTITIES)
    )
    return _Key(
        charge.provider,
        charge.model,
        options,
        charge.currency,
        charge.unit,
        charge.rate_effective_from,
        charge.unit_price,
    )


def _place(one: ObservedPrice) -> tuple[str, str, str, tuple[tuple[str, str], ...], date]:
    return one.provider, one.sku, one.model, tuple(one.options.items()), one.effective_from


def _unit_price(task: Task, charge: Charge, book: PriceBook) -> Decimal | None:
    """What one unit was charged; None where the amount does not say it."""
    if task.state != SUCCEEDED or task.reported is None or task.refunded or task.estimated != charge.cost:
        return None
    if charge.certainty != CERTAIN:  # nobody says how many units were charged
        return None
    if task.reported == charge.cost:
        return charge.unit_price
    if not task.reported or not _is_in_proportion(charge, book) or not _is_known_before(charge, book):
        return None
    return divide_half_up(task.reported, charge.billed_quantity)


def _is_in_proportion(charge: Charge, book: PriceBook) -> bool:
    """Whether the cost is quantity times price, but for rounding: no minimum charge, nothing on top."""
    currency = book.currencies.get(charge.currency)
    exact = EXACT.multiply(charge.unit_price, charge.billed_quantity)
    off = abs(EXACT.subtract(charge.due, exact))
    return off < currency.quantum if currency is not None else not off


def _is_known_before(charge: Charge, book: PriceBook) -> bool:
    """Whether what is billed is what was asked for, and not what came out."""
    rates = (sku.rate(charge.rate_effective_from) for sku in _skus(charge.provider, charge.model, book))
    return all(rate is None or rate.settlement == REQUEST_ONLY for rate in rates)


def _skus(provider: str, model: str, book: PriceBook) -> list[Sku]:
    return [sku for _, sku in book.sellers(model, provider)]


def _day(events: Iterable[Event]) -> date | None:
    """The day on which a task was created, in UTC."""
    moments = [event.created for event in events if event.created is not None]
    return utc_day(max(moments, default=None))


def _observed(key: _Key, seen: _Seen, book: PriceBook) -> ObservedPrice:
    prices = sorted(seen.prices)
    sku = next((sku.id for sku in _skus(key.provider, key.model, book)), key.model)
    return ObservedPrice(
        key.provider,
        sku,
        key.model,
        Frozen(key.options),
        key.currency,
        key.unit,
        key.effective_from,
        key.listed,
        len(prices),
        prices[(len(prices) - 1) // 2],
        prices[0],
        prices[-1],
        seen.last_day,
    )
