"""Checks: what has to hold in a workbook before anybody signs it; each is green or red."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kling_cost.actuals.reconciliation import ActualTotal
from kling_cost.amounts import plain_text
from kling_cost.reporting.digits import held
from kling_cost.reporting.report import Report
from kling_cost.reporting.sheets.breakdowns import block_key
from kling_cost.reporting.sheets.formulas import quoted
from kling_cost.reporting.sheets.tag_choice import shown_tags
from kling_cost.reporting.sheets.titles import status, tag_name, titled
from kling_cost.reporting.table import WORKBOOK, Cell, Column, Formula, Table, Value


def check_tables(report: Report) -> list[Table]:
    """The table of checks; `expected` is what was calculated outside the workbook."""
    words = report.words
    columns = [
        Column("check", kind="text"),
        Column("currency", kind="id"),
        Column("found", kind="credits"),
        Column("expected", kind="credits"),
        Column("exact", kind="id"),
        Column("difference", kind="credits", formula="{found}-{expected}"),
        status(words, "status", "ok", "check"),
    ]
    rows = list(_rows(report))
    notes = [words("note_checks")]
    title = words("part.checks")
    return [Table("checks", title, titled(words, columns), rows, notes=notes, places=WORKBOOK)]


def _rows(report: Report) -> Iterator[list[Cell]]:
    words, estimate = report.words, report.estimate
    count = len(estimate.line_items)
    for total in estimate.totals:
        code, cost = total.currency, total.cost
        of_lines = "SUMIF({line_items.currency},{currency},{line_items.cost})"
        of_totals = "SUMIF({totals.currency},{currency},{totals.cost})"
        yield _row(report, words("check.lines"), code, of_lines, cost, Formula(of_totals, cost))
        yield _row(report, words("check.exact"), code, of_totals, cost, cost, plain_text(cost))
        for at, name in enumerate(_blocks(report)):
            of_block = f"SUMIF({{{block_key(at)}.currency}},{{currency}},{{{block_key(at)}.cost}})"
            yield _row(report, words("check.block", name=name), code, of_block, cost, Formula(of_totals, cost))
    for actual in report.outcome.totals if report.outcome else ():
        if actual.jobs:
            yield from _of_actuals(report, actual)
    if count:
        yield _row(report, words("check.priced"), None, "COUNTIF({line_items.price_row},0)", 0, 0, "0")
        yield _row(report, words("check.rows"), None, "COUNTA({line_items.job_id})", count, count, str(count))
        for column in ("cost", "usd"):
            errors = f"SUMPRODUCT(ISERROR({{line_items.{column}}})*1)"
            yield _row(report, words("check.errors", column=words(f"column.{column}")), None, errors, 0, 0, "0")


def _of_actuals(report: Report, total: ActualTotal) -> Iterator[list[Cell]]:
    """What was reported is what was estimated, but for takes without amount and the variance; to the last digit."""
    words, code = report.words, total.currency

    def of(column: str) -> str:
        provider = quoted(total.provider or "")
        return (
            f"SUMIFS({{actual_totals.{column}}},{{actual_totals.currency}},{{currency}},"
            f"{{actual_totals.provider}},{provider})"
        )

    identity = f"{of('estimated')}-{of('estimated_without_amount')}+{of('variance')}"
    name = words("check.identity", provider=total.provider)
    reported = held(total.reported)
    yield _row(report, name, code, identity, reported, Formula(of("reported"), reported))
    exact = words("check.reported", provider=total.provider)
    yield _row(report, exact, code, of("reported"), reported, reported, plain_text(total.reported))


def _blocks(report: Report) -> list[str]:
    """The headings of the breakdowns, in their order."""
    words = report.words
    tags = [tag_name(name) for name in shown_tags(report)]
    return [
        words("by.provider"),
        words("by.model"),
        words("by.quality_sound"),
        *(words("by.tag", name=t) for t in tags),
    ]


def _row(
    report: Report, name: str, currency: str | None, formula: str, value: Value, expected: Cell, exact: str = ""
) -> list[Cell]:
    words = report.words
    good, bad = words("status.ok"), words("status.check")
    holds = Formula(f"IF(ABS({{difference}})<0.00005,{quoted(good)},{quoted(bad)})", good)
    return [name, currency, Formula(formula, value), expected, exact or None, Decimal(0), holds]
