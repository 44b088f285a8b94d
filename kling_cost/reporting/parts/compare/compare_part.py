"""Compare: what the same videos cost at other sellers; in a workbook, rates and prices are inputs that count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kling_cost.planning.compare.comparison import Comparison
from kling_cost.planning.compare.job_offers import ComparedJob, JobOffer
from kling_cost.reporting.document import Chart
from kling_cost.reporting.money import DOLLAR
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.parts.compare.compare_tables import (
    cheapest_first,
    compare_column,
    compared_purchases,
    jobs_table,
    remark_of,
    sellers_table,
)
from kling_cost.reporting.parts.prices.exchange import exchange_rates, rate_cell
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import AT_LENGTH, WORKBOOK, Cell, Column, Formula, Row, Rows, Table

_MOST_LIVE = 50_000  # offers; more are written without formulas
_RATE = "SUMIF({compare_rates.currency},{currency},{compare_rates.used})"
_USABLE = "IF(ISNUMBER({per_usd}),IF({per_usd}>0,{per_usd},0),0)"
_COST = 'IF(ISNUMBER({per_take}),{takes}*{per_take},"")'
_DOLLARS = f'IF(ISNUMBER({{cost}}),IF({_RATE}>0,{{cost}}/{_RATE},""),"")'
_MADE = 'COUNTIFS({compare_offers.seller},{id},{compare_offers.usd},">=0")'
_USD = f'IF({_MADE}=0,"",SUMIF({{compare_offers.seller}},{{id}},{{compare_offers.usd}}))'
_IN_COMMON = "SUMIFS({compare_offers.usd},{compare_offers.seller},{id},{compare_offers.common},1)"


def compare_part(report: Report) -> list[Table]:
    """What each seller comes to, what has to be bought, each job, every offer, and the rates that count."""
    found, words = report.comparison, report.words
    if found is None:
        return []
    sellers, is_live = sellers_table(found, words), len(found.jobs) * len(found.sellers) <= _MOST_LIVE
    made = [_live(found, sellers) if is_live else sellers, compared_purchases(found, words), jobs_table(found, words)]
    computed = words("compare.computed")
    made[1:] = [replace(table, notes=[*table.notes, computed]) for table in made[1:]]
    made += [_offers(report, found, is_live), *([_rates(report, found)] if is_live else [])]
    return [table for table in made if table.rows]


def compare_charts(report: Report) -> list[Chart]:
    """What the common jobs cost at each seller, in dollars."""
    found = report.comparison
    shown = [seller for seller in found.sellers if seller.common_usd is not None] if found else []
    title = report.words("compare.chart")
    return [Chart(title, "compare", ("seller",), "common_usd", AT_LENGTH, unit=DOLLAR, rows=(0, len(shown)))][
        : len(shown)
    ]


def _live(found: Comparison, table: Table) -> Table:
    """The sellers, with sums that follow from their offers."""
    keys = [column.key for column in table.columns]
    usd, common = keys.index("usd"), keys.index("common_usd")
    rows: list[Row] = []
    for seller, row in zip(cheapest_first(found), table.rows, strict=True):
        cells: list[Cell] = [*row, seller.provider]
        if seller.usd is not None or not seller.jobs:  # else a job of it has no upper end
            cells[usd] = Formula(_USD, seller.usd)
        if seller.common_usd is not None:
            cells[common] = Formula(_IN_COMMON, seller.common_usd)
        rows.append(cells)
    return replace(table, columns=[*table.columns, Column("id", "id", kind="id", helper=True)], rows=rows)


def _offers(report: Report, found: Comparison, is_live: bool) -> Table:
    words = report.words
    columns = [
        compare_column(words, "job", "id"),
        compare_column(words, "seller", "id"),
        Column("model", kind="id", prominent=False),
        Column("takes", kind="integer", prominent=False),
        replace(compare_column(words, "per_take", "credits"), is_input=is_live, prominent=False),
        replace(compare_column(words, "cost", "credits"), formula=_COST if is_live else None),
        Column("currency", kind="id"),
        replace(compare_column(words, "usd", "money"), formula=_DOLLARS if is_live else None),
        compare_column(words, "remark"),
        Column("common", "common", kind="integer", helper=True),
    ]
    pairs = [(job, offer) for job in found.jobs for offer in job.offers]
    able = frozenset(found.common.sellers)

    def row(pair: tuple[ComparedJob, JobOffer]) -> Row:
        job, offer = pair
        charge = offer.offer.charge
        each = None if charge is None else charge.cost
        is_common = offer.provider in able and all(one.is_known for one in job.sold if one.provider in able)
        named = (job.item.job_id, offer.provider, offer.model, offer.takes)
        return [*named, each, offer.cost, offer.currency, offer.usd, remark_of(offer, words), int(is_common)]

    title = words("compare.offers")
    return Table("compare_offers", title, titled(words, columns), Rows(pairs, row), places=AT_LENGTH, uniform=True)


def _rates(report: Report, found: Comparison) -> Table:
    """The rate of every currency that is shown: that of the plan where it has one, else an input."""
    words = report.words
    columns = [
        Column("currency", kind="id"),
        Column("per_usd", kind="credits", is_input=True),
        Column("used", "used", kind="credits", formula=_USABLE, helper=True),
    ]
    rows = [_rate(report, found, code) for code in _currencies(found)]
    return Table("compare_rates", words("table.exchange"), titled(words, columns), rows, places=WORKBOOK)


def _currencies(found: Comparison) -> Sequence[str]:
    return sorted({seller.currency for seller in found.sellers})


def _rate(report: Report, found: Comparison, code: str) -> Row:
    rates = found.price_book.exchange
    known = None if code not in rates else rates[code].per_usd
    number = 1 if code == DOLLAR else known
    planned = exchange_rates(report)
    if code not in planned or code == DOLLAR:
        return [code, number, number or 0]
    return [code, Formula(rate_cell(report, code), number), number or 0]
