"""Exchange rates: the table that every conversion looks up, and the money columns that follow from it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kling_cost.pricebook.book import ExchangeRate
from kling_cost.reporting.money import DOLLAR, decimals_of
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import AT_LENGTH, Cell, Column, Fixed, Formula, Table

_USABLE = "IF(ISNUMBER({per_usd}),IF({per_usd}>0,{per_usd},0),0)"


def exchange_table(report: Report) -> Table:
    """Units of every currency for one dollar, with day, basis and source."""
    words = report.words
    columns = [
        Column("currency", kind="id"),
        Column("per_usd", kind="credits", is_input=True),
        Column("effective_from", kind="date"),
        Column("checked", kind="date"),
        Column("basis", kind="id"),
        Column("price_source", kind="text"),
        Column("rate", kind="credits", formula=_USABLE, helper=True),
    ]
    rates = exchange_rates(report)
    rows = [_row(report, code, rate) for code, rate in rates.items()]
    names = {f"rate_{code}": (at, "per_usd") for at, code in enumerate(rates) if code != DOLLAR}
    title = words("table.exchange")
    return Table("exchange", title, titled(words, columns), rows, places=AT_LENGTH, names=names)


def _row(report: Report, code: str, rate: ExchangeRate | None) -> list[Cell]:
    words = report.words
    if rate is None:
        unknown = words("exchange_unknown", currency=code)
        return [code, None, None, None, words("basis.unknown"), unknown, Decimal(0)]
    is_given = rate.checked is None and code != DOLLAR
    basis = "given" if is_given else rate.date_basis
    start = None if rate.effective_from == date.min else rate.effective_from
    source = words("dollar") if code == DOLLAR else words("given_by_caller") if is_given else rate.source
    used: Cell = Formula("SUM(1)", 1) if code == DOLLAR else rate.per_usd  # whatever is typed
    per_usd: Cell = Fixed(rate.per_usd) if code == DOLLAR else rate.per_usd
    return [code, per_usd, start, rate.checked, words(f"basis.{basis}"), source, used]


def exchange_rates(report: Report) -> dict[str, ExchangeRate | None]:
    """The exchange rate of every currency that a figure has or can get, by code; None if unknown."""
    estimate = report.estimate
    codes = {total.currency for total in estimate.totals} | set(report.sold_in) | {DOLLAR}
    codes |= {standing.currency for standing in (report.verdict.limits if report.verdict else ())}
    found: dict[str, ExchangeRate | None] = {code: estimate.price_book.exchange.get(code) for code in codes}
    for code in codes:
        if found[code] is None and report.book is not None:
            found[code] = report.book.exchange_rate(code, estimate.as_of)
    one = ExchangeRate(DOLLAR, Decimal(1), date.min, "", None, "stated")
    found |= {rate.currency: rate for rate in report.money} | {DOLLAR: one}
    return dict(sorted(found.items()))


def rate_cell(report: Report, code: str) -> str:
    """The cell with the usable rate of a currency, 0 where there is none, as formulas name it."""
    return f"{{exchange.rate#{list(exchange_rates(report)).index(code)}}}"


def money_columns(report: Report, dollars: str) -> list[Column]:
    """The columns of money: dollars, then the others, which follow from them.

    Args:
        report: which currencies are shown.
        dollars: the formula for dollars.
    """
    columns = [Column("usd", title=DOLLAR, kind="money", formula=dollars)]
    for rate in report.money:
        there = rate_cell(report, rate.currency)
        formula = f'IF(ISNUMBER({{usd}}),IF({there}>0,{{usd}}*{there},""),"")'
        columns.append(
            Column(money_key(rate.currency), rate.currency, "money", formula=formula, digits=decimals_of(rate.currency))
        )
    return columns


def money_key(code: str) -> str:
    """The key of a column of money.

    >>> money_key("KRW"), money_key("USD")
    ('in_krw', 'usd')
    """
    return "usd" if code == DOLLAR else f"in_{code.lower()}"
