"""Make a price book from EvoLink's public price catalogue; what a book cannot say is listed, never guessed.

Source: the catalogue's JSON, schema version 2, as it stood on 2026-10-10, and its tiers since 2026-10-12, which have
SKUs and rates of their own: such a rate has the multiplier in it already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any, NamedTuple

from kling_cost.amounts import plain_decimal
from kling_cost.pricebook.book import PRICED_OPTIONS
from kling_cost.pricebook.book_rules import RESERVED
from kling_cost.pricebook.counting.length_tiers import DURATION
from kling_cost.pricebook.counting.quantity import CALL, OUTPUT, PER_CALL, PER_SECOND
from kling_cost.pricebook.upkeep.catalogue_lengths import LENGTHS, TRIED, counts_parts, measured_quantity
from kling_cost.pricebook.upkeep.catalogue_rules import UnknownRuleError, evaluated, holds
from kling_cost.problems import shown
from kling_cost.python_values import day_of

PROVIDER = "evolink"  # provider
CURRENCY = "EVOLINK_CREDIT"  # example
_QUANTUM = Decimal(1).scaleb(-4)
_UC = 10_000  # of the catalogue's smallest unit in a credit
_PLACES = 6  # decimals of a number in a book
_FAMILY = "kling"
_SECONDS = "duration_seconds"
_MOST_COMBINATIONS = 500
#: The longest video that a model of a catalogue makes.
MOST_SECONDS = 3_600
_DAY = 10  # characters of a day
_SETTLED_LATER = "request_then_actual"
_FX = re.compile(r"USD-CNY=([0-9.]+)", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,5}", re.ASCII)
_DIMENSIONS = {PER_SECOND: ("output_second",), PER_CALL: ("call", "element", "request", "task")}
_OF = {PER_SECOND: OUTPUT, PER_CALL: CALL}


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


def imported(document: Any) -> Imported:
    """A price book of the Kling models in a catalogue.

    Args:
        document: the catalogue as JSON holds it.

    Raises:
        CatalogueError: it is no catalogue, does not say when it was made, or sells no such model.
    """
    meta, models = _parts(document)
    checked = day_of(str(meta.get("updated_at"))[:_DAY])
    if checked is None:
        raise CatalogueError("the catalogue does not say when it was updated")
    source = f"EvoLink price catalogue, pricing version {shown(meta.get('pricing_version'))}"
    unsaid: list[tuple[str, str]] = []
    skus: dict[str, Any] = {}
    for name, model in models.items():
        try:
            skus[name.lower()] = _sku(name, model, source, checked)
        except UnknownRuleError as error:
            unsaid.append((_rule_id(model), str(error)))
    exchange = _exchange(meta, list(models.values()), source, checked)
    provider = {"name": "EvoLink", "currency": CURRENCY, **exchange, "skus": skus}
    book = {
        "schema": 2,
        "version": f"{PROVIDER}-{checked.isoformat()}",
        "currencies": {CURRENCY: {"name": "EvoLink credit", "quantum": _QUANTUM}},
        "providers": {PROVIDER: provider},
    }
    return Imported(book, unsaid)


def _parts(document: Any) -> tuple[Mapping[str, Any], Mapping[str, Mapping[str, Any]]]:
    """What the catalogue says of itself, and its models of the family by name."""
    if not isinstance(document, dict) or not isinstance(document.get("models"), list):
        raise CatalogueError("the file has no list of models")
    models = [model for model in document["models"] if isinstance(model, dict)]
    named = [(model["model_id"], model) for model in models if isinstance(model.get("model_id"), str)]
    found = {name: model for name, model in named if _FAMILY in name.lower()}
    if not found:
        raise CatalogueError("the catalogue sells no Kling model")
    return document["meta"] if isinstance(document.get("meta"), dict) else {}, found


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
    rule = _rule(model)
    parameters = _Parameters(_list(model.get("parameters")))
    billed = str(rule["billing_rule"])
    if (parameters.seconds is None and not parameters.measured) == (billed == PER_SECOND):
        raise UnknownRuleError("its range of seconds is not known")
    first = day_of(str(rule.get("effective_at"))[:_DAY])
    if first is None:
        raise UnknownRuleError("it does not say from when on it holds")
    settlement = {"settlement": _SETTLED_LATER} if model.get("settlement_basis") == _SETTLED_LATER else {}
    prices = _Prices(rule, parameters).entries()
    quantity = {"of": _OF[billed], **parameters.range()}
    if parameters.measured:
        quantity = measured_quantity(rule, {option: values[0] for option, values in parameters.options.items()})
    return {
        "models": [name],
        "quantity": quantity,
        **({"options": parameters.options} if parameters.options else {}),
        **({"defaults": parameters.defaults} if parameters.defaults else {}),
        "rates": {first: {**prices, **settlement, "source": source, "checked": checked}},
    }


def _rule(model: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one rule by which a model is billed.

    Raises:
        UnknownRuleError: there are several, or it says more than a book can.
    """
    components = _list(model.get("components"))
    if len(components) != 1 or not isinstance(components[0], dict):
        raise UnknownRuleError(f"it has {len(components)} rules that add up")
    rule: dict[str, Any] = components[0]
    billed, rounding = str(rule.get("billing_rule")), rule.get("rounding")
    if billed not in _OF or rule.get("dimension") not in _DIMENSIONS[billed]:
        parts = ", in parts of a second, which a book does not count" if counts_parts(rule) else ""
        raise UnknownRuleError(f"it bills by {shown(rule.get('dimension'))}{parts}")
    if rule.get("condition") is not None:
        raise UnknownRuleError("its rule has a condition")
    if rule.get("pricing_status") not in (None, "available"):
        raise UnknownRuleError("it has no price now")
    mode = rounding.get("mode") if isinstance(rounding, dict) else None
    if mode != "half_up":
        raise UnknownRuleError(f"it rounds {shown(mode)}")
    return rule


