"""Make a price book from EvoLink's public price catalogue; what a book cannot say is listed, never guessed.

Source: the catalogue's JSON, schema version 2, as it stood on 2026-10-10, and its tiers since 2026-10-12, which have
SKUs and rates of their own: such a rate has the multiplier in it already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

from kling_cost.amounts import plain_decimal
from kling_cost.pricebook.book import PER_CALL, PER_SECOND, PRICED_OPTIONS
from kling_cost.pricebook.book_rules import COUNTED, RESERVED
from kling_cost.pricebook.upkeep.catalogue_rules import UnknownRuleError, evaluated, holds
from kling_cost.problems import shown
from kling_cost.python_values import day_of

PROVIDER = "evolink"  # provider
CURRENCY = "EVOLINK_CREDIT"  # example
_UC = 10_000  # of the catalogue's smallest unit in a credit
_PLACES = 6  # decimals of a number in a book
_FAMILY = "kling"
_SECONDS = "duration_seconds"
_MOST_SECONDS, _MOST_COMBINATIONS = 3_600, 500
_FX = re.compile(r"USD-CNY=([0-9.]+)", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_ROLES = {PER_SECOND: ("output_second",), PER_CALL: ("call", "element", "request", "task")}
_OF = {rule: counted for counted, rule in COUNTED.items()}


class Imported(NamedTuple):
    """What a catalogue comes to.

    Attributes:
        book: the tree of the price book.
        unsaid: what the book cannot say: the rule's id, and why.
    """

    book: dict[str, Any]
    unsaid: list[tuple[str, str]]


class CatalogueError(ValueError):
    """The document is no such catalogue."""


def imported(document: Any, checked: date) -> Imported:
    """A price book of the Kling models in a catalogue.

    Args:
        document: the catalogue as JSON holds it.
        checked: the day on which it was read, where it does not say so itself.

    Raises:
        CatalogueError: it is no catalogue, or sells no such model.
    """
    meta, models = _parts(document)
    checked = day_of(str(meta.get("updated_at"))[:10]) or checked
    source = f"EvoLink price catalogue, pricing version {shown(meta.get('pricing_version'))}"
    unsaid: list[tuple[str, str]] = []
    skus: dict[str, Any] = {}
    for model in models:
        name = model.get("model_id")
        if isinstance(name, str) and _FAMILY in name.lower():
            try:
                skus[name.lower()] = _sku(name, model, source, checked)
            except UnknownRuleError as error:
                unsaid.append((_rule_id(model), str(error)))
    if not skus and not unsaid:
        raise CatalogueError("the catalogue sells no Kling model")
    provider = {"name": "EvoLink", "currency": CURRENCY, **_exchange(meta, models, source, checked), "skus": skus}
    return Imported(
        {
            "schema": 2,
            "version": f"evolink-{checked.isoformat()}",
            "currencies": {CURRENCY: {"name": "EvoLink credit", "quantum": Decimal("0.0001")}},
            "providers": {PROVIDER: provider},
        },
        unsaid,
    )


def _parts(document: Any) -> tuple[Mapping[str, Any], Sequence[Any]]:
    if not isinstance(document, dict) or not isinstance(document.get("models"), list):
        raise CatalogueError("there is no list of models")
    meta = document.get("meta")
    return meta if isinstance(meta, dict) else {}, [model for model in document["models"] if isinstance(model, dict)]


def _rule_id(model: Mapping[str, Any]) -> str:
    skus = [str(component.get("sku_id")) for component in _list(model.get("components")) if isinstance(component, dict)]
    return shown(f"{model.get('model_id')} ({', '.join(skus) or 'no rule'})")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _sku(name: str, model: Mapping[str, Any], source: str, checked: date) -> dict[str, Any]:
    """What a model costs.

    Raises:
        UnknownRuleError: a book cannot say it.
    """
    components = _list(model.get("components"))
    if len(components) != 1 or not isinstance(components[0], dict):
        raise UnknownRuleError(f"it has {len(components)} rules that add up")
    rule = components[0]
    billed = str(rule.get("billing_rule"))
    if billed not in _OF or rule.get("dimension") not in _ROLES[billed]:
        raise UnknownRuleError(f"it bills by {shown(rule.get('dimension'))}")
    if rule.get("condition") is not None:
        raise UnknownRuleError("its rule has a condition")
    if _list(model.get("tiers")) or rule.get("pricing_status") not in (None, "available"):
        raise UnknownRuleError("it has no price now")
    rounding = rule.get("rounding")
    if not isinstance(rounding, dict) or rounding.get("mode") != "half_up":
        raise UnknownRuleError(f"it rounds {shown((rounding or {}).get('mode'))}")
    seconds, options = _parameters(model, billed)
    prices = _Prices(rule, seconds, options)
    first = day_of(str(rule.get("effective_at"))[:10])
    if first is None:
        raise UnknownRuleError("it does not say from when on it holds")
    rate = {
        **prices.entries(),
        **({"settlement": "request_then_actual"} if model.get("settlement_basis") == "request_then_actual" else {}),
        "source": source,
        "checked": checked,
    }
    shown_options = {"options": {option: values for option, (values, _) in options.items()}} if options else {}
    defaults = {option: default for option, (_, default) in options.items() if default is not None}
    duration = _default_seconds(model)
    quantity = {"of": _OF[billed], **({} if seconds is None else {"minimum": seconds[0], "maximum": seconds[1]})}
    return {
        "models": [name],
        "quantity": quantity,
        **shown_options,
        **({"defaults": {**duration, **defaults}} if duration or defaults else {}),
        "rates": {first: rate},
    }


def _default_seconds(model: Mapping[str, Any]) -> dict[str, int]:
    for parameter in _list(model.get("parameters")):
        if parameter.get("name") == _SECONDS and str(parameter.get("default", "")).isdigit():
            return {"duration": int(parameter["default"])}
    return {}


def _parameters(
    model: Mapping[str, Any], billed: str
) -> tuple[tuple[int, int] | None, dict[str, tuple[list[str], str | None]]]:
    """The range of seconds, and each option with its values and its default."""
    seconds: tuple[int, int] | None = None
    options: dict[str, tuple[list[str], str | None]] = {}
    for parameter in _list(model.get("parameters")):
        name, kind = (parameter.get("name"), parameter.get("type")) if isinstance(parameter, dict) else (None, None)
        if name == _SECONDS and kind == "integer":
            low, high = str(parameter.get("minimum")), str(parameter.get("maximum"))
            if not (low.isdigit() and high.isdigit() and int(low) <= int(high) <= _MOST_SECONDS):
                raise UnknownRuleError("its range of seconds is not known")
            seconds = int(low), int(high)
        elif name == _SECONDS:
            raise UnknownRuleError("it is sold in single lengths only")
        elif kind == "enum" and isinstance(name, str) and _NAME.fullmatch(name) and name not in RESERVED:
            values = [value for value in _list(parameter.get("values")) if isinstance(value, str)]
            default = parameter.get("default")
            options[name] = values, default if isinstance(default, str) else None
        else:
            raise UnknownRuleError(f"it depends on {shown(name)}, which is not known before")
    if (seconds is None) == (billed == PER_SECOND):
        raise UnknownRuleError("its range of seconds is not known")
    ordered = [*(name for name in PRICED_OPTIONS if name in options), *(n for n in options if n not in PRICED_OPTIONS)]
    return seconds, {name: options[name] for name in ordered}


class _Prices:
    """The prices of one rule, for every combination of options.

    Raises:
        UnknownRuleError: they cannot be told, or are not in proportion to the seconds.
    """

    def __init__(
        self, rule: Mapping[str, Any], seconds: tuple[int, int] | None, options: Mapping[str, tuple[list[str], Any]]
    ) -> None:
        self._rule, self._names = rule, list(options)
        self._lengths = [None] if seconds is None else sorted({seconds[0], seconds[0] + 1, seconds[1]})
        self._tiers = [tier for tier in _list(rule.get("tiers")) if isinstance(tier, dict)]
        combinations = list(product(*(values for values, _ in options.values())))
        if not combinations or len(combinations) > _MOST_COMBINATIONS:
            raise UnknownRuleError("it has no combination of options, or too many")
        self._units = {combination: self._unit(combination) for combination in combinations}

    def entries(self) -> dict[str, Any]:
        """The part of the rate that says what is charged."""
        least = {charge for _, charge in self._units.values()}
        if len(least) > 1:
            raise UnknownRuleError("its least charge differs by option")
        units = {combination: price for combination, (price, _) in self._units.items()}
        by = [name for at, name in enumerate(self._names) if _matters(units, at)]
        places = [self._names.index(name) for name in by]
        table = {tuple(combination[at] for at in places): price for combination, price in units.items()}
        found: dict[str, Any] = {"by": by} if by else {}
        found["unit_price"] = _nested(table) if by else next(iter(table.values()))
        charge = least.pop()
        return found if charge is None else {**found, "minimum_charge": charge}

    def _unit(self, combination: tuple[str, ...]) -> tuple[Decimal, Decimal | None]:
        """Price of one second or call, and the least charge."""
        chosen = dict(zip(self._names, combination, strict=True))
        rule, is_whole = self._rule_of(chosen)
        rate = _uc(rule.get("rate"))
        if rate is None:
            raise UnknownRuleError("it has no rate")
        least = _uc(rule.get("minimum_charge"))
        quantities = [self._quantity(chosen, length, is_whole) for length in self._lengths]
        if len(set(quantities)) > 1:
            raise UnknownRuleError("its price is not in proportion to the seconds")
        return _decimal(rate * quantities[0] / _UC), None if not least else _decimal(least / _UC)

    def _rule_of(self, chosen: Mapping[str, str]) -> tuple[Mapping[str, Any], bool]:
        """The tier that holds, else the rule itself; and whether its rate has the multiplier in it."""
        found = [tier for tier in self._tiers if holds(tier.get("when"), chosen)]
        if len(found) > 1:
            raise UnknownRuleError("two of its tiers hold at once")
        if not found:
            if self._tiers and self._rule.get("rate") is None:
                raise UnknownRuleError("none of its tiers holds")
            return self._rule, False
        tier = found[0]
        if tier.get("rate") is not None:
            return tier, True
        if tier.get("multiplier") is None:
            raise UnknownRuleError("a tier has neither a rate nor a multiplier")
        rate = _uc(self._rule.get("rate"))
        multiplier = _fraction(tier["multiplier"])
        if rate is None or multiplier is None:
            raise UnknownRuleError("a tier multiplies what is no number")
        least = tier.get("minimum_charge", self._rule.get("minimum_charge"))
        return {"rate": rate * multiplier, "minimum_charge": least}, True

    def _quantity(self, chosen: Mapping[str, str], length: int | None, is_whole: bool) -> Fraction:
        """How much is billed for one second, or one call."""
        if is_whole:  # the rate is what one second or call costs
            return Fraction(1)
        variables = {**chosen, **({} if length is None else {_SECONDS: str(length)})}
        found = evaluated(self._rule.get("quantity_rule"), variables)
        if not isinstance(found, Fraction) or found <= 0:
            raise UnknownRuleError("its quantity is no number above 0")
        return found / (1 if length is None else length)


def _matters(units: Mapping[tuple[str, ...], Decimal], at: int) -> bool:
    """Whether a price depends on the option at a place."""
    alike: dict[tuple[str, ...], set[Decimal]] = {}
    for combination, price in units.items():
        alike.setdefault((*combination[:at], *combination[at + 1 :]), set()).add(price)
    return any(len(prices) > 1 for prices in alike.values())


def _nested(table: Mapping[tuple[str, ...], Decimal]) -> Any:
    """Prices by the values of options, in the order of the combination."""
    if () in table:
        return table[()]
    firsts = dict.fromkeys(key[0] for key in table)
    return {first: _nested({key[1:]: price for key, price in table.items() if key[0] == first}) for first in firsts}


def _uc(amount: Any) -> Fraction | None:
    """An amount of the catalogue in its smallest unit; None where there is none."""
    if isinstance(amount, Fraction):
        return amount
    return _fraction(amount.get("uc")) if isinstance(amount, dict) else None


def _fraction(value: Any) -> Fraction | None:
    try:
        return Fraction(plain_decimal(str(value)))
    except ValueError:
        return None


def _decimal(number: Fraction) -> Decimal:
    """A number as a price book can hold it.

    Raises:
        UnknownRuleError: it has more decimals than that.
    """
    scaled = number * 10**_PLACES
    if scaled.denominator != 1:
        raise UnknownRuleError("its price has more decimals than a price book")
    return Decimal(scaled.numerator).scaleb(-_PLACES)


def _exchange(
    meta: Mapping[str, Any], models: Sequence[Mapping[str, Any]], source: str, checked: date
) -> dict[str, Any]:
    """How many credits a dollar buys, from the yuan for a dollar and what a credit costs in yuan."""
    per_usd = _FX.search(str(meta.get("exchange_rate_version")))
    yuan = next(_yuan_of_a_credit(models), None)
    if per_usd is None or not yuan:
        return {}
    try:
        credits_ = _decimal(Fraction(per_usd[1]) / yuan)
    except (ValueError, UnknownRuleError):
        return {}
    said = f"{source}, {shown(meta.get('exchange_rate_version'))}"
    return {"exchange": {checked: {"per_usd": credits_, "source": said, "checked": checked}}}


def _yuan_of_a_credit(models: Sequence[Mapping[str, Any]]) -> Iterator[Fraction]:
    for model in models:
        for component in _list(model.get("components")):
            rate = component.get("rate") if isinstance(component, dict) else None
            if isinstance(rate, dict):
                credits_, yuan = _fraction(rate.get("credits")), _fraction(rate.get("cny"))
                if credits_ and yuan:
                    yield yuan / credits_
