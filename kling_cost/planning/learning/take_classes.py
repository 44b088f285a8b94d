"""Which class a take is in: that of rules, else that of its tag, else that of its model and quality."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kling_cost.jobs.columns import TAG
from kling_cost.planning.learning.take_log import Take
from kling_cost.planning.rules.selectors import CHARGE_FIELDS, Condition, Selector
from kling_cost.planning.rules.take_types import TakeClass
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.problems import shown

#: The tag by which takes are told apart where no rules do it.
CLASS_TAG = f"{TAG}class"
_MODEL, _QUALITY = "model", "quality"
_SELLER = ("provider", _MODEL)
_ONE_TEXT = tuple(name for name in CHARGE_FIELDS if name != "seller")


class Unknown(NamedTuple):
    """What is not known of a take, on which a class depends."""

    field: str
    of: TakeClass


class PlannedJobs:
    """What the jobs of a plan say of their takes.

    Args:
        estimate: the plan; None where there is none.
    """

    def __init__(self, estimate: Estimate | None) -> None:
        items = estimate.line_items if estimate is not None else ()
        self._fields = {item.job.job_id: _fields_of(item) for item in items if item.job.job_id is not None}

    def filled(self, take: Take) -> Take:
        """A take with what its row leaves open; of a job, what it does not have is known, too."""
        planned = self._fields.get(take.fields.get("job_id") or "")
        if planned is None:
            return take
        own = {name: value for name, value in take.fields.items() if value is not None}
        return take._replace(fields={**take.fields, **planned, **own}, planned=True)


def _fields_of(item: LineItem) -> Mapping[str, str | None]:
    job, charge = item
    day = None if job.date is None else job.date.isoformat()
    fields: dict[str, str | None] = {"takes": str(job.takes), "date": day, "job_id": job.job_id}
    fields |= {name: (*CHARGE_FIELDS[name](charge), None)[0] for name in _ONE_TEXT}
    return {**fields, **{f"{TAG}{name}": value for name, value in job.tags.items()}}


def class_of(take: Take, classes: Sequence[TakeClass]) -> TakeClass | Unknown | None:
    """The first class that matches a take; what is not known, where that decides; None where no class matches.

    >>> hero = TakeClass("hero", "", (), (Condition("tag:class", frozenset({"hero"})),))
    >>> class_of(Take(True, {"tag:class": "hero"}, "takes.csv", 2), [hero])
    <TakeClass hero>
    >>> class_of(Take(True, {"tag:class": None}, "takes.csv", 3), [hero])
    >>> class_of(Take(True, {}, "takes.csv", 4), [hero]).field
    'tag:class'
    """
    for of in classes:
        texts = [(condition, _texts(take, condition.field)) for condition in of.where]
        if any(found is not None and not condition.holds(found) for condition, found in texts):
            continue
        unknown = next((condition.field for condition, found in texts if found is None), None)
        return of if unknown is None else Unknown(unknown, of)
    return None


def _texts(take: Take, field: str) -> tuple[str, ...] | None:
    """What a take answers to a field; None where that is not known."""
    if field == "seller":
        known = [take.fields.get(name) for name in _SELLER]
        return None if None in known else tuple(text for text in known if text is not None)
    if field not in take.fields:
        return () if take.planned else None
    text = take.fields[field]
    return () if text is None else (text,)


def classes_of(takes: Iterable[Take]) -> list[TakeClass]:
    """The classes that takes have without rules, in order of their names."""
    listed = list(takes)
    labels = {label for take in listed if (label := take.fields.get(CLASS_TAG)) is not None}
    wheres = ((label, (_is(CLASS_TAG, label),)) for label in sorted(labels)) if labels else _by_model(listed)
    names: set[str] = set()
    return [TakeClass(_name(text, names), "", (), where) for text, where in wheres]


def _by_model(takes: Sequence[Take]) -> Iterator[tuple[str, Selector]]:
    """A class for each model and quality; for a model alone where no take of it has a quality."""
    qualities: dict[str, set[str | None]] = {}
    for take in takes:
        model = take.fields.get(_MODEL)
        if model is not None:
            known = qualities.setdefault(model, set())
            known |= {take.fields[_QUALITY]} if _QUALITY in take.fields else set()
    for model, found in sorted(qualities.items()):
        for quality in sorted(found - {None}, key=str):
            yield f"{model} {quality}", (_is(_MODEL, model), _is(_QUALITY, str(quality)))
        if found <= {None}:
            yield model, (_is(_MODEL, model),)
        elif None in found:
            yield model, (_is(_MODEL, model), Condition(_QUALITY, absent=True))


def _is(field: str, text: str) -> Condition:
    return Condition(field, frozenset({text}))


def _name(text: str, names: set[str]) -> str:
    """A name that a rules file can have and no other class has."""
    name, number = shown(text), 1
    while name in names:
        number += 1
        name = f"{shown(text)} ({number})"
    names.add(name)
    return name
