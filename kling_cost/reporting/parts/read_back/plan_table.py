"""The last sheet of a workbook, by which it is read back as jobs: where inputs stand, and what they were."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kling_cost.amounts import plain_text
from kling_cost.io.yaml_text import yaml_text
from kling_cost.io.yaml_values import typed
from kling_cost.jobs.job import Campaign
from kling_cost.jobs.report_workbook.edited_inputs import price_key
from kling_cost.jobs.report_workbook.line_request import record_of_problem
from kling_cost.jobs.report_workbook.plan_sheet import (
    CAMPAIGN,
    COLUMN,
    CONTINGENCY,
    EXCHANGE,
    FORMULA,
    GIVEN,
    INPUT,
    JOBS,
    KEY,
    LEFT_OUT,
    LIMIT,
    LIMITS,
    LINES,
    OTHER_RULES,
    PLAN_SCHEMA,
    PLAN_SHEET,
    PRICE,
    PRICES,
    PROBLEM,
    RATE,
    REFUSED,
    RULES,
    SCHEMA,
    written_field,
)
from kling_cost.reporting.document import Part
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.parts.prices.exchange import exchange_rates
from kling_cost.reporting.parts.prices.price_lookups import option_key, price_lines
from kling_cost.reporting.parts.read_back.line_requests import field_of_column
from kling_cost.reporting.parts.rules.limit_kinds import plain_limits, scope_limits
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import WORKBOOK, Column, Table

_TABLES = (LINES, LIMITS, EXCHANGE, CONTINGENCY, PRICES)
_COLUMNS = 5
_Row = list[Any]


def plan_part(report: Report, parts: Sequence[Part]) -> Part | None:
    """The part that is read back; None for a report without line items of its own.

    Args:
        report: what is reported.
        parts: the other parts, whose headings count.
    """
    tables = {table.key: table for part in parts for table in part.tables_on("workbook")}
    if LINES not in tables or report.book is None:
        return None
    columns = titled(report.words, [Column(f"plan_{at}", title=f"{at}", kind="id") for at in range(_COLUMNS)])
    rows = [[*row, *[None] * (_COLUMNS - len(row))] for row in _rows(report, tables)]
    table = Table("plan", report.words("table.read_back"), columns, rows, places=WORKBOOK)
    return Part("plan", PLAN_SHEET, [table])


def _rows(report: Report, tables: Mapping[str, Table]) -> Iterator[_Row]:
    yield [SCHEMA, PLAN_SCHEMA]
    yield [JOBS, str(len(report.line_items))]
    for key in _TABLES:
        for column in tables[key].columns if key in tables else ():
            yield [COLUMN, key, _field(report, key, column), column.title, _role(report, key, column)]
    yield from _of_limits(report)
    for code, rate in exchange_rates(report).items():
        yield [RATE, code, "" if rate is None else plain_text(rate.per_usd)]
    if PRICES in tables:
        fields = [column.key for column in tables[PRICES].columns if _role(report, PRICES, column) == KEY]
        for line in price_lines(report):
            yield [PRICE, price_key(line.values, fields), plain_text(line.values["unit_price"])]  # type: ignore[arg-type]
    yield from _of_files(report)


def _field(report: Report, table: str, column: Column) -> str:
    return written_field(field_of_column(report, column.key)) if table == LINES else column.key


def _role(report: Report, table: str, column: Column) -> str:
    if table == PRICES:
        alone = ("provider", "model", "seconds_least", "seconds_most", "period", "length")
        return KEY if column.key in (*alone, *map(option_key, report.options)) else GIVEN
    if column.formula is not None:
        return FORMULA
    return INPUT if column.is_input or (table == LINES and column.key == "job_id") else GIVEN


def _of_limits(report: Report) -> Iterator[_Row]:
    """The limits, as their table shows them; of a report without a check those of its campaign."""
    for standing in plain_limits(report):
        if standing.limit is not None:
            scope, limit, committed = report.scope(standing.scope), standing.limit, standing.committed
            yield [LIMIT, scope, standing.currency, plain_text(limit), plain_text(committed)]
    if report.verdict is None:
        for own in (limit for campaign in report.estimate.campaigns for limit in campaign.limits):
            yield [LIMIT, "", own.currency, plain_text(own.value), ""]


def _of_files(report: Report) -> Iterator[_Row]:
    """What the files say beside their jobs, and what was wrong with them."""
    campaigns = report.estimate.campaigns
    if _holds_some(report, campaigns):
        yield [REFUSED, "files"]
    for campaign in campaigns[:1]:
        yield [CAMPAIGN, campaign.name or ""]
        yield from ([RULES, line] for line in _rule_lines(campaign))
    if _has_other_rules(report, campaigns):
        yield [OTHER_RULES]
    yield from _wrong(report)


def _wrong(report: Report) -> Iterator[_Row]:
    """What was wrong with the files as a whole, and which jobs are in no line."""
    problems = report.estimate.problems
    for found in (p for p in problems if p.job_id is None and p.source is not None):
        yield [PROBLEM, json.dumps([record_of_problem(found), found.source, found.row], separators=(",", ":"))]
    names = list(dict.fromkeys(p.job_id for p in problems if p.severity == "error" and p.job_id is not None))
    names += [f"{PLAN_SHEET}:{at}" for at in range(len(names), report.estimate.left_out)]
    yield from ([LEFT_OUT, name] for name in names)


def _rule_lines(campaign: Campaign) -> list[str]:
    return [] if campaign.rules is None else yaml_text(typed(campaign.rules)).splitlines()


def _has_other_rules(report: Report, campaigns: Sequence[Campaign]) -> bool:
    """Whether it was held to rules that its campaign does not have."""
    has_rules = bool(scope_limits(report) or (report.verdict and report.verdict.policies))
    return has_rules and not any(campaign.rules is not None for campaign in campaigns)


def _holds_some(report: Report, campaigns: Sequence[Campaign]) -> bool:
    """Whether limits or rules are for some of the jobs alone, which a workbook does not tell apart."""
    own = [campaign for campaign in campaigns if campaign.limits or campaign.rules is not None]
    sources = {item.job.source for item in report.line_items}
    return len(own) > 1 or any(not sources <= {campaign.source} for campaign in own)
