"""Prices by length tier: an option `duration`, whose values are the only lengths that a rate sells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as MappingType

from kling_cost.io.strict_yaml import Mapping, Node, Scalar, Sequence
from kling_cost.pricebook.book_problems import Faults
from kling_cost.pricebook.counting.quantity import CALL, OUTPUT, PER_CALL, PER_SECOND

DURATION = "duration"
_SECONDS = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_LENGTH_IS_ASKED_FOR = (OUTPUT, CALL, PER_SECOND, PER_CALL)


def tiers_of(options: MappingType[str, Iterable[str]]) -> list[int]:
    """The lengths that a rate sells, ascending; none where its prices do not name them.

    >>> tiers_of({"duration": ("10", "5")}), tiers_of({"quality": ("720p",)})
    ([5, 10], [])
    """
    return sorted(map(int, options.get(DURATION, ())))


def tier_range(rates: Iterable[MappingType[str, Iterable[str]]]) -> tuple[int, int] | None:
    """The shortest and the longest length that any of some rates names; None where none does.

    >>> tier_range([{}, {"duration": ("5", "10")}, {"duration": ("15",)}])
    (5, 15)
    """
    lengths = [length for options in rates for length in tiers_of(options)]
    return (min(lengths), max(lengths)) if lengths else None


def check_tiers(sku: Mapping, path: str, faults: Faults) -> None:
    """Note what is wrong with prices by length: their values, or that nobody asks for a length."""
    rates = sku.items.get("rates")
    below = rates.items.items() if isinstance(rates, Mapping) else ()
    owners = [(path, sku), *((f"{path}.rates.{day}", rate) for day, rate in below if isinstance(rate, Mapping))]
    places = [place for at, owner in owners for place in _places(owner, at)]
    if places and not _is_length_asked_for(sku, [owner for _, owner in owners]):
        at, node = places[0]
        faults.at(node, at, "duration cannot be an option: the length of this video is not asked for")
    for at, owner in owners if places else ():
        for place, value, node in _values(owner, at):
            if not _SECONDS.fullmatch(value):
                faults.at(node, place, f"{value} is not a length in whole seconds")


def _places(owner: Mapping, path: str) -> Iterator[tuple[str, Node]]:
    """Where it says that lengths are an option."""
    by, options = owner.items.get("by"), owner.items.get("options")
    for at, node in enumerate(by.items if isinstance(by, Sequence) else ()):
        if isinstance(node, Scalar) and node.text == DURATION:
            yield f"{path}.by.{at}", node
    if isinstance(options, Mapping) and DURATION in options.items:
        yield f"{path}.options.{DURATION}", options.key_nodes[DURATION]


def _values(owner: Mapping, path: str) -> Iterator[tuple[str, str, Node]]:
    """The lengths that are named in options and tables, with their places."""
    options = owner.items.get("options")
    listed = options.items.get(DURATION) if isinstance(options, Mapping) else None
    for at, node in enumerate(listed.items if isinstance(listed, Sequence) else ()):
        if isinstance(node, Scalar):
            yield f"{path}.options.{DURATION}.{at}", node.text, node
    by = owner.items.get("by")
    names = [node.text if isinstance(node, Scalar) else "" for node in by.items] if isinstance(by, Sequence) else []
    for name in ("unit_price", "multiplier"):
        if DURATION in names:
            yield from _keys(owner.items.get(name), names.index(DURATION), f"{path}.{name}")


def _keys(table: Node | None, depth: int, path: str) -> Iterator[tuple[str, str, Node]]:
    """The keys of a table at a depth."""
    for key, below in table.items.items() if isinstance(table, Mapping) else ():
        if depth:
            yield from _keys(below, depth - 1, f"{path}.{key}")
        elif isinstance(table, Mapping):
            yield f"{path}.{key}", key, table.key_nodes[key]


def _is_length_asked_for(sku: Mapping, owners: Iterable[Mapping]) -> bool:
    """Whether a request for it says how long the video is to be, and is billed for that."""
    quantity, rule = sku.items.get("quantity"), sku.items.get("billing_rule")
    counted = quantity.items.get("of") if isinstance(quantity, Mapping) else rule
    settled = [owner.items.get("settlement") for owner in owners]
    if any(isinstance(node, Scalar) and node.text != "request_only" for node in settled):
        return False
    return isinstance(counted, Scalar) and counted.text in _LENGTH_IS_ASKED_FOR
