"""Fields that say in other words, or in another place, what a price depends on; and inputs that no book can see."""

from __future__ import annotations

from typing import Any

import pytest

import kling_cost as kc
from kling_cost.problems import Problem
from tests.cases import cases

CASES = cases("bodies")["meant"]
EVOLINK = {"model": "kling-v3-text-to-video", "prompt": "Fog"}
KLING3API = {"type": "pro-text-to-video", "prompt": "Fog"}
O3 = {"model": "kling-o3-text-to-video", "prompt": "Fog"}
OFFICIAL = {"model": "kling-v3", "prompt": "Fog", "duration": 5, "quality": "720p", "sound": "off"}
SECOND_BOOK = kc.load_prices("books/evolink-2026-10-10.yaml")


def of(body: dict[str, Any], book: kc.PriceBook | None = None) -> tuple[list[Problem], bool]:
    estimate = kc.estimate([body], book)
    known = ("no_exchange_rate", "request_not_validated", "old_price")
    return [p for p in estimate.problems if p.code not in known], bool(estimate.line_items)


@pytest.mark.parametrize("case", CASES, ids=[str(case["body"]) for case in CASES])
@pytest.mark.parametrize("base", [EVOLINK, KLING3API, O3], ids=["evolink", "kling3api", "without rules"])
def test_a_field_that_would_be_ignored_at_a_cost_is_an_error(base: dict[str, Any], case: dict[str, Any]) -> None:
    problems, is_priced = of({**base, **case["body"]}, SECOND_BOOK if base is O3 else None)
    errors = [p for p in problems if p.severity == "error"]
    if "error" in case:
        assert not is_priced
        assert [(p.field, p.code) for p in errors] == [(case["error"], "unknown_field")]
        if "hint" in case:
            assert errors[0].hint == case["hint"]
    else:
        assert is_priced
        assert errors == []
        if base is not O3:
            assert [p.field for p in problems if p.severity == "warning"] == [case["warning"]]


@pytest.mark.parametrize(("name", "value"), [("resolution", "1080p"), ("mode", "pro"), ("size", "1920x1080")])
def test_a_quality_in_other_words(name: str, value: str) -> None:
    (found,), is_priced = of({**EVOLINK, name: value})
    assert (found.severity, found.hint, is_priced) == ("error", "write quality", False)
    problems, is_priced = of({**EVOLINK, name: value, "quality": "1080p"})
    assert ([p.severity for p in problems], is_priced) == (["warning"], True)
    problems, is_priced = of({**EVOLINK, name: value, "quality": "720p"})
    assert ([p.severity for p in problems], is_priced) == (["error"], False)


def test_a_mode_or_size_may_be_of_anything_but_a_resolution_is_a_quality() -> None:
    for name, severity in (("mode", "warning"), ("size", "warning"), ("resolution", "error")):
        problems, is_priced = of({**EVOLINK, name: "best"})
        assert ([(p.field, p.severity) for p in problems], is_priced) == ([(name, severity)], severity == "warning")
    problems, is_priced = of({**EVOLINK, "generate_audio": "mode"})
    assert ([(p.field, p.severity) for p in problems], is_priced) == ([("generate_audio", "error")], False)


def test_a_task_whose_name_fixes_the_quality_is_held_to_it() -> None:
    for name, value in (("quality", "1080p"), ("mode", "pro"), ("resolution", "1080p")):
        _, is_priced = of({**KLING3API, name: value})
        assert is_priced
        (found,), is_priced = of({**KLING3API, "type": "std-text-to-video", name: value})
        assert (found.severity, is_priced) == ("error", False)
        assert found.message.endswith(f"its value {value} contradicts type")


def test_takes_beside_the_request_count_for_a_word_inside() -> None:
    assert of({"request": {**EVOLINK, "n": 3}, "takes": 3})[1]
    assert not of({"request": {**EVOLINK, "n": 3}, "takes": 2})[1]
    assert of({"request": EVOLINK, "takes": 3, "n": 3})[1]
    assert not of({"request": EVOLINK, "count": 3})[1]


@pytest.mark.parametrize("name", ["duration", "seconds", "quality", "generate_audio", "max_cost", "budget"])
def test_what_stands_beside_a_request_is_not_passed_over(name: str) -> None:
    value = {"quality": "1080p", "generate_audio": True}.get(name, 15)
    problems, is_priced = of({"request": EVOLINK, name: value})
    assert ([(p.field, p.severity) for p in problems], is_priced) == ([(name, "error")], False)


def test_another_model_in_another_field_is_an_error() -> None:
    (found,), is_priced = of({**EVOLINK, "type": "pro-text-to-video"})
    assert (found.field, found.severity, is_priced) == ("type", "error", False)
    assert of({**EVOLINK, "type": "video"})[1]


