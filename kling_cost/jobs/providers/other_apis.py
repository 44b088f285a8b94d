"""Bodies of APIs that are not supported: recognised by their shape, and answered with the same shot as a row.

An API is described by what its bodies have; the first that fits is named. What all of them share is told by general
words (`shots`), so that a new API is an entry here and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from kling_cost.jobs.misnamed_fields import PRICED, meant_field
from kling_cost.jobs.providers.kling import is_other_operation
from kling_cost.jobs.providers.request_schema import Body
from kling_cost.jobs.providers.shots import Shot, own_row, row_of, shot_of
from kling_cost.problems import Listed, Problem, problem

_NONE: Final[Mapping[str, Any]] = {}
_NAMELESS: Final[Mapping[str, Any]] = {"line": "v3"}  # of APIs that have the model in the address
_OFFICIAL: Final[Mapping[str, Any]] = {"quality": "720p", "sound": "off", "line": "v3"}
_OWN = frozenset(("model", "type", *PRICED))
_HOST = re.compile(r"^(?:\w+://([^/?#]*))?([^?#]*)")
#: The providers whose requests are read, by a pattern of their addresses.
_OURS = {"evolink": r"evolink", "kling3api": r"kling3api", "kling": r"klingai\.com|(?:^|\.)kling\.ai"}
_OUR_NAMES = re.compile(
    r"kling-[vo][0-9](?:-turbo)?-(?:(?:text|image|reference)-to-video|video-edit|motion-control|image-edit)"
)
_FAL = frozenset(
    "generate_audio shot_type multi_prompt start_image_url end_image_url tail_image_url image_url elements voice_ids"
    " cfg_scale".split()
)


class Api(NamedTuple):
    """An API whose requests are known by sight.

    Attributes:
        name: what messages call it.
        fits: whether a body has its shape.
        hosts: a pattern of its addresses.
        models: a pattern of the names that it gives models.
        defaults: what it documents for what a body leaves out; `line` counts where the body names no model.
        official: whether it is the official API.
    """

    name: str
    fits: Callable[[Body], bool] = lambda body: False
    hosts: str = r"(?!)"
    models: str = r"(?!)"
    defaults: Mapping[str, Any] = _NONE
    official: bool = False


def _has(body: Body, **kinds: type) -> bool:
    return all(isinstance(body.get(name), kind) for name, kind in kinds.items())


def _graph(body: Body) -> Body:
    """The nodes of a ComfyUI graph, by themselves or as they are queued."""
    graph = body["prompt"] if _has(body, prompt=dict) else body
    return {key: node for key, node in graph.items() if isinstance(node, dict) and "class_type" in node}


def _is_graph(body: Body) -> bool:
    return bool(_graph(body))


def _of_the_family(body: Body) -> Body:
    """The nodes of a graph that ask for a video; others hold material and what becomes of it."""
    return {key: node for key, node in _graph(body).items() if "kling" in str(node["class_type"]).casefold()}


def _is_settings(body: Body) -> bool:
    return _has(body, contents=list) or (_has(body, settings=dict) and "input" not in body)


def _is_gateway(body: Body) -> bool:
    return _has(body, metadata=dict) or "seconds" in body or (_has(body, images=list) and "duration" not in body)


APIS: tuple[Api, ...] = (
    Api("ComfyUI", _is_graph),
    Api("the official Kling API (2.0)", _is_settings, defaults=_OFFICIAL, official=True),
    Api(
        "the official Kling API",
        lambda body: "model_name" in body,
        _OURS["kling"],
        defaults=_OFFICIAL,
        official=True,
    ),
    Api("PiAPI", lambda body: _has(body, input=dict, task_type=str), r"piapi\.ai"),
    Api("Runware", lambda body: "taskType" in body, r"runware\.ai", r"^klingai:"),
    Api("Alibaba Model Studio", lambda body: _has(body, input=dict, parameters=dict), r"dashscope|aliyuncs"),
    Api("fal", hosts=r"fal\.(?:run|ai)", models=r"^fal-ai/", defaults=_NAMELESS),
    Api("OpenRouter or Replicate", hosts=r"openrouter\.ai|replicate\.com", models=r"^kwaivgi/"),
    Api("AI/ML API", hosts=r"aimlapi\.com", models=r"^klingai/"),
    Api("KIE", lambda body: _has(body, input=dict, model=str), r"kie\.ai"),
    Api("fal or Replicate", lambda body: _has(body, input=dict), defaults=_NAMELESS),
    Api("Venice", lambda body: _has(body, duration=str) and body["duration"].strip().endswith("s"), r"venice\.ai"),
    Api("WaveSpeed", hosts=r"wavespeed\.ai", defaults=_NAMELESS),
    Api("an OpenAI-compatible gateway", _is_gateway, models=r"/", defaults=_NAMELESS),
    Api(
        "the official Kling API",
        lambda body: "model" not in body and "mode" in body,
        defaults=_OFFICIAL,
        official=True,
    ),
    Api("fal", lambda body: "model" not in body and bool(_FAL & body.keys()), defaults=_NAMELESS),
    Api("another API", lambda body: _has(body, duration=str) and _speaks_otherwise(body), defaults=_NAMELESS),
)


def _speaks_otherwise(body: Body) -> bool:
    """Whether a body uses words or places that no API has whose requests are read."""
    others = [name for name in body if name not in _OWN]
    return "model" not in body or any(meant_field(name)[0] or isinstance(body[name], dict) for name in others)


def foreign_fault(body: Body, url: str | None = None, provider: str | None = None) -> Problem | None:
    """The one problem of a body of another API; None for a body that may be read, as far as its shape tells.

    Args:
        body: a request.
        url: the address that it is sent to, where that is known.
        provider: whose request rules know it, if any do.

    >>> foreign_fault({"model": "kling-3.0/video", "input": {"duration": 5, "mode": "pro", "sound": True}}).message
    'a request to KIE, whose API is not supported'
    >>> foreign_fault({"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "off"})
    """
    host, path = _address(url)
    api = next((api for api in APIS if host and re.search(api.hosts, host)), None)
    if api is None and provider is None and not _may_be_read(body, url):
        if _has(body, nodes=list):
            return problem("unreadable.workflow")
        api = _by_shape(body)
    if api is None or (provider is not None and seller_of(url) == provider):
        return None
    return _unknown_model(api, body, path)


def _may_be_read(body: Body, url: str | None) -> bool:
    """Whether a body goes to a seller whose requests are read, or has nothing that they do not have."""
    return seller_of(url) is not None or not (body.keys() - _OWN) or _is_ours(body)


def _model_in(path: str, api: Api) -> str | None:
    """The model that an address names: its last part at the official API, else all of it."""
    if "kling" not in path:
        return None
    return path.rstrip("/").rpartition("/")[2] if api.official else path.strip("/")


def seller_of(url: str | None) -> str | None:
    """The provider of an address, for those whose requests are read.

    >>> seller_of("https://api.evolink.ai/v1/videos/generations"), seller_of("https://example.com/v1")
    ('evolink', None)
    """
    host = _address(url)[0]
    return next((provider for provider, pattern in _OURS.items() if host and re.search(pattern, host)), None)


def _address(url: str | None) -> tuple[str, str]:
    found = _HOST.match(url or "")
    return ((found[1] or "").casefold(), found[2]) if found else ("", "")


def _is_ours(body: Body) -> bool:
    """Whether a body says what a price needs in the words of this price book, or names a model as those APIs do."""
    name, seconds = body.get("model"), body.get("duration")
    if isinstance(name, str) and _OUR_NAMES.fullmatch(name) and not (isinstance(seconds, str) and "s" in seconds):
        return True
    return isinstance(body.get("quality"), str) and type(body.get("duration", 0)) is int


def _by_shape(body: Body) -> Api | None:
    name = body.get("model")
    named = name if isinstance(name, str) else ""
    for api in APIS:
        if api.fits(body) or (named and re.search(api.models, named) and _speaks_otherwise(body)):
            return api
    return None


#: By whether the row holds what the body does not say, and whether it names no model.
_ROWS = {
    (False, False): "unknown_model.api_row",
    (True, False): "unknown_model.api_row_assumed",
    (False, True): "unknown_model.api_row_nameless",
    (True, True): "unknown_model.api_row_assumed_nameless",
}


def _without_row(api: Api, shot: Shot) -> Problem:
    """The problem of a shot for which no row can be shown."""
    if shot.model is None or shot.duration is None:
        return problem("unknown_model.api", seller=api.name)
    return problem("unknown_model.api_line", seller=api.name, model=shot.model, row=Listed(own_row(shot)))


def _unknown_model(api: Api, body: Body, path: str) -> Problem:
    if api.official and is_other_operation(path):
        return problem("unknown_model.api_operation", seller=api.name, path=path)
    shot = shot_of(_of_the_family(body) if _is_graph(body) else body, _model_in(path, api))
    if shot.has_more:
        return problem("unknown_model.api_input", seller=api.name)
    if api.official and shot.model is None and "mode" not in body:
        return problem("unknown_model.api_address", seller=api.name)
    found = row_of(shot, api.defaults if shot.model is None else {**api.defaults, "line": None}, api.official)
    if found is None:
        return _without_row(api, shot)
    row, unsaid = found
    return problem(_ROWS[bool(unsaid), shot.model is None], seller=api.name, row=Listed(row), unsaid=Listed(unsaid))
