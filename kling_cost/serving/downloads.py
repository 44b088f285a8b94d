"""What somebody can take away: the workbook, the page, the sheet with its changes, and the file of its columns."""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from kling_cost.io.csv_injection import escape_formula
from kling_cost.io.sources import Source
from kling_cost.jobs.foreign.columns_file import columns_text, file_beside
from kling_cost.jobs.foreign.foreign_sheets import ForeignSheets
from kling_cost.jobs.job import Job, Unreadable
from kling_cost.jobs.read_jobs import stream_jobs
from kling_cost.planning.fit.applying.apply_plan import applied
from kling_cost.planning.fit.plan import Plan
from kling_cost.planning.verdict import check
from kling_cost.pricebook.book import options_named_by
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import pricer
from kling_cost.problems import KlingCostError, ReadError
from kling_cost.reporting.report import Report
from kling_cost.reporting.write_report import report_bytes
from kling_cost.reporting.writers.csv_text import csv_bytes
from kling_cost.serving.priced_sheet import PricedSheet
from kling_cost.serving.uploads import Upload

#: What can be downloaded, as addresses call it.
KINDS = ("workbook", "page", "sheet", "columns", "beside")


class Download(NamedTuple):
    """A file to take away: its name and its content."""

    name: str
    data: bytes


def download(kind: str, upload: Upload, priced: PricedSheet, locale: str) -> Download | None:
    """A file; None where there is none of that kind.

    Args:
        kind: of `KINDS`.
        upload: the sheet.
        priced: what it comes to.
        locale: the language of reports.

    Raises:
        KlingCostError: it cannot be made.
    """
    stem = upload.path.stem
    if kind in ("columns", "beside"):
        return _columns(changed_name(upload) if kind == "beside" else upload.path.name, priced)
    estimate = priced.now
    if estimate is None:
        return None
    if kind == "sheet":
        return _sheet(upload, priced)
    suffix = ".xlsx" if kind == "workbook" else ".html"
    report = Report(estimate, priced.verdict, locale)
    return Download(f"{stem}-budget{suffix}", report_bytes(suffix, report))


def _columns(name: str, priced: PricedSheet) -> Download | None:
    foreign = priced.sheet.foreign
    if foreign is None:
        return None
    return Download(file_beside(name).name, columns_text(foreign.mapping, name).encode("utf-8"))


def changed_name(upload: Upload) -> str:
    """What a sheet is called that is handed out in its own form."""
    return f"{upload.path.stem}-changed{upload.path.suffix}"


class ChangedSheet(NamedTuple):
    """What is handed out of a sheet with its changes.

    Attributes:
        data: in its own form, read back and priced as the page says; None where it cannot be.
        why: why it cannot be.
        is_listed: whether the changed jobs can be handed out as a list in its place: not with a job left out, for it
            would look like the whole plan.
    """

    data: bytes | None
    why: KlingCostError | None = None
    is_listed: bool = False


def changed_sheet(upload: Upload, priced: PricedSheet) -> ChangedSheet:
    """A sheet with its changes, or why it cannot be had in its own form.

    Args:
        upload: the sheet.
        priced: what it comes to; with a price.
    """
    assert priced.shots is not None
    try:
        return ChangedSheet(_in_its_form(upload, priced))
    except KlingCostError as error:
        return ChangedSheet(None, error, not priced.shots.estimate.left_out)


def _sheet(upload: Upload, priced: PricedSheet) -> Download | None:
    """The sheet with its changes: in its own form, else as a list of jobs; each prices as the page says."""
    assert priced.shots is not None
    found = changed_sheet(upload, priced)
    if found.data is not None:
        return Download(changed_name(upload), found.data)
    if not found.is_listed:
        return None
    return Download(f"{upload.path.stem}-jobs.csv", job_list(priced.shots.estimate, priced.sheet.source))


def _in_its_form(upload: Upload, priced: PricedSheet) -> bytes:
    assert priced.shots is not None
    estimate, source = priced.shots.estimate, priced.sheet.source
    told = check(estimate, no_budget=True)
    plan = Plan("changed", 0, 0, "none", [], [], priced.shots.jobs, [], [], [], estimate, told.problems, told)
    beside = _columns(upload.path.name, priced)
    if beside is None:
        return applied(plan, source, None, upload.wishes.sheet or None).data
    with TemporaryDirectory(dir=upload.path.parent) as folder:  # read back with the file that is handed out beside it
        file = Path(folder) / beside.name
        file.write_bytes(beside.data)
        return applied(plan, source, None, upload.wishes.sheet or None, lambda: ForeignSheets(columns=str(file))).data


def job_list(estimate: Estimate, source: Source) -> bytes:
    """The jobs as a sheet of ours, as CSV; it is read back and priced before anybody gets it.

    Args:
        estimate: what the jobs cost.
        source: the sheet that they came from.

    Raises:
        ReadError: what is written would not price the same.
    """
    items = estimate.line_items
    options = list(dict.fromkeys(name for item in items for name, _ in item.job.ask.options))
    tags = list(dict.fromkeys(tag for item in items for tag in item.job.tags))
    fixed = ["job_id", "provider", "model", "duration", *options, "takes", "date", "prompt"]
    data = csv_bytes([*fixed, *(f"tag:{tag}" for tag in tags)], (_row(item.job, options, tags) for item in items))
    _hold(estimate, source, data)
    return data


def _row(job: Job, options: list[str], tags: list[str]) -> list[str | int | None]:
    ask = job.ask
    values = [_text(ask.option(name)) for name in options]
    day = None if job.date is None else job.date.isoformat()
    before = [job.job_id, ask.provider, ask.model, _text(ask.duration)]
    return [*before, *values, job.takes, day, job.prompt, *(job.tags.get(tag) for tag in tags)]


def _text(value: str | int | Unreadable | None) -> str | None:
    return None if value is None or isinstance(value, Unreadable) else str(value)


def _hold(estimate: Estimate, source: Source, data: bytes) -> None:
    """Refuse a list of jobs that would not price as they do."""
    again = Source(source.name, None, io.BytesIO(data))
    try:
        jobs = stream_jobs([again], "csv", None, options_named_by(estimate.book)).collect()
    except ReadError as error:
        raise source.error("unwritable.differs", why=error.problem.message) from None
    prices = pricer(estimate.book, estimate.as_of)
    found = [prices.item_of(job)[0] for job in jobs]
    read = [(one and one.job.job_id, _figures(one)) for one in found]
    if read != [(escape_formula(one.job.job_id), _figures(one)) for one in estimate.line_items]:
        raise source.error("unwritable.differs", why="a job would have another price")


def _figures(item: LineItem | None) -> tuple[object, ...]:
    """What must be the same of a job and what was written of it."""
    if item is None:
        return ()
    charge = item.charge
    return (charge.model, charge.provider, charge.cost, charge.currency, item.takes, item.job.date)
