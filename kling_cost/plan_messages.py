"""The English sentences about changes of plans and approvals: severity, message and hint, by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

PLANS: Mapping[str, tuple[Literal["error", "warning", "info"], str, str]] = {
    "missing.job_ids": (
        "warning",
        "changed jobs without a job_id of their own: {count}; a row that has moved looks like another job",
        "give each job a job_id",
    ),
    "missing.book_of_stored": (
        "warning",
        "price and options changed together, and the stored estimates do not tell them apart",
        "pass --old-prices and --prices to split them",
    ),
    "missing.old_costs": (
        "warning",
        "jobs of the old plan without a price: {count}; where the new plan prices them, they count as added",
        "",
    ),
    "missing.new_costs": (
        "warning",
        "jobs of the new plan without a price: {count}; where the old plan prices them, they count as removed",
        "",
    ),
}
