"""Changed jobs in campaign files: a value changes in its row, or is added to it; comments and defaults stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kling_cost.io.editing.text_edits import KeptText, TextEdit, edited
from kling_cost.io.editing.yaml_places import YamlPlaces, yaml_word
from kling_cost.io.sources import Source
from kling_cost.io.strict_yaml import Mapping, Node, Scalar, compose
from kling_cost.io.strict_yaml import Sequence as YamlList
from kling_cost.io.yaml_values import typed
from kling_cost.jobs.writing.job_changes import (
    Changes,
    JobChange,
    NewFile,
    WrittenValue,
    refusal,
    shown_value,
    taken_out,
)
from kling_cost.jobs.writing.request_values import request_values
from kling_cost.jobs.writing.sheet_values import cell_value

_Path = tuple[str | int, ...]


def changed_campaign(source: Source, data: bytes, changes: Changes, options: Sequence[str]) -> NewFile:
    """A campaign with changed jobs.

    Args:
        source: the file.
        data: its bytes.
        changes: by row.
        options: options that the price book names itself.

    Raises:
        ReadError: a value cannot be written back.
    """
    kept = KeptText(source, data)
    root, _ = compose(kept.text, source.name)
    campaign = _CampaignEdits(source, YamlPlaces(kept.text), root, options)
    edits = [edit for _, change in sorted(changes.items()) for edit in campaign.edits(change)]
    return NewFile(kept.data(edited(kept.text, edits)), campaign.written)


class _CampaignEdits:
    """The edits of the rows of one campaign."""

    def __init__(self, source: Source, places: YamlPlaces, root: Node, options: Sequence[str]) -> None:
        self._source, self._places, self._options = source, places, options
        jobs = root.items["jobs"] if isinstance(root, Mapping) else None
        self._jobs = jobs if isinstance(jobs, YamlList) else YamlList(source.name, 1, 1)
        self.written: list[WrittenValue] = []

    def edits(self, change: JobChange) -> Iterator[TextEdit]:
        """The edits of one row."""
        row = self._jobs.items[change.row - 1]
        if change.after is None:
            yield self._known(self._places.without_item(self._jobs, change.row - 1), change, "")
            self.written.append(taken_out(change))
        elif isinstance(row, Mapping):
            for field, path, value, before in self._values(row, change):
                edit = self._edit(row, path, value)
                if edit is None and value is None:
                    continue  # a default, which a model takes that has the field
                yield self._known(edit, change, field)
                told = None if value is None else value.strip("\"'")
                self.written.append(WrittenValue(change.row, change.before.job_id, field, None, before, told))

    def _values(self, row: Mapping, change: JobChange) -> Iterator[tuple[str, _Path, str | None, str | None]]:
        """Field, place, new and old value of what changes in a row."""
        if "request" in row.items:
            for one in request_values(self._source, typed(row), change, self._options):
                new = None if one.value is None or one.text_at is not None else _word(one.value)
                if one.text_at is not None:
                    raise refusal(self._source, change, one.field, "unwritable.not_found")
                yield one.field, one.path, new, shown_value(one.before)
            return
        values = change.values()
        for field, value in values.items():
            node = row.items.get(field)
            before = node.text if isinstance(node, Scalar) and not node.is_null else None
            text = cell_value(field, value, before, values)
            yield field, (field,), yaml_word(text) if text else None, before

    def _edit(self, row: Mapping, path: _Path, value: str | None) -> TextEdit | None:
        """The edit of one value; None where its place is not certain."""
        above, at = row, 0
        while at + 1 < len(path) and isinstance(inner := above.items.get(str(path[at])), Mapping) and inner.items:
            above, at = inner, at + 1
        key = str(path[at])
        node = above.items.get(key)
        if isinstance(node, Scalar) and at + 1 == len(path):
            return self._of_value(above, key, node, value)
        is_new = node is None and value is not None
        return self._places.added(above, key, _nested(path[at + 1 :], value or "")) if is_new else None

    def _of_value(self, above: Mapping, key: str, node: Scalar, value: str | None) -> TextEdit | None:
        if value is not None:
            return self._places.changed(node, value)
        return self._places.without(self._places.at(above.key_nodes[key]), self._places.end_of(node))

    def _known(self, edit: TextEdit | None, change: JobChange, field: str) -> TextEdit:
        if edit is None:
            raise refusal(self._source, change, field, "unwritable.not_found")
        return edit


def _nested(path: _Path, value: str) -> str:
    for name in reversed(path):
        value = f"{{{name}: {value}}}"
    return value


def _word(value: Any) -> str:
    """A value of a request, which is read by its type: text that would be a number stands in quotation marks."""
    if not isinstance(value, str):
        return shown_value(value) or ""
    is_text = typed(Scalar("", 1, 1, value, True)) == value
    return yaml_word(value) if is_text else f'"{value}"'
