"""Reads sources of any form and sums them up, without keeping a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from kling_cost.io.chunks import PIECE, has_pieces, pieces
from kling_cost.io.sources import MEBIBYTE, Source
from kling_cost.jobs.input_formats import forms_of
from kling_cost.jobs.job import Job
from kling_cost.jobs.near_names import near_tags
from kling_cost.jobs.read_jobs import JobStream, jobs_in, repeating
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import pricer
from kling_cost.pricing.provenance import remarks, stamp_of
from kling_cost.problems import Problem
from kling_cost.results.fields import runs
from kling_cost.results.record_types import LINE_ITEM
from kling_cost.summary.accumulator import Count, Tally
from kling_cost.summary.id_hashes import Hashes, Places, Repeats
from kling_cost.summary.jsonl_counter import Plan, note_id
from kling_cost.summary.summary import Summary
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
        piece: about how many bytes of lines one of them reads at a time.
        block: about how many bytes of CSV are read at a time.
        watch: is told how many jobs were read.
    """

    input_format: str | None = None
    sheet: str | None = None
    as_of: date | None = None
    strict: bool = False
    processes: int = 1
    piece: int = PIECE
    block: int = BLOCK
    watch: Callable[[int], object] = lambda jobs: None


def summarize(sources: Sequence[Source], book: PriceBook, how: How | None = None) -> Summary:
    """What the jobs of some files come to.

    Args:
        sources: files that can be read more than once.
        book: the price book.
        how: how to read them.

    Raises:
        ReadError: a source cannot be read, or is a stored estimate.
        UsageError: no source, one that is given twice, or a form that cannot be told.
        WorkerError: a process that helped died.

    >>> import json, pathlib, tempfile
    >>> from kling_cost.io.sources import name_sources
    >>> from kling_cost.pricebook.load import load_prices
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "jobs.jsonl")
    ...     _ = file.write_text(json.dumps({"model": "kling-v3-text-to-video", "prompt": "Fog"}))
    ...     summarize(name_sources([file]), load_prices()).totals[0].cost
    Decimal('27.0000')
    """
    return Run(sources, book, how or How()).summary()


