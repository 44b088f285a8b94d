"""A plan with some of its jobs changed: what it costs, and what each change saves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from decimal import Decimal

from kling_cost.amounts import EXACT
from kling_cost.planning.fit.alternatives import Alternative, AlternativeFinder, changed_item
from kling_cost.planning.fit.plan import PlannedChange, PlannedJob
from kling_cost.planning.fit.sellers.seller_moves import Move, named_seller, seller_of
from kling_cost.planning.rules.fitting.fit_rules import DROP, SELLER, TAKES
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.pricing.pricer import Pricer
from kling_cost.pricing.provenance import stamp_of
from kling_cost.problems import Problem

_Place = tuple[str | None, str | None, int | None]  # of a job: its id, file and row


def changed_jobs(estimate: Estimate, changed: Mapping[int, Alternative]) -> list[PlannedJob]:
    """The jobs of a plan, those at some places changed."""
    found = []
    for place, item in enumerate(estimate.line_items):
        to = changed.get(place)
        dropped = to is not None and not to.takes
        found.append(PlannedJob(item if to is None or dropped else changed_item(item, to), dropped))
    return found


def changed_estimate(estimate: Estimate, jobs: list[PlannedJob], pricer: Pricer) -> Estimate:
    """What the jobs of a changed plan cost, with what is said of them as they are now."""
    items = [job.item for job in jobs if not job.dropped]
    charges = list({id(item.charge): item.charge for item in items}.values())
    stamp = stamp_of(pricer.book, estimate.as_of, charges)
    gone: dict[_Place, Set[str]] = {}
    new: list[Problem] = []
    for job, before in zip(jobs, estimate.line_items, strict=True):
        if job.dropped or job.item is not before:
            at = before.job_id, before.source, before.row
            then, now = _remarks(before, pricer), {} if job.dropped else _remarks(job.item, pricer)
            gone[at] = then.keys() - now.keys()
            new += [found.at(*at) for key, found in now.items() if key not in then]
    problems = [*(found for found in estimate.problems if not _is_gone(found, gone)), *new]
    return replace(estimate, line_items=items, problems=problems, price_book=stamp)


def _remarks(item: LineItem, pricer: Pricer) -> dict[str, Problem]:
    """What the price of a job gives to say, by key."""
    return {found.key: found for found in pricer.quote(item.job.ask, item.job.date).problems}


def _is_gone(found: Problem, gone: Mapping[_Place, Set[str]]) -> bool:
    return found.key in gone.get((found.job_id, found.source, found.row), ())


def changes_of(item: LineItem, to: Alternative, weight: int, finder: AlternativeFinder) -> Iterator[PlannedChange]:
    """The changes of one job, each with what it saves after those before it.

    A change of seller that changes the currency is told twice: what it saves in the old one, what it costs in the new.
    """
    job, charge, takes = item.job, item.charge, Decimal(item.takes)
    named = job.job_id, job.source, job.row
    for (part, value, pain), after in zip(to.parts, _charges(item, to, finder), strict=True):
        change = (*named, part, *values_of(item, finder, part, value))
        due, then = (EXACT.multiply(one.due, takes) for one in (charge, after))
        if after.currency == charge.currency:
            yield PlannedChange(*change, weight * pain, EXACT.subtract(due, then), charge.currency)
        else:
            yield PlannedChange(*change, weight * pain, due, charge.currency)
            yield PlannedChange(*change, 0, then.copy_negate(), after.currency, then)
        charge = after
    if not to.takes:
        yield PlannedChange(*named, DROP, None, None, weight * to.takes_pain, item.due, item.currency)
    elif to.takes != item.takes:
        saves = EXACT.multiply(charge.due, Decimal(item.takes - to.takes))
        fewer = str(item.takes), str(to.takes)
        yield PlannedChange(*named, TAKES, *fewer, weight * to.takes_pain, saves, charge.currency)


def _charges(item: LineItem, to: Alternative, finder: AlternativeFinder) -> list[Charge]:
    """What one take costs after each change of a request.

    What is not for sale on the way is told with the change after it, but for a new currency, which the seller brings.
    """
    values: dict[str, str] = {}
    found: list[Charge | None] = []
    move = None
    for part, value, _ in to.parts[:-1]:
        if part == SELLER:
            move = Move(named_seller(value), True)
        else:
            values[part] = value
        requested = finder.requested(item, move, values)
        found.append(None if requested is None else requested.charge)
    charges, at = [], item.charge
    for place, charge in enumerate([*found, to.charge][: len(to.parts)]):
        if charge is not None:
            at = charge
        elif at.currency != to.charge.currency:
            at = next(one for one in [*found[place:], to.charge] if one is not None)
        charges.append(at)
    return charges


def values_of(item: LineItem, finder: AlternativeFinder, part: str, value: str) -> tuple[str, str]:
    """The value of a part before, and now; sellers by what tells them apart."""
    if part != SELLER:
        return finder.asked(item)[part], value
    old, new = seller_of(item.charge), named_seller(value)
    return old.beside(new), new.beside(old)
