"""What a cell of a workbook holds; whatever is not plainly written is a fault, never a blank and never a default."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from kling_cost.io.sheets.sheet_kind import CellFault
from kling_cost.io.sheets.xlsx.shown_numbers import ShownNumber
from kling_cost.io.sheets.xlsx.workbook_parts import Formats, unescaped

_BLANKS = " \t\r\n"
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_WHOLE = re.compile(r"-?[0-9]{1,15}")
_MOMENT = re.compile(
    r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?(?:(?<=[0-9])T|^T?)(?:[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)Z?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}"
)
_BOOLEANS = {"1": True, "true": True, "0": False, "false": False}
_FROM_1900, _FROM_1904 = datetime.fromisoformat("1899-12-30"), datetime.fromisoformat("1904-01-01")
_DAY = timedelta(days=1)
_MILLISECONDS = 86_400_000
_LAST_DAY = 2_958_466  # the first one that no spreadsheet has
_MARCH_1900 = 60  # before it, days are counted as if 1900 were no leap year


class CellValues:
    """Reads the cells of one workbook.

    Args:
        strings: the texts that cells share.
        formats: how cells show what they hold.
        as_shown: numbers are given with what their formats show beside them, as `ShownNumber`.

    Attributes:
        struck: the styles of cells that are struck out.
    """

    def __init__(self, strings: Sequence[str], formats: Formats, as_shown: bool = False) -> None:
        self._strings, self._dates, self._spans = strings, formats.dates, formats.spans
        self._beside = formats.beside if as_shown else {}
        self._from_1904 = formats.from_1904
        self.struck = formats.struck
        self._readers: dict[str | None, Callable[[str, str | None], Any]] = {
            None: self._number,
            "n": self._number,
            "s": self._shared,
            "b": _boolean,
            "d": _date,
            "e": _error,
            "str": _text,
        }

    def value(self, kind: str | None, style: str | None, text: str | None, inline: str | None, formula: bool) -> Any:
        """What a cell holds: None where it is blank, a `CellFault` where that is unclear.

        Args:
            kind: what the cell says that it holds; None for a number.
            style: its style.
            text: its stored value; None where it has none.
            inline: its own text; None where it has none.
            formula: whether it has a formula.
        """
        if kind == "inlineStr" and inline is not None and not text:
            return unescaped(inline)
        if inline is not None or (kind == "inlineStr" and text):
            return _fault(inline or text or "")
        if not text:
            return _nothing_stored(kind, formula, empty=text is not None)
        reader = self._readers.get(kind)
        return _fault(text) if reader is None else reader(text, style)

    def _shared(self, text: str, style: str | None) -> Any:
        number = text.strip(_BLANKS)
        if not (number.isascii() and number.isdigit()) or int(number[:10]) >= len(self._strings) or len(number) > 9:
            return _fault(text)
        return self._strings[int(number)]

    def _number(self, text: str, style: str | None) -> Any:
        if style is not None and (style in self._dates or style in self._spans):
            return self._moment(text, style)
        number, beside = _plain_number(text), self._beside.get(style or "")
        return number if beside is None or isinstance(number, CellFault) else ShownNumber.of(number, beside)

    def _moment(self, text: str, style: str) -> Any:
        """The day, time or span of time that a number is shown as."""
        number = Decimal(text.strip(_BLANKS)) if _NUMBER.fullmatch(text.strip(_BLANKS)) else Decimal(-1)
        if not 0 <= number < _LAST_DAY:
            return CellFault("unreadable.error_cell", value=text)
        days = int(number)
        rest = timedelta(milliseconds=round((number - days) * _MILLISECONDS))
        if style in self._spans:
            return timedelta(days) + rest
        if days == 0 and rest < _DAY:
            return (_FROM_1900 + rest).time()
        if self._from_1904:
            return _FROM_1904 + timedelta(days) + rest
        return _FROM_1900 + timedelta(days + (days < _MARCH_1900)) + rest


def _plain_number(text: str) -> Any:
    """A number as it is stored; a fault where it is none."""
    if _WHOLE.fullmatch(text):
        return int(text)
    text = text.strip(_BLANKS)
    if not _NUMBER.fullmatch(text):
        return _fault(text)
    number = float(text)  # float: what the file stores
    infinite = abs(number) == float("inf")  # float: what the file stores
    return CellFault("unreadable.error_cell", value=text) if infinite else number


def _nothing_stored(kind: str | None, formula: bool, empty: bool) -> CellFault | None:
    """What a cell without a stored value holds; a formula may have come to an empty text."""
    if kind == "e":
        return CellFault("unreadable.error_cell", value="")
    return CellFault("unreadable.formula") if formula and not (empty and kind == "str") else None


def _fault(text: str) -> CellFault:
    return CellFault("unreadable.cell_value", value=text)


def _text(text: str, style: str | None) -> str:
    return unescaped(text)


def _error(text: str, style: str | None) -> CellFault:
    return CellFault("unreadable.error_cell", value=text)


def _boolean(text: str, style: str | None) -> Any:
    found = _BOOLEANS.get(text.strip(_BLANKS).lower())
    return _fault(text) if found is None else found


def _date(text: str, style: str | None) -> Any:
    plain = text.strip(_BLANKS)
    if not _MOMENT.fullmatch(plain):
        return _fault(text)
    plain = plain.removesuffix("Z")
    try:
        return datetime.fromisoformat(plain) if "-" in plain else time.fromisoformat(plain)
    except ValueError:
        return _fault(text)
