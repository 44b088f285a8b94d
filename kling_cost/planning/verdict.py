"""The gate: check an estimate against its limits and return a verdict."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from kling_cost.amounts import Amount, grouped_text, many
from kling_cost.planning.applied_rules import AppliedRules, RulesInForce, checker_of
from kling_cost.planning.approval.approval import Approval
from kling_cost.planning.approval.approved_plan import ApprovalCheck
from kling_cost.planning.changes.change import Change
from kling_cost.planning.checked_plan import approval_check, change_from, confidence_for, summary_of, with_items
from kling_cost.planning.limits import (
    LimitChecker,
    Scoped,
    Standing,
    credits_of,
    limit_problems,
    limits_given,
    limits_in_force,
    money_asked,
)
from kling_cost.planning.policies.policy_results import LACKS_APPROVAL, PolicyResult
from kling_cost.planning.risk.risk_figures import RiskFigures
from kling_cost.planning.rules.fitting.fit_rules import NO_FIT, FitRules
from kling_cost.planning.rules.read_rules import campaign_rules, rules_given
from kling_cost.planning.rules.rule_types import Rules
from kling_cost.planning.scopes.actuals import actuals_given
from kling_cost.planning.verdict_words import Word, is_refused, statuses_of, word_of
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.grand_total import GrandTotal
from kling_cost.pricing.totals import Totals
from kling_cost.problems import (
    EXIT_INVALID,
    EXIT_OK,
    EXIT_OVER,
    EXIT_UNPRICED,
    Problem,
    UsageError,
    exit_code_of_codes,
    problem,
)
from kling_cost.python_values import day, flag, told
from kling_cost.results.html_rows import html_rows
from kling_cost.results.plans.limit_types import STANDING

if TYPE_CHECKING:
    from kling_cost.planning.fit.single_changes.suggestions import Suggestion
    from kling_cost.planning.risk.plan_chances import PlanChances

_TOLD = 3  # limits that are shown on one line
_TAKEN = "an estimate from estimate() or read_estimate(), or totals from summarize()"


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """The result of `check`: whether an estimate can be submitted.

    Attributes:
        verdict: `within`; `over` a limit; `refused` by a policy, or as no longer the approved plan; or `blocked` by a
            job with an error, or by a limit or policy that cannot be checked.
        limits: every limit with its planned amount, headroom and status.
        estimate: what was checked, with its line items or as `Totals`.
        problems: those of the estimate, of limits and policies that cannot be checked, and of an approval that no
            longer holds.
        policies: whether the plan keeps each policy.
        applied: the rules, as they were applied; None without rules.
        approval: whether it is still the plan that was approved; None where no approval was given.
        against: what changed from the plan that it was compared with; None where there is none.
        risk: what the plan may really cost, where the contingency is that of a confidence; None otherwise.
        may: what rules allow to be changed so that a plan fits.
        suggestions: where it is over a limit, and nothing else keeps it from being checked, the single changes that
            save most under the first such limit, at most three; none for totals, which have no jobs.

    >>> import kling_cost as kc
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> kc.check(estimate, budget="27 EVOLINK_CREDIT").verdict
    'within'
    """

    verdict: Word
    limits: Sequence[Standing]
    estimate: Estimate | Totals
    problems: Sequence[Problem]
    policies: Sequence[PolicyResult] = ()
    applied: AppliedRules | None = field(default=None, compare=False)
    approval: ApprovalCheck | None = None
    against: Change | None = None
    risk: RiskFigures | None = None
    may: FitRules = field(default=NO_FIT, compare=False)
    suggestions: Sequence[Suggestion] = ()

    @property
    def confidence(self) -> Decimal | None:
        """The chance with which the contingency of every limit is enough; None where it is that of rules."""
        return None if self.risk is None else self.risk.confidence

    @property
    def money(self) -> str:
        """The currency for grand totals: that of the first limit in money, else USD."""
        return money_asked(self.limits, self.summary, credits_of(self.summary))

    @property
    def planned(self) -> Estimate | Totals:
        """What was checked, as JSON holds it: with rules, broken down by month, too."""
        if self.applied is None:
            return self.estimate
        return replace(self.summary, more_breakdowns=self.applied.breakdowns)

    @property
    def summary(self) -> Totals:
        """What was checked, without its line items."""
        return summary_of(self.estimate)

    def closed(self) -> Verdict:
        """The same with limits that are held against the jobs whose cost has an upper end, as the others are left out.

        >>> import kling_cost as kc
        >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
        >>> verdict = kc.check(estimate, budget="1 USD")
        >>> verdict.closed() is verdict
        True
        """
        totals = self.summary.closed()
        if totals is self.summary or self.applied is not None:  # limits of rules stay as they were checked
            return self
        limits = [(Amount(s.limit, s.currency), s.scope, s.source) for s in self.limits if s.limit is not None]
        checker = checker_of(totals, limits, RulesInForce(None))
        standings = [checker.standing(*limit) for limit in limits]
        if len(limits) < len(self.limits):
            standings += checker.uncovered(limits)
        return replace(self, limits=standings)

    @property
    def totals_in(self) -> GrandTotal:
        """The grand total of the plan in that currency."""
        return self.estimate.total(self.money)

    @property
    def exit_code(self) -> int:
        """0 within; 5 for an invalid job; 4 for a job without a price, or a limit or policy that cannot be checked; 3
        over or refused."""
        errors = {found.code for found in self.problems if found.severity == "error"}
        faults = exit_code_of_codes(errors | self.summary.error_codes)
        if faults or self.estimate.left_out:
            return faults or EXIT_INVALID
        if self._is_unsure:
            return EXIT_UNPRICED
        return EXIT_OVER if self.verdict in ("over", "refused") else EXIT_OK

    @property
    def is_refused(self) -> bool:
        """Whether a policy fails or the approval no longer holds, whatever the limits say."""
        return is_refused(self.policies, self.approval)

    @property
    def awaits_approval(self) -> bool:
        """Whether nothing but policies about growth since an approval keeps the plan from passing."""
        errors = [found for found in self.problems if found.severity == "error"]
        lacking = {dict(found.params).get("policy") for found in errors if found.key == LACKS_APPROVAL}
        unknown = {policy.name for policy in self.policies if policy.status == "unknown"}
        others = {limit.status for limit in self.limits} | {policy.status for policy in self.policies} - {"unknown"}
        is_rest_fine = not self.estimate.left_out and others.isdisjoint(("over", "unknown", "fail"))
        return bool(lacking) and is_rest_fine and unknown == lacking and all(e.key == LACKS_APPROVAL for e in errors)

    @property
    def _is_unsure(self) -> bool:
        """Whether a limit or a policy cannot be checked; a limit that is over without all it holds is one of them."""
        lacking = any(limit.unknown_currencies for limit in self.limits)
        return lacking or "unknown" in statuses_of(self.limits, self.policies)

    @property
    def exit(self) -> int:
        """The same as `exit_code`, under its name in JSON."""
        return self.exit_code

    def __repr__(self) -> str:
        return f"<Verdict: {self._told()}>"

    def _told(self) -> str:
        told = [self.verdict, *(_told(standing) for standing in self.limits[:_TOLD])]
        told += [f"{len(self.limits) - _TOLD:,} more"] * (len(self.limits) > _TOLD)
        told += [many(len(self.problems), "problem")] * bool(self.problems)
        return ", ".join(told)

    def _repr_html_(self) -> str:
        present = {name for standing in self.limits for name in STANDING.json(standing)}
        names = [field.name for field in STANDING.fields if field.name in present]
        rows = html_rows(names, ([getattr(limit, name) for name in names] for limit in self.limits))
        return f"<p>{escape(self._told())}</p>{rows if self.limits else ''}"


def _told(standing: Standing) -> str:
    planned = "unknown" if standing.planned is None else grouped_text(standing.planned)
    if standing.planned is None and standing.planned_least is not None:
        planned = f"at least {grouped_text(standing.planned_least)}"
    limit = "" if standing.limit is None else f" of {grouped_text(standing.limit)}"
    return f"{planned}{limit} {standing.currency}"


def check(
    estimate: Estimate | Totals,
    *,
    budget: str | Amount | Sequence[str | Amount] | None = None,
    no_budget: bool = False,
    rules: Rules | str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    actuals: Any = None,
    approval: Approval | str | os.PathLike[str] | None = None,
    on: date | str | None = None,
    against: Estimate | Change | None = None,
    confidence: str | Decimal | None = None,
) -> Verdict:
    """Check a plan against its budget limits and policies.

    Args:
        estimate: what is planned: an estimate, or the totals that `kc.summarize` gives for files of any size; rules
            and actuals need an estimate.
        budget: limits such as `"500 USD"` or `"36000 EVOLINK_CREDIT"`, at most one per currency; they replace those
            of the campaign files. A limit in credits covers the jobs priced in that currency, one in money all jobs.
        no_budget: check without a limit, only that jobs are valid and priced, and keep the policies; no jobs at all is
            a warning.
        rules: budgets by scope and policies, from `read_rules` or as paths; those in campaign files hold, too.
        actuals: what has been submitted already: a reconciliation, files of stored ones or of answers, or a list of
            those. Takes with a task are committed, the others planned, with any discount on their month's volume.
        approval: what was approved, or its file; a plan that is no longer the approved one is refused.
        on: the day on which the approval has to hold; that of the estimate if omitted.
        against: the plan that this one replaces, or the change from it, to show what changed.
        confidence: the chance, such as `"0.8"`, with which the contingency of every limit is to be enough: it is worked
            out from the classes of takes in the rules, and stands above a contingency that rules name.

    Returns:
        The verdict. A plan equal to its limit is within it; above 80 % of the limit is a warning.

    Raises:
        UsageError: no limit, a malformed or duplicate limit, an unknown currency, or limits but no jobs;
            totals that are to be held to rules, a confidence, an approval or another plan; a confidence that is no
            chance between 0 and 1, or one beside actuals.
        ReadError, RulesError: rules, actuals or the approval cannot be read; the approval was edited.

    >>> import kling_cost as kc
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> check(estimate, budget="0.3749 USD").exit_code
    3
    >>> check(estimate.summary, budget="0.375 USD").exit_code
    0

    Half of all takes are usable, so that three of four such shots need no more than two:

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "rules.yaml")
    ...     _ = file.write_text("{schema: 1, takes: {all: {success: 1 in 2}}}")
    ...     verdict = check(estimate, budget="60 EVOLINK_CREDIT", rules=file, confidence="0.75")
    >>> print(verdict.limits[0].planned, verdict.limits[0].contingency, verdict.limits[0].status)
    27.000000000000 27.000000000000 warn
    """
    if not isinstance(estimate, (Estimate, Totals)):
        raise UsageError(f"estimate must be {_TAKEN}, not {told(estimate)}")
    totals, without = summary_of(estimate), flag(no_budget, "no_budget")
    in_force = RulesInForce(rules_given(rules), campaign_rules(totals.campaigns), totals.campaigns, without)
    given = limits_given(budget)
    limits = limits_in_force(totals, given, without, bool(in_force.scopes))
    checker = checker_of(totals, limits, in_force)
    approved = approval_check(approval, estimate, day(on, "on"))
    has_actuals = actuals is not None and not (isinstance(actuals, (list, tuple)) and not actuals)
    level = None if confidence is None else confidence_for(confidence, estimate, has_actuals)
    if in_force or has_actuals or in_force.has_contingency or level is not None:
        verdict = _by_rules(with_items(estimate), limits, bool(given), in_force, actuals, checker, approved, level)
    else:
        standings = [checker.standing(*limit) for limit in limits]
        if not no_budget:
            standings += checker.uncovered(limits)
        verdict = _verdict(estimate, standings, approved=approved)
    verdict = replace(verdict, may=in_force.fit, suggestions=_suggestions(verdict, checker, in_force))
    return verdict if against is None else replace(verdict, against=change_from(against, estimate))


def _suggestions(verdict: Verdict, checker: LimitChecker, rules: RulesInForce) -> Sequence[Suggestion]:
    """What would save most where the plan is over a limit; nothing where a job or a limit cannot be checked."""
    plan = verdict.estimate
    if verdict.verdict != "over" or verdict.exit_code != EXIT_OVER or not isinstance(plan, Estimate):
        return ()
    from kling_cost.planning.fit.single_changes.suggestions import suggestions

    return suggestions(plan, verdict.limits, checker, rules, verdict.applied, has_confidence=verdict.risk is not None)


def _by_rules(
    estimate: Estimate,
    limits: Sequence[Scoped],
    are_given: bool,
    in_force: RulesInForce,
    actuals: Any,
    checker: LimitChecker,
    approved: ApprovalCheck | None,
    confidence: Decimal | None,
) -> Verdict:
    """The verdict by limits and rules, with what has been spent already; limits that are given come before those of
    rules, those of campaigns after them."""
    spent = actuals_given(actuals, estimate)
    totals = None if approved is None else {total.currency: total.cost for total in approved.approval.totals}
    applied = AppliedRules(estimate, in_force, spent, checker, totals)
    chances = None if confidence is None else _chances(estimate, in_force, applied, limits, confidence)
    enough = None if chances is None else chances.enough
    plain, by_scope = list(applied.plain_limits(limits, enough)), list(applied.limits.standings(enough))
    standings = [*plain, *by_scope] if are_given else [*by_scope, *plain]
    policies, problems = applied.policies()
    problems += [*applied.limits.problems(), *([] if spent is None else spent.problems()), *applied.discounts]
    if not in_force.no_budget:
        rest, why = applied.limits.uncovered(lambda currency, source: checker.is_covered(currency, source, limits))
        standings, problems = [*standings, *rest], [*problems, *why]
    verdict = _verdict(estimate, standings, problems, policies, applied, approved)
    return verdict if chances is None else _with_risk(verdict, chances)


def _chances(
    estimate: Estimate, in_force: RulesInForce, applied: AppliedRules, limits: Sequence[Scoped], confidence: Decimal
) -> PlanChances:
    """What the jobs whose cost has an upper end may cost."""
    from kling_cost.planning.risk.plan_chances import PlanChances

    sources = (source for *_, source in limits)
    return PlanChances(estimate.closed(), in_force.classes, confidence, applied.limits, sources)


def _with_risk(verdict: Verdict, chances: PlanChances) -> Verdict:
    idle = [] if chances.has_classes else [problem("has_no_effect.confidence")]
    problems = [*verdict.problems, *chances.remarks(), *idle]
    return replace(verdict, problems=problems, risk=chances.figures(verdict.limits))


def _verdict(
    estimate: Estimate | Totals,
    standings: Sequence[Standing],
    of_rules: Sequence[Problem] = (),
    policies: Sequence[PolicyResult] = (),
    applied: AppliedRules | None = None,
    approved: ApprovalCheck | None = None,
) -> Verdict:
    totals = summary_of(estimate)
    nothing = [] if totals.jobs else [problem("missing.jobs")]
    problems = [
        *totals.problems,
        *nothing,
        *limit_problems(standings),
        *of_rules,
        *(approved.problems if approved else ()),
    ]
    word = word_of(standings, totals, policies, approved)
    return Verdict(word, standings, estimate, problems, policies, applied, approved)
