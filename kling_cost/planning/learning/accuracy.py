"""How near earlier estimates came: what was planned and what was charged, by month and currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.amounts import EXACT, exact_sum, many, plain_text
from kling_cost.planning.changes.match_jobs import has_own_id
from kling_cost.planning.learning.read_plans import EarlierPlan, plans_given, refuse_repeated_files
from kling_cost.planning.risk.plan_chances import PlanChances
from kling_cost.planning.risk.risk import USUAL_CONFIDENCE
from kling_cost.planning.rules.job_groups import month_of
from kling_cost.planning.rules.read_rules import rules_given
from kling_cost.planning.rules.take_types import TakeClass
from kling_cost.planning.scopes.actuals import Actuals, actuals_given
from kling_cost.pricebook.book import OPEN
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.problems import Listed, Problem, UsageError, exit_code_of, problem, shown
from kling_cost.reconciliation.matching.matched_tasks import INFERRED
from kling_cost.reconciliation.result import Task
from kling_cost.results.plans.accuracy_types import ACCURACY

_LAST_MONTH = "~"  # sorts jobs without a month behind all others


class MonthAccuracy(NamedTuple):
    """What the jobs of a month and currency were to cost, and what was charged for them.

    Attributes:
        month: such as `2026-11`; None for jobs of which no day is known.
        currency: of all amounts.
        planned: what the stored estimates say.
        p80: what 8 of 10 such plans cost at most, by the classes of takes; None where no job is in one.
        actual: what is known to be charged; None where no charge is.
        jobs: how many were planned.
        charged: for how many of them every task has a final charge: with fewer than `jobs`, `actual` is a part only.
    """

    month: str | None
    currency: str
    planned: Decimal
    p80: Decimal | None
    actual: Decimal | None
    jobs: int
    charged: int

    @property
    def is_whole(self) -> bool:
        """Whether `actual` is known for every job."""
        return self.charged == self.jobs


@dataclass(frozen=True, slots=True, repr=False)
class Accuracy:
    """The result of `accuracy`.

    Attributes:
        months: by month, then by currency; jobs without a month last.
        problems: what is wrong with the answers, and what the figures lack.
        partial: whether a job or an answer had to be left out.

    >>> import kling_cost as kc
    >>> shot = {"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}
    >>> plan = kc.estimate([shot], as_of="2026-11-20")
    >>> accuracy(plan, kc.reconcile(plan, []))
    <Accuracy: 1 month>
    """

    months: Sequence[MonthAccuracy]
    problems: Sequence[Problem]
    partial: bool

    @property
    def exit_code(self) -> int:
        """0; 4 or 5 where there is an error."""
        return exit_code_of(self.problems)

    def strictly(self) -> Accuracy:
        """The same with warnings as errors."""
        return replace(self, problems=[found.as_error() for found in self.problems])

    def to_json(self) -> dict[str, Any]:
        """The result as JSON of the kind `accuracy` holds it: amounts are decimal text."""
        return ACCURACY.json(self)

    def __repr__(self) -> str:
        return f"<Accuracy: {many(len({month.month for month in self.months}), 'month')}>"


class _Charged(NamedTuple):
    """What is known to be charged for a job: the sum of all charges, and whether each of its tasks has one."""

    amount: Decimal | None
    is_whole: bool


def accuracy(estimates: Any, actuals: Any, rules: Any = None) -> Accuracy:
    """Hold earlier estimates against what was charged, by month and currency.

    Jobs are matched by `job_id`. A job counts in the month of its date, else in that of the day of its estimate; one
    that is in several estimates as the last of them says. Only charges that answers state count as actual; what is
    reserved does not.

    Args:
        estimates: estimates, or paths of stored ones.
        actuals: reconciliations, or paths of stored ones or of answers, such as a log of takes with charges.
        rules: paths of rules files, or `Rules`, whose classes of takes say what 8 of 10 such plans cost at most.

    Returns:
        A row for each month and currency, and what these lack.

    Raises:
        ReadError: a file cannot be read, or is no stored estimate.
        RulesError: the rules are not valid.
        UsageError: a job is in two estimates of which none is the last; an argument is of the wrong type.

    >>> import kling_cost as kc
    >>> shot = {"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}
    >>> plan = kc.estimate([shot], as_of="2026-11-20")
    >>> found = accuracy(plan, kc.reconcile(plan, [])).months[0]
    >>> found.month, str(found.planned), found.actual, found.jobs, found.charged
    ('2026-11', '27.0000', None, 1, 0)
    """
    found: list[Problem] = []
    refuse_repeated_files(actuals)
    plans = plans_given(estimates)
    given = rules_given(rules)
    classes = given.takes if given else ()
    merged = _merged(plans, found)
    known = actuals_given(actuals, merged)
    if known is None:
        raise UsageError("actuals are missing: pass reconciliations or files of answers")
    found += dict.fromkeys(p for outcome in known.outcomes for p in outcome.problems if p.severity != "info")
    charged = _charged(merged, known, found)
    months = list(_months(merged, charged, classes))
    found += PlanChances(merged, classes, USUAL_CONFIDENCE, None, ()).remarks()
    if any(month.month is None for month in months):
        found.append(problem("missing.month", "date", count=_count(m.jobs for m in months if m.month is None)))
    partial = any(plan.estimate.partial for plan in plans) or any(p.severity == "error" for p in found)
    return Accuracy(months, found, partial or any(outcome.partial for outcome in known.outcomes))


def _merged(plans: Sequence[EarlierPlan], found: list[Problem]) -> Estimate:
    """All jobs once, as the last estimate has them, each with the day that it counts on."""
    last: dict[str | None, tuple[EarlierPlan, LineItem]] = {}
    twice: set[str | None] = set()
    without_id = 0
    for plan in plans:  # by day
        found += plan.remarks()
        for item in plan.estimate.line_items:
            if not has_own_id(item):
                without_id += 1
                continue
            if item.job_id in last:
                _refuse_tie(last[item.job_id][0], plan, item)
                twice.add(item.job_id)
            last[item.job_id] = plan, item
    if without_id:
        found.append(problem("missing.ids_of_stored", "job_id", count=f"{without_id:,}"))
    if twice:
        found.append(problem("has_no_effect.earlier_estimates", count=f"{len(twice):,}", first=min(map(str, twice))))
    items = [_dated(item, plan) for plan, item in last.values()]
    newest = plans[-1].estimate
    return Estimate(items, [], 0, newest.as_of, newest.price_book, book=newest.book)


def _dated(item: LineItem, plan: EarlierPlan) -> LineItem:
    day = item.job.date or plan.estimate.as_of
    return item if day == item.job.date else item._replace(job=item.job._replace(date=day))


def _refuse_tie(one: EarlierPlan, other: EarlierPlan, item: LineItem) -> None:
    """Refuse a job of which nobody knows what the last estimate says."""
    days = one.estimate.as_of, other.estimate.as_of
    if None in days or days[0] == days[1]:
        when = "one without a day" if None in days else f"both of {days[0]}"
        raise UsageError(
            f"the job {shown(str(item.job_id))} is in two estimates, {when}: {one.name}, {other.name}; "
            "pass only the one that counts"
        )


def _charged(plan: Estimate, actuals: Actuals, found: list[Problem]) -> Mapping[str | None, _Charged]:
    """What each job of the plan is charged as far as it is known, and what is charged beside."""
    currencies = {item.job_id: item.currency for item in plan.line_items}
    charges: dict[str | None, _Charged] = {}
    foreign: set[str] = set()
    nameless: set[str] = set()
    beside: dict[str, list[Decimal]] = defaultdict(list)
    for total in (total for outcome in actuals.outcomes for total in outcome.totals if total.orphans):
        beside[total.currency or ""].append(total.orphans)
    for task in actuals.tasks():
        currency = None if task.matched_by == INFERRED else currencies.get(task.job_id)
        amount = _charge(task)
        if currency is None:
            beside[task.currency].append(amount or Decimal(0))
            continue
        if task.currency != currency:
            foreign.add(str(task.job_id))
            amount = None
        elif task.task_id is None and amount is not None:  # several rows may be one take that was told again
            nameless.add(str(task.job_id))
            amount = None
        charges[task.job_id] = _with(charges.get(task.job_id), amount)
    found += _remarks(charges, foreign, nameless, beside)
    return charges


def _charge(task: Task) -> Decimal | None:
    """What a task was charged in the end; what is only reserved is not."""
    return None if task.state == OPEN and task.settled is None else task.reported


def _with(known: _Charged | None, amount: Decimal | None) -> _Charged:
    before = known or _Charged(None, is_whole=True)
    if amount is None:
        return _Charged(before.amount, is_whole=False)
    return _Charged(EXACT.add(before.amount or Decimal(0), amount), before.is_whole)


def _remarks(
    charges: Mapping[str | None, _Charged],
    foreign: set[str],
    nameless: set[str],
    beside: Mapping[str, Sequence[Decimal]],
) -> Iterator[Problem]:
    """What is charged, and counts nowhere."""
    if not charges:
        yield problem("mismatch.no_overlap", "job_id")
    elif all(charge.amount is None for charge in charges.values()):
        yield problem("missing.charges")
    if foreign:
        yield problem("mismatch.currency_of_plan", count=f"{len(foreign):,}", first=min(foreign))
    if nameless:
        yield problem("missing.task_ids", "task_id", count=f"{len(nameless):,}", first=min(nameless))
    if beside:
        sums = sorted((currency, exact_sum(amounts)) for currency, amounts in beside.items())
        texts = [f"{plain_text(amount)} {currency}".rstrip() for currency, amount in sums]
        yield problem("mismatch.charged_beside", amounts=Listed(texts))


def _months(
    plan: Estimate, charges: Mapping[str | None, _Charged], classes: Sequence[TakeClass]
) -> Iterator[MonthAccuracy]:
    by: dict[tuple[str, str], list[LineItem]] = defaultdict(list)
    for item in plan.line_items:
        by[month_of(item.job.date) or _LAST_MONTH, item.currency].append(item)
    for month, currency in sorted(by):
        items = by[month, currency]
        known = [charges[item.job_id] for item in items if item.job_id in charges]
        amounts = [charge.amount for charge in known if charge.amount is not None]
        yield MonthAccuracy(
            None if month == _LAST_MONTH else month,
            currency,
            exact_sum(item.charge.due * item.takes for item in items),
            _p80(plan, items, currency, classes),
            exact_sum(amounts) if amounts else None,
            len(items),
            sum(charge.is_whole for charge in known),
        )


def _p80(plan: Estimate, items: Sequence[LineItem], currency: str, classes: Sequence[TakeClass]) -> Decimal | None:
    """What 8 of 10 such plans cost at most; None where no job is in a class of takes."""
    part = replace(plan, line_items=items)
    enough = PlanChances(part, classes, USUAL_CONFIDENCE, None, ()).enough(currency)
    if enough is None:
        return None
    return EXACT.divide(Decimal(enough.numerator), Decimal(enough.denominator))


def _count(numbers: Iterable[int]) -> str:
    return f"{sum(numbers):,}"
