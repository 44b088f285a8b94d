"""What a page sends becomes what somebody wishes for; whatever it does not know is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from kling_cost.planning.fit.may_text import BUILT_IN_PAINS
from kling_cost.serving.changed_shots import EVERY, PARTS
from kling_cost.serving.dropped_sheet import tell_columns
from kling_cost.serving.priced_sheet import PricedSheet, with_plan
from kling_cost.serving.uploads import Upload, Wishes

LONGEST_BUDGET, _LONGEST_VALUE = 60, 120
_MOST_CHANGES = 100_000  # shots
_FLOORS = ("takes", "duration")


def take_over(upload: Upload, form: Mapping[str, str], priced: PricedSheet) -> None:
    """Change what is wished for of a sheet.

    Args:
        upload: the sheet.
        form: what the page sends: `do` says which part of it.
        priced: the sheet as it was before.
    """
    wishes = replace(upload.wishes, is_fitted=False)
    if "budget" in form:
        wishes = replace(wishes, budget=form["budget"].strip()[:LONGEST_BUDGET])
    upload.wishes = _WISHES.get(form.get("do", ""), _unchanged)(wishes, form, priced)
    if form.get("do") == "columns":
        tell_columns(upload, priced.sheet, form)


def _unchanged(wishes: Wishes, form: Mapping[str, str], priced: PricedSheet) -> Wishes:
    return wishes


def _reset(wishes: Wishes, form: Mapping[str, str], priced: PricedSheet) -> Wishes:
    return replace(wishes, changes={})


def _fitted(wishes: Wishes, form: Mapping[str, str], priced: PricedSheet) -> Wishes:
    return replace(wishes, may=tuple(may_in(form)), is_fitted=True)


def _applied(wishes: Wishes, form: Mapping[str, str], priced: PricedSheet) -> Wishes:
    return wishes if priced.plan is None or not priced.plan.is_found else with_plan(wishes, priced.plan)


def _with_shots(wishes: Wishes, form: Mapping[str, str], priced: PricedSheet) -> Wishes:
    return replace(wishes, changes=changes_in(form, wishes, priced))


def _with_reading(wishes: Wishes, form: Mapping[str, str], priced: PricedSheet) -> Wishes:
    """Read otherwise, the sheet has other shots: what was changed of them is gone."""

    def wanted(name: str, now: str) -> str:
        return form.get(name, now).strip()[:_LONGEST_VALUE]

    return replace(
        wishes,
        model=wanted("model", wishes.model),
        sheet=wanted("sheet", wishes.sheet),
        encoding=wanted("encoding", wishes.encoding),
        changes={},
    )


_WISHES: Mapping[str, Callable[[Wishes, Mapping[str, str], PricedSheet], Wishes]] = {
    "columns": _with_reading,
    "shots": _with_shots,
    "reset": _reset,
    "fit": _fitted,
    "apply": _applied,
}


def may_in(form: Mapping[str, str]) -> Iterator[str]:
    """What may be changed, in the words of `fit`.

    >>> list(may_in({"may|sound": "on", "may|takes": "on", "floor|takes": "2", "may|duration": "on"}))
    ['sound', 'takes:2', 'duration:1']
    """
    for change in BUILT_IN_PAINS:
        if form.get(f"may|{change}"):
            floor = form.get(f"floor|{change}", "").strip()[:_LONGEST_VALUE] or "1"
            yield f"{change}:{floor}" if change in _FLOORS else change


def changes_in(form: Mapping[str, str], wishes: Wishes, priced: PricedSheet) -> Mapping[str, Mapping[str, str]]:
    """The changes of shots with those that a page sends, as `shot|ROW|PART`; what is as in the sheet is none."""
    found = {row: dict(values) for row, values in wishes.changes.items()}
    rows = {str(item.job.row) for item in priced.before.line_items} if priced.before else set()
    for key, value in form.items():
        kind, row, part = (*key.split("|"), "", "")[:3]
        if kind == "shot" and part in PARTS and row in {EVERY, *rows}:
            _put(found, row, part, value.strip()[:_LONGEST_VALUE])
    kept = {row: values for row, values in found.items() if values}
    return dict(list(kept.items())[:_MOST_CHANGES])


def _put(found: dict[str, dict[str, str]], row: str, part: str, value: str) -> None:
    """Note what a shot becomes; what is wished for of every shot comes in place of what was of single ones."""
    for mine in found.values() if row == EVERY else [found.get(row, {})]:
        mine.pop(part, None)
    if value:
        found.setdefault(row, {})[part] = value
