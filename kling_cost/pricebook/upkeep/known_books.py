"""The price books that come with the library, each with what it holds and how old it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from kling_cost.pricebook.book import PriceBook
from kling_cost.pricebook.load import load_prices
from kling_cost.pricebook.places import DEFAULT
from kling_cost.pricebook.shipped_books import shipped_books


class KnownBook(NamedTuple):
    """A price book that is known by name.

    Attributes:
        name: by which `--prices` and `load_prices` find it.
        is_default: whether it is used where no book is named.
        version, sha256: of the book.
        providers, skus: how many sell how many units of sale.
        first_day, last_day: the first days of its earliest and of its latest rate.
        oldest_checked, newest_checked: when its rates were compared with their sources, at the earliest and the latest.
    """

    name: str
    is_default: bool
    version: str
    sha256: str
    providers: int
    skus: int
    first_day: date
    last_day: date
    oldest_checked: date
    newest_checked: date


def known_books() -> Iterator[KnownBook]:
    """Every book that comes with the library, the default first.

    >>> [book.name for book in known_books()]
    ['pricing', 'evolink-2026-10-10', 'market-2026-11']
    """
    yield _known(DEFAULT, load_prices())
    for name, book in shipped_books().items():
        yield _known(name, book)


def _known(name: str, book: PriceBook) -> KnownBook:
    rates = [rate for _, sku in book.skus() for rate in sku.rates]
    days, checked = [rate.effective_from for rate in rates], [rate.checked for rate in rates]
    return KnownBook(
        name,
        name == DEFAULT,
        book.version,
        book.sha256,
        len(book.providers),
        len(list(book.skus())),
        min(days),
        max(days),
        min(checked),
        max(checked),
    )
