"""Every rule of the pages, just inside and just outside: those that connect fields, and those of single fields."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

import annotated_types
import pytest
from pydantic.fields import FieldInfo
from typing_extensions import get_type_hints, is_typeddict

import kling_cost as kc
from kling_cost.jobs.providers import EVERY_KIND, KINDS
from kling_cost.jobs.providers.request_schema import Page
from kling_cost.problems import Problem
from tests.cases import cases

RULES = cases("rules")
BODIES: dict[str, dict[str, Any]] = RULES["bodies"]


#: The shipped prices, and some of models that they do not have.
BOOK = kc.load_prices(overlay=str(Path(__file__).parents[1] / "data" / "more_models.yaml"))


def estimate_of(body: dict[str, Any]) -> kc.Estimate:
    request = {name: value for name, value in body.items() if name != "$path"}
    return kc.estimate([{"request": request, **({"path": body["$path"]} if "$path" in body else {})}], BOOK)


def has_null(value: Any) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is None or any(map(has_null, inner))


def problems_of(body: dict[str, Any]) -> list[Problem]:
    """The problems of a body, each of which names every thing that its sentence speaks of."""
    found = list(estimate_of(body).problems)
    nothing = "None" if has_null(body) else "None|null"
    assert [p for p in found if re.search(rf"\b({nothing})\b", f"{p.message} {p.hint or ''}")] == []
    return found


def made(case: dict[str, Any]) -> dict[str, Any]:
    body = copy.deepcopy(BODIES[case["body"]])
    for path in case.get("drop", []):
        *above, last = path.split(".")
        holder = body
        for name in above:
            holder = holder[name]
        del holder[last]
    for path, value in case.get("set", {}).items():
        *above, last = path.split(".")
        holder = body
        for name in above:
            holder = holder[name]
        holder[last] = value
    return body


def each(side: str) -> list[Any]:
    return [
        pytest.param(rule, case, id=f"{rule['id']}-{number}")
        for rule in RULES["rules"]
        for number, case in enumerate(rule[side], 1)
    ]


def of_the_request(problems: list[Problem]) -> list[Problem]:
    return [p for p in problems if p.code != "no_exchange_rate"]


@pytest.mark.parametrize("name", BODIES)
def test_a_base_body_is_clean(name: str) -> None:
    assert of_the_request(problems_of(BODIES[name])) == []


@pytest.mark.parametrize("case", [pytest.param(inside.values[1], id=inside.id) for inside in each("inside")])
def test_a_body_just_inside_a_rule_is_clean(case: dict[str, Any]) -> None:
    assert of_the_request(problems_of(made(case))) == []


@pytest.mark.parametrize(("rule", "case"), each("outside"))
def test_a_body_just_outside_a_rule_has_exactly_the_problem(rule: dict[str, Any], case: dict[str, Any]) -> None:
    found = of_the_request(problems_of(made(case)))
    assert sorted([p.field, p.code] for p in found) == sorted([field, code] for field, code, *_ in case["problems"])
    told = [(field, message) for field, _, *messages in case["problems"] for message in messages]
    assert [one for one in told if one not in [(p.field, p.message) for p in found]] == []
    assert {p.severity for p in found} == {rule.get("severity", "error")}
    left_out = rule.get("severity", "error") == "error"
    assert estimate_of(made(case)).left_out == left_out


# The rules of single fields are read off the forms.

SMALLEST = {
    "kling-v3-text-to-video": BODIES["t2v"],
    "kling-v3-image-to-video": BODIES["i2v"],
    "kling-custom-element": BODIES["element"],
}
SMALLEST |= {
    "kling-o3-text-to-video": BODIES["o3-t2v"],
    "kling-o3-image-to-video": BODIES["o3-i2v"],
    "kling-o3-reference-to-video": BODIES["o3-reference"],
    "kling-o3-video-edit": BODIES["o3-edit"],
    "kling-v3-motion-control": BODIES["motion"],
    "kling-v3-turbo-text-to-video": BODIES["turbo-t2v"],
    "kling-v3-turbo-image-to-video": BODIES["turbo-i2v"],
    "kling:kling-v3": BODIES["named"],
    "kling:kling-v3-omni": BODIES["omni"],
    "kling:kling-video-o1": BODIES["omni-o1"],
    "kling:/text-to-video/…": BODIES["path-text"],
    "kling:/image-to-video/…": BODIES["path-image"],
    "kling:/omni-video/…": BODIES["path-omni"],
    "kling:/motion-control/…": {"$path": "/motion-control/kling-3.0"},
}
for _, _model in KINDS:
    if _model not in SMALLEST:
        family = (
            "t2v" if "text" in _model else "i2v" if "image" in _model else "edit" if "edit" in _model else "reference"
        )
        SMALLEST[_model] = {**BODIES[f"k3-{family}"], "type": _model}


def fields(form: type, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any, list[Any], bool]]:
    """Path, type, metadata and required of every field of a form, into lists (as index 0) and objects."""
    for name, hint in get_type_hints(form, include_extras=True).items():
        annotation, metadata = hint, []
        while hasattr(annotation, "__metadata__") or str(get_origin(annotation)).endswith("Required"):
            metadata += getattr(annotation, "__metadata__", ())
            annotation = get_args(annotation)[0]
        yield (*path, name), annotation, metadata, name in form.__required_keys__  # type: ignore[attr-defined]
        if is_typeddict(annotation):
            yield from fields(annotation, (*path, name))
        inner = get_args(annotation)[0] if get_origin(annotation) is list else None
        if is_typeddict(inner):
            yield from fields(inner, (*path, name, 0))


class Field(NamedTuple):
    """A field of a model's form: place, type, what the form says of it, and whether it has to be there."""

    model: str
    path: tuple[Any, ...]
    annotation: Any
    metadata: list[Any]
    required: bool


