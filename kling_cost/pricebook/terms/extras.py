"""What is charged beside a unit price, and how one call is rounded."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

#: Billed quantity and single calls, which every request has.
PER_UNIT, PER_ONE_CALL = "second", "call"
#: What can be counted in a request, by what books, sheets and frames call it, and the names of it in `Job.needs`.
COUNTED_NEEDS: Mapping[str, tuple[str, ...]] = {
    "image": ("image", "end_image"),
    "reference_image": ("reference",),
    "element": ("elements",),
    "video": ("video",),
}
#: What a price may depend on: what is asked for where nothing is said of it.
NOT_ASKED_FOR = ("off", "none")
#: Options that tell of a need: the value that they have where a request needs it.
TOLD_BY_NEEDS: Mapping[str, str] = {"voice": "on", "input": "video"}
HALF_UP, UP, DOWN = "half_up", "up", "down"


class Extra(NamedTuple):
    """A charge for each of something that a request asks for.

    Attributes:
        per: `second` (billed), `call`, or what is counted: a key of `COUNTED_NEEDS`.
        unit_price: for each of them.
        free: how many are not charged.
        when: values of options for which it is charged; always where it is empty.
    """

    per: str
    unit_price: Decimal
    free: int = 0
    when: Mapping[str, str] = {}

    def holds(self, options: Mapping[str, str]) -> bool:
        """Whether it is charged for a combination.

        >>> Extra("second", Decimal(1), 0, {"voice": "on"}).holds({"voice": "off"})
        False
        """
        return all(options.get(name) == value for name, value in self.when.items())


class Rounding(NamedTuple):
    """How the cost of one call is rounded.

    Attributes:
        to: a power of ten, such as 0.01.
        mode: `half_up`, `up` or `down`.
    """

    to: Decimal
    mode: str = HALF_UP
