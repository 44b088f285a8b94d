"""The gate: check an estimate against its limits and return a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from html import escape
from numbers import Real
from typing import Literal

from kling_cost.amounts import Amount, grouped_text, many, plain_text
from kling_cost.planning.limits import WHOLE_CAMPAIGN, LimitChecker, Scoped, Standing, campaign_limits, money_asked
from kling_cost.pricebook.load import load_prices
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
from kling_cost.python_values import flag, list_of, plain, told
from kling_cost.results.html_rows import html_rows
from kling_cost.results.record_types import STANDING
from kling_cost.written_amounts import AmountError

_TOLD = 3  # limits that are shown on one line
_TAKEN = "an estimate from estimate() or read_estimate(), or totals from summarize()"


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """The result of `check`: whether an estimate can be submitted.

    Attributes:
        verdict: `within`, `over`, or `blocked` by a job with an error or a limit that cannot be checked.
        limits: every limit with its planned amount, headroom and status.
        estimate: what was checked, with its line items or as `Totals`.
        problems: those of the estimate, and those of limits that cannot be checked.

    >>> import kling_cost as kc
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> kc.check(estimate, budget="27 EVOLINK_CREDIT").verdict
    'within'
    """

    verdict: Literal["within", "over", "blocked"]
    limits: Sequence[Standing]
    estimate: Estimate | Totals
    problems: Sequence[Problem]

    @property
    def money(self) -> str:
        """The currency for grand totals: that of the first limit in money, else USD."""
        return money_asked(self.limits, self.summary, _credits(self.summary))

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
        if totals is self.summary:
            return self
        limits = [(Amount(s.limit, s.currency), s.scope, s.source) for s in self.limits if s.limit is not None]
        checker = _checker(totals, limits)
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
        """0 within; 5 for an invalid job; 4 for a job without a price or a limit that cannot be checked; 3 over."""
        errors = {found.code for found in self.problems if found.severity == "error"}
        faults = exit_code_of_codes(errors | self.summary.error_codes)
        if faults or self.estimate.left_out:
            return faults or EXIT_INVALID
        if any(standing.unknown_currencies or standing.status == "unknown" for standing in self.limits):
            return EXIT_UNPRICED
        return EXIT_OVER if self.verdict == "over" else EXIT_OK

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
        is_exact = all(limit.planned_least is None for limit in self.limits)
        names = [field.name for field in STANDING.fields if not (field.optional and is_exact)]
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
) -> Verdict:
    """Check a plan against its budget limits.

    Args:
        estimate: what is planned: an estimate, or the totals that `kc.summarize` gives for files of any size.
        budget: limits such as `"500 USD"` or `"36000 EVOLINK_CREDIT"`, at most one per currency; they replace those
            of the campaign files. A limit in credits covers the jobs priced in that currency, one in money all jobs.
        no_budget: check without a limit, only that jobs are valid and priced; no jobs at all is a warning.

    Returns:
        The verdict. A plan equal to its limit is within it; above 80 % of the limit is a warning.

    Raises:
        UsageError: no limit, a malformed or duplicate limit, an unknown currency, or limits but no jobs.

    >>> import kling_cost as kc
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> check(estimate, budget="0.3749 USD").exit_code
    3
    >>> check(estimate.summary, budget="0.375 USD").exit_code
    0
    """
    if not isinstance(estimate, (Estimate, Totals)):
        raise UsageError(f"estimate must be {_TAKEN}, not {told(estimate)}")
    totals = summary_of(estimate)
    limits = _limits(totals, _given(budget), flag(no_budget, "no_budget"))
    checker = _checker(totals, limits)
    standings = [checker.standing(*limit) for limit in limits]
    if not no_budget:
        standings += checker.uncovered(limits)
    nothing = [] if totals.jobs else [problem("missing.jobs")]
    problems = [*totals.problems, *nothing, *(_of_standing(s) for s in standings if s.unknown_currencies)]
    problems += [_of_open(s) for s in standings if s.status == "unknown" and not s.unknown_currencies and s.is_open]
    return Verdict(_word(standings, totals), standings, estimate, problems)


def summary_of(plan: Estimate | Totals) -> Totals:
    """A plan without its line items."""
    return plan.summary if isinstance(plan, Estimate) else plan


def _limits(totals: Totals, given: Sequence[Amount], no_budget: bool) -> list[Scoped]:
    """The limits that count: those that were given, else those of the campaign files."""
    if no_budget and given:
        raise UsageError("budget and no_budget exclude each other")
    if no_budget:
        return []
    if not totals.jobs:
        raise UsageError("there are no jobs to check")
    limits: list[Scoped] = [(limit, WHOLE_CAMPAIGN, None) for limit in given]
    limits = limits or campaign_limits(totals.campaigns)
    if not limits:
        raise UsageError('no budget: pass budget="500 USD" or no_budget=True, or put `budget:` into the campaign')
    return limits


def _given(budget: str | Amount | Sequence[str | Amount] | None) -> list[Amount]:
    is_number = isinstance(budget, (Real, Decimal)) or isinstance(plain(budget), (int, Decimal))
    items = [f"{budget}"] if is_number else list_of(budget, "budget", (str, Amount), 'text such as "500 USD"')
    limits = [item if isinstance(item, Amount) else _parsed(item) for item in items]
    if any(limit.value < 0 for limit in limits):
        raise UsageError("a budget cannot be negative")
    currencies = [limit.currency for limit in limits]
    twice = next((c for c in currencies if currencies.count(c) > 1), None)
    if twice is not None:
        raise UsageError(f"two budgets in {twice}")
    return limits


def _parsed(text: str) -> Amount:
    try:
        return Amount.parse(text)
    except AmountError as error:
        raise UsageError(f"budget {error}") from None


def _checker(totals: Totals, limits: Sequence[Scoped]) -> LimitChecker:
    """The checker of a plan. A stored one has its own exchange rates; the shipped book only names currencies."""
    book = totals.book or load_prices()
    used = {total.currency for total in totals.totals}
    exchange = dict(totals.price_book.exchange)
    for currency in (limit.currency for limit, _, _ in limits):
        if currency not in book.currencies and currency not in used and currency not in exchange:
            raise UsageError(f'unknown currency {currency}; pass rates=["NUMBER {currency}/USD"]')
        rate = totals.book.exchange_rate(currency, totals.as_of) if totals.book else None
        if rate is not None:
            exchange[currency] = rate
    return LimitChecker(totals, _credits(totals) - {"USD"}, exchange)


def _credits(totals: Totals) -> set[str]:
    """Currencies that are counted in by providers."""
    book = totals.book or load_prices()
    return {provider.currency for provider in book.providers.values()} | {t.currency for t in totals.totals}


def _of_standing(standing: Standing) -> Problem:
    if standing.limit is None:
        return problem("no_exchange_rate.uncovered", "", currency=standing.currency)
    limit = f"{plain_text(standing.limit)} {standing.currency}"
    return problem("no_exchange_rate.limit", "", limit=limit, currencies=", ".join(standing.unknown_currencies))


def _of_open(standing: Standing) -> Problem:
    """A limit cannot be judged where the cost has no upper end."""
    least = plain_text(standing.planned_least or Decimal(0))
    limit, currency = plain_text(standing.limit or Decimal(0)), standing.currency
    return problem("price_unknown.no_upper_end", "", limit=f"{limit} {currency}", least=f"{least} {currency}")


def _word(standings: Sequence[Standing], totals: Totals) -> Literal["within", "over", "blocked"]:
    if totals.exit_code or any(standing.status == "unknown" for standing in standings):
        return "blocked"
    return "over" if any(standing.status == "over" for standing in standings) else "within"
