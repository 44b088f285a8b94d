"""The contingency that `check` sets aside with a confidence: the published figures, whose jobs count, and its laws."""

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
from kling_cost.cli import main
from kling_cost.planning.rules.rule_types import Rules
from kling_cost.planning.rules.take_types import TakeClass
from kling_cost.results.document_types import CHECK
from tests.planning.test_risk import AS_OF, BROLL, DRAFTS, HERO, NUMBERS, T2V, job, planned
from tests.schemas import validate

GOLDEN = [HERO, BROLL, *DRAFTS]
STD = {"job_id": "k", "request": {"type": "std-text-to-video", "prompt": "Fog", "duration": 5, "sound": False}}


def rules(folder: Path, classes: str = NUMBERS, more: str = "") -> Path:
    path = folder / "rules.yaml"
    path.write_text(f"schema: 1\n{more}\ntakes:\n  {classes}\n", encoding="utf-8")
    return path


def set_aside(verdict: kc.Verdict) -> dict[str, Decimal]:
    return {limit.scope: limit.contingency for limit in verdict.limits}


@pytest.mark.parametrize(
    ("limit", "word", "status", "code"),
    [
        ("900", "over", "over", 3),
        ("950.3459", "over", "over", 3),
        ("950.346", "within", "warn", 0),
        ("1000", "within", "warn", 0),
        ("1200", "within", "within", 0),
    ],
)
def test_the_published_campaign_with_its_contingency(
    tmp_path: Path, limit: str, word: str, status: str, code: int
) -> None:
    verdict = kc.check(
        planned(*GOLDEN), budget=f"{limit} EVOLINK_CREDIT", rules=rules(tmp_path), confidence=Decimal("0.8")
    )
    record = json.loads(json.dumps(CHECK.json(verdict)))
    validate(record, "check")
    (found,) = record["limits"]
    assert (found["planned"], found["contingency"], found["status"]) == ("734.373", "215.973", status)
    assert Decimal(found["headroom"]) == Decimal(limit) - Decimal("950.346")
    assert (record["confidence"], record["verdict"], record["exit"]) == ("0.8", word, code)


