"""EvoLink's request bodies of O3, motion control and turbo, with the rules of their pages.

Pages: `evolink o3 text`, `o3 image`, `o3 reference`, `o3 edit`, `motion control` and `turbo`, of docs.evolink.ai as
read on 2026-11-28. No page states rules for 4.0, so its requests are not held to any.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Required

from pydantic import Field
from typing_extensions import TypedDict

from kling_cost.jobs.job import needs_of
from kling_cost.jobs.providers.evolink.evolink_forms import Element, TextParams, Watermark
from kling_cost.jobs.providers.evolink.evolink_rules import (
    callback_problems,
    check_text_to_video,
    element_faults,
    element_references,
    image_faults,
    no_prompt,
    text_facts,
    video_facts,
)
from kling_cost.jobs.providers.multi_shot_rules import multi_shot_faults
from kling_cost.jobs.providers.request_model import ModelRules
from kling_cost.jobs.providers.request_schema import (
    Body,
    Facts,
    Page,
    Unusual,
    UsualCallback,
    UsualImage,
    UsualText,
    UsualWeb,
    blank,
    form,
    list_in,
    part,
)
from kling_cost.jobs.providers.urls import web_fault
from kling_cost.problems import Problem, problem

_TEXT, _IMAGE = "evolink o3 text", "evolink o3 image"
_REFERENCE, _EDIT = "evolink o3 reference", "evolink o3 edit"
_O3 = "evolink o3 text, image, reference, edit"
_MOTION, _TURBO = "evolink motion control", "evolink turbo"
_PRICED = "the range is the price book's"
_OF_THE_VIDEO = "no field of the page: the seconds of the video, for who knows them; it is billed by them"
#: Reference images and elements together, where there is a video.
_MOST_WITH_VIDEO = 4

_ALL = f"{_O3}; {_MOTION}; {_TURBO}"

Model = Annotated[str, Page(f"{_ALL}: model")]
Callback = Annotated[str, Field(max_length=2048), UsualCallback, Page(f"{_ALL}: callback_url")]
Prompt = Annotated[str, Field(max_length=2500)]
Web = Annotated[str, UsualWeb]
Aspect = Literal["16:9", "9:16", "1:1"]
O3Elements = Annotated[list[Element], Field(max_length=7), Page(f"{_TEXT}: model_params")]


@form
class O3Params(TextParams, total=False):
    """Parameters of O3."""

    element_list: O3Elements


@form
class O3Video(TypedDict, total=False):
    """What every O3 request takes."""

    model: Required[Model]
    prompt: Annotated[Prompt, Page(f"{_O3}: prompt", "characters are code points")]
    quality: Annotated[str, Page(f"{_O3}: quality", _PRICED)]
    callback_url: Callback
    model_params: Annotated[O3Params, Page(f"{_O3}: model_params")]


@form
class O3TextToVideo(O3Video, total=False):
    """`kling-o3-text-to-video`."""

    duration: Annotated[int, Page(f"{_TEXT}: duration", _PRICED)]
    aspect_ratio: Annotated[Aspect, Page(f"{_TEXT}: aspect_ratio")]
    sound: Annotated[str, Page(f"{_TEXT}: sound", _PRICED)]


@form
class O3ImageToVideo(O3TextToVideo, total=False):
    """`kling-o3-image-to-video`."""

    image_start: Annotated[str, UsualImage, Page(f"{_IMAGE}: image_start")]
    image_end: Annotated[str, UsualImage, Page(f"{_IMAGE}: image_end")]
    image_urls: Annotated[list[Web], Page(f"{_IMAGE}: image_urls")]


@form
class O3ReferenceToVideo(O3Video, total=False):
    """`kling-o3-reference-to-video`."""

    duration: Annotated[int, Page(f"{_REFERENCE}: duration", _PRICED)]
    aspect_ratio: Annotated[Aspect, Page(f"{_REFERENCE}: aspect_ratio")]
    video_url: Annotated[Web, Page(f"{_REFERENCE}: video_url")]
    image_urls: Annotated[list[Web], Page(f"{_REFERENCE}: image_urls")]
    keep_original_sound: Annotated[bool, Page(f"{_REFERENCE}: keep_original_sound")]


@form
class O3VideoEdit(O3Video, total=False):
    """`kling-o3-video-edit`."""

    duration: Annotated[int, Page(_EDIT, _OF_THE_VIDEO)]
    video_url: Annotated[Web, Page(f"{_EDIT}: video_url")]
    image_urls: Annotated[list[Web], Page(f"{_EDIT}: image_urls")]
    keep_original_sound: Annotated[bool, Page(f"{_EDIT}: keep_original_sound")]


@form
class MotionParams(TypedDict, total=False):
    """Parameters of motion control."""

    character_orientation: Required[Annotated[Literal["image", "video"], Page(f"{_MOTION}: character_orientation")]]
    element_list: Annotated[list[Element], Field(max_length=1), Page(f"{_MOTION}: element_list")]
    keep_sound: Annotated[bool, Page(f"{_MOTION}: keep_sound")]
    watermark_info: Annotated[Watermark, Page(f"{_MOTION}: watermark_info")]


@form
class MotionControl(TypedDict, total=False):
    """`kling-v3-motion-control`."""

    model: Required[Model]
    image_urls: Required[Annotated[list[Web], Field(max_length=1), Page(f"{_MOTION}: image_urls")]]
    video_urls: Required[Annotated[list[Web], Field(max_length=1), Page(f"{_MOTION}: video_urls")]]
    prompt: Annotated[Prompt, Page(f"{_MOTION}: prompt", "characters are code points")]
    duration: Annotated[int, Page(_MOTION, _OF_THE_VIDEO)]
    quality: Annotated[str, Page(f"{_MOTION}: quality", _PRICED)]
    model_params: Required[Annotated[MotionParams, Page(f"{_MOTION}: model_params")]]
    callback_url: Callback


@form
class TurboTextToVideo(TypedDict, total=False):
    """`kling-v3-turbo-text-to-video`."""

    model: Required[Model]
    prompt: Annotated[Prompt, UsualText, Page(f"{_TURBO}: prompt", "recommended there, and held as for v3")]
    duration: Annotated[int, Page(f"{_TURBO}: duration", _PRICED)]
    aspect_ratio: Annotated[Aspect, Page(f"{_TURBO}: aspect_ratio")]
    quality: Annotated[str, Page(f"{_TURBO}: quality", _PRICED)]
    callback_url: Callback


@form
class TurboImageToVideo(TypedDict, total=False):
    """`kling-v3-turbo-image-to-video`."""

    model: Required[Model]
    image_start: Annotated[str, UsualImage, Page(_TURBO, "the copy of the page lost the field's name")]
    prompt: Annotated[Prompt, Page(f"{_TURBO}: prompt")]
    duration: Annotated[int, Page(f"{_TURBO}: duration", _PRICED)]
    quality: Annotated[str, Page(f"{_TURBO}: quality", _PRICED)]
    callback_url: Callback


def check_o3_text(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of O3 text-to-video that connect fields."""
    return [*check_text_to_video(body, unusual), *_elements(body)]


