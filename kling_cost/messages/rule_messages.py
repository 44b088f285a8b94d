"""The English sentences about rules: severity, message and hint of what they run into, by key."""

from __future__ import annotations

from collections.abc import Mapping

from kling_cost.messages.sentence import Texts

RULES: Mapping[str, Texts] = {
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
    "missing.spent_day": (
        "warning",
        "the day of what was spent on these jobs is not known, so it counts in {month}: {count}, the first is {job}",
        "give them a date, or pass the answers, if these say when tasks were created",
    ),
    "price_unknown.volume": (
        "info",
        "takes of {provider} that are still to be submitted in {month} count × {factor}, its discount on volume",
        "",
    ),
    "cannot_check.policy_no_upper_end": (
        "error",
        "the policy {policy} cannot be checked: nothing says how much its jobs cost at most",
        "give how much is asked for in the column that the price book counts, such as input_seconds",
    ),
    "cannot_check.policy_jobs": (
        "error",
        "the policy {policy} cannot be checked: it may be about jobs that have no price",
        "check the jobs with errors",
    ),
    "cannot_check.spent_day": (
        "error",
        "{scope} may be over: the day of some of what was spent is not known",
        "give the jobs a date, or pass the answers, if these say when tasks were created",
    ),
}