def test_the_command_says_it_too_and_only_where_it_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "jobs.json").write_text(json.dumps(GOLDEN), encoding="utf-8")
    run = ["check", str(tmp_path / "jobs.json"), "--rules", str(rules(tmp_path)), "--as-of", "2026-11-20"]
    budgets = [["--budget", f"{limit} EVOLINK_CREDIT", "--format", "json"] for limit in (900, 1000)]
    assert [main([*run, "--confidence", "0.8", *budget]) for budget in budgets] == [3, 0]
    capsys.readouterr()
    assert main([*run, *budgets[0]]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert "confidence" not in plain
    assert plain["limits"][0]["contingency"] == "0"


def test_a_limit_in_money_is_held_to_the_exact_total(tmp_path: Path) -> None:
    book = kc.load_prices(rates=["100 KLING3API_CREDIT/USD"])
    plan = kc.estimate([{**HERO, "takes": 1}, {**STD}], book, as_of=AS_OF)
    path = rules(tmp_path, "all: {success: 0.5, at_most: 2}")
    # 108 credits are 1.5 dollars, 200 of the other 2: 3.5, 5, 5.5 and 7 dollars are equally likely
    for confidence, total in (("0.25", "3.5"), ("0.5", "5"), ("0.75", "5.5"), ("0.9", "7")):
        verdict = kc.check(plan, budget=f"{total} USD", rules=path, confidence=confidence)
        (limit,) = verdict.limits
        assert (limit.planned, limit.contingency) == (Decimal("3.5"), Decimal(total) - Decimal("3.5"))
        assert (limit.headroom, verdict.exit_code) == (0, 0)
        under = f"{Decimal(total) - Decimal('1e-12')} USD"
        assert kc.check(plan, budget=under, rules=path, confidence=confidence).exit_code == 3


def test_what_is_shown_rounded_is_not_decided_so(tmp_path: Path) -> None:
    """A third of a dollar is planned, and three takes are enough: two thirds are set aside, and one dollar will do."""
    book = kc.load_prices(rates=["81 EVOLINK_CREDIT/USD"])
    plan = kc.estimate([{"request": {"model": T2V, "prompt": "Fog"}}], book, as_of=AS_OF)
    path = rules(tmp_path, "all: {success: 0.5, at_most: 3}")
    verdict = kc.check(plan, budget="1 USD", rules=path, confidence="0.9")
    (limit,) = verdict.limits
    assert (limit.contingency, limit.headroom) == (Decimal("0.666666666667"), 0)
    assert (limit.status, verdict.exit_code) == ("warn", 0)


def test_dollars_hold_what_is_sold_in_dollars_and_what_is_not(tmp_path: Path) -> None:
    official = {"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "off", "prompt": "Fog"}
    plan = planned({"job_id": "a", "request": {"model": T2V, "prompt": "Fog"}}, {"job_id": "b", "request": official})
    path = rules(tmp_path, "all: {success: 0.5, at_most: 2}")
    (limit,) = kc.check(plan, budget="2 USD", rules=path, confidence="0.9").limits
    assert limit.planned == limit.contingency == plan.total("USD").amount
    assert kc.risk(plan, path, budget="1 USD").limits[0].chance_within == Decimal("0.25")


SCOPES = """\
contingency: 50 %
budgets:
  - {name: Heroes, where: {tag:class: hero}, limit: 400 EVOLINK_CREDIT, per: month}
  - name: All
    limit: 9 USD
    parts: [{name: Rest, where: {tag:class: broll}, limit: 100 EVOLINK_CREDIT}]
  - {name: Nobody, where: {tag:class: none}, limit: 1 USD}
"""


def test_every_limit_has_the_contingency_of_its_own_jobs(tmp_path: Path) -> None:
    heroes = [{**HERO, "job_id": f"h{month}", "takes": 1, "date": f"2026-{month}-05"} for month in (11, 12)]
    path = rules(tmp_path, "all: {success: 0.5, at_most: 2}", SCOPES)
    verdict = kc.check(planned(*heroes, {**BROLL, "takes": 1}), rules=path, confidence="0.7")
    found = set_aside(verdict)
    assert {scope: amount for scope, amount in found.items() if scope != "All"} == {
        "Heroes / 2026-11": 108,
        "Heroes / 2026-12": 108,
        "All / Rest": Decimal("35.991"),
        "Nobody": 0,
    }
    # of 0, 0.499875, 1.5, 1.999875, 3 and 3.499875 dollars more, one of two heroes twice is enough with 0.75
    assert found["All"] == Decimal("1.999875")
    assert 72 * found["All"] < 2 * 108 + Decimal("35.991"), "what is enough for the parts does not add up"
    assert [limit.status for limit in verdict.limits] == ["within"] * 5


def test_a_campaign_s_limit_sets_aside_what_its_own_file_needs(tmp_path: Path) -> None:
    for name, takes in (("one", 1), ("two", 2)):
        line = f"{{job_id: {name}, model: {T2V}, prompt: Fog, takes: {takes}}}"
        text = f"campaign: {name}\nbudget: 90 EVOLINK_CREDIT\njobs:\n  - {line}\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    plan = kc.estimate(kc.read_jobs(tmp_path / "one.yaml", tmp_path / "two.yaml"), as_of=AS_OF)
    found = kc.check(plan, rules=rules(tmp_path, "a: {success: 0.5, usable: takes, at_most: 4}"), confidence="0.9")
    assert set_aside(found) == {"one": 81, "two": 54}
    (tmp_path / "one.yaml").write_text(
        f"takes: {{all: {{success: 0.5, at_most: 2}}}}\nbudget: 54 EVOLINK_CREDIT\njobs: [{{model: {T2V}, prompt: x}}]",
        encoding="utf-8",
    )
    own = kc.check(kc.estimate(kc.read_jobs(tmp_path / "one.yaml"), as_of=AS_OF), confidence="0.9")
    assert (set_aside(own), own.exit_code) == ({"campaign": 27}, 0)


SHOTS = st.lists(
    st.tuples(st.integers(3, 15), st.sampled_from(["720p", "1080p"]), st.integers(1, 4)), min_size=1, max_size=4
)
LEVELS = st.integers(1, 99).map(lambda percent: Decimal(percent).scaleb(-2))


@settings(max_examples=30)
@given(SHOTS, st.fractions(0, 1, max_denominator=10), st.integers(1, 4), st.lists(LEVELS, min_size=2, max_size=2))
def test_a_contingency_is_never_negative_and_rises_with_the_confidence(
    shots: list[tuple[int, str, int]], success: Any, at_most: int, levels: list[Decimal]
) -> None:
    plan = planned(*(job(f"{n}", takes, "x", s, q, "off") for n, (s, q, takes) in enumerate(shots)))
    made = Rules(takes=(TakeClass("x", "x:1:1", (success,), at_most=at_most),))
    low, high = (
        kc.check(plan, budget=["1 EVOLINK_CREDIT", "1 USD"], rules=made, confidence=level) for level in sorted(levels)
    )
    for less, more in zip(low.limits, high.limits, strict=True):
        assert 0 <= less.contingency <= more.contingency
    (total,) = kc.risk(plan, made, min(levels)).totals
    assert low.limits[0].contingency == total.contingency
    assert low.risk is not None
    assert low.risk.totals[0] == total


def test_it_stands_above_what_rules_set_aside_unless_no_job_is_in_a_class(tmp_path: Path) -> None:
    once, budget = planned({**HERO, "takes": 1}), "110 EVOLINK_CREDIT"
    sure = rules(tmp_path, "all: {success: 1}", "contingency: 50 %")
    assert kc.check(once, budget=budget, rules=sure).exit_code == 3
    assert kc.check(once, budget=budget, rules=sure, confidence="0.8").exit_code == 0
    nobody = rules(tmp_path, "none: {where: {tag:class: nobody}, success: 0.5}", "contingency: 50 %")
    verdict = kc.check(once, budget=budget, rules=nobody, confidence="0.8")
    assert (set_aside(verdict), verdict.exit_code) == ({"campaign": 54}, 3)
    assert [found.code for found in verdict.problems] == ["has_no_effect", "has_no_effect"]


def test_without_a_class_nothing_is_set_aside_and_that_is_said() -> None:
    verdict = kc.check(planned(HERO), budget="500 EVOLINK_CREDIT", confidence="0.8")
    assert (set_aside(verdict), verdict.exit_code, verdict.confidence) == ({"campaign": 0}, 0, Decimal("0.8"))
    (told,) = verdict.problems
    assert (told.severity, told.code) == ("warning", "has_no_effect")
    assert told.message.startswith("no job is in a class of takes, so the confidence sets nothing aside")
    assert not kc.risk(planned(HERO), budget="500 EVOLINK_CREDIT").problems, "the usual one was not asked for"


def test_what_the_figures_rest_on_is_said(tmp_path: Path) -> None:
    path = rules(tmp_path, "hero: {preset: hero-text, failure: {chance: 0.1}, at_most: 60}")
    verdict = kc.check(planned(HERO), budget="5000 EVOLINK_CREDIT", rules=path, confidence="0.8")
    assert [found.code for found in verdict.problems] == ["assumed_takes", "unknown_refund"]


def test_what_cannot_be_told_blocks_as_it_did(tmp_path: Path) -> None:
    path = rules(tmp_path, "a: {success: 0.5, usable: takes, at_most: 6}", "contingency: 10 USD")
    bad = {"request": {"model": T2V, "duration": 99}}
    for jobs, budget, amount in (([HERO, STD], "100 USD", 10), ([HERO, bad], "1000 USD", 3)):
        plain, with_it = (kc.check(planned(*jobs), budget=budget, rules=path, confidence=c) for c in (None, "0.8"))
        assert (with_it.verdict, with_it.exit_code) == (plain.verdict, plain.exit_code)
        assert plain.exit_code in (4, 5)
        assert plain.verdict == "blocked"
        assert with_it.limits[0].contingency == amount, "without an exchange rate, what the rules say"


@pytest.mark.parametrize("confidence", ["0", "1", "1.5", "-0.1", "80%", "often", "", "0.1234567", 0.8, Decimal("NaN")])
def test_a_confidence_is_a_chance_between_nothing_and_all(confidence: Any) -> None:
    with pytest.raises(kc.UsageError, match="confidence must be a chance between 0 and 1"):
        kc.check(planned(HERO), no_budget=True, confidence=confidence)


def test_a_confidence_needs_every_job_and_none_of_them_submitted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = planned(HERO)
    with pytest.raises(kc.UsageError, match="a confidence needs every job"):
        kc.check(plan.summary, budget="1 USD", confidence="0.8")
    with pytest.raises(kc.UsageError, match="a plan of which nothing is submitted"):
        kc.check(plan, budget="1 USD", actuals=kc.reconcile(plan, []), confidence="0.8")
    (tmp_path / "jobs.json").write_text(json.dumps(GOLDEN), encoding="utf-8")
    run = ["check", str(tmp_path / "jobs.json"), "--budget", "900 USD", "--confidence"]
    assert (main([*run, "0.8", "--summary"]), main([*run, "2"])) == (2, 2)
    told = capsys.readouterr().err
    assert "--confidence needs every job; omit --summary" in told
    assert 'confidence must be a chance between 0 and 1 such as "0.8"' in told


def test_only_a_confidence_loads_numpy(tmp_path: Path, project: Path) -> None:
    (tmp_path / "jobs.json").write_text(json.dumps(GOLDEN), encoding="utf-8")
    code = (
        "import sys, kling_cost as kc\n"
        f"plan, about = kc.estimate({str(tmp_path / 'jobs.json')!r}), {{'rules': {str(rules(tmp_path))!r}}}\n"
        "kc.check(plan, budget='1 USD', **about)\n"
        "print('numpy' in sys.modules)\n"
        "kc.check(plan, budget='1 USD', confidence='0.8', **about)\n"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project)
    assert done.stdout.split() == ["False", "True"]
