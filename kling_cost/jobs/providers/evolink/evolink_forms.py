"""The forms of EvoLink's requests for text-to-video, image-to-video and custom element.

Pages: `zh t2v` (text-to-video), `ko/ja i2v` (image-to-video), `zh element` (custom element). The rules that
connect fields are in `evolink_rules`.
"""

from __future__ import annotations

from typing import Annotated, Literal, Required

from pydantic import Field
from typing_extensions import TypedDict

from kling_cost.jobs.providers.request_schema import (
    Number,
    Page,
    ShotSeconds,
    UsualCallback,
    UsualImage,
    UsualText,
    UsualWeb,
    form,
)

_VIDEO = "zh t2v, ko/ja i2v"
_ALL = "zh t2v, ko/ja i2v, zh element"
_PRICED = "the range is the price book's"
_CODE_POINTS = "characters are code points"

Model = Annotated[str, Page(f"{_ALL}: model", "required, although each page names a default of its own")]
_LONGEST_PROMPT, _PROMPT = Field(max_length=2500), Page(f"{_VIDEO}: prompt", _CODE_POINTS)
Negative = Annotated[str, Field(max_length=2500), Page(f"{_VIDEO}: negative_prompt", _CODE_POINTS)]
Callback = Annotated[str, Field(max_length=2048), UsualCallback, Page(f"{_ALL}: callback_url")]
Duration = Annotated[int, Page(f"{_VIDEO}: duration", _PRICED)]
Quality = Annotated[str, Page(f"{_VIDEO}: quality", _PRICED)]
Sound = Annotated[str, Page(f"{_VIDEO}: sound", _PRICED)]


@form
class Shot(TypedDict, total=False):
    """One shot of a multi-shot video."""

    index: Annotated[Number, Page(f"{_VIDEO}: multi_prompt")]
    prompt: Annotated[
        str, Field(max_length=512), UsualText, Page("ko/ja i2v: multi_prompt", "holds for text-to-video, too")
    ]
    duration: ShotSeconds


@form
class Watermark(TypedDict, total=False):
    """Whether the video carries a watermark."""

    enabled: Annotated[bool, Page(f"{_VIDEO}: watermark_info")]


@form
class Element(TypedDict, total=False):
    """A subject that was created before."""

    element_id: Required[Annotated[str, UsualText, Page("ko/ja i2v: element_list")]]


@form
class TextParams(TypedDict, total=False):
    """Parameters of text-to-video."""

    multi_shot: Annotated[bool, Page(f"{_VIDEO}: multi_shot")]
    shot_type: Annotated[Literal["customize", "intelligence"], Page(f"{_VIDEO}: shot_type")]
    multi_prompt: Annotated[list[Shot], Field(max_length=6), Page(f"{_VIDEO}: multi_prompt")]
    watermark_info: Annotated[Watermark, Page(f"{_VIDEO}: watermark_info")]


@form
class ImageParams(TextParams, total=False):
    """Parameters of image-to-video."""

    element_list: Annotated[list[Element], Field(max_length=3), Page("ko/ja i2v: element_list")]


@form
class TextToVideo(TypedDict, total=False):
    """`kling-v3-text-to-video`."""

    model: Required[Model]
    prompt: Annotated[str, _LONGEST_PROMPT, _PROMPT]
    duration: Duration
    aspect_ratio: Annotated[Literal["16:9", "9:16", "1:1"], Page("zh t2v: aspect_ratio")]
    quality: Quality
    sound: Sound
    callback_url: Callback
    negative_prompt: Negative
    model_params: Annotated[TextParams, Page(f"{_VIDEO}: model_params")]


@form
class ImageToVideo(TypedDict, total=False):
    """`kling-v3-image-to-video`."""

    model: Required[Model]
    prompt: Annotated[str, _LONGEST_PROMPT, _PROMPT]
    image_start: Required[Annotated[str, UsualImage, Page("ko/ja i2v: image_start")]]
    image_end: Annotated[str, UsualImage, Page("ko/ja i2v: image_end")]
    duration: Duration
    quality: Quality
    sound: Sound
    callback_url: Callback
    negative_prompt: Negative
    model_params: Annotated[ImageParams, Page(f"{_VIDEO}: model_params")]


@form
class ReferenceImage(TypedDict, total=False):
    """A further image of an element."""

    image_url: Required[Annotated[str, UsualImage, Page("zh element: element_image_list")]]


@form
class ElementImages(TypedDict, total=False):
    """Images that an element is made from."""

    frontal_image: Annotated[str, UsualImage, Page("zh element: element_image_list")]
    refer_images: Annotated[
        list[ReferenceImage],
        Field(max_length=3),
        Page("zh element: form, element_image_list", "at most 3; none is fine with a frontal image"),
    ]


@form
class ElementVideo(TypedDict, total=False):
    """The video that an element is made from."""

    video_url: Annotated[str, UsualWeb, Page("zh element: element_video_list")]


@form
class ElementParams(TypedDict, total=False):
    """Parameters of an element."""

    element_name: Required[Annotated[str, Field(max_length=20), UsualText, Page("zh element: element_name")]]
    element_description: Required[
        Annotated[str, Field(max_length=100), UsualText, Page("zh element: element_description")]
    ]
    reference_type: Required[Annotated[Literal["image_refer", "video_refer"], Page("zh element: reference_type")]]
    element_image_list: Annotated[ElementImages, Page("zh element: element_image_list")]
    element_video_list: Annotated[ElementVideo, Page("zh element: element_video_list")]
    element_voice_id: Annotated[str, Page("zh element: element_voice_id")]


@form
class CustomElement(TypedDict, total=False):
    """`kling-custom-element`."""

    model: Required[Model]
    callback_url: Callback
    model_params: Annotated[ElementParams, Page("zh element: model_params")]
