"""Inputs of a workbook: their calculated values, and which of them were changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.parts.formulas import LISTED, differs
from kling_cost.reporting.parts.prices.exchange import exchange_rates
from kling_cost.reporting.parts.prices.price_lookups import option_key, price_lines
from kling_cost.reporting.parts.rules.limit_kinds import plain_limits, scope_limits
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import WORKBOOK, Cell, Column, Formula, Table, Value

_FEW = 200_000  # lines whose numbers' squares a spreadsheet adds up exactly


def inputs_table(report: Report) -> Table:
    """One row an input outside the line items, prices first, and what became of the line items."""
    words = report.words
    columns = [
        Column("input", kind="text"),
        Column("where", kind="id"),
        Column("now", kind="id"),
        Column("was", title=words("as_calculated"), kind="id"),
        Column("edited", kind="integer"),
    ]
    rows = [*_prices(report), *_limits(report), *_scopes(report), *_assumptions(report), *_lines(report)]
    notes = [words("note_inputs")]
    return Table("inputs", words("table.inputs"), titled(words, columns), rows, notes=notes, places=WORKBOOK)


def _row(what: str, where: str, cell: str, value: Value) -> list[Cell]:
    now = Formula(f'IF(ISERROR({cell}),"!",IF(ISBLANK({cell}),"",{cell}))', value)
    return [what, where, now, value, Formula(differs(cell, "{was}"), 0)]


def _prices(report: Report) -> Iterator[list[Cell]]:
    words = report.words
    for at, line in enumerate(price_lines(report)):
        names = ("provider", "model", *map(option_key, report.options))
        start = line.values["starts"]
        day = words.day(start) if isinstance(start, date) else ""
        label = " · ".join([*(str(line.values[name]) for name in names if line.values[name]), day])
        what = f"{words('column.unit_price')}: {label}"
        yield _row(what, words("part.price_book"), f"{{price_book.unit_price#{at}}}", line.values["unit_price"])


def _limits(report: Report) -> Iterator[list[Cell]]:
    words, where = report.words, report.words("part.summary")
    for at, standing in enumerate(plain_limits(report)):
        if standing.limit is not None:
            label = f"{report.scope(standing.scope)} · {standing.currency}"
            for name, value in (("limit", standing.limit), ("committed", standing.committed)):
                yield _row(f"{words(f'column.{name}')}: {label}", where, f"{{limits.{name}#{at}}}", value)


def _scopes(report: Report) -> Iterator[list[Cell]]:
    words, where = report.words, report.words("part.scopes")
    for at, (standing, scope, month, _) in enumerate(scope_limits(report)):
        label = " · ".join(filter(None, (scope.path, month, standing.currency)))
        for name, value in (("base_limit", standing.base_limit), ("actual", standing.actual), ("open", standing.open)):
            yield _row(f"{words(f'column.{name}')}: {label}", where, f"{{scopes.{name}#{at}}}", value)


def _assumptions(report: Report) -> Iterator[list[Cell]]:
    words, where = report.words, report.words("part.assumptions")
    for at, (code, rate) in enumerate(exchange_rates(report).items()):
        cell, value = f"{{exchange.per_usd#{at}}}", None if rate is None else rate.per_usd
        yield _row(f"{words('column.per_usd')}: {code}", where, cell, value)
    yield _row(words("contingency_rate"), where, "{contingency.value#0}", Decimal(0))


def _lines(report: Report) -> Iterator[list[Cell]]:
    """What line items are now: their cells, how many, and whether each that was calculated is still there once."""
    words, where, count = report.words, report.words("part.line_items"), len(report.line_items)
    if not count:
        return
    cells = Formula("SUM({line_items.edited})", 0)
    yield [words("input.cells"), where, cells, 0, Formula("{now}", 0)]
    yield [words("input.rows"), where, Formula(LISTED, count), count, Formula("ABS({now}-{was})", 0)]
    if count <= _FEW:
        total = count * (count + 1) * (2 * count + 1) // 6
        told = Formula("SUMSQ({line_items.number})", total)
    else:
        total = count * (count + 1) // 2
        told = Formula("SUM({line_items.number})", total)
    yield [words("input.numbers"), where, told, total, Formula("IF({now}={was},0,1)", 0)]
