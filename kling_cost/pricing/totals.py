"""Totals: what some jobs come to, whether their line items are kept or were only counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from html import escape
from typing import Any

from kling_cost.amounts import many
from kling_cost.jobs.job import Campaign, Job
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.cost_sums import Shared, Sums, Total, breakdowns_of, sum_of, sums_text, totals_of
from kling_cost.pricing.grand_total import DOLLAR, GrandTotal, grand_total
from kling_cost.pricing.line_item import Charge, LineItem, own_options_of
from kling_cost.pricing.provenance import Stamp
from kling_cost.pricing.purchases.plan_purchases import Purchase, plan_purchases
from kling_cost.pricing.rule import UNADJUSTED
from kling_cost.problems import EXIT_INVALID, EXIT_OK, Problem, UsageError, exit_code_of_codes
from kling_cost.results.certainty import EXACT

#: How many problems have a severity and code.
Codes = Mapping[tuple[str, str], int]


@dataclass(frozen=True, repr=False)
class Totals:
    """What some jobs come to: exact sums, breakdowns and problems, without their line items.

    An estimate has its own as `Estimate.summary`; `kc.summarize` makes those of files of any size.

    Attributes:
        by_charge: every charge that occurs, with how many jobs and takes share it.
        by_tag: for each tag, the sums by its values.
        by_source: for each file, its sums under the key None.
        problems: of the files, of the jobs and of the whole; where there are very many, the first ones.
        codes: how many problems have a severity and code, those among them that are not in `problems`.
        left_out: how many jobs have no price and are in no total.
        incomplete: the files of those jobs; None where a file cannot be told.
        as_of: the day whose rates counted; None for the latest.
        price_book: which prices were used.
        campaigns: what the campaign files said.
        book: the price book itself; None where the figures were stored.
        sheets: what the sheets are called that they were read from.
        more_breakdowns: breakdowns that rules ask for, such as those by month.

    >>> import kling_cost as kc
    >>> totals = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}]).summary
    >>> totals
    <Totals: 1 job, 27 EVOLINK_CREDIT>
    >>> kc.check(totals, budget="27 EVOLINK_CREDIT").verdict
    'within'
    """

    by_charge: Sequence[Shared]
    by_tag: Mapping[str, Sums] = field(repr=False)
    by_source: Mapping[str | None, Sums] = field(repr=False)
    problems: Sequence[Problem]
    codes: Codes
    left_out: int
    incomplete: frozenset[str | None] | None
    as_of: date | None
    price_book: Stamp
    campaigns: Sequence[Campaign] = ()
    book: PriceBook | None = field(default=None, repr=False)
    sheets: Sequence[str] = ()
    more_breakdowns: Mapping[str, list[Total]] = field(default_factory=dict, repr=False)

    @property
    def jobs(self) -> int:
        """How many jobs were read, those without a price among them."""
        return sum(jobs for _, jobs, _ in self.by_charge) + self.left_out

    @property
    def partial(self) -> bool:
        """Whether any job is left out."""
        return self.left_out > 0

    @property
    def exit_code(self) -> int:
        """0; 5 where a job is invalid, or left out for no reason that is known; 4 where jobs only lack a price."""
        return exit_code_of_codes(self.error_codes) or (EXIT_INVALID if self.left_out else EXIT_OK)

    @property
    def error_codes(self) -> set[str]:
        """The codes of all errors."""
        return {code for severity, code in self.codes if severity == "error"}

    @property
    def more_problems(self) -> int:
        """How many problems are counted only."""
        return sum(self.codes.values()) - len(self.problems)

    @cached_property
    def totals(self) -> list[Total]:
        """One exact total for each currency, by currency code."""
        return totals_of(self.by_charge)

    @cached_property
    def is_exact(self) -> bool:
        """Whether the cost of every job is exact."""
        return all(charge.certainty == EXACT for charge, _, _ in self.by_charge)

    def closed(self) -> Totals:
        """The same with jobs left out whose cost has no upper end, for sums that are none of those costs.

        >>> import kling_cost as kc
        >>> totals = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}]).summary
        >>> totals.closed() is totals
        True
        """
        kept = [shared for shared in self.by_charge if shared[0].cost is not None]
        if len(kept) == len(self.by_charge):
            return self
        return replace(
            self,
            by_charge=kept,
            by_tag={name: sums.closed() for name, sums in self.by_tag.items()},
            by_source={name: sums.closed() for name, sums in self.by_source.items()},
            left_out=self.jobs - sum(jobs for _, jobs, _ in kept),
            incomplete=None,
        )

    @cached_property
    def own_options(self) -> tuple[str, ...]:
        """The options that a price depends on here and that its price book names itself."""
        return own_options_of(charge for charge, _, _ in self.by_charge)

    @cached_property
    def is_adjusted(self) -> bool:
        """Whether anything comes to the quantity × unit price of a charge: extras, a factor or a rounding."""
        return any(charge.adjustments != UNADJUSTED for charge, _, _ in self.by_charge)

    @cached_property
    def breakdowns(self) -> dict[str, list[Total]]:
        """The totals by provider, model, quality, sound, both, and each tag; every one adds up to the totals.

        Jobs without such a value share the key None.
        """
        whole = sum_of(self.by_charge)
        by_tag = {f"tag:{name}": self.by_tag[name].completed(whole).totals() for name in sorted(self.by_tag)}
        return breakdowns_of(self.by_charge) | by_tag | dict(self.more_breakdowns)

    def total(self, currency: str = DOLLAR) -> GrandTotal:
        """Everything in one currency, as far as exchange rates are known; see `Estimate.total`."""
        if currency not in {DOLLAR, *(total.currency for total in self.totals)} and self.per_usd(currency) is None:
            raise UsageError(f'no exchange rate for {currency}; pass rates=["NUMBER {currency}/USD"] to load_prices')
        is_open = any(total.cost is None for total in self.totals)
        due = ((total.currency, total.due) for total in self.totals)
        return grand_total(due, currency, self.per_usd, self.partial or is_open)

    @property
    def totals_in(self) -> GrandTotal:
        """Everything in dollars, as far as exchange rates are known."""
        return self.total()

    @cached_property
    def landed(self) -> list[Purchase]:
        """What has to be bought of each seller whose terms in the price book list packs."""
        return plan_purchases(self.by_charge, self.book, self.as_of)

    def per_usd(self, currency: str) -> Decimal | None:
        """Units of a currency for one dollar at the rate that counts for these jobs; None where it is not known."""
        if currency == DOLLAR:
            return Decimal(1)
        rate = self.price_book.exchange.get(currency)
        if rate is None and self.book is not None:
            rate = self.book.exchange_rate(currency, self.as_of)
        return None if rate is None else rate.per_usd

    def described(self) -> str:
        """What it comes to in a few words."""
        priced = sum(total.jobs for total in self.totals)
        words = [many(priced, "job"), sums_text(self.totals)]
        words += [f"{self.left_out:,} left out"] * self.partial
        words += [many(sum(self.codes.values()), "problem")] * bool(self.codes)
        return ", ".join(words)

    def __repr__(self) -> str:
        return f"<Totals: {self.described()}>"

    def _repr_html_(self) -> str:
        left_out = f"; {many(self.left_out, 'job')} left out" if self.partial else ""
        return f"<p>{escape(sums_text(self.totals))}{left_out}</p>"


class Counts:
    """Jobs and takes, counted by charge, by file and by tag.

    Attributes:
        by_tag, by_source: as of `Totals`.
    """

    def __init__(self) -> None:
        self._by_charge: dict[Any, list[Any]] = {}
        self.by_tag: dict[str, Sums] = {}
        self.by_source: dict[str | None, Sums] = {}

    @classmethod
    def of_items(cls, items: Iterable[LineItem]) -> Counts:
        """The counts of line items; each is looked at once, however many tags there are."""
        by_source: dict[tuple[str | None, int], list[Any]] = {}
        by_tag: dict[tuple[str, str, int], list[Any]] = {}
        for job, charge in items:
            shared = id(charge)  # jobs that ask for the same share it; to hash its value takes ten times as long
            entry = by_source.get((job.source, shared))
            if entry is None:
                by_source[job.source, shared] = [charge, 1, job.takes]
            else:
                entry[1] += 1
                entry[2] += job.takes
            if job.tags:
                _count_tags(by_tag, job, charge)
        found = cls()
        for (source, shared), (charge, jobs, takes) in by_source.items():
            found.add(source, charge, jobs, takes, shared)
        for (name, text, _), part in by_tag.items():
            found.add_tag(name, text, *part)
        return found

    @property
    def by_charge(self) -> list[Shared]:
        """Every charge that occurs, with its jobs and takes, in order of first use."""
        return [(charge, jobs, takes) for charge, jobs, takes in self._by_charge.values()]

    def add(self, source: str | None, charge: Charge, jobs: int, takes: int, key: Any = None) -> None:
        """Count jobs of one file that share a charge; `key` tells it from others, its value if left out."""
        entry = self._by_charge.setdefault(_value(charge) if key is None else key, [charge, 0, 0])
        entry[1] += jobs
        entry[2] += takes
        self.by_source.setdefault(source, Sums()).add(None, charge, jobs, takes)

    def add_tag(self, name: str, text: str, charge: Charge, jobs: int, takes: int) -> None:
        """Count jobs, counted already, under the value of a tag."""
        self.by_tag.setdefault(name, Sums()).add(text, charge, jobs, takes)


def _count_tags(by_tag: dict[tuple[str, str, int], list[Any]], job: Job, charge: Charge) -> None:
    for name, text in job.tags.items():
        entry = by_tag.setdefault((name, text, id(charge)), [charge, 0, 0])
        entry[1] += 1
        entry[2] += job.takes


def _value(charge: Charge) -> tuple[Any, ...]:
    """What tells charges apart: days of one rate share theirs, so that there are few."""
    options = tuple(charge.options.items())
    about = (charge.provider, charge.model, options, charge.defaults_applied, charge.notes)
    return (*about, charge.rate_effective_from, charge.cost, charge.cost_least, charge.currency, charge.adjustments)


def codes_of(problems: Iterable[Problem]) -> Counter[tuple[str, str]]:
    """How many problems have a severity and code."""
    return Counter((found.severity, found.code) for found in problems)


def files_left_out(problems: Iterable[Problem], left_out: int) -> frozenset[str | None] | None:
    """The files of jobs that are left out, taken from the errors; None if there are fewer errors than such jobs."""
    if not left_out:
        return frozenset()
    wrong = {(found.source, found.row) for found in problems if found.severity == "error"}
    return None if len(wrong) < left_out else frozenset(source for source, _ in wrong)
