"""Logs of takes: what each row says of one take, whether it was kept, and what tells its class."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from kling_cost.folded_names import folded
from kling_cost.io.sheets.sheet_kind import CellFault, SheetKind, is_blank
from kling_cost.jobs.cell_values import fault_of_id, is_rounded_id, plain_cell, to_date, to_integer, to_text, to_yes_no
from kling_cost.jobs.columns import TAG, is_tag, known_name
from kling_cost.jobs.id_likeness import composed
from kling_cost.jobs.misnamed_fields import told
from kling_cost.jobs.row_reader import several_in
from kling_cost.planning.rules.read_selectors import quality_of_jobs
from kling_cost.pricebook.book import FAILED
from kling_cost.pricebook.load import load_prices
from kling_cost.problems import Problem, problem
from kling_cost.python_values import day_of
from kling_cost.reconciliation.answers.answer_sheets import created_at
from kling_cost.reconciliation.answers.status_words import StatusWords

KEPT = "kept"
TAKES, TASK_ID, STATUS, CREATED = "takes", "task_id", "status", "created"
_KEPT_WORDS = frozenset(map(folded, ("kept", "kept?", "채택", "採用", "采用")))
_OF_ANSWERS = {folded(name): name for name in (STATUS, CREATED)} | {
    folded("task_status"): STATUS,
    folded("created_at"): CREATED,
}


class Take(NamedTuple):
    """What a log says of one take.

    Attributes:
        kept: whether it was; None where that is not decided.
        fields: what tells its class, as selectors name it; of a tag that is blank, None; what is not known is left out.
        source, row: where it is.
        columns: those of its sheet; None where rows have keys of their own.
        failed: its task failed, so that it delivered nothing.
        day: when it was made.
        planned: its job is in the plan, so that all is known of it.
    """

    kept: bool | None
    fields: Mapping[str, str | None]
    source: str
    row: int | None
    columns: frozenset[str] | None = None
    failed: bool = False
    day: date | None = None
    planned: bool = False

    @property
    def place(self) -> str:
        """`FILE:ROW`."""
        return self.source if self.row is None else f"{self.source}:{self.row}"


def log_column(heading: str) -> str | None:
    """The column of a log that a heading means; None for one that is not read.

    >>> log_column("Kept"), log_column("채택"), log_column("Tag: class"), log_column("화질"), log_column("note")
    ('kept', 'kept', 'tag:class', 'quality', None)
    """
    word = folded(heading)
    if word in _KEPT_WORDS:
        return KEPT
    known = known_name(heading)
    if known is not None and (known in _FIELDS or known in (TAKES, TASK_ID) or known.startswith(TAG)):
        return composed(known)
    return _OF_ANSWERS.get(word)


def _found(cells: Sequence[object]) -> int:
    known = {log_column(cell) for cell in cells if isinstance(cell, str)} - {None}
    return len(known) if KEPT in known else 0


#: Sheets of takes. What is known of one take cannot hold for several rows.
LOG_SHEET = SheetKind(log_column, _found, KEPT, (KEPT, TASK_ID), lambda heading: False, is_tag)


def _job_id(cell: Any) -> str | None:
    text = to_text(cell)
    return composed(text) if isinstance(text, str) and fault_of_id(text) is None else None


def _label(cell: Any) -> str:
    return composed(str(to_text(cell)))


def _quality(cell: Any) -> str | None:
    text = to_text(cell)
    return quality_of_jobs(text) if isinstance(text, str) else None


def _sound(cell: Any) -> str | None:
    found = told("sound", to_integer(cell))
    return found if isinstance(found, str) else None


def _duration(cell: Any) -> str | None:
    seconds = told("duration", to_integer(cell))
    return str(seconds) if isinstance(seconds, int) and seconds > 0 else None


def _day(cell: Any) -> date | None:
    return day_of(to_date(cell))


def _date(cell: Any) -> str | None:
    day = _day(cell)
    return None if day is None else day.isoformat()


#: What tells the class of a take, each as jobs have it; None where a cell cannot be read.
_FIELDS: Mapping[str, Callable[[Any], str | None]] = {
    "job_id": _job_id,
    "provider": _label,
    "model": _label,
    "duration": _duration,
    "quality": _quality,
    "sound": _sound,
    "date": _date,
}


class TakeLog:
    """Takes the rows of logs, and notes what is wrong with them.

    Attributes:
        problems: in the order of the rows.

    >>> log = TakeLog()
    >>> log.take("takes.csv", 2, {"tag:class": "hero", "kept": "yes"})
    >>> log.take("takes.csv", 3, {"tag:class": "hero", "kept": "perhaps"})
    >>> [take.kept for take in log.takes], log.problems[0].message
    ([True], 'must be yes or no, not "perhaps"')
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._takes: dict[object, Take] = {}
        self._words = StatusWords(load_prices())

    @property
    def takes(self) -> list[Take]:
        """Every take that can be read, once for each task."""
        return list(self._takes.values())

    def sheet(
        self,
        source: str,
        header_row: int | None,
        header: Sequence[str | None],
        rows: Iterable[tuple[int, Sequence[Any] | Problem]],
    ) -> bool:
        """Take the rows of a sheet; False where it has no column that says which takes were kept."""
        names: list[str | None] = []
        for heading in header:
            name = log_column(heading or "")
            if name is not None and name in names:
                self.note(problem("duplicate.column", (heading or "").strip()), source, header_row)
                name = None
            names.append(name)
        columns = frozenset(name for name in names if name is not None)
        for number, cells in rows if KEPT in columns else ():
            if isinstance(cells, Problem):
                self.note(cells, source, number)
            elif not all(map(is_blank, cells)):
                named = zip(names, cells, strict=False)
                self.take(source, number, {name: cell for name, cell in named if name is not None}, columns)
        return KEPT in columns

    def take(
        self,
        source: str,
        row: int | None,
        values: Mapping[str, Any],
        columns: frozenset[str] | None = None,
        failed: bool = False,
    ) -> None:
        """Take one row.

        Args:
            source, row: where it is.
            values: cells by column, as `log_column` names them.
            columns: of the sheet; None where rows have keys of their own.
            failed: that its task failed is known already.
        """
        cells = {name: plain_cell(cell) for name, cell in values.items()}
        faults = [*_unreadable(cells), *_faults_of_takes(cells)]
        for fault in faults:
            self.note(fault, source, row)
        if faults:
            return
        kept, fields = to_yes_no(_given(cells, KEPT)), _fields_of(cells)
        failed = failed or self._has_failed(cells, fields.get("provider"))
        self._add(Take(kept, fields, source, row, columns, failed, _day_of(cells)), _given(cells, TASK_ID))

    def note(self, found: Problem, source: str, row: int | None) -> None:
        """A problem of a row."""
        self.problems.append(found.at(None, source, row))

    def _has_failed(self, cells: Mapping[str, Any], provider: str | None) -> bool:
        """Whether a row says so of its task; without one, its status may be somebody's word for a take that is bad."""
        status = to_text(_given(cells, STATUS))
        if not isinstance(status, str) or _given(cells, TASK_ID) is None:
            return False
        return self._words.state(provider, status) == FAILED

    def _add(self, take: Take, task_id: Any) -> None:
        """A take of its own, or one more row of a task."""
        text = to_text(task_id)
        key: object = len(self._takes) if not isinstance(text, str) else (take.fields.get("job_id"), composed(text))
        known = self._takes.get(key)
        if known is not None and None not in (known.kept, take.kept) and known.kept != take.kept:
            self.note(problem("mismatch.kept", KEPT, task=text), take.source, take.row)
        self._takes[key] = take if known is None else _joined(known, take)


