"""A frame of jobs as arrays: ids, what each costs, how many takes, which tasks it names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kling_cost.frames.cell_codes import Factor, combined
from kling_cost.frames.frame_columns import refuse
from kling_cost.frames.pandas_columns import factor
from kling_cost.frames.unknown_columns import refuse_lookalikes
from kling_cost.jobs.bodies import read_task_ids
from kling_cost.jobs.columns import TAG, Columns
from kling_cost.jobs.pandas_frame import names_in
from kling_cost.jobs.providers import PLAIN_VALUES
from kling_cost.jobs.read_jobs import FRAME
from kling_cost.jobs.row_reader import RowReader, several_in
from kling_cost.pricing.combination_pricer import CombinationPricer
from kling_cost.pricing.line_item import Charge
from kling_cost.pricing.pricer import Pricer
from kling_cost.problems import Problem
from kling_cost.reconciliation.frames.text_codes import Codes, Mask, Texts, text_array, texts_of

#: Columns that say nothing of the price.
_BESIDE = ("job_id", "task_id")
_MAY_BE_SEVERAL = r"[,; \t\n\v\f\r\x1c-\x1f]|[^\x00-\x7f]"


class JobArrays(NamedTuple):
    """Jobs by their distinct ids, in the order of their first rows.

    Attributes:
        ids: the ids.
        of_row: which id each row has.
        charges: what the job that has the id costs, by its place in `charged`; -1 where it has no line item.
        takes: how many it has.
        charged: the distinct charges, and whose day's rates count.
        odd: ids whose rows have to be read one by one.
        named: job and task id for each task that the file names.
    """

    ids: pa.LargeStringArray
    of_row: Codes
    charges: Codes
    takes: Codes
    charged: list[tuple[Charge, date | None]]
    odd: Mask
    named: tuple[Codes, pa.LargeStringArray]


def job_arrays(frame: pd.DataFrame, pricer: Pricer) -> JobArrays:
    """Read and price a frame of jobs, each distinct combination once.

    Raises:
        UsageError: two columns of one name, or one that looks like a misspelt or missing column of a job sheet.
    """
    columns = _columns(frame, pricer.book.own_inputs)
    at = {name: place for place, name in enumerate(columns.names) if name is not None}
    found = _ids(frame, at)
    ids = found.texts.dictionary_encode()
    of_row = ids.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    first = np.empty(len(ids.dictionary), dtype=np.int64)
    first[of_row[::-1]] = np.arange(len(of_row) - 1, -1, -1)
    odd = np.zeros(len(first), dtype=bool)
    odd[of_row[found.unreadable]] = True
    priced = [name for name in at if name not in _BESIDE and not name.startswith(TAG)]
    factors = (_factor(frame.iloc[:, at[name]], name) for name in priced)
    combinations, cells = combined(len(frame), priced, factors)
    charges, takes, charged = _priced(CombinationPricer(pricer, RowReader(FRAME, columns), priced), cells)
    kinds = combinations[first]
    jobs, tasks, unreadable = _named(frame, at, of_row)
    odd[unreadable] = True
    return JobArrays(ids.dictionary, of_row, charges[kinds], takes[kinds], charged, odd, (jobs, tasks))


def _columns(frame: pd.DataFrame, options: Sequence[str]) -> Columns:
    columns = Columns(names_in(frame), options)
    refuse(columns.problems)
    refuse_lookalikes(frame, columns)
    return columns


def _ids(frame: pd.DataFrame, at: dict[str, int]) -> Texts:
    """The ids of all rows; a row without one has the one that its place gives, and is odd where another has it, too."""
    if "job_id" not in at:
        return Texts(_by_place(np.arange(len(frame))), np.zeros(len(frame), dtype=bool))
    texts, odd = texts_of(frame.iloc[:, at["job_id"]])
    if texts.null_count:
        without = texts.is_null()
        rows = np.flatnonzero(without)
        own = _by_place(rows)
        odd[rows] |= pc.is_in(own, value_set=texts).to_numpy(zero_copy_only=False)
        texts = pc.replace_with_mask(texts, without, own)
    return Texts(texts, odd)


def _by_place(rows: Codes) -> pa.LargeStringArray:
    """The ids of jobs that have none of their own."""
    text = pa.large_string()
    return pc.binary_join_element_wise(pa.scalar(FRAME, text), pa.array(rows + 1).cast(text), pa.scalar(":", text))


def _factor(column: pd.Series[Any], name: str) -> Factor:
    """The distinct values of a column; one stands in for all that no rule tells apart."""
    plain = PLAIN_VALUES.get(name)
    texts = text_array(column) if plain is not None else None
    if plain is None or texts is None:
        return factor(column)
    holds = pc.and_(pc.match_substring_regex(texts, plain.has), pc.less_equal(pc.utf8_length(texts), plain.longest))
    if plain.lacks:
        holds = pc.and_not(holds, pc.match_substring(texts, plain.lacks))
    is_plain = pc.fill_null(holds, False).to_numpy(zero_copy_only=False)
    odd_codes, values = factor(column[~is_plain])
    codes = np.full(len(column), len(values), dtype=np.int64)
    codes[~is_plain] = odd_codes
    return codes, [*values, plain.stand_in]


def _priced(
    prices: CombinationPricer, rows: Sequence[tuple[object, ...]]
) -> tuple[Codes, Codes, list[tuple[Charge, date | None]]]:
    """Charge and takes of each combination, and the distinct charges."""
    charged: dict[tuple[int, date | None], int] = {}
    found: list[tuple[Charge, date | None]] = []
    charges, takes = np.full(len(rows), -1, dtype=np.int64), np.ones(len(rows), dtype=np.int64)
    for number, cells in enumerate(rows):
        job, item, _ = prices.price(cells)
        takes[number] = job.takes
        if item is not None:
            code = charged.setdefault((id(item.charge), job.date), len(found))
            if code == len(found):
                found.append((item.charge, job.date))
            charges[number] = code
    return charges, takes, found


def _named(frame: pd.DataFrame, at: dict[str, int], of_row: Codes) -> tuple[Codes, pa.LargeStringArray, Codes]:
    """Job and task id for each task that the rows name, and the jobs whose cell is unreadable."""
    if "task_id" not in at:
        return np.empty(0, dtype=np.int64), pa.array([], pa.large_string()), np.empty(0, dtype=np.int64)
    texts, unreadable = texts_of(frame.iloc[:, at["task_id"]])
    several = pc.fill_null(pc.match_substring_regex(texts, _MAY_BE_SEVERAL), False)
    one = pc.and_(texts.is_valid(), pc.invert(several)).to_numpy(zero_copy_only=False)
    split: list[tuple[int, str]] = []
    for row in np.flatnonzero(several):
        found: list[Problem] = []
        split += [(of_row[row], task_id) for task_id in read_task_ids(several_in(texts[int(row)].as_py()), found)]
        unreadable[row] |= bool(found)
    jobs = np.array([job for job, _ in split], dtype=np.int64)
    tasks = pa.array([task_id for _, task_id in split], pa.large_string())
    return (
        np.concatenate([of_row[one], jobs]),
        pa.concat_arrays([texts.filter(pa.array(one)), tasks]),
        of_row[unreadable],
    )
