"""Suggestions: the single changes that save most where a plan is over a limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from operator import attrgetter
from typing import Any, NamedTuple

from kling_cost.amounts import divide_half_up
from kling_cost.planning.applied_rules import AppliedRules, RulesInForce
from kling_cost.planning.fit.alternatives import Alternative, AlternativeFinder, changed_item
from kling_cost.planning.fit.changed_plan import values_of
from kling_cost.planning.fit.job_cohorts import FitRuleIndex
from kling_cost.planning.fit.kept_policies import KeptPolicies
from kling_cost.planning.fit.may_text import may_given
from kling_cost.planning.fit.single_changes.over_limit import OverLimit, over_limit
from kling_cost.planning.limits import LimitChecker, Standing
from kling_cost.planning.rules.fitting.fit_rules import (
    DROP,
    DURATION,
    QUALITY,
    SELLER,
    SOUND,
    TAKES,
    FitRules,
    MayChange,
)
from kling_cost.planning.rules.job_groups import ChargeNumbers
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import pricer
from kling_cost.results import certainty

#: What may be changed where no rule says it, as `fit` is told it.
BUILT_IN_MAY = "quality,sound,takes:2"
_MOST = 3
_KINDS = (SELLER, QUALITY, SOUND, DURATION, TAKES, DROP)
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One change of one job that saves money under a limit that the plan exceeds.

    Attributes:
        change: `quality`, `sound`, `duration`, `takes`, `seller` or `drop`.
        job_id, source, row: the job; of jobs that can be changed in the same way, the first.
        before, to: the values; None of a job that is left out.
        saves: how much less the job needs of the limit, in its currency.
        headroom: what is left of the limit then, negative where it is still exceeded; None with a confidence, as its
            contingency would be another one.
        currency, limit, scope: of the limit.
        pain: how much the change hurts, with the job's weight.
        jobs: how many jobs have the same price and takes and can be changed in the same way, with this one.

    >>> import kling_cost as kc
    >>> body = {"model": "kling-v3-text-to-video", "prompt": "Fog", "sound": "on"}
    >>> found = kc.check(kc.estimate([body]), budget="30 EVOLINK_CREDIT").suggestions
    >>> [(one.change, one.to, f"{one.saves.normalize()}", f"{one.headroom.normalize()}") for one in found]
    [('sound', 'off', '13.5', '3')]
    """

    change: str
    job_id: str | None
    source: str | None
    row: int | None
    before: str | None
    to: str | None
    saves: Decimal
    headroom: Decimal | None
    currency: str
    limit: Decimal
    scope: str
    pain: int
    jobs: int


def suggestions(
    estimate: Estimate,
    standings: Sequence[Standing],
    checker: LimitChecker,
    rules: RulesInForce,
    applied: AppliedRules | None = None,
    *,
    has_confidence: bool = False,
) -> list[Suggestion]:
    """The single changes that save most under the first limit that a plan exceeds, at most three.

    They are those that rules allow, else the built-in ones; by what they save, then in the order of the jobs. None
    where prices are not known any more, where volume discounts change with the plan, or where nothing may change.

    Args:
        estimate: the plan.
        standings: its limits.
        checker: compares costs with limits.
        rules: all rules of the run.
        applied: the same, applied to the plan; None where they were not.
        has_confidence: whether the contingency is that of a confidence; fewer takes are no saving then.
    """
    over = next((one for one in standings if one.status == "over"), None)
    is_discounted = applied is not None and bool(applied.discounts)
    if over is None or over.planned is None or estimate.book is None or is_discounted:
        return []
    limit = over_limit(over, standings, checker, applied, estimate)
    return _Suggester(estimate, limit, rules, has_confidence).best()


class _Saving(NamedTuple):
    """What a job may become, with what that saves under the limit."""

    saves: Fraction
    alternative: Alternative


_saved = attrgetter("saves")


class _Found(NamedTuple):
    """A change that was found.

    Attributes:
        saves: under the limit.
        place: of the first job that it is for.
        order: of the kind of change.
        change: which kind.
        alternative: what the job becomes.
        pain: how much that hurts.
        jobs: how many jobs it is for.
    """

    saves: Fraction
    place: int
    order: int
    change: str
    alternative: Alternative
    pain: int
    jobs: int

    @property
    def rank(self) -> tuple[Fraction, int, int]:
        """By what it saves, then by job."""
        return -self.saves, self.place, self.order


