"""kling3api.com's request bodies: twelve task types, with every rule of its page.

Page: `ko kling3api`. It lost the names of three fields; they are read as `end_image`, `negative_prompt` and
`cfg_scale`, which the other documents of the same interface use.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Required

from pydantic import Field
from typing_extensions import TypedDict

from kling_cost.jobs.job import needs_of
from kling_cost.jobs.providers.equivalent_values import IMAGE, VIDEO, WORDS
from kling_cost.jobs.providers.request_model import ModelRules
from kling_cost.jobs.providers.request_schema import (
    Body,
    Facts,
    Number,
    Page,
    Unusual,
    UsualText,
    UsualWeb,
    blank,
    form,
    list_in,
    no_facts,
)
from kling_cost.jobs.providers.urls import web_fault
from kling_cost.problems import Problem, problem

PROVIDER = "kling3api"
NAME_FIELD = "type"
#: Its status answers repeat the request under `data.request`.
ANSWERS_REPEAT_REQUEST = True
#: What a task's name says of a field that its requests do not have.
FIXED = {"std": {"quality": "720p"}, "pro": {"quality": "1080p"}}
API_ERRORS = {
    "type": "INVALID_TYPE",
    "prompt": "INVALID_PROMPT",
    "duration": "INVALID_DURATION",
    "image": "MISSING_IMAGE",
    "video": "MISSING_VIDEO",
}
#: What no rule tells apart.
PLAIN_VALUES = {"prompt": WORDS, "negative_prompt": WORDS, "image": IMAGE, "end_image": IMAGE, "video": VIDEO}

_ONE_IMAGE: Facts = (None, False, needs_of(image=1))
_TWO_IMAGES: Facts = (None, False, needs_of(image=1, end_image=1))
_BODY = "ko kling3api: request body"
_LOST = "the page lost the field's name"


@form
class Task(TypedDict, total=False):
    """What every task type takes."""

    type: Required[Annotated[str, Page(_BODY)]]
    prompt: Annotated[str, Field(max_length=2000), UsualText, Page(_BODY, "characters are code points")]
    aspect_ratio: Annotated[Literal["16:9", "9:16", "1:1"], Page(_BODY)]
    sound: Annotated[bool, Page(_BODY)]
    negative_prompt: Annotated[str, Page(_BODY, _LOST)]


@form
class Timed(Task, total=False):
    """A task whose length is asked for."""

    duration: Annotated[int, Page(_BODY, "the range is the price book's; an integer, as for every provider")]


@form
class O3TextToVideo(Timed, total=False):
    """`o3-pro-text-to-video`, `o3-std-text-to-video`."""


@form
class O3ImageToVideo(Timed, total=False):
    """`o3-pro-image-to-video`, `o3-std-image-to-video`."""

    image: Annotated[str, UsualWeb, Page(f"{_BODY}, error codes")]
    end_image: Annotated[str, UsualWeb, Page(_BODY, _LOST)]


@form
class TextToVideo(O3TextToVideo, total=False):
    """`pro-text-to-video`, `std-text-to-video`."""

    cfg_scale: Annotated[Number, Field(ge=0, le=1), Page(_BODY, _LOST)]


@form
class ImageToVideo(O3ImageToVideo, total=False):
    """`pro-image-to-video`, `std-image-to-video`."""

    cfg_scale: Annotated[Number, Field(ge=0, le=1), Page(_BODY, _LOST)]


@form
class ReferenceToVideo(Timed, total=False):
    """`o3-pro-reference-to-video`, `o3-std-reference-to-video`."""

    images: Annotated[list[Annotated[str, UsualWeb]], Field(max_length=7), Page(_BODY)]
    video: Annotated[str, UsualWeb, Page(_BODY)]


@form
class VideoEdit(Task, total=False):
    """`o3-pro-video-edit`, `o3-std-video-edit`."""

    video: Annotated[str, UsualWeb, Page(f"{_BODY}, error codes")]
    keep_original_sound: Annotated[bool, Page("ko kling3api: example of video edit")]


def check_text(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of text-to-video that connect fields."""
    if "prompt" in body and not unusual:
        return []
    return [_missing(body, "prompt")] if _is_blank(body, "prompt", unusual) else []


