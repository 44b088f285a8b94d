"""Reads sources of any form and sums them up, without keeping a job."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from kling_cost.io.chunks import CHUNK_SIZE, chunks, is_splittable
from kling_cost.io.sources import MEBIBYTE, Source, name_sources
from kling_cost.jobs.foreign.foreign_sheets import ForeignSheets
from kling_cost.jobs.input_formats import forms_of
from kling_cost.jobs.job import Job
from kling_cost.jobs.near_names import near_tags
from kling_cost.jobs.read_jobs import JobStream, jobs_in, repeating, stream_jobs
from kling_cost.pricebook.book import PriceBook, book_given
from kling_cost.pricebook.load import load_prices
from kling_cost.pricing.estimate import estimate, repeated_requests
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import pricer
from kling_cost.pricing.provenance import rate_problems, remarks, stamp_of
from kling_cost.pricing.totals import Counts, Totals, codes_of
from kling_cost.problems import Problem, UsageError
from kling_cost.python_values import day, flag, text, told, whole
from kling_cost.results.fields import Record, runs
from kling_cost.summary.accumulator import Count, Tally
from kling_cost.summary.id_hashes import Hashes, Places, Repeats
from kling_cost.summary.jsonl_counter import Plan, note_id
from kling_cost.summary.lasting_sources import lasting
from kling_cost.summary.workers import Work, tallies

if TYPE_CHECKING:
    from kling_cost.summary.sheet_reading import SheetReading

_NOTHING: tuple[int | None, str] = (None, "")
_SHEETS = ("csv", "tsv", "parquet")
BLOCK = 4 * MEBIBYTE
_MANY = 1_000_000  # jobs that are counted together where they come in blocks
_RUN = 5_000  # jobs that are counted together where they come one by one


class How(NamedTuple):
    """How job files are read and summed up.

    Attributes:
        input_format: their form, where the suffix does not tell it.
        sheet: which sheet of a workbook.
        as_of: the day whose rates count for jobs without a date; None for the latest.
        strict: whether warnings count as errors.
        processes: how many may read at the same time.
        chunk_size: about how many bytes of lines one of them reads at a time.
        block: about how many bytes of CSV are read at a time.
        watch: is told how many jobs were read.
        thorough: every job is looked at by itself, so that ids that look alike and requests that repeat an earlier
            one are told as well.
        foreign: reads sheets that were not made for us.
    """

    input_format: str | None = None
    sheet: str | None = None
    as_of: date | None = None
    strict: bool = False
    processes: int = 1
    chunk_size: int = CHUNK_SIZE
    block: int = BLOCK
    watch: Callable[[int], object] = lambda jobs: None
    thorough: bool = False
    foreign: ForeignSheets | None = None


def summarize(
    jobs: Any,
    book: PriceBook | None = None,
    *,
    as_of: date | str | None = None,
    strict: bool = False,
    input_format: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    processes: int = 1,
) -> Totals:
    """What jobs come to: totals, breakdowns and problems, in memory that does not grow with their files.

    Figures, exit code and errors are those of the estimate of the same jobs. Of its warnings, those about ids that
    look alike and about requests that repeat an earlier one are looked for only if they count as errors.

    Args:
        jobs: a path or a list of paths; or what `read_jobs` gives or takes, which is in memory already.
        book: the price book; the one that comes with the library if left out.
        as_of: as of `estimate`.
        strict: warnings count as errors; every job is then looked at by itself, which takes longer.
        input_format, encoding, sheet: as of `read_jobs`; for files only.
        processes: how many read JSONL at the same time, and how many threads read sheets. A script that asks for
            more than one has to stand below `if __name__ == "__main__":`.

    Returns:
        The totals; `check` holds them against limits, `write_report` writes them.

    Raises:
        ReadError: a file cannot be read, or is a stored estimate.
        UsageError: no file, one that is given twice, a form that cannot be told, or a bad argument.
        PriceBookError: as `load_prices`.
        WorkerError: a process that helped died.

    >>> import json, pathlib, tempfile
    >>> import kling_cost as kc
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "jobs.jsonl")
    ...     _ = file.write_text(json.dumps({"model": "kling-v3-text-to-video", "prompt": "Fog"}))
    ...     found = kc.summarize(file)
    >>> found
    <Totals: 1 job, 27 EVOLINK_CREDIT>
    >>> kc.check(found, budget="20 EVOLINK_CREDIT").verdict
    'over'
    """
    known, on, strictly = book_given(book) or load_prices(), day(as_of, "as_of"), flag(strict, "strict")
    form, kept, part = text(input_format, "input_format"), text(encoding, "encoding"), text(sheet, "sheet")
    helpers = whole(processes)
    if type(helpers) is not int or helpers < 1:
        raise UsageError(f"processes is a whole number from 1, not {told(processes)}")
    paths = [jobs] if isinstance(jobs, (str, os.PathLike)) else jobs
    if not isinstance(paths, (list, tuple)) or not any(isinstance(path, (str, os.PathLike)) for path in paths):
        return estimate(jobs, known, as_of=on, strict=strictly).summary
    how = How(form, part, on, strictly, helpers, thorough=strictly)
    with lasting(name_sources(paths, kept)) as sources:
        return Run(sources, known, how).summary()


class Run:
    """One run over some sources.

    Args:
        sources: files that can be read more than once.
        book: the price book.
        how: how to read them.

    Attributes:
        repeats: the jobs that are left out because of their ids, once that is known.
    """

    def __init__(self, sources: Sequence[Source], book: PriceBook, how: How) -> None:
        self._sources, self._book, self._how = sources, book, how
        self._forms = forms_of(sources, how.input_format)
        self._at = {source.name: at for at, source in enumerate(sources)}
        self._plan = Plan(pricer(book, how.as_of), how.strict, False, frozenset(self._at))
        self._options = self._plan.pricer.book.own_inputs
        self._hashes, self._has_row_ids = Hashes(), False
        self._again = Counts()
        self.repeats: Repeats | None = None

    def summary(self) -> Totals:
        """Read everything; once more where ids seem to be repeated.

        Raises:
            ReadError: a source cannot be read, or is a stored estimate.
            UsageError: no source, one that is given twice, or a form that cannot be told.
            WorkerError: a process that helped died.
        """
        if self._how.thorough:
            return self._result(*self._looked_at())
        count, stream = self._counted()
        if self._has_row_ids:
            self._plan = self._plan._replace(all_ids=True)
            self._hashes = Hashes()
            count, stream = self._counted()
        suspects = self._hashes.suspects()
        if len(suspects):
            places = Places(suspects)
            self._look(places)
            self.repeats = places.repeats([source.name for source in self._sources])
            count, stream = self._counted()
        return self._result(count, stream)

    def line_items(self) -> Iterator[LineItem]:
        """Every line item in order, once the summary is made: the sources are read again."""
        return self._items(self._all_jobs())

    def _all_jobs(self) -> Iterable[Job]:
        """Every job, those with a repeated id as errors."""
        if self._how.thorough:
            return self._stream()
        stream = self._empty()
        return chain.from_iterable(self._jobs_of(at, stream) for at in range(len(self._sources)))

    def line_item_tables(self, record: Record, tags: Sequence[str]) -> Iterator[Any]:
        """The same as Arrow tables; rows of sheets that are read by columns are not looked at one by one.

        Args:
            record: of the line items.
            tags: which tags are columns.
        """
        from kling_cost.results.arrow_tables import arrow_table

        if self._how.thorough:
            yield from (arrow_table(record, run, tags) for run in runs(self.line_items()))
        else:
            yield from self._tables_by_columns(record, tags)

    def _tables_by_columns(self, record: Record, tags: Sequence[str]) -> Iterator[Any]:
        from kling_cost.results.arrow_tables import arrow_table
        from kling_cost.summary.line_item_blocks import block_table

        stream = self._empty()
        for at, source in enumerate(self._sources):
            reading = self._by_columns(at, stream)
            if reading is None:
                jobs = self._jobs_of(at, stream)
            else:
                for found, prices in reading.blocks():
                    repeated = self._repeated(at, found.block.first, reading.row - 1)
                    odd = list(self._items(reading.counter.odd_jobs(found, repeated)))
                    yield block_table(source.name, found, prices, repeated, odd, self._plan.pricer, record, tags)
                jobs = self._marked(at, reading.rest())
            for run in runs(self._items(jobs)):
                yield arrow_table(record, run, tags)

    def _items(self, jobs: Iterable[Job]) -> Iterator[LineItem]:
        for job in jobs:
            item, _ = self._plan.pricer.item_of(job, self._plan.strict)
            if item is not None:
                yield item

    def _counted(self) -> tuple[Count, JobStream]:
        count, stream = Count(self._plan.pricer), self._empty()
        for tally in self._tallies(stream):
            count.add(tally)
            if self.repeats is None:
                self._hashes.add(tally.hashes)
                self._has_row_ids |= tally.has_row_ids
            self._how.watch(count.jobs)
        return count, stream

    def _stream(self) -> JobStream:
        return stream_jobs(self._sources, self._how.input_format, self._how.sheet, self._options, self._how.foreign)

    def _empty(self) -> JobStream:
        return JobStream(options=self._options, foreign=self._how.foreign or ForeignSheets())

    def _looked_at(self) -> tuple[Count, JobStream]:
        """Every job by itself; what is told of several of them costs a few bytes for each."""
        count, stream = Count(self._plan.pricer), self._stream()
        for name, jobs in groupby(stream, lambda job: job.source or ""):
            for tally in self._of_jobs(self._at[name], self._noting_repeats(jobs)):
                count.add(tally)
                self._how.watch(count.jobs)
        return count, stream

    def _noting_repeats(self, jobs: Iterable[Job]) -> Iterator[Job]:
        for job in jobs:
            if job.repeats:
                item, _ = self._plan.pricer.item_of(job, self._plan.strict)
                if item is not None:
                    self._again.add(job.source, item.charge, 1, job.takes)
            yield job

    def _tallies(self, stream: JobStream) -> Iterator[Tally]:
        for by_chunks, run in groupby(range(len(self._sources)), self._by_chunks):
            if by_chunks:
                yield from self._of_lines(list(run))
            else:
                for at in run:
                    yield from self._of_sheet(at, stream) or self._of_jobs(at, self._jobs_of(at, stream))

    def _by_chunks(self, at: int) -> bool:
        return self._forms[at] == "jsonl" and is_splittable(self._sources[at])

    def _of_lines(self, run: Sequence[int]) -> Iterator[Tally]:
        size = sum(path.stat().st_size for path in (self._sources[at].path for at in run) if path is not None)
        processes = max(1, min(self._how.processes, size // self._how.chunk_size))
        return tallies(self._work(run), self._plan, processes)

    def _work(self, run: Iterable[int]) -> Iterator[Work]:
        for at in run:
            for chunk in chunks(self._sources[at], self._how.chunk_size):
                yield chunk, self._repeated(at, chunk.first, chunk.first + chunk.size - 1)

    def _of_sheet(self, at: int, stream: JobStream) -> Iterator[Tally] | None:
        """What a sheet comes to that can be read by columns; None for another."""
        reading = self._by_columns(at, stream)
        return None if reading is None else self._of_blocks(at, reading)

    def _by_columns(self, at: int, stream: JobStream) -> SheetReading | None:
        source, form = self._sources[at], self._forms[at]
        is_foreign = self._how.foreign is not None and self._how.foreign.concerns(source)
        if form not in _SHEETS or self._plan.all_ids or not source.is_file or is_foreign:
            return None
        from kling_cost.summary.sheet_reading import SheetReading

        return SheetReading.of(source, form, self._plan, self._how.processes, self._how.block, stream)

    def _of_blocks(self, at: int, reading: SheetReading) -> Iterator[Tally]:
        name = self._sources[at].name
        tally = Tally(name)
        for found, prices in reading.blocks():
            repeated = self._repeated(at, found.block.first, reading.row - 1)
            reading.counter.add(tally, found, prices, repeated)
            if tally.jobs >= _MANY:
                yield tally
                tally = Tally(name)
        yield tally
        yield from self._of_jobs(at, self._marked(at, reading.rest()))

    def _of_jobs(self, at: int, jobs: Iterable[Job]) -> Iterator[Tally]:
        name, plan = self._sources[at].name, self._plan
        tally, ids = Tally(name), list[str]()
        for job in jobs:
            note_id(job, ids, plan.all_ids)
            tally.add(job, plan.pricer, plan.strict)
            if tally.jobs == _RUN:
                yield plan.close(tally, ids)
                tally, ids = Tally(name), []
        yield plan.close(tally, ids)

    def _jobs_of(self, at: int, stream: JobStream) -> Iterator[Job]:
        return self._marked(at, jobs_in(self._sources[at], self._forms[at], self._how.sheet, stream))

    def _marked(self, at: int, jobs: Iterable[Job]) -> Iterator[Job]:
        """The jobs of a source, those with a repeated id as errors."""
        none: Iterator[tuple[int, str]] = iter(())
        repeated = none if self.repeats is None else self.repeats.of(at)
        row, place = next(repeated, _NOTHING)
        for job in jobs:
            while row is not None and job.row is not None and row < job.row:
                row, place = next(repeated, _NOTHING)
            yield job if row is None or job.row != row else repeating(job, place)

    def _repeated(self, at: int, low: int, high: int) -> Mapping[int, str]:
        return {} if self.repeats is None else self.repeats.within(at, low, high)

    def _look(self, places: Places) -> None:
        """Look at the ids again, to tell those that are the same from those that only hash alike."""
        for at in range(len(self._sources)):
            stream = self._empty()
            reading = self._by_columns(at, stream)
            if reading is None:
                self._look_at(at, jobs_in(self._sources[at], self._forms[at], self._how.sheet, stream), places)
                continue
            for found, _ in reading.blocks():
                rows = reading.counter.look(found, places)
                places.note(at, [one for _, one in rows], [row for row, _ in rows])
            self._look_at(at, reading.rest(), places)

    def _look_at(self, at: int, jobs: Iterable[Job], places: Places) -> None:
        ids, rows = list[str](), list[int]()
        for job in jobs:
            before = len(ids)
            note_id(job, ids, self._plan.all_ids)
            rows += [job.row or 0] * (len(ids) - before)
            if len(ids) == _RUN:
                places.look(at, ids, rows)
                ids, rows = [], []
        places.look(at, ids, rows)

    def _result(self, count: Count, stream: JobStream) -> Totals:
        strict, as_of, counts = self._how.strict, self._how.as_of, count.counts
        charges = [charge for charge, _, _ in counts.by_charge]
        stamp = stamp_of(self._book, as_of, charges)
        tags = {(name, value) for name, sums in counts.by_tag.items() for value in sums.named() if value is not None}
        before = [*stream.file_problems, *near_tags(tags)]
        after = [*repeated_requests(self._again.by_charge), *remarks(stamp, as_of, charges)]
        after += rate_problems(stream.campaigns, self._book, as_of)
        codes = count.codes + codes_of([*before, *after])
        of_jobs = count.problems
        if strict:
            before, of_jobs, after = ([found.as_error() for found in some] for some in (before, of_jobs, after))
            codes = _strictly(codes)
        problems = [*before, *of_jobs, *after]
        return Totals(
            counts.by_charge,
            counts.by_tag,
            counts.by_source,
            problems,
            codes,
            count.left_out,
            _incomplete(count, [*before, *after]),
            as_of,
            stamp,
            tuple(stream.campaigns),
            self._book,
            tuple(stream.sheets),
        )


def _incomplete(count: Count, of_files: Iterable[Problem]) -> frozenset[str | None] | None:
    """The files with a job that has no price; None where they cannot be told, by the rule of `files_left_out`."""
    if not count.left_out:
        return frozenset()
    wrong = {(found.source, found.row) for found in of_files if found.severity == "error"}
    return None if len(wrong) < count.unexplained else frozenset([*count.incomplete, *(source for source, _ in wrong)])


def _strictly(codes: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for (severity, code), times in codes.items():
        found["error" if severity == "warning" else severity, code] += times
    return found
