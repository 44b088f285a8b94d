"""How EvoLink's catalogue counts a video that is as long as one that is given."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kling_cost.pricebook.counting.quantity import INPUT
from kling_cost.pricebook.upkeep.catalogue_rules import UnknownRuleError, evaluated

#: Lengths that are measured: of the video that is made, and of the one that is given.
LENGTHS = ("output_seconds", "input_seconds")
#: Whole lengths for which a price is worked out.
TRIED = (3, 10, 30)
_TENTHS = (72, 75, 78)
_BETWEEN = tuple(str(Decimal(tenths).scaleb(-1)) for tenths in _TENTHS)
#: What those come to, by how lengths are rounded.
_ROUNDED: Mapping[tuple[Fraction | int, ...], str] = {(7, 8, 8): "half_up", (8, 8, 8): "up", (7, 7, 7): "down"}


def measured_quantity(rule: Mapping[str, Any], chosen: Mapping[str, str]) -> dict[str, Any]:
    """How a video is counted that is as long as one that is given.

    Args:
        rule: the catalogue's.
        chosen: values of its options.

    Raises:
        UnknownRuleError: what comes out is counted otherwise than what is given.

    >>> longest = {"op": "max", "args": [{"op": "variable", "name": name} for name in LENGTHS]}
    >>> measured_quantity({"quantity_rule": {"op": "ceil", "args": [longest]}}, {})
    {'of': 'input_seconds', 'round': 'up'}
    """

    def counted(out: str, given: str) -> Fraction:
        found = evaluated(rule.get("quantity_rule"), {**chosen, LENGTHS[0]: out, LENGTHS[1]: given})
        return found if isinstance(found, Fraction) else Fraction(0)

    one = counted("10", "0") / 10
    if not one:
        raise UnknownRuleError("its quantity must be a number above 0")
    out = tuple(counted(length, "0") / one for length in _BETWEEN)
    given = tuple(counted("0", length) / one for length in _BETWEEN)
    if out != given or out not in _ROUNDED:
        raise UnknownRuleError("what comes out is rounded otherwise than what is given")
    held = counted("0", "0") / one
    return {"of": INPUT, "round": _ROUNDED[out], **({"unknown": int(held)} if held.denominator == 1 and held else {})}


def counts_parts(rule: Mapping[str, Any]) -> bool:
    """Whether a rule bills parts of a second of what is given.

    >>> counts_parts({"quantity_rule": {"op": "variable", "name": "input_seconds"}})
    True
    """
    try:
        found = evaluated(rule.get("quantity_rule"), {LENGTHS[1]: _BETWEEN[0]})
    except UnknownRuleError:
        return False
    return isinstance(found, Fraction) and found.denominator != 1