class _Parameters:
    """What a request for a model may say of its price.

    Attributes:
        seconds: the range of seconds; None where there is none.
        measured: whether the video is as long as one that is given.
        options: the values of each option, `quality` and `sound` first.
        defaults: what is taken for a parameter that is left out.

    Raises:
        UnknownRuleError: one of them is not known before the video is made, or not in a form that a book has.
    """

    def __init__(self, parameters: Sequence[Any]) -> None:
        self.seconds: tuple[int, int] | None = None
        self.options: dict[str, list[str]] = {}
        self.defaults: dict[str, str] = {}
        names = [parameter.get("name") if isinstance(parameter, dict) else None for parameter in parameters]
        self.measured = all(length in names for length in LENGTHS)
        for name, parameter in zip(names, parameters, strict=True):
            if not (self.measured and name in LENGTHS):
                self._take(name, parameter)
        first = [name for name in PRICED_OPTIONS if name in self.options]
        self.options = {name: self.options[name] for name in (*first, *self.options)}

    def range(self) -> dict[str, int]:
        """The seconds that may be asked for, as a book says it."""
        return {} if self.seconds is None else {"minimum": self.seconds[0], "maximum": self.seconds[1]}

    def _take(self, name: Any, parameter: Mapping[str, Any]) -> None:
        if name == _SECONDS:
            self._take_seconds(parameter)
        elif isinstance(name, str) and _NAME.fullmatch(name) and name not in RESERVED:
            self._take_option(name, parameter)
        else:
            raise UnknownRuleError(f"it depends on {shown(name)}, which is not known before")

    def _take_seconds(self, parameter: Mapping[str, Any]) -> None:
        lengths = _list(parameter.get("values")) if parameter.get("type") == "enum" else []
        ends = lengths or [str(parameter.get("minimum")), str(parameter.get("maximum"))]
        if not all(isinstance(end, str) and _COUNT.fullmatch(end) and 0 < int(end) <= MOST_SECONDS for end in ends):
            raise UnknownRuleError("its range of seconds is not known")
        if lengths:
            self.options[DURATION] = list(dict.fromkeys(lengths))
        elif parameter.get("type") != "integer" or int(ends[0]) > int(ends[1]):
            raise UnknownRuleError("its range of seconds is not known")
        self.seconds = min(map(int, ends)), max(map(int, ends))
        self._take_default(DURATION, parameter)

    def _take_option(self, name: str, parameter: Mapping[str, Any]) -> None:
        if parameter.get("type") != "enum":
            raise UnknownRuleError(f"it depends on {name}, which is not known before")
        values = _list(parameter.get("values"))
        if not values or not all(isinstance(value, str) and value.strip() for value in values):
            raise UnknownRuleError(f"the values of {name} are not known")
        self.options[name] = list(dict.fromkeys(values))
        self._take_default(name, parameter)

    def _take_default(self, name: str, parameter: Mapping[str, Any]) -> None:
        default = parameter.get("default")
        if isinstance(default, str) and default.strip():
            self.defaults[name] = default


