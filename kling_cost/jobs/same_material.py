"""Whether requests of a model can have what a job needs beside words, told by the model's own rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kling_cost.jobs.job import Needs
from kling_cost.jobs.providers.request_model import RequestKind

#: Where requests may hold what is needed: of these fields a model has one, or it takes no such material.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "image": ("image_start", "image", "image_urls", "image_list", "contents"),
    "end_image": ("image_end", "end_image", "image_tail", "image_list", "contents"),
    "reference": ("image_urls", "images", "image_list", "contents"),
    "video": ("video_url", "video_urls", "video", "video_list", "contents"),
    "elements": ("model_params.element_list", "element_list", "contents"),
    "voice": ("voice_list", "contents"),
    "multi_shot": ("model_params.multi_shot", "multi_shot"),
}
_ALL = frozenset(field for fields in _FIELDS.values() for field in fields)
_ADDRESS = "https://example.com/"
_SUFFIXES = {"video": "a.mp4"}
#: What an item of a list is called that holds objects; and what tells there which need it is for.
_ITEMS = {"element_list": "element_id", "voice_list": "voice_id", "image_list": "image_url", "video_list": "video_url"}
_KINDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "image_list": ("type", {"image": "first_frame", "end_image": "end_frame"}),
    "video_list": ("refer_type", {"video": "feature"}),
    "contents": (
        "type",
        {
            "image": "first_frame",
            "end_image": "last_frame",
            "reference": "refer_image",
            "video": "feature_video",
            "elements": "element",
            "voice": "voice",
        },
    ),
}


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
    if not has_place_for(kind, needs):
        return False
    body: dict[str, Any] = {kind.name_field: kind.model}
    put_material(body, kind, needs)
    wrong = {found.field.partition("[")[0] for found in kind.problems(body)}
    return wrong.isdisjoint(_ALL) and dict(kind.facts(body)[2]) == dict(needs)


def put_material(body: dict[str, Any], kind: RequestKind, needs: Needs) -> None:
    """Put material into a body, as much as is needed and as far as the model's requests have a place for it.

    >>> from kling_cost.jobs.providers import KINDS
    >>> body = {}
    >>> put_material(body, KINDS["kling3api", "std-image-to-video"], {"image": 1})
    >>> body
    {'image': 'https://example.com/0/a.png'}
    """
    for need, place in _places(kind, needs).items():
        if place is not None:
            put_value(body, place, _material(need, place, kind.fields[place], int(needs[need])))


def put_value(body: dict[str, Any], path: str, value: Any) -> None:
    """Put a value where a dotted path leads; a list goes behind one that is there.

    >>> body = {"images": ["a"]}
    >>> put_value(body, "images", ["b"])
    >>> put_value(body, "settings.duration", 5)
    >>> body
    {'images': ['a', 'b'], 'settings': {'duration': 5}}
    """
    above, _, name = path.rpartition(".")
    holder = body.setdefault(above, {}) if above else body
    holder[name] = [*holder.get(name, []), *value] if isinstance(value, list) else value


def _material(need: str, place: str, holds: str, count: int) -> Any:
    """Material of a kind that a field holds, as much as is needed."""
    if holds == "boolean":
        return True
    found = list(_addresses(need, count))
    if holds != "list":
        return found[0]
    name = place.rpartition(".")[2]
    return [_item(need, name, address) for address in found]


def _item(need: str, name: str, address: str) -> Any:
    """One item of a list of material, which is an address, or an object that has one."""
    if name not in (*_ITEMS, *_KINDS):
        return address
    key, words = _KINDS.get(name, ("", {}))
    return {_ITEMS.get(name, "url"): address} | ({key: words[need]} if need in words else {})


def _addresses(need: str, count: int) -> Iterator[str]:
    suffix = _SUFFIXES.get(need, "a.png")
    yield from (f"{_ADDRESS}{number}/{suffix}" for number in range(count))
