"""The additional price books that come with the library; they are used only by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from kling_cost.pricebook.book import PriceBook
from kling_cost.pricebook.load import load_prices
from kling_cost.pricebook.places import book_names


@cache
def shipped_books() -> Mapping[str, PriceBook]:
    """Every such book by its name; read on first use.

    >>> shipped_books()["evolink-2026-10-10"].version
    'evolink-2026-10-10'
    """
    return MappingProxyType({name: load_prices(name) for name in book_names()})
