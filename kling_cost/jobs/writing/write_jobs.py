"""The content of a file with changed jobs, in the form in which they were read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from kling_cost.io.sources import Source
from kling_cost.jobs.writing.campaign_jobs import changed_campaign
from kling_cost.jobs.writing.csv_jobs import changed_sheet
from kling_cost.jobs.writing.job_changes import Changes, NewFile
from kling_cost.jobs.writing.json_jobs import changed_document, changed_lines

_Writer = Callable[[Source, bytes, Changes, Sequence[str], str | None], NewFile]


def with_changed_jobs(
    source: Source, form: str, data: bytes, changes: Changes, options: Sequence[str] = (), sheet: str | None = None
) -> NewFile:
    """A file whose jobs change; whatever else it holds stays as it is.

    Args:
        source: the file.
        form: of `input_formats.FORMS`.
        data: its bytes.
        changes: by row.
        options: options that the price book names itself.
        sheet: which sheet of a workbook.

    Raises:
        ReadError: a value cannot be written back.

    >>> from kling_cost.jobs.job import Job
    >>> from kling_cost.jobs.writing.job_changes import JobChange
    >>> source, line = Source("jobs.jsonl", None), b'{"takes": 3, "request": {"model": "m"}}\\n'
    >>> job = Job("a", "jobs.jsonl", 1, takes=3)
    >>> with_changed_jobs(source, "jsonl", line, {1: JobChange(job, job._replace(takes=2))}).data
    b'{"takes": 2, "request": {"model": "m"}}\\n'
    """
    if not changes:
        return NewFile(data, [])
    return _WRITERS[form](source, data, changes, options, sheet)


def _text(write: Callable[[Source, bytes, Changes, Sequence[str]], NewFile]) -> _Writer:
    """A writer of a form that has no sheets to choose from."""
    return lambda source, data, changes, options, sheet: write(source, data, changes, options)


def _write_xlsx(source: Source, data: bytes, changes: Changes, options: Sequence[str], sheet: str | None) -> NewFile:
    from kling_cost.jobs.writing.workbook_jobs import changed_workbook

    return changed_workbook(source, data, changes, options, sheet)


def _write_parquet(source: Source, data: bytes, changes: Changes, options: Sequence[str], sheet: str | None) -> NewFile:
    from kling_cost.jobs.writing.parquet_jobs import changed_table

    return changed_table(source, data, changes, options)


_WRITERS: dict[str, _Writer] = {
    "json": _text(changed_document),
    "jsonl": _text(changed_lines),
    "yaml": _text(changed_campaign),
    "csv": _text(changed_sheet),
    "tsv": _text(partial(changed_sheet, separator="\t")),
    "xlsx": _write_xlsx,
    "parquet": _write_parquet,
}
