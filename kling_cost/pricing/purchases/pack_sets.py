"""The cheapest set of packs that holds a number of credits, exactly, in whole numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from kling_cost.pricebook.terms.provider_terms import Pack

_MOST_STEPS = 5_000_000  # of the table, over all packs


class PackCount(NamedTuple):
    """A pack, and how many of it are bought."""

    pack: Pack
    number: int


def cheapest_packs(packs: Sequence[Pack], need: Decimal) -> list[PackCount] | None:
    """The cheapest set of packs that holds at least so many credits; of equal ones, that with the most credits.

    Args:
        packs: what can be bought, as often as one likes, all priced in one currency.
        need: how many credits.

    Returns:
        The packs by size; None where there are too many combinations to work it out.

    >>> from kling_cost.amounts import Amount
    >>> packs = [Pack(Decimal(1000), Amount(14, "USD")), Pack(Decimal(5000), Amount(65, "USD"))]
    >>> [(one.number, str(one.pack.credits)) for one in cheapest_packs(packs, Decimal("3158.9372"))]
    [(4, '1000')]
    >>> [(one.number, str(one.pack.credits)) for one in cheapest_packs(packs, Decimal(4500))]
    [(1, '5000')]
    """
    if need <= 0 or not packs:
        return [] if need <= 0 else None
    table = _Table(sorted(packs, key=lambda pack: (pack.credits, pack.price.value)), need)
    if table.steps > _MOST_STEPS:
        return None
    counts = table.counts()
    return [PackCount(pack, count) for pack, count in zip(table.packs, counts, strict=True) if count]


class _Table:
    """The least price of each number of credits up to what is needed, in units of which every pack is a multiple.

    Of the best pack for its price, as many are taken beforehand as no cheapest set can do without: in any set with as
    many other packs as the best one has units, some of them add up to a multiple of it, and it is no dearer.

    Args:
        packs: what can be bought, the smallest first.
        need: how many credits.
    """

    def __init__(self, packs: Sequence[Pack], need: Decimal) -> None:
        self.packs = packs
        sizes, self._prices = _whole(pack.credits for pack in packs), _whole(pack.price.value for pack in packs)
        unit = gcd(*sizes)
        self._sizes = [size // unit for size in sizes]
        # `sizes` are credits times one number, and so are units of it.
        scale = Fraction(sizes[0]) / Fraction(packs[0].credits) / unit
        needed = Fraction(need) * scale
        units = -(-needed.numerator // needed.denominator)
        places = range(len(packs))
        self._best = min(places, key=lambda at: (Fraction(self._prices[at], self._sizes[at]), self._sizes[at]))
        others = (self._sizes[self._best] - 1) * max(self._sizes)
        self._before = max(0, (units - others - self._sizes[self._best]) // self._sizes[self._best])
        self._units = units - self._before * self._sizes[self._best]

    @property
    def steps(self) -> int:
        """How many steps it takes to fill."""
        return self._units * len(self.packs)

    def counts(self) -> list[int]:
        """How many of each pack make the cheapest set."""
        # Of a number of units: the least price, the most units for it as a negative number, and the pack bought last.
        least: list[tuple[int, int]] = [(0, 0)]
        last: list[int] = [-1]
        choices = list(enumerate(zip(self._sizes, self._prices, strict=True)))
        for units in range(1, self._units + 1):
            best = min(
                (least[max(0, units - size)][0] + price, least[max(0, units - size)][1] - size, at)
                for at, (size, price) in choices
            )
            least.append(best[:2])
            last.append(best[2])
        found = [0] * len(self.packs)
        found[self._best] = self._before
        left = self._units
        while left > 0:
            found[last[left]] += 1
            left -= self._sizes[last[left]]
        return found


def _whole(numbers: Iterator[Decimal]) -> list[int]:
    """Numbers times the least one that makes all of them whole."""
    exact = [Fraction(number) for number in numbers]
    scale = lcm(*(number.denominator for number in exact))
    return [int(number * scale) for number in exact]
