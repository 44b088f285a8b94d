"""The command that a user may run next, with the files and options of this run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from kling_cost.planning.verdict import Verdict

_OUTPUTS = ("form", "files")  # of this run alone
_SPENT = ("actuals", "responses")  # what `plan fit` does not know


def fit_command(verdict: Verdict) -> str | None:
    """The command that fits the plan of this run into its limits, quoted for a shell; None where none does.

    It takes over the files, and every option of this run that `plan fit` has, too.
    """
    run = click.get_current_context()
    fit = _command(run, "plan", "fit") if verdict.suggestions else None
    if fit is None or any(run.params.get(name) for name in _SPENT):
        return None
    from kling_cost.planning.fit.single_changes.suggestions import BUILT_IN_MAY

    may = [] if verdict.may.may else ["--may", BUILT_IN_MAY]
    files, options = list(_words(run, fit, click.Argument)), [*_words(run, fit, click.Option), *may]
    text = shlex.join(["kling-cost", "plan", "fit", *_with_files(files, options)])
    return text if text.isprintable() else None


def _with_files(files: Sequence[str], options: Sequence[str]) -> list[str]:
    """Files and options; files that look like options come last."""
    has_dash = any(name.startswith("-") and name != "-" for name in files)
    return [*options, "--", *files] if has_dash else [*files, *options]


def _command(run: click.Context, *names: str) -> click.Command | None:
    """Another verb of the command that runs."""
    root = run.find_root()
    found: click.Command | None = root.command
    for name in names:
        found = found.get_command(root, name) if isinstance(found, click.Group) else None
    return found


def _words(run: click.Context, fit: click.Command, kind: type[click.Parameter]) -> Iterator[str]:
    """What was given to this run that another verb takes as well: its arguments or its options."""
    for param in fit.params:
        name = param.name or ""
        is_given = name in run.params and run.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if is_given and isinstance(param, kind) and name not in _OUTPUTS:
            value = run.params[name]
            for one in value if isinstance(value, tuple) else (value,):
                yield from _word(param, str(one))


def _word(param: click.Parameter, value: str) -> list[str]:
    if not isinstance(param, click.Option):
        return [value]
    name = max(param.opts, key=len)
    return [name] if param.is_flag else [name, value]
