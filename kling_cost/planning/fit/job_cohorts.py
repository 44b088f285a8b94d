"""Identical jobs together, each group with what its jobs may become: the order of the jobs changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

from kling_cost.planning.fit.alternatives import Alternative, AlternativeFinder
from kling_cost.planning.fit.held_limits.limits_to_hold import HeldJobs
from kling_cost.planning.rules.fitting.fit_rules import FitRules, MayChange
from kling_cost.planning.rules.selector_index import SelectorIndex
from kling_cost.pricing.line_item import LineItem


class Cohort(NamedTuple):
    """Jobs that cannot be told apart by prices, rules or their limit.

    Attributes:
        items: by id, so that the last ones change first.
        places: of each of them in the plan.
        weight: by how much their pains are multiplied.
        alternatives: what each may become; the first is the job as it is.
    """

    items: Sequence[LineItem]
    places: Sequence[int]
    weight: int
    alternatives: Sequence[Alternative]


class _Placed(NamedTuple):
    """A job at its place in the plan."""

    place: int
    item: LineItem


class FitRuleIndex:
    """Which rules of fitting hold of a job.

    Args:
        rules: the rules.
    """

    def __init__(self, rules: FitRules) -> None:
        self._rules = rules
        may, weights, keep = (
            [(one.where, one.source) for one in some] for some in (rules.may, rules.weights, rules.keep)
        )
        self._index = SelectorIndex([*may, *weights, *keep])
        self._may, self._weights = len(rules.may), len(rules.may) + len(rules.weights)

    def bits(self, item: LineItem) -> int:
        """Which rules hold of a job."""
        return self._index.of(item)

    def may(self, bits: int) -> list[MayChange]:
        """What may change on jobs; nothing of those that are kept."""
        if bits >> self._weights:
            return []
        return [rule for number, rule in enumerate(self._rules.may) if bits >> number & 1]

    def weight(self, bits: int) -> int:
        """By how much their pains are multiplied."""
        weights = self._rules.weights
        return prod(one.points for number, one in enumerate(weights, self._may) if bits >> number & 1)


def cohorts_of(
    items: Iterable[LineItem], held: HeldJobs, rules: FitRuleIndex, finder: AlternativeFinder
) -> Iterator[Cohort]:
    """The jobs in groups, in an order of their contents.

    Args:
        items: the jobs.
        held: which limits hold a job; those that none holds stay as they are.
        rules: what may change on which of them.
        finder: prices what they may become.

    Raises:
        UsageError: a job may become too many things.
    """
    found: dict[tuple[Any, ...], list[_Placed]] = {}
    for place, item in enumerate(items):
        job = item.job
        bits, free = rules.bits(item), bool(held.numbers(item)) and not job.task_ids
        about = bits, free, finder.policies.about(item), held.about(item)
        key = (about, id(item.charge), id(job.ask), job.takes, job.date, id(job.needs))
        found.setdefault(key, []).append(_Placed(place, item))
    merged: dict[tuple[Any, ...], list[_Placed]] = {}
    for (about, *_), some in found.items():
        merged.setdefault((*about, *_content(some[0].item)), []).extend(some)
    for content in sorted(merged):
        placed = sorted(merged[content], key=lambda one: (one.item.job_id or "", one.place))
        may = rules.may(content[0]) if content[1] else []
        alternatives = finder.alternatives(placed[0].item, may)
        members = [one.item for one in placed], [one.place for one in placed]
        yield Cohort(*members, rules.weight(content[0]), alternatives)


def _content(item: LineItem) -> tuple[str, ...]:
    """Everything that a price and a change depend on, as text, which has an order whatever it is."""
    job, charge = item
    parts = (charge.provider, charge.model, sorted(charge.options.items()), f"{job.takes:09}", job.date, job.ask)
    return tuple(map(str, (*parts, sorted(job.needs.items()), charge.due, charge.currency)))
