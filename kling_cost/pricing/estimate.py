"""Estimates: every line item, exact totals and breakdowns, and every problem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from kling_cost.amounts import EXACT, divide_half_up, plain_text
from kling_cost.jobs.job import Campaign, Job, Jobs
from kling_cost.pricebook.book import ExchangeRate, PriceBook
from kling_cost.pricebook.load import load_prices
from kling_cost.pricing.judge import pricer
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.problems import Problem, exit_code_of, problem

if TYPE_CHECKING:
    import pandas as pd

OLD_AFTER_DAYS = 60
_NOTEBOOK_ROWS = 20
#: Breakdowns that every estimate has; `tag:NAME` for each tag comes beside them.
BREAKDOWNS = ("provider", "model", "quality", "sound", "quality,sound")


class Total(NamedTuple):
    """A sum over line items of one currency.

    Attributes:
        key: the value that they share in a breakdown; None where they lack it, and in the totals.
        currency: their currency.
        jobs, takes: how many.
        cost: exact, in the currency.
        usd: `cost` in dollars, rounded half up to 12 decimals; None where the rate of exchange is not known.
    """

    key: str | None
    currency: str
    jobs: int
    takes: int
    cost: Decimal
    usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which prices an estimate was made with.

    Attributes:
        version, sha256: of the price book.
        oldest_checked: when the oldest of the rates used was last checked; None where none was used.
        exchange: the rates of exchange that were used, by currency.
        without_exchange: currencies that occur and have no rate of exchange.
    """

    version: str
    sha256: str
    oldest_checked: date | None
    exchange: Mapping[str, ExchangeRate]
    without_exchange: tuple[str, ...] = ()


@dataclass(frozen=True)
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

    @property
    def partial(self) -> bool:
        """Whether any job is left out."""
        return self.left_out > 0

    @property
    def exit_code(self) -> int:
        """0; 5 where a job is invalid; 4 where jobs only lack a price."""
        return exit_code_of(self.problems)

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

    @cached_property
    def totals(self) -> list[Total]:
        """One exact total for each currency, by currency code."""
        return [total._replace(key=None) for total in self._sums(lambda charge: "")]

    @cached_property
    def breakdowns(self) -> dict[str, list[Total]]:
        """The totals by provider, model, quality, sound, both, and each tag; every one adds up to the totals.

        Lines without such a value share the key None.
        """
        found = {
            "provider": self._sums(lambda c: c.provider),
            "model": self._sums(lambda c: c.model),
            "quality": self._sums(lambda c: c.options.get("quality")),
            "sound": self._sums(lambda c: c.options.get("sound")),
            "quality,sound": self._sums(_quality_and_sound),
        }
        tags = sorted({name for item in self.line_items for name in item.job.tags})
        return found | {f"tag:{name}": self._by_tag(name) for name in tags}

    def to_frame(self) -> pd.DataFrame:
        """The line items as a pandas DataFrame; amounts are exact Arrow decimals.

        >>> import kling_cost as kc
        >>> frame = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}]).to_frame()
        >>> frame.loc[0, "cost"]
        Decimal('27.000000')
        """
        from kling_cost.pricing.frames.line_items import line_item_frame

        return line_item_frame(self)

    @cached_property
    def by_charge(self) -> list[tuple[Charge, int, int]]:
        """Every charge that occurs, with how many jobs and takes share it; in order of first use."""
        return _by_charge(self.line_items)

    def _sums(self, key_of: Any) -> list[Total]:
        return _totals((key_of(charge), charge, jobs, takes) for charge, jobs, takes in self.by_charge)

    def _by_tag(self, name: str) -> list[Total]:
        return _totals((item.job.tags.get(name), item.charge, 1, item.job.takes) for item in self.line_items)

    def _repr_html_(self) -> str:
        sums = ", ".join(f"{plain_text(total.cost)} {total.currency}" for total in self.totals) or "nothing"
        left_out = f"; {self.left_out:,} job{'s' * (self.left_out != 1)} left out" if self.partial else ""
        return f"<p>{sums}{left_out}</p>{self.to_frame().to_html(max_rows=_NOTEBOOK_ROWS, escape=True)}"


def _by_charge(items: Iterable[LineItem]) -> list[tuple[Charge, int, int]]:
    found: dict[int, list[Any]] = {}
    for job, charge in items:
        entry = found.get(id(charge))
        if entry is None:
            found[id(charge)] = [charge, 1, job.takes]
        else:
            entry[1] += 1
            entry[2] += job.takes
    return [(charge, jobs, takes) for charge, jobs, takes in found.values()]


