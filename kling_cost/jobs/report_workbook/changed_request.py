"""A request of a report's workbook with what people changed in its row; what would be lost is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from kling_cost.jobs.bodies import find_kind
from kling_cost.jobs.cell_values import to_integer
from kling_cost.jobs.job import Ask, with_values
from kling_cost.jobs.providers import KINDS
from kling_cost.jobs.providers.request_model import RequestKind
from kling_cost.jobs.report_workbook.line_request import LineRequest
from kling_cost.jobs.same_material import can_have
from kling_cost.problems import Problem, problem

_PROVIDER, _MODEL, _SECONDS = "provider", "model", "duration"
_SELLER = (_PROVIDER, _MODEL)


class EditedRequest(NamedTuple):
    """A line's request, with what its cells say now.

    Attributes:
        written: as it was written.
        changes: the fields whose cells differ from what was written.
        now: what the cells hold, by field; blank ones are left out.
        cell: names the cell of a field.
        found: what is wrong is added to these.
    """

    written: LineRequest
    changes: Sequence[str]
    now: Mapping[str, str]
    cell: Callable[[str], str]
    found: list[Problem]

    def ask(self) -> Ask:
        """What the line asks for now."""
        if _SECONDS in self.changes and _SECONDS in self.now:
            self._hold_seconds()
        ask = with_values(self.written.job.ask, self._values(self.changes))
        return self._of_seller(ask) if set(self.changes) & set(_SELLER) else ask

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


def _can_be_made(written: LineRequest, ask: Ask, kind: RequestKind | None) -> bool:
    """Whether a model takes what the request has beside words, as far as that is known."""
    needs = dict(written.job.needs)
    if kind is None:
        return not needs and ask.shots is None
    return ask.checked_as is None or can_have(kind, needs)
