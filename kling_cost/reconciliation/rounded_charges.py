"""Amounts that are all what was due, rounded to whole credits: one finding of the provider's, and none of each task."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from kling_cost.amounts import EXACT, exact_sum
from kling_cost.reconciliation.discrepancies import Difference, held_against

_RULES = {"up": ROUND_CEILING, "half up": ROUND_HALF_UP, "down": ROUND_FLOOR}
_SHARED_BY = 2  # different due amounts
_AMOUNTS = ("over_", "under_", "settled_differs", "rounding")


class _Seen(NamedTuple):
    """A difference, and how many tasks share it."""

    what: Difference
    tasks: int

    @property
    def due(self) -> Decimal:
        return self.what.expected  # type: ignore[return-value]

    @property
    def stated(self) -> Decimal:
        return self.what.reported  # type: ignore[return-value]


class WholeCredits:
    """Sees every difference, and then tells which of them are nothing but rounding to whole credits.

    A rule is named only where two different amounts follow it exactly; then it explains all that do.

    >>> seen = WholeCredits()
    >>> for due, stated in (("71.982", 72), ("50.3874", 51)):
    ...     seen.add("evolink", held_against("over_reserved", Decimal(due), Decimal(stated), "EVOLINK_CREDIT"))
    >>> [(found.key, str(found.difference), found.explained_by) for found in seen.told()]
    [('rounding.whole', '0.6306', ('rounding=up to 1',))]
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], dict[int, _Seen]] = {}

    def add(self, provider: str, what: Difference, tasks: int = 1) -> None:
        """A difference of some tasks of a provider."""
        if what.key.startswith(_AMOUNTS) and what.difference and what.currency:
            group = self._seen.setdefault((provider, what.currency), {})
            known = group.get(id(what))
            group[id(what)] = _Seen(what, tasks + (known.tasks if known else 0))

    def told(self) -> list[Difference]:
        """One difference for each provider that rounds; those that it stands for become `rounding`."""
        return [found for key in sorted(self._seen) for found in self._of_group(list(self._seen[key].values()))]

    def _of_group(self, group: list[_Seen]) -> Iterator[Difference]:
        fitting = {rule: [seen for seen in group if _follows(seen, way)] for rule, way in _RULES.items()}
        most = max(fitting.values(), key=len)
        if len({seen.due for seen in most}) < _SHARED_BY:
            return
        rules = sorted(rule for rule, found in fitting.items() if found == most)
        due, stated = (exact_sum(EXACT.multiply(amount, n) for amount, n in pairs) for pairs in _pairs(most))
        tasks, currency = sum(seen.tasks for seen in most), most[0].what.currency or ""
        named = " | ".join(f"{rule} to 1" for rule in rules)
        found = held_against("rounding.whole", due, stated, currency, tasks=tasks, rule=named)
        found.explained_by = tuple(f"rounding={rule} to 1" for rule in rules)
        for seen in most:
            seen.what.key, seen.what.severity, seen.what.explained_by = "rounding", found.severity, found.explained_by
        yield found


def is_told_together(what: Difference) -> bool:
    """Whether a difference of one task is part of one that is told of all."""
    return what.key == "rounding" and bool(what.explained_by)


def _pairs(group: list[_Seen]) -> tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]:
    return [(s.due, Decimal(s.tasks)) for s in group], [(s.stated, Decimal(s.tasks)) for s in group]


def _follows(seen: _Seen, way: str) -> bool:
    return seen.due.to_integral_value(way) == seen.stated and seen.due != seen.due.to_integral_value()
