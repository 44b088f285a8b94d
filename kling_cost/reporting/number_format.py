"""Format values for people: grouped digits, fixed decimals by kind, and no text that a terminal or page would run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kling_cost.amounts import plain_text, round_half_up
from kling_cost.reporting.table import Column, Value
from kling_cost.reporting.translations import Words

#: Decimals that are shown, by kind: at least, and at most (half up).
DECIMALS = {"credits": (4, 12), "amount": (2, 4), "money": (2, 2)}
UNKNOWN = "–"
_EDGE = Decimal(5).scaleb(-4)  # a chance from it on is shown as 0.1 % at least
_HUNDRED = 100
_HELD = 15


def shown_value(value: Value, column: Column, words: Words) -> str:
    """A value as text for people.

    >>> from kling_cost.reporting.translations import words_of
    >>> shown_value(Decimal("1234.5"), Column("cost", "Cost", "credits"), words_of("en"))
    '1,234.5000'
    >>> shown_value(Decimal("0.375"), Column("usd", "USD", "money"), words_of("en"))
    '0.38'
    >>> shown_value(Decimal("0.2535"), Column("share", "Share", "percent"), words_of("en"))
    '25.4%'
    """
    if value is None:
        return UNKNOWN if column.is_number else ""
    if isinstance(value, date):
        return words.day(value)
    if isinstance(value, str):
        return value
    edge = edge_of_chance(value, column)
    if edge is not None:
        return edge
    if column.kind in ("percent", "chance"):
        return f"{grouped(Decimal(value) * _HUNDRED, words, 1, 1)}%"
    if isinstance(value, Decimal) or column.kind in DECIMALS:
        return grouped(Decimal(value), words, *decimals(column))
    return words.grouped(str(value))


def edge_of_chance(value: object, column: Column) -> str | None:
    """A chance that would be shown as certain or as none, and is neither; None for any other value.

    >>> edge_of_chance(Decimal("0.99996"), Column("chance", "Chance", "chance"))
    '> 99.9%'
    """
    if column.kind != "chance" or not isinstance(value, Decimal) or value in (0, 1):
        return None
    return "> 99.9%" if value >= 1 - _EDGE else "< 0.1%" if value < _EDGE else None


def decimals(column: Column) -> tuple[int, int]:
    """How many decimals a column shows, at least and at most."""
    if column.digits is not None:
        return column.digits, column.digits
    return DECIMALS.get(column.kind, (0, 12))


def grouped(number: Decimal, words: Words, least: int = 0, most: int = 12) -> str:
    """Digits with a language's separators, with at least and at most so many decimals, rounded half up.

    >>> from kling_cost.reporting.translations import words_of
    >>> grouped(Decimal("-1234.56789"), words_of("en"), 2), grouped(Decimal("-1234.5"), words_of("ko"), 2, 2)
    ('-1,234.56789', '-1,234.50')
    """
    whole, _, rest = plain_text(round_half_up(number, Decimal(1).scaleb(-most))).partition(".")
    rest = rest.ljust(least, "0")
    return words.grouped(f"{whole}.{rest}" if rest else whole)


def held(number: Decimal | None) -> Decimal | None:
    """An amount with at most the fifteen digits that a spreadsheet holds, rounded half up; JSON and CSV hold them all.

    >>> held(Decimal("27.000000000000004")), held(Decimal("40.5"))
    (Decimal('27.0000000000000'), Decimal('40.5'))
    """
    if number is None or len(number.as_tuple().digits) <= _HELD:
        return number
    return round_half_up(number, Decimal(1).scaleb(number.adjusted() - _HELD + 1))
