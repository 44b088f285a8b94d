"""Request bodies and envelopes become jobs. Bodies are read strictly and priced as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from kling_cost.jobs.cells import fault_of_id, to_date
from kling_cost.jobs.echo import echo_of
from kling_cost.jobs.job import NO_TAGS, UNREADABLE, Ask, Job, ask_for
from kling_cost.jobs.likeness import composed
from kling_cost.jobs.requests import KINDS, KINDS_BY_MODEL, NAME_FIELDS
from kling_cost.jobs.requests.forms import Body
from kling_cost.jobs.requests.kinds import RequestKind
from kling_cost.jobs.spelling import closest
from kling_cost.problems import Problem, problem, shown
from kling_cost.python_values import Unusable

#: The keys of an envelope, beside `request`. The first three change what is priced.
ENVELOPE = ("takes", "date", "provider", "job_id", "tags", "task_id")
MAX_TAKES = 1_000_000
PROMPT_SHOWN = 200

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
#: A named tuple without the Python function that its class wraps around it.
_new: Any = tuple.__new__
_ON_OFF = {True: "on", False: "off"}


def job_from_item(item: Any, source: str, row: int, provider: str | None = None) -> Job:
    """A job from one JSON value: a request body or an envelope around one.

    Args:
        item: the value; anything but an object gives an unreadable job.
        source: the file's name.
        row: line or position, from 1.
        provider: the provider that holds where the item names none.

    >>> job_from_item({"model": "kling-v3-text-to-video", "prompt": "Fog"}, "jobs.json", 1).ask.model
    'kling-v3-text-to-video'
    """
    if item.__class__ is dict and "request" not in item:
        return job_from_body(item, f"{source}:{row}", source, row, provider)
    if not isinstance(item, dict):
        return unreadable_job(source, row, problem("unreadable.not_object", value=item))
    return Envelope(item).job(source, row, provider)


class Envelope:
    """Reads what stands around a request, strictly."""

    def __init__(self, item: Mapping[str, Any]) -> None:
        self._item = item
        self.problems: list[Problem] = [_unknown_key(key) for key in item if key != "request" and key not in ENVELOPE]

    def job(self, source: str, row: int, provider: str | None) -> Job:
        """The job of this envelope."""
        job_id = self._text("job_id") or f"{source}:{row}"
        named = self._text("provider") or provider
        takes = read_takes(self._item["takes"], self.problems) if "takes" in self._item else 1
        day = read_date(self._item["date"], self.problems) if "date" in self._item else None
        tags = read_tags(self._item["tags"], self.problems) if "tags" in self._item else NO_TAGS
        task_ids = read_task_ids(self._item["task_id"], self.problems) if "task_id" in self._item else ()
        request = self._item["request"]
        if not isinstance(request, dict):
            self.problems.append(problem("wrong_type.object", "request", value=request))
            placed = tuple(p.at(job_id, source, row) for p in self.problems)
            return Job(job_id, source, row, ask_for(named, None), takes, day, tags, "", False, placed, False)
        return job_from_body(request, job_id, source, row, named, takes, day, tags, self.problems, task_ids)

    def _text(self, key: str) -> str | None:
        if key not in self._item:
            return None
        value = self._item[key]
        if not isinstance(value, str):
            self.problems.append(problem("wrong_type.text", key, value=value))
            return None
        if not value.strip():
            self.problems.append(problem("missing.empty", key))
            return None
        return composed(value)


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
    prompt = get("prompt", "")[:PROMPT_SHOWN]
    echo = echo_of(body) if kind.is_echoed else None
    return _new(  # type: ignore[no-any-return]
        Job, (job_id, source, row, ask, takes, day, tags, prompt, facts[1], (), True, task_ids, echo)
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
    problems = kind.problems(body) if kind is not None else _unmodelled(body, provider)
    placed = tuple(p.at(job_id, source, row) for p in (*(found or ()), *_named(problems, kind)))
    prompt = body.get("prompt")
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


def _unknown_key(key: str) -> Problem:
    meant = closest(key, ("request", *ENVELOPE))
    if meant:
        return problem("unknown_field.misspelt_key", key, meant=meant)
    return problem("unknown_field.ignored", key)


def _about_envelope(found: Problem) -> Problem:
    if not found.key.startswith("unknown_field.") or found.field not in ENVELOPE:
        return found
    key = "unknown_field.job_key" if found.field in ("job_id", "tags", "task_id") else "unknown_field.priced_key"
    return problem(key, found.field)


def _known(value: Any, kind: type) -> Any:
    """The value, None where it is left out, UNREADABLE where it is of another type."""
    return value if value is None or value.__class__ is kind else UNREADABLE


def _unmodelled(body: Body, provider: str | None) -> list[Problem]:
    """The faults of a body that no request model knows: its name, and the fields that a price depends on."""
    field = NAME_FIELDS.get(provider or "", "model")
    name = body.get("model", body.get("type"))
    found = []
    if name is None and "model" not in body and "type" not in body:
        found.append(problem("missing.required", field))
    elif not isinstance(name, str):
        found.append(problem("wrong_type.text", "model" if "model" in body else "type", value=name))
    elif not name.strip():
        found.append(problem("missing.empty", "model" if "model" in body else "type"))
    wanted = {"duration": (int, "wrong_type.integer"), "quality": (str, "wrong_type.text")}
    for key, (kind, fault) in wanted.items():
        if key in body and body[key].__class__ is not kind:
            found.append(problem(fault, key, value=body[key]))
    if "sound" in body and not isinstance(body["sound"], (str, bool)):
        found.append(problem("wrong_type.on_off", "sound", value=body["sound"]))
    return found
