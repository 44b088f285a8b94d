"""Find another shipped price book that sells what the chosen one does not."""

from __future__ import annotations

from kling_cost.pricebook.shipped_books import shipped_books


def book_that_sells(model: str, option: str = "", value: str = "") -> str | None:
    """The name of a shipped book that sells a model, with a value of an option where one is named; None for none.

    >>> book_that_sells("kling-o3-text-to-video")
    'evolink-2026-10-10'
    >>> book_that_sells("kling-v3-text-to-video", "quality", "8k")
    """
    for name, book in shipped_books().items():
        for _, sku in book.sellers(model, None):
            if not option or any(value in rate.options.get(option, ()) for rate in sku.rates):
                return name
    return None
