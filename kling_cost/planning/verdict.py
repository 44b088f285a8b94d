"""The gate: an estimate held against its limits gives a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from numbers import Real
from typing import Literal

from kling_cost.amounts import Amount, grouped_text, many, plain_text
from kling_cost.planning.limits import LimitJudge, Scoped, Standing, campaign_limits, money_asked
from kling_cost.pricebook.load import load_prices
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.grand_total import GrandTotal
from kling_cost.problems import (
    EXIT_INVALID,
    EXIT_OK,
    EXIT_OVER,
    EXIT_UNPRICED,
    Problem,
    UsageError,
    exit_code_of,
    problem,
)
from kling_cost.python_values import flag, instance, list_of, plain
from kling_cost.results.html_rows import html_rows
from kling_cost.results.record_types import STANDING
from kling_cost.written_amounts import AmountError

_TOLD = 3  # limits that are shown on one line


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """Whether an estimate may be submitted.

    Attributes:
        verdict: `within`, `over`, or `blocked` by a job with an error or a limit that cannot be judged.
        limits: every limit and where it stands.
        estimate: what was judged.
        problems: the estimate's, and those of limits that cannot be judged.

    >>> import kling_cost as kc
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> kc.check(estimate, budget="27 EVOLINK_CREDIT").verdict
    'within'
    """

    verdict: Literal["within", "over", "blocked"]
    limits: Sequence[Standing]
    estimate: Estimate
    problems: Sequence[Problem]

    @property
    def money(self) -> str:
        """The money in which totals are wanted: that of the first limit in money, else USD."""
        return money_asked(self.limits, self.estimate, _credits(self.estimate))

    @property
    def totals_in(self) -> GrandTotal:
        """Everything planned, in that money."""
        return self.estimate.total(self.money)

    @property
    def exit_code(self) -> int:
        """0 within; 5 with an invalid job; 4 with one that has no price or a limit that cannot be judged; 3 over."""
        faults = exit_code_of(self.problems)
        if faults or self.estimate.left_out:
            return faults or EXIT_INVALID
        if any(standing.unknown_currencies for standing in self.limits):
            return EXIT_UNPRICED
        return EXIT_OVER if self.verdict == "over" else EXIT_OK

    @property
    def exit(self) -> int:
        """The same under the name that it has in JSON."""
        return self.exit_code

    def __repr__(self) -> str:
        return f"<Verdict: {self._told()}>"

    def _told(self) -> str:
        told = [self.verdict, *(_told(standing) for standing in self.limits[:_TOLD])]
        told += [f"{len(self.limits) - _TOLD:,} more"] * (len(self.limits) > _TOLD)
        told += [many(len(self.problems), "problem")] * bool(self.problems)
        return ", ".join(told)

    def _repr_html_(self) -> str:
        names = [field.name for field in STANDING.fields]
        rows = html_rows(names, ([getattr(limit, name) for name in names] for limit in self.limits))
        return f"<p>{escape(self._told())}</p>{rows if self.limits else ''}"


def _told(standing: Standing) -> str:
    planned = "unknown" if standing.planned is None else grouped_text(standing.planned)
    limit = "" if standing.limit is None else f" of {grouped_text(standing.limit)}"
    return f"{planned}{limit} {standing.currency}"


def check(
    estimate: Estimate,
    *,
    budget: str | Amount | Sequence[str | Amount] | None = None,
    no_budget: bool = False,
) -> Verdict:
    """Hold an estimate against its limits.

    Args:
        estimate: what is planned.
        budget: limits such as `"500 USD"` or `"36000 EVOLINK_CREDIT"`, at most one a currency; they replace those
            of the campaign files. A limit in credits holds the jobs of that currency, one in money holds all.
        no_budget: there is no limit, only valid and priced jobs; no job at all is a warning.

    Returns:
        The verdict. Equal to a limit is within it; above 80 % of it is a warning.

    Raises:
        UsageError: no limit at all, a malformed or doubled one, a currency that nobody knows, or limits and no job.

    >>> import kling_cost as kc
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> check(estimate, budget="0.3749 USD").exit_code
    3
    """
    instance(estimate, Estimate, "estimate", "an estimate, as estimate() and read_estimate() give it")
    given = _given(budget)
    if flag(no_budget, "no_budget") and given:
        raise UsageError("a budget and no budget exclude each other")
    is_empty = not estimate.line_items and not estimate.left_out
    if is_empty and not no_budget:
        raise UsageError("there is no job to check")
    limits: list[Scoped] = []
    if not no_budget:
        limits = [(limit, "campaign", None) for limit in given] or campaign_limits(estimate.campaigns)
        if not limits:
            raise UsageError('no budget: say budget="500 USD", put `budget:` into the campaign, or no_budget=True')
    judge = _judge(estimate, limits)
    standings = [judge.standing(*limit) for limit in limits]
    if not no_budget:
        standings += judge.uncovered(limits)
    nothing = [problem("missing.jobs")] if is_empty else []
    problems = [*estimate.problems, *nothing, *(_of_standing(s) for s in standings if s.unknown_currencies)]
    word = "blocked" if estimate.left_out else _word(standings, problems)
    return Verdict(word, standings, estimate, problems)


def _given(budget: str | Amount | Sequence[str | Amount] | None) -> list[Amount]:
    is_number = isinstance(budget, (Real, Decimal)) or isinstance(plain(budget), (int, Decimal))
    items = [f"{budget}"] if is_number else list_of(budget, "budget", (str, Amount), 'text such as "500 USD"')
    limits = [item if isinstance(item, Amount) else _parsed(item) for item in items]
    if any(limit.value < 0 for limit in limits):
        raise UsageError("a budget is not negative")
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


def _judge(estimate: Estimate, limits: Sequence[Scoped]) -> LimitJudge:
    """The judge for an estimate. A stored one brings its rates of exchange; the shipped book names currencies only."""
    book = estimate.book or load_prices()
    used = {total.currency for total in estimate.totals}
    exchange = dict(estimate.price_book.exchange)
    for currency in (limit.currency for limit, _, _ in limits):
        if currency not in book.currencies and currency not in used and currency not in exchange:
            raise UsageError(f'nobody knows {currency}; say rates=["NUMBER {currency}/USD"]')
        rate = estimate.book.exchange_rate(currency, estimate.as_of) if estimate.book else None
        if rate is not None:
            exchange[currency] = rate
    return LimitJudge(estimate, _credits(estimate) - {"USD"}, exchange)


def _credits(estimate: Estimate) -> set[str]:
    """Currencies that are counted in by providers."""
    book = estimate.book or load_prices()
    return {provider.currency for provider in book.providers.values()} | {t.currency for t in estimate.totals}


def _of_standing(standing: Standing) -> Problem:
    if standing.limit is None:
        return problem("no_exchange_rate.uncovered", "", currency=standing.currency)
    limit = f"{plain_text(standing.limit)} {standing.currency}"
    return problem("no_exchange_rate.limit", "", limit=limit, currencies=", ".join(standing.unknown_currencies))


def _word(standings: Sequence[Standing], problems: Sequence[Problem]) -> Literal["within", "over", "blocked"]:
    of_jobs = [p for p in problems if p.key not in ("no_exchange_rate.limit", "no_exchange_rate.uncovered")]
    if exit_code_of(of_jobs) or any(standing.status == "unknown" for standing in standings):
        return "blocked"
    return "over" if any(standing.status == "over" for standing in standings) else "within"
