"""What a caller says of sheets in place of cells: the model of rows that name none, and defaults by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kling_cost.io.sheets.sheet_kind import CellFault, is_blank
from kling_cost.io.sheets.xlsx.sheet_rows import column_letters
from kling_cost.jobs.cell_values import to_text
from kling_cost.jobs.columns import known_columns, known_name, priced_columns
from kling_cost.jobs.foreign.cell_words import READERS, Unclear
from kling_cost.jobs.foreign.cell_words import ROUNDING as ROUNDINGS
from kling_cost.jobs.foreign.questions import Question, SheetQuestionsError
from kling_cost.jobs.foreign.sheet_mapping import ROUNDING
from kling_cost.problems import Problem, UsageError, shown
from kling_cost.python_values import plain, told

_NO_DEFAULT = ("job_id", "task_id", "model")
Row = tuple[int, Sequence[Any] | Problem]


def checked_defaults(defaults: Mapping[str, Any]) -> dict[str, str]:
    """Defaults by the names of fields, their values in our words.

    Raises:
        UsageError: they are no mapping, or one is of no field, or no value of it.

    >>> checked_defaults({"Quality": "FHD", "rounding": "up"})
    {'quality': '1080p', 'rounding': 'up'}
    """
    if not isinstance(defaults, Mapping) or not all(isinstance(name, str) for name in defaults):
        raise UsageError(f"defaults are values by the names of columns, not {told(defaults)}")
    return dict(_checked(name, value) for name, value in defaults.items())


def _checked(name: str, given: Any) -> tuple[str, str]:
    """The field of a default, and its value in our words."""
    value = to_text(plain(given))
    if not isinstance(value, str):
        raise UsageError(f"the default of {shown(name)} is a text or a number, not {told(given)}")
    if name == ROUNDING:
        if value not in ROUNDINGS:
            raise UsageError(f"rounding is {', '.join(ROUNDINGS)}, not {shown(value)!r}")
        return name, value
    known = known_name(name)
    if known is None or known in _NO_DEFAULT:
        names = (*(one for one in priced_columns() if one not in _NO_DEFAULT), ROUNDING)
        raise UsageError(f"a default is of {', '.join(names)} or another column of jobs, not {shown(name)!r}")
    return known, _clear_value(known, value)


def _clear_value(name: str, value: str) -> str:
    meant = READERS[name](value, None) if name in READERS else value
    if isinstance(meant, Unclear) or not meant:
        choices = f": {', '.join(meant.choices)}" if isinstance(meant, Unclear) and meant.choices else ""
        raise UsageError(f"{shown(value)!r} does not clearly mean one value of {name}{choices}")
    return meant


class DefaultCells:
    """Fills blank cells of a sheet of ours.

    Args:
        source: its name.
        header: its header.
        model: the model of rows that name none.
        defaults: by field: what a blank cell means.

    Attributes:
        header: the header with the columns that it lacked.

    >>> filled = DefaultCells("jobs.csv", ["duration"], "kling-v3-text-to-video", {})
    >>> filled.header, list(filled.rows([(2, ["5"])]))
    (['duration', 'model'], [(2, ['5', 'kling-v3-text-to-video'])])
    """

    def __init__(
        self, source: str, header: Sequence[str | None], model: str | None, defaults: Mapping[str, str]
    ) -> None:
        self._source, self._model = source, model
        self._cells = {name: value for name, value in defaults.items() if name != ROUNDING}
        if model is not None:
            self._cells["model"] = model
        known = [known_name(name or "") for name in header]
        self._named = [at for at, name in enumerate(known) if name in known_columns()]
        self.header = [*header, *(name for name in self._cells if name not in known)]
        known += self.header[len(header) :]
        self._at = {name: known.index(name) for name in self._cells}

    def rows(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows with their blank cells filled; one without a cell of a job stays as it is.

        Raises:
            SheetQuestionsError: a row names another model than the one that is given.
        """
        for number, cells in rows:
            if isinstance(cells, Problem) or all(is_blank(cells[at]) for at in self._named if at < len(cells)):
                yield number, cells
                continue
            full = [*cells, *[None] * (len(self.header) - len(cells))]
            for name, at in self._at.items():
                if is_blank(full[at]):
                    full[at] = self._cells[name]
            self._hold_model(number, full)
            yield number, full

    def _hold_model(self, number: int, cells: Sequence[Any]) -> None:
        if self._model is None:
            return
        at = self._at["model"]
        own = cells[at]
        if isinstance(own, CellFault) or str(to_text(own)).rpartition(":")[2] == self._model.rpartition(":")[2]:
            return
        text = str(to_text(own))
        place = f"{column_letters(at + 1)}{number}"
        raise SheetQuestionsError(
            [Question("model", "model", place, text, (text, self._model))], self._source, f"{self._source}.columns.yaml"
        )