class Run:
    """One run over some sources.

    Args:
        sources, book, how: as of `summarize`.

    Attributes:
        repeats: the jobs that are left out because of their ids, once that is known.
    """

    def __init__(self, sources: Sequence[Source], book: PriceBook, how: How) -> None:
        self._sources, self._book, self._how = sources, book, how
        self._forms = forms_of(sources, how.input_format)
        self._at = {source.name: at for at, source in enumerate(sources)}
        self._plan = Plan(pricer(book, how.as_of), how.strict, False, frozenset(self._at))
        self._hashes, self._has_row_ids = Hashes(), False
        self.repeats: Repeats | None = None

    def summary(self) -> Summary:
        """Read everything; once more where ids seem to be repeated."""
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
        stream = JobStream()
        for at in range(len(self._sources)):
            yield from self._items(self._jobs_of(at, stream))

    def line_item_tables(self, tags: Sequence[str]) -> Iterator[Any]:
        """The same as Arrow tables; rows of sheets that are read by columns are never looked at one by one.

        Args:
            tags: which tags are columns.
        """
        from kling_cost.results.frames import arrow_table
        from kling_cost.summary.line_item_blocks import block_table

        stream = JobStream()
        for at, source in enumerate(self._sources):
            reading = self._by_columns(at, stream)
            if reading is None:
                jobs = self._jobs_of(at, stream)
            else:
                for found, judged in reading.blocks():
                    repeated = self._repeated(at, found.block.first, reading.row - 1)
                    odd = list(self._items(reading.counter.odd_jobs(found, repeated)))
                    yield block_table(source.name, found, judged, repeated, odd, self._plan.pricer, tags)
                jobs = self._marked(at, reading.rest())
            for run in runs(self._items(jobs)):
                yield arrow_table(LINE_ITEM, run, tags)

    def _items(self, jobs: Iterable[Job]) -> Iterator[LineItem]:
        for job in jobs:
            item, _ = self._plan.pricer.item_of(job, self._plan.strict)
            if item is not None:
                yield item

    def _counted(self) -> tuple[Count, JobStream]:
        count, stream = Count(self._plan.pricer), JobStream()
        for tally in self._tallies(stream):
            count.add(tally)
            if self.repeats is None:
                self._hashes.add(tally.hashes)
                self._has_row_ids |= tally.has_row_ids
            self._how.watch(count.jobs)
        return count, stream

    def _tallies(self, stream: JobStream) -> Iterator[Tally]:
        for by_pieces, run in groupby(range(len(self._sources)), self._by_pieces):
            if by_pieces:
                yield from self._of_lines(list(run))
            else:
                for at in run:
                    yield from self._of_sheet(at, stream) or self._of_jobs(self._jobs_of(at, stream))

    def _by_pieces(self, at: int) -> bool:
        return self._forms[at] == "jsonl" and has_pieces(self._sources[at])

    def _of_lines(self, run: Sequence[int]) -> Iterator[Tally]:
        size = sum(path.stat().st_size for path in (self._sources[at].path for at in run) if path is not None)
        processes = max(1, min(self._how.processes, size // self._how.piece))
        return tallies(self._work(run), self._plan, processes)

    def _work(self, run: Iterable[int]) -> Iterator[Work]:
        for at in run:
            for piece in pieces(self._sources[at], self._how.piece):
                yield piece, self._repeated(at, piece.first, piece.first + piece.size - 1)

    def _of_sheet(self, at: int, stream: JobStream) -> Iterator[Tally] | None:
        """What a sheet comes to that can be read by columns; None for another."""
        reading = self._by_columns(at, stream)
        return None if reading is None else self._of_blocks(at, reading)

    def _by_columns(self, at: int, stream: JobStream) -> SheetReading | None:
        source, form = self._sources[at], self._forms[at]
        if form not in _SHEETS or source.path is None or self._plan.all_ids or not source.path.is_file():
            return None
        from kling_cost.summary.sheet_reading import SheetReading

        return SheetReading.of(source, form, self._plan, self._how.processes, self._how.block, stream)

    def _of_blocks(self, at: int, reading: SheetReading) -> Iterator[Tally]:
        tally = Tally()
        for found, judged in reading.blocks():
            repeated = self._repeated(at, found.block.first, reading.row - 1)
            reading.counter.add(tally, found, judged, repeated)
            if tally.jobs >= _MANY:
                yield tally
                tally = Tally()
        yield tally
        yield from self._of_jobs(self._marked(at, reading.rest()))

    def _of_jobs(self, jobs: Iterable[Job]) -> Iterator[Tally]:
        tally, ids, plan = Tally(), list[str](), self._plan
        for job in jobs:
            note_id(job, ids, plan.all_ids)
            tally.add(job, plan.pricer, plan.strict)
            if tally.jobs == _RUN:
                yield plan.close(tally, ids)
                tally, ids = Tally(), []
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
            stream = JobStream()
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

    def _result(self, count: Count, stream: JobStream) -> Summary:
        strict, as_of = self._how.strict, self._how.as_of
        charges = [charge for charge, _, _ in count.shared]
        stamp = stamp_of(self._book, as_of, charges)
        tags = {(name, value) for name, sums in count.tags.items() for value in sums.named() if value is not None}
        before, after = [*stream.file_problems, *near_tags(tags)], list(remarks(stamp, as_of, charges))
        codes = count.codes + _codes([*before, *after])
        problems = [*before, *count.problems, *after]
        if strict:
            problems = [found.as_error() for found in problems]
            codes = _strictly(codes)
        made = (problems, count.left_out, as_of, stamp, tuple(stream.campaigns), self._book)
        return Summary((), *made, jobs=count.jobs, shared=count.shared, tags=count.tags, codes=codes)


def _codes(problems: Iterable[Problem]) -> Counter[tuple[str, str]]:
    return Counter((found.severity, found.code) for found in problems)


def _strictly(codes: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for (severity, code), times in codes.items():
        found["error" if severity == "warning" else severity, code] += times
    return found
