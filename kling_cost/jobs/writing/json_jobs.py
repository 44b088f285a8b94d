"""Changed jobs in JSON, JSONL and calls of curl: the text between the values that change stays as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kling_cost.io.editing.json_places import JsonText, Path, inside_text, paths_of_objects
from kling_cost.io.editing.text_edits import KeptText, TextEdit, edited
from kling_cost.io.not_json import is_curl
from kling_cost.io.sources import Source
from kling_cost.io.strict_json import parse_json
from kling_cost.jobs.curl_calls import calls_with_places
from kling_cost.jobs.wrapped_requests import requests_in
from kling_cost.jobs.writing.job_changes import (
    Changes,
    JobChange,
    NewFile,
    WrittenValue,
    refusal,
    shown_value,
    taken_out,
)
from kling_cost.jobs.writing.request_values import RequestValue, request_values


def changed_lines(source: Source, data: bytes, changes: Changes, options: Sequence[str]) -> NewFile:
    """A JSONL file with changed jobs.

    Args:
        source: the file.
        data: its bytes.
        changes: by row.
        options: options that the price book names itself.

    Raises:
        ReadError: a value cannot be written back.
    """
    kept, written = KeptText(source, data), list[WrittenValue]()
    lines = kept.text.split("\n")
    gone = set()
    for row, change in sorted(changes.items()):
        if change.after is None:
            gone.add(row)
            written.append(taken_out(change))
        else:
            line = JsonText(lines[row - 1])
            item = parse_json(lines[row - 1].encode())
            lines[row - 1] = edited(line.text, _edits(source, line, (), item, change, options, written))
    left = [line for row, line in enumerate(lines, 1) if row not in gone]
    return NewFile(kept.data("\n".join(left)), written)


def changed_document(source: Source, data: bytes, changes: Changes, options: Sequence[str]) -> NewFile:
    """A JSON file with changed jobs: one request, a list, or what tools write around requests.

    Raises:
        ReadError: a value cannot be written back.
    """
    if is_curl(data):
        return changed_calls(source, data, changes, options)
    kept, written = KeptText(source, data), list[WrittenValue]()
    document = parse_json(kept.text.encode())
    items = document if isinstance(document, list) else requests_in(source, document)
    paths, text, edits = paths_of_objects(document), JsonText(kept.text), list[TextEdit]()
    gone: dict[Path, list[int]] = {}
    for row, change in sorted(changes.items()):
        path = paths[id(items[row - 1])]
        if change.after is not None:
            edits += _edits(source, text, path, items[row - 1], change, options, written)
        elif path and isinstance(path[-1], int):
            gone.setdefault(path[:-1], []).append(path[-1])
            written.append(taken_out(change))
        else:
            raise refusal(source, change, "", "unwritable.only_job")
    for path, places in gone.items():
        edits += text.without(path, places)
    return NewFile(kept.data(edited(kept.text, edits)), written)


def changed_calls(source: Source, data: bytes, changes: Changes, options: Sequence[str]) -> NewFile:
    """Calls of curl with changed bodies, which stand in single quotation marks, where nothing is escaped.

    Raises:
        ReadError: a value cannot be written back.
    """
    kept, written, edits = KeptText(source, data), list[WrittenValue](), list[TextEdit]()
    places = {row: (start, end, call) for row, start, end, call in calls_with_places(kept.text)}
    for row, change in sorted(changes.items()):
        start, end, call = places[row]
        if change.after is None:
            raise refusal(source, change, "", "unwritable.only_job")
        at = _body_in_quotes(kept.text, start, end, call.body)
        if at is None or call.body is None:
            raise refusal(source, change, "", "unwritable.in_shell")
        edits += _edits(source, JsonText(kept.text, at), (), call.body, change, options, written)
    return NewFile(kept.data(edited(kept.text, edits)), written)


def _body_in_quotes(text: str, start: int, end: int, body: Any) -> int | None:
    """Where the body of a call begins that stands in single quotation marks; None where it is not certain."""
    found = []
    at = text.find("'{", start, end)
    while at >= 0:
        close = text.find("'", at + 1, end)
        try:
            if parse_json(text[at + 1 : close].encode()) == body and text[close + 1 : close + 2] in (
                "",
                " ",
                "\n",
                "\r",
            ):
                found.append(at + 1)
        except ValueError:
            pass
        at = text.find("'{", max(close, at) + 1, end)
    return found[0] if len(found) == 1 else None


def _edits(
    source: Source,
    text: JsonText,
    item_path: Path,
    item: Mapping[str, Any],
    change: JobChange,
    options: Sequence[str],
    written: list[WrittenValue],
) -> Iterator[TextEdit]:
    """The edits of one item; what they change is added to `written`."""
    for value in request_values(source, item, change, options):
        found = _edit(text, item_path, value)
        if not found:
            raise refusal(source, change, value.field, "unwritable.not_found")
        yield from found
        told = (value.field, None, shown_value(value.before), shown_value(value.value))
        written.append(WrittenValue(change.row, change.before.job_id, *told))


def _edit(text: JsonText, item_path: Path, value: RequestValue) -> list[TextEdit]:
    if value.text_at is None:
        return _edit_at(text, (*item_path, *value.path), value)
    holder = text.find((*item_path, *value.text_at))
    if holder is None:
        return []
    inner = JsonText(json.loads(text.text[holder.start : holder.end], strict=False))
    return inside_text(text.text, holder, _edit_at(inner, value.path, value))


def _edit_at(text: JsonText, path: Path, value: RequestValue) -> list[TextEdit]:
    if value.value is None:
        return text.removed(path)
    new = json.dumps(value.value, ensure_ascii=False)
    if text.find(path) is not None:
        return text.replaced(path, new)
    while len(path) > 1 and text.find(path[:-1]) is None:  # objects above it that are not there yet
        new = f"{{{json.dumps(path[-1])}: {new}}}"
        path = path[:-1]
    return text.added(path, new)
