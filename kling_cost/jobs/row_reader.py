"""Rows of a sheet, a frame or a campaign become jobs: cells are coerced, then held to the strict request model."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kling_cost.jobs.bodies import (
    Details,
    find_kind,
    job_from_body,
    read_date,
    read_locked,
    read_takes,
    read_task_ids,
    unreadable_job,
)
from kling_cost.jobs.cell_values import COERCIONS, fault_of_id, is_blank, to_date, to_integer, to_on_off, to_text
from kling_cost.jobs.cell_values import CellFault as CellFault
from kling_cost.jobs.columns import BESIDE, JOB_COLUMNS, TAG, Columns, incomplete
from kling_cost.jobs.field_names import meant_value
from kling_cost.jobs.id_likeness import composed
from kling_cost.jobs.job import Job
from kling_cost.jobs.providers import NAME_FIELDS
from kling_cost.jobs.providers.counted_inputs import uncounted
from kling_cost.jobs.providers.request_model import RequestKind
from kling_cost.pricebook.terms.extras import COUNTED_NEEDS
from kling_cost.problems import Problem, problem

_PRICED = {"duration": to_integer, "quality": to_text, "sound": to_on_off}
_QUALITY = re.compile(r"[0-9]+[kp]?|[0-9]+[x×][0-9]+", re.IGNORECASE)
_BESIDE = {**_PRICED, "takes": to_integer}


class RowReader:
    """Turns the rows of one file into jobs and remembers what the file as a whole lacks.

    Args:
        source: the file's name.
        columns: its header.
        provider: the provider that holds where a row names none.
        may_lack: columns of which a blank cell is a warning.
    """

    def __init__(
        self, source: str, columns: Columns, provider: str | None = None, may_lack: Collection[str] = ()
    ) -> None:
        self._source, self._columns, self._provider, self._may_lack = source, columns, provider, may_lack
        self._has_beside = any(name is not None and name.startswith(BESIDE) for name in columns.names)
        self._lacking: set[str] = set()

    def jobs(self, rows: Iterable[tuple[int, Sequence[Any] | Problem]]) -> Iterator[Job]:
        """A job for each row that is not blank; a `Problem` in place of cells gives an unreadable job."""
        for number, cells in rows:
            if isinstance(cells, Problem):
                yield unreadable_job(self._source, number, cells)
                continue
            named = zip(self._columns.names, cells, strict=False)
            values = {name: cell for name, cell in named if name is not None and not is_blank(cell)}
            shown = self._columns.shown
            if values or not all(is_blank(cell) or at in shown for at, cell in enumerate(cells)):
                yield self.job(number, values)

    def job(self, row: int, values: Mapping[str, Any], found: list[Problem] | None = None) -> Job:
        """The job of one row, given its cells by column, blank ones left out, and problems that it already has."""
        found = found if found is not None else []
        if self._has_beside:
            values = _without_beside(values, found)
        readable = {name: cell for name, cell in values.items() if not isinstance(cell, CellFault)}
        faults = _cell_faults(values, found) if len(readable) < len(values) else set()
        job_id = self._job_id(readable, row, found)
        provider, model = self._seller(readable, found)
        takes = read_takes(to_integer(readable["takes"]), found) if "takes" in readable else 1
        day = read_date(to_date(readable["date"]), found) if "date" in readable else None
        tags = _tags(readable, found)
        body = self._body(readable, provider, model, found)
        task_ids = read_task_ids(several_in(readable.get("task_id", "")), found)
        options = self._columns.options
        locked = read_locked(readable["locked"], found) if "locked" in readable else False
        beside = (takes, day, tags, task_ids, found, options)
        details = Details(job_id, self._source, row, provider, *beside, locked=locked)
        job = job_from_body(body, details)
        return self._without_known_faults(job, faults)

    def _job_id(self, values: Mapping[str, Any], row: int, found: list[Problem]) -> str:
        job_id = to_text(values.get("job_id")) or f"{self._source}:{row}"
        fault = fault_of_id(job_id)
        if fault is not None:
            found.append(problem(fault, "job_id", value=job_id))
            job_id = f"{self._source}:{row}"
        return composed(job_id)

    def file_problems(self) -> list[Problem]:
        """What to say about the file as a whole, once all rows are read."""
        return [incomplete(sorted(self._lacking)).at(None, self._source, None)] if self._lacking else []

    def _seller(self, values: Mapping[str, Any], found: list[Problem]) -> tuple[str | None, str | None]:
        """Provider and model; a provider before the model's colon comes before that of the file."""
        own, model = to_text(values.get("provider")), to_text(values.get("model"))
        for name, value in (("provider", own), ("model", model)):
            if value is not None and not isinstance(value, str):
                found.append(problem("wrong_type.text", name, value=value))
        own = own if isinstance(own, str) else None
        if not isinstance(model, str):
            return own or self._provider, None
        named, colon, rest = model.partition(":")
        if colon and own in (None, named):
            return named, rest
        return own or self._provider, model

    def _body(
        self, values: Mapping[str, Any], provider: str | None, model: str | None, found: list[Problem]
    ) -> dict[str, Any]:
        kind = find_kind(model, provider) if model else None
        body: dict[str, Any] = {} if model is None else {kind.name_field if kind else "model": model}
        for name, cell in values.items():
            if name in JOB_COLUMNS or name.startswith(TAG):
                continue
            if self._is_input(name, kind) or (kind is None and name in _PRICED):
                body[name] = _PRICED.get(name, to_text)(cell)
            elif kind is None:
                continue
            elif name in kind.fields:
                _put(body, name, _coerced(kind, name, cell))
            else:
                found.append(problem("has_no_effect.other_model", name, model=kind.model))
        if kind is None and model is not None:
            held = {name: True for name in values if name not in JOB_COLUMNS and not name.startswith(TAG)}
            found += uncounted(held, held, self._columns.options)
        return body

    def _is_input(self, name: str, kind: RequestKind | None) -> bool:
        """Whether a column says what a price book names itself, not what a field of the request of that name says."""
        return name in self._columns.options and not (kind and name in COUNTED_NEEDS and name in kind.fields)

    def _milder(self, found: Problem) -> Problem:
        """A problem, or the warning in its place where a blank cell of its column is one."""
        if found.code != "missing" or found.field not in self._may_lack or not self._columns.has(found.field):
            return found
        return problem("request_incomplete.blank", found.field).at(found.job_id, found.source, found.row)

    def _without_known_faults(self, job: Job, faults: set[str]) -> Job:
        """The job without faults of fields that have no column in the file, or whose cell is reported already."""
        kept = []
        for p in map(self._milder, job.problems):
            if p.field in NAME_FIELDS.values():  # a sheet's column is called model for every provider
                p = replace(p, field="model")
            absent = p.code == "missing" and p.field != "model" and not self._columns.has(p.field)
            if absent and p.severity == "error":
                self._lacking.add(p.field)
            elif not absent and not (p.code == "missing" and p.field in faults):
                kept.append(p)
        readable = not self._columns.spoilt and not any(p.severity == "error" for p in kept)
        return job._replace(problems=tuple(kept), readable=readable)


