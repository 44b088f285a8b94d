"""Why a task belongs to no line item, and which job it may have been meant for."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property

from kling_cost.jobs.id_likeness import likeness
from kling_cost.pricing.estimate import Estimate
from kling_cost.reconciliation.discrepancies import Difference, difference
from kling_cost.reconciliation.matched_tasks import Orphan


class Strays:
    """Says of tasks without a line item why they have none.

    Args:
        estimate: whose jobs.
    """

    def __init__(self, estimate: Estimate) -> None:
        self._estimate = estimate

    def difference(self, orphan: Orphan, amount: Decimal | None, currency: str | None) -> Difference:
        """What is found about a task."""
        if orphan.is_known:
            return difference("not_estimated", None, amount, currency)
        if orphan.job is not None:
            names = orphan.provider, orphan.job.provider
            return difference("orphan_response.provider", None, amount, currency, provider=names[0], submitted=names[1])
        if orphan.job_id is None:
            return difference("orphan_response", None, amount, currency)
        alike = self._by_likeness.get(likeness(orphan.job_id))
        if alike is not None:
            return difference("orphan_response.alike", None, amount, currency, named=orphan.job_id, alike=alike)
        return difference("orphan_response.job", None, amount, currency, named=orphan.job_id)

    @cached_property
    def _by_likeness(self) -> dict[str, str]:
        """The first job of those whose ids look alike."""
        ids = [item.job.job_id or "" for item in self._estimate.line_items]
        ids += [found.job_id for found in self._estimate.problems if found.job_id]
        return {likeness(job_id): job_id for job_id in reversed(ids)}


def by_name(orphan: Orphan) -> tuple[str, str, str]:
    """The order in which tasks without a line item are told."""
    return (orphan.provider or "", orphan.task_id or "", orphan.job_id or "")
