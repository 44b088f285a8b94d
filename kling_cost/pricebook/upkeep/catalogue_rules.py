"""The small language in which EvoLink's catalogue says how much is billed: constants, variables, a few operators.

Source: the rule objects of the public catalogue, `quantity_rule` and the `when` of tiers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import ceil, floor
from typing import Any

from kling_cost.amounts import plain_decimal
from kling_cost.problems import shown

Value = Fraction | str | bool
Variables = Mapping[str, str]
_DEEPEST = 20  # expressions within one another


class UnknownRuleError(ValueError):
    """A rule that is not known, or that lacks a value."""


def evaluated(rule: Any, variables: Variables, depth: int = 0) -> Value:
    """The value of an expression.

    Args:
        rule: the expression as JSON holds it.
        variables: the values of what it may name, as text.
        depth: how many expressions it stands in.

    Raises:
        UnknownRuleError: it has an operator, a variable or a form that is not known.

    >>> seconds = {"op": "variable", "name": "s"}
    >>> evaluated({"op": "multiply", "args": [{"op": "constant", "value": "1.5"}, seconds]}, {"s": "4"})
    Fraction(6, 1)
    """
    if not isinstance(rule, dict) or depth > _DEEPEST:
        raise UnknownRuleError("an expression must be an object, and not too deep")
    name = str(rule.get("op"))
    if name in _LEAVES:
        return _LEAVES[name](rule, variables)
    values = rule.get("args")
    if not isinstance(values, list) or not values:
        raise UnknownRuleError(f"operator {shown(name)} has no args")
    if name == "if":
        return _chosen(values, variables, depth)
    return _applied(name, [evaluated(value, variables, depth + 1) for value in values])


def holds(when: Any, variables: Variables) -> bool:
    """Whether a tier's condition holds: an expression, or values by name.

    Raises:
        UnknownRuleError: it is neither, or names what is not known.

    >>> holds({"quality": "1080p", "sound": ["on"]}, {"quality": "1080p", "sound": "off"})
    False
    """
    if isinstance(when, dict) and "op" in when:
        return evaluated(when, variables) is True
    if not isinstance(when, dict):
        raise UnknownRuleError("the condition of a tier must be an object")
    for name, wanted in when.items():
        if name not in variables:
            raise UnknownRuleError(f"it depends on {shown(name)}")
        if variables[name] not in (wanted if isinstance(wanted, list) else [wanted]):
            return False
    return True


def _constant(value: Any) -> Value:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise UnknownRuleError(f"{shown(value)} cannot be a value")
    try:
        return Fraction(plain_decimal(str(value)))
    except ValueError:
        return str(value)


def _variable(rule: Mapping[str, Any], variables: Variables) -> Value:
    named = str(rule.get("name"))
    if named not in variables:
        raise UnknownRuleError(f"it depends on {shown(named)}")
    return _constant(variables[named])


def _looked_up(rule: Mapping[str, Any], variables: Variables) -> Value:
    key, table = rule.get("key"), rule.get("values")
    if not isinstance(table, dict) or not isinstance(key, dict) or key.get("op") != "variable":
        raise UnknownRuleError("a lookup needs a variable and values")
    _variable(key, variables)
    wanted = variables[str(key.get("name"))]
    if wanted not in table:
        raise UnknownRuleError(f"a lookup has no value for {shown(wanted)}")
    return _constant(table[wanted])


def _chosen(values: Sequence[Any], variables: Variables, depth: int) -> Value:
    if len(values) != len(("condition", "then", "else")):
        raise UnknownRuleError("operator if needs three args")
    condition = evaluated(values[0], variables, depth + 1)
    if not isinstance(condition, bool):
        raise UnknownRuleError("a condition is neither true nor false")
    return evaluated(values[1] if condition else values[2], variables, depth + 1)


def _applied(name: str, values: Sequence[Value]) -> Value:
    """An operator's value of its arguments, which are numbers unless it compares."""
    if name in _COMPARED and len(values) == _PAIR:
        return _COMPARED[name](*values)
    numbers = [value for value in values if isinstance(value, Fraction)]
    if len(numbers) < len(values):
        raise UnknownRuleError(f"operator {shown(name)} needs numbers")
    if name in _OF_ONE and len(numbers) == 1:
        return Fraction(_OF_ONE[name](numbers[0]))
    if name not in _OF_MANY:
        raise UnknownRuleError(f"unknown operator {shown(name)}")
    try:
        return reduce(_OF_MANY[name], numbers)
    except ZeroDivisionError:
        raise UnknownRuleError("it divides by zero") from None


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def held(one: Any, other: Any) -> bool:
        if type(one) is not type(other):
            raise UnknownRuleError("it compares a number with a text")
        return compare(one, other)

    return held


_LEAVES: Mapping[str, Callable[[Mapping[str, Any], Variables], Value]] = {
    "constant": lambda rule, _: _constant(rule.get("value")),
    "variable": _variable,
    "lookup": _looked_up,
}
_PAIR = 2
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    **{name: _ordered(getattr(operator, name)) for name in ("gt", "ge", "lt", "le")},
    "gte": _ordered(operator.ge),
    "lte": _ordered(operator.le),
}
_OF_ONE: Mapping[str, Callable[[Fraction], int]] = {"ceil": ceil, "floor": floor}
_OF_MANY: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "multiply": operator.mul,
    "divide": operator.truediv,
    "add": operator.add,
    "subtract": operator.sub,
    "max": max,
    "min": min,
}
