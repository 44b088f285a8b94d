"""Envelopes: the object around a request, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kling_cost.jobs.bodies import (
    Details,
    job_from_body,
    job_of_call,
    read_date,
    read_locked,
    read_tags,
    read_takes,
    read_task_ids,
    unreadable_job,
)
from kling_cost.jobs.id_likeness import composed
from kling_cost.jobs.job import ENVELOPE, NO_TAGS, Job, ask_for
from kling_cost.jobs.misnamed_fields import PRICED, Known, is_about_money, meant_faults
from kling_cost.jobs.spelling import closest_field
from kling_cost.jobs.wrapped_requests import recorded_call
from kling_cost.problems import Problem, problem

#: The path belongs to the request: some APIs name the model in it.
_KEYS = ("request", "path", *ENVELOPE)


def job_from_item(item: Any, source: str, row: int, provider: str | None = None, options: tuple[str, ...] = ()) -> Job:
    """A job from one JSON value: a request body or an envelope around one.

    Args:
        item: the value; anything but an object gives an unreadable job.
        source: the file's name.
        row: line or position, from 1.
        provider: the provider that holds where the item names none.
        options: options that the price book names itself, which a body may give.

    >>> job_from_item({"model": "kling-v3-text-to-video", "prompt": "Fog"}, "jobs.json", 1).ask.model
    'kling-v3-text-to-video'
    """
    if item.__class__ is dict and "request" not in item:
        return job_from_body(item, Details(f"{source}:{row}", source, row, provider, options=options))
    if not isinstance(item, dict):
        return unreadable_job(source, row, problem("unreadable.not_object", value=item))
    return Envelope(item).job(source, row, provider, options)


class Envelope:
    """Reads the object around a request, strictly."""

    def __init__(self, item: Mapping[str, Any]) -> None:
        self._item = item
        self.problems: list[Problem] = []

    def job(self, source: str, row: int, provider: str | None, options: tuple[str, ...] = ()) -> Job:
        """The job of this envelope; the arguments are those of `job_from_item`."""
        request = self._item["request"]
        call = recorded_call(self._item) if request.__class__ is dict and "method" in request else None
        if call is None and len(self._item) > 1:
            self._check_keys(request, options)
        details = self._details(source, row, provider)._replace(options=options)
        if call is not None:
            return job_of_call(call, details)
        if not isinstance(request, dict):
            why = problem("wrong_type.object", "request", value=request)
            return details._replace(task_ids=()).job(ask_for(details.provider, None), [why], readable=False)
        beside = {name: self._item[name] for name in options if name in self._item}
        self.problems += [problem("duplicate.input", name) for name in beside if name in request]
        return job_from_body({**request, **beside}, details)

    def _details(self, source: str, row: int, provider: str | None) -> Details:
        item, problems = self._item, self.problems
        job_id = self._text("job_id") or f"{source}:{row}"
        named = self._text("provider") or provider
        takes = read_takes(item["takes"], problems) if "takes" in item else 1
        day = read_date(item["date"], problems) if "date" in item else None
        tags = read_tags(item["tags"], problems) if "tags" in item else NO_TAGS
        task_ids = read_task_ids(item["task_id"], problems) if "task_id" in item else ()
        locked = read_locked(item["locked"], problems) if "locked" in item else False
        path = self._text("path")
        return Details(job_id, source, row, named, takes, day, tags, task_ids, problems, path=path, locked=locked)

    def _check_keys(self, request: Any, options: tuple[str, ...]) -> None:
        """Note the keys that no envelope has: what says something of the price is an error."""
        unknown = {key: value for key, value in self._item.items() if key not in (*_KEYS, *options)}
        if unknown:
            body = request if isinstance(request, dict) else {}
            takes = self._item.get("takes", 1)
            meant = meant_faults(unknown.items(), Known(body, PRICED, takes if isinstance(takes, int) else 1))
            self.problems += [_unknown_key(key) for key in unknown if key not in meant]
            self.problems += meant.values()

    def _text(self, key: str) -> str | None:
        if key not in self._item:
            return None
        value = self._item[key]
        if not isinstance(value, str):
            self.problems.append(problem("wrong_type.text", key, value=value))
            return None
        if not value.strip():
            self.problems.append(problem("missing.empty", key))
            return None
        return composed(value)


def _unknown_key(key: str) -> Problem:
    meant = closest_field(key, _KEYS)
    if meant:
        return problem("unknown_field.misspelt_key", key, meant=meant)
    return problem("unknown_field.rule" if is_about_money(key) else "unknown_field.ignored", key)
