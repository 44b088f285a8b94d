"""Request bodies become jobs. Bodies are read strictly and priced as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from kling_cost.jobs.cell_values import fault_of_id, to_date
from kling_cost.jobs.id_likeness import composed
from kling_cost.jobs.job import ENVELOPE, NO_ASK, NO_TAGS, UNREADABLE, Ask, Job, ask_for
from kling_cost.jobs.providers import KINDS, KINDS_BY_MODEL, NAME_FIELDS
from kling_cost.jobs.providers.other_apis import foreign_fault, seller_of
from kling_cost.jobs.providers.request_model import RequestKind
from kling_cost.jobs.providers.request_schema import Body, shot_prompts
from kling_cost.jobs.providers.unmodelled import unmodelled_faults
from kling_cost.jobs.request_digest import echo_of
from kling_cost.jobs.wrapped_requests import Call, recorded_call
from kling_cost.problems import Problem, problem, shown
from kling_cost.python_values import Unusable

MAX_TAKES = 10_000
PROMPT_SHOWN = 200

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
#: A named tuple without the Python function that its class wraps around it.
_new: Any = tuple.__new__
_ON_OFF = {True: "on", False: "off"}


def job_from_body(
    body: Body,
    job_id: str | None,
    source: str | None,
    row: int | None,
    provider: str | None = None,
    takes: int = 1,
    day: date | None = None,
    tags: Mapping[str, str] = NO_TAGS,
    found: list[Problem] | None = None,
    task_ids: tuple[str, ...] = (),
) -> Job:
    """A job from a request body that goes to the provider unchanged; `found` are problems that it already has."""
    get = body.get
    name = get("model") or get("type")
    kind = find_kind(name, provider) if name.__class__ is str else None
    facts = None if kind is None or found else kind.accept(body)
    if kind is None or facts is None:
        judged = _judged(body, name, kind, job_id, source, row, provider, takes, day, tags, found)
        return judged._replace(task_ids=task_ids)
    asked = (get("duration"), get("quality"), get("sound"), facts[0], provider)
    ask = kind.asks.get(asked) or _remembered(kind, asked, body)
    prompt = (get("prompt") or shot_prompts(body))[:PROMPT_SHOWN]
    echo = echo_of(body) if kind.is_echoed else None
    return _new(  # type: ignore[no-any-return]
        Job, (job_id, source, row, ask, takes, day, tags, prompt, facts[1], (), True, task_ids, echo, False)
    )


def _judged(
    body: Body,
    name: Any,
    kind: RequestKind | None,
    job_id: str | None,
    source: str | None,
    row: int | None,
    provider: str | None,
    takes: int,
    day: date | None,
    tags: Mapping[str, str],
    found: list[Problem] | None,
) -> Job:
    """The job of a body that may break a rule, with every problem."""
    if kind is None:
        call = recorded_call(body) or Call(None, None, foreign_fault(body))
        if call.body is not None or call.fault is not None:
            return job_of_call(call, job_id, source, row, provider, takes, day, tags, found)
        problems = unmodelled_faults(body, provider, NAME_FIELDS.get(provider or "", "model"), takes)
    else:
        problems = kind.problems(body, takes)
    placed = tuple(p.at(job_id, source, row) for p in (*(found or ()), *_named(problems, kind)))
    prompt = body.get("prompt") or shot_prompts(body)
    return Job(
        job_id,
        source,
        row,
        _ask(body, name, kind, provider),
        takes,
        day,
        tags,
        prompt[:PROMPT_SHOWN] if isinstance(prompt, str) else "",
        kind is not None and kind.facts(body)[1],
        placed,
        not any(p.severity == "error" for p in placed),
        echo=echo_of(body) if kind is not None and kind.is_echoed else None,
    )


def job_of_call(
    call: Call,
    job_id: str | None,
    source: str | None,
    row: int | None,
    provider: str | None = None,
    takes: int = 1,
    day: date | None = None,
    tags: Mapping[str, str] = NO_TAGS,
    found: list[Problem] | None = None,
    task_ids: tuple[str, ...] = (),
) -> Job:
    """The job of a request body as it was sent to an address."""
    body = call.body or {}
    name = body.get("model") or body.get("type")
    is_known = isinstance(name, str) and find_kind(name, None) is not None
    fault = call.fault or foreign_fault(body, call.url, by_shape=not is_known)
    if fault is None:
        seller = provider or seller_of(call.url)
        return job_from_body(body, job_id, source, row, seller, takes, day, tags, found, task_ids)
    placed = tuple(p.at(job_id, source, row) for p in (*(found or ()), fault))
    return Job(job_id, source, row, NO_ASK, takes, day, tags, "", False, placed, False, task_ids)


def job_from_call(call: Call, source: str, row: int) -> Job:
    """A job from a call that was found in a file.

    >>> job_from_call(Call({"model": "kling-v3-text-to-video", "prompt": "Fog"}, None), "call.txt", 1).readable
    True
    """
    return job_of_call(call, f"{source}:{row}", source, row)


def _ask(body: Body, name: Any, kind: RequestKind | None, provider: str | None) -> Ask:
    sound = body.get("sound")
    return ask_for(
        provider,
        name if isinstance(name, str) else None,
        _known(body.get("duration"), int),
        _known(body.get("quality"), str),
        _known(_ON_OFF[sound] if sound.__class__ is bool else sound, str),
        None if kind is None else kind.facts(body)[0],
        None if kind is None else kind.provider,
        "type" if kind is None and "model" not in body and "type" in body else "model",
    )


def _remembered(kind: RequestKind, asked: tuple[Any, ...], body: Body) -> Ask:
    """What a clean body asks for, kept with its kind; a clean body has no two values that are merely equal."""
    ask = kind.asks[asked] = _ask(body, kind.model, kind, asked[-1])
    return ask


def _named(problems: list[Problem], kind: RequestKind | None) -> list[Problem]:
    """The problems as they concern this job: envelope keys that stand in the body, the provider's error names."""
    problems = [_about_envelope(p) for p in problems]
    return problems if kind is None else [kind.named(p) for p in problems]


