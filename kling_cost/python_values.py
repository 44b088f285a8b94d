"""Convert values that callers pass in Python: scalars of any library become plain values, or are refused.

JSON has text, whole numbers, exact decimals, true, false, null, lists and objects; everything behind this door is one
of these, a day, or an `Unusable` that every reader reports in its own place. No library is imported for it: what a
NumPy or pandas scalar is, it says itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from kling_cost.problems import UsageError, shown

_PLAIN = (str, int, bool, type(None))
_DEEPEST = 200  # levels, as in JSON files
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].+)?", re.ASCII)
Kind = TypeVar("Kind")


class Unusable:
    """Stands for a value that no JSON could hold, so that whoever reads it refuses it and shows it.

    >>> plain(float("nan")), plain({1, 2})
    (nan, set)
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def plain(value: Any, level: int = 0) -> Any:
    """A value as JSON would have brought it; days stay days, and an instant with a zone is its day in UTC.

    Numbers are read by their shortest text, so that 0.1 is a tenth whatever holds it.

    >>> plain({"cfg_scale": 0.1, "tags": ("a",)})
    {'cfg_scale': Decimal('0.1'), 'tags': ['a']}
    """
    kind = value.__class__
    if kind in _PLAIN:
        return value
    if kind is dict:
        if level >= _DEEPEST:
            return Unusable("nested too deeply")
        return {
            key if key.__class__ is str else _key(key): item if item.__class__ in _PLAIN else plain(item, level + 1)
            for key, item in value.items()
        }
    return _nested(value, level) if level < _DEEPEST else Unusable("nested too deeply")


def _nested(value: Any, level: int) -> Any:
    if isinstance(value, Mapping):
        return plain(dict(value), level)
    if isinstance(value, (list, tuple)):
        return [plain(item, level + 1) for item in value]
    if getattr(value, "ndim", 0) and hasattr(value, "tolist"):  # an array
        return plain(value.tolist(), level + 1)
    return _scalar(value)


def _key(key: Any) -> str:
    return str(_scalar(key))


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return value if isinstance(value, bool) else int.__int__(value)
    if isinstance(value, (float, Decimal)):  # float: read by its shortest text
        return _of_number(value)
    if isinstance(value, Fraction):
        return _of_fraction(value)
    if isinstance(value, date):
        return _of_day(value)
    if is_missing(value):
        return None
    return _of_library(value)


def _of_number(value: float | Decimal) -> Decimal | Unusable:  # float: read by its shortest text
    number = Decimal(float.__repr__(value)) if isinstance(value, float) else Decimal(value)  # float: as above
    return number if number.is_finite() else Unusable(f"{number}".lower())


def _of_day(value: date) -> date | Unusable | None:
    day = day_of(value)
    if day is not None or is_missing(value):
        return day
    return Unusable(shown(value))


