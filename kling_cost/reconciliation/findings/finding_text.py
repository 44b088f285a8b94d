"""Findings in words: message and hint, in English or with the sentences of another language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kling_cost.messages.finding_messages import ADVICE, FINDINGS
from kling_cost.messages.sentence import Sentence
from kling_cost.reconciliation.findings.discrepancies import Difference

if TYPE_CHECKING:
    from kling_cost.reconciliation.result import Finding

_BY_NAME = {"rate": "rate", "book": "book", "factor": "factor", "actual_seconds": "actual"}
_ADVISED = ("over_", "under_", "settled_differs")


def finding_sentence(
    finding: Finding, sentences: Mapping[str, Sentence] = FINDINGS, advice: Mapping[str, str] = ADVICE
) -> Sentence:
    """Message and hint of a finding.

    Args:
        finding: what is found.
        sentences, advice: those of another language.

    >>> from kling_cost.reconciliation.findings.discrepancies import difference
    >>> from kling_cost.reconciliation.result import Finding
    >>> finding_sentence(Finding(difference("duplicate_response"), "a", "task-1")).message
    'the same answer appears more than once; it counts once'
    """
    what = finding.what
    values = dict(what.params)
    if what.key.endswith(".stored"):  # of a stored result, which keeps the words only
        return Sentence(what.severity, values["message"], values["hint"])
    _, message, hint = sentences[what.key]
    if what.severity != "info" and what.key.startswith(_ADVISED):
        hint = advice[_advice(what)].format(explained=" | ".join(what.explained_by))
    return Sentence(what.severity, message.format(**values), hint.format(**values))


def _advice(what: Difference) -> str:
    """Which advice fits: by the first of the changes that would explain the amount."""
    if not what.explained_by:
        return "over" if what.difference is not None and what.difference > 0 else "under"
    names = [change.partition("=")[0] for change in what.explained_by]
    if what.severity == "warning":  # what is expected: a book that was given, or the seconds that came out
        return "book" if "book" in names else "settled"
    return _BY_NAME.get(names[0], "option")
