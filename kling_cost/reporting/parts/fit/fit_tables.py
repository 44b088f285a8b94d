"""A plan that was fitted into its limits, as tables and as rows for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kling_cost.amounts import plain_text
from kling_cost.planning.fit.plan import Plan
from kling_cost.planning.limits import WHOLE_CAMPAIGN
from kling_cost.planning.rules.fitting.fit_rules import DROP
from kling_cost.reporting.number_format import grouped
from kling_cost.reporting.parts.changes.plan_changes import step_name
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.parts.problem_list import problem_table
from kling_cost.reporting.parts.risk.risk_tables import of_all
from kling_cost.reporting.table import Column, Kind, Row, Table
from kling_cost.reporting.translations import Words

#: The header of the rows for programs.
ROW_NAMES = ("job_id", "source", "row", "change", "from", "to", "pain", "saves", "currency")


def fit_rows(plan: Plan) -> Iterator[list[str]]:
    """A row for each change of each job."""
    for one in plan.changes:
        cells = (one.job_id, one.source, one.row, one.change, one.before, one.to, one.pain)
        yield [*("" if cell is None else str(cell) for cell in cells), plain_text(one.saves), one.currency]


def fit_tables(plan: Plan, words: Words) -> list[Table]:
    """The limits with what the plan comes to, the changes, what may be changed, and the problems."""
    problems = problem_table(plan.problems, words)
    return [*plan_tables(plan, words), *([problems] if problems.rows else [])]


def plan_tables(plan: Plan, words: Words) -> list[Table]:
    """The same without the problems."""
    limits, *others = _limits(plan, words), _changes(plan, words), _may(plan, words)
    return [limits, *(table for table in others if table.rows)]


def fit_column(words: Words, name: str, kind: Kind = "text") -> Column:
    """A column with the title that it has in tables of a plan."""
    return Column(name, words(f"fit.{name}"), kind)


def _limits(plan: Plan, words: Words) -> Table:
    has_own = plan.confidence is not None
    amounts = ("limit", "before", "after", *(["contingency"] * has_own), "headroom", "least")
    columns = [
        fit_column(words, "scope"),
        *(_amount(words, name, has_own) for name in amounts),
        Column("currency", kind="id"),
    ]
    rows: list[Row] = [
        [_scope(one.scope, words), *(getattr(one, name) for name in amounts), one.currency] for one in plan.limits
    ]
    explained = [] if plan.pain is None else [words("fit.pain_is")]
    notes = [*explained, *_notes(plan, words), *_confidence_notes(plan, words)]
    return Table("fit", words("fit.title"), titled(words, columns), rows, notes=notes)


def _amount(words: Words, name: str, has_own: bool) -> Column:
    """A column of amounts; beside a contingency, there is little room for what was planned before."""
    if name == "contingency":
        return Column(name, kind="amount")
    return replace(fit_column(words, name, "amount"), prominent=name != "before" or not has_own)


def _scope(scope: str, words: Words) -> str:
    return words("scope.campaign") if scope == WHOLE_CAMPAIGN else scope


def _notes(plan: Plan, words: Words) -> Iterator[str]:
    """What became of the plan, and what would hurt less."""
    if plan.status == "infeasible":
        yield from _why_not(plan, words)
    elif plan.status == "changed":
        key = "by_solver" if plan.proof == "solver" else "unproven" if plan.gap else "changed"
        yield words(f"fit.{key}", pain=_points(plan.pain), bound=_points(plan.bound), gap=_points(plan.gap))
    else:
        lacks_rate = any(limit.unknown_currencies for limit in plan.verdict.limits)
        yield words("fit.cannot_tell" if plan.status == "unknown" and not lacks_rate else f"fit.{plan.status}")
    for further in plan.next:
        currency = plan.limits[0].currency
        yield words("fit.next", limit=grouped(further.limit, words), currency=currency, pain=_points(further.pain))


def _confidence_notes(plan: Plan, words: Words) -> Iterator[str]:
    """With which chance the plan holds, and after how many rounds it was found."""
    if plan.confidence is not None and plan.is_found:
        yield words("fit.with_confidence", **of_all(plan.confidence), rounds=f"{plan.rounds:,}")


def _why_not(plan: Plan, words: Words) -> Iterator[str]:
    """What the limits would have to be that no plan holds."""
    is_alone = any(one.least is not None and one.limit < one.least for one in plan.limits)
    if len(plan.limits) == 1:
        key = "infeasible"
    elif is_alone:
        key = "too_small"
    else:
        yield words("fit.together")
        key = "beside_others"
    for one in plan.conflict:
        scope = _scope(one.scope, words)
        yield words(f"fit.{key}", scope=scope, least=grouped(one.least, words), currency=one.currency)


def _points(number: int | None) -> str:
    return f"{number or 0:,}"


def _changes(plan: Plan, words: Words) -> Table:
    columns = [
        fit_column(words, "job", "id"),
        *(fit_column(words, name) for name in ("change", "from", "to")),
        fit_column(words, "pain", "integer"),
        fit_column(words, "saves", "amount"),
        Column("currency", kind="id"),
    ]
    rows: list[Row] = [
        [one.job_id, change_name(one.change, words), one.before, one.to, one.pain, one.saves, one.currency]
        for one in plan.changes
    ]
    return Table("fit_changes", words("fit.changes"), titled(words, columns), rows)


def _may(plan: Plan, words: Words) -> Table:
    columns = [
        *(fit_column(words, name) for name in ("change", "from", "to")),
        fit_column(words, "down_to", "integer"),
        fit_column(words, "pain", "integer"),
    ]
    rows: list[Row] = [
        [change_name(rule.change, words), rule.before, rule.to, rule.down_to, rule.pain] for rule in plan.may
    ]
    return Table("fit_may", words("fit.may"), titled(words, columns), rows)


def change_name(change: str, words: Words) -> str:
    """A kind of change, in words."""
    return words("fit.drop") if change == DROP else step_name(change, words)
