"""Formulas that several tables share, and texts inside formulas."""

from __future__ import annotations

#: `cost` in dollars, by the rate of exchange of `currency`; nothing where that is not known.
DOLLARS = 'IFERROR({cost}/INDEX({exchange.per_usd},MATCH({currency},{exchange.currency},0)),"")'
#: `cost` as a share of the total in its currency.
SHARE = "IFERROR({cost}/SUMIF({totals.currency},{currency},{totals.cost}),0)"
_PATTERN = set("*?~<>=")


def is_literal(text: str) -> bool:
    """Whether a conditional sum compares with a text as it stands, rather than as a pattern or comparison.

    >>> is_literal("720p"), is_literal("*")
    (True, False)
    """
    return not _PATTERN & set(text)


def quoted(text: str) -> str:
    """A text as a formula writes it; a brace in it names no column.

    >>> quoted('a"b'), quoted("{x}")
    ('"a""b"', '"{"&"x}"')
    """
    inside = text.replace('"', '""').replace("{", '{"&"')
    return f'"{inside}"'
