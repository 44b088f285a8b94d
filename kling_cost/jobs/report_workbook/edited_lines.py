"""The line items of a report's workbook become jobs again: as they were written, with what people changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from kling_cost.io.sheets.sheet_kind import CellFault
from kling_cost.jobs.bodies import MAX_TAKES, unreadable_job
from kling_cost.jobs.cell_values import to_date, to_integer, to_on_off, to_text
from kling_cost.jobs.columns import JOB_COLUMNS, TAG, Columns, known_columns
from kling_cost.jobs.id_likeness import composed
from kling_cost.jobs.job import Job
from kling_cost.jobs.report_workbook.changed_request import EditedRequest
from kling_cost.jobs.report_workbook.edited_inputs import shown_cell, still_holds
from kling_cost.jobs.report_workbook.line_request import LineRequest, is_as_shown, read_request, shown_text
from kling_cost.jobs.report_workbook.plan_sheet import FORMULA, INPUT, PlanColumn
from kling_cost.jobs.report_workbook.report_tables import Calculated, ReportRow, ReportTable, plain_value
from kling_cost.jobs.row_reader import RowReader
from kling_cost.problems import Problem, problem

REQUEST, JOB_ID, TAKES, DAY, SECONDS, PROMPT, EXTRAS = (
    "request", "job_id", "takes", "day", "duration", "prompt", "extras",
)  # fmt: skip
_COLUMN_NAMES = {DAY: "date"}  # as sheets of jobs call it


class EditedLines:
    """Reads one table of line items.

    Args:
        source: the workbook's name.
        table: which.
        columns: its columns, as they were written.
        options: options that the price book names itself.

    Attributes:
        options: as they were given.
        problems: what is to be said of the table as a whole; complete once `jobs` is exhausted.
        written: how many rows were written with the report.
    """

    def __init__(
        self, source: str, table: ReportTable, columns: Sequence[PlanColumn], options: tuple[str, ...]
    ) -> None:
        self._source, self._table, self.options = source, table, options
        self._inputs = [column.field for column in columns if column.role == INPUT]
        self._formulas = [column.field for column in columns if column.role == FORMULA]
        self._titles = {column.field: column.title for column in columns}
        self._asked = [f for f in self._inputs if f not in (JOB_ID, TAKES, DAY) and not f.startswith(TAG)]
        known = {*known_columns(), *options, *JOB_COLUMNS}
        names = [_COLUMN_NAMES.get(field, field) for field in self._inputs]
        self._typed = RowReader(
            source, Columns.of_known([n for n in names if n in known or n.startswith(TAG)], options)
        )
        self.problems: list[Problem] = []
        self.written = 0

    def jobs(self) -> Iterator[Job]:
        """A job for each row that is one."""
        for row in self._table.rows:
            job = self._job(row)
            if job is not None:
                yield job
        self.problems += self._typed.file_problems()

    def _job(self, row: ReportRow) -> Job | None:
        given = {field: row.cells[field] for field in self._inputs if field in row.cells}
        text = row.cells.get(REQUEST)
        if text is None:
            return None if _is_no_line(given) else self._typed_row(row, given)
        self.written += 1
        written = read_request(text) if isinstance(text, str) else None
        if written is None:
            return self._unreadable(row, "unreadable.report_row", cell=self._table.cell(row.number, REQUEST))
        if not given.keys() - {JOB_ID}:
            return self._unreadable(row, "missing.report_row")
        self._tell_overwritten(row)
        self._tell_extras(row, written)
        return _Line(self, self._table, row, given, written).job()

    def place(self, found: list[Problem], job: Job) -> Job:
        """A job with further problems, in its place."""
        placed = tuple(one.at(job.job_id, self._source, job.row) for one in (*job.problems, *found))
        readable = not any(one.severity == "error" for one in placed)
        return job._replace(source=self._source, problems=placed, readable=readable)

    @property
    def asked(self) -> Sequence[str]:
        """The inputs that a price depends on, takes and day apart."""
        return self._asked

    @property
    def inputs(self) -> Sequence[str]:
        """Every input."""
        return self._inputs

    def _unreadable(self, row: ReportRow, key: str, **params: str) -> Job:
        return unreadable_job(self._source, row.number, problem(key, "", **params))

    def _typed_row(self, row: ReportRow, given: Mapping[str, Any]) -> Job:
        """A row that somebody put in: as one of a sheet of jobs."""
        found = [
            problem("unreadable.cell_formula", field, cell=self._table.cell(row.number, field))
            for field, cell in given.items()
            if isinstance(cell, Calculated)
        ]
        prompt = {PROMPT: row.cells[PROMPT]} if PROMPT in row.cells else {}
        values = {_COLUMN_NAMES.get(field, field): plain_value(cell) for field, cell in {**prompt, **given}.items()}
        self._tell_overwritten(row)
        return self._typed.job(row.number, values, found)

    def _tell_overwritten(self, row: ReportRow) -> None:
        """Say which figures were written over formulas: they change no price."""
        for field in self._formulas:
            cell = row.cells.get(field)
            if cell is not None and not isinstance(cell, Calculated):
                place = self._table.cell(row.number, field)
                told = problem(
                    "has_no_effect.over_formula", field, cell=place, title=self._titles[field], value=_shown(cell)
                )
                self.problems.append(told.at(None, self._source, row.number))

    def _tell_extras(self, row: ReportRow, written: LineRequest) -> None:
        """Say that what is charged beside was changed: like every price, it comes from the price book."""
        before, now = written.shown.get(EXTRAS, ""), row.cells.get(EXTRAS)
        if still_holds(now, before):
            return
        place = self._table.cell(row.number, EXTRAS)
        told = problem("has_no_effect.report_price", EXTRAS, cell=place, now=shown_cell(now), before=before)
        self.problems.append(told.at(None, self._source, row.number))


class _Line:
    """One line that was written with the report, as it stands now."""

    def __init__(
        self, lines: EditedLines, table: ReportTable, row: ReportRow, given: Mapping[str, Any], written: LineRequest
    ) -> None:
        self._lines, self._table, self._row, self._written = lines, table, row, written
        self._given = given
        self._found: list[Problem] = []

    def job(self) -> Job:
        """The job, with what is wrong with its cells."""
        values = {field: self._value(field) for field in self._lines.inputs}
        written = self._written.job
        job = written._replace(
            job_id=self._job_id(values[JOB_ID]),
            row=self._row.number,
            takes=self._takes(values),
            date=self._day(values),
            tags=self._tags(values),
            prompt=str(to_text(plain_value(self._row.cells.get(PROMPT))) or ""),
        )
        changes = self._changes(values)
        if not self._found:
            shown = {field: shown_text(values[field]) for field in self._lines.asked if values[field] is not None}
            edited = EditedRequest(self._written, changes, shown, self._cell, self._found, self._lines.options)
            job = edited.job(job) if edited.is_other(job) else job
        return self._lines.place(self._found, job)

    def _cell(self, field: str) -> str:
        return self._table.cell(self._row.number, field) if field in self._table.letters else ""

    def _value(self, field: str) -> Any:
        """What a cell holds now; a formula, or what cannot be read, is noted."""
        cell = self._given.get(field)
        if isinstance(cell, Calculated):
            self._found.append(problem("unreadable.cell_formula", field, cell=self._cell(field)))
            return None
        if isinstance(cell, CellFault):
            self._found.append(problem(cell.why, field, **cell.params))
            return None
        return cell if field in (TAKES, DAY, SECONDS) else to_on_off(cell) if field == "sound" else to_text(cell)

    def _job_id(self, cell: Any) -> str:
        written = self._written.job.job_id or f"{self._row.number}"
        return written if cell is None or is_as_shown(str(cell), written) else composed(str(cell))

    def _takes(self, values: Mapping[str, Any]) -> int:
        takes = to_integer(values[TAKES])
        if isinstance(takes, int) and not isinstance(takes, bool) and 1 <= takes <= MAX_TAKES:
            return takes
        if TAKES not in self._given:
            self._found.append(problem("missing.cell", TAKES, cell=self._cell(TAKES)))
        elif values[TAKES] is not None:
            most = f"{MAX_TAKES:,}"
            self._found.append(
                problem("wrong_type.cell_takes", TAKES, cell=self._cell(TAKES), value=_shown(takes), most=most)
            )
        return 1

    def _day(self, values: Mapping[str, Any]) -> date | None:
        if values[DAY] is None:
            if DAY in self._written.shown and DAY not in self._given:
                self._found.append(problem("missing.cell", DAY, cell=self._cell(DAY)))
            return None
        try:
            return date.fromisoformat(str(to_date(values[DAY])))
        except ValueError:
            value = _shown(values[DAY])
            self._found.append(problem("wrong_type.cell_day", DAY, cell=self._cell(DAY), value=value))
            return None

    def _tags(self, values: Mapping[str, Any]) -> dict[str, str]:
        tags = dict(self._written.job.tags)
        for field, value in values.items():
            if field.startswith(TAG) and not is_as_shown(shown_text(value or ""), self._written.shown.get(field, "")):
                name = field.removeprefix(TAG)
                tags.pop(name, None)
                tags |= {name: composed(str(value))} if value else {}
        return tags

    def _changes(self, values: Mapping[str, Any]) -> list[str]:
        """The fields of the request whose cells say something else than what was written."""
        changed = []
        for field in self._lines.asked:
            value, before = values[field], self._written.shown.get(field)
            text = shown_text(to_integer(value) if field == SECONDS else value) if value is not None else None
            if text == before:
                continue
            if field not in self._given:
                self._found.append(problem("missing.cell", field, cell=self._cell(field)))
            changed.append(field)
        return changed


def _is_no_line(given: Mapping[str, Any]) -> bool:
    """Whether a row without a request is none: blank, a note, or the row of sums."""
    return not given.keys() - {JOB_ID, TAKES} and (TAKES not in given or isinstance(given[TAKES], Calculated))


def _shown(cell: Any) -> str:
    return "?" if isinstance(cell, CellFault) else str(to_text(cell))
