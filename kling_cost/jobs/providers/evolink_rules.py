"""EvoLink's rules that connect fields of a request body: what is required when, what excludes what.

Every rule has its page and ruling in docs/reference/request-rules.md, and a case on either side in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from kling_cost.jobs.job import UNREADABLE
from kling_cost.jobs.providers.request_schema import NO_FACTS, Body, Facts, Unusual, blank, part
from kling_cost.jobs.providers.urls import callback_faults, web_fault
from kling_cost.problems import Problem, problem

_WHOLE_SECONDS = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_ELEMENT_REFERENCE = re.compile(r"<<<element_([0-9]{1,9})>>>", re.ASCII)
_IMAGES, _VIDEO = "model_params.element_image_list", "model_params.element_video_list"
_REFERENCE = "model_params.reference_type"
_ELEMENT_REQUIRED = ("element_name", "element_description", "reference_type")
_OTHER_IMAGES = frozenset("gif webp bmp tif tiff svg heic heif avif jxl ico psd pdf mp4 mov webm".split())


def check_text_to_video(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of text-to-video that connect fields."""
    found: list[Problem] = []
    if blank(body.get("prompt")) and not _shots_have_prompts(part(body, "model_params")):
        found.append(problem("missing.empty" if "prompt" in body else "missing.required", "prompt"))
    if "callback_url" in unusual:
        found += _callback(body)
    if "model_params" in body:
        found += _multi_shot(part(body, "model_params"), unusual)
    return found


