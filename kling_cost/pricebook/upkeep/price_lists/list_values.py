"""Values of a price list, exact or refused: days, whole numbers, ids, words that stand for ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kling_cost.amounts import CURRENCY_CODE, plain_text
from kling_cost.folded_names import folded
from kling_cost.pricebook.counting.length_tiers import DURATION
from kling_cost.problems import Listed, Problem, problem
from kling_cost.python_values import day_of
from kling_cost.written_amounts import narrow_text

_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.年년] ?([0-9]{1,2})[-/.月월] ?([0-9]{1,2})[日일.]?", re.ASCII)
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_NOT_OF_AN_ID = re.compile(r"[^a-z0-9._]+", re.ASCII)
_WHOLE = re.compile(r"([0-9]{1,6})(?:\.0+)?(?: ?(?:s|secs?|seconds?|초|秒))?")
_CODE = re.compile(CURRENCY_CODE, re.ASCII)
_TRUTH = {"true": "true", "yes": "true", "false": "false", "no": "false"}
_ON_OFF = {"on": "on", "true": "on", "off": "off", "false": "off"}
_SETTLEMENTS = ("request_only", "request_then_actual")
_BASES = ("stated", "assumed")
Words = Mapping[str, tuple[str, ...]]


def list_text(cell: Any) -> str:
    """A cell as text: numbers as they are written, days as days.

    >>> list_text(" 720p "), list_text(720.0), list_text(date(2026, 11, 28))
    ('720p', '720', '2026-11-28')
    """
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):  # float: a workbook's number, by its shortest text
        return plain_text(Decimal(repr(cell)))
    return narrow_text(str(cell).upper() if isinstance(cell, bool) else str(cell))


def worded(field: str, text: str, names: Mapping[str, Words]) -> tuple[str, ...]:
    """What a word of the list stands for by the column file, else the word itself.

    >>> worded("quality", "Std.", {"quality": {"std.": ("720p",)}}), worded("quality", "4k", {})
    (('720p',), ('4k',))
    """
    words = names.get(field)
    return words.get(folded(text), (text,)) if words else (text,)


def option_value(name: str, text: str) -> str | Problem:
    """The value of an option; that of sound is one of two, that of a length whole seconds.

    >>> option_value("sound", "TRUE"), option_value("sound", "with").code, option_value("duration", "10 sec")
    ('on', 'not_allowed', '10')
    """
    if name == DURATION:
        seconds = list_whole(text)
        return seconds if isinstance(seconds, Problem) else str(seconds)
    if name != "sound":
        return text
    found = _ON_OFF.get(text.casefold())
    return found or problem("not_allowed.list_value", "", value=text, choices=Listed(("on", "off")))


def list_day(text: str) -> date | Problem:
    """A day that begins with its year; any other order is unclear.

    >>> list_day("2026년 11월 3일"), list_day("3/11/2026").code
    (datetime.date(2026, 11, 3), 'unreadable')
    """
    found = _YEAR_FIRST.fullmatch(text)
    day = day_of("-".join(part.zfill(2) for part in found.groups())) if found else None
    return day or problem("unreadable.list_day", "", value=text)


def list_whole(text: str) -> int | Problem:
    """A whole number, such as seconds.

    >>> list_whole("15 s"), list_whole("15.0"), list_whole("1,5").code
    (15, 15, 'unreadable')
    """
    found = _WHOLE.fullmatch(text)
    return int(found[1]) if found else problem("unreadable.list_number", "", value=text)


def list_id(text: str) -> str | Problem:
    """The id of a provider or a SKU."""
    return text if _ID.fullmatch(text) else problem("unreadable.list_id", "", value=text)


def id_of_model(model: str) -> str | Problem:
    """The id of a SKU that has none: the name of its model in letters that an id may have.

    >>> id_of_model("fal-ai/kling-video/v3/Pro"), id_of_model("클링").code
    ('fal-ai-kling-video-v3-pro', 'unreadable')
    """
    made = _NOT_OF_AN_ID.sub("-", model.casefold()).strip("-.")
    return made if _ID.fullmatch(made) and model.isascii() else problem("unreadable.list_id", "", value=model)


def currency_code(text: str) -> str | Problem:
    """The code of a currency."""
    return text if _CODE.fullmatch(text) else problem("unreadable.list_currency", "", value=text)


def rate_value(field: str, text: str) -> Any | Problem:
    """What a field of a rate or a SKU holds, as the book says it."""
    if field in ("seconds_minimum", "seconds_maximum", "minimum_quantity"):
        return list_whole(text)
    if field in ("checked", "until", "effective_until", "effective_from"):
        return list_day(text)
    if field == "refund_on_failure":
        return _one_of(_TRUTH.get(text.casefold(), text), tuple(dict.fromkeys(_TRUTH.values())))
    if field == "settlement":
        return _one_of(text, _SETTLEMENTS)
    return _one_of(text, _BASES) if field == "date_basis" else text


def _one_of(text: str, choices: tuple[str, ...]) -> str | Problem:
    return text if text in choices else problem("not_allowed.list_value", "", value=text, choices=Listed(choices))
