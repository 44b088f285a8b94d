"""One request body, priced before it is sent: from text, bytes or a dict, with every fault at once."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

import kling_cost as kc

BODY: dict[str, Any] = {"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 10, "quality": "1080p"}
FORMS = [lambda body: body, json.dumps, lambda body: json.dumps(body).encode()]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_body_costs_the_same_again_and_again(form: Any) -> None:
    wanted = kc.price("kling-v3-text-to-video", duration=10, quality="1080p")
    for _ in range(2):
        item = kc.price_request(form(BODY))
        assert (item.cost, item.charge.defaults_applied) == (wanted.cost, ("sound",))
        assert (item.job_id, item.job.prompt, item.job.problems) == (None, "", ())
    for change in ({"duration": 5}, {"quality": "720p"}, {"sound": "on"}):
        assert (
            kc.price_request(form({**BODY, **change})).cost
            == kc.price("kling-v3-text-to-video", **{"duration": 10, "quality": "1080p"} | change).cost
        )


@pytest.mark.parametrize("form", FORMS)
def test_what_a_body_needs_is_kept_with_its_job(form: Any) -> None:
    image = {"model": "kling-v3-image-to-video", "image_start": "https://example.com/a.png", "duration": 5}
    more = {"image_end": "https://example.com/b.png", "aspect_ratio": "16:9"}  # the second gives a warning
    for body, needs in (
        (BODY, {}),
        (image, {"image": 1}),
        ({**image, **more}, {"image": 1, "end_image": 1}),
        (BODY, {}),
    ):
        item = kc.price_request(form(body))
        assert (dict(item.job.needs), item.job.takes, item.job.readable) == (needs, 1, True)
    official = kc.price_request(form({"model_name": "kling-v3", "prompt": "Fog", "image": "a.png", "duration": "5"}))
    assert (str(official.cost), dict(official.job.needs)) == ("0.42 USD", {"image": 1})


@pytest.mark.parametrize("form", FORMS)
def test_all_faults_come_at_once_and_warnings_stay_with_the_job(form: Any) -> None:
    with pytest.raises(kc.RequestError) as refused:
        kc.price_request(form({**BODY, "duration": 99, "quality": "8k", "nonsense": 1}))
    assert sorted(p.field for p in refused.value.problems) == ["duration", "quality"]
    item = kc.price_request(form({**BODY, "nonsense": 1}))
    assert [(p.severity, p.field) for p in item.job.problems] == [("warning", "nonsense")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "a job must be an object, not []"),
        ('"x"', "a job must be an object, not x"),
        ("{", "not JSON"),
        ('{"model": "a", "model": "b"}', "duplicate key model"),
        ('{"duration": NaN}', "not JSON"),
        ("\ud800", "not JSON"),
        ("", "not JSON"),
    ],
)
def test_what_is_no_body_is_refused(text: str, why: str) -> None:
    with pytest.raises(kc.RequestError) as refused:
        kc.price_request(text)
    assert why in refused.value.problems[0].message


def test_provider_and_day_may_be_given() -> None:
    with pytest.raises(kc.RequestError) as refused:
        kc.price_request(BODY, as_of=date(2025, 1, 1))
    assert refused.value.problems[0].code == "no_rate"
    assert kc.price_request(BODY, provider="evolink").provider == "evolink"
    with pytest.raises(kc.RequestError):
        kc.price_request(BODY, provider="kling3api")
    assert kc.price_request({**BODY, "type": "ignored"}).model == "kling-v3-text-to-video"
    cheaper = kc.load_prices(rates=["100 EVOLINK_CREDIT/USD"])
    assert kc.price_request(BODY, cheaper).usd == kc.price_request(BODY).cost.value / 100


def test_a_dict_is_read_as_strictly_as_text() -> None:
    for body in ({**BODY, "duration": 5.0}, {**BODY, "duration": True}, {**BODY, "duration": "5"}):
        for form in FORMS:
            with pytest.raises(kc.RequestError) as refused:
                kc.price_request(form(body))
            assert [p.code for p in refused.value.problems] == ["wrong_type"]
