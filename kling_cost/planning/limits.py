"""Budget limits, in credits or money, and how much of each an estimate uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from kling_cost.amounts import Amount, divide_half_up
from kling_cost.jobs.job import Campaign
from kling_cost.planning.scopes.held import Held
from kling_cost.pricebook.book import ExchangeRate
from kling_cost.pricing.cost_sums import Sums, Total
from kling_cost.pricing.grand_total import DOLLAR
from kling_cost.pricing.totals import Totals

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
            decimals for showing, never for deciding. None where nothing can be counted in it.
        contingency, committed: what else is set aside or spent already.
        headroom: limit − planned − contingency − committed; None without a limit or plan.
        status: `within`; `warn` above 80 % of the limit; `over` above the limit; `unknown` where it cannot be checked,
            for want of an exchange rate or of a job's price.
        unknown_currencies: currencies without an exchange rate that keep it from being checked.
        source: the file whose jobs it holds; None where it holds those of all files.
        base_limit: of a budget by scope, the limit before anything was carried over into its month.
        carried_over: what was; None where it is not known, and where nothing can be.
        actual, open: the parts of `committed`: what was charged, and what has no final answer; None without actuals.
        contingency_share: the share of `planned` that is set aside; None where it is an amount.
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


class Used(NamedTuple):
    """What is counted under a limit, in its currency.

    Attributes:
        planned: None where it cannot be told.
        actual, open: what is committed.
        unknown: currencies that lack an exchange rate.
    """

    planned: Fraction | None
    actual: Fraction
    open: Fraction
    unknown: tuple[str, ...]

    @property
    def committed(self) -> Fraction:
        """What is spent already."""
        return self.actual + self.open


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
        if held is None:
            costs = {total.currency: total.cost for total in self._held(source)}
            held = Held(costs, unpriced=self.lacks_prices(source))
        return replace(self._of_held(limit, scope, held), source=source)

    def _of_held(self, limit: Amount, scope: str, held: Held) -> Standing:
        (planned, *unknown), *others = (
            self.converted(limit.currency, costs) for costs in (held.planned, held.actual or {}, held.open)
        )
        actual, open_ = (amount or Fraction(0) for amount, *_ in others)
        more = {code for _, *codes in others for code in codes}
        used = Used(planned, actual, open_, tuple(sorted({*unknown, *more})))
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
        rest, zero = Sums(), Decimal(0)
        for source, sums in self._totals.by_source.items():
            for total in sums.totals():
                if not self.is_covered(total.currency, source, limits):
                    rest.add_cost(None, total.currency, None, total.jobs, total.takes, total.cost)
        return [
            Standing(WHOLE_CAMPAIGN, None, t.currency, t.cost, zero, zero, None, "unknown", (t.currency,))
            for t in rest.totals()
        ]

    def is_covered(self, currency: str, source: str | None, limits: Sequence[Scoped]) -> bool:
        """Whether one of some limits covers costs in a currency in a file."""
        return any(self.covers(limit, currency) and held in (None, source) for limit, _, held in limits)

    def covers(self, limit: Amount | str, currency: str) -> bool:
        """Whether a limit, or one in a currency, covers costs in a currency: credits only those, money all."""
        code = limit if isinstance(limit, str) else limit.currency
        return code not in self._credits or code == currency

    def _held(self, source: str | None) -> list[Total]:
        """The totals of one file, or of all."""
        return self._totals.totals if source is None else self._totals.by_source.get(source, Sums()).totals()

    def lacks_prices(self, source: str | None) -> bool:
        """Whether a job of one file, or of all, has no price; one of an unknown file may be of this one."""
        if not self._totals.left_out or source is None:
            return self._totals.left_out > 0
        return self._totals.incomplete is None or source in self._totals.incomplete

    def _standing(self, limit: Amount, scope: str, used: Used, held: Held) -> Standing:
        allowed = held.allowed(limit.value)
        contingency = held.set_aside(used.planned, limit.currency)
        needed = (used.planned or 0) + Fraction(contingency) + used.committed
        left = None if used.planned is None or held.carried is None else allowed - needed
        found = Standing(
            scope,
            _rounded(allowed) if held.carried else limit.value,
            limit.currency,
            _rounded_if_known(used.planned),
            contingency,
            _rounded(used.committed) if used.committed else Decimal(0),
            _rounded_if_known(left),
            _status(needed, allowed, held.most_carried, bool(used.unknown) or held.is_unsure),
            used.unknown,
            contingency_share=held.contingency.share,
        )
        return _with_parts(found, used, held)


def _with_parts(standing: Standing, used: Used, held: Held) -> Standing:
    """With the parts of what is committed and of the limit, where these are known apart."""
    if held.base is not None:
        standing = replace(standing, base_limit=held.base, carried_over=_rounded_if_known(held.carried))
    elif held.actual is None:
        return standing
    return replace(standing, actual=_rounded(used.actual), open=_rounded(used.open))


def _status(needed: Fraction, allowed: Fraction, more: Decimal, is_unsure: bool) -> Status:
    """The status; what is unsure is over if it is above all that may be allowed."""
    if needed > allowed + (Fraction(more) if is_unsure else 0):
        return "over"
    if is_unsure:
        return "unknown"
    return "warn" if needed > allowed * WARN_ABOVE else "within"


def _rounded(amount: Fraction) -> Decimal:
    return divide_half_up(amount, Decimal(1))


def _rounded_if_known(amount: Fraction | None) -> Decimal | None:
    return None if amount is None else _rounded(amount)


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
