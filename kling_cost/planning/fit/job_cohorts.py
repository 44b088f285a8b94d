"""Identical jobs together, each group with what its jobs may become: the order of the jobs changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

from kling_cost.planning.fit.alternatives import Alternative, AlternativeFinder
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
        weights = self._rules.weights
        return prod(one.points for number, one in enumerate(weights, self._may) if bits >> number & 1)


def cohorts_of(
    items: Iterable[LineItem], is_held: Callable[[LineItem], bool], rules: FitRuleIndex, finder: AlternativeFinder
) -> Iterator[Cohort]:
    """The jobs in groups, in an order of their contents.

    Args:
        items: the jobs.
        is_held: whether the limit holds a job; those that it does not hold stay as they are.
        rules: what may change on which of them.
        finder: prices what they may become.

    Raises:
        UsageError: a job may become too many things.
    """
    items = list(items)
    found: dict[tuple[Any, ...], list[int]] = {}
    policy_bits = finder.policies.bits
    for place, item in enumerate(items):
        job, charge = item
        is_free = is_held(item) and not job.task_ids and not job.locked
        about = rules.bits(item), is_free, policy_bits(job)
        key = (about, id(charge), id(job.ask), job.takes, job.date, id(job.needs))
        found.setdefault(key, []).append(place)
    contents = _Contents()
    merged: dict[tuple[Any, ...], list[int]] = {}
    for (about, *_), some in found.items():
        merged.setdefault((*about, *contents.of(items[some[0]])), []).extend(some)
    for content in sorted(merged):
        places = [place for _, place in sorted((items[place].job.job_id or "", place) for place in merged[content])]
        own = [items[place] for place in places]
        may = rules.may(content[0] if content[1] else 0)
        yield Cohort(own, places, rules.weight(content[0]), finder.alternatives(own[0], may))


class _Contents:
    """Everything that prices and changes of jobs depend on, as text, which has an order whatever it is."""

    def __init__(self) -> None:
        self._of_charges: dict[int, tuple[str, ...]] = {}
        self._texts: dict[int, str] = {}

    def of(self, item: LineItem) -> tuple[str, ...]:
        """The content of a job, which has to stay, for what it refers to is known by its identity."""
        job, charge = item
        named = self._of_charges.get(id(charge))
        if named is None:
            texts = charge.provider, charge.model, str(sorted(charge.options.items())), str(charge.due), charge.currency
            named = self._of_charges[id(charge)] = texts
        return *named[:3], f"{job.takes:09}", str(job.date), self._text(job.ask), self._text(job.needs), *named[3:]

    def _text(self, of: Any) -> str:
        found = self._texts.get(id(of))
        if found is None:
            found = self._texts[id(of)] = str(of if isinstance(of, tuple) else sorted(of.items()))
        return found
