"""Budgets by scope: each limit in each month, with what is planned, committed and left."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kling_cost.amounts import divide_half_up, plain_text
from kling_cost.planning.limits import WARN_ABOVE, Standing
from kling_cost.planning.rules.job_groups import months_apart
from kling_cost.planning.scopes.scope_costs import Scope
from kling_cost.reporting.parts.budget import (
    OVER,
    STATES,
    UNKNOWN,
    WARN,
    WITHIN,
    contingency_formula,
    limit_digits,
    live_heading,
    refusal,
)
from kling_cost.reporting.parts.column_titles import status, titled
from kling_cost.reporting.parts.formulas import ALL_PRICED, quoted
from kling_cost.reporting.parts.key_figures import verdict_words
from kling_cost.reporting.parts.risk.risk_tables import confidence_notes
from kling_cost.reporting.parts.rules.limit_kinds import ScopeLimit, plain_limits, scope_limits
from kling_cost.reporting.parts.rules.scope_formulas import planned_formula
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Cell, Column, Formula, Row, Table

_MOST_SUMMED = 4_000_000  # cells of line items that formulas go through
_TAKEN = "{planned}+{contingency}+{committed}"
_KNOWN = "AND(ISNUMBER({planned}),ISNUMBER({carried_over}))"


def scope_tables(report: Report) -> list[Table]:
    """The table of budgets by scope; none without any."""
    limits, words = scope_limits(report), report.words
    if not limits:
        return []
    is_live = len(report.line_items) * len(limits) <= _MOST_SUMMED and not _has_discounts(report)
    chosen = ",".join(quoted(words(f"status.{state}")) for state in STATES)
    text = f"CHOOSE({{judged}}+1,{chosen})"
    unknown = words("status.unknown")
    rows = [_row(report, *place, text, is_live, _carried(limits, at, unknown)) for at, place in enumerate(limits)]
    notes = [words("note_scopes"), *confidence_notes(report)]
    columns = _columns(report, [standing for standing, *_ in limits])
    title, heading, facts = words("table.scopes"), None, []
    if not plain_limits(report):  # so the verdict has no other table
        title, facts = words("table.limits", verdict=verdict_words(report) or ""), refusal(report)
        heading = live_heading(report, title)
    page_title = words("table.scopes")
    return [Table("scopes", title, columns, rows, notes=notes, facts=facts, heading=heading, page_title=page_title)]


def _has_discounts(report: Report) -> bool:
    """Whether takes that are still to be submitted cost less than their lines say."""
    return bool(report.verdict and report.verdict.applied and report.verdict.applied.discounts)


def _carried(limits: Sequence[ScopeLimit], at: int, unknown: str) -> Cell:
    """What is carried over from the row of the month before, up to its bound."""
    standing, scope, month, _ = limits[at]
    if standing.carried_over is None:
        return unknown
    most = scope.budget.carry_over
    _, before, last, _ = limits[at - 1] if at else limits[at]
    if most is None or before is not scope or not month or not last or month == last:
        return standing.carried_over
    bound, above = plain_text(most), at - 1
    left = f"{{scopes.limit#{above}}}-N({{scopes.planned#{above}}})-{{scopes.committed#{above}}}"
    empty = months_apart(last, month) - 1
    later = f"+{empty}*{{scopes.base_limit#{above}}}" * bool(empty)
    return Formula(f"MIN({bound},{left}{later})", standing.carried_over)


def _row(
    report: Report,
    standing: Standing,
    scope: Scope,
    month: str | None,
    submitted: Decimal,
    text: str,
    is_live: bool,
    carried: Cell,
) -> Row:
    words, limit = report.words, standing.limit
    set_aside = None if standing.planned is None else standing.contingency
    is_known = standing.status != "unknown" and standing.planned is not None and limit
    used = (
        divide_half_up(limit - standing.headroom, limit)
        if is_known and limit and standing.headroom is not None
        else None
    )
    return [
        scope.path,
        month,
        standing.base_limit,
        carried,
        Formula("{base_limit}+N({carried_over})", limit),
        standing.currency,
        _planned(report, standing, scope, month, is_live),
        Formula(f'IF(ISNUMBER({{planned}}),{contingency_formula(report, standing)},"")', set_aside),
        standing.actual,
        standing.open,
        Formula("{actual}+{open}", standing.committed),
        Formula(f'IF({_KNOWN},{{limit}}-({_TAKEN}),"")', standing.headroom),
        Formula(f'IF(AND(ISNUMBER({{headroom}}),{{judged}}<>{UNKNOWN},N({{limit}})<>0),({_TAKEN})/{{limit}},"")', used),
        Formula(text, words(f"status.{standing.status}")),
        Formula(_state(report, standing), STATES.index(standing.status)),
        submitted,
        Formula("N({planned})+{committed}", (standing.planned or Decimal(0)) + standing.committed),
    ]


def _planned(report: Report, standing: Standing, scope: Scope, month: str | None, is_live: bool) -> Cell:
    formula = planned_formula(report, scope, month) if is_live and report.line_items else None
    if formula is None or standing.planned is None or standing.unknown_currencies:
        return standing.planned
    return Formula(f"{formula}-{{submitted}}", standing.planned)


def _state(report: Report, standing: Standing) -> str:
    """Over, where what is known is; unknown, where something is not; near, above a share of the limit."""
    doubts = [f"NOT({ALL_PRICED})", "{contingency}<0", "{committed}<0"]
    if standing.status == "unknown" or standing.unknown_currencies or report.estimate.partial:
        doubts.append("TRUE")
    warn_above = f"{WARN_ABOVE.numerator}/{WARN_ABOVE.denominator}"
    near = f"IF(ROUND({{limit}}*{warn_above}-({_TAKEN}),6)<0,{WARN},{WITHIN})"
    over = f"IF(ROUND({{headroom}},6)<0,{OVER},IF(OR({','.join(doubts)}),{UNKNOWN},{near}))"
    return (
        f"IF(ISNUMBER({{headroom}}),{over},{STATES.index(standing.status) if standing.headroom is None else UNKNOWN})"
    )


def _columns(report: Report, limits: Sequence[Standing]) -> list[Column]:
    words = report.words
    digits = limit_digits(report, limits)
    spends, is_unknown = any(s.committed for s in limits), any(s.carried_over is None for s in limits)
    return titled(
        words,
        [
            Column("scope", kind="id"),
            Column("month", kind="id"),
            Column("base_limit", kind="amount", digits=digits, is_input=True, prominent=False),
            Column("carried_over", kind="amount", digits=digits, prominent=is_unknown),
            Column("limit", kind="amount", digits=digits),
            Column("currency", kind="id"),
            Column("planned", kind="amount", digits=digits),
            Column("contingency", kind="amount", digits=digits, prominent=any(limit.contingency for limit in limits)),
            Column("actual", kind="amount", digits=digits, is_input=True, prominent=False),
            Column("open", kind="amount", digits=digits, is_input=True, prominent=False),
            Column("committed", kind="amount", digits=digits, prominent=spends),
            Column("headroom", kind="amount", digits=digits),
            Column("used", kind="percent", prominent=False),
            status(words, "status", *STATES),
            Column("judged", kind="integer", helper=True),
            Column("submitted", kind="amount", digits=digits, helper=True),
            Column("spent", kind="amount", digits=digits, helper=True),
        ],
    )