class _Suggester:
    """Finds the changes of a plan that save most under a limit.

    Args:
        estimate: the plan.
        limit: the limit.
        rules: all rules of the run.
        has_confidence: as of `suggestions`.
    """

    def __init__(self, estimate: Estimate, limit: OverLimit, rules: RulesInForce, has_confidence: bool) -> None:
        assert estimate.book is not None
        self._items, self._limit, self._has_confidence = estimate.line_items, limit, has_confidence
        self._kinds = [change for change in _KINDS if change != TAKES or not has_confidence]
        self._is_built_in = not rules.fit.may
        allowed = rules.fit + FitRules(may_given(BUILT_IN_MAY)) if self._is_built_in else rules.fit
        self._rules, self._has_sellers = FitRuleIndex(allowed), any(rule.change == SELLER for rule in allowed.may)
        self._known: dict[tuple[MayChange, ...], tuple[MayChange, ...]] = {}
        of_book = pricer(estimate.book, estimate.as_of)
        self._finder = AlternativeFinder(of_book, KeptPolicies(rules.policies), limit.may_cost)

    def best(self) -> list[Suggestion]:
        """The changes that save most; a job whose whole cost is less than the third of them is not looked at."""
        found: list[_Found] = []
        for worth, places in self._by_worth():
            if len(found) == _MOST and worth < found[-1].saves:
                break
            found = sorted([*found, *self._changes(places)], key=lambda one: one.rank)[:_MOST]
        return [self._suggestion(one) for one in found]

    def _by_worth(self) -> list[tuple[Fraction, list[int]]]:
        """The places of jobs of one price and number of takes, with what each needs of the limit; the dearest first."""
        groups: dict[tuple[int, int], list[int]] = {}
        charges = ChargeNumbers()
        for place, (job, charge) in enumerate(self._items):
            groups.setdefault((charges.number(charge), job.takes), []).append(place)
        found = []
        for (_, takes), places in groups.items():
            charge = self._items[places[0]].charge
            worth = self._limit.amount(charge, takes) if charge.certainty == certainty.EXACT else None
            if worth:
                found.append((worth, places))
        return sorted(found, key=lambda one: (-one[0], one[1]))

    def _changes(self, places: Iterable[int]) -> Iterator[_Found]:
        """The changes of jobs of one price and number of takes."""
        found: dict[tuple[Any, ...], _Found] = {}
        for same in self._in_groups(places):
            for change in self._of_job(same[0], len(same)):
                key = (change.change, change.alternative.parts, change.alternative.takes, change.saves, change.pain)
                known = found.get(key)
                found[key] = change if known is None else known._replace(jobs=known.jobs + change.jobs)
        return iter(found.values())

    def _in_groups(self, places: Iterable[int]) -> Iterable[list[int]]:
        """The places of jobs that may become the same, as far as the limit holds them; in their order."""
        found: dict[tuple[Any, ...], list[int]] = {}
        for place in places:
            item = self._items[place]
            if self._limit.holds(item):
                job = item.job
                bits = self._rules.bits(item), self._finder.policies.bits(item.job), self._limit.scopes(item)
                when = job.date if self._has_sellers else id(item.charge.rate)  # the days of a rate are the same
                found.setdefault((*bits, id(job.ask), when, id(job.needs)), []).append(place)
        return found.values()

    def _of_job(self, place: int, jobs: int) -> Iterator[_Found]:
        """What may be changed on a job, of each kind of change what saves most."""
        item = self._items[place]
        bits = self._rules.bits(item)
        weight = self._rules.weight(bits)
        for order, change in enumerate(self._kinds):
            rules = self._kept(rule for rule in self._rules.may(bits) if rule.change == change)
            best = self._one_step_down(item, rules) if self._is_step(change) else self._best(item, rules)
            if best is not None:
                saves, alternative = best
                yield _Found(saves, place, order, change, alternative, weight * alternative.pain, jobs)

    def _kept(self, rules: Iterable[MayChange]) -> Sequence[MayChange]:
        """Rules as the same object each time that they are the same."""
        found = tuple(rules)
        return self._known.setdefault(found, found)

    def _is_step(self, change: str) -> bool:
        """Whether no more than one step is suggested of a kind of change."""
        return self._is_built_in and change == QUALITY

    def _one_step_down(self, item: LineItem, rules: Sequence[MayChange]) -> _Saving | None:
        """The change to the next cheaper quality that is sold; each is tried alone, else the cheapest hides others."""
        rate = item.charge.rate
        sold = rate.options.get(QUALITY, ()) if rate else ()
        found = (self._best(item, self._kept([rule._replace(to=value)])) for rule in rules for value in sold)
        return min((one for one in found if one), key=_saved, default=None)

    def _best(self, item: LineItem, rules: Sequence[MayChange]) -> _Saving | None:
        """The change by some rules that saves most."""
        return max(self._savings(item, rules), key=_saved, default=None) if rules else None

    def _savings(self, item: LineItem, rules: Sequence[MayChange]) -> Iterator[_Saving]:
        """What a job may become by rules of one kind, with what that saves under the limit."""
        before = self._limit.amount(item.charge, item.takes) or Fraction(0)
        for one in self._finder.alternatives(item, rules)[1:]:
            after = self._limit.amount(one.charge, one.takes)
            saves = Fraction(0) if after is None else before - after
            is_left_in = not one.takes or self._limit.scopes(changed_item(item, one)) == self._limit.scopes(item)
            if saves > 0 and is_left_in:
                yield _Saving(saves, one)

    def _suggestion(self, found: _Found) -> Suggestion:
        item, standing = self._items[found.place], self._limit.standing
        job, to = item.job, found.alternative
        return Suggestion(
            found.change,
            job.job_id,
            job.source,
            job.row,
            *_values(item, self._finder, found.change, to),
            divide_half_up(found.saves, _ONE),
            None if self._has_confidence else self._limit.headroom(item, to),
            standing.currency,
            standing.limit or Decimal(0),
            standing.scope,
            found.pain,
            found.jobs,
        )


def _values(item: LineItem, finder: AlternativeFinder, change: str, to: Alternative) -> tuple[str | None, str | None]:
    """The values before and after a change."""
    if change == DROP:
        return None, None
    if change == TAKES:
        return str(item.takes), str(to.takes)
    return values_of(item, finder, change, to.parts[0][1])
