"""What each seller comes to: over the jobs that it can make, and over those that all can make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from kling_cost.amounts import EXACT, divide_half_up
from kling_cost.planning.seller_offers import REASONS, Offer
from kling_cost.pricebook.book import Provider
from kling_cost.pricing.purchases.landed_cost import LandedCost
from kling_cost.results.certainty import EXACT as CERTAIN
from kling_cost.results.certainty import UNKNOWN, certainty_of_sum

_NOTHING, _ONE = Decimal(0), Decimal(1)


class Shot(NamedTuple):
    """What jobs that ask for the same have in common.

    Attributes:
        product: what they are compared as; None where no other model makes the same.
        own: what their own seller asks for one take.
        sold: what each seller that is shown asks, in the order of the sellers.
        stays: they are submitted or locked, so that nobody else can make them.
        jobs, takes: how many there are.
    """

    product: str | None
    own: Offer
    sold: tuple[Offer, ...]
    stays: bool = False
    jobs: int = 0
    takes: int = 0


class ReasonCount(NamedTuple):
    """How many jobs are not comparable at a seller for a reason."""

    reason: str
    jobs: int


class SellerTotal(NamedTuple):
    """What a seller comes to.

    Attributes:
        provider, name: its id, and its name for people.
        currency: of its prices.
        jobs: how many jobs it can make, at a comparable price.
        cost: what they cost there at most, with those that only lack an exchange rate; None where it is not known.
        certainty: how certain that is.
        usd: the cost of its comparable jobs in dollars; None where it is not known.
        common_usd: what the jobs cost that all sellers can make; None of a seller that has none of them.
        suspicious: how many of these at a price that is probably a mistake.
        is_firm: whether every price of `common_usd` is exact and not doubted.
        reasons: why the others are not comparable.
        landed: what has to be bought for `cost`; None where it is not known.
    """

    provider: str
    name: str
    currency: str
    jobs: int
    cost: Decimal | None
    certainty: str
    usd: Decimal | None
    common_usd: Decimal | None
    suspicious: int
    is_firm: bool
    reasons: Sequence[ReasonCount]
    landed: LandedCost | None = None


class Common(NamedTuple):
    """The jobs that every seller can make which can make any at a comparable price.

    Attributes:
        jobs: how many.
        takes: of all of them.
        sellers: who makes them.
    """

    jobs: int
    takes: int
    sellers: tuple[str, ...]


_Offered = tuple[Offer, Shot]


def common_shots(shots: Sequence[Shot], sellers: Sequence[str]) -> tuple[list[Shot], Common]:
    """The shots that every seller can make which can make any, and how many those are.

    >>> common_shots([], ["a"])
    ([], Common(jobs=0, takes=0, sellers=()))
    """
    able = [at for at in range(len(sellers)) if any(shot.sold[at].is_known for shot in shots)]
    made = [shot for shot in shots if able and all(shot.sold[at].is_known for at in able)]
    makers = tuple(sellers[at] for at in able)
    return made, Common(sum(shot.jobs for shot in made), sum(shot.takes for shot in made), makers)


def seller_total(seller: Provider, at: int, shots: Sequence[Shot], common: Sequence[Shot]) -> SellerTotal:
    """What a seller comes to.

    Args:
        seller: which one.
        at: its place among the sellers that are shown.
        shots: all that is compared.
        common: those that all sellers can make.
    """
    offers = [(shot.sold[at], shot) for shot in shots]
    comparable = [pair for pair in offers if pair[0].is_comparable]
    priced = [pair for pair in offers if pair[0].is_same_video]
    return SellerTotal(
        seller.id,
        seller.name,
        seller.currency,
        sum(shot.jobs for _, shot in comparable),
        _cost(priced) if priced else None,
        certainty_of_sum({offer.certainty or UNKNOWN for offer, _ in priced} - {CERTAIN}),
        _in_dollars(comparable),
        _in_dollars([(shot.sold[at], shot) for shot in common]),
        sum(shot.jobs for offer, shot in comparable if offer.is_suspicious),
        _is_firm(at, common),
        _reasons(offers),
    )


def _is_firm(at: int, common: Sequence[Shot]) -> bool:
    return all(shot.sold[at].is_firm for shot in common)


def _reasons(offers: Iterable[_Offered]) -> list[ReasonCount]:
    """Why jobs are not comparable, and how many."""
    counts: Counter[str | None] = Counter()
    for offer, shot in offers:
        counts[offer.reason] += shot.jobs
    return [ReasonCount(reason, counts[reason]) for reason in REASONS if counts[reason]]


def _cost(offers: Iterable[_Offered]) -> Decimal | None:
    """What all takes cost in the seller's currency; None where an offer has no upper end."""
    total = _NOTHING
    for offer, shot in offers:
        if offer.charge is None or offer.charge.cost is None:
            return None
        total = EXACT.add(total, EXACT.multiply(offer.charge.cost, Decimal(shot.takes)))
    return total


def _in_dollars(offers: Sequence[_Offered]) -> Decimal | None:
    """What all takes cost in dollars, rounded once; None where that is not known, or there are none."""
    if not offers or not all(offer.is_known for offer, _ in offers):
        return None
    return divide_half_up(sum((shot.takes * dollars(offer) for offer, shot in offers), Fraction(0)), _ONE)


def dollars(offer: Offer) -> Fraction:
    """What one take of an offer that is known costs in dollars, exactly."""
    charge = offer.charge
    assert charge is not None
    assert charge.cost is not None
    assert charge.per_usd is not None
    return Fraction(charge.cost) / Fraction(charge.per_usd)
