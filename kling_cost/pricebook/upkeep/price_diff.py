"""What has changed between two price books: prices that moved, SKUs that were added or are no longer sold."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape
from itertools import product
from math import prod
from typing import Any, NamedTuple

from kling_cost.amounts import EXACT, divide_half_up, many
from kling_cost.frozen import Frozen
from kling_cost.pricebook.book import PRICED_OPTIONS, PriceBook, Provider, Rate, Sku
from kling_cost.pricebook.catalogue import price_finder
from kling_cost.pricebook.load import load_over, load_prices
from kling_cost.pricebook.terms.extras import NOT_ASKED_FOR
from kling_cost.problems import EXIT_OK, EXIT_OVER, EXIT_UNPRICED, UsageError
from kling_cost.python_values import told
from kling_cost.results.documents.price_documents import PRICE_DIFF
from kling_cost.results.html_rows import html_rows
from kling_cost.results.price_book_types import PRICE_MOVE

Book = PriceBook | str | os.PathLike[str] | None
Combination = tuple[tuple[str, str], ...]
Pair = tuple[Decimal | None, Decimal | None]
Key = tuple[str, str]
Skus = Mapping[Key, tuple[Provider, Sku]]
_HUNDRED = Decimal(100)
_MOST_PAIRS = 1_000_000  # combinations of two rates; a book of the largest size has fewer
_PERCENT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?%", re.ASCII)


class PriceMove(NamedTuple):
    """A unit price that is another one in the new book.

    Attributes:
        provider, sku: who sells what, by their ids.
        options: the combination.
        effective_from: first day of the new price.
        old, new: the price of one unit on that day; None where that book does not sell the combination.
        currency: of both.
    """

    provider: str
    sku: str
    options: Mapping[str, str]
    effective_from: date
    old: Decimal | None
    new: Decimal | None
    currency: str

    @property
    def percent(self) -> Decimal | None:
        """How far it moved, positive where it rose, to 12 decimals; None where there is no old price, or it is 0."""
        if self.old is None or self.new is None or not self.old:
            return None
        return divide_half_up(EXACT.multiply(EXACT.subtract(self.new, self.old), _HUNDRED), self.old)

    def rises_above(self, percent: Decimal) -> bool:
        """Whether it rose by more than a percentage; from 0, every rise does."""
        if self.old is None or self.new is None:
            return False
        rise = EXACT.multiply(EXACT.subtract(self.new, self.old), _HUNDRED)
        return rise > EXACT.multiply(self.old, percent)


class ExchangeMove(NamedTuple):
    """An exchange rate that is another one in the new book, so that dollars change though no price does.

    Attributes:
        currency: whose.
        effective_from: first day on which it differs.
        old, new: units for one dollar.
    """

    currency: str
    effective_from: date
    old: Decimal
    new: Decimal


class SoldSku(NamedTuple):
    """A SKU that only one of the books sells, or sells for another unit or currency.

    Attributes:
        provider, sku: by their ids.
        last_day: the last day on which it is sold; None where no book says one.
    """

    provider: str
    sku: str
    last_day: date | None = None


@dataclass(frozen=True, slots=True, repr=False)
class PriceDiff:
    """The result of `diff_prices`: how the prices of one book differ from those of another.

    Attributes:
        versions: of the old and the new book.
        moved: prices that differ, by SKU, day and combination.
        added: SKUs that only the new book sells.
        ended: SKUs that only the old book sells.
        exchange: exchange rates that differ.

    >>> import kling_cost as kc
    >>> found = kc.diff_prices("pricing", "evolink-2026-10-10")
    >>> [(move.sku, str(move.old), str(move.new)) for move in found.moved if move.old and move.new]
    [('kling-3.0-video', '7.1982', '7.2036'), ('kling-custom-element', '1', '0.001')]
    """

    versions: tuple[str, str]
    moved: tuple[PriceMove, ...]
    added: tuple[SoldSku, ...]
    ended: tuple[SoldSku, ...]
    exchange: tuple[ExchangeMove, ...]

    def rises(self, above: str = "0%") -> list[PriceMove]:
        """The prices that rose by more than a percentage.

        Args:
            above: the percentage, such as `"5%"`.

        Raises:
            UsageError: it is not a percentage.

        >>> import kling_cost as kc
        >>> found = kc.diff_prices("pricing", "evolink-2026-10-10")
        >>> len(found.rises()), len(found.rises("0.1%"))
        (1, 0)
        """
        percent = percentage(above)
        return [move for move in self.moved if move.rises_above(percent)]

    @property
    def uncompared(self) -> list[SoldSku]:
        """SKUs of both books that are sold for another currency or unit, so that no percentage tells how they moved."""
        gone = {sold[:2] for sold in self.ended}
        return [sold for sold in self.added if sold[:2] in gone]

    def exit_code(self, fail_above: str | None = None) -> int:
        """3 if a price rose by more than `fail_above` percent, 4 if a SKU cannot be compared with it, else 0.

        Raises:
            UsageError: `fail_above` is not a percentage.
        """
        if fail_above is None:
            return EXIT_OK
        rises = self.rises(fail_above)
        if self.uncompared:
            return EXIT_UNPRICED
        return EXIT_OVER if rises else EXIT_OK

    def to_json(self) -> dict[str, Any]:
        """The result as JSON of the kind `price_diff` holds it: amounts are decimal text."""
        return PRICE_DIFF.json(self)

    def __repr__(self) -> str:
        return f"<PriceDiff: {self._told()}>"

    def _told(self) -> str:
        old, new = self.versions
        moved, added = many(len(self.moved), "price"), many(len(self.added), "SKU")
        return f"{old} to {new}, {moved} moved, {added} added, {len(self.ended):,} ended"

    def _repr_html_(self) -> str:
        names = [field.name for field in PRICE_MOVE.fields]
        rows = [list(PRICE_MOVE.json(move).values()) for move in self.moved]
        return f"<p>{escape(self._told())}</p>{html_rows(names, rows) if rows else ''}"


def diff_prices(old: Book, new: Book) -> PriceDiff:
    """Compare two price books: which prices moved, which SKUs were added, which are no longer sold.

    Prices are compared by provider, SKU and combination of options, for every day from which both books know a SKU.

    Args:
        old: a price book, a file, or the name of a book that comes with the library; None is the default.
        new: the same; a file may be an overlay, which is laid over the old one.

    Returns:
        What differs. Two books with the same prices have an empty result, whatever else differs.

    Raises:
        ReadError, PriceBookError, UsageError: as `load_prices`.

    >>> {(move.options["input"], move.old) for move in diff_prices("pricing", "market-2026-11").moved}
    {('video', None)}
    """
    before = book_named(old, "old")
    after = load_over(new, old) if isinstance(new, (str, os.PathLike)) else book_named(new, "new")
    theirs, ours = _skus(before), _skus(after)
    both = [key for key in theirs if key in ours and _is_comparable(theirs[key], ours[key])]
    return PriceDiff(
        (before.version, after.version),
        tuple(move for key in both for move in _moves(*theirs[key], ours[key][1])),
        tuple(SoldSku(*key) for key in ours if key not in both),
        tuple(_ended(theirs, ours, both)),
        tuple(_exchange_moves(before, after)),
    )


def _ended(theirs: Skus, ours: Skus, both: Sequence[Key]) -> Iterator[SoldSku]:
    """The SKUs that the new book does not sell, or to which it gives another last day."""
    for key, (_, sku) in theirs.items():
        if key not in both:
            yield SoldSku(*key, sku.last_day)
        elif ours[key][1].last_day not in (None, sku.last_day):
            yield SoldSku(*key, ours[key][1].last_day)


def percentage(text: str) -> Decimal:
    """A percentage as people write it.

    Raises:
        UsageError: it is anything else; a bare 0.05 might be meant as 5%.

    >>> percentage("5%"), percentage("0.5 %")
    (Decimal('5'), Decimal('0.5'))
    """
    found = _PERCENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise UsageError(f"{told(text)} is not a percentage; write it like 5%")
    return Decimal(found[1])


def book_named(value: Book, name: str) -> PriceBook:
    """A price book from itself, its file or its name; None is the default.

    Raises:
        ReadError, PriceBookError, UsageError: as `load_prices`; it is anything else.
    """
    if isinstance(value, PriceBook):
        return value
    if value is None or isinstance(value, (str, os.PathLike)):
        return load_prices(value)
    raise UsageError(f"{name} must be a price book, a file or the name of a book, not {told(value)}")


def _skus(book: PriceBook) -> Skus:
    return {(provider.id, sku.id): (provider, sku) for provider, sku in book.skus()}


def _is_comparable(old: tuple[Provider, Sku], new: tuple[Provider, Sku]) -> bool:
    """Whether prices of both are of the same unit in the same currency."""
    return (old[0].currency, old[1].unit) == (new[0].currency, new[1].unit)


def _days(old: list[date], new: list[date]) -> list[date]:
    """The days on which something may change, from the first on which both books know it."""
    start = max(min(old), min(new))
    return sorted({start, *(day for day in (*old, *new) if day > start)})


def _moves(provider: Provider, old: Sku, new: Sku) -> Iterator[PriceMove]:
    """The differences, each once: it is told on its first day, and lasts until another is told or there is none."""
    known: dict[Combination, Pair] = {}
    days = _days(*([day for rate in sku.rates for day in rate.days] for sku in (old, new)))
    for day in (day for day in days if new.last_day is None or day <= new.last_day):  # its end is told apart
        differing = {options: pair for options, pair in _pairs(old.rate(day), new.rate(day)) if pair[0] != pair[1]}
        for options, pair in differing.items():
            if known.get(options) != pair:
                yield PriceMove(provider.id, old.id, Frozen(options), day, *pair, provider.currency)
        known = differing


def _pairs(old: Rate | None, new: Rate | None) -> Iterator[tuple[Combination, Pair]]:
    """Both prices of every combination that one of two rates sells."""
    rates = [rate for rate in (old, new) if rate is not None]
    names = dict.fromkeys(name for rate in rates for name in (*rate.by, *_other_ranges(*rates)))
    values = [dict.fromkeys(value for rate in rates for value in rate.options.get(name, ())) for name in names]
    if prod(map(len, values)) > _MOST_PAIRS:
        raise UsageError(f"more than {_MOST_PAIRS:,} combinations of {', '.join(names)} to compare")
    of_old, of_new = (_never if rate is None else _finder(rate, rates) for rate in (old, new))
    for combination in product(*values):
        options = dict(zip(names, combination, strict=True))
        pair = of_old(options), of_new(options)
        if pair != (None, None):
            yield tuple(sorted(options.items())), pair


def _finder(rate: Rate, rates: Sequence[Rate]) -> Callable[[Mapping[str, str]], Decimal | None]:
    """Finds prices of a rate; what only another rate can be asked for, it does not sell."""
    find = price_finder(rate)
    asked = {
        (name, value)
        for other in rates
        for name in other.options
        if name not in rate.options and set(NOT_ASKED_FOR) & set(other.options[name])
        for value in other.options[name]
        if value not in NOT_ASKED_FOR and name not in PRICED_OPTIONS
    }
    return lambda options: None if asked and not asked.isdisjoint(options.items()) else find(options)


def _never(_: Mapping[str, str]) -> None:
    """The price of whatever is not sold."""


def _other_ranges(one: Rate, *others: Rate) -> list[str]:
    """Options of which two rates sell different values, whether prices depend on them or not."""
    return [
        name
        for other in others
        for name in one.options
        if other.options.get(name, one.options[name]) != one.options[name]
    ]


def _exchanged(old: PriceBook, new: PriceBook, currency: str, day: date) -> tuple[Decimal, Decimal] | None:
    """What a dollar buys on a day by both books, where both know it."""
    before, after = old.exchange_rate(currency, day), new.exchange_rate(currency, day)
    return None if before is None or after is None else (before.per_usd, after.per_usd)


def _exchange_moves(old: PriceBook, new: PriceBook) -> Iterator[ExchangeMove]:
    for currency in (code for code in old.exchange if code in new.exchange):
        known: tuple[Decimal, Decimal] | None = None
        for day in _days(*([rate.effective_from for rate in book.exchange[currency]] for book in (old, new))):
            pair = _exchanged(old, new, currency, day)
            if pair is not None and pair[0] != pair[1] and pair != known:
                yield ExchangeMove(currency, day, *pair)
            known = pair
