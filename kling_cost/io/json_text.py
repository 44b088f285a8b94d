"""Write results as JSON: the same bytes for the same input, one record per line so that diffs are readable."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

_BROKEN = 2  # levels that are written one entry a line


class JsonLines:
    """A list whose entries are JSON text already, made one by one.

    Args:
        count: how many there are.
        texts: makes them anew.
    """

    def __init__(self, count: int, texts: Callable[[], Iterable[str]]) -> None:
        self.count, self.texts = count, texts


def json_chunks(record: Mapping[str, Any]) -> Iterator[str]:
    """A result as chunks of JSON text; joined, they are what `json_bytes` writes.

    >>> "".join(json_chunks({"rows": JsonLines(1, lambda: ['{"a": 1}'])})) == json_bytes({"rows": [{"a": 1}]}).decode()
    True
    """
    yield from _chunks(record, 0)
    yield "\n"


def json_bytes(record: Mapping[str, Any]) -> bytes:
    """A result as UTF-8 JSON with a line feed at its end.

    >>> print(json_bytes({"kind": "price", "totals": [{"cost": "27"}]}).decode(), end="")
    {
      "kind": "price",
      "totals": [
        {"cost": "27"}
      ]
    }
    """
    return "".join(json_chunks(record)).encode("utf-8", "backslashreplace")


def _chunks(value: Any, level: int) -> Iterator[str]:
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        value = JsonLines(len(value), partial(map, json_line, value))
    if isinstance(value, Mapping) and value and _is_broken(value, level):
        yield from _broken_object(value, level)
    elif isinstance(value, JsonLines):
        yield from _broken_list(value, level) if value.count else ("[]",)
    else:
        yield json_line(value)


def _broken_object(value: Mapping[str, Any], level: int) -> Iterator[str]:
    """An object of which each entry begins a line."""
    yield "{\n"
    for at, (key, entry) in enumerate(value.items()):
        yield f"{'  ' * (level + 1)}{json_line(key)}: "
        yield from _chunks(entry, level + 1)
        yield ",\n" if at < len(value) - 1 else "\n"
    yield "  " * level + "}"


def _broken_list(value: JsonLines, level: int) -> Iterator[str]:
    """A list of which each entry is a line."""
    inner = "  " * (level + 1)
    start = f"[\n{inner}"
    for text in value.texts():
        yield start + text
        start = f",\n{inner}"
    yield "\n" + "  " * level + "]"


def _is_broken(value: Mapping[str, Any], level: int) -> bool:
    """Whether each entry of an object begins a line: one that may be long does so at any level."""
    kinds = (list, Mapping, JsonLines) if level < _BROKEN else JsonLines
    return any(isinstance(entry, kinds) for entry in value.values())


#: A text as JSON writes it, with its quotation marks.
json_string: Callable[[str], str] = json.encoder.encode_basestring  # what dumps uses


def json_line(value: Any) -> str:
    """A value on one line.

    >>> json_line({"name": "하늘", "cost": None})
    '{"name": "하늘", "cost": null}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