def _quality_and_sound(charge: Charge) -> str | None:
    quality, sound = charge.options.get("quality"), charge.options.get("sound")
    return f"{quality},{sound}" if quality and sound else None


def _totals(parts: Iterable[tuple[str | None, Charge, int, int]]) -> list[Total]:
    """Exact sums by key and currency, sorted; the key None comes last."""
    sums: dict[tuple[str | None, str], list[Any]] = {}
    for key, charge, jobs, takes in parts:
        entry = sums.setdefault((key, charge.currency), [0, 0, Decimal(0), charge.per_usd])
        entry[0] += jobs
        entry[1] += takes
        entry[2] = EXACT.add(entry[2], EXACT.multiply(charge.cost, Decimal(takes)))
    return [
        Total(key, currency, jobs, takes, cost, None if per_usd is None else divide_half_up(cost, per_usd))
        for (key, currency), (jobs, takes, cost, per_usd) in sorted(
            sums.items(), key=lambda entry: (entry[0][0] is None, entry[0][0] or "", entry[0][1])
        )
    ]


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

    def add(self, job: Job) -> None:
        """Price one job."""
        clean = self._pricer.clean_item(job)
        if clean is not None:
            self._items.append(clean)
            return
        item, problems = self._pricer.line_item(job)
        self._problems += problems
        if item is None or (self._strict and any(p.severity == "warning" for p in problems)):
            self._left_out += 1
            self._unpriced_tasks.update(dict.fromkeys(job.task_ids, job.job_id or ""))
        else:
            self._items.append(item)

    def result(self, file_problems: Iterable[Problem] = (), campaigns: Sequence[Campaign] = ()) -> Estimate:
        """The estimate of all jobs so far, with the problems of their files."""
        stamp = self._stamp([charge for charge, _, _ in _by_charge(self._items)])
        problems = [*file_problems, *self._problems, *self._of_the_whole(stamp)]
        if self._strict:
            problems = [found.as_error() for found in problems]
        made = (self._items, problems, self._left_out, self._as_of, stamp, tuple(campaigns), self._book)
        return Estimate(*made, self._unpriced_tasks)

    def _stamp(self, charges: Sequence[Charge]) -> Stamp:
        known = {c: self._book.exchange_rate(c, self._as_of) for c in _currencies(charges) if c != "USD"}
        exchange = {currency: rate for currency, rate in known.items() if rate is not None}
        days = [charge.rate.checked for charge in charges if charge.rate is not None]
        days += [rate.checked for rate in exchange.values() if rate.checked is not None]
        unknown = tuple(currency for currency, rate in known.items() if rate is None)
        return Stamp(self._book.version, self._book.sha256, min(days, default=None), exchange, unknown)

    def _of_the_whole(self, stamp: Stamp) -> Iterator[Problem]:
        for currency in stamp.without_exchange:
            yield problem("no_exchange_rate.unknown", "", currency=currency)
        if self._as_of is not None and stamp.oldest_checked is not None:
            days = (self._as_of - stamp.oldest_checked).days
            if days > OLD_AFTER_DAYS:
                yield problem("old_price.checked", "", checked=stamp.oldest_checked, days=days, as_of=self._as_of)


def _currencies(charges: Iterable[Charge]) -> list[str]:
    return sorted({charge.currency for charge in charges})


def estimate(
    jobs: Any,
    book: PriceBook | None = None,
    *,
    as_of: date | None = None,
    strict: bool = False,
) -> Estimate:
    """Price jobs.

    Args:
        jobs: what `read_jobs` gives, or anything that it takes: a path, a DataFrame, a list of request bodies.
        book: the price book; the one that comes with the library if left out.
        as_of: the day whose rates count for jobs without a date, and whose rates of exchange count for all;
            without it the latest.
        strict: warnings count as errors.

    Returns:
        The estimate. A job with any error has no line item and is in no total.

    Raises:
        ReadError, UsageError: as `read_jobs`.
        PriceBookError: as `load_prices`.

    >>> from datetime import date
    >>> body = {"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 10, "quality": "1080p"}
    >>> estimate([body], as_of=date(2026, 11, 20)).line_items[0].cost
    Amount('71.982', 'EVOLINK_CREDIT')
    """
    from kling_cost.jobs.reading import JobStream, read_jobs

    read: Jobs | JobStream = jobs if isinstance(jobs, (Jobs, JobStream)) else read_jobs(jobs)
    estimator = Estimator(book or load_prices(), as_of, strict)
    for job in read:
        estimator.add(job)
    return estimator.result(read.file_problems, read.campaigns)
