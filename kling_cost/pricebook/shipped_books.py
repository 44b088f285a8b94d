"""The further price books that come with the library: never the default, but known by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from kling_cost.pricebook.book import PriceBook
from kling_cost.pricebook.load import load_prices
from kling_cost.pricebook.places import book_names


@cache
def shipped_books() -> Mapping[str, PriceBook]:
    """Every such book by its name; read when somebody asks for the first time.

    >>> shipped_books()["evolink-2026-10-10"].version
    'evolink-2026-10-10'
    """
    return MappingProxyType({name: load_prices(name) for name in book_names()})
