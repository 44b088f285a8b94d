"""Rows of plain jobs: which task fills which take, which stand beyond, which takes are unanswered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kling_cost.reconciliation.frames.answer_arrays import Answered
from kling_cost.reconciliation.frames.charge_cases import Cases, misfits, task_ids_of
from kling_cost.reconciliation.frames.job_arrays import Plan
from kling_cost.reconciliation.frames.text_codes import Codes, numbered, picked
from kling_cost.reconciliation.matching import BY_JOB_ID, BY_TASK_ID
from kling_cost.reconciliation.result import Task
from kling_cost.reconciliation.rounded_charges import WholeCredits
from kling_cost.reconciliation.task_outcome import TaskJudge
from kling_cost.results.frames import arrow_table
from kling_cost.results.record_types import TASK

_NOTHING = Decimal(0)
_STANDS = _TAKE, _BEYOND, _RETRY = 0, 1, 2  # a task fills a take, is one too many, or came to nothing beside those
#: What is found about this very task, after what is found about its amount.
_OWN_KINDS = ("wrong_task_prefix", "duplicate_response")


class PlainRows:
    """Plain tasks in their jobs.

    Args:
        plan, answers: the jobs and what was answered.
        owner: the job of each task.
        cases: the plain tasks.

    Attributes:
        jobs: the job of each task of the cases.
        live: tasks that did not come to nothing.
    """

    def __init__(self, plan: Plan, answers: Answered, owner: Codes, cases: Cases) -> None:
        self._plan, self._answers, self._cases = plan, answers, cases
        self.jobs = owner[cases.tasks]
        nothing = np.array([charged.came_to_nothing for charged in cases.charged], dtype=bool)
        self.live = ~nothing[cases.codes]

    def has_room(self) -> npt.NDArray[np.bool_]:
        """Whether a job has takes that no task fills yet."""
        live = np.bincount(self.jobs[self.live], minlength=len(self._plan.takes))
        return (self._plan.charges >= 0) & (self._plan.takes > live)

    def amounts_seen(self, together: WholeCredits) -> None:
        """Show the differences of all tasks to what looks at them together."""
        cases = self._cases
        for code in np.unique(cases.codes).tolist():
            charge, _ = self._plan.charged[cases.charges[code]]
            for what in cases.charged[code].differences:
                together.add(charge.provider, what)

    def table(self, jobs: Codes, by_answer: npt.NDArray[np.bool_], judge: TaskJudge) -> tuple[pa.Table, Codes]:
        """The rows of jobs, and the job of each row.

        Args:
            jobs: all jobs of the cases' tasks, and jobs without any, in their order.
            by_answer: whether an answer names the job of a task.
            judge: knows how ids of tasks begin.
        """
        plan, cases = self._plan, self._cases
        counts = np.bincount(self.jobs, minlength=len(plan.takes))
        places = self._places(counts)
        rows = np.maximum(counts, plan.takes)[jobs]
        starts = np.zeros(len(counts), dtype=np.int64)
        starts[jobs] = np.cumsum(rows) - rows
        of_job = np.repeat(jobs, rows)
        at = starts[self.jobs] + places
        tasks = np.full(len(of_job), -1, dtype=np.int64)
        tasks[at] = cases.tasks
        stands = np.where(places < plan.takes[self.jobs], _TAKE, np.where(self.live, _BEYOND, _RETRY))
        keys = -1 - plan.charges[of_job]
        own = [by_answer[cases.tasks], misfits(plan, self._answers, cases, judge), cases.repeated]
        outcome = cases.codes * len(_STANDS) + stands
        for flag in own:
            outcome = outcome * 2 + flag
        keys[at] = outcome
        outcomes, first = numbered(keys)
        table = arrow_table(TASK, [self._outcome(key) for key in keys[first].tolist()]).take(pa.array(outcomes))
        return self._named(table, of_job, tasks), of_job

    def _named(self, table: pa.Table, of_job: Codes, tasks: Codes) -> pa.Table:
        """Outcomes with the ids of job and task."""
        ids = picked(self._plan.ids, of_job).cast(pa.string())
        task_ids = task_ids_of(self._answers, tasks).cast(pa.string())
        for name, column in (("job_id", ids), ("task_id", task_ids)):
            table = table.set_column(table.column_names.index(name), table.schema.field(name), column)
        return table

    def _outcome(self, key: int) -> Task:
        """A row without its ids, as it is written for all rows alike."""
        if key < 0:
            charge, _ = self._plan.charged[-1 - key]
            nothing: dict[str, Any] = dict.fromkeys(("reserved", "settled", "refunded", "reported", "matched_by"))
            return Task(
                None, None, charge.provider, None, "missing", charge.cost, currency=charge.currency,
                findings=("missing_response",), extra={}, **nothing,
            )  # fmt: skip
        key, repeated = divmod(key, 2)
        key, misfit = divmod(key, 2)
        key, by_answer = divmod(key, 2)
        case, stands = divmod(key, len(_STANDS))
        charged, (charge, _) = self._cases.charged[case], self._plan.charged[self._cases.charges[case]]
        kinds = [what.kind for what in charged.differences]
        kinds += ["duplicate_task"] * (stands == _BEYOND)
        kinds += [kind for kind, found in zip(_OWN_KINDS, (misfit, repeated), strict=True) if found]
        return Task(
            None,
            None,
            charge.provider,
            charged.status,
            charged.state,
            charge.cost if stands == _TAKE else _NOTHING,
            charged.reserved,
            charged.settled,
            charged.refunded,
            charged.reported,
            charge.currency,
            BY_JOB_ID if by_answer else BY_TASK_ID,
            tuple(kinds),
            {},
        )

    def _places(self, counts: Codes) -> Codes:
        """Where each task stands among those of its job: the live before those that came to nothing, by age."""
        places = np.zeros(len(self.jobs), dtype=np.int64)
        several = np.flatnonzero((counts > 1)[self.jobs])
        if len(several):
            jobs = self.jobs[several]
            unstated = np.array([charged.reported is None for charged in self._cases.charged])[
                self._cases.codes[several]
            ]
            ages = self._ages(several)
            keys = [ages, unstated, ~self.live[several], jobs]
            order = np.lexsort(keys)
            tied = np.ones(len(order), dtype=bool)
            for key in keys:
                tied[1:] &= key[order[1:]] == key[order[:-1]]
            if tied[1:].any():
                order = np.lexsort([self._ranks(several), *keys])
            sorted_jobs = jobs[order]
            begins = np.flatnonzero(np.diff(sorted_jobs, prepend=-1))
            lengths = np.diff(begins, append=len(order))
            places[several[order]] = np.arange(len(order)) - np.repeat(begins, lengths)
        return places

    def _ages(self, which: Codes) -> Codes:
        """The order in which tasks were created; those of which nobody says it come last."""
        answers, tasks = self._answers, self._cases.tasks[which]
        wanted = np.zeros(answers.task_count, dtype=bool)
        wanted[tasks] = True
        rows = np.flatnonzero(wanted[answers.tasks])
        created, moments = answers.created_of(rows)
        oldest = np.full(answers.task_count, moments)
        np.minimum.at(oldest, answers.tasks[rows], np.where(created < 0, moments, created))
        return oldest[tasks]

    def _ranks(self, which: Codes) -> Codes:
        """The order of the tasks' ids; no id comes first."""
        ids = pc.fill_null(task_ids_of(self._answers, self._cases.tasks[which]), "")
        ranks: Codes = pc.rank(ids, tiebreaker="dense").to_numpy(zero_copy_only=False).astype(np.int64)
        return ranks
