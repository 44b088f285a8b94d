"""The official API's rules that connect fields of a request, and what its requests need.

Every rule has its page and ruling in docs/reference/request-rules.md, and a case on either side in the tests.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from kling_cost.jobs.job import Options, needs_of
from kling_cost.jobs.providers.multi_shot_rules import (
    multi_shot_faults,
    seconds_faults,
    seconds_of_shots,
    shots_have_prompts,
)
from kling_cost.jobs.providers.request_schema import Body, Facts, Unusual, blank, list_in, part
from kling_cost.problems import Listed, Problem, problem

#: Images and elements together that omni-video takes, without a video and with one.
_MOST, _MOST_WITH_VIDEO = 7, 4
_VIDEOS = ("feature_video", "base_video")
_TYPES = ("prompt", "first_frame", "last_frame", "refer_image", *_VIDEOS, "element", "voice")
_NEEDS = {
    "first_frame": "image",
    "last_frame": "end_image",
    "end_frame": "end_image",
    "refer_image": "reference",
    "feature_video": "video",
    "base_video": "video",
    "element": "elements",
    "voice": "voice",
}
_SHOT_IN_PROMPT = r"(?:shot|镜头)\s*[0-9]+\s*[,，]\s*([0-9]{1,3})\s*[,，][^;；]+"
_SHOTS_IN_PROMPT = re.compile(rf"\s*(?:{_SHOT_IN_PROMPT}[;；]\s*)*{_SHOT_IN_PROMPT}[;；]?\s*", re.IGNORECASE)


def check_named(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of a request with `model_name` for text2video or image2video."""
    has_image = not blank(body.get("image")) or not blank(body.get("image_tail"))
    found = [*_of_every_named(body, unusual, needs_prompt=not has_image)]
    if list_in(body, "voice_list") and body.get("sound", "off") == "off":
        found.append(problem("not_allowed.together", "voice_list", other="sound", is_="off"))
    return found


