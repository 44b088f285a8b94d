"""Options on which only an extra depends become options of the price, so that every combination is listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kling_cost.io.strict_yaml import Mapping as MappingNode
from kling_cost.io.strict_yaml import Node, Scalar, Sequence
from kling_cost.pricebook.book_problems import Faults
from kling_cost.pricebook.rate_table import MOST_COMBINATIONS, Key, Options, Prices

_ON_OFF = ("off", "on")


class Table(NamedTuple):
    """The prices of a rate.

    Attributes:
        by: the options by whose values they are found.
        prices: by those values.
        options: which values each option may have.
        conditional: the options among `by` on which only extras depend.
    """

    by: Key
    prices: Prices
    options: Options
    conditional: Key = ()


def with_conditions(table: Table, rate: MappingNode, path: str, faults: Faults) -> Table:
    """The table by the options of extras, too: the unit price is the same whatever their values are.

    Args:
        table: as it stands in the file.
        rate: its rate.
        path: the rate's path, for messages.
        faults: where conditions are noted that name nothing.
    """
    options = {**table.options, **_conditional(table.options, rate, path, faults)}
    names = dict.fromkeys(name for _, name, _ in conditions(rate) if name in options)
    added = tuple(name for name in names if name not in table.by)
    prices = table.prices
    for name in added:
        prices = {(*key, value): price for key, price in prices.items() for value in options[name]}
        if len(prices) > MOST_COMBINATIONS:
            faults.at(rate.items["extra"], f"{path}.extra", f"more than {MOST_COMBINATIONS:,} combinations of options")
            return table
    return Table((*table.by, *added), prices, options, added)


def _conditional(options: Options, rate: MappingNode, path: str, faults: Faults) -> Options:
    """The values of the options that extras name; one that is not listed is on or off."""
    found: Options = {}
    for at, name, node in conditions(rate):
        values = options.get(name) or (_ON_OFF if node.text in _ON_OFF else ())
        if node.text in values:
            found[name] = values
            continue
        why = f"{node.text} is not one of the values of {name}: {', '.join(values)}"
        unknown = f"{name} is none of the options; list its values under `options`"
        faults.at(node, f"{path}.extra.{at}.when.{name}", why if values else unknown)
    return found


def conditions(rate: MappingNode) -> Iterator[tuple[int, str, Scalar]]:
    """Each option that an extra names, with the place of the extra and the value's node."""
    for at, extra in extras_of(rate):
        when = extra.items.get("when")
        for name, node in when.items.items() if isinstance(when, MappingNode) else ():
            if isinstance(node, Scalar):
                yield at, name, node


def extras_of(rate: MappingNode) -> Iterator[tuple[int, MappingNode]]:
    """The extras of a rate, with their places."""
    listed: Node | None = rate.items.get("extra")
    for at, extra in enumerate(listed.items if isinstance(listed, Sequence) else ()):
        if isinstance(extra, MappingNode):
            yield at, extra


Tables = Mapping[tuple[str, str, str], Table]
