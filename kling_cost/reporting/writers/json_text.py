"""JSON results: the same bytes for the same input; one record a line, so that a difference can be read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_BROKEN = 2  # levels that are written one entry a line


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
    return ("".join(_pieces(record, 0)) + "\n").encode("utf-8", "backslashreplace")


def _pieces(value: Any, level: int) -> Iterator[str]:
    inner = "  " * (level + 1)
    if isinstance(value, Mapping) and value and (level < _BROKEN and _has_lists(value)):
        yield "{\n"
        for at, (key, entry) in enumerate(value.items()):
            yield f"{inner}{_compact(key)}: "
            yield from _pieces(entry, level + 1)
            yield ",\n" if at < len(value) - 1 else "\n"
        yield "  " * level + "}"
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        yield "[\n"
        for at, entry in enumerate(value):
            yield f"{inner}{_compact(entry)}"
            yield ",\n" if at < len(value) - 1 else "\n"
        yield "  " * level + "]"
    else:
        yield _compact(value)


def _has_lists(value: Mapping[str, Any]) -> bool:
    return any(isinstance(entry, (list, Mapping)) for entry in value.values())


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
