"""The parts of a report, one module each: results in, format-independent tables out. List a new part here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from kling_cost.problems import UsageError
from kling_cost.reporting.document import Chart, Document, Lead, Letter, Part
from kling_cost.reporting.parts.breakdowns import breakdown_charts, breakdown_tables
from kling_cost.reporting.parts.changes.plan_changes import change_charts, change_tables
from kling_cost.reporting.parts.charged.charged_summary import charged_leads
from kling_cost.reporting.parts.charged.findings import claim_letters, finding_tables
from kling_cost.reporting.parts.charged.task_list import charged_words, reconciliation_charts, reconciliation_tables
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.parts.compare.compare_part import compare_charts, compare_part
from kling_cost.reporting.parts.control_totals import check_tables
from kling_cost.reporting.parts.cover import stamp, summary_charts, summary_tables, unpriced_notice
from kling_cost.reporting.parts.drivers import driver_facts
from kling_cost.reporting.parts.fit.fit_part import fit_part
from kling_cost.reporting.parts.fit.suggestion_table import suggestion_tables
from kling_cost.reporting.parts.key_figures import faults, gauges, headlines, is_refused, verdict_tone, verdict_words
from kling_cost.reporting.parts.line_item_rows import line_item_tables
from kling_cost.reporting.parts.prices.assumptions import assumption_tables
from kling_cost.reporting.parts.prices.price_book import price_book_tables
from kling_cost.reporting.parts.prices.what_if import what_if
from kling_cost.reporting.parts.problem_list import problem_tables
from kling_cost.reporting.parts.read_back.plan_table import plan_part
from kling_cost.reporting.parts.risk.risk_part import risk_charts, risk_leads, risk_part
from kling_cost.reporting.parts.rules.month_tables import month_tables
from kling_cost.reporting.parts.rules.policy_table import policy_tables
from kling_cost.reporting.parts.rules.scope_tables import scope_tables
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import EVERYWHERE, WORKBOOK, Cell, Column, Link, Row, Table

_AFTER_CONTENTS = "drivers"  # the table of the summary that follows the list of contents
_MOST_INPUTS = 6  # of a sheet, that are named there


class PartMaker(Protocol):
    """What makes a part of a report."""

    @property
    def key(self) -> str:
        """Its name; its heading is the word `part.KEY`."""

    @property
    def of_items(self) -> bool:
        """Whether it needs every line item."""

    def tables(self, report: Report, /) -> Sequence[Table]:
        """Its tables, without any format; none where there is nothing to say."""

    def charts(self, report: Report, /) -> Sequence[Chart]:
        """What is drawn beside the tables."""

    def letters(self, report: Report, /) -> Sequence[Letter]:
        """Texts that are meant to be sent."""


class Maker(NamedTuple):
    """A part made by functions.

    Attributes:
        key: its name; its heading is the word `part.KEY`.
        tables: from a report to its tables.
        charts: from a report to what is drawn beside them.
        letters: from a report to texts that are meant to be sent.
        of_items: it needs every line item.
    """

    key: str
    tables: Callable[[Report], Sequence[Table]]
    charts: Callable[[Report], Sequence[Chart]] = lambda report: ()
    letters: Callable[[Report], Sequence[Letter]] = lambda report: ()
    of_items: bool = False


#: The parts in the order of a report.
PARTS: tuple[PartMaker, ...] = (
    Maker("summary", summary_tables, summary_charts),
    Maker("scopes", lambda report: [*scope_tables(report), *month_tables(report)]),
    Maker("policies", policy_tables),
    Maker("reconciliation", reconciliation_tables, reconciliation_charts),
    Maker("findings", finding_tables, letters=claim_letters),
    Maker("changes", change_tables, change_charts),
    Maker("risk", risk_part, risk_charts),
    Maker("fit", fit_part),
    Maker("compare", compare_part, compare_charts),
    Maker("breakdowns", breakdown_tables, breakdown_charts),
    Maker("line_items", line_item_tables, of_items=True),
    Maker("problems", problem_tables),
    Maker("assumptions", assumption_tables, of_items=True),
    Maker("price_book", price_book_tables, of_items=True),
    Maker("checks", check_tables, of_items=True),
)


def document_of(report: Report) -> Document:
    """The whole report, for a writer.

    Raises:
        UsageError: a part is wanted that there is not.

    >>> import kling_cost as kc
    >>> document = document_of(Report(kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])))
    >>> [part.title for part in document.parts]
    ['Summary', 'By tag', 'Line items', 'Problems', 'Assumptions', 'Price book', 'Checks', 'kling_cost']
    """
    report = report.closed
    return Document(
        report.title,
        report.words,
        report.style,
        " · ".join(text for text in (verdict_words(report), charged_words(report)) if text) or None,
        verdict_tone(report),
        headlines(report),
        gauges(report),
        stamp(report),
        _parts(report),
        what_if(report) if report.outcome is None and report.has_items else None,  # charged is no plan
        unpriced_notice(report),
        report.words("not_to_submit") if is_refused(report) else "",
        _leads(report),
        faults(report),
        report.estimate.as_of or report.estimate.price_book.oldest_checked,
    )


def _leads(report: Report) -> list[Lead]:
    """What a plan may really cost, and what costs most; of what was charged, what differs most and what to claim."""
    if report.outcome is not None:
        return charged_leads(report)
    facts = driver_facts(report)
    drivers = [Lead(report.words("lead.driver"), facts)] if facts else []
    return [*risk_leads(report), *drivers]


def estimate_tables(report: Report) -> list[Table]:
    """What a terminal shows of an estimate: line items, totals, breakdowns, problems."""
    report = report.closed
    items = line_item_tables(report) if report.has_items else []
    tables = [*items, *breakdown_tables(report), *summary_tables(report)]
    return [table for table in [*tables, *_problems(report)] if "text" in table.places and table.key != "drivers"]


def verdict_tables(report: Report) -> list[Table]:
    """What a terminal shows of a verdict: the limits, the totals and the problems."""
    report = report.closed
    summary = {table.key: table for table in summary_tables(report)}
    limits, totals, bought = ([summary[key]] if key in summary else [] for key in ("limits", "totals", "purchases"))
    changes = [table for table in change_tables(report) if "text" in table.places]
    over = [*limits, *scope_tables(report), *suggestion_tables(report)]
    return [*over, *policy_tables(report), *totals, *bought, *changes, *_problems(report)]


def compared_tables(report: Report) -> list[Table]:
    """What a terminal shows of a change: totals, steps, jobs, tags and problems."""
    return [table for table in [*change_tables(report), *_problems(report)] if "text" in table.places]


def outcome_tables(report: Report) -> list[Table]:
    """What a terminal shows of a reconciliation: verdict and totals, findings by kind, findings, tasks, problems."""
    report = report.closed
    tables = [*reconciliation_tables(report), *finding_tables(report)]
    by_key = {table.key: table for table in tables if "text" in table.places}
    return [*(by_key[key] for key in ("actual_totals", "kinds", "findings", "reconciliation")), *_problems(report)]


def _problems(report: Report) -> list[Table]:
    return [table for table in problem_tables(report) if table.rows]


#: What a part is made from, where that is no reconciliation.
_NEEDED = {
    "scopes": "rules with budgets",
    "policies": "rules with policies",
    "risk": "a check with a confidence",
    "changes": "another plan to compare with",
    "fit": "a plan that was fitted into its limits",
    "compare": "a comparison of providers",
}


def _parts(report: Report) -> list[Part]:
    """The parts that there is something for."""
    parts = [_part(report, maker) for maker in _wanted(report)]
    empty = [part.key for part in parts if not part.tables]
    if empty and report.only:
        needs = _NEEDED.get(empty[0], "answers (a reconciliation)")
        raise UsageError(f"the part {empty[0]} would be empty: it needs {needs}")
    parts = [part for part in parts if part.tables]
    plan = None if report.only else plan_part(report, parts)
    return with_contents(report, parts if plan is None else [*parts, plan])


def _part(report: Report, maker: PartMaker) -> Part:
    """A part; one that is asked for by name is written everywhere, at length."""
    tables = maker.tables(report)
    if report.only:
        tables = [replace(t, places=EVERYWHERE) if "page" in t.places else t for t in tables]
    return Part(maker.key, report.words(f"part.{maker.key}"), tables, maker.charts(report), maker.letters(report))


def _wanted(report: Report) -> list[PartMaker]:
    makers = [maker for maker in PARTS if report.has_items or not maker.of_items]
    known = [maker.key for maker in makers]
    for key in report.only:
        if key not in known:
            raise UsageError(f"unknown part {key!r}; the parts are: {', '.join(known)}")
    return [maker for maker in makers if not report.only or maker.key in report.only]


def with_contents(report: Report, parts: Sequence[Part]) -> list[Part]:
    """The parts, the first with links to the sheets of the others."""
    first, others = parts[0], [part for part in parts[1:] if part.tables_on("workbook")]
    at = next((at for at, table in enumerate(first.tables) if table.key == _AFTER_CONTENTS), None)
    if at is None or not others:
        return list(parts)
    tables = [*first.tables[:at], _contents(report, others), *first.tables[at:]]
    return [replace(first, tables=tables), *parts[1:]]


def _contents(report: Report, parts: Sequence[Part]) -> Table:
    words = report.words
    columns = [Column("where", kind="id"), Column("holds", kind="id", runs_over=True)]
    rows: list[Row] = [list(_contents_row(report, part)) for part in parts]
    return Table("contents", words("table.contents"), titled(words, columns), rows, places=WORKBOOK)


def _contents_row(report: Report, part: Part) -> Iterator[Cell]:
    yield Link(part.title, part.key)
    words, holds = report.words, report.words(f"holds.{part.key}")
    tables = part.tables_on("workbook")
    inputs = dict.fromkeys(column.title for table in tables for column in table.columns if column.is_input)
    names = words.listed([*list(inputs)[:_MOST_INPUTS], *(["…"] if len(inputs) > _MOST_INPUTS else [])])
    yield words("holds_inputs", holds=holds, names=names) if inputs else holds
