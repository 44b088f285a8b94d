"""Which task belongs to which job, where that is clear; the rest is matched in closed groups.

A group is closed where no job of it shares a task with a job outside, so that nothing that is said of one group
depends on another. What does not go by groups, answers that fit one job only, takes every job with room along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from kling_cost.reconciliation.answers.answer import CREATE
from kling_cost.reconciliation.answers.status_words import StatusWords
from kling_cost.reconciliation.frames.answer_arrays import UNKNOWN, AnswerArrays
from kling_cost.reconciliation.frames.job_arrays import JobArrays
from kling_cost.reconciliation.frames.text_codes import Codes, Mask, numbered

_FLAGS = 3  # of a task
_MOST_ROUNDS = 100  # of a chain of jobs that share tasks; a longer one is not followed to its end


@dataclass(slots=True)
class TaskOwners:
    """Tasks and the jobs that are named for them.

    Attributes:
        owner: the one job of a task; -1 where none is named.
        by_answer: whether an answer names it, and not only the file of jobs.
        unnamed: tasks for which nobody may have named a job, known or not.
        apart_jobs, apart_tasks: what has to be looked at one by one.
    """

    owner: Codes
    by_answer: Mask
    unnamed: Mask
    apart_jobs: Mask
    apart_tasks: Mask
    _pairs: tuple[Codes, Codes]

    def close(self) -> None:
        """Take along what shares a task or a job with something apart."""
        tasks, jobs = self._pairs
        known = -1
        for _ in range(_MOST_ROUNDS):
            self.apart_jobs[jobs[self.apart_tasks[tasks]]] = True
            self.apart_tasks[tasks[self.apart_jobs[jobs]]] = True
            count = int(self.apart_jobs.sum() + self.apart_tasks.sum())
            if count in (0, known):
                return
            known = count
        self.apart_jobs[:] = True
        self.apart_tasks[:] = True

    def take_apart(self, jobs: Mask) -> None:
        """Look at these jobs one by one, and at the tasks for which no job is named."""
        self.apart_jobs |= jobs
        self.apart_tasks |= self.unnamed
        self.close()


def owners_of(planned: JobArrays, answers: AnswerArrays) -> TaskOwners:
    """Which job is named for which task; a task of several jobs, or one that is unclear otherwise, is kept apart."""
    count, tasks, jobs = answers.task_count, answers.tasks, answers.jobs
    owner = np.full(count, -1, dtype=np.int64)
    by_answer, apart, named_else = np.zeros((_FLAGS, count), dtype=bool)
    named = jobs >= 0
    pairs = (tasks, jobs) if named.all() else (tasks[named], jobs[named])
    owner[pairs[0]] = pairs[1]
    by_answer[pairs[0]] = True
    named_else[tasks[jobs == UNKNOWN]] = True
    if len(planned.named[0]):
        more = _in_plan(planned, answers)
        free = owner[more[0]] < 0
        owner[more[0][free]] = more[1][free]
        pairs = (np.concatenate([pairs[0], more[0]]), np.concatenate([pairs[1], more[1]]))
    apart[pairs[0][owner[pairs[0]] != pairs[1]]] = True
    apart |= named_else & (owner >= 0)
    mixed = _of_several_providers(tasks, answers)
    apart |= mixed | _of_several_spellings(tasks, answers)
    apart[answers.among_ids] = True
    unnamed = mixed | ((owner < 0) & ~named_else)
    found = TaskOwners(owner, by_answer, unnamed, planned.odd.copy(), apart, pairs)
    found.close()
    return found


def _in_plan(planned: JobArrays, answers: AnswerArrays) -> tuple[Codes, Codes]:
    """Tasks that the file of jobs names, and their jobs."""
    jobs, ids = planned.named
    places = pc.index_in(ids, value_set=answers.task_ids)
    return places.drop_null().to_numpy().astype(np.int64), jobs[places.is_valid().to_numpy(zero_copy_only=False)]


def _of_several_providers(tasks: Codes, answers: AnswerArrays) -> Mask:
    """Ids of tasks about which several providers answered: they may be several tasks, or one."""
    provider_of = _codes([facts.provider for facts in answers.distinct])
    if not provider_of.any():
        return np.zeros(answers.task_count, dtype=bool)
    return _differing(tasks, provider_of[answers.facts], answers.task_count)


def _of_several_spellings(tasks: Codes, answers: AnswerArrays) -> Mask:
    """Tasks that have equal answers which are written differently."""
    apart = np.zeros(answers.task_count, dtype=bool)
    equal = _codes(answers.distinct)
    spellings = np.bincount(equal)
    if len(spellings) < len(equal):
        rows = np.flatnonzero((spellings > 1)[equal][answers.facts])
        facts = answers.facts[rows]
        keys, first = numbered(tasks[rows] * len(equal) + equal[facts])
        apart[tasks[rows][_differing(keys, facts, len(first))[keys]]] = True
    return apart


def _differing(groups: Codes, values: Codes, count: int) -> Mask:
    """Groups whose members do not all have the same value."""
    some = np.zeros(count, dtype=np.int64)
    some[groups] = values
    found = np.zeros(count, dtype=bool)
    found[groups[some[groups] != values]] = True
    return found


def _codes(values: Sequence[object]) -> Codes:
    known: dict[object, int] = {}
    return np.array([known.setdefault(value, len(known)) for value in values], dtype=np.int64)


def may_be_inferred(answers: AnswerArrays, found: TaskOwners, words: StatusWords) -> bool:
    """Whether a task for which no job is named may go to the only job that it fits."""
    if not found.unnamed.any():
        return False
    created = np.array([words.stage(facts, facts.provider) == CREATE for facts in answers.distinct], dtype=bool)
    return bool(created[answers.facts[found.unnamed[answers.tasks]]].any())