def _of_fraction(value: Fraction) -> Any:
    """A fraction that has an exact decimal."""
    if value.denominator == 1:
        return int(value)
    rest = value.denominator
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    places = value.denominator.bit_length()
    if rest != 1 or places > _DEEPEST:
        return Unusable(str(value))
    return Decimal(value.numerator * 10**places // value.denominator).scaleb(-places).normalize()


def _of_library(value: Any) -> Any:
    """A NumPy scalar, recognised by the type code of its dtype."""
    letter = getattr(getattr(value, "dtype", None), "kind", "")
    if letter == "b":
        return bool(value)
    if letter in ("i", "u"):
        return int(value)
    if letter == "f":
        return _scalar(Decimal(str(value)))
    if letter == "M":
        day = day_of(value)
        return Unusable(str(value)) if day is None else day
    return Unusable(type(value).__name__)


def is_missing(value: Any) -> bool:
    """Whether a value is a library's own sign that nothing is there, such as pandas' NA and NaT.

    >>> is_missing(None), is_missing(0)
    (True, False)
    """
    return value is None or type(value).__name__ in ("NAType", "NaTType") or str(value) == "NaT"


def day_of(value: Any) -> date | None:
    """The day of a date, a time (in UTC where it has a zone), or ISO text; None where it is none of them.

    >>> day_of("2026-11-20T23:30:00-05:00"), day_of("tomorrow")
    (datetime.date(2026, 11, 21), None)
    """
    try:
        if isinstance(value, str):
            text = str.__str__(value).strip()
            value = datetime.fromisoformat(text) if _DAY.fullmatch(text) else None
        elif getattr(getattr(value, "dtype", None), "kind", "") == "M":
            value = value.astype("datetime64[D]").item()
        if isinstance(value, datetime):
            value = (value if value.tzinfo is None else value.astimezone(UTC)).date()
        return date(value.year, value.month, value.day) if isinstance(value, date) else None
    except (ValueError, OverflowError, TypeError):
        return None


def day(value: Any, name: str) -> date | None:
    """An argument as a date; None stays None.

    Raises:
        UsageError: it is not a date.

    >>> day("2026-11-20", "as_of")
    datetime.date(2026, 11, 20)
    """
    if value is None or value.__class__ is date:
        return value
    found = day_of(value)
    if found is None:
        raise UsageError(f"{name} must be a date such as 2026-11-20, not {told(value)}")
    return found


def whole(value: Any) -> Any:
    """An exact whole number as `int`; any other value unchanged.

    >>> whole(Decimal(5)), whole(Decimal("5.5"))
    (5, Decimal('5.5'))
    """
    if isinstance(value, float):  # float: a body with 5.0 would be refused, so is this
        return value
    number = plain(value)
    return int(number) if isinstance(number, Decimal) and number == number.to_integral_value() else number


def text(value: Any, name: str) -> str | None:
    """An argument as text; None stays None.

    Raises:
        UsageError: it is not text.
    """
    if value is not None and not isinstance(value, str):
        raise UsageError(f"{name} must be text, not {told(value)}")
    return None if value is None else str.__str__(value)


def flag(value: Any, name: str) -> bool:
    """An argument as a boolean.

    Raises:
        UsageError: it is neither true nor false.
    """
    found = plain(value)
    if not isinstance(found, bool):
        raise UsageError(f"{name} must be True or False, not {told(value)}")
    return found


def path(value: Any, name: str) -> str | os.PathLike[str]:
    """An argument as a path.

    Raises:
        UsageError: it is not a path, or it is bytes.
    """
    if not isinstance(value, (str, os.PathLike)) or not isinstance(os.fspath(value), str):
        raise UsageError(f"{name} must be a path, not {told(value)}")
    try:
        possible = b"\0" not in os.fsencode(value)
    except UnicodeError:
        possible = False
    if not possible:
        raise UsageError(f"{name} must be a path; no file can have the name {told(os.fspath(value))}")
    return value


def list_of(value: Any, name: str, kind: type[Any] | tuple[type[Any], ...] = str, of: str = "text") -> list[Any]:
    """An argument as a list: one value, or any number of them.

    Args:
        value: the argument; None is none.
        name: what it is called.
        kind: what each of them has to be.
        of: that in words.

    Raises:
        UsageError: one of them is anything else.

    >>> list_of("KRW", "currencies"), list_of(("KRW", "JPY"), "currencies")
    (['KRW'], ['KRW', 'JPY'])
    """
    found = _items_of(value, kind)
    wrong = next((item for item in found if not isinstance(item, kind)), None)
    if wrong is not None or any(item is None for item in found):
        raise UsageError(f"{name} must be {of} or a list of those, not {told(wrong)}")
    return [str.__str__(item) if isinstance(item, str) else item for item in found]


def _items_of(value: Any, kind: type[Any] | tuple[type[Any], ...]) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, (kind, str, bytes, Mapping)):
        return [value]
    try:
        return list(value)
    except TypeError:  # nothing that can be gone through
        return [value]


def instance(value: Any, kind: type[Kind], name: str, wanted: str) -> Kind:
    """Check that an argument is an object of this library.

    Args:
        value: the argument.
        kind: what it has to be.
        name: what it is called.
        wanted: what it has to be, in words.

    Raises:
        UsageError: it is anything else.
    """
    if not isinstance(value, kind):
        raise UsageError(f"{name} must be {wanted}, not {told(value)}")
    return value


def told(value: Any) -> str:
    """Describe a wrong value: its type, and the value itself if it is short.

    >>> told(5), told(object())
    ('5 (int)', 'object')
    """
    kind = type(value).__qualname__
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, (str, int, float, Decimal, Fraction, date)):  # float: shown as it is
        return f"{shown(value)!r}" if isinstance(value, str) else f"{shown(value)} ({kind})"
    return kind
