"""Frames of jobs and answers are reconciled where they are: what is plain at once, the rest one by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kling_cost.frames import ADDED_COLUMNS
from kling_cost.jobs.columns import Columns
from kling_cost.jobs.pandas_frame import read_frame
from kling_cost.jobs.read_jobs import jobs_of_rows
from kling_cost.pricebook.book import PriceBook, book_given
from kling_cost.pricebook.load import load_prices
from kling_cost.pricing.estimate import estimate
from kling_cost.pricing.pricer import pricer
from kling_cost.python_values import day
from kling_cost.reconciliation.answers.answer_set import AnswerCollector, Responses
from kling_cost.reconciliation.answers.answer_sheets import AnswerRows
from kling_cost.reconciliation.answers.status_words import StatusWords
from kling_cost.reconciliation.findings.common_causes import WholeCredits
from kling_cost.reconciliation.findings.explain import Explainer
from kling_cost.reconciliation.frames.answer_arrays import answer_arrays
from kling_cost.reconciliation.frames.frame_engines import like, pandas_of
from kling_cost.reconciliation.frames.job_arrays import JobArrays, job_arrays
from kling_cost.reconciliation.frames.match_arrays import may_be_inferred, owners_of
from kling_cost.reconciliation.frames.take_rows import PlainRows, cases_of
from kling_cost.reconciliation.frames.text_codes import Codes, Mask
from kling_cost.reconciliation.reconcile import Reconciler
from kling_cost.reconciliation.task_outcome import TaskOutcomes
from kling_cost.results.arrow_tables import arrow_table
from kling_cost.results.record_types import TASK


def reconcile_frame(
    jobs: Any, responses: Any, book: PriceBook | None = None, *, as_of: date | str | None = None
) -> Any:
    """Hold a frame of answers against a frame of jobs.

    Args:
        jobs: rows with the columns of a job sheet, as a frame of pandas, Polars (eager or lazy), PyArrow or DuckDB.
            Columns that `price_frame` added are left aside: jobs are always priced by `book`.
        responses: rows with the columns of a sheet of answers, in any of these forms.
        book: the price book; the one that comes with the library if left out.
        as_of: the day whose rates count for jobs without a date; without it the latest.

    Returns:
        A frame of the kind of `jobs` (a relation in its connection), one row a take or task, in the order of the
        jobs: the rows and columns of `reconcile(estimate(jobs, book, as_of=as_of), responses).to_frame()`. Jobs with
        an error and orphans have none. What is not submitted yet is left out by giving only the jobs that are.

    Raises:
        UsageError: one of the two is no such frame; `jobs` has two columns of one name, or one that looks like a
            misspelt or missing column of a job sheet.

    >>> import pandas as pd
    >>> jobs = pd.DataFrame({"job_id": ["a", "b"], "model": ["kling-v3-text-to-video"] * 2})
    >>> answers = pd.DataFrame({"job_id": ["a"], "task_id": ["t"], "status": ["completed"], "credits": [40.5]})
    >>> reconcile_frame(jobs, answers)[["job_id", "reported", "findings"]].values.tolist()
    [['a', Decimal('40.500000000000000000'), 'over_reserved'], ['b', <NA>, 'missing_response']]
    """
    planned, given = pandas_of(jobs, "jobs"), pandas_of(responses, "responses")
    planned = planned.loc[:, [name not in ADDED_COLUMNS for name in planned.columns]]
    known = book_given(book) or load_prices()
    return like(jobs)(_Frames(planned, given, known, day(as_of, "as_of")).table())


class _Frames:
    """Jobs and answers, and what is found to be plain of them."""

    def __init__(self, jobs: pd.DataFrame, responses: pd.DataFrame, book: PriceBook, as_of: date | None) -> None:
        self._jobs, self._responses, self._book, self._as_of = jobs, responses, book, as_of
        self._outcomes = TaskOutcomes(StatusWords(book), Explainer(book, (), as_of))
        self._planned = job_arrays(jobs, pricer(book, as_of))
        self._answers = answer_arrays(responses, self._planned.ids)
        self._owners = owners_of(self._planned, self._answers)

    def table(self) -> pa.Table:
        """All rows, in the order of the jobs."""
        planned, answers, owners, words = self._planned, self._answers, self._owners, self._outcomes.words
        cases = cases_of(planned, answers, owners.owner, self._plain(), self._outcomes)
        if cases.left_out.any():
            owners.apart_tasks |= cases.left_out
            owners.close()
        if may_be_inferred(answers, owners, words):
            owners.take_apart(PlainRows(planned, answers, owners.owner, cases, words).has_room())
        rows = PlainRows(planned, answers, owners.owner, cases.only(self._plain()), words)
        together = WholeCredits()
        rows.amounts_seen(together)
        one_by_one = self._one_by_one() if owners.apart_jobs.any() else None
        if one_by_one is not None:
            one_by_one.amounts_seen(together)
        together.told()
        table, job_of = rows.table(np.flatnonzero((planned.charges >= 0) & ~owners.apart_jobs), owners.by_answer)
        if one_by_one is None:
            return table
        apart = arrow_table(TASK, one_by_one.tasks)
        job_of = np.concatenate([job_of, _places(apart, planned)])
        return pa.concat_tables([table, apart]).take(pa.array(np.argsort(job_of, kind="stable")))

    def _plain(self) -> Mask:
        """Tasks of the one job that is named for them, which has a price, and whose provider answered."""
        planned, answers, owner = self._planned, self._answers, self._owners.owner
        charge = np.where(owner < 0, -1, planned.charges[owner] if len(planned.charges) else -1)
        plain = (charge >= 0) & ~self._owners.apart_tasks
        sellers = [facts.provider for facts in answers.distinct]
        buys = np.array([[s in (None, c.provider) for c, _ in planned.charged] for s in sellers], dtype=bool)
        if not buys.all():
            facts = np.zeros(answers.task_count, dtype=np.int64)
            facts[answers.tasks] = answers.facts
            plain[plain] = buys[facts[plain], charge[plain]]
        return plain

    def _one_by_one(self) -> Reconciler:
        """The jobs that are matched separately, by their answers and those that name no job."""
        planned, answers, owners = self._planned, self._answers, self._owners
        rows = answers.rows[owners.apart_tasks[answers.tasks]]
        names, cells = _rows(self._responses, np.union1d(rows, answers.beside))
        collector = AnswerCollector(Responses())
        collector.begin("responses")
        AnswerRows(collector, None, names, False).take(cells)
        headings, cells = _rows(self._jobs, np.flatnonzero(owners.apart_jobs[planned.of_row]))
        options = self._book.own_inputs
        told = Columns(headings, options).names
        jobs = jobs_of_rows([name if told[at] else None for at, name in enumerate(headings)], cells, options)
        return Reconciler(estimate(jobs, self._book, as_of=self._as_of), collector.responses, self._book)


def _rows(frame: pd.DataFrame, rows: Codes) -> tuple[list[str], Iterator[tuple[int, list[Any]]]]:
    """The column names, and some rows of a frame with their numbers in the whole of it."""
    names, cells = read_frame(frame.iloc[rows])
    return names, ((int(row) + 1, values) for row, (_, values) in zip(rows, cells, strict=True))


def _places(table: pa.Table, planned: JobArrays) -> Codes:
    ids = table.column("job_id").combine_chunks().cast(planned.ids.type)
    places: Codes = pc.index_in(ids, value_set=planned.ids).to_numpy(zero_copy_only=False).astype(np.int64)
    return places
