"""The records of results about plans: what changed from one to another, and what was approved."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from kling_cost.amounts import plain_text
from kling_cost.results.fields import Field, Record
from kling_cost.results.record_types import LINE_ITEM
from kling_cost.results.value_types import (
    COST,
    COUNT,
    CURRENCY,
    DAY,
    FLAG,
    HASH,
    ID,
    MONEY,
    SIGNED,
    TEXT,
    choice,
    one,
    several,
    texts,
)

#: What an approval binds.
BIND = choice("total", "jobs", "exact")
_STEP = Field("step", ID, "what changed; joined by + where only several steps together have a price")
_AMOUNT = Field("amount", SIGNED, "what that adds, in `currency`")
_CURRENCY = Field("currency", CURRENCY, "of every amount")
_DIFFERENCE = Field("difference", SIGNED, "new less old")
#: What one change adds to the cost of a job.
STEP = Record("step", [_STEP, _CURRENCY, _AMOUNT])
#: The same over all jobs.
STEP_TOTAL = Record("step_total", [*STEP.fields, Field("jobs", COUNT, "how many jobs have it")])
#: What two plans cost in one currency.
COST_CHANGE = Record(
    "cost_change",
    [_CURRENCY, Field("old", COST, "of the old plan"), Field("new", COST, "of the new plan"), _DIFFERENCE],
)
#: The same for the jobs with one value of a tag.
TAG_CHANGE = Record(
    "tag_change",
    [
        Field("tag", TEXT, "the tag's name"),
        Field("key", TEXT, "its value; null for jobs without it", null=True),
        *COST_CHANGE.fields,
        Field("steps", several(STEP_TOTAL), "what changed"),
    ],
)
#: What two plans cost in one money.
MONEY_STEPS = Record(
    "money_steps",
    [
        _CURRENCY,
        Field("amount", MONEY, "of the new plan; null where nothing is known", null=True),
        Field("at_least", FLAG, "whether the new plan costs more than that"),
        Field("unknown", texts(CURRENCY.schema), "currencies without an exchange rate, which are in no amount"),
        Field("old", MONEY, "of the old plan", null=True),
        Field("new", MONEY, "of the new plan", null=True),
        Field("difference", SIGNED, "new less old", null=True),
        Field("steps", several(STEP), "at the exchange rates of the old plan, then `exchange`"),
    ],
    about="the change in one money, as far as exchange rates are known",
)
_KEPT = ("source", "row", "provider", "model", "options", "takes", "cost", "currency", "tags")
#: A job as one of two plans has it.
PLANNED_JOB = Record("planned_job", [LINE_ITEM[name] for name in _KEPT])
#: A job of either plan.
JOB_CHANGE = Record(
    "job_change",
    [
        Field("job_id", ID, "the job's id", null=True),
        Field("status", choice("added", "removed", "changed", "same"), "what became of it"),
        Field("steps", several(STEP), "what changed its cost, in order"),
        Field("old", one(PLANNED_JOB), "in the old plan", null=True),
        Field("new", one(PLANNED_JOB), "in the new plan", null=True),
    ],
    is_many=True,
)
#: No text in a cell, so that no apostrophe is put before its minus.
_AS_NUMBER = replace(SIGNED, to_cell=lambda value: Decimal(plain_text(value)))
#: A step of a job as a row.
CHANGE_ROW = Record(
    "change_row",
    [
        JOB_CHANGE["job_id"],
        JOB_CHANGE["status"],
        Field("step", ID, "what changed; empty where that changed no cost", null=True),
        Field("currency", CURRENCY, "of the amount", null=True),
        Field("amount", _AS_NUMBER, "what that adds", null=True),
    ],
)
#: What a plan cost in one currency when it was approved.
APPROVED_TOTAL = Record("approved_total", [_CURRENCY, Field("cost", COST, "exact, in `currency`")])
#: A job of an approved plan.
APPROVED_JOB = Record("approved_job", [replace(LINE_ITEM[name], get="") for name in ("job_id", "provider", "model")])
#: How far a plan has grown from what was approved.
GROWTH = Record(
    "growth",
    [
        _CURRENCY,
        Field("approved", COST, "what was approved"),
        Field("now", COST, "what the plan costs"),
        Field("grown", SIGNED, "now less approved"),
        Field("allowed", MONEY, "the most that it may cost"),
    ],
)
#: A job that is not in the approved plan, no longer planned, or to be made by somebody else.
APPROVED_CHANGE = Record(
    "approved_change",
    [
        Field("job_id", ID, "the job's id", null=True),
        Field("status", choice("added", "removed", "changed"), "how it differs"),
        Field("old", one(APPROVED_JOB), "as it was approved", null=True),
        Field("new", one(APPROVED_JOB), "as it is planned", null=True),
    ],
)
#: What has become of an approval.
APPROVAL_CHECK = Record(
    "approval_check",
    [
        Field("status", choice("approved", "reopened"), "whether it still holds"),
        Field("why", texts(ID.schema), "the reasons why it does not"),
        Field("growth", several(GROWTH), "by currency, counted from what was approved"),
        Field("diff", several(APPROVED_CHANGE), "the jobs that differ from the approved ones", "jobs"),
        Field("by", TEXT, "who approved", "approval.by"),
        Field("on", DAY, "on which day", "approval.on"),
        Field("until", DAY, "the last day on which it holds", "approval.until", null=True),
        Field("bind", BIND, "what must stay as it was", "approval.bind"),
        Field("approval_sha256", HASH, "of the approval", "approval.approval_sha256"),
    ],
)
