"""Classes of takes are read strictly: chances from 0 to 1, ends that can be met, presets that there are."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.io.strict_yaml import compose
from kling_cost.io.yaml_values import typed
from kling_cost.planning.rules.rules_schema import rules_schema
from kling_cost.planning.rules.take_presets import presets
from kling_cost.planning.rules.take_types import Fails

WHOLE = """\
schema: 1
takes:
  hero:
    where: {tag:class: hero}
    success: {low: 0.15, likely: 1 in 4, high: 35 %}
    usable: takes
    at_most: 12
    failure: {chance: 0.05, charged: no}
    rejection: {chance: 2 %}
    source: own jobs
    checked: 2026-11-01
  draft: {where: {tag:class: draft}, preset: draft-text, usable: 2}
  sure: {success: 1}
"""


def file(folder: Path, text: str, name: str = "rules.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_that_a_class_can_say_is_read(tmp_path: Path) -> None:
    hero, draft, sure = kc.read_rules(file(tmp_path, WHOLE)).takes
    assert hero.success == (Fraction(3, 20), Fraction(1, 4), Fraction(7, 20))
    assert (hero.usable, hero.at_most, hero.likely) == (None, 12, Fraction(1, 4))
    assert (hero.failure, hero.rejection) == (Fails(Fraction(1, 20), False), Fails(Fraction(1, 50), True))
    assert (hero.origin, hero.checked, hero.preset) == ("own jobs", date(2026, 11, 1), None)
    assert (draft.success, draft.usable, draft.preset) == ((Fraction(1, 3),), 2, "draft-text")
    assert draft.origin is not None
    assert draft.origin.startswith("promptdojo")
    assert (sure.success, sure.where, sure.usable, sure.at_most) == ((Fraction(1),), (), 1, None)
    assert sure.failure.charged is None, "what the rate says"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("takes: [hero]", ["2:8: takes: must be a mapping of names"]),
        ("takes: {hero: 0.25}", ["2:15: takes.hero: must be a mapping of keys"]),
        (
            "takes: {hero: {}}",
            ["2:15: takes.hero.success: missing: write a chance such as 0.25 or 1 in 4, a range, or a preset"],
        ),
        ("takes: {a: {succes: 0.5}}", [
            "2:12: takes.a.success: missing: write a chance such as 0.25 or 1 in 4, a range, or a preset",
            "2:13: takes.a: unknown key succes; did you mean success?",
        ]),
        ("takes: {a: {success: 1.5}}", ["2:22: takes.a.success: 1.5 is more than 1: a chance is from 0 to 1"]),
        ("takes: {a: {success: 3 in 2}}", ["2:22: takes.a.success: 3 in 2 is more than 1: a chance is from 0 to 1"]),
        ("takes: {a: {success: 101 %}}", ["2:22: takes.a.success: 101 % is more than 1: a chance is from 0 to 1"]),
        ("takes: {a: {success: -0.1}}", ["2:22: takes.a.success: -0.1 is not a chance such as 0.25, 25 % or 1 in 4"]),
        ("takes: {a: {success: 1 in 0}}", [
            "2:22: takes.a.success: 1 in 0 is not a chance such as 0.25, 25 % or 1 in 4",
        ]),
        ("takes: {a: {success: {low: 0.4, likely: 0.3, high: 0.2}}}", [
            "2:28: takes.a.success.low: is greater than `likely`",
            "2:41: takes.a.success.likely: is greater than `high`",
        ]),
        ("takes: {a: {success: {low: 0.4, likely: 0.3}}}", [
            "2:22: takes.a.success.high: missing",
            "2:28: takes.a.success.low: is greater than `likely`",
        ]),
        ("takes: {a: {success: 0.5, usable: 5, at_most: 3}}", [
            "2:35: takes.a.usable: 5 usable takes cannot come from at most 3",
        ]),
        ("takes: {a: {success: 0.5, usable: 0, at_most: 2000}}", [
            "2:35: takes.a.usable: 0 is not a whole number from 1",
            "2:47: takes.a.at_most: must be at most 1,000",
        ]),
        ("takes: {a: {success: 0.5, failure: {chance: 0.6}, rejection: {chance: 0.4, charged: perhaps}}}", [
            "2:36: takes.a.failure: together, failure and rejection leave no take",
            "2:85: takes.a.rejection.charged: must be one of yes, no, not perhaps",
        ]),
        ("takes: {a: {success: 0.5, failure: {}}}", ["2:36: takes.a.failure.chance: missing"]),
        ("takes: {a: {success: 0.0009}}", [
            "2:22: takes.a.success: fewer than 1 in 1,000 takes would be usable: add `at_most`",
        ]),
        ("takes: {a: {success: 0.001, rejection: {chance: 0.001}}}", [
            "2:22: takes.a.success: fewer than 1 in 1,000 takes would be usable: add `at_most`",
        ]),
        ("takes: {a: {preset: hero-txt}}", ["2:21: takes.a.preset: unknown preset hero-txt; did you mean hero-text?"]),
        ("takes: {a: {preset: hero-text, success: 0.5, source: me}}", [
            "2:32: takes.a.success: is what the preset says; leave one of them out",
            "2:46: takes.a.source: is what the preset says; leave one of them out",
        ]),
        ("takes: {a: {success: 0.5, checked: 2026-02-30}}", [
            "2:36: takes.a.checked: 2026-02-30 is not a date such as 2026-11-20",
        ]),
        ("takes: {a: {success: 0.5, where: {modle: x}}}", [
            "2:35: takes.a.where: unknown field modle; did you mean model?",
        ]),
        ("takes: {a: {success: 0.5, keep: 0, usable_seconds: 0}}", [
            "2:33: takes.a.keep: must be more than 0",
            "2:52: takes.a.usable_seconds: must be more than 0",
        ]),
        ("takes: {a: {success: 0.5, usable_seconds: 5 s}}", [
            "2:43: takes.a.usable_seconds: 5 s is not a number of seconds such as 4.5",
        ]),
        ("takes: {' ': {success: 0.5}}", ["2:9: takes: a name must be text of one line"]),
    ],
)  # fmt: skip
def test_every_fault_is_told_at_its_place(tmp_path: Path, text: str, expected: list[str]) -> None:
    path = file(tmp_path, f"schema: 1\n{text}")
    with pytest.raises(kc.RulesError) as raised:
        kc.read_rules(path)
    assert [fault.removeprefix(f"{path}:") for fault in raised.value.faults] == expected


def test_the_least_success_without_an_end_is_one_in_a_thousand(tmp_path: Path) -> None:
    (made,) = kc.read_rules(file(tmp_path, "schema: 1\ntakes: {a: {success: 0.001}}")).takes
    assert made.success == (Fraction(1, 1000),)
    (made,) = kc.read_rules(file(tmp_path, "schema: 1\ntakes: {a: {success: 0, at_most: 3}}")).takes
    assert made.success == (Fraction(0),)


def test_a_name_is_used_once_in_all_files(tmp_path: Path) -> None:
    one = file(tmp_path, "schema: 1\ntakes: {hero: {success: 0.5}}", "one.yaml")
    two = file(tmp_path, "schema: 1\ntakes: {hero: {success: 0.4}}", "two.yaml")
    with pytest.raises(kc.RulesError) as raised:
        kc.read_rules([one, two])
    assert raised.value.faults == [f"{two}:2:9: takes.hero: duplicate name 'hero' (first in {one}:2)"]


@given(st.integers(0, 999_999), st.integers(1, 999_999))
def test_a_chance_is_the_fraction_that_is_written(tmp_path_factory: pytest.TempPathFactory, good: int, of: int) -> None:
    path = file(tmp_path_factory.getbasetemp(), f"schema: 1\ntakes: {{a: {{success: {good} in {of}, at_most: 9}}}}")
    if good > of:
        with pytest.raises(kc.RulesError, match="more than 1"):
            kc.read_rules(path)
    else:
        assert kc.read_rules(path).takes[0].success == (Fraction(good, of),)


def test_presets_are_dated_and_have_a_source() -> None:
    known = presets()
    assert {name: str(preset.success[0]) for name, preset in known.items()} == {
        "draft-text": "1/3", "broll-text": "1/5", "hero-text": "1/10",
        "draft-image": "2/3", "broll-image": "2/5", "hero-image": "1/4", "production": "1/4",
    }  # fmt: skip
    assert all(preset.source and preset.checked >= date(2026, 11, 1) for preset in known.values())


def test_the_schema_takes_what_is_read_and_refuses_what_is_not() -> None:
    schema = rules_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    whole = json.loads(json.dumps(typed(compose(WHOLE)[0]), default=str))
    jsonschema.validate(whole, schema)
    for broken in (
        {"success": "often"},
        {"success": 2},
        {},
        {"success": "1 in 4", "preset": "hero-text"},
        {"success": {"low": 0, "likely": 0}},
        {"success": 0.5, "at_most": 0},
        {"success": 0.5, "failure": {"charged": "no"}},
        {"success": 0.5, "wher": {}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"schema": 1, "takes": {"a": broken}}, schema)
