"""The section `fit` of rules: read strictly, each fault at its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

import kling_cost as kc
from kling_cost.io.strict_yaml import Mapping, Scalar, Sequence, compose
from kling_cost.planning.rules.rules_schema import rules_schema

WHOLE = """\
schema: 1
fit:
  keep: [{where: {tag:scene: opening}}]
  weights: {tag:class: {hero: 5, broll: 2}, quality: {1080p: 3}}
  may:
    - {change: quality, from: 1080p, to: 720p, pain: 3}
    - {change: sound, from: on, to: off, pain: 2}
    - {change: duration, down_to: 5, pain: 1}
    - {change: takes, down_to: 2, pain: 1000}
    - {change: seller, from: pro-text-to-video, to: std-text-to-video, pain: 4}
    - {change: drop, pain: 50, where: {tag:class: draft}}
"""


def read(folder: Path, text: str, name: str = "rules.yaml") -> kc.Rules:
    (folder / name).write_text(text, encoding="utf-8")
    return kc.read_rules(folder / name)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(kc.RulesError) as raised:
        read(folder, text)
    return [fault.removeprefix(f"{folder}/") for fault in raised.value.faults]


def test_the_whole_section_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE).fit
    assert [(rule.change, rule.before, rule.to, rule.down_to, rule.pain) for rule in found.may] == [
        ("quality", "1080p", "720p", None, 3),
        ("sound", "on", "off", None, 2),
        ("duration", None, None, 5, 1),
        ("takes", None, None, 2, 1000),
        ("seller", "pro-text-to-video", "std-text-to-video", None, 4),
        ("drop", None, None, None, 50),
    ]
    assert [(weight.where[0].field, *weight.where[0].values, weight.points) for weight in found.weights] == [
        ("tag:class", "hero", 5),
        ("tag:class", "broll", 2),
        ("quality", "1080p", 3),
    ]
    assert [kept.where[0].field for kept in found.keep] == ["tag:scene"]
    assert read(tmp_path, "schema: 1").fit.may == ()


MAY = "schema: 1\nfit:\n  may:\n    - "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("schema: 1\nfit: yes", ["rules.yaml:2:6: fit: must be a mapping of keys"]),
        ("schema: 1\nfit: {weight: {}}", ["rules.yaml:2:7: fit: unknown key weight; did you mean weights?"]),
        ("schema: 1\nfit: {may: 3}", ["rules.yaml:2:12: fit.may: must be a list"]),
        (f"{MAY}drop", ["rules.yaml:4:7: fit.may.0: must be a mapping of keys"]),
        (f"{MAY}{{change: drop}}", ["rules.yaml:4:7: fit.may.0.pain: missing"]),
        (f"{MAY}{{pain: 3}}", ["rules.yaml:4:7: fit.may.0.change: missing"]),
        (
            f"{MAY}{{change: colour, pain: 3}}",
            [
                "rules.yaml:4:16: fit.may.0.change: must be one of quality, sound, duration, takes, seller, drop, "
                "not colour"
            ],
        ),
        (
            f"{MAY}{{change: quality, pain: 3}}",
            ["rules.yaml:4:7: fit.may.0.from: missing", "rules.yaml:4:7: fit.may.0.to: missing"],
        ),
        (f"{MAY}{{change: takes, pain: 3}}", ["rules.yaml:4:7: fit.may.0.down_to: missing"]),
        (
            f"{MAY}{{change: drop, pain: 3, to: 720p, down_to: 2}}",
            [
                "rules.yaml:4:31: fit.may.0.to: is for `quality`, `sound`, `seller` only",
                "rules.yaml:4:41: fit.may.0.down_to: is for `duration`, `takes` only",
            ],
        ),
        (
            f"{MAY}{{change: sound, from: off, to: off, pain: 3}}",
            ["rules.yaml:4:38: fit.may.0.to: allows nothing: it is the same as `from`"],
        ),
        (
            f"{MAY}{{change: sound, from: loud, to: off, pain: 3}}",
            ["rules.yaml:4:29: fit.may.0.from: must be on or off, not loud"],
        ),
        (
            f"{MAY}{{change: quality, from: 1080P, to: 720p, pain: 3}}",
            ["rules.yaml:4:31: fit.may.0.from: no job has the quality 1080P; write 1080p"],
        ),
        (f"{MAY}{{change: drop, pain: 0}}", ["rules.yaml:4:28: fit.may.0.pain: 0 is not a whole number from 1"]),
        (f"{MAY}{{change: drop, pain: 1.5}}", ["rules.yaml:4:28: fit.may.0.pain: 1.5 is not a whole number from 1"]),
        (f"{MAY}{{change: drop, pain: 1001}}", ["rules.yaml:4:28: fit.may.0.pain: must be at most 1,000"]),
        (
            f"{MAY}{{change: drop, pain: 1, where: {{klass: hero}}}}",
            [
                "rules.yaml:4:39: fit.may.0.where: unknown field klass; use one of provider, model, seller, currency, "
                "quality, sound, duration, takes, date, job_id, tag:NAME"
            ],
        ),
        (
            "schema: 1\nfit: {weights: {clas: {a: 1}}}",
            [
                "rules.yaml:2:17: fit.weights: unknown field clas; use one of provider, model, seller, currency, "
                "quality, sound, duration, takes, date, job_id, tag:NAME"
            ],
        ),
        ("schema: 1\nfit: {weights: 3}", ["rules.yaml:2:16: fit.weights: must be a mapping"]),
        ("schema: 1\nfit: {weights: {quality: 3}}", ["rules.yaml:2:26: fit.weights.quality: must be a mapping"]),
        (
            "schema: 1\nfit: {weights: {tag:a: {b: 0, c: 1001}}}",
            [
                "rules.yaml:2:28: fit.weights.tag:a.b: 0 is not a whole number from 1",
                "rules.yaml:2:34: fit.weights.tag:a.c: must be at most 1,000",
            ],
        ),
        (
            "schema: 1\nfit: {weights: {sound: {loud: 2}}}",
            ["rules.yaml:2:25: fit.weights.sound: must be on or off, not loud"],
        ),
        (
            "schema: 1\nfit: {keep: [{}, {where: {}}, {were: {tag:a: b}}]}",
            [
                "rules.yaml:2:14: fit.keep.0.where: missing",
                "rules.yaml:2:26: fit.keep.1.where: must not be empty",
                "rules.yaml:2:31: fit.keep.2.where: missing",
                "rules.yaml:2:32: fit.keep.2: unknown key were; did you mean where?",
            ],
        ),
    ],
)
def test_every_fault_is_told_at_its_place(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert faults(tmp_path, text) == expected


def test_a_weight_is_said_once_in_all_files(tmp_path: Path) -> None:
    one, two = (f"schema: 1\nfit: {{weights: {{tag:a: {{{value}: 2}}}}}}" for value in ("b", "c"))
    files = []
    for name, text in (("one.yaml", one), ("two.yaml", two), ("again.yaml", one)):
        read(tmp_path, text, name)
        files.append(tmp_path / name)
    assert len(kc.read_rules(files[:2]).fit.weights) == 2
    with pytest.raises(kc.RulesError) as raised:
        kc.read_rules(files)
    assert raised.value.faults == [f"{files[2]}:2:25: fit.weights.tag:a: duplicate name 'b' (first in {files[0]}:2)"]


def test_the_gate_reads_the_section_and_does_not_apply_it(tmp_path: Path) -> None:
    plan = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}], as_of="2026-11-20")
    assert kc.check(plan, budget="1 USD", rules=read(tmp_path, WHOLE)).exit_code == 0
    (tmp_path / "bad.yaml").write_text("schema: 1\nfit: {may: [{change: drop}]}", encoding="utf-8")
    with pytest.raises(kc.RulesError):
        kc.check(plan, budget="1 USD", rules=tmp_path / "bad.yaml")


def plain(node: Any) -> Any:
    """A tree as JSON has it, every scalar as text."""
    if isinstance(node, Mapping):
        return {key: plain(item) for key, item in node.items.items()}
    return (
        [plain(item) for item in node.items]
        if isinstance(node, Sequence)
        else node.text
        if isinstance(node, Scalar)
        else None
    )


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        (WHOLE, True),
        (f"{MAY}{{change: drop, pain: 0}}", False),
        (f"{MAY}{{change: takes, pain: 3}}", False),
        (f"{MAY}{{change: drop, pain: 3, down_to: 2}}", False),
        (f"{MAY}{{change: colour, pain: 3}}", False),
        ("schema: 1\nfit: {mai: []}", False),
        ("schema: 1\nfit: {weights: {clas: {a: 1}}}", False),
        ("schema: 1\nfit: {keep: [{}]}", False),
    ],
)
def test_the_schema_takes_what_is_read_and_nothing_else(text: str, is_good: bool) -> None:
    checker = jsonschema.Draft202012Validator(rules_schema())
    assert checker.is_valid(plain(compose(text)[0])) is is_good
