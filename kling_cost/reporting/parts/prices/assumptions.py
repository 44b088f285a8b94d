"""Assumptions: every figure and ruling behind a result that is not a published price."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.parts.line_item_rows import defaults_applied
from kling_cost.reporting.parts.prices.exchange import exchange_table
from kling_cost.reporting.parts.prices.price_lookups import Periods, period_code
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import AT_LENGTH, WORKBOOK, Cell, Column, Table


def assumption_tables(report: Report) -> list[Table]:
    """Exchange rates, contingency, defaults that were applied, rulings, and what is left out."""
    return [exchange_table(report), _contingency(report), _defaults(report), _rulings(report), _periods(report)]


def _contingency(report: Report) -> Table:
    words = report.words
    columns = titled(words, [Column("what", kind="id"), Column("value", kind="percent", is_input=True)])
    rows: list[list[Cell]] = [[words("contingency_rate"), Decimal(0)]]
    names = {"contingency_rate": (0, "value")}
    notes = [words("note_contingency")]
    title = words("table.contingency")
    return Table("contingency", title, columns, rows, notes=notes, names=names, places=WORKBOOK)


def _periods(report: Report) -> Table:
    """The days on which a price in use changes; a line is priced by the last of them before its own day."""
    words = report.words
    columns = [
        Column("start", title=words("column.effective_from"), kind="date"),
        Column("period", kind="id", helper=True),
    ]
    rows: list[list[Cell]] = [[start, period_code(start)] for start in Periods(report).starts]
    title, notes = words("table.periods"), [words("note_periods")]
    return Table("periods", title, titled(words, columns), rows, notes=notes, places=WORKBOOK)


def _defaults(report: Report) -> Table:
    words = report.words
    columns = [
        Column("provider", kind="id"),
        Column("option", kind="id"),
        Column("value", kind="id"),
        Column("jobs", kind="integer"),
    ]
    rows: list[list[Cell]] = [
        [who, words.option(name), value, jobs] for (who, name, value), jobs in sorted(defaults_applied(report).items())
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
    for name in ("rounding", "combination", "conversion", "headroom"):
        yield words(f"ruling.{name}")
    notes = {key for charge, _, _ in estimate.by_charge for key, _ in charge.notes}
    if "minimum" in notes:
        yield words("ruling.minimum")
    if any(item.job.uses_elements for item in report.line_items):
        yield words("ruling.elements")
    yield from _remarks_on_rates(report)
    if estimate.partial:
        yield words("ruling.left_out", jobs=words.count("job", estimate.left_out))


def _remarks_on_rates(report: Report) -> Iterator[str]:
    rates = {id(c.rate): c.rate for c, _, _ in report.estimate.by_charge if c.rate is not None}.values()
    if any(rate.date_basis == "assumed" for rate in rates):
        yield report.words("ruling.assumed")
    for why in sorted({rate.suspicious for rate in rates if rate.suspicious}):
        yield report.words("remark.suspicious", why=why)
