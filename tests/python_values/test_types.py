"""What a script that is checked strictly sees: every result has a type, and a name that is not there is an error."""

from __future__ import annotations

import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path

import kling_cost as kc
from kling_cost.planning.limits import Standing
from kling_cost.pricing.cost_sums import Total
from kling_cost.pricing.provenance import Stamp
from kling_cost.reconciliation.result import ActualTotal, Finding, Task

CONSUMER = """\
from datetime import date
import pandas as pd
import kling_cost as kc

jobs = kc.read_jobs("campaign.yaml")
estimate = kc.estimate(jobs, kc.load_prices(), as_of=date(2026, 11, 20))
verdict = kc.check(estimate, budget="500 USD")
outcome = kc.reconcile(estimate, kc.read_responses("answers.jsonl"))
frame = pd.DataFrame()
kc.write_report("budget.xlsx", estimate, verdict, outcome, title="Spring")
kc.template("jobs.xlsx")
reveal_type(estimate.totals[0].cost)
reveal_type(estimate.breakdowns["model"][0].usd)
reveal_type(estimate.line_items[0].cost)
reveal_type(estimate.problems[0].message)
reveal_type(estimate.to_frame())
reveal_type(outcome.to_frame())
reveal_type(verdict.limits[0].headroom)
reveal_type(outcome.tasks[0].variance)
reveal_type(outcome.findings[0].explained_by)
reveal_type(kc.price("kling-v3-text-to-video").cost)
reveal_type(kc.price_request({"model": "kling-v3-text-to-video"}).usd)
reveal_type(kc.price_frame(frame))
reveal_type(kc.totals(kc.validate_frame(frame)))
reveal_type(kc.price_table()[0]["unit_price"])
reveal_type(kc.lint_prices())
reveal_type(kc.read_estimate("estimate.json"))
reveal_type(kc.read_reconciliation("outcome.json"))
try:
    kc.estimate([])
except kc.ReadError as error:
    reveal_type(error.problem.hint)
    reveal_type(error.problems)
"""
RESULTS = {
    **{name: f"kc.{name}" for name in kc.__all__ if inspect.isclass(getattr(kc, name))},
    "Standing": "kling_cost.planning.limits.Standing",
    "Total": "kling_cost.pricing.cost_sums.Total",
    "Task": "kling_cost.reconciliation.result.Task",
    "Finding": "kling_cost.reconciliation.result.Finding",
    "ActualTotal": "kling_cost.reconciliation.result.ActualTotal",
    "Stamp": "kling_cost.pricing.provenance.Stamp",
}
_MORE = {made.__name__: made for made in (Standing, Total, Task, Finding, ActualTotal, Stamp)}


def attributes(name: str) -> list[str]:
    """What a reader of a result may ask it for, calls apart."""
    made = _MORE.get(name) or getattr(kc, name)
    known = set(getattr(made, "_fields", ())) | {
        key for kind in made.__mro__ if kind.__module__.startswith("kling_cost") for key in vars(kind)
    }
    if dataclasses.is_dataclass(made):
        known |= {field.name for field in dataclasses.fields(made)}
    found = [key for key in known if not key.startswith("_")]
    return sorted(key for key in found if not inspect.isfunction(getattr(made, key, None)))


def checked(folder: Path, program: str) -> list[str]:
    """What mypy says of a program, strictly, one line each."""
    (folder / "consumer.py").write_text(program, encoding="utf-8")
    words = ["--strict", "--no-error-summary", "--no-incremental", "--config-file", "", "consumer.py"]
    found = subprocess.run([sys.executable, "-m", "mypy", *words], cwd=folder, capture_output=True, text=True)
    assert not found.stderr, found.stderr
    return found.stdout.splitlines()


def test_a_strictly_checked_script_finds_no_any_in_results(tmp_path: Path) -> None:
    asked = [f"def of_{name}(value: {path}) -> None:\n" for name, path in RESULTS.items()]
    for at, name in enumerate(RESULTS):
        asked[at] += "".join(f"    reveal_type(value.{key})\n" for key in attributes(name)) or "    pass\n"
    homes = "".join(
        f"import {path.rpartition('.')[0]}\n" for path in sorted(set(RESULTS.values())) if path[:3] != "kc."
    )
    lines = checked(tmp_path, homes + CONSUMER + "\n".join(asked))
    assert [line for line in lines if ": note: Revealed type is" not in line] == []
    assert len(lines) == (homes + CONSUMER + "".join(asked)).count("reveal_type(")
    assert [line for line in lines if re.search(r"\bAny\b", line)] == []
    assert sum("DataFrame" in line for line in lines) >= 4


def test_a_name_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (line,) = checked(tmp_path, "import kling_cost as kc\nkc.estimat([])\n")
    assert "error" in line
    assert "estimat" in line
