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
        self._known: dict[int, Sequence[MayChange]] = {}
        self._products: dict[int, int] = {}
        self._may, self._weights = len(rules.may), len(rules.may) + len(rules.weights)

    def bits(self, item: LineItem) -> int:
        """Which rules hold of a job."""
        return self._index.of(item)

    def may(self, bits: int) -> Sequence[MayChange]:
        """What may change on jobs, nothing of those that are kept; the same rules are the same object."""
        own = 0 if bits >> self._weights else bits & ((1 << self._may) - 1)
        if own not in self._known:
            self._known[own] = tuple(rule for number, rule in enumerate(self._rules.may) if own >> number & 1)
        return self._known[own]

    def weight(self, bits: int) -> int:
        """By how much their pains are multiplied."""
        if bits not in self._products:
            weights = enumerate(self._rules.weights, self._may)
            self._products[bits] = prod(one.points for number, one in weights if bits >> number & 1)
        return self._products[bits]


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
    items = list(items)
    groups = _groups(items, held, rules, finder)
    for content in sorted(groups):
        places = [place for _, place in sorted([(items[at].job.job_id or "", at) for at in groups[content]])]
        own, (bits, is_free, *_) = [items[place] for place in places], content[0]
        may = rules.may(bits if is_free else 0)
        yield Cohort(own, places, rules.weight(bits), finder.alternatives(own[0], may))


def _groups(
    items: Sequence[LineItem], held: HeldJobs, rules: FitRuleIndex, finder: AlternativeFinder
) -> dict[tuple[Any, ...], list[int]]:
    """The places of jobs, by what rules say of them and their content."""
    found: dict[tuple[Any, ...], list[int]] = {}
    policy_bits = finder.policies.bits
    for place, item in enumerate(items):
        job, charge = item
        is_free = bool(held.numbers(item)) and not job.task_ids and not job.locked
        about = rules.bits(item), is_free, policy_bits(job), held.about(item)
        key = (about, id(charge), id(job.ask), job.takes, job.date, id(job.needs))
        found.setdefault(key, []).append(place)
    contents = _Contents()
    merged: dict[tuple[Any, ...], list[int]] = {}
    for (about, *_), some in found.items():
        merged.setdefault((about, *contents.of(items[some[0]])), []).extend(some)
    return merged


class _Contents:
    """Everything that prices and changes of jobs depend on, which has an order whatever it is: texts, and the takes.

    What equal jobs have in common is one object, which is compared with itself at once.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._same: dict[tuple[str, ...], tuple[str, ...]] = {}

    def of(self, item: LineItem) -> tuple[Any, ...]:
        """The content of a job, which has to stay, for what it refers to is known by its identity."""
        job, charge = item
        key = id(charge), id(job.ask), id(job.needs)
        known = self._known.get(key)
        if known is None:
            first = charge.provider, charge.model, str(sorted(charge.options.items()))
            last = str(job.ask), str(sorted(job.needs.items())), str(charge.due), charge.currency
            known = self._known[key] = self._same.setdefault(first, first), self._same.setdefault(last, last)
        return known[0], job.takes, str(job.date), known[1]
