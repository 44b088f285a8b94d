"""Estimates that were made earlier, in the order of their days."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from kling_cost.io.sources import name_sources, refuse_repeated
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.read_estimate import read_estimate
from kling_cost.problems import Problem, UsageError, problem
from kling_cost.python_values import list_of

_LIST = "estimates"  # what an argument that is no file is called as a source


class EarlierPlan(NamedTuple):
    """An estimate that was made earlier.

    Attributes:
        name: of its file.
        estimate: jobs without an upper end of their cost are left out.
        problems: the errors of those.
    """

    name: str
    estimate: Estimate
    problems: tuple[Problem, ...]

    def remarks(self) -> Iterator[Problem]:
        """What it lacks."""
        yield from self.problems
        if self.estimate.partial:
            count = f"{self.estimate.left_out:,}"
            yield problem("missing.planned_costs", count=count).at(None, self.name, None)


def plans_given(estimates: Any) -> list[EarlierPlan]:
    """An argument as plans, the earliest first; those without a day are before all others.

    Args:
        estimates: an estimate, the path of a stored one, or several of them.

    Raises:
        ReadError: a file is no stored estimate.
        UsageError: there is none, or a file is passed twice.
    """
    given = list_of(estimates, "estimates", (str, os.PathLike, Estimate), "an estimate, or the path of a stored one")
    if not given:
        raise UsageError("estimates are missing: pass one, or the path of a stored one")
    refuse_repeated_files(given)
    plans = []
    for number, one in enumerate(given, 1):
        if isinstance(one, Estimate):
            plans.append(_plan(f"{_LIST}[{number}]", one))
        else:
            plans.append(_plan(os.fspath(one), read_estimate(one)))
    return sorted(plans, key=lambda plan: (plan.estimate.as_of or date.min, plan.name))


def refuse_repeated_files(given: Any) -> None:
    """Refuse a file that is passed twice.

    Args:
        given: one thing or several, paths among them.

    Raises:
        UsageError: two paths are of one file.
    """
    several = given if isinstance(given, (list, tuple)) else [given]
    refuse_repeated(name_sources([one for one in several if isinstance(one, (str, os.PathLike))]))


def _plan(name: str, estimate: Estimate) -> EarlierPlan:
    closed = estimate.with_upper_ends()
    return EarlierPlan(name, closed, tuple(closed.problems[len(estimate.problems) :]))
