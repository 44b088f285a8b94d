"""Estimates: every line item, exact totals and breakdowns, and every problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kling_cost.amounts import plain_text
from kling_cost.jobs.job import Campaign, Job, Jobs
from kling_cost.jobs.near_names import near_tags
from kling_cost.pricebook.book import PriceBook, book_given
from kling_cost.pricebook.load import load_prices
from kling_cost.pricebook.terms.group_prices import book_for_group
from kling_cost.pricing.cost_sums import Shared, Total, bounded_text, totals_of
from kling_cost.pricing.grand_total import GrandTotal
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import pricer
from kling_cost.pricing.provenance import Stamp, rate_problems, remarks, stamp_of
from kling_cost.pricing.purchases.plan_purchases import Purchase
from kling_cost.pricing.totals import Counts, Totals, codes_of, files_left_out
from kling_cost.problems import Listed, Problem, problem
from kling_cost.python_values import day, flag, text
from kling_cost.results.record_types import line_item_record

if TYPE_CHECKING:
    import pandas as pd

_NOTEBOOK_ROWS = 20


@dataclass(frozen=True, repr=False)
class Estimate:
    """What a list of jobs costs at a price book's rates.

    Attributes:
        line_items: one for each job without error, in the order of the jobs.
        problems: of the files, of the jobs, and of the estimate as a whole.
        left_out: how many jobs have no line item and are in no total.
        as_of: the day whose rates counted; None for the latest.
        price_book: which prices were used.
        campaigns: what the campaign files said.
        book: the price book itself; None in an estimate that was stored.
        unpriced_tasks: jobs without a line item by the task ids that their file names.
        stored_sha256: hash of the file that it was read back from; None where it was made just now.
        sheets: what the sheets are called that it was read from.

    >>> import kling_cost as kc
    >>> result = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> [(total.cost, total.currency) for total in result.totals]
    [(Decimal('27.0000'), 'EVOLINK_CREDIT')]
    """

    line_items: Sequence[LineItem]
    problems: Sequence[Problem]
    left_out: int
    as_of: date | None
    price_book: Stamp
    campaigns: Sequence[Campaign] = ()
    book: PriceBook | None = field(default=None, repr=False)
    unpriced_tasks: Mapping[str, str] = field(default_factory=dict)
    stored_sha256: str | None = None
    sheets: Sequence[str] = ()

    @property
    def partial(self) -> bool:
        """Whether any job is left out."""
        return self.left_out > 0

    @property
    def exit_code(self) -> int:
        """0; 5 where a job is invalid, or left out for no reason that is known; 4 where jobs only lack a price."""
        return self.summary.exit_code

    def strictly(self) -> Estimate:
        """The same with warnings as errors: a job with one is left out.

        >>> import kling_cost as kc
        >>> result = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog", "seed": 1}])
        >>> result.left_out, result.strictly().left_out
        (0, 1)
        """
        warned = {(p.source, p.row) for p in self.problems if p.severity == "warning"}
        items = [item for item in self.line_items if (item.job.source, item.job.row) not in warned]
        left_out = self.left_out + len(self.line_items) - len(items)
        return replace(self, line_items=items, problems=[p.as_error() for p in self.problems], left_out=left_out)

    def closed(self) -> Estimate:
        """The same with jobs left out whose cost has no upper end, for sums that are none of those costs.

        >>> import kling_cost as kc
        >>> result = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
        >>> result.closed() is result
        True
        """
        items = [item for item in self.line_items if item.charge.cost is not None]
        left_out = len(self.line_items) - len(items)
        return replace(self, line_items=items, left_out=self.left_out + left_out) if left_out else self

    def with_upper_ends(self) -> Estimate:
        """The same without the jobs whose cost has no upper end, each of them an error: for what needs a figure.

        >>> import kling_cost as kc
        >>> result = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
        >>> result.with_upper_ends() is result
        True
        """
        closed = self.closed()
        if closed is self:
            return self
        found = [
            problem("price_unknown.open_line", least=f"{plain_text(item.charge.due)} {item.currency}").at(
                item.job_id, item.source, item.row
            )
            for item in self.line_items
            if item.charge.cost is None
        ]
        return replace(closed, problems=[*self.problems, *found])

    @cached_property
    def summary(self) -> Totals:
        """What the line items come to.

        >>> import kling_cost as kc
        >>> kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}]).summary.jobs
        1
        """
        counts = Counts.of_items(self.line_items)
        return Totals(
            counts.by_charge,
            counts.by_tag,
            counts.by_source,
            self.problems,
            codes_of(self.problems),
            self.left_out,
            files_left_out(self.problems, self.left_out),
            self.as_of,
            self.price_book,
            self.campaigns,
            self.book,
            self.sheets,
        )

    @property
    def totals(self) -> list[Total]:
        """One exact total for each currency, by currency code."""
        return self.summary.totals

    @property
    def breakdowns(self) -> dict[str, list[Total]]:
        """The totals by provider, model, quality, sound, both, and each tag; every one adds up to the totals.

        Lines without such a value share the key None.
        """
        return self.summary.breakdowns

    @property
    def by_charge(self) -> Sequence[Shared]:
        """Every charge that occurs, with how many jobs and takes share it; in order of first use."""
        return self.summary.by_charge

    def total(self, currency: str = "USD") -> GrandTotal:
        """Everything in one currency, as far as exchange rates are known.

        Args:
            currency: such as `"USD"`.

        Returns:
            The amount, whether it is only the least that it may be, and which currencies are in no amount.

        Raises:
            UsageError: no exchange rate of that currency is known.

        >>> import kling_cost as kc
        >>> result = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
        >>> print(result.total("USD"))
        0.375 USD
        """
        return self.summary.total(currency)

    @property
    def own_options(self) -> tuple[str, ...]:
        """The options that a price depends on here and that its price book names itself."""
        return self.summary.own_options

    @property
    def is_exact(self) -> bool:
        """Whether the cost of every line item is exact."""
        return self.summary.is_exact

    @property
    def totals_in(self) -> GrandTotal:
        """Everything in dollars, as far as exchange rates are known."""
        return self.summary.totals_in

    @property
    def landed(self) -> list[Purchase]:
        """What has to be bought of each seller whose terms in the price book list packs.

        >>> import kling_cost as kc
        >>> kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}]).landed
        []
        """
        return self.summary.landed

    def per_usd(self, currency: str) -> Decimal | None:
        """Units of a currency for one dollar at the rate that counts for this estimate; None where it is not known."""
        return self.summary.per_usd(currency)

    def to_frame(self) -> pd.DataFrame:
        """The line items as a pandas DataFrame; amounts are exact Arrow decimals.

        >>> import kling_cost as kc
        >>> frame = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}]).to_frame()
        >>> frame.loc[0, "cost"]
        Decimal('27.000000')
        """
        from kling_cost.results.arrow_tables import arrow_table, pandas_frame

        return pandas_frame(arrow_table(line_item_record(self.own_options, self.is_exact), self.line_items))

    def __repr__(self) -> str:
        return f"<Estimate: {self.summary.described()}>"

    def _repr_html_(self) -> str:
        return self.summary._repr_html_() + self.to_frame().to_html(max_rows=_NOTEBOOK_ROWS, escape=True)


class Estimator:
    """Collects priced jobs into an estimate; feed it jobs, then ask for the result.

    Args:
        book: the price book.
        as_of: the day whose rates count, or None for the latest.
        strict: warnings count as errors, so that a job with one is left out.
    """

    def __init__(self, book: PriceBook, as_of: date | None = None, strict: bool = False) -> None:
        self._book, self._as_of, self._strict = book, as_of, strict
        self._pricer = pricer(book, as_of)
        self._items: list[LineItem] = []
        self._problems: list[Problem] = []
        self._left_out = 0
        self._unpriced_tasks: dict[str, str] = {}
        self._repeats: list[LineItem] = []

    def add(self, job: Job) -> None:
        """Price one job."""
        item, problems = self._pricer.item_of(job, self._strict)
        self._problems += problems
        if item is None:
            self._left_out += 1
            self._unpriced_tasks.update(dict.fromkeys(job.task_ids, job.job_id or ""))
        else:
            self._items.append(item)
            if job.repeats:
                self._repeats.append(item)

    def result(
        self, file_problems: Iterable[Problem] = (), campaigns: Sequence[Campaign] = (), sheets: Sequence[str] = ()
    ) -> Estimate:
        """The estimate of all jobs so far, with the problems of their files."""
        charges = list({id(charge): charge for _, charge in self._items}.values())  # those of equal jobs are one
        stamp = stamp_of(self._book, self._as_of, charges)
        tags = {tag for job, _ in self._items if job.tags for tag in job.tags.items()}
        again = repeated_requests((charge, 1, job.takes) for job, charge in self._repeats)
        about_all = [*again, *remarks(stamp, self._as_of, charges)]
        about_all += rate_problems(campaigns, self._book, self._as_of)
        problems = [*file_problems, *near_tags(tags), *self._problems, *about_all]
        if self._strict:
            problems = [found.as_error() for found in problems]
        made = (self._items, problems, self._left_out, self._as_of, stamp, tuple(campaigns), self._book)
        return Estimate(*made, self._unpriced_tasks, sheets=tuple(sheets))


def repeated_requests(shared: Iterable[Shared]) -> list[Problem]:
    """The one warning about requests that repeat an earlier one, with the money at stake.

    >>> repeated_requests([])
    []
    """
    repeats = list(shared)
    if not repeats:
        return []
    count = sum(jobs for _, jobs, _ in repeats)
    costs = [f"{bounded_text(total)} {total.currency}" for total in totals_of(repeats)]
    return [problem("repeated_request.bodies", count=f"{count:,}", cost=Listed(costs))]


def estimate(
    jobs: Any,
    book: PriceBook | None = None,
    *,
    as_of: date | str | None = None,
    strict: bool = False,
    group: str | None = None,
) -> Estimate:
    """Price jobs.

    Args:
        jobs: what `read_jobs` gives, or anything that it takes: a path, a frame of pandas, Polars, PyArrow
            or DuckDB, a list of request bodies.
        book: the price book; the one that comes with the library if left out.
        as_of: the day whose rates count for jobs without a date, and whose exchange rates count for all;
            without it the latest, with a warning where that begins after the version of the book. A time with a
            zone is its day in UTC.
        strict: warnings count as errors.
        group: the group of customers whose prices count, as a seller's `terms` in the book list it.

    Returns:
        The estimate. A job with any error has no line item and is in no total.

    Raises:
        ReadError, UsageError: as `read_jobs`; or no seller in the book has the group.
        PriceBookError: as `load_prices`.

    >>> from datetime import date
    >>> body = {"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 10, "quality": "1080p"}
    >>> estimate([body], as_of=date(2026, 11, 20)).line_items[0].cost
    Amount('71.982', 'EVOLINK_CREDIT')
    """
    from kling_cost.jobs.read_jobs import JobStream, read_jobs

    known = book_for_group(book_given(book) or load_prices(), text(group, "group"))
    read: Jobs | JobStream = jobs if isinstance(jobs, (Jobs, JobStream)) else read_jobs(jobs, book=known)
    known.check_options(read.options)
    estimator = Estimator(known, day(as_of, "as_of"), flag(strict, "strict"))
    for job in read:
        estimator.add(job)
    return estimator.result(read.file_problems, read.campaigns, read.sheets)
