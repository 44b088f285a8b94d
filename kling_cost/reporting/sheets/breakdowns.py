"""Breakdowns: the totals by provider, model, options and tags; each adds up to the total."""

from __future__ import annotations

from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Column, Formula, Table, Value

_TITLES = {
    "provider": "By provider",
    "model": "By model",
    "quality": "By quality",
    "sound": "By sound",
    "quality,sound": "By quality and sound",
}


def breakdown_tables(report: Report) -> list[Table]:
    """A table for each breakdown that has more than one row to show."""
    tables = []
    for name, totals in report.estimate.breakdowns.items():
        keys = {total.key for total in totals}
        if len(keys) < 2 or (name in ("quality", "sound") and "quality,sound" in report.estimate.breakdowns):
            continue
        title = _TITLES.get(name) or f"By {name.removeprefix('tag:')}"
        columns = [
            Column("key", title.removeprefix("By ").capitalize(), "id"),
            Column("currency", "Currency", "id"),
            Column("jobs", "Jobs", "integer"),
            Column("takes", "Takes", "integer"),
            Column("cost", "Cost", "credits"),
            Column("usd", "USD", "money"),
        ]
        rows: list[list[Value | Formula]] = [
            [total.key or "–", total.currency, total.jobs, total.takes, total.cost, total.usd] for total in totals
        ]
        tables.append(Table(f"by_{name}", title, columns, rows))
    return tables
