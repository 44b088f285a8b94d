"""Files, frames and lists of any form become a log of takes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kling_cost.io.json_files import json_document, json_problem
from kling_cost.io.sources import Source, name_sources, refuse_repeated
from kling_cost.io.strict_json import JsonError, parse_json
from kling_cost.jobs.columns import TAG
from kling_cost.jobs.frame_rows import rows_of_frame
from kling_cost.jobs.id_likeness import composed
from kling_cost.jobs.input_formats import form_of
from kling_cost.jobs.read_jobs import FRAME, MAX_JSON, MAX_JSON_VALUES, exact
from kling_cost.planning.learning.take_log import CREATED, KEPT, LOG_SHEET, STATUS, TASK_ID, TakeLog, log_column
from kling_cost.pricebook.book import FAILED
from kling_cost.problems import Listed, Problem, ReadError, UsageError, problem
from kling_cost.reconciliation.answers.answer_set import several
from kling_cost.reconciliation.answers.read_answers import read_responses
from kling_cost.reconciliation.read_reconciliation import read_reconciliation
from kling_cost.reconciliation.result import Reconciliation

LOG_FORMS = ("csv", "tsv", "xlsx", "jsonl", "json", "parquet")
_TAKEN = "takes must be files, {frame}, a reconciliation, or a list of dicts"
_LIST = "takes"  # what a list is called as a source
_OUTCOMES = ("reconciliation", "report")
_NO_TASK = "missing"  # the state of a take that no task fills


def take_log(takes: Any, input_format: str | None, encoding: str | None, sheet: str | None) -> TakeLog:
    """The log that an argument is: paths, a frame, a reconciliation, or a list of dicts.

    Raises:
        ReadError: a file cannot be read at all, or does not say which takes were kept.
        UsageError: it is anything else.
    """
    if isinstance(takes, (str, os.PathLike)):
        takes = [takes]
    if isinstance(takes, (list, tuple)) and takes and all(isinstance(one, (str, os.PathLike)) for one in takes):
        return log_of_sources(name_sources(takes, encoding), input_format, sheet)
    log = TakeLog()
    source = Source(FRAME, None)
    if isinstance(takes, Reconciliation):
        source = source._replace(name="reconciliation")
        _take_outcome(log, source, takes)
    elif isinstance(takes, (list, tuple, Mapping)):
        items = [takes] if isinstance(takes, Mapping) else takes
        source = source._replace(name=_LIST)
        _take_items(log, source, list(enumerate(map(exact, items), 1)))
    else:
        names, rows = rows_of_frame(takes, _TAKEN)
        _take_sheet(log, source, None, names, rows)
    return log


def log_of_sources(sources: Sequence[Source], input_format: str | None, sheet: str | None) -> TakeLog:
    """The log of one or more files.

    Raises:
        ReadError, UsageError: as `take_log`.
    """
    log = TakeLog()
    refuse_repeated(sources)
    for source in sources:
        form = form_of(source, input_format, LOG_FORMS)
        if form not in LOG_FORMS:
            raise UsageError(f"a log of takes can be read as {', '.join(LOG_FORMS)}, not {form}")
        _READERS[form](log, source, sheet)
    return log


def _read_json(log: TakeLog, source: Source, sheet: str | None) -> None:
    document = json_document(source, source.read(MAX_JSON), MAX_JSON_VALUES)
    if isinstance(document, dict) and document.get("kind") in _OUTCOMES:
        if source.path is None:
            raise source.error("unreadable.piped_outcome")
        _take_outcome(log, source, read_reconciliation(source.path))
    else:
        _take_items(log, source, list(enumerate(document if isinstance(document, list) else [document], 1)))


def _read_jsonl(log: TakeLog, source: Source, sheet: str | None) -> None:
    items = []
    for number, line in source.lines():
        if line is None:
            log.note(problem("unreadable.long_line"), source.name, number)
        elif not line.isspace():
            try:
                items.append((number, parse_json(line.rstrip())))
            except JsonError as error:
                log.note(json_problem(error, line), source.name, number)
    if not items and not log.problems:
        raise source.error("unreadable.empty")
    _take_items(log, source, items)


def _read_csv(log: TakeLog, source: Source, sheet: str | None, separator: str | None = None) -> None:
    from kling_cost.io.sheets.csv_sheets import read_sheet

    _take_sheet(log, source, *read_sheet(source, separator, LOG_SHEET))


def _read_tsv(log: TakeLog, source: Source, sheet: str | None) -> None:
    _read_csv(log, source, sheet, "\t")


def _read_xlsx(log: TakeLog, source: Source, sheet: str | None) -> None:
    from kling_cost.io.sheets.workbook import read_workbook

    found = read_workbook(source, sheet, LOG_SHEET)
    _take_sheet(log, source, found.header_row, found.names, found.rows())
    log.problems += found.remarks()


def _read_parquet(log: TakeLog, source: Source, sheet: str | None) -> None:
    from kling_cost.jobs.parquet_sheets import ParquetSheet

    found = ParquetSheet(source)
    read = [at for at, name in enumerate(found.names) if log_column(name) is not None]
    _take_sheet(log, source, None, found.names, found.rows(read))


_READERS = {
    "csv": _read_csv,
    "tsv": _read_tsv,
    "xlsx": _read_xlsx,
    "jsonl": _read_jsonl,
    "json": _read_json,
    "parquet": _read_parquet,
}


def _take_sheet(
    log: TakeLog,
    source: Source,
    header_row: int | None,
    header: Sequence[str | None],
    rows: Iterable[tuple[int, Sequence[Any] | Problem]],
) -> None:
    if not log.sheet(source.name, header_row, header, rows):
        raise _no_column(source, (name for name in header if name and name.strip()))


def _no_column(source: Source, names: Iterable[str]) -> ReadError:
    return source.error("unreadable.no_kept_column", name=KEPT, columns=Listed(list(dict.fromkeys(names))))


def _take_items(log: TakeLog, source: Source, items: Sequence[tuple[int, Any]]) -> None:
    """Take rows of JSON, or answers that somebody put a yes or no beside."""
    if any(isinstance(item, dict) and "response" in item for _, item in items):
        _take_rows(log, source, _of_answers(log, source, items))
        return
    rows = []
    for number, item in items:
        if isinstance(item, dict):
            rows.append((number, item, False))
        else:
            log.note(problem("wrong_type.object", value=item), source.name, number)
    _take_rows(log, source, rows)


def _take_outcome(log: TakeLog, source: Source, outcome: Reconciliation) -> None:
    """Take the tasks of a reconciliation, of which somebody put a yes or no beside the answers."""
    rows = []
    for number, task in enumerate(outcome.tasks, 1):
        if task.state != _NO_TASK:
            own = {"job_id": task.job_id, TASK_ID: task.task_id, "provider": task.provider}
            rows.append((number, {**task.extra, **own}, task.state == FAILED))
    _take_rows(log, source, rows)


def _take_rows(log: TakeLog, source: Source, rows: Sequence[tuple[int, Mapping[str, Any], bool]]) -> None:
    """Take rows with keys of their own; one that lacks the yes or no has none, but not all may lack it."""
    cells = [(number, dict(_cells_of(item)), failed) for number, item, failed in rows]
    if rows and not any(KEPT in found for _, found, _ in cells):
        raise _no_column(source, (name for _, item, _ in rows for name in item))
    for number, found, failed in cells:
        log.take(source.name, number, found, None, failed)


def _cells_of(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The cells of a row by column; what is asked for may be in the request, and tags in an object of their own."""
    request, tags = item.get("request"), item.get("tags")
    for part in (request if isinstance(request, dict) else {}, item):
        for key, value in part.items():
            column = log_column(key)
            if column is not None:
                yield column, value
    for name, value in tags.items() if isinstance(tags, dict) else ():
        yield f"{TAG}{composed(name)}", value


def _of_answers(
    log: TakeLog, source: Source, items: Sequence[tuple[int, Any]]
) -> list[tuple[int, Mapping[str, Any], bool]]:
    """Answers as rows: what they say of the task, and what the caller put beside them."""
    responses = read_responses([item for _, item in items])
    numbers = [number for number, _ in items]
    for found in (p for p in responses.problems if p.severity == "error"):
        log.note(found, source.name, None if found.row is None else numbers[found.row - 1])
    tasks = ((task_id, answers) for of in responses.tasks.values() for task_id, answers in of.items())
    loose = ((None, answers) for answers in responses.loose.values())
    rows: list[tuple[int, Mapping[str, Any], bool]] = []
    for task_id, answers in (*tasks, *loose):
        for answer in several(answers):
            _, row = responses.place(answer)
            facts = answer.facts
            own = {"job_id": answer.job_id, TASK_ID: task_id, "provider": facts.provider, STATUS: facts.status}
            asked = {fact.what: fact.text for fact in facts.request_facts}
            rows.append((numbers[row - 1], {**asked, **(answer.extra or {}), **own, CREATED: answer.created}, False))
    return rows