def _cell_faults(values: Mapping[str, Any], found: list[Problem]) -> set[str]:
    """The columns whose cells are faulty, each fault noted once: merged cells share one."""
    faults = {name: cell for name, cell in values.items() if isinstance(cell, CellFault)}
    told: set[CellFault] = set()
    for name, cell in faults.items():
        if cell not in told:
            told.add(cell)
            found.append(problem(cell.why, name, **cell.params))
    return set(faults)


def _tags(values: Mapping[str, Any], found: list[Problem]) -> dict[str, str]:
    """The tags of a row in composed Unicode; a tag with two columns, differently encoded, is a fault."""
    tags: dict[str, str] = {}
    for name, cell in values.items():
        if name.startswith(TAG):
            tag = composed(name.removeprefix(TAG))
            if tag in tags:
                found.append(problem("duplicate.tag", name))
            tags[tag] = composed(str(to_text(cell)))
    return tags


def _without_beside(values: Mapping[str, Any], found: list[Problem]) -> Mapping[str, Any]:
    """The cells without those under another word for a priced column; one that says something else is an error."""
    for key in [name for name in values if name.startswith(BESIDE)]:
        field, _, name = key.removeprefix(BESIDE).partition(":")
        if _differs(field, values[key], values.get(field)):
            found.append(problem("mismatch.other_column", name, value=to_text(values[key]), meant=field))
        values = {known: cell for known, cell in values.items() if known != key}
    return values


def _differs(field: str, other: Any, own: Any) -> bool:
    """Whether a cell differs in meaning from that of a priced column; False where its meaning is unclear."""
    value = _value_of(field, other)
    if value is None or (field == "quality" and not _QUALITY.fullmatch(value)):
        return False
    return bool(value != (1 if field == "takes" and own is None else _value_of(field, own)))


def _value_of(field: str, cell: Any) -> Any:
    if field not in _BESIDE or cell is None or isinstance(cell, CellFault):
        return None
    value = _BESIDE[field](cell)
    if field == "sound" and to_text(value) in ("0", "1"):
        return "on" if to_text(value) == "1" else "off"
    return meant_value(field, value)


def _coerced(kind: RequestKind, name: str, cell: Any) -> Any:
    if name == "sound" and kind.fields[name] == "text":
        return to_on_off(cell)
    return COERCIONS[kind.fields[name]](cell)


def several_in(cell: Any) -> Any:
    """The texts of a cell that may hold several, with commas, semicolons or blanks between them.

    >>> several_in("task-1, task-2")
    ['task-1', 'task-2']
    """
    text = to_text(cell)
    return re.split(r"[,;\s]+", text) if isinstance(text, str) else text


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for name in above:
        below = body.setdefault(name, {})
        if not isinstance(below, dict):  # a column gives the whole, another a part of it
            return
        body = below
    standing = body.get(last)
    body[last] = {**value, **standing} if isinstance(standing, dict) and isinstance(value, dict) else value


def model_fields(model: str | None, provider: str | None) -> frozenset[str] | None:
    """The fields that a model's request has, by path; None for an unknown model.

    >>> "quality" in model_fields("kling-custom-element", None)
    False
    """
    kind = find_kind(model, provider) if model else None
    return frozenset(kind.fields) if kind else None
