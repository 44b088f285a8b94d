"""Budget limits, in credits or money, and how much of each an estimate uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from kling_cost.amounts import Amount, divide_half_up
from kling_cost.jobs.job import Campaign
from kling_cost.pricebook.book import ExchangeRate
from kling_cost.pricing.cost_sums import Sums, Total
from kling_cost.pricing.grand_total import DOLLAR
from kling_cost.pricing.totals import Totals
from kling_cost.results.certainty import AT_LEAST, EXACT, certainty_of

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
    certainty: str = EXACT
    planned_least: Decimal | None = None

    @property
    def is_open(self) -> bool:
        """Whether what is planned has no upper end."""
        return self.certainty == AT_LEAST


#: A limit, what it is called, and the file whose jobs it holds, None for all.
Scoped = tuple[Amount, str, str | None]


class _Planned(NamedTuple):
    """What jobs come to in the currency of a limit, exactly; None where that end is not known."""

    least: Fraction | None
    most: Fraction | None
    unknown: tuple[str, ...]


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
        planned = self._planned(limit.currency, self._held(source))
        return replace(self._standing(limit, scope, planned, self._lacks_prices(source)), source=source)

    def _planned(self, currency: str, totals: Sequence[Total]) -> _Planned:
        """What totals come to in the currency of a limit."""
        if currency in self._credits:
            return _planned([(total, Fraction(1)) for total in totals if total.currency == currency], ())
        if currency not in self._per_usd:
            return _Planned(None, None, (currency,))
        here = Fraction(self._per_usd[currency])
        known = [(t, here / Fraction(self._per_usd[t.currency])) for t in totals if t.currency in self._per_usd]
        return _planned(known, tuple(sorted({t.currency for t in totals} - self._per_usd.keys())))

    def uncovered(self, limits: Sequence[Scoped]) -> list[Standing]:
        """Costs that no limit covers, by currency."""
        rest, zero = Sums(), Decimal(0)
        for source, sums in self._totals.by_source.items():
            open_ = {total.currency for total in sums.totals() if not self._is_covered(total.currency, source, limits)}
            rest.add_all(None, sums, open_.__contains__)
        return [
            Standing(
                WHOLE_CAMPAIGN,
                None,
                t.currency,
                t.cost,
                zero,
                zero,
                None,
                "unknown",
                (t.currency,),
                certainty=t.certainty,
                planned_least=t.cost_least,
            )
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

    def _standing(self, limit: Amount, scope: str, planned: _Planned, unpriced: bool) -> Standing:
        least, most, unknown = planned
        certainty = certainty_of(least, most)
        return Standing(
            scope,
            limit.value,
            limit.currency,
            None if most is None else _rounded(most),
            Decimal(0),
            Decimal(0),
            None if most is None else _rounded(Fraction(limit.value) - most),
            _status(Fraction(limit.value), planned, unpriced),
            unknown,
            certainty=certainty,
            planned_least=None if least is None or certainty == EXACT else _rounded(least),
        )


def _status(limit: Fraction, planned: _Planned, unpriced: bool) -> Status:
    """A limit is judged by the most that the plan may cost; what costs more at least is over it in any case."""
    known = planned.least if planned.most is None else planned.most
    if known is not None and known > limit:
        return "over"
    if planned.unknown or unpriced or planned.most is None:
        return "unknown"
    return "warn" if planned.most > limit * WARN_ABOVE else "within"


def _planned(totals: Sequence[tuple[Total, Fraction]], unknown: tuple[str, ...]) -> _Planned:
    """What totals come to, each with its rate of exchange."""
    most = [rate * Fraction(total.cost) for total, rate in totals if total.cost is not None]
    least = sum((rate * Fraction(total.least) for total, rate in totals), Fraction(0))
    return _Planned(least, sum(most, Fraction(0)) if len(most) == len(totals) else None, unknown)


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
