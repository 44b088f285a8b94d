"""Classes of takes as the text of a rules file that reads back as the same classes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kling_cost.amounts import EXACT, plain_text
from kling_cost.io.yaml_text import Quoted, yaml_text
from kling_cost.planning.rules.read_take_classes import AS_TAKES, RANGE
from kling_cost.planning.rules.selectors import Condition, Selector
from kling_cost.planning.rules.take_types import NO_FAILURE, NO_REJECTION, Fails, TakeClass

_COMMENT = """\
Keep rates of takes, learnt from a log of them. `low` and `high` are the 80 % Wilson interval of `likely`,
which is the share of takes that were kept.
"""
_PLACES = 10**6  # as fine as a chance is written as a decimal
_MOST_WHOLE = 999_999  # of how many a chance may be so many
_HUNDRED = 100
_PRESENT, _ABSENT = "present", "absent"


def rules_text(classes: Sequence[TakeClass]) -> str:
    """The text of a rules file with some classes.

    >>> learnt = TakeClass("hero", "", (Fraction(1, 3),), (Condition("quality", frozenset({"1080p"}), absent=True),))
    >>> print(rules_text([learnt]).partition("takes:")[2].strip())
    hero:
        where: {quality: [1080p, absent]}
        success: 1 in 3
    """
    return yaml_text({"schema": 1, "takes": {of.name: _class(of) for of in classes}}, _COMMENT)


def _class(of: TakeClass) -> dict[str, Any]:
    """A class by key, without what goes without saying."""
    success = [_chance(chance) for chance in of.success]
    usable = AS_TAKES if of.usable is None else of.usable
    entry = {
        "where": _where(of.where),
        "usable": usable if usable != 1 else None,
        "success": dict(zip(RANGE, success, strict=True)) if of.is_range else success[0],
        "at_most": of.at_most,
        "failure": _fails(of.failure, NO_FAILURE),
        "rejection": _fails(of.rejection, NO_REJECTION),
        "keep": _chance(of.keep) if of.keep != 1 else None,
        "usable_seconds": None if of.usable_seconds is None else _chance(of.usable_seconds),
        "source": of.origin,
        "checked": of.checked,
    }
    return {key: value for key, value in entry.items() if value is not None}


def _where(where: Selector) -> dict[str, Any] | None:
    return {condition.field: _condition(condition) for condition in where} or None


def _condition(condition: Condition) -> Any:
    """What a field has to be: values in quotation marks where a bare word would mean something else."""
    values = [Quoted(value) if value in (_PRESENT, _ABSENT) else value for value in sorted(condition.values)]
    words = [word for word, holds in ((_PRESENT, condition.present), (_ABSENT, condition.absent)) if holds]
    found = [*values, *words]
    return found[0] if len(found) == 1 else found


def _fails(fails: Fails, default: Fails) -> dict[str, Any] | None:
    if fails == default:
        return None
    entry: dict[str, Any] = {"chance": _chance(fails.chance)}
    if fails.charged is not None:
        entry["charged"] = "yes" if fails.charged else "no"
    return entry


def writable(chance: Fraction) -> Fraction:
    """A chance as near as rules can write it: so many in so many, or to six decimals where that is too long.

    >>> writable(Fraction(1, 3)), writable(Fraction(700_001, 1_000_003))
    (Fraction(1, 3), Fraction(699999, 1000000))
    """
    return chance if chance.denominator <= _MOST_WHOLE else Fraction(round(chance * _PLACES), _PLACES)


def _chance(chance: Fraction) -> Any:
    """A chance as rules write it: a decimal, so many in so many, or a percentage; each as exact as it was.

    >>> _chance(Fraction(1, 4)), _chance(Fraction(1, 3)), _chance(Fraction(12_345_678, 10**8))
    (Decimal('0.25'), '1 in 3', '12.345678 %')
    """
    if _PLACES % chance.denominator == 0:
        return EXACT.divide(Decimal(chance.numerator), Decimal(chance.denominator))
    if chance.denominator <= _MOST_WHOLE:
        return f"{chance.numerator} in {chance.denominator}"
    return f"{plain_text(EXACT.divide(Decimal(chance.numerator * _HUNDRED), Decimal(chance.denominator)))} %"