class _Prices:
    """The prices of one rule, for every combination of options.

    Raises:
        UnknownRuleError: they cannot be told, or are not in proportion to the seconds.
    """

    def __init__(self, rule: Mapping[str, Any], parameters: _Parameters) -> None:
        seconds, options = parameters.seconds, parameters.options
        self._rule, self._names = rule, list(options)
        self._lengths: Sequence[int | None] = (
            [None] if seconds is None else sorted({seconds[0], seconds[0] + 1, seconds[1]})
        )
        self._measures = LENGTHS if parameters.measured else (_SECONDS,)
        if parameters.measured:
            self._lengths = list(TRIED)
        self._tiers = [tier for tier in _list(rule.get("tiers")) if isinstance(tier, dict)]
        if prod(map(len, options.values())) > _MOST_COMBINATIONS:
            raise UnknownRuleError("it has too many combinations of options")
        self._units = {combination: self._unit(combination) for combination in product(*options.values())}

    def entries(self) -> dict[str, Any]:
        """The part of the rate that says what is charged."""
        least = {charge for _, charge in self._units.values()}
        if len(least) > 1:
            raise UnknownRuleError("its least charge differs by option")
        prices = self._by_option({combination: price for combination, (price, _) in self._units.items()})
        if any((price * 10**_PLACES).denominator != 1 for price, _ in self._units.values()):
            prices = self._multiplied(prices)
        else:
            prices["unit_price"] = _each(prices["unit_price"], _decimal)
        charge = least.pop()
        return prices if charge is None else {**prices, "minimum_charge": charge}

    def _multiplied(self, prices: dict[str, Any]) -> dict[str, Any]:
        """Prices with more decimals than a price book has, as multiples of the rule's rate."""
        base = (_uc(self._rule.get("rate")) or Fraction(0)) / _UC
        if not base:
            raise UnknownRuleError("its price has more decimals than a price book")
        table = _each(prices.pop("unit_price"), lambda price: _decimal(price / base))
        return {**prices, "base_rate": _decimal(base), "multiplier": table}

    def _by_option(self, units: Mapping[tuple[str, ...], Fraction]) -> dict[str, Any]:
        """Prices by the options that matter."""
        places = [at for at in range(len(self._names)) if _matters(units, at)]
        table = {tuple(combination[at] for at in places): price for combination, price in units.items()}
        by = {"by": [self._names[at] for at in places]} if places else {}
        return {**by, "unit_price": _nested(table)}

    def _unit(self, combination: tuple[str, ...]) -> tuple[Fraction, Decimal | None]:
        """Price of one second or call, and the least charge."""
        chosen = dict(zip(self._names, combination, strict=True))
        if DURATION in chosen:
            chosen[_SECONDS] = chosen[DURATION]
        rule, is_whole = self._rule_of(chosen)
        rate = _uc(rule.get("rate"))
        if rate is None:
            raise UnknownRuleError("it has no rate")
        least = _uc(rule.get("minimum_charge"))
        lengths = [int(chosen[DURATION])] if DURATION in chosen else self._lengths
        quantities = [self._quantity(chosen, length, is_whole) for length in lengths]
        if len(set(quantities)) > 1:
            raise UnknownRuleError("its price is not in proportion to the seconds")
        return rate * quantities[0] / _UC, None if not least else _decimal(least / _UC)

    def _rule_of(self, chosen: Mapping[str, str]) -> tuple[Mapping[str, Any], bool]:
        """The tier that holds, else the rule itself; and whether its rate has the multiplier in it."""
        found = [tier for tier in self._tiers if holds(tier.get("when"), chosen)]
        if len(found) > 1:
            raise UnknownRuleError("two of its tiers hold at once")
        if found:
            return self._rule_of_tier(found[0]), True
        return self._rule, False

    def _rule_of_tier(self, tier: Mapping[str, Any]) -> Mapping[str, Any]:
        """A tier with a rate of its own, which has the multiplier in it."""
        if tier.get("rate") is not None:
            return tier
        rate, multiplier = _uc(self._rule.get("rate")), _fraction(tier.get("multiplier"))
        if rate is None or multiplier is None:
            raise UnknownRuleError("a tier has neither a rate nor a multiplier")
        least = tier.get("minimum_charge", self._rule.get("minimum_charge"))
        return {"rate": rate * multiplier, "minimum_charge": least}

    def _quantity(self, chosen: Mapping[str, str], length: int | None, is_whole: bool) -> Fraction:
        """How much is billed for one second, or one call."""
        if is_whole:  # the rate is what one second or call costs
            return Fraction(1)
        variables = {**chosen, **({} if length is None else dict.fromkeys(self._measures, str(length)))}
        found = evaluated(self._rule.get("quantity_rule"), variables)
        if not isinstance(found, Fraction) or found <= 0:
            raise UnknownRuleError("its quantity must be a number above 0")
        return found / (1 if length is None else length)


def _each(table: Any, convert: Callable[[Fraction], Decimal]) -> Any:
    """Every price of a table in another form."""
    if isinstance(table, dict):
        return {value: _each(below, convert) for value, below in table.items()}
    return convert(table)


def _matters(units: Mapping[tuple[str, ...], Fraction], at: int) -> bool:
    """Whether a price depends on the option at a place."""
    by_others: dict[tuple[str, ...], set[Fraction]] = {}
    for combination, price in units.items():
        by_others.setdefault((*combination[:at], *combination[at + 1 :]), set()).add(price)
    return any(len(prices) > 1 for prices in by_others.values())


def _nested(table: Mapping[tuple[str, ...], Fraction]) -> Any:
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
    fx_source = f"{source}, {shown(meta.get('exchange_rate_version'))}"
    return {"exchange": {checked: {"per_usd": credits_, "source": fx_source, "checked": checked}}}


def _yuan_of_a_credit(models: Sequence[Mapping[str, Any]]) -> Iterator[Fraction]:
    for model in models:
        for component in _list(model.get("components")):
            rate = component.get("rate") if isinstance(component, dict) else None
            if isinstance(rate, dict):
                credits_, yuan = _fraction(rate.get("credits")), _fraction(rate.get("cny"))
                if credits_ and yuan:
                    yield yuan / credits_
