"""Columns of a sheet, counted: rows with the same cells are told together, each distinct combination is priced once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.jobs.columns import Columns
from kling_cost.jobs.id_likeness import composed
from kling_cost.jobs.job import Job
from kling_cost.jobs.read_jobs import repeating
from kling_cost.jobs.row_reader import RowReader
from kling_cost.pricing.combination_pricer import CombinationPricer
from kling_cost.problems import Problem, problem
from kling_cost.summary.accumulator import MOST_PROBLEMS, Asked, Tally
from kling_cost.summary.block_codes import JOB_ID, Block, Coded, UnusualError, blank_rows, crossed
from kling_cost.summary.id_hashes import Array, Places, hashes_of
from kling_cost.summary.jsonl_counter import Plan, note_id

#: Stands for each repeated id whose problem is counted only.
_AGAIN = problem("duplicate.job_id", JOB_ID, value="", first="")


class CombinationPrice(NamedTuple):
    """What the rule says of a combination: who shares its price, and every problem; no `asked` where it has none."""

    asked: Asked | None
    takes: int
    problems: tuple[Problem, ...]


class ColumnCounter:
    """Counts the blocks of one sheet.

    Args:
        plan: how to count.
        columns: its header.
        reader: reads its rows one by one.
    """

    def __init__(self, plan: Plan, columns: Columns, reader: RowReader) -> None:
        self._plan, self._columns, self._reader = plan, columns, reader
        self._has_unknown = None in columns.names
        priced = plan.priced(columns.present)
        self._prices = CombinationPricer(plan.pricer, reader, priced, plan.strict)

    def prices_of(self, found: Coded) -> list[CombinationPrice | None]:
        """What is to be said of each combination of a block; None of one whose cells are all blank.

        Raises:
            UnusualError: its rows have to be read one by one.
        """
        prices = [self._price_of(cells) for cells in found.cells]
        if None in prices and self._has_unknown:
            raise UnusualError  # whether a row is blank depends on columns that were not read
        return prices

    def add(
        self, tally: Tally, found: Coded, prices: Sequence[CombinationPrice | None], repeated: Mapping[int, str]
    ) -> None:
        """Count a block.

        Args:
            tally: of the rows before it.
            found: the block.
            prices: what is to be said of its combinations.
            repeated: rows whose id stands elsewhere already, and where.
        """
        if found.hashes is not None:
            tally.hashes.append(found.hashes)
        tally.has_row_ids |= found.has_row_ids
        apart = self._apart(found, prices, repeated)
        self._count(tally, found, prices, None if apart is None else ~apart)
        at = np.empty(0, np.int64) if apart is None else np.flatnonzero(apart)
        self._one_by_one(tally, found, prices, at, repeated)

    def _apart(
        self, found: Coded, prices: Sequence[CombinationPrice | None], repeated: Mapping[int, str]
    ) -> Array | None:
        """The rows of which something is to be said one by one; None where there are none."""
        is_odd = np.array([one is None or bool(one.problems) for one in prices], bool)
        apart: Array | None = is_odd[found.codes] if is_odd.any() else None
        if repeated:
            again = np.isin(found.block.numbers(np.arange(len(found.codes))), list(repeated))
            apart = again if apart is None else apart | again
        if apart is not None and None in prices:
            apart &= ~blank_rows(found, [code for code, one in enumerate(prices) if one is None])
        return apart

    def _price_of(self, cells: tuple[Any, ...]) -> CombinationPrice | None:
        """What is to be said of a combination; None where every cell is blank."""
        if all(cell is None for cell in cells):
            return None
        job, item, problems = self._prices.price(cells)
        return CombinationPrice(None if item is None else (job.ask, job.date), job.takes, problems)

    def _count(
        self, tally: Tally, found: Coded, prices: Sequence[CombinationPrice | None], chosen: Array | None
    ) -> None:
        """Count the chosen rows, or all, without looking at any; there is room for their problems, or none is kept."""
        counts, tables = found.counts, {name: tag[1] for name, tag in found.tags.items()}
        if chosen is not None:
            codes = found.codes[chosen]
            counts = np.bincount(codes, minlength=len(prices))
            tables = {
                name: crossed(codes, values_of[chosen], len(prices), len(values))
                for name, (values, _, values_of) in found.tags.items()
            }
        for one, jobs in zip(prices, counts.tolist(), strict=True):
            if one is not None and jobs:
                _count_jobs(tally, one, jobs)
        if tables:
            _count_tags(tally, found, prices, tables)

    def _one_by_one(
        self,
        tally: Tally,
        found: Coded,
        prices: Sequence[CombinationPrice | None],
        at: Array,
        repeated: Mapping[int, str],
    ) -> None:
        """Read the other rows as any sheet is read: as many as problems are kept, and those that do not fit."""
        plan, ids = self._plan, list[str]()
        odd: list[tuple[int, int, Any]] = [(found.block.first + place, -1, cells) for place, cells in found.block.odd]
        numbered = zip(found.block.numbers(at), at.tolist(), strict=True)
        for number, position, cells in sorted([*odd, *((*one, None) for one in numbered)], key=lambda row: row[0]):
            if position >= 0:
                if len(tally.problems) >= MOST_PROBLEMS:
                    continue
                at = at[1:]
                cells = self._cells(found.block, position)
            for job in self._reader.jobs([(number, cells)]):
                if position < 0:
                    note_id(job, ids, plan.all_ids)
                place = repeated.get(number)
                tally.add(job if place is None else repeating(job, place), plan.pricer, plan.strict)
        if len(at):
            self._beyond(tally, found, prices, at, repeated)
        plan.close(tally, ids)

    def look(self, found: Coded, places: Places) -> list[tuple[int, str]]:
        """Row and id of the jobs of a block whose ids are suspected to stand elsewhere, in the order of the rows."""
        return sorted([*_suspected(found, places), *self._suspected_odd(found.block, places)])

    def _suspected_odd(self, block: Block, places: Places) -> Iterator[tuple[int, str]]:
        for place, cells in block.odd:
            number = block.first + place
            for job in self._reader.jobs([(number, cells)]):
                ids: list[str] = []
                note_id(job, ids, self._plan.all_ids)
                if len(places.suspected(hashes_of(ids))):
                    yield from ((number, one) for one in ids)

    def odd_jobs(self, found: Coded, repeated: Mapping[int, str]) -> Iterator[Job]:
        """The jobs of the rows of a block that do not fit the header; `repeated` as of `add`."""
        for place, cells in found.block.odd:
            number = found.block.first + place
            for job in self._reader.jobs([(number, cells)]):
                yield repeating(job, repeated[number]) if number in repeated else job

    def _beyond(
        self,
        tally: Tally,
        found: Coded,
        prices: Sequence[CombinationPrice | None],
        at: Array,
        repeated: Mapping[int, str],
    ) -> None:
        """Count the rows whose problems are too many to be kept."""
        again = np.isin(found.block.numbers(at), list(repeated)) if repeated else np.zeros(len(at), bool)
        for code in found.codes[at[again]].tolist():
            one = prices[code]
            tally.note((_AGAIN, *(() if one is None else one.problems)))
            tally.leave_out(1)
        chosen = np.zeros(len(found.codes), bool)
        chosen[at[~again]] = True
        self._count(tally, found, prices, chosen)

    def _cells(self, block: Block, position: int) -> list[Any]:
        one = slice(position, position + 1)
        return [None if name is None else cells_of_arrow(block.columns[name][one])[0] for name in self._columns.names]


def _suspected(found: Coded, places: Places) -> Iterator[tuple[int, str]]:
    at = [] if found.hashes is None else places.suspected(found.hashes).tolist()
    if not at:
        return
    texts = pc.fill_null(found.block.columns[JOB_ID].cast(pa.large_string()), "").to_pylist()
    given = [(place, composed(text.strip())) for place, text in enumerate(texts) if text and not text.isspace()]
    chosen = [given[one] for one in at]
    numbers = found.block.numbers(np.array([place for place, _ in chosen], np.int64))
    yield from zip(numbers, (text for _, text in chosen), strict=True)


def _count_jobs(tally: Tally, one: CombinationPrice, jobs: int) -> None:
    tally.note(one.problems, jobs)
    if one.asked is not None:
        tally.count(one.asked, jobs, jobs * one.takes)
    else:
        tally.leave_out(jobs)


def _count_tags(
    tally: Tally, found: Coded, prices: Sequence[CombinationPrice | None], tables: Mapping[str, Array]
) -> None:
    """Count under the values of every tag; combinations without a price are at no place."""
    priced = [one.asked if one is not None else None for one in prices]
    askers = [asked for asked in dict.fromkeys(priced) if asked is not None]
    at = {asked: place for place, asked in enumerate(askers)}
    places = np.array([-1 if asked is None else at[asked] for asked in priced], np.int64)
    takes = np.array([one.takes if one else 0 for one in prices], np.int64)
    for name, table in tables.items():
        _count_tag(tally, name, found.tags[name][0], askers, places[table[0]], takes[table[0]], table)


def _count_tag(
    tally: Tally, name: str, texts: Sequence[Any], asked: Sequence[Asked], places: Array, takes: Array, table: Array
) -> None:
    """Count under a tag's values: the combinations that ask for the same are added up before anything is counted."""
    _, values, jobs = table
    counted = (places >= 0) & np.array([text is not None for text in texts], bool)[values]
    keys = (places * len(texts) + values)[counted]
    distinct, at = np.unique(keys, return_inverse=True)
    sums = np.zeros((2, len(distinct)), np.int64)
    np.add.at(sums[0], at, jobs[counted])
    np.add.at(sums[1], at, (jobs * takes)[counted])
    which, of = np.divmod(distinct, len(texts))
    tagged = [(name, texts[text], asked[one]) for one, text in zip(which.tolist(), of.tolist(), strict=True)]
    tally.count_tags(tagged, *sums.tolist())
