"""The English sentences about what budgets hold: severity, message and hint of what they run into, by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

BUDGETS: Mapping[str, tuple[Literal["error", "warning", "info"], str, str]] = {
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
