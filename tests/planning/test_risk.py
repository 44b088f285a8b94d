"""What a plan may really cost: the published figures, to the last digit, and the laws that they keep."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from fractions import Fraction as F
from math import comb
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.io.json_text import json_bytes
from kling_cost.results.document_types import RISK
from tests.schemas import validate

T2V, I2V = "kling-v3-text-to-video", "kling-v3-image-to-video"
AS_OF = date(2026, 11, 20)
NUMBERS = """\
hero: {where: {tag:class: hero}, success: 0.25, at_most: 8}
  broll: {where: {tag:class: broll}, success: 0.4, at_most: 6}"""


def job(job_id: str, takes: int, kind: str, seconds: int, quality: str, sound: str, model: str = T2V) -> dict[str, Any]:
    body = {"model": model, "prompt": "Fog", "duration": seconds, "quality": quality, "sound": sound}
    if model == I2V:
        body["image_start"] = "https://example.com/a.png"
    return {"job_id": job_id, "takes": takes, "tags": {"class": kind}, "request": body}


HERO = job("hero", 4, "hero", 10, "1080p", "on")
BROLL = job("broll", 3, "broll", 5, "1080p", "off", I2V)
DRAFTS = [job(f"draft-{n}", 6, "draft", 3, "720p", "off") for n in range(2)]


def planned(*jobs: dict[str, Any], **more: Any) -> kc.Estimate:
    return kc.estimate(list(jobs), as_of=AS_OF, **more)


@pytest.fixture
def rules(tmp_path: Path) -> Any:
    def made(classes: str) -> kc.Rules:
        path = tmp_path / "rules.yaml"
        path.write_text(f"schema: 1\ntakes:\n  {classes}\n", encoding="utf-8")
        return kc.read_rules(path)

    return made


def totals(risk: kc.Risk) -> list[str]:
    return [str(found.total.normalize()) for found in risk.totals[0].percentiles]


def test_the_published_campaign_to_the_last_digit(rules: Any) -> None:
    risk = kc.risk(planned(HERO, BROLL, *DRAFTS), rules(NUMBERS), budget="700 EVOLINK_CREDIT")
    record = json.loads(json_bytes(RISK.json(risk)))
    validate(record, "risk")
    assert record["totals"] == [
        {
            "currency": "EVOLINK_CREDIT", "planned": "734.373", "expected": "668.930730463125", "least": "338.391",
            "most": "1274.346", "sd": "266.8567",
            "percentiles": [
                {"level": "0.5", "total": "590.382"}, {"level": "0.8", "total": "950.346"},
                {"level": "0.9", "total": "1094.391"}, {"level": "0.95", "total": "1166.346"},
            ],
            "contingency": "215.973", "exact": True, "error_at_most": "0",
        }
    ]  # fmt: skip
    limit = {"scope": "campaign", "limit": "700", "currency": "EVOLINK_CREDIT", "chance_within": "0.63469"}
    assert record["limits"] == [limit]
    hero, broll = record["classes"]
    assert hero == {
        "name": "hero", "jobs": 1, "usable": 1, "success": "0.25", "at_most": 8, "expected_takes": "3.599548",
        "chance_short": "0.100113", "source": None, "checked": None,
    }  # fmt: skip
    assert broll["chance_short"] == "0.046656"
    assert (record["drivers"], record["confidence"], record["exit"]) == ([], "0.8", 3)


@pytest.mark.parametrize(("limit", "chance"), [(500, "0.35056"), (900, "0.776174")])
def test_the_chance_to_stay_within_a_limit(rules: Any, limit: int, chance: str) -> None:
    risk = kc.risk(planned(HERO, BROLL, *DRAFTS), rules(NUMBERS), budget=f"{limit} EVOLINK_CREDIT")
    assert risk.limits[0].chance_within == Decimal(chance)
    dollars = kc.risk(planned(HERO, BROLL, *DRAFTS), rules(NUMBERS), budget=f"{Decimal(limit) / 100} USD")
    credits = kc.risk(planned(HERO, BROLL, *DRAFTS), rules(NUMBERS), budget=f"{limit * 72 / 100} EVOLINK_CREDIT")
    assert dollars.limits[0].chance_within == credits.limits[0].chance_within


@pytest.mark.parametrize(
    ("hero", "broll", "name", "expected"),
    [
        ("{low: 0.15, likely: 0.25, high: 0.35}", "0.4", "hero", ["1094.391", "950.346", "734.373"]),
        ("0.25", "{low: 0.3, likely: 0.4, high: 0.5}", "broll", ["950.373", "950.346", "914.382"]),
    ],
)
def test_a_driver_is_the_total_were_the_success_known(
    rules: Any, hero: str, broll: str, name: str, expected: list[str]
) -> None:
    made = rules(NUMBERS.replace("0.25", hero).replace("0.4,", f"{broll},"))
    (driver,) = kc.risk(planned(HERO, BROLL, *DRAFTS), made).drivers
    assert (driver.name, driver.currency) == (name, "EVOLINK_CREDIT")
    assert [str(at.normalize()) for at in (driver.at_low, driver.at_likely, driver.at_high)] == expected
    assert 0 < driver.variance_share < 1


def test_a_shared_range_costs_far_more_than_its_middle(rules: Any) -> None:
    heroes = [job(f"h{n}", 4, "hero", 10, "1080p", "on") for n in range(40)]
    known = kc.risk(planned(*heroes), rules("hero: {success: 0.25, at_most: 12}"))
    shared = kc.risk(planned(*heroes), rules("hero: {success: {low: 0.15, likely: 0.25, high: 0.35}, at_most: 12}"))
    assert shared.totals[0].percentiles[1].total > Decimal("1.2") * known.totals[0].percentiles[1].total
    assert shared.drivers[0].variance_share > Decimal("0.5")


@pytest.mark.parametrize(
    "classes", ["none: {where: {tag:class: nobody}, success: 0.5}", "all: {success: 1, usable: takes}"]
)
def test_without_chance_everything_is_what_is_planned(rules: Any, classes: str) -> None:
    (total,) = kc.risk(planned(HERO, BROLL, *DRAFTS), rules(classes)).totals
    assert {found.total for found in total.percentiles} == {total.planned} == {total.least, total.expected, total.most}
    assert (total.contingency, total.sd, total.exact) == (0, 0, True)


def test_the_first_class_that_matches_counts_and_one_that_matches_nothing_is_told(rules: Any) -> None:
    risk = kc.risk(
        planned(HERO), rules("a: {where: {tag:class: hero}, success: 0.5, at_most: 2}\n  b: {success: 0.25}")
    )
    assert [of.name for of in risk.classes] == ["a"]
    (told,) = [found for found in risk.problems if found.code == "has_no_effect"]
    assert (told.severity, told.message) == ("warning", "no job matches the class of takes b")


def test_fields_of_jobs_choose_their_class(rules: Any) -> None:
    classes = "\n  ".join(
        f"c{n}: {{where: {where}, success: 1}}"
        for n, where in enumerate(
            ["{job_id: draft-0}", "{takes: 3}", "{quality: 1080p, sound: on}", "{date: absent, tag:class: present}"]
        )
    )
    risk = kc.risk(planned(HERO, BROLL, *DRAFTS), rules(classes))
    assert [(of.name, of.jobs) for of in risk.classes] == [("c0", 1), ("c1", 1), ("c2", 1), ("c3", 1)]


def test_failures_count_as_charged_unless_somebody_says_that_they_are_not(rules: Any) -> None:
    def figures(classes: str, *jobs: dict[str, Any]) -> tuple[Decimal, set[str]]:
        risk = kc.risk(planned(*jobs), rules(classes))
        return risk.totals[0].expected, {found.code for found in risk.problems if found.severity == "warning"}

    free = figures("a: {success: 0.25, failure: {chance: 0.05, charged: no}, rejection: {chance: 0.02}}", HERO)
    assert free == (Decimal("441.290322580645"), set()), "108 × 380/93"
    costly = figures("a: {success: 0.25, failure: {chance: 0.05, charged: yes}}", HERO)
    assert costly == (Decimal("454.736842105263"), set()), "108 / (0.25 × 0.95)"
    assert figures("a: {success: 0.25, failure: {chance: 0.05}}", HERO) == (costly[0], {"unknown_refund"})
    assert figures("a: {success: 0.25, failure: {chance: 0}}", HERO) == (Decimal(432), set())


def test_a_provider_that_refunds_failures_makes_them_free(rules: Any) -> None:
    body = {"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "off"}
    estimate = planned({"request": body})
    risk = kc.risk(estimate, rules("a: {success: 0.5, failure: {chance: 0.2}}"))
    assert risk.totals[0].expected == 2 * estimate.totals[0].cost
    assert not [found for found in risk.problems if found.code == "unknown_refund"]


def test_a_preset_says_that_it_is_not_your_own(rules: Any) -> None:
    risk = kc.risk(planned(HERO), rules("hero: {preset: hero-text, usable: takes, at_most: 60}"))
    (told,) = [found for found in risk.problems if found.code == "assumed_takes"]
    assert told.message == "the class of takes hero uses the published figures hero-text, not your own"
    (of,) = risk.classes
    assert (of.success, of.usable, of.checked) == (Decimal("0.1"), None, date(2026, 11, 27))
    assert of.source is not None


def test_takes_without_an_end_have_no_most(rules: Any) -> None:
    (total,) = kc.risk(planned(HERO), rules("hero: {success: 0.5, usable: 2}")).totals
    assert (total.least, total.most, total.expected) == (216, None, 432)
    assert kc.risk(planned(HERO), rules("hero: {success: 0.5, usable: 2}")).classes[0].chance_short == 0


def test_a_job_that_needs_more_than_its_class_allows_is_refused(rules: Any) -> None:
    with pytest.raises(kc.UsageError, match="class of takes hero: a job needs 4 usable takes, and at most 3 are made"):
        kc.risk(planned(HERO), rules("hero: {success: 0.5, usable: takes, at_most: 3}"))


def test_a_limit_in_dollars_holds_two_currencies_together(rules: Any) -> None:
    book = kc.load_prices(rates=["100 KLING3API_CREDIT/USD"])
    std = {"job_id": "k", "request": {"type": "std-text-to-video", "prompt": "Fog", "duration": 5, "sound": False}}
    estimate = kc.estimate([{**HERO, "takes": 1}, std], book, as_of=AS_OF)
    made = rules("hero: {where: {tag:class: hero}, success: 0.5, at_most: 2}\n  k: {success: 0.5, at_most: 2}")
    # 108 credits are 1.5 dollars, 200 of the other 2: the totals are 3.5, 5, 5.5 and 7, each with the chance 1/4
    for limit, chance in (
        ("3.499999", 0),
        ("3.5", "0.25"),
        ("5", "0.5"),
        ("5.499999", "0.5"),
        ("5.5", "0.75"),
        ("7", 1),
    ):
        (found,) = kc.risk(estimate, made, budget=f"{limit} USD").limits
        assert found.chance_within == Decimal(chance), limit
    both = kc.risk(estimate, made, budget=["108 EVOLINK_CREDIT", "400 KLING3API_CREDIT"]).limits
    assert [limit.chance_within for limit in both] == [Decimal("0.5"), 1]


def test_classes_with_a_range_share_it_over_currencies(rules: Any) -> None:
    book = kc.load_prices(rates=["100 KLING3API_CREDIT/USD"])
    std = {"job_id": "k", "request": {"type": "std-text-to-video", "prompt": "Fog", "duration": 5, "sound": False}}
    estimate = kc.estimate([{**HERO, "takes": 1}, std], book, as_of=AS_OF)
    made = rules("a: {success: {low: 0, likely: 0.5, high: 1}, at_most: 2}")
    # low: 7 dollars; likely: 3.5, 5, 5.5 or 7; high: 3.5
    for limit, chance in (("3.5", "0.4"), ("5", "0.5"), ("5.5", "0.6"), ("6.999", "0.6"), ("7", 1)):
        assert kc.risk(estimate, made, budget=f"{limit} USD").limits[0].chance_within == Decimal(chance)


def test_what_cannot_be_known_is_null_and_the_exit_is_that_of_the_check(rules: Any) -> None:
    std = {"job_id": "k", "request": {"type": "std-text-to-video", "prompt": "Fog", "duration": 5, "sound": False}}
    no_rate = kc.risk(planned(HERO, std), rules("a: {success: 0.5}"), budget="100 USD")
    assert (no_rate.limits[0].chance_within, no_rate.exit_code) == (None, 4)
    bad = {"request": {"model": T2V, "prompt": "Fog", "duration": 99}}
    partial = kc.risk(planned(HERO, bad), rules("a: {success: 0.5}"), budget="1000 EVOLINK_CREDIT")
    assert (partial.limits[0].chance_within, partial.exit_code, partial.partial) == (None, 5, True)
    over = kc.risk(planned(HERO, bad), rules("a: {success: 0.5}"), budget="1 EVOLINK_CREDIT")
    assert over.limits[0].chance_within is None


def test_the_exit_counts_the_contingency(rules: Any) -> None:
    made = rules("hero: {success: 0.25, at_most: 8}")
    (total,) = kc.risk(planned(HERO), made).totals
    needed = total.planned + total.contingency
    assert needed > total.planned
    assert kc.risk(planned(HERO), made, budget=f"{needed} EVOLINK_CREDIT").exit_code == 0
    assert kc.risk(planned(HERO), made, budget=f"{needed - Decimal('0.0001')} EVOLINK_CREDIT").exit_code == 3
    assert kc.check(planned(HERO), budget=f"{needed - Decimal('0.0001')} EVOLINK_CREDIT").exit_code == 0


def test_a_campaign_s_limit_holds_the_jobs_of_its_file(rules: Any, tmp_path: Path) -> None:
    for name, budget in (("one", "108 EVOLINK_CREDIT"), ("two", "216 EVOLINK_CREDIT")):
        line = f"{{job_id: {name}, model: {T2V}, prompt: Fog, duration: 10, quality: 1080p, sound: on}}"
        text = f"campaign: {name}\nbudget: {budget}\njobs:\n  - {line}\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    jobs = kc.read_jobs(tmp_path / "one.yaml", tmp_path / "two.yaml")
    risk = kc.risk(kc.estimate(jobs, as_of=AS_OF), rules("a: {success: 0.5, at_most: 3}"))
    assert [(limit.scope, limit.chance_within) for limit in risk.limits] == [
        ("one", Decimal("0.5")),
        ("two", Decimal("0.75")),
    ]


@pytest.mark.parametrize(
    "confidence", ["0", "1", "1.5", "-0.1", "80%", "often", "", "NaN", "0.1234567", 0.8, None, Decimal("NaN")]
)
def test_a_confidence_is_a_chance_between_nothing_and_all(confidence: Any) -> None:
    with pytest.raises(kc.UsageError, match="confidence must be a chance between 0 and 1"):
        kc.risk(planned(HERO), confidence=confidence)


def test_any_confidence_is_among_the_percentiles(rules: Any) -> None:
    risk = kc.risk(planned(HERO), rules("hero: {success: 0.25, at_most: 8}"), "0.99")
    assert [str(found.level) for found in risk.totals[0].percentiles] == ["0.5", "0.8", "0.9", "0.95", "0.99"]
    assert risk.totals[0].contingency == 8 * 108 - 4 * 108
    assert repr(risk) == "<Risk: 864 EVOLINK_CREDIT in 0.99 of all cases>"


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(3, 15), st.sampled_from(["720p", "1080p"]), st.integers(1, 4)), min_size=1, max_size=6
    )
)
def test_mean_and_deviation_are_those_of_enumeration(jobs: list[tuple[int, str, int]]) -> None:
    from kling_cost.planning.risk.cohorts import cohorts_of
    from kling_cost.planning.risk.plan_chances import _moments
    from kling_cost.planning.rules.take_types import TakeClass

    estimate = planned(*(job(f"{n}", takes, "x", s, q, "off") for n, (s, q, takes) in enumerate(jobs)))
    of = TakeClass("x", "x:1:1", (F(1, 5), F(1, 2), F(4, 5)), usable=1, at_most=3)
    mean, variance = _moments(cohorts_of(estimate, [of], False))
    each: dict[F, list[tuple[F, F]]] = {}
    for weight, s in zip((F(3, 10), F(4, 10), F(3, 10)), of.success, strict=True):
        takes = {1: s, 2: s * (1 - s), 3: (1 - s) ** 2}
        one = sum((n * p for n, p in takes.items()), F(0))
        spread = sum((n * n * p for n, p in takes.items()), F(0)) - one * one
        costs = [F(item.charge.cost) for item in estimate.line_items]
        each.setdefault(weight, []).append((sum(costs) * one, sum((c * c for c in costs), F(0)) * spread))
    found = sum((w * m for w, draws in each.items() for m, _ in draws), F(0))
    assert mean == found
    assert variance == sum((w * (v + m * m) for w, draws in each.items() for m, v in draws), F(0)) - found * found


def test_the_verb_prints_every_form_and_writes_files(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    jobs, rules = tmp_path / "jobs.json", tmp_path / "rules.yaml"
    jobs.write_text(json.dumps([HERO, BROLL, *DRAFTS]), encoding="utf-8")
    rules.write_text(f"schema: 1\ntakes:\n  {NUMBERS}\n", encoding="utf-8")
    run = ["plan", "risk", str(jobs), "--rules", str(rules), "--budget", "1000 EVOLINK_CREDIT", "--as-of", "2026-11-20"]
    assert main(run) == 0
    text = capsysbinary.readouterr().out.decode()
    assert max(map(len, text.splitlines())) <= 80
    assert "8 of 10 such plans cost at most 950.346 EVOLINK_CREDIT; set aside 215.973" in text
    outputs = [tmp_path / f"risk.{form}" for form in ("json", "md", "csv")]
    assert main([*run, "--format", "json", *(word for path in outputs for word in ("-o", str(path)))]) == 0
    printed = capsysbinary.readouterr().out
    assert printed == outputs[0].read_bytes()
    assert json.loads(printed)["totals"][0]["contingency"] == "215.973"
    assert "| 8 of 10 such plans cost at most | 950.346 |" in outputs[1].read_text(encoding="utf-8")
    assert "EVOLINK_CREDIT,percentile,0.8,950.346" in outputs[2].read_text(encoding="utf-8-sig").splitlines()
    for locale in ("ko", "ja", "zh"):
        assert main([*run, "--locale", locale]) == 0
        assert "950.346" in capsysbinary.readouterr().out.decode()
    assert main([*run, "-o", str(tmp_path / "risk.parquet")]) == 2
    assert b"a risk can be written as .xlsx, .html, .md, .csv, .json" in capsysbinary.readouterr().err
    assert main([*run, "-o", str(jobs)]) == 2
    assert main([*run, "--confidence", "2"]) == 2
    assert main(["estimate", str(outputs[0])]) == 2
    assert b"this is a stored risk, not a list of jobs" in capsysbinary.readouterr().err


def test_the_gate_and_a_price_need_no_numpy(tmp_path: Path, project: Path) -> None:
    jobs = tmp_path / "jobs.json"
    jobs.write_text(json.dumps([HERO]), encoding="utf-8")
    code = (
        "import sys, kling_cost as kc\n"
        f"kc.check(kc.estimate({str(jobs)!r}), budget='1 EVOLINK_CREDIT')\n"
        "from kling_cost.cli import main\n"
        f"main(['check', {str(jobs)!r}, '--no-budget'])\n"
        "print('numpy' in sys.modules, 'highspy' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project)
    assert done.stderr == "False False\n"


def test_budgets_by_scope_and_month_have_their_own_chance(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        """\
schema: 1
contingency: 50 %
budgets:
  - {name: Heroes, where: {tag:class: hero}, limit: 108 EVOLINK_CREDIT, per: month}
  - name: All
    limit: 300 EVOLINK_CREDIT
    parts: [{name: Rest, where: {tag:class: broll}, limit: 36 EVOLINK_CREDIT}]
