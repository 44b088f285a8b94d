"""What a plan costs for what comes of it: per kept shot, per usable second and per finished minute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from kling_cost.amounts import divide_half_up
from kling_cost.planning.risk.cohorts import Cohort, weighted
from kling_cost.planning.risk.risk_figures import PerResult
from kling_cost.planning.rules.take_types import TakeClass

_KEPT_PLACES = 6
_MINUTE = 60


def per_result(classes: Sequence[TakeClass], cohorts: Sequence[Cohort]) -> Iterator[PerResult]:
    """What each class costs for what comes of it, by currency."""
    found: dict[tuple[str, str], list[Cohort]] = defaultdict(list)
    for cohort in cohorts:
        if cohort.of is not None:
            found[cohort.of.place, cohort.charge.currency].append(cohort)
    for of in classes:
        for place, currency in sorted(found):
            if place == of.place:
                yield _of_class(of.name, currency, found[place, currency])


def _of_class(name: str, currency: str, cohorts: Sequence[Cohort]) -> PerResult:
    cost, kept, seconds = Fraction(0), Fraction(0), Fraction(0)
    is_timed = True
    for cohort in cohorts:
        cost += Fraction(cohort.charge.due) * weighted([mean for mean, _ in cohort.moments])
        kept += cohort.kept
        is_timed &= cohort.seconds is not None
        seconds += cohort.kept * (cohort.seconds or 0)
    by_time = seconds if is_timed else Fraction(0)
    shots = divide_half_up(kept, Decimal(1), _KEPT_PLACES)
    return PerResult(name, shots, _each(cost, kept), _each(cost, by_time), _each(_MINUTE * cost, by_time), currency)


def _each(cost: Fraction, by: Fraction) -> Decimal | None:
    """The cost of one of some; None of nothing."""
    return divide_half_up(cost / by, Decimal(1)) if by else None
