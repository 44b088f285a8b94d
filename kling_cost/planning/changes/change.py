"""The difference between two plans: by job, by step, by tag, and in total."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from html import escape
from typing import Any, Literal, NamedTuple

from kling_cost.amounts import EXACT, grouped_text, many
from kling_cost.planning.changes.growth import allowance, is_above
from kling_cost.planning.changes.money_steps import MoneySteps, in_one_money
from kling_cost.planning.changes.price_steps import (
    ADDED,
    DURATION,
    EXCHANGE,
    OTHER,
    PRICE,
    REMOVED,
    SELLER,
    TAKES,
    UNSPLIT,
    Step,
)
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.grand_total import DOLLAR
from kling_cost.pricing.line_item import LineItem
from kling_cost.problems import EXIT_OK, EXIT_OVER, EXIT_UNPRICED, Problem, UsageError
from kling_cost.python_values import text
from kling_cost.results.document_types import DIFF
from kling_cost.results.html_rows import html_rows
from kling_cost.results.plans.plan_types import COST_CHANGE

JobStatus = Literal["added", "removed", "changed", "same"]
_NOTHING = Decimal(0)
_TAG = "tag:"
_Value = tuple[str | None, str]  # the value of a tag, and a currency


class JobChange(NamedTuple):
    """One job of the old plan, of the new one, or of both.

    Attributes:
        job_id: its id.
        status: `added`, `removed`, `changed` or `same`.
        steps: what changed its cost, in order.
        old, new: its line items; None where it is not in that plan.
    """

    job_id: str | None
    status: JobStatus
    steps: tuple[Step, ...]
    old: LineItem | None
    new: LineItem | None


class ChangeRow(NamedTuple):
    """One step of one job."""

    job_id: str | None
    status: JobStatus
    step: str | None = None
    currency: str | None = None
    amount: Decimal | None = None


class StepTotal(NamedTuple):
    """What one step comes to in one currency, over all jobs, and how many jobs have it."""

    step: str
    currency: str
    amount: Decimal
    jobs: int


class CostChange(NamedTuple):
    """What two plans cost in one currency."""

    currency: str
    old: Decimal
    new: Decimal

    @property
    def difference(self) -> Decimal:
        """New less old."""
        return EXACT.subtract(self.new, self.old)


class TagChange(NamedTuple):
    """What the jobs with one value of a tag cost in two plans, in one currency.

    Attributes:
        tag: the tag's name.
        key: its value; None for jobs without it.
        currency: of every amount.
        old, new: what they cost.
        steps: what changed; a job that has lost the value is `removed`, one that has got it is `added`.
    """

    tag: str
    key: str | None
    currency: str
    old: Decimal
    new: Decimal
    steps: tuple[StepTotal, ...]

    @property
    def difference(self) -> Decimal:
        """New less old."""
        return EXACT.subtract(self.new, self.old)


@dataclass(frozen=True, repr=False)
class Change:
    """The result of `diff`: what changed from one plan to another, in steps that add up to the last digit.

    Attributes:
        old, new: the plans.
        jobs: every job of either: those of the old plan in its order, then the added ones.
        options: the options that steps are named after, in order.
        notes: what is to be said of the comparison itself.
        fail_above: the growth that makes `exit_code` 3, such as `5 %`; None for none.

    >>> import kling_cost as kc
    >>> shot = {"model": "kling-v3-text-to-video", "prompt": "Fog"}
    >>> old = kc.estimate([{"job_id": "a", "takes": 3, "request": shot}])
    >>> new = kc.estimate([{"job_id": "a", "takes": 4, "request": {**shot, "sound": "on"}}])
    >>> [(step.step, str(step.amount)) for step in kc.diff(old, new).steps]
    [('sound', '40.5000'), ('takes', '40.5000')]
    """

    old: Estimate
    new: Estimate
    jobs: Sequence[JobChange]
    options: tuple[str, ...]
    notes: Sequence[Problem] = ()
    fail_above: str | None = None

    @cached_property
    def order(self) -> list[str]:
        """The steps in their order; `other` only where a stored figure is explained by no price book."""
        has_rest = any(step.step == OTHER for step in self.steps)
        return [step for step in self._ranks if step != OTHER or has_rest] + [EXCHANGE]

    @cached_property
    def _ranks(self) -> dict[str, int]:
        names = (REMOVED, ADDED, PRICE, SELLER, *self.options, DURATION, TAKES, OTHER)
        return {name: rank for rank, name in enumerate(names)}

    @cached_property
    def totals(self) -> list[CostChange]:
        """What both plans cost in each currency."""
        old, new = ({total.currency: total.due for total in plan.totals} for plan in (self.old, self.new))
        return [CostChange(c, old.get(c, _NOTHING), new.get(c, _NOTHING)) for c in sorted(old.keys() | new.keys())]

    @cached_property
    def steps(self) -> list[StepTotal]:
        """What each step comes to in each currency; those of a currency add up to the difference of its total."""
        return self._summed(job.steps for job in self.jobs)

    @property
    def rows(self) -> Iterator[ChangeRow]:
        """Each step of each job; one row without a step for a job that changed at no cost."""
        for job in self.jobs:
            yield from (ChangeRow(job.job_id, job.status, *step) for step in job.steps)
            if not job.steps and job.status != "same":
                yield ChangeRow(job.job_id, job.status)

    @cached_property
    def tags(self) -> list[TagChange]:
        """The same for each value of each tag."""
        names = {block for plan in (self.old, self.new) for block in plan.breakdowns if block.startswith(_TAG)}
        return [found for block in sorted(names) for found in self._tag_changes(block)]

    def _tag_changes(self, block: str) -> list[TagChange]:
        name = block.removeprefix(_TAG)
        old, new = _by_value(self.old, block), _by_value(self.new, block)
        steps: dict[str | None, list[Sequence[Step]]] = {}
        for job in self.jobs:
            for key, found in _steps_by_value(name, job):
                steps.setdefault(key, []).append(found)
        summed = {key: self._summed(found) for key, found in steps.items()}
        return [
            TagChange(
                name,
                key,
                code,
                old.get((key, code), _NOTHING),
                new.get((key, code), _NOTHING),
                tuple(step for step in summed[key] if step.currency == code),
            )
            for key, code in sorted(old.keys() | new.keys(), key=_none_last)
        ]

    def _summed(self, jobs: Iterable[Sequence[Step]]) -> list[StepTotal]:
        sums: dict[tuple[str, str], list[Any]] = {}
        add = EXACT.add
        for steps in jobs:
            for step, currency, amount in steps:
                entry = sums.get((step, currency))
                if entry is None:
                    sums[step, currency] = [amount, 1]
                else:
                    entry[0] = add(entry[0], amount)
                    entry[1] += 1
        found = (StepTotal(*key, *entry) for key, entry in sums.items())
        return sorted(found, key=lambda step: (self._ranks[step.step.partition("+")[0]], step.step, step.currency))

    @property
    def is_empty(self) -> bool:
        """Whether the plans have the same jobs, options, takes, tags and costs."""
        return all(job.status == "same" for job in self.jobs)

    @property
    def is_unsplit(self) -> bool:
        """Whether price and options changed together, with no price book to tell them apart."""
        return any(step.step == UNSPLIT for step in self.steps)

    @property
    def partial(self) -> bool:
        """Whether a job of either plan has no price, and so is in no figure."""
        return self.old.partial or self.new.partial

    @property
    def problems(self) -> list[Problem]:
        """What is to be said of the comparison, then what is wrong with the new plan."""
        return [*self.notes, *self.new.problems]

    def total(self, currency: str = DOLLAR) -> MoneySteps:
        """The change in one money, the exchange rate as its last step.

        Args:
            currency: such as `"USD"`.

        Raises:
            UsageError: neither plan knows an exchange rate of that currency.

        >>> import kling_cost as kc
        >>> plan = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
        >>> kc.diff(plan, plan).total().new
        Decimal('0.375000000000')
        """
        code = text(currency, "currency") or DOLLAR
        costs = {total.currency: (total.old, total.new) for total in self.totals}
        if code not in costs and (self.old.per_usd(code) or self.new.per_usd(code)) is None:
            raise UsageError(f"no exchange rate for {code} in either plan")
        steps = (Step(step.step, step.currency, step.amount) for step in self.steps)
        return in_one_money(code, costs, steps, self.old.per_usd, self.new.per_usd, self.new.partial)

    @property
    def totals_in(self) -> MoneySteps:
        """The change in dollars."""
        return self.total()

    @property
    def exit_code(self) -> int:
        """5 or 4 for a job of the new plan that is invalid or has no price; 3 for growth beyond `fail_above`; else 0.

        4 also where a missing exchange rate keeps the growth from being checked.
        """
        if self.fail_above is None or self.new.exit_code:
            return self.new.exit_code
        old, new = ({total.currency: total.due for total in plan.totals} for plan in (self.old, self.new))
        credits = frozenset(old.keys() | new.keys()) - {DOLLAR}
        allowed = allowance(self.fail_above, "fail_above")
        is_over = is_above(allowed, old, new, self.old.per_usd, self.new.per_usd, credits)
        if is_over is None:
            return EXIT_UNPRICED
        return EXIT_OVER if is_over else EXIT_OK

    @property
    def exit(self) -> int:
        """The same as `exit_code`, under its name in JSON."""
        return self.exit_code

    def to_json(self) -> dict[str, Any]:
        """The result as JSON of the kind `diff` holds it: amounts are decimal text."""
        return DIFF.json(self)

    def __repr__(self) -> str:
        return f"<Change: {self._told()}>"

    def _told(self) -> str:
        moved = [f"{grouped_text(total.difference)} {total.currency}" for total in self.totals]
        changed = sum(job.status != "same" for job in self.jobs)
        return f"{many(changed, 'job')} changed, {', '.join(moved) or 'nothing'}"

    def _repr_html_(self) -> str:
        names = [field.name for field in COST_CHANGE.fields]
        rows = html_rows(names, (list(COST_CHANGE.json(total).values()) for total in self.totals))
        return f"<p>{escape(self._told())}</p>{rows if self.totals else ''}"


def removed(item: LineItem) -> Step:
    """The step of a job that is gone."""
    return Step(REMOVED, item.currency, item.due.copy_negate())


def added(item: LineItem) -> Step:
    """The step of a job that has come."""
    return Step(ADDED, item.currency, item.due)


def _steps_by_value(tag: str, job: JobChange) -> Iterable[tuple[str | None, Sequence[Step]]]:
    """The steps of a job under its value of a tag; one that has changed it leaves one value and joins another."""
    _, _, steps, old, new = job
    if old is None or new is None:
        item = old or new
        return [(item and item.job.tags.get(tag), steps)]
    gone, come = old.job.tags.get(tag), new.job.tags.get(tag)
    return [(gone, steps)] if gone == come else [(gone, (removed(old),)), (come, (added(new),))]


def _by_value(plan: Estimate, block: str) -> dict[_Value, Decimal]:
    """What the jobs of a plan cost by the value of a tag, and by currency."""
    totals = plan.breakdowns.get(block, plan.totals)  # where no job has the tag, all lack it
    return {(total.key, total.currency): total.due for total in totals}


def _none_last(entry: _Value) -> tuple[bool, str, str]:
    key, currency = entry
    return key is None, key or "", currency
