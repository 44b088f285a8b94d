"""Report an error that stops the run: a message on standard error, and JSON or Markdown if that was requested."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Sequence

import click

from kling_cost.cli.streams import tell
from kling_cost.problems import EXIT_CANNOT_RUN, KlingCostError, UsageError

_COMMENT = "comment"  # a form of its own: Markdown that a script finds again
#: The library's errors name arguments; here they are options.
_OPTIONS = (
    (r'rates=\["([^"]*)"\]', r'--rate "\1"'),
    (r'\bbudget="500 USD"', '--budget "500 USD"'),
    (r'\bmay="([^"]*)"', r"--may \1"),
    (r"\bno_budget=True", "--no-budget"),
    (r"\binput_format=", "--input-format "),
    (r"\(a reconciliation\)", "(--responses)"),
    (r"\bpass an estimate, not totals", "omit --summary"),
)


def fail(error: KlingCostError | click.ClickException, words: Sequence[str]) -> int:
    """Report what is wrong, and return the exit code.

    Args:
        error: why the run stopped.
        words: the command line.
    """
    if isinstance(error, click.ClickException):
        text, code, shown = error.format_message(), EXIT_CANNOT_RUN, io.StringIO()
        error.show(shown)
        tell(shown.getvalue().rstrip("\n"))
    else:
        text, code = _as_options(error), error.exit_code
        tell(f"kling-cost: {text}")
    form = _COMMENT if _has_flag(words, "--comment") else _option_value(words, "--format")
    if form in ("json", "md", _COMMENT) and sys.stdout is not None:
        _print(error, text, code, form, _option_value(words, "--locale"))
    return code


def _print(error: Exception, text: str, code: int, form: str, locale: str | None) -> None:
    from kling_cost.cli.outputs import print_bytes
    from kling_cost.io.json_text import json_bytes
    from kling_cost.reporting.error_results import Stopped, error_markdown, problems_of
    from kling_cost.reporting.parts.changes.pull_request_comment import error_comment
    from kling_cost.reporting.translations import LOCALES
    from kling_cost.results.document_types import ERROR

    problems = problems_of(error, text)
    if form == "json":
        print_bytes(json_bytes(ERROR.json(Stopped(problems, code, getattr(error, "questions", ())))))
    else:
        made = error_comment if form == _COMMENT else error_markdown
        print_bytes(made(problems, locale if locale in LOCALES else "en").encode("utf-8", "backslashreplace"))


def _has_flag(words: Sequence[str], flag: str) -> bool:
    """Whether a flag is among the options of a command line."""
    return flag in (words[: words.index("--")] if "--" in words else words)


def _option_value(words: Sequence[str], option: str) -> str | None:
    """The last value of an option on a command line that may be invalid as a whole."""
    found = None
    for word, following in zip(words, [*words[1:], None], strict=True):
        if word == "--":
            break
        if word == option:
            found = following
        elif word.startswith(f"{option}="):
            found = word.removeprefix(f"{option}=")
    return found


def _as_options(error: KlingCostError) -> str:
    """The message of an error, with options in place of arguments."""
    text = str(error)
    for argument, option in _OPTIONS if isinstance(error, UsageError) else ():
        text = re.sub(argument, option, text)
    return text
