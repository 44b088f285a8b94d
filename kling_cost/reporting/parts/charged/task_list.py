"""Reconciliation: totals, the bridge from estimate to charge, and one row per take or task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from kling_cost.problems import shown
from kling_cost.reconciliation.answers.answer_set import Balance
from kling_cost.reconciliation.result import ActualTotal, Reconciliation, Task
from kling_cost.reporting.document import Chart
from kling_cost.reporting.number_format import held
from kling_cost.reporting.parts.charged.findings import kinds_table
from kling_cost.reporting.parts.column_titles import columns_of, titled
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import AT_LENGTH, Cell, Column, Fact, Formula, Place, Row, Rows, Table, Tone
from kling_cost.results.record_types import ACTUAL_TOTAL, BALANCE

_OF_PROVIDER = "{reconciliation.provider},{provider},{reconciliation.currency},{currency}"
_OF_TOTAL = "{actual_totals.provider},{provider},{actual_totals.currency},{currency}"
_STATES: dict[str, Tone] = {"open": "warn", "succeeded": "good", "failed": "bad", "missing": "bad"}
_EXTRA_SHOWN = 200


def reconciliation_tables(report: Report) -> list[Table]:
    """Totals, the bridge, and the tasks; none without a reconciliation."""
    outcome = report.outcome
    if outcome is None:
        return []
    tables = [_totals(report, outcome), _bridge(report, outcome), kinds_table(report, outcome)]
    tables.append(_beside(report, outcome))
    if outcome.balances:
        tables.append(_balances(report, outcome))
    return [*tables, _tasks(report, outcome)]


def reconciliation_charts(report: Report) -> list[Chart]:
    """The bridge from what was estimated to what was reported, one for each seller."""
    charts, start = [], 0
    for total in report.outcome.totals if report.outcome else ():
        if total.jobs:
            stop = start + len(list(_steps(report, total)))
            title = f"{report.words('chart.bridge')} · {_seller(total)}"
            places: frozenset[Place] = frozenset({"page"})
            made = Chart(title, "bridge", ("step",), "level", places, begin="begin", amount="amount")
            charts.append(replace(made, unit=total.currency or "", rows=(start, stop)))
            start = stop
    return charts


def charged_words(report: Report) -> str | None:
    """Whether charges were correct, in words; None without a reconciliation.

    >>> import kling_cost as kc
    >>> plan = kc.estimate([{"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}])
    >>> charged_words(Report(plan, outcome=kc.reconcile(plan, kc.read_responses([]))))
    'NOT AS DUE: 1 finding'
    """
    if report.outcome is None:
        return None
    errors = len(report.outcome.errors)
    if not errors:
        warnings = len(report.outcome.warnings)
        if warnings and not report.outcome.partial:
            return report.words("charged.explained", findings=report.words.count("finding", warnings))
        return report.words("charged.partly" if report.outcome.partial else "charged.right")
    return report.words("charged.wrong", findings=report.words.count("finding", errors))


def _totals(report: Report, outcome: Reconciliation) -> Table:
    words = report.words
    columns = [
        Column("provider", kind="id"),
        Column("currency", kind="id", prominent=False),
        Column("estimated", kind="amount", formula=f"SUMIFS({{reconciliation.estimated}},{_OF_PROVIDER})"),
        Column(
            "estimated_without_amount",
            kind="amount",
            formula=f"SUMIFS({{reconciliation.estimated}},{_OF_PROVIDER})"
            f'-SUMIFS({{reconciliation.estimated}},{_OF_PROVIDER},{{reconciliation.reported}},">=0")'
            f'-SUMIFS({{reconciliation.estimated}},{_OF_PROVIDER},{{reconciliation.reported}},"<0")',
        ),
        Column("variance", kind="amount", formula=f"SUMIFS({{reconciliation.variance}},{_OF_PROVIDER})"),
        Column("reported", kind="amount", formula=f"SUMIFS({{reconciliation.reported}},{_OF_PROVIDER})"),
        Column("orphans", kind="amount"),
    ]
    rows: list[Row] = [[_of(total, column.key) for column in columns] for total in outcome.totals]
    verdict = charged_words(report) or ""
    facts = [Fact(words("partial"), words("charged.unread"), is_alarm=True)] if outcome.partial else []
    title = words("table.actual_totals", verdict=verdict)
    notes = [words("note_identity"), *_sums_beside(report, outcome)]
    return Table("actual_totals", title, titled(words, columns), rows, notes=notes, facts=facts)


def _beside(report: Report, outcome: Reconciliation) -> Table:
    """What else is counted."""
    names = ("provider", "currency", "jobs", "without_amount", "refunded", "open", "rounding", "unexplained")
    columns = columns_of(report.words, ACTUAL_TOTAL, names, rounding="credits")
    rows: list[Row] = [[_of(total, name) for name in names] for total in outcome.totals]
    return Table("actual_beside", report.words("table.actual_beside"), columns, rows, places=AT_LENGTH)


def _of(record: ActualTotal | Balance, name: str) -> Cell:
    value: Cell = getattr(record, name)
    return held(value) if isinstance(value, Decimal) else value


def _sums_beside(report: Report, outcome: Reconciliation) -> list[str]:
    """What else is known of the totals, as sentences for narrow places; only what is not nothing."""
    words, told = report.words, []
    for total in outcome.totals:
        for name in ("refunded", "open", "rounding", "unexplained"):
            amount = getattr(total, name)
            if amount:
                told.append(words(f"sums.{name}", amount=words.plain(amount), currency=total.currency))
        if total.not_submitted:
            takes, amount = words.count("take", total.not_submitted), words.plain(total.estimated_not_submitted)
            told.append(words("sums.not_submitted", takes=takes, amount=amount, currency=total.currency))
    return told


def _bridge(report: Report, outcome: Reconciliation) -> Table:
    """From what was estimated to what was reported; the steps leave no remainder."""
    words = report.words
    columns = [
        Column("seller", title=words("column.provider"), kind="id"),
        Column("step", kind="id"),
        Column("amount", kind="amount"),
        Column("currency", kind="id"),
        Column("begin", kind="amount", helper=True),
        Column("level", kind="amount", helper=True),
        Column("provider", kind="id", helper=True),
    ]
    rows = [row for total in outcome.totals if total.jobs for row in _steps(report, total)]
    return Table("bridge", words("table.bridge"), titled(words, columns), rows, places=AT_LENGTH)


def _seller(total: ActualTotal) -> str:
    return f"{total.provider} · {total.currency}"


def _steps(report: Report, total: ActualTotal) -> Iterator[Row]:
    words, seller = report.words, _seller(total)
    level = Decimal(0)
    steps = (
        ("estimated", total.estimated, "estimated"),
        ("without_amount", -total.estimated_without_amount, ""),
        ("over", total.over, ""),
        ("under", total.under, ""),
        ("given_back", total.given_back, ""),
    )
    for name, amount, source in steps:
        if not amount and name != "estimated":
            continue
        begin, level = level, level + amount
        cell: Cell = (
            Formula(f"SUMIFS({{actual_totals.{source}}},{_OF_TOTAL})", held(amount)) if source else held(amount)
        )
        if name == "without_amount":
            cell = Formula(f"-SUMIFS({{actual_totals.estimated_without_amount}},{_OF_TOTAL})", held(amount))
        yield [seller, words(f"step.{name}"), cell, total.currency, held(begin), held(level), total.provider]
    end = Formula(f"SUMIFS({{actual_totals.reported}},{_OF_TOTAL})", held(total.reported))
    yield [seller, words("step.reported"), end, total.currency, Decimal(0), held(level), total.provider]


def _balances(report: Report, outcome: Reconciliation) -> Table:
    names = ("provider", "account_remaining", "account_used", "key_remaining", "key_used", "source", "row")
    columns = columns_of(report.words, BALANCE, names)
    rows: list[Row] = [[_of(balance, name) for name in names] for balance in outcome.balances]
    return Table("balances", report.words("table.balances"), columns, rows, places=AT_LENGTH)


def _tasks(report: Report, outcome: Reconciliation) -> Table:
    words = report.words
    states = {words(f"state.{state}"): tone for state, tone in _STATES.items()}
    columns = [
        Column("job_id", kind="id"),
        Column("task_id", kind="id"),
        Column("state", title=words("column.status"), kind="status", tones=states, prominent=False),
        Column("estimated", kind="amount"),
        Column("reported", kind="amount"),
        Column("variance", kind="amount", formula='IF({reported}="","",{reported}-{estimated})'),
        Column("findings", kind="text"),
        Column("reserved", kind="amount", prominent=False),
        Column("settled", kind="amount", prominent=False),
        Column("refunded", kind="amount", prominent=False),
        Column("provider", kind="id", prominent=False),
        Column("currency", kind="id", prominent=False),
        Column("matched_by", kind="id", prominent=False),
        Column("extra", kind="text", prominent=False),
    ]

    def row(task: Task) -> list[Cell]:
        return [
            task.job_id,
            task.task_id,
            words(f"state.{task.state}"),
            held(task.estimated),
            held(task.reported),
            held(task.variance),
            words.listed(words(f"kind.{kind}") for kind in task.findings) or None,
            held(task.reserved),
            held(task.settled),
            held(task.refunded),
            task.provider,
            task.currency,
            words(f"matched.{task.matched_by}") if task.matched_by else None,
            _extra(task) or None,
        ]

    totals = _sum_row(report, outcome, columns)
    title, empty = words("part.reconciliation"), words("empty.tasks")
    rows = Rows(outcome.tasks, row)
    return Table("reconciliation", title, titled(words, columns), rows, totals, empty=empty, uniform=True)


def _sum_row(report: Report, outcome: Reconciliation, columns: Sequence[Column]) -> Row | None:
    """Sums of the amounts; credits of two sellers are not added up."""
    if len(outcome.totals) != 1:
        return None
    total = outcome.totals[0]
    sums = {name: held(getattr(total, name)) for name in ("estimated", "reported", "variance")}
    row: list[Cell] = [None] * len(columns)
    row[0] = report.words("total")
    for at, column in enumerate(columns):
        if column.key in sums:
            row[at] = Formula(f"SUM({{reconciliation.{column.key}}})", sums[column.key])
    return row


def _extra(task: Task) -> str:
    return shown("; ".join(f"{key}={shown(value)}" for key, value in task.extra.items()), _EXTRA_SHOWN)
