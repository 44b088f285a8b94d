"""Formulas shared by several tables, and texts inside formulas."""

from __future__ import annotations

from kling_cost.reporting.report import Report

_PER_USD = "SUMIF({exchange.currency},{currency},{exchange.rate})"
_WHOLE = "SUMIF({totals.currency},{currency},{totals.cost})"
#: `cost` in dollars, by the exchange rate of `currency`; nothing where that is not known.
DOLLARS = f'IF({_PER_USD}>0,{{cost}}/{_PER_USD},"")'
_BELOW = "+".join(f"LEN({{line_items.{key}>}})" for key in ("model", "duration", "takes"))
#: How many line items there are: the rows of the table, and whatever was written below it.
LISTED = f"SUM({{line_items#}})+SUMPRODUCT(({_BELOW}>0)*1)"
#: How many of them have no price: all but those whose own formulas found one.
WITHOUT_PRICE = f"{LISTED}-SUMPRODUCT(_xlfn.ISFORMULA({{line_items.counted}})*({{line_items.counted}}=1))"
#: Whether every line item has a price; holds for no error either.
ALL_PRICED = "COUNTIF({=lines_without_price},0)=1"
_PATTERN = set("*?~<>=")


def share(report: Report) -> str:
    """`cost` as a share: of all money where it is known for all, else of the total in its currency."""
    if report.is_all_money:
        return 'IF(ISNUMBER({usd}),IF(SUM({totals.usd})=0,0,{usd}/SUM({totals.usd})),"")'
    return f"IF({_WHOLE}=0,0,{{cost}}/{_WHOLE})"


def is_literal(text: str) -> bool:
    """Whether a conditional sum takes a text literally, not as a pattern or comparison.

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


def phrase(text: str, mark: str, formula: str) -> str:
    """A text as a formula, with what a formula comes to in the place of a mark.

    >>> phrase("Budget: #!", "#", "A1")
    '"Budget: "&A1&"!"'
    """
    before, _, after = text.partition(mark)
    return "&".join(
        part for part in (quoted(before) if before else "", formula, quoted(after) if after else "") if part
    )


def others(column: str) -> str:
    """What of a total no row above counts."""
    return (
        f"SUMIF({{totals.currency}},{{currency}},{{totals.{column}}})-SUMIF({{^currency}},{{currency}},{{^{column}}})"
    )


def differs(cell: str, was: str) -> str:
    """1 where a cell is not as it was written, else 0."""
    return f"IF(ISERROR({cell}),1,IF(AND(EXACT({cell},{was}),ISNUMBER({cell})=ISNUMBER({was})),0,1))"


def whole_number(cell: str) -> str:
    """A whole number, or a text of nothing but digits as a number, 0 for a blank; -1 for anything else."""
    text = f'"0"&TRIM({cell})'
    is_plain = f'TEXT(VALUE({text}),REPT("0",LEN({text})))={text}'
    return f"IF(ISNUMBER({cell}),{cell},IF(ISNUMBER(VALUE({text})),IF({is_plain},VALUE({text}),-1),-1))"
