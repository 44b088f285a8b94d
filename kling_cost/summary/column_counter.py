"""Columns of a sheet, counted: rows with the same cells are told together, each distinct combination is judged once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kling_cost.bounded_cache import BoundedCache
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.jobs.columns import Columns
from kling_cost.jobs.id_likeness import composed
from kling_cost.jobs.job import Job
from kling_cost.jobs.read_jobs import repeating
from kling_cost.jobs.row_reader import RowReader
from kling_cost.problems import Problem, problem
from kling_cost.summary.accumulator import MOST_PROBLEMS, Asked, Tally
from kling_cost.summary.block_codes import JOB_ID, PRICED, Block, Coded, UnusualError, blank_rows, crossed
from kling_cost.summary.id_hashes import Array, Places, hashes_of
from kling_cost.summary.jsonl_counter import Plan, note_id

#: Stands for each repeated id whose problem is counted only.
_AGAIN = problem("duplicate.job_id", JOB_ID, value="", first="")


class Judged(NamedTuple):
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
        self._priced = [name for name in PRICED if name in columns.present]
        self._known: dict[tuple[Any, ...], Judged | None] = BoundedCache()

    def judge(self, found: Coded) -> list[Judged | None]:
        """What is to be said of each combination of a block; None of one whose cells are all blank.

        Raises:
            UnusualError: its rows have to be read one by one.
        """
        judged = [self._known[cells] if cells in self._known else self._judge(cells) for cells in found.cells]
        if None in judged and self._has_unknown:
            raise UnusualError  # whether a row is blank depends on columns that were not read
        return judged

    def add(self, tally: Tally, found: Coded, judged: Sequence[Judged | None], repeated: Mapping[int, str]) -> None:
        """Count a block.

        Args:
            tally: of the rows before it.
            found: the block.
            judged: what is to be said of its combinations.
            repeated: rows whose id stands elsewhere already, and where.
        """
        if found.hashes is not None:
            tally.hashes.append(found.hashes)
        tally.has_row_ids |= found.has_row_ids
        is_odd = np.array([one is None or bool(one.problems) for one in judged], bool)
        apart = is_odd[found.codes] if is_odd.any() else None
        if repeated:
            again = np.isin(found.block.numbers(np.arange(len(found.codes))), list(repeated))
            apart = again if apart is None else apart | again
        if apart is not None and None in judged:
            apart &= ~blank_rows(found, [code for code, one in enumerate(judged) if one is None])
        self._count(tally, found, judged, None if apart is None else ~apart)
        at = np.empty(0, np.int64) if apart is None else np.flatnonzero(apart)
        self._one_by_one(tally, found, judged, at, repeated)

    def _judge(self, cells: tuple[Any, ...]) -> Judged | None:
        """What is to be said of a combination; None where every cell is blank."""
        given = {name: cell for name, cell in zip(self._priced, cells, strict=True) if cell is not None}
        judged = None
        if given:
            job = self._reader.job(0, given)
            item, problems = self._plan.pricer.item_of(job, self._plan.strict)
            judged = Judged(None if item is None else (job.ask, job.date), job.takes, problems)
        self._known[cells] = judged
        return judged

    def _count(self, tally: Tally, found: Coded, judged: Sequence[Judged | None], chosen: Array | None) -> None:
        """Count the chosen rows, or all, without looking at any; there is room for their problems, or none is kept."""
        counts, tables = found.counts, {name: tag[1] for name, tag in found.tags.items()}
        if chosen is not None:
            codes = found.codes[chosen]
            counts = np.bincount(codes, minlength=len(judged))
            tables = {
                name: crossed(codes, values_of[chosen], len(judged), len(values))
                for name, (values, _, values_of) in found.tags.items()
            }
        for one, jobs in zip(judged, counts.tolist(), strict=True):
            if one is None or not jobs:
                continue
            tally.note(one.problems, jobs)
            if one.asked is not None:
                tally.count(one.asked, jobs, jobs * one.takes)
            else:
                tally.leave_out(jobs)
        if tables:
            askers = {asked: None for one in judged if one is not None and (asked := one.asked) is not None}
            at = {asked: place for place, asked in enumerate(askers)}
            places = np.array([at.get(one.asked, -1) if one and one.asked else -1 for one in judged], np.int64)
            takes = np.array([one.takes if one else 0 for one in judged], np.int64)
            for name, table in tables.items():
                _count_tag(tally, name, found.tags[name][0], list(askers), places[table[0]], takes[table[0]], table)

    def _one_by_one(
        self, tally: Tally, found: Coded, judged: Sequence[Judged | None], at: Array, repeated: Mapping[int, str]
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
            self._beyond(tally, found, judged, at, repeated)
        plan.close(tally, ids)

    def look(self, found: Coded, places: Places) -> list[tuple[int, str]]:
        """Row and id of the jobs of a block whose ids are suspected to stand elsewhere, in the order of the rows."""
        rows: list[tuple[int, str]] = []
        if found.hashes is not None and len(at := places.suspected(found.hashes)):
            texts = pc.fill_null(found.block.columns[JOB_ID].cast(pa.large_string()), "").to_pylist()
            given = [(place, composed(text.strip())) for place, text in enumerate(texts) if text and not text.isspace()]
            chosen = [given[one] for one in at.tolist()]
            numbers = found.block.numbers(np.array([place for place, _ in chosen], np.int64))
            rows = [(number, text) for number, (_, text) in zip(numbers, chosen, strict=True)]
        for place, cells in found.block.odd:
            for job in self._reader.jobs([(found.block.first + place, cells)]):
                ids: list[str] = []
                note_id(job, ids, self._plan.all_ids)
                rows += [(found.block.first + place, one) for one in ids if len(places.suspected(hashes_of(ids)))]
        return sorted(rows)

    def odd_jobs(self, found: Coded, repeated: Mapping[int, str]) -> Iterator[Job]:
        """The jobs of the rows of a block that do not fit the header; `repeated` as of `add`."""
        for place, cells in found.block.odd:
            number = found.block.first + place
            for job in self._reader.jobs([(number, cells)]):
                yield repeating(job, repeated[number]) if number in repeated else job

    def _beyond(
        self, tally: Tally, found: Coded, judged: Sequence[Judged | None], at: Array, repeated: Mapping[int, str]
    ) -> None:
        """Count the rows whose problems are too many to be kept."""
        again = np.isin(found.block.numbers(at), list(repeated)) if repeated else np.zeros(len(at), bool)
        for code in found.codes[at[again]].tolist():
            one = judged[code]
            tally.note((_AGAIN, *(() if one is None else one.problems)))
            tally.leave_out(1)
        chosen = np.zeros(len(found.codes), bool)
        chosen[at[~again]] = True
        self._count(tally, found, judged, chosen)

    def _cells(self, block: Block, position: int) -> list[Any]:
        one = slice(position, position + 1)
        return [None if name is None else cells_of_arrow(block.columns[name][one])[0] for name in self._columns.names]


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