def check_image_to_video(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of image-to-video that connect fields."""
    params = part(body, "model_params") if "model_params" in body else {}
    found = [*_image(body, "image_start", unusual), *_image(body, "image_end", unusual)] if unusual else []
    if "image_end" in body:
        if unusual and blank(body.get("image_start")):
            found.append(problem("not_allowed.without", "image_end", other="image_start"))
        if params.get("multi_shot") is True:
            found.append(problem("not_allowed.together", "image_end", other="model_params.multi_shot", is_="true"))
    if "callback_url" in unusual:
        found += _callback(body)
    prompt = body.get("prompt")
    if prompt.__class__ is str and "<<<element_" in prompt:
        found += _element_references(prompt, params)
    if params:
        found += [*_prompt_of_multi_shot(body, params), *_multi_shot(params, unusual), *_elements(params)]
    return found


def _elements(params: Body) -> Iterator[Problem]:
    for i, element in enumerate(_list(params, "element_list")):
        if isinstance(element, dict) and "element_id" in element and blank(element["element_id"]):
            yield problem("missing.empty", f"model_params.element_list[{i}].element_id")


def check_custom_element(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of an element that connect fields."""
    found = _callback(body) if "callback_url" in unusual else []
    if "model_params" not in body:
        return found + [problem("missing.required", f"model_params.{name}") for name in _ELEMENT_REQUIRED]
    params = part(body, "model_params")
    for name in ("element_name", "element_description") if unusual else ():
        if name in params and blank(params[name]):
            found.append(problem("missing.empty", f"model_params.{name}"))
    return found + _material(params, unusual)


def video_facts(body: Body) -> Facts:
    """The sum of the shots' durations, where there is one to compare, and whether elements are used.

    >>> video_facts({"model_params": {"multi_shot": True, "multi_prompt": [{"duration": "2"}, {"duration": 3}]}})
    (5, False)
    >>> video_facts({"model_params": {"element_list": [{"element_id": "1"}]}})
    (None, True)
    """
    if "model_params" not in body:
        return NO_FACTS
    params = part(body, "model_params")
    elements = "element_list" in params and bool(_list(params, "element_list"))
    shots = params.get("multi_prompt") if params.get("multi_shot") is True else None
    return (_seconds_of(shots) if isinstance(shots, list) and shots else None), elements


def _seconds_of(shots: list[Any]) -> int | None:
    """The sum of the shots' seconds; None where any is unreadable."""
    total = 0
    for shot in shots:
        seconds = _whole_seconds(shot.get("duration")) if isinstance(shot, dict) else None
        if seconds is None:
            return None
        total += seconds
    return total


def _shots_have_prompts(params: Body) -> bool:
    """Whether the prompt may be empty: multi-shot, each shot with a prompt; or it may be, for all one can read."""
    return params.get("multi_shot") in (True, UNREADABLE) and params.get("shot_type") in (
        "customize",
        UNREADABLE,
    )


def _list(body: Body, name: str) -> list[Any]:
    value = body.get(name)
    return value if isinstance(value, list) else []


def _callback(body: Body) -> list[Problem]:
    url = body.get("callback_url")
    return [problem(key, "callback_url", value=url) for key in callback_faults(url)] if isinstance(url, str) else []


def _image(holder: Body, path: str, unusual: Unusual) -> list[Problem]:
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


def _element_references(prompt: str, params: Body) -> list[Problem]:
    if params.get("element_list") is UNREADABLE:
        return []
    count = len(_list(params, "element_list"))
    beyond = sorted({int(n) for n in _ELEMENT_REFERENCE.findall(prompt) if not 1 <= int(n) <= count})
    return [problem("mismatch.element", "prompt", element=f"element_{n}", count=count) for n in beyond]


def _prompt_of_multi_shot(body: Body, params: Body) -> Iterator[Problem]:
    if params.get("multi_shot") is True:
        if params.get("shot_type") == "intelligence" and blank(body.get("prompt")):
            yield problem("missing.planned", "prompt")
        if params.get("shot_type") == "customize" and not blank(body.get("prompt")):
            yield problem("has_no_effect.prompt", "prompt")


def _multi_shot(params: Body, unusual: Unusual) -> list[Problem]:
    on, kind = params.get("multi_shot"), params.get("shot_type")
    if on is not True and on is not UNREADABLE:
        off = [name for name in ("shot_type", "multi_prompt") if name in params]
        return [problem("has_no_effect.multi_shot_off", f"model_params.{name}") for name in off]
    found = []
    if on is True and kind is None:
        found.append(problem("missing.because", "model_params.shot_type", other="model_params.multi_shot", is_="true"))
    if on is True and kind == "customize" and blank(params.get("multi_prompt")):
        other = "model_params.shot_type"
        found.append(problem("missing.because", "model_params.multi_prompt", other=other, is_="customize"))
    return found + _faults_of_shots(_list(params, "multi_prompt"), unusual)


def _faults_of_shots(shots: list[Any], unusual: Unusual) -> list[Problem]:
    found: list[Problem] = []
    for i, shot in enumerate(shots):
        if shot.__class__ is dict and (unusual or not _is_complete(shot)):
            found += _faults_of_shot(shot, f"model_params.multi_prompt[{i}]")
    return found


def _is_complete(shot: Body) -> bool:
    return "index" in shot and "prompt" in shot and _whole_seconds(shot.get("duration")) is not None


def _faults_of_shot(shot: Body, path: str) -> Iterator[Problem]:
    if blank(shot.get("prompt")):
        yield problem("missing.empty" if "prompt" in shot else "missing.required", f"{path}.prompt")
    if "index" not in shot:
        yield problem("missing.recommended", f"{path}.index")
    seconds = shot.get("duration")
    if "duration" not in shot:
        yield problem("missing.required", f"{path}.duration")
    elif not isinstance(seconds, (str, int)) or isinstance(seconds, bool):
        yield problem("wrong_type.seconds", f"{path}.duration", value=seconds)
    elif _whole_seconds(seconds) is None:
        below = isinstance(seconds, int) or set(seconds) == {"0"}
        key = "out_of_range.at_least" if below else "wrong_type.seconds"
        yield problem(key, f"{path}.duration", value=seconds, low=1)


@lru_cache(maxsize=1 << 10)
def _seconds_in(text: str) -> int | None:
    return int(text) if _WHOLE_SECONDS.fullmatch(text) else None


def _whole_seconds(value: Any) -> int | None:
    if value.__class__ is str:
        return _seconds_in(value)
    return value if value.__class__ is int and value >= 1 else None


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
        yield from _image(pictures, f"{_IMAGES}.frontal_image", unusual)
    for i, picture in enumerate(_list(pictures, "refer_images")):
        if isinstance(picture, dict):
            yield from _image(picture, f"{_IMAGES}.refer_images[{i}].image_url", unusual)
    url = part(params, "element_video_list").get("video_url")
    if isinstance(url, str) and not blank(url) and web_fault(url):
        yield problem("invalid_url.not_web", f"{_VIDEO}.video_url", value=url)
