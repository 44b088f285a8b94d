"""Lines of request bodies and envelopes, counted: what is clean beyond doubt without a job being made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from kling_cost.io.chunks import Chunk
from kling_cost.io.json_files import json_problem
from kling_cost.io.strict_json import JsonError, parse_json
from kling_cost.jobs.bodies import MAX_TAKES, clean_ask, read_tags, unreadable_job
from kling_cost.jobs.columns import priced_columns
from kling_cost.jobs.envelope import job_from_item
from kling_cost.jobs.id_likeness import composed
from kling_cost.jobs.job import NO_TAGS, Job
from kling_cost.jobs.read_jobs import repeating
from kling_cost.pricing.pricer import Pricer
from kling_cost.problems import problem
from kling_cost.summary.accumulator import Tally


class Plan(NamedTuple):
    """How jobs are counted, whoever reads them.

    Attributes:
        pricer: the book and day.
        strict: whether jobs with a warning are left out.
        all_ids: whether ids that rows get for want of one are compared, too.
        names: of the sources.
    """

    pricer: Pricer
    strict: bool
    all_ids: bool
    names: frozenset[str]

    def priced(self, columns: Collection[str]) -> list[str]:
        """The columns among some that a price depends on."""
        return [name for name in priced_columns(self.pricer.book.own_inputs) if name in columns]

    def close(self, tally: Tally, ids: list[str]) -> Tally:
        """A tally with what is kept of its jobs' ids."""
        if ids:
            from kling_cost.summary.id_hashes import hashes_of

            tally.hashes.append(hashes_of(ids))
            tally.has_row_ids |= not self.all_ids and any(map(self.is_row_id, ids))
        return tally

    def is_row_id(self, job_id: str) -> bool:
        """Whether an id reads like the one that a row without an id gets."""
        if ":" not in job_id:
            return False
        name, _, row = job_id.rpartition(":")
        return name in self.names and row.isdigit()


class LineCounter:
    """Counts chunk after chunk.

    Args:
        plan: how to count.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def tally(self, chunk: Chunk, repeated: Mapping[int, str]) -> Tally:
        """What a chunk comes to; `repeated` has rows whose id stands elsewhere already, and where."""
        name, plan = chunk.source.name, self._plan
        tally, ids = Tally(name), list[str]()
        for number, line in chunk.lines():
            if line is None:
                job = unreadable_job(name, number, problem("unreadable.long_line"))
            elif line.isspace():
                continue
            else:
                try:
                    item = parse_json(line.rstrip())
                except JsonError as error:
                    job = unreadable_job(name, number, json_problem(error, line))
                else:
                    if not repeated and self._counted(tally, item, ids, name, number):
                        continue
                    job = job_from_item(item, name, number, options=plan.pricer.book.own_inputs)
            note_id(job, ids, plan.all_ids)
            place = repeated.get(number)
            tally.add(job if place is None else repeating(job, place), plan.pricer, plan.strict)
        return plan.close(tally, ids)

    def _counted(self, tally: Tally, item: Any, ids: list[str], name: str, number: int) -> bool:
        """Whether an item was clean beyond doubt and is counted now."""
        if item.__class__ is not dict:
            return False
        body, takes, tags, job_id, provider = item, 1, NO_TAGS, None, None
        if "request" in item:
            wrapped = _clean_envelope(item)
            if wrapped is None:
                return False
            body, takes, tags, job_id, provider = wrapped
        asked = None if self._plan.pricer.book.own_inputs else clean_ask(body, provider)
        if asked is None or self._plan.pricer.clean_request(asked[0]) is None:
            return False
        if job_id is not None:
            ids.append(job_id)
        elif self._plan.all_ids:
            ids.append(f"{name}:{number}")
        tally.count((asked[0], None), 1, takes, tags)
        return True


def _clean_envelope(item: Mapping[str, Any]) -> tuple[Any, int, Mapping[str, str], str | None, str | None] | None:
    """Request, takes, tags, id and provider of an envelope about which nothing is to be said; else None."""
    takes, tags, job_id, provider = 1, NO_TAGS, None, None
    for key, value in item.items():
        kind = value.__class__
        if key == "job_id" and kind is str and not (not value or value.isspace()):
            job_id = composed(value)
        elif key == "takes" and kind is int and 1 <= value <= MAX_TAKES:
            takes = value
        elif key == "tags" and kind is dict and all(n.strip() and v.__class__ is str for n, v in value.items()):
            tags = value if all(n.isascii() and v.isascii() for n, v in value.items()) else read_tags(value, [])
            if len(tags) < len(value):
                return None
        elif key == "provider" and kind is str and not (not value or value.isspace()):
            provider = value
        elif key != "request" or kind is not dict:
            return None
    return item["request"], takes, tags, job_id, provider


def note_id(job: Job, ids: list[str], all_ids: bool) -> None:
    """Note the id that a job has to share with no other."""
    if all_ids or job.job_id != f"{job.source}:{job.row}":
        ids.append(job.job_id or "")
