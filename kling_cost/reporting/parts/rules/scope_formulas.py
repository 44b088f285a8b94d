"""Formulas for what a scope holds: sums over the line items that its selectors choose."""

from __future__ import annotations

from collections.abc import Iterator

from kling_cost.planning.rules.job_groups import month_of
from kling_cost.planning.rules.selectors import TAG, Condition
from kling_cost.planning.scopes.scope_costs import Scope
from kling_cost.reporting.parts.formulas import quoted
from kling_cost.reporting.parts.prices.exchange import rate_cell
from kling_cost.reporting.parts.tag_choice import shown_tags, tag_key
from kling_cost.reporting.report import Report

_LONGEST = 2_000  # characters of a formula
_COLUMNS = frozenset("provider model currency quality sound duration takes job_id".split())


def planned_formula(report: Report, scope: Scope, month: str | None) -> str | None:
    """The sum over all takes of a scope's line items, in the currency of its limit; None where no formula gives it."""
    found = [_condition(report, condition) for condition in _conditions(report, scope)]
    sources = [] if scope.budget.source is None else [f"EXACT({{line_items.source}},{quoted(scope.budget.source)})"]
    months = [] if month is None else [month_condition(report, month)]
    if any(text is None for text in found):
        return None
    chosen = "*".join([*(text for text in found if text is not None), *sources, *months])
    currency = scope.budget.limit.currency
    if currency in report.credits:
        same = f"EXACT({{line_items.currency}},{quoted(currency)})"
        text = f"SUMPRODUCT({'*'.join(filter(None, (same, chosen)))}*1,{{line_items.cost}})"
    else:
        dollars = f"SUMPRODUCT({chosen}*1,{{line_items.usd}})" if chosen else "SUM({line_items.usd})"
        text = f"{dollars}*{rate_cell(report, currency)}"
    return text if len(text) <= _LONGEST else None


def month_condition(report: Report, month: str) -> str:
    """Whether a line item is of a month; those without a day are of the report's."""
    year, number = map(int, month.split("-"))
    day = "{line_items.day}"
    inside = f"({day}>=DATE({year},{number},1))*({day}<DATE({year},{number + 1},1))"
    return f'({inside}+({day}="")>0)' if month == month_of(report.estimate.as_of) else f"({inside})"


def _conditions(report: Report, scope: Scope) -> Iterator[Condition]:
    """What a scope and those that it is a part of ask for."""
    applied = report.verdict.applied if report.verdict else None
    scopes = applied.limits.scopes if applied else ()
    at: Scope | None = scope
    while at is not None:
        yield from at.budget.where
        at = None if at.above is None else scopes[at.above]


def _condition(report: Report, condition: Condition) -> str | None:
    columns = _columns(report, condition.field)
    if not columns:
        return None
    texts = [f'EXACT({column}&"",{quoted(value)})' for column in columns for value in sorted(condition.values)]
    texts += [f'({columns[0]}<>"")'] * condition.present + [f'({columns[0]}="")'] * condition.absent
    return f"({'+'.join(texts) or '0'}>0)"


def _columns(report: Report, field: str) -> list[str]:
    """The columns of line items in which a field stands; none where it is in no column."""
    if field == "seller":
        return ["{line_items.provider}", "{line_items.model}"]
    if field in _COLUMNS:
        return [f"{{line_items.{field}}}"]
    tags = shown_tags(report)
    if field.startswith(TAG) and field in tags:
        return [f"{{line_items.{tag_key(tags.index(field))}}}"]
    return []
