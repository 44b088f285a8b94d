"""Fits one plan into its limits: what jobs may become, the plan of least pain, and what became of each limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kling_cost.planning.applied_rules import RulesInForce
from kling_cost.planning.fit.alternatives import Alternative, AlternativeFinder
from kling_cost.planning.fit.changed_plan import changed_estimate, changed_jobs, changes_of
from kling_cost.planning.fit.held_limits.cohort_choices import changed_places, choices_of
from kling_cost.planning.fit.held_limits.limits_to_hold import HeldJobs, LimitToHold
from kling_cost.planning.fit.job_cohorts import FitRuleIndex, cohorts_of
from kling_cost.planning.fit.kept_policies import KeptPolicies
from kling_cost.planning.fit.one_limit.choices import Choice
from kling_cost.planning.fit.one_limit.choices import Group as OneLimitGroup
from kling_cost.planning.fit.one_limit.least_pain import least_pain, relief_for_less
from kling_cost.planning.fit.plan import Conflict, NextLimit, Plan, PlanLimit, PlannedChange, PlannedJob
from kling_cost.planning.fit.several_limits.best_plan import Best, Proof
from kling_cost.planning.fit.several_limits.least_pain_within import least_pain_within
from kling_cost.planning.fit.several_limits.limits_in_conflict import limits_in_conflict
from kling_cost.planning.fit.several_limits.measures import Group, Measures, extremes
from kling_cost.planning.fit.solver import is_installed
from kling_cost.planning.risk.cohorts import TakesNeeded
from kling_cost.planning.rules.fitting.fit_rules import SELLER, FitRules
from kling_cost.planning.verdict import Verdict
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.pricer import pricer
from kling_cost.problems import Listed, Problem, problem


class Made(NamedTuple):
    """A plan that was made of some choices, and its check.

    Attributes:
        changed: the jobs that become something else, by place.
        jobs: all jobs.
        estimate: what they cost.
        verdict: the check; of the jobs as they were, where all are dropped.
    """

    changed: Mapping[int, Alternative]
    jobs: Sequence[PlannedJob]
    estimate: Estimate
    verdict: Verdict


class Fitter:
    """Fits one plan into its limits.

    Args:
        estimate: the plan.
        verdict: its check.
        limits: the limits, which can be checked.
        rules: all rules of the run.
        allowed: what may change.
        takes_needed: how many takes jobs need on average; None where they are made as often as planned.
    """

    def __init__(
        self,
        estimate: Estimate,
        verdict: Verdict,
        limits: Sequence[LimitToHold],
        rules: RulesInForce,
        allowed: FitRules,
        takes_needed: TakesNeeded | None = None,
    ) -> None:
        self._estimate, self._verdict, self._limits, self._may = estimate, verdict, limits, allowed.may
        self._may_move = takes_needed is not None and takes_needed.may_move
        assert estimate.book is not None
        self._pricer = pricer(estimate.book, estimate.as_of)
        others = estimate.book.exchange if any(rule.change == SELLER for rule in allowed.may) else ()
        scoped = verdict.applied.limits if verdict.applied else None
        held = HeldJobs(limits, estimate, rules, scoped, others, takes_needed)
        policies = KeptPolicies(rules.policies)
        self._finder = AlternativeFinder(self._pricer, policies, held.may_cost, held.may_become_other)
        self._cohorts = list(cohorts_of(estimate.line_items, held, FitRuleIndex(allowed), self._finder))
        self._choices, self._loads = choices_of(self._cohorts, held, len(limits))
        self._groups = [choices.group for choices in self._choices]
        self._allowed = [loads.allowed for loads in self._loads]
        places = 1 + len(limits) * (1 if takes_needed is None else 2)
        self._before = tuple(sum(group.jobs * group.choices[0][at] for group in self._groups) for at in range(places))

    @property
    def groups(self) -> Sequence[Group]:
        """The jobs that limits hold, with what they may choose."""
        return self._groups

    def plan(self, check: Callable[[Estimate], Verdict]) -> Plan:
        """The plan of least pain; `check` holds it against the limits."""
        if all(load <= most for load, most in zip(self._before[1:], self._allowed, strict=True)):
            return self._fitted(self._as_it_is(), [], check)
        if any(extremes(self._groups, at)[0] > most for at, most in enumerate(self._allowed, 1)):
            return self._infeasible("exact")
        if len(self._limits) == 1:
            return self._by_one_limit(check)
        found = least_pain_within(self._groups, self._allowed)
        if found.counts is not None:
            return self._fitted(found, [], check)
        return self._unknown() if found.proof == "none" else self._infeasible(found.proof)

    def _as_it_is(self) -> Best:
        return Best([{0: group.jobs} for group in self._groups], self._before, 0, "exact")

    def _by_one_limit(self, check: Callable[[Estimate], Verdict]) -> Plan:
        groups = [OneLimitGroup(jobs, [Choice(*choice) for choice in choices]) for jobs, choices in self._groups]
        found = least_pain(groups, self._allowed[0])
        relief = relief_for_less(groups, found.pain) if found.is_complete else None
        further = [] if relief is None else [NextLimit(self._loads[0].limit_for(relief.load), relief.pain)]
        proof: Proof = "exact" if found.is_proven else "none"
        return self._fitted(Best(found.counts, (found.pain, found.load), found.bound, proof), further, check)

    def _made(self, found: Best, check: Callable[[Estimate], Verdict]) -> Made:
        changed = changed_places(self._choices, found.counts or [])
        jobs = changed_jobs(self._estimate, changed)
        estimate = changed_estimate(self._estimate, jobs, self._pricer) if changed else self._estimate
        return Made(changed, jobs, estimate, check(estimate) if estimate.line_items else self._verdict)

    def _fitted(self, found: Best, further: list[NextLimit], check: Callable[[Estimate], Verdict]) -> Plan:
        return self._plan_of(found, self._made(found, check), further)

    def _plan_of(self, found: Best, made: Made, further: list[NextLimit]) -> Plan:
        changed, jobs, estimate, verdict = made
        problems = [*(verdict.problems if estimate.line_items else estimate.problems), *self._remarks(verdict)]
        if found.proof == "none" and len(self._limits) > 1 and not is_installed():
            problems.append(problem("has_no_effect.no_solver", ""))
        return Plan(
            "changed" if changed else "fits",
            found.totals[0],
            found.bound,
            found.proof,
            self._told_limits(found.totals),
            list(self._changes(changed)),
            jobs,
            further,
            [],
            self._may,
            estimate,
            problems,
            verdict,
        )

    def _changes(self, changed: Mapping[int, Alternative]) -> Iterator[PlannedChange]:
        """What changes, by job."""
        weights = {place: cohort.weight for cohort in self._cohorts for place in cohort.places}
        for place, to in sorted(changed.items()):
            yield from changes_of(self._estimate.line_items[place], to, weights[place], self._finder)

    def _infeasible(self, proof: Proof) -> Plan:
        conflict = []
        for number, least in limits_in_conflict(self._groups, self._allowed).items():
            loads, standing = self._loads[number], self._limits[number].standing
            conflict.append(Conflict(standing.scope, loads.limit, standing.currency, loads.limit_for(least)))
        return self._without("infeasible", proof, conflict, [])

    def _unknown(self) -> Plan:
        return self._without("unknown", "none", [], [problem("cannot_check.limits_together", "")])

    def _without(self, status: Any, proof: Proof, conflict: Sequence[Conflict], more: list[Problem]) -> Plan:
        """What is known where there is no plan."""
        jobs = [PlannedJob(item, False) for item in self._estimate.line_items]
        problems = [*self._verdict.problems, *self._remarks(self._verdict), *more]
        about = (self._may, self._estimate, problems, self._verdict)
        return Plan(status, None, None, proof, self._told_limits(None), [], jobs, [], conflict, *about)

    def _told_limits(self, after: Measures | None) -> list[PlanLimit]:
        loads = [None] * len(self._limits) if after is None else after[1 : len(self._limits) + 1]
        return [self._told_limit(number, load) for number, load in enumerate(loads)]

    def _told_limit(self, number: int, after: int | None) -> PlanLimit:
        loads, standing, before = self._loads[number], self._limits[number].standing, self._before[number + 1]
        least = loads.limit_for(extremes(self._groups, number + 1)[0])
        now = (None, None) if after is None else (loads.amount(after), loads.headroom(after))
        is_binding = before > self._allowed[number]
        amount = loads.amount(before)
        return PlanLimit(standing.scope, loads.limit, standing.currency, amount, now[0], least, is_binding, now[1])

    def _remarks(self, verdict: Verdict) -> Iterator[Problem]:
        """Rules that change nothing, and policies that are broken."""
        for rule in self._may:
            if rule not in self._finder.used:
                name = f"{rule.place}: {rule.change}" if rule.place else rule.change
                yield problem("has_no_effect.may", "", change=name)
        broken = [policy.name for policy in verdict.policies if policy.status == "fail"]
        if broken:
            yield problem("not_allowed.policies", "", policies=Listed(broken))
