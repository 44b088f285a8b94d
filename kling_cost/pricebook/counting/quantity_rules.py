"""Check what the schema of a price book cannot express of a quantity."""

from __future__ import annotations

from kling_cost.io.strict_yaml import Mapping, Node, Scalar
from kling_cost.pricebook.book_problems import Faults
from kling_cost.pricebook.counting.quantity import CALL, GIVEN_AS, OUTPUT

_MOST_DIGITS = 9  # of a whole number


def check_quantity(quantity: Mapping, path: str, faults: Faults) -> None:
    """Note every disagreement in what a SKU says of its quantity."""
    of = quantity.items.get("of")
    counted = of.text if isinstance(of, Scalar) else ""
    if counted == CALL:
        for name in [name for name in quantity.items if name != "of"]:
            faults.at(quantity.key_nodes[name], f"{path}.{name}", "not allowed for a price per call")
        return
    if counted == OUTPUT:
        _check_range(quantity, path, faults)
    if counted not in GIVEN_AS and "unknown" in quantity.items:
        faults.at(quantity.key_nodes["unknown"], f"{path}.unknown", "not allowed; what is made has a length")
    if whole(quantity, "step") == 0:
        faults.at(quantity.items["step"], f"{path}.step", "must be above 0")
    _check_order(quantity, path, faults)


def _check_range(quantity: Mapping, path: str, faults: Faults) -> None:
    """What is made has a range of seconds."""
    ends = [name for name in ("minimum", "maximum") if name not in quantity.items]
    if len(ends) > 1:
        faults.at(quantity, path, "missing; a price per second needs a range of seconds")
    elif ends:
        faults.at(quantity, f"{path}.{ends[0]}", "missing")


def _check_order(quantity: Mapping, path: str, faults: Faults) -> None:
    low, held, high = (whole(quantity, name) for name in ("minimum", "unknown", "maximum"))
    if low is not None and high is not None and low > high:
        faults.at(quantity, path, f"minimum {low} is above maximum {high}")
    elif held is not None and not (low or 0) <= held <= (held if high is None else high):
        faults.at(quantity.items["unknown"], f"{path}.unknown", f"{held} is outside the range of the quantity")


def whole(parent: Node | None, key: str) -> int | None:
    """The whole number at `parent[key]`, or None."""
    node = parent.items.get(key) if isinstance(parent, Mapping) else None
    text = node.text if isinstance(node, Scalar) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
