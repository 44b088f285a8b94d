"""Findings: what was not charged as due, by kind and one by one, and the claims to send."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from kling_cost.amounts import EXACT, exact_sum
from kling_cost.problems import shown
from kling_cost.reconciliation.result import Finding, Reconciliation
from kling_cost.reporting.document import Letter
from kling_cost.reporting.number_format import held
from kling_cost.reporting.parts.column_titles import status, titled
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Cell, Column, Row, Rows, Table

_VERY_MANY = 2_000
_MOST_CLAIMS = 200
_LONGEST_ID = 200  # in a claim: an id has to be found again
_SEVERITIES = ("error", "warning", "info", "ignored")


def finding_tables(report: Report) -> list[Table]:
    """Tables of every finding; none without a reconciliation."""
    return [] if report.outcome is None else [_findings(report, report.outcome)]


def claim_letters(report: Report) -> list[Letter]:
    """What to write to each provider: every task that was charged more than was due, and the sum."""
    words, letters = report.words, []
    for currency, found in claims(report).items():
        total = exact_sum(f.at_stake for f in found)
        lines = [words("claim.opening", tasks=words.count("task", len({f.task_id or f.job_id for f in found})))]
        lines += ["", *(_claim(report, f) for f in largest_first(found)[:_MOST_CLAIMS])]
        if len(found) > _MOST_CLAIMS:
            lines.append(words("claim.more", rows=words.grouped(str(len(found) - _MOST_CLAIMS))))
        lines += ["", words("claim.total", amount=words.plain(total), currency=currency)]
        letters.append(Letter(words("claim.title", currency=currency), lines))
    return letters


def claims(report: Report) -> dict[str, list[Finding]]:
    """The findings of more charged than was due, by currency."""
    found: dict[str, list[Finding]] = {}
    for finding in report.outcome.errors if report.outcome else ():
        if finding.difference is not None and finding.difference > 0 and finding.currency:
            found.setdefault(finding.currency, []).append(finding)
    return dict(sorted(found.items()))


def _claim(report: Report, finding: Finding) -> str:
    words = report.words
    task, job = (shown(name, _LONGEST_ID) if name else words("not_known") for name in (finding.task_id, finding.job_id))
    text = words("claim.line", task=task, job=job)
    return f"{text}: {words.finding(finding).message}; {words('claim.back', amount=words.plain(finding.at_stake))}"


def _severity(finding: Finding) -> str:
    return "ignored" if finding.ignored else finding.severity


def kinds_table(report: Report, outcome: Reconciliation) -> Table:
    """Findings by kind, the money at stake first."""
    words = report.words
    columns = [
        status(words, "severity", "error", "warning"),
        Column("kind", kind="text"),
        Column("findings", kind="integer"),
        Column("at_stake", kind="amount"),
        Column("currency", kind="id"),
    ]
    sums: dict[tuple[str, str, str | None], tuple[int, Decimal]] = {}
    for finding in outcome.findings:
        key = (_severity(finding), finding.kind, finding.currency)
        count, amount = sums.get(key, (0, Decimal(0)))
        sums[key] = (count + 1, EXACT.add(amount, finding.at_stake))
    order = sorted(sums.items(), key=lambda e: (_SEVERITIES.index(e[0][0]), -e[1][1], -e[1][0], e[0][1]))
    rows: list[Row] = [
        [words(f"status.{severity}"), words(f"kind.{kind}"), count, held(amount) if currency else None, currency]
        for (severity, kind, currency), (count, amount) in order
    ]
    return Table("kinds", words("table.kinds"), titled(words, columns), rows, empty=words("empty.findings"))


def _findings(report: Report, outcome: Reconciliation) -> Table:
    words = report.words
    columns = [
        status(words, "severity", "error", "warning"),
        Column("kind", kind="text", prominent=False),
        Column("job_id", kind="id"),
        Column("task_id", kind="id"),
        Column("expected", title=words("column.estimated"), kind="amount", prominent=False),
        Column("reported", kind="amount", prominent=False),
        Column("difference", kind="amount"),
        Column("currency", kind="id", prominent=False),
        Column("explained_by", kind="text", prominent=False),
        Column("found", title=words("column.found_is"), kind="text"),
        Column("hint", kind="text"),
    ]

    def row(finding: Finding) -> list[Cell]:
        sentence = words.finding(finding)
        expected, reported = finding.expected, finding.reported
        return [
            words(f"status.{_severity(finding)}"),
            words(f"kind.{finding.kind}"),
            finding.job_id,
            finding.task_id,
            held(expected) if isinstance(expected, Decimal) else None,
            held(reported) if isinstance(reported, Decimal) else None,
            held(finding.difference),
            finding.currency,
            " | ".join(finding.explained_by) or None,
            sentence.message,
            sentence.hint or None,
        ]

    rows = Rows(largest_first(outcome.findings), row)
    title, empty = words("part.findings"), words("empty.findings")
    return Table("findings", title, titled(words, columns), rows, empty=empty, uniform=len(rows) > _VERY_MANY)


def largest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Errors before remarks, ignored ones last; within each, the most money first."""
    return sorted(findings, key=lambda f: (_SEVERITIES.index(_severity(f)), -f.at_stake, f.kind))
