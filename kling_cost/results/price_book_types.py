"""The records of results about price books themselves: which there are, and how one differs from another."""

from __future__ import annotations

from kling_cost.results.fields import Field, Record
from kling_cost.results.value_types import COUNT, CURRENCY, DAY, FLAG, HASH, ID, MONEY, SIGNED, TAGS, choice

#: A price book that is known by name.
KNOWN_BOOK = Record(
    "known_book",
    [
        Field("name", ID, "by which it is chosen"),
        Field("is_default", FLAG, "whether it is used where none is named"),
        Field("version", ID, "of the book"),
        Field("sha256", HASH, "of the book"),
        Field("providers", COUNT, "how many sell"),
        Field("skus", COUNT, "how many units of sale they sell"),
        Field("first_day", DAY, "first day of its earliest rate"),
        Field("last_day", DAY, "first day of its latest rate"),
        Field("oldest_checked", DAY, "when the rate that was checked first was checked"),
        Field("newest_checked", DAY, "when the rate that was checked last was checked"),
    ],
)
#: A unit price that is another one in the new book.
PRICE_MOVE = Record(
    "price_move",
    [
        Field("provider", ID, "the seller's id"),
        Field("sku", ID, "what the books call it"),
        Field("options", TAGS, "the combination"),
        Field("from", DAY, "first day of the new price", "effective_from"),
        Field("old", MONEY, "unit price; null where the old book does not sell the combination", null=True),
        Field("new", MONEY, "unit price; null where the new book does not sell it", null=True),
        Field(
            "percent",
            SIGNED,
            "how far it rose, negative where it fell; null where there is no old price, or it is 0",
            null=True,
        ),
    ],
)
_SKU = (Field("provider", ID, "the seller's id"), Field("sku", ID, "what the book calls it"))
#: A SKU that only the new book sells.
ADDED_SKU = Record("added_sku", _SKU)
#: A SKU that only the old book sells.
ENDED_SKU = Record("ended_sku", [*_SKU, Field("last_day", DAY, "last day on which it is sold", null=True)])
#: What tasks of one combination were charged.
OBSERVED_PRICE = Record(
    "observed_price",
    [
        Field("provider", ID, "the seller's id"),
        Field("sku", ID, "what the price book calls it"),
        Field("model", ID, "by which it was asked for"),
        Field("options", TAGS, "the combination"),
        Field("currency", CURRENCY, "of the prices"),
        Field("unit", choice("second", "call"), "what a price is for"),
        Field("from", DAY, "first day of the rate with which the tasks were held", "effective_from"),
        Field("listed", MONEY, "unit price of that rate"),
        Field("tasks", COUNT, "how many were charged"),
        Field("median", MONEY, "unit price in the middle; of an even number the lower one of the two"),
        Field("least", MONEY, "lowest unit price"),
        Field("most", MONEY, "highest unit price"),
        Field("last_day", DAY, "when the newest of them was created; null where no answer says it", null=True),
    ],
)
_OBSERVED = (
    Field("options", TAGS, "the combination"),
    Field("listed", MONEY, "unit price in the book; null where it does not sell the combination", null=True),
    Field("observed", MONEY, "unit price that was charged, the median"),
    Field("percent", SIGNED, "how far that is above the listed price, negative where it is below", null=True),
    Field("tasks", COUNT, "how many were charged"),
    Field("least", MONEY, "lowest unit price"),
    Field("most", MONEY, "highest unit price"),
    Field("last_day", DAY, "when the newest of them was created", null=True),
)
#: A price that was charged and is not the one in the book.
OBSERVED_MOVE = Record("observed_move", [*_SKU, *_OBSERVED])
