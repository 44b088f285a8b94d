"""Errors that stop a run, as JSON or Markdown, for scripts and pull requests that do not read standard error."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from kling_cost.io.writing import WriteError
from kling_cost.jobs.foreign.questions import Question, SheetQuestionsError
from kling_cost.problems import FileFaultsError, PriceBookError, Problem, ReadError, RequestError, shown
from kling_cost.reporting.parts.problem_list import problem_table
from kling_cost.reporting.translations import words_of
from kling_cost.reporting.writers.markdown import table_lines

#: FILE:LINE:COLUMN: path: why; the path of what concerns the whole file is left out.
_FAULT = re.compile(r"(.+?):(\d+):(\d+): (?:([\w.-]+(?:\[\d+\])?(?:\.[^:\s]+)*): )?(.+)", re.DOTALL)
_LONGEST = 2_000


def problems_of(error: Exception, text: str | None = None) -> list[Problem]:
    """What is wrong, one problem a fault.

    Args:
        error: what was raised.
        text: its message in other words.

    >>> from kling_cost.problems import UsageError
    >>> [(found.code, found.message) for found in problems_of(UsageError("no jobs"))]
    [('usage', 'no jobs')]
    """
    if isinstance(error, (RequestError, SheetQuestionsError)) or (isinstance(error, PriceBookError) and error.problems):
        return list(error.problems)
    if isinstance(error, ReadError):
        return [error.problem]
    if isinstance(error, FileFaultsError):
        return [_of_file(fault) for fault in error.faults]
    if isinstance(error, WriteError):
        return [_problem_with("unwritable.file", error.why).at(None, shown(error.name, _LONGEST), None)]
    return [_problem_with("usage.call", str(error) if text is None else text)]


def _of_file(fault: str) -> Problem:
    found = _FAULT.fullmatch(fault)
    if found is None:
        return _problem_with("unreadable.price_book", fault)
    file, line, column, path, why = found.groups()
    placed = _problem_with("unreadable.price_book", f"{why} (column {column})", path or "")
    return placed.at(None, file, int(line))


def _problem_with(key: str, why: str, field: str = "") -> Problem:
    return Problem(key, field, (("why", shown(why, _LONGEST)),))


class Stopped(NamedTuple):
    """What stopped a run, as the record `ERROR` holds it, and the exit code of the command."""

    problems: Sequence[Problem]
    exit_code: int
    questions: Sequence[Question] = ()


def error_markdown(problems: Sequence[Problem], locale: str) -> str:
    """The error as Markdown, in a language.

    >>> from kling_cost.problems import UsageError
    >>> print(error_markdown(problems_of(UsageError("no jobs")), "en").splitlines()[-1])
    | error | no jobs |
    """
    words = words_of(locale)
    return "\n".join(table_lines(problem_table(problems, words), words)) + "\n"
