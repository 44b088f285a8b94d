"""What a report is made from: the results and their title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from kling_cost.planning.changes.change import Change
from kling_cost.planning.compare.comparison import Comparison
from kling_cost.planning.fit.plan import Plan
from kling_cost.planning.limits import WHOLE_CAMPAIGN
from kling_cost.planning.risk.risk_figures import RiskFigures
from kling_cost.planning.verdict import Verdict
from kling_cost.pricebook.book import PRICED_OPTIONS, ExchangeRate, PriceBook
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.grand_total import GrandTotal
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.purchases.plan_purchases import Purchase
from kling_cost.pricing.totals import Totals
from kling_cost.problems import EXIT_OK, EXIT_ORDER, Problem
from kling_cost.reconciliation.result import Reconciliation
from kling_cost.reporting.money import DOLLAR, money_rates
from kling_cost.reporting.style import Style
from kling_cost.reporting.translations import Words, words_of

_NAMES = 4  # campaigns or sheets that a title names


@dataclass(frozen=True)
class Report:
    """Results that are reported together.

    Attributes:
        estimate: what is planned, with its line items or as totals.
        verdict: the result of the check against limits, if there was one.
        outcome: the reconciliation with providers' answers, if there was one.
        locale: language of the words.
        currencies: codes in which amounts are shown beside dollars.
        style: whose look.
        name: what it is called, where the caller says so.
        only: keys of the parts that are wanted; all of them if empty.
        difference: what changed from another plan, where that is the result.
        fit_command: the command that would fit the plan into its limits; None where it is not known.
        comparison: what the same videos cost at other sellers, where that was asked for.
        bought: what has to be bought, where that is known of more jobs than are shown.
        fitted: the plan that was fitted into its limits, where that is the result.
    """

    estimate: Estimate | Totals
    verdict: Verdict | None = None
    locale: str = "en"
    currencies: tuple[str, ...] = ()
    style: Style = field(default_factory=Style)
    only: tuple[str, ...] = ()
    outcome: Reconciliation | None = None
    name: str | None = None
    difference: Change | None = None
    fit_command: str | None = None
    comparison: Comparison | None = None
    bought: Sequence[Purchase] | None = None
    fitted: Plan | None = None

    @property
    def purchases(self) -> Sequence[Purchase]:
        """What has to be bought for what is planned; nothing where it has been charged already."""
        if self.outcome is not None:
            return ()
        return self.estimate.landed if self.bought is None else self.bought

    @property
    def change(self) -> Change | None:
        """What changed from another plan: from the one that this one, or its verdict, is compared with, else from the
        approved one, where it is no longer that."""
        if self.difference is not None or self.verdict is None:
            return self.difference
        approval = self.verdict.approval
        return self.verdict.against or (approval.change if approval else None)

    @property
    def risk(self) -> RiskFigures | None:
        """What the plan may really cost, where its verdict was asked with a confidence."""
        return None if self.verdict is None else self.verdict.risk

    @property
    def closed(self) -> Report:
        """The same as people are shown it: without the jobs whose cost has no upper end, and so a part of the whole."""
        estimate = self.estimate.closed()
        if estimate is self.estimate:
            return self
        verdict = self.verdict and self.verdict.closed()
        return replace(self, estimate=estimate, verdict=verdict, bought=self.purchases)

    @property
    def has_items(self) -> bool:
        """Whether the line items are there."""
        return isinstance(self.estimate, Estimate)

    @property
    def line_items(self) -> Sequence[LineItem]:
        """The line items; none where only totals are reported."""
        return self.estimate.line_items if isinstance(self.estimate, Estimate) else ()

    @cached_property
    def options(self) -> tuple[str, ...]:
        """The options by which prices can differ: those of the price book, or where it is not known, of the lines."""
        return (*PRICED_OPTIONS, *self.estimate.own_options) if self.book is None else self.book.options

    @cached_property
    def words(self) -> Words:
        """The words of its language, those of its style laid over."""
        return words_of(self.locale).with_texts(self.style.words.get(self.locale, {}))

    @cached_property
    def title(self) -> str:
        """What the caller calls it, else the campaign's name, else the sheet's, or a general one."""
        if self.name and not self.name.isspace():
            return self.name
        campaigns = [campaign.name for campaign in self.estimate.campaigns if campaign.name]
        names = list(dict.fromkeys(campaigns or self.estimate.sheets))
        return self.words.listed(names) if 0 < len(names) <= _NAMES else self.words("title")

    def scope(self, scope: str) -> str:
        """What a limit holds, for people: the campaign by its name, one of several by its own."""
        names = [campaign.name for campaign in self.estimate.campaigns]
        if scope != WHOLE_CAMPAIGN:
            return scope
        return names[0] if len(names) == 1 and names[0] else self.words("scope.campaign")

    @cached_property
    def money(self) -> tuple[ExchangeRate, ...]:
        """The exchange rates of `currencies`, and of the currencies of the limits."""
        asked = () if self.asked == DOLLAR else (self.asked,)
        return money_rates(self.estimate, (*self.currencies, *asked))

    @property
    def asked(self) -> str:
        """The money in which totals are wanted: that of a limit, else dollars."""
        return DOLLAR if self.verdict is None else self.verdict.money

    @cached_property
    def total(self) -> GrandTotal:
        """Everything that is planned, in the money that is asked for."""
        return self.estimate.total(self.asked)

    @cached_property
    def credits(self) -> frozenset[str]:
        """The currencies that sellers count in, other than dollars."""
        sellers = self.book.providers.values() if self.book else ()
        used = {total.currency for total in self.estimate.totals}
        return frozenset({seller.currency for seller in sellers} | used) - {DOLLAR}

    @cached_property
    def is_all_money(self) -> bool:
        """Whether exchange rates are known for the whole plan."""
        return all(self.per_usd(total.currency) for total in self.estimate.totals)

    @cached_property
    def sold_in(self) -> tuple[str, ...]:
        """The currencies of the sellers in use, which lines are or may come to be counted in."""
        sellers = {charge.provider for charge, _, _ in self.estimate.by_charge}
        known = {self.book.providers[seller].currency for seller in sellers} if self.book else set()
        return tuple(sorted({total.currency for total in self.estimate.totals} | known))

    @property
    def book(self) -> PriceBook | None:
        """The price book; None for an estimate that was stored."""
        return self.estimate.book

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the jobs, the limits and the answers."""
        found = list((self.fitted or self.verdict or self.comparison or self.estimate).problems)
        known = set(found)
        return [*found, *(p for p in (self.outcome.problems if self.outcome else ()) if p not in known)]

    @property
    def exit_code(self) -> int:
        """What the results ask a script to do: the first of their codes in the order in which codes count."""
        if self.fitted is not None:
            return self.fitted.exit_code
        results = (self.verdict or self.estimate, self.outcome, self.difference, self.comparison)
        codes = {result.exit_code for result in results if result is not None}
        return next((code for code in EXIT_ORDER if code in codes), EXIT_OK)

    def per_usd(self, currency: str) -> Decimal | None:
        """Units of a currency that occurs for one dollar, or None."""
        return self.estimate.per_usd(currency)


#: The parts of a stored reconciliation that is reported without its estimate.
ALONE = ("reconciliation", "findings", "problems")
#: The parts of a change that is reported without the rest of the plan.
CHANGED = ("changes", "problems")


def without_estimate(outcome: Reconciliation) -> Estimate:
    """An estimate without jobs, to report a stored reconciliation on its own."""
    return Estimate([], outcome.problems, 0, None, outcome.price_book)
