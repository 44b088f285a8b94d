"""The records of a plan that was fitted into its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any

from kling_cost.results.fields import Field, Record
from kling_cost.results.record_types import LINE_ITEM
from kling_cost.results.value_types import (
    COST,
    COUNT,
    CURRENCY,
    DAY,
    FLAG,
    ID,
    MONEY,
    SIGNED,
    TEXT,
    choice,
    whole,
)

_CHANGE = choice("seller", "quality", "sound", "duration", "takes", "drop")
_CURRENCY = Field("currency", CURRENCY, "of every amount")
#: A limit, and what the plan needs of it.
PLAN_LIMIT = Record(
    "plan_limit",
    [
        Field("scope", TEXT, "what it holds: the campaign, or one of several"),
        Field("limit", MONEY, "the amount"),
        _CURRENCY,
        Field("before", MONEY, "what was planned; null where it is unknown", null=True),
        Field("after", MONEY, "what is planned now; null where no plan fits", null=True),
        Field("least", MONEY, "the least limit that a plan fits into; null where it is unknown", null=True),
        Field("binding", FLAG, "whether it makes a change necessary"),
        Field("headroom", MONEY, "what is left of it; null where no plan fits", null=True),
        Field("contingency", MONEY, "with a confidence, what is set aside for the plan", optional=True, absent=None),
    ],
)
#: One change of one job.
PLANNED_CHANGE = Record(
    "planned_change",
    [
        Field("job_id", ID, "the job", null=True),
        Field("source", ID, "its file", null=True),
        Field("row", whole(), "its line, sheet row or position", null=True),
        Field("change", _CHANGE, "what changes"),
        Field("field", TEXT, "the field that changes; null where the job is dropped", null=True),
        Field("from", TEXT, "its value before", "before", null=True),
        Field("to", TEXT, "its value now", null=True),
        Field("pain", COUNT, "how much it hurts"),
        Field("saves", SIGNED, "how much less the job costs, after the changes before it"),
        _CURRENCY,
        Field("costs", COST, "what it costs in a currency that is new to it", null=True, optional=True, absent=None),
    ],
)


def _of_item(name: str) -> Field:
    """A field of a line item, of the job that has it."""
    field = LINE_ITEM[name]
    get = attrgetter(f"item.{field.source}")
    return Field(name, field.type, field.about, get, null=field.null)


def _asked(job: Any) -> Mapping[str, str]:
    """What a job asks for, and how many of what its price counts beside."""
    charge = job.item.charge
    return {**charge.options, **dict(charge.adjustments.asked)}


#: A job of the plan.
FITTED_JOB = Record(
    "fitted_job",
    [
        _of_item("job_id"),
        _of_item("source"),
        _of_item("row"),
        Field("dropped", FLAG, "whether it is not made"),
        *map(_of_item, ("provider", "model")),
        replace(_of_item("options"), about="what its price depends on, counted extras too", get=_asked),
        _of_item("takes"),
        Field("date", DAY, "the day whose rates count; null for that of the result", "item.job.date", null=True),
        Field("cost", COST, "what it costs now, in `currency`"),
        *map(_of_item, ("currency", "tags")),
    ],
)
#: The least limit that would hurt less.
NEXT_LIMIT = Record(
    "next_limit",
    [Field("limit", MONEY, "in the limit's currency"), Field("pain", COUNT, "how much it would hurt")],
)
#: A limit that no plan holds.
CONFLICT = Record(
    "conflict",
    [
        Field("scope", TEXT, "what the limit holds"),
        Field("limit", MONEY, "the amount"),
        _CURRENCY,
        Field("least", MONEY, "what it would have to be; beside the others, where each would do alone"),
    ],
)
#: A change that was allowed.
MAY_CHANGE = Record(
    "may_change",
    [
        Field("change", _CHANGE, "what may change"),
        Field("from", TEXT, "from which value; null for any", "before", null=True),
        Field("to", TEXT, "to which one; null for any", null=True),
        Field("down_to", COUNT, "the fewest seconds or takes", null=True),
        Field("pain", COUNT, "how much it hurts: of a second or take, where these change"),
    ],
)
#: One change of one job that saves under a limit that the plan exceeds.
SUGGESTION = Record(
    "suggestion",
    [
        PLANNED_CHANGE["change"],
        replace(PLANNED_CHANGE["job_id"], about="the job; of those with the same price, takes and change, the first"),
        PLANNED_CHANGE["from"],
        replace(PLANNED_CHANGE["to"], about="its value then"),
        Field("saves", MONEY, "how much less it needs of the limit"),
        Field("headroom", SIGNED, "what is left of the limit then; null with a confidence", null=True),
        _CURRENCY,
        Field("limit", MONEY, "the limit that it is for"),
        Field("scope", TEXT, "what that limit holds"),
        PLANNED_CHANGE["pain"],
        Field("jobs", whole(1), "how many jobs have the same price, takes and change"),
        PLANNED_CHANGE["source"],
        PLANNED_CHANGE["row"],
    ],
)
