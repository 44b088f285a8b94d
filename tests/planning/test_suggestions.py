"""The single changes that a gate suggests over a limit: published figures, every change of small plans, and none."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.results.document_types import CHECK
from tests.planning.test_fit import AS_OF, BROLL, DRAFT, HERO, MAY, WEIGHTS, job, planned
from tests.schemas import validate

K3 = {"job_id": "k3", "takes": 3, "request": {"type": "pro-text-to-video", "prompt": "Fog", "duration": 5}}
BOOK = kc.load_prices(rates=["100 KLING3API_CREDIT/USD"])


def rules(folder: Path, *may: str, more: str = "", weights: str = WEIGHTS) -> kc.Rules:
    text = f"schema: 1\nfit: {{weights: {weights}, may: [{', '.join(may)}]}}\n{more}"
    (folder / "rules.yaml").write_text(text, encoding="utf-8")
    return kc.read_rules(folder / "rules.yaml")


def told(verdict: kc.Verdict) -> list[str]:
    return [f"{s.job_id} {s.change} {s.before} {s.to} {s.saves.normalize():f}" for s in verdict.suggestions]


def test_the_changes_that_save_most_at_published_prices() -> None:
    verdict = kc.check(planned(), budget="600 EVOLINK_CREDIT")
    assert (verdict.verdict, verdict.exit_code) == ("over", 3)
    record = CHECK.json(verdict)
    validate(json.loads(json.dumps(record)), "check")
    form = ("change", "job_id", "from", "to", "saves", "headroom")
    assert [tuple(one[key] for key in form) for one in record["suggestions"]] == [
        ("takes", "hero", "4", "2", "216", "142.836"),
        ("sound", "hero", "on", "off", "144.072", "70.908"),
        ("quality", "hero", "1080p", "720p", "108", "34.836"),
    ]
    assert record["suggestions"][0] | {"source": None} == {
        **dict(zip(form, ("takes", "hero", "4", "2", "216", "142.836"), strict=True)),
        "currency": "EVOLINK_CREDIT", "limit": "600", "scope": "campaign", "pain": 4, "jobs": 1,
        "source": None, "row": 1,
    }  # fmt: skip


def test_rules_say_what_may_be_suggested_and_how_much_it_hurts(tmp_path: Path) -> None:
    may = (MAY[1], "{change: takes, down_to: 3, pain: 2}", "{change: drop, pain: 50, where: {tag:class: draft}}")
    verdict = kc.check(planned(), budget="300 EVOLINK_CREDIT", rules=rules(tmp_path, *may))
    assert told(verdict) == [
        "hero sound on off 144.072",
        "hero takes 4 3 108",
        "draft drop None None 97.2",
    ]
    assert [one.pain for one in verdict.suggestions] == [10, 10, 50]
    shorter = rules(tmp_path, "{change: duration, down_to: 5, pain: 1}")
    assert told(kc.check(planned(), budget="300 EVOLINK_CREDIT", rules=shorter)) == ["hero duration 10 5 216"]


def test_jobs_that_are_kept_or_have_a_task_are_left_alone(tmp_path: Path) -> None:
    kept = rules(tmp_path, *MAY, more="", weights="{}")
    kept_hero = kc.read_rules(write(tmp_path, "{schema: 1, fit: {keep: [{where: {tag:class: hero}}]}}"))
    for made in (kept_hero, [tmp_path / "keep.yaml"]):
        found = kc.check(planned(), budget="300 EVOLINK_CREDIT", rules=made)
        assert {one.job_id for one in found.suggestions} == {"broll", "draft"}
    tasked = planned(HERO | {"task_id": "t-1"}, BROLL, DRAFT)
    found = kc.check(tasked, budget="300 EVOLINK_CREDIT", rules=kept)
    assert "hero" not in {one.job_id for one in found.suggestions}


def write(folder: Path, text: str, name: str = "keep.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_policies_stay_kept(tmp_path: Path) -> None:
    policy = "policies: [{name: heroes are sharp, where: {tag:class: hero}, require: {quality: 1080p, sound: on}}]"
    verdict = kc.check(planned(), budget="600 EVOLINK_CREDIT", rules=rules(tmp_path, *MAY, more=policy))
    assert [one.change for one in verdict.suggestions if one.job_id == "hero"] == ["takes"]
    assert len(verdict.suggestions) == 3


def test_of_identical_jobs_the_first_is_named_and_all_are_counted() -> None:
    many = [HERO | {"job_id": f"hero-{n}"} for n in range(5)]
    verdict = kc.check(planned(BROLL, *many, DRAFT), budget="600 EVOLINK_CREDIT")
    assert told(verdict)[0] == "hero-0 takes 4 2 216"
    assert [(one.change, one.job_id, one.jobs) for one in verdict.suggestions] == [
        ("takes", "hero-0", 5),
        ("sound", "hero-0", 5),
        ("quality", "hero-0", 5),
    ]


def test_several_shots_keep_their_length(tmp_path: Path) -> None:
    shots = [{"index": 1, "prompt": "A", "duration": "5"}, {"index": 2, "prompt": "B", "duration": "5"}]
    params = {"multi_shot": True, "shot_type": "customize", "multi_prompt": shots}
    body = {"model": HERO["request"]["model"], "prompt": "", "duration": 10, "sound": "on", "model_params": params}
    plan = planned({"job_id": "story", "takes": 1, "request": body})
    assert not plan.left_out
    may = rules(tmp_path, "{change: duration, down_to: 3, pain: 1}", MAY[1])
    assert told(kc.check(plan, budget="1 EVOLINK_CREDIT", rules=may)) == ["story sound on off 27"]


@pytest.mark.parametrize(
    ("budget", "jobs"),
    [
        ("673.164 EVOLINK_CREDIT", (HERO, BROLL, DRAFT)),
        ("1 EVOLINK_CREDIT", (job("one", 1, "draft", 3, "720p", "off"),)),
    ],
)
def test_within_a_limit_or_where_nothing_may_change_there_is_nothing(budget: str, jobs: tuple[Any, ...]) -> None:
    assert list(kc.check(planned(*jobs), budget=budget).suggestions) == []


def test_nothing_is_suggested_where_the_gate_is_blocked_or_prices_are_not_known(tmp_path: Path) -> None:
    broken = planned(HERO, HERO | {"job_id": "b", "request": HERO["request"] | {"duration": 99}})
    assert kc.check(broken, budget="1 EVOLINK_CREDIT").verdict == "blocked"
    assert not kc.check(broken, budget="1 EVOLINK_CREDIT").suggestions
    uncovered = kc.check(planned(HERO, K3), budget="1 EVOLINK_CREDIT")
    assert (uncovered.exit_code, list(uncovered.suggestions)) == (4, [])
    totals = kc.check(planned().summary, budget="1 EVOLINK_CREDIT")
    assert (totals.exit_code, CHECK.json(totals)["suggestions"]) == (3, [])
    kc.write_report(tmp_path / "plan.json", planned())
    stored = kc.check(kc.read_estimate(tmp_path / "plan.json"), budget="1 EVOLINK_CREDIT")
    assert (stored.exit_code, list(stored.suggestions)) == (3, [])


def test_suggestions_are_for_the_first_limit_that_is_exceeded_and_for_its_jobs(tmp_path: Path) -> None:
    limits = ["9000 EVOLINK_CREDIT", "100 KLING3API_CREDIT"]
    verdict = kc.check(planned(HERO, K3), budget=limits)
    assert {(one.job_id, one.currency, one.limit) for one in verdict.suggestions} == {
        ("k3", "KLING3API_CREDIT", Decimal(100))
    }
    text = "campaign: {0}\ndefaults: {{model: kling-v3-text-to-video, sound: on}}\nbudget: {1} EVOLINK_CREDIT\njobs:\n"
    for name, limit, takes in (("a", 9000, 9), ("b", 50, 4)):
        (tmp_path / f"{name}.yaml").write_text(f"{text.format(name, limit)}  - {{prompt: x, takes: {takes}}}\n")
    two = kc.estimate(kc.read_jobs(tmp_path / "a.yaml", tmp_path / "b.yaml"), as_of=AS_OF)
    assert [(one.source, one.scope, one.change) for one in kc.check(two).suggestions] == [
        ("b.yaml", "b", "takes"),
        ("b.yaml", "b", "sound"),
    ]


def test_a_budget_by_scope_and_month_is_for_its_own_jobs(tmp_path: Path) -> None:
    budgets = (
        "budgets: [{name: heroes, where: {quality: 1080p, tag:class: hero}, per: month, limit: 100 EVOLINK_CREDIT}]"
    )
    later, other = HERO | {"job_id": "later", "date": "2026-12-01"}, HERO | {"job_id": "soon", "takes": 1}
    plan = planned(HERO | {"date": "2026-10-20", "takes": 1, "job_id": "early"}, later, other, BROLL)
    verdict = kc.check(plan, rules=kc.read_rules(write(tmp_path, f"{{schema: 1, {budgets}}}")), budget="9 USD")
    assert next(one.scope for one in verdict.limits if one.status == "over") == "campaign"
    alone = kc.check(plan, rules=tmp_path / "keep.yaml", budget="9000 USD")
    found = alone.suggestions
    assert [(one.scope, one.job_id, one.change) for one in found] == [("heroes / 2026-10", "early", "sound")]
    assert found[0].headroom == Decimal("28.018")  # quality would leave the budget, takes are two at least


def test_a_contingency_shrinks_with_the_plan(tmp_path: Path) -> None:
    share = rules(tmp_path, *MAY, more="contingency: 10 %\n")
    found = kc.check(planned(), budget="600 EVOLINK_CREDIT", rules=share).suggestions[0]
    assert (found.saves, found.headroom) == (216, Decimal(600) - Decimal("457.164") - Decimal("45.7164"))


def test_a_confidence_leaves_takes_and_headroom_out(tmp_path: Path) -> None:
    takes = "takes: {hero: {where: {tag:class: hero}, usable: 1, success: 1 in 4, at_most: 8}}"
    made = rules(tmp_path, *MAY, more=takes)
    verdict = kc.check(planned(), budget="600 EVOLINK_CREDIT", rules=made, confidence="0.8")
    found = [("hero", "sound"), ("hero", "quality"), ("broll", "quality")]
    assert [(one.job_id, one.change) for one in verdict.suggestions] == found
    assert [one.headroom for one in verdict.suggestions] == [None] * len(found)


def test_the_gate_needs_no_numpy_for_suggestions(project: Path) -> None:
    program = (
        "import sys, kling_cost as kc\n"
        "plan = kc.estimate([{'model': 'kling-v3-text-to-video', 'prompt': 'Fog', 'sound': 'on'}])\n"
        "kc.check(plan, budget='9 USD'); assert 'kling_cost.planning.fit.alternatives' not in sys.modules\n"
        "print(len(kc.check(plan, budget='30 EVOLINK_CREDIT').suggestions), 'numpy' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=project)
    assert run.stdout.split() == ["1", "False"]


#: What a job may be, as far as the built-in changes are concerned.
SHOTS = st.tuples(
    st.sampled_from([1, 2, 3, 6]),
    st.sampled_from([3, 10]),
    st.sampled_from(["720p", "1080p"]),
    st.sampled_from(["on", "off"]),
    st.booleans(),
)


def shot(number: int, takes: int, seconds: int, quality: str, sound: str, is_k3: bool) -> dict[str, Any]:
    if is_k3:
        body = {"type": "pro-text-to-video", "prompt": "Fog", "duration": seconds, "sound": sound == "on"}
        return {"job_id": f"s{number}", "takes": takes, "request": body}
    return job(f"s{number}", takes, "x", seconds, quality, sound)


def singles(shots: list[Any]) -> dict[tuple[Any, ...], tuple[str, int, list[Any]]]:
    """Every single change of a plan: of identical ones the first, with how many they are and the plan that it makes."""
    found: dict[tuple[Any, ...], tuple[str, int, list[Any]]] = {}
    for at, (takes, seconds, quality, sound, is_k3) in enumerate(shots):
        own = (takes, seconds, "" if is_k3 else quality, sound, is_k3)
        changed = [
            ("quality", (takes, seconds, "720p", sound, is_k3), quality == "1080p" and not is_k3),
            ("sound", (takes, seconds, quality, "off", is_k3), sound == "on"),
            ("takes", (2, seconds, quality, sound, is_k3), takes > 2),
        ]
        for change, to, is_one in changed:
            if is_one:
                first, count, plan = found.get((change, own), (f"s{at}", 0, [*shots[:at], to, *shots[at + 1 :]]))
                found[change, own] = (first, count + 1, plan)
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(SHOTS, min_size=1, max_size=5), st.sampled_from(["0.01 USD", "1 EVOLINK_CREDIT"]))
def test_no_other_single_change_saves_more_and_the_gate_agrees_with_what_is_left(shots: list[Any], budget: str) -> None:
    limits = [budget] if budget.endswith("USD") else [budget, "1000000 KLING3API_CREDIT"]

    def checked(some: list[Any]) -> kc.Verdict:
        return kc.check(planned(*(shot(at, *one) for at, one in enumerate(some)), book=BOOK), budget=limits)

    verdict = checked(shots)
    if verdict.verdict != "over":
        return
    before = verdict.limits[0]
    wanted = []
    for (change, _), (first, count, plan) in singles(shots).items():
        after = checked(plan).limits[0]
        assert before.planned is not None
        assert after.planned is not None
        if after.planned < before.planned:
            wanted.append((before.planned - after.planned, first, change, count, after.headroom))
    found = verdict.suggestions
    by_job = {(one.job_id, one.change): one for one in found}
    for saves, first, change, count, headroom in wanted:
        one = by_job.get((first, change))
        if one is None:
            assert len(found) == 3
            assert saves <= found[-1].saves + Decimal("1e-12")
        else:
            assert abs(one.saves - saves) <= Decimal("1e-12")
            assert (one.jobs, one.headroom) == (count, headroom)
    assert len(found) == min(3, len(wanted))
    ranks = [(-one.saves, int((one.job_id or "s")[1:])) for one in found]
    assert ranks == sorted(ranks)


def test_without_rules_quality_goes_one_step_down() -> None:
    body = {"model_name": "kling-v3", "prompt": "Fog", "mode": "4k", "duration": "5", "sound": "off"}
    plan = kc.estimate([{"path": "/v1/videos/text2video", "request": body}], as_of=AS_OF)
    assert not plan.left_out
    (found,) = kc.check(plan, budget="0.01 USD").suggestions
    assert (found.change, found.before, found.to) == ("quality", "4k", "1080p")


def test_a_job_that_costs_less_than_twice_the_third_saving_may_save_more() -> None:
    dear = [job(f"d{seconds}", 1, "x", seconds, "1080p", "on") for seconds in (12, 13, 14)]
    verdict = kc.check(planned(*dear, job("many", 5, "x", 3, "720p", "off")), budget="1 EVOLINK_CREDIT")
    assert told(verdict) == ["d14 sound on off 50.4252", "many takes 5 2 48.6", "d13 sound on off 46.8234"]


def test_jobs_that_say_the_same_in_other_words_are_counted_together() -> None:
    said = job("said", 1, "x", 5, "720p", "on")
    left_out = said | {"job_id": "default", "request": {k: v for k, v in said["request"].items() if k != "quality"}}
    (found,) = kc.check(planned(said, left_out), budget="1 EVOLINK_CREDIT").suggestions
    assert (found.job_id, found.change, found.jobs) == ("said", "sound", 2)
