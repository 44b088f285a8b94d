"""The totals of a reconciliation: counted while its rows are made, and checked to leave no remainder."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kling_cost.amounts import EXACT
from kling_cost.pricebook.book import OPEN
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import Charge
from kling_cost.reconciliation.findings.discrepancies import Difference
from kling_cost.reconciliation.result import ActualTotal
from kling_cost.reconciliation.task_outcome import TaskOutcome

_NOTHING = Decimal(0)
_UNEXPLAINED = ("over_reserved", "under_reserved", "over_consumed", "under_consumed", "settled_differs")
_SUMS = (
    "due_without", "reported", "variance", "refunded", "open", "rounding", "unexplained", "over", "under", "given_back",
    "later",
)  # fmt: skip
_Key = tuple[str | None, str | None]


@dataclass(slots=True)
class _Counted:
    """How often a charge had one outcome, for a take or beyond the takes."""

    charge: Charge
    outcome: TaskOutcome
    is_take: bool
    count: int = 0


class Totals:
    """Counts how often each charge had which outcome."""

    def __init__(self) -> None:
        self._counted: dict[tuple[int, int, bool], _Counted] = {}
        self._unanswered: dict[int, list[Any]] = {}
        self._not_submitted: dict[int, list[Any]] = {}
        self._orphans: dict[_Key, Decimal] = {}

    def count(self, charge: Charge, outcome: TaskOutcome, is_take: bool) -> None:
        """One task: a take, or one beyond the takes."""
        key = (id(charge), id(outcome), is_take)
        entry = self._counted.get(key)
        if entry is None:
            entry = self._counted[key] = _Counted(charge, outcome, is_take)
        entry.count += 1

    def unanswered(self, charge: Charge, takes: int) -> None:
        """Takes that nothing was answered about."""
        self._unanswered.setdefault(id(charge), [charge, 0])[1] += takes

    def not_submitted(self, charge: Charge, takes: int) -> None:
        """Takes that have not been submitted yet."""
        self._not_submitted.setdefault(id(charge), [charge, 0])[1] += takes

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
            entry[1] = EXACT.add(entry[1], EXACT.multiply(charge.due, Decimal(takes)))
        keys = sorted({*jobs, *self._orphans}, key=lambda key: (key[0] or "", key[1] or ""))
        totals = [self._total(key, *jobs.get(key, (0, _NOTHING))) for key in keys]
        for total in totals:
            if not total.adds_up:
                raise ArithmeticError(f"the totals of {total.provider} do not add up")
        return totals

    def _total(self, key: _Key, jobs: int, estimated: Decimal) -> ActualTotal:
        sums = _Sums()
        for charge, takes in self._unanswered.values():
            if _key(charge) == key:
                sums.without += takes
                sums.add("due_without", charge.due, takes)
        for counted in self._counted.values():
            if _key(counted.charge) == key:
                sums.add_task(counted)
        later = [(charge, takes) for charge, takes in self._not_submitted.values() if _key(charge) == key]
        for charge, takes in later:
            sums.add("later", charge.due, takes)
        orphans = self._orphans.get(key, _NOTHING)
        of = sums.of
        due = EXACT.subtract(estimated, of["later"])
        return ActualTotal(
            *key, jobs, due, sums.without, of["due_without"], of["reported"], of["variance"], orphans,
            of["refunded"], of["open"], of["rounding"], of["unexplained"], of["over"], of["under"], of["given_back"],
            sum(takes for _, takes in later), of["later"],
        )  # fmt: skip


class _Sums:
    """The sums of one provider and currency."""

    def __init__(self) -> None:
        self.without = 0
        self.of = dict.fromkeys(_SUMS, _NOTHING)

    def add(self, name: str, amount: Decimal, times: int) -> None:
        """Add an amount so many times."""
        self.of[name] = EXACT.add(self.of[name], EXACT.multiply(amount, Decimal(times)))

    def add_task(self, counted: _Counted) -> None:
        """Add tasks of one charge and one outcome."""
        outcome, count = counted.outcome, counted.count
        due = counted.charge.due if counted.is_take else _NOTHING
        for found in outcome.differences:
            self._add_difference(found, count)
        came_back = outcome.refunded is not None
        if outcome.refunded is not None:
            self.add("refunded", outcome.refunded, count)
        if outcome.reported is None:
            self.without += count * counted.is_take
            self.add("due_without", due, count)
            return
        variance = EXACT.subtract(outcome.reported, due)
        self.add("reported", outcome.reported, count)
        self.add("variance", variance, count)
        self.add("over" if variance > 0 else "given_back" if came_back else "under", variance, count)
        if outcome.state == OPEN:
            self.add("open", outcome.reported, count)

    def _add_difference(self, found: Difference, count: int) -> None:
        if found.difference is None:
            return
        if found.kind == "rounding":
            self.add("rounding", found.difference, count)
        elif found.kind in _UNEXPLAINED and not found.explained_by:
            self.add("unexplained", abs(found.difference), count)


def _key(charge: Charge) -> _Key:
    return charge.provider, charge.currency
