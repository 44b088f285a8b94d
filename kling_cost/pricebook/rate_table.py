"""Read the price tables of a rate: a number, or numbers nested by the options that the price depends on."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from decimal import Decimal
from itertools import product
from math import prod

from kling_cost.amounts import EXACT, book_decimal
from kling_cost.io.strict_yaml import Mapping, Node, Scalar
from kling_cost.pricebook.book import UnitPrice
from kling_cost.pricebook.book_problems import Faults

#: Of one rate: a table of prices that is larger is none that people keep.
MOST_COMBINATIONS = 20_000
#: In a table of prices, for a combination that is not sold.
NOT_SOLD = "none"

Key = tuple[str, ...]
Options = dict[str, tuple[str, ...]]
Prices = dict[Key, UnitPrice]


class RateTables:
    """Reads the tables of one rate and notes every fault with its place.

    Args:
        rate: the rate's mapping.
        path: its path, for messages.
        by: the options that it depends on.
        declared: the ranges that hold for it; an option of `by` that is not declared takes the table's own values.
        may_extend: values beyond the declared range are taken (an overlay may sell more than its base).
        faults: where faults are noted.
    """

    def __init__(
        self,
        rate: Mapping,
        path: str,
        by: Key,
        declared: MappingType[str, Key],
        may_extend: bool,
        faults: Faults,
    ) -> None:
        self._rate, self._path, self._by, self._faults = rate, path, by, faults
        self._declared, self._may_extend = declared, may_extend
        self.options: Options = {}

    def unit_prices(self) -> Prices:
        """The unit price of every combination, from `unit_price` or from `base_rate` × `multiplier`."""
        base, has_multiplier = self._rate.items.get("base_rate"), "multiplier" in self._rate.items
        if ("unit_price" in self._rate.items) == (base is not None) or has_multiplier != (base is not None):
            self._fault(self._rate, "", "a rate needs either `unit_price`, or `base_rate` with `multiplier`")
            return {}
        name = "multiplier" if base is not None else "unit_price"
        cells, printed = self._leaves(name), self._leaves("printed")
        self._check_range(name, cells)
        for key in printed.keys() - _sold(cells).keys():
            self._fault(printed[key], "printed", f"{' + '.join(key)} has no price")
        numbers = self._numbers(name, cells)
        shown = {key: node.text for key, node in printed.items()}
        if base is None:
            return {key: UnitPrice(number, None, None, shown.get(key)) for key, number in numbers.items()}
        base_rate = self._number(base, "base_rate")
        if base_rate is None:
            return {}
        return {
            key: UnitPrice(EXACT.multiply(base_rate, x), base_rate, x, shown.get(key)) for key, x in numbers.items()
        }

    def _leaves(self, name: str) -> dict[Key, Scalar]:
        table = self._rate.items.get(name)
        found: dict[Key, Scalar] = {}
        pending: list[tuple[Key, Node]] = [] if table is None else [((), table)]
        while pending:
            key, node = pending.pop(0)
            at = ".".join((name, *key))
            if len(key) < len(self._by):
                if isinstance(node, Mapping) and node.items:
                    pending.extend(((*key, value), below) for value, below in node.items.items())
                else:
                    self._fault(node, at, f"must have a number for each {self._by[len(key)]}")
            elif isinstance(node, Scalar):
                found[key] = node
            else:
                self._fault(node, at, "must be a number; list the options that it depends on under `by`")
        return found

    def _number(self, node: Node, at: str) -> Decimal | None:
        try:
            return book_decimal(node.text if isinstance(node, Scalar) else "")
        except ValueError as error:
            self._fault(node, at, str(error))
            return None

    def _numbers(self, name: str, cells: dict[Key, Scalar]) -> dict[Key, Decimal]:
        """The cells that hold a number; the others are faults, unless the combination is not sold."""
        sold = _sold(cells)
        if cells and not sold:
            self._fault(self._rate.items[name], name, "must have a price for one combination at least")
        found = ((key, self._number(node, ".".join((name, *key)))) for key, node in sold.items())
        return {key: number for key, number in found if number is not None}

    def _check_range(self, name: str, cells: dict[Key, Scalar]) -> None:
        for position, option in enumerate(self._by):
            first_with = {key[position]: node for key, node in reversed(cells.items())}
            used = dict.fromkeys(key[position] for key in cells)
            self.options[option] = self._values_of(name, option, {value: first_with[value] for value in used})
        for option, values in self._declared.items():
            self.options.setdefault(option, values)
        self._check_combinations(name, cells, [self.options[option] for option in self._by])

    def _check_combinations(self, name: str, cells: dict[Key, Scalar], ranges: list[Key]) -> None:
        """Every combination has a price, if any has."""
        if prod(map(len, ranges)) > MOST_COMBINATIONS:
            self._fault(self._rate.items[name], name, f"more than {MOST_COMBINATIONS:,} combinations of options")
            return
        for key in product(*ranges) if cells else ():
            if key not in cells:
                self._fault(self._rate.items[name], name, f"missing combination {' + '.join(key)}")

    def _values_of(self, name: str, option: str, used: dict[str, Scalar]) -> tuple[str, ...]:
        """The declared values of an option and, where a table may have more, those that it uses."""
        declared = self._declared.get(option, ())
        beyond = [value for value in used if value not in declared]
        if not declared or self._may_extend:
            return (*declared, *beyond)
        for value in beyond:
            why = f"{option} {value} is not one of the declared values {', '.join(declared)}"
            self._fault(used[value], name, why)
        return tuple(declared)

    def _fault(self, node: Node, at: str, why: str) -> None:
        self._faults.at(node, f"{self._path}.{at}" if at else self._path, why)


def _sold(cells: MappingType[Key, Scalar]) -> dict[Key, Scalar]:
    """The cells of combinations that are sold; a price that depends on no option is always one."""
    return {key: node for key, node in cells.items() if not key or node.text != NOT_SOLD}
