"""What a sheet that was dropped comes to: its shots as they were changed, the verdict, and a plan that fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from kling_cost.jobs.job import Jobs
from kling_cost.planning.fit.fit import fit
from kling_cost.planning.fit.plan import Plan
from kling_cost.planning.fit.sellers.seller_moves import seller_of
from kling_cost.planning.rules.fitting.fit_rules import DROP, SELLER
from kling_cost.planning.verdict import Verdict, check
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.estimate import Estimate, estimate
from kling_cost.problems import KlingCostError
from kling_cost.serving.changed_shots import ChangedShots, ShotChanger
from kling_cost.serving.dropped_sheet import DroppedSheet, read_dropped
from kling_cost.serving.uploads import Upload, Wishes


@dataclass(frozen=True)
class Prices:
    """Which prices a server uses.

    Attributes:
        book: the price book.
        as_of: the day whose rates count.
    """

    book: PriceBook
    as_of: date | None


@dataclass(frozen=True)
class PricedSheet:
    """What a sheet comes to.

    Attributes:
        sheet: what was found in it.
        before: what it costs as it is; None where it cannot be priced yet.
        shots: its shots as they were changed.
        changer: what changes them.
        verdict: the check against the budget; None without one.
        plan: the plan that fits, where one was asked for.
        faults: why something that was wished for could not be done.
    """

    sheet: DroppedSheet
    before: Estimate | None = None
    shots: ChangedShots | None = None
    changer: ShotChanger | None = None
    verdict: Verdict | None = None
    plan: Plan | None = None
    faults: Sequence[KlingCostError] = ()

    @property
    def now(self) -> Estimate | None:
        """What it costs with the changes."""
        return None if self.shots is None else self.shots.estimate


def price_dropped(upload: Upload, prices: Prices) -> PricedSheet:
    """Read and price a sheet, with what was said of it.

    Args:
        upload: the sheet.
        prices: which prices to use.
    """
    sheet = read_dropped(upload, prices.book)
    return PricedSheet(sheet) if sheet.jobs is None else _priced(sheet, sheet.jobs, upload.wishes, prices)


def _priced(sheet: DroppedSheet, jobs: Jobs, wishes: Wishes, prices: Prices) -> PricedSheet:
    try:
        before = estimate(jobs, prices.book, as_of=prices.as_of)
    except KlingCostError as error:
        return PricedSheet(replace(sheet, fault=error))
    changer = ShotChanger(before)
    shots = changer.changed(wishes.changes)
    faults: list[KlingCostError] = []
    verdict = plan = None
    try:
        verdict = _verdict(shots.estimate, wishes.budget)
        if wishes.is_fitted:
            plan = fit(shots.estimate, wishes.budget or None, may=list(wishes.may) or None)
    except KlingCostError as error:
        faults.append(error)
    return PricedSheet(sheet, before, shots, changer, verdict, plan, faults)


def _verdict(plan: Estimate, budget: str) -> Verdict | None:
    """The verdict, where there is a budget, or the campaign has limits or rules."""
    is_held = any(campaign.limits or campaign.rules for campaign in plan.campaigns)
    return check(plan, budget=budget or None) if budget or is_held else None


def with_plan(wishes: Wishes, plan: Plan) -> Wishes:
    """What was wished for with the changes of a plan taken over.

    >>> import kling_cost as kc
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog", "sound": "on"}])
    >>> wishes = with_plan(Wishes(), kc.fit(estimate, "30 EVOLINK_CREDIT", may="sound"))
    >>> dict(wishes.changes["1"])
    {'sound': 'off'}
    """
    changes: dict[str, Mapping[str, str]] = dict(wishes.changes)
    sellers = {job.item.row: str(seller_of(job.item.charge)) for job in plan.jobs}
    for one in plan.changes:
        if one.change != DROP and one.to is not None:
            row, to = str(one.row), sellers[one.row] if one.change == SELLER else one.to
            changes[row] = {**changes.get(row, {}), one.change: to}
    return replace(wishes, changes=changes, is_fitted=False)
