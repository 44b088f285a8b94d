"""Check what the schema of a price book cannot express: names, ranges and defaults that must be consistent.

The checks walk the tree defensively, so that a fault of form elsewhere hides none of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from kling_cost.io.strict_yaml import Mapping, Node, Scalar, Sequence
from kling_cost.pricebook.answers.answer_rules import check_responses
from kling_cost.pricebook.book import PRICED_OPTIONS
from kling_cost.pricebook.book_problems import Faults

_MOST_DIGITS = 9  # of a whole number


def entries(parent: Node | None, key: str) -> Iterator[tuple[str, Mapping]]:
    """The mappings below `parent[key]`, with their names; nothing where there are none."""
    below = parent.items.get(key) if isinstance(parent, Mapping) else None
    if isinstance(below, Mapping):
        for name, node in below.items.items():
            if isinstance(node, Mapping):
                yield name, node


def scalars(parent: Node | None, key: str) -> list[Scalar]:
    """The scalars of the list `parent[key]`; empty if there is no such list."""
    below = parent.items.get(key) if isinstance(parent, Mapping) else None
    return [n for n in below.items if isinstance(n, Scalar)] if isinstance(below, Sequence) else []


def texts(parent: Node | None, key: str) -> tuple[str, ...]:
    """The scalars of the list `parent[key]` as text."""
    return tuple(node.text for node in scalars(parent, key))


def each_sku(root: Mapping) -> Iterator[tuple[str, str, Mapping]]:
    """Every SKU with the ids of its provider and its own."""
    for provider_id, provider in entries(root, "providers"):
        for sku_id, sku in entries(provider, "skus"):
            yield provider_id, sku_id, sku


def check_book(root: Mapping, faults: Faults) -> None:
    """Note every disagreement."""
    known = root.items.get("currencies")
    currencies = set(known.items) if isinstance(known, Mapping) else set()
    exchanged: dict[str, str] = {
        code: f"currencies.{code}" for code, c in entries(root, "currencies") if "exchange" in c.items
    }
    for provider_id, provider in entries(root, "providers"):
        path = f"providers.{provider_id}"
        currency = provider.items.get("currency")
        if isinstance(currency, Scalar):
            if currency.text not in currencies:
                faults.at(currency, f"{path}.currency", f"unknown currency {currency.text}; add it to the currencies")
            if "exchange" in provider.items:
                first = exchanged.setdefault(currency.text, path)
                if first != path:
                    why = f"{first} also has exchange rates for {currency.text}"
                    faults.at(provider.key_nodes["exchange"], f"{path}.exchange", why)
        _check_names(provider, path, faults)
        check_responses(provider, f"{path}.responses", faults)
        for sku_id, sku in entries(provider, "skus"):
            _check_sku(sku, f"{path}.skus.{sku_id}", faults)
            _check_defaults(provider, sku, f"{path}.defaults", sku_id, faults)
    if "USD" in exchanged:
        faults.at(root, f"{exchanged['USD']}.exchange", "the dollar cannot have an exchange rate to itself")


def _check_names(provider: Mapping, path: str, faults: Faults) -> None:
    first: dict[str, str] = {}
    for sku_id, sku in entries(provider, "skus"):
        for node in scalars(sku, "models"):
            at = f"{path}.skus.{sku_id}.models"
            if node.text in first:
                faults.at(node, at, f"{node.text} is also a model of {first[node.text]}; use it once")
            elif ":" in node.text or node.text != node.text.strip() or not node.text.isprintable():
                faults.at(node, at, f"{node.text!r} is not a valid model name")
            first.setdefault(node.text, sku_id)


def _check_sku(sku: Mapping, path: str, faults: Faults) -> None:
    rule = sku.items.get("billing_rule")
    billed = rule.text if isinstance(rule, Scalar) else ""
    _check_seconds(sku, billed, f"{path}.seconds", faults)
    for day, rate in entries(sku, "rates"):
        if billed == "per_call" and "minimum_quantity" in rate.items:
            at = f"{path}.rates.{day}.minimum_quantity"
            faults.at(rate.key_nodes["minimum_quantity"], at, "not allowed for a price per call")
        names = texts(rate, "by")
        if len(set(names)) < len(names):
            faults.at(rate.items["by"], f"{path}.rates.{day}.by", "duplicate option")


def _check_defaults(provider: Mapping, sku: Mapping, path: str, sku_id: str, faults: Faults) -> None:
    defaults = provider.items.get("defaults")
    if not isinstance(defaults, Mapping):
        return
    for option in PRICED_OPTIONS:
        default = defaults.items.get(option)
        values = texts(sku.items.get("options"), option)
        if isinstance(default, Scalar) and values and default.text not in values:
            why = f"{default.text} is not one of the values of {sku_id}: {', '.join(values)}"
            faults.at(default, f"{path}.{option}", why)
    default, seconds = defaults.items.get("duration"), sku.items.get("seconds")
    length, low, high = whole(defaults, "duration"), whole(seconds, "minimum"), whole(seconds, "maximum")
    if default is not None and None not in (length, low, high) and not low <= length <= high:  # type: ignore[operator]
        why = f"{length} is outside the range of {sku_id}: {low} to {high}"
        faults.at(default, f"{path}.duration", why)


def whole(parent: Node | None, key: str) -> int | None:
    """The whole number at `parent[key]`, or None."""
    node = parent.items.get(key) if isinstance(parent, Mapping) else None
    text = node.text if isinstance(node, Scalar) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def _check_seconds(sku: Mapping, billed: str, path: str, faults: Faults) -> None:
    seconds = sku.items.get("seconds")
    if seconds is None:
        if billed == "per_second":
            faults.at(sku, path, "missing; a price per second needs a range of seconds")
        return
    if billed == "per_call":
        faults.at(seconds, path, "not allowed for a price per call")
    low, high = whole(seconds, "minimum"), whole(seconds, "maximum")
    if low is not None and high is not None and low > high:
        faults.at(seconds, path, f"minimum {low} is above maximum {high}")
