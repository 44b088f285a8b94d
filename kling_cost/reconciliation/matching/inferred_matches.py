"""Creation answers that name no job, and the jobs that alone fit them; nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.reconciliation.answers.answer import CREATE, Facts
from kling_cost.reconciliation.answers.answer_set import several
from kling_cost.reconciliation.findings.explain import ROUNDING_LIMIT
from kling_cost.reconciliation.matching.matched_tasks import MatchedTask, Orphan, age
from kling_cost.reconciliation.task_outcome import TaskOutcomes

_Kind = tuple[Any, ...]


class OpenJobs:
    """Jobs with takes that no task fills yet, by kind: model, options and cost.

    Args:
        items: all jobs.
        tasks_of: the tasks that a job has already, by its place.
        outcomes: says what a task was charged.
    """

    def __init__(
        self, items: Sequence[LineItem], tasks_of: Callable[[int], Sequence[MatchedTask]], outcomes: TaskOutcomes
    ) -> None:
        self._items, self._outcomes, self._words = items, outcomes, outcomes.words
        self._kinds: dict[_Kind, Charge] = {}
        self._jobs: dict[_Kind, list[tuple[int, int]]] = {}
        self._fitting: dict[tuple[Any, ...], list[_Kind]] = {}
        known: dict[int, _Kind] = {}
        for at, (job, charge) in enumerate(items):
            left = job.takes - sum(not task.outcome.came_to_nothing for task in tasks_of(at))
            if left > 0:
                kind = known.get(id(charge))
                if kind is None:
                    kind = (charge.provider, charge.model, charge.due, *sorted(charge.options.items()))
                    known[id(charge)] = kind
                    self._kinds.setdefault(kind, charge)
                self._jobs.setdefault(kind, []).append((at, left))

    def matched(self, orphans: Sequence[Orphan]) -> tuple[list[tuple[int, Orphan]], list[Orphan]]:
        """Tasks with the place of their job, and the tasks that are left.

        Several jobs of a kind take tasks only where there are as many tasks as takes: then it does not matter which.
        """
        fitting: dict[_Kind, list[Orphan]] = {}
        left: list[Orphan] = []
        for orphan in orphans:
            kind = self._kind_of(orphan)
            if kind is None:
                left.append(orphan)
            else:
                fitting.setdefault(kind, []).append(orphan)
        found: list[tuple[int, Orphan]] = []
        for kind, tasks in fitting.items():
            jobs = self._jobs[kind]
            if len(jobs) > 1 and sum(count for _, count in jobs) != len(tasks):
                left += tasks
            else:
                found += _paired(jobs, tasks)
        return found, left

    def _kind_of(self, orphan: Orphan) -> _Kind | None:
        """The one kind of job that a creation answer fits; None where there is none, or several."""
        facts = [answer.facts for answer in several(orphan.answers)]
        created = [f for f in facts if self._words.stage(f, f.provider) == CREATE]
        if not created:
            return None
        prefix = self._words.prefix_of(orphan.provider, orphan.task_id)
        key = (orphan.provider, _first(created, "model"), _first(created, "duration"), prefix)
        fitting = self._fitting.get(key)
        if fitting is None:
            kinds = self._kinds.items()
            fitting = self._fitting[key] = [kind for kind, charge in kinds if self._fits(charge, *key)]
        if len(fitting) > 1:
            fitting = [kind for kind in fitting if self._costs_as_reported(kind, orphan)]
        return fitting[0] if len(fitting) == 1 else None

    def _fits(
        self, charge: Charge, provider: str | None, model: str | None, seconds: str | None, prefix: str | None
    ) -> bool:
        """Whether a charge may be for what a creation answer says; what it does not say fits any."""
        if provider not in (None, charge.provider) or model not in (None, charge.model):
            return False
        return seconds in (None, charge.options.get("duration")) and self._words.fits(charge, prefix)

    def _costs_as_reported(self, kind: _Kind, orphan: Orphan) -> bool:
        item = self._items[self._jobs[kind][0][0]]
        reported = self._outcomes.of(item.charge, item.job.date, orphan.answers).reported
        return reported is not None and abs(reported - item.charge.nearest(reported)) < ROUNDING_LIMIT


def _first(facts: Sequence[Facts], what: str) -> str | None:
    """What the first of several answers says that says it."""
    return next((text for one in facts if (text := one.of_request(what))), None)


def _paired(jobs: Sequence[tuple[int, int]], orphans: Sequence[Orphan]) -> Iterator[tuple[int, Orphan]]:
    """Jobs in the order of their files, tasks in the order of their creation; what is too much is the last job's."""
    turns = [at for at, count in jobs for _ in range(min(count, len(orphans)))]
    for number, orphan in enumerate(sorted(orphans, key=age)):
        yield turns[min(number, len(turns) - 1)], orphan
