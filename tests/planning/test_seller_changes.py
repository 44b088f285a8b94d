"""A plan may change the seller of a job: the same is made by another model, or it is no alternative."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction as F
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest

import kling_cost as kc
from kling_cost.jobs.providers import KINDS
from kling_cost.jobs.same_material import can_have
from tests.schemas import validate

T2V, I2V, PRO, STD = "kling-v3-text-to-video", "kling-v3-image-to-video", "pro-text-to-video", "std-text-to-video"
RATES = ["72 EVOLINK_CREDIT/USD", "100 KLING3API_CREDIT/USD"]
PRO_TO_STD = "{change: seller, from: pro-text-to-video, to: std-text-to-video, pain: 4}"
OUT = "{change: seller, from: evolink, to: std-text-to-video, pain: 4}"
PRODUCTS = """\
schema: 2
version: family
products:
  text to video:
    - {provider: evolink, model: kling-v3-text-to-video}
    - {provider: kling3api, model: std-text-to-video, fixed: {quality: 720p}, needs_not: [multi_shot]}
    - {provider: kling3api, model: pro-text-to-video, fixed: {quality: 1080p}}
"""
Made = Callable[..., kc.Rules]


@pytest.fixture
def rules(tmp_path: Path) -> Made:
    def made(*may: str, name: str = "rules.yaml", more: str = "") -> kc.Rules:
        path, items = tmp_path / name, "".join(f"\n    - {one}" for one in may)
        path.write_text(f"schema: 1\n{more}fit:\n  may:{items}\n", encoding="utf-8")
        return kc.read_rules(path)

    return made


@pytest.fixture
def family(tmp_path: Path) -> kc.PriceBook:
    path = tmp_path / "family.yaml"
    path.write_text(PRODUCTS, encoding="utf-8")
    return kc.load_prices(overlay=path, rates=RATES)


def shot(job_id: str, quality: str = "720p", sound: str = "on", takes: int = 2, **body: Any) -> dict[str, Any]:
    request = {"model": T2V, "prompt": "Fog", "duration": 5, "quality": quality, "sound": sound, **body}
    return {"job_id": job_id, "takes": takes, "request": request}


def task(job_id: str, kind: str = PRO, takes: int = 2, **body: Any) -> dict[str, Any]:
    return {"job_id": job_id, "takes": takes, "request": {"type": kind, "prompt": "Fog", "duration": 5, **body}}


def planned(*jobs: dict[str, Any], book: kc.PriceBook | None = None) -> kc.Estimate:
    found = kc.estimate(list(jobs), book or kc.load_prices(rates=RATES), as_of="2026-11-20")
    assert not found.left_out, found.problems
    return found


def priced_again(plan: kc.Plan, book: kc.PriceBook | None = None) -> kc.Estimate:
    """What the jobs of a plan cost as its JSON has them."""
    kept = [one for one in plan.to_json()["jobs"] if not one["dropped"]]
    rows = [{name: one[name] for name in ("job_id", "provider", "model", "takes")} | one["options"] for one in kept]
    return kc.estimate(pd.DataFrame(rows), book or kc.load_prices(rates=RATES), as_of="2026-11-20")


def sums_of(of: Sequence[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for currency, amount in of:
        found[currency] = found.get(currency, Decimal(0)) + amount
    return {currency: amount for currency, amount in found.items() if amount}


def costs_of(estimate: kc.Estimate) -> dict[str, Decimal]:
    return {total.currency: total.cost for total in estimate.totals if total.cost is not None}


def moved(plan: kc.Plan) -> list[tuple[str | None, str | None, str | None]]:
    return [(one.job_id, one.before, one.to) for one in plan.changes if one.change == "seller" and one.costs is None]


def test_a_model_may_become_another_of_its_seller_with_its_sound_written_out(rules: Made) -> None:
    plan = kc.fit(planned(task("a"), task("b", sound=False)), "1000 KLING3API_CREDIT", rules(PRO_TO_STD))
    assert (plan.status, plan.pain, plan.exit_code, moved(plan)) == (
        "changed",
        8,
        0,
        [("a", PRO, STD), ("b", PRO, STD)],
    )
    assert [dict(one.item.options) for one in plan.jobs] == [
        {"duration": "5", "sound": "on"},
        {"duration": "5", "sound": "off"},
    ]
    assert [one.saves for one in plan.changes] == [Decimal(200), Decimal(140)]
    assert not any(one.item.defaults_applied for one in plan.jobs), "no default of a seller stands in for a value"
    assert costs_of(priced_again(plan)) == {"KLING3API_CREDIT": Decimal(1000)}


def test_a_seller_with_other_credits_is_told_twice_and_counts_by_the_rates_of_exchange(rules: Made) -> None:
    estimate = planned(task("a"), task("b", sound=False))
    plan = kc.fit(estimate, "6.9 USD", rules("{change: seller, from: kling3api, to: kling-v3-text-to-video, pain: 4}"))
    assert [(one.job_id, one.pain, one.saves, one.currency, one.costs) for one in plan.changes] == [
        ("a", 4, Decimal(800), "KLING3API_CREDIT", None),
        ("a", 0, Decimal(-108), "EVOLINK_CREDIT", Decimal(108)),
    ]
    assert moved(plan) == [("a", f"kling3api:{PRO}", f"evolink:{T2V}")]
    assert dict(plan.jobs[0].item.options) == {"duration": "5", "quality": "1080p", "sound": "on"}
    assert (plan.limits[0].after, plan.exit_code) == (Decimal("6.9"), 0)
    assert costs_of(priced_again(plan)) == {"KLING3API_CREDIT": 540, "EVOLINK_CREDIT": 108} == costs_of(plan.estimate)
    validate(plan.to_json(), "fit")
    told = plan.to_json()["changes"]
    assert [(one["field"], one["saves"], one.get("costs")) for one in told] == [
        ("model", "800", None),
        ("model", "-108", "108"),
    ]


def test_what_is_not_sold_on_the_way_still_adds_up(rules: Made, family: kc.PriceBook) -> None:
    may = (
        "{change: seller, from: evolink, to: kling3api, pain: 4}",
        "{change: quality, from: 1080p, to: 720p, pain: 1}",
    )
    book = kc.load_prices(rates=["72 EVOLINK_CREDIT/USD", "1000 KLING3API_CREDIT/USD"])
    plan = kc.fit(planned(shot("a", "1080p"), book=book), "0.7 USD", rules(*may))
    assert plan.status == "infeasible", "without products nobody says that a model of the other seller makes the same"
    named = rules("{change: seller, from: evolink, to: std-text-to-video, pain: 4}", may[1])
    plan = kc.fit(planned(shot("a", "1080p"), book=book), "0.7 USD", named)
    assert [(one.change, one.saves, one.currency) for one in plan.changes] == [
        ("seller", Decimal(108), "EVOLINK_CREDIT"),
        ("seller", Decimal(-600), "KLING3API_CREDIT"),
        ("quality", Decimal(0), "KLING3API_CREDIT"),
    ]


def test_a_limit_in_credits_keeps_its_jobs_and_without_a_rate_nothing_moves(rules: Made) -> None:
    out = rules("{change: seller, from: evolink, to: std-text-to-video, pain: 4}")
    plan = kc.fit(planned(shot("a")), "70 EVOLINK_CREDIT", out)
    assert (plan.status, plan.problems[-1].key) == ("infeasible", "has_no_effect.may"), "no limit would hold it there"
    unknown = kc.estimate([shot("a")], as_of="2026-11-20")
    assert kc.fit(unknown, "1 USD", out).status == "infeasible"


def test_products_tell_who_makes_the_same(rules: Made, family: kc.PriceBook) -> None:
    anybody, cheaper = (
        rules("{change: seller, from: kling3api, pain: 4}"),
        "{change: quality, from: 1080p, to: 720p, pain: 1}",
    )
    plan = kc.fit(planned(task("a"), task("b", STD), book=family), "2.7 USD", anybody)
    assert {to for _, _, to in moved(plan)} == {f"evolink:{T2V}"}, "720p and 1080p are not the same"
    assert [one.item.options["quality"] for one in plan.jobs] == ["1080p", "720p"]
    assert costs_of(priced_again(plan, family)) == costs_of(plan.estimate)
    both = rules("{change: seller, from: kling3api, to: evolink, pain: 4}", cheaper, name="both.yaml")
    lower = kc.fit(planned(task("a"), book=family), "1.2 USD", both)
    assert [(one.change, one.to) for one in lower.changes if one.costs is None] == [
        ("seller", f"evolink:{T2V}"),
        ("quality", "720p"),
    ]
    multi = {"multi_shot": True, "shot_type": "intelligence"}
    estimate = planned(shot("m", model_params=multi), book=family)
    back = rules(
        "{change: seller, from: evolink, to: kling3api, pain: 1}", "{change: drop, pain: 90}", name="back.yaml"
    )
    assert [one.change for one in kc.fit(estimate, "0.5 USD", back).changes] == ["drop"], "it has no multi-shot mode"


@pytest.mark.parametrize(
    ("job", "to"),
    [
        (shot("image", model=I2V, image_start="https://example.com/a.png"), STD),
        (shot("text"), "std-image-to-video"),
        (shot("both", model=I2V, image_start="https://example.com/a.png"), "kling"),
        (
            task("elements", "o3-pro-reference-to-video", images=["https://example.com/a.png"]),
            "o3-std-reference-to-video",
        ),
    ],
)
def test_material_rules_and_doubts_make_it_no_alternative(rules: Made, job: dict[str, Any], to: str) -> None:
    estimate = planned(job)
    seller = estimate.line_items[0].provider
    plan = kc.fit(estimate, "0.01 USD", rules(f"{{change: seller, from: {seller}, to: {to}, pain: 1}}"))
    assert (plan.status, plan.problems[-1].key) == ("infeasible", "has_no_effect.may")


def test_a_seller_whose_requests_nobody_knows_is_said_to_be_unchecked(rules: Made) -> None:
    dear = kc.load_prices(rates=["20 EVOLINK_CREDIT/USD"])
    plan = kc.fit(
        planned(shot("a"), book=dear), "2 USD", rules("{change: seller, from: evolink, to: kling-v3, pain: 1}")
    )
    assert [one.key for one in plan.problems] == ["request_not_validated.model"]
    assert [(one.currency, one.saves) for one in plan.changes] == [
        ("EVOLINK_CREDIT", Decimal(81)),
        ("USD", Decimal("-1.26")),
    ]


def test_material_is_told_by_the_rules_of_requests() -> None:
    def having(**needs: int | bool) -> set[str]:
        return {model for (_, model), kind in KINDS.items() if can_have(kind, needs)}

    assert {T2V, PRO, STD} <= having()
    assert not having() & {I2V, "std-image-to-video", "o3-pro-video-edit"}
    assert {I2V, "std-image-to-video"} <= having(image=1, end_image=1)
    assert having(image=1, video=1) == {"kling-v3-motion-control"}
    assert "kling-o3-reference-to-video" in having(reference=4, video=1)
    assert having(reference=5, video=1) == {"o3-pro-reference-to-video", "o3-std-reference-to-video"}
    assert having(multi_shot=True, image=1) == {I2V, "kling-o3-image-to-video"}
    assert not having(voice=1)


def test_no_default_of_the_new_seller_fills_a_gap(rules: Made) -> None:
    may = rules("{change: seller, from: o3-pro-text-to-video, to: kling-v3-text-to-video, pain: 1}")
    unsaid = kc.fit(planned(task("a", "o3-pro-text-to-video")), "4 USD", may)
    assert (unsaid.status, unsaid.problems[-1].key) == ("infeasible", "has_no_effect.may"), "nobody knows its sound"
    plan = kc.fit(planned(task("a", "o3-pro-text-to-video", sound=True)), "4 USD", may)
    assert dict(plan.jobs[0].item.options) == {"duration": "5", "quality": "1080p", "sound": "on"}


# Every plan of small ones.

_PRICES = {(PRO, "on"): 80, (PRO, "off"): 54, (STD, "on"): 60, (STD, "off"): 40}
_FIXED = {PRO: "1080p", STD: "720p"}


def cost(seller: str, quality: str, sound: str, seconds: int, takes: int) -> F:
    """Dollars by the published tables."""
    if seller in _FIXED:
        return F(_PRICES[seller, sound] * seconds * takes, 100)
    unit = {("720p", "off"): "5.4", ("720p", "on"): "8.1", ("1080p", "off"): "7.1982", ("1080p", "on"): "10.8"}
    return F(unit[quality, sound]) * seconds * takes / 72


#: Which rule lets which models become which, and whether by products, so that the quality has to be the same.
_MOVES = {
    "out": ((T2V,), (PRO, STD), True),
    "back": ((PRO, STD), (T2V,), True),
    "named": ((PRO,), (STD,), False),
}
_TEXTS = {
    "out": "{change: seller, from: evolink, to: kling3api, pain: N}",
    "back": "{change: seller, from: kling3api, to: evolink, pain: N}",
    "named": PRO_TO_STD.replace("4", "N"),
    "quality": "{change: quality, from: 1080p, to: 720p, pain: N}",
    "sound": "{change: sound, from: on, to: off, pain: N}",
    "takes": "{change: takes, down_to: 1, pain: N}",
}
_State = tuple[str, str, str, int, int]  # model, quality, sound, seconds and takes


def become(of: _State, pains: dict[str, int]) -> Iterator[tuple[int, F]]:
    """Everything that a job may become, each with its pain and cost, told without the code that is tested."""
    model, quality, sound, seconds, takes = of
    ways = [(model, 0, True)]
    for name, (before, after, by_product) in _MOVES.items():
        ways += [(to, pains[name], by_product) for to in after if name in pains and model in before]
    qualities = {quality: 0} | ({"720p": pains["quality"]} if "quality" in pains and quality == "1080p" else {})
    sounds = {sound: 0} | ({"off": pains["sound"]} if "sound" in pains and sound == "on" else {})
    counts = range(1 if "takes" in pains else takes, takes + 1)
    for (new, a), (other, b), count, (to, c, same) in product(qualities.items(), sounds.items(), counts, ways):
        if not same or _FIXED.get(to, new) == new:
            yield a + b + c + pains.get("takes", 0) * (takes - count), cost(to, new, other, seconds, count)


def random_job(of: Random, job_id: str) -> tuple[_State, dict[str, Any]]:
    model, sound, seconds, takes = (
        of.choice((T2V, PRO, STD)),
        of.choice(("on", "off")),
        of.randint(3, 8),
        of.randint(1, 3),
    )
    quality = _FIXED.get(model) or of.choice(("720p", "1080p"))
    state = (model, quality, sound, seconds, takes)
    if model == T2V:
        return state, shot(job_id, quality, sound, takes, duration=seconds)
    return state, task(job_id, model, takes, duration=seconds, sound=sound == "on")


def without_places(plan: kc.Plan) -> list[str]:
    return sorted(str((one.job_id, *one[3:])) for one in plan.changes)


def test_every_plan_with_changes_of_seller_is_the_best(rules: Made, family: kc.PriceBook) -> None:
    seen = 0
    for seed in range(150):
        of = Random(seed)
        pains = {name: of.randint(1, 9) for name in _TEXTS if name == "out" or of.random() < 0.5}
        states, jobs = zip(*(random_job(of, f"job-{n}") for n in range(of.randint(1, 5))), strict=True)
        sums = {(0, F(0))}
        for state in states:
            found = set(become(state, pains))
            sums = {(a + pain, b + more) for a, b in sums for pain, more in found}
        least, most = min(b for _, b in sums), sum((cost(*state) for state in states), F(0))
        limit = Decimal(round((least + (most - least) * of.randint(0, 110) / 100) * 10_000)).scaleb(-4)
        given = rules(*(_TEXTS[name].replace("N", str(pain)) for name, pain in pains.items()))
        estimate = planned(*jobs, book=family)
        plan = kc.fit(estimate, kc.Amount(limit, "USD"), given)
        within = [pair for pair in sums if pair[1] <= limit]
        if not within:
            assert plan.status == "infeasible", seed
            continue
        before, after = costs_of(estimate), costs_of(plan.estimate)
        dollars = sum(F(amount) / (72 if code == "EVOLINK_CREDIT" else 100) for code, amount in after.items())
        assert (plan.pain, dollars) == (min(within) if most > limit else (0, most)), seed
        assert sum(one.pain for one in plan.changes) == plan.pain
        assert costs_of(priced_again(plan, family)) == after, seed
        less = sums_of([*before.items(), *((code, -amount) for code, amount in after.items())])
        assert sums_of([(one.currency, one.saves) for one in plan.changes]) == less, seed
        other = kc.fit(planned(*of.sample(jobs, len(jobs)), book=family), kc.Amount(limit, "USD"), given)
        assert without_places(other) == without_places(plan), seed
        seen += len(moved(plan))
    assert seen > 30, "sellers do change in them"
