"""A request of a report's workbook with what people changed in its row: held to the same rules as any other.

What would be lost is an error, and so is what the request cannot say, or what cannot be told of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from kling_cost.jobs.bodies import PROMPT_SHOWN, find_kind
from kling_cost.jobs.cell_values import to_integer
from kling_cost.jobs.job import Ask, Job, with_values
from kling_cost.jobs.providers import KINDS, words_of
from kling_cost.jobs.providers.request_model import RequestKind
from kling_cost.jobs.report_workbook.line_request import LineRequest
from kling_cost.jobs.report_workbook.shown_request import longest_prompt, same_problem, shown_job
from kling_cost.jobs.same_material import can_have
from kling_cost.problems import Problem, problem

_PROVIDER, _MODEL, _SECONDS, _PROMPT = "provider", "model", "duration", "prompt"
_SELLER = (_PROVIDER, _MODEL)


class EditedRequest(NamedTuple):
    """A line's request, with what its cells say now.

    Attributes:
        written: as it was written.
        changes: the fields whose cells differ from what was written.
        now: what the cells hold, by field; blank ones are left out.
        cell: names the cell of a field; nothing for a field without a column.
        found: what is wrong is added to these.
        options: options that the price book names itself.
    """

    written: LineRequest
    changes: Sequence[str]
    now: Mapping[str, str]
    cell: Callable[[str], str]
    found: list[Problem]
    options: tuple[str, ...]

    def is_other(self, job: Job) -> bool:
        """Whether a job of the line may differ from the written one in what rules look at."""
        return bool(self.changes) or job.prompt != self._prompt(job)

    def job(self, job: Job) -> Job:
        """A job of the line with what the line asks for now."""
        changed = job._replace(ask=self._ask())
        if not self.found:
            self._hold_rules(job._replace(prompt=self._prompt(job)), changed)
        return changed

    def _prompt(self, job: Job) -> str:
        """What the prompt was, as far as rules tell it from what it is."""
        return job.prompt[:PROMPT_SHOWN] or ("…" if self.written.prompt_length else "")

    def _ask(self) -> Ask:
        """What the line asks for now."""
        if _SECONDS in self.changes and _SECONDS in self.now:
            self._hold_seconds()
        ask = with_values(self.written.job.ask, self._values(self.changes))
        return self._of_seller(ask) if self._is_moved else ask

    @property
    def _is_moved(self) -> bool:
        return not set(self.changes).isdisjoint(_SELLER)

    def _hold_rules(self, before: Job, after: Job) -> None:
        """Say what rules say of the request now, and did not say of it as it was written."""
        told = {same_problem(found) for found in shown_job(before, self.options).problems}
        shown = shown_job(after, self.options)
        self.found.extend(self._in_cell(found) for found in shown.problems if same_problem(found) not in told)
        if self._is_moved:
            self._hold_prompt(before, after)
        elif shown.readable:
            self._hold_words(shown.ask, after.ask)

    def _hold_words(self, shown: Ask, wanted: Ask) -> None:
        """A value that the request has no place for, or that its images and videos contradict, would be lost in it."""
        for field in self.changes:
            if _value_of(shown, field) != _value_of(wanted, field):
                model = wanted.model
                self.found.append(problem("mismatch.cell_value", field, cell=self.cell(field), model=model))

    def _hold_prompt(self, before: Job, after: Job) -> None:
        """Of a long prompt a workbook has the beginning: whether another model takes all of it cannot be told."""
        if self.written.prompt_length < PROMPT_SHOWN:
            return
        was, now = longest_prompt(before.ask), longest_prompt(after.ask)
        if now is not None and (was is None or was > now):
            told = {"cell": self.cell(_MODEL), "model": after.ask.model, "most": f"{now:,}"}
            self.found.append(problem("cannot_check.cell_prompt", _PROMPT, **told))

    def _in_cell(self, found: Problem) -> Problem:
        """A problem with the cell that it is about, or else one that was changed."""
        places = words_of(self.written.job.ask)
        names = {} if places is None else {place: name for name, place in places.places.items()}
        field = names.get(found.field, found.field)
        cell = self.cell(field) or self.cell(next(iter(self.changes), _PROMPT))
        return replace(found, params=(*found.params, ("at_cell", cell)))

    def _values(self, names: Iterable[str]) -> dict[str, str]:
        """What cells say of options, and of seconds where the request says them."""
        values = {name: self.now[name] for name in names if name in self.now and name not in (*_SELLER, _SECONDS)}
        seconds = to_integer(self.now.get(_SECONDS))
        if _SECONDS in names and self.written.has_length and isinstance(seconds, int):
            values[_SECONDS] = f"{seconds}"
        return values

    def _hold_seconds(self) -> None:
        seconds, cell = to_integer(self.now[_SECONDS]), self.cell(_SECONDS)
        if not isinstance(seconds, int) or seconds < 1:
            self.found.append(problem("wrong_type.cell_seconds", _SECONDS, cell=cell, value=self.now[_SECONDS]))
        elif not self.written.has_length:
            model = self.written.job.ask.model
            self.found.append(problem("mismatch.cell_seconds", _SECONDS, cell=cell, model=model))

    def _of_seller(self, ask: Ask) -> Ask:
        """The request for another seller or model, with everything written out that the row shows.

        Another model has other defaults and takes other material, so that nothing is left to it.
        """
        provider, model = self.now.get(_PROVIDER), self.now.get(_MODEL, "")
        kind = KINDS.get((provider, model)) if provider else find_kind(model, None)
        if not _can_be_made(self.written, ask, kind):
            self.found.append(problem("mismatch.cell_model", _MODEL, cell=self.cell(_MODEL), model=model))
            return ask
        form = ("", "model") if kind is None else (kind.provider, "model" if kind.words is None else kind.name_field)
        checked_as = (form[0] or None) if ask.checked_as is not None else None
        sold = ask._replace(provider=provider, model=model, checked_as=checked_as, name_field=form[1])
        return with_values(sold, self._values(self.now))


def _value_of(ask: Ask, field: str) -> str:
    value = ask.duration if field == _SECONDS else ask.option(field)
    return "" if value is None else f"{value}"


def _can_be_made(written: LineRequest, ask: Ask, kind: RequestKind | None) -> bool:
    """Whether a model takes what the request has beside words, as far as that is known."""
    needs = dict(written.job.needs)
    if kind is None:
        return not needs and ask.shots is None
    return ask.checked_as is None or can_have(kind, needs)
