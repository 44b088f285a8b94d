"""`columns`: what the columns of a sheet of others mean, and the file beside it that says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from kling_cost.cli.options import InputOptions, PriceOptions, price_options, reading_options
from kling_cost.cli.overwriting import InputPath
from kling_cost.cli.streams import tell

if TYPE_CHECKING:
    from kling_cost.jobs.foreign.foreign_sheets import ReadSheet
    from kling_cost.jobs.foreign.questions import Question


@click.command("columns")
@click.argument("sheet_file", metavar="SHEET", type=InputPath())
@reading_options
@price_options
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", help="Format of the answer.")
@click.option("-o", "--output", metavar="FILE", help="Where to write the columns; by default SHEET.columns.yaml.")
def command(sheet_file: str, inputs: InputOptions, price: PriceOptions, form: str, output: str | None) -> int:
    """Say what the columns of a storyboard or shot list mean.

    SHEET is a .csv, .tsv or .xlsx file with headings of its own. What each column is taken for is printed with the
    reason, and with what has to be decided, and written to SHEET.columns.yaml beside the sheet. Correct that file:
    every verb that reads jobs uses it from then on. A file that is there is never overwritten.

    \b
    Examples:
      kling-cost columns storyboard.xlsx --model kling-v3-text-to-video
      kling-cost columns shots.csv --default quality=1080p --format json
    """
    from kling_cost.cli.outputs import print_bytes
    from kling_cost.io.json_text import json_bytes
    from kling_cost.io.sources import name_sources
    from kling_cost.jobs.foreign.columns_file import columns_text, file_beside
    from kling_cost.jobs.foreign.foreign_sheets import FORMS
    from kling_cost.jobs.input_formats import form_of
    from kling_cost.problems import UsageError
    from kling_cost.results.document_types import COLUMNS

    source = name_sources([sheet_file], inputs.encoding)[0]
    kind = form_of(source, inputs.input_format, FORMS)
    if kind not in FORMS:
        raise UsageError(f"columns are those of a sheet: {', '.join(FORMS)}")
    found = inputs.foreign.proposed(source, kind, inputs.sheet, price.book().own_inputs)
    if form == "json":
        print_bytes(json_bytes(COLUMNS.json(ColumnsAnswer.of(source.name, found))))
    else:
        click.echo("\n".join(_lines(source.name, found)))
    if found.mapping.file is None or output is not None:
        write_new(output or file_beside(sheet_file), columns_text(found.mapping, source.name))
    else:
        tell(f"kling-cost: columns as {found.mapping.file} says")
    return 0


def write_new(path: Any, text: str) -> None:
    """Write a file that is not there yet.

    Raises:
        UsageError: it is there; it may hold corrections.
    """
    import os

    from kling_cost.io.writing import write_bytes
    from kling_cost.problems import UsageError

    if os.path.lexists(path):
        raise UsageError(f"{path} exists already; delete it first, or write to another file")
    write_bytes(path, text.encode("utf-8"))
    tell(f"wrote {path}")


class _Column(NamedTuple):
    field: str
    header: str
    column: str
    reason: str
    choices: tuple[str, ...]


class ColumnsAnswer(NamedTuple):
    """What JSON holds."""

    source: str
    sheet: str | None
    header_row: int
    columns: list[_Column]
    not_read: list[str]
    model: str | None
    defaults: dict[str, str]
    file: str | None
    shots: int
    questions: list[Any]

    @classmethod
    def of(cls, name: str, found: ReadSheet) -> ColumnsAnswer:
        """How a sheet of a name is read, with what has to be said first."""
        from kling_cost.jobs.foreign.foreign_sheets import questions_of
        from kling_cost.jobs.foreign.sheet_mapping import ASK, field_of

        mapping = found.mapping
        columns = [
            _Column(field_of(field), one.header, one.letters, one.reason, one.choices)
            for field, one in mapping.columns.items()
        ]
        model = mapping.model or (None if "model" in mapping.columns else ASK)
        not_read = [one.header for one in mapping.not_read]
        shown = (mapping.sheet, mapping.header_row, columns, not_read, model, dict(mapping.defaults), mapping.file)
        return cls(name, *shown, len(found.shots.shots), questions_of(found))


def _lines(name: str, found: ReadSheet) -> Iterator[str]:
    """The answer for people, a line a column."""
    from kling_cost.problems import shown

    answer = ColumnsAnswer.of(name, found)
    place = f"{name}, sheet {shown(answer.sheet)}" if answer.sheet else name
    yield f"{place}: headings in row {answer.header_row}, {answer.shots} shots"
    for one in answer.columns:
        why = f"has to be decided: {' or '.join(one.choices)}" if one.choices else one.reason or "as the file says"
        yield f"  {one.column:<3}{shown(one.header):<24} {one.field:<16} {why}"
    if answer.not_read:
        yield f"  not read: {shown(', '.join(answer.not_read), 200)}"
    if answer.model is not None:
        yield f"  model: {shown(answer.model)}"
    for field, value in answer.defaults.items():
        yield f"  default of {field}: {shown(value)}"
    yield from _asked(name, answer.questions)


def _asked(name: str, questions: Sequence[Question]) -> Iterator[str]:
    if questions:
        yield "Questions"
    for question in questions:
        told = question.problem(name, f"{name}.columns.yaml")
        yield f"  {told.message} ({told.hint})"
