"""What the body of any API asks for, as far as it is clear, written as a row that the price book can price."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kling_cost.jobs.field_names import folded
from kling_cost.jobs.misnamed_fields import meant_field, told
from kling_cost.jobs.providers.request_schema import Body, blank
from kling_cost.jobs.providers.unmodelled import VIDEO_INPUTS, VOICES

#: Parts of addresses that only look like a version.
_ROUTES = re.compile(r"\bv[0-9]/(?=videos)|[a-z]+2v(?:ideo)?", re.IGNORECASE)
_DEEPEST, _MOST = 6, 2_000  # levels and values of a body that are looked at
_QUALITIES = ("720p", "1080p", "4k")
_MODEL_FIELDS = (
    "model",
    "modelname",
    "modelid",
    "modelslug",
    "version",
    "classtype",
    "endpoint",
    "path",
    "application",
)
_IMAGES = frozenset(
    "image images imageurl imageurls imagelist imageinput imagestart startimage startimageurl firstframe startframe"
    " firstframeimage firstframeurl inputimage inputurls imagetail frameimages referenceimages imgurl".split()
)
_IMAGE_CONTENTS = ("first_frame", "last_frame", "image", "image_url", "start_image")
_VIDEO_CONTENTS = ("video", "base_video", "reference_video", "feature_video", "video_url")
#: Product lines by a part of their names, the most telling first; only the first two have a row.
_LINES = (
    ("turbo", r"turbo"),
    ("other", r"motion|avatar|lip.?sync|effect|extend|edit|reference|element|multi.?image|master"),
    ("v4", r"(?<![0-9.])v?4(?:[._-]0)?(?![0-9.kp])"),
    ("older", r"(?<![0-9.])v?[12](?:[._-][0-9])?(?![0-9.])"),
    ("o1", r"o1"),
    ("v3 omni", r"omni|o3"),
    ("v3", r"(?<![0-9.])v?3(?:[._-]0)?(?![0-9.])"),
)
_TIERS = (("1080p", r"(?<![a-z])pro(?![a-z])"), ("720p", r"(?<![a-z])(?:std|standard)(?![a-z])"), ("4k", r"4k"))
#: Rows of the product lines that the shipped price book has, by whether they begin with an image.
_ROWS = {"v3": ("kling-v3-text-to-video", "kling-v3-image-to-video"), "v3 omni": ("kling-v3-omni",) * 2}
OFFICIAL_ROWS = {"v3": "kling-v3", "v3 omni": "kling-v3-omni"}
_SHORTEST, _LONGEST = 3, 15  # seconds that such a row may have


class Shot(NamedTuple):
    """What a body asks for; None for what it does not say.

    Attributes:
        model: the model as the API names it.
        line: the product line of that name.
        duration, quality, sound: in the words of a row; the dearest where several stand.
        has_image: whether it is made from an image.
        has_more: whether from a video or a voice, too, which no row has a price for.
    """

    model: str | None
    line: str | None
    duration: int | None
    quality: str | None
    sound: str | None
    has_image: bool
    has_more: bool


def shot_of(body: Body, model: str | None = None) -> Shot:
    """The shot of a body of any API.

    Args:
        body: the request.
        model: the model that its address names, where the body names none.

    >>> shot_of({"model": "kling-3.0/video", "input": {"duration": "10", "mode": "pro", "sound": True}})[1:5]
    ('v3', 10, '1080p', 'on')
    """
    values = [(folded(name), name, value) for name, value in _values(body)]
    names = [value for word, _, value in values if word in _MODEL_FIELDS and isinstance(value, str)]
    named = " ".join([*names, model or ""]).casefold()
    found = _told_options(values)
    found["quality"] += [tier for tier, pattern in _TIERS if re.search(pattern, named)]
    qualities = [quality for quality in found["quality"] if quality in _QUALITIES]
    return Shot(
        next(iter(names), model),
        line_of(named),
        max(found["duration"], default=None),
        max(qualities, key=_QUALITIES.index, default=None),
        "on" if "on" in found["sound"] else next(iter(found["sound"]), None),
        any(_holds(word, value, _IMAGES, _IMAGE_CONTENTS) for word, _, value in values),
        any(_holds(word, value, VIDEO_INPUTS | VOICES, _VIDEO_CONTENTS) for word, _, value in values),
    )


def _told_options(values: Iterable[tuple[str, str, Any]]) -> dict[str, list[Any]]:
    """What names and values say of each option, in their order."""
    found: dict[str, list[Any]] = {"duration": [], "quality": [], "sound": []}
    for word, name, value in values:
        field = None if word in _MODEL_FIELDS and isinstance(value, str) else meant_field(name)[0]
        says = told(field, value) if field in found else None
        if field is not None and says is not None:
            found[field].append(says)
    return found


def _holds(word: str, value: Any, fields: Collection[str], contents: Collection[str]) -> bool:
    """Whether a value is material of a kind, by the name of its field or as the type of an entry."""
    is_entry = word == "type" and isinstance(value, str) and value in contents
    return is_entry or (word in fields and not blank(value))


def line_of(name: str) -> str | None:
    """The product line that a model's name belongs to.

    >>> line_of("kling-v3-4k-text-to-video"), line_of("kling-v4-flash"), line_of("kling-3.0-omni")
    ('v3', 'v4', 'v3 omni')
    >>> line_of("kling-v2-6-text2video")
    'older'
    """
    name = _ROUTES.sub("", name)
    return next((line for line, pattern in _LINES if re.search(pattern, name, re.IGNORECASE)), None)


def row_of(shot: Shot, defaults: Mapping[str, Any], official: bool) -> tuple[list[str], list[str]] | None:
    """The same shot as a row that the shipped book has a price for, and what in it the body does not say.

    None where there is no such row. Where nothing is known of a default, the dearest stands in the row.

    Args:
        shot: what is asked for.
        defaults: what the API documents for what is left out.
        official: whether it is asked of the official API itself.

    >>> row_of(shot_of({"prompt": "Fog", "duration": "5", "generate_audio": True}), {"line": "v3"}, False)
    (['model: kling-v3-text-to-video', 'duration: 5', 'quality: 1080p', 'sound: on'], ['quality'])
    """
    line = shot.line or defaults.get("line")
    usual = {"duration": 5, "quality": "1080p", "sound": "on", **defaults}
    unsaid = [name for name in ("duration", "quality", "sound") if getattr(shot, name) is None]
    values = {name: usual[name] if name in unsaid else getattr(shot, name) for name in ("duration", "quality", "sound")}
    if line not in _ROWS or shot.has_more or not _SHORTEST <= values["duration"] <= _LONGEST:
        return None
    own = OFFICIAL_ROWS[line] if official or values["quality"] == _QUALITIES[-1] else _ROWS[line][shot.has_image]
    return [f"{name}: {value}" for name, value in {"model": own, **values}.items()], unsaid


def own_row(shot: Shot) -> list[str]:
    """The shot as a row under the name that its API gives the model, for a book that sells it.

    >>> own_row(shot_of({"model": "kling-v4-flash-text-to-video", "duration": "5s", "resolution": "720p"}))
    ['model: kling-v4-flash-text-to-video', 'duration: 5', 'quality: 720p']
    """
    names = ("model", "duration", "quality", "sound")
    return [f"{name}: {getattr(shot, name)}" for name in names if getattr(shot, name) is not None]


def _values(body: Any) -> Iterator[tuple[str, Any]]:
    """Names and values at every level, lists of objects too; shots within a video are not the video."""
    left = [(body, 0)]
    seen = 0
    while left and seen < _MOST:
        holder, depth = left.pop(0)
        for name, value in holder.items() if isinstance(holder, dict) else ():
            seen += 1
            yield name, value
            if folded(name) in ("multiprompt", "shots") or depth >= _DEEPEST:
                continue
            inner = value if isinstance(value, list) else [value]
            left += [(one, depth + 1) for one in inner[:_MOST] if isinstance(one, dict)]
