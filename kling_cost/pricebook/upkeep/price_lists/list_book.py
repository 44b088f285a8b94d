"""From the prices of a list to the tree of a price book; what does not go together is told with both rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from math import prod
from typing import Any

from kling_cost.amounts import plain_text
from kling_cost.folded_names import folded
from kling_cost.pricebook.book import PRICED_OPTIONS
from kling_cost.pricebook.counting.length_tiers import DURATION
from kling_cost.pricebook.counting.quantity import CALL, OUTPUT, PER_CALL, PER_SECOND
from kling_cost.pricebook.rate_table import MOST_COMBINATIONS, NOT_SOLD
from kling_cost.pricebook.upkeep.price_lists.column_file import ALL, ColumnFile
from kling_cost.pricebook.upkeep.price_lists.list_fields import OF_SKU, OPTION
from kling_cost.pricebook.upkeep.price_lists.list_rows import ListedPrice
from kling_cost.problems import Listed, Problem, problem

_QUANTUM = Decimal(1).scaleb(-6)  # of a currency of which nobody says it: no price of a book is finer
_OF = {PER_SECOND: OUTPUT, PER_CALL: CALL}
_RULES = {"second": PER_SECOND, "call": PER_CALL}
_SECONDS = {"seconds_minimum": "minimum", "seconds_maximum": "maximum"}
Key = tuple[str, ...]


class BookMaker:
    """Makes the tree of a price book.

    Args:
        name: what the list is called.
        file: its column file.

    Attributes:
        problems: what does not go together, and which combinations are not sold.
    """

    def __init__(self, name: str, file: ColumnFile) -> None:
        self._name, self._file = name, file
        self.problems: list[Problem] = []

    def tree(self, prices: Sequence[ListedPrice]) -> dict[str, Any]:
        """The book; complete only where no problem is an error."""
        providers: dict[str, list[ListedPrice]] = {}
        for price in prices:
            providers.setdefault(price.provider, []).append(price)
        made = {name: self._provider(name, of_it) for name, of_it in providers.items()}
        known = dict(self._file.of_book.get("currencies") or {})
        for code in dict.fromkeys(price.currency for price in prices):
            known.setdefault(code, {"name": code, "quantum": _QUANTUM})
        last = max((price.of_rate["checked"] for price in prices), default=None)
        seller = next(iter(providers)) if len(providers) == 1 else "price-list"
        version = self._file.version or f"{seller}-{last}"
        return {"schema": 2, "version": version, "currencies": known, "providers": made}

    def _provider(self, name: str, prices: Sequence[ListedPrice]) -> dict[str, Any]:
        self._shared("currency", [(price.row, price.currency) for price in prices], name)
        self._shared("provider_name", [(price.row, price.provider_name) for price in prices], name)
        skus: dict[str, list[ListedPrice]] = {}
        sku_of: dict[str, str] = {}
        for price in prices:
            skus.setdefault(price.sku, []).append(price)
            for model in price.models:
                if sku_of.setdefault(model, price.sku) != price.sku:
                    self._say(problem("duplicate.list_model", "model", value=model, sku=sku_of[model]), price.row)
        defaults = self._file.of_book.get("defaults")
        return {
            "name": prices[0].provider_name,
            "currency": prices[0].currency,
            **({"defaults": defaults} if defaults else {}),
            "skus": {sku: entry for sku, of_it in skus.items() if (entry := self._sku(sku, _by_length(of_it)))},
        }

    def _sku(self, name: str, prices: Sequence[ListedPrice]) -> dict[str, Any] | None:
        self._shared("unit", [(price.row, price.unit) for price in prices], name)
        for field in OF_SKU:
            self._shared(field, [(price.row, price.of_sku.get(field, "–")) for price in prices], name)
        self._check_models(name, prices)
        days: dict[date, list[ListedPrice]] = {}
        for price in prices:
            days.setdefault(price.day, []).append(price)
        rates = {day: rate for day in sorted(days) if (rate := self._rate(name, day, days[day]))}
        if not rates:
            return None
        models = dict.fromkeys(model for price in prices for model in price.models)
        return {"models": list(models), "quantity": self._quantity(prices[0]), "rates": rates}

    def _quantity(self, price: ListedPrice) -> dict[str, Any]:
        of = {"of": _OF[_RULES[price.unit]]}
        if price.unit != "second":
            return of
        for field in OF_SKU:
            if field not in price.of_sku:
                self._say(problem("missing.list_value", field, name=field), price.row)
        return of | {name: price.of_sku.get(field) for field, name in _SECONDS.items()}

    def _check_models(self, sku: str, prices: Sequence[ListedPrice]) -> None:
        """The models of a SKU are all sold in the same combinations."""
        sold: dict[str, set[tuple[date, frozenset[tuple[str, str]]]]] = {}
        for price in prices:
            for model in price.models:
                if price.number is not None:
                    sold.setdefault(model, set()).add((price.day, frozenset(price.options.items())))
        (first, wanted), *others = sold.items() if sold else [("", set())]
        for model, found in others:
            if found != wanted:
                row = next(price.row for price in prices if model in price.models)
                self._say(problem("mismatch.list_models", "model", value=model, other=first, sku=sku), row)

    def _rate(self, sku: str, day: date, prices: Sequence[ListedPrice]) -> dict[str, Any] | None:
        shared = self._shared_facts(prices, f"{sku} {day}")
        by = _in_order(dict.fromkeys(name for price in prices for name in price.options))
        table = self._table(sku, by, prices)
        sold = {key: price.number for key, price in table.items() if price.number is not None}
        values = [list(dict.fromkeys(column)) for column in zip(*sold, strict=True)]
        self._check_values(sku, by, table)
        self._tell_unsold(sku, day, table, values)
        if not sold or prod(map(len, values)) > MOST_COMBINATIONS:
            return None
        entry = {"by": by} if by else {}
        return {**entry, "unit_price": _nested(sold, values), **shared}

    def _shared_facts(self, prices: Sequence[ListedPrice], owner: str) -> dict[str, Any]:
        fields = dict.fromkeys(field for price in prices for field in price.of_rate)
        found = {field: [(price.row, price.of_rate.get(field)) for price in prices] for field in fields}
        return {field: self._of_rate(field, values, owner) for field, values in found.items()}

    def _table(self, sku: str, by: Sequence[str], prices: Sequence[ListedPrice]) -> dict[Key, ListedPrice]:
        """Prices by their combination; what is there twice at two prices is told."""
        table: dict[Key, ListedPrice] = {}
        for price in prices:
            for key in self._keys(sku, by, price, prices):
                first = table.setdefault(key, price)
                if first.number != price.number:
                    self._twice(f"{sku} {' + '.join(key)}".strip(), price, first)
        return table

    def _keys(self, sku: str, by: Sequence[str], price: ListedPrice, prices: Sequence[ListedPrice]) -> Iterator[Key]:
        """The combinations that a price is for: several where a blank cell means all values."""
        choices: list[Sequence[str]] = []
        for name in by:
            field = name if name in PRICED_OPTIONS else f"{OPTION}{name}"
            if name in price.options:
                choices.append((price.options[name],))
            elif self._file.blank.get(field) == ALL:
                choices.append(list(dict.fromkeys(other.options[name] for other in prices if name in other.options)))
            else:
                self._say(problem("ambiguous.list_blank", field, name=field, sku=sku), price.row)
                return
        yield from product(*choices)

    def _twice(self, combination: str, price: ListedPrice, first: ListedPrice) -> None:
        value, other = (NOT_SOLD if one.number is None else plain_text(one.number) for one in (price, first))
        found = problem("duplicate.list_price", "", combination=combination, value=value, other=other, row=first.row)
        self._say(found, price.row)

    def _check_values(self, sku: str, by: Sequence[str], table: Mapping[Key, ListedPrice]) -> None:
        """No two values of an option differ only in case, width or blanks."""
        for at, name in enumerate(by):
            first: dict[str, str] = {}
            for key, price in table.items():
                other = first.setdefault(folded(key[at]), key[at])
                if other != key[at]:
                    self._say(problem("ambiguous.list_value", name, value=key[at], other=other), price.row)

    def _tell_unsold(
        self, sku: str, day: date, table: Mapping[Key, ListedPrice], values: Sequence[Sequence[str]]
    ) -> None:
        """Which combinations have no price, those among them that the list names itself."""
        if prod(map(len, values)) > MOST_COMBINATIONS:
            return
        holes = [key for key in product(*values) if key not in table] if any(values) else []
        holes += [key for key, price in table.items() if price.number is None]
        if holes:
            combinations = Listed([" + ".join(key) or sku for key in holes])
            found = problem("price_unknown.list_combination", "", sku=sku, day=day, combinations=combinations)
            self.problems.append(found.at(None, self._name, None))

    def _of_rate(self, field: str, values: Sequence[tuple[int, Any]], owner: str) -> Any:
        """What all prices of a rate have in common; several sources are all named."""
        if field == "source":
            return "; ".join(dict.fromkeys(str(value) for _, value in values if value is not None))
        self._shared(field, values, owner)
        return values[0][1]

    def _shared(self, field: str, values: Sequence[tuple[int, Any]], owner: str) -> None:
        first_row, first = values[0]
        for row, value in values:
            if value != first:
                given, other = ("–" if one is None else one for one in (value, first))
                found = problem(
                    "mismatch.list_shared", field, name=field, owner=owner, value=given, other=other, row=first_row
                )
                self._say(found, row)
                return

    def _say(self, found: Problem, row: int) -> None:
        self.problems.append(found.at(None, self._name, row))


def _by_length(prices: Sequence[ListedPrice]) -> Sequence[ListedPrice]:
    """Prices of one length each, as a table of prices lists them: the length is an option, and the range is of all."""
    lengths: list[Any] = [price.of_sku.get("seconds_minimum") for price in prices]
    if None in lengths or lengths != [price.of_sku.get("seconds_maximum") for price in prices]:
        return prices
    if len(set(lengths)) == 1 and prices[0].unit == "second":
        return prices
    shared = dict(zip(OF_SKU, (min(lengths, key=int), max(lengths, key=int)), strict=True))
    return [
        replace(price, options={**price.options, DURATION: str(length)}, of_sku={**price.of_sku, **shared})
        for price, length in zip(prices, lengths, strict=True)
    ]


def _in_order(names: Mapping[str, None]) -> list[str]:
    return [*(name for name in PRICED_OPTIONS if name in names), *(n for n in names if n not in PRICED_OPTIONS)]


def _nested(sold: Mapping[Key, Decimal], values: Sequence[Sequence[str]], key: Key = ()) -> Any:
    """A table of prices, nested by its options; what is not sold says so."""
    if len(key) == len(values):
        return sold.get(key, NOT_SOLD)
    return {value: _nested(sold, values, (*key, value)) for value in values[len(key)]}
