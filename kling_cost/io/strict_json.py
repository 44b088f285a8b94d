"""Strict JSON for money: numbers stay exact, a duplicate key is a fault, nothing is guessed."""

from __future__ import annotations

import re
from typing import Any

import jiter

_PLACE = re.compile(r"(?P<why>.*?) at line (?P<line>\d+) column (?P<column>\d+)", re.DOTALL)
_DUPLICATE = re.compile(r'Detected duplicate key "(?P<key>.*)"', re.DOTALL)


class JsonError(ValueError):
    """The text is not acceptable JSON.

    Attributes:
        why: the parser's words.
        line, column: where, from 1.
        duplicate_key: the duplicate key, if that is the fault.
    """

    def __init__(self, why: str, line: int, column: int, duplicate_key: str | None) -> None:
        super().__init__(f"{why} (line {line}, column {column})")
        self.why, self.line, self.column, self.duplicate_key = why, line, column, duplicate_key


def parse_json(data: bytes) -> Any:
    """Read one JSON document from UTF-8 bytes.

    Whole numbers become `int`, all others `Decimal`. NaN, Infinity, repeated keys, half surrogates, text after
    the document, and more than 200 levels are refused.

    Raises:
        JsonError: with line and column.

    >>> parse_json(b'{"credits_reserved": 27.0}')
    {'credits_reserved': Decimal('27.0')}
    """
    try:
        return jiter.from_json(
            data, float_mode="decimal", catch_duplicate_keys=True, allow_inf_nan=False, cache_mode="keys"
        )
    except ValueError as error:
        found = _PLACE.match(str(error))
        if not found:
            raise JsonError(str(error), 1, 1, None) from None
        repeated = _DUPLICATE.match(found["why"])
        why = "a number is absurdly large" if found["why"].startswith("Internal error") else found["why"]
        line, column = int(found["line"]), _column(found, data)
        raise JsonError(why, line, column, repeated["key"].replace('\\"', '"') if repeated else None) from None


def _column(found: re.Match[str], data: bytes) -> int:
    """The column; that of a byte that is not UTF-8 is counted here, since releases of the parser differ in it."""
    if "unicode code point" in found["why"]:
        try:
            data.decode()
        except UnicodeDecodeError as error:
            return error.start - data.rfind(b"\n", 0, error.start)
    return int(found["column"])


def count_values(data: bytes) -> int:
    """An upper bound for the number of values in a JSON text, without parsing it.

    >>> count_values(b'[{"a": 1}, [2, 3]]')
    5
    """
    return data.count(b",") + data.count(b"[") + data.count(b"{")
