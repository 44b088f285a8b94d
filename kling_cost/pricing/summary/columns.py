"""Columns of a sheet, counted: rows with the same cells are told together, each distinct combination is judged once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kling_cost.jobs.columns import Columns
from kling_cost.jobs.reading import repeating
from kling_cost.jobs.rows import RowReader
from kling_cost.pricing.summary.coding import JOB_ID, PRICED, Block, Coded, UnusualError, blank_rows, crossed
from kling_cost.pricing.summary.ids import Array, Places, hashes_of
from kling_cost.pricing.summary.lines import Plan, note_id
from kling_cost.pricing.summary.tally import MOST_PROBLEMS, Asked, Tally
from kling_cost.problems import Problem, problem
from kling_cost.remembered import Remembered

#: Stands for each repeated id whose problem is counted only.
_AGAIN = problem("duplicate.job_id", JOB_ID, value="", first="")


class _Judged(NamedTuple):
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
        self._known: dict[tuple[Any, ...], _Judged] = Remembered()

    def judge(self, found: Coded) -> list[_Judged | None]:
        """What is to be said of each combination of a block; None of one whose cells are all blank.

        Raises:
            UnusualError: its rows have to be read one by one.
        """
        names = [name for name in PRICED if name in found.block.columns]
        judged = [self._judge(dict(zip(names, cells, strict=True))) for cells in found.cells]
        if None in judged and self._has_unknown:
            raise UnusualError  # whether a row is blank depends on columns that were not read
        return judged

    def tally(self, found: Coded, repeated: Mapping[int, str]) -> Tally:
        """What a block comes to."""
        tally = Tally(hashes=found.hashes, has_row_ids=found.has_row_ids)
        judged = self.judge(found)
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
        return tally

    def _judge(self, cells: Mapping[str, Any]) -> _Judged | None:
        """What is to be said of a combination; None where every cell is blank."""
        given = {name: cell for name, cell in cells.items() if cell is not None}
        if not given:
            return None
        key = tuple((name, cell.__class__, cell) for name, cell in given.items())
        judged = self._known.get(key)
        if judged is None:
            job = self._reader.job(0, given)
            item, problems = self._plan.pricer.item_of(job, self._plan.strict)
            asked = None if item is None else (job.ask, job.date)
            judged = self._known[key] = _Judged(asked, job.takes, problems)
        return judged

    def _count(self, tally: Tally, found: Coded, judged: Sequence[_Judged | None], chosen: Array | None) -> None:
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
        for name, table in tables.items():
            values = found.tags[name][0]
            for code, value, jobs in table.T.tolist():
                one, text = judged[code], values[value]
                if text is not None and one is not None and one.asked is not None:
                    tally.count_tag((name, text, one.asked), jobs, jobs * one.takes)

    def _one_by_one(
        self, tally: Tally, found: Coded, judged: Sequence[_Judged | None], at: Array, repeated: Mapping[int, str]
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
        if ids:
            more = plan.close(Tally(), ids)
            tally.hashes = more.hashes if tally.hashes is None else np.concatenate([tally.hashes, more.hashes])
            tally.has_row_ids |= more.has_row_ids

    def look(self, found: Coded, places: Places) -> list[tuple[int, str]]:
        """Row and id of the jobs of a block whose ids are suspected to stand elsewhere, in the order of the rows."""
        rows: list[tuple[int, str]] = []
        if found.hashes is not None and len(at := places.suspected(found.hashes)):
            texts = pc.fill_null(found.block.columns[JOB_ID].cast(pa.large_string()), "").to_pylist()
            given = [(place, text.strip()) for place, text in enumerate(texts) if text and not text.isspace()]
            chosen = [given[one] for one in at.tolist()]
            numbers = found.block.numbers(np.array([place for place, _ in chosen], np.int64))
            rows = [(number, text) for number, (_, text) in zip(numbers, chosen, strict=True)]
        for place, cells in found.block.odd:
            for job in self._reader.jobs([(found.block.first + place, cells)]):
                ids: list[str] = []
                note_id(job, ids, self._plan.all_ids)
                rows += [(found.block.first + place, one) for one in ids if len(places.suspected(hashes_of(ids)))]
        return sorted(rows)

    def _beyond(
        self, tally: Tally, found: Coded, judged: Sequence[_Judged | None], at: Array, repeated: Mapping[int, str]
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
        return [None if name is None else block.columns[name][position].as_py() for name in self._columns.names]
