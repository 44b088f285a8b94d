"""EvoLink's rules that connect fields of a request body: what is required when, what excludes what.

Every rule has its page and ruling in docs/reference/request-rules.md, and a case on either side in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from kling_cost.jobs.job import UNREADABLE, needs_of
from kling_cost.jobs.providers.multi_shot_rules import multi_shot_faults, seconds_of_shots, shots_have_prompts
from kling_cost.jobs.providers.request_schema import NO_FACTS, Body, Facts, Unusual, blank, list_in, part
from kling_cost.jobs.providers.urls import callback_faults, web_fault
from kling_cost.problems import Problem, problem

_ELEMENT_REFERENCE = re.compile(r"<<<element_([0-9]{1,9})>>>", re.ASCII)
_IMAGES, _VIDEO = "model_params.element_image_list", "model_params.element_video_list"
_REFERENCE = "model_params.reference_type"
_ELEMENT_REQUIRED = ("element_name", "element_description", "reference_type")
_ABOVE = "model_params."
#: What a field's material is.
_MATERIAL = {
    "image_start": "image",
    "image_end": "end_image",
    "image_urls": "reference",
    "video_url": "video",
    "video_urls": "video",
}
_ONE_IMAGE: Facts = (None, False, needs_of(image=1))
_TWO_IMAGES: Facts = (None, False, needs_of(image=1, end_image=1))
_OTHER_IMAGES = frozenset("gif webp bmp tif tiff svg heic heif avif jxl ico psd pdf mp4 mov webm".split())


def check_text_to_video(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of text-to-video that connect fields."""
    found: list[Problem] = []
    if blank(body.get("prompt")) and not shots_have_prompts(part(body, "model_params")):
        found.append(no_prompt(body))
    if "callback_url" in unusual:
        found += callback_problems(body)
    if "model_params" in body:
        found += multi_shot_faults(part(body, "model_params"), unusual, _ABOVE)
    return found


def no_prompt(body: Body) -> Problem:
    """The prompt is empty, or not there."""
    return problem("missing.empty" if "prompt" in body else "missing.required", "prompt")


