"""A request of a report's workbook with what people changed in its row; what would be lost is an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kling_cost.jobs.bodies import find_kind
from kling_cost.jobs.cell_values import to_integer
from kling_cost.jobs.job import Ask, ask_for
from kling_cost.jobs.providers import KINDS
from kling_cost.jobs.providers.request_model import RequestKind
from kling_cost.jobs.report_workbook.line_request import LineRequest
from kling_cost.jobs.same_material import can_have
from kling_cost.problems import Problem, problem

_PROVIDER, _MODEL, _SECONDS = "provider", "model", "duration"
_SELLER = (_PROVIDER, _MODEL)


def changed_ask(
    written: LineRequest,
    changes: Sequence[str],
    now: Mapping[str, str],
    cell: Callable[[str], str],
    found: list[Problem],
) -> Ask:
    """What a line asks for now.

    Args:
        written: as it was written.
        changes: the fields whose cells differ from what was written.
        now: what the cells hold, by field; blank ones are left out.
        cell: names the cell of a field.
        found: what is wrong is added to these.
    """
    ask = _with_seconds(written, changes, now, cell, found)
    options = dict(ask.options)
    options |= {name: now[name] for name in changes if name not in (*_SELLER, _SECONDS) and name in now}
    ask = _again(ask, options=tuple(options.items()))
    return _of_seller(written, ask, now, cell, found) if set(changes) & set(_SELLER) else ask


def _with_seconds(
    written: LineRequest,
    changes: Sequence[str],
    now: Mapping[str, str],
    cell: Callable[[str], str],
    found: list[Problem],
) -> Ask:
    ask = written.job.ask
    if _SECONDS not in changes or _SECONDS not in now:
        return ask
    seconds = to_integer(now[_SECONDS])
    if not isinstance(seconds, int) or seconds < 1:
        found.append(problem("wrong_type.cell_seconds", _SECONDS, cell=cell(_SECONDS), value=now[_SECONDS]))
    elif not written.has_length:
        found.append(problem("mismatch.cell_seconds", _SECONDS, cell=cell(_SECONDS), model=ask.model))
    else:
        return _again(ask, duration=seconds)
    return ask


def _of_seller(
    written: LineRequest, ask: Ask, now: Mapping[str, str], cell: Callable[[str], str], found: list[Problem]
) -> Ask:
    """The request for another seller or model, with everything written out that the row shows.

    Another model has other defaults and takes other material, so that nothing is left to it.
    """
    provider, model = now.get(_PROVIDER), now.get(_MODEL, "")
    kind = KINDS.get((provider, model)) if provider else find_kind(model, None)
    if not _can_be_made(written, ask, kind):
        found.append(problem("mismatch.cell_model", _MODEL, cell=cell(_MODEL), model=model))
        return ask
    shown = {name: value for name, value in now.items() if name not in (*_SELLER, _SECONDS)}
    seconds = to_integer(now[_SECONDS]) if written.has_length and _SECONDS in now else ask.duration
    options = tuple((dict(ask.options) | shown).items())
    form = ("", "model") if kind is None else (kind.provider, "model" if kind.words is None else kind.name_field)
    checked_as = form[0] if ask.checked_as is not None else None
    return ask_for(provider, model, seconds, options, ask.shots, checked_as or None, form[1])


def _can_be_made(written: LineRequest, ask: Ask, kind: RequestKind | None) -> bool:
    """Whether a model takes what the request has beside words, as far as that is known."""
    needs = dict(written.job.needs)
    if kind is None:
        return not needs and ask.shots is None
    return ask.checked_as is None or can_have(kind, needs)


def _again(ask: Ask, **changes: object) -> Ask:
    return ask_for(*ask._replace(**changes))  # type: ignore[arg-type]  # the fields of an Ask
