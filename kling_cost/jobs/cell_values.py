"""Cells of sheets and frames become the values that a request body would hold.

A cell is coerced only as far as its format forces it (`5.0` from Excel, `TRUE` for sound). What cannot be read is
handed on as it is, so that the strict model names it: never a default, never the cheaper reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

from kling_cost.amounts import plain_decimal, plain_text
from kling_cost.folded_names import folded
from kling_cost.io.sheets.sheet_kind import CellFault as CellFault
from kling_cost.io.sheets.sheet_kind import is_blank as is_blank
from kling_cost.io.strict_json import JsonError, parse_json

_WHOLE = re.compile(r"(-?[0-9]{1,9})(?:\.0{1,40})?", re.ASCII)
#: An id of which a spreadsheet kept the first digits only, as it writes long numbers: 8.29824E+17.
ROUNDED_ID = r"^[+-]?[0-9]{1,17}([.,][0-9]{1,17})?[eE][+][0-9]{2,3}$"
_ROUNDED = re.compile(ROUNDED_ID, re.ASCII)
_ON_OFF = {"on": "on", "true": "on", "off": "off", "false": "off"}
#: What people write where the question is yes or no. A Latin x or o is not among them: a tick here, a cross there.
_YES = "yes y true on 1 예 네 はい 是 ✓ ✔ ☑ ✅ ○ 〇 ◯"
_NO = "no n false off 0 아니요 아니오 いいえ 否 不是 ✗ ✘ × ❌"
_AS_PICTURE = "\ufe0f"  # follows a tick that is shown as a picture
_YES_NO = {folded(word): answer for words, answer in ((_YES, True), (_NO, False)) for word in words.split()}
_EXACT_FLOAT = 10**15  # beyond 15 digits a spreadsheet has already lost some
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,][0-9]{1,12})?"
    r" ?(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?",
    re.ASCII | re.IGNORECASE,
)
_FLOAT = float  # float: what spreadsheets and frames hold
_PYTHONS = frozenset({type(None), bool, int, str, Decimal, date, datetime, _FLOAT, list, dict, tuple, bytes, complex})


#: Stands for a day, a moment or a span of time that Python cannot hold: infinity, the year 10000, BC.
BEYOND = CellFault("out_of_range.time")


def plain_cell(cell: Any) -> Any:
    """A cell as Python's own value where it is a scalar of numpy or pandas, an enum, a fraction or another's subclass.

    >>> from fractions import Fraction
    >>> plain_cell(Fraction(10, 2)), plain_cell("5"), plain_cell([5])
    (5, '5', [5])
    """
    kind = type(cell)
    if kind in _PYTHONS:
        return cell
    home = kind.__module__.partition(".")[0]
    if home == "numpy" and hasattr(cell, "item"):
        return _of_numpy(cell)
    if home == "pandas":
        return _of_pandas(cell)
    if isinstance(cell, Enum):
        return plain_cell(cell.value)
    if isinstance(cell, Fraction):
        return cell.numerator if cell.denominator == 1 else cell
    return cell


def _of_numpy(cell: Any) -> Any:
    kind = cell.dtype.kind
    if getattr(cell, "ndim", 0):
        return cell.tolist()
    value = cell.astype("datetime64[us]").item() if kind == "M" else cell.item()
    if kind in "Mm" and isinstance(value, int):
        return BEYOND
    return Decimal(str(cell)) if type(value) not in _PYTHONS and kind == "f" else value  # a float of 80 bits


def _of_pandas(cell: Any) -> Any:
    if isinstance(cell, datetime) and cell == cell:  # NaT is no more equal to itself than NaN is
        try:
            return cell.to_pydatetime(warn=False)  # type: ignore[attr-defined]  # what pandas adds
        except (ValueError, OverflowError):
            return BEYOND
    return None if type(cell).__name__ in ("NaTType", "NAType") else cell


def to_integer(cell: Any) -> Any:
    """A whole number from `5`, `5.0` or their text.

    >>> to_integer("5.0"), to_integer(5.0), to_integer("5.5"), to_integer(True)
    (5, 5, '5.5', True)
    """
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, str):
        found = _WHOLE.fullmatch(cell.strip())
        return int(found[1]) if found else cell
    if isinstance(cell, (float, Decimal)):  # float: what spreadsheets and frames hold
        return int(cell) if -_EXACT_FLOAT < cell < _EXACT_FLOAT and cell == int(cell) else cell
    return cell


def to_text(cell: Any) -> Any:
    """Text without blanks around it; a number as it is written, unless a spreadsheet has lost digits of it.

    >>> to_text(" 1080p "), to_text(2026.0), to_text(829824295735410756.0)
    ('1080p', '2026', 8.298242957354108e+17)
    """
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):  # float: what spreadsheets hold
        return plain_text(to_number(cell)) if abs(cell) < _EXACT_FLOAT else cell
    return plain_text(cell) if isinstance(cell, (int, Decimal)) else cell


def is_rounded_id(text: Any) -> bool:
    """Whether an id is what a spreadsheet made of a long number: several become one, so that none can be trusted.

    >>> is_rounded_id("8.29824E+17"), is_rounded_id("8,3E+17"), is_rounded_id("take-1E+17"), is_rounded_id("1e5")
    (True, True, False, False)
    """
    return isinstance(text, str) and _ROUNDED.match(text.strip()) is not None


def fault_of_id(cell: Any) -> str | None:
    """What is wrong with an id, as the key of a problem; None where it is a text that can be one.

    >>> fault_of_id("8.29824E+17"), fault_of_id(8.29824e17), fault_of_id(True), fault_of_id("hero-01")
    ('wrong_type.rounded_id', 'wrong_type.rounded_id', 'wrong_type.text', None)
    """
    if isinstance(cell, (str, float)) and is_rounded_id(str(cell)):  # float: what a workbook holds
        return "wrong_type.rounded_id"
    return None if isinstance(cell, str) else "wrong_type.text"


def to_on_off(cell: Any) -> Any:
    """`on` or `off` from either word, or from true and false, whatever the case.

    >>> to_on_off("TRUE"), to_on_off(False), to_on_off("yes")
    ('on', 'off', 'yes')
    """
    if isinstance(cell, bool):
        return "on" if cell else "off"
    if isinstance(cell, str):
        return _ON_OFF.get(cell.strip().lower(), cell.strip())
    return cell


def to_boolean(cell: Any) -> Any:
    """True or false from the same words as `to_on_off`.

    >>> to_boolean("on"), to_boolean("FALSE"), to_boolean(1)
    (True, False, 1)
    """
    word = to_on_off(cell)
    return word == "on" if isinstance(word, str) and word in ("on", "off") else cell


def to_yes_no(cell: Any) -> Any:
    """True or false from yes and no in four languages, a tick, or 1 and 0.

    >>> to_yes_no("Yes"), to_yes_no("아니요"), to_yes_no(1.0), to_yes_no("x"), to_yes_no("maybe")
    (True, False, True, 'x', 'maybe')
    """
    if isinstance(cell, bool):
        return cell
    text = to_text(to_integer(cell))
    return _YES_NO.get(folded(text).rstrip(_AS_PICTURE), cell) if isinstance(text, str) else cell


def to_number(cell: Any) -> Any:
    """An exact number from a number or its plain text.

    >>> to_number("0.5"), to_number(0.5), to_number("½")
    (Decimal('0.5'), Decimal('0.5'), '½')
    """
    if isinstance(cell, float):  # float: read by its shortest text, which is what was typed
        return Decimal(float.__repr__(cell))  # float: those of numpy name their class
    if isinstance(cell, str):
        try:
            return plain_decimal(cell.strip())
        except ValueError:
            return cell
    return cell


def to_structure(cell: Any) -> Any:
    """A list or an object from its JSON text.

    >>> to_structure('["https://example.com/a.jpg"]')
    ['https://example.com/a.jpg']
    """
    if not isinstance(cell, str):
        return cell
    try:
        return parse_json(cell.strip().encode("utf-8", "replace"))
    except JsonError:
        return cell


def to_date(cell: Any) -> Any:
    """The text of a day from a day or a moment; other text stays as it is.

    A moment with a zone becomes the day that it falls on in UTC, so that no machine's zone counts.

    >>> to_date(datetime(2026, 3, 1)), to_date("2026-03-01T08:30:00+09:00"), to_date("2026-03-01 23:30"), to_date("-")
    ('2026-03-01', '2026-02-28', '2026-03-01', '-')
    """
    if isinstance(cell, datetime):
        return _day_of(cell) or cell
    if isinstance(cell, date):
        return cell.isoformat()
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text
    zone = (found[3] or "").upper().replace("UTC", "Z")
    try:
        return _day_of(datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}")) or text
    except ValueError:
        return text


def _day_of(moment: datetime) -> str | None:
    """The day of a moment, in UTC where it has a zone; None beyond the years that Python has."""
    try:
        return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date().isoformat()
    except OverflowError:
        return None


COERCIONS: dict[str, Callable[[Any], Any]] = {
    "text": to_text,
    "integer": to_integer,
    "boolean": to_boolean,
    "number": to_number,
    "list": to_structure,
    "object": to_structure,
    "any": to_structure,
}
