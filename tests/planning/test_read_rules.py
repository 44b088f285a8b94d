"""Rules files are read as strictly as price books: every fault of all files at once, each at its place."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.io.strict_yaml import compose
from kling_cost.io.yaml_values import typed
from kling_cost.planning.rules.read_sections import SectionReader
from kling_cost.planning.rules.rule_types import Contingency
from kling_cost.planning.rules.rules_schema import rules_schema
from kling_cost.planning.rules.selectors import FIELDS
from kling_cost.planning.rules.tree_reader import TreeReader
from kling_cost.pricebook.book_problems import Faults

WHOLE = """\
schema: 1
contingency: 10 %
budgets:
  - name: Acme
    where: {tag:client: Acme, seller: [evolink, std-text-to-video]}
    limit: $500
    per: month
    carry_over: {at_most: 100 USD}
    parts:
      - {name: Spring, where: {tag:campaign: spring}, limit: 300 USD, contingency: 5 USD}
      - {name: Storm, where: {tag:scene: storm, job_id: absent}, limit: 36000 EVOLINK_CREDIT, per: once}
policies:
  - {name: drafts, owner: production, where: {tag:class: draft}, require: {quality: [720p, absent]}, message: 720p only}
  - {name: client, owner: finance, require: {tag:client: present}}
  - {name: dear, at_most: {cost: 2.5 USD, cost_per_take: 1 USD, takes: 4, duration: 10}}
  - {name: fresh, at_most: {price_age: 60 days}}
  - {name: a month, at_most: {total: 500 USD, per: month}}
  - {name: growth, at_most: {growth: 5.5 %}}
  - {name: seller, forbid: {provider: kling3api, sound: on}, severity: warn}
