"""The records of what has to be bought for a plan."""

from __future__ import annotations

from dataclasses import replace

from kling_cost.results.fields import Field, Record
from kling_cost.results.value_types import COUNT, CURRENCY, DAY, FLAG, ID, MONEY, TEXT, choice, several, whole

#: How many of a pack are bought.
PACK_COUNT = Record(
    "pack_count",
    [
        Field("credits", MONEY, "that one holds", "pack.credits"),
        Field("count", whole(1), "how many are bought", "number"),
        Field("name", TEXT, "what the seller calls it", "pack.name", null=True),
        Field("price", MONEY, "of one", "pack.price.value"),
    ],
)
#: What has to be bought of a seller.
LANDED = Record(
    "landed",
    [
        Field("need", MONEY, "what the takes cost in the seller's currency"),
        Field("balance", MONEY, "what is there already"),
        Field("packs", several(PACK_COUNT), "the cheapest that hold what is missing"),
        Field("at_rate", FLAG, "whether no packs are known, so that the exchange rate was used"),
        Field("bought", MONEY, "credits that are bought"),
        Field("left_over", MONEY, "credits that are left after all takes"),
        Field("price", MONEY, "of what is bought, in `currency`"),
        Field("fee", MONEY, "what is paid beside it"),
        Field("paid", MONEY, "both, and at least the minimum top-up"),
        Field("currency", CURRENCY, "of price, fee, top-up and what is paid"),
        Field("usd", MONEY, "what is paid in dollars", null=True),
        Field("minimum_top_up", MONEY, "the least that can be paid in", null=True),
        Field("tax", choice("excluded", "included"), "whether prices have tax in them", null=True),
        Field("tax_rate", MONEY, "the tax, as a share of the price without it", null=True),
        Field("valid_days", COUNT, "after how many days the first of what is bought is lost", null=True),
        Field("valid_until", DAY, "the day on which that is, if it is bought on `as_of`", null=True),
        Field("refundable", FLAG, "whether what is left is given back", null=True),
        Field("used", MONEY, "the share of all credits that the takes use", null=True),
        Field("per_credit", MONEY, "what a credit that is bought and used costs", null=True),
    ],
)
#: What has to be bought for a plan of one seller.
PURCHASE = Record(
    "purchase",
    [
        Field("provider", ID, "the seller's id"),
        Field("unit", CURRENCY, "what is bought"),
        *(replace(field, get=f"landed.{field.name}") for field in LANDED.fields),
    ],
)
