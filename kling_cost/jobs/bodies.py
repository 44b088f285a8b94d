"""Request bodies become jobs. Bodies are read strictly and priced as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.amounts import plain_text
from kling_cost.jobs.cell_values import fault_of_id, to_date, to_yes_no
from kling_cost.jobs.id_likeness import composed
from kling_cost.jobs.job import (
    ENVELOPE,
    NO_ASK,
    NO_NEEDS,
    NO_TAGS,
    UNREADABLE,
    Ask,
    Job,
    Needs,
    Options,
    ask_for,
    needs_of,
)
from kling_cost.jobs.providers import KINDS, KINDS_BY_MODEL, NAME_FIELDS, kind_by_form
from kling_cost.jobs.providers.counted_inputs import counted, told_by, uncounted, with_counts
from kling_cost.jobs.providers.other_apis import foreign_fault, seller_of
from kling_cost.jobs.providers.request_model import RequestKind
from kling_cost.jobs.providers.request_schema import Body, options_of, prompt_of
from kling_cost.jobs.providers.unmodelled import unmodelled_faults
from kling_cost.jobs.request_digest import digest_of
from kling_cost.jobs.wrapped_requests import Call, recorded_call
from kling_cost.pricebook.book import PRICED_OPTIONS
from kling_cost.pricebook.terms.extras import COUNTED_NEEDS
from kling_cost.problems import Problem, problem, shown
from kling_cost.python_values import Unusable

MAX_TAKES = 10_000
PROMPT_SHOWN = 200

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_new: Any = tuple.__new__  # skips the Python function of a named tuple: a quarter of the time


class Details(NamedTuple):
    """What a job has beside its request body.

    Attributes:
        job_id, source, row, takes, tags, task_ids: as in `Job`.
        provider: the provider that is named, or that holds for the file.
        path: where the request is sent to, if that is known: a path or a whole address.
        locked: as in `Job`.
        day: the job's own day.
        problems: what was found already.
        options: options that the price book names itself, and what it counts, which a body may give.
    """

    job_id: str | None = None
    source: str | None = None
    row: int | None = None
    provider: str | None = None
    takes: int = 1
    day: date | None = None
    tags: Mapping[str, str] = NO_TAGS
    task_ids: tuple[str, ...] = ()
    problems: Sequence[Problem] = ()
    options: tuple[str, ...] = ()
    path: str | None = None
    locked: bool = False

    def job(self, ask: Ask, problems: Iterable[Problem] = (), readable: bool = True, **more: Any) -> Job:
        """The job that asks for something, with its problems in their places."""
        placed = tuple(p.at(self.job_id, self.source, self.row) for p in (*self.problems, *problems))
        readable = readable and not any(p.severity == "error" for p in placed)
        found = Job(self.job_id, self.source, self.row, ask, self.takes, self.day, self.tags)
        found = found._replace(task_ids=self.task_ids, locked=self.locked)
        return found._replace(problems=placed, readable=readable, **more)


def job_from_body(body: Body, details: Details) -> Job:
    """A job from a request body that goes to the provider unchanged."""
    kind = kind_of_body(body, details.provider, details.path)
    if kind is None:
        return _job_of_no_kind(body, details)
    problems = kind.problems(body, details.takes)
    shots, uses_elements, needs = kind.facts(body)
    own: Options = ()
    if details.options:
        names = [name for name in details.options if name not in COUNTED_NEEDS or name not in kind.fields]
        given = _own_options(body, names, problems)
        own = told_by(needs, given, details.options if kind.words is None else counted(details.options), problems)
        needs = needs_of(**with_counts(needs, given))
    ask = _ask(body, kind.model, kind, details.provider, shots, own)
    prompt = prompt_of(body)[:PROMPT_SHOWN]
    digest = digest_of(body) if kind.answers_repeat_request else None
    if problems or details.problems:
        named = [kind.named(_about_envelope(p)) for p in problems]
        return details.job(ask, named, prompt=prompt, uses_elements=uses_elements, request_digest=digest, needs=needs)
    job_id, source, row, _, takes, day, tags, ids, *_, locked = details
    return _new(  # type: ignore[no-any-return]
        Job,
        (
            job_id,
            source,
            row,
            ask,
            takes,
            day,
            tags,
            prompt,
            uses_elements,
            (),
            True,
            ids,
            digest,
            False,
            needs,
            locked,
        ),
    )


def clean_ask(body: Body, provider: str | None = None) -> tuple[Ask, Needs] | None:
    """What a body asks for and needs about which nothing is to be said; None for one that has to be looked at closely.

    >>> clean_ask({"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 5})[0].duration
    5
    >>> clean_ask({"model": "kling-v3-text-to-video"})
    """
    name = body.get("model") or body.get("type")
    if name.__class__ is not str:
        return None
    kind = KINDS_BY_MODEL.get(name) if provider is None else KINDS.get((provider, name))
    return None if kind is None else kind.clean_ask(body, provider)


def kind_of_body(body: Body, provider: str | None, path: str | None) -> RequestKind | None:
    """The kind that a body is of: by the name of its model, or by its form and where it is sent to."""
    name = body.get("model") or body.get("type")
    if name.__class__ is str and path is None:
        return find_kind(name, provider)
    return kind_by_form(body, provider, path) or (find_kind(name, provider) if isinstance(name, str) else None)


def _job_of_no_kind(body: Body, details: Details) -> Job:
    """The job of a body without a request model: a record of a call, or a model without request rules."""
    provider = details.provider
    fault = _of_another_provider(body, details) or foreign_fault(body, details.path)
    call = recorded_call(body) or Call(None, None, fault)
    if call.body is not None or call.fault is not None:
        return job_of_call(call, details)
    others = _without_inputs(body, details.options)
    problems = unmodelled_faults(others, provider, NAME_FIELDS.get(provider or "", "model"), details.takes)
    own = _own_options(body, details.options, problems)
    problems += uncounted(body, [name for name, _ in own], details.options)
    name = body.get("model") or body.get("type")
    ask = _ask(body, name if isinstance(name, str) else None, None, provider, None, own)
    needs = needs_of(**with_counts(NO_NEEDS, own))
    return details.job(ask, map(_about_envelope, problems), prompt=prompt_of(body)[:PROMPT_SHOWN], needs=needs)


def _without_inputs(body: Body, names: Sequence[str]) -> Body:
    """A body without what the price book names itself."""
    return {name: value for name, value in body.items() if value is None or name not in names} if names else body


def _of_another_provider(body: Body, details: Details) -> Problem | None:
    """The one problem of a request whose form tells another provider than the one that is named."""
    if details.provider not in NAME_FIELDS:
        return None
    kind = kind_by_form(body, None, details.path) or kind_by_form(body, None, None)
    if kind is None:
        return None
    return problem("unknown_model.other_form", kind.name_field, form=kind.provider, provider=details.provider)


def job_of_call(call: Call, details: Details) -> Job:
    """The job of a request body as it was sent to an address."""
    body, path = call.body or {}, call.url or details.path
    kind = kind_of_body(body, None, path)
    fault = call.fault or foreign_fault(body, call.url, None if kind is None else kind.provider)
    if fault is None:
        seller = details.provider or seller_of(call.url)
        return job_from_body(body, details._replace(provider=seller, path=path))
    return details.job(NO_ASK, [fault], readable=False)


def job_from_call(call: Call, source: str, row: int, options: tuple[str, ...] = ()) -> Job:
    """A job from a call that was found in a file; `options` as in `Details`.

    >>> job_from_call(Call({"model": "kling-v3-text-to-video", "prompt": "Fog"}, None), "call.txt", 1).readable
    True
    """
    return job_of_call(call, Details(f"{source}:{row}", source, row, options=options))


def _own_options(body: Body, names: Iterable[str], problems: list[Problem]) -> Options:
    """The options of the price book that a body gives; what `problems` has to say of such a field gives way."""
    given = {name: body[name] for name in names if body.get(name) is not None}
    problems[:] = [found for found in problems if found.field not in given]
    problems += [
        problem("wrong_type.text", name, value=value) for name, value in given.items() if _option(value) is None
    ]
    return tuple((name, _option(value) or UNREADABLE) for name, value in given.items())


def _option(value: Any) -> str | None:
    """The value of an option as text; None where it is none."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Decimal):
        return plain_text(value)
    return str(value).strip() if isinstance(value, (str, int)) else None


def _ask(
    body: Body, name: str | None, kind: RequestKind | None, provider: str | None, shots: int | None, own: Options = ()
) -> Ask:
    if kind is not None and kind.words is not None:
        duration, options = kind.words.asked(body)
        return ask_for(provider or kind.provider, name, duration, options + own, shots, kind.provider, kind.name_field)
    duration = body.get("duration")
    if duration.__class__ is not int and duration is not None:
        duration = UNREADABLE
    options = options_of(body, PRICED_OPTIONS) + own
    name_field = "type" if kind is None and "model" not in body and "type" in body else "model"
    return ask_for(provider, name, duration, options, shots, None if kind is None else kind.provider, name_field)


def unreadable_job(source: str, row: int, why: Problem) -> Job:
    """A job in place of a line or row that cannot be read."""
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


def read_locked(value: Any, problems: list[Problem]) -> bool:
    """Whether a job is locked, from yes or no; what is neither is no leave to change it (which `problems` then says).

    >>> read_locked("yes", []), read_locked(False, [])
    (True, False)
    """
    answer = to_yes_no(value)
    if isinstance(answer, bool):
        return answer
    problems.append(problem("wrong_type.locked", "locked", value=value))
    return True


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
    key = (
        "unknown_field.job_key"
        if found.field in ("job_id", "tags", "task_id", "locked")
        else "unknown_field.priced_key"
    )
    return problem(key, found.field)
