"""Rules of multi-shot videos, which several APIs state alike: what is required when, and the seconds of the shots."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from kling_cost.jobs.job import UNREADABLE
from kling_cost.jobs.providers.request_schema import Body, Unusual, blank, list_in
from kling_cost.problems import Problem, problem

_WHOLE_SECONDS = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


def multi_shot_faults(params: Body, unusual: Unusual, above: str = "") -> list[Problem]:
    """What is wrong with the multi-shot fields of an object that stands under the path `above`.

    >>> [(found.field, found.code) for found in multi_shot_faults({"multi_shot": True}, (), "model_params.")]
    [('model_params.shot_type', 'missing')]
    """
    on, kind = params.get("multi_shot"), params.get("shot_type")
    if on is not True and on is not UNREADABLE:
        off = [name for name in ("shot_type", "multi_prompt") if name in params]
        switch = f"{above}multi_shot"
        return [problem("has_no_effect.multi_shot_off", f"{above}{name}", other=switch) for name in off]
    found = [] if on is UNREADABLE else _missing(params, kind, above)
    for i, shot in enumerate(list_in(params, "multi_prompt")):
        if shot.__class__ is dict and (unusual or not _is_complete(shot)):
            found += _faults_of_shot(shot, f"{above}multi_prompt[{i}]")
    return found


def _missing(params: Body, kind: Any, above: str) -> list[Problem]:
    """What multi-shot mode needs and is not there."""
    if kind is None:
        return [problem("missing.because", f"{above}shot_type", other=f"{above}multi_shot", is_="true")]
    if kind == "customize" and blank(params.get("multi_prompt")):
        return [problem("missing.because", f"{above}multi_prompt", other=f"{above}shot_type", is_="customize")]
    return []


def shots_have_prompts(params: Body) -> bool:
    """Whether the prompt may be empty: multi-shot, each shot with a prompt; or it may be, for all one can read.

    >>> shots_have_prompts({"multi_shot": True, "shot_type": "customize"})
    True
    """
    return params.get("multi_shot") in (True, UNREADABLE) and params.get("shot_type") in ("customize", UNREADABLE)


def seconds_of_shots(params: Body) -> int | None:
    """The sum of the shots' seconds in multi-shot mode; None where there is none, or any is unreadable.

    >>> seconds_of_shots({"multi_shot": True, "multi_prompt": [{"duration": "2"}, {"duration": 3}]})
    5
    """
    shots = list_in(params, "multi_prompt") if params.get("multi_shot") is True else []
    total = 0
    for shot in shots:
        seconds = whole_seconds(shot.get("duration")) if isinstance(shot, dict) else None
        if seconds is None:
            return None
        total += seconds
    return total or None


def whole_seconds(value: Any) -> int | None:
    """Whole seconds, as an integer or its text; None for anything else.

    >>> whole_seconds("5"), whole_seconds(5), whole_seconds("05"), whole_seconds("5s")
    (5, 5, None, None)
    """
    if value.__class__ is str:
        return _seconds_in(value)
    return value if value.__class__ is int and value >= 1 else None


@lru_cache(maxsize=1 << 10)
def _seconds_in(text: str) -> int | None:
    return int(text) if _WHOLE_SECONDS.fullmatch(text) else None


def _is_complete(shot: Body) -> bool:
    return "index" in shot and "prompt" in shot and whole_seconds(shot.get("duration")) is not None


def _faults_of_shot(shot: Body, path: str) -> Iterator[Problem]:
    if blank(shot.get("prompt")):
        yield problem("missing.empty" if "prompt" in shot else "missing.required", f"{path}.prompt")
    if "index" not in shot:
        yield problem("missing.recommended", f"{path}.index")
    if "duration" not in shot:
        yield problem("missing.required", f"{path}.duration")
    else:
        yield from seconds_faults(shot["duration"], f"{path}.duration")


def seconds_faults(value: Any, path: str) -> Iterator[Problem]:
    """What is wrong with seconds that may be written as text.

    >>> [found.message for found in seconds_faults("5s", "duration")]
    ['must be whole seconds such as "5", not "5s"']
    """
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        yield problem("wrong_type.seconds", path, value=value)
    elif whole_seconds(value) is None:
        below = isinstance(value, int) or set(value) == {"0"}
        yield problem("out_of_range.at_least" if below else "wrong_type.seconds", path, value=value, low=1)
