"""Files, streams, bodies and frames of any form become jobs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, TypeVar

from kling_cost.io.json_files import json_document, json_problem
from kling_cost.io.not_json import is_curl
from kling_cost.io.sources import MEBIBYTE, Source, name_sources
from kling_cost.io.strict_json import JsonError, parse_json
from kling_cost.jobs.bodies import job_from_call, unreadable_job
from kling_cost.jobs.columns import JOB_SHEET, Columns
from kling_cost.jobs.curl_calls import curl_calls
from kling_cost.jobs.envelope import job_from_item
from kling_cost.jobs.foreign.default_cells import DefaultCells
from kling_cost.jobs.foreign.foreign_jobs import foreign_jobs, sheet_names
from kling_cost.jobs.foreign.foreign_sheets import FORMS as SHEET_FORMS
from kling_cost.jobs.foreign.foreign_sheets import REFUSED, ForeignSheets
from kling_cost.jobs.frame_rows import rows_of_frame
from kling_cost.jobs.headers import hold_header
from kling_cost.jobs.input_formats import forms_of
from kling_cost.jobs.job import Campaign, Job, Jobs
from kling_cost.jobs.lookalike_columns import settled
from kling_cost.jobs.near_names import near_problem
from kling_cost.jobs.own_line_items import refuse_lines, refuse_stored
from kling_cost.jobs.repeated_requests import Repeated
from kling_cost.jobs.row_reader import RowReader
from kling_cost.jobs.wrapped_requests import requests_in
from kling_cost.pricebook.book import PriceBook, book_given, options_named_by
from kling_cost.problems import Problem, ReadError, UsageError, problem
from kling_cost.python_values import plain, text

Read = TypeVar("Read")
#: What a frame is called as a source.
FRAME = "frame"
_TAKEN = "jobs must be files, {frame}, or a list of dicts"
MAX_JSON = 256 * MEBIBYTE
MAX_JSON_VALUES = 3_000_000


@dataclass(slots=True)
class JobStream:
    """Jobs as they come from their files; iterate it once.

    Attributes:
        file_problems, campaigns, sheets: complete once the iteration has ended.
        repeated: marks requests that came before; None where nothing is kept of jobs.
        options: options that the price book names itself.
        foreign: reads sheets that were not made for us.
    """

    _jobs: Iterator[Job] = field(default_factory=lambda: iter(()))
    file_problems: list[Problem] = field(default_factory=list)
    campaigns: list[Campaign] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    repeated: Repeated | None = None
    options: tuple[str, ...] = ()
    foreign: ForeignSheets = field(default_factory=ForeignSheets)

    def __iter__(self) -> Iterator[Job]:
        return self._jobs

    def job(self, item: Any, source: str, row: int, line: bytes | None = None) -> Job:
        """The job of one JSON value, which may be the text of a line."""
        job = job_from_item(item, source, row, options=self.options)
        return job if self.repeated is None else self.repeated.marked(item, job, line)

    def collect(self) -> Jobs:
        """Read everything."""
        items = list(self._jobs)
        return Jobs(items, self.file_problems, self.campaigns, self.sheets, self.options)


def read_jobs(
    *inputs: Any,
    input_format: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    book: PriceBook | None = None,
    model: str | None = None,
    defaults: Mapping[str, str] | None = None,
) -> Jobs:
    """Read jobs from files, a frame, or request bodies and envelopes as Python dicts.

    Args:
        inputs: paths; or one frame of pandas, Polars, PyArrow or DuckDB; or one list of dicts.
        input_format: `json`, `jsonl`, `yaml`, `csv`, `tsv`, `xlsx` or `parquet`; told by the suffix if left out.
        encoding: of text files that are neither UTF-8 nor UTF-16 with a byte order mark.
        sheet: which sheet of a workbook to read.
        book: the price book whose own options (schema 2) are columns and fields; the shipped one has none.
        model, defaults: the model of rows of a sheet that name none, and what its blank cells mean, by column.

    Returns:
        Every job, those with errors among them, and what is wrong with the files. Of jobs with one id the first
        stands, later ones are errors.

    Raises:
        ReadError: a file cannot be read at all.
        KlingCostError: it has to be said first what a sheet means; `questions` lists what is unclear.
        UsageError: nothing to read, or a form that cannot be told.

    >>> jobs = read_jobs([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> jobs[0].job_id, jobs.problems
    ('jobs:1', [])
    """
    input_format, sheet = text(input_format, "input_format"), text(sheet, "sheet")
    encoding = text(encoding, "encoding")
    options = options_named_by(book_given(book))
    if len(inputs) == 1 and not isinstance(inputs[0], (str, os.PathLike)):
        if model is not None or defaults is not None:
            raise UsageError("model and defaults are for files of sheets, not for jobs in memory")
        return _in_memory(inputs[0], options)
    foreign = ForeignSheets(text(model, "model"), defaults)
    return stream_jobs(name_sources(inputs, encoding), input_format, sheet, options, foreign).collect()


def stream_jobs(
    sources: Sequence[Source],
    input_format: str | None = None,
    sheet: str | None = None,
    options: tuple[str, ...] = (),
    foreign: ForeignSheets | None = None,
) -> JobStream:
    """Read jobs one by one; memory does not grow with JSONL, CSV and Parquet files.

    Args:
        sources: the files.
        input_format, sheet: as of `read_jobs`.
        options: options that the price book names itself.
        foreign: reads sheets that were not made for us.

    Raises:
        ReadError, SheetQuestionsError: while iterating, where a file cannot be read, or has to be asked about.
        UsageError: no source, one that is given twice, or a form that cannot be told.
    """
    forms = forms_of(sources, input_format)
    stream = JobStream(repeated=Repeated(), options=options, foreign=foreign or ForeignSheets())
    if stream.foreign.is_given and not {*forms} & {*SHEET_FORMS}:
        raise UsageError(f"a model, defaults and columns are those of sheets: {', '.join(SHEET_FORMS)}")

    def jobs() -> Iterator[Job]:
        for source, form in zip(sources, forms, strict=True):
            yield from jobs_in(source, form, sheet, stream)

    stream._jobs = _without_repeated_ids(jobs(), stream)
    return stream


def jobs_in(source: Source, form: str, sheet: str | None, stream: JobStream) -> Iterator[Job]:
    """The jobs of one source, whatever their ids; problems of the source as a whole go to the stream.

    Raises:
        ReadError: while iterating, where it cannot be read.
    """
    return _READERS[form](source, sheet, stream)


def _without_repeated_ids(jobs: Iterable[Job], stream: JobStream) -> Iterator[Job]:
    seen: dict[str, tuple[str | None, int | None]] = {}
    for job in jobs:
        job_id = job.job_id or ""
        first = seen.setdefault(job_id, (job.source, job.row))
        if first == (job.source, job.row):
            yield job
            continue
        place = ":".join(str(part) for part in first if part is not None)
        yield repeating(job, place)
    stream.file_problems += near_problem(seen, "job_id")


def repeating(job: Job, first: str) -> Job:
    """A job that consists of an error alone, since its id occurs already at the place `first`.

    >>> repeating(Job("a", "jobs.csv", 3), "jobs.csv:2").problems[0].message
    'duplicate job_id a; the first one (jobs.csv:2) is used'
    """
    found = problem("duplicate.job_id", "job_id", value=job.job_id or "", first=first)
    placed = found.at(job.job_id or "", job.source, job.row)
    return job._replace(problems=(*job.problems, placed), readable=False)


def _read_json(source: Source, sheet: str | None, stream: JobStream) -> Iterator[Job]:
    data = source.read(MAX_JSON)
    if is_curl(data):
        yield from _read_curl(source, data, stream)
        return
    ours = data.startswith(b"{") and b'"estimate"' in data[:1000]  # our own output may be larger
    document = json_document(source, data, None if ours else MAX_JSON_VALUES)
    if isinstance(document, dict):
        refuse_stored(source, document, data)
    items = document if isinstance(document, list) else requests_in(source, document)
    for position, item in enumerate(items, 1):
        yield stream.job(item, source.name, position)


def _read_curl(source: Source, data: bytes, stream: JobStream) -> Iterator[Job]:
    for row, call in curl_calls(source.decode(data)):
        yield job_from_call(call, source.name, row, stream.options)


def _read_jsonl(source: Source, sheet: str | None, stream: JobStream) -> Iterator[Job]:
    name = source.name
    for number, line in source.lines():
        if line is None:
            yield unreadable_job(name, number, problem("unreadable.long_line"))
        elif not line.isspace():
            text = line.rstrip()
            try:
                item = parse_json(text)
            except JsonError as error:
                yield unreadable_job(name, number, json_problem(error, line))
            else:
                yield stream.job(item, name, number, text)


def _read_yaml(source: Source, sheet: str | None, stream: JobStream) -> Iterator[Job]:
    from kling_cost.jobs.campaign import CampaignFile

    file = CampaignFile(source, stream.repeated, stream.options)
    stream.campaigns.append(file.campaign)
    yield from file.jobs()
    stream.file_problems += file.problems


def _read_csv(separator: str | None) -> Callable[[Source, str | None, JobStream], Iterator[Job]]:
    def read(source: Source, sheet: str | None, stream: JobStream) -> Iterator[Job]:
        from kling_cost.io.sheets.csv_sheets import begin_of_sheet, read_sheet

        source = source.held()
        if is_curl(begin_of_sheet(source)):
            yield from _read_curl(source, source.read(MAX_JSON), stream)
            return
        form = "tsv" if separator == "\t" else "csv"
        foreign = stream.foreign.by_file(source, form, sheet, stream.options)
        if foreign is None:
            own = _unless_refused(lambda: read_sheet(source, separator, JOB_SHEET))
            header = None if isinstance(own, ReadError) else own[1]
            refuse_lines(source, header or ())
            foreign = stream.foreign.by_proposal(source, form, sheet, header, stream.options)
        if foreign is not None:
            yield from foreign_jobs(source, foreign, stream)
            return
        row, header, rows = _as_ours(own)
        hold_header(source, header)
        again = None if source.stream else lambda: read_sheet(source, separator, JOB_SHEET)[2]
        stream.sheets += sheet_names(source)
        yield from _sheet_jobs(source.name, row, header, rows, stream, again)

    return read


def _read_xlsx(source: Source, sheet: str | None, stream: JobStream) -> Iterator[Job]:
    from kling_cost.io.sheets.workbook import MAX_FILE, read_workbook
    from kling_cost.jobs.report_workbook.read_report_workbook import is_report_workbook, report_workbook_jobs

    data = source.read(MAX_FILE)
    if is_report_workbook(source, data):
        if stream.foreign.is_given:
            raise UsageError(f"{source.name} is a report's workbook; a model, defaults and columns are for others")
        yield from report_workbook_jobs(source, data, sheet, stream)
        return
    source = source if source.stream is None else source._replace(stream=BytesIO(data))
    foreign = stream.foreign.by_file(source, "xlsx", sheet, stream.options)
    if foreign is None:
        own = _unless_refused(lambda: read_workbook(source, sheet, JOB_SHEET))
        header = None if isinstance(own, ReadError) else own.names
        foreign = stream.foreign.by_proposal(source, "xlsx", sheet, header, stream.options)
    if foreign is not None:
        yield from foreign_jobs(source, foreign, stream)
        return
    found = _as_ours(own)
    again = None if source.stream else lambda: read_workbook(source, sheet, JOB_SHEET).rows()
    stream.sheets += sheet_names(source, found.title)
    yield from _sheet_jobs(source.name, found.header_row, found.names, found.rows(), stream, again)
    stream.file_problems += found.remarks()


def _unless_refused(read: Callable[[], Read]) -> Read | ReadError:
    """What our own reader finds, or why it finds nothing, where a sheet of others may be there."""
    try:
        return read()
    except ReadError as error:
        if error.problem.key in REFUSED:
            return error
        raise


def _as_ours(found: Read | ReadError) -> Read:
    if isinstance(found, ReadError):
        raise found
    return found


def _read_parquet(source: Source, sheet: str | None, stream: JobStream) -> Iterator[Job]:
    from kling_cost.jobs.parquet_sheets import ParquetSheet

    sheet_ = ParquetSheet(source)
    columns = Columns(sheet_.names, stream.options)
    settled(columns, sheet_.rows(columns.unknown, is_kept=False), lambda: sheet_.rows(columns.unknown, is_kept=False))
    rows = sheet_.jobs([at for at, name in enumerate(columns.names) if name is not None])
    yield from _jobs_of(source.name, None, columns, rows, stream)


def _sheet_jobs(
    name: str,
    header_row: int | None,
    header: Sequence[str | None],
    rows: Iterable[tuple[int, Sequence[Any] | Problem]],
    stream: JobStream,
    again: Callable[[], Iterable[tuple[int, Sequence[Any] | Problem]]] | None = None,
) -> Iterator[Job]:
    told = stream.foreign
    if told.model or told.defaults:
        cells = DefaultCells(name, header, told.model, told.defaults)
        header, rows = cells.header, cells.rows(rows)
        again = None if again is None else lambda before=again: cells.rows(before())
    columns = Columns(header, stream.options)
    yield from _jobs_of(name, header_row, columns, settled(columns, rows, again), stream)


def _jobs_of(
    name: str,
    header_row: int | None,
    columns: Columns,
    rows: Iterable[tuple[int, Sequence[Any] | Problem]],
    stream: JobStream,
) -> Iterator[Job]:
    stream.file_problems += [p.at(None, name, header_row) for p in columns.problems]
    reader = RowReader(name, columns)
    yield from reader.jobs(rows)
    stream.file_problems += reader.file_problems()


_READERS: dict[str, Callable[[Source, str | None, JobStream], Iterator[Job]]] = {
    "json": _read_json,
    "jsonl": _read_jsonl,
    "yaml": _read_yaml,
    "csv": _read_csv(None),
    "tsv": _read_csv("\t"),
    "xlsx": _read_xlsx,
    "parquet": _read_parquet,
}


def _in_memory(value: Any, options: tuple[str, ...]) -> Jobs:
    if isinstance(value, Mapping):
        value = [value]
    stream = JobStream(repeated=Repeated(), options=options)
    if isinstance(value, (list, tuple)):
        items = (stream.job(exact(item), "jobs", n) for n, item in enumerate(value, 1))
        stream._jobs = _without_repeated_ids(items, stream)
        return stream.collect()
    return jobs_of_rows(*rows_of_frame(value, _TAKEN), options)


def jobs_of_rows(
    names: Sequence[str | None], rows: Iterable[tuple[int, Sequence[Any] | Problem]], options: tuple[str, ...] = ()
) -> Jobs:
    """The jobs of a frame, given its column names and its numbered rows; of a part, unknown columns have no name.

    `options` are those that the price book names itself.

    >>> jobs_of_rows(["model"], [(7, ["kling-v3-text-to-video"])])[0].job_id
    'frame:7'
    """
    stream = JobStream(options=options)
    stream._jobs = _without_repeated_ids(_sheet_jobs(FRAME, None, names, rows, stream), stream)
    return stream.collect()


def exact(value: Any) -> Any:
    """A Python value as JSON would have brought it: floats by their shortest text, mappings as dicts.

    >>> exact({"cfg_scale": 0.1})
    {'cfg_scale': Decimal('0.1')}
    """
    return plain(value)
