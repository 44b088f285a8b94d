"""Where a request states what is changed on its job, and in which words: the same places and words as it is read by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kling_cost.io.sources import Source
from kling_cost.io.strict_json import parse_json
from kling_cost.jobs.job import Ask
from kling_cost.jobs.misnamed_fields import value_at
from kling_cost.jobs.providers import KINDS, NAME_FIELDS, words_of
from kling_cost.jobs.providers.request_words import RequestWords, in_words
from kling_cost.jobs.wrapped_requests import place_of_body
from kling_cost.jobs.writing.job_changes import MODEL, PROVIDER, TAKES, JobChange, refusal

Path = tuple[str | int, ...]
_REQUEST = "request"
_SOUND = "sound"


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
        is_beside = field == TAKES or (field in options and field in item)
        if is_beside and place.path:
            yield RequestValue(field, (field,), int(value or 1) if field == TAKES else value, item.get(field))
        elif field == TAKES:
            raise refusal(source, change, field, "unwritable.no_envelope")
        else:
            yield _in_body(source, change, place, field, value)


def _hold_seller(source: Source, change: JobChange, values: Mapping[str, str | None]) -> None:
    """Refuse another seller: its requests have other fields."""
    before, after = change.before.ask, _ask(change)
    if PROVIDER in values or (before.checked_as, _name_field(before)) != (after.checked_as, _name_field(after)):
        raise refusal(source, change, MODEL, "unwritable.other_seller")


def _in_body(source: Source, change: JobChange, place: BodyPlace, field: str, value: str | None) -> RequestValue:
    words = words_of(_ask(change))
    dotted = _place_of(change, field, words)
    before = value_at(place.body, dotted)
    new = None if value is None else in_words(words, field, value, _is_truth(change, before))
    if (new is None and value is not None) or (field == MODEL and before is None):
        raise refusal(source, change, field, "unwritable.not_found")
    path = tuple(dotted.split("."))
    if place.is_text:
        return RequestValue(field, path, new, before, place.path)
    return RequestValue(field, (*place.path, *path), new, before)


def _ask(change: JobChange) -> Ask:
    return (change.after or change.before).ask


def _name_field(ask: Ask) -> str:
    """The field of a request that names the model."""
    return NAME_FIELDS.get(ask.checked_as or "", ask.name_field)


def _place_of(change: JobChange, field: str, words: RequestWords | None) -> str:
    """Where a request states a value, as a dotted path."""
    name = _name_field(_ask(change)) if field == MODEL else field
    return name if words is None else words.places.get(name, name)


def _is_truth(change: JobChange, before: Any) -> bool:
    """Whether a request says of sound that it is true or false."""
    if before is not None:
        return isinstance(before, bool)
    ask = change.before.ask
    kind = KINDS.get((ask.checked_as or "", ask.model or ""))
    return kind is not None and kind.fields.get(_SOUND) == "boolean"
