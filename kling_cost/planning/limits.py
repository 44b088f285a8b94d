"""Budget limits, in credits or money, and how much of each an estimate uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from kling_cost.amounts import Amount, divide_half_up
from kling_cost.jobs.job import Campaign
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

    def standing(self, limit: Amount, scope: str, source: str | None = None) -> Standing:
        """The standing of a limit for the jobs of one file, or of all files if `source` is None."""
        costs = {total.currency: total.cost for total in self._held(source)}
        return replace(self._of_costs(limit, scope, costs, self._lacks_prices(source)), source=source)

    def _of_costs(self, limit: Amount, scope: str, costs: Mapping[str, Decimal], unpriced: bool) -> Standing:
        if limit.currency in self._credits:
            planned = Fraction(costs.get(limit.currency, Decimal(0)))
            return self._standing(limit, scope, planned, (), unpriced)
        if limit.currency not in self._per_usd:
            return self._standing(limit, scope, None, (limit.currency,), unpriced)
        per_dollar = Fraction(self._per_usd[limit.currency])
        known = {code: cost for code, cost in costs.items() if code in self._per_usd}
        planned = sum((Fraction(cost) / Fraction(self._per_usd[code]) for code, cost in known.items()), Fraction(0))
        unknown = tuple(sorted(costs.keys() - known.keys()))
        return self._standing(limit, scope, planned * per_dollar, unknown, unpriced)

    def uncovered(self, limits: Sequence[Scoped]) -> list[Standing]:
        """Costs that no limit covers, by currency."""
        rest, zero = Sums(), Decimal(0)
        for source, sums in self._totals.by_source.items():
            for total in sums.totals():
                if not self._is_covered(total.currency, source, limits):
                    rest.add_cost(None, total.currency, None, total.jobs, total.takes, total.cost)
        return [
            Standing(WHOLE_CAMPAIGN, None, t.currency, t.cost, zero, zero, None, "unknown", (t.currency,))
            for t in rest.totals()
        ]

    def _is_covered(self, currency: str, source: str | None, limits: Sequence[Scoped]) -> bool:
        return any(
            (limit.currency not in self._credits or limit.currency == currency) and held in (None, source)
            for limit, _, held in limits
        )

    def _held(self, source: str | None) -> list[Total]:
        """The totals of one file, or of all."""
        return self._totals.totals if source is None else self._totals.by_source.get(source, Sums()).totals()

    def _lacks_prices(self, source: str | None) -> bool:
        """Whether a job of one file, or of all, has no price; one of an unknown file may be of this one."""
        if not self._totals.left_out or source is None:
            return self._totals.left_out > 0
        return self._totals.incomplete is None or source in self._totals.incomplete

    def _standing(
        self, limit: Amount, scope: str, planned: Fraction | None, unknown: tuple[str, ...], unpriced: bool
    ) -> Standing:
        allowed = Fraction(limit.value)
        status: Status = "within"
        if planned is not None and planned > allowed:
            status = "over"
        elif unknown or unpriced:
            status = "unknown"
        elif planned is not None and planned > allowed * WARN_ABOVE:
            status = "warn"
        return Standing(
            scope,
            limit.value,
            limit.currency,
            None if planned is None else _rounded(planned),
            Decimal(0),
            Decimal(0),
            None if planned is None else _rounded(allowed - planned),
            status,
            unknown,
        )


def _rounded(amount: Fraction) -> Decimal:
    return divide_half_up(amount, Decimal(1))


def campaign_limits(campaigns: Sequence[Campaign]) -> list[Scoped]:
    """The limits of campaign files: each covers the jobs of its own file and is named after its campaign."""
    alone = len(campaigns) == 1
    return [
        (limit, WHOLE_CAMPAIGN if alone else _called(campaign, campaigns), campaign.source)
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


def _called(campaign: Campaign, campaigns: Sequence[Campaign]) -> str:
    """A campaign's name, with its file's name if others have the same name; only the file's name if it has none."""
    name = campaign.name
    if not name:
        return campaign.source
    names = [WHOLE_CAMPAIGN, *(other.name or other.source for other in campaigns if other is not campaign)]
    return f"{name} ({campaign.source})" if name in names else name
