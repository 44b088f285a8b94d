"""Keep rates are kept takes by takes; their intervals are those of the published formula; rules read them back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import isqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.planning.learning.wilson_interval import wilson_interval

T2V = "kling-v3-text-to-video"
DAY = "2026-11-28"
Z = Fraction("1.2815515655446004")
FINE = 10**40


def row(kept: object, label: str = "hero", **more: object) -> dict[str, object]:
    return {"tag:class": label, "kept": kept, **more}


def told(rates: kc.KeepRates, severity: str = "error") -> list[tuple[str, int | None, str]]:
    return [(p.key, p.row, p.field) for p in rates.problems if p.severity == severity]


def by_hand(kept: int, takes: int) -> tuple[Fraction, Fraction]:
    """The formula of Wilson (1927) in fractions; the root to forty digits."""
    share, square = Fraction(kept, takes), Z * Z
    inner = share * (1 - share) / takes + square / (4 * takes * takes)
    root = Fraction(isqrt(int(inner * FINE * FINE)), FINE)
    middle, below = share + square / (2 * takes), 1 + square / takes
    return (middle - Z * root) / below, (middle + Z * root) / below


def test_the_constant_is_the_ninetieth_percentile() -> None:
    assert abs(NormalDist().cdf(float(Z)) - 0.9) < 1e-15


@pytest.mark.parametrize(
    ("kept", "takes", "low", "high"),
    [
        # (k + z²/2 ± z √(k(n − k)/n + z²/4)) / (n + z²), z² = 1.642374415… , to six decimals outwards
        (41, 164, "0.209290", "0.295668"),
        (1, 4, "0.078080", "0.567459"),
        (1, 2, "0.164251", "0.835749"),
        (0, 3, "0", "0.353779"),
        (3, 3, "0.646221", "1"),
    ],
)
def test_known_intervals(kept: int, takes: int, low: str, high: str) -> None:
    assert wilson_interval(kept, takes) == (Decimal(low), Decimal(high))


@given(st.integers(1, 10**7), st.data())
def test_an_interval_is_that_of_the_formula_rounded_outwards(takes: int, data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, takes))
    (low, high), exact = wilson_interval(kept, takes), by_hand(kept, takes)
    assert 0 <= low <= Fraction(kept, takes) <= high <= 1
    assert Fraction(low) <= exact[0] + Fraction(1, FINE // 10**6)
    assert Fraction(high) >= exact[1] - Fraction(1, FINE // 10**6)
    assert max(exact[0] - Fraction(low), Fraction(high) - exact[1]) < Fraction(1, 10**6)
    mirrored = wilson_interval(takes - kept, takes)
    assert (1 - mirrored[1], 1 - mirrored[0]) == (low, high)


@given(st.integers(1, 500), st.integers(2, 20), st.data())
def test_an_interval_narrows_with_the_number_of_takes(takes: int, times: int, data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, takes))
    (low, high), (near, far) = wilson_interval(kept, takes), wilson_interval(kept * times, takes * times)
    assert low <= near
    assert far <= high
    assert far - near < high - low


LABELS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=80)
ROWS = st.lists(
    st.tuples(LABELS | st.sampled_from(["hero", "present", "absent", "null", "1", "히어로"]), st.booleans())
)


@settings(max_examples=40)
@given(ROWS, st.randoms(use_true_random=False))
def test_what_is_learnt_is_the_share_and_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, bool]], random: Any
) -> None:
    log = [row(kept, label) for label, kept in rows]
    rates = kc.keep_rates(log, as_of=DAY)
    random.shuffle(log)
    assert kc.keep_rates(log, as_of=DAY).rates == rates.rates, "the order of rows does not matter"
    tags = as_tags([label for label, _ in rows])
    labels = [label for rate in rates.rates for condition in rate.of.where for label in condition.values]
    assert len(labels) == len(set(labels)) == len(rates.rates)
    for label, rate in zip(labels, rates.rates, strict=True):
        own = [kept for tag, (_, kept) in zip(tags, rows, strict=True) if tag == label]
        assert (rate.kept, rate.takes) == (sum(own), len(own))
        assert rate.rate == rate.of.likely == Fraction(sum(own), len(own))
    if rates.rates:
        assert_read_back(tmp_path_factory.mktemp("learnt") / "rules.yaml", rates)


def as_tags(labels: list[str]) -> list[str | None]:
    """Labels as jobs that are read from a sheet have them as tags."""
    jobs = kc.read_jobs(pd.DataFrame({"model": T2V, "tag:class": labels}, dtype=object)) if labels else []
    return [job.tags.get("class") for job in jobs]


def assert_read_back(path: Path, rates: kc.KeepRates) -> None:
    path.write_text(rates.to_yaml(), encoding="utf-8")
    found = kc.read_rules(path).takes
    assert len(found) == len(rates.rates)
    for of, rate in zip(found, rates.rates, strict=True):
        place = {"place": rate.of.place}
        assert {**_values(of), **place} == {**_values(rate.of), **place}


def _values(of: Any) -> dict[str, Any]:
    return {name: getattr(of, name) for name in type(of).__slots__}


WHOLE = """\
schema: 1
takes:
  hero:
    where: {tag:class: [hero, "present"], quality: [1080p, absent], sound: present}
    success: 1 in 4
    usable: takes
    at_most: 12
    failure: {chance: 0.000123 %, charged: no}
    rejection: {chance: 1 in 7}
    keep: 0.5
    usable_seconds: 4.5
    source: by guess
    checked: 2026-01-01
  draft: {preset: draft-text, usable: 2}