LABELLED = {label if kind.words else kind.model: kind for label, kind in EVERY_KIND.items()}
ALL_FIELDS = [
    pytest.param(Field(model, path, annotation, metadata, required), id=f"{model}-{'.'.join(map(str, path))}")
    for model, kind in LABELLED.items()
    for path, annotation, metadata, required in fields(kind.form)
    if path[0] not in ("model", "type", "model_name")
]


def put(body: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    body = copy.deepcopy(body)
    holder: Any = body
    for step, following in itertools.pairwise(path):
        if isinstance(step, int):
            if not holder:
                holder.append({})
            holder = holder[step]
        else:
            holder = holder.setdefault(step, [] if isinstance(following, int) else {})
    holder[path[-1]] = value
    return body


def dotted(path: tuple[Any, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def codes_at(body: dict[str, Any], path: tuple[Any, ...]) -> list[str]:
    return [p.code for p in problems_of(body) if p.field == dotted(path) and p.severity == "error"]


def wrong_values(annotation: Any) -> list[Any]:
    """Values of every other JSON type, and null."""
    every: list[Any] = ["x", 7, Decimal("5.5"), True, None, [1], {"a": 1}]
    kinds: dict[Any, tuple[type, ...]] = {str: (str,), int: (int,), bool: (bool,)}
    right = kinds.get(annotation, ())
    if get_origin(annotation) is Literal:
        right = (str,)
    elif get_origin(annotation) is list:
        right = (list,)
    elif is_typeddict(annotation):
        right = (dict,)
    elif Decimal in get_args(annotation):
        right = (int, Decimal)
    elif str in get_args(annotation):
        right = (int, str)
    return [value for value in every if type(value) not in right]


@pytest.mark.parametrize("field", ALL_FIELDS)
def test_a_field_refuses_every_other_type(field: Field) -> None:
    model, path, annotation = field.model, field.path, field.annotation
    if annotation is Any:  # the seconds of a shot: evolink.shot-seconds; or what is not looked into
        return
    for value in wrong_values(annotation):
        assert codes_at(put(SMALLEST[model], path, value), path)[:1] == ["wrong_type"], value


@pytest.mark.parametrize("field", ALL_FIELDS)
def test_a_limit_holds_exactly(field: Field) -> None:
    model, path, annotation, metadata = field.model, field.path, field.annotation, field.metadata
    limits = [m for info in metadata if isinstance(info, FieldInfo) for m in info.metadata]
    most = [m.max_length for m in limits if isinstance(m, annotated_types.MaxLen)]
    if not most:
        if annotation is str and path[0] != "negative_prompt" and "$path" not in SMALLEST[model]:
            assert "prompt" not in path[-1]
        return
    if annotation is str:
        inside, outside, code = "h" * most[0], "h" * (most[0] + 1), "too_long"
        if path[-1] == "callback_url":
            inside, outside = (f"https://example.com/{text[20:]}" for text in (inside, outside))
        assert "too_long" not in codes_at(put(SMALLEST[model], path, "안" * most[0]), path)
        assert "too_long" in codes_at(put(SMALLEST[model], path, "🎬" * (most[0] + 1)), path)
    else:
        item: Any = "https://example.com/a.jpg"
        inner = get_args(annotation)[0]
        if is_typeddict(inner):
            item = dict.fromkeys(inner.__required_keys__, item)
        inside, outside, code = [item] * most[0], [item] * (most[0] + 1), "too_many"
    assert code not in codes_at(put(SMALLEST[model], path, inside), path)
    assert code in codes_at(put(SMALLEST[model], path, outside), path)


@pytest.mark.parametrize("field", ALL_FIELDS)
def test_a_choice_takes_its_values_and_no_other(field: Field) -> None:
    model, path, annotation = field.model, field.path, field.annotation
    if get_origin(annotation) is not Literal:
        return
    for value in get_args(annotation):
        if value == "original":  # only with a video: kling.path-audio
            continue
        assert "not_allowed" not in codes_at(put(SMALLEST[model], path, value), path)
    assert codes_at(put(SMALLEST[model], path, "something else"), path) == ["not_allowed"]


@pytest.mark.parametrize("field", ALL_FIELDS)
def test_a_required_field_is_missed_at_its_own_path(field: Field) -> None:
    model, path, required = field.model, field.path, field.required
    if not required:
        return
    if isinstance(path[-2] if len(path) > 1 else None, int):
        body = put(SMALLEST[model], path[:-1], {})
        body = put(SMALLEST[model], path[:-2], [{}])
    else:
        body = put(SMALLEST[model], path, "x")
        holder: Any = body
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]
    assert codes_at(body, path) == ["missing"]


NEEDS = {
    "t2v": {},
    "t2v-shots": {"multi_shot": True},
    "i2v": {"image": 1},
    "i2v-shots": {"image": 1, "multi_shot": True},
    "element": {},
    "k3-t2v": {},
    "k3-i2v": {"image": 1},
    "k3-reference": {"reference": 1},
    "k3-edit": {"video": 1},
    "o3-t2v": {},
    "o3-i2v": {"image": 1},
    "o3-reference": {"video": 1, "reference": 1},
    "o3-edit": {"video": 1},
    "motion": {"image": 1, "video": 1},
    "turbo-i2v": {"image": 1},
    "named-shots": {"multi_shot": True},
    "omni": {"reference": 1},
    "path-image": {"image": 1},
}
MORE_NEEDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("i2v", {"image_end": "https://example.com/b.jpg"}, {"image": 1, "end_image": 1}),
    (
        "i2v",
        {"model_params": {"element_list": [{"element_id": "1"}, {"element_id": "2"}]}},
        {"image": 1, "elements": 2},
    ),
    ("k3-i2v", {"end_image": "https://example.com/b.jpg"}, {"image": 1, "end_image": 1}),
    ("k3-reference", {"video": "https://example.com/a.mp4"}, {"reference": 1, "video": 1}),
    ("o3-i2v", {"image_start": "", "image_urls": ["https://example.com/b.jpg"] * 2}, {"reference": 2}),
]


@pytest.mark.parametrize(
    ("body", "needs"),
    [*((BODIES[name], needs) for name, needs in NEEDS.items()), *(({**BODIES[b], **s}, n) for b, s, n in MORE_NEEDS)],
)
def test_what_a_request_needs_is_kept_with_its_job(body: dict[str, Any], needs: dict[str, Any]) -> None:
    request = {name: value for name, value in body.items() if name != "$path"}
    (job,) = kc.read_jobs([{"request": request, **({"path": body["$path"]} if "$path" in body else {})}])
    assert dict(job.needs) == needs


def test_every_field_says_where_it_is_published() -> None:
    for kind in EVERY_KIND.values():
        for path, _, metadata, _ in fields(kind.form):
            assert any(isinstance(m, Page) for m in metadata), (kind.model, path)


def test_a_scale_is_between_0_and_1() -> None:
    for value, codes in (
        (0, []),
        (1, []),
        (Decimal("0.5"), []),
        (Decimal("1.01"), ["out_of_range"]),
        (-1, ["out_of_range"]),
    ):
        assert codes_at({**BODIES["k3-t2v"], "cfg_scale": value}, ("cfg_scale",)) == codes


@pytest.mark.parametrize("model", ["kling-v3-text-to-video", "pro-image-to-video", "o3-std-reference-to-video"])
def test_seconds_hold_the_range_of_the_price_book(model: str) -> None:
    for seconds, codes in ((2, ["out_of_range"]), (3, []), (15, []), (16, ["out_of_range"]), (0, ["out_of_range"])):
        assert codes_at({**SMALLEST[model], "duration": seconds}, ("duration",)) == codes


def test_quality_and_sound_hold_the_range_of_the_price_book() -> None:
    for field, good, bad in (("quality", "1080p", "4k"), ("sound", "on", "ON"), ("quality", "720p", "720P")):
        assert codes_at({**BODIES["t2v"], field: good}, (field,)) == []
        assert codes_at({**BODIES["t2v"], field: bad}, (field,)) == ["not_allowed"]


def test_a_body_with_many_faults_has_them_all_in_one_run() -> None:
    body = {
        **BODIES["i2v"],
        "prompt": "x" * 2501,
        "duration": 2,
        "quality": "8k",
        "sound": "loud",
        "callback_url": "http://10.0.0.1/",
        "image_end": "b.jpg",
        "negative_prompt": 7,
        "durration": 5,
        "model_params": {"multi_shot": "yes", "element_list": [{}, {}, {}, {}]},
    }
    found = {(p.field, p.code) for p in problems_of(body)}
    assert found == {
        ("prompt", "too_long"),
        ("duration", "out_of_range"),
        ("quality", "not_allowed"),
        ("sound", "not_allowed"),
        ("callback_url", "invalid_url"),
        ("image_end", "invalid_url"),
        ("negative_prompt", "wrong_type"),
        ("durration", "unknown_field"),
        ("model_params.multi_shot", "wrong_type"),
        ("model_params.element_list", "too_many"),
    }


def test_an_unknown_field_is_a_warning_with_a_suggestion() -> None:
    (found,) = problems_of({**BODIES["t2v"], "negative_promt": "blur"})
    assert (found.severity, found.code, found.hint) == ("warning", "unknown_field", "did you mean negative_prompt?")


def test_a_misspelt_field_that_a_price_depends_on_is_an_error_unless_the_right_one_says_the_same() -> None:
    (found,) = problems_of({**BODIES["t2v"], "durration": 5})
    assert (found.severity, found.code, found.hint) == ("error", "unknown_field", "write duration")
    (found,) = problems_of({**BODIES["t2v"], "durration": 5, "duration": 5})
    assert (found.severity, found.hint) == ("warning", "did you mean duration?")
    (found,) = problems_of({**BODIES["t2v"], "durration": 15, "duration": 5})
    assert (found.severity, found.message) == (
        "error",
        "undocumented field; its value 15 contradicts duration",
    )


def test_the_gateway_s_own_error_names_are_in_the_hints() -> None:
    names = {
        "INVALID_PROMPT": {**BODIES["k3-t2v"], "prompt": ""},
        "INVALID_DURATION": {**BODIES["k3-t2v"], "duration": 16},
        "MISSING_IMAGE": {"type": "pro-image-to-video", "prompt": "x"},
        "MISSING_VIDEO": {"type": "o3-pro-video-edit", "prompt": "x"},
    }
    for name, body in names.items():
        hints = [p.hint or "" for p in problems_of(body)]
        assert any(name in hint for hint in hints), name
    unknown = kc.estimate([{"provider": "kling3api", "request": {"type": "ultra-text-to-video", "prompt": "x"}}])
    assert "INVALID_TYPE" in (unknown.problems[0].hint or "")


@pytest.mark.parametrize(
    ("name", "other", "kind"),
    [("element", "element-video", "image_refer"), ("element-video", "element", "video_refer")],
)
def test_material_of_the_other_kind_is_reported_as_unused(name: str, other: str, kind: str) -> None:
    body = copy.deepcopy(BODIES[name])
    body["model_params"] = {**BODIES[other]["model_params"], **body["model_params"]}
    (field,) = set(body["model_params"]) - set(BODIES[name]["model_params"])
    (found,) = problems_of(body)
    assert (found.severity, found.field, found.message) == (
        "warning", f"model_params.{field}", f"not used when reference_type is {kind}",
    )  # fmt: skip


def test_what_is_empty_is_told_from_what_is_not_there() -> None:
    """In a shot, an element and at the top alike."""
    places: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
        (BODIES["t2v"], ("prompt",)),
        (BODIES["t2v-shots"], ("model_params", "multi_prompt", 0, "prompt")),
        (BODIES["element"], ("model_params", "element_name")),
    ]
    for body, path in places:
        told = []
        for value in (" ", None):
            changed = put(body, path, value)
            if value is None:
                holder: Any = changed
                for step in path[:-1]:
                    holder = holder[step]
                del holder[path[-1]]
            told += [p.message for p in problems_of(changed) if p.field == dotted(path)]
        assert told == ["must not be empty", "required field is missing"], path