def _given(cells: Mapping[str, Any], name: str) -> Any:
    """A cell; None where it is blank or cannot be read at all."""
    cell = cells.get(name)
    return None if is_blank(cell) or isinstance(cell, CellFault) else cell


def _unreadable(cells: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the cells without which a row is not one take with its yes or no."""
    for name in (KEPT, TAKES, TASK_ID):
        cell = cells.get(name)
        if isinstance(cell, CellFault):
            yield problem(cell.why, name, **cell.params)
    answer, task_id = to_yes_no(_given(cells, KEPT)), _given(cells, TASK_ID)
    if answer is not None and not isinstance(answer, bool):
        yield problem("wrong_type.kept", KEPT, value=answer)
    if is_rounded_id(to_text(task_id)):
        yield problem("wrong_type.rounded_id", TASK_ID, value=task_id)


def _faults_of_takes(cells: Mapping[str, Any]) -> Iterator[Problem]:
    """What tells that a row is more than one take."""
    count, tasks = _given(cells, TAKES), several_in(_given(cells, TASK_ID))
    if count is not None and to_integer(count) != 1:
        yield problem("out_of_range.several_takes", TAKES, value=count)
    if isinstance(tasks, list) and len([task for task in tasks if task]) > 1:
        yield problem("out_of_range.several_takes", TASK_ID, value=_given(cells, TASK_ID))


def _fields_of(cells: Mapping[str, Any]) -> dict[str, str | None]:
    fields: dict[str, str | None] = {}
    for name in cells:
        cell = _given(cells, name)
        if name.startswith(TAG):
            if not isinstance(cells[name], CellFault):
                fields[name] = None if cell is None else _label(cell)
        elif name in _FIELDS and cell is not None:
            value = _FIELDS[name](cell)
            if value is not None:
                fields[name] = value
    named, colon, model = (fields.get("model") or "").partition(":")
    if colon and fields.get("provider") in (None, named):
        fields |= {"provider": named, "model": model}
    return fields


def _day_of(cells: Mapping[str, Any]) -> date | None:
    """When a take was made: the day of the row, else that on which its task was created."""
    day = _day(_given(cells, "date"))
    if day is not None:
        return day
    seconds = created_at(_given(cells, CREATED))
    try:
        return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC).date()
    except (ValueError, OverflowError, OSError):
        return None


def _joined(known: Take, other: Take) -> Take:
    """What two rows of one task say together."""
    filled = {name: value for name, value in other.fields.items() if known.fields.get(name) is None}
    return known._replace(
        kept=other.kept if known.kept is None else known.kept,
        fields={**known.fields, **filled},
        failed=known.failed or other.failed,
        day=known.day or other.day,
    )
