"""Which jobs of a plan have been submitted yet; what has not is no finding, and in no figure of what is due."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from kling_cost.io.sources import Source, name_sources
from kling_cost.jobs.id_likeness import composed
from kling_cost.jobs.job import Job
from kling_cost.pricing.estimate import Estimate
from kling_cost.problems import UsageError, shown
from kling_cost.python_values import day, plain


class Submitted(NamedTuple):
    """What has been submitted.

    Attributes:
        until: jobs that are dated later are not yet submitted; None for no such day.
        ids: the jobs that are, all others are not; None where nobody says so.
    """

    until: date | None = None
    ids: frozenset[str] | None = None

    def holds(self, job: Job) -> bool:
        """Whether a job has been submitted; one without a date is never dated later.

        >>> import kling_cost as kc
        >>> plan = kc.estimate([{"request": {"model": "kling-v3", "quality": "720p", "sound": "off", "duration": 5}}])
        >>> Submitted(date(2026, 1, 1)).holds(plan.line_items[0].job)
        True
        """
        if self.until is not None and job.date is not None and job.date > self.until:
            return False
        return self.ids is None or composed(job.job_id or "") in self.ids


#: Everything has been.
ALL = Submitted()


def submitted_of(
    estimate: Estimate,
    until: date | str | None,
    submitted: str | os.PathLike[str] | Iterable[str] | Source | None,
) -> Submitted:
    """What a caller says has been submitted.

    Args:
        estimate: the plan.
        until: the last day of which jobs are submitted.
        submitted: the ids of the jobs that are, or a file with one a line.

    Raises:
        ReadError: the file cannot be read.
        UsageError: both are said, the day is none, no job has a date, or an id is no job's.
    """
    if until is not None and submitted is not None:
        raise UsageError("submitted_until and submitted exclude each other")
    if until is not None:
        return Submitted(_last_day(estimate, until))
    return ALL if submitted is None else Submitted(None, _ids(estimate, submitted))


def _last_day(estimate: Estimate, until: date | str) -> date | None:
    last = day(until, "submitted_until")
    if estimate.line_items and all(item.job.date is None for item in estimate.line_items):
        raise UsageError("no job of the plan has a date (a stored plan keeps none); pass submitted instead")
    return last


def _ids(estimate: Estimate, submitted: str | os.PathLike[str] | Iterable[str] | Source) -> frozenset[str]:
    known = {composed(item.job.job_id or "") for item in estimate.line_items}
    known |= {composed(found.job_id) for found in estimate.problems if found.job_id}
    ids = set()
    for place, line in _named(submitted):
        job_id = line if line in known else line.strip()
        if job_id not in known:
            raise UsageError(f"{place}: no job {shown(job_id)} in the plan")
        ids.add(job_id)
    return frozenset(ids)


def _named(given: str | os.PathLike[str] | Iterable[str] | Source) -> Iterator[tuple[str, str]]:
    """The ids with the place of each."""
    if isinstance(given, (Source, str, os.PathLike)):
        source = given if isinstance(given, Source) else name_sources([given])[0]
        lines, place = _lines(source), f"{source.place}:{{}}"
    else:
        lines, place = _texts(given), "submitted, number {}"
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield place.format(number), composed(line)


def _lines(source: Source) -> Iterator[str]:
    for number, line in source.lines():
        if line is None:
            raise source.error("unreadable.long_line", number)
        try:
            yield line.decode("utf-8").strip("\r\n")
        except UnicodeDecodeError:
            raise source.encoding_error() from None


def _texts(given: Iterable[object]) -> Iterator[str]:
    try:
        each = iter(given)
    except TypeError:
        raise UsageError(f"submitted must be a file or ids, not {type(given).__name__}") from None
    for job_id in map(plain, each):
        if not isinstance(job_id, str):
            raise UsageError(f"ids of submitted jobs must be text, not {shown(job_id)}")
        yield job_id
