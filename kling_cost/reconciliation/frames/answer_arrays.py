"""A frame of answers as arrays: which task, which job, and what is stated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kling_cost.frames.cell_codes import combined
from kling_cost.frames.pandas_columns import factor
from kling_cost.reconciliation.answers.answer import Answer, Facts
from kling_cost.reconciliation.answers.answer_set import AnswerCollector, Responses
from kling_cost.reconciliation.answers.answer_sheets import COLUMNS, AnswerRows, created_at
from kling_cost.reconciliation.frames.text_codes import Codes, Texts, numbered, texts_of
from kling_cost.reconciliation.providers.answer_schema import FAR

#: What a job id may stand for that is none of the plan's.
NONE, UNKNOWN = -1, -2
_BESIDE = ("job_id", "task_id", "created")


class AnswerArrays(NamedTuple):
    """The rows of a frame that are answers about tasks.

    Attributes:
        rows: where they answer in the frame.
        tasks: which task each is about; those without an id of their own, one for each job, come last.
        jobs: which job each names, by its place in the plan; `NONE` or `UNKNOWN`.
        facts: what each states, by its place in `distinct`.
        task_ids: ids of the tasks that have one.
        task_count: how many tasks there are.
        distinct: the distinct facts.
        among_ids: tasks whose id is also the id of a job that answers name without a task, and tasks of such jobs.
        beside: rows that name such a job, and no job of the plan.
        created: the column that says when a task was created; None where there is none.
    """

    rows: Codes
    tasks: Codes
    jobs: Codes
    facts: Codes
    task_ids: pa.LargeStringArray
    task_count: int
    distinct: list[Facts]
    among_ids: Codes
    beside: Codes
    created: pd.Series[Any] | None

    def created_of(self, answers: Codes) -> tuple[Codes, int]:
        """When tasks were created, as answers say it.

        Returns:
            For each answer its place among all such moments, in their order, -1 where it does not say it; and how
            many moments there are.
        """
        if self.created is None:
            return np.full(len(answers), -1, dtype=np.int64), 0
        column = self.created.iloc[self.rows[answers]]
        seconds = _whole_seconds(column)
        if seconds is not None:
            distinct, places = np.unique(seconds, return_inverse=True)
            return places, len(distinct)
        codes, cells = factor(column)
        moments = [created_at(cell) for cell in cells]
        order = {moment: place for place, moment in enumerate(sorted({m for m in moments if m is not None}))}
        return np.array([*(-1 if m is None else order[m] for m in moments), -1])[codes], len(order)


def _whole_seconds(column: pd.Series[Any]) -> Codes | None:
    """A column of whole seconds that a clock may show; None for any other."""
    if getattr(column.dtype, "kind", "") != "i" or column.isna().any():
        return None
    seconds = column.to_numpy(dtype=np.int64)
    return seconds if ((seconds >= 0) & (seconds < FAR)).all() else None


def answer_arrays(frame: pd.DataFrame, ids: pa.LargeStringArray) -> AnswerArrays:
    """Read a frame of answers, each distinct statement once.

    Args:
        frame: as `read_responses` takes it.
        ids: of the jobs.
    """
    names = AnswerRows(AnswerCollector(Responses()), None, [str(name) for name in frame.columns], False).names
    at = {name: place for place, name in enumerate(names) if name in COLUMNS}
    codes, facts = _distinct(frame, {name: place for name, place in at.items() if name not in _BESIDE})
    jobs, tasks = (_texts(frame, at.get(name)) for name in ("job_id", "task_id"))
    without_task = tasks.texts.is_null().to_numpy(zero_copy_only=False)
    without_job = jobs.texts.is_null().to_numpy(zero_copy_only=False)
    wrong = (codes < 0) | jobs.unreadable | tasks.unreadable | (without_task & without_job)
    known = (
        pc.fill_null(pc.index_in(jobs.texts, value_set=ids), UNKNOWN).to_numpy(zero_copy_only=False).astype(np.int64)
    )
    known[without_job] = NONE
    encoded = tasks.texts.dictionary_encode()
    of_task = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    task_ids, count = encoded.dictionary, len(encoded.dictionary)
    among = beside = np.empty(0, dtype=np.int64)
    loose = np.flatnonzero(without_task & ~wrong)
    if len(loose):
        places = pc.index_in(jobs.texts.take(pa.array(loose)), value_set=task_ids)
        is_id = places.is_valid().to_numpy(zero_copy_only=False)
        beside, wrong[loose[known[loose] == UNKNOWN]] = loose[is_id & (known[loose] == UNKNOWN)], True
        is_id, loose = is_id[known[loose] != UNKNOWN], loose[known[loose] != UNKNOWN]
        own, first = numbered(known[loose])
        of_task[loose] = own + count
        among = np.concatenate([places.drop_null().to_numpy().astype(np.int64), of_task[loose[is_id]]])
        count += len(first)
    rows = np.arange(len(frame))
    if wrong.any():
        rows = np.flatnonzero(~wrong)
        of_task, known, codes = of_task[rows], known[rows], codes[rows]
    created = frame.iloc[:, at["created"]] if "created" in at else None
    return AnswerArrays(rows, of_task, known, codes, task_ids, count, facts, among, beside, created)


def _texts(frame: pd.DataFrame, place: int | None) -> Texts:
    if place is None:
        return Texts(pa.nulls(len(frame), pa.large_string()), np.zeros(len(frame), dtype=bool))
    return texts_of(frame.iloc[:, place])


def _distinct(frame: pd.DataFrame, at: dict[str, int]) -> tuple[Codes, list[Facts]]:
    """What each row states, -1 where it cannot be read, and the distinct facts."""
    codes, cells = combined(len(frame), list(at), (factor(frame.iloc[:, place]) for place in at.values()))
    facts = _read(list(at), cells)
    kept = np.array([number for number, found in enumerate(facts) if found is not None], dtype=np.int64)
    if len(kept) < len(facts):
        number = np.full(len(facts), -1, dtype=np.int64)
        number[kept] = np.arange(len(kept))
        codes = number[codes]
    return codes, [found for found in facts if found is not None]


def _read(names: Sequence[str], rows: Sequence[Sequence[object]]) -> list[Facts | None]:
    """What rows state, as the reader of sheets reads them; None where it cannot."""
    collector = AnswerCollector(Responses())
    collector.begin("responses")
    numbered_rows = ((number, [str(number), *cells]) for number, cells in enumerate(rows))
    AnswerRows(collector, None, ["task_id", *names], False).take(numbered_rows)
    found: list[Facts | None] = [None] * len(rows)
    for tasks in collector.responses.tasks.values():
        for number, answer in tasks.items():
            if isinstance(answer, Answer):
                found[int(number)] = answer.facts
    return found
