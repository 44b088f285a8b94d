"""Where a request states what is changed on its job, and in which words: the same places and words as it is read by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kling_cost.io.sources import Source
from kling_cost.io.strict_json import parse_json
from kling_cost.jobs.misnamed_fields import value_at
from kling_cost.jobs.providers import KINDS, words_of
from kling_cost.jobs.wrapped_requests import place_of_body
from kling_cost.jobs.writing.job_changes import DURATION, MODEL, PROVIDER, TAKES, JobChange, refusal

Path = tuple[str | int, ...]
_REQUEST = "request"
_ON = "on"


class BodyPlace(NamedTuple):
    """Where a body stands in an item of a file.

    Attributes:
        path: of the body, or of the text that holds it.
        is_text: whether it stands as text.
        body: what it says.
    """

    path: Path
    is_text: bool
    body: Mapping[str, Any]


class RequestValue(NamedTuple):
    """A value of an item that changes.

    Attributes:
        field: what it says.
        path: where it stands in the item, or in the body that stands there as text.
        value: the new one; None where it is taken out.
        before: the old one; None where it is new.
        text_at: where the text that holds it stands; None for a value of the item itself.
    """

    field: str
    path: Path
    value: Any
    before: Any
    text_at: Path | None = None


def body_of(item: Mapping[str, Any]) -> BodyPlace:
    """Where the body of a request, an envelope or a recorded call stands.

    >>> body_of({"takes": 2, "request": {"model": "m"}})
    BodyPlace(path=('request',), is_text=False, body={'model': 'm'})
    """
    path: Path = ()
    body: Any = item
    request = item.get(_REQUEST)
    if isinstance(request, dict) and not ("method" in request and place_of_body(item)):
        path, body = (_REQUEST,), request
    while isinstance(body, dict) and (below := place_of_body(body)):
        path += below
        for name in below:
            body = body[name]
    return BodyPlace(path, True, parse_json(body.encode())) if isinstance(body, str) else BodyPlace(path, False, body)


def request_values(
    source: Source, item: Mapping[str, Any], change: JobChange, options: Sequence[str]
) -> Iterator[RequestValue]:
    """The values of an item that change with its job.

    Args:
        source: the file.
        item: a request body, an envelope or a recorded call.
        change: the job.
        options: options that the price book names itself, which may stand beside the request.

    Raises:
        ReadError: one of them cannot be written there.
    """
    values, place = change.values(), body_of(item)
    _hold_seller(source, change, values)
    for field, value in values.items():
        if field == TAKES or (field in options and field in item and place.path):
            if not place.path:
                raise refusal(source, change, field, "unwritable.no_envelope")
            yield RequestValue(field, (field,), int(value or 1) if field == TAKES else value, item.get(field))
        else:
            yield _in_body(source, change, place, field, value)


def _hold_seller(source: Source, change: JobChange, values: Mapping[str, str | None]) -> None:
    """Refuse another seller: its requests have other fields."""
    after, before = change.after, change.before
    of_one_form = after is None or (after.ask.checked_as, after.ask.name_field) == (
        before.ask.checked_as,
        before.ask.name_field,
    )
    if PROVIDER in values or not of_one_form:
        raise refusal(source, change, MODEL, "unwritable.other_seller")


def _in_body(source: Source, change: JobChange, place: BodyPlace, field: str, value: str | None) -> RequestValue:
    ask = change.before.ask if change.after is None else change.after.ask
    words, name = words_of(ask), ask.name_field if field == MODEL else field
    dotted = name if words is None else words.places.get(name, name)
    path, before = tuple(dotted.split(".")), value_at(place.body, dotted)
    if field == MODEL and before is None:
        raise refusal(source, change, field, "unwritable.not_found")
    new: Any = value
    if words is not None and field in words.values:
        new = next((theirs for theirs, ours in words.values[field].items() if ours == value), None)
    elif field == DURATION and not (words is not None and words.seconds_are_text):
        new = None if value is None else int(value)
    elif field == "sound" and value is not None and _is_boolean(change, before):
        new = value == _ON
    if new is None and value is not None:
        raise refusal(source, change, field, "unwritable.not_found")
    at: Path = path if place.is_text else (*place.path, *path)
    return RequestValue(field, at, new, before, place.path if place.is_text else None)


def _is_boolean(change: JobChange, before: Any) -> bool:
    """Whether a request says of sound that it is true or false."""
    if before is not None:
        return isinstance(before, bool)
    ask = change.before.ask
    kind = KINDS.get((ask.checked_as or "", ask.model or ""))
    return kind is not None and kind.fields.get("sound") == "boolean"
