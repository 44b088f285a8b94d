"""Shots as somebody changed them on the page: each is priced as the library prices it, or stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kling_cost.planning.fit.alternatives import OPTION_PARTS, AlternativeFinder, Requested, may_differ
from kling_cost.planning.fit.changed_plan import changed_estimate
from kling_cost.planning.fit.kept_policies import KeptPolicies
from kling_cost.planning.fit.plan import PlannedJob
from kling_cost.planning.fit.sellers.seller_moves import Move, Seller, named_seller, seller_of
from kling_cost.planning.rules.fitting.fit_rules import DURATION, SELLER, TAKES
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import pricer

#: Stands for every shot in place of a row.
EVERY = "*"
PARTS = (TAKES, *OPTION_PARTS, SELLER)
_MOST_DIGITS = 6


class ChangedShots(NamedTuple):
    """Shots as they were changed.

    Attributes:
        estimate: what they cost.
        jobs: all of them, changed or not.
        refused: the ids of those that cannot be had as somebody wants them; they stay as they are.
        changed: how many are not as the sheet has them.
    """

    estimate: Estimate
    jobs: list[PlannedJob]
    refused: list[str]
    changed: int


class ShotChanger:
    """Changes shots of one estimate.

    Args:
        estimate: of the sheet as it is.
    """

    def __init__(self, estimate: Estimate) -> None:
        self._estimate = estimate
        self._pricer = pricer(estimate.book, estimate.as_of)
        self._finder = AlternativeFinder(self._pricer, KeptPolicies(()), lambda currency: True)
        self._sellers: dict[tuple[object, ...], list[str]] = {}

    def changed(self, changes: Mapping[str, Mapping[str, str]]) -> ChangedShots:
        """The shots with changes by row; what is said of every shot counts where it can be had."""
        jobs, refused = [], []
        for item in self._estimate.line_items:
            wanted = {**changes.get(EVERY, {}), **changes.get(str(item.job.row), {})}
            new = self.item(item, wanted) if wanted else item
            if new is None:
                refused.append(item.job.job_id or "")
            jobs.append(PlannedJob(new or item, False))
        count = sum(job.item is not item for job, item in zip(jobs, self._estimate.line_items, strict=True))
        estimate = changed_estimate(self._estimate, jobs, self._pricer) if count else self._estimate
        return ChangedShots(estimate, jobs, refused, count)

    def item(self, item: LineItem, wanted: Mapping[str, str]) -> LineItem | None:
        """A shot with other values; itself where they are none, None where nobody sells it at a certain price."""
        takes = _count(wanted.get(TAKES, str(item.takes)))
        found = self._requested(item, wanted)
        if takes is None or found is None:
            return None
        if found.ask != item.job.ask:
            return LineItem(item.job._replace(ask=found.ask, takes=takes, request_digest=None), found.charge)
        return item if takes == item.takes else LineItem(item.job._replace(takes=takes), item.charge)

    def _requested(self, item: LineItem, wanted: Mapping[str, str]) -> Requested | None:
        """The request of a shot with other values; None where nobody sells it at a certain price."""
        asked = self._finder.asked(item)
        values = {part: wanted[part] for part in OPTION_PARTS if part in wanted and wanted[part] != asked.get(part)}
        if not all(part in asked and _is_possible(item, part, value) for part, value in values.items()):
            return None
        seller = wanted.get(SELLER) or str(seller_of(item.charge))
        if seller not in self.sellers(item):
            return None
        is_own = seller == str(seller_of(item.charge))
        return self._finder.requested(item, None if is_own else _move(named_seller(seller)), values)

    def sellers(self, item: LineItem) -> list[str]:
        """Who sells a shot, its own seller first."""
        key = (item.job.ask, item.job.date, frozenset(item.job.needs.items()))
        if key not in self._sellers:
            own = str(seller_of(item.charge))
            self._sellers[key] = list(dict.fromkeys([own, *self._others(item)]))
        return self._sellers[key]

    def _others(self, item: LineItem) -> Iterator[str]:
        for provider, sku in self._pricer.book.skus():
            for model in sku.models:
                if self._finder.requested(item, _move(Seller(provider.id, model)), {}) is not None:
                    yield str(Seller(provider.id, model))

    def values(self, item: LineItem, part: str) -> list[str]:
        """What an option of a shot may be, as its seller has it; nothing where it cannot be chosen."""
        rate = item.charge.rate
        if rate is None or part not in self._finder.asked(item) or not may_differ(item.job, part):
            return []
        return list(rate.options.get(part, ()))

    def asked(self, item: LineItem) -> Mapping[str, str]:
        """What a shot asks for, seconds among it."""
        return self._finder.asked(item)


def _move(seller: Seller) -> Move:
    """A move to a model that somebody names, and so accepts what it makes."""
    return Move(seller, True)


def _is_possible(item: LineItem, part: str, value: str) -> bool:
    """Whether a shot may say something else of a part, and a value can be one of it."""
    return may_differ(item.job, part) and (part != DURATION or _count(value) is not None)


def _count(text: str) -> int | None:
    """A whole number above 0; None for another text."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number and int(text) > 0 else None
