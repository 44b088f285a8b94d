"""Line items that this library wrote, recognised by their header: they are priced already, and are not jobs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from kling_cost.jobs.id_likeness import composed

#: Any one of these marks line items that carry their plan's count and totals.
_STORED = {"price_book_sha256", "plan_lines", "plan_takes", "plan_cost", "checksum"}
#: All of these mark line items without them.
_LINES = {"requested_quantity", "cost_per_take", "rate_effective_from"}


def kind_of_header(header: Iterable[str | None]) -> Literal["stored", "lines"] | None:
    """What a header heads: a stored plan, line items alone, or None for neither.

    >>> kind_of_header(["job_id", "model", "duration"]), kind_of_header(["job_id", "plan_cost"])
    (None, 'stored')
    """
    names = {name.strip() for name in header if name}
    if names & _STORED:
        return "stored"
    return "lines" if names >= _LINES else None


def is_of_jobs(header: list[str]) -> bool:
    """Whether a header is none of ours, and no two of its names differ only in how their accents are encoded.

    >>> is_of_jobs(["model", "tag:a"]), is_of_jobs(["model", "tag:\u00e9", "tag:e\u0301"])
    (True, False)
    """
    return kind_of_header(header) is None and len({composed(name) for name in header}) == len(set(header))
