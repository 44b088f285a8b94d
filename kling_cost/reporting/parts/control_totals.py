"""Checks: what must be true in a workbook before it is signed; each is green or red."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from kling_cost.amounts import plain_text
from kling_cost.reconciliation.result import ActualTotal
from kling_cost.reporting.money import DOLLAR
from kling_cost.reporting.number_format import held
from kling_cost.reporting.parts.breakdowns import block_key
from kling_cost.reporting.parts.column_titles import status, tag_name, titled
from kling_cost.reporting.parts.formulas import LISTED, quoted
from kling_cost.reporting.parts.input_cells import inputs_table
from kling_cost.reporting.parts.line_item_rows import line_item_tables
from kling_cost.reporting.parts.tag_choice import shown_tags
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import WORKBOOK, Cell, Column, Formula, Table, Value

_LINES_TO_FILL_IN = 5
#: Half of the smallest step that amounts are shown with.
_TOLERANCE = Decimal(5).scaleb(-5)
HOLDS, EDITED, FAILS = range(3)


def check_tables(report: Report) -> list[Table]:
    """What has to add up, which inputs differ from what was calculated, and lines to note changes on."""
    words = report.words
    states = ",".join(quoted(words(f"status.{state}")) for state in ("ok", "edited", "check"))
    columns = [
        Column("check", kind="text"),
        Column("currency", kind="id"),
        Column("found", kind="credits"),
        Column("expected", kind="credits"),
        Column("exact", kind="id"),
        Column("difference", kind="credits", formula="{found}-{expected}"),
        replace(status(words, "status", "ok", "edited", "check"), formula=f"CHOOSE({{judged}}+1,{states})"),
        Column("tolerance", kind="credits", digits=5),
        Column("judged", kind="integer", helper=True),
    ]
    rows = list(_rows(report))
    notes = [words("note_checks")]
    title = words("table.checks")
    checks = Table("checks", title, titled(words, columns), rows, notes=notes, places=WORKBOOK)
    return [checks, inputs_table(report), _change_log(report)]


def _change_log(report: Report) -> Table:
    words = report.words
    columns = titled(words, [Column(key, kind="id") for key in ("change", "name", "date", "remarks")])
    rows = [[None] * len(columns)] * _LINES_TO_FILL_IN
    return Table("changes", words("table.changes"), columns, rows, places=WORKBOOK, form=True)


def _rows(report: Report) -> Iterator[list[Cell]]:
    words, estimate = report.words, report.estimate
    count = len(report.line_items)
    for total in estimate.totals:
        code, cost = total.currency, total.due
        of_lines = (
            "SUMPRODUCT(({line_items.currency}={currency})*1,{line_items.cost_per_take},{line_items.takes_counted})"
        )
        of_totals = "SUMIF({totals.currency},{currency},{totals.cost})"
        yield _row(report, words("check.lines"), code, of_lines, cost, Formula(of_totals, cost))
        yield _row(report, words("check.exact"), code, of_totals, cost, cost, plain_text(cost))
    for code in report.sold_in if count else ():
        yield from _of_blocks(report, code)
    for actual in report.outcome.totals if report.outcome else ():
        if actual.jobs:
            yield from _of_actuals(report, actual)
    if count:
        yield from _of_lines(report, count)


def _of_blocks(report: Report, code: str) -> Iterator[list[Cell]]:
    """Every block adds up to the total of a currency, and counts nothing twice."""
    words = report.words
    cost = next((t.due for t in report.estimate.totals if t.currency == code), Decimal(0))
    of_totals = Formula("SUMIF({totals.currency},{currency},{totals.cost})", cost)
    for key, name in _blocks(report):
        counted = f"SUMIF({{{key}.currency}},{{currency}},{{{key}.cost}})"
        doubled = f"SUMPRODUCT(({{{key}.currency}}={{currency}})*(({{{key}.takes}}<0)+({{{key}.cost}}<-{{tolerance}})))"
        yield _row(report, words("check.block", name=name), code, f"{counted}+{doubled}", cost, of_totals)


def _of_lines(report: Report, count: int) -> Iterator[list[Cell]]:
    """Every line is counted once, with a price or without; what money they come to; no cell shows an error."""
    words, estimate = report.words, report.estimate
    priced = Formula("SUM({totals.jobs})-{=lines_without_price}", count)
    yield _row(report, words("check.rows"), None, "SUM({line_items.counted})", count, priced)
    jobs = Formula("SUM({totals.jobs})", count)
    yield _row(report, words("check.jobs"), None, LISTED, count, jobs)
    dollars = held(sum((t.usd for t in estimate.totals if t.usd is not None), Decimal(0)))
    money = Formula("SUM({totals.usd})", dollars)
    yield _row(report, words("check.money"), DOLLAR, "SUM({line_items.usd})", dollars, money)
    yield from _of_sums(report)
    for column in ("cost", "usd"):
        errors = f"SUMPRODUCT(ISERROR({{line_items.{column}}})*1)"
        yield _row(report, words("check.errors", column=words(f"column.{column}")), None, errors, 0, 0, "0")


def _of_sums(report: Report) -> Iterator[list[Cell]]:
    """The row of sums below the line items, in a sheet that is not protected."""
    words, (table,) = report.words, line_item_tables(report)
    for column, cell in zip(table.columns, table.totals or (), strict=bool(table.totals)):
        if isinstance(cell, Formula) and column.is_number:
            shown = f"{{line_items.{column.key}+}}"
            value = held(cell.value) if isinstance(cell.value, Decimal) else cell.value
            wanted = f"SUM({{line_items.{'takes_counted' if column.key == 'takes' else column.key}}})"
            code = column.title if column.kind == "money" else None
            name = words("check.sums", column=column.title)
            yield _row(report, name, code, f"IF(ISNUMBER({shown}),{shown},{wanted})", value, Formula(wanted, value))


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


def _blocks(report: Report) -> Iterator[tuple[str, str]]:
    """The tables that add up to the totals, with their headings."""
    words = report.words
    tags = [tag_name(name) for name in shown_tags(report)]
    names = [words("by.provider"), words("by.model"), words("by.quality_sound")]
    names += [words("by.tag", name=tag) for tag in tags]
    yield "drivers", words("table.drivers")
    yield from ((block_key(at), name) for at, name in enumerate(names))


def _row(
    report: Report, name: str, currency: str | None, formula: str, value: Value, expected: Cell, exact: str = ""
) -> list[Cell]:
    """A check; one that holds the total to what was calculated exactly says so where an input was edited since."""
    otherwise = f"IF({{=cells_edited}}>0,{EDITED},{FAILS})" if exact and currency else str(FAILS)
    state = Formula(f"IF(ABS({{difference}})<={{tolerance}},{HOLDS},{otherwise})", HOLDS)
    good = report.words("status.ok")
    return [name, currency, Formula(formula, value), expected, exact or None, Decimal(0), good, _TOLERANCE, state]
