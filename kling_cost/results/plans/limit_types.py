"""The records of what a plan is held to: its limits and policies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kling_cost.results.bound_fields import BOUNDS_OF_LIMIT
from kling_cost.results.fields import Field, Record
from kling_cost.results.value_types import COUNT, CURRENCY, MONEY, TEXT, choice, texts


def _of_unknown_carry_over(standing: Any) -> Record | None:
    is_unknown = standing.base_limit is not None and standing.carried_over is None
    return _UNKNOWN_CARRY_OVER if is_unknown else None


#: A limit, and where a plan stands against it; what is carried over is null where it is not known.
STANDING = Record(
    "limit",
    [
        Field("scope", TEXT, "what it holds: the campaign, or one of several"),
        Field("limit", MONEY, "the amount; null for jobs that no limit covers", null=True),
        Field("currency", CURRENCY, "of the limit"),
        Field("planned", MONEY, "what the priced jobs cost; null where it is unknown", null=True),
        Field("contingency", MONEY, "what is set aside"),
        Field("committed", MONEY, "what is spent already"),
        Field("headroom", MONEY, "what is left", null=True),
        Field("status", choice("within", "warn", "over", "unknown"), "how it stands"),
        *BOUNDS_OF_LIMIT,
        Field("base_limit", MONEY, "of a budget by scope, the limit without what was carried over", optional=True),
        Field("carried_over", MONEY, "of it, what is left of the month before", null=True, optional=True),
        Field("actual", MONEY, "of what is committed, what was charged", optional=True),
        Field("open", MONEY, "of what is committed, what has no final answer", optional=True),
    ],
    variant=_of_unknown_carry_over,
)
_UNKNOWN_CARRY_OVER = Record(
    "limit", [replace(field, optional=field.optional and field.name != "carried_over") for field in STANDING.fields]
)
#: A rule of the house, and whether a plan keeps to it.
POLICY = Record(
    "policy",
    [
        Field("name", TEXT, "what it is called"),
        Field("status", choice("pass", "fail", "warn", "unknown"), "whether it is kept"),
        Field("jobs", texts(TEXT.schema), "the first jobs that break it, or keep it from being checked"),
        Field("job_count", COUNT, "how many there are"),
        Field("message", TEXT, "in English"),
        Field("owner", TEXT, "who answers for it", null=True),
    ],
)
