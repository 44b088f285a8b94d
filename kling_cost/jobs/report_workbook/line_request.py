"""What a line of a report's workbook keeps of its job beside what people see and change: as text, and read back.

A workbook shows what a price depends on with every default written out. What the request left out, and what it has
that no column shows, such as elements or shots, stands in one more cell of the row, so that it moves with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple

from kling_cost.amounts import plain_text
from kling_cost.io.strict_json import JsonError, parse_json
from kling_cost.jobs.job import Ask, Job, Options, ask_for, needs_of
from kling_cost.problems import Problem

_LONGEST = 32_000  # characters; a cell holds hardly more
_TOO_LONG = "…"
_SHOWN = 30_000  # characters of a text that a cell shows at least
_SUM_BYTES = 4
_SUM = 2 * _SUM_BYTES  # characters of its digest
Shown = Mapping[str, str]


class LineRequest(NamedTuple):
    """A line as it was written.

    Attributes:
        job: its job, without a place.
        shown: what its inputs showed, by field; a blank one is left out.
        has_length: whether the seconds that it shows are those of its request.
        prompt_length: how many characters of its prompt the job has.
    """

    job: Job
    shown: Shown
    has_length: bool
    prompt_length: int


def request_text(job: Job, shown: Mapping[str, Any], has_length: bool) -> str:
    """A line's request as text; one that has too much for a cell is a text that cannot be read back.

    Args:
        job: which.
        shown: what its inputs show, by field.
        has_length: whether the seconds that they show are those of its request.

    >>> text = request_text(Job("a", ask=ask_for("evolink", "kling-custom-element")), {"takes": 1}, False)
    >>> read_request(text).shown
    {'takes': '1'}
    """
    ask = job.ask
    written = {
        "job_id": job.job_id,
        "ask": [ask.provider, ask.model, ask.duration, [list(pair) for pair in ask.options], ask.shots],
        "form": [ask.checked_as, ask.name_field],
        "needs": dict(job.needs),
        "tags": dict(job.tags),
        "task_ids": list(job.task_ids),
        "locked": job.locked,
        "uses_elements": job.uses_elements,
        "problems": [record_of_problem(found) for found in job.problems],
        "shown": {name: shown_text(value) for name, value in shown.items() if value not in (None, "")},
        "has_length": has_length,
        "prompt_length": len(job.prompt),
    }
    text = json.dumps({name: value for name, value in written.items() if value}, separators=(",", ":"))
    return _TOO_LONG if len(text) > _LONGEST else _digest(text) + text


def read_request(text: str) -> LineRequest | None:
    """A line as it was written; None where the text is damaged or another's.

    >>> read_request("00000000{}") is None
    True
    """
    body = text[_SUM:]
    if _digest(body) != text[:_SUM]:
        return None
    try:
        found = parse_json(body.encode("utf-8", "backslashreplace"))
        return _line_request(found)
    except (JsonError, KeyError, TypeError, ValueError, IndexError):
        return None


def shown_text(value: Any) -> str:
    """What a cell shows, as text that equal values share.

    >>> shown_text(5), shown_text("on")
    ('5', 'on')
    """
    return value if isinstance(value, str) else plain_text(value) if isinstance(value, (int, Decimal)) else str(value)


def is_as_shown(cell: str, written: str) -> bool:
    r"""Whether a cell still shows a text: without blanks around it, what cannot be seen spelt out, the end cut.

    >>> is_as_shown("a\\u202eb", " a\u202eb"), is_as_shown("a", "b")
    (True, False)
    """
    spelt = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in written).strip()
    return cell == spelt or cell[:_SHOWN] == spelt[:_SHOWN] != spelt


def record_of_problem(found: Problem) -> list[Any]:
    """A problem without its place, as JSON."""
    return [found.key, found.field, found.severity, [list(pair) for pair in found.params]]


def problem_of_record(record: Sequence[Any]) -> Problem:
    """The problem again."""
    key, field, severity, params = record
    return Problem(key, field, tuple((name, text) for name, text in params), severity)


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "backslashreplace"), digest_size=_SUM_BYTES).hexdigest()


def _line_request(found: Mapping[str, Any]) -> LineRequest:
    job = Job(
        found.get("job_id"),
        ask=_ask(found),
        tags=found.get("tags", {}),
        problems=tuple(problem_of_record(record) for record in found.get("problems", ())),
        task_ids=tuple(found.get("task_ids", ())),
        needs=needs_of(**found.get("needs", {})),
        locked=found.get("locked", False),
        uses_elements=found.get("uses_elements", False),
    )
    return LineRequest(job, found.get("shown", {}), found.get("has_length", False), found.get("prompt_length", 0))


def _ask(found: Mapping[str, Any]) -> Ask:
    provider, model, duration, options, shots = found["ask"]
    checked_as, name_field = found["form"]
    given: Options = tuple((name, value) for name, value in options)
    return ask_for(provider, model, duration, given, shots, checked_as, name_field)
