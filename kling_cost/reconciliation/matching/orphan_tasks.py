"""Tasks that belong to no line item: why, which job they may have been meant for, and which are of other plans."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property

from kling_cost.amounts import EXACT
from kling_cost.jobs.id_likeness import likeness
from kling_cost.pricing.estimate import Estimate
from kling_cost.reconciliation.findings.discrepancies import Difference, difference
from kling_cost.reconciliation.matching.matched_tasks import Orphan
from kling_cost.reconciliation.result import Finding

_Key = tuple[str, str | None]


class OrphanReasons:
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
        similar = self._by_likeness.get(likeness(orphan.job_id))
        if similar is not None:
            return difference("orphan_response.alike", None, amount, currency, named=orphan.job_id, alike=similar)
        return difference("orphan_response.job", None, amount, currency, named=orphan.job_id)

    @cached_property
    def _by_likeness(self) -> dict[str, str]:
        """The first job of those whose ids look alike."""
        ids = [item.job.job_id or "" for item in self._estimate.line_items]
        ids += [found.job_id for found in self._estimate.problems if found.job_id]
        return {likeness(job_id): job_id for job_id in reversed(ids)}


class OtherPlans:
    """Counts tasks of other plans, and what they were charged; their amounts are in no total.

    Lists of tasks hold those of the whole account, which is no fault of this plan's.

    Args:
        only_mine: every task that belongs to no job is one of them; None for those alone that are known only from
            a list of the account's tasks; False for none.
    """

    def __init__(self, only_mine: bool | None) -> None:
        self._only_mine = only_mine
        self._counts: dict[_Key, int] = {}
        self._amounts: dict[_Key, Decimal] = {}

    def has(self, orphan: Orphan) -> bool:
        """Whether a task of no line item is one of another plan; one that names a job of this plan is not."""
        if orphan.job is not None or orphan.is_known or self._only_mine is False:
            return False
        return bool(self._only_mine) or (orphan.job_id is None and orphan.is_listed)

    def add(self, orphan: Orphan, amount: Decimal | None, currency: str | None) -> None:
        """Count one."""
        key = (orphan.provider or "", currency)
        self._counts[key] = self._counts.get(key, 0) + 1
        if amount is not None:
            self._amounts[key] = EXACT.add(self._amounts.get(key, Decimal(0)), amount)

    def findings(self) -> list[Finding]:
        """One finding for each provider."""
        found: list[Finding] = []
        for key, count in sorted(self._counts.items(), key=lambda item: (item[0][0], item[0][1] or "")):
            amount, currency = self._amounts.get(key), key[1]
            case = "other_tasks" if amount is not None and currency is not None else "other_tasks.unstated"
            found.append(Finding(difference(case, None, amount, currency, found=count), None, None))
        return found


def by_name(orphan: Orphan) -> tuple[str, str, str]:
    """The order in which tasks without a line item are reported."""
    return (orphan.provider or "", orphan.task_id or "", orphan.job_id or "")
