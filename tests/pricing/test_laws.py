"""The laws of pricing, on generated jobs."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.pricing.rule import cost_of_one_call
from kling_cost.results.document_types import ESTIMATE

AS_OF = date(2026, 11, 20)
IMAGE = "https://example.com/a.jpg"
PER_SECOND = {
    "kling-v3-text-to-video": {"prompt": "x"},
    "kling-v3-image-to-video": {"image_start": IMAGE},
    "pro-text-to-video": {"prompt": "x"},
    "std-image-to-video": {"prompt": "x", "image": IMAGE},
    "o3-pro-text-to-video": {"prompt": "x"},
    "o3-std-reference-to-video": {"prompt": "x", "images": [IMAGE]},
}


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    model = draw(st.sampled_from([*PER_SECOND, "o3-pro-video-edit", "kling-custom-element"]))
    if model == "kling-custom-element":
        params = {
            "element_name": "a",
            "element_description": "b",
            "reference_type": "image_refer",
            "element_image_list": {"frontal_image": IMAGE},
        }
        return {"model": model, "model_params": params}
    if model == "o3-pro-video-edit":
        return {"type": model, "prompt": "x", "video": "https://example.com/a.mp4"}
    body: dict[str, Any] = {("model" if model.startswith("kling") else "type"): model, **PER_SECOND[model]}
    seconds, sound, quality = (
        draw(st.none() | st.integers(3, 15)),
        draw(st.none() | st.booleans()),
        draw(st.sampled_from([None, "720p", "1080p"])),
    )
    if seconds is not None:
        body["duration"] = seconds
    if sound is not None:
        body["sound"] = ("on" if sound else "off") if model.startswith("kling") else sound
    if quality is not None and model.startswith("kling"):
        body["quality"] = quality
    return body


@st.composite
def jobs(draw: st.DrawFn) -> dict[str, Any]:
    envelope: dict[str, Any] = {"request": draw(bodies())}
    takes, scene = draw(st.none() | st.integers(1, 1000)), draw(st.none() | st.sampled_from(["a", "b", "한국"]))
    if takes is not None:
        envelope["takes"] = takes
    if scene is not None:
        envelope["tags"] = {"scene": scene}
    day = draw(st.none() | st.dates(date(2026, 2, 1), date(2026, 12, 31)))
    if day is not None:
        envelope["date"] = day.isoformat()
    return envelope


@cache
def dated_book() -> kc.PriceBook:
    """The book that comes with the library, with other prices from summer on."""
    prices = "{720p: {off: 7, on: 9}, 1080p: {off: 8, on: 13}}"
    dearer = f"{{by: [quality, sound], unit_price: {prices}, source: x, checked: 2026-06-01}}"
    with tempfile.TemporaryDirectory() as folder:
        overlay = Path(folder, "dearer.yaml")
        overlay.write_text(
            "schema: 1\nversion: dearer\nproviders:\n  evolink:\n    skus:\n      kling-3.0-video:\n"
            f"        rates:\n          2026-06-01: {dearer}\n",
            encoding="utf-8",
        )
        return kc.load_prices(overlay=overlay)


job_lists = st.lists(jobs(), min_size=1, max_size=12)


def totals(items: list[dict[str, Any]]) -> dict[str, tuple[int, int, Decimal]]:
    found = kc.estimate(items, dated_book(), as_of=AS_OF)
    assert found.left_out == 0
    return {t.currency: (t.jobs, t.takes, t.cost) for t in found.totals}


@given(job_lists, st.randoms())
def test_order_does_not_matter(items: list[dict[str, Any]], rnd: Any) -> None:
    shuffled = items.copy()
    rnd.shuffle(shuffled)
    one, other = (kc.estimate(listed, dated_book(), as_of=AS_OF) for listed in (items, shuffled))
    assert (one.totals, one.breakdowns) == (other.totals, other.breakdowns)


@given(job_lists)
def test_a_job_costs_what_its_own_day_says_whatever_stands_beside_it(items: list[dict[str, Any]]) -> None:
    """Each job is followed by itself without its date, so that the one might be given the other's price."""
    bare = [{name: value for name, value in item.items() if name != "date"} for item in items]
    both = [job for pair in zip(items, bare, strict=True) for job in pair]
    found = kc.estimate(both, dated_book(), as_of=AS_OF)
    for job, line in zip(both, found.line_items, strict=True):
        day = date.fromisoformat(job["date"]) if "date" in job else AS_OF
        alone = kc.price_request(job["request"], dated_book(), as_of=day)
        assert line.cost.value == alone.cost.value * job.get("takes", 1)


@given(job_lists)
def test_a_total_is_the_sum_of_its_lines_and_every_breakdown_adds_up_to_it(items: list[dict[str, Any]]) -> None:
    found = kc.estimate(items, as_of=AS_OF)
    for total in found.totals:
        lines = [item for item in found.line_items if item.charge.currency == total.currency]
        assert Fraction(total.cost) == sum(Fraction(item.cost.value) for item in lines)
        assert total.takes == sum(item.takes for item in lines)
        for name, parts in found.breakdowns.items():
            mine = [part for part in parts if part.currency == total.currency]
            assert sum(Fraction(part.cost) for part in mine) == Fraction(total.cost), name
            assert (sum(part.jobs for part in mine), sum(part.takes for part in mine)) == (total.jobs, total.takes)


