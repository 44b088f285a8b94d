"""Budget limits, in credits or money, and how much of each an estimate uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from numbers import Real
from typing import Any, Literal, NamedTuple

from kling_cost.amounts import Amount, divide_half_up, plain_text
from kling_cost.jobs.job import Campaign
from kling_cost.planning.scopes.held import Held, PlannedSums
from kling_cost.pricebook.book import ExchangeRate
from kling_cost.pricebook.load import load_prices
from kling_cost.pricing.cost_sums import Sums, Total
from kling_cost.pricing.grand_total import DOLLAR
from kling_cost.pricing.totals import Totals
from kling_cost.problems import Problem, UsageError, problem
from kling_cost.python_values import list_of, plain
from kling_cost.results.certainty import AT_LEAST, EXACT, certainty_of
from kling_cost.written_amounts import AmountError

Status = Literal["within", "warn", "over", "unknown"]
WHOLE_CAMPAIGN = "campaign"
WARN_ABOVE = Fraction(80, 100)


@dataclass(frozen=True, slots=True)
class Standing:
    """One limit and what is planned against it.

    Attributes:
        scope: what it holds: `campaign` for all jobs, else the name of a campaign, or that of its file where it has
            none.
        limit: the amount; None for jobs that no limit covers.
        currency: of the limit, or of the uncovered jobs.
        planned: what the jobs cost that could be priced, in that currency; money is rounded half up to 12
            decimals for showing, never for deciding. The most that it may be; None where that has no upper end, or
            where nothing can be counted in it.
        contingency, committed: what else is set aside or spent already.
        headroom: limit − planned − contingency − committed; None without a limit or plan.
        status: `within`; `warn` above 80 % of the limit; `over` above the limit; `unknown` where it cannot be checked,
            for want of an exchange rate, of a job's price or of an upper end.
        unknown_currencies: currencies without an exchange rate that keep it from being checked.
        source: the file whose jobs it holds; None where it holds those of all files.
        base_limit: of a budget by scope, the limit before anything was carried over into its month.
        carried_over: what was; None where it is not known, and where nothing can be.
        actual, open: the parts of `committed`: what was charged, and what has no final answer; None without actuals.
        contingency_share: the share of `planned` that is set aside; None where it is an amount.
        certainty: how certain `planned` is, as of a line item; `unknown` where nothing is.
        planned_least: the least that it may be, where it is not exact.
    """

    scope: str
    limit: Decimal | None
    currency: str
    planned: Decimal | None
    contingency: Decimal
    committed: Decimal
    headroom: Decimal | None
    status: Status
    unknown_currencies: tuple[str, ...] = ()
    source: str | None = None
    base_limit: Decimal | None = None
    carried_over: Decimal | None = None
    actual: Decimal | None = None
    open: Decimal | None = None
    contingency_share: Fraction | None = None
    certainty: str = EXACT
    planned_least: Decimal | None = None

    @property
    def has_no_upper_end(self) -> bool:
        """Whether nothing says how much is planned at most."""
        return self.certainty == AT_LEAST


class Used(NamedTuple):
    """What is counted under a limit, in its currency.

    Attributes:
        least, planned: the least and the most that is planned; None where it cannot be told.
        actual, open: what is committed.
        unknown: currencies that lack an exchange rate.
        undated: what may be committed beside, on a day that is not known; None where that cannot be told.
        doubtful: what of `actual` and `open` may not be, since its day is not known.
    """

    least: Fraction | None
    planned: Fraction | None
    actual: Fraction
    open: Fraction
    unknown: tuple[str, ...]
    undated: Fraction | None
    doubtful: Fraction

    @property
    def committed(self) -> Fraction:
        """What is spent already."""
        return self.actual + self.open

    def may_cross(self, allowed: Fraction, needed: Fraction) -> bool:
        """Whether what is needed may be on the other side of a limit, as the day of something is not known."""
        return self.undated is None or needed - self.doubtful <= allowed < needed + self.undated


#: A limit, what it is called, and the file whose jobs it holds, None for all.
Scoped = tuple[Amount, str, str | None]


class LimitChecker:
    """Checks what some jobs come to against limits.

    Args:
        totals: what is planned.
        credits: currencies of providers; a limit in one of them holds only what is counted in it.
        exchange: exchange rates by currency.
    """

    def __init__(self, totals: Totals, credits: Iterable[str], exchange: Mapping[str, ExchangeRate]) -> None:
        self._totals, self._credits = totals, frozenset(credits)
        self._per_usd = {code: rate.per_usd for code, rate in exchange.items()} | {"USD": Decimal(1)}

    def standing(self, limit: Amount, scope: str, source: str | None = None, held: Held | None = None) -> Standing:
        """The standing of a limit for the jobs of one file, or of all files if `source` is None.

        Args:
            limit, scope, source: as of `Standing`.
            held: what it holds; if left out, all costs of these jobs as they are planned.
        """
        found = self._of_held(limit, scope, self.held(source) if held is None else held)
        return replace(found, source=source)

    def held(self, source: str | None) -> Held:
        """All costs of the jobs of one file, or of all files, as they are planned."""
        return Held(planned_totals(self._totals_of(source)), unpriced=self.lacks_prices(source))

    def _of_held(self, limit: Amount, scope: str, held: Held) -> Standing:
        most, least, actual, open_ = (
            self.converted(limit.currency, costs)
            for costs in (held.planned.costs, held.planned.least, held.actual or {}, held.open)
        )
        is_open = any(self.covers(limit, code) for code in held.planned.open_ended)
        unknown = {code for _, *codes in (most, actual, open_) for code in codes}
        undated, *lacking = self.converted(limit.currency, held.undated)
        used = Used(
            least[0],
            None if is_open else most[0],
            actual[0] or Fraction(0),
            open_[0] or Fraction(0),
            tuple(sorted(unknown)),
            None if lacking else undated,
            self.converted(limit.currency, held.doubtful)[0] or Fraction(0),
        )
        return self._standing(limit, scope, used, held)

    def converted(self, currency: str, costs: Mapping[str, Decimal]) -> tuple[Any, ...]:
        """What costs come to in the currency of a limit, None where it cannot be told, and the currencies that lack
        an exchange rate."""
        if not costs and currency in self._per_usd:
            return (Fraction(0),)
        if currency in self._credits:
            return (Fraction(costs.get(currency, Decimal(0))),)
        if currency not in self._per_usd:
            return None, currency
        known = {code: cost for code, cost in costs.items() if code in self._per_usd}
        dollars = sum((Fraction(cost) / Fraction(self._per_usd[code]) for code, cost in known.items()), Fraction(0))
        return dollars * Fraction(self._per_usd[currency]), *sorted(costs.keys() - known.keys())

    def uncovered(self, limits: Sequence[Scoped]) -> list[Standing]:
        """Costs that no limit covers, by currency."""
        rest = Sums()
        for source, sums in self._totals.by_source.items():
            bare = {t.currency for t in sums.totals() if not self.is_covered(t.currency, source, limits)}
            rest.add_all(None, sums, bare.__contains__)
        return [uncovered_standing(t.currency, t.cost, t.cost_least, (t.currency,)) for t in rest.totals()]

    def is_covered(self, currency: str, source: str | None, limits: Sequence[Scoped]) -> bool:
        """Whether one of some limits covers costs in a currency in a file."""
        return any(self.covers(limit, currency) and held in (None, source) for limit, _, held in limits)

    def covers(self, limit: Amount | str, currency: str) -> bool:
        """Whether a limit, or one in a currency, covers costs in a currency: credits only those, money all."""
        code = limit if isinstance(limit, str) else limit.currency
        return code not in self._credits or code == currency

    def _totals_of(self, source: str | None) -> list[Total]:
        """The totals of one file, or of all."""
        return self._totals.totals if source is None else self._totals.by_source.get(source, Sums()).totals()

    def lacks_prices(self, source: str | None) -> bool:
        """Whether a job of one file, or of all, has no price; one of an unknown file may be of this one."""
        if not self._totals.left_out or source is None:
            return self._totals.left_out > 0
        return self._totals.incomplete is None or source in self._totals.incomplete

    def _standing(self, limit: Amount, scope: str, used: Used, held: Held) -> Standing:
        allowed = held.allowed(limit.value)
        certainty = certainty_of(used.least, used.planned)
        known = used.least if used.planned is None else used.planned
        contingency = held.set_aside(known if held.enough is None else used.planned, limit.currency)
        needed = (known or 0) + contingency + used.committed
        left = None if used.planned is None or held.carried is None else allowed - needed
        is_unsure = bool(used.unknown) or used.planned is None or held.is_unsure
        is_unsure = is_unsure or used.may_cross(allowed, needed)
        is_over = needed - used.doubtful > allowed + Fraction(held.most_carried)
        found = Standing(
            scope,
            _rounded(allowed) if held.carried else limit.value,
            limit.currency,
            _rounded_if_known(used.planned),
            _rounded(contingency) if contingency else Decimal(0),
            _rounded(used.committed) if used.committed else Decimal(0),
            _rounded_if_known(left),
            _status(needed, allowed, is_over, is_unsure),
            used.unknown,
            contingency_share=held.contingency.share if held.enough is None else None,
            certainty=certainty,
            planned_least=None if certainty == EXACT else _rounded_if_known(used.least),
        )
        return _with_parts(found, used, held)


def planned_totals(totals: Iterable[Total]) -> PlannedSums:
    """What totals come to, by currency."""
    sums = PlannedSums()
    for total in totals:
        sums.add_bounds(total.currency, total.least, total.cost)
    return sums


def uncovered_standing(
    currency: str, most: Decimal | None, least: Decimal | None, unknown: tuple[str, ...] = ()
) -> Standing:
    """The standing of costs that no limit covers; `least` is None where they are exact."""
    certainty = EXACT if least is None else certainty_of(least, most)
    nothing = Decimal(0)
    return Standing(
        WHOLE_CAMPAIGN, None, currency, most, nothing, nothing, None, "unknown", unknown,
        certainty=certainty, planned_least=None if certainty == EXACT else least,
    )  # fmt: skip


def _with_parts(standing: Standing, used: Used, held: Held) -> Standing:
    """With the parts of what is committed and of the limit, where these are known apart."""
    if held.base is not None:
        standing = replace(standing, base_limit=held.base, carried_over=_rounded_if_known(held.carried))
    elif held.actual is None:
        return standing
    return replace(standing, actual=_rounded(used.actual), open=_rounded(used.open))


def _status(needed: Fraction, allowed: Fraction, is_over: bool, is_unsure: bool) -> Status:
    """The status; what is over whatever is not known is over."""
    if is_over:
        return "over"
    if is_unsure:
        return "unknown"
    return "warn" if needed > allowed * WARN_ABOVE else "within"


def _rounded(amount: Fraction) -> Decimal:
    return divide_half_up(amount, Decimal(1))


def _rounded_if_known(amount: Fraction | None) -> Decimal | None:
    return None if amount is None else _rounded(amount)


def limit_problems(standings: Sequence[Standing]) -> Iterator[Problem]:
    """Why limits cannot be checked: for want of exchange rates first, then of an upper end of the cost."""
    for standing in standings:
        if standing.unknown_currencies:
            yield _lacking_rates(standing)
    for standing in standings:
        if standing.status == "unknown" and standing.has_no_upper_end and standing.limit is not None:
            limit, least = (plain_text(amount or Decimal(0)) for amount in (standing.limit, standing.planned_least))
            limit, least = (f"{amount} {standing.currency}" for amount in (limit, least))
            yield problem("price_unknown.no_upper_end", "", limit=limit, least=least)


def _lacking_rates(standing: Standing) -> Problem:
    if standing.limit is None:
        return problem("no_exchange_rate.uncovered", "", currency=standing.currency)
    limit = f"{plain_text(standing.limit)} {standing.currency}"
    return problem("no_exchange_rate.limit", "", limit=limit, currencies=", ".join(standing.unknown_currencies))


def campaign_limits(campaigns: Sequence[Campaign]) -> list[Scoped]:
    """The limits of campaign files: each covers the jobs of its own file and is named after its campaign."""
    alone = len(campaigns) == 1
    return [
        (limit, WHOLE_CAMPAIGN if alone else campaign_name(campaign, campaigns), campaign.source)
        for campaign in campaigns
        for limit in campaign.limits
    ]


def money_asked(standings: Sequence[Standing], totals: Totals, credits: Iterable[str]) -> str:
    """The currency for grand totals: that of the first limit in money, else USD.

    Args:
        standings: the limits.
        totals: whose exchange rates count.
        credits: currencies of providers, which are no money.
    """
    known = set(credits) - {DOLLAR}
    found = (s.currency for s in standings if s.limit is not None and s.currency not in known)
    return next((code for code in found if totals.per_usd(code) is not None), DOLLAR)


def campaign_name(campaign: Campaign, campaigns: Sequence[Campaign]) -> str:
    """A campaign's name, with its file's name if others have the same name; only the file's name if it has none."""
    name = campaign.name
    if not name:
        return campaign.source
    names = [WHOLE_CAMPAIGN, *(other.name or other.source for other in campaigns if other is not campaign)]
    return f"{name} ({campaign.source})" if name in names else name


