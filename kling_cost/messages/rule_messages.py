"""The English sentences about rules: severity, message and hint of what they run into, by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

RULES: Mapping[str, tuple[Literal["error", "warning", "info"], str, str]] = {
    "overallotted.parts": (
        "warning",
        "the parts of {scope} may spend {sum}, more than its limit of {limit}",
        "check the limits of the parts",
    ),
    "has_no_effect.scope": ("warning", "no job matches the budget {scope}", "check its `where`"),
    "has_no_effect.policy": ("info", "no job matches the policy {policy}", "check its `where`"),
    "cannot_check.uncovered": (
        "error",
        "no budget covers costs of {cost}, the first job is {job}",
        "add a budget without `where`, or one that these jobs match",
    ),
    "cannot_check.carry_over": (
        "error",
        "what {scope} carries over is not known",
        "pass --actuals with what the months before cost",
    ),
    "cannot_check.other_jobs": (
        "error",
        "amounts of jobs that are not in the plan may belong to any budget, such as {job}",
        "pass the files of these jobs, too",
    ),
    "cannot_check.policy_rate": (
        "error",
        "the policy {policy} cannot be checked in {currency}: its jobs cost {currencies}",
        'pass --rate "NUMBER CURRENCY/USD", or add a currency to its `where`',
    ),
    "cannot_check.policy_approval": (
        "error",
        "the policy {policy} cannot be checked: growth is counted from an approval, and there is none",
        "pass --approval",
    ),
    "cannot_check.policy_day": (
        "error",
        "the policy {policy} cannot be checked: the age of prices needs a day",
        "pass --as-of DATE",
    ),
    "mismatch.orphans": (
        "warning",
        "amounts of tasks that belong to no job are in no budget: {amounts}",
        "check them with `kling-cost reconcile`",
    ),
}