@pytest.mark.parametrize(
    ("body", "name", "meant"),
    [
        ({"model": "kling-v3-image-to-video"}, "image_url", "image_start"),
        ({"model": "kling-v3-image-to-video"}, "first_frame", "image_start"),
        ({"type": "std-image-to-video", "prompt": "x"}, "image_urls", "image"),
        ({"type": "o3-pro-video-edit", "prompt": "x"}, "video_url", "video"),
    ],
)
def test_material_under_another_name_is_an_error_only_where_it_lacks(
    body: dict[str, Any], name: str, meant: str
) -> None:
    url = "https://example.com/a.jpg"
    problems, _ = of({**body, name: url})
    assert {(p.field, p.code) for p in problems if p.severity == "error"} == {
        (meant, "missing"),
        (name, "unknown_field"),
    }
    assert f"write {meant}" in [p.hint for p in problems]
    problems, is_priced = of({**body, name: url, meant: url})
    assert (is_priced, [p.severity for p in problems]) == (True, ["warning"])
    assert of({**EVOLINK, name: url})[1]


@pytest.mark.parametrize(
    "more",
    [
        {"video_list": [{"video_url": "https://example.com/a.mp4"}]},
        {"video_url": "https://example.com/a.mp4"},
        {"voice_list": [{"voice_id": "1"}]},
        {"extra": {"voice_ids": ["1"]}},
        {"mode": "pro"},
        {"mode": "4k"},
        {"mode": "turbo"},
    ],
)
def test_an_input_that_the_book_cannot_see_makes_the_price_unknown(more: dict[str, Any]) -> None:
    estimate = kc.estimate([{**OFFICIAL, **more}])
    assert (estimate.left_out, estimate.exit_code) == (1, 4)
    errors = [p for p in estimate.problems if p.severity == "error"]
    (name,) = more
    path = f"{name}.voice_ids" if name == "extra" else name
    assert {(p.field, p.code) for p in errors} == {(path, "price_unknown")}
    assert kc.check(estimate, budget="100 USD").verdict == "blocked"


def test_inputs_that_change_no_price_are_priced() -> None:
    for more in ({"mode": "std"}, {"image_list": [{"image_url": "a"}]}, {"video_list": []}, {"seed": 1}, {"voice": ""}):
        assert str(kc.estimate([{**OFFICIAL, **more}]).line_items[0].cost) == "0.42 USD"
    reference = {
        "model": "kling-o3-reference-to-video",
        "prompt": "Fog",
        "video_url": "https://example.com/a.mp4",
        "duration": 8,
    }
    assert str(kc.estimate([reference], SECOND_BOOK).line_items[0].cost) == "64.8 EVOLINK_CREDIT"


def test_a_length_that_only_the_result_will_have_is_not_the_default() -> None:
    edit = {
        "model": "kling-o3-video-edit",
        "prompt": "Fog",
        "video_url": "https://example.com/a.mp4",
        "quality": "1080p",
    }
    (item,) = kc.estimate([edit], SECOND_BOOK).line_items
    assert (item.certainty, str(item.cost_least), str(item.cost)) == (
        "range",
        "24.3 EVOLINK_CREDIT",
        "648.324 EVOLINK_CREDIT",
    )


def test_bodies_without_rules_are_as_strict_about_what_stands_in_an_envelope() -> None:
    for name, value in (("takes", 4), ("date", "2026-03-01"), ("provider", "kling")):
        problems, is_priced = of({**OFFICIAL, name: value})
        assert (is_priced, [(p.field, p.severity) for p in problems]) == (False, [(name, "error")])
    problems, is_priced = of({**OFFICIAL, "job_id": "a"})
    assert (is_priced, [(p.field, p.severity) for p in problems]) == (True, [("job_id", "warning")])
    for body in (OFFICIAL, O3):
        (found,), is_priced = of({**body, "sound": True}, SECOND_BOOK if body is O3 else None)
        assert (found.code, found.hint, is_priced) == ("wrong_type", 'write "on"', False)


def test_a_hint_tells_what_to_write() -> None:
    hints = {
        'write "on"': {**EVOLINK, "sound": True},
        "write true": {**KLING3API, "sound": "on"},
        "write 5": {**EVOLINK, "duration": "5"},
        "write 10": {**EVOLINK, "duration": "10s"},
        "omit it, or give it a value": {**EVOLINK, "negative_prompt": None},
        "did you mean 1080p?": {**EVOLINK, "quality": "1080P"},
        "give a link to the image; only links are accepted": {
            "model": "kling-v3-image-to-video",
            "image_start": "data:image/png;base64,iVBORw0KGgo=",
        },
    }
    for hint, body in hints.items():
        (found,), is_priced = of(body)
        assert (found.hint, is_priced) == (hint, False)