def check_o3_image(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of O3 image-to-video that connect fields."""
    found = [*_of_every_o3(body, unusual)]
    if unusual:
        found += [*image_faults(body, "image_start", unusual), *image_faults(body, "image_end", unusual)]
        found += _addresses(body, "image_urls")
    if "image_end" in body:
        if blank(body.get("image_start")):
            found.append(problem("not_allowed.without", "image_end", other="image_start"))
        if list_in(body, "image_urls"):
            found.append(problem("not_allowed.together", "image_end", other="image_urls", is_="given"))
    return found


def check_o3_with_video(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of O3 reference-to-video and video edit that connect fields."""
    found = [*_of_every_o3(body, unusual)]
    if "video_url" in unusual:
        found += _address(body, "video_url")
    if unusual:
        found += _addresses(body, "image_urls")
    beside = len(list_in(body, "image_urls")) + len(list_in(part(body, "model_params"), "element_list"))
    if not blank(body.get("video_url")) and beside > _MOST_WITH_VIDEO:
        found.append(problem("too_many.items", "image_urls", count=beside, limit=_MOST_WITH_VIDEO))
    return found


def check_motion(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of motion control that connect fields."""
    params = part(body, "model_params")
    found = [problem("missing.empty", name) for name in ("image_urls", "video_urls") if body.get(name) == []]
    if "callback_url" in unusual:
        found += callback_problems(body)
    if unusual:
        found += [*_addresses(body, "image_urls"), *_addresses(body, "video_urls")]
    if list_in(params, "element_list") and params.get("character_orientation") == "image":
        other = "model_params.character_orientation"
        found.append(problem("not_allowed.together", "model_params.element_list", other=other, is_="image"))
    return [*found, *element_faults(params)]


def check_turbo(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of turbo that connect fields."""
    found = [*callback_problems(body)] if "callback_url" in unusual else []
    return [*found, no_prompt(body)] if blank(body.get("prompt")) else found


def check_turbo_image(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of turbo image-to-video that connect fields."""
    found = [*callback_problems(body)] if "callback_url" in unusual else []
    return [*found, *image_faults(body, "image_start", unusual)]


def motion_facts(body: Body) -> Facts:
    """What motion control needs; its one image is what the video shows, no reference beside it.

    >>> motion_facts({"image_urls": ["a.png"], "video_urls": ["a.mp4"]})
    (None, False, {'image': 1, 'video': 1})
    """
    elements = len(list_in(part(body, "model_params"), "element_list"))
    images, videos = len(list_in(body, "image_urls")), len(list_in(body, "video_urls"))
    return None, elements > 0, needs_of(image=images, video=videos, elements=elements)


def _of_every_o3(body: Body, unusual: Unusual) -> Iterator[Problem]:
    params = part(body, "model_params")
    if blank(body.get("prompt")) and params.get("multi_shot") is not True:
        yield no_prompt(body)
    if "callback_url" in unusual:
        yield from callback_problems(body)
    if params:
        yield from multi_shot_faults(params, unusual, "model_params.")
    yield from _elements(body)


def _elements(body: Body) -> Iterator[Problem]:
    params, prompt = part(body, "model_params"), body.get("prompt")
    if isinstance(prompt, str) and "<<<element_" in prompt:
        yield from element_references(prompt, params)
    yield from element_faults(params)


def _address(body: Body, name: str) -> Iterator[Problem]:
    url = body.get(name)
    if isinstance(url, str) and (blank(url) or web_fault(url)):
        yield problem("missing.empty" if blank(url) else "invalid_url.not_web", name, value=url)


def _addresses(body: Body, name: str) -> Iterator[Problem]:
    for i, url in enumerate(list_in(body, name)):
        if isinstance(url, str) and web_fault(url):
            yield problem("invalid_url.not_web", f"{name}[{i}]", value=url)


MODELS: dict[str, ModelRules] = {
    "kling-o3-text-to-video": (O3TextToVideo, check_o3_text, text_facts),
    "kling-o3-image-to-video": (O3ImageToVideo, check_o3_image, video_facts),
    "kling-o3-reference-to-video": (O3ReferenceToVideo, check_o3_with_video, video_facts),
    "kling-o3-video-edit": (O3VideoEdit, check_o3_with_video, video_facts),
    "kling-v3-motion-control": (MotionControl, check_motion, motion_facts),
    "kling-v3-turbo-text-to-video": (TurboTextToVideo, check_turbo, text_facts),
    "kling-v3-turbo-image-to-video": (TurboImageToVideo, check_turbo_image, video_facts),
}
