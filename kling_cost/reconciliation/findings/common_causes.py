"""What explains several amounts at once: rounding to whole credits, or a factor that a user group shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from kling_cost.amounts import EXACT, divide_half_up, exact_sum, plain_text, round_half_up
from kling_cost.reconciliation.findings.discrepancies import Difference, held_against
from kling_cost.reconciliation.findings.explain import ROUNDING_LIMIT
from kling_cost.reconciliation.result import Finding

_RULES = {"up": ROUND_CEILING, "half up": ROUND_HALF_UP, "down": ROUND_FLOOR}
_AMOUNTS = ("over_", "under_", "settled_differs", "rounding")
_SHARED_BY = 2  # different due amounts
_PLACES = 3  # decimals of a factor that people agree on


class _Seen(NamedTuple):
    """A difference, and how many tasks share it."""

    what: Difference
    tasks: int

    @property
    def due(self) -> Decimal:
        return self.what.expected  # type: ignore[return-value]

    @property
    def reported(self) -> Decimal:
        return self.what.reported  # type: ignore[return-value]

    def times(self, amount: Decimal) -> Decimal:
        """An amount of all these tasks."""
        return EXACT.multiply(amount, Decimal(self.tasks))


class WholeCredits:
    """Sees every difference, and then tells which of them are nothing but rounding to whole credits.

    A rule is named only where two different amounts follow it exactly; then it explains all that do.

    >>> seen = WholeCredits()
    >>> for due, reported in (("71.982", 72), ("50.3874", 51)):
    ...     seen.add("evolink", held_against("over_reserved", Decimal(due), Decimal(reported), "EVOLINK_CREDIT"))
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
        """One difference for each provider that rounds; those that it sums up become `rounding`."""
        return [found for key in sorted(self._seen) for found in self._of_group(list(self._seen[key].values()))]

    def _of_group(self, group: list[_Seen]) -> Iterator[Difference]:
        fitting = {rule: [seen for seen in group if _follows(seen, way)] for rule, way in _RULES.items()}
        most = max(fitting.values(), key=len)
        if len({seen.due for seen in most}) < _SHARED_BY:
            return
        rules = sorted(rule for rule, found in fitting.items() if found == most)
        found = _of_all(most, [f"{rule} to 1" for rule in rules])
        for seen in most:
            seen.what.key, seen.what.severity, seen.what.explained_by = "rounding", found.severity, found.explained_by
        yield found


def _of_all(group: list[_Seen], rules: list[str]) -> Difference:
    """One difference for all tasks that a provider rounds."""
    due = exact_sum(seen.times(seen.due) for seen in group)
    reported = exact_sum(seen.times(seen.reported) for seen in group)
    tasks, currency = sum(seen.tasks for seen in group), group[0].what.currency or ""
    found = held_against("rounding.whole", due, reported, currency, tasks=tasks, rule=" | ".join(rules))
    found.explained_by = tuple(f"rounding={rule}" for rule in rules)
    return found


def is_told_together(what: Difference) -> bool:
    """Whether a difference of one task is part of one that is reported for all."""
    return what.key == "rounding" and bool(what.explained_by)


def _follows(seen: _Seen, way: str) -> bool:
    return seen.due.to_integral_value(way) == seen.reported and seen.due != seen.due.to_integral_value()


def explain_by_factors(findings: Iterable[Finding], quantum: Callable[[str], Decimal]) -> None:
    """Add `factor=…` to the amounts of a user group that differ from what is due by the same factor.

    Args:
        findings: whose differences are added to.
        quantum: the smallest step of a currency.
    """
    differences = {id(f.what): f.what for f in findings if f.what.group is not None and _amounts(f.what)}
    shared: dict[tuple[str, str], dict[Decimal, set[Decimal]]] = {}
    for found in differences.values():
        due, reported = _amounts(found)  # type: ignore[misc]
        factor = divide_half_up(reported, due, _PLACES)
        step = quantum(found.currency or "")
        if factor and round_half_up(due * factor, step) == round_half_up(reported, step):
            shared.setdefault(_group(found), {}).setdefault(factor, set()).add(due)
    for found in differences.values():
        factors = [factor for factor, dues in shared.get(_group(found), {}).items() if len(dues) >= _SHARED_BY]
        _add_factors(found, factors)


def _add_factors(found: Difference, factors: Iterable[Decimal]) -> None:
    """Add the factors that explain an amount; a change of several options explains it less well."""
    due, reported = _amounts(found)  # type: ignore[misc]
    fitting = [f"factor={plain_text(factor)}" for factor in factors if abs(due * factor - reported) < ROUNDING_LIMIT]
    if fitting:
        is_one_change = bool(found.explained_by) and "," not in found.explained_by[0]
        found.explained_by = tuple(sorted({*(found.explained_by if is_one_change else ()), *fitting}))


def _group(what: Difference) -> tuple[str, str]:
    return what.currency or "", what.group or ""


def _amounts(what: Difference) -> tuple[Decimal, Decimal] | None:
    if isinstance(what.expected, Decimal) and isinstance(what.reported, Decimal) and what.expected:
        return what.expected, what.reported
    return None
