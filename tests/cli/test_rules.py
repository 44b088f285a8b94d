"""Budgets by scope and policies at the command line: options, exit codes, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kling_cost.cli import main
from tests.schemas import validate

JOBS = """\
job_id,model,takes,date,tag:client,prompt
a,kling-v3-text-to-video,2,2026-11-05,Acme,Fog
b,kling-v3-text-to-video,1,2026-11-06,Acme,Sea
"""
DAY = ("--as-of", "2026-11-20")
BUDGET = "budgets: [{name: Acme, where: {tag:client: Acme}, limit: LIMIT USD, per: month}]"
POLICY = "policies: [{name: takes, at_most: {takes: MOST}, owner: Ann}]"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "jobs.csv").write_text(JOBS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rules(folder: Path, text: str, name: str = "rules.yaml") -> str:
    (folder / name).write_text(f"schema: 1\n{text}\n", encoding="utf-8")
    return name


@pytest.mark.parametrize(
    ("limit", "most", "verdict", "code"),
    [
        ("2", "2", "within", 0),
        ("1.125", "2", "within", 0),
        ("1.1249", "2", "over", 3),
        ("2", "1", "refused", 3),
        ("1", "1", "over", 3),
    ],
)
def test_the_gate_keeps_budgets_and_policies(
    folder: Path, capsys: pytest.CaptureFixture[str], limit: str, most: str, verdict: str, code: int
) -> None:
    one, two = rules(folder, BUDGET.replace("LIMIT", limit)), rules(folder, POLICY.replace("MOST", most), "two.yaml")
    assert main(["check", "jobs.csv", "--rules", one, "--rules", two, *DAY, "--format", "json"]) == code
    record = json.loads(capsys.readouterr().out)
    validate(record, "check")
    assert (record["verdict"], record["exit"]) == (verdict, code)
    assert [found["scope"] for found in record["limits"]] == ["Acme / 2026-11"]
    assert main(["report", "jobs.csv", "--rules", one, "--rules", two, *DAY, "-o", "out.md", "-o", "out.json"]) == code
    assert "Acme" in (folder / "out.md").read_text("utf-8")
    capsys.readouterr()


def test_a_campaign_with_rules_is_never_passed_without_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"budget: 50 USD\n{BUDGET.replace('LIMIT', '0.1')}\ndefaults: {{model: kling-v3-text-to-video}}\n"
    (folder / "c.yaml").write_text(f"{text}jobs: [{{prompt: Fog, tags: {{client: Acme}}}}]\n", encoding="utf-8")
    assert main(["check", "c.yaml", *DAY]) == 3
    assert main(["check", "c.yaml", "--budget", "9 USD", *DAY]) == 3
    assert main(["check", "c.yaml", "--summary", *DAY]) == 2
    assert "rules, actuals, an approval or another plan need every job: omit --summary" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--rules", "none.yaml"], "none.yaml: no such file"),
        (["--rules", "bad.yaml"], "bad.yaml:2:11: budgets.0.limit: missing"),
        (["--rules", "good.yaml", "--summary"], "--rules needs every job; omit --summary"),
        (["--actuals", "jobs.csv", "--budget", "9 USD", "--summary"], "--actuals needs every job; omit --summary"),
        (["--rules", "policy.yaml"], "no budget: pass --budget"),
        (["--rules", "good.yaml", "--actuals", "none.json"], "none.json: no such file"),
        (["--rules", "money.yaml"], "money.yaml:2:11: unknown currency XYZ; pass --rate"),
    ],
)
def test_what_cannot_run_is_told_and_exits_2(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    rules(folder, BUDGET.replace("LIMIT", "9"), "good.yaml")
    rules(folder, "budgets: [{name: A}]", "bad.yaml")
    rules(folder, "budgets: [{name: A, limit: 5 XYZ}]", "money.yaml")
    rules(folder, POLICY.replace("MOST", "9"), "policy.yaml")
    assert main(["check", "jobs.csv", *words, *DAY]) == 2
    assert why in capsys.readouterr().err
