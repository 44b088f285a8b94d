"""The further price books that come along: what the chosen one does not sell, one of them may."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kling_cost.pricebook.book import PriceBook
from kling_cost.pricebook.load import load_prices
from kling_cost.problems import KlingCostError

_FOLDER = "examples/books"


def book_that_sells(model: str, option: str = "", value: str = "") -> str | None:
    """The further book that sells a model, with a value of an option where one is named; None where none does.

    >>> book_that_sells("kling-o3-text-to-video")
    'examples/books/evolink-2026-10-10.yaml'
    >>> book_that_sells("kling-v3-text-to-video", "quality", "8k")
    """
    for name, book in _others().items():
        for _, sku in book.sellers(model, None):
            if not option or any(value in rate.options.get(option, ()) for rate in sku.rates):
                return name
    return None


@cache
def _others() -> dict[str, PriceBook]:
    """The further books by the path that names them; read only where something is not sold."""
    package = Path(__file__).resolve().parent.parent
    inside, beside = package / "books", package.parent / _FOLDER
    folder, prefix = (inside, str(inside)) if inside.is_dir() else (beside, _FOLDER)
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            found[f"{prefix}/{path.name}"] = load_prices(path)
        except KlingCostError:  # edited by somebody; it is only a hint
            continue
    return found
