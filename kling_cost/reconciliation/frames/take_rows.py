"""Rows of plain jobs: what their tasks were charged, which task fills which take, which takes are unanswered.

Each distinct case, a charge and what is stated of it, is evaluated once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kling_cost.reconciliation.answers.answer import Answer
from kling_cost.reconciliation.answers.status_words import StatusWords
from kling_cost.reconciliation.findings.common_causes import WholeCredits
from kling_cost.reconciliation.frames.answer_arrays import AnswerArrays
from kling_cost.reconciliation.frames.job_arrays import JobArrays
from kling_cost.reconciliation.frames.text_codes import Codes, Mask, numbered, picked
from kling_cost.reconciliation.matching.allocate import BEYOND, STANDINGS, precedence, standing
from kling_cost.reconciliation.matching.matched_tasks import BY_JOB_ID, BY_TASK_ID
from kling_cost.reconciliation.result import Task
from kling_cost.reconciliation.task_outcome import TaskOutcome, TaskOutcomes
from kling_cost.reconciliation.task_rows import UNFILLED, due_of, task_row
from kling_cost.results.arrow_tables import arrow_table
from kling_cost.results.record_types import TASK

_MOST_ANSWERS = 64  # different answers of one task; a task with more is looked at on its own
#: What is found about this very task, after what is found about its amount.
_OWN_KINDS = ("wrong_task_prefix", "duplicate_response")


class Cases(NamedTuple):
    """Plain tasks by how they were charged.

    Attributes:
        tasks: which tasks; a task with very many answers is none of them.
        codes: the case of each, by its place in `outcomes`.
        outcomes: what the tasks of a case were charged.
        charges: the charge of each case, by its place in those of the jobs.
        repeated: tasks, among `tasks`, of which an answer came more than once.
        left_out: plain tasks that have too many different answers, by their codes.
    """

    tasks: Codes
    codes: Codes
    outcomes: list[TaskOutcome]
    charges: Codes
    repeated: Mask
    left_out: Mask

    def only(self, plain: Mask) -> Cases:
        """Those of some tasks, by their codes."""
        kept = plain[self.tasks]
        if kept.all():
            return self
        return self._replace(tasks=self.tasks[kept], codes=self.codes[kept], repeated=self.repeated[kept])


def cases_of(jobs: JobArrays, answers: AnswerArrays, owner: Codes, plain: Mask, outcomes: TaskOutcomes) -> Cases:
    """Evaluate plain tasks.

    Args:
        jobs, answers: what was planned, and what was answered.
        owner: the job of each task.
        plain: the tasks to evaluate.
        outcomes: evaluates answers.
    """
    most = max(len(answers.distinct), 1)
    told = plain[answers.tasks]
    about, facts = (answers.tasks, answers.facts) if told.all() else (answers.tasks[told], answers.facts[told])
    pairs = np.sort(about * most + facts)
    distinct = pairs[np.diff(pairs, prepend=-1) != 0]
    starts = np.flatnonzero(np.diff(distinct // most, prepend=-1))
    counts = np.diff(starts, append=len(distinct))
    left_out, many = np.zeros(answers.task_count, dtype=bool), counts > _MOST_ANSWERS
    if many.any():
        left_out[distinct[starts[many]] // most] = True
        starts, counts = starts[~many], counts[~many]
    tasks = distinct[starts] // most
    codes = jobs.charges[owner[tasks]]
    for nth in range(int(counts.max(initial=0))):
        more = counts > nth
        key = codes * (most + 1)
        key[more] += distinct[starts[more] + nth] % most + 1
        codes, _ = numbered(key)
    codes, first = numbered(codes)
    found = []
    for at in first:
        charge, day = jobs.charged[jobs.charges[owner[tasks[at]]]]
        facts = distinct[starts[at] : starts[at] + counts[at]] % most
        found.append(outcomes.of(charge, day, [_answer(answers, int(fact)) for fact in facts]))
    repeated = np.zeros(len(tasks), dtype=bool)
    if len(distinct) < len(pairs):
        repeated = _repeated(answers, plain)[tasks]
    return Cases(tasks, codes, found, jobs.charges[owner[tasks[first]]], repeated, left_out)


def _answer(answers: AnswerArrays, fact: int) -> Answer:
    return Answer(answers.distinct[fact], None, None, None, 0, None)


def _repeated(answers: AnswerArrays, plain: Mask) -> Mask:
    """Tasks of which the same answer came more than once."""
    rows = np.flatnonzero(plain[answers.tasks])
    coded, _ = numbered(answers.tasks[rows] * len(answers.distinct) + answers.facts[rows])
    rows = rows[np.bincount(coded)[coded] > 1]
    coded, _ = numbered(answers.tasks[rows] * len(answers.distinct) + answers.facts[rows])
    created, moments = answers.created_of(rows)
    named, _ = numbered(answers.jobs[rows])
    keys, _ = numbered(coded * (int(named.max(initial=0)) + 1) + named)
    keys, _ = numbered(keys * (moments + 1) + created + 1)
    found = np.zeros(answers.task_count, dtype=bool)
    found[answers.tasks[rows[np.bincount(keys)[keys] > 1]]] = True
    return found


class PlainRows:
    """Plain tasks in their jobs.

    Args:
        jobs, answers: what was planned, and what was answered.
        owner: the job of each task.
        cases: the plain tasks.
        words: knows how ids of tasks begin.

    Attributes:
        job_of: the job of each task of the cases.
        is_nothing: tasks that came to nothing.
    """

    def __init__(self, jobs: JobArrays, answers: AnswerArrays, owner: Codes, cases: Cases, words: StatusWords) -> None:
        self._jobs, self._answers, self._cases, self._words = jobs, answers, cases, words
        self.job_of = owner[cases.tasks]
        self.is_nothing = np.array([one.came_to_nothing for one in cases.outcomes], dtype=bool)[cases.codes]

    def has_room(self) -> npt.NDArray[np.bool_]:
        """Whether a job has takes that no task fills yet."""
        live = np.bincount(self.job_of[~self.is_nothing], minlength=len(self._jobs.takes))
        return (self._jobs.charges >= 0) & (self._jobs.takes > live)

    def amounts_seen(self, together: WholeCredits) -> None:
        """Show the differences of all tasks to what looks at them together."""
        cases = self._cases
        for code in np.unique(cases.codes).tolist():
            charge, _ = self._jobs.charged[cases.charges[code]]
            for found in cases.outcomes[code].differences:
                together.add(charge.provider, found)

    def table(self, which: Codes, by_answer: npt.NDArray[np.bool_]) -> tuple[pa.Table, Codes]:
        """The rows of jobs, and the job of each row.

        Args:
            which: all jobs of the cases' tasks, and jobs without any, in their order.
            by_answer: whether an answer names the job of a task.
        """
        jobs, cases = self._jobs, self._cases
        counts = np.bincount(self.job_of, minlength=len(jobs.takes))
        places = self._places(counts)
        rows = np.maximum(counts, jobs.takes)[which]
        starts = np.zeros(len(counts), dtype=np.int64)
        starts[which] = np.cumsum(rows) - rows
        job_of_row = np.repeat(which, rows)
        at = starts[self.job_of] + places
        tasks = np.full(len(job_of_row), -1, dtype=np.int64)
        tasks[at] = cases.tasks
        keys = -1 - jobs.charges[job_of_row]
        key = cases.codes * len(STANDINGS) + standing(places, jobs.takes[self.job_of], self.is_nothing)
        for flag in (by_answer[cases.tasks], self._misfits(), cases.repeated):
            key = key * 2 + flag
        keys[at] = key
        distinct, first = numbered(keys)
        table = arrow_table(TASK, [self._row(key) for key in keys[first].tolist()]).take(pa.array(distinct))
        return self._named(table, job_of_row, tasks), job_of_row

    def _named(self, table: pa.Table, job_of_row: Codes, tasks: Codes) -> pa.Table:
        """Rows with the ids of job and task."""
        ids = picked(self._jobs.ids, job_of_row).cast(pa.string())
        task_ids = self._ids_of(tasks).cast(pa.string())
        for name, column in (("job_id", ids), ("task_id", task_ids)):
            table = table.set_column(table.column_names.index(name), table.schema.field(name), column)
        return table

    def _row(self, key: int) -> Task:
        """A row without its ids, shared by all that are equal."""
        if key < 0:
            charge, _ = self._jobs.charged[-1 - key]
            return task_row(None, None, charge, UNFILLED, charge.due, None, ("missing_response",))
        key, repeated = divmod(key, 2)
        key, misfit = divmod(key, 2)
        key, by_answer = divmod(key, 2)
        case, stands = divmod(key, len(STANDINGS))
        outcome, (charge, _) = self._cases.outcomes[case], self._jobs.charged[self._cases.charges[case]]
        kinds = [found.kind for found in outcome.differences]
        kinds += ["duplicate_task"] * (stands == BEYOND)
        kinds += [kind for kind, found in zip(_OWN_KINDS, (misfit, repeated), strict=True) if found]
        matched_by = BY_JOB_ID if by_answer else BY_TASK_ID
        return task_row(None, None, charge, outcome, due_of(charge, stands), matched_by, tuple(kinds))

    def _places(self, counts: Codes) -> Codes:
        """How many tasks of its job come before each task."""
        places = np.zeros(len(self.job_of), dtype=np.int64)
        several = np.flatnonzero((counts > 1)[self.job_of])
        if len(several):
            jobs = self.job_of[several]
            order = self._order(several, jobs)
            begins = np.flatnonzero(np.diff(jobs[order], prepend=-1))
            lengths = np.diff(begins, append=len(order))
            places[several[order]] = np.arange(len(order)) - np.repeat(begins, lengths)
        return places

    def _order(self, which: Codes, jobs: Codes) -> Codes:
        """The order of tasks by jobs, and within a job; ids are looked at only where nothing else tells tasks apart."""
        unstated = np.array([one.reported is None for one in self._cases.outcomes])[self._cases.codes[which]]
        keys = (jobs, *precedence(self.is_nothing[which], unstated, self._ages(which)))
        order: Codes = np.lexsort(keys[::-1])
        tied = np.ones(len(order), dtype=bool)
        for key in keys:
            tied[1:] &= key[order[1:]] == key[order[:-1]]
        return np.lexsort((self._ranks(which), *keys[::-1])) if tied[1:].any() else order

    def _ages(self, which: Codes) -> Codes:
        """The order in which tasks were created; those without a time come last."""
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
        ids = pc.fill_null(self._ids_of(self._cases.tasks[which]), "")
        ranks: Codes = pc.rank(ids, tiebreaker="dense").to_numpy(zero_copy_only=False).astype(np.int64)
        return ranks

    def _ids_of(self, tasks: Codes) -> pa.LargeStringArray:
        """The ids of tasks; null for -1, and for a task that has none."""
        ids = self._answers.task_ids
        return picked(ids, np.where(tasks < len(ids), tasks, -1))

    def _misfits(self) -> Mask:
        """Tasks whose ids begin as those of other models do."""
        cases, charges = self._cases, [charge for charge, _ in self._jobs.charged]
        found = np.zeros(len(cases.tasks), dtype=bool)
        for provider in dict.fromkeys(charge.provider for charge in charges):
            prefixes = list(self._words.by_provider[provider].task_prefixes)
            own = np.array([charge.provider == provider for charge in charges])
            at = np.flatnonzero(own[cases.charges[cases.codes]])
            if prefixes and len(at):
                wrong = np.zeros((len(charges), len(prefixes) + 1), dtype=bool)
                for code in np.flatnonzero(own):
                    wrong[code, :-1] = [not self._words.fits(charges[code], prefix) for prefix in prefixes]
                found[at] = wrong[cases.charges[cases.codes[at]], self._beginnings(cases.tasks[at], prefixes)]
        return found

    def _beginnings(self, tasks: Codes, prefixes: list[str]) -> Codes:
        """With which of several texts the ids of tasks begin, the first that fits; one more than all for none."""
        ids = pc.fill_null(self._ids_of(tasks), "")
        found = np.full(len(tasks), len(prefixes))
        for place, prefix in reversed(list(enumerate(prefixes))):
            found[pc.starts_with(ids, prefix).to_numpy(zero_copy_only=False)] = place
        return found