def check_omni(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of a request with `model_name` for omni-video."""
    found = [*_of_every_named(body, unusual, needs_prompt=True)]
    images, has_video = list_in(body, "image_list"), bool(list_in(body, "video_list"))
    types = {image.get("type") for image in images if isinstance(image, dict)}
    if "end_frame" in types and "first_frame" not in types:
        found.append(problem("not_allowed.without", "image_list", other="first_frame"))
    found += _too_many("image_list", len(images) + len(list_in(body, "element_list")), has_video)
    if has_video and body.get("sound") == "on":
        found.append(problem("not_allowed.together", "sound", other="video_list", is_="given"))
    return found


def check_text(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of text-to-video in API 2.0: those of all its operations, and that there is a prompt."""
    texts = [text for kind, text in _contents(body, "text") if kind == "prompt" and not blank(text)]
    found = check_contents(body, unusual)
    if blank(body.get("prompt")) and not texts:
        found.append(problem("missing.empty" if "prompt" in body else "missing.required", "prompt"))
    return found


def check_contents(body: Body, unusual: Unusual) -> list[Problem]:
    """The rules of a request of API 2.0."""
    found = [
        problem("not_allowed.choice", f"contents[{at}].type", value=kind, choices=Listed(_TYPES))
        for at, (kind, _) in enumerate(_contents(body, "type"))
        if isinstance(kind, str) and kind not in _TYPES
    ]
    count = _counted(body)
    has_video, audio = count["feature_video"] + count["base_video"] > 0, part(body, "settings").get("audio")
    if count["last_frame"] and not count["first_frame"]:
        found.append(problem("not_allowed.without", "contents", other="first_frame"))
    found += _too_many("contents", count["refer_image"] + count["element"], has_video)
    if has_video and audio == "native":
        found.append(problem("not_allowed.together", "settings.audio", other="contents", is_="given a video"))
    if audio == "original" and not has_video:
        found.append(problem("not_allowed.without", "settings.audio", other="feature_video, base_video"))
    return found


def no_rules(body: Body, unusual: Unusual) -> list[Problem]:
    """Of requests about which no page says more than what each field holds."""
    return []


def named_facts(body: Body) -> Facts:
    """Shots, elements and needs of a request with `model_name`.

    >>> named_facts({"image": "https://example.com/a.png", "element_list": [{"element_id": 7}], "multi_shot": True})
    (None, True, {'image': 1, 'elements': 1, 'multi_shot': True})
    """
    elements, voices = len(list_in(body, "element_list")), len(list_in(body, "voice_list"))
    image, end = int(not blank(body.get("image"))), int(not blank(body.get("image_tail")))
    on = body.get("multi_shot") is True
    needs = needs_of(image=image, end_image=end, elements=elements, voice=voices, multi_shot=on)
    return seconds_of_shots(body), elements > 0, needs


def omni_facts(body: Body) -> Facts:
    """Shots, elements and needs of a request with `model_name` for omni-video.

    >>> omni_facts({"image_list": [{"image_url": "a.png"}, {"image_url": "b.png", "type": "first_frame"}]})
    (None, False, {'reference': 1, 'image': 1})
    """
    images = [image.get("type") for image in list_in(body, "image_list") if isinstance(image, dict)]
    count = Counter(_NEEDS.get(kind, "reference") if isinstance(kind, str) else "reference" for kind in images)
    elements, videos = len(list_in(body, "element_list")), len(list_in(body, "video_list"))
    on = body.get("multi_shot") is True
    return seconds_of_shots(body), elements > 0, needs_of(**count, elements=elements, video=videos, multi_shot=on)


def contents_facts(body: Body) -> Facts:
    """Shots, elements and needs of a request of API 2.0; shots stand in the prompt there.

    >>> contents_facts({"prompt": "Shot 1, 2, fog; shot 2, 3, rain;", "settings": {"duration": 5}})
    (5, False, {'multi_shot': True})
    """
    count = Counter({_NEEDS[kind]: n for kind, n in _counted(body).items() if kind in _NEEDS})
    texts = [body.get("prompt"), *(text for kind, text in _contents(body, "text") if kind == "prompt")]
    shots = None if part(body, "settings").get("multi_shot") is False else _seconds_in(texts)
    return shots, count["elements"] > 0, needs_of(**count, multi_shot=shots is not None)


def motion_facts(body: Body) -> Facts:
    """What motion control needs.

    >>> motion_facts({"prompt": "Dance"})
    (None, False, {'image': 1, 'video': 1})
    """
    return None, False, needs_of(image=1, video=1)


def inputs_of_named(body: Body) -> Options:
    """The material of a request with `model_name` that a price depends on.

    >>> inputs_of_named({"voice_list": [{"voice_id": "7"}], "video_list": []})
    (('voice', 'on'),)
    """
    found: Options = () if blank(body.get("video_list")) else (("input", "video"),)
    return found if blank(body.get("voice_list")) else (*found, ("voice", "on"))


def inputs_of_contents(body: Body) -> Options:
    """The material of a request of API 2.0 that a price depends on.

    >>> inputs_of_contents({"contents": [{"type": "base_video", "url": "a.mp4"}]})
    (('input', 'video'),)
    """
    count = _counted(body)
    found: Options = (("input", "video"),) if any("video" in kind for kind in count) else ()
    return (*found, ("voice", "on")) if any("voice" in kind or "audio" in kind for kind in count) else found


def edits_a_video(body: Body) -> bool:
    """Whether the video is as long as one that is given, which `duration` does not change; so by default.

    >>> edits_a_video({"video_list": [{"video_url": "a.mp4"}]}), edits_a_video({"duration": "5"})
    (True, False)
    """
    videos = list_in(body, "video_list")
    return any(not isinstance(video, dict) or video.get("refer_type") != "feature" for video in videos)


def edits_a_content(body: Body) -> bool:
    """The same of a request of API 2.0.

    >>> edits_a_content({"contents": [{"type": "feature_video", "url": "a.mp4"}]})
    False
    """
    return _counted(body)["base_video"] > 0


def _of_every_named(body: Body, unusual: Unusual, needs_prompt: bool) -> Iterator[Problem]:
    if needs_prompt and blank(body.get("prompt")) and not shots_have_prompts(body):
        yield problem("missing.empty" if "prompt" in body else "missing.required", "prompt")
    if isinstance(body.get("duration"), str):
        yield from seconds_faults(body["duration"], "duration")
    yield from multi_shot_faults(body, unusual)


def _too_many(path: str, count: int, has_video: bool) -> list[Problem]:
    limit = _MOST_WITH_VIDEO if has_video else _MOST
    return [problem("too_many.items", path, count=count, limit=limit)] if count > limit else []


def _contents(body: Body, name: str) -> Iterator[tuple[Any, Any]]:
    """Type and one more field of each part."""
    for content in list_in(body, "contents"):
        if isinstance(content, dict):
            yield content.get("type"), content.get(name)


def _counted(body: Body) -> Counter[str]:
    return Counter(kind for kind, _ in _contents(body, "type") if isinstance(kind, str))


def _seconds_in(texts: list[Any]) -> int | None:
    """The sum of the shots' seconds in a prompt that consists of shots; None for any other."""
    for text in texts:
        if isinstance(text, str) and _SHOTS_IN_PROMPT.fullmatch(text):
            return sum(int(seconds) for seconds in re.findall(_SHOT_IN_PROMPT, text, re.IGNORECASE))
    return None
