"""Compare two plans: what changed, and what each change costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kling_cost.planning.changes.change import Change, JobChange, added, removed
from kling_cost.planning.changes.growth import allowance
from kling_cost.planning.changes.match_jobs import has_own_id, pairs_of
from kling_cost.planning.changes.price_steps import DURATION, Side, StepFinder, counted, side_of
from kling_cost.pricebook.book import PRICED_OPTIONS, PriceBook, book_given
from kling_cost.pricebook.load import load_prices
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.problems import Problem, problem
from kling_cost.python_values import instance, text

_WANTED = "an estimate from estimate() or read_estimate()"


def diff(
    old: Estimate,
    new: Estimate,
    *,
    old_book: PriceBook | None = None,
    new_book: PriceBook | None = None,
    fail_above: str | None = None,
) -> Change:
    """Explain what changed from one plan to another, in steps that add up to the last digit.

    Jobs are matched by `job_id`. The steps are: removed, added, price (price book and date, at the old options),
    seller, quality, sound, other options of the price book, duration, takes. Each is the difference of two prices; one
    that is not for sale by itself is joined with the next.

    Args:
        old, new: the plans.
        old_book, new_book: the price book of a plan that was stored, so that changes of prices and of options can be
            told apart, and figures that it does not explain are seen.
        fail_above: growth beyond which `exit_code` is 3: `"5%"` of any currency, or an amount such as `"20 USD"`.

    Returns:
        The change, by step, job and tag, in each currency and in one money.

    Raises:
        UsageError: a plan is not an estimate, or `fail_above` is neither a percentage nor an amount.

    >>> import kling_cost as kc
    >>> shot = {"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}
    >>> change = diff(kc.estimate([shot]), kc.estimate([shot, {**shot, "job_id": "b"}]), fail_above="5%")
    >>> change, change.exit_code
    (<Change: 1 job changed, 27 EVOLINK_CREDIT>, 3)
    """
    old = instance(old, Estimate, "old", _WANTED).with_upper_ends()
    new = instance(new, Estimate, "new", _WANTED).with_upper_ends()
    limit = text(fail_above, "fail_above")
    if limit is not None:
        allowance(limit, "fail_above")  # a wrong one stops the run before anything is compared
    sides = side_of(old, _book_of(old, old_book)), side_of(new, _book_of(new, new_book))
    options = _options(*sides)
    finder = StepFinder(*sides, options)
    jobs = [_job(finder, *pair) for pair in pairs_of(old.line_items, new.line_items)]
    change = Change(old, new, jobs, options, (), limit)
    return Change(old, new, jobs, options, list(_notes(change)), limit)


def _book_of(plan: Estimate, given: PriceBook | None) -> PriceBook | None:
    """The price book of a plan: its own, the one that is given, or the default if it was made with that."""
    book = plan.book or book_given(given)
    if book is None and load_prices().sha256 == plan.price_book.sha256:
        return load_prices()
    return book


def _options(old: Side, new: Side) -> tuple[str, ...]:
    """The options that steps are named after: quality and sound, then those that a price book names itself."""
    own = [side.pricer.book.own_options for side in (new, old) if side.pricer is not None]
    for side in (new, old):
        charges = [charge for charge, _, _ in side.estimate.by_charge]
        own += [side.estimate.own_options, *(tuple(charge.options) for charge in charges)]
        own += [tuple(name for name, _ in counted(charge)) for charge in charges]
    return (*PRICED_OPTIONS, *dict.fromkeys(name for names in own for name in names if name != DURATION))


def _job(finder: StepFinder, old: LineItem | None, new: LineItem | None) -> JobChange:
    if old is not None and new is not None:
        steps = finder.steps(old, new)
        return JobChange(new.job_id, "changed" if steps or not _is_same(old, new) else "same", steps, old, new)
    if new is not None:
        return JobChange(new.job_id, "added", (added(new),), None, new)
    return JobChange(old and old.job_id, "removed", (removed(old),) if old else (), old, None)


def _is_same(old: LineItem, new: LineItem) -> bool:
    """Whether two jobs of one cost are the same to the plan."""
    if old.takes != new.takes or old.tags != new.tags:
        return False
    one, other = old.charge, new.charge
    return one is other or (one.provider, one.model, one.options) == (other.provider, other.model, other.options)


def _notes(change: Change) -> Iterator[Problem]:
    """What makes a comparison say less than it seems to."""
    by_row = _without_id(change.jobs)
    if by_row:
        yield problem("missing.job_ids", "job_id", count=f"{by_row:,}")
    if change.is_unsplit:
        yield problem("missing.book_of_stored")
    for plan, key in ((change.old, "missing.old_costs"), (change.new, "missing.new_costs")):
        if plan.partial:
            yield problem(key, count=f"{plan.left_out:,}")


def _without_id(jobs: Sequence[JobChange]) -> int:
    """How many jobs that changed have no id of their own."""
    changed = (job.new or job.old for job in jobs if job.status != "same")
    return sum(1 for item in changed if item is not None and not has_own_id(item))
