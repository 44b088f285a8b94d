"""Tasks of other plans: lists of tasks hold those of the whole account, and are no fault of this plan's."""

from __future__ import annotations

from decimal import Decimal

from kling_cost.amounts import EXACT
from kling_cost.reconciliation.discrepancies import difference
from kling_cost.reconciliation.matched_tasks import Orphan
from kling_cost.reconciliation.result import Finding

_Key = tuple[str, str | None]


class OtherTasks:
    """Counts tasks of other plans, and what they were charged; their amounts stand in no total.

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
