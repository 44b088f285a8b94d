"""A plan with some of its jobs changed: what it costs, and what each change saves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from kling_cost.amounts import EXACT
from kling_cost.planning.fit.alternatives import Alternative, AlternativeFinder, changed_item
from kling_cost.planning.fit.plan import PlannedChange, PlannedJob
from kling_cost.planning.rules.fitting.fit_rules import DROP, TAKES
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
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
    """What the jobs of a changed plan cost; what was said of jobs as they were is left out."""
    items = [job.item for job in jobs if not job.dropped]
    charges = list({id(item.charge): item.charge for item in items}.values())
    stamp = stamp_of(pricer.book, estimate.as_of, charges)
    gone: dict[_Place, frozenset[str]] = {}
    for job, before in zip(jobs, estimate.line_items, strict=True):
        if job.dropped or job.item is not before:
            at = before.job_id, before.source, before.row
            gone[at] = _remarks(before, pricer) - (frozenset() if job.dropped else _remarks(job.item, pricer))
    problems = [found for found in estimate.problems if not _is_gone(found, gone)]
    return replace(estimate, line_items=items, problems=problems, price_book=stamp)


def _remarks(item: LineItem, pricer: Pricer) -> frozenset[str]:
    """What the price of a job gives to say."""
    return frozenset(found.key for found in pricer.quote(item.job.ask, item.job.date).problems)


def _is_gone(found: Problem, gone: Mapping[_Place, frozenset[str]]) -> bool:
    return found.key in gone.get((found.job_id, found.source, found.row), ())


def changes_of(item: LineItem, to: Alternative, weight: int, finder: AlternativeFinder) -> Iterator[PlannedChange]:
    """The changes of one job, each with what it saves after those before it."""
    job, charge, values = item.job, item.charge, {}
    named = job.job_id, job.source, job.row

    def saved(before: Decimal, after: Decimal) -> Decimal:
        return EXACT.subtract(before, after)

    for part, value, pain in to.parts:
        values[part] = value
        # What is not for sale on the way is told with the change after it.
        after = to.charge if len(values) == len(to.parts) else finder.charge(item, values) or charge
        saves = EXACT.multiply(saved(charge.due, after.due), Decimal(item.takes))
        before = item.charge.options[part]
        yield PlannedChange(*named, part, before, value, weight * pain, saves, item.currency)
        charge = after
    if not to.takes:
        yield PlannedChange(*named, DROP, None, None, weight * to.takes_pain, item.due, item.currency)
    elif to.takes != item.takes:
        saves = EXACT.multiply(charge.due, Decimal(item.takes - to.takes))
        fewer = str(item.takes), str(to.takes)
        yield PlannedChange(*named, TAKES, *fewer, weight * to.takes_pain, saves, item.currency)
