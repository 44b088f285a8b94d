"""How certain a figure is: the words for it, and which of them follows from the least and the most that it may be."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from fractions import Fraction

EXACT, AT_LEAST, AT_MOST, RANGE, UNKNOWN = "exact", "at_least", "at_most", "range", "unknown"
CERTAINTIES = (EXACT, AT_LEAST, AT_MOST, RANGE, UNKNOWN)
#: The same in the order of their weight: a sum is as certain as the first of them that a part of it has.
BY_WEIGHT = (UNKNOWN, AT_LEAST, RANGE, AT_MOST, EXACT)
#: Those of a figure without an upper end.
OPEN = (UNKNOWN, AT_LEAST)


def certainty_of(least: Decimal | Fraction | None, most: Decimal | Fraction | None) -> str:
    """The word for a figure of which the least and the most are known, or are not.

    >>> certainty_of(Decimal(3), Decimal(10)), certainty_of(Decimal(3), None), certainty_of(None, Decimal(10))
    ('range', 'at_least', 'at_most')
    >>> certainty_of(Decimal(3), Decimal(3)), certainty_of(None, None)
    ('exact', 'unknown')
    """
    if most is None:
        return UNKNOWN if least is None else AT_LEAST
    if least is None:
        return AT_MOST
    return EXACT if least == most else RANGE


def certainty_of_sum(parts: Collection[str]) -> str:
    """The word for a sum, from those for the parts of it that are not exact.

    >>> certainty_of_sum([]), certainty_of_sum(["range", "at_least"]), certainty_of_sum({"at_most", "range"})
    ('exact', 'at_least', 'range')
    """
    return next((word for word in BY_WEIGHT if word in parts), EXACT)
