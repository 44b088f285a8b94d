"""What a page sends becomes what somebody wishes for; whatever it does not know is left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from kling_cost.planning.fit.may_text import BUILT_IN_PAINS
from kling_cost.serving.changed_shots import EVERY, PARTS
from kling_cost.serving.dropped_sheet import tell_columns
from kling_cost.serving.priced_sheet import PricedSheet, with_plan
from kling_cost.serving.uploads import Upload, Wishes

LONGEST_BUDGET, _LONGEST_VALUE = 60, 120
_MOST_CHANGES = 100_000  # shots
_ROW = re.compile("[0-9]{1,9}", re.ASCII)
_FLOORS = ("takes", "duration")


def take_over(upload: Upload, form: Mapping[str, str], price: Callable[[], PricedSheet]) -> None:
    """Change what is wished for of a sheet.

    Args:
        upload: the sheet.
        form: what the page sends: `do` says which part of it.
        price: reads and prices the sheet as it was before.
    """
    wishes = replace(upload.wishes, is_fitted=False)
    if "budget" in form:
        wishes = replace(wishes, budget=form["budget"].strip()[:LONGEST_BUDGET])
    do = form.get("do", "")
    if do in ("columns", "apply"):
        priced = price()
        upload.wishes = _with_reading(wishes, form) if do == "columns" else _applied(wishes, priced)
        if do == "columns":
            tell_columns(upload, priced.sheet, form)
    else:
        upload.wishes = _WISHES.get(do.partition(":")[0], _unchanged)(wishes, form)


def _unchanged(wishes: Wishes, form: Mapping[str, str]) -> Wishes:
    return wishes


def _reset(wishes: Wishes, form: Mapping[str, str]) -> Wishes:
    return replace(wishes, changes={})


def _fitted(wishes: Wishes, form: Mapping[str, str]) -> Wishes:
    return replace(wishes, may=tuple(may_in(form)), is_fitted=True)


def _applied(wishes: Wishes, priced: PricedSheet) -> Wishes:
    return wishes if priced.plan is None or not priced.plan.is_found else with_plan(wishes, priced.plan)


def _with_shots(wishes: Wishes, form: Mapping[str, str]) -> Wishes:
    return replace(wishes, changes=changes_in(form, wishes))


def _with_reading(wishes: Wishes, form: Mapping[str, str]) -> Wishes:
    """Read otherwise, the sheet has other shots: what was changed of them is gone."""

    def wanted(name: str, now: str) -> str:
        return form.get(name, now).strip()[:_LONGEST_VALUE]

    return replace(
        wishes,
        model=wanted("model", wishes.model),
        sheet=wanted("sheet", wishes.sheet),
        encoding=wanted("encoding", wishes.encoding),
        changes={},
        find="",
        page=0,
    )


def _searched(wishes: Wishes, form: Mapping[str, str]) -> Wishes:
    return replace(wishes, find=form.get("find", "").strip()[:_LONGEST_VALUE], page=0)


def _on_page(wishes: Wishes, form: Mapping[str, str]) -> Wishes:
    page = form.get("do", "").partition(":")[2]
    return replace(wishes, page=int(page)) if _ROW.fullmatch(page) else wishes


_WISHES: Mapping[str, Callable[[Wishes, Mapping[str, str]], Wishes]] = {
    "shots": _with_shots,
    "reset": _reset,
    "fit": _fitted,
    "find": _searched,
    "page": _on_page,
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


def changes_in(form: Mapping[str, str], wishes: Wishes) -> Mapping[str, Mapping[str, str]]:
    """The changes of shots with those that a page sends, as `shot|ROW|PART`.

    >>> changes_in({"shot|7|takes": "2", "shot|8|x": "1"}, Wishes(changes={"7": {"sound": "off"}}))
    {'7': {'sound': 'off', 'takes': '2'}}
    """
    found = {row: dict(values) for row, values in wishes.changes.items()}
    for key, value in form.items():
        kind, row, part = (*key.split("|"), "", "")[:3]
        if kind == "shot" and part in PARTS and (row == EVERY or _ROW.fullmatch(row)):
            _put(found, row, part, value.strip()[:_LONGEST_VALUE])
    kept = {row: values for row, values in found.items() if values}
    return dict(list(kept.items())[:_MOST_CHANGES])


def _put(found: dict[str, dict[str, str]], row: str, part: str, value: str) -> None:
    """Note what a shot becomes; what is wished for of every shot comes in place of what was of single ones."""
    for mine in found.values() if row == EVERY else [found.get(row, {})]:
        mine.pop(part, None)
    if value:
        found.setdefault(row, {})[part] = value