def test_null_is_a_warning_where_the_model_has_no_such_field_else_a_wrong_type() -> None:
    for body in ({**EVOLINK, "seed": None}, {**EVOLINK, "image_start": None}, {**KLING3API, "quality": None}):
        problems, is_priced = of(body)
        assert ([p.severity for p in problems], is_priced) == (["warning"], True)
    for name in ("duration", "quality", "sound", "prompt", "callback_url"):
        (found,), is_priced = of({**EVOLINK, name: None})
        assert (found.field, found.code, is_priced) == (name, "wrong_type", False)


def test_the_field_that_the_body_has_is_named() -> None:
    (found,), _ = of({"type": "ultra-text-to-video", "prompt": "x"})
    assert (found.field, found.code) == ("type", "unknown_model")
    (found,), _ = of({"model": "ultra-text-to-video", "prompt": "x"})
    assert (found.field, found.code) == ("model", "unknown_model")


IGNORED, CHARGED = (
    "undocumented field; the provider may ignore it",
    "the provider would ignore it and charge its default for",
)
UNSEEN = "the price depends on this field, but the price book has no price with it"
NEW = {"path": "/text-to-video/kling-3.0"}
#: A body or envelope, and what is said of it: severity, field, message and hint.
TOLD: list[tuple[dict[str, Any], list[tuple[str, str, str, str | None]]]] = [
    (
        {**EVOLINK, "takes": 2},
        [("error", "takes", "not a field of a request; it would be ignored", 'write {"takes": …, "request": {…}}')],
    ),
    (
        {**EVOLINK, "task_id": "t"},
        [("warning", "task_id", "not a field of a request; it is ignored", 'write {"task_id": …, "request": {…}}')],
    ),
    (
        {**EVOLINK, "n": 3},
        [
            (
                "error",
                "n",
                "not a field of a request; the provider would ignore it",
                'put takes beside the request: {"takes": …, "request": {…}}',
            )
        ],
    ),
    (
        {**EVOLINK, "input": {"duration": 9}},
        [
            ("warning", "input", IGNORED, None),
            (
                "error",
                "input.duration",
                f"undocumented in this place; {CHARGED} duration",
                "put duration at the top level of the request",
            ),
        ],
    ),
    (
        {**EVOLINK, "model_params": {"mutli_shot": True}},
        [("warning", "model_params.mutli_shot", "undocumented field", "did you mean model_params.multi_shot?")],
    ),
    (
        {**NEW, "request": {"prompt": "Fog", "duration": 9, "settings": {"sound": "on", "resolution": "1080p"}}},
        [
            ("error", "settings.sound", f"undocumented field; {CHARGED} settings.audio", "write settings.audio"),
            ("error", "duration", f"undocumented field; {CHARGED} settings.duration", "write settings.duration"),
        ],
    ),
    (
        {"provider": "evolink", "request": {"model_name": "kling-v3", "prompt": "x"}},
        [
            (
                "error",
                "model_name",
                "a request in the form of kling, which evolink does not take",
                "name the provider that it is for, or write the shot as a row",
            )
        ],
    ),
    ({**OFFICIAL, "voice": "7"}, [("error", "voice", UNSEEN, "remove it, or use a price book that has one")]),
    ({**OFFICIAL, "mode": "turbo"}, [("error", "mode", UNSEEN, "remove it, or use a price book that has one")]),
    (
        {**OFFICIAL, "mode": "pro"},
        [
            (
                "error",
                "mode",
                "this field decides the price, but the price book lists prices by quality",
                "write quality: 1080p",
            )
        ],
    ),
    ({**OFFICIAL, "duration": "5"}, [("error", "duration", 'must be a whole number, not "5"', "write 5")]),
    ({**OFFICIAL, "quality": 720}, [("error", "quality", "must be text, not 720", None)]),
    ({**OFFICIAL, "model": None}, [("error", "model", "must not be null", "omit it, or give it a value")]),
    ({**OFFICIAL, "model": 3}, [("error", "model", "must be text, not 3", None)]),
    ({**OFFICIAL, "model": " "}, [("error", "model", "must not be empty", None)]),
    (
        {"provider": "kling", "duration": 5},
        [
            (
                "error",
                "model",
                "required field is missing",
                "name its model (or type); in an envelope, put the request under `request`",
            ),
            (
                "error",
                "provider",
                "not a field of a request; it would be ignored",
                'write {"provider": …, "request": {…}}',
            ),
        ],
    ),
]


@pytest.mark.parametrize(("item", "told"), TOLD)
def test_what_is_wrong_and_what_to_do_is_told_to_the_letter(item: dict[str, Any], told: list[Any]) -> None:
    (job,) = kc.read_jobs([item])
    assert [(p.severity, p.field, p.message, p.hint) for p in job.problems] == told
    assert job.readable == all(severity != "error" for severity, *_ in told)