def unreadable_job(source: str, row: int, why: Problem) -> Job:
    """A job that stands for a line or row that cannot be read."""
    job_id = f"{source}:{row}"
    return Job(job_id, source, row, problems=(why.at(job_id, source, row),), readable=False)


def find_kind(model: str, provider: str | None) -> RequestKind | None:
    """The request model of a name: the named provider's, else of the only one that uses the name.

    >>> find_kind("pro-text-to-video", None).provider
    'kling3api'
    """
    return KINDS_BY_MODEL.get(model) if provider is None else KINDS.get((provider, model))


def read_takes(value: Any, problems: list[Problem]) -> int:
    """The number of takes, 1 where it is unusable (which `problems` then says).

    >>> read_takes(3, [])
    3
    """
    if isinstance(value, bool) or not isinstance(value, int):
        problems.append(problem("wrong_type.integer", "takes", value=value))
        return 1
    if not 1 <= value <= MAX_TAKES:
        problems.append(problem("out_of_range.takes", "takes", value=value, high=f"{MAX_TAKES:,}"))
        return 1
    return value


def read_date(value: Any, problems: list[Problem]) -> date | None:
    """A day as `YYYY-MM-DD`; None where it is unusable (which `problems` then says).

    >>> read_date("2026-03-01", [])
    datetime.date(2026, 3, 1)
    """
    text = to_date(value)
    if isinstance(text, str) and _ISO_DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    problems.append(problem("wrong_type.date", "date", value=value))
    return None


def read_tags(value: Any, problems: list[Problem]) -> Mapping[str, str]:
    """Tags: an object of texts and numbers; the unusable ones are left out (which `problems` then says).

    >>> dict(read_tags({"scene": "opening", "shot": 7}, []))
    {'scene': 'opening', 'shot': '7'}
    """
    if not isinstance(value, dict):
        problems.append(problem("wrong_type.object", "tags", value=value))
        return NO_TAGS
    tags = {}
    for name, text in value.items():
        if not name.strip():
            problems.append(problem("missing.tag_name", "tags"))
        elif isinstance(text, (dict, list, Unusable)) or text is None:
            problems.append(problem("wrong_type.text", f"tags.{name}", value=text))
        elif composed(name) in tags:
            problems.append(problem("duplicate.tag", f"tags.{name}"))
        else:
            tags[composed(name)] = composed(text if isinstance(text, str) else shown(text))
    return tags


def read_task_ids(value: Any, problems: list[Problem]) -> tuple[str, ...]:
    """Ids of tasks: one text, or a list of them; the unusable ones are left out (which `problems` then says).

    >>> read_task_ids("task-1", []), read_task_ids(["task-1", "task-2"], [])
    (('task-1',), ('task-1', 'task-2'))
    """
    ids = value if isinstance(value, list) else [value]
    problems += [problem(fault, "task_id", value=i) for i in ids if (fault := fault_of_id(i)) is not None]
    return tuple(dict.fromkeys(composed(i.strip()) for i in ids if fault_of_id(i) is None and i.strip()))


def _about_envelope(found: Problem) -> Problem:
    if not found.key.startswith("unknown_field.") or found.field not in ENVELOPE:
        return found
    key = "unknown_field.job_key" if found.field in ("job_id", "tags", "task_id") else "unknown_field.priced_key"
    return problem(key, found.field)


def _known(value: Any, kind: type) -> Any:
    """The value, None where it is left out, UNREADABLE where it is of another type."""
    return value if value is None or value.__class__ is kind else UNREADABLE
