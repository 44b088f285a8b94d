"""A sentence about a kind of problem, in English."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "info"]
#: Severity, message and hint, as tables of sentences hold them.
Texts = tuple[Severity, str, str]


class Sentence(NamedTuple):
    """Severity, message and hint of a kind of problem; an empty hint says nothing."""

    severity: Severity
    message: str
    hint: str = ""


def error(message: str, hint: str = "") -> Sentence:
    """What makes a job invalid, or stops a run."""
    return Sentence("error", message, hint)


def warning(message: str, hint: str = "") -> Sentence:
    """What a run goes on with, unless it is strict."""
    return Sentence("warning", message, hint)


def info(message: str, hint: str = "") -> Sentence:
    """What is only worth knowing."""
    return Sentence("info", message, hint)
