"""The records of what a plan may really cost."""

from __future__ import annotations

from kling_cost.results.fields import Field, Record
from kling_cost.results.value_types import COUNT, CURRENCY, DAY, FLAG, MONEY, TEXT, decimal, several, whole

_CHANCE = decimal(6, "amount")
_SD = decimal(4, "amount")
#: The total that is not exceeded with a chance.
PERCENTILE = Record(
    "percentile",
    [
        Field("level", _CHANCE, "the chance"),
        Field("total", MONEY, "what is not exceeded with it"),
    ],
)
#: What the jobs of one currency may cost.
RISK_TOTAL = Record(
    "risk_total",
    [
        Field("currency", CURRENCY, "of all amounts"),
        Field("planned", MONEY, "the total of the estimate"),
        Field("expected", MONEY, "the mean"),
        Field("least", MONEY, "what it costs at least"),
        Field("most", MONEY, "what it costs at most; null where takes have no end", null=True),
        Field("sd", _SD, "the standard deviation"),
        Field("percentiles", several(PERCENTILE), "by chance"),
        Field("contingency", MONEY, "what to set aside on top of `planned` for the chance of `confidence`"),
        Field("exact", FLAG, "whether the percentiles are exact"),
        Field("error_at_most", MONEY, "by how much percentiles may be too high; they are never too low"),
    ],
)
#: The chance to stay within a limit.
RISK_LIMIT = Record(
    "risk_limit",
    [
        Field("scope", TEXT, "what it holds: the campaign, or one of several"),
        Field("limit", MONEY, "the amount; null for jobs that no limit covers", null=True),
        Field("currency", CURRENCY, "of the limit"),
        Field("chance_within", _CHANCE, "that its jobs cost no more; null where it is unknown", null=True),
    ],
)
#: What a class of takes comes to.
RISK_CLASS = Record(
    "risk_class",
    [
        Field("name", TEXT, "what it is called"),
        Field("jobs", COUNT, "how many are in it"),
        Field("usable", whole(1), "usable takes that a job needs; null for as many as it has takes", null=True),
        Field("success", _CHANCE, "the chance that a take is usable; of a range, the likely one"),
        Field("at_most", whole(1), "after how many takes a job ends anyway; null for no such end", null=True),
        Field("expected_takes", _CHANCE, "charged takes of one job, on average"),
        Field("chance_short", _CHANCE, "that a job ends with too few usable takes"),
        Field("source", TEXT, "where the figures are from", null=True),
        Field("checked", DAY, "when somebody last looked", null=True),
    ],
)
#: What the range of a class does to a total.
DRIVER = Record(
    "driver",
    [
        Field("name", TEXT, "the class"),
        Field("currency", CURRENCY, "of the totals"),
        Field("variance_share", _CHANCE, "of the variance, what goes if the success is known to be the likely one"),
        Field("at_low", MONEY, "the total at `confidence`, if the success is low"),
        Field("at_likely", MONEY, "the same, if it is likely"),
        Field("at_high", MONEY, "the same, if it is high"),
    ],
)
#: What a class costs for what comes of it.
PER_RESULT = Record(
    "per_result",
    [
        Field("class", TEXT, "the class of takes", "name"),
        Field("kept", _CHANCE, "how many of its takes end up in the film, on average"),
        Field("per_kept", MONEY, "the expected cost of one of them; null where none is expected", null=True),
        Field("per_usable_second", MONEY, "the same for a second of them; null where it is not known", null=True),
        Field("per_finished_minute", MONEY, "the same for a minute", null=True),
        Field("currency", CURRENCY, "of all amounts"),
    ],
)
