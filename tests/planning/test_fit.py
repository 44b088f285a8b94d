"""What to change so that a plan fits: published figures, every plan of small ones, and the laws that all keep."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction as F
from itertools import product
from math import ceil, floor
from pathlib import Path
from random import Random
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.io.sources import name_sources
from kling_cost.jobs.read_jobs import stream_jobs
from tests.schemas import validate

T2V, I2V = "kling-v3-text-to-video", "kling-v3-image-to-video"
AS_OF = date(2026, 11, 20)
WEIGHTS = "{tag:class: {hero: 5, broll: 2, draft: 1}}"
MAY = (
    "{change: quality, from: 1080p, to: 720p, pain: 3}",
    "{change: sound, from: on, to: off, pain: 2}",
    "{change: takes, down_to: 2, pain: 2}",
)
SHORTER = "{change: duration, down_to: 5, pain: 1}"
Made = Callable[..., kc.Rules]


def job(
    job_id: str, takes: int, kind: str, seconds: int, quality: str, sound: str, model: str = T2V, **more: Any
) -> dict[str, Any]:
    body = {"model": model, "prompt": "Fog", "duration": seconds, "quality": quality, "sound": sound}
    if model == I2V:
        body["image_start"] = "https://example.com/a.png"
    return {"job_id": job_id, "takes": takes, "tags": {"class": kind}, "request": body, **more}


HERO = job("hero", 4, "hero", 10, "1080p", "on")
BROLL = job("broll", 4, "broll", 5, "1080p", "off", I2V)
DRAFT = job("draft", 6, "draft", 3, "720p", "off")


def planned(*jobs: dict[str, Any], **more: Any) -> kc.Estimate:
    return kc.estimate(list(jobs or (HERO, BROLL, DRAFT)), as_of=AS_OF, **more)


@pytest.fixture
def rules(tmp_path: Path) -> Made:
    def made(*may: str, more: str = "", name: str = "rules.yaml", weights: str = WEIGHTS) -> kc.Rules:
        path, items = tmp_path / name, "".join(f"\n    - {one}" for one in may)
        text = f"schema: 1\nfit:\n  weights: {weights}\n  may:{items or ' []'}\n{more}"
        path.write_text(text, encoding="utf-8")
        return kc.read_rules(path)

    return made


def fitted(of: kc.Estimate, limit: str, rules: kc.Rules) -> kc.Plan:
    return kc.fit(of, f"{limit} EVOLINK_CREDIT", rules)


@pytest.mark.parametrize(
    ("limit", "pain", "after", "changes"),
    [
        ("673.164", 0, "673.164", []),
        ("600", 10, "529.092", ["hero sound off"]),
        ("500", 14, "493.101", ["hero sound off", "broll takes 3"]),
        ("400", 26, "392.31", None),
        ("300", 40, "296.946", None),
        ("216.4", 61, "212.382", None),
        ("200", 67, "194.4", None),
        ("194.4", 67, "194.4", None),
    ],
)
def test_published_plans(rules: Made, limit: str, pain: int, after: str, changes: list[str] | None) -> None:
    plan = fitted(planned(), limit, rules(*MAY))
    assert (plan.pain, plan.bound, plan.proof, plan.exit_code) == (pain, pain, "exact", 0)
    assert plan.status == ("changed" if pain else "fits")
    assert plan.limits[0].after == Decimal(after) == plan.estimate.totals[0].cost
    if changes is not None:
        assert [f"{one.job_id} {one.change} {one.to}" for one in plan.changes] == changes


def test_the_published_form(rules: Made) -> None:
    plan = fitted(planned(), "500", rules(*MAY)).to_json()
    validate(plan, "fit")
    assert plan["limits"] == [
        {
            "scope": "campaign",
            "limit": "500",
            "currency": "EVOLINK_CREDIT",
            "before": "673.164",
            "after": "493.101",
            "least": "194.4",
            "binding": True,
            "headroom": "6.899",
        }
    ]
    assert plan["changes"][0] == {
        "job_id": "hero",
        "source": "jobs",
        "row": 1,
        "change": "sound",
        "field": "sound",
        "from": "on",
        "to": "off",
        "pain": 10,
        "saves": "144.072",
        "currency": "EVOLINK_CREDIT",
    }
    hero = plan["jobs"][0]
    assert hero["options"] == {"duration": "10", "quality": "1080p", "sound": "off"}
    assert (hero["job_id"], hero["dropped"], hero["takes"], hero["cost"]) == ("hero", False, 4, "287.928")
    assert plan["next"] == [{"limit": "512.892", "pain": 12}]
    assert "line_items" not in plan["estimate"]


def test_a_limit_that_no_plan_holds_says_what_it_would_have_to_be(rules: Made) -> None:
    plan = fitted(planned(), "194.3999", rules(*MAY))
    assert (plan.status, plan.exit_code, plan.pain, plan.changes, plan.next) == ("infeasible", 7, None, [], [])
    assert plan.conflict == [("campaign", Decimal("194.3999"), "EVOLINK_CREDIT", Decimal("194.4"))]
    assert plan.estimate.totals[0].cost == Decimal("673.164")
    validate(plan.to_json(), "fit")


def test_a_job_that_is_kept_may_make_a_limit_too_small(rules: Made) -> None:
    plan = fitted(planned(), "500", rules(*MAY, more="  keep: [{where: {tag:class: hero}}]\n"))
    assert (plan.status, plan.conflict[0].least) == ("infeasible", Decimal("518.4"))
    roomy = fitted(planned(), "520", rules(*MAY, more="  keep: [{where: {tag:class: hero}}]\n"))
    assert not [one for one in roomy.changes if one.job_id == "hero"]
    assert roomy.status == "changed"


@pytest.mark.parametrize(
    ("limit", "pain", "after"), [("2500", 13, "2492.7554"), ("2000", 32, "1999.6382"), ("1500", 66, "1493.9984")]
)
def test_published_plans_of_the_sample_campaign(project: Path, rules: Made, limit: str, pain: int, after: str) -> None:
    campaign = kc.estimate(kc.read_jobs(project / "examples/campaign.yaml"), as_of=AS_OF)
    plan = fitted(campaign, limit, rules(*MAY, SHORTER, weights="{}"))
    assert (plan.pain, plan.limits[0].after, plan.proof) == (pain, Decimal(after), "exact")
    assert plan.exit_code == 4, "no limit covers the other seller's credits"


# Every plan of small ones.

_QUALITIES, _SOUNDS = ("720p", "1080p"), ("on", "off")


def random_jobs(of: Random) -> list[dict[str, Any]]:
    """Up to six jobs, identical ones among them."""
    kinds = [
        (of.randint(1, 4), of.choice(("hero", "broll", "draft")), of.randint(3, 8), of.choice(_QUALITIES))
        for _ in range(of.randint(1, 4))
    ]
    chosen = [(of.choice(kinds), of.choice(_SOUNDS), of.choice((T2V, I2V))) for _ in range(of.randint(1, 6))]
    return [job(f"job-{n}", *kind[:3], kind[3], sound, model) for n, (kind, sound, model) in enumerate(chosen)]


class Allowed:
    """Random changes that are allowed: as rules say them, and what each does to a job."""

    def __init__(self, of: Random) -> None:
        self.quality, self.sound, self.takes, self.seconds, self.drop = (
            of.choice((None, of.randint(1, 9))) for _ in range(5)
        )
        self.fewest, self.shortest = of.randint(1, 3), of.randint(3, 6)
        if not self.texts():
            self.takes = 2

    def texts(self) -> list[str]:
        found = {
            f"{{change: quality, from: 1080p, to: 720p, pain: {self.quality}}}": self.quality,
            f"{{change: sound, from: on, to: off, pain: {self.sound}}}": self.sound,
            f"{{change: takes, down_to: {self.fewest}, pain: {self.takes}}}": self.takes,
            f"{{change: duration, down_to: {self.shortest}, pain: {self.seconds}}}": self.seconds,
            f"{{change: drop, pain: {self.drop}, where: {{tag:class: draft}}}}": self.drop,
        }
        return [text for text, pain in found.items() if pain is not None]

    def becomes(self, of: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any] | None]]:
        """Everything that a job may become, each with its pain; None where it is left out."""
        body = of["request"]
        qualities = {body["quality"]: 0} | (
            {"720p": self.quality} if self.quality and body["quality"] == "1080p" else {}
        )
        sounds = {body["sound"]: 0} | ({"off": self.sound} if self.sound and body["sound"] == "on" else {})
        least = min(self.shortest, body["duration"]) if self.seconds else body["duration"]
        fewest = min(self.fewest, of["takes"]) if self.takes else of["takes"]
        lengths, counts = range(least, body["duration"] + 1), range(fewest, of["takes"] + 1)
        for (quality, a), (sound, b), seconds, takes in product(qualities.items(), sounds.items(), lengths, counts):
            pain = (a or 0) + (b or 0) + (self.seconds or 0) * (body["duration"] - seconds)
            request = {**body, "quality": quality, "sound": sound, "duration": seconds}
            yield pain + (self.takes or 0) * (of["takes"] - takes), {**of, "takes": takes, "request": request}
        if self.drop is not None and of["tags"]["class"] == "draft":
            yield self.drop, None


def costs_of(jobs: list[dict[str, Any] | None], known: dict[str, Decimal]) -> list[Decimal]:
    """What jobs cost, each priced as it would be submitted."""
    new = {json.dumps([one["request"], one["takes"]]): one for one in jobs if one is not None}
    new = {key: {**one, "job_id": f"new-{n}"} for n, (key, one) in enumerate(new.items()) if key not in known}
    for key, item in zip(new, planned(*new.values()).line_items if new else [], strict=True):
        assert item.cost is not None
        known[key] = item.cost.value
    return [Decimal(0) if one is None else known[json.dumps([one["request"], one["takes"]])] for one in jobs]


def every_sum(jobs: list[dict[str, Any]], allowed: Allowed, known: dict[str, Decimal]) -> set[tuple[int, Decimal]]:
    """Pain and cost of every plan."""
    sums = {(0, Decimal(0))}
    for one in jobs:
        weight = {"hero": 5, "broll": 2, "draft": 1}[one["tags"]["class"]]
        pains, become = zip(*allowed.becomes(one), strict=True)
        found = set(zip((weight * pain for pain in pains), costs_of(list(become), known), strict=True))
        sums = {(a + pain, b + cost) for a, b in sums for pain, cost in found}
    return sums


def told(plan: kc.Plan) -> dict[str, Any]:
    """What a plan says, without the places of jobs."""
    found = plan.to_json()
    for key in ("changes", "jobs"):
        for one in found[key]:
            one.pop("row")
        found[key].sort(key=lambda one: (one["job_id"], one.get("change", "")))
    return {key: found[key] for key in ("status", "pain", "bound", "limits", "changes", "jobs", "next", "conflict")}


def test_every_plan_of_a_few_jobs_is_the_best_and_their_order_changes_nothing(rules: Made) -> None:
    known: dict[str, Decimal] = {}
    for seed in range(300):
        of = Random(seed)
        jobs, allowed = random_jobs(of), Allowed(of)
        sums = every_sum(jobs, allowed, known)
        least, most = min(cost for _, cost in sums), planned(*jobs).totals[0].cost
        limit = least + (most - least) * of.randint(-5, 105) / 100
        limit = max(Decimal(0), limit.quantize(Decimal("0.0001")))
        given = rules(*allowed.texts())
        plan = fitted(planned(*jobs), f"{limit:f}", given)
        within = [pair for pair in sums if pair[1] <= limit]
        if not within:
            assert (plan.status, plan.conflict[0].least) == ("infeasible", least), seed
            continue
        found = sum((one.cost for one in plan.jobs), Decimal(0))
        assert (plan.pain, found) == (min(within) if most > limit else (0, most)), seed
        assert plan.proof == "exact"
        less = [(cost, pain) for pain, cost in sums if pain < (plan.pain or 0)]
        assert [tuple(one) for one in plan.next] == ([min(less)] if less else []), seed
        shuffled = of.sample(jobs, len(jobs))
        assert told(fitted(planned(*shuffled), f"{limit:f}", given)) == told(plan), seed


def test_money_is_compared_exactly_over_all_currencies(rules: Made) -> None:
    book = kc.load_prices(rates=["100 KLING3API_CREDIT/USD", "71 EVOLINK_CREDIT/USD"])
    other = {"job_id": "other", "takes": 4, "tags": {}, "request": {"type": "std-text-to-video", "prompt": "Fog"}}
    odd = job("odd", 1, "hero", 7, "1080p", "off")
    plan = kc.estimate([HERO, other, odd], book, as_of=AS_OF)
    exactly = F("482.3874") / 71 + F(1200, 100)
    assert (exactly * 10**12).denominator > 1
    given, step = rules("{change: sound, from: on, to: off, pain: 2}", weights="{}"), F(1, 10**12)
    below, above = (Decimal(floor(exactly / step) + more).scaleb(-12) for more in (0, 1))
    assert kc.fit(plan, kc.Amount(above, "USD"), given).status == "fits"
    assert [(one.job_id, one.pain) for one in kc.fit(plan, kc.Amount(below, "USD"), given).changes] == [("other", 2)]
    (further,) = kc.fit(plan, kc.Amount(below, "USD"), given).next
    assert (further.pain, further.limit) == (0, Decimal(ceil(exactly * 10**6)).scaleb(-6))


def test_what_is_next_is_the_least_limit_that_hurts_less(rules: Made) -> None:
    given, quantum = rules(*MAY), Decimal("0.0001")
    limit, pains = Decimal(200), []
    while True:
        plan = fitted(planned(), f"{limit:f}", given)
        pains.append(plan.pain)
        if not plan.next:
            break
        (further,) = plan.next
        assert fitted(planned(), f"{further.limit - quantum:f}", given).pain == plan.pain
        limit = further.limit
        assert fitted(planned(), f"{limit:f}", given).pain == further.pain
    assert pains[0] == 67
    assert pains[-1] == 0
    assert pains == sorted(pains, reverse=True)


def test_savings_add_up_and_the_plan_can_be_priced_again(rules: Made) -> None:
    drop = "{change: drop, pain: 4, where: {tag:class: draft}}"
    for limit in ("500", "300", "216.4", "120"):
        plan = fitted(planned(), limit, rules(*MAY, SHORTER, drop))
        before, after = planned().totals[0].cost, sum((one.cost for one in plan.jobs), Decimal(0))
        assert sum((one.saves for one in plan.changes), Decimal(0)) == before - after
        assert sum(one.pain for one in plan.changes) == plan.pain
        rows = [
            {"job_id": one["job_id"], "provider": one["provider"], "model": one["model"], "takes": one["takes"]}
            | one["options"]
            for one in plan.to_json()["jobs"]
            if not one["dropped"]
        ]
        import pandas as pd

        again = kc.estimate(pd.DataFrame(rows), as_of=AS_OF)
        assert again.totals[0].cost == after == plan.estimate.totals[0].cost
        assert kc.check(plan.estimate, budget=f"{limit} EVOLINK_CREDIT").exit_code == 0


def test_weights_of_one_factor_change_no_plan_and_one_more_rule_never_hurts(rules: Made) -> None:
    thrice = rules(*MAY, weights="{tag:class: {hero: 15, broll: 6, draft: 3}}", name="thrice.yaml")
    for limit in ("600", "500", "400", "300", "216.4"):
        plan = fitted(planned(), limit, rules(*MAY))
        heavier = fitted(planned(), limit, thrice)
        assert heavier.pain == 3 * (plan.pain or 0)
        assert [one[:6] for one in heavier.changes] == [one[:6] for one in plan.changes]
        more = fitted(planned(), limit, rules(*MAY, SHORTER))
        assert more.pain is not None
        assert more.pain <= (plan.pain or 0)


def test_weights_of_two_fields_multiply_and_of_two_rules_the_one_that_hurts_less_counts(rules: Made) -> None:
    both = rules(
        "{change: sound, from: on, to: off, pain: 7}",
        "{change: sound, from: on, to: off, pain: 2, where: {tag:class: hero}}",
        weights="{tag:class: {hero: 5}, quality: {1080p: 3}}",
    )
    assert fitted(planned(), "600", both).pain == 30


def test_of_identical_jobs_the_last_ones_change_first(rules: Made) -> None:
    jobs = [job(f"shot-{n}", 1, "draft", 5, "720p", "on") for n in (3, 1, 2)]
    plan = fitted(planned(*jobs), "100", rules("{change: sound, from: on, to: off, pain: 2}"))
    assert [one.job_id for one in plan.changes] == ["shot-3", "shot-2"]


def test_a_default_that_was_applied_is_what_is_compared_and_the_change_is_written_out(rules: Made) -> None:
    silent = {"job_id": "a", "request": {"type": "std-text-to-video", "prompt": "Fog"}}
    estimate = planned(silent)
    assert "sound" in estimate.line_items[0].defaults_applied
    plan = kc.fit(estimate, "250 KLING3API_CREDIT", rules("{change: sound, from: on, to: off, pain: 2}"))
    assert [(one.change, one.before, one.to) for one in plan.changes] == [("sound", "on", "off")]
    assert "sound" not in plan.estimate.line_items[0].defaults_applied


def test_what_requests_fix_is_not_changed(rules: Made) -> None:
    shots = [{"index": n, "prompt": "Fog", "duration": "4"} for n in (1, 2)]
    several = {"model": T2V, "prompt": "Fog", "duration": 8, "quality": "720p", "sound": "off"}
    several["model_params"] = {"multi_shot": True, "shot_type": "customize", "multi_prompt": shots}
    sent = {**job("sent", 3, "draft", 8, "1080p", "on"), "task_id": "task-1"}
    estimate = planned({"job_id": "shots", "request": several}, sent)
    assert estimate.left_out == 0, estimate.problems
    plan = fitted(estimate, "1", rules(SHORTER, *MAY))
    assert (plan.status, plan.conflict[0].least) == ("infeasible", estimate.totals[0].cost)
    assert {one.key for one in plan.problems} >= {"has_no_effect.may"}


def test_no_price_that_is_doubted_is_taken(tmp_path: Path, rules: Made) -> None:
    rate = 'source: list, checked: 2026-11-01, date_basis: stated, suspicious: "half of the others", '
    unit = "by: [quality, sound], unit_price: {720p: {off: 1, on: 2}, 1080p: {off: 3, on: 4}}"
    overlay = tmp_path / "odd.yaml"
    overlay.write_text(
        "schema: 1\nversion: odd\nproviders:\n  evolink:\n    skus:\n      kling-3.0-video:\n        rates:\n"
        f"          2026-11-01: {{{rate}{unit}}}\n",
        encoding="utf-8",
    )
    book = kc.load_prices(overlay=overlay)
    estimate = kc.estimate([HERO], book, as_of=AS_OF)
    plan = kc.fit(estimate, "100 EVOLINK_CREDIT", rules(*MAY[:2]))
    assert (plan.status, plan.conflict[0].least) == ("infeasible", Decimal(160))
    fewer = kc.fit(estimate, "100 EVOLINK_CREDIT", rules(*MAY))
    assert [one.change for one in fewer.changes] == ["takes"], "its own price may be taken fewer times"


def test_a_policy_that_a_job_keeps_is_kept(rules: Made) -> None:
    policy = "policies: [{name: Heroes, where: {tag:class: hero}, require: {quality: 1080p}}]\n"
    plan = fitted(planned(), "216.4", rules(*MAY, more=policy))
    assert plan.status == "infeasible"
    plan = fitted(planned(), "300", rules(*MAY, more=policy))
    assert plan.exit_code == 0
    assert not [one for one in plan.changes if one.job_id == "hero" and one.change == "quality"]


def test_a_policy_that_the_plan_breaks_refuses_it(rules: Made) -> None:
    policy = "policies: [{name: Small, at_most: {total: 100 EVOLINK_CREDIT}}]\n"
    plan = fitted(planned(), "500", rules(*MAY, more=policy))
    assert (plan.status, plan.exit_code) == ("changed", 3)
    assert plan.problems[-1].key == "not_allowed.policies"


@pytest.mark.parametrize(("contingency", "share"), [("10 %", F(11, 10)), ("20 EVOLINK_CREDIT", None)])
def test_a_contingency_is_set_aside(rules: Made, contingency: str, share: F | None) -> None:
    given = rules(*MAY, more=f"contingency: {contingency}\n")
    plan = fitted(planned(), "500", given)
    after = plan.limits[0].after
    assert after is not None
    needed = F(after) * share if share else F(after) + 20
    assert needed <= 500
    assert plan.limits[0].headroom is not None
    assert abs(F(plan.limits[0].headroom) - (500 - needed)) <= F(1, 10_000)
    (further,) = plan.next
    assert fitted(planned(), f"{further.limit:f}", given).pain == further.pain
    assert fitted(planned(), f"{further.limit - Decimal('0.0001'):f}", given).pain == plan.pain
    assert kc.check(plan.estimate, budget="500 EVOLINK_CREDIT", rules=given).exit_code == 0


def test_the_limit_of_a_campaign_holds_its_own_jobs(tmp_path: Path) -> None:
    text = "budget: 30 EVOLINK_CREDIT\nfit: {may: [{change: sound, from: on, to: off, pain: 2}]}\n"
    row = f"jobs: [{{job_id: NAME, model: {T2V}, prompt: Fog, sound: on}}]\n"
    (tmp_path / "one.yaml").write_text(f"campaign: One\n{text}{row}".replace("NAME", "a"), encoding="utf-8")
    (tmp_path / "two.yaml").write_text(f"campaign: Two\n{row}".replace("NAME", "b"), encoding="utf-8")
    files = name_sources([tmp_path / "one.yaml", tmp_path / "two.yaml"])
    estimate = kc.estimate(stream_jobs(files), as_of=AS_OF)
    plan = kc.fit(estimate)
    assert [one.job_id for one in plan.changes] == ["a"]
    assert plan.exit_code == 4, "no limit covers the other file"
    plan = kc.fit(estimate, "70 EVOLINK_CREDIT")
    assert [one.job_id for one in plan.changes] == ["a"], "the rules are about their own file"


def test_a_job_without_a_price_is_in_no_plan_and_the_result_is_partial(rules: Made) -> None:
    bad = job("bad", 1, "draft", 99, "720p", "off")
    plan = fitted(planned(HERO, bad), "300", rules(*MAY))
    assert (plan.status, plan.exit_code, plan.estimate.partial) == ("changed", 5, True)


def test_without_an_exchange_rate_nothing_is_told(rules: Made) -> None:
    other = {"job_id": "other", "request": {"type": "std-text-to-video", "prompt": "Fog"}}
    plan = kc.fit(planned(HERO, other), "5 USD", rules(*MAY))
    assert (plan.status, plan.exit_code, plan.pain, plan.proof) == ("unknown", 4, None, "none")
    validate(plan.to_json(), "fit")


def test_all_jobs_may_be_dropped(rules: Made) -> None:
    plan = fitted(planned(DRAFT), "0", rules("{change: drop, pain: 9}"))
    assert (plan.status, plan.pain, plan.exit_code, plan.jobs[0].dropped) == ("changed", 9, 0, True)
    assert plan.to_json()["jobs"][0]["cost"] == "0"


def test_changes_that_are_allowed_in_words() -> None:
    plan = kc.fit(planned(), "300 EVOLINK_CREDIT", may="quality,sound,takes:2,duration:5")
    assert {(rule.change, rule.pain) for rule in plan.may} == {
        ("quality", 3),
        ("sound", 2),
        ("takes", 2),
        ("duration", 1),
    }
    dear = job("dear", 1, "draft", 5, "1080p", "off")
    (change,) = kc.fit(planned(dear), "30 EVOLINK_CREDIT", may="quality").changes
    assert (change.before, change.to) == ("1080p", "720p")


@pytest.mark.parametrize(
    ("may", "why"),
    [
        ("colour", "may: unknown change colour; use quality, sound, takes, duration, seller, or rules with `fit`"),
        ("qualty", "may: unknown change qualty; did you mean quality?"),
        ("", "may: unknown change without a name; use quality, sound, takes, duration, seller, or rules with `fit`"),
        ("takes", "may: takes needs the least that it may become, such as takes:2"),
        ("takes:0", "may: takes needs the least that it may become, such as takes:2"),
        ("duration:4.5", "may: duration needs the least that it may become, such as duration:2"),
        ("quality:720p", "may: quality takes no number; for a value of your own, write rules with `fit`"),
        ("sound,takes:2,sound", "may: sound is given more than once"),
    ],
)
def test_words_that_allow_nothing_are_refused(may: str, why: str) -> None:
    with pytest.raises(kc.UsageError) as raised:
        kc.fit(planned(), "300 EVOLINK_CREDIT", may=may)
    assert str(raised.value) == why


def test_what_cannot_be_fitted_is_refused(tmp_path: Path, rules: Made) -> None:
    def refused(*given: Any, **more: Any) -> str:
        with pytest.raises(kc.KlingCostError) as raised:
            kc.fit(*given, **more)
        assert raised.value.exit_code == 2
        return str(raised.value).replace(f"{tmp_path}/", "")

    nothing = 'nothing may be changed: write `fit` into the rules, or pass may="quality,sound,takes:2"'
    assert refused(planned(), "5 USD") == nothing
    assert refused(planned(), "5 USD", rules()) == nothing
    assert refused(planned(), None, rules(*MAY)).startswith("no budget: ")
    assert refused(planned(), ["5 USD", "6 USD"], rules(*MAY)) == "two budgets in USD"
    nobody = rules(MAY[0], "{change: seller, from: evolink, to: kling-v9, pain: 4}")
    assert refused(planned(), "5 USD", nobody) == ("rules.yaml:6:43: fit.may: the price book has no price for kling-v9")
    unsold = rules("{change: quality, from: 1080p, to: 8k, pain: 1}")
    assert refused(planned(), "5 USD", unsold) == "rules.yaml:5:42: fit.may: the price book has no price for 8k"
    kc.write_report(tmp_path / "plan.json", planned())
    assert refused(kc.read_estimate(tmp_path / "plan.json"), "5 USD", rules(*MAY)) == (
        "a stored estimate cannot be changed: pass the jobs"
    )
    many = job("draft", 10_000, "draft", 15, "1080p", "on")
    assert refused(planned(many), "5 USD", rules(SHORTER, "{change: takes, down_to: 1, pain: 1}")) == (
        "job draft: rules allow more than 100,000 alternatives; raise `down_to` of takes or duration"
    )


# The command.


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    lines = "\n".join(map(json.dumps, (HERO, BROLL, DRAFT)))
    (tmp_path / "jobs.jsonl").write_text(lines, encoding="utf-8")
    may = "".join(f"\n    - {one}" for one in MAY)
    (tmp_path / "rules.yaml").write_text(f"schema: 1\nfit:\n  weights: {WEIGHTS}\n  may:{may}\n", encoding="utf-8")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["plan", "fit", "jobs.jsonl", "--as-of", "2026-11-20", *words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.mark.parametrize("locale", ["en", "ko", "ja", "zh"])
def test_the_command_says_what_a_plan_hurts(files: Path, capsys: pytest.CaptureFixture[str], locale: str) -> None:
    given = ("--rules", "rules.yaml", "--locale", locale, "--budget")
    code, shown, _ = run(capsys, *given, "500 EVOLINK_CREDIT")
    assert code == 0
    for text in ("493.101", "14", "512.892", "broll"):
        assert text in shown
    code, shown, _ = run(capsys, *given, "194 EVOLINK_CREDIT", "--format", "md")
    assert code == 7
    assert "194.4" in shown
    assert run(capsys, *given, "700 EVOLINK_CREDIT")[0] == 0


def test_the_command_writes_every_form(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--rules", "rules.yaml", "--budget", "500 EVOLINK_CREDIT")
    code, shown, told_ = run(capsys, *given, "--format", "json", "-o", "changes.csv", "-o", "plan.md")
    assert code == 0
    assert json.loads(shown)["kind"] == "fit"
    assert told_ == "wrote changes.csv\nwrote plan.md\n"
    rows = (files / "changes.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "job_id,source,row,change,from,to,pain,saves,currency"
    assert rows[1] == "hero,jobs.jsonl,1,sound,on,off,10,144.072,EVOLINK_CREDIT"
    assert "A plan hurts the sum of its changes" in (files / "plan.md").read_text(encoding="utf-8")
    code, _, told_ = run(capsys, *given, "-o", "plan.parquet")
    assert (code, told_) == (2, "kling-cost: plan.parquet: a plan can be written as .xlsx, .html, .md, .csv, .json\n")
    code, _, told_ = run(capsys, "--budget", "5 USD")
    assert (code, "--may quality,sound,takes:2" in told_) == (2, True)
    (files / "plan.json").write_text(shown, encoding="utf-8")
    assert main(["estimate", "plan.json"]) == 2
    assert "fit" in capsys.readouterr().err


def test_an_interrupted_run_leaves_nothing_behind(
    files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*given: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kling_cost.planning.fit.fitter.least_pain", interrupted)
    before = sorted(path.name for path in files.iterdir())
    code, shown, told_ = run(
        capsys, "--rules", "rules.yaml", "--budget", "500 EVOLINK_CREDIT", "-o", "changes.csv", "--format", "json"
    )
    assert (code, shown) == (130, "")
    assert "Traceback" not in told_
    assert sorted(path.name for path in files.iterdir()) == before


def test_jobs_that_differ_only_in_what_a_policy_names_are_told_apart(rules: Made) -> None:
    policy = "policies: [{name: Drafts, forbid: {quality: 720p, tag:scene: storm}}]\n"
    jobs = [
        {**job(f"shot-{n}", 1, "draft", 5, "1080p", "off"), "tags": {"scene": s}}
        for n, s in enumerate(("storm", "calm"))
    ]
    may = rules("{change: quality, from: 1080p, to: 720p, pain: 1}", more=policy, weights="{}")
    for order in (jobs, jobs[::-1]):
        plan = fitted(planned(*order), "70", may)
        assert ([one.job_id for one in plan.changes], plan.exit_code) == (["shot-1"], 0)
        assert fitted(planned(*order), "60", may).status == "infeasible"


def test_what_a_price_counts_is_in_the_jobs_that_can_be_priced_again(tmp_path: Path) -> None:
    import pandas as pd

    from tests.pricing.test_extras_and_factors import BOOK

    (tmp_path / "book.yaml").write_text(BOOK, encoding="utf-8")
    book = kc.load_prices(tmp_path / "book.yaml")
    row = {"job_id": "a", "provider": "seller", "model": "vid", "duration": 5, "takes": 4, "element": 3, "voice": "on"}
    of = kc.estimate(pd.DataFrame([row]), book, as_of=AS_OF)
    plan = kc.fit(of, f"{of.totals[0].cost / 2} USD", may="takes:2")
    (one,) = plan.to_json()["jobs"]
    assert one["options"]["element"] == "3"
    again = {"provider": one["provider"], "model": one["model"], "takes": one["takes"]} | one["options"]
    assert kc.estimate(pd.DataFrame([again]), book, as_of=AS_OF).totals[0].cost == plan.estimate.totals[0].cost
    validate(plan.to_json(), "fit")
