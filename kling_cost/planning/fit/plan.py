"""The result of `fit`: the plan of least pain that fits into its limits, and what was changed for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from kling_cost.amounts import grouped_text, many
from kling_cost.planning.rules.fitting.fit_rules import DROP, SELLER, MayChange
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.problems import EXIT_INVALID, EXIT_NO_PLAN, EXIT_OK, EXIT_UNPRICED, Problem
from kling_cost.results.document_types import FIT

if TYPE_CHECKING:
    from kling_cost.planning.verdict import Verdict

Status = Literal["fits", "changed", "infeasible", "unknown"]
Proof = Literal["exact", "solver", "none"]
_NOTHING = Decimal(0)
_TOLD = 3  # limits that are shown on one line


class PlanLimit(NamedTuple):
    """A limit, and what a plan needs of it.

    Attributes:
        scope: what it holds.
        limit: the amount.
        currency: of every amount.
        before, after: what was planned and what is; `after` is None where no plan fits, or it cannot be told.
        least: the least that the limit would have to be for any plan; None where it cannot be told.
        binding: whether it makes a change necessary.
        headroom: what is left of it, contingency set aside.
        contingency: what the jobs of the plan need beside `after`, with a confidence; None without one.
    """

    scope: str
    limit: Decimal
    currency: str
    before: Decimal | None
    after: Decimal | None
    least: Decimal | None
    binding: bool
    headroom: Decimal | None
    contingency: Decimal | None = None


class PlannedChange(NamedTuple):
    """One change of one job.

    Attributes:
        job_id, source, row: the job.
        change: `seller`, `quality`, `sound`, `duration`, `takes` or `drop`.
        before, to: the values; None of a job that is dropped.
        pain: how much it hurts, with the job's weight.
        saves: how much less the job costs with it, after the changes before it; those of a job add up. Less than 0 of
            what a change of seller costs in another currency, which is told beside what it saves in the old one.
        currency: of that.
        costs: what the job costs now in a currency in which it cost nothing before; None of every other change.
    """

    job_id: str | None
    source: str | None
    row: int | None
    change: str
    before: str | None
    to: str | None
    pain: int
    saves: Decimal
    currency: str
    costs: Decimal | None = None

    @property
    def field(self) -> str | None:
        """The field that changes, `model` where the seller does; None where the job is dropped."""
        return {DROP: None, SELLER: "model"}.get(self.change, self.change)


class PlannedJob(NamedTuple):
    """A job of the plan.

    Attributes:
        item: as it is planned now; as it was, where it is dropped.
        dropped: whether it is not made.
    """

    item: LineItem
    dropped: bool

    @property
    def cost(self) -> Decimal:
        """What it costs now."""
        return _NOTHING if self.dropped else self.item.due


class NextLimit(NamedTuple):
    """The least limit that would hurt less, and how much it would hurt."""

    limit: Decimal
    pain: int


class Conflict(NamedTuple):
    """A limit that no plan holds, alone or together with others.

    Attributes:
        scope, limit, currency: of the limit.
        least: what it would have to be; beside the others, where each would do alone.
    """

    scope: str
    limit: Decimal
    currency: str
    least: Decimal


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """The plan of least pain that fits into its limits.

    A plan hurts the sum of its changes; this one is the least that fits.

    Attributes:
        status: `fits` as it is; `changed`; `infeasible` where no allowed change makes it fit; `unknown` where that
            cannot be told.
        pain: of all changes; None without a plan.
        bound: what every plan within the limits hurts at least.
        proof: `exact` where pain and bound are the same, so that no plan hurts less; `solver` where the solver finds
            none that does; of a plan that is infeasible, the same of there being none.
        limits: those that were given, then those of rules, then those of campaigns.
        changes: by job, in the order of the jobs.
        jobs: those of the plan, in a form that can be priced again.
        next: the least limit that would hurt less; empty where nothing hurts, where there are too many plans, and of
            several limits.
        conflict: the limits that no plan holds: those that are too small alone; where each would do alone, some that
            cannot be held together, none of which can be left out, if that is known.
        may: the changes that were allowed.
        estimate: what the plan costs; that of the jobs as they are, without a plan.
        problems: those of the estimate and of limits, and rules that no job matches.
        verdict: the check of the plan against limits and policies; of the jobs as they are, without a plan, and where
            all jobs are dropped.
        confidence: the chance with which the contingency of every limit is enough; None where it is that of rules.
        rounds: how many plans were made and held against what they need with it; None without a confidence.

    >>> import kling_cost as kc
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog", "sound": "on"}])
    >>> kc.fit(estimate, "30 EVOLINK_CREDIT", may="sound")
    <Plan: changed, 1 change, pain 2, 27 of 30 EVOLINK_CREDIT>
    """

    status: Status
    pain: int | None
    bound: int | None
    proof: Proof
    limits: Sequence[PlanLimit]
    changes: Sequence[PlannedChange]
    jobs: Sequence[PlannedJob]
    next: Sequence[NextLimit]
    conflict: Sequence[Conflict]
    may: Sequence[MayChange]
    estimate: Estimate
    problems: Sequence[Problem]
    verdict: Verdict
    confidence: Decimal | None = None
    rounds: int | None = None

    @property
    def as_of(self) -> date | None:
        """The day whose rates counted; None for the latest."""
        return self.estimate.as_of

    @property
    def is_found(self) -> bool:
        """Whether there is a plan that fits."""
        return self.status in ("fits", "changed")

    @property
    def gap(self) -> int:
        """How much less pain there may be at most; 0 where it is proven that there is none."""
        return 0 if self.pain is None or self.bound is None else self.pain - self.bound

    @property
    def exit_code(self) -> int:
        """0; 7 where no plan fits; 5 or 4 for a job that is invalid or has no price, or a limit that cannot be checked;
        3 where the plan breaks a policy."""
        if self.verdict.exit_code in (EXIT_INVALID, EXIT_UNPRICED):
            return self.verdict.exit_code
        if self.status == "infeasible":
            return EXIT_NO_PLAN
        if self.status == "unknown":
            return EXIT_UNPRICED
        is_empty = all(job.dropped for job in self.jobs)
        return EXIT_OK if is_empty else self.verdict.exit_code

    @property
    def exit(self) -> int:
        """The same as `exit_code`, under its name in JSON."""
        return self.exit_code

    def to_json(self) -> dict[str, Any]:
        """The result as JSON of the kind `fit` holds it: amounts are decimal text."""
        return FIT.json(self)

    def __repr__(self) -> str:
        told: list[str] = [self.status]
        if self.pain is not None:
            told += [many(len(self.changes), "change"), f"pain {self.pain:,}"]
        for limit in self.limits[:_TOLD]:
            needed = "unknown" if limit.before is None else grouped_text(limit.before)
            needed = needed if limit.after is None else grouped_text(limit.after)
            told.append(f"{needed} of {grouped_text(limit.limit)} {limit.currency}")
        told += [f"{len(self.limits) - _TOLD:,} more"] * (len(self.limits) > _TOLD)
        return f"<Plan: {', '.join(told)}>"
