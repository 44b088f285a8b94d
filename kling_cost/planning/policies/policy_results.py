"""Whether the jobs of a plan keep each policy: once for all jobs that no rule can tell apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from kling_cost.planning.limits import LimitChecker
from kling_cost.planning.rules.job_groups import Group, JobGroups
from kling_cost.planning.rules.rule_types import Measure, Policy
from kling_cost.planning.rules.selectors import Selector
from kling_cost.planning.scopes.held import PlannedSums
from kling_cost.problems import Listed, Problem, problem

Status = Literal["pass", "fail", "warn", "unknown"]
MOST_JOBS = 1_000  # that a result names
#: What is said of a policy about growth where no approval is given.
LACKS_APPROVAL = "cannot_check.policy_approval"
HAS_NO_UPPER_END = "cannot_check.policy_no_upper_end"


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """Whether a plan keeps a policy.

    Attributes:
        name: what it is called.
        status: `pass`; `fail`; `warn` where it is broken and only warns; `unknown` where it cannot be checked.
        jobs: the first jobs that break it, or keep it from being checked.
        job_count: how many there are.
        message: what to tell who breaks it.
        owner: who answers for it.
    """

    name: str
    status: Status
    jobs: Sequence[str]
    job_count: int
    message: str
    owner: str | None


class PolicyBits(NamedTuple):
    """A policy and the numbers of its selectors among those of all rules; None where it has no such selector."""

    policy: Policy
    where: int
    require: int | None
    forbid: int | None

    def concerns(self, group: Group) -> bool:
        """Whether it is about a group of jobs."""
        return bool(group.bits >> self.where & 1)

    def is_broken_by(self, group: Group) -> bool:
        """Whether these jobs are what they must not be."""
        lacks = self.require is not None and not group.bits >> self.require & 1
        return lacks or (self.forbid is not None and bool(group.bits >> self.forbid & 1))


def policy_selectors(
    policies: Sequence[Policy], start: int
) -> tuple[list[PolicyBits], list[tuple[Selector, str | None]]]:
    """The selectors of policies, numbered from a start."""
    selectors: list[tuple[Selector, str | None]] = []

    def number(selector: Selector, policy: Policy) -> int:
        selectors.append((selector, policy.source))
        return start + len(selectors) - 1

    bits = [
        PolicyBits(
            policy,
            number(policy.where, policy),
            None if policy.require is None else number(policy.require, policy),
            None if policy.forbid is None else number(policy.forbid, policy),
        )
        for policy in policies
    ]
    return bits, selectors


class PolicyChecker:
    """Checks policies.

    Args:
        groups: the jobs of the plan.
        checker: converts amounts.
        as_of: the day from which the age of prices is counted.
        checked: when the price of a group was checked last; None where that is not known.
        approved: what was approved, by currency; None without an approval.
    """

    def __init__(
        self,
        groups: JobGroups,
        checker: LimitChecker,
        as_of: date | None,
        checked: Callable[[Group], date | None],
        approved: Mapping[str, Decimal] | None = None,
    ) -> None:
        self._groups, self._checker, self._as_of, self._checked = groups, checker, as_of, checked
        self._approved = approved
        self.problems: list[Problem] = []

    def results(self, policies: Sequence[PolicyBits]) -> list[PolicyResult]:
        """The result of each policy, in their order."""
        return [self._result(policy) for policy in policies]

    def _result(self, bits: PolicyBits) -> PolicyResult:
        policy = bits.policy
        held = [number for number, group in enumerate(self._groups.groups) if bits.concerns(group)]
        if not held:
            self.problems.append(problem("has_no_effect.policy", "", policy=policy.name))
        broken = {number for number in held if bits.is_broken_by(self._groups.groups[number])}
        unknown: set[int] = set()
        blocked: list[Problem] = []
        for measure in policy.at_most:
            over, unsure, why = self._measured(policy, measure, held)
            broken |= over
            unknown |= unsure
            blocked += why
        status = _status(policy, bool(broken), bool(blocked))
        self.problems += blocked if status == "unknown" else []
        told = frozenset(broken or unknown)
        count = sum(self._groups.jobs[number] for number in told)
        jobs = self._groups.ids(told, MOST_JOBS) if told else []
        return PolicyResult(policy.name, status, jobs, count, policy.message or policy.name, policy.owner)

    def _measured(
        self, policy: Policy, measure: Measure, held: Sequence[int]
    ) -> tuple[set[int], set[int], list[Problem]]:
        """The groups that are above a measure, those of which it is not known, and why it is not."""
        if measure.of == "total":
            return self._total(policy, measure, held)
        if measure.of == "growth":
            return self._growth(policy, measure, held)
        if measure.of == "price_age" and self._as_of is None:
            return set(), set(held), [problem("cannot_check.policy_day", "", policy=policy.name)]
        if measure.currency is None:
            return {number for number in held if self._is_above(measure, self._groups.groups[number])}, set(), []
        costs: list[tuple[PlannedSums, set[int]]] = []
        for number in held:
            group, sums = self._groups.groups[number], PlannedSums()
            sums.add_charge(group.charge, 1 if measure.of == "cost_per_take" else group.takes)
            costs.append((sums, {number}))
        return self._above_amount(policy, measure, costs)

    def _is_above(self, measure: Measure, group: Group) -> bool:
        """Whether a job is above a measure that is no amount."""
        if measure.of == "takes":
            return group.takes > measure.most
        if measure.of == "duration":
            return Decimal(group.charge.options.get("duration", 0)) > measure.most
        checked = self._checked(group)
        return checked is None or self._as_of is None or (self._as_of - checked).days > measure.most

    def _above_amount(
        self, policy: Policy, measure: Measure, costs: Iterable[tuple[PlannedSums, set[int]]]
    ) -> tuple[set[int], set[int], list[Problem]]:
        """The groups whose costs are above an amount, those of which it is not known, and why it is not."""
        over: set[int] = set()
        unsure: set[int] = set()
        unknown: list[PlannedSums] = []
        for sums, numbers in costs:
            is_above = self._is_above_amount(measure, sums)
            if is_above is None:
                unsure |= numbers
                unknown.append(sums)
            elif is_above:
                over |= numbers
        return over, unsure, list(self._why(policy, measure, unknown))

    def _is_above_amount(self, measure: Measure, sums: PlannedSums) -> bool | None:
        """Whether costs are above a measure: the most that they may be, or the least where they have no upper end.

        What is known of them may be above it alone; None where it is not, and something is not known.
        """
        known, is_whole = self._amount(measure, sums.least if sums.open_ended else sums.costs)
        if known > measure.most:
            return True
        return False if is_whole and not sums.open_ended else None

    def _amount(self, measure: Measure, costs: Mapping[str, Decimal]) -> tuple[Fraction, bool]:
        """Costs in the currency of a measure, as far as they can be compared with it, and whether all of them can."""
        currency = measure.currency or ""
        held = {code: cost for code, cost in costs.items() if self._checker.covers(currency, code)}
        amount, *lacking = self._checker.converted(currency, held)
        return Fraction(amount or 0), not lacking and len(held) == len(costs)

    def _total(self, policy: Policy, measure: Measure, held: Sequence[int]) -> tuple[set[int], set[int], list[Problem]]:
        by_month: dict[str | None, tuple[PlannedSums, set[int]]] = {}
        for number in held:
            group, jobs = self._groups.groups[number], self._groups.jobs[number]
            sums, numbers = by_month.setdefault(group.month if measure.per == "month" else None, (PlannedSums(), set()))
            sums.add_charge(group.charge, group.takes * jobs)
            numbers.add(number)
        over, unsure, why = self._above_amount(policy, measure, by_month.values())
        if not over and not unsure and self._checker.lacks_prices(policy.source):
            return over, set(held), [problem("cannot_check.policy_jobs", "", policy=policy.name)]
        return over, unsure, why

    def _growth(
        self, policy: Policy, measure: Measure, held: Sequence[int]
    ) -> tuple[set[int], set[int], list[Problem]]:
        """Growth against what was approved, in each currency; one that was not approved has grown."""
        if self._approved is None:
            return set(), set(held), [problem(LACKS_APPROVAL, "", policy=policy.name)]
        sums = PlannedSums()
        for number in held:
            group = self._groups.groups[number]
            sums.add_charge(group.charge, group.takes * self._groups.jobs[number])
        most = 1 + Fraction(measure.most)
        grown = {c for c, cost in sums.costs.items() if Fraction(cost) > Fraction(self._approved.get(c, 0)) * most}
        over = {number for number in held if self._groups.groups[number].charge.currency in grown}
        if over or not sums.open_ended:
            return over, set(), []
        return over, set(held), [problem(HAS_NO_UPPER_END, "", policy=policy.name)]

    def _why(self, policy: Policy, measure: Measure, unknown: Sequence[PlannedSums]) -> Iterator[Problem]:
        """Why costs cannot be compared with an amount."""
        lacking = {code for sums in unknown if not self._amount(measure, sums.costs)[1] for code in sums.costs}
        if lacking:
            key, currencies = "cannot_check.policy_rate", Listed(sorted(lacking))
            yield problem(key, "", policy=policy.name, currency=measure.currency, currencies=currencies)
        if any(sums.open_ended for sums in unknown):
            yield problem(HAS_NO_UPPER_END, "", policy=policy.name)


def _status(policy: Policy, is_broken: bool, is_blocked: bool) -> Status:
    """The status of a policy; one that only warns stops nothing, whether it is broken or cannot be checked."""
    if not is_broken and not is_blocked:
        return "pass"
    if policy.severity == "warn":
        return "warn"
    return "fail" if is_broken else "unknown"
