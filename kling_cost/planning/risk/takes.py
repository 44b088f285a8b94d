"""How many takes a job needs until enough of them are usable: exact chances, in whole numbers and fractions.

A call fails uncharged, fails charged, or delivers a take. Uncharged calls cost nothing, so only charged takes count.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from math import comb
from typing import NamedTuple

#: What a range of low, likely and high weighs: Swanson's rule for the values that are met in 1, 5 and 9 of 10 cases.
RANGE_WEIGHTS = (Fraction(3, 10), Fraction(4, 10), Fraction(3, 10))
_BITS = 200  # of the chances of an open end …
_TAIL = 80  # … which is cut where less than 2**-80 is left
_KEPT = 4096  # distributions that are kept


class Chances(NamedTuple):
    """The chances of `first`, `first + 1`, … charged takes: `weights` of `scale`.

    >>> takes_until(1, Fraction(1, 4), 3)
    Chances(first=1, weights=(16, 12, 36), scale=64)
    """

    first: int
    weights: tuple[int, ...]
    scale: int

    @property
    def last(self) -> int:
        """The most takes that occur."""
        return self.first + len(self.weights) - 1

    @property
    def mean(self) -> Fraction:
        """The expected number of takes.

        >>> takes_until(1, Fraction(1, 4), 8).mean
        Fraction(58975, 16384)
        """
        return Fraction(sum(n * weight for n, weight in self._each()), self.scale)

    @property
    def variance(self) -> Fraction:
        """The mean square of the distance to the mean.

        >>> takes_until(1, Fraction(1, 4), 8).variance
        Fraction(1565747391, 268435456)
        """
        return Fraction(sum(n * n * weight for n, weight in self._each()), self.scale) - self.mean**2

    def _each(self) -> Iterator[tuple[int, int]]:
        return enumerate(self.weights, self.first)


def success_of_charged(usable: Fraction, uncharged: Fraction, charged: Fraction) -> Fraction:
    """The chance that a charged take is usable.

    Args:
        usable: the chance that a delivered take is.
        uncharged: the chance that a call fails without costing anything.
        charged: the chance that a call fails and costs what a take costs.

    >>> success_of_charged(Fraction(1, 4), Fraction(5, 100), Fraction(2, 100))
    Fraction(93, 380)
    """
    return usable * (1 - uncharged - charged) / (1 - uncharged)


@lru_cache(maxsize=_KEPT)
def takes_until(usable: int, success: Fraction, at_most: int | None) -> Chances:
    """The charged takes of one job.

    Args:
        usable: how many usable takes end it.
        success: the chance that a charged take is usable.
        at_most: how many takes end it anyway, at least `usable`; None for no such end, with `usable` 1 only: a job that
            needs more is as many jobs that need one.

    >>> takes_until(2, Fraction(1), None).first
    2
    """
    if success == 1 or at_most == usable:
        return Chances(usable, (1,), 1)
    if success == 0 and at_most is not None:
        return Chances(at_most, (1,), 1)
    return _open_end(success) if at_most is None else _with_end(usable, success, at_most)


def _with_end(usable: int, success: Fraction, at_most: int) -> Chances:
    good, whole = success.numerator, success.denominator
    bad, scale = whole - good, whole**at_most
    weights = [
        comb(n - 1, usable - 1) * good**usable * bad ** (n - usable) * whole ** (at_most - n)
        for n in range(usable, at_most)
    ]
    return Chances(usable, (*weights, scale - sum(weights)), scale)


def _open_end(success: Fraction) -> Chances:
    scale, left, weights = 1 << _BITS, 1 << _BITS, []
    while left >> (_BITS - _TAIL):
        weights.append(left * success.numerator // success.denominator)
        left -= weights[-1]
    weights[-1] += left
    return Chances(1, tuple(weights), scale)


@lru_cache(maxsize=_KEPT)
def mean_and_variance(usable: int, success: Fraction, at_most: int | None) -> tuple[Fraction, Fraction]:
    """Expected charged takes of one job and their variance.

    >>> mean_and_variance(2, Fraction(1, 4), None)
    (Fraction(8, 1), Fraction(24, 1))
    """
    if at_most is None:
        return usable / success, usable * (1 - success) / success**2
    chances = takes_until(usable, success, at_most)
    return chances.mean, chances.variance


def shortfall(usable: int, success: Fraction, at_most: int | None) -> Fraction:
    """The chance that a job ends with fewer usable takes than it needs.

    >>> shortfall(1, Fraction(1, 4), 8)
    Fraction(6561, 65536)
    """
    if at_most is None:
        return Fraction(0)
    bad = 1 - success
    return sum((comb(at_most, n) * success**n * bad ** (at_most - n) for n in range(usable)), Fraction(0))
