"""Which column of a foreign sheet is which field, and what its words mean: proposed, or read from a file beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kling_cost.io.sheets.xlsx.sheet_rows import column_letters
from kling_cost.jobs.foreign.questions import NOT_READ, Question
from kling_cost.pricebook.catalogue import option_values
from kling_cost.pricebook.load import load_prices

#: Stands for what the sheet does not say, and has to be asked.
ASK = "ask"
#: The default that is none of a field: how lengths become whole seconds.
ROUNDING = "rounding"
_AT = "@"


@dataclass(frozen=True)
class MappedColumn:
    """One column.

    Attributes:
        header: its heading, as the sheet has it.
        column: its place, from 1.
        reason: why it is taken for this field; empty where a file says so.
        choices: what it may be, where that has to be asked; empty where it is clear.
    """

    header: str
    column: int
    reason: str = ""
    choices: tuple[str, ...] = ()

    @property
    def letters(self) -> str:
        """Its place as spreadsheets call it.

        >>> MappedColumn("Shot", 1).letters
        'A'
        """
        return column_letters(self.column)


@dataclass(frozen=True)
class SheetMapping:
    """How one sheet is read.

    Attributes:
        sheet: its title; None for a text file.
        header_row: the number of the row that has its headings.
        columns: by field, such as `duration` or `tag:scene`: the column that holds it; by `duration@E` where that of
            a column has to be asked.
        not_read: the columns of its table that are no part of the plan.
        beside: the headings of other tables beside it.
        model: the model of rows that name none.
        defaults: by field: what a blank cell, or a sheet without the column, means.
        words: by field and word: the value that is meant.
        rounding: `up`, `down` or `nearest`, for lengths that are no whole seconds.
        file: the file that says all this; None for a proposal.
    """

    sheet: str | None
    header_row: int
    columns: Mapping[str, MappedColumn]
    not_read: tuple[MappedColumn, ...] = ()
    model: str | None = None
    defaults: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rounding: str | None = None
    file: str | None = None
    beside: tuple[str, ...] = ()

    def questions(self) -> list[Question]:
        """What has to be said of its columns before any row is read."""
        columns = [
            Question("column", field_of(name), f"{one.letters}{self.header_row}", one.header, one.choices)
            for name, one in self.columns.items()
            if one.choices
        ]
        missing = [
            Question("no_column", name, None, None, choices_of(name))
            for name, value in self.defaults.items()
            if value == ASK
        ]
        if "duration" not in {field_of(name) for name in (*self.columns, *self.defaults)}:
            missing.append(Question("no_column", "duration", None, None, choices_of("duration")))
        return columns + missing

    def told(self) -> str:
        """Its columns on one line.

        >>> SheetMapping(None, 1, {"job_id": MappedColumn("Shot", 1)}).told()
        'A (Shot) is job_id'
        """
        return ", ".join(f"{one.letters} ({one.header}) is {name}" for name, one in self.columns.items())

    def with_options(self, model: str | None, defaults: Mapping[str, str]) -> SheetMapping:
        """The same with what a caller says; it comes before what a file says."""
        own = {name: value for name, value in defaults.items() if name != ROUNDING}
        rounding = defaults.get(ROUNDING, self.rounding)
        return replace(self, model=model or self.model, defaults={**self.defaults, **own}, rounding=rounding)

    def answered(self, question: Question, answer: str) -> SheetMapping:
        """The same with the answer to a question; a model that a cell names otherwise is a word for the answer.

        >>> told = Question("model", "model", "G2", "Kling 3.0", ())
        >>> SheetMapping(None, 1, {}).answered(told, "kling-v3-text-to-video").words
        {'model': {'Kling 3.0': 'kling-v3-text-to-video'}}
        """
        if question.kind == "model" and question.value in (None, answer):
            return replace(self, model=answer)
        if question.kind == "column":
            return self._with_column(question, answer)
        if question.value is None:
            return replace(self, defaults={**self.defaults, question.field: answer})
        known = {**self.words.get(question.field, {}), question.value: answer}
        return replace(self, words={**self.words, question.field: known})

    def _with_column(self, question: Question, answer: str) -> SheetMapping:
        letters = (question.cell or "").rstrip("0123456789")
        name = asked_as(question.field, letters)
        one = replace(self.columns[name], choices=(), reason="")
        others = {other: column for other, column in self.columns.items() if other != name}
        if answer == NOT_READ:
            return replace(self, columns=others, not_read=(*self.not_read, one))
        return replace(self, columns={**others, answer: one})


def asked_as(name: str, letters: str) -> str:
    """What a column is called that may be a field.

    >>> asked_as("duration", "E")
    'duration@E'
    """
    return f"{name}{_AT}{letters}"


def field_of(name: str) -> str:
    """The field that a column is, or may be.

    >>> field_of("duration@E"), field_of("tag:scene")
    ('duration', 'tag:scene')
    """
    return name.partition(_AT)[0]


def choices_of(name: str) -> tuple[str, ...]:
    """The values among which a field has to be one; empty where any number may be.

    >>> choices_of("sound"), choices_of("duration")
    (('off', 'on'), ())
    """
    return tuple(option_values(load_prices()).get(name, ()))