"""


def file(folder: Path, text: str, name: str = "rules.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(kc.RulesError) as raised:
        kc.read_rules(file(folder, text))
    return [fault.removeprefix(f"{folder}/") for fault in raised.value.faults]


def test_everything_that_rules_can_say_is_read(tmp_path: Path) -> None:
    rules = kc.read_rules(file(tmp_path, WHOLE))
    (acme,) = rules.budgets
    spring, storm = acme.parts
    assert (acme.limit, acme.per, acme.carry_over) == (kc.Amount(500, "USD"), "month", 100)
    assert [condition.field for condition in acme.where] == ["tag:client", "seller"]
    assert (spring.per, storm.per) == ("month", "once"), "a part takes the period of the whole unless it has its own"
    assert spring.contingency == Contingency(amount=kc.Amount(5, "USD"))
    assert rules.contingency is not None
    assert rules.contingency.share == pytest.approx(0.1)
    drafts, client, dear, *_, growth, seller = rules.policies
    assert (drafts.owner, drafts.message, drafts.severity) == ("production", "720p only", "fail")
    assert drafts.require is not None
    assert drafts.require[0].absent
    assert drafts.require[0].values == {"720p"}
    assert client.require is not None
    assert client.require[0].present
    assert {m.of: (m.most, m.currency) for m in dear.at_most} == {
        "cost": (kc.Amount("2.5", "USD").value, "USD"),
        "cost_per_take": (1, "USD"),
        "takes": (4, None),
        "duration": (10, None),
    }
    assert [m.most for m in growth.at_most] == [kc.Amount("0.055", "USD").value]
    assert seller.severity == "warn"
    assert len(rules.sha256) == 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("budgets: []", ["rules.yaml:1:1: schema: missing"]),
        ("schema: 2", ["rules.yaml:1:9: schema: must be 1"]),
        ("[1]", ["rules.yaml:1:1: must be a mapping of keys"]),
        ("schema: 1\nbudget: 5 USD", ["rules.yaml:2:1: unknown key budget; did you mean budgets?"]),
        ("schema: 1\nbudgets: {a: 1}", ["rules.yaml:2:10: budgets: must be a list"]),
        ("schema: 1\nbudgets: [A]", ["rules.yaml:2:11: budgets.0: must be a mapping of keys"]),
        ("schema: 1\nschema: 1", ["rules.yaml:2:1: duplicate key 'schema' (first on line 1)"]),
        (
            "schema: 1\nbudgets: [{name: A, limit: 500}]",
            [
                "rules.yaml:2:28: budgets.0.limit: 500: a limit needs a currency; "
                "write it like 60 USD or 36000 EVOLINK_CREDIT"
            ],
        ),
        (
            "schema: 1\npolicies: [{name: A, forbid: {quality: [4K, '1080', std]}}]",
            [
                "rules.yaml:2:41: policies.0.forbid.quality: no job has the quality 4K; write 4k",
                "rules.yaml:2:45: policies.0.forbid.quality: no job has the quality 1080; write 1080p",
            ],
        ),
        (
            "schema: 1\nbudgets: [{name: A, where: {modle: x, duration: 5 s, sound: yes, date: May}, limit: 5 USD}]",
            [
                "rules.yaml:2:29: budgets.0.where: unknown field modle; did you mean model?",
                "rules.yaml:2:49: budgets.0.where.duration: 5 s is not a whole number from 1",
                "rules.yaml:2:61: budgets.0.where.sound: must be on or off, not yes",
                "rules.yaml:2:72: budgets.0.where.date: May is not a date such as 2026-11-20",
            ],
        ),
        (
            "schema: 1\nbudgets: [{name: A, limit: 5 USD, where: {tag:caf\u00e9: x, tag:cafe\u0301: y}}]",
            ["rules.yaml:2:56: budgets.0.where: duplicate field tag:caf\u00e9"],
        ),
        (
            "schema: 1\nbudgets: [{name: A, limit: 5 USD, per: year, where: {}, carry_over: {at_most: 1 EUR}}]",
            [
                "rules.yaml:2:40: budgets.0.per: must be one of once, month, not year",
                "rules.yaml:2:53: budgets.0.where: must not be empty",
                "rules.yaml:2:57: budgets.0.carry_over: needs `per: month`",
                "rules.yaml:2:79: budgets.0.carry_over.at_most: must be in USD, as the limit is",
            ],
        ),
        (
            "schema: 1\npolicies: [{name: A}, {name: A, at_most: {per: month, growth: 5}, where: {takes: []}}]",
            [
                "rules.yaml:2:12: policies.0: says nothing: add require, forbid or at_most",
                "rules.yaml:2:30: policies.1.name: duplicate name 'A' (first on line 2)",
                "rules.yaml:2:43: policies.1.at_most.per: is for `total` only",
                "rules.yaml:2:55: policies.1.at_most.growth: is about the whole plan; leave `where` out",
                "rules.yaml:2:63: policies.1.at_most.growth: 5 is not a share such as 10 %",
                "rules.yaml:2:82: policies.1.where.takes: takes must not be an empty list",
            ],
        ),
        (
            "schema: 1\npolicies: [{name: A, at_most: {costs: 1 USD}, severity: soft, owner: [x], message: ~}]",
            [
                "rules.yaml:2:31: policies.0.at_most: must have at least one of cost, cost_per_take, total, takes, "
                "duration, growth, price_age",
                "rules.yaml:2:32: policies.0.at_most: unknown key costs; did you mean cost?",
                "rules.yaml:2:57: policies.0.severity: must be one of fail, warn, not soft",
                "rules.yaml:2:70: policies.0.owner: must be text",
                "rules.yaml:2:84: policies.0.message: must be text",
            ],
        ),
        (
            "schema: 1\ncontingency: ten\nfit: {may: []}",
            [
                "rules.yaml:2:14: contingency: neither a share such as 10 % nor an amount: ten is not a valid limit; "
                "write it like 500 USD or 36000 EVOLINK_CREDIT",
            ],
        ),
    ],
)
def test_every_fault_is_told_at_its_place(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert faults(tmp_path, text) == expected


def test_a_name_used_before_is_refused_where_it_is_used_again(tmp_path: Path) -> None:
    one = file(tmp_path, "schema: 1\npolicies: [{name: A, at_most: {takes: 3}}]", "one.yaml")
    two = file(tmp_path, "schema: 1\n\npolicies:\n  - {name: A, at_most: {takes: 4}}\ncontingency: 5 %", "two.yaml")
    with pytest.raises(kc.RulesError) as raised:
        kc.read_rules([one, two])
    assert raised.value.faults == [f"{two}:4:12: policies.0.name: duplicate name 'A' (first in {one}:2)"]
    other = file(tmp_path, "schema: 1\nbudgets: [{name: A, limit: 5 USD, parts: [{name: A, limit: 1 USD}]}]", "3.yaml")
    assert len(kc.read_rules([one, other]).policies) == 1, "a part and a policy may have the name of a budget"


def test_one_contingency_holds(tmp_path: Path) -> None:
    files = [file(tmp_path, "schema: 1\ncontingency: 5 %", f"{n}.yaml") for n in range(2)]
    with pytest.raises(kc.RulesError, match=r"1\.yaml:2:1: contingency: duplicate name 'contingency'"):
        kc.read_rules(files)


@given(
    st.text(st.characters(exclude_categories=("C", "Z")), max_size=12).filter(
        lambda name: name not in FIELDS and not name.startswith("tag:")
    )
)
def test_no_unknown_field_is_ever_taken(name: str) -> None:
    text = json.dumps({"schema": 1, "policies": [{"name": "A", "require": {name: "x"}}]}, ensure_ascii=False)
    root, _ = compose(text)
    found = Faults()
    SectionReader(TreeReader(found)).read(root)  # type: ignore[arg-type]
    assert any("unknown field" in line for line in found.lines())


def test_the_schema_takes_what_is_read_and_refuses_what_is_not(tmp_path: Path) -> None:
    schema = rules_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    whole = json.loads(json.dumps(typed(compose(WHOLE)[0]), default=str))
    jsonschema.validate(whole, schema)
    for broken in (
        {**whole, "budget": []},
        {**whole, "budgets": [{"name": "A", "limit": 500}]},
        {**whole, "policies": [{"name": "A"}]},
        {**whole, "policies": [{"name": "A", "require": {"modle": "x"}}]},
        {**whole, "policies": [{"name": "A", "require": {"tag:": "x"}}]},
        {key: value for key, value in whole.items() if key != "schema"},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, schema)


def test_the_verb_lints_and_shows_the_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = file(tmp_path, WHOLE)
    assert main(["rules", "lint", str(good)]) == 0
    assert capsys.readouterr().out == "rules.yaml: valid; budgets: 3, policies: 7\n"
    bad = file(tmp_path, "schema: 1\nbudgets: [{name: A}]", "bad.yaml")
    assert main(["rules", "lint", str(good), str(bad)]) == 2
    assert capsys.readouterr().err == f"kling-cost: {bad}:2:11: budgets.0.limit: missing\n"
    assert main(["rules", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == rules_schema()


@pytest.mark.parametrize(("given", "why"), [([], "no rules file is named"), (5, "rules must be a path"), (None, "no")])
def test_what_is_no_path_is_refused(given: object, why: str) -> None:
    with pytest.raises(kc.UsageError, match=why):
        kc.read_rules(given)  # type: ignore[arg-type]


def test_a_missing_file_is_a_read_error(tmp_path: Path) -> None:
    with pytest.raises(kc.ReadError, match="no such file"):
        kc.read_rules(tmp_path / "none.yaml")
