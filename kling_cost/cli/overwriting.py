"""Refuse to overwrite an input: an output file must not be one of the inputs, however its path is spelled."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from kling_cost.io.writing import same_file
from kling_cost.problems import UsageError

if TYPE_CHECKING:
    _TextType = click.ParamType[str]
else:
    _TextType = click.ParamType  # click before 8.4 knows no type of values


class InputPath(_TextType):
    """The path of something that is read."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The path exactly as typed."""
        return str(value)


def refuse_inputs(outputs: Sequence[str], found: Iterable[tuple[str, str]] = ()) -> None:
    """Refuse output files that are inputs of the running verb, or that are named more than once.

    Args:
        outputs: the files.
        found: inputs that no option names, each with what to call it.

    Raises:
        UsageError: it names the output and the input.
    """
    for at, output in enumerate(outputs):
        again = next((other for other in outputs[:at] if same_file(output, other)), None)
        if again is not None:
            raise UsageError(f"-o {output} is the same file as -o {again}; name each output once")
    if not outputs:
        return
    for name, path in (*_inputs(click.get_current_context()), *found):
        for output in outputs:
            if same_file(output, path):
                raise UsageError(f"-o {output} would overwrite {name} {path}; write to another file")


def _inputs(context: click.Context) -> Iterator[tuple[str, str]]:
    """The inputs of the running verb, each with the option that names it."""
    for param in context.command.params:
        if isinstance(param.type, InputPath):
            given = context.params.get(param.name or "") or ()
            name = "the input" if isinstance(param, click.Argument) else f"the file of {param.opts[0]}"
            for path in (given,) if isinstance(given, str) else given:
                yield from ((name, found) for found in _files(path))


def _files(path: str) -> Iterator[str]:
    """The files that a path leads to: itself, those that a pattern matches, those of a folder."""
    yield "/dev/stdin" if path == "-" else path  # `- < jobs.csv` is that file
    if glob.has_magic(path) and not os.path.lexists(path):
        yield from glob.iglob(path, recursive=True)
    elif os.path.isdir(path):
        with os.scandir(path) as entries:
            yield from (entry.path for entry in entries)
