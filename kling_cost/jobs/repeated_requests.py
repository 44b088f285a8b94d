"""Requests that repeat an earlier one word for word, though nothing says that they are meant to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kling_cost.jobs.job import Job

#: Keys of an envelope by which somebody says that a repetition is meant.
_MEANT = ("job_id", "takes", "task_id")


class Repeated:
    """Remembers the requests of one reading, eight bytes of each."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def marked(self, item: Any, job: Job, line: bytes | None = None) -> Job:
        """The job, marked where its item's request came before.

        Args:
            item: the request or envelope that the job was made of.
            job: the job.
            line: its text, where it is a line of many; lines are held against lines, which costs next to nothing.

        >>> again, body = Repeated(), {"model": "kling-v3-text-to-video", "prompt": "Fog"}
        >>> [again.marked(item, Job("a")).repeats for item in (body, dict(body), {"request": body}, {"prompt": "Fog"})]
        [False, True, True, False]
        """
        if not job.readable:
            return job
        if "request" in item:
            if any(key in item for key in _MEANT):
                return job
            item = {**item, **item["request"]}
            del item["request"]
            item.pop("locked", None)
        digest = hash(_frozen(item) if line is None else line)
        if digest in self._seen:
            return job._replace(repeats=True)
        self._seen.add(digest)
        return job


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return frozenset((key, _frozen(inner)) for key, inner in value.items())
    return tuple(map(_frozen, value)) if isinstance(value, (list, tuple)) else value
