"""EvoLink's rules that connect fields of a request body: what is required when, what excludes what.

Every rule stands with its page and ruling in docs/reference/request-rules.md, with a case on either side in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kling_cost.jobs.job import UNREADABLE
from kling_cost.jobs.requests.forms import NO_FACTS, Body, Facts, blank, given, part
from kling_cost.jobs.requests.urls import callback_faults, is_plain_callback, web_fault
from kling_cost.problems import Problem, problem

_WHOLE_SECONDS = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_USUAL_SECONDS = {str(seconds): seconds for seconds in range(1, 61)}
_ELEMENT_REFERENCE = re.compile(r"<<<element_([0-9]{1,9})>>>", re.ASCII)
_ELEMENT_REQUIRED = ("element_name", "element_description", "reference_type")
_OTHER_IMAGE = re.compile(r"\.(?:gif|webp|bmp|tiff?|svg|heic|heif|avif|jxl|ico|psd|pdf|mp4|mov|webm)$", re.IGNORECASE)


def clean_text_to_video(body: Body) -> Facts | None:
    """The facts of a body that the form accepts and that breaks no rule beyond doubt; else None."""
    if "callback_url" in body and not is_plain_callback(body["callback_url"]):
        return None
    if "model_params" in body:
        return _clean_shots(body["model_params"])
    prompt = body.get("prompt")
    return NO_FACTS if prompt and not prompt.isspace() else None


def clean_image_to_video(body: Body) -> Facts | None:
    """The facts of a body that the form accepts and that breaks no rule beyond doubt; else None."""
    if "model_params" in body or ("callback_url" in body and not is_plain_callback(body["callback_url"])):
        return None
    return NO_FACTS


def clean_custom_element(body: Body) -> Facts | None:
    """The facts of a body that the form accepts and that breaks no rule beyond doubt; else None."""
    params = body.get("model_params")
    if params is None or ("callback_url" in body and not is_plain_callback(body["callback_url"])):
        return None
    if params["reference_type"] == "image_refer":
        images = params.get("element_image_list")
        only_images = len(params) == 4 and images is not None
        return NO_FACTS if only_images and "frontal_image" in images else None
    video = params.get("element_video_list")
    return NO_FACTS if video and "element_image_list" not in params else None


def _clean_shots(params: Body) -> Facts | None:
    shots = params.get("multi_prompt")
    if not shots or params.get("multi_shot") is not True or params.get("shot_type") != "customize":
        return None
    total = 0
    for shot in shots:
        seconds = shot.get("duration")
        if seconds.__class__ is not str or seconds not in _USUAL_SECONDS or len(shot) != 3:
            return None
        total += _USUAL_SECONDS[seconds]
    return total, False


def check_text_to_video(body: Body) -> list[Problem]:
    """The rules of text-to-video that connect fields."""
    found: list[Problem] = []
    if blank(body.get("prompt")) and not _shots_have_prompts(part(body, "model_params")):
        found.append(problem("missing.empty" if given(body, "prompt") else "missing.required", "prompt"))
    if "callback_url" in body:
        found += _callback(body)
    if "model_params" in body:
        found += _multi_shot(part(body, "model_params"))
    return found


def check_image_to_video(body: Body) -> list[Problem]:
    """The rules of image-to-video that connect fields."""
    params = part(body, "model_params")
    found = [*_image(body, "image_start", "image_start"), *_image(body, "image_end", "image_end")]
    if "image_end" in body:
        if blank(body.get("image_start")):
            found.append(problem("not_allowed.without", "image_end", other="image_start"))
        if params.get("multi_shot") is True:
            found.append(problem("not_allowed.together", "image_end", other="model_params.multi_shot", is_="true"))
    if "callback_url" in body:
        found += _callback(body)
    found += _element_references(body, params)
    if params:
        found += [*_prompt_of_multi_shot(body, params), *_multi_shot(params)]
        for i, element in enumerate(_list(params, "element_list")):
            if isinstance(element, dict) and given(element, "element_id") and blank(element["element_id"]):
                found.append(problem("missing.empty", f"model_params.element_list[{i}].element_id"))
    return found


def check_custom_element(body: Body) -> list[Problem]:
    """The rules of an element that connect fields."""
    params = part(body, "model_params")
    found = _callback(body) if "callback_url" in body else []
    if "model_params" not in body:
        found += [problem("missing.required", f"model_params.{name}") for name in _ELEMENT_REQUIRED]
    for name in ("element_name", "element_description"):
        if given(params, name) and blank(params[name]):
            found.append(problem("missing.empty", f"model_params.{name}"))
    found += _material(params)
    return found


def video_facts(body: Body) -> Facts:
    """The sum of the shots' durations, where there is one to compare, and whether elements are used.

    >>> video_facts({"model_params": {"multi_shot": True, "multi_prompt": [{"duration": "2"}, {"duration": 3}]}})
    (5, False)
    >>> video_facts({"model_params": {"element_list": [{"element_id": "1"}]}})
    (None, True)
    """
    params = part(body, "model_params")
    shots, elements = params.get("multi_prompt"), bool(_list(params, "element_list"))
    if params.get("multi_shot") is not True or not isinstance(shots, list) or not shots:
        return None, elements
    seconds = [_whole_seconds(shot.get("duration")) if isinstance(shot, dict) else None for shot in shots]
    return None if None in seconds else sum(seconds), elements  # type: ignore[arg-type]  # None is ruled out


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
    url = body["callback_url"]
    return [problem(key, "callback_url", value=url) for key in callback_faults(url)] if isinstance(url, str) else []


def _image(holder: Body, name: str, path: str) -> list[Problem]:
    url = holder.get(name)
    if not isinstance(url, str):
        return []
    if blank(url):
        return [problem("missing.empty", path)]
    fault = web_fault(url)
    if fault:
        return [problem(fault, path, value=url)]
    if _OTHER_IMAGE.search(url.partition("?")[0].partition("#")[0]):
        return [problem("not_allowed.image_format", path, value=url)]
    return []


def _element_references(body: Body, params: Body) -> list[Problem]:
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or "<<<element_" not in prompt or params.get("element_list") is UNREADABLE:
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


def _multi_shot(params: Body) -> list[Problem]:
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
    for i, shot in enumerate(_list(params, "multi_prompt")):
        if shot.__class__ is dict and not _is_complete(shot):
            found += _faults_of_shot(shot, f"model_params.multi_prompt[{i}]")
    return found


def _is_complete(shot: Body) -> bool:
    return "index" in shot and not blank(shot.get("prompt")) and _whole_seconds(shot.get("duration")) is not None


def _faults_of_shot(shot: Body, path: str) -> Iterator[Problem]:
    if blank(shot.get("prompt")):
        yield problem("missing.empty" if given(shot, "prompt") else "missing.required", f"{path}.prompt")
    if not given(shot, "index"):
        yield problem("missing.recommended", f"{path}.index")
    seconds = shot.get("duration")
    if not given(shot, "duration"):
        yield problem("missing.required", f"{path}.duration")
    elif not isinstance(seconds, (str, int)) or isinstance(seconds, bool):
        yield problem("wrong_type.seconds", f"{path}.duration", value=seconds)
    elif _whole_seconds(seconds) is None:
        below = isinstance(seconds, int) or set(seconds) == {"0"}
        key = "out_of_range.at_least" if below else "wrong_type.seconds"
        yield problem(key, f"{path}.duration", value=seconds, low=1)


def _whole_seconds(value: Any) -> int | None:
    if value.__class__ is str:
        return int(value) if _WHOLE_SECONDS.fullmatch(value) else None
    return value if value.__class__ is int and value >= 1 else None


def _material(params: Body) -> Iterator[Problem]:
    kind = params.get("reference_type")
    images, video = "model_params.element_image_list", "model_params.element_video_list"
    if kind == "image_refer":
        if _no_image(params):
            yield problem("missing.because", images, other="model_params.reference_type", is_=kind)
        elif isinstance(params["element_image_list"], dict) and blank(
            params["element_image_list"].get("frontal_image")
        ):
            yield problem("missing.recommended", f"{images}.frontal_image")
        if "element_voice_id" in params:
            other = "model_params.reference_type"
            yield problem("not_allowed.together", "model_params.element_voice_id", other=other, is_=kind)
        if "element_video_list" in params:
            yield problem("has_no_effect.other_material", video, kind=kind)
    elif kind == "video_refer":
        if blank(params.get("element_video_list")) or _blank_in(params["element_video_list"], "video_url"):
            yield problem("missing.because", video, other="model_params.reference_type", is_=kind)
        if "element_image_list" in params:
            yield problem("has_no_effect.other_material", images, kind=kind)
    yield from _material_urls(params, images, video)


def _no_image(params: Body) -> bool:
    images = params.get("element_image_list")
    return blank(images) or (_blank_in(images, "frontal_image") and _blank_in(images, "refer_images"))


def _blank_in(holder: Any, name: str) -> bool:
    return isinstance(holder, dict) and blank(holder.get(name))


def _material_urls(params: Body, images: str, video: str) -> Iterator[Problem]:
    pictures = part(params, "element_image_list")
    if not blank(pictures.get("frontal_image")):
        yield from _image(pictures, "frontal_image", f"{images}.frontal_image")
    for i, picture in enumerate(_list(pictures, "refer_images")):
        if isinstance(picture, dict):
            yield from _image(picture, "image_url", f"{images}.refer_images[{i}].image_url")
    url = part(params, "element_video_list").get("video_url")
    if isinstance(url, str) and not blank(url) and web_fault(url):
        yield problem("invalid_url.not_web", f"{video}.video_url", value=url)
