"""The cheapest mix: each job at its cheapest seller, with what that saves and how many sellers it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from kling_cost.amounts import EXACT, divide_half_up
from kling_cost.planning.compare.cheapest_sellers import cheapest
from kling_cost.planning.compare.job_offers import ComparedJob, JobOffer
from kling_cost.planning.compare.seller_totals import Shot, dollars
from kling_cost.planning.seller_offers import Offer
from kling_cost.pricing.line_item import LineItem

_ONE = Decimal(1)


class MixJob(NamedTuple):
    """Where a job is made in the cheapest mix.

    Attributes:
        item: the job as it is planned.
        own: what its own seller asks for one take.
        offer: what is asked for one take there.
    """

    item: LineItem
    own: Offer
    offer: Offer

    @property
    def at(self) -> JobOffer:
        """What is asked for all takes."""
        return JobOffer(self.offer, self.own, self.item.takes)

    @property
    def saves_usd(self) -> Decimal | None:
        """How much less than planned; None where what is planned is not known in dollars."""
        difference = self.at.difference_usd
        return None if difference is None else EXACT.minus(difference)

    @property
    def is_firm(self) -> bool:
        """Whether the price is exact and not doubted; what is not firm is only there as it was planned so."""
        return self.offer.is_firm


class MixSeller(NamedTuple):
    """How many jobs a seller makes in the cheapest mix, and what they cost in dollars."""

    provider: str
    jobs: int
    usd: Decimal


class Mix(NamedTuple):
    """Each job at its cheapest seller.

    Attributes:
        max_sellers: how many sellers it may need; None for any number.
        jobs: those that a seller makes at a price that may be taken, in the order of the estimate.
        sellers: whom it needs, by id.
        usd: what it costs; None without a job.
        saves_usd: how much less than planned, over the jobs whose planned cost is known in dollars.
        unknown_savings: how many jobs of the mix have no planned cost in dollars.
        stays: how many of its jobs nobody else can make, since they are submitted or locked.
        left_out: how many jobs no seller of the mix makes at a price that may be taken.
    """

    max_sellers: int | None
    jobs: Sequence[MixJob]
    sellers: Sequence[MixSeller]
    usd: Decimal | None
    saves_usd: Decimal | None
    unknown_savings: int
    stays: int
    left_out: int


_Made = tuple[Shot, Offer]


def mix_of(jobs: Sequence[ComparedJob], places: Sequence[int], shots: Sequence[Shot], max_sellers: int | None) -> Mix:
    """Each job at its cheapest seller.

    Args:
        jobs: in the order of the estimate.
        places: of each, its place among the shots.
        shots: what is to be made.
        max_sellers: how many sellers it may need; None for any number.

    Raises:
        UsageError: there are too many choices of sellers.
    """
    found = cheapest(shots, max_sellers)
    offers = [(job, found.offers[at]) for job, at in zip(jobs, places, strict=True)]
    mixed = [MixJob(job.item, job.own, offer) for job, offer in offers if offer is not None]
    made = [(shot, offer) for shot, offer in zip(shots, found.offers, strict=True) if offer is not None]
    planned = [(shot, offer) for shot, offer in made if shot.own.is_known]
    saved = sum((shot.takes * (dollars(shot.own) - dollars(offer)) for shot, offer in planned), Fraction(0))
    saves = _rounded(saved) if planned else None
    return Mix(
        max_sellers,
        mixed,
        list(_sellers(made, found.sellers)),
        _cost(made) if made else None,
        saves,
        _jobs_of(shot for shot, _ in made) - _jobs_of(shot for shot, _ in planned),
        _jobs_of(shot for shot, _ in made if shot.stays),
        len(jobs) - len(mixed),
    )


def _sellers(made: Sequence[_Made], names: Sequence[str]) -> Iterator[MixSeller]:
    for name in names:
        own = [(shot, offer) for shot, offer in made if offer.provider == name]
        yield MixSeller(name, sum(shot.jobs for shot, _ in own), _cost(own))


def _jobs_of(shots: Iterable[Shot]) -> int:
    return sum(shot.jobs for shot in shots)


def _cost(made: Sequence[_Made]) -> Decimal:
    """What all takes cost in dollars, rounded once."""
    return _rounded(sum((shot.takes * dollars(offer) for shot, offer in made), Fraction(0)))


def _rounded(usd: Fraction) -> Decimal:
    return divide_half_up(usd, _ONE)