"""


def test_classes_of_rules_keep_all_but_the_rate(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(WHOLE, encoding="utf-8")
    rows: list[dict[str, object]] = [row(True, "present", quality="1080P", sound="yes", date="2026-10-02")]
    rows += [row(False, "hero", quality="1080", sound=True, date="2026-10-01"), row(False, "b", quality="720p")]
    rates = kc.keep_rates([{**one, "sound": one.get("sound", "off")} for one in rows], rules, as_of=DAY)
    hero, draft = rates.rates
    old_hero, old_draft = kc.read_rules(rules).takes
    assert (hero.kept, hero.takes, draft.kept, draft.takes) == (1, 2, 0, 1)
    assert hero.of.origin == "takes, 2026-10-01 … 2026-10-02: 1 kept of 2 takes"
    assert hero.of.checked == draft.of.checked == date(2026, 11, 28)
    for new, old in ((hero.of, old_hero), (draft.of, old_draft)):
        same = ("name", "where", "usable", "failure", "rejection", "keep", "usable_seconds", "source")
        assert [getattr(new, name) for name in same] == [getattr(old, name) for name in same]
        assert new.preset is None
    assert (hero.of.at_most, draft.of.at_most) == (12, 1_000)
    assert [(p.key, dict(p.params)["name"]) for p in rates.problems if p.key.endswith("no_end")] == [
        ("assumed_takes.no_end", "draft")
    ]
    assert_read_back(tmp_path / "learnt.yaml", rates)


def test_the_first_class_that_matches_counts_and_one_without_takes_is_left_out(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    wheres = {"none": "x", "hero": "hero", "rest": "[hero, draft]"}
    classes = (f"  {name}: {{where: {{tag:class: {label}}}, success: 1}}" for name, label in wheres.items())
    rules.write_text("\n".join(["schema: 1", "takes:", *classes]), encoding="utf-8")
    rates = kc.keep_rates([row("yes"), row("no", "draft"), row("no", "other")], rules)
    assert [(rate.name, rate.kept, rate.takes) for rate in rates.rates] == [("hero", 1, 1), ("rest", 0, 1)]
    assert ("has_no_effect.no_takes", None, "") in told(rates, "warning")
    assert ("has_no_effect.no_class", None, "") in told(rates, "warning")
    assert rates.rates[0].of.checked is None
    assert rates.exit_code == 0


@pytest.mark.parametrize(
    ("rows", "classes"),
    [
        ([("m", "720p", 1), ("m", "1080P", 0), ("n", None, 1)], {"m 1080p": (0, 1), "m 720p": (1, 1), "n": (1, 1)}),
        ([("evolink:m", "720p", 1), ("m", "720p", 0)], {"m 720p": (1, 2)}),
    ],
)
def test_without_the_tag_model_and_quality_tell_takes_apart(
    rows: Sequence[tuple[str, str | None, int]], classes: dict[str, tuple[int, int]]
) -> None:
    log = [{"model": model, "quality": quality, "kept": kept} for model, quality, kept in rows]
    rates = kc.keep_rates(log)
    assert {rate.name: (rate.kept, rate.takes) for rate in rates.rates} == classes
    assert not told(rates)


def test_a_blank_quality_is_no_default() -> None:
    rates = kc.keep_rates([{"model": T2V, "quality": "720p", "kept": "yes"}, {"model": T2V, "kept": "no"}])
    assert told(rates) == [("missing.class_cell", 2, "quality")]
    assert rates.partial
    assert rates.exit_code == 5


def test_the_plan_says_what_rows_leave_open() -> None:
    jobs = [
        {"job_id": "a", "tags": {"class": "hero"}, "request": {"model": T2V, "prompt": "Fog"}},
        {"job_id": "b", "takes": 2, "request": {"model": T2V, "prompt": "Fog", "quality": "1080p"}},
    ]
    plan = kc.estimate(jobs, as_of=DAY)
    rates = kc.keep_rates([{"job_id": "a", "kept": "yes"}, {"job_id": "b", "kept": "no"}], None, plan)
    assert [(rate.name, rate.takes) for rate in rates.rates] == [("hero", 1)], "b has no class"
    rates = kc.keep_rates([{"job_id": "b", "kept": "no"}, {"job_id": "b", "kept": "no"}], None, plan)
    assert [rate.name for rate in rates.rates] == [f"{T2V} 1080p"]
    rates = kc.keep_rates([{"job_id": "b", "quality": "720p", "kept": "no"}], None, plan)
    assert [rate.name for rate in rates.rates] == [f"{T2V} 720p"], "what the row says stands above the plan"


@pytest.mark.parametrize(
    ("where", "job", "matches"),
    [
        ("{takes: 2}", "b", True), ("{date: 2026-11-02}", "b", True), ("{date: absent}", "a", True),
        ("{seller: evolink}", "a", True), ("{currency: USD}", "a", False), ("{duration: 5}", "a", True),
        ("{job_id: b}", "a", False), ("{tag:class: absent}", "a", True), ("{sound: off}", "a", True),
    ],
)  # fmt: skip
def test_every_field_of_a_selector_is_known_of_a_job_of_the_plan(
    tmp_path: Path, where: str, job: str, matches: bool
) -> None:
    body = {"model": T2V, "prompt": "Fog"}
    plan = kc.estimate(
        [{"job_id": "a", "request": body}, {"job_id": "b", "takes": 2, "date": "2026-11-02", "request": body}]
    )
    rules = tmp_path / "rules.yaml"
    rules.write_text(f"{{schema: 1, takes: {{one: {{where: {where}, success: 1}}}}}}", encoding="utf-8")
    rates = kc.keep_rates([{"job_id": job, "kept": "yes"}], rules, plan)
    assert bool(rates.rates) == matches
    alone = kc.keep_rates([{"kept": "yes"}], rules)
    assert told(alone)[0][0] == "missing.class_cell", "without the plan it is not known"


@pytest.mark.parametrize(
    ("where", "cells", "matches"),
    [
        ("{duration: 5}", {"duration": "5 s"}, True), ("{duration: 5}", {"duration": 5.0}, True),
        ("{duration: 5}", {"duration": 10}, False), ("{duration: 5}", {"duration": "long"}, None),
        ("{duration: 5}", {"duration": 0}, None), ("{duration: 5}", {"duration": -5}, None),
        ("{sound: on}", {"sound": "yes"}, True), ("{sound: on}", {"sound": 0}, False),
        ("{sound: on}", {"sound": "loud"}, None), ("{sound: on}", {}, None),
        ("{quality: 1080p}", {"quality": "1080P"}, True), ("{quality: 1080p}", {"화질": 1080}, True),
        ("{date: 2026-11-02}", {"date": date(2026, 11, 2)}, True),
        ("{date: 2026-11-02}", {"date": "2026-11-03 10:00"}, False), ("{date: 2026-11-02}", {"date": "soon"}, None),
        ("{provider: evolink}", {"model": "evolink:m"}, True), ("{model: m}", {"model": "evolink:m"}, True),
        ("{model: m}", {"model": "evolink:m", "provider": "kling"}, False),
        ("{seller: evolink}", {"model": "m", "provider": "evolink"}, True),
        ("{seller: m}", {"model": "m", "provider": "evolink"}, True), ("{seller: m}", {"model": "m"}, None),
        ("{job_id: a}", {"job_id": "a"}, True), ("{job_id: a}", {"job_id": "8.29824E+17"}, None),
        ("{tag:scene: present}", {"Tag: scene": "1"}, True), ("{tag:scene: present}", {"tag:scene": ""}, False),
        ("{tag:scene: absent}", {"tag:scene": None}, True), ("{tag:scene: absent}", {}, None),
        ("{takes: 1}", {"takes": 1}, None), ("{currency: USD}", {"model": "m"}, None),
        ("{tag:scene: a, quality: 720p}", {"tag:scene": "b"}, False),
        ("{quality: 720p, tag:scene: a}", {"tag:scene": "a"}, None),
    ],
)  # fmt: skip
def test_a_row_matches_a_selector_or_is_an_error(
    tmp_path: Path, where: str, cells: dict[str, object], matches: bool | None
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(f"{{schema: 1, takes: {{one: {{where: {where}, success: 1}}}}}}", encoding="utf-8")
    rates = kc.keep_rates([{**cells, "kept": "yes"}], rules)
    assert [rate.name for rate in rates.rates] == ["one"] * bool(matches)
    assert [key for key, _, _ in told(rates)] == ([] if matches else ["missing.class_cell"] * (matches is None)) + (
        ["missing.kept"] * (matches is False)
    )


@pytest.mark.parametrize("count", [29, 30])
def test_few_takes_are_told(count: int) -> None:
    rates = kc.keep_rates([row("yes")] * count)
    assert (("assumed_takes.few", None, "") in told(rates, "warning")) == (count < 30)


@pytest.mark.parametrize(
    ("cell", "kept"),
    [("yes", 1), ("No", 0), (" Ｙ ", 1), ("예", 1), ("아니요", 0), ("はい", 1), ("いいえ", 0), ("是", 1), ("否", 0),
     ("TRUE", 1), (False, 0), (1, 1), ("0", 0), (Decimal("1.0"), 1), ("✓", 1), ("✔️", 1), ("×", 0)],
)  # fmt: skip
def test_yes_and_no_in_four_languages(cell: object, kept: int) -> None:
    assert kc.keep_rates([row(cell)]).rates[0].kept == kept


@pytest.mark.parametrize("cell", ["x", "o", "maybe", "2", 2, "-", "yes?", "n/a", [], {}, 0.5, "1 of 3", "예 아니요"])
def test_what_is_neither_is_an_error_and_counts_for_nothing(cell: object) -> None:
    rates = kc.keep_rates([row("yes"), row(cell)])
    assert told(rates) == [("wrong_type.kept", 2, "kept")]
    assert [(rate.kept, rate.takes) for rate in rates.rates] == [(1, 1)]


@pytest.mark.parametrize("cell", [None, "", "  ", float("nan")])
def test_a_blank_one_is_told_and_counts_for_nothing(cell: object) -> None:
    rates = kc.keep_rates(pd.DataFrame([row("yes"), row(cell), row("no")]))
    assert [(rate.kept, rate.takes) for rate in rates.rates] == [(1, 2)]
    (blank,) = [p for p in rates.problems if p.key == "has_no_effect.kept_blank"]
    assert blank.message == "takes without yes or no: 1, the first is frame:2; they are not counted"


def test_every_form_holds_the_same_log(tmp_path: Path) -> None:
    rows = [row("yes", job_id="a", note="fog"), row("no", "draft", job_id="b"), row(None, job_id="a"), row("no")]
    frame = pd.DataFrame(rows)
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_csv(tmp_path / "a.tsv", index=False, sep="\t")
    frame.to_csv(tmp_path / "b.csv", index=False, sep=";", encoding="utf-8-sig")
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    (tmp_path / "a.json").write_text(json.dumps(rows), encoding="utf-8")
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    wanted = [("draft", 0, 1), ("hero", 1, 2)]
    for log in (*sorted(tmp_path.iterdir()), rows, frame, pl.DataFrame(rows), pa.Table.from_pylist(rows)):
        rates = kc.keep_rates(log)
        assert [(rate.name, rate.kept, rate.takes) for rate in rates.rates] == wanted, log
        assert [p.key for p in rates.problems if p.severity != "warning"] == [], log
        assert [dict(p.params)["count"] for p in rates.problems if p.key == "has_no_effect.kept_blank"] == ["1"]


@pytest.mark.parametrize("rows", [[], [row(None)], [row("")] * 3])
def test_without_a_single_yes_or_no_there_is_nothing_to_learn(rows: list[dict[str, object]]) -> None:
    assert told(kc.keep_rates(rows)) == [("missing.kept", None, "kept")]


def test_a_task_is_one_take_and_a_failed_one_none() -> None:
    task = {"task_id": "t1", "provider": "evolink"}
    rates = kc.keep_rates([row("yes", **task, status="pending"), row(None, **task, status="completed"), row("no")])
    assert (rates.rates[0].kept, rates.rates[0].takes) == (1, 2)
    rates = kc.keep_rates([row("yes", **task), row("no", **task)])
    assert told(rates) == [("mismatch.kept", 2, "kept")]
    rates = kc.keep_rates([row("no", task_id="t1", status="failed", provider="evolink"), row("yes", task_id="t2")])
    assert (rates.rates[0].kept, rates.rates[0].takes) == (1, 1)
    assert told(rates, "info") == [("has_no_effect.failed_takes", None, "")]
    rates = kc.keep_rates([row("no", status="failed"), row("yes")])
    assert rates.rates[0].takes == 2, "without a task, somebody's own word for a take that is bad"
    rates = kc.keep_rates([row("yes", task_id="t1", status="failed", provider="evolink")])
    assert told(rates) == [("mismatch.kept_failed", 1, "kept")]


@pytest.mark.parametrize(
    ("more", "key", "field"),
    [
        ({"takes": 3}, "out_of_range.several_takes", "takes"),
        ({"task_id": "t1, t2"}, "out_of_range.several_takes", "task_id"),
        ({"task_id": "8.29824E+17"}, "wrong_type.rounded_id", "task_id"),
    ],
)
def test_a_row_that_is_not_one_take_is_refused(more: dict[str, object], key: str, field: str) -> None:
    rates = kc.keep_rates([row("yes"), row("yes", **more)])
    assert told(rates) == [(key, 2, field)]
    assert rates.rates[0].takes == 1


ANSWER = {"id": "task-1", "model": T2V, "status": "completed", "created": 1790605869, "usage": {"credits_reserved": 27}}


def test_answers_and_reconciliations_are_logs(tmp_path: Path) -> None:
    job = {"job_id": "a", "takes": 3, "tags": {"class": "hero"}, "request": {"model": T2V, "prompt": "Fog"}}
    plan = kc.estimate([job], as_of=DAY)
    lines = [
        {"job_id": "a", "kept": True, "response": ANSWER},
        {"job_id": "a", "kept": None, "response": {**ANSWER, "status": "pending"}},
        {"job_id": "a", "kept": "no", "response": {**ANSWER, "id": "task-2"}},
        {"job_id": "a", "kept": "no", "response": {**ANSWER, "id": "task-3", "status": "failed"}},
    ]
    file = tmp_path / "answers.jsonl"
    file.write_text("\n\n".join(map(json.dumps, lines)), encoding="utf-8")
    outcome = kc.reconcile(plan, kc.read_responses(file))
    stored = tmp_path / "outcome.json"
    kc.write_report(stored, outcome)
    for log in (file, lines, outcome, stored):
        rates = kc.keep_rates(log, None, plan)
        assert [(rate.name, rate.kept, rate.takes) for rate in rates.rates] == [("hero", 1, 2)], log
        assert told(rates) == []
        assert told(rates, "info") == [("has_no_effect.failed_takes", None, "")]
    assert kc.keep_rates(file, None, plan).rates[0].of.origin == "answers.jsonl, 2026-09-28: 1 kept of 2 takes"


def test_a_reconciliation_without_the_column_is_no_log() -> None:
    plan = kc.estimate([{"job_id": "a", "request": {"model": T2V, "prompt": "Fog"}}], as_of=DAY)
    outcome = kc.reconcile(plan, kc.read_responses([{"job_id": "a", "response": ANSWER}]))
    with pytest.raises(kc.ReadError, match="no column kept"):
        kc.keep_rates(outcome, None, plan)


def test_a_json_log_may_have_tags_and_a_request() -> None:
    log = {"tags": {"class": "hero"}, "request": {"model": T2V, "quality": "720p"}, "kept": True}
    assert [rate.name for rate in kc.keep_rates(log).rates] == ["hero"]
    assert [rate.name for rate in kc.keep_rates([{**log, "tags": {}}]).rates] == [f"{T2V} 720p"]


@pytest.mark.parametrize("wrong", [5, "nowhere.csv", object(), None, b"a.csv"])
def test_what_is_no_log_is_refused_in_our_words(wrong: Any) -> None:
    with pytest.raises(kc.KlingCostError) as error:
        kc.keep_rates(wrong)
    assert error.value.exit_code == 2


def test_an_item_of_a_list_that_is_no_row_is_told() -> None:
    assert told(kc.keep_rates(["a.csv", 5])) == [("wrong_type.object", 1, ""), ("wrong_type.object", 2, "")]


@pytest.mark.parametrize("name", ["rules", "estimate", "as_of", "input_format", "encoding", "sheet"])
def test_wrong_arguments_are_refused_by_name(name: str) -> None:
    with pytest.raises(kc.UsageError, match=name):
        kc.keep_rates([row("yes")], **{name: 5})
