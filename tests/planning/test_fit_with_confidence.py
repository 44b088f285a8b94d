"""Plans that fit with the contingency that they need themselves, with a confidence."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.results.result_schema import schema
from tests.planning.test_fit import AS_OF, job, planned

RULES = """\
schema: 1
fit:
  weights: {tag:class: {hero: 5}}
  may:
    - {change: quality, from: 1080p, to: 720p, pain: 3}
    - {change: sound, from: on, to: off, pain: 2}
    - {change: takes, down_to: 2, pain: 2}
takes:
  hero: {where: {tag:class: hero}, success: {low: 0.15, likely: 0.25, high: 0.35}, at_most: 12}
  broll: {where: {tag:class: broll}, usable: takes, success: 0.4, at_most: 9}
"""
CONFIDENCE = "0.8"


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> kc.Rules:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text(RULES, encoding="utf-8")
    return kc.read_rules(path)


def fitted(estimate: kc.Estimate, limit: object, rules: kc.Rules, confidence: str = CONFIDENCE) -> kc.Plan:
    return kc.fit(estimate, f"{limit} EVOLINK_CREDIT", rules, confidence=confidence)


def checked(estimate: kc.Estimate, limit: object, rules: kc.Rules, confidence: str = CONFIDENCE) -> kc.Verdict:
    return kc.check(estimate, budget=f"{limit} EVOLINK_CREDIT", rules=rules, confidence=confidence)


def needed(estimate: kc.Estimate, rules: kc.Rules, confidence: str = CONFIDENCE) -> Decimal:
    (limit,) = checked(estimate, 1, rules, confidence).limits
    return limit.planned + limit.contingency  # type: ignore[operator]


def some(kind: str, takes: int, seconds: int, quality: str, sound: str) -> dict[str, Any]:
    return job(f"{kind}-{takes}-{seconds}", takes, kind, seconds, quality, sound)


JOBS = st.builds(
    some,
    st.sampled_from(["hero", "broll", "other"]),
    st.integers(1, 3),
    st.sampled_from([3, 5, 10]),
    st.sampled_from(["720p", "1080p"]),
    st.sampled_from(["on", "off"]),
)
CAMPAIGNS = st.lists(JOBS, min_size=1, max_size=2, unique_by=lambda one: one["job_id"])


def every_plan(jobs: list[dict[str, Any]]) -> list[tuple[int, list[dict[str, Any]]]]:
    """Every plan that the rules allow, with what it hurts."""
    ways = [list(every_job(one)) for one in jobs]
    return [(sum(pain for pain, _ in picked), [one for _, one in picked]) for picked in product(*ways)]


def every_job(one: dict[str, Any]) -> Any:
    request, takes = one["request"], one["takes"]
    weight = 5 if one["tags"]["class"] == "hero" else 1
    qualities = ["1080p", "720p"] if request["quality"] == "1080p" else ["720p"]
    sounds = ["on", "off"] if request["sound"] == "on" else ["off"]
    for quality, sound, fewer in product(qualities, sounds, range(takes - min(2, takes) + 1)):
        pain = 3 * (quality != request["quality"]) + 2 * (sound != request["sound"]) + 2 * fewer
        yield weight * pain, {**one, "takes": takes - fewer, "request": {**request, "quality": quality, "sound": sound}}


@settings(max_examples=12, deadline=None)
@given(jobs=CAMPAIGNS, share=st.integers(30, 105))
@example(jobs=[some("broll", 3, 5, "1080p", "off")], share=100)  # fits as it is
def test_what_is_proposed_holds_and_what_is_said_of_other_plans_is_true(
    rules: kc.Rules, jobs: list[dict[str, Any]], share: int
) -> None:
    estimate = planned(*jobs)
    limit = (needed(estimate, rules) * share / 100).quantize(Decimal("0.0001"))
    plan = fitted(estimate, limit, rules)
    plans = [(pain, needed(planned(*changed), rules)) for pain, changed in every_plan(jobs)]
    held = [pain for pain, amount in plans if amount <= limit]
    assert plan.limits[0].least == min(amount for _, amount in plans)
    if not held:
        assert plan.status == "infeasible"
        return
    assert plan.is_found
    assert plan.pain is not None
    assert plan.bound is not None
    assert checked(plan.estimate, limit, rules).verdict == "within"
    assert plan.pain in [pain for pain, _ in plans]
    assert plan.bound <= min(held) <= plan.pain
    if plan.proof == "exact":
        assert plan.pain == min(held)
    (told,) = plan.limits
    assert told.after is not None
    assert told.after + (told.contingency or 0) == needed(plan.estimate, rules)
    assert told.headroom == limit - needed(plan.estimate, rules)


@settings(max_examples=8, deadline=None)
@given(jobs=CAMPAIGNS, share=st.integers(50, 100))
def test_the_applied_plan_is_within_its_limits_with_the_same_confidence(
    rules: kc.Rules, jobs: list[dict[str, Any]], share: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("applied")
    path, new = folder / "jobs.jsonl", folder / "fitted.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in jobs), encoding="utf-8")
    estimate = kc.estimate(path, as_of=AS_OF)
    limit = (needed(estimate, rules) * share / 100).quantize(Decimal("0.0001"))
    plan = fitted(estimate, limit, rules)
    if plan.status == "changed":
        kc.apply(plan, path, new)
        assert checked(kc.estimate(new, as_of=AS_OF), limit, rules).exit_code == 0


HERO, BROLL = some("hero", 3, 10, "1080p", "on"), some("broll", 3, 5, "1080p", "on")


def test_several_limits_hold_with_what_each_needs(rules: kc.Rules) -> None:
    estimate = planned(HERO, BROLL, some("other", 3, 5, "1080p", "on"))
    budget = [f"{needed(estimate, rules) * 8 / 10:f} EVOLINK_CREDIT", "9 USD"]
    plan = kc.fit(estimate, budget, rules, confidence=CONFIDENCE)
    assert plan.status == "changed"
    verdict = kc.check(plan.estimate, budget=budget, rules=rules, confidence=CONFIDENCE)
    assert verdict.verdict == "within"
    assert [one.contingency for one in plan.limits] == [standing.contingency for standing in verdict.limits]
    assert all(one.contingency for one in plan.limits)


def test_fewer_takes_are_no_way_to_set_less_aside(rules: kc.Rules) -> None:
    estimate = planned(HERO)
    plan = fitted(estimate, needed(estimate, rules) - 1, rules)
    assert [one.change for one in plan.changes] == ["sound"], "however many are planned, as many are needed"


def test_a_higher_confidence_never_hurts_less(rules: kc.Rules) -> None:
    estimate = planned(HERO, BROLL)
    limit = needed(estimate, rules)
    pains = [fitted(estimate, limit, rules, level).pain for level in ("0.5", "0.8", "0.9")]
    assert pains[:2] == [0, 0]
    assert pains[2] is not None
    assert pains[2] > 0


def test_json_has_confidence_rounds_and_contingency(rules: kc.Rules) -> None:
    estimate = planned(HERO, BROLL)
    limit = needed(estimate, rules) - 100
    found = fitted(estimate, limit, rules).to_json()
    jsonschema.validate(found, schema("fit"), jsonschema.Draft202012Validator)
    assert found["confidence"] == "0.8"
    assert 1 < found["rounds"] <= 6
    assert Decimal(found["limits"][0]["contingency"]) > 0
    plain = kc.fit(estimate, f"{limit} EVOLINK_CREDIT", rules).to_json()
    assert {"confidence", "rounds"}.isdisjoint(plain)
    assert "contingency" not in plain["limits"][0]


def test_without_classes_of_takes_a_confidence_has_no_effect(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        "schema: 1\ncontingency: 10 %\nfit: {may: [{change: sound, from: on, to: off, pain: 1}]}\n", encoding="utf-8"
    )
    estimate = planned(HERO)
    given_ = (estimate, "300 EVOLINK_CREDIT", path)
    plan, plain = kc.fit(*given_, confidence=CONFIDENCE), kc.fit(*given_)
    assert (plan.pain, plan.limits, plan.confidence) == (plain.pain, plain.limits, None)
    assert "has_no_effect.confidence" in {found.key for found in plan.problems}


@pytest.mark.parametrize("wrong", ["0", "1", "80 %", "x"])
def test_a_confidence_that_is_no_chance_is_refused(rules: kc.Rules, wrong: str) -> None:
    with pytest.raises(kc.UsageError, match="confidence must be a chance between 0 and 1"):
        fitted(planned(HERO), 5, rules, wrong)


def test_the_gate_names_the_command_and_the_plan_that_it_finds_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rules: kc.Rules
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rules.yaml").write_text(RULES, encoding="utf-8")
    Path("jobs.jsonl").write_text("".join(json.dumps(one) + "\n" for one in (HERO, BROLL)), encoding="utf-8")
    limit = f"{needed(planned(HERO, BROLL), rules) - 100:f} EVOLINK_CREDIT"
    common = ["--as-of", "2026-11-20", "--rules", "rules.yaml", "--budget", limit, "--confidence", "0.8"]
    assert main(["check", "jobs.jsonl", *common]) == 3
    assert "--confidence 0.8" in " ".join(capsys.readouterr().out.split())
    assert main(["plan", "fit", "jobs.jsonl", *common, "--apply", "fitted.jsonl"]) == 0
    shown = capsys.readouterr().out
    assert "8 of 10 such plans cost no more than each limit" in " ".join(shown.split())
    assert "Contingency" in shown
    assert main(["check", "fitted.jsonl", *common]) == 0
    capsys.readouterr()
