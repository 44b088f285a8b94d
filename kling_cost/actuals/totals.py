"""The totals of a reconciliation: counted while its rows are made, and checked to leave no remainder."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kling_cost.actuals.judge import Charged
from kling_cost.actuals.reconciliation import ActualTotal
from kling_cost.amounts import EXACT
from kling_cost.pricebook.book import OPEN
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import Charge

_NOTHING = Decimal(0)
_UNEXPLAINED = ("over_reserved", "under_reserved", "over_consumed", "under_consumed", "settled_differs")
_SUMS = (
    "due_without", "reported", "variance", "refunded", "open", "rounding", "unexplained", "over", "under", "given_back"
)  # fmt: skip
_Key = tuple[str | None, str | None]


class Totals:
    """Counts how often each charge was charged how."""

    def __init__(self) -> None:
        self._charged: dict[tuple[int, int, bool], list[Any]] = {}
        self._unanswered: dict[int, list[Any]] = {}
        self._orphans: dict[_Key, Decimal] = {}

    def count(self, charge: Charge, charged: Charged, is_take: bool) -> None:
        """One task: a take, or one beyond the takes."""
        key = (id(charge), id(charged), is_take)
        entry = self._charged.get(key)
        if entry is None:
            self._charged[key] = [charge, charged, is_take, 1]
        else:
            entry[3] += 1

    def unanswered(self, charge: Charge, takes: int) -> None:
        """Takes that nothing was answered about."""
        self._unanswered.setdefault(id(charge), [charge, 0])[1] += takes

    def orphan(self, provider: str | None, currency: str | None, amount: Decimal) -> None:
        """A task of no line item."""
        key = (provider, currency)
        self._orphans[key] = EXACT.add(self._orphans.get(key, _NOTHING), amount)

    def result(self, estimate: Estimate) -> list[ActualTotal]:
        """The totals, by provider and currency.

        Raises:
            ArithmeticError: they do not add up, which is a defect of this library.
        """
        jobs: dict[_Key, list[Any]] = {}
        for charge, count, takes in estimate.by_charge:
            entry = jobs.setdefault(_key(charge), [0, _NOTHING])
            entry[0] += count
            entry[1] = EXACT.add(entry[1], EXACT.multiply(charge.cost, Decimal(takes)))
        totals = []
        for key in sorted({*jobs, *self._orphans}, key=lambda key: (key[0] or "", key[1] or "")):
            totals.append(self._total(key, *jobs.get(key, (0, _NOTHING))))
        for total in totals:
            if total.estimated - total.estimated_without_amount + total.variance != total.reported:
                raise ArithmeticError(f"the totals of {total.provider} do not add up")
        return totals

    def _total(self, key: _Key, jobs: int, estimated: Decimal) -> ActualTotal:
        sums = dict.fromkeys(_SUMS, _NOTHING)

        def add(name: str, amount: Decimal, times: int = 1) -> None:
            sums[name] = EXACT.add(sums[name], EXACT.multiply(amount, Decimal(times)))

        without = 0
        for charge, takes in self._unanswered.values():
            if _key(charge) == key:
                without += takes
                add("due_without", charge.cost, takes)
        for charge, charged, is_take, count in self._charged.values():
            if _key(charge) != key:
                continue
            due = charge.cost if is_take else _NOTHING
            for found in charged.differences:
                if found.kind == "rounding":
                    add("rounding", found.difference, count)
                elif found.kind in _UNEXPLAINED and found.difference and not found.explained_by:
                    add("unexplained", abs(found.difference), count)
            if charged.reported is None:
                without += count if is_take else 0
                add("due_without", due, count)
                continue
            add("reported", charged.reported, count)
            variance = EXACT.subtract(charged.reported, due)
            add("variance", variance, count)
            came_back = charged.refunded is not None
            add("over" if variance > 0 else "given_back" if came_back else "under", variance, count)
            if charged.state == OPEN:
                add("open", charged.reported, count)
            if charged.came_to_nothing:
                add("refunded", due, count)
        return ActualTotal(
            *key,
            jobs,
            estimated,
            without,
            sums["due_without"],
            sums["reported"],
            sums["variance"],
            self._orphans.get(key, _NOTHING),
            sums["refunded"],
            sums["open"],
            sums["rounding"],
            sums["unexplained"],
            sums["over"],
            sums["under"],
            sums["given_back"],
        )


def _key(charge: Charge) -> _Key:
    return charge.provider, charge.currency
