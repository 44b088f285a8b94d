"""Creation answers that name no job, and the jobs that alone fit them; nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.reconciliation.answer_set import several
from kling_cost.reconciliation.answers import CREATE
from kling_cost.reconciliation.explain import ROUNDING_LIMIT
from kling_cost.reconciliation.matched_tasks import Claimed, Orphan, age
from kling_cost.reconciliation.task_outcome import TaskJudge

_Kind = tuple[Any, ...]


class AlikeJobs:
    """Jobs with takes that no task fills yet, by kind: model, options and cost.

    Args:
        items: all jobs.
        tasks_of: the tasks that a job has already, by its place.
        judge: says what a task was charged.
    """

    def __init__(
        self, items: Sequence[LineItem], tasks_of: Callable[[int], Sequence[Claimed]], judge: TaskJudge
    ) -> None:
        self._items, self._judge, self._meaning = items, judge, judge.meaning
        self._kinds: dict[_Kind, Charge] = {}
        self._jobs: dict[_Kind, list[tuple[int, int]]] = {}
        self._fits: dict[tuple[Any, ...], list[_Kind]] = {}
        known: dict[int, _Kind] = {}
        for at, (job, charge) in enumerate(items):
            left = job.takes - sum(not task.charged.came_to_nothing for task in tasks_of(at))
            if left > 0:
                kind = known.get(id(charge))
                if kind is None:
                    kind = (charge.provider, charge.model, charge.cost, *sorted(charge.options.items()))
                    known[id(charge)] = kind
                    self._kinds.setdefault(kind, charge)
                self._jobs.setdefault(kind, []).append((at, left))

    def matched(self, unclaimed: Sequence[Orphan]) -> tuple[list[tuple[int, Orphan]], list[Orphan]]:
        """Tasks with the place of their job, and the tasks that are left.

        Several jobs alike take tasks only where there are as many tasks as takes: then it does not matter which.
        """
        fitting: dict[_Kind, list[Orphan]] = {}
        left: list[Orphan] = []
        for orphan in unclaimed:
            kind = self._kind_of(orphan)
            if kind is None:
                left.append(orphan)
            else:
                fitting.setdefault(kind, []).append(orphan)
        found: list[tuple[int, Orphan]] = []
        for kind, orphans in fitting.items():
            jobs = self._jobs[kind]
            if len(jobs) > 1 and sum(count for _, count in jobs) != len(orphans):
                left += orphans
            else:
                found += _paired(jobs, orphans)
        return found, left

    def _kind_of(self, orphan: Orphan) -> _Kind | None:
        """The one kind of job that a creation answer fits; None where there is none, or several."""
        facts = [answer.facts for answer in several(orphan.answers)]
        created = [f for f in facts if self._meaning.stage(f, f.provider) == CREATE]
        if not created:
            return None
        model, seconds = (next((s for f in created if (s := f.stated(w))), None) for w in ("model", "duration"))
        prefix = self._meaning.prefix_of(orphan.provider, orphan.task_id)
        key = (orphan.provider, model, seconds, prefix)
        fits = self._fits.get(key)
        if fits is None:
            fits = self._fits[key] = [
                kind
                for kind, charge in self._kinds.items()
                if orphan.provider in (None, charge.provider)
                and model in (None, charge.model)
                and seconds in (None, charge.options.get("duration"))
                and self._meaning.fits(charge, prefix)
            ]
        if len(fits) > 1:
            fits = [kind for kind in fits if self._costs_as_stated(kind, orphan)]
        return fits[0] if len(fits) == 1 else None

    def _costs_as_stated(self, kind: _Kind, orphan: Orphan) -> bool:
        item = self._items[self._jobs[kind][0][0]]
        reported = self._judge.charged(item.charge, item.job.date, orphan.answers).reported
        return reported is not None and abs(reported - item.charge.cost) < ROUNDING_LIMIT


def _paired(jobs: Sequence[tuple[int, int]], orphans: Sequence[Orphan]) -> Iterator[tuple[int, Orphan]]:
    """Jobs in the order of their files, tasks in the order of their creation; what is too much is the last job's."""
    turns = [at for at, count in jobs for _ in range(min(count, len(orphans)))]
    for number, orphan in enumerate(sorted(orphans, key=age)):
        yield turns[min(number, len(turns) - 1)], orphan
