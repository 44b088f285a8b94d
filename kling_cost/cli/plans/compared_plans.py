"""Read the two plans of a comparison, each with its own prices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kling_cost.cli.job_inputs import job_sources, read_estimate, stored_plan
from kling_cost.cli.options import InputOptions, PriceOptions
from kling_cost.jobs.own_line_items import StoredEstimateError
from kling_cost.planning.changes.compare_plans import diff
from kling_cost.problems import UsageError

if TYPE_CHECKING:
    from kling_cost.planning.changes.change import Change
    from kling_cost.pricebook.book import PriceBook
    from kling_cost.pricing.estimate import Estimate

#: A file, and its prices.
Priced = tuple[str, PriceOptions]


def compared(old: Priced, new: Priced, inputs: InputOptions, fail_above: str | None = None) -> Change:
    """What changed from one file to another.

    Args:
        old, new: the files, and their prices.
        inputs: how to read both.
        fail_above: the growth that makes the exit code 3.

    Raises:
        ReadError, PriceBookError, UsageError: one cannot be read, or the options exclude each other.
    """
    if old[0] == new[0] == "-":
        raise UsageError("standard input can be used only once")
    before, old_book = read_plan(old, inputs, without_rates=True)
    after, new_book = read_plan(new, inputs)
    return diff(before, after, old_book=old_book, new_book=new_book, fail_above=fail_above)


def compared_with(old: Priced, new: Estimate, inputs: InputOptions) -> Change:
    """What changed from a file to a plan that has been read already."""
    if old[0] == "-":
        raise UsageError("standard input can be used only once")
    before, _ = read_plan(old, inputs, without_rates=True)
    return diff(before, new)


def read_plan(file: Priced, inputs: InputOptions, without_rates: bool = False) -> tuple[Estimate, PriceBook | None]:
    """A plan, and for a stored one the price book that is given for it.

    Args:
        file: the file, and its prices.
        inputs: how to read it.
        without_rates: exchange rates that are given are not for a stored plan.
    """
    path, price = file
    inputs = replace(inputs, jobs=(path,))
    try:
        return read_estimate(inputs, price, stored=False), None
    except StoredEstimateError as found:
        bare = replace(price, prices=None, overlay=(), rate=() if without_rates else price.rate)
        return stored_plan(job_sources(inputs), inputs, bare, found), price.book() if price.given else None
