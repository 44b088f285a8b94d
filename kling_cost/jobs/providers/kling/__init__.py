"""The official API's requests: the form with `model_name`, and API 2.0, which has the model in the path.

Pages, as read on 2026-11-28: `kling 3.0`, the specification of the series 3.0 models and the parameters of kling-v3 and
kling-v3-omni that docs.comfy.org takes from it; `kling 2.0`, the pages of API 2.0 and the parameters of kling-3.0-turbo
there. The rules that connect fields are in `kling_rules`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, Required

from pydantic import Field
from typing_extensions import TypedDict

from kling_cost.jobs.providers.kling import kling_rules as rules
from kling_cost.jobs.providers.request_model import ModelRules, RequestKind
from kling_cost.jobs.providers.request_schema import Body, Number, Page, ShotSeconds, form, form_fields
from kling_cost.jobs.providers.request_words import RequestWords

PROVIDER = "kling"
_OLD, _NEW = "kling 3.0", "kling 2.0"
_CODE_POINTS = "characters are code points"
_PRICED = "the range is the price book's"

Prompt = Annotated[str, Field(max_length=2500), Page(f"{_OLD}: prompt", _CODE_POINTS)]
Aspect = Literal["16:9", "9:16", "1:1"]


@form
class Shot(TypedDict, total=False):
    """One shot of a multi-shot video."""

    index: Annotated[Number, Page(f"{_OLD}: multi_prompt")]
    prompt: Annotated[str, Field(max_length=512), Page(f"{_OLD}: multi_prompt", _CODE_POINTS)]
    duration: ShotSeconds


@form
class Watermark(TypedDict, total=False):
    """Whether the video carries a watermark."""

    enabled: Annotated[bool, Page(f"{_OLD}, {_NEW}: watermark_info")]


@form
class Element(TypedDict, total=False):
    """A subject that was created before."""

    element_id: Required[Annotated[int | str, Page(f"{_OLD}: element_list", "an integer there, text in many examples")]]


@form
class Voice(TypedDict, total=False):
    """A voice that was created before."""

    voice_id: Required[Annotated[str, Page(f"{_OLD}: voice_list")]]


@form
class ListedImage(TypedDict, total=False):
    """An image that the video begins or ends with, or that it refers to."""

    image_url: Annotated[str, Page(f"{_OLD}: image_list", "an address, or the image itself as Base64")]
    type: Annotated[Literal["first_frame", "end_frame"], Page(f"{_OLD}: image_list")]


@form
class ListedVideo(TypedDict, total=False):
    """The video that is edited or referred to."""

    video_url: Required[Annotated[str, Page(f"{_OLD}: video_list")]]
    refer_type: Annotated[Literal["feature", "base"], Page(f"{_OLD}: video_list")]
    keep_original_sound: Annotated[Literal["yes", "no"], Page(f"{_OLD}: video_list")]


@form
class NamedVideo(TypedDict, total=False):
    """What every request with `model_name` takes."""

    model_name: Required[Annotated[str, Page(f"{_OLD}: model_name")]]
    prompt: Prompt
    duration: Annotated[str, Page(f"{_OLD}: duration", f"whole seconds as text; {_PRICED}")]
    mode: Annotated[Literal["std", "pro", "4k"], Page(f"{_OLD}: mode", "std is 720p, pro is 1080p")]
    sound: Annotated[Literal["on", "off"], Page(f"{_OLD}: sound")]
    aspect_ratio: Annotated[Aspect, Page(f"{_OLD}: aspect_ratio")]
    multi_shot: Annotated[bool, Page(f"{_OLD}: multi_shot")]
    shot_type: Annotated[Literal["customize", "intelligence"], Page(f"{_OLD}: shot_type")]
    multi_prompt: Annotated[list[Shot], Field(max_length=6), Page(f"{_OLD}: multi_prompt")]
    watermark_info: Annotated[Watermark, Page(f"{_OLD}: watermark_info")]
    callback_url: Annotated[str, Page(f"{_OLD}: callback_url")]
    external_task_id: Annotated[str, Page(f"{_OLD}: external_task_id")]


@form
class TextOrImageToVideo(NamedVideo, total=False):
    """`kling-v3`: text2video and image2video."""

    negative_prompt: Annotated[str, Field(max_length=2500), Page(f"{_OLD}: negative_prompt", _CODE_POINTS)]
    cfg_scale: Annotated[Number, Field(ge=0, le=1), Page(f"{_OLD}: cfg_scale")]
    camera_control: Annotated[Any, Page(f"{_OLD}: camera_control", "not looked into: no price depends on it")]
    image: Annotated[str, Page(f"{_OLD}: image", "an address, or the image itself as Base64")]
    image_tail: Annotated[str, Page(f"{_OLD}: image_tail", "an address, or the image itself as Base64")]
    element_list: Annotated[list[Element], Field(max_length=3), Page(f"{_OLD}: element_list")]
    voice_list: Annotated[list[Voice], Field(max_length=2), Page(f"{_OLD}: voice_list")]


@form
class OmniVideo(NamedVideo, total=False):
    """`kling-v3-omni`, `kling-video-o1`: omni-video."""

    image_list: Annotated[list[ListedImage], Page(f"{_OLD}: image_list")]
    element_list: Annotated[list[Element], Page(f"{_OLD}: element_list")]
    video_list: Annotated[list[ListedVideo], Field(max_length=1), Page(f"{_OLD}: video_list")]


@form
class Content(TypedDict, total=False):
    """One part of what a video is made from."""

    type: Required[Annotated[str, Page(f"{_NEW}: contents", "the types are held as a rule")]]
    text: Annotated[str, Page(f"{_NEW}: contents")]
    url: Annotated[str, Page(f"{_NEW}: contents")]
    id: Annotated[str, Page(f"{_NEW}: contents")]
    element_id: Annotated[int | str, Page(f"{_NEW}: contents")]
    voice_id: Annotated[str, Page(f"{_NEW}: contents")]


@form
class Options(TypedDict, total=False):
    """What is said to the API itself."""

    callback_url: Annotated[str, Page(f"{_NEW}: options")]
    external_task_id: Annotated[str, Page(f"{_NEW}: options")]
    watermark_info: Annotated[Watermark, Page(f"{_NEW}: options")]


@form
class Settings(TypedDict, total=False):
    """What the video is to be like."""

    resolution: Annotated[Literal["720p", "1080p", "4k"], Page(f"{_NEW}: settings", _PRICED)]
    duration: Annotated[int, Page(f"{_NEW}: settings", _PRICED)]
    aspect_ratio: Annotated[Aspect, Page(f"{_NEW}: settings")]
    audio: Annotated[Literal["off", "native", "original"], Page(f"{_NEW}: settings")]
    multi_shot: Annotated[bool, Page(f"{_NEW}: settings")]


@form
class SettingsVideo(TypedDict, total=False):
    """text-to-video, image-to-video and omni-video of API 2.0."""

    prompt: Annotated[str, Page(f"{_NEW}: prompt", "2,500 characters are recommended there, no limit")]
    contents: Annotated[list[Content], Page(f"{_NEW}: contents")]
    settings: Annotated[Settings, Page(f"{_NEW}: settings")]
    options: Annotated[Options, Page(f"{_NEW}: options")]


@form
class MotionControl(TypedDict, total=False):
    """motion-control of API 2.0, whose contents and settings no page in reach describes."""

    prompt: Annotated[str, Page(f"{_NEW}: prompt")]
    contents: Annotated[Any, Page(f"{_NEW}: motion control", "not looked into")]
    settings: Annotated[Any, Page(f"{_NEW}: motion control", "not looked into, but for what is priced")]
    options: Annotated[Options, Page(f"{_NEW}: options")]


_MODES = {"std": "720p", "pro": "1080p", "4k": "4k"}
_NAMED = RequestWords(
    {"quality": "mode", "input": "video_list", "voice": "voice_list", "model_params.multi_prompt": "multi_prompt"},
    {"quality": _MODES, "sound": {"off": "off", "on": "on"}},
    {"duration": 5, "quality": "720p", "sound": "off"},
    rules.inputs_of_named,
    rules.edits_a_video,
    seconds_are_text=True,
)
_SETTINGS = RequestWords(
    {
        "duration": "settings.duration",
        "quality": "settings.resolution",
        "sound": "settings.audio",
        "input": "contents",
        "voice": "contents",
        "model_params.multi_prompt": "prompt",
    },
    {
        "quality": {"720p": "720p", "1080p": "1080p", "4k": "4k"},
        "sound": {"off": "off", "native": "on", "original": "off"},
    },
    {"duration": 5, "quality": "720p", "sound": "off"},
    rules.inputs_of_contents,
    rules.edits_a_content,
)
#: Omni-video documents another mode for what is left out.
_OMNI = _NAMED._replace(defaults={**_NAMED.defaults, "quality": "1080p"})
_MOTION = _SETTINGS._replace(inputs=lambda body: (("input", "video"),), edits=lambda body: True)

#: By the name of the model: the rules, and the words of its requests.
NAMED: Mapping[str, tuple[ModelRules, RequestWords]] = {
    "kling-v3": ((TextOrImageToVideo, rules.check_named, rules.named_facts), _NAMED),
    "kling-v3-omni": ((OmniVideo, rules.check_omni, rules.omni_facts), _OMNI),
    "kling-video-o1": ((OmniVideo, rules.check_omni, rules.omni_facts), _OMNI),
}
_CONTENTS: ModelRules = (SettingsVideo, rules.check_contents, rules.contents_facts)
#: By the operation that a path begins with.
OPERATIONS: Mapping[str, tuple[ModelRules, RequestWords]] = {
    "text-to-video": ((SettingsVideo, rules.check_text, rules.contents_facts), _SETTINGS),
    "image-to-video": (_CONTENTS, _SETTINGS),
    "omni-video": (_CONTENTS, _SETTINGS),
    "motion-control": ((MotionControl, rules.no_rules, rules.motion_facts), _MOTION),
}
#: Models that go by another name in the other form, and in a price book.
_PAIRS = (("kling-v3", "kling-3.0"), ("kling-v3-omni", "kling-3.0-omni"), ("kling-video-o1", "kling-o1"))
_SAME = {name: other for pair in _PAIRS for name, other in (pair, pair[::-1])}
_PATH = re.compile(rf"(?:^|[/\s])({'|'.join(OPERATIONS)})/(kling-[\w.-]+?)/?(?:[?#].*)?$", re.IGNORECASE)
#: Operations with `model_name` that are no video from text, images or elements.
_OTHER_OPERATION = re.compile(r"/v[0-9]/[a-z-]+/(?!(?:text2video|image2video|omni-video)/?(?:[?#].*)?$)[a-z0-9-]+")


def kind_of(body: Body, path: str | None) -> RequestKind | None:
    """The kind of a request, told by the path that it is sent to, or by its form.

    >>> kind_of({"settings": {"duration": 5}}, "/text-to-video/kling-3.0").model
    'kling-3.0'
    >>> kind_of({"model_name": "kling-v3", "duration": "5"}, None).name_field
    'model_name'
    """
    found = None if path is None else _PATH.search(path)
    if found:
        return _kind_in_path(found[1].lower(), found[2].lower())
    name = body.get("model_name")
    if not isinstance(name, str) or "model" in body or is_other_operation(path):
        return None
    return NAMED_KINDS.get(name)


def is_other_operation(path: str | None) -> bool:
    """Whether an address belongs to an operation of the official API whose requests are not read.

    >>> is_other_operation("/v1/videos/lip-sync"), is_other_operation("/v1/videos/image2video")
    (True, False)
    """
    return path is not None and _OTHER_OPERATION.search(path) is not None


def words_of(name_field: str, model: str | None) -> RequestWords | None:
    """The words of a request that names its model there; None for one that has those of a row.

    >>> words_of("path", "kling-3.0").same
    ('kling-v3',)
    """
    if name_field == "path":
        words = _SETTINGS
    elif name_field == "model_name" and model in NAMED:
        words = NAMED[model or ""][1]
    else:
        return None
    return words._replace(same=(_SAME[model or ""],)) if model in _SAME else words


def _kind(model: str, name_field: str, parts: tuple[ModelRules, RequestWords]) -> RequestKind:
    (shape, check, facts), words = parts
    siblings = _SIBLINGS if name_field == "model_name" else frozenset()
    return RequestKind(PROVIDER, model, name_field, shape, check, facts, siblings, {}, words=words)


_SIBLINGS = frozenset(path for shape in (TextOrImageToVideo, OmniVideo) for path, _ in form_fields(shape))


@lru_cache(maxsize=1 << 8)
def _kind_in_path(operation: str, model: str) -> RequestKind:
    """A model that is asked to follow a video is another product than the same that makes one."""
    name = f"{model}-{operation}" if operation == "motion-control" else model
    return _kind(name, "path", OPERATIONS[operation])


#: The kinds of request with `model_name`, by that name.
NAMED_KINDS: Mapping[str, RequestKind] = {model: _kind(model, "model_name", parts) for model, parts in NAMED.items()}
#: A kind for each operation of API 2.0, for those who list them.
PATH_KINDS: Mapping[str, RequestKind] = {
    operation: _kind_in_path(operation, "kling-3.0-omni" if operation == "omni-video" else "kling-3.0")
    for operation in OPERATIONS
}
