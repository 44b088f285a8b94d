"""The exact distribution of a sum of costs on lattices of whole quanta; only chances are floats.

A group of jobs costs whole multiples of one step. Groups whose steps have much in common are added up on one lattice;
two lattices with little in common are kept apart and joined only when a chance is asked for, so that arrays stay small.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import ceil, gcd, isqrt
from typing import Any, TypeVar

import numpy as np

from kling_cost.planning.risk.takes import Chances

# An array holds mean ± (8 sd + 24 jumps): by Bernstein's inequality, less than 3e-14 lies beyond.
_SIGMAS = 8
_JUMPS = 24
#: Points of an array that is worth making so that a sum needs no second lattice.
FEW_POINTS = 1 << 17
#: Points of the largest array.
MOST_POINTS = 1 << 22
_FACTORS = (3, 5)  # beside 2, of lengths whose transforms are fast
_SAFE = 1 << 40  # a step below it can be multiplied by the number of any point in 64 bits

Array = Any
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Part:
    """The chances of the totals base, base + step, base + 2 step …

    Attributes:
        base, step: in whole quanta.
        chances: of each total.
        low, high: least and greatest mean of what was mixed; both are the mean where nothing was.
        variance: the greatest of what was mixed, at least.
        jump: by how much one job may differ, at most.
    """

    base: int
    step: int
    chances: Array
    low: int
    high: int
    variance: int
    jump: int

    @property
    def span(self) -> int:
        """From the least to the greatest total."""
        return self.step * (len(self.chances) - 1)

    @property
    def spread(self) -> int:
        """How far apart the means of what was mixed are."""
        return self.high - self.low

    @property
    def top(self) -> int:
        """The greatest total."""
        return self.base + self.span


def window(low: int, high: int, variance: int, jump: int) -> tuple[int, int]:
    """Between which totals all that counts lies."""
    half = _SIGMAS * (isqrt(variance) + 1) + _JUMPS * jump
    return low - half, high + half


def points_that_count(parts: Sequence[Part], step: int) -> tuple[int, int]:
    """Of the sum of independent parts: the first point that counts, and the first after those."""
    base, length = sum(part.base for part in parts), sum(part.span for part in parts) // step + 1
    low, high = sum(part.low for part in parts), sum(part.high for part in parts)
    low, high = window(low, high, sum(part.variance for part in parts), max(part.jump for part in parts))
    return max(0, (low - base) // step), min(length, (high - base) // step + 2)


def trimmed(part: Part) -> Part:
    """The same without the totals that do not count."""
    first, last = points_that_count([part], part.step)
    chances = np.maximum(part.chances[first:last], 0)
    return Part(part.base + first * part.step, part.step, chances, part.low, part.high, part.variance, part.jump)


def constant(total: int) -> Part:
    """One total that is certain."""
    return Part(total, 1, np.ones(1), total, total, 0, 0)


def leaf(step: int, takes: Chances, jobs: int) -> Part:
    """The total of some jobs that are alike and independent, each of which costs `step` a take."""
    if len(takes.weights) == 1:
        return constant(step * takes.first * jobs)
    mean, variance = takes.mean - takes.first, takes.variance
    jump = len(takes.weights) - 1
    low, high = window(int(jobs * mean), ceil(jobs * mean), ceil(jobs * variance), jump)
    low, high = max(0, low), min(jobs * jump, high)
    size = fast_length(high - low + 1)
    one = np.zeros(size)
    for n, weight in enumerate(takes.weights):
        one[n % size] += weight / takes.scale
    chances = np.roll(np.fft.irfft(_power(np.fft.rfft(one), jobs), size), -(low % size))[: high - low + 1]
    at = step * takes.first * jobs
    middle = at + step * int(jobs * mean)
    spread = step * step * ceil(jobs * variance)
    return trimmed(Part(at + step * low, step, chances, middle, middle + step, spread, step * jump))


def _power(values: Array, exponent: int) -> Array:
    made = None
    while exponent:
        if exponent & 1:
            made = values if made is None else made * values
        exponent >>= 1
        if exponent:
            values = values * values
    return made


def fast_length(least: int) -> int:
    """The shortest length of at least so many points that is a product of 2, 3 and 5.

    >>> fast_length(7), fast_length(97)
    (8, 100)
    """
    lengths = [1]
    for factor in _FACTORS:
        lengths = [length * factor**n for length in lengths for n in range(least.bit_length()) if factor**n < 2 * least]
    return min(length << max(0, (-(-least // length) - 1).bit_length()) for length in lengths)


def spread_out(part: Part, step: int) -> Array:
    """The chances of a part on a finer lattice."""
    if part.step == step or len(part.chances) == 1:
        return part.chances
    often = part.step // step
    chances = np.zeros((len(part.chances) - 1) * often + 1)
    chances[::often] = part.chances
    return chances


def common_step(parts: Iterable[Part]) -> int:
    """The step of a lattice that holds the sums of all parts; 0 where all are certain."""
    return gcd(*(part.step for part in parts if part.span))


def joined(parts: Sequence[Part], chances: Array, step: int, first: int = 0) -> Part:
    """The sum of parts, whose chances were worked out from some point on."""
    low, high = sum(part.low for part in parts), sum(part.high for part in parts)
    variance = sum(part.variance for part in parts)
    base, jump = sum(part.base for part in parts) + first * step, max(part.jump for part in parts)
    return trimmed(Part(base, step, chances, low, high, variance, jump))


def merged(one: Part, other: Part) -> Part:
    """The sum of two independent parts."""
    step = common_step((one, other)) or 1
    left, right = spread_out(one, step), spread_out(other, step)
    if len(left) == 1 or len(right) == 1:
        return joined((one, other), left * right, step)
    first, last = points_that_count((one, other), step)
    size = fast_length(max(last - first, len(left), len(right)))
    return _transformed_back((one, other), np.fft.rfft(left, size) * np.fft.rfft(right, size), size, step)


def _transformed_back(parts: Sequence[Part], product: Array, size: int, step: int) -> Part:
    """The sum of parts from the product of their transforms, which need hold no more points than count.

    What does not count comes to lie on points that do, which changes their chances by less than the transform does.
    """
    first, last = points_that_count(parts, step)
    chances = np.roll(np.fft.irfft(product, size), -(first % size))[: last - first]
    return joined(parts, chances, step, first)


def joined_in_pairs(
    items: Iterable[Item],
    cost: Callable[[Item, Item], int],
    join: Callable[[Item, Item], Item],
    may_join: Callable[[int, Collection[Item]], bool] = lambda cost, left: True,
) -> list[Item]:
    """Items joined two by two, always the two that cost least, as long as they may be.

    >>> joined_in_pairs([1, 2, 9], int.__add__, int.__add__, lambda cost, left: cost < 10)
    [9, 3]
    """
    left: dict[int, Item] = {}
    pairs: list[tuple[int, int, int]] = []

    def add(item: Item, number: int) -> None:
        for other, known in left.items():
            heappush(pairs, (cost(item, known), other, number))
        left[number] = item

    number = -1
    for number, item in enumerate(items):
        add(item, number)
    while len(left) > 1:
        price, one, other = heappop(pairs)
        if one in left and other in left:
            if not may_join(price, left.values()):
                break
            number += 1
            add(join(left.pop(one), left.pop(other)), number)
    return list(left.values())


def sum_of_parts(parts: Iterable[Part]) -> Part | None:
    """The sum of all on one lattice, always of the two whose sum is the shortest; None of nothing."""
    return next(iter(joined_in_pairs(parts, _merged_length, merged)), None)


def _merged_length(one: Part, other: Part) -> int:
    return (one.span + other.span) // (common_step((one, other)) or 1)


def mixed(parts: Sequence[Part], weights: Sequence[float], most: int) -> Part | None:  # float: chance
    """One of several parts, each with a chance; None where that takes more points than `most`."""
    base, step, length = _common_points(parts)
    if length > most:
        return None
    chances = np.zeros(length)
    for part, weight in zip(parts, weights, strict=True):
        own = spread_out(part, step)
        first = (part.base - base) // step
        chances[first : first + len(own)] += weight * own
    low, high = min(part.low for part in parts), max(part.high for part in parts)
    variance, jump = max(part.variance for part in parts), max(part.jump for part in parts)
    return Part(base, step, chances, low, high, variance, jump)


def _common_points(parts: Sequence[Part]) -> tuple[int, int, int]:
    """The lattice on which each of several parts lies: its first point, its step, and how many points it has."""
    base, top = min(part.base for part in parts), max(part.top for part in parts)
    step = gcd(common_step(parts), *(part.base - base for part in parts)) or 1
    return base, step, (top - base) // step + 1


def raised(part: Part, step: int) -> Part:
    """The part on another lattice, each total raised to the next point: by less than `step`, never lowered."""
    base = -(-part.base // step) * step
    last = -(-part.top // step) * step
    at = -whole_steps(base - part.base, part.step, len(part.chances), step)
    chances = np.bincount(at, weights=part.chances, minlength=(last - base) // step + 1)
    return Part(base, step, chances, part.low, part.high + step, part.variance, part.jump)


def whole_steps(total: int, step: int, count: int, by: int) -> Array:
    """`(total - i * step) // by` for i from 0 to count, exact however large the numbers are.

    >>> whole_steps(10**30, 10**29, 3, 10**29).tolist()
    [10, 9, 8]
    """
    if by >= _SAFE:
        return np.array([(total - i * step) // by for i in range(count)], dtype=np.int64)
    (whole, rest), (often, more) = divmod(total, by), divmod(step, by)
    at = np.arange(count, dtype=np.int64)
    return (whole - often * at) + (rest - more * at) // by


class Transforms:
    """Sums of parts on one lattice, each part transformed once however many sums it is in.

    Args:
        step: of the lattice.
        length: how many points of a sum may count, and a part may have.
    """

    def __init__(self, step: int, length: int) -> None:
        self._step, self._size = step, fast_length(length)
        self._known: dict[int, tuple[Part, Array]] = {}

    def sum(self, parts: Sequence[Part]) -> Part:
        """The sum of independent parts."""
        some = [part for part in parts if part.span]
        if len(some) < 2:
            fixed = constant(sum(part.base for part in parts if not part.span))
            return merged(some[0], fixed) if some else fixed
        made = self._transform(some[0])
        for part in some[1:]:
            made = made * self._transform(part)
        return _transformed_back(parts, made, self._size, self._step)

    def _transform(self, part: Part) -> Array:
        if id(part) not in self._known:  # the part is kept, so that no other gets its id
            self._known[id(part)] = part, np.fft.rfft(spread_out(part, self._step), self._size)
        return self._known[id(part)][1]


class Total:
    """The chances of a sum of one or two independent parts."""

    def __init__(self, parts: Sequence[Part]) -> None:
        small, large = sorted([constant(0), constant(0), *parts], key=lambda part: len(part.chances))[-2:]
        self._small, self._large = small, large
        self._up_to = np.cumsum(large.chances)  # one by one: the same wherever it runs
        self.points = len(small.chances) + len(large.chances)
        self.least, self.most = sum(part.base for part in parts), sum(part.top for part in parts)

    def chance(self, total: int) -> float:  # float: chance
        """The chance that it is at most so much."""
        if total < self.least:
            return 0.0  # float: chance
        if total >= self.most:
            return 1.0  # float: chance
        small, large = self._small, self._large
        at = whole_steps(total - small.base - large.base, small.step, len(small.chances), large.step)
        reached = np.where(at < 0, 0, self._up_to[np.clip(at, 0, len(self._up_to) - 1)])
        return float(np.cumsum(small.chances * reached)[-1])  # float: chance
