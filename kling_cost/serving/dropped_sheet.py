"""Reads a sheet that was dropped as the command would: its jobs, or what has to be said first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kling_cost.io.sources import Source, name_sources
from kling_cost.io.writing import write_bytes
from kling_cost.jobs.foreign.columns_file import columns_text, file_beside
from kling_cost.jobs.foreign.foreign_sheets import FORMS, ForeignSheets, ReadSheet
from kling_cost.jobs.foreign.proposal import model_names
from kling_cost.jobs.foreign.questions import Question, SheetQuestionsError
from kling_cost.jobs.foreign.sheet_mapping import MappedColumn, SheetMapping
from kling_cost.jobs.job import Jobs
from kling_cost.jobs.read_jobs import stream_jobs
from kling_cost.pricebook.book import PriceBook, options_named_by
from kling_cost.problems import KlingCostError
from kling_cost.serving.uploads import Upload, Wishes

TAG = "tag:"
_LONGEST_ANSWER, _LONGEST_TAG = 200, 40


@dataclass(frozen=True)
class DroppedSheet:
    """What was found in a sheet.

    Attributes:
        source: the file.
        jobs: its jobs; None where it cannot be read, or has to be asked about first.
        foreign: how it is read, where it has headings of its own.
        questions: what has to be said first.
        fault: why it cannot be read.
        is_sheet: whether it is a sheet, for which a model can be named.
    """

    source: Source
    jobs: Jobs | None
    foreign: ReadSheet | None = None
    questions: Sequence[Question] = ()
    fault: KlingCostError | None = None
    is_sheet: bool = False


def read_dropped(upload: Upload, book: PriceBook) -> DroppedSheet:
    """Read a sheet as it lies there, with what was said of it.

    Args:
        upload: the sheet.
        book: the price book, which may name options of its own.
    """
    wishes, options = upload.wishes, options_named_by(book)
    source = name_sources([upload.path], wishes.encoding or None)[0]._replace(typed=upload.path.name)
    is_sheet = source.suffix.lstrip(".") in FORMS
    sheets = _sheets(upload, wishes, is_sheet)
    try:
        jobs = stream_jobs([source], None, wishes.sheet or None, options, sheets).collect()
    except SheetQuestionsError as error:
        foreign = _proposed(sheets, source, wishes, options)
        return DroppedSheet(source, None, foreign, error.questions, None, is_sheet)
    except KlingCostError as error:
        return DroppedSheet(source, None, None, (), error, is_sheet)
    return DroppedSheet(source, jobs, sheets.found(source), (), None, is_sheet)


def _sheets(upload: Upload, wishes: Wishes, is_sheet: bool) -> ForeignSheets:
    columns = file_beside(upload.path)
    file = str(columns) if columns.is_file() else None
    return ForeignSheets(wishes.model or None, None, file) if is_sheet else ForeignSheets()


def _proposed(sheets: ForeignSheets, source: Source, wishes: Wishes, options: tuple[str, ...]) -> ReadSheet | None:
    """How a sheet would be read that has to be asked about; None where not even that can be told."""
    try:
        return sheets.proposed(source, source.suffix.lstrip("."), wishes.sheet or None, options)
    except KlingCostError:
        return None


def question_key(question: Question) -> str:
    """The name under which a page sends the answer to a question.

    >>> question_key(Question("cell", "quality", "E6", "HD", ("720p", "1080p")))
    'answer|cell|quality|E6|HD'
    """
    return "|".join(("answer", question.kind, question.field, question.cell or "", question.value or ""))


def is_of_model(question: Question) -> bool:
    """Whether a question is which model makes the shots, for which a page has a field of its own.

    >>> is_of_model(Question("model", "model", None, None, ()))
    True
    """
    return question.kind == "model" and question.value is None


def column_key(column: MappedColumn) -> str:
    """The name under which a page sends what a column is.

    >>> column_key(MappedColumn("Shot", 1))
    'column|A'
    """
    return f"column|{column.letters}"


def columns_of(mapping: SheetMapping) -> list[tuple[str, MappedColumn]]:
    """The columns of a sheet from left to right, each with its field; that of one that is no part of the plan is empty.

    >>> columns_of(SheetMapping(None, 1, {"duration": MappedColumn("Length", 2)}, (MappedColumn("Notes", 1),)))[0][0]
    ''
    """
    unread = [("", one) for one in mapping.not_read if one.column]
    return sorted([*mapping.columns.items(), *unread], key=lambda one: one[1].column)


def tell_columns(upload: Upload, sheet: DroppedSheet, form: Mapping[str, str]) -> None:
    """Take over what somebody said of the columns of a sheet, and of its cells, into the file beside it.

    Args:
        upload: the sheet; its wishes get the model and the sheet of a workbook.
        sheet: as it was read.
        form: what was said, by `column_key` and `question_key`.
    """
    answers = list(_answers(sheet, form))
    upload.wishes = _with_answers(upload.wishes, answers)
    if sheet.foreign is None:
        return
    if not upload.proposed:
        upload.proposed = {one.letters: (field, one.reason) for field, one in columns_of(sheet.foreign.mapping)}
    mapping = replace(sheet.foreign.mapping, columns=_columns(sheet.foreign.mapping, form), file=None)
    unread = [one for field, one in columns_of(sheet.foreign.mapping) if form.get(column_key(one), field) == ""]
    mapping = replace(mapping, not_read=tuple(unread), model=upload.wishes.model or mapping.model)
    for question, answer in answers:
        if question.kind != "sheet":
            mapping = mapping.answered(question, answer)
    write_bytes(file_beside(upload.path), columns_text(mapping, upload.path.name).encode("utf-8"))


def _with_answers(wishes: Wishes, answers: Sequence[tuple[Question, str]]) -> Wishes:
    """What is wished for, with the answers that are of a whole sheet."""
    for question, answer in answers:
        if question.kind == "sheet":
            wishes = replace(wishes, sheet=answer)
        elif question.kind == "model" and question.value == answer:
            wishes = replace(wishes, model=answer)
    return wishes


def _answers(sheet: DroppedSheet, form: Mapping[str, str]) -> Iterator[tuple[Question, str]]:
    for question in sheet.questions:
        answer = form.get(question_key(question), "").strip()[:_LONGEST_ANSWER]
        is_shown = question.kind != "column" and not is_of_model(question)
        if answer and is_shown and (not question.choices or answer in question.choices):
            yield question, answer


def _columns(mapping: SheetMapping, form: Mapping[str, str]) -> dict[str, MappedColumn]:
    """The columns by field, as somebody said; what nothing was said of stays as it is.

    A field that is said of two columns is that of the later one; the former is in no list, and so asked about.
    """
    found: dict[str, MappedColumn] = {}
    for field, column in columns_of(mapping):
        wanted = form.get(column_key(column), field)
        if wanted == field:
            found[field] = column
        elif wanted:
            name = f"{TAG}{_tag_name(column)}" if wanted == TAG else wanted
            found[name] = MappedColumn(column.header, column.column)
    return {field: column for field, column in found.items() if field}


def _tag_name(column: MappedColumn) -> str:
    """A label's name from the heading of its column."""
    return " ".join(column.header.split())[:_LONGEST_TAG] or column.letters


def models() -> list[str]:
    """The models that the rows of a sheet may have."""
    return sorted(model_names())
