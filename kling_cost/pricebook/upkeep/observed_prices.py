"""What sellers really charged, by combination, and where a price book says something else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from kling_cost.amounts import EXACT, divide_half_up, many
from kling_cost.io.json_files import json_document
from kling_cost.io.sources import MEBIBYTE, name_sources
from kling_cost.pricebook.book import PriceBook, Sku
from kling_cost.pricebook.catalogue import price_finder
from kling_cost.pricebook.upkeep.price_diff import book_named, percentage
from kling_cost.problems import EXIT_OK, EXIT_OVER, EXIT_UNPRICED
from kling_cost.python_values import instance
from kling_cost.results.documents.price_documents import OBSERVED_DIFF, OBSERVED_PRICES
from kling_cost.results.stored_forms import stored_result

#: Of fewer tasks nobody can tell a new price from a slip.
ENOUGH_TASKS = 3
_HUNDRED = Decimal(100)
_HALF = Decimal(5).scaleb(-1)
_MOST = 256 * MEBIBYTE


class ObservedPrice(NamedTuple):
    """What the tasks of one combination were charged for one unit.

    Attributes:
        provider, sku: who sells what, by their ids in the price book.
        model: by which it was asked for.
        options: the combination.
        currency: of the prices.
        unit: `second` or `call`.
        effective_from: first day of the rate with which the tasks were held.
        listed: unit price of that rate.
        tasks: how many.
        median: the price in the middle; of an even number the lower one of the two.
        least, most: the lowest and the highest.
        last_day: when the newest task was created; None where no answer says it.
    """

    provider: str
    sku: str
    model: str
    options: Mapping[str, str]
    currency: str
    unit: str
    effective_from: date
    listed: Decimal
    tasks: int
    median: Decimal
    least: Decimal
    most: Decimal
    last_day: date | None


class Stamped(Protocol):
    """What a result says of the price book that it was made with."""

    @property
    def version(self) -> str:
        """Of the book."""

    @property
    def sha256(self) -> str:
        """Of all its layers."""


@dataclass(frozen=True, slots=True, repr=False)
class ObservedPrices:
    """The result of `observe_prices`: what tasks were charged, by combination.

    Attributes:
        price_book: with which the tasks were held; of a stored result, as it was stored.
        observed: one for each combination and rate.
        left_out: how many tasks say nothing of a price: open, failed, refunded, or without an amount.

    >>> import kling_cost as kc
    >>> plan = kc.estimate([{"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}])
    >>> kc.observe_prices(kc.reconcile(plan, kc.read_responses([])))
    <ObservedPrices: 0 combinations of 0 tasks>
    """

    price_book: Stamped
    observed: tuple[ObservedPrice, ...]
    left_out: int

    def to_json(self) -> dict[str, Any]:
        """The result as JSON of the kind `observed_prices` holds it: amounts are decimal text."""
        return OBSERVED_PRICES.json(self)

    def __repr__(self) -> str:
        tasks = sum(one.tasks for one in self.observed)
        return f"<ObservedPrices: {many(len(self.observed), 'combination')} of {many(tasks, 'task')}>"


class ObservedMove(NamedTuple):
    """A price that was charged and is not the one in the book.

    Attributes:
        provider, sku: who sells what.
        options: the combination.
        listed: unit price in the book; None where it does not sell the combination.
        observed: what was charged for one unit, the median.
        tasks, least, most, last_day: as in `ObservedPrice`.
        currency: of the prices.
    """

    provider: str
    sku: str
    options: Mapping[str, str]
    listed: Decimal | None
    observed: Decimal
    tasks: int
    least: Decimal
    most: Decimal
    last_day: date | None
    currency: str

    @property
    def percent(self) -> Decimal | None:
        """How far it is above the listed price, negative where below, to 12 decimals; None where that is 0 or None."""
        if not self.listed:
            return None
        return divide_half_up(EXACT.multiply(EXACT.subtract(self.observed, self.listed), _HUNDRED), self.listed)

    def rises_above(self, percent: Decimal) -> bool:
        """Whether it is above the listed price by more than a percentage; above 0 it always is."""
        if self.listed is None:
            return False
        rise = EXACT.multiply(EXACT.subtract(self.observed, self.listed), _HUNDRED)
        return rise > EXACT.multiply(self.listed, percent)


@dataclass(frozen=True, slots=True, repr=False)
class ObservedDiff:
    """The result of `diff_observed`: where a book differs from what was charged.

    Attributes:
        version: of the book.
        moved: prices that are others than in the book.
        few: the same, of too few tasks to tell.
        unlisted: what the book does not sell, or sells for another unit or currency.
        same: how many combinations were charged as listed.

    >>> nothing = ObservedPrices(None, (), 0)
    >>> diff_observed(nothing, "market-2026-11")
    <ObservedDiff: market-2026-11, 0 moved, 0 few, 0 same>
    """

    version: str
    moved: tuple[ObservedMove, ...]
    few: tuple[ObservedMove, ...]
    unlisted: tuple[ObservedMove, ...]
    same: int

    def exit_code(self, fail_above: str | None = None) -> int:
        """3 if more than `fail_above` percent above the listed price was charged, 4 if something is unlisted, else 0.

        Raises:
            UsageError: `fail_above` is not a percentage.
        """
        if fail_above is None:
            return EXIT_OK
        percent = percentage(fail_above)
        if self.unlisted:
            return EXIT_UNPRICED
        return EXIT_OVER if any(move.rises_above(percent) for move in self.moved) else EXIT_OK

    def to_json(self) -> dict[str, Any]:
        """The result as JSON of the kind `observed_diff` holds it: amounts are decimal text."""
        return OBSERVED_DIFF.json(self)

    def __repr__(self) -> str:
        return f"<ObservedDiff: {self.version}, {len(self.moved):,} moved, {len(self.few):,} few, {self.same:,} same>"


def diff_observed(
    observed: ObservedPrices | str | os.PathLike[str], book: PriceBook | str | os.PathLike[str] | None = None
) -> ObservedDiff:
    """Show where a price book is no longer what sellers charge.

    Each observed price is held against the price that the book has for it on the day of the newest task, at the
    earliest on the first day of the rate with which the tasks were held.

    Args:
        observed: what `observe_prices` gives, or a file that `reconcile --observe` wrote.
        book: the price book, a file, or the name of a book that comes with the library; None is the default.

    Raises:
        ReadError, PriceBookError, UsageError: a file cannot be read, or is none of these.

    >>> options = {"quality": "720p", "sound": "off"}
    >>> what = ("evolink", "kling-3.0-video", "kling-v3-text-to-video", options, "EVOLINK_CREDIT", "second")
    >>> seen = ObservedPrice(*what, date(2026, 2, 1), Decimal("5.4"), 12, Decimal(6), Decimal("5.4"), Decimal(6), None)
    >>> found = diff_observed(ObservedPrices(None, (seen,), 0))
    >>> [(move.sku, str(move.listed), str(move.observed)) for move in found.moved]
    [('kling-3.0-video', '5.40', '6')]
    """
    if isinstance(observed, (str, os.PathLike)):
        observed = read_observed(observed)
    instance(observed, ObservedPrices, "observed", "what observe_prices() gives, or a file")
    known = book_named(book, "book")
    moves = [_move(one, known) for one in observed.observed]
    listed = [move for move in moves if move.listed is not None]
    differing = [move for move in listed if not _is_same(move, known)]
    return ObservedDiff(
        known.version,
        tuple(move for move in differing if move.tasks >= ENOUGH_TASKS),
        tuple(move for move in differing if move.tasks < ENOUGH_TASKS),
        tuple(move for move in moves if move.listed is None),
        len(listed) - len(differing),
    )


def _is_same(move: ObservedMove, book: PriceBook) -> bool:
    """Whether an observed price is the listed one, but for the rounding of single calls."""
    rounded = EXACT.multiply(_HALF, book.currencies[move.currency].quantum)
    return move.listed is not None and abs(EXACT.subtract(move.observed, move.listed)) <= rounded


def _move(one: ObservedPrice, book: PriceBook) -> ObservedMove:
    sku, listed = next(_listed(one, book), (one.sku, None))
    return ObservedMove(
        one.provider,
        sku,
        one.options,
        listed,
        one.median,
        one.tasks,
        one.least,
        one.most,
        one.last_day,
        one.currency,
    )


def _listed(one: ObservedPrice, book: PriceBook) -> Iterator[tuple[str, Decimal | None]]:
    """The SKU that sells a combination, and its price by the book on its day."""
    for provider, sku in book.sellers(one.model, one.provider):
        if (provider.currency, sku.unit) == (one.currency, one.unit):
            yield sku.id, _price(sku, one)


def _price(sku: Sku, one: ObservedPrice) -> Decimal | None:
    rate = sku.rate(max(one.last_day or one.effective_from, one.effective_from))
    if rate is None or not all(name in one.options for name in rate.by):
        return None
    return price_finder(rate)({name: value for name, value in one.options.items() if name in rate.options})


def read_observed(path: str | os.PathLike[str]) -> ObservedPrices:
    """Read what `reconcile --observe` wrote.

    Raises:
        ReadError: it cannot be read, or is something else.
    """
    source = name_sources([path])[0]
    document = json_document(source, source.read(_MOST))
    if not isinstance(document, dict) or document.get("kind") != "observed_prices":
        raise source.error("unreadable.no_observed_prices")
    stored = stored_result(OBSERVED_PRICES, document, source, "unreadable.stored_observed")
    return ObservedPrices(stored.price_book, tuple(map(_stored_price, stored.observed)), stored.left_out)


def _stored_price(stored: Any) -> ObservedPrice:
    values = dict(stored)
    return ObservedPrice(effective_from=values.pop("from"), **values)
