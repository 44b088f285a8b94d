"""Policies: which are kept, and which jobs break the others."""

from __future__ import annotations

from kling_cost.planning.policies.policy_results import PolicyResult
from kling_cost.problems import Listed, shown
from kling_cost.reporting.parts.budget import refusal
from kling_cost.reporting.parts.column_titles import status, titled
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Cell, Column, Table

_ORDER = ("fail", "unknown", "warn", "pass")


def policy_tables(report: Report) -> list[Table]:
    """The table of policies, the broken ones first; none without any."""
    words = report.words
    policies = report.verdict.policies if report.verdict else ()
    if not policies:
        return []
    columns = [
        Column("policy", kind="id"),
        status(words, "kept", *_ORDER),
        Column("message", kind="text"),
        Column("owner", kind="id", prominent=False),
        Column("job_count", kind="integer"),
        Column("job_ids", kind="text", prominent=False),
    ]

    def row(policy: PolicyResult) -> list[Cell]:
        names = shown(Listed(policy.jobs)) if policy.jobs else None
        return [
            policy.name,
            words(f"status.{policy.status}"),
            None if policy.status == "pass" else policy.message,
            policy.owner,
            policy.job_count,
            names,
        ]

    rows = [row(policy) for policy in sorted(policies, key=lambda policy: _ORDER.index(policy.status))]
    facts = [] if report.verdict and report.verdict.limits else refusal(report)
    return [Table("policies", words("part.policies"), titled(words, columns), rows, facts=facts)]
