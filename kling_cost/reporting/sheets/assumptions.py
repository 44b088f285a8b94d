"""Assumptions: every figure and ruling behind a result that is not a published price."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from kling_cost.pricebook.book import ExchangeRate
from kling_cost.reporting.money import DOLLAR
from kling_cost.reporting.report import Report
from kling_cost.reporting.sheets.line_items import defaults_applied
from kling_cost.reporting.sheets.titles import titled
from kling_cost.reporting.table import AT_LENGTH, WORKBOOK, Cell, Column, Table


def assumption_tables(report: Report) -> list[Table]:
    """Rates of exchange, contingency, defaults that were applied, rulings, and what is left out."""
    return [_exchange(report), _contingency(report), _defaults(report), _rulings(report)]


def _exchange(report: Report) -> Table:
    words = report.words
    columns = [
        Column("currency", kind="id"),
        Column("per_usd", kind="credits", is_input=True),
        Column("effective_from", kind="date"),
        Column("checked", kind="date"),
        Column("basis", kind="id"),
        Column("price_source", kind="text"),
    ]
    rows: list[list[Cell]] = []
    for code, rate in sorted(_rates(report).items()):
        if rate is None:
            rows.append([code, None, None, None, words("basis.unknown"), words("exchange_unknown", currency=code)])
            continue
        basis = "given" if rate.checked is None and code != DOLLAR else rate.date_basis
        start = None if rate.effective_from == date.min else rate.effective_from
        source = words("dollar") if code == DOLLAR else rate.source
        rows.append([code, rate.per_usd, start, rate.checked, words(f"basis.{basis}"), source])
    return Table("exchange", words("table.exchange"), titled(words, columns), rows, places=AT_LENGTH)


def _rates(report: Report) -> dict[str, ExchangeRate | None]:
    """The rate of exchange of every currency that a figure is in; None where it is not known."""
    estimate = report.estimate
    codes = {total.currency for total in estimate.totals} | {DOLLAR}
    codes |= {standing.currency for standing in (report.verdict.limits if report.verdict else ())}
    found: dict[str, ExchangeRate | None] = {code: estimate.price_book.exchange.get(code) for code in codes}
    for code in codes:
        if found[code] is None and report.book is not None:
            found[code] = report.book.exchange_rate(code, estimate.as_of)
    one = ExchangeRate(DOLLAR, Decimal(1), date.min, "", None, "stated")
    return found | {rate.currency: rate for rate in report.money} | {DOLLAR: one}


def _contingency(report: Report) -> Table:
    words = report.words
    columns = titled(words, [Column("what", kind="id"), Column("value", kind="percent", is_input=True)])
    rows: list[list[Cell]] = [[words("contingency_rate"), Decimal(0)]]
    names = {"contingency_rate": (0, "value")}
    notes = [words("note_contingency")]
    title = words("table.contingency")
    return Table("contingency", title, columns, rows, notes=notes, names=names, places=WORKBOOK)


def _defaults(report: Report) -> Table:
    words = report.words
    columns = [
        Column("provider", kind="id"),
        Column("option", kind="id"),
        Column("value", kind="id"),
        Column("jobs", kind="integer"),
    ]
    rows: list[list[Cell]] = [
        [who, words(f"option.{name}"), value, jobs]
        for (who, name, value), jobs in sorted(defaults_applied(report).items())
    ]
    return Table(
        "defaults",
        words("table.defaults"),
        titled(words, columns),
        rows,
        empty=words("empty.defaults"),
        places=AT_LENGTH,
    )


def _rulings(report: Report) -> Table:
    words = report.words
    columns = titled(words, [Column("ruling", kind="text")])
    return Table(
        "rulings", words("table.rulings"), columns, [[text] for text in _ruling_texts(report)], places=AT_LENGTH
    )


def _ruling_texts(report: Report) -> Iterator[str]:
    words, estimate = report.words, report.estimate
    for name in ("rounding", "combination", "conversion"):
        yield words(f"ruling.{name}")
    notes = {key for charge, _, _ in estimate.by_charge for key, _ in charge.notes}
    if "minimum" in notes:
        yield words("ruling.minimum")
    if any(item.job.uses_elements for item in estimate.line_items):
        yield words("ruling.elements")
    rates = {id(c.rate): c.rate for c, _, _ in estimate.by_charge if c.rate is not None}.values()
    if any(rate.date_basis == "assumed" for rate in rates):
        yield words("ruling.assumed")
    for why in sorted({rate.suspicious for rate in rates if rate.suspicious}):
        yield words("remark.suspicious", why=why)
    if estimate.partial:
        yield words("ruling.left_out", jobs=words.count("job", estimate.left_out))
