"""The records of what the same videos cost at other sellers."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

from kling_cost.results.fields import Field, Record, exit_field, head
from kling_cost.results.plans.purchase_types import LANDED
from kling_cost.results.record_types import BEFORE, LINE_ITEM, PROBLEMS
from kling_cost.results.value_types import (
    COST,
    COUNT,
    CURRENCY,
    FLAG,
    ID,
    MONEY,
    SIGNED,
    TEXT,
    choice,
    one,
    several,
    texts,
    whole,
)

_REASON = choice(
    "not_offered",
    "no_rate",
    "quality_unsupported",
    "sound_unsupported",
    "option_unsupported",
    "duration_unsupported",
    "needs_feature",
    "request_rule",
    "no_exchange_rate",
)
_CERTAINTY = choice("exact", "at_least", "at_most", "range")
#: What a seller asks for a job.
OFFER = Record(
    "offer",
    [
        Field("provider", ID, "the seller"),
        Field("model", ID, "what makes it there; null where nothing does", null=True),
        Field("comparable", FLAG, "whether it is the same video at a price in one money with the others"),
        Field("reason", _REASON, "why it is not comparable", null=True),
        Field("certainty", _CERTAINTY, "how certain the cost is; null without a price", null=True),
        Field("cost", COST, "of all takes, the most that it may be; null where it is not known", null=True),
        Field("cost_least", COST, "of all takes, the least", null=True),
        Field("currency", CURRENCY, "of the costs; null without a price", null=True),
        Field("usd", MONEY, "the cost in dollars; null without an exchange rate", null=True),
        Field("difference_usd", SIGNED, "how much more than planned, in dollars", null=True),
        Field("suspicious", FLAG, "whether the published price is probably a mistake"),
    ],
)


def _of_item(name: str) -> Field:
    """A field of a line item, of the job that is compared."""
    field = LINE_ITEM[name]
    return Field(name, field.type, field.about, attrgetter(f"item.{field.source}"), null=field.null)


#: A job with what each seller asks.
COMPARED_JOB = Record(
    "compared_job",
    [
        *map(_of_item, ("job_id", "source", "row", "provider", "model", "options", "takes")),
        Field("product", TEXT, "what it is compared as; null where nobody else makes the same", null=True),
        Field("offers", several(OFFER), "what each seller asks, by its id"),
    ],
)
_FLAG_CELL = replace(FLAG, to_cell=lambda value: "true" if value else "false")


def _of_offer(field: Field) -> Field:
    """A field of an offer, as a column."""
    return replace(field, get=f"offer.{field.name}", type=_FLAG_CELL if field.type is FLAG else field.type)


#: A job with what one seller asks, as a row for programs.
COMPARE_ROW = Record(
    "compare_row",
    [*map(_of_item, ("job_id", "source", "row", "takes")), *map(_of_offer, OFFER.fields)],
)
#: Jobs that are not comparable at a seller.
REASON_COUNT = Record("reason_count", [Field("reason", _REASON, "why"), Field("jobs", COUNT, "how many")])
#: What a seller comes to.
COMPARED_SELLER = Record(
    "compared_seller",
    [
        Field("provider", ID, "its id"),
        Field("name", TEXT, "its name for people"),
        Field("currency", CURRENCY, "of its prices"),
        Field("jobs", COUNT, "how many jobs it can make at a comparable price"),
        Field("cost", MONEY, "of these, and of those that only lack an exchange rate, at most", null=True),
        Field("certainty", _CERTAINTY, "how certain that is"),
        Field("usd", MONEY, "the cost of the comparable jobs in dollars; null where it is not known", null=True),
        Field("common_usd", MONEY, "of the jobs that all sellers can make; null without any", null=True),
        Field("suspicious", COUNT, "how many of these jobs at a price that is probably a mistake"),
        Field("reasons", several(REASON_COUNT), "why others are not comparable"),
        Field("landed", one(LANDED), "what has to be bought for `cost`; null where it is not known", null=True),
    ],
)
#: A job in the cheapest mix.
MIX_JOB = Record(
    "mix_job",
    [
        *map(_of_item, ("job_id", "source", "row")),
        *(replace(OFFER[name], get=f"at.{name}") for name in ("provider", "model", "cost", "currency", "usd")),
        Field("saves_usd", SIGNED, "how much less than planned; null where that is not known in dollars", null=True),
        Field("firm", FLAG, "whether the price is exact and not doubted; else it is only as planned", "is_firm"),
    ],
)
#: A seller of the cheapest mix.
MIX_SELLER = Record(
    "mix_seller",
    [
        Field("provider", ID, "its id"),
        Field("jobs", COUNT, "how many jobs it makes"),
        Field("usd", MONEY, "what they cost in dollars"),
    ],
)
#: Each job at its cheapest seller.
MIX = Record(
    "mix",
    [
        Field("max_sellers", whole(1), "how many sellers it may need; null for any number", null=True),
        Field("sellers", several(MIX_SELLER), "whom it needs, by id"),
        Field("jobs", several(MIX_JOB), "in the order of the estimate"),
        Field("usd", MONEY, "what they cost in dollars; null without a job", null=True),
        Field("saves_usd", SIGNED, "how much less than planned, of jobs planned at a known price", null=True),
        Field("unknown_savings", COUNT, "how many of them are planned at no price in dollars"),
        Field("stays", COUNT, "how many of them are submitted or locked, so that nobody else can make them"),
        Field("left_out", COUNT, "how many jobs nobody makes at a price that may be taken"),
    ],
)
#: The jobs over which sellers are compared.
COMMON = Record(
    "common",
    [
        Field("jobs", COUNT, "how many all sellers can make"),
        Field("takes", COUNT, "of all of them"),
        Field("sellers", texts(ID.schema), "who can make them: those with an exchange rate and any comparable job"),
    ],
)
#: What the same videos cost at other sellers.
COMPARE = Record(
    "compare",
    [
        *head("compare"),
        *BEFORE,
        exit_field(0, 4, 5),
        Field("jobs", several(COMPARED_JOB), "in the order of the estimate"),
        Field("sellers", several(COMPARED_SELLER), "what each comes to, by its id"),
        Field("common", one(COMMON), "the jobs over which they can be compared"),
        Field("cheapest_mix", one(MIX), "each job at its cheapest seller"),
        PROBLEMS,
    ],
    about="for each job and seller the same seconds, quality, sound, options and material, all written out",
)
