"""Sheets of others at the command line: told on standard error, and asked about where a person sits at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from kling_cost.cli.overwriting import InputPath
from kling_cost.cli.streams import tell

if TYPE_CHECKING:
    from kling_cost.jobs.foreign.foreign_sheets import ForeignSheets
    from kling_cost.jobs.foreign.questions import Question

Verb = TypeVar("Verb", bound=Callable[..., Any])


def sheet_options(verb: Verb) -> Verb:
    """`--model`, `--default` and `--columns`, which say what a sheet does not."""
    for option in (
        click.option(
            "--columns",
            metavar="FILE",
            type=InputPath(),
            help="What the headings of a sheet mean; by default SHEET.columns.yaml beside it, if there is one.",
        ),
        click.option(
            "--default",
            metavar="NAME=VALUE",
            multiple=True,
            help="What a blank cell of a sheet means, such as quality=1080p; repeatable.",
        ),
        click.option("--model", "sheet_model", metavar="NAME", help="Model of the rows of a sheet that name none."),
    ):
        verb = option(verb)
    return verb


def named_values(given: Sequence[str]) -> dict[str, str]:
    """What `--default` says, by name.

    Raises:
        UsageError: one is not NAME=VALUE, or a name comes twice.
    """
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value) or name in found:
            raise click.UsageError(f"--default takes NAME=VALUE, each NAME once, such as quality=1080p, not {text!r}")
        found[name] = value
    return found


def foreign_sheets(model: str | None, defaults: Mapping[str, str], columns: str | None) -> ForeignSheets:
    """What reads the foreign sheets of a run, given what the options say.

    Raises:
        UsageError: a default is of no field, or no value of it.
    """
    from kling_cost.jobs.foreign.foreign_sheets import ForeignSheets

    is_answered = all(_is_terminal(stream) for stream in (sys.stdin, sys.stderr))
    return ForeignSheets(model, defaults, columns, _tell_once(), _ask if is_answered else None)


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody sits at a stream; one that has been read to its end may be closed."""
    return stream is not None and not stream.closed and stream.isatty()


def _tell_once() -> Callable[[str], None]:
    """Tells each message once, however often a sheet is read."""
    told: set[str] = set()

    def once(text: str) -> None:
        if text not in told:
            told.add(text)
            tell(f"kling-cost: {text}")

    return once


def _ask(question: Question) -> str:
    """Ask on the terminal until there is an answer among the choices."""
    kind = click.Choice(question.choices) if question.choices else None
    answer: str = click.prompt(str(question), type=kind, err=True)
    return answer
