"""Results about prices, as JSON holds them whole: one price, a book, and how books differ."""

from __future__ import annotations

from operator import itemgetter

from kling_cost.results.fields import Field, Record, head
from kling_cost.results.price_book_types import (
    ADDED_SKU,
    ENDED_SKU,
    KNOWN_BOOK,
    OBSERVED_MOVE,
    OBSERVED_PRICE,
    PRICE_MOVE,
)
from kling_cost.results.record_types import BOOK, EXCHANGE, LAYERED_BOOK, LINE_ITEM, PRICE_BOOK, PRICE_ROW, SELLER
from kling_cost.results.terms.book_terms import products_record
from kling_cost.results.value_types import ANYTHING, COUNT, ID, one, several

#: One price: of a pair of book and line item.
PRICE = Record(
    "price",
    [
        *head("price"),
        Field("price_book", one(BOOK), "where it stands", itemgetter(0)),
        Field("line_item", one(LINE_ITEM), "what it is", itemgetter(1)),
    ],
)
#: A whole book: of a pair of book and its rows.
PRICES = Record(
    "prices",
    [
        *head("prices"),
        Field("price_book", one(LAYERED_BOOK), "which it is", itemgetter(0)),
        Field("providers", several(SELLER), "who sells", lambda pair: list(pair[0].providers.values())),
        Field("exchange", several(EXCHANGE), "rates", lambda pair: [r for rs in pair[0].exchange.values() for r in rs]),
        Field("prices", several(PRICE_ROW), "every combination", itemgetter(1)),
        Field("products", ANYTHING, "models that make the same", lambda pair: products_record(pair[0]), optional=True),
    ],
)
#: The books that are known by name.
PRICE_BOOKS = Record(
    "price_books",
    [*head("price_books"), Field("price_books", several(KNOWN_BOOK), "the default first", lambda books: books)],
)
#: How the prices of a book differ from those of another.
PRICE_DIFF = Record(
    "price_diff",
    [
        *head("price_diff"),
        Field("moved", several(PRICE_MOVE), "prices that differ, by SKU, day and combination"),
        Field("added", several(ADDED_SKU), "what only the new book sells"),
        Field("ended", several(ENDED_SKU), "what only the old book sells"),
    ],
)
#: What tasks were charged, by combination.
OBSERVED_PRICES = Record(
    "observed_prices",
    [
        *head("observed_prices"),
        Field("price_book", one(PRICE_BOOK), "with which the tasks were held"),
        Field("observed", several(OBSERVED_PRICE), "one for each combination and rate"),
        Field("left_out", COUNT, "tasks that say nothing of a price: open, failed, refunded, or without an amount"),
    ],
)
#: Where a book differs from what was charged.
OBSERVED_DIFF = Record(
    "observed_diff",
    [
        *head("observed_diff"),
        Field("version", ID, "of the book"),
        Field("moved", several(OBSERVED_MOVE), "prices that are others than in the book"),
        Field("few", several(OBSERVED_MOVE), "the same, of too few tasks to tell"),
        Field("unlisted", several(OBSERVED_MOVE), "what the book does not sell, or sells for another unit or currency"),
        Field("same", COUNT, "how many combinations were charged as listed"),
    ],
)
