"""Rows of a sheet or frame become answers, for people who kept a sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from kling_cost.io.sheets.sheet_kind import SheetKind
from kling_cost.jobs.cell_values import fault_of_id, is_blank, to_date, to_on_off, to_text
from kling_cost.jobs.columns import is_other_word, is_tag
from kling_cost.jobs.field_names import REPORT_WORDS, folded
from kling_cost.jobs.row_reader import CellFault
from kling_cost.jobs.spelling import closest
from kling_cost.problems import Listed, Problem, problem, shown
from kling_cost.reconciliation.answers.answer import CREATE, STATUS, Facts, RequestFact, usable
from kling_cost.reconciliation.answers.answer_set import AnswerCollector
from kling_cost.reconciliation.providers.answer_schema import moment, progress, seconds_out

#: What the columns hold; every other column is carried along.
COLUMNS = (
    "job_id", "task_id", "provider", "stage", "status", "credits", "reserved", "settled", "refunded", "model",
    "duration", "sound", "billing_rule", "user_group", "progress", "created",
)  # fmt: skip
_AMOUNTS = ("credits", "reserved", "settled", "refunded")
#: The providers' own names for them.
_OTHER_NAMES = {
    "id": "task_id",
    "type": "model",
    "consumed_credits": "credits",
    "final_unit_deduction": "credits",
    "task_status": "status",
    "credits_reserved": "reserved",
    "credits_used": "settled",
    "refunded_credits": "refunded",
    "video_duration": "duration",
    "created_at": "created",
}
_REQUEST_FACTS = {
    "model": "model_differs",
    "duration": "duration_differs",
    "sound": "echo_differs",
    "billing_rule": "wrong_billing_rule",
    "user_group": "user_group_not_default",
}
_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,30})?", re.ASCII)
_IDS = ("job_id", "task_id")
_BY_FOLDED = {folded(name): known for name, known in (*zip(COLUMNS, COLUMNS, strict=True), *_OTHER_NAMES.items())}


def _column(heading: str) -> str | None:
    """The known column that a heading means, as all headings are compared; None for an unknown one.

    >>> _column("Task ID "), _column("consumed_credits"), _column("note")
    ('task_id', 'credits', None)
    """
    found = _BY_FOLDED.get(folded(heading))
    if found is None and (word := REPORT_WORDS.get(folded(heading))) in COLUMNS:
        return word
    return found


def _found(cells: Sequence[object]) -> int:
    known = {found for cell in cells if isinstance(cell, str) and (found := _column(cell)) is not None}
    return len(known) if known & set(_IDS) else 0


def _seconds(cell: Any) -> Any:
    """The seconds of what came out: 5.0 and 5.041 are 5."""
    return seconds_out(_number(cell)) or cell


#: Cells that a format forces into another shape, such as 5.0 for 5.
_PLAIN_TEXTS = {"duration": _seconds, "sound": to_on_off}
#: Sheets of answers.
ANSWER_SHEET = SheetKind(_column, _found, "task_id", _AMOUNTS, is_other_word, is_tag)


class AnswerRows:
    """Takes the rows of one sheet.

    Args:
        collector: who takes the answers.
        header_row: the header's row number.
        names: the header.
        small_unit: amounts are in the provider's smaller unit.

    Attributes:
        names: what each column holds, as `COLUMNS` names it; None for one that is not read.
    """

    def __init__(
        self, collector: AnswerCollector, header_row: int | None, names: Sequence[str | None], small_unit: bool
    ) -> None:
        self._collector, self._small_unit = collector, small_unit
        self.names: list[str | None] = []
        collector.at(header_row or 0, None, None, None)
        for raw in names:
            name = (raw or "").strip()
            known = _column(name) or name
            if known and known in self.names:
                collector.note(problem("duplicate.column", name))
                known = ""
            elif known not in COLUMNS and (meant := closest(known, COLUMNS)):
                collector.note(problem("unknown_field.misspelt_column", name, meant=meant))
            self.names.append(known or None)

    def take(self, rows: Iterable[tuple[int, Sequence[Any] | Problem]]) -> None:
        """Every row that is not blank; none of a sheet whose rows cannot say what they are about."""
        if not any(name in self.names for name in _IDS):
            is_known = any(name in self.names for name in COLUMNS)
            self._collector.broken(problem("unreadable.no_answer_ids" if is_known else "unreadable.no_answer_columns"))
            return
        for number, cells in rows:
            self._collector.at(number, None, None, None)
            if isinstance(cells, Problem):
                self._collector.broken(cells)
                continue
            named = zip(self.names, cells, strict=False)
            row = {name: cell for name, cell in named if name is not None and not is_blank(cell)}
            if row:
                self._row(number, row)

    def _row(self, number: int, row: dict[str, Any]) -> None:
        texts = {name: to_text(row.get(name)) for name in ("job_id", "task_id", "provider", "stage", "status")}
        provider, stage = texts["provider"], texts["stage"]
        extra = {name: _plain(cell) for name, cell in row.items() if name not in COLUMNS} or None
        self._collector.at(number, provider, texts["job_id"] if isinstance(texts["job_id"], str) else None, extra)
        found = _fault(row, texts)
        if found is not None:
            self._collector.broken(found)
            return
        when = created_at(row.get("created"))
        self._collector.task(texts["task_id"], self._facts(row, provider, stage, texts["status"]), when, None)

    def _facts(self, row: dict[str, Any], provider: str | None, stage: str | None, status: str | None) -> Facts:
        unusable: list[tuple[str, str]] = []
        amounts: dict[str, Decimal | None] = {}
        for name in _AMOUNTS:
            cell = row.get(name)
            amounts[name] = None if cell is None else usable(_number(cell))
            if cell is not None and amounts[name] is None:
                unusable.append((name, shown(cell)))
        request_facts = tuple(
            RequestFact(kind, what, what, str(to_text(_PLAIN_TEXTS.get(what, to_text)(row[what]))))
            for what, kind in _REQUEST_FACTS.items()
            if what in row
        )
        return Facts(
            provider,
            status,
            stage,
            progress(_number(row.get("progress"))),
            amounts["reserved"],
            amounts["settled"],
            amounts["credits"],
            amounts["refunded"],
            request_facts,
            tuple(unusable),
            self._small_unit,
        )


def _fault(row: dict[str, Any], texts: dict[str, Any]) -> Problem | None:
    """What keeps a row from being read."""
    for name, cell in row.items():
        if isinstance(cell, CellFault):
            return problem(cell.why, name, **cell.params)
    for name, value in texts.items():
        why = None if value is None else fault_of_id(value)
        if why:
            return problem(why, name, value=value)
    stage = texts["stage"]
    if stage not in (None, CREATE, STATUS):
        return problem("not_allowed.choice", "stage", value=stage, choices=Listed((CREATE, STATUS)))
    return None


def _number(cell: Any) -> Any:
    """An exact number from a cell or its plain text; what is neither stays as it is."""
    if isinstance(cell, float):  # float: what spreadsheets and frames hold, read by its shortest text
        return Decimal(repr(cell))
    if isinstance(cell, str) and _NUMBER.fullmatch(cell.strip()):
        return Decimal(cell.strip())
    return cell


def created_at(cell: Any) -> int | Decimal | None:
    """When a task was created, in seconds since 1970, as a cell says it; None where it does not.

    >>> created_at("20"), created_at("1970-01-01 00:00:20"), created_at("soon")
    (Decimal('20'), 20, None)
    """
    number = _number(cell)
    if isinstance(number, (int, Decimal)):
        return moment(number)
    return moment(cell.isoformat() if hasattr(cell, "isoformat") else cell)


def _plain(cell: Any) -> Any:
    """A cell as JSON holds it."""
    if isinstance(cell, CellFault):
        return None
    return cell if isinstance(cell, (str, bool, int)) else str(to_text(to_date(cell)))
