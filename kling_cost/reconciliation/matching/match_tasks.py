"""Which task belongs to which job: by the job that the caller named, by task id, or because only one fits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.problems import Problem
from kling_cost.reconciliation.answers.answer import Answer
from kling_cost.reconciliation.answers.answer_set import Answers, Responses, several
from kling_cost.reconciliation.matching.inferred_matches import OpenJobs
from kling_cost.reconciliation.matching.matched_tasks import BY_JOB_ID, BY_TASK_ID, INFERRED, MatchedTask, Orphan
from kling_cost.reconciliation.task_outcome import TaskOutcomes

_new: Any = tuple.__new__  # a named tuple without the Python function that its class wraps around it


class Reused(NamedTuple):
    """A job that names a task which belongs to another.

    Attributes:
        at: the job's line item by its place in the estimate; None where it has none.
        job_id: the job.
        task_id: the task.
        owner: id of the job that has it.
    """

    at: int | None
    job_id: str
    task_id: str
    owner: str


class Matching:
    """Finds the job of every task.

    Args:
        estimate: whose jobs.
        responses: whose tasks.
        outcomes: says what a task was charged.

    Attributes:
        tasks: tasks of each line item by its place in the estimate.
        orphans: tasks of no line item.
        reused: jobs that name a task of another.
    """

    def __init__(self, estimate: Estimate, responses: Responses, outcomes: TaskOutcomes) -> None:
        self._items, self._responses, self._outcomes = estimate.line_items, responses, outcomes
        self._places = {item.job.job_id: at for at, item in enumerate(self._items) if item.job.job_id is not None}
        self._left_out = _left_out(estimate, self._places)
        self._by_task = _named_tasks(self._items)
        for task_id, job_id in estimate.unpriced_tasks.items():
            self._by_task.setdefault(task_id, []).append(job_id)
        self.tasks: dict[int, list[MatchedTask]] = {}
        self.orphans: list[Orphan] = []
        self.reused: list[Reused] = []
        anonymous = _anonymous(responses)
        unnamed: list[Orphan] = []
        for provider, tasks in responses.tasks.items():
            unnamed += self._match(provider, _with_anonymous(provider, tasks, anonymous.get(provider)))
        self._match_without_task_id()
        self._infer(unnamed)

    def of(self, at: int) -> list[MatchedTask]:
        """The tasks of a line item."""
        return self.tasks.get(at, [])

    def _match(self, provider: str | None, tasks: Iterable[tuple[str, Answers]]) -> Iterator[Orphan]:
        """Give tasks to the jobs that are named for them; those for which none is come back."""
        places, by_task = self._places, self._by_task
        for task_id, answers in tasks:
            named = answers.job_id if isinstance(answers, Answer) else _named(answers)
            at = places.get(named)  # type: ignore[arg-type]
            if at is not None and task_id not in by_task:
                self._give(at, provider, task_id, answers, BY_JOB_ID)
            elif named is not None or task_id in by_task:
                self._find_owner(provider, task_id, answers, _names(named))
            else:
                at = self._place_by_external_id(provider, answers)
                if at is None:
                    yield Orphan(provider, task_id, answers)
                else:
                    self._give(at, provider, task_id, answers, BY_JOB_ID)

    def _place_by_external_id(self, provider: str | None, answers: Answers) -> int | None:
        """The job after which the caller named a task at the provider; another name there says nothing."""
        own = {answer.external_id for answer in several(answers) if answer.external_id is not None}
        places = [at for name in own if (at := self._places.get(name)) is not None]
        if len(places) != 1 or self._items[places[0]].charge.provider != provider:
            return None
        return places[0]

    def _find_owner(self, provider: str | None, task_id: str, answers: Answers, named: Sequence[str]) -> None:
        """A task that may belong to several jobs belongs to the first of them."""
        names = dict.fromkeys([*named, *self._by_task.get(task_id, ())])
        known = [name for name in names if self._order(name) is not None]
        if not known:
            self.orphans.append(Orphan(provider, task_id, answers, min(names)))
            return
        owner = min(known, key=lambda name: (self._is_foreign(name, provider), self._order(name)))
        at = self._places.get(owner)
        if at is None:
            self.orphans.append(Orphan(provider, task_id, answers, owner, is_known=True))
        else:
            self._give(at, provider, task_id, answers, BY_JOB_ID if owner in named else BY_TASK_ID)
        for other in sorted(name for name in names if name != owner):
            self.reused.append(Reused(self._places.get(other), other, task_id, owner))

    def _is_foreign(self, job_id: str, provider: str | None) -> bool:
        """Whether a job was submitted to another provider than the one that answered."""
        at = self._places.get(job_id)
        return at is not None and provider not in (None, self._items[at].charge.provider)

    def _order(self, job_id: str) -> tuple[int, ...] | None:
        """The position of a job among all jobs, those without a line item included; None for an unknown one."""
        at = self._places.get(job_id)
        return self._left_out.get(job_id) if at is None else (at,)

    def _match_without_task_id(self) -> None:
        """Answers that name a job and no task are one task of that job."""
        for (provider, job_id), answers in self._responses.loose.items():
            at = self._places.get(job_id)
            if at is not None:
                self._give(at, provider, None, answers, BY_JOB_ID)
            else:
                self.orphans.append(Orphan(provider, None, answers, job_id, is_known=job_id in self._left_out))

    def _give(self, at: int, provider: str | None, task_id: str | None, answers: Answers, matched_by: str) -> None:
        item = self._items[at]
        job, charge = item
        if provider is not None and provider != charge.provider:
            self.orphans.append(Orphan(provider, task_id, answers, job.job_id, item))
            return
        task = _new(MatchedTask, (task_id, answers, matched_by, self._outcomes.of(charge, job.date, answers)))
        known = self.tasks.setdefault(at, [task])
        if known[-1] is not task:
            known.append(task)

    def _infer(self, unnamed: Sequence[Orphan]) -> None:
        """Give creation answers that name no job to the jobs that alone fit them."""
        if unnamed:
            own = [orphan for orphan in unnamed if not orphan.is_listed]  # a list of the account proves nothing
            matched, left = OpenJobs(self._items, self.of, self._outcomes).matched(own)
            self.orphans += [*left, *(orphan for orphan in unnamed if orphan.is_listed)]
            for at, orphan in matched:
                self._give(at, orphan.provider, orphan.task_id, orphan.answers, INFERRED)


def _anonymous(responses: Responses) -> dict[str | None, dict[str, Answers]]:
    """Answers without a provider, by the one provider that answered about their task; under None, all of them."""
    found: dict[str | None, dict[str, Answers]] = {}
    for task_id, answers in responses.tasks.get(None, {}).items():
        providers = [provider for provider, tasks in responses.tasks.items() if provider and task_id in tasks]
        if len(providers) == 1:
            found.setdefault(providers[0], {})[task_id] = answers
            found.setdefault(None, {})[task_id] = answers
    return found


def _with_anonymous(
    provider: str | None, tasks: Mapping[str, Answers], anonymous: Mapping[str, Answers] | None
) -> Iterable[tuple[str, Answers]]:
    """The tasks of a provider, those answers among them that do not name it."""
    if not anonymous:
        return tasks.items()
    if provider is None:
        return ((task_id, answers) for task_id, answers in tasks.items() if task_id not in anonymous)
    return (
        (task_id, [*several(answers), *several(anonymous[task_id])] if task_id in anonymous else answers)
        for task_id, answers in tasks.items()
    )


def _named(answers: Sequence[Answer]) -> str | tuple[str, ...] | None:
    """The job that answers name: one id, several, or None."""
    first, *more = answers
    if len(more) == 1 and more[0].job_id in (None, first.job_id):  # by far the most
        return first.job_id
    names = {answer.job_id for answer in answers if answer.job_id is not None}
    return names.pop() if len(names) == 1 else tuple(sorted(names)) or None


def _names(named: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (named,) if isinstance(named, str) else named or ()


def _named_tasks(items: Sequence[LineItem]) -> dict[str, list[str]]:
    """The jobs whose file names a task, by the task's id."""
    found: dict[str, list[str]] = {}
    for item in items:
        for task_id in item.job.task_ids:
            found.setdefault(task_id, []).append(item.job.job_id or "")
    return found


def _left_out(estimate: Estimate, places: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """Jobs without a line item, and after which line item of their file they stand."""
    found: dict[str, tuple[int, ...]] = {}
    wanted = [p for p in estimate.problems if p.severity == "error" and p.job_id and p.job_id not in places]
    if wanted:
        rows_of: dict[str | None, list[tuple[int, int]]] = {}
        for at, item in enumerate(estimate.line_items):
            rows_of.setdefault(item.job.source, []).append((item.job.row or 0, at))
        for problem in wanted:
            found.setdefault(problem.job_id or "", _place_before(problem, rows_of.get(problem.source, [])))
    return found


def _place_before(problem: Problem, rows: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The last line item of a file before the row of a problem, and that row."""
    row = problem.row or 0
    place = bisect_left(rows, (row, 0))
    if place:
        return rows[place - 1][1], row
    return rows[0][1] - 1 if rows else -1, row
