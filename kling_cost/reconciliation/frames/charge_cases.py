"""What plain tasks were charged: each distinct case, a charge and what is stated of it, is judged once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kling_cost.reconciliation.answers import Answer
from kling_cost.reconciliation.frames.answer_arrays import Answered
from kling_cost.reconciliation.frames.job_arrays import Plan
from kling_cost.reconciliation.frames.text_codes import Codes, Mask, numbered, picked
from kling_cost.reconciliation.task_outcome import Charged, TaskJudge

_MOST_STATED = 64  # different answers of one task; a task with more is looked at on its own


class Cases(NamedTuple):
    """Plain tasks by how they were charged.

    Attributes:
        tasks: which tasks; a task with very many answers is none of them.
        codes: the case of each, by its place in `charged`.
        charged: what the tasks of a case were charged.
        charges: the charge of each case, by its place in the plan's.
        repeated: tasks, among `tasks`, of which an answer came more than once.
        left_out: plain tasks that have too many different answers, by their codes.
    """

    tasks: Codes
    codes: Codes
    charged: list[Charged]
    charges: Codes
    repeated: Mask
    left_out: Mask

    def only(self, plain: Mask) -> Cases:
        """Those of some tasks, by their codes."""
        kept = plain[self.tasks]
        if kept.all():
            return self
        return self._replace(tasks=self.tasks[kept], codes=self.codes[kept], repeated=self.repeated[kept])


def cases_of(plan: Plan, answers: Answered, owner: Codes, plain: Mask, judge: TaskJudge) -> Cases:
    """Judge plain tasks.

    Args:
        plan: the jobs.
        answers: what was answered.
        owner: the job of each task.
        plain: the tasks to judge.
        judge: the one judge.
    """
    most = max(len(answers.stated), 1)
    told = plain[answers.tasks]
    about, facts = (answers.tasks, answers.facts) if told.all() else (answers.tasks[told], answers.facts[told])
    pairs = np.sort(about * most + facts)
    distinct = pairs[np.diff(pairs, prepend=-1) != 0]
    starts = np.flatnonzero(np.diff(distinct // most, prepend=-1))
    counts = np.diff(starts, append=len(distinct))
    left_out, many = np.zeros(answers.task_count, dtype=bool), counts > _MOST_STATED
    if many.any():
        left_out[distinct[starts[many]] // most] = True
        starts, counts = starts[~many], counts[~many]
    tasks = distinct[starts] // most
    codes = plan.charges[owner[tasks]]
    for nth in range(int(counts.max(initial=0))):
        more = counts > nth
        key = codes * (most + 1)
        key[more] += distinct[starts[more] + nth] % most + 1
        codes, _ = numbered(key)
    codes, first = numbered(codes)
    charged = []
    for at in first:
        charge, day = plan.charged[plan.charges[owner[tasks[at]]]]
        stated = distinct[starts[at] : starts[at] + counts[at]] % most
        charged.append(judge.charged(charge, day, [_answer(answers, int(fact)) for fact in stated]))
    repeated = np.zeros(len(tasks), dtype=bool)
    if len(distinct) < len(pairs):
        repeated = _repeated(answers, plain)[tasks]
    return Cases(tasks, codes, charged, plan.charges[owner[tasks[first]]], repeated, left_out)


def _answer(answers: Answered, fact: int) -> Answer:
    return Answer(answers.stated[fact], None, None, None, 0, None)


def _repeated(answers: Answered, plain: Mask) -> Mask:
    """Tasks of which the same answer came more than once."""
    rows = np.flatnonzero(plain[answers.tasks])
    stated, _ = numbered(answers.tasks[rows] * len(answers.stated) + answers.facts[rows])
    rows = rows[np.bincount(stated)[stated] > 1]
    stated, _ = numbered(answers.tasks[rows] * len(answers.stated) + answers.facts[rows])
    created, moments = answers.created_of(rows)
    named, _ = numbered(answers.jobs[rows])
    keys, _ = numbered(stated * (int(named.max(initial=0)) + 1) + named)
    keys, _ = numbered(keys * (moments + 1) + created + 1)
    found = np.zeros(answers.task_count, dtype=bool)
    found[answers.tasks[rows[np.bincount(keys)[keys] > 1]]] = True
    return found


def misfits(plan: Plan, answers: Answered, cases: Cases, judge: TaskJudge) -> Mask:
    """Tasks, among those of the cases, whose ids begin as those of other models do."""
    meaning, charges = judge.meaning, [charge for charge, _ in plan.charged]
    found = np.zeros(len(cases.tasks), dtype=bool)
    for provider in dict.fromkeys(charge.provider for charge in charges):
        prefixes = list(meaning.words[provider].task_prefixes)
        own = np.array([charge.provider == provider for charge in charges])[cases.charges[cases.codes]]
        if not prefixes or not own.any():
            continue
        at = np.flatnonzero(own)
        ids = pc.fill_null(task_ids_of(answers, cases.tasks[at]), "")
        begun = np.full(len(at), len(prefixes))
        for place, prefix in reversed(list(enumerate(prefixes))):
            begun[pc.starts_with(ids, prefix).to_numpy(zero_copy_only=False)] = place
        wrong = [
            [charge.provider == provider and not meaning.fits(charge, prefix) for prefix in (*prefixes, None)]
            for charge in charges
        ]
        found[at] = np.array(wrong)[cases.charges[cases.codes[at]], begun]
    return found


def task_ids_of(answers: Answered, tasks: Codes) -> pa.LargeStringArray:
    """The ids of tasks; null for -1, and for a task that has none."""
    return picked(answers.task_ids, np.where(tasks < len(answers.task_ids), tasks, -1))
