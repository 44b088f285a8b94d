"""Fits a plan into its limits with the contingency that the plan itself needs, with a confidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from kling_cost.planning.fit.fitter import Fitter, Made
from kling_cost.planning.fit.held_limits.cohort_choices import HUNDREDTHS
from kling_cost.planning.fit.plan import Conflict, Plan, PlanLimit
from kling_cost.planning.fit.several_limits.best_plan import Best, Proof
from kling_cost.planning.fit.several_limits.least_pain_within import least_pain_within
from kling_cost.planning.fit.several_limits.measures import PAIN, extremes, totals_of
from kling_cost.planning.limits import Standing
from kling_cost.planning.rules.fitting.fit_rules import SELLER
from kling_cost.planning.verdict import Verdict
from kling_cost.pricing.estimate import Estimate
from kling_cost.problems import problem

_ROUNDS = 5
_MOST_LEASTS = 5  # limits of which it is worked out what the least plan needs
_NOTHING = Decimal(0)
_Check = Callable[[Estimate], Verdict]


class _Needed(NamedTuple):
    """What a plan needs of a limit: what is planned, and what is set aside for it."""

    planned: Decimal
    contingency: Decimal

    @property
    def all(self) -> Fraction:
        """Both."""
        return Fraction(self.planned) + Fraction(self.contingency)


class _Round(NamedTuple):
    """A plan that was made, with what it needs of each limit and whether it is within all of them."""

    found: Best
    made: Made
    needed: Sequence[_Needed]
    holds: bool


class ConfidentFitter(Fitter):
    """Fits one plan into its limits, with a confidence.

    What takes cost on average is known of each job; how much more is enough with the confidence is known of whole plans
    only. So a plan is made for what the one before it needs beyond the average, at most five times, and the best of
    those is proposed whose own check holds.

    Args:
        estimate, verdict, rules, allowed: as of `Fitter`.
        limits: the limits, without any contingency.
        takes_needed: how many takes jobs need on average.
    """

    _tried = 0
    _leasts: Sequence[_Round] = ()

    def plan(self, check: _Check) -> Plan:
        """The best plan that was found to hold; `check` holds it against the limits, with the confidence."""
        now = self._round(self._as_it_is(), check)
        self._tried = 1
        if len(self._limits) <= _MOST_LEASTS:
            self._leasts = [self._round(self._least(number), check) for number in range(len(self._limits))]
        if now.holds:
            return self._told(now, 0)
        if conflict := list(self._too_small()):
            return self._with_confidence(self._without("infeasible", "exact", conflict, []))
        unset = self._best([None] * len(self._limits))
        return self._with_confidence(self._no_plan(unset)) if unset.counts is None else self._chosen(now, unset, check)

    def _no_plan(self, unset: Best) -> Plan:
        return self._unknown() if unset.proof == "none" else self._infeasible(unset.proof)

    def _chosen(self, now: _Round, unset: Best, check: _Check) -> Plan:
        """The best of the plans that hold; `unset` is that for which nothing is set aside."""
        held = [one for one in (*self._searched(now, unset, check), *self._leasts) if one.holds]
        best = min(held, key=lambda one: one.found.totals, default=None)
        if best is None:
            lacking = [problem("cannot_check.with_confidence", "", rounds=f"{self._tried}")]
            return self._with_confidence(self._without("unknown", "none", [], lacking))
        # Something has to change, so that a plan hurts at least as much as the change that hurts least.
        pains = (choice[PAIN] for group in self._groups for choice in group.choices)
        return self._told(best, max(unset.bound, min(pain for pain in pains if pain)))

    def _searched(self, now: _Round, unset: Best, check: _Check) -> Iterator[_Round]:
        """Plans, each for what those before it need beyond the average; the first with nothing set aside."""
        beyond: list[Fraction] | None = None
        tried, found = [now.found.counts], unset
        for _ in range(_ROUNDS):
            one = now
            if found.counts != now.found.counts:
                one = self._round(found, check)
                self._tried += 1
                yield one
            if one.holds and found is unset:
                return
            own = self._beyond(one)
            beyond = own if one.holds or beyond is None else list(map(max, beyond, own))
            found = self._best(self._room(beyond))
            if found.counts is None or found.counts in tried:
                return
            tried.append(found.counts)

    def _best(self, on_average: Sequence[int | None]) -> Best:
        """The plan of least pain with no more planned, and no more needed on average, than is allowed."""
        return least_pain_within(self._groups, (*self._allowed, *on_average))

    def _round(self, found: Best, check: _Check) -> _Round:
        made = self._made(found, check)
        limits = made.verdict.limits if made.estimate.line_items else ()
        holds = all(standing.status in ("within", "warn") for standing in limits if standing.limit is not None)
        return _Round(found, made, list(self._needed(found, limits)), holds)

    def _needed(self, found: Best, standings: Sequence[Standing]) -> Iterator[_Needed]:
        by_name = {_name(one): one for one in standings}
        for number, (own, *_) in enumerate(self._limits):
            standing = by_name.get(_name(own))
            if standing is None or standing.planned is None:  # no job is left that it holds
                yield _Needed(self._loads[number].amount(found.totals[number + 1]), _NOTHING)
            else:
                yield _Needed(standing.planned, standing.contingency)

    def _on_average(self, found: Best) -> Sequence[int]:
        return found.totals[len(self._limits) + 1 :]

    def _beyond(self, one: _Round) -> list[Fraction]:
        """What a plan needs of each limit beyond what its takes cost on average."""
        triples = zip(one.needed, self._loads, self._on_average(one.found), strict=True)
        return [needed.all - loads.exactly(load) / HUNDREDTHS for needed, loads, load in triples]

    def _room(self, beyond: Sequence[Fraction]) -> list[int]:
        """What takes may cost on average under each limit, beside what is needed beyond that."""
        pairs = zip(self._loads, beyond, strict=True)
        return [loads.units((Fraction(loads.limit) - more) * HUNDREDTHS) for loads, more in pairs]

    def _least(self, number: int) -> Best:
        """The plan in which each job needs least of a limit."""
        first, second = len(self._limits) + number + 1, number + 1

        def least(choices: Sequence[Sequence[int]]) -> int:
            return min(range(len(choices)), key=lambda at: (choices[at][first], choices[at][second], at))

        counts = [{least(group.choices): group.jobs} for group in self._groups]
        return Best(counts, totals_of(self._groups, counts), 0, "none")

    def _too_small(self) -> Iterator[Conflict]:
        """The limits that no plan holds, as far as that is certain."""
        for number, one in enumerate(self._leasts):
            loads, needed, standing = self._loads[number], one.needed[number], self._limits[number].standing
            is_planned = extremes(self._groups, number + 1)[0] > self._allowed[number]
            if needed.all > loads.limit and (is_planned or (needed.contingency and self._is_least_certain(one))):
                yield Conflict(standing.scope, loads.limit, standing.currency, loads.rounded_up(needed.all))

    def _is_least_certain(self, one: _Round) -> bool:
        """Whether no plan can need less than the one of least takes and prices: no change makes takes more likely to be
        usable, and nothing of it is rounded."""
        risk = one.made.verdict.risk
        has_sellers = any(rule.change == SELLER for rule in self._may)
        return not self._may_move and not has_sellers and risk is not None and all(t.exact for t in risk.totals)

    def _told(self, one: _Round, bound: int) -> Plan:
        found = one.found
        proof: Proof = "exact" if found.totals[PAIN] == bound else "none"
        plan = self._plan_of(found._replace(bound=bound, proof=proof), one.made, [])
        return self._with_confidence(plan, one.needed)

    def _with_confidence(self, plan: Plan, needed: Sequence[_Needed] | None = None) -> Plan:
        """A plan with what is set aside for it; without one, what the limits would have to be."""
        confidence = self._verdict.confidence
        limits = [self._of_limit(limit, at, needed[at] if needed else None) for at, limit in enumerate(plan.limits)]
        return replace(plan, limits=limits, confidence=confidence, rounds=self._tried)

    def _of_limit(self, limit: PlanLimit, number: int, needed: _Needed | None) -> PlanLimit:
        loads = self._loads[number]
        least = loads.rounded_up(self._leasts[number].needed[number].all) if self._leasts else None
        is_over = self._limits[number].standing.status == "over"
        if needed is None:
            return limit._replace(least=least, binding=is_over)
        left = loads.limit - needed.planned - needed.contingency
        return limit._replace(least=least, binding=is_over, headroom=left, contingency=needed.contingency)


def _name(standing: Standing) -> tuple[str, str, str | None]:
    """By what a limit is known among all."""
    return standing.scope, standing.currency, standing.source
