"""kling3api.com's request bodies: twelve task types, with every rule of its page.

Page: `ko kling3api`. It lost the names of three fields; they are read as `end_image`, `negative_prompt` and
`cfg_scale`, which the other documents of the same interface use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, Required

from pydantic import Field
from typing_extensions import TypedDict

from kling_cost.jobs.providers.equivalent_values import IMAGE, VIDEO, WORDS
from kling_cost.jobs.providers.request_schema import (
    NO_FACTS,
    Body,
    Facts,
    Filled,
    Number,
    Page,
    PlainWeb,
    blank,
    form,
    given,
)
from kling_cost.jobs.providers.urls import web_fault
from kling_cost.problems import Problem, problem

PROVIDER = "kling3api"
NAME_FIELD = "type"
#: Its status answers repeat the request under `data.request`.
IS_ECHOED = True
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

_BODY = "ko kling3api: request body"
_LOST = "the page lost the field's name"


@form
class Task(TypedDict, total=False):
    """What every task type takes."""

    type: Required[Annotated[str, Page(_BODY)]]
    prompt: Annotated[str, Field(max_length=2000), Filled, Page(_BODY, "characters are code points")]
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

    image: Annotated[str, PlainWeb, Page(f"{_BODY}, error codes")]
    end_image: Annotated[str, PlainWeb, Page(_BODY, _LOST)]


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

    images: Annotated[list[Annotated[str, PlainWeb]], Field(max_length=7), Page(_BODY)]
    video: Annotated[str, PlainWeb, Page(_BODY)]


@form
class VideoEdit(Task, total=False):
    """`o3-pro-video-edit`, `o3-std-video-edit`."""

    video: Annotated[str, PlainWeb, Page(f"{_BODY}, error codes")]
    keep_original_sound: Annotated[bool, Page("ko kling3api: example of video edit")]


def clean_text(body: Body) -> Facts | None:
    """The facts of a body that the form accepts and that breaks no rule beyond doubt; else None."""
    return NO_FACTS if "prompt" in body else None


def clean_image(body: Body) -> Facts | None:
    """The facts of a body that the form accepts and that breaks no rule beyond doubt; else None."""
    return NO_FACTS if "prompt" in body and "image" in body else None


def clean_reference(body: Body) -> Facts | None:
    """The facts of a body that the form accepts and that breaks no rule beyond doubt; else None."""
    return NO_FACTS if "prompt" in body and bool(body.get("images") or body.get("video")) else None


def clean_edit(body: Body) -> Facts | None:
    """The facts of a body that the form accepts and that breaks no rule beyond doubt; else None."""
    return NO_FACTS if "prompt" in body and "video" in body else None


def check_text(body: Body) -> list[Problem]:
    """The rules of text-to-video that connect fields."""
    if blank(body.get("prompt")):
        return [problem("missing.empty" if given(body, "prompt") else "missing.required", "prompt")]
    return []


def check_image(body: Body) -> list[Problem]:
    """The rules of image-to-video that connect fields."""
    return [*_prompt(body), *_required_url(body, "image"), *_optional_url(body, "end_image")]


def check_reference(body: Body) -> list[Problem]:
    """The rules of reference-to-video that connect fields."""
    found = [*_prompt(body), *_optional_url(body, "video")]
    if blank(body.get("images")) and blank(body.get("video")):
        found.append(problem("missing.recommended", "images"))
    images = body.get("images")
    for i, url in enumerate(images if isinstance(images, list) else []):
        if isinstance(url, str) and web_fault(url):
            found.append(problem("invalid_url.not_web", f"images[{i}]", value=url))
    return found


def check_edit(body: Body) -> list[Problem]:
    """The rules of video edit that connect fields."""
    return [*_prompt(body), *_required_url(body, "video")]


def _prompt(body: Body) -> list[Problem]:
    if not given(body, "prompt"):
        return [problem("missing.recommended", "prompt")]
    return [problem("missing.empty", "prompt")] if blank(body["prompt"]) else []


def _required_url(body: Body, name: str) -> list[Problem]:
    if blank(body.get(name)):
        return [problem("missing.empty" if given(body, name) else "missing.required", name)]
    return _optional_url(body, name)


def _optional_url(body: Body, name: str) -> list[Problem]:
    url = body.get(name)
    fault = web_fault(url) if isinstance(url, str) else None
    return [problem(fault, name, value=url)] if fault else []


MODELS: dict[str, tuple[type[Any], Callable[[Body], Facts | None], Callable[[Body], list[Problem]]]] = {
    "pro-text-to-video": (TextToVideo, clean_text, check_text),
    "pro-image-to-video": (ImageToVideo, clean_image, check_image),
    "std-text-to-video": (TextToVideo, clean_text, check_text),
    "std-image-to-video": (ImageToVideo, clean_image, check_image),
    "o3-pro-text-to-video": (O3TextToVideo, clean_text, check_text),
    "o3-pro-image-to-video": (O3ImageToVideo, clean_image, check_image),
    "o3-pro-reference-to-video": (ReferenceToVideo, clean_reference, check_reference),
    "o3-pro-video-edit": (VideoEdit, clean_edit, check_edit),
    "o3-std-text-to-video": (O3TextToVideo, clean_text, check_text),
    "o3-std-image-to-video": (O3ImageToVideo, clean_image, check_image),
    "o3-std-reference-to-video": (ReferenceToVideo, clean_reference, check_reference),
    "o3-std-video-edit": (VideoEdit, clean_edit, check_edit),
}


def no_facts(body: Body) -> Facts:
    """Nothing: these tasks have neither shots nor elements.

    >>> no_facts({"type": "pro-text-to-video"})
    (None, False)
    """
    return NO_FACTS


FACTS = no_facts
