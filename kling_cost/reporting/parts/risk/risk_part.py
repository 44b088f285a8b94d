"""Risk: what the plan may really cost, where a confidence was asked for; values that no edit of a workbook changes."""

from __future__ import annotations

from dataclasses import replace

from kling_cost.reporting.document import Chart, Lead
from kling_cost.reporting.parts.risk.risk_tables import figure_tables, sentence, shape_key
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import AT_LENGTH, Fact, Table


def risk_part(report: Report) -> list[Table]:
    """The figures, marked as computed; none where no confidence was asked for."""
    if report.risk is None:
        return []
    tables, computed = figure_tables(report.risk, report.words), report.words("risk.computed")
    return [*(replace(table, notes=[*table.notes, computed]) for table in tables[:1]), *tables[1:]]


def risk_charts(report: Report) -> list[Chart]:
    """How likely each range of a total is."""
    totals = report.risk.totals if report.risk else ()
    title = "risk.shape"
    return [
        Chart(report.words(title, currency=t.currency), shape_key(t.currency), ("range",), "chance", AT_LENGTH)
        for t in totals
        if t.shape
    ]


def risk_leads(report: Report) -> list[Lead]:
    """One sentence for each total."""
    if report.risk is None or not report.risk.classes:
        return []
    facts = [Fact("", sentence(report.risk, total, report.words)) for total in report.risk.totals if total.shape]
    return [Lead(report.words("lead.risk"), facts)] if facts else []
