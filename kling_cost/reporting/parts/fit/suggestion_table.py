"""Over a limit: the single changes that would save most, and the command that finds the plan that fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kling_cost.planning.fit.single_changes.suggestions import Suggestion
from kling_cost.reporting.number_format import grouped
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.parts.fit.fit_tables import change_name, fit_column
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Column, Command, Row, Table


def suggestion_tables(report: Report) -> list[Table]:
    """What would save most where the plan is over a limit; no table elsewhere."""
    found = report.verdict.suggestions if report.verdict else ()
    return [_table(report, found)] if found else []


def _table(report: Report, found: Sequence[Suggestion]) -> Table:
    words, first = report.words, found[0]
    columns = [
        fit_column(words, "job", "id"),
        *(fit_column(words, name) for name in ("change", "from", "to")),
        *(fit_column(words, name, "amount") for name in ("saves", "headroom")),
        Column("currency", kind="id"),
        *(fit_column(words, name, "integer") for name in ("pain", "jobs")),
    ]
    rows: list[Row] = [
        [
            one.job_id,
            change_name(one.change, words),
            one.before,
            one.to,
            one.saves,
            one.headroom,
            one.currency,
            one.pain,
            one.jobs if one.jobs > 1 else None,
        ]
        for one in found
    ]
    limit = f"{grouped(first.limit, words)} {first.currency}"
    title = words("fit.suggestions", scope=report.scope(first.scope), limit=limit)
    return Table("suggestions", title, titled(words, columns), rows, notes=list(_notes(report, found)))


def _notes(report: Report, found: Sequence[Suggestion]) -> Iterator[str]:
    words = report.words
    yield words("fit.each_alone")
    if any(one.jobs > 1 for one in found):
        yield words("fit.first_named")
    if any(one.headroom is None for one in found):
        yield words("fit.no_headroom")
    if report.fit_command is not None:
        yield words("fit.command")
        yield Command(report.fit_command)
