"""Cells of sheets and frames become the values that a request body would hold.

A cell is coerced only as far as its format forces it (`5.0` from Excel, `TRUE` for sound). What cannot be read is
handed on as it is, so that the strict model names it: never a default, never the cheaper reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kling_cost.amounts import plain_decimal, plain_text
from kling_cost.documents.exact_json import JsonError, parse_json

_WHOLE = re.compile(r"(-?[0-9]{1,9})(?:\.0{1,9})?", re.ASCII)
#: An id of which a spreadsheet kept the first digits only, as it writes long numbers: 8.29824E+17.
ROUNDED_ID = r"^[+-]?[0-9]{1,17}([.,][0-9]{1,17})?[eE][+][0-9]{2,3}$"
_ROUNDED = re.compile(ROUNDED_ID, re.ASCII)
_ON_OFF = {"on": "on", "true": "on", "off": "off", "false": "off"}
_EXACT_FLOAT = 10**15  # beyond 15 digits a spreadsheet has already lost some


def is_blank(cell: Any) -> bool:
    """Whether a cell is empty: nothing, only blanks, or a missing value of a frame.

    >>> is_blank(None), is_blank("  "), is_blank(float("nan")), is_blank("NA"), is_blank(0)
    (True, True, True, False, False)
    """
    if cell is None:
        return True
    if isinstance(cell, str):
        return not cell or cell.isspace()
    is_nan = isinstance(cell, float) and cell != cell  # float: how frames say that nothing is there
    return is_nan or (isinstance(cell, Decimal) and cell.is_nan())


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
        return plain_text(Decimal(repr(cell))) if abs(cell) < _EXACT_FLOAT else cell
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


def to_number(cell: Any) -> Any:
    """An exact number from a number or its plain text.

    >>> to_number("0.5"), to_number(0.5), to_number("½")
    (Decimal('0.5'), Decimal('0.5'), '½')
    """
    if isinstance(cell, float):  # float: read by its shortest text, which is what was typed
        return Decimal(repr(cell))
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
    """The text of a day from a date cell; text stays as it is.

    >>> to_date(datetime(2026, 3, 1))
    '2026-03-01'
    """
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return cell.strip() if isinstance(cell, str) else cell


COERCIONS: dict[str, Callable[[Any], Any]] = {
    "text": to_text,
    "integer": to_integer,
    "boolean": to_boolean,
    "number": to_number,
    "list": to_structure,
    "object": to_structure,
    "any": to_structure,
}
