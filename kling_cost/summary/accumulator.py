"""What a run of jobs comes to, counted instead of kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kling_cost.jobs.job import NO_TAGS, Ask, Job, ask_for
from kling_cost.pricing.line_item import Charge
from kling_cost.pricing.pricer import Pricer
from kling_cost.pricing.totals import Counts
from kling_cost.problems import Problem

#: Problems of jobs that are kept in full; of those beyond, only the codes are counted.
MOST_PROBLEMS = 1_000
#: What a price depends on: the request, and the job's own day.
Asked = tuple[Ask, date | None]


@dataclass(slots=True)
class Tally:
    """What some jobs come to; small enough to be handed from one process to another.

    Attributes:
        source: the file of all of them.
        asked: how many jobs and takes ask for the same.
        tagged: the same by name and value of a tag.
        problems: the first of them, in the order of the jobs.
        codes: how many problems have a severity and code.
        jobs, left_out: how many there are, and how many have no line item.
        unexplained: how many of those have no error of their own, but one of their file.
        hashes: of the jobs' ids, array by array, in any order.
        has_row_ids: an id reads like the one that a row without an id gets, so that those have to be compared, too.
    """

    source: str
    asked: dict[Asked, list[int]] = field(default_factory=dict)
    tagged: dict[tuple[str, str, Asked], list[int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    jobs: int = 0
    left_out: int = 0
    unexplained: int = 0
    hashes: list[Any] = field(default_factory=list)
    has_row_ids: bool = False

    def add(self, job: Job, pricer: Pricer, strict: bool = False) -> None:
        """Price and count one job; `strict` leaves out those with a warning."""
        item, problems = pricer.item_of(job, strict)
        if problems:
            self.note(problems)
        if item is None:
            self.leave_out(1)
            self.unexplained += all(found.severity != "error" for found in problems)
        else:
            self.count((job.ask, job.date), 1, job.takes, job.tags)

    def count(self, asked: Asked, jobs: int, takes: int, tags: Mapping[str, str] = NO_TAGS) -> None:
        """Count jobs that have a price."""
        self.jobs += jobs
        _add(self.asked, asked, jobs, takes)
        for name, value in tags.items():
            _add(self.tagged, (name, value, asked), jobs, takes)

    def count_tags(self, tagged: Iterable[tuple[str, str, Asked]], jobs: Iterable[int], takes: Iterable[int]) -> None:
        """Count under names and values of tags what is counted already."""
        for key, some, all_takes in zip(tagged, jobs, takes, strict=True):
            _add(self.tagged, key, some, all_takes)

    def leave_out(self, jobs: int) -> None:
        """Count jobs that have no price."""
        self.jobs += jobs
        self.left_out += jobs

    def note(self, problems: Iterable[Problem], times: int = 1) -> None:
        """Keep problems while there are few, and count them; more than one time only where none is kept any more."""
        for found in problems:
            self.codes[found.severity, found.code] += times
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(found)


def _add(counts: dict[Any, list[int]], key: Any, jobs: int, takes: int) -> None:
    entry = counts.get(key)
    if entry is None:
        counts[key] = [jobs, takes]
    else:
        entry[0] += jobs
        entry[1] += takes


class Count:
    """Adds tallies up, in the order of their jobs.

    Args:
        pricer: prices what is asked for; a charge cannot be handed from one process to another, but is made again.

    Attributes:
        counts: the jobs that have a price.
        left_out, unexplained, incomplete: how many have none, how many of these no error of their own, and their files.
    """

    def __init__(self, pricer: Pricer) -> None:
        self._pricer = pricer
        self.counts = Counts()
        self.incomplete: set[str | None] = set()
        self.problems: list[Problem] = []
        self.codes: Counter[tuple[str, str]] = Counter()
        self.jobs = self.left_out = self.unexplained = 0

    def add(self, tally: Tally) -> None:
        """Add the jobs that come next."""
        self.jobs += tally.jobs
        self.left_out += tally.left_out
        self.unexplained += tally.unexplained
        if tally.left_out:
            self.incomplete.add(tally.source)
        self.codes.update(tally.codes)
        self.problems += tally.problems[: MOST_PROBLEMS - len(self.problems)]
        for asked, numbers in tally.asked.items():
            self.counts.add(tally.source, self._charge(asked), *numbers)
        for (name, value, asked), numbers in tally.tagged.items():
            self.counts.add_tag(name, value, self._charge(asked), *numbers)

    def _charge(self, asked: Asked) -> Charge:
        ask, day = asked
        here = ask_for(*ask)
        charge = self._pricer.quote(here, day).charge
        assert charge is not None, "what was counted has a price"
        return charge
