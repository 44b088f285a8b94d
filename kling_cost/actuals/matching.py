"""Which task belongs to which job: by the job that the caller named, by task id, or because only one fits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.actuals.answers import Answer
from kling_cost.actuals.explain import ROUNDING_LIMIT
from kling_cost.actuals.intake import Answers, Responses, several
from kling_cost.actuals.judge import Charged, TaskJudge
from kling_cost.pricebook.book import AnswerWords, PriceBook, Sku
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import Charge, LineItem

BY_JOB_ID, BY_TASK_ID, ALIKE = "job_id", "task_id", "alike"
_new: Any = tuple.__new__  # a named tuple without the Python function that its class wraps around it
_LAST = Decimal(10) ** 30  # where a task without a moment of creation stands in time


class Claimed(NamedTuple):
    """A task that belongs to a job.

    Attributes:
        task_id: None where the answers name only the job.
        answers: everything that was answered about it.
        matched_by: `job_id`, `task_id` or `alike`.
        charged: what it was charged.
    """

    task_id: str | None
    answers: Answers
    matched_by: str
    charged: Charged


class Orphan(NamedTuple):
    """A task that belongs to no line item.

    Attributes:
        provider: the provider's id.
        task_id: None where the answers name only a job.
        answers: everything that was answered about it.
        job_id: the job that it names, if it names one.
        job: the line item of that job at another provider, if there is one.
        is_known: the job exists, but has no line item.
    """

    provider: str | None
    task_id: str | None
    answers: Answers
    job_id: str | None = None
    job: LineItem | None = None
    is_known: bool = False


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
        book: tells models apart by the ids of their tasks.
        words: what each provider's answers mean.

    Attributes:
        tasks: tasks of each line item by its place in the estimate.
        orphans: tasks of no line item.
        reused: claims that lost.
    """

    def __init__(
        self,
        estimate: Estimate,
        responses: Responses,
        judge: TaskJudge,
        book: PriceBook,
        words: Mapping[str, AnswerWords],
    ) -> None:
        self._items, self._responses, self._judge = estimate.line_items, responses, judge
        self._book, self._words = book, words
        self._places = {item.job.job_id: at for at, item in enumerate(self._items)}
        self._left_out = _left_out(estimate, self._places)
        self._by_task = _named_tasks(self._items)
        for task_id, job_id in estimate.unpriced_tasks.items():
            self._by_task.setdefault(task_id, []).append(job_id)
        self._unnamed = _unnamed(responses)
        self._fits: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        self.tasks: dict[int, Claimed | list[Claimed]] = {}
        self.orphans: list[Orphan] = []
        self.reused: list[Reused] = []
        unclaimed = [task for provider, tasks in responses.tasks.items() for task in self._claim(provider, tasks)]
        self._claim_loose()
        self._match_alike(unclaimed)

    def of(self, at: int) -> list[Claimed]:
        """The tasks of a line item."""
        found = self.tasks.get(at)
        return [] if found is None else found if found.__class__ is list else [found]  # type: ignore[list-item, return-value]

    def charged(self, item: LineItem, answers: Answers) -> Charged:
        """What a task was charged, held against a line item."""
        job, charge = item
        return self._judge.charged(charge, job.date, answers)

    def _claim(self, provider: str | None, tasks: Mapping[str, Answers]) -> Iterator[Orphan]:
        """Give tasks to the jobs that claim them; those that nobody claims come back."""
        places, by_task = self._places, self._by_task
        unnamed = self._unnamed.get(provider, {})
        for task_id, answers in tasks.items():
            if task_id in unnamed:
                if provider is None:
                    continue
                answers = [*several(answers), *several(unnamed[task_id])]
            named = answers.job_id if answers.__class__ is Answer else _named(answers)  # type: ignore[union-attr, arg-type]
            at = places.get(named) if named.__class__ is str else None  # type: ignore[arg-type]
            if at is not None and (not by_task or task_id not in by_task):
                self._give(at, provider, task_id, answers, BY_JOB_ID)
                continue
            by_job = [named] if named.__class__ is str else list(named or ())  # type: ignore[arg-type]
            if by_job or task_id in by_task:
                self._settle_claims(provider, task_id, answers, by_job)
            else:
                yield Orphan(provider, task_id, answers)

    def _settle_claims(self, provider: str | None, task_id: str, answers: Answers, named: list[str]) -> None:
        """A task that more than one job may claim belongs to the one that stands first."""
        claims = dict.fromkeys([*named, *self._by_task.get(task_id, ())])
        known = sorted((claim for claim in claims if self._order(claim) is not None), key=lambda c: self._order(c) or ())
        if not known:
            self.orphans.append(Orphan(provider, task_id, answers, min(claims)))
            return
        owner = known[0]
        at = self._places.get(owner)
        if at is None:
            self.orphans.append(Orphan(provider, task_id, answers, owner, is_known=True))
        else:
            self._give(at, provider, task_id, answers, BY_JOB_ID if owner in named else BY_TASK_ID)
        for loser in sorted(claim for claim in claims if claim != owner):
            self.reused.append(Reused(self._places.get(loser), loser, task_id, owner))

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
            known.append(claimed)  # type: ignore[union-attr]
        else:
            self.tasks[at] = [known, claimed]  # type: ignore[list-item]

    def _match_alike(self, unclaimed: Sequence[Orphan]) -> None:
        """Give creation answers that name no job to the jobs that alone fit them."""
        fitting: dict[tuple[Any, ...], list[Orphan]] = {}
        free = _Free(self._items, self.of) if unclaimed else None
        for orphan in unclaimed:
            kind = self._fitting_kind(orphan, free) if free else None
            if kind is None:
                self.orphans.append(orphan)
            else:
                fitting.setdefault(kind, []).append(orphan)
        for kind, orphans in fitting.items():
            jobs = free.jobs[kind] if free else []
            if len(jobs) > 1 and sum(count for _, count in jobs) != len(orphans):
                self.orphans += orphans
                continue
            turns = [at for at, count in jobs for _ in range(min(count, len(orphans)))]
            for number, orphan in enumerate(sorted(orphans, key=age)):
                at = turns[min(number, len(turns) - 1)]
                self._give(at, orphan.provider, orphan.task_id, orphan.answers, ALIKE)

    def _fitting_kind(self, orphan: Orphan, free: _Free) -> tuple[Any, ...] | None:
        """The one kind of job that a creation answer fits; None where there is none, or several."""
        created = [a.facts for a in several(orphan.answers) if self._judge.is_creation(a.facts)]
        if not created:
            return None
        model, seconds = (next((s for f in created if (s := f.stated(w))), None) for w in ("model", "duration"))
        prefix = _prefix(self._words, orphan)
        key = (orphan.provider, model, seconds, prefix)
        fits = self._fits.get(key)
        if fits is None:
            fits = self._fits[key] = [
                kind
                for kind, charge in free.kinds.items()
                if orphan.provider in (None, charge.provider)
                and model in (None, charge.model)
                and seconds in (None, charge.options.get("duration"))
                and other_prefix(self._words[charge.provider], sku_of(self._book, charge), prefix) is None
            ]
        if len(fits) > 1:
            fits = [kind for kind in fits if self._costs_as_stated(free, kind, orphan)]
        return fits[0] if len(fits) == 1 else None

    def _costs_as_stated(self, free: _Free, kind: tuple[Any, ...], orphan: Orphan) -> bool:
        item = self._items[free.jobs[kind][0][0]]
        reported = self.charged(item, orphan.answers).reported
        return reported is not None and abs(reported - item.charge.cost) < ROUNDING_LIMIT


