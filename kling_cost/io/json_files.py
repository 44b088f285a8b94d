"""Read a JSON file within its limits, and explain text that is not JSON."""

from __future__ import annotations

from typing import Any

from kling_cost.io.not_json import likeness
from kling_cost.io.sources import Source
from kling_cost.io.strict_json import JsonError, count_values, parse_json
from kling_cost.problems import Problem, ReadError, problem


def json_document(source: Source, data: bytes, most_values: int | None = None) -> Any:
    """The one JSON document of a file.

    Args:
        source: the file.
        data: its bytes.
        most_values: the maximum number of values, checked before parsing; None for any number.

    Raises:
        ReadError: it is not in its encoding, has more values, or is not JSON.
    """
    if most_values is not None and count_values(data) > most_values:
        raise source.error("unreadable.too_large", limit=f"{most_values:,} values")
    text = source.decode(data).encode()
    try:
        return parse_json(text)
    except JsonError as error:
        raise ReadError(json_problem(error, text, is_whole=True).at(None, source.place, error.line)) from None


def json_problem(error: JsonError, data: bytes = b"", is_whole: bool = False) -> Problem:
    """The problem of a text that is not valid JSON, with a hint if the text looks like something known.

    Args:
        error: what the parser says.
        data: the text; none is looked at if omitted.
        is_whole: whether it is a whole file, and not one of its lines.
    """
    if error.duplicate_key is not None:
        return problem("unreadable.duplicate_key", name=error.duplicate_key, column=error.column)
    if "unicode code point" in error.why:
        return problem("unreadable.json_encoding", why=error.why, column=error.column)
    return problem(likeness(data, is_whole) or "unreadable.json", why=error.why, column=error.column)
