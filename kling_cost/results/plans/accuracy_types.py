"""The record of how near earlier estimates came."""

from __future__ import annotations

from kling_cost.results.fields import Field, Record, exit_field, head
from kling_cost.results.record_types import PROBLEMS
from kling_cost.results.value_types import COUNT, CURRENCY, FLAG, MONEY, TASK_AMOUNT, TEXT, several

#: What the jobs of one month and currency were to cost, and what was charged.
MONTH_ACCURACY = Record(
    "month_accuracy",
    [
        Field("month", TEXT, "such as `2026-11`; null where no day is known", null=True),
        Field("currency", CURRENCY, "of all amounts"),
        Field("planned", MONEY, "what the stored estimates say"),
        Field("p80", MONEY, "what 8 of 10 such plans cost at most; null without a class of takes", null=True),
        Field("actual", TASK_AMOUNT, "what is known to be charged; null where nothing is", null=True),
        Field("jobs", COUNT, "how many were planned"),
        Field("charged", COUNT, "of them, those whose tasks all have a final charge"),
    ],
)
#: What earlier estimates came to.
ACCURACY = Record(
    "accuracy",
    [
        *head("accuracy"),
        Field("partial", FLAG, "whether a job or an answer had to be left out"),
        exit_field(0, 4, 5),
        Field("accuracy", several(MONTH_ACCURACY), "by month and currency", "months"),
        PROBLEMS,
    ],
    about="earlier estimates beside what was charged; with fewer jobs `charged` than `jobs`, `actual` is a part only",
)
