"""Each job at its cheapest seller, with all sellers or with few of them: by trying every choice of sellers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb, lcm
from typing import NamedTuple

from kling_cost.planning.compare.seller_totals import Shot, dollars
from kling_cost.planning.seller_offers import Offer
from kling_cost.problems import UsageError

_MOST_CHOICES = 20_000_000  # of sellers × kinds of jobs that are tried


class Cheapest(NamedTuple):
    """Where every shot is cheapest.

    Attributes:
        offers: of each shot, in order; None where no seller among the chosen may be taken.
        sellers: whom it needs, by id.
    """

    offers: list[Offer | None]
    sellers: tuple[str, ...]


def may_be_taken(shot: Shot) -> list[Offer]:
    """The offers that a mix may take: comparable, exact and not doubted; of its own seller what is planned, too.

    What is planned already stays possible at the most that it may cost, since nobody is changed to it. What is
    submitted or locked is made there or not in the mix.
    """
    own = [offer for offer in shot.sold if offer == shot.own and offer.is_known]
    return own if shot.stays else [offer for offer in shot.sold if offer.is_firm or offer in own]


def cheapest(shots: Sequence[Shot], most_sellers: int | None = None) -> Cheapest:
    """Where every shot is cheapest.

    Where two sellers ask the same, a job stays where it is planned, else goes to the first by id. With few sellers: as
    many jobs as possible are made, then at the least cost, then by the fewest sellers, then by the first ids.

    Args:
        shots: what is to be made.
        most_sellers: how many sellers it may need; any number if left out.

    Raises:
        UsageError: there are too many choices of sellers to try each.

    >>> cheapest([])
    Cheapest(offers=[], sellers=())
    """
    taken = [sorted(may_be_taken(shot), key=lambda offer: _order(shot, offer)) for shot in shots]
    sellers = sorted({offer.provider for offers in taken for offer in offers})
    if most_sellers is None or most_sellers >= len(sellers):
        return _chosen(taken, sellers)
    tried = sum(comb(len(sellers), count) for count in range(1, most_sellers + 1))
    if tried * len(shots) > _MOST_CHOICES:
        raise UsageError(f"too many choices of {most_sellers} among {len(sellers)} sellers; choose fewer with --seller")
    prices = _Prices(shots, taken, sellers)
    best = min(prices.choices(most_sellers))
    return _chosen(taken, [sellers[at] for at in best.sellers])


def _order(shot: Shot, offer: Offer) -> tuple[Fraction, bool, str]:
    return dollars(offer), offer != shot.own, offer.provider


def _chosen(taken: Iterable[Sequence[Offer]], sellers: Iterable[str]) -> Cheapest:
    """The first offer of every shot that is of one of the sellers."""
    allowed = set(sellers)
    offers = [next((offer for offer in found if offer.provider in allowed), None) for found in taken]
    return Cheapest(offers, tuple(sorted({offer.provider for offer in offers if offer is not None})))


class _Choice(NamedTuple):
    """Some sellers, the better the smaller: jobs left out, the cost in the least unit, how many they are, and which."""

    left_out: int
    cost: int
    needed: int
    sellers: tuple[int, ...]


class _Prices:
    """What every shot costs at every seller, in whole numbers of one unit.

    Args:
        shots: what is to be made.
        taken: the offers of each that may be taken.
        sellers: who makes any of them.
    """

    def __init__(self, shots: Sequence[Shot], taken: Sequence[Sequence[Offer]], sellers: Sequence[str]) -> None:
        self._sellers, self._jobs = range(len(sellers)), [shot.jobs for shot in shots]
        pairs = zip(shots, taken, strict=True)
        exact = [{offer.provider: dollars(offer) * shot.takes for offer in offers} for shot, offers in pairs]
        costs = [cost for found in exact for cost in found.values()]
        unit = lcm(*(cost.denominator for cost in costs))
        # Worse than all of them together, so that a job that can be made never is left out for its price.
        self._never = 1 + int(sum(costs) * unit)
        self._costs = [[_whole(found.get(name), unit, self._never) for found in exact] for name in sellers]

    def choices(self, most: int) -> Iterator[_Choice]:
        """Every choice of at most so many sellers."""
        for count in range(1, most + 1):
            for sellers in combinations(self._sellers, count):
                least = list(map(min, zip(*(self._costs[at] for at in sellers), strict=True)))
                left_out = sum(jobs for jobs, cost in zip(self._jobs, least, strict=True) if cost == self._never)
                cost = sum(cost for cost in least if cost != self._never)
                yield _Choice(left_out, cost, count, sellers)


def _whole(cost: Fraction | None, unit: int, never: int) -> int:
    return never if cost is None else int(cost * unit)
