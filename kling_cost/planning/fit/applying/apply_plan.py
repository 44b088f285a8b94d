"""`apply`: write the jobs of a plan in the form and order in which they came; what is written prices as the plan."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from tempfile import TemporaryDirectory

from kling_cost.amounts import many
from kling_cost.io.sources import MEBIBYTE, Source, name_sources
from kling_cost.io.writing import same_file, write_bytes
from kling_cost.jobs.foreign.columns_file import columns_text, file_beside
from kling_cost.jobs.foreign.foreign_sheets import ForeignSheets, ReadSheet
from kling_cost.jobs.input_formats import form_of
from kling_cost.jobs.job import Job, Jobs
from kling_cost.jobs.read_jobs import stream_jobs
from kling_cost.jobs.writing.job_changes import JobChange, NewFile
from kling_cost.jobs.writing.write_jobs import with_changed_jobs
from kling_cost.planning.fit.plan import Plan, PlannedJob
from kling_cost.pricebook.book import options_named_by
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import Pricer, pricer
from kling_cost.problems import ReadError, UsageError, shown
from kling_cost.python_values import instance, text
from kling_cost.python_values import path as checked_path

MAX_FILE = 512 * MEBIBYTE
_Pair = tuple[Job, PlannedJob | None]  # a job of the file, and what is planned of it


def apply(
    plan: Plan,
    jobs: str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    input_format: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    model: str | None = None,
    defaults: Mapping[str, str] | None = None,
) -> None:
    """Write the jobs of a plan as they are planned now, in the form and order of the file that they came from.

    Only values that changed differ, and the rows of jobs that are left out are taken out. What is written is read and
    priced before: each job costs what the plan says, or nothing is written.

    Args:
        plan: from `fit`, of the jobs of one file.
        jobs: that file.
        path: the new file, with the ending of the other; one that exists is not replaced.
        input_format, encoding, sheet, model, defaults: as of `read_jobs`, with which the jobs were read.

    Raises:
        ReadError: the file cannot be read, or is no longer that of the plan, or a value cannot be written back.
        UsageError: there is no plan, the jobs are not those of one file, or the new file is there or ends otherwise.
        WriteError: it cannot be written.

    >>> import os, tempfile
    >>> import kling_cost as kc
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     shots, cheaper = os.path.join(folder, "shots.csv"), os.path.join(folder, "cheaper.csv")
    ...     with open(shots, "w") as file:
    ...         _ = file.write("model,duration,sound\\nkling-v3-text-to-video,5,on\\n")
    ...     plan = kc.fit(kc.estimate(kc.read_jobs(shots)), "30 EVOLINK_CREDIT", may="sound")
    ...     kc.apply(plan, shots, cheaper)
    ...     with open(cheaper) as file:
    ...         print(file.read(), end="")
    model,duration,sound
    kling-v3-text-to-video,5,off
    """
    plan = instance(plan, Plan, "plan", "a plan from fit()")
    source = name_sources([checked_path(jobs, "jobs")], text(encoding, "encoding"))[0]
    hold_target(source, checked_path(path, "path"))
    model = text(model, "model")
    form, named = text(input_format, "input_format"), text(sheet, "sheet")
    found = applied(plan, source, form, named, lambda: ForeignSheets(model, defaults))
    write_new(source, path, found)


def hold_target(source: Source, path: str | os.PathLike[str]) -> None:
    """Refuse a new file that is there already, or whose name says another form than the old one's.

    Raises:
        UsageError: it is one of these.
    """
    target = name_sources([path])[0]
    if os.path.lexists(path) or same_file(path, source.path or ""):
        raise UsageError(f"{target.place} exists; jobs are never overwritten, so write to another file")
    if target.suffix != source.suffix:
        raise UsageError(
            f"{target.place}: the jobs are written in the form that they came in; give it the ending {source.suffix}"
        )


def write_new(source: Source, path: str | os.PathLike[str], found: NewFile) -> None:
    """Write the new file, unless one came there in the meantime, and what its columns mean where they are none of ours.

    Raises:
        UsageError, WriteError: as of `apply`.
    """
    hold_target(source, path)
    if found.mapping is not None:
        beside = file_beside(path)
        if os.path.lexists(beside):
            raise UsageError(f"{beside} exists, and may not be true of the new file; write to another one")
        write_bytes(beside, columns_text(found.mapping, os.path.basename(path)).encode("utf-8"))
    write_bytes(path, found.data)


def applied(
    plan: Plan,
    source: Source,
    input_format: str | None = None,
    sheet: str | None = None,
    foreign: Callable[[], ForeignSheets] = ForeignSheets,
) -> NewFile:
    """The content of the new file, and what is different in it.

    Args:
        plan: what is planned.
        source: the file of its jobs.
        input_format, sheet: as of `read_jobs`.
        foreign: what reads a sheet that was not made for us, made anew for it.

    Raises:
        ReadError, UsageError: as of `apply`.
        SheetQuestionsError: it has to be said first what a sheet means.
    """
    if not plan.is_found or plan.estimate.book is None:
        raise UsageError("no plan fits, so there are no jobs to write")
    if not source.is_file:
        raise UsageError(f"{source.place}: jobs are written back into the form of a file; pass a file")
    form, data = form_of(source, input_format), source.read(MAX_FILE)
    reader = _Reader(source, form, sheet, options_named_by(plan.estimate.book), foreign)
    jobs = reader.jobs()
    planned = _planned(plan, source, jobs)
    pairs = [(job, planned.get(job.row)) for job in jobs]
    found = _written(reader, data, _changes(pairs))
    _hold(reader, pairs, found.data, pricer(plan.estimate.book, plan.as_of))
    return found


def _changes(pairs: Sequence[_Pair]) -> dict[int, JobChange]:
    """The jobs that change, by row."""
    wanted = [(job, None if to.dropped else to.item.job) for job, to in pairs if to is not None]
    return {
        job.row or 0: JobChange(job, after)
        for job, after in wanted
        if after is None or (job.ask, job.takes) != (after.ask, after.takes)
    }


class _Reader:
    """Reads versions of one file, all under its name; `foreign` says how it is read where it is none of ours.

    A new version of such a file is read with what its columns were taken for, which is written beside it.
    """

    def __init__(
        self,
        source: Source,
        form: str,
        sheet: str | None,
        options: tuple[str, ...],
        sheets: Callable[[], ForeignSheets],
    ) -> None:
        self.source, self.form, self.sheet, self.options = source, form, sheet, options
        self._sheets = sheets
        self.foreign: ReadSheet | None = None

    def jobs(self) -> Jobs:
        """The jobs of the file as it is."""
        sheets = self._sheets()
        found = self._jobs(self.source, sheets)
        self.foreign = sheets.found(self.source)
        return found

    def new_jobs(self, data: bytes) -> Jobs:
        """The jobs of a new version."""
        source = self.source._replace(stream=io.BytesIO(data))
        if self.foreign is None:
            return self._jobs(source, self._sheets())
        with TemporaryDirectory() as folder:
            beside = file_beside(os.path.join(folder, self.source.name))
            write_bytes(beside, columns_text(self.foreign.mapping, self.source.name).encode("utf-8"))
            return self._jobs(source, ForeignSheets(columns=str(beside)))

    def _jobs(self, source: Source, sheets: ForeignSheets) -> Jobs:
        return stream_jobs([source], self.form, self.sheet, self.options, sheets).collect()


def _written(reader: _Reader, data: bytes, changes: Mapping[int, JobChange]) -> NewFile:
    """The file with its changes, in our columns or in those of a sheet that was not made for us."""
    if reader.foreign is None:
        return with_changed_jobs(reader.source, reader.form, data, changes, reader.options, reader.sheet)
    from kling_cost.jobs.writing.foreign_cells import changed_foreign  # what reads workbooks is loaded for these alone

    found = changed_foreign(reader.source, reader.form, data, changes, reader.foreign)
    return found._replace(mapping=reader.foreign.mapping)


def _planned(plan: Plan, source: Source, jobs: Jobs) -> dict[int | None, PlannedJob]:
    """The planned jobs by row.

    Raises:
        UsageError: they are not those of the file.
    """
    sources = {job.item.source for job in plan.jobs}
    if sources - {source.name}:
        others = ", ".join(shown(name or "") for name in sorted(sources - {source.name}, key=str))
        raise UsageError(f"jobs are written back into one file, and the plan also has those of {others}")
    planned = {job.item.row: job for job in plan.jobs}
    in_file = {job.row: job.job_id for job in jobs}
    same = all(in_file.get(row) == job.item.job_id for row, job in planned.items())
    if not same or len(jobs) - len(planned) != plan.estimate.left_out:
        raise source.error("unwritable.other_jobs")
    return planned


def _hold(reader: _Reader, pairs: Sequence[_Pair], data: bytes, prices: Pricer) -> None:
    """Refuse a new file that says anything else than the plan: every job is read and priced as it will be.

    Raises:
        ReadError: one of them differs.
    """
    wanted = [(job, to) for job, to in pairs if to is None or not to.dropped]
    try:
        new = reader.new_jobs(data) if wanted or data else Jobs()
    except ReadError as error:
        raise reader.source.error("unwritable.differs", why=error.problem.message) from None
    if len(new) != len(wanted):
        raise reader.source.error("unwritable.differs", why=f"it has {many(len(new), 'job')}, not {len(wanted):,}")
    for (before, to), after in zip(wanted, new, strict=True):
        why = _other(before, after) if to is None else _difference(before, to.item, after, prices)
        if why is not None:
            raise reader.source.error("unwritable.differs", before.row, why=why)


def _other(before: Job, after: Job) -> str | None:
    """Why a job that is in no plan is not as it was; None where it is."""
    same = [(job.ask, job.takes, job.readable, _about(job)) for job in (before, after)]
    return None if same[0] == same[1] else "a job that was left out reads otherwise"


def _difference(before: Job, planned: LineItem, after: Job, prices: Pricer) -> str | None:
    """What a job of the new file has that the plan has not; None where they are the same."""
    found, problems = prices.item_of(after, False)
    if found is None:
        fault = next((one for one in problems if one.severity == "error"), None)
        return "the job has no price" if fault is None else f"{fault.field}: {fault.message}"
    names = [name for name, one, other in _compared(before, planned, found) if one != other]
    return f"other {', '.join(names)}" if names else None


def _compared(before: Job, planned: LineItem, found: LineItem) -> Iterator[tuple[str, object, object]]:
    """What must be the same of a planned job and that of the new file."""
    charge, other = planned.charge, found.charge
    yield "cost", (charge.cost, charge.currency), (other.cost, other.currency)
    yield "model", (charge.provider, charge.model), (other.provider, other.model)
    yield "options", charge.options, other.options
    yield "takes", planned.takes, found.takes
    now = _about(found.job)
    yield from ((name, one, now[name]) for name, one in _about(before).items())


def _about(job: Job) -> dict[str, object]:
    """What changes of no job, wherever it stands; an id that tells its place is left out."""
    given = None if job.job_id == f"{job.source}:{job.row}" else job.job_id
    return {"id": given, "date": job.date, "tags": job.tags, "prompt": job.prompt, "tasks": job.task_ids}
