"""The request that a row of a report's workbook stands for, as far as it is known, so that rules can be asked of it.

A workbook holds what a request asks for and needs, not the request itself: its addresses, its shots and what else it
has are drawn anew. What rules say of that alone they say of the row before and after an edit; what they say only
afterwards, the edit brought.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kling_cost.jobs.bodies import Details, job_from_body, kind_of_body
from kling_cost.jobs.job import Ask, Job, Needs, Unreadable
from kling_cost.jobs.providers import KINDS, words_of
from kling_cost.jobs.providers.request_model import RequestKind
from kling_cost.jobs.providers.request_words import RequestWords, in_words
from kling_cost.jobs.same_material import put_material, put_value
from kling_cost.problems import Problem

_MOTION = "-motion-control"
_LONGER = "x" * 100_000  # than any prompt may be
_TOO_LONG, _PROMPT = "too_long.text", "prompt"


def shown_job(job: Job, options: tuple[str, ...]) -> Job:
    """The job that is read from the request of a row, with all that rules say of it; it has no place.

    Args:
        job: what the row says.
        options: options that the price book names itself.

    >>> from kling_cost.jobs.job import ask_for, needs_of
    >>> ask = ask_for("kling", "kling-v3", 5, (("sound", "off"),), None, "kling", "model_name")
    >>> [found.message for found in shown_job(Job("a", ask=ask, prompt="Fog", needs=needs_of(voice=1)), ()).problems]
    ['not allowed when sound is off']
    """
    ask = job.ask
    path = _path_of(ask)
    body: dict[str, Any] = {} if path is not None else {_name_field(ask): ask.model}
    kind = kind_of_body(body, ask.checked_as if path is None else None, path) if ask.checked_as else None
    words = words_of(ask)
    if job.prompt:
        body[_PROMPT] = job.prompt
    if kind is not None:
        put_material(body, kind, job.needs)
        _put_shots(body, kind, job.needs, ask.shots)
    _put_values(body, ask, kind, words, options)
    return job_from_body(body, Details(provider=ask.provider, options=options, path=path))


def longest_prompt(ask: Ask) -> int | None:
    """How many characters a prompt may have; None where that is not known.

    >>> from kling_cost.jobs.job import ask_for
    >>> longest_prompt(ask_for(None, "std-text-to-video", checked_as="kling3api"))
    2000
    """
    found = shown_job(Job(None, ask=ask, prompt=_LONGER), ()).problems
    limits = [dict(one.params)["limit"] for one in found if (one.key, one.field) == (_TOO_LONG, _PROMPT)]
    return int(limits[0].replace(",", "")) if limits else None


def same_problem(found: Problem) -> tuple[object, ...]:
    """What two problems share that say the same."""
    return found.key, found.field, found.params


def _name_field(ask: Ask) -> str:
    kind = KINDS.get((ask.checked_as or "", ask.model or ""))
    return ask.name_field if kind is None else kind.name_field


def _path_of(ask: Ask) -> str | None:
    """Where a request is sent to that has its model in the path."""
    if ask.name_field != "path" or ask.model is None:
        return None
    is_motion = ask.model.endswith(_MOTION)
    operation = "motion-control" if is_motion else "omni-video"
    return f"/{operation}/{ask.model.removesuffix(_MOTION)}"


def _put_shots(body: dict[str, Any], kind: RequestKind, needs: Needs, seconds: int | None) -> None:
    """Shots that take so many seconds together; without a number, those that the model plans itself."""
    above = "model_params." if "model_params.shot_type" in kind.fields else ""
    if not needs.get("multi_shot") or f"{above}shot_type" not in kind.fields:
        return
    put_value(body, f"{above}shot_type", "intelligence" if seconds is None else "customize")
    if seconds is not None:
        put_value(body, f"{above}multi_prompt", [{"index": 1, "prompt": "a shot", "duration": f"{seconds}"}])


def _asked_for(ask: Ask) -> Iterator[tuple[str, Any]]:
    """What is asked for, by name."""
    yield from ask.options
    if ask.duration is not None:
        yield "duration", ask.duration


def _put_values(
    body: dict[str, Any], ask: Ask, kind: RequestKind | None, words: RequestWords | None, options: tuple[str, ...]
) -> None:
    """Put what is asked for where the request states it, without what its material tells."""
    is_truth = kind is not None and kind.fields.get("sound") == "boolean"
    told = () if words is None else [name for name, _ in words.inputs(body)]
    for name, value in _asked_for(ask):
        if name in told or isinstance(value, Unreadable):
            continue
        own = value if name in options else in_words(words, name, f"{value}", is_truth)
        put_value(body, name if words is None else words.places.get(name, name), value if own is None else own)