def check_image(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of image-to-video that connect fields."""
    found = _prompt(body, unusual)
    if _is_blank(body, "image", unusual):
        found.append(_missing(body, "image"))
    elif "image" in unusual:
        found += _url(body, "image")
    return [*found, *_url(body, "end_image")] if "end_image" in unusual else found


def check_reference(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of reference-to-video that connect fields."""
    found = _prompt(body, unusual)
    if "video" in unusual:
        found += _url(body, "video")
    if not body.get("images") and _is_blank(body, "video", unusual):
        found.append(problem("missing.recommended", "images"))
    return [*found, *_images(body)] if unusual else found


def check_edit(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of video edit that connect fields."""
    found = _prompt(body, unusual)
    if _is_blank(body, "video", unusual):
        found.append(_missing(body, "video"))
    elif "video" in unusual:
        found += _url(body, "video")
    return found


def image_facts(body: Body) -> Facts:
    """What image-to-video needs.

    >>> image_facts({"type": "pro-image-to-video", "image": "https://example.com/a.png"})
    (None, False, {'image': 1})
    """
    return _TWO_IMAGES if "end_image" in body else _ONE_IMAGE


def reference_facts(body: Body) -> Facts:
    """What reference-to-video and video edit need.

    >>> reference_facts({"images": ["https://example.com/a.png"], "video": "https://example.com/a.mp4"})
    (None, False, {'reference': 1, 'video': 1})
    """
    has_video = not blank(body.get("video"))
    return None, False, needs_of(reference=len(list_in(body, "images")), video=int(has_video))


def _prompt(body: Body, unusual: Unusual) -> list[Problem]:
    if "prompt" in body and not unusual:
        return []
    if "prompt" not in body:
        return [problem("missing.recommended", "prompt")]
    return [problem("missing.empty", "prompt")] if _is_blank(body, "prompt", unusual) else []


def _is_blank(body: Body, name: str, unusual: Unusual) -> bool:
    return name not in body or (name in unusual and blank(body[name]))


def _images(body: Body) -> Iterator[Problem]:
    images = body.get("images")
    for i, url in enumerate(images if isinstance(images, list) else []):
        if isinstance(url, str) and web_fault(url):
            yield problem("invalid_url.not_web", f"images[{i}]", value=url)


def _missing(body: Body, name: str) -> Problem:
    return problem("missing.empty" if name in body else "missing.required", name)


def _url(body: Body, name: str) -> list[Problem]:
    url = body.get(name)
    fault = web_fault(url) if isinstance(url, str) else None
    return [problem(fault, name, value=url)] if fault else []


MODELS: dict[str, ModelRules] = {
    "pro-text-to-video": (TextToVideo, check_text, no_facts),
    "pro-image-to-video": (ImageToVideo, check_image, image_facts),
    "std-text-to-video": (TextToVideo, check_text, no_facts),
    "std-image-to-video": (ImageToVideo, check_image, image_facts),
    "o3-pro-text-to-video": (O3TextToVideo, check_text, no_facts),
    "o3-pro-image-to-video": (O3ImageToVideo, check_image, image_facts),
    "o3-pro-reference-to-video": (ReferenceToVideo, check_reference, reference_facts),
    "o3-pro-video-edit": (VideoEdit, check_edit, reference_facts),
    "o3-std-text-to-video": (O3TextToVideo, check_text, no_facts),
    "o3-std-image-to-video": (O3ImageToVideo, check_image, image_facts),
    "o3-std-reference-to-video": (ReferenceToVideo, check_reference, reference_facts),
    "o3-std-video-edit": (VideoEdit, check_edit, reference_facts),
}
