"""A workbook that a report wrote, read back as jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kling_cost.io.sheets.xlsx.workbook_parts import Book
from kling_cost.io.sources import Source
from kling_cost.io.strict_json import parse_json
from kling_cost.io.strict_yaml import Mapping, YamlError, compose
from kling_cost.jobs.job import Campaign, Job
from kling_cost.jobs.report_workbook.edited_inputs import EditedInputs
from kling_cost.jobs.report_workbook.edited_lines import EditedLines
from kling_cost.jobs.report_workbook.line_request import problem_of_record
from kling_cost.jobs.report_workbook.plan_sheet import LINES, PLAN_SCHEMA, PLAN_SHEET, PlanSheet, plan_sheet
from kling_cost.jobs.report_workbook.report_tables import ReportSheets, ReportTable
from kling_cost.problems import Listed, Problem, problem

if TYPE_CHECKING:
    from kling_cost.jobs.read_jobs import JobStream


def is_report_workbook(source: Source, data: bytes) -> bool:
    """Whether a report wrote a workbook.

    Raises:
        ReadError: it is no workbook, or damaged.
    """
    return any(sheet.title == PLAN_SHEET for sheet in Book(source, data).sheets)


def report_workbook_jobs(source: Source, data: bytes, sheet: str | None, stream: JobStream) -> Iterator[Job]:
    """The jobs of a workbook that a report wrote; what is said of it as a whole goes to the stream.

    Args:
        source: the workbook.
        data: its content.
        sheet: which sheet is asked for; only that of the line items can be.
        stream: takes its campaign, its problems and its name.

    Raises:
        ReadError: it cannot be read back, or a heading is missing.
    """
    book = Book(source, data)
    sheets = ReportSheets(source, book)
    plan = plan_sheet(sheets.texts(next(one for one in book.sheets if one.title == PLAN_SHEET)))
    tables = _tables(source, sheets, plan, sheet)
    inputs = EditedInputs(source, plan, sheets)
    limits = inputs.limits()
    inputs.rest()
    rates = tuple(inputs.rates.items())
    stream.campaigns.append(Campaign(plan.campaign or None, source.name, limits, _rules(source, plan), rates))
    stream.file_problems += [*_told_before(plan), *inputs.problems]
    written = 0
    for table in tables:
        lines = EditedLines(source.name, table, plan.columns[LINES], stream.options)
        yield from lines.jobs()
        stream.file_problems += [*lines.problems, *_remarks(source, table)]
        written += lines.written
    for job_id in plan.left_out:
        told = problem("unreadable.report_left_out").at(job_id, source.name, None)
        yield Job(job_id, source.name, problems=(told,), readable=False)
    if written < plan.jobs:
        told = problem("has_no_effect.removed_lines", "", count=plan.jobs - written, all=plan.jobs)
        stream.file_problems.append(told.at(None, source.name, None))


def _tables(source: Source, sheets: ReportSheets, plan: PlanSheet, sheet: str | None) -> list[ReportTable]:
    """The tables of line items.

    Raises:
        ReadError: there are none, or the workbook cannot be read back.
    """
    if plan.schema != PLAN_SCHEMA:
        raise source.error("unreadable.stored_version", None, "", version=plan.schema)
    if plan.refused or LINES not in plan.columns:
        raise source.error("unreadable.report_files" if plan.refused else "unreadable.report_workbook")
    tables = sheets.tables(plan.columns[LINES])
    if sheet is not None and sheet not in [table.sheet for table in tables]:
        raise source.error("unreadable.no_sheet", sheet=sheet, sheets=Listed([table.sheet for table in tables]))
    if not tables:
        raise source.error("unreadable.report_workbook")
    return tables


def _rules(source: Source, plan: PlanSheet) -> Mapping | None:
    """The campaign's rules, as they were."""
    if not plan.rules:
        return None
    try:
        root, faults = compose(plan.rules, source.name)
    except YamlError as error:
        root, faults = None, error.faults
    if faults or not isinstance(root, Mapping):
        raise source.error("unreadable.report_workbook")
    return root


def _told_before(plan: PlanSheet) -> Iterator[Problem]:
    """What was said of the files from which the report was made."""
    for text in plan.problems:
        record, source, row = parse_json(text.encode())
        yield problem_of_record(record).at(None, source, row)
    if plan.has_other_rules:
        yield problem("has_no_effect.report_rules")


def _remarks(source: Source, table: ReportTable) -> Iterator[Problem]:
    """What is said of hidden rows, and of columns that people put in."""
    numbers = {row.number for row in table.rows if row.cells}
    hidden = [number for number in table.hidden if number in numbers]
    if hidden:
        told = problem("has_no_effect.hidden_rows", "", count=len(hidden), first=hidden[0])
        yield told.at(None, source.name, hidden[0])
    for name in dict.fromkeys(name for row in table.rows for name in row.beside):
        yield problem("unknown_field.column", name).at(None, source.name, table.header)
