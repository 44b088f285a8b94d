"""What the cells of a sheet say once its jobs are changed: which column, and in which of its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kling_cost.jobs.cell_values import is_blank, to_text
from kling_cost.jobs.columns import Columns
from kling_cost.jobs.writing.job_changes import MODEL, PROVIDER, Changes, JobChange, WrittenValue

_TRUTH = {"on": "true", "off": "false"}
_SOUND = "sound"


class ChangedCell(NamedTuple):
    """A cell that gets another value.

    Attributes:
        change: the job.
        field: the field that it says.
        column: its place from 0; that of a column that is not there yet comes after all others.
        value: empty for nothing.
        before: what it says now.
    """

    change: JobChange
    field: str
    column: int
    value: str
    before: Any

    def written(self, place: str | None = None, was_formula: bool = False) -> WrittenValue:
        """What is to be told of it."""
        before = None if is_blank(self.before) else str(to_text(self.before))
        told = (self.field, place, before, self.value or None, was_formula)
        return WrittenValue(self.change.row, self.change.before.job_id, *told)


class SheetValues:
    """Tells which cells change.

    Args:
        header: the cells of the header.
        changes: by row.
        options: options that the price book names itself.
        width: where columns are added that are not there yet; None for after the header.

    Attributes:
        added: these columns.
        places: where those stand that are there and change.
        width: where they begin, from 0.
    """

    def __init__(
        self, header: Sequence[str | None], changes: Changes, options: Sequence[str] = (), width: int | None = None
    ) -> None:
        names = Columns(header, options).names
        self._columns = {name: at for at, name in enumerate(names) if name is not None}
        needed = [name for change in changes.values() for name, value in change.values().items() if value is not None]
        self.places = {self._columns[name] for change in changes.values() for name in change.values() if name in names}
        self.added = [name for name in dict.fromkeys(needed) if name not in self._columns]
        self.width = len(header) if width is None else width

    def cells(self, change: JobChange, now: Sequence[Any]) -> list[ChangedCell]:
        """The cells of a row that change, given what it holds."""
        found = []
        values = change.values()
        for field, value in values.items():
            at = self._columns.get(field)
            if at is None and value is None:
                continue
            column = self.width + self.added.index(field) if at is None else at
            before = now[column] if column < len(now) else None
            found.append(ChangedCell(change, field, column, cell_value(field, value, before, values), before))
        return found


def cell_value(field: str, value: str | None, before: Any, values: Mapping[str, str | None]) -> str:
    """A value in the words that the cell has: `true` and `false` where it says so of sound, `seller:model`.

    >>> cell_value("sound", "off", "TRUE", {}), cell_value("sound", "off", None, {})
    ('FALSE', 'off')
    """
    text = "" if is_blank(before) else str(to_text(before))
    if value is None:
        return ""
    if field == MODEL and ":" in text:
        provider = values.get(PROVIDER) or text.partition(":")[0]
        return f"{provider}:{value}"
    return _sound_word(value, text) if field == _SOUND else value


def _sound_word(value: str, text: str) -> str:
    """`on` or `off` in the words and letters of what stands there."""
    word = _TRUTH.get(value, value) if text.lower() in _TRUTH.values() else value
    return word.upper() if text.isupper() else word.title() if text.istitle() else word