@given(job_lists, st.data())
def test_splitting_a_list_changes_nothing(items: list[dict[str, Any]], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(items)))
    together: dict[str, list[Any]] = {}
    for part in (items[:at], items[at:]):
        for currency, sums in totals(part).items():
            known = together.setdefault(currency, [0, 0, Decimal(0)])
            for position, number in enumerate(sums):
                known[position] += number
    assert {currency: tuple(sums) for currency, sums in together.items()} == totals(items)


@given(jobs(), st.integers(1, 30))
def test_n_copies_cost_n_times_one(job: dict[str, Any], n: int) -> None:
    (one,) = totals([job]).items()
    assert totals([job] * n) == {one[0]: (n, n * one[1][1], n * one[1][2])}


@given(bodies(), st.integers(1, 1000))
def test_takes_are_copies(body: dict[str, Any], n: int) -> None:
    (currency, (_, takes, cost)) = next(iter(totals([{"request": body, "takes": n}]).items()))
    (_, (_, _, single)) = next(iter(totals([{"request": body}]).items()))
    assert (takes, cost) == (n, n * single)
    assert currency in ("EVOLINK_CREDIT", "KLING3API_CREDIT")


@given(bodies())
def test_an_explicit_default_costs_what_an_omitted_one_costs(body: dict[str, Any]) -> None:
    omitted = kc.price_request(body)
    spelt: dict[str, Any] = dict(body)
    for name in omitted.charge.defaults_applied:
        value: Any = omitted.options[name]
        if name == "duration":
            value = int(value)
        elif name == "sound" and "type" in body:
            value = value == "on"
        spelt[name] = value
    explicit = kc.price_request(spelt)
    assert explicit.cost == omitted.cost
    assert explicit.charge.defaults_applied == ()
    assert explicit.options == omitted.options


@given(bodies().filter(lambda body: body.get("model", body.get("type")) in PER_SECOND), st.integers(3, 14))
def test_longer_is_never_cheaper(body: dict[str, Any], seconds: int) -> None:
    short, long = (kc.price_request({**body, "duration": s}).cost for s in (seconds, seconds + 1))
    assert short < long


@given(bodies().filter(lambda body: body.get("model", "").startswith("kling-v3")))
def test_sound_and_quality_never_make_it_cheaper(body: dict[str, Any]) -> None:
    cost = {
        (q, s): kc.price_request({**body, "quality": q, "sound": s}).cost
        for q in ("720p", "1080p")
        for s in ("off", "on")
    }
    assert cost["720p", "off"] < cost["720p", "on"]
    assert cost["720p", "off"] < cost["1080p", "off"] < cost["1080p", "on"]


@given(bodies())
def test_the_three_ways_to_one_price_agree(body: dict[str, Any]) -> None:
    by_request = kc.price_request(json.dumps(body))
    by_list = kc.estimate([body]).line_items[0]
    options = dict(by_request.options)
    by_name = kc.price(
        by_request.model,
        duration=int(options["duration"]) if "duration" in options else None,
        quality=options.get("quality"),
        sound=options.get("sound"),
    )
    assert by_request.cost == by_list.cost == by_name.cost
    assert by_request.options == by_list.options == by_name.options


@given(
    st.decimals("0.000001", "999999", places=6),
    st.integers(1, 40),
    st.none() | st.integers(1, 10),
    st.none() | st.decimals("0.0001", "9999", places=4),
)
def test_the_rule_is_quantity_times_price_rounded_half_up_and_raised(
    unit_price: Decimal, seconds: int, minimum: int | None, charge: Decimal | None
) -> None:
    billed, cost = cost_of_one_call(
        unit_price, Decimal(seconds), None if minimum is None else Decimal(minimum), charge, Decimal("0.0001")
    )
    assert billed == max(seconds, minimum or 0)
    exact = Fraction(billed) * Fraction(unit_price) * 10_000
    rounded = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    expected = max(Fraction(rounded, 10_000), Fraction(charge or 0))
    assert Fraction(cost) == expected


@settings(max_examples=50)
@given(job_lists)
def test_a_written_estimate_is_read_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, items: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("stored")
    found = kc.estimate(items, as_of=AS_OF)
    (folder / "e.json").write_text(json.dumps(ESTIMATE.json(found)), encoding="utf-8")
    again = kc.read_estimate(folder / "e.json")
    assert ESTIMATE.json(again) == ESTIMATE.json(found)
    kc.write_report(folder / "e.csv", found)
    from_sheet = kc.read_estimate(folder / "e.csv")
    assert (from_sheet.totals, from_sheet.breakdowns) == (again.totals, again.breakdowns)
    assert from_sheet.price_book.sha256 == found.price_book.sha256


@given(
    st.lists(
        st.one_of(
            jobs(),
            st.just({"model": "nothing"}),
            st.just({"request": {"model": "kling-v3-text-to-video", "duration": 99}}),
        ),
        max_size=8,
    )
)
def test_every_job_is_either_a_line_or_left_out(items: list[dict[str, Any]]) -> None:
    found = kc.estimate(items)
    assert len(found.line_items) + found.left_out == len(items)
    assert found.partial == (found.left_out > 0)
    blamed = {p.row for p in found.problems if p.severity == "error"}
    assert blamed == set(range(1, len(items) + 1)) - {item.job.row for item in found.line_items}