def limits_in_force(totals: Totals, given: Sequence[Amount], no_budget: bool, has_scopes: bool) -> list[Scoped]:
    """The limits that count: those that were given, else those of the campaign files."""
    if no_budget and given:
        raise UsageError("budget and no_budget exclude each other")
    if no_budget:
        return []
    if not totals.jobs:
        raise UsageError("there are no jobs to check", problem=problem("missing.jobs"))
    limits: list[Scoped] = [(limit, WHOLE_CAMPAIGN, None) for limit in given]
    limits = limits or campaign_limits(totals.campaigns)
    if not limits and not has_scopes:
        told = problem("missing.budget")
        raise UsageError(
            'no budget: pass budget="500 USD" or no_budget=True, or put `budget:` into the campaign', problem=told
        )
    return limits


def limits_given(budget: str | Amount | Sequence[str | Amount] | None) -> list[Amount]:
    """An argument as limits, at most one in each currency; None is none.

    Raises:
        UsageError: a limit is malformed or negative, or two have one currency.
    """
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
        raise UsageError(f"budget {error}", problem=error.problem) from None


def credits_of(totals: Totals) -> set[str]:
    """Currencies that are counted in by providers."""
    book = totals.book or load_prices()
    return {provider.currency for provider in book.providers.values()} | {t.currency for t in totals.totals}
