"""Requests inside what tools write around them: HTTP records, HAR and Postman files, lists under a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kling_cost.io.json_files import json_problem
from kling_cost.io.sources import Source
from kling_cost.io.strict_json import JsonError, parse_json
from kling_cost.jobs.field_names import folded
from kling_cost.problems import Listed, Problem, ReadError, problem

_OF_A_CALL = ("url", "method", "headers", "uri", "mimeType", "postData")
_BODIES = ("body", "postData", "json", "data", "payload")
#: What a tool writes a call below, and a body that is text.
_INNER, _TEXTS = "request", ("text", "raw")
_LISTS = ("jobs", "requests")
#: Keys that a list's object may have beside it; everything else might be a rule.
_NOTES = ("name", "title", "note", "notes", "description", "comment", "comments", "version", "created", "$schema")
_DEEPEST, _MOST = 8, 5_000


class Call(NamedTuple):
    """A request body that was found in the record of a call.

    Attributes:
        body: the body; None where it cannot be read.
        url: the address that it was sent to, where the record has one.
        fault: why it cannot be read.
    """

    body: dict[str, Any] | None
    url: str | None
    fault: Problem | None = None


def recorded_call(item: Mapping[str, Any]) -> Call | None:
    """The call that an object records; None for an object that is no such record.

    >>> recorded_call({"method": "POST", "url": "https://api.example.com", "body": '{"model": "m"}'})
    Call(body={'model': 'm'}, url='https://api.example.com', fault=None)
    >>> recorded_call({"model": "m", "body": "a"})
    """
    place = place_of_body(item)
    if place is None:
        return None
    holder = item[place[0]] if place[0] == _INNER else item
    url = holder.get("url", holder.get("uri"))
    url = url.get("raw") if isinstance(url, dict) else url
    body: Any = item
    for name in place:
        body = body[name]
    return _call(body, url if isinstance(url, str) else None)


def place_of_body(item: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Where the body stands in the record of a call; None for an object that is no such record.

    >>> place_of_body({"request": {"url": "https://api.example.com", "postData": {"text": "{}"}}})
    ('request', 'postData', 'text')
    """
    inner = item.get(_INNER)
    holder, place = (inner, (_INNER,)) if isinstance(inner, dict) else (item, ())
    if not any(key in holder for key in _OF_A_CALL) or "model" in holder or "type" in holder:
        return None
    name = next((key for key in _BODIES if key in holder), None)
    if name is None:
        return None
    body = holder[name]
    wrapped = isinstance(body, dict) and not ("model" in body or "type" in body)
    text = next((key for key in _TEXTS if key in body), None) if wrapped else None
    return (*place, name) if text is None else (*place, name, text)


def _call(body: Any, url: str | None) -> Call:
    if isinstance(body, str):
        try:
            body = parse_json(body.encode("utf-8", "surrogatepass"))
        except JsonError as error:
            why = json_problem(error, body.encode("utf-8", "replace")).message
            return Call(None, url, problem("unreadable.call", why=why))
    if not isinstance(body, dict):
        return Call(None, url, problem("unreadable.not_object", value=body))
    return Call(body, url)


def listed_items(document: dict[str, Any]) -> list[Any] | Problem | None:
    """The requests inside a document that is not itself a request.

    Returns:
        A list of requests, envelopes or recorded calls; the problem of a document that holds requests but says more
        than would be read; None for a document that may be a request.

    >>> listed_items({"requests": [{"model": "m"}]})
    [{'model': 'm'}]
    >>> listed_items({"budget": "5 USD", "jobs": [{"model": "m"}]}).hint
    'pass --input-format yaml, or pass only the list'
    """
    if "model" in document or "type" in document or recorded_call(document) is not None:
        return None
    recorded = _recorded(document)
    if recorded is not None:
        return recorded
    name = next((key for key in _LISTS if isinstance(document.get(key), list)), None)
    if name is not None and all(isinstance(item, dict) for item in document[name]):
        return _only_list(document, name)
    below = list(_below(document)) if "request" not in document else []
    if below:
        return problem("unreadable.bodies_below", count=len(below), place=below[0])
    return None


def requests_in(source: Source, document: Any) -> list[Any]:
    """The requests of a document that is not a list: the document itself, or those inside it.

    Raises:
        ReadError: it holds requests, but says more than would be read.
    """
    found = listed_items(document) if isinstance(document, dict) else None
    if isinstance(found, Problem):
        raise ReadError(found.at(None, source.place, None))
    return [document] if found is None else found


def _recorded(document: dict[str, Any]) -> list[Any] | None:
    """The calls of a HAR file or of a Postman collection."""
    log = document.get("log")
    if isinstance(log, dict) and isinstance(log.get("entries"), list):
        return [entry for entry in log["entries"] if not isinstance(entry, dict) or recorded_call(entry) is not None]
    if isinstance(document.get("item"), list) and "info" in document:
        return [item for item in _items(document["item"], 0) if recorded_call(item) is not None]
    return None


def _items(items: list[Any], depth: int) -> Iterator[dict[str, Any]]:
    for item in items:
        if isinstance(item, dict):
            inner = item.get("item")
            if isinstance(inner, list) and depth < _DEEPEST:
                yield from _items(inner, depth + 1)
            else:
                yield item


def _only_list(document: dict[str, Any], name: str) -> list[Any] | Problem:
    """The list of that name, unless the document says more than would be read."""
    others = [key for key in document if key != name and key not in _NOTES and not key.startswith(("x-", "_"))]
    key = "unreadable.campaign_json" if name == _LISTS[0] else "unreadable.list_json"
    return problem(key, keys=Listed(others), name=name) if others else list(document[name])


def _below(document: Any) -> Iterator[str]:
    """The places of what looks like requests inside a document."""
    left = [("", document, 0)]
    seen = 0
    while left and seen < _MOST:
        path, value, depth = left.pop(0)
        seen += 1
        if path and isinstance(value, dict) and _is_request(value):
            yield path
        elif depth < _DEEPEST:
            left += [(place, inner, depth + 1) for place, inner in _named_values(path, value)[:_MOST]]


def _named_values(path: str, value: Any) -> list[tuple[str, Any]]:
    """What an object or a list holds, each with its place."""
    if isinstance(value, dict):
        return [(f"{path}.{key}" if path else str(key), inner) for key, inner in value.items()]
    return [(f"{path}[{at}]", inner) for at, inner in enumerate(value)] if isinstance(value, list) else []


def _is_request(value: dict[str, Any]) -> bool:
    name = value.get("model", value.get("type"))
    named = isinstance(name, str) and any(folded(key) in ("prompt", "duration", "modelparams") for key in value)
    return named or isinstance(value.get("request"), dict)
