"""Whether requests of a model can have what a job needs beside words, told by the model's own rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kling_cost.jobs.job import Needs
from kling_cost.jobs.providers.request_model import RequestKind

#: Where requests may hold what is needed: of these fields a model has one, or it takes no such material.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "image": ("image_start", "image", "image_urls"),
    "end_image": ("image_end", "end_image"),
    "reference": ("image_urls", "images"),
    "video": ("video_url", "video_urls", "video"),
    "elements": ("model_params.element_list",),
    "multi_shot": ("model_params.multi_shot",),
}
_ALL = frozenset(field for fields in _FIELDS.values() for field in fields)
_ADDRESS = "https://example.com/"
_SUFFIXES = {"video": "a.mp4"}


def has_place_for(kind: RequestKind, needs: Iterable[str]) -> bool:
    """Whether a model's requests have a place for all that a job needs.

    >>> from kling_cost.jobs.providers import KINDS
    >>> text = KINDS["evolink", "kling-v3-text-to-video"]
    >>> has_place_for(text, ["multi_shot"]), has_place_for(text, ["elements"])
    (True, False)
    """
    return None not in _places(kind, needs).values()


def _places(kind: RequestKind, needs: Iterable[str]) -> dict[str, str | None]:
    return {need: next((f for f in _FIELDS.get(need, ()) if f in kind.fields), None) for need in needs}


def can_have(kind: RequestKind, needs: Needs) -> bool:
    """Whether a model's requests can have just what a job needs: nothing is lost, and nothing is missing.

    >>> from kling_cost.jobs.providers import KINDS
    >>> text, image = (KINDS["evolink", f"kling-v3-{made_of}-to-video"] for made_of in ("text", "image"))
    >>> can_have(text, {}), can_have(text, {"image": 1}), can_have(image, {"image": 1}), can_have(image, {})
    (True, False, True, False)
    """
    places = _places(kind, needs)
    if None in places.values():
        return False
    body: dict[str, Any] = {kind.name_field: kind.model}
    for need, place in places.items():
        _put(body, place or "", _material(need, kind.fields[place or ""], int(needs[need])))
    wrong = {found.field.partition("[")[0] for found in kind.problems(body)}
    return wrong.isdisjoint(_ALL) and dict(kind.facts(body)[2]) == dict(needs)


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    above, _, name = path.rpartition(".")
    holder = body.setdefault(above, {}) if above else body
    holder[name] = value


def _material(need: str, holds: str, count: int) -> Any:
    """Material of a kind that a field holds, as much as is needed."""
    if holds == "boolean":
        return True
    found = list(_addresses(need, count))
    if need == "elements":
        return [{"element_id": address} for address in found]
    return found if holds == "list" else found[0]


def _addresses(need: str, count: int) -> Iterator[str]:
    suffix = _SUFFIXES.get(need, "a.png")
    yield from (f"{_ADDRESS}{number}/{suffix}" for number in range(count))
