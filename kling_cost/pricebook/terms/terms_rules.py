"""Check what the schema cannot express of extras, rounding, terms of sale and products.

The checks walk the tree defensively, so that a fault of form elsewhere hides none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from kling_cost.io.strict_yaml import Mapping as MappingNode
from kling_cost.io.strict_yaml import Node, Scalar, Sequence
from kling_cost.pricebook.book_problems import Faults
from kling_cost.pricebook.terms.conditions import Tables, extras_of
from kling_cost.pricebook.terms.extras import COUNTED_NEEDS, PER_ONE_CALL, PER_UNIT
from kling_cost.pricebook.terms.products import ProductEntry
from kling_cost.pricebook.terms.provider_terms import TERM_NAMES

#: What a job may need beside what its price is looked up by.
NEEDS = ("image", "end_image", "elements", "reference", "video", "voice", "multi_shot")
_PER = (PER_UNIT, PER_ONE_CALL, *COUNTED_NEEDS)
#: What a SKU counts, not an extra: how many there are is a quantity, with a range where nobody knows it before.
_COUNTED_AS_QUANTITY = ("input_second", "input_and_output_second", "output_second", "token")
_INSTEAD = (
    "count them by its quantity, such as `quantity: {of: input_and_output_seconds}`, or give them a SKU of their own"
)
_DOLLAR = "USD"


def _inner(node: Node | None, name: str) -> MappingNode | None:
    found = node.items.get(name) if isinstance(node, MappingNode) else None
    return found if isinstance(found, MappingNode) else None


def _items(node: Node | None, name: str) -> Iterator[tuple[int, MappingNode]]:
    """The mappings of the list `node[name]`, with their places."""
    found = node.items.get(name) if isinstance(node, MappingNode) else None
    for at, item in enumerate(found.items if isinstance(found, Sequence) else ()):
        if isinstance(item, MappingNode):
            yield at, item


def _text(node: Node | None, name: str) -> str | None:
    found = node.items.get(name) if isinstance(node, MappingNode) else None
    return found.text if isinstance(found, Scalar) else None


def _number(text: str | None) -> Decimal | None:
    try:
        return Decimal(text or "")
    except InvalidOperation:
        return None


def check_rate(rate: MappingNode, is_per_second: bool, quantum: str | None, path: str, faults: Faults) -> None:
    """Check the extras and the rounding of a rate.

    Args:
        rate: the rate.
        is_per_second: whether its SKU is billed by seconds.
        quantum: of the currency, as the book writes it; None where that is not known.
        path: its path, for messages.
        faults: where faults are noted.
    """
    known: dict[Any, int] = {}
    for at, extra in extras_of(rate):
        place, counted = f"{path}.extra.{at}", _counted_as(extra)
        _check_per(extra.items.get("per"), is_per_second, f"{place}.per", faults)
        if known.setdefault(counted, at) != at:
            faults.at(extra, place, f"the same as extra.{known[counted]}; keep one of the two")
    rounding = _inner(rate, "round")
    to, least = _number(_text(rounding, "to")), _number(quantum)
    if rounding is not None and to is not None and least is not None and to < least:
        faults.at(rounding.items["to"], f"{path}.round.to", f"finer than the quantum of the currency, {quantum}")


def _counted_as(extra: MappingNode) -> tuple[Any, ...]:
    """What an extra is charged for, by which two are the same."""
    when = _inner(extra, "when")
    conditions = sorted((name, node.text) for name, node in _scalars(when))
    return _text(extra, "per"), _text(extra, "free") or "0", tuple(conditions)


def _check_per(per: Node | None, is_per_second: bool, path: str, faults: Faults) -> None:
    if isinstance(per, Scalar) and per.text.rstrip("s") in _COUNTED_AS_QUANTITY:
        faults.at(per, path, f"{per.text} cannot be an extra: what they cost is the price of a SKU; {_INSTEAD}")
    elif isinstance(per, Scalar) and per.text not in _PER:
        faults.at(per, path, f"must be one of {', '.join(_PER)}")
    elif isinstance(per, Scalar) and per.text == PER_UNIT and not is_per_second:
        faults.at(per, path, "not allowed for a price per call")


def check_terms(provider: MappingNode, currencies: set[str], path: str, faults: Faults) -> None:
    """Check the terms of sale of a provider."""
    terms = _inner(provider, "terms")
    for name in TERM_NAMES:
        for day, entry in _dated(_inner(terms, name)):
            at = f"{path}.terms.{name}.{day}"
            for place, pack in _items(entry, "sizes"):
                _check_currency(pack, "price", currencies, f"{at}.sizes.{place}", faults)
            if name == "factors":
                _check_factors(entry, currencies, at, faults)
            _check_currency(entry, "amount", currencies, at, faults)


def _dated(entries: MappingNode | None) -> Iterator[tuple[str, MappingNode]]:
    for day, entry in entries.items.items() if entries is not None else ():
        if isinstance(entry, MappingNode):
            yield day, entry


def _check_factors(entry: MappingNode, currencies: set[str], path: str, faults: Faults) -> None:
    groups: set[str] = set()
    for at, factor in _items(entry, "list"):
        place, group = f"{path}.list.{at}", factor.items.get("group")
        if ("group" in factor.items) == ("above" in factor.items):
            faults.at(factor, place, "a factor needs either `group` or `above`")
        elif ("per" in factor.items) != ("above" in factor.items):
            faults.at(factor, f"{place}.per", "`above` needs `per: month`, and nothing else has it")
        if isinstance(group, Scalar):
            if group.text in groups:
                faults.at(group, f"{place}.group", f"{group.text} is listed already; use it once")
            groups.add(group.text)
        number = _number(_text(factor, "factor"))
        if "above" in factor.items and number is not None and number > 1:
            faults.at(factor.items["factor"], f"{place}.factor", "must be at most 1: no price may rise unseen")
        _check_currency(factor, "above", currencies, place, faults)


def _check_currency(owner: MappingNode, name: str, currencies: set[str], path: str, faults: Faults) -> None:
    """An amount is of a currency that the book knows."""
    node = owner.items.get(name)
    code = node.text.rpartition(" ")[2] if isinstance(node, Scalar) else ""
    if node is not None and code.isupper() and code not in currencies | {_DOLLAR}:
        faults.at(node, f"{path}.{name}", f"unknown currency {code}; add it to the currencies")


def check_products(root: MappingNode, tables: Tables, faults: Faults) -> None:
    """Check every entry of every product."""
    values = _Values(root, tables)
    known: list[tuple[str, ProductEntry]] = []
    products = _inner(root, "products")
    for product in products.items if products is not None else ():
        for at, entry in _items(products, product):
            path = f"products.{product}.{at}"
            _check_entry(entry, values, path, faults)
            made = _entry_of(entry)
            first = next((name for name, other in known if not made.excludes(other)), None)
            if first is not None:
                faults.at(entry, path, f"{made.provider}:{made.model} is also an entry of {first}; use it once")
            known.append((product, made))


def _entry_of(entry: MappingNode) -> ProductEntry:
    fixed = _inner(entry, "fixed")
    decided = {name: _text(fixed, name) or "" for name in fixed.items} if fixed is not None else {}
    needs = {key: tuple(_texts(entry, key)) for key in ("needs", "needs_not")}
    return ProductEntry(_text(entry, "provider") or "", _text(entry, "model") or "", decided, **needs)


class _Values:
    """The values that options have in a book.

    Args:
        root: the book.
        tables: its prices.
    """

    def __init__(self, root: MappingNode, tables: Tables) -> None:
        self.models: dict[str, dict[str, str]] = {}
        self._all: dict[str, dict[str, None]] = {}
        self._own: dict[tuple[str, str], dict[str, dict[str, None]]] = {}
        providers = _inner(root, "providers")
        for provider_id in providers.items if providers is not None else ():
            self.models[provider_id] = {}
            skus = _inner(_inner(providers, provider_id), "skus")
            for sku_id in skus.items if skus is not None else ():
                self.models[provider_id] |= dict.fromkeys(_texts(_inner(skus, sku_id), "models"), sku_id)
        for (provider_id, sku_id, _), table in tables.items():
            own = self._own.setdefault((provider_id, sku_id), {})
            for name, values in table.options.items():
                for options in (own, self._all):
                    options.setdefault(name, {}).update(dict.fromkeys(values))

    def of(self, provider: str, model: str, option: str) -> tuple[str, ...]:
        """The values that an option has for a model, else anywhere; none for an unknown option."""
        own = self._own.get((provider, self.models.get(provider, {}).get(model, "")), {})
        return tuple(own.get(option) or self._all.get(option) or ())


def _texts(node: Node | None, name: str) -> list[str]:
    found = node.items.get(name) if isinstance(node, MappingNode) else None
    return [item.text for item in found.items if isinstance(item, Scalar)] if isinstance(found, Sequence) else []


def _check_entry(entry: MappingNode, values: _Values, path: str, faults: Faults) -> None:
    if _text(entry, "if_sold") not in ("yes", "true"):
        _check_seller(entry.items.get("provider"), entry.items.get("model"), values.models, path, faults)
    for option, node in _scalars(_inner(entry, "fixed")):
        allowed = values.of(_text(entry, "provider") or "", _text(entry, "model") or "", option)
        _check_fixed(option, node, allowed, f"{path}.fixed.{option}", faults)
    known: list[str] = []
    for key in ("needs", "takes", "needs_not"):
        needs = entry.items.get(key)
        listed = [need for need in needs.items if isinstance(need, Scalar)] if isinstance(needs, Sequence) else []
        for place, need in enumerate(listed):
            _check_need(need, known, f"{path}.{key}.{place}", faults)
            known.append(need.text)


def _check_seller(
    provider: Node | None, model: Node | None, models: Mapping[str, Mapping[str, str]], path: str, faults: Faults
) -> None:
    if not isinstance(provider, Scalar):
        return
    if provider.text not in models:
        faults.at(provider, f"{path}.provider", f"unknown provider {provider.text}")
    elif isinstance(model, Scalar) and model.text not in models[provider.text]:
        faults.at(model, f"{path}.model", f"unknown model {model.text}; {provider.text} does not have it")


def _check_fixed(option: str, node: Scalar, allowed: tuple[str, ...], path: str, faults: Faults) -> None:
    if option == "duration":
        if not node.text.isascii() or not node.text.isdigit():
            faults.at(node, path, "not a whole number")
    elif not allowed:
        faults.at(node, path, f"unknown option {option}; no SKU has it")
    elif node.text not in allowed:
        faults.at(node, path, f"{node.text} is not one of the values of {option}: {', '.join(allowed)}")


def _scalars(node: MappingNode | None) -> Iterator[tuple[str, Scalar]]:
    for name, value in node.items.items() if node is not None else ():
        if isinstance(value, Scalar):
            yield name, value


def _check_need(need: Scalar, before: list[str], path: str, faults: Faults) -> None:
    if need.text not in NEEDS:
        faults.at(need, path, f"must be one of {', '.join(NEEDS)}")
    elif need.text in before:
        faults.at(need, path, f"{need.text} is listed already; use it once")
