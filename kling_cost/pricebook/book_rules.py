"""Check what the schema of a price book cannot express: names, ranges and defaults that must be consistent.

The checks walk the tree defensively, so that a fault of form elsewhere hides none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kling_cost.io.strict_yaml import Mapping, Node, Scalar, Sequence
from kling_cost.pricebook.answers.answer_rules import check_responses
from kling_cost.pricebook.book import PRICED_OPTIONS
from kling_cost.pricebook.book_problems import Faults
from kling_cost.pricebook.counting.length_tiers import DURATION, check_tiers
from kling_cost.pricebook.counting.quantity import BILLED, OUTPUT, PER_CALL, PER_SECOND
from kling_cost.pricebook.counting.quantity_rules import check_quantity, whole
from kling_cost.pricebook.terms.terms_rules import check_rate, check_terms

#: What only a book of schema 2 can say, of a SKU and of a rate.
_OF_SKU, _OF_RATE = ("quantity", "names", "defaults", "until"), ("until", "url", "extra", "round")
_SECOND = "in a book of `schema: 1`; schema 2 has more"
_ON_OFF = ("off", "on")
_OPTION = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
#: Names that no option can have, since jobs, results or warehouses use them for something else.
RESERVED = frozenset(
    """
    adds adjustments all and as as_of base_rate billed_quantity billing_rule by case certainty checked checksum copied
    cost cost_least cost_most cost_per_take currency date date_basis defaults defaults_applied desc duration
    effective_from effective_until else end error extras factor from group in input_seconds item_cost job_id join
    left_out like limit line minimum_charge minimum_quantity model multiplier name not note notes null oldest_checked
    locked on or order per_usd plan_cost plan_lines plan_takes price price_book_sha256 price_book_version
    price_problem printed problems prompt provider quantity rate_effective_from refund_on_failure
    requested_quantity rounding row seconds_maximum seconds_minimum select settlement sku source suspicious table tag
    tags takes task_id task_ids then to tokens total type union unit unit_price url usd user using when where with
    """.split()
)


def entries(parent: Node | None, key: str) -> Iterator[tuple[str, Mapping]]:
    """The mappings below `parent[key]`, with their names; nothing where there are none."""
    below = parent.items.get(key) if isinstance(parent, Mapping) else None
    if isinstance(below, Mapping):
        for name, node in below.items.items():
            if isinstance(node, Mapping):
                yield name, node


def keys(parent: Node | None) -> tuple[str, ...]:
    """The keys of a mapping; none where there is no mapping."""
    return tuple(parent.items) if isinstance(parent, Mapping) else ()


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
    _check_schema(root, faults)
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
        check_terms(provider, currencies, path, faults)
        _check_rates(provider, _quantum(root, currency), path, faults)
        _check_skus(provider, path, faults)
    if "USD" in exchanged:
        faults.at(root, f"{exchanged['USD']}.exchange", "the dollar cannot have an exchange rate to itself")


def _quantum(root: Mapping, currency: Node | None) -> str | None:
    """The quantum of a currency, as it stands in the book."""
    known = dict(entries(root, "currencies")).get(currency.text) if isinstance(currency, Scalar) else None
    node = None if known is None else known.items.get("quantum")
    return node.text if isinstance(node, Scalar) else None


def _check_rates(provider: Mapping, quantum: str | None, path: str, faults: Faults) -> None:
    """What is charged beside unit prices, and how calls are rounded."""
    for sku_id, sku in entries(provider, "skus"):
        for day, rate in entries(sku, "rates"):
            check_rate(rate, _billed(sku) != PER_CALL, quantum, f"{path}.skus.{sku_id}.rates.{day}", faults)


def _check_skus(provider: Mapping, path: str, faults: Faults) -> None:
    sold: set[str] = set()
    for sku_id, sku in entries(provider, "skus"):
        options = _options_of(sku)
        sold |= options
        _check_sku(sku, f"{path}.skus.{sku_id}", faults)
        _check_defaults(provider, sku, f"{path}.defaults", sku_id, faults)
        _check_defaults(sku, sku, f"{path}.skus.{sku_id}.defaults", sku_id, faults)
        _check_default_names(sku, options, f"{path}.skus.{sku_id}.defaults", faults)
    _check_default_names(provider, sold, f"{path}.defaults", faults)


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


def _inner(node: Mapping, name: str) -> Mapping | None:
    found = node.items.get(name)
    return found if isinstance(found, Mapping) else None


def _check_schema(root: Mapping, faults: Faults) -> None:
    """Note what only a book of schema 2 can say, in one of schema 1."""
    schema = root.items.get("schema")
    if not isinstance(schema, Scalar) or schema.text != "1":
        return
    _check_first_form(root, ("products",), "", faults)
    for provider_id, sku_id, sku in each_sku(root):
        path = f"providers.{provider_id}.skus.{sku_id}"
        _check_first_form(sku, _OF_SKU, path, faults)
        for day, rate in entries(sku, "rates"):
            _check_first_form(rate, _OF_RATE, f"{path}.rates.{day}", faults)
            for at, node in enumerate(scalars(rate, "by")):
                if node.text not in PRICED_OPTIONS:
                    faults.at(node, f"{path}.rates.{day}.by.{at}", f"must be one of 'quality' or 'sound' {_SECOND}")
    for provider_id, provider in entries(root, "providers"):
        _check_first_form(provider, ("terms",), f"providers.{provider_id}", faults)
        defaults = _inner(provider, "defaults")
        others = [name for name in keys(defaults) if name not in ("duration", *PRICED_OPTIONS)]
        _check_first_form(defaults, others, f"providers.{provider_id}.defaults", faults)


def _check_first_form(node: Mapping | None, names: Iterable[str], path: str, faults: Faults) -> None:
    options = _inner(node, "options") if node is not None else None
    for name in names:
        if node is not None and name in node.items:
            faults.at(node.key_nodes[name], f"{path}.{name}".lstrip("."), f"unknown key {_SECOND}")
    for name in keys(options):
        if name not in PRICED_OPTIONS and options is not None:
            faults.at(options.key_nodes[name], f"{path}.options.{name}", f"unknown key {_SECOND}")


def _check_sku(sku: Mapping, path: str, faults: Faults) -> None:
    _check_billing(sku, path, faults)
    billed = _billed(sku)
    if billed:
        _check_seconds(sku, billed, path, faults)
    _check_options(sku, path, faults)
    check_tiers(sku, path, faults)
    _check_words(sku, f"{path}.names", faults)
    for day, rate in entries(sku, "rates"):
        at = f"{path}.rates.{day}"
        if billed == PER_CALL and "minimum_quantity" in rate.items:
            why = "not allowed for a price per call"
            faults.at(rate.key_nodes["minimum_quantity"], f"{at}.minimum_quantity", why)
        names = texts(rate, "by")
        if len(set(names)) < len(names):
            faults.at(rate.items["by"], f"{at}.by", "duplicate option")
        for position, node in enumerate(scalars(rate, "by")):
            _check_option_name(node, node.text, f"{at}.by.{position}", faults)
        _check_options(rate, at, faults)
        _check_until(rate, day, f"{at}.until", faults)
    _check_until(sku, max(keys(sku.items.get("rates")), default=""), f"{path}.until", faults)


def _check_billing(sku: Mapping, path: str, faults: Faults) -> None:
    """A SKU says once what is counted."""
    if "quantity" in sku.items:
        for name in ("billing_rule", "seconds"):
            if name in sku.items:
                faults.at(sku.key_nodes[name], f"{path}.{name}", "not allowed beside `quantity`")
    elif "billing_rule" not in sku.items:
        faults.at(sku, f"{path}.billing_rule", "missing")


def _check_options(owner: Mapping, path: str, faults: Faults) -> None:
    options = _inner(owner, "options")
    for name in keys(options):
        if options is not None:
            _check_option_name(options.key_nodes[name], name, f"{path}.options.{name}", faults)
    for node in scalars(options, "sound"):
        if node.text not in _ON_OFF:
            faults.at(node, f"{path}.options.sound", "must be one of 'off' or 'on'")


def _check_option_name(node: Node, name: str, path: str, faults: Faults) -> None:
    if not _OPTION.fullmatch(name):
        faults.at(node, path, f"{name!r} cannot be an option: use lower-case letters, digits and underscores")
    elif name in RESERVED and name != DURATION:
        faults.at(node, path, f"{name} cannot be an option: the name is used for something else")


def _check_words(sku: Mapping, path: str, faults: Faults) -> None:
    """Each word of the seller stands for a value that the option has, and is none itself."""
    options = _inner(sku, "options")
    for name, words in entries(sku, "names"):
        values = texts(options, name) if name != DURATION else ()
        if not values:
            faults.at(words, f"{path}.{name}", f"{name} is none of the SKU's options")
            continue
        for word, node in words.items.items():
            at = f"{path}.{name}.{word}"
            if word in values:
                faults.at(node, at, f"{word} is a value of {name} itself")
            elif isinstance(node, Scalar) and node.text not in values:
                faults.at(node, at, f"{node.text} is not one of the values of {name}: {', '.join(values)}")


def _check_until(owner: Mapping, first: str, path: str, faults: Faults) -> None:
    until = owner.items.get("until")
    if isinstance(until, Scalar) and until.text < first:
        faults.at(until, path, f"{until.text} is before {first}, when a price begins")


def _check_defaults(owner: Mapping, sku: Mapping, path: str, sku_id: str, faults: Faults) -> None:
    defaults = owner.items.get("defaults")
    if not isinstance(defaults, Mapping):
        return
    for option in keys(defaults):
        default = defaults.items.get(option)
        values = texts(sku.items.get("options"), option)
        if isinstance(default, Scalar) and values and default.text not in values:
            why = f"{default.text} is not one of the values of {sku_id}: {', '.join(values)}"
            faults.at(default, f"{path}.{option}", why)
    default, seconds = defaults.items.get("duration"), _range(sku)
    length, low, high = whole(defaults, "duration"), whole(seconds, "minimum"), whole(seconds, "maximum")
    if default is not None and None not in (length, low, high) and not low <= length <= high:  # type: ignore[operator]
        why = f"{length} is outside the range of {sku_id}: {low} to {high}"
        faults.at(default, f"{path}.duration", why)


def _options_of(sku: Mapping) -> set[str]:
    """The options that a SKU has, as far as names go."""
    owners = [sku, *(rate for _, rate in entries(sku, "rates"))]
    return {name for owner in owners for name in (*keys(owner.items.get("options")), *texts(owner, "by"))}


def _check_default_names(owner: Mapping, options: set[str], path: str, faults: Faults) -> None:
    defaults = _inner(owner, "defaults")
    for name in keys(defaults):
        if defaults is not None and name not in ("duration", *PRICED_OPTIONS, *options):
            faults.at(defaults.key_nodes[name], f"{path}.{name}", "unknown option; no SKU here has it")


def _billed(sku: Mapping) -> str:
    """The billing rule, in either form."""
    quantity = _inner(sku, "quantity")
    rule = sku.items.get("billing_rule") if quantity is None else quantity.items.get("of")
    text = rule.text if isinstance(rule, Scalar) else ""
    return text if quantity is None else BILLED.get(text, "")


def _range(sku: Mapping) -> Node | None:
    """Where the range of seconds stands, in either form."""
    quantity = _inner(sku, "quantity")
    if quantity is None:
        return sku.items.get("seconds")
    of = quantity.items.get("of")
    return quantity if isinstance(of, Scalar) and of.text == OUTPUT else None


def _check_seconds(sku: Mapping, billed: str, path: str, faults: Faults) -> None:
    """A price per second of what is made has a range of seconds, and a price per call has none."""
    quantity = _inner(sku, "quantity")
    if quantity is not None:
        check_quantity(quantity, f"{path}.quantity", faults)
        return
    seconds, path = sku.items.get("seconds"), f"{path}.seconds"
    if seconds is None:
        if billed == PER_SECOND:
            faults.at(sku, path, "missing; a price per second needs a range of seconds")
        return
    if billed == PER_CALL:
        faults.at(seconds, path, "not allowed for a price per call")
    low, high = whole(seconds, "minimum"), whole(seconds, "maximum")
    if low is not None and high is not None and low > high:
        faults.at(seconds, path, f"minimum {low} is above maximum {high}")
