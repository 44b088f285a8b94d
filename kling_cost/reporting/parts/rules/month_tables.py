"""Months beside scopes and tags: what is planned or committed in each, with totals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from kling_cost.amounts import EXACT, divide_half_up, exact_sum
from kling_cost.planning.rules.job_groups import month_of
from kling_cost.reporting.parts.column_titles import tag_heading, tag_name, titled
from kling_cost.reporting.parts.formulas import quoted
from kling_cost.reporting.parts.prices.exchange import rate_cell
from kling_cost.reporting.parts.rules.limit_kinds import scope_limits
from kling_cost.reporting.parts.rules.scope_formulas import month_condition
from kling_cost.reporting.parts.tag_choice import shown_tags, tag_key
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import AT_LENGTH, Cell, Column, Formula, Row, Table

_MOST_MONTHS, _MOST_ROWS = 24, 200
_MOST_SUMMED = 4_000_000  # cells of line items that formulas go through
#: From a key and a month to the formula of a cell; None for a value.
Formulas = Callable[[str, str], str | None]
_Sums = Mapping[tuple[str, str], Mapping[str, Decimal]]


def month_tables(report: Report) -> list[Table]:
    """A table of scopes by month, and one of each tag by month; none without rules, or in a single month."""
    if report.verdict is None or report.verdict.applied is None:
        return []
    found = [_scope_table(report), *(_tag_table(report, at) for at in range(len(shown_tags(report))))]
    return [table for table in found if table is not None]


def _scope_table(report: Report) -> Table | None:
    """What is planned or committed in each scope with a limit by month."""
    sums: dict[tuple[str, str], dict[str, Decimal]] = {}
    for standing, scope, month, _ in scope_limits(report):
        if month is not None:
            spent = EXACT.add(standing.planned or Decimal(0), standing.committed)
            sums.setdefault((scope.path, standing.currency), {})[month] = spent
    same = "EXACT({{scopes.scope}},{{key}})*EXACT({{scopes.currency}},{{currency}})*({{scopes.month}}={month})"
    return _table(
        report, "scope_months", report.words("table.scope_months"), report.words("column.scope"), sums,
        lambda key, month: f"SUMPRODUCT({same.format(month=quoted(month))},{{scopes.spent}})", is_sum=False,
    )  # fmt: skip


def _tag_table(report: Report, at: int) -> Table | None:
    """What jobs cost by a tag and month: in one money where exchange rates are known, else in credits."""
    name = shown_tags(report)[at].removeprefix("tag:")
    money = report.asked if report.is_all_money else None
    sums = _tag_sums(report, name, money)
    cells = len(report.line_items) * sum(map(len, sums.values()))
    tag = f'EXACT({{line_items.{tag_key(at)}}}&"",'

    def formula(key: str, month: str) -> str | None:
        if cells > _MOST_SUMMED:
            return None
        chosen = f"{tag}{quoted(key)})*{month_condition(report, month)}"
        if money is not None:
            return f"SUMPRODUCT({chosen}*1,{{line_items.usd}})*{rate_cell(report, money)}"
        return f"SUMPRODUCT({chosen}*EXACT({{line_items.currency}},{{currency}}),{{line_items.cost}})"

    title = report.words("table.tag_months", name=tag_name(name))
    return _table(report, f"tag_months_{at}", title, tag_heading(name), sums, formula, is_sum=True)


def _tag_sums(report: Report, name: str, money: str | None) -> _Sums:
    exact: dict[tuple[str, str], dict[str, Fraction]] = {}
    for item in report.line_items:
        month = month_of(item.job.date or report.estimate.as_of) or ""
        cost, code = Fraction(item.due), item.charge.currency
        if money is not None:
            cost, code = cost * _factor(report, code, money), money
        by_month = exact.setdefault((item.job.tags.get(name) or "", code), {})
        by_month[month] = by_month.get(month, Fraction(0)) + cost
    ordered = sorted(exact.items(), key=lambda entry: (not entry[0][0], entry[0]))
    return {key: {month: divide_half_up(cost, Decimal(1)) for month, cost in by.items()} for key, by in ordered}


def _factor(report: Report, code: str, money: str) -> Fraction:
    """Units of a money for one of a currency, both of which have an exchange rate."""
    return Fraction(report.per_usd(money) or 1) / Fraction(report.per_usd(code) or 1)


def _table(
    report: Report, key: str, title: str, heading: str, sums: _Sums, formula: Formulas, is_sum: bool
) -> Table | None:
    """A table with a column for each month; None where it would say nothing new, or be too large."""
    words = report.words
    months = sorted({month for by_month in sums.values() for month in by_month if month})
    if not 1 < len(months) <= _MOST_MONTHS or not len(sums) <= _MOST_ROWS:
        return None
    rows: list[Row] = []
    for (label, currency), by_month in sums.items():
        cells = [_cell(formula(label, month), by_month.get(month, Decimal(0))) for month in months]
        rows.append([label or words("without_value"), currency, *cells, exact_sum(by_month.values())])
    totals = _totals(report, key, months, sums) if is_sum else None
    return Table(key, title, titled(words, _columns(report, heading, months)), rows, totals, places=AT_LENGTH)


def _names(months: Sequence[str]) -> list[str]:
    """The keys of the columns of months."""
    return [f"month_{at}" for at in range(len(months))]


def _columns(report: Report, heading: str, months: Sequence[str]) -> list[Column]:
    names = _names(months)
    return [
        Column("key", title=heading, kind="id"),
        Column("currency", kind="id"),
        *(Column(name, title=month, kind="amount") for name, month in zip(names, months, strict=True)),
        Column("total", title=report.words("total"), kind="amount", formula="+".join(f"{{{name}}}" for name in names)),
    ]


def _totals(report: Report, key: str, months: Sequence[str], sums: _Sums) -> list[Cell] | None:
    """What the months come to, where all of it is in one currency."""
    currencies = {currency for _, currency in sums}
    if len(currencies) > 1:
        return None
    each = [exact_sum(by_month.get(month, Decimal(0)) for by_month in sums.values()) for month in months]
    made = zip([*_names(months), "total"], [*each, exact_sum(each)], strict=True)
    return [report.words("total"), *currencies, *(Formula(f"SUM({{{key}.{name}}})", value) for name, value in made)]


def _cell(formula: str | None, value: Decimal) -> Cell:
    return value if formula is None else Formula(formula, value)
