"""One factor that several amounts of a user group share: probably a price of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from kling_cost.amounts import divide_half_up, plain_text, round_half_up
from kling_cost.reconciliation.discrepancies import Difference
from kling_cost.reconciliation.explain import ROUNDING_LIMIT
from kling_cost.reconciliation.result import Finding

_PLACES = 3  # decimals of a factor that people agree on
_SHARED_BY = 2  # tasks with different due amounts


def explain_by_factors(findings: Iterable[Finding], quantum: Callable[[str], Decimal]) -> None:
    """Add `factor=…` to the amounts of a user group that differ from what is due by the same factor.

    Args:
        findings: whose differences are added to.
        quantum: the smallest step of a currency.
    """
    differences = {id(f.what): f.what for f in findings if f.what.group is not None and _amounts(f.what)}
    shared: dict[tuple[str, str], dict[Decimal, set[Decimal]]] = {}
    for what in differences.values():
        due, stated = _amounts(what)  # type: ignore[misc]
        factor = divide_half_up(stated, due, _PLACES)
        step = quantum(what.currency or "")
        if factor and round_half_up(due * factor, step) == round_half_up(stated, step):
            shared.setdefault(_group(what), {}).setdefault(factor, set()).add(due)
    for what in differences.values():
        due, stated = _amounts(what)  # type: ignore[misc]
        factors = [f for f, dues in shared.get(_group(what), {}).items() if len(dues) >= _SHARED_BY]
        fitting = [f"factor={plain_text(f)}" for f in factors if abs(due * f - stated) < ROUNDING_LIMIT]
        fields = what.explained_by[0].count(",") if what.explained_by else None
        if fitting:
            others = what.explained_by if fields == 0 else ()
            what.explained_by = tuple(sorted({*others, *fitting}))


def _group(what: Difference) -> tuple[str, str]:
    return what.currency or "", what.group or ""


def _amounts(what: Difference) -> tuple[Decimal, Decimal] | None:
    if isinstance(what.expected, Decimal) and isinstance(what.reported, Decimal) and what.expected:
        return what.expected, what.reported
    return None
