"""Files, streams, bodies and frames of any form become `Responses`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kling_cost.io.json_files import json_document, json_problem
from kling_cost.io.sources import Source, name_sources
from kling_cost.io.strict_json import JsonError, parse_json
from kling_cost.jobs.frame_rows import rows_of_frame
from kling_cost.jobs.input_formats import form_of
from kling_cost.jobs.read_jobs import MAX_JSON, MAX_JSON_VALUES, exact
from kling_cost.pricebook.book import PriceBook, book_given
from kling_cost.problems import Listed, Problem, UsageError, problem
from kling_cost.python_values import text
from kling_cost.reconciliation.answers.answer import CREATE, STATUS
from kling_cost.reconciliation.answers.answer_set import AnswerCollector, Responses
from kling_cost.reconciliation.providers import AnswerReaders
from kling_cost.reconciliation.providers.unreadable_answers import why_unread

#: Forms in which answers are read.
RESPONSE_FORMS = ("jsonl", "json", "csv", "tsv", "xlsx")
_STAGES = (CREATE, STATUS)
_TAKEN = "responses must be files, {frame}, or parsed bodies"
_ALLOWED = (None, *_STAGES)
_TEXT_OR_NONE = (str, type(None))
_BESIDE = ("response", "job_id", "provider", "stage")
_MOST_WRAPPERS = 4  # one within the other
_LOGGED = ("payload", "data", "json", "text")  # beside headers


def read_responses(
    *inputs: Any,
    input_format: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    amount_unit: str | None = None,
    book: PriceBook | None = None,
) -> Responses:
    """Read providers' answers from files, a frame, or parsed bodies.

    Args:
        inputs: paths; or one frame of pandas, Polars, PyArrow or DuckDB; or one body or a list of bodies, each as the
            provider sent it, or wrapped as `{"job_id": …, "provider": …, "stage": "create" or "status", "response":
            {…}}`, or logged as `{"headers": {…}, "body": {…}}`; the answer may be JSON as text.
        input_format: `jsonl`, `json`, `csv`, `tsv` or `xlsx`; told by the suffix if left out.
        encoding: of text files that are neither UTF-8 nor UTF-16 with a byte order mark.
        sheet: which sheet of a workbook to read.
        amount_unit: name of the provider's smaller unit, such as `UC`, if all amounts are stated in it.
        book: the price book whose descriptions of answers count; without it, the providers that are known are read.

    Returns:
        Every answer by its task, and what is wrong with the files: one broken line hides no other.

    Raises:
        ReadError: a file cannot be read at all.
        UsageError: nothing to read, or a form that cannot be told.

    >>> answers = read_responses([{"job_id": "a", "response": {"code": 402, "message": "no credits", "data": None}}])
    >>> [(p.code, p.job_id) for p in answers.problems]
    [('refused', 'a')]
    """
    input_format, sheet = text(input_format, "input_format"), text(sheet, "sheet")
    encoding, amount_unit = text(encoding, "encoding"), text(amount_unit, "amount_unit")
    known = book_given(book)
    books = () if known is None else (known,)
    if len(inputs) == 1 and not isinstance(inputs[0], (str, os.PathLike)):
        return _in_memory(inputs[0], amount_unit, books)
    return read_response_sources(name_sources(inputs, encoding), input_format, sheet, amount_unit, books)


def responses_given(responses: Any, books: Sequence[PriceBook]) -> Responses:
    """Answers that are read already, or anything that `read_responses` reads.

    Raises:
        ReadError, UsageError: as `read_responses`.
    """
    if isinstance(responses, Responses):
        return responses
    if isinstance(responses, (str, os.PathLike)):
        return read_response_sources(name_sources([responses], None), books=books)
    return _in_memory(responses, None, books)


def read_response_sources(
    sources: Sequence[Source],
    input_format: str | None = None,
    sheet: str | None = None,
    amount_unit: str | None = None,
    books: Sequence[PriceBook] = (),
    watched: Callable[[Iterable[Any]], Iterable[Any]] = lambda items: items,
) -> Responses:
    """Read answers from sources.

    Args:
        sources: at least one.
        input_format, sheet, amount_unit: as in `read_responses`.
        books: those whose descriptions of answers count; of several that describe a provider, the first.
        watched: sees every line or row go by.

    Raises:
        ReadError, UsageError: as `read_responses`.
    """
    if not sources:
        raise UsageError("no responses: pass at least one file, or - for standard input")
    forms = [form_of(source, input_format, RESPONSE_FORMS) for source in sources]
    other = next((form for form in forms if form not in RESPONSE_FORMS), None)
    if other is not None:
        raise UsageError(f"responses can be read as {', '.join(RESPONSE_FORMS)}, not {other}")
    reader = _Reader(Responses(amount_unit), AnswerReaders(books))
    for source, form in zip(sources, forms, strict=True):
        reader.collector.begin(source.name)
        if form == "jsonl":
            reader.lines(source, watched)
        elif form == "json":
            reader.document(source, watched)
        else:
            _read_sheet(reader.collector, source, form, sheet, watched)
    return reader.collector.responses


class _Reader:
    """Reads JSON values as answers."""

    def __init__(self, to: Responses, readers: AnswerReaders) -> None:
        self.collector = AnswerCollector(to)
        self._readers, self._by_provider = readers, readers.by_provider
        self._small_unit = to.amount_unit is not None

    def lines(self, source: Source, watched: Callable[[Iterable[Any]], Iterable[Any]]) -> None:
        """One answer a line."""
        collector, take = self.collector, self.item
        for number, line in watched(source.lines()):
            try:
                if line is None:
                    collector.at(number, None, None, None)
                    collector.broken(problem("unreadable.long_line"))
                elif not line.isspace():
                    take(parse_json(line), number)
            except JsonError as error:
                collector.at(number, None, None, None)
                collector.broken(json_problem(error, line or b"", is_whole=True))

    def document(self, source: Source, watched: Callable[[Iterable[Any]], Iterable[Any]]) -> None:
        """One answer, or a list of answers."""
        document = json_document(source, source.read(MAX_JSON), MAX_JSON_VALUES)
        for number, item in watched(enumerate(document if isinstance(document, list) else [document], 1)):
            self.item(item, number)

    def item(self, item: Any, row: int) -> None:
        """One answer, wrapped or not."""
        if item.__class__ is not dict:
            self.collector.at(row, None, None, None)
            self.collector.broken(problem("unreadable.no_answer"))
            return
        under = "response" if "response" in item else _under(item)
        if under is None:
            self._body(item, row, None, None, None, None)
        else:
            self._wrapped(item, row, under)

    def _wrapped(self, item: Mapping[str, Any], row: int, under: str) -> None:
        get = item.get
        job_id, provider, stage = get("job_id"), get("provider"), get("stage")
        known = 1 + ("job_id" in item) + ("provider" in item) + ("stage" in item)
        extra = None
        if len(item) > known and under == "response":  # beside a body stand headers, and secrets among them
            extra = {key: value for key, value in item.items() if key not in _BESIDE}
        found = _wrong(job_id, provider, stage, self._by_provider)
        if found is not None:
            self.collector.at(row, None, job_id if isinstance(job_id, str) else None, None)
            self.collector.broken(found)
            return
        try:
            body = _unwrapped(item[under])
        except JsonError as error:
            self.collector.at(row, provider, job_id, extra)
            self.collector.broken(json_problem(error))
            return
        for one in body if body.__class__ is list else (body,):
            self._body(one, row, provider, job_id, stage, extra)

    def _body(
        self, body: Any, row: int, provider: str | None, job_id: str | None, stage: str | None, extra: Any
    ) -> None:
        collector = self.collector
        known = provider
        if known is None and body.__class__ is dict:
            known = self._readers.provider_of(body)
        collector.row, collector.provider, collector.job_id, collector.extra = row, known, job_id, extra
        collector.listed = False
        read = self._by_provider.get(known)  # type: ignore[arg-type]
        if read is None or body.__class__ is not dict or not read(body, collector, stage, self._small_unit):
            candidates = self._readers.candidates(body) if body.__class__ is dict else ()
            found = why_unread(body, provider, candidates)
            if found.severity == "error":
                collector.broken(found)
            else:  # understood, and nothing of a task is lost
                collector.note(found)


def _unwrapped(body: Any) -> Any:
    """The answer under `response` or `body`: an object, a list, or its JSON as text; wrapped again by a logger, too.

    Raises:
        JsonError: the text is no JSON.

    >>> _unwrapped('{"status": 200, "body": {"id": "t"}}')
    {'id': 't'}
    """
    for _ in range(_MOST_WRAPPERS):
        if isinstance(body, str):
            body = parse_json(body.encode("utf-8", "surrogatepass"))
        elif body.__class__ is dict and (under := _under(body)) is not None:
            body = body[under]
        else:
            break
    return body


def _under(item: Mapping[str, Any]) -> str | None:
    """Under which key loggers of webhooks and clients put what came; None where nothing is wrapped."""
    if "body" in item:  # no provider has such a key
        return "body"
    return next((key for key in _LOGGED if key in item), None) if "headers" in item else None


def _wrong(job_id: Any, provider: Any, stage: Any, known: Mapping[str, Any]) -> Problem | None:
    """What is wrong with what the caller put around an answer."""
    is_known = provider is None or (provider.__class__ is str and provider in known)
    if is_known and job_id.__class__ in _TEXT_OR_NONE and stage in _ALLOWED:
        return None
    for key, value in (("job_id", job_id), ("provider", provider), ("stage", stage)):
        if value is not None and not isinstance(value, str):
            return problem("wrong_type.text", key, value=value)
    if provider is not None and provider not in known:
        return problem("not_allowed.choice", "provider", value=provider, choices=Listed(list(known)))
    return problem("not_allowed.choice", "stage", value=stage, choices=Listed(_STAGES))


def _read_sheet(
    collector: AnswerCollector,
    source: Source,
    form: str,
    sheet: str | None,
    watched: Callable[[Iterable[Any]], Iterable[Any]],
) -> None:
    from kling_cost.reconciliation.answers.answer_sheets import ANSWER_SHEET, AnswerRows

    small_unit = collector.responses.amount_unit is not None
    if form == "xlsx":
        from kling_cost.io.sheets.workbook import read_workbook

        found = read_workbook(source, sheet, ANSWER_SHEET)
        AnswerRows(collector, found.header_row, found.names, small_unit).take(watched(found.rows()))
        collector.responses.problems += found.remarks()
        return
    from kling_cost.io.sheets.csv_sheets import read_sheet

    row, header, rows = read_sheet(source, "\t" if form == "tsv" else None, ANSWER_SHEET)
    AnswerRows(collector, row, header, small_unit).take(watched(rows))


def _in_memory(value: Any, amount_unit: str | None, books: Sequence[PriceBook]) -> Responses:
    reader = _Reader(Responses(amount_unit), AnswerReaders(books))
    reader.collector.begin("responses")
    if isinstance(value, Mapping):
        value = [value]
    if isinstance(value, (list, tuple)):
        for number, item in enumerate(value, 1):
            reader.item(exact(item), number)
        return reader.collector.responses
    names, rows = rows_of_frame(value, _TAKEN)
    from kling_cost.reconciliation.answers.answer_sheets import AnswerRows

    AnswerRows(reader.collector, None, names, amount_unit is not None).take(rows)
    return reader.collector.responses