takes:
  all: {success: 0.5, at_most: 2}
""",
        encoding="utf-8",
    )
    first, second = ({**HERO, "job_id": f"h{m}", "takes": 1, "date": f"2026-{m}-05"} for m in (11, 12))
    risk = kc.risk(planned(first, second, {**BROLL, "takes": 1}), path)
    assert [(limit.scope, limit.chance_within) for limit in risk.limits] == [
        ("Heroes / 2026-11", Decimal("0.5")),
        ("Heroes / 2026-12", Decimal("0.5")),
        ("All", Decimal("0.25")),
        ("All / Rest", Decimal("0.5")),
    ]
    assert risk.exit_code == 3


def test_the_confidence_stands_above_a_contingency_of_rules(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("schema: 1\ncontingency: 50 %\ntakes: {all: {success: 1}}", encoding="utf-8")
    once = {**HERO, "takes": 1}
    assert kc.check(planned(once), rules=path, budget="108 EVOLINK_CREDIT").exit_code == 3
    assert kc.risk(planned(once), path, budget="108 EVOLINK_CREDIT").exit_code == 0


def test_a_policy_that_is_broken_is_told_by_the_exit(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("schema: 1\npolicies: [{name: few, at_most: {takes: 3}}]", encoding="utf-8")
    assert kc.risk(planned(HERO), path).exit_code == 3
    assert kc.risk(planned(BROLL), path).exit_code == 0


def test_a_campaign_may_hold_its_own_classes(tmp_path: Path, rules: Any) -> None:
    line = "{job_id: ID, model: kling-v3-text-to-video, prompt: Fog, duration: 10, quality: 1080p, sound: on}"
    for name, chance in (("one", "0.5"), ("two", "0.25")):
        text = f"campaign: {name}\ntakes: {{a: {{success: {chance}}}}}\njobs: [{line.replace('ID', name)}]\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    risk = kc.risk(kc.estimate(kc.read_jobs(tmp_path / "one.yaml", tmp_path / "two.yaml"), as_of=AS_OF))
    assert [(of.jobs, of.success) for of in risk.classes] == [(1, Decimal("0.5")), (1, Decimal("0.25"))]
    assert risk.totals[0].expected == 2 * 108 + 4 * 108


def test_the_cost_per_result_is_what_is_spent_for_what_is_kept(rules: Any) -> None:
    hero_rule = "hero: {where: {tag:class: hero}, success: 0.25, at_most: 8, keep: 0.5, usable_seconds: 4}"
    classes = f"{hero_rule}\n  rest: {{success: 0.5}}"
    hero, rest = kc.risk(planned(HERO, BROLL), rules(classes)).per_result
    # a charged take is usable with 0.25 whatever else, and half of these are kept: 108 / 0.125 a shot of 4 seconds
    assert (hero.name, hero.currency, hero.kept) == ("hero", "EVOLINK_CREDIT", Decimal("0.449944"))
    assert (hero.per_kept, hero.per_usable_second, hero.per_finished_minute) == (864, 216, 12960)
    assert (rest.kept, rest.per_kept) == (1, Decimal("71.982"))
    assert rest.per_usable_second == Decimal("14.3964"), "5 seconds, since nobody says less"


def test_what_has_no_length_has_no_cost_a_second(rules: Any) -> None:
    element = {
        "model": "kling-custom-element",
        "model_params": {"element_name": "a", "element_description": "b", "reference_type": "image_refer",
                         "element_image_list": {"frontal_image": "https://example.com/a.jpg",
                                                "refer_images": [{"image_url": "https://example.com/b.jpg"}]}},
    }  # fmt: skip
    (found,) = kc.risk(planned({"request": element}), rules("a: {success: 0.5}")).per_result
    assert (found.per_kept, found.per_usable_second, found.per_finished_minute) == (2, None, None)
    (never,) = kc.risk(planned(HERO), rules("a: {success: 0, at_most: 3}")).per_result
    assert (never.kept, never.per_kept) == (0, None)
    with pytest.raises(kc.UsageError, match="class of takes a: a take of 5 s has fewer usable seconds"):
        kc.risk(planned(BROLL), rules("a: {success: 0.5, usable_seconds: 5.5}"))


@given(st.fractions(F(1, 20), 1, max_denominator=20), st.integers(1, 3), st.integers(0, 4))
def test_usable_takes_are_those_of_enumeration(success: F, usable: int, more: int) -> None:
    from kling_cost.planning.risk.cohorts import cohorts_of
    from kling_cost.planning.rules.take_types import TakeClass

    end = usable + more
    of = TakeClass("x", "x:1:1", (success,), usable=usable, at_most=end)
    (cohort,) = cohorts_of(planned(HERO), [of], False)
    short = {n: comb(end, n) * success**n * (1 - success) ** (end - n) for n in range(usable)}
    assert cohort.kept == usable * (1 - sum(short.values())) + sum(n * chance for n, chance in short.items())


def test_a_plan_that_is_over_its_limit_is_over_even_if_fewer_takes_may_do(rules: Any) -> None:
    risk = kc.risk(planned(HERO), rules("hero: {success: 1}"), budget="400 EVOLINK_CREDIT")
    assert (risk.totals[0].planned, risk.limits[0].chance_within, risk.exit_code) == (432, 1, 3)


def test_what_a_rate_says_of_refunds_counts_where_its_provider_says_nothing(rules: Any, project: Path) -> None:
    estimate = kc.estimate(kc.read_jobs(project / "examples" / "campaign.yaml"), as_of=AS_OF)
    risk = kc.risk(estimate, rules("a: {where: {tag:scene: cast}, success: 0.5, failure: {chance: 0.2}}"))
    assert risk.classes[0].expected_takes == 2
    assert not [found for found in risk.problems if found.code == "unknown_refund"]
