"""Jobs grouped by what rules see of them, so that a rule is applied once to all jobs that it cannot tell apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from kling_cost.planning.rules.selector_index import SelectorIndex
from kling_cost.pricing.line_item import Charge, LineItem

_MONTH = 7  # characters of a date that name its month
_YEAR = 12  # months


class Group(NamedTuple):
    """Jobs that rules cannot tell apart.

    Attributes:
        bits: the selectors that hold of them.
        charge: what one take of each costs.
        takes: of each of them.
        left: how many of these have not been submitted yet.
        month: of their date, such as `2026-11`; None where it is not known.
        source: their file.
    """

    bits: int
    charge: Charge
    takes: int
    left: int
    month: str | None
    source: str | None


class JobGroups:
    """The jobs of a plan by group.

    Args:
        items: the jobs.
        index: the selectors of all rules.
        as_of: the day of jobs without a date; None where there is none.
        submitted: how many takes have been submitted, by job.

    Attributes:
        groups: in the order of their first job.
        jobs: how many jobs each has.
    """

    def __init__(
        self, items: Iterable[LineItem], index: SelectorIndex, as_of: date | None, submitted: Mapping[str, int]
    ) -> None:
        self.items = items
        self.groups: list[Group] = []
        self.jobs: list[int] = []
        self._places: list[int] = []
        self._fill(index, as_of, submitted)

    def _fill(self, index: SelectorIndex, as_of: date | None, submitted: Mapping[str, int]) -> None:
        known: dict[tuple[int, int, int, int, str | None, str | None], int] = {}
        months: dict[date | None, str | None] = {}
        charges = ChargeNumbers()
        for item in self.items:
            job, charge = item
            left = max(0, job.takes - submitted.get(job.job_id or "", 0)) if submitted else job.takes
            month = months.get(job.date, "")
            if month == "":
                month = months[job.date] = month_of(job.date or as_of)
            key = (index.of(item), charges.number(charge), job.takes, left, month, job.source)
            at = known.get(key)
            if at is None:
                at = known[key] = len(self.groups)
                self.groups.append(Group(key[0], charge, job.takes, left, month, job.source))
                self.jobs.append(0)
            self.jobs[at] += 1
            self._places.append(at)

    def ids(self, wanted: frozenset[int], most: int) -> list[str]:
        """The ids of the first jobs of some groups."""
        found: list[str] = []
        for item, at in zip(self.items, self._places, strict=True):
            if at in wanted:
                found.append(item.job.job_id or "")
                if len(found) == most:
                    break
        return found

    @cached_property
    def dated(self) -> frozenset[str]:
        """The jobs that have a date of their own."""
        return frozenset(item.job.job_id or "" for item in self.items if item.job.date is not None)

    @cached_property
    def by_job(self) -> dict[str, Group]:
        """The group of each job."""
        pairs = zip(self.items, self._places, strict=True)
        return {item.job.job_id or "": self.groups[at] for item, at in pairs}


class ChargeNumbers:
    """Charges by number: those of several days that cost the same, for the same, by one rate, have the same one."""

    def __init__(self) -> None:
        self._by_identity: dict[int, int] = {}
        self._by_value: dict[tuple[Any, ...], int] = {}

    def number(self, charge: Charge) -> int:
        """The number of a charge, which has to live as long as these numbers are asked for."""
        found = self._by_identity.get(id(charge))
        if found is None:
            about = (charge.provider, charge.model, *charge.options.items())
            value = (*about, charge.rate_effective_from, charge.cost, charge.least, charge.currency)
            found = self._by_identity[id(charge)] = self._by_value.setdefault(value, len(self._by_value))
        return found


def month_of(day: date | None) -> str | None:
    """The month of a day.

    >>> month_of(date(2026, 11, 20))
    '2026-11'
    """
    return None if day is None else day.isoformat()[:_MONTH]


def months_apart(first: str, second: str) -> int:
    """How many months lie between the beginnings of two months.

    >>> months_apart("2026-11", "2027-02")
    3
    """
    years, months = (int(two) - int(one) for one, two in zip(first.split("-"), second.split("-"), strict=True))
    return years * _YEAR + months