class _Free:
    """Jobs with takes that no task fills yet, by kind: model, options and cost.

    Attributes:
        kinds: the charge of each kind.
        jobs: places and free takes of the jobs of each kind, in the order of the jobs.
    """

    def __init__(self, items: Sequence[LineItem], tasks_of: Any) -> None:
        self.kinds: dict[tuple[Any, ...], Charge] = {}
        self.jobs: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
        known: dict[int, tuple[Any, ...]] = {}
        for at, (job, charge) in enumerate(items):
            left = job.takes - sum(not task.charged.came_to_nothing for task in tasks_of(at))
            if left > 0:
                kind = known.get(id(charge))
                if kind is None:
                    kind = (charge.provider, charge.model, charge.cost, *sorted(charge.options.items()))
                    known[id(charge)] = kind
                    self.kinds.setdefault(kind, charge)
                self.jobs.setdefault(kind, []).append((at, left))


def sku_of(book: PriceBook, charge: Charge) -> Sku | None:
    """The SKU that a charge buys, as a book has it."""
    provider = book.providers.get(charge.provider)
    return provider.sku(charge.model) if provider else None


def other_prefix(words: AnswerWords, sku: Sku | None, task_id: str | None) -> str | None:
    """The beginning of a task id that stands for other SKUs; None where it does not.

    >>> import kling_cost as kc
    >>> provider = kc.load_prices().providers["kling3api"]
    >>> other_prefix(provider.answers, provider.skus["o3-pro"], "n75abc")
    'n75'
    """
    if task_id is None or sku is None:
        return None
    return next((p for p, skus in words.task_prefixes.items() if task_id.startswith(p) and sku.id not in skus), None)


def age(task: Claimed | Orphan) -> tuple[Any, ...]:
    """Where a task stands in time: by its creation, then by its id."""
    moments = [answer.created for answer in several(task.answers) if answer.created is not None]
    return (min(moments, default=_LAST), task.task_id or "")


def _prefix(words: Mapping[str, AnswerWords], task: Orphan) -> str | None:
    """The beginning of a task's id that says something of its model."""
    known = words.get(task.provider or "")
    return next((p for p in known.task_prefixes if (task.task_id or "").startswith(p)), None) if known else None


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
