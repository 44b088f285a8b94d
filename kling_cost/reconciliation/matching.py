"""Which task belongs to which job: by the job that the caller named, by task id, or because only one fits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.reconciliation.answer_set import Answers, Responses, several
from kling_cost.reconciliation.answers import Answer
from kling_cost.reconciliation.inferred_matches import AlikeJobs
from kling_cost.reconciliation.matched_tasks import Claimed, Orphan
from kling_cost.reconciliation.task_outcome import TaskJudge

BY_JOB_ID, BY_TASK_ID, ALIKE = "job_id", "task_id", "alike"
_new: Any = tuple.__new__  # a named tuple without the Python function that its class wraps around it


class Reused(NamedTuple):
    """A job that claims a task which belongs to another.

    Attributes:
        at: the claiming job's line item by its place in the estimate; None where it has none.
        job_id: the claiming job.
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
        judge: says what a task was charged.

    Attributes:
        tasks: tasks of each line item by its place in the estimate.
        orphans: tasks of no line item.
        reused: claims that lost.
    """

    def __init__(self, estimate: Estimate, responses: Responses, judge: TaskJudge) -> None:
        self._items, self._responses, self._judge = estimate.line_items, responses, judge
        self._places = {item.job.job_id: at for at, item in enumerate(self._items)}
        self._left_out = _left_out(estimate, self._places)
        self._by_task = _named_tasks(self._items)
        for task_id, job_id in estimate.unpriced_tasks.items():
            self._by_task.setdefault(task_id, []).append(job_id)
        self._unnamed = _unnamed(responses)
        self.tasks: dict[int, Claimed | list[Claimed]] = {}
        self.orphans: list[Orphan] = []
        self.reused: list[Reused] = []
        unclaimed = [task for provider, tasks in responses.tasks.items() for task in self._claim(provider, tasks)]
        self._claim_loose()
        self._match_alike(unclaimed)

    def of(self, at: int) -> list[Claimed]:
        """The tasks of a line item."""
        found = self.tasks.get(at)
        return found if isinstance(found, list) else [] if found is None else [found]

    def _claim(self, provider: str | None, tasks: Mapping[str, Answers]) -> Iterator[Orphan]:
        """Give tasks to the jobs that claim them; those that nobody claims come back."""
        places, by_task = self._places, self._by_task
        unnamed = self._unnamed.get(provider, {})
        for task_id, answers in tasks.items():
            if task_id in unnamed:
                if provider is None:
                    continue
                answers = [*several(answers), *several(unnamed[task_id])]
            named = answers.job_id if isinstance(answers, Answer) else _named(answers)
            at = places.get(named) if named.__class__ is str else None
            if at is not None and (not by_task or task_id not in by_task):
                self._give(at, provider, task_id, answers, BY_JOB_ID)
                continue
            by_job = [named] if named.__class__ is str else list(named or ())
            if by_job or task_id in by_task:
                self._settle_claims(provider, task_id, answers, by_job)
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

    def _settle_claims(self, provider: str | None, task_id: str, answers: Answers, named: list[str]) -> None:
        """A task that more than one job may claim belongs to the one that stands first."""
        claims = dict.fromkeys([*named, *self._by_task.get(task_id, ())])
        known = [claim for claim in claims if self._order(claim) is not None]
        if not known:
            self.orphans.append(Orphan(provider, task_id, answers, min(claims)))
            return
        owner = min(known, key=lambda claim: (self._is_foreign(claim, provider), self._order(claim)))
        at = self._places.get(owner)
        if at is None:
            self.orphans.append(Orphan(provider, task_id, answers, owner, is_known=True))
        else:
            self._give(at, provider, task_id, answers, BY_JOB_ID if owner in named else BY_TASK_ID)
        for loser in sorted(claim for claim in claims if claim != owner):
            self.reused.append(Reused(self._places.get(loser), loser, task_id, owner))

    def _is_foreign(self, job_id: str, provider: str | None) -> bool:
        """Whether a job was submitted to another provider than the one that answered."""
        at = self._places.get(job_id)
        return at is not None and provider not in (None, self._items[at].charge.provider)

    def _order(self, job_id: str) -> tuple[int, ...] | None:
        """Where a job stands among all jobs, those without a line item included; None for an unknown one."""
        at = self._places.get(job_id)
        return self._left_out.get(job_id) if at is None else (at,)

    def _claim_loose(self) -> None:
        """Answers that name a job and no task are one task of that job."""
        for (provider, job_id), answers in self._responses.loose.items():
            at = self._places.get(job_id)
            if at is not None:
                self._give(at, provider, None, answers, BY_JOB_ID)
            else:
                self.orphans.append(Orphan(provider, None, answers, job_id, is_known=job_id in self._left_out))

    def _give(self, at: int, provider: str | None, task_id: str | None, answers: Answers, matched_by: str) -> None:
        item = self._items[at]
        if provider is not None and provider != item.charge.provider:
            self.orphans.append(Orphan(provider, task_id, answers, item.job.job_id, item))
            return
        charged = self._judge.charged(item.charge, item.job.date, answers)
        claimed = _new(Claimed, (task_id, answers, matched_by, charged))
        known = self.tasks.get(at)
        if known is None:
            self.tasks[at] = claimed
        elif known.__class__ is list:
            known.append(claimed)
        else:
            self.tasks[at] = [known, claimed]  # type: ignore[list-item]

    def _match_alike(self, unclaimed: Sequence[Orphan]) -> None:
        """Give creation answers that name no job to the jobs that alone fit them."""
        if unclaimed:
            alike = AlikeJobs(self._items, self.of, self._judge)
            own = [orphan for orphan in unclaimed if not orphan.is_listed]  # a list of the account proves nothing
            matched, left = alike.matched(own)
            self.orphans += [*left, *(orphan for orphan in unclaimed if orphan.is_listed)]
            for at, orphan in matched:
                self._give(at, orphan.provider, orphan.task_id, orphan.answers, ALIKE)


def _unnamed(responses: Responses) -> dict[str | None, dict[str, Answers]]:
    """Answers without a provider, by the one provider that answered about their task; under None, all of them."""
    found: dict[str | None, dict[str, Answers]] = {}
    for task_id, answers in responses.tasks.get(None, {}).items():
        providers = [provider for provider, tasks in responses.tasks.items() if provider and task_id in tasks]
        if len(providers) == 1:
            found.setdefault(providers[0], {})[task_id] = answers
            found.setdefault(None, {})[task_id] = answers
    return found


def _named(answers: Sequence[Answer]) -> Any:
    """The job that answers name: one id, several, or None."""
    first, *others = answers
    if len(others) == 1 and others[0].job_id in (None, first.job_id):  # by far the most
        return first.job_id
    names = {answer.job_id for answer in answers if answer.job_id is not None}
    return names.pop() if len(names) == 1 else sorted(names) or None


def _named_tasks(items: Sequence[LineItem]) -> dict[str, list[str]]:
    """The jobs whose file names a task, by the task's id."""
    found: dict[str, list[str]] = {}
    for item in items:
        for task_id in item.job.task_ids:
            found.setdefault(task_id, []).append(item.job.job_id or "")
    return found


def _left_out(estimate: Estimate, places: Mapping[str | None, int]) -> dict[str, tuple[int, ...]]:
    """Jobs without a line item, and after which line item of their file they stand."""
    found: dict[str, tuple[int, ...]] = {}
    wanted = [p for p in estimate.problems if p.severity == "error" and p.job_id and p.job_id not in places]
    if not wanted:
        return found
    last: dict[str | None, list[tuple[int, int]]] = {}
    for at, item in enumerate(estimate.line_items):
        last.setdefault(item.job.source, []).append((item.job.row or 0, at))
    for problem in wanted:
        rows = last.get(problem.source, [])
        place = bisect_left(rows, (problem.row or 0, 0))
        before = rows[place - 1][1] if place else rows[0][1] - 1 if rows else -1
        found.setdefault(problem.job_id or "", (before, problem.row or 0))
    return found
