"""Bodies of models without request rules: held to what a price depends on, and to what the price book cannot see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kling_cost.jobs.field_names import folded
from kling_cost.jobs.job import ENVELOPE
from kling_cost.jobs.misnamed_fields import PRICED, Known, meant_faults, told
from kling_cost.jobs.providers.request_problems import ADDED_FIELD, wrong_type
from kling_cost.jobs.providers.request_schema import Body, blank
from kling_cost.problems import Problem, problem

#: Inputs that change a price and that no table of seconds, quality and sound has.
VIDEO_INPUTS = frozenset(
    "video videos videolist videourl videourls inputvideo inputvideourl inputvideos referencevideo referencevideos"
    " referencevideourl referencevideourls videoreference videoreferences basevideo sourcevideo sourcevideourl"
    " drivingvideo drivingvideourl motionvideo motionvideourl".split()
)
VOICES = frozenset("voice voices voicelist voiceid voiceids".split())
_OWN = ("model", "type", *PRICED)
_TAKES_VIDEO = re.compile(r"reference|edit|motion|video-to|extend|avatar|lip", re.IGNORECASE)
#: Names whose seller writes sound as `on` and `off`, never as true and false.
_SOUND_IN_WORDS = re.compile(r"kling-[vo][0-9]", re.IGNORECASE)
_IN_WORDS = ("evolink", "kling")
_DEEPEST = 4


def unmodelled_faults(body: Body, provider: str | None, name_field: str, takes: int) -> list[Problem]:
    """The faults of a body that no request rules know.

    Args:
        body: the request.
        provider: the provider that is named, or None.
        name_field: the field in which that provider has the model's name.
        takes: how often it is sent.

    >>> body = {"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "off", "mode": "pro"}
    >>> [found.code for found in unmodelled_faults(body, None, "model", 1)]
    ['price_unknown']
    """
    found = [*_name(body, name_field), *_types(body, provider)]
    unknown = [(name, value) for name, value in body.items() if name not in _OWN and folded(name) != "mode"]
    meant = meant_faults(unknown, Known(body, PRICED, takes))
    beside = [problem(ADDED_FIELD, name) for name in ENVELOPE if name in body]
    return [*found, *beside, *(p for path, p in meant.items() if path not in ENVELOPE), *_unseen(body)]


def unseen_inputs(body: Body) -> Iterator[tuple[str, str]]:
    """Path and kind (`video` or `voice`) of every input that changes a price and that a book cannot see.

    >>> list(unseen_inputs({"video_list": [{"video_url": "a"}], "input": {"voice_id": "7"}, "voices": []}))
    [('video_list', 'video'), ('input.voice_id', 'voice')]
    """
    for path, name, value in _named(body):
        if not blank(value) and value is not False:
            if name in VIDEO_INPUTS:
                yield path, "video"
            elif name in VOICES:
                yield path, "voice"


def _named(holder: Body, above: str = "", depth: int = 0) -> Iterator[tuple[str, str, Any]]:
    for name, value in holder.items():
        yield f"{above}{name}", folded(name), value
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _named(value, f"{above}{name}.", depth + 1)


def _unseen(body: Body) -> Iterator[Problem]:
    name = body.get("model", body.get("type"))
    is_made_from_video = isinstance(name, str) and _TAKES_VIDEO.search(name) is not None
    for path, kind in unseen_inputs(body):
        if not (kind == "video" and is_made_from_video):
            yield problem("price_unknown.input", path)
    for name, value in body.items():
        if folded(name) == "mode" and not blank(value):
            quality = told("quality", value)
            if quality is None or quality != body.get("quality"):
                key = "price_unknown.input" if quality is None else "price_unknown.mode"
                yield problem(key, name, value=value, meant=quality)


def _name(body: Body, name_field: str) -> Iterator[Problem]:
    field = "model" if "model" in body else "type"
    name = body.get("model", body.get("type"))
    if name is None and "model" not in body and "type" not in body:
        others = any(key not in _OWN for key in body)
        yield problem("missing.model_name" if others else "missing.required", name_field)
    elif name is None:
        yield problem("wrong_type.null", field)
    elif not isinstance(name, str):
        yield problem("wrong_type.text", field, value=name)
    elif not name.strip():
        yield problem("missing.empty", field)


def _types(body: Body, provider: str | None) -> Iterator[Problem]:
    name = body.get("model")
    in_words = provider in _IN_WORDS or (isinstance(name, str) and _SOUND_IN_WORDS.match(name) is not None)
    wanted = {"duration": (int,), "quality": (str,), "sound": (str,) if in_words else (str, bool)}
    keys = {"duration": "wrong_type.integer", "quality": "wrong_type.text", "sound": "wrong_type.on_off"}
    for key, kinds in wanted.items():
        if key in body and body[key].__class__ not in kinds:
            yield wrong_type(keys[key], key, body[key])
