"""What has to be bought for a plan, of each seller whose credits come in packs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kling_cost.amounts import EXACT
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.cost_sums import Shared
from kling_cost.pricing.purchases.landed_cost import LandedCost, landed_cost

_NOTHING = Decimal(0)


class Purchase(NamedTuple):
    """What has to be bought of a seller.

    Attributes:
        provider, name: its id, and its name for people.
        unit: the currency that it counts in.
        landed: what has to be bought, and what that costs.
    """

    provider: str
    name: str
    unit: str
    landed: LandedCost


def plan_purchases(shared: Iterable[Shared], book: PriceBook | None, day: date | None) -> list[Purchase]:
    """What has to be bought of each seller whose terms list packs, by its id.

    A seller of which any job has no upper end is left out: nobody knows how much is enough.

    Args:
        shared: every charge, with how many jobs and takes share it.
        book: the price book; None where it is not known, and so no terms are.
        day: whose terms count; None for the latest.

    >>> plan_purchases([], None, None)
    []
    """
    needs: dict[str, Decimal | None] = {}
    for charge, _, takes in shared:
        before = needs.get(charge.provider, _NOTHING)
        needs[charge.provider] = None if before is None or charge.cost is None else _with(before, charge.cost, takes)
    known = [(name, need) for name, need in sorted(needs.items()) if need is not None]
    return [] if book is None else list(_purchases(known, book, day))


def _with(before: Decimal, cost: Decimal, takes: int) -> Decimal:
    return EXACT.add(before, EXACT.multiply(cost, Decimal(takes)))


def _purchases(needs: Iterable[tuple[str, Decimal]], book: PriceBook, day: date | None) -> Iterator[Purchase]:
    for name, need in needs:
        seller = book.providers.get(name)
        if seller is None or seller.terms.on(day).packs is None:
            continue
        landed = landed_cost(seller, need, _NOTHING, book, day)
        if landed is not None:
            yield Purchase(seller.id, seller.name, seller.currency, landed)
