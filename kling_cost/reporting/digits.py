"""How values are shown: grouped digits, fixed decimals by kind, nothing that a terminal or page would run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kling_cost.amounts import plain_text, round_half_up
from kling_cost.reporting.table import Column, Value

#: Decimals that are shown, by kind: at least, and at most (half up).
DECIMALS = {"credits": (4, 12), "amount": (2, 4), "money": (2, 2)}
UNKNOWN = "–"


def shown_value(value: Value, column: Column) -> str:
    """A value as text for people.

    >>> shown_value(Decimal("1234.5"), Column("cost", "Cost", "credits"))
    '1,234.5000'
    >>> shown_value(Decimal("0.375"), Column("usd", "USD", "money"))
    '0.38'
    >>> shown_value(Decimal("500"), Column("limit", "Limit", "amount"))
    '500.00'
    """
    if value is None:
        return UNKNOWN if column.is_number else ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal) or column.kind in DECIMALS:
        return grouped(Decimal(value), *DECIMALS.get(column.kind, (0, 12)))
    return f"{value:,}" if isinstance(value, int) else value


def counted(count: int, noun: str) -> str:
    """A count with its noun.

    >>> counted(1, "job"), counted(2000, "job")
    ('1 job', '2,000 jobs')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def grouped(number: Decimal, least: int = 0, most: int = 12) -> str:
    """Digits in groups of three, with at least and at most so many decimals, rounded half up.

    >>> grouped(Decimal("-1234.56789"), 2), grouped(Decimal("-1234.5"), 2, 2)
    ('-1,234.56789', '-1,234.50')
    """
    whole, _, rest = plain_text(round_half_up(number, Decimal(1).scaleb(-most))).partition(".")
    rest = rest.ljust(least, "0")
    sign = "-" if whole.startswith("-") else ""
    digits = f"{int(whole.lstrip('-')):,}"
    return f"{sign}{digits}.{rest}" if rest else f"{sign}{digits}"
