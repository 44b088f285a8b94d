"""The fields that say what comes to a quantity × unit price: extras, a factor and a rounding."""

from __future__ import annotations

from kling_cost.results.fields import Field, Record
from kling_cost.results.value_types import COUNT, ID, MONEY, QUANTITY, TAGS, TEXT, choice, in_json_only, one, several

#: What one call is charged beside its billed quantity.
EXTRA = Record(
    "extra",
    [
        Field("per", ID, "for what: second, call, element …"),
        Field("quantity", QUANTITY, "how many, those that are free left out"),
        Field("unit_price", MONEY, "of each, in the line item's currency"),
        Field("cost", MONEY, "of all, not rounded"),
    ],
)
#: What a rate charges beside its unit price.
RATE_EXTRA = Record(
    "rate_extra",
    [
        Field("per", ID, "for what: second, call, element …"),
        Field("free", COUNT, "how many are not charged"),
        Field("unit_price", MONEY, "of each, in the row's currency"),
        Field("when", TAGS, "options for which it is charged; empty for always"),
    ],
)
#: How the cost of one call is rounded.
ROUNDING = Record(
    "rounding",
    [Field("to", MONEY, "a multiple of this"), Field("mode", choice("half_up", "up", "down"), "which one")],
)
#: What comes to billed quantity × unit price, where anything does.
ADJUSTED = (
    Field("extras", several(EXTRA), "charged beside", "charge.adjustments.extras", optional=True, absent=()),
    Field(
        "counted",
        in_json_only(TAGS),
        "how many of what extras count are asked for, those that are free among them",
        lambda item: dict(item.charge.adjustments.asked) or None,
        null=True,
        optional=True,
        absent=None,
    ),
    Field(
        "factor",
        in_json_only(MONEY),
        "what the sum is multiplied by",
        "charge.adjustments.factor",
        null=True,
        optional=True,
        absent=None,
    ),
    Field(
        "group",
        in_json_only(TEXT),
        "the group of customers whose price it is",
        "charge.adjustments.group",
        null=True,
        optional=True,
        absent=None,
    ),
    Field(
        "rounding",
        one(ROUNDING),
        "how one call is rounded",
        "charge.adjustments.rounding",
        null=True,
        optional=True,
        absent=None,
    ),
)

#: The same of a rate, in a row of the price table.
OF_RATE = (
    Field("extras", several(RATE_EXTRA), "what is charged beside", "rate.extras", optional=True),
    Field("factor", in_json_only(MONEY), "of the group", "rate.factor", null=True, optional=True),
    Field("rounding", one(ROUNDING), "how one call is rounded", "rate.rounding", null=True, optional=True),
)