def check_image_to_video(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of image-to-video that connect fields."""
    params = part(body, "model_params") if "model_params" in body else {}
    found = [*image_faults(body, "image_start", unusual), *image_faults(body, "image_end", unusual)] if unusual else []
    if "image_end" in body:
        if unusual and blank(body.get("image_start")):
            found.append(problem("not_allowed.without", "image_end", other="image_start"))
        if params.get("multi_shot") is True:
            found.append(problem("not_allowed.together", "image_end", other="model_params.multi_shot", is_="true"))
    if "callback_url" in unusual:
        found += callback_problems(body)
    prompt = body.get("prompt")
    if prompt.__class__ is str and "<<<element_" in prompt:
        found += element_references(prompt, params)
    if params:
        found += [*_prompt_of_multi_shot(body, params), *multi_shot_faults(params, unusual, _ABOVE)]
        found += element_faults(params)
    return found


def element_faults(params: Body) -> Iterator[Problem]:
    """Elements without an id."""
    for i, element in enumerate(list_in(params, "element_list")):
        if isinstance(element, dict) and "element_id" in element and blank(element["element_id"]):
            yield problem("missing.empty", f"model_params.element_list[{i}].element_id")


def check_custom_element(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of an element that connect fields."""
    found = callback_problems(body) if "callback_url" in unusual else []
    if "model_params" not in body:
        return found + [problem("missing.required", f"model_params.{name}") for name in _ELEMENT_REQUIRED]
    params = part(body, "model_params")
    for name in ("element_name", "element_description") if unusual else ():
        if name in params and blank(params[name]):
            found.append(problem("missing.empty", f"model_params.{name}"))
    return found + _material(params, unusual)


def text_facts(body: Body) -> Facts:
    """The same as `video_facts` for requests without material, most of which have none of it.

    >>> text_facts({"prompt": "Fog"})
    (None, False, {})
    """
    return video_facts(body) if "model_params" in body else NO_FACTS


def image_facts(body: Body) -> Facts:
    """The same as `video_facts` for image-to-video, most of which has one image or two and nothing else.

    >>> image_facts({"image_start": "https://example.com/a.png"})
    (None, False, {'image': 1})
    """
    if "model_params" in body:
        return video_facts(body)
    return _TWO_IMAGES if "image_end" in body else _ONE_IMAGE


def video_facts(body: Body) -> Facts:
    """The sum of the shots' durations, where there is one to compare, whether elements are used, and what is needed.

    >>> video_facts({"model_params": {"multi_shot": True, "multi_prompt": [{"duration": "2"}, {"duration": 3}]}})
    (5, False, {'multi_shot': True})
    >>> video_facts({"image_start": "https://a.example/a.png", "model_params": {"element_list": [{"element_id": "1"}]}})
    (None, True, {'image': 1, 'elements': 1})
    """
    asked = {name: len(urls) for name, urls in _material_of(body) if urls}
    params = part(body, "model_params")
    elements = len(list_in(params, "element_list"))
    multi_shot = params.get("multi_shot") is True
    return seconds_of_shots(params), elements > 0, needs_of(**asked, elements=elements, multi_shot=multi_shot)


def _material_of(body: Body) -> Iterator[tuple[str, Sequence[Any]]]:
    """What a request takes its material from, by what it is there: one address, or a list of them."""
    for field, name in _MATERIAL.items():
        if field in body:
            value = body[field]
            yield name, value if isinstance(value, list) else () if blank(value) else (value,)


def callback_problems(body: Body) -> list[Problem]:
    """What is wrong with the callback address."""
    url = body.get("callback_url")
    return [problem(key, "callback_url", value=url) for key in callback_faults(url)] if isinstance(url, str) else []


def image_faults(holder: Body, path: str, unusual: Unusual) -> list[Problem]:
    """What is wrong with the address of an image, the last part of whose path names it in its holder."""
    url = holder.get(path.rpartition(".")[2]) if path in unusual else None
    if not isinstance(url, str):
        return []
    if blank(url):
        return [problem("missing.empty", path)]
    fault = web_fault(url)
    if fault:
        return [problem(fault, path, value=url)]
    if url.partition("?")[0].partition("#")[0].rpartition(".")[2].lower() in _OTHER_IMAGES:
        return [problem("not_allowed.image_format", path, value=url)]
    return []


def element_references(prompt: str, params: Body) -> list[Problem]:
    """Elements that a prompt refers to and that are not there."""
    if params.get("element_list") is UNREADABLE:
        return []
    count = len(list_in(params, "element_list"))
    beyond = sorted({int(n) for n in _ELEMENT_REFERENCE.findall(prompt) if not 1 <= int(n) <= count})
    return [problem("mismatch.element", "prompt", element=f"element_{n}", count=count) for n in beyond]


def _prompt_of_multi_shot(body: Body, params: Body) -> Iterator[Problem]:
    if params.get("multi_shot") is True:
        if params.get("shot_type") == "intelligence" and blank(body.get("prompt")):
            yield problem("missing.planned", "prompt")
        if params.get("shot_type") == "customize" and not blank(body.get("prompt")):
            yield problem("has_no_effect.prompt", "prompt")


def _material(params: Body, unusual: Unusual) -> list[Problem]:
    kind = params.get("reference_type")
    found: list[Problem] = []
    if kind == "image_refer":
        found = _image_material(params)
    elif kind == "video_refer":
        found = _video_material(params)
    return [*found, *_material_urls(params, unusual)] if unusual else found


def _image_material(params: Body) -> list[Problem]:
    found = []
    images = params.get("element_image_list")
    if images is not UNREADABLE and (not images or blank(images.get("frontal_image"))):
        if not images or blank(images.get("refer_images")):
            found.append(problem("missing.because", _IMAGES, other=_REFERENCE, is_="image_refer"))
        else:
            found.append(problem("missing.recommended", f"{_IMAGES}.frontal_image"))
    if "element_voice_id" in params:
        voice = "model_params.element_voice_id"
        found.append(problem("not_allowed.together", voice, other=_REFERENCE, is_="image_refer"))
    if "element_video_list" in params:
        found.append(problem("has_no_effect.other_material", _VIDEO, kind="image_refer"))
    return found


def _video_material(params: Body) -> list[Problem]:
    found = []
    video = params.get("element_video_list")
    if video is not UNREADABLE and (not video or blank(video.get("video_url"))):
        found.append(problem("missing.because", _VIDEO, other=_REFERENCE, is_="video_refer"))
    if "element_image_list" in params:
        found.append(problem("has_no_effect.other_material", _IMAGES, kind="video_refer"))
    return found


def _material_urls(params: Body, unusual: Unusual) -> Iterator[Problem]:
    pictures = part(params, "element_image_list")
    if not blank(pictures.get("frontal_image")):
        yield from image_faults(pictures, f"{_IMAGES}.frontal_image", unusual)
    for i, picture in enumerate(list_in(pictures, "refer_images")):
        if isinstance(picture, dict):
            yield from image_faults(picture, f"{_IMAGES}.refer_images[{i}].image_url", unusual)
    url = part(params, "element_video_list").get("video_url")
    if isinstance(url, str) and not blank(url) and web_fault(url):
        yield problem("invalid_url.not_web", f"{_VIDEO}.video_url", value=url)
