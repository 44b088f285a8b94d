"""A gate takes the fast path: totals are judged as the estimate of the same files is, line items or not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.results.document_types import CHECK

AS_OF = "2026-11-20"
T2V = {"model": "kling-v3-text-to-video", "prompt": "x"}  # 27 credits, 0.375 dollars
K3 = {"type": "pro-text-to-video", "prompt": "x"}  # 400 credits, dollars unknown
OFFICIAL = {"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "off"}  # 0.42 dollars
ITEMS: list[Any] = [
    T2V,
    K3,
    OFFICIAL,
    {**T2V, "duration": 99},
    {**T2V, "seed": 1},
    {"model": "nothing"},
    {"request": T2V, "job_id": "a"},
    {"request": OFFICIAL, "job_id": "A", "tags": {"scene": "Fog"}},
    {"request": T2V, "job_id": "b", "takes": 3, "tags": {"scene": "fog"}},
    "?",
]
ROWS = [
    "kling-v3-text-to-video,5,1,a",
    "kling-v3-text-to-video,5,1,c",
    "kling-v3,5,2,",
    "pro-text-to-video,5,1,C",
    "kling-v3-text-to-video,99,1,d",
    "nothing,5,1,",
    ",,,",
]
CAMPAIGNS = [
    "budget: 20 USD",
    "budget: 0.4 USD",
    "budget: 0.1 USD",
    "budget: [30 EVOLINK_CREDIT, 400 KLING3API_CREDIT]",
    "budget: 5 XYZ",
    "limits: 5 USD",
    "budget: 20 USD\nnotes: x",
    "budget: 20 USD\nfoo: x",
    "",
]
BUDGETS: list[Any] = [
    None, "0.3749 USD", "0.375 USD", "0.46 USD", "100 USD", "27 EVOLINK_CREDIT", "100 EVOLINK_CREDIT", "5 XYZ", "1 KRW",
    ["100 EVOLINK_CREDIT", "400 KLING3API_CREDIT"], ["500 USD", "81 EVOLINK_CREDIT"],
]  # fmt: skip
#: Warnings that totals are looked for only where they count as errors.
UNTOLD = {("repeated_request", ""), ("repeated_request", None), ("ambiguous", "job_id")}


@st.composite
def files(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Names and texts of some files."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        form = draw(st.sampled_from(["jsonl", "csv", "yaml"]))
        if form == "jsonl":
            items = draw(st.lists(st.sampled_from(ITEMS), max_size=8))
            text = "".join(f"{item if isinstance(item, str) else json.dumps(item)}\n" for item in items)
        elif form == "csv":
            rows = draw(st.lists(st.sampled_from(ROWS), max_size=8))
            text = "".join(f"{row}\n" for row in ["model,duration,takes,job_id", *rows])
        else:
            jobs = draw(st.lists(st.sampled_from([item for item in ITEMS if item != "?"]), min_size=1, max_size=4))
            text = f"campaign: Spring\n{draw(st.sampled_from(CAMPAIGNS))}\njobs: {json.dumps(jobs)}\n"
        found.append((f"{number}.{form}", text))
    return found


def record_or_error(plan: Any, **limits: Any) -> dict[str, Any] | str:
    """The record of a verdict but for its suggestions, which need jobs; or why there is none."""
    try:
        record = CHECK.json(kc.check(plan, **limits))
    except kc.UsageError as error:
        return str(error)
    del record["suggestions"]
    return record


def comparable(record: dict[str, Any] | str) -> dict[str, Any] | str:
    """Without the warnings that totals lack where warnings are none."""
    if isinstance(record, str):
        return record
    kept = {"problems": [found for found in record["problems"] if (found["code"], found["field"]) not in UNTOLD]}
    inner = [found for found in record["estimate"]["problems"] if (found["code"], found["field"]) not in UNTOLD]
    return record | kept | {"estimate": record["estimate"] | {"problems": inner}}


@given(files(), st.sampled_from(BUDGETS), st.booleans(), st.booleans(), st.sampled_from([(), ("1400 KRW/USD",)]))
def test_totals_are_checked_as_their_estimate_is(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[tuple[str, str]],
    budget: Any,
    no_budget: bool,
    strict: bool,
    rates: Sequence[str],
) -> None:
    """Within, over, unknown, blocked, without a job or a limit: to the byte, refusals as well."""
    folder = tmp_path_factory.mktemp("plan")
    for name, text in texts:
        (folder / name).write_text(text, encoding="utf-8")
    paths = [folder / name for name, _ in texts]
    book, limits = kc.load_prices(rates=rates), {"budget": budget, "no_budget": no_budget}
    estimate = kc.estimate(kc.read_jobs(*paths), book, as_of=AS_OF, strict=strict)
    totals = kc.summarize(paths, book, as_of=AS_OF, strict=strict)
    wanted = record_or_error(estimate, **limits)
    assert record_or_error(estimate.summary, **limits) == wanted
    found = record_or_error(totals, **limits)
    assert found == wanted if strict else comparable(found) == comparable(wanted)
    assert totals.exit_code == estimate.exit_code


def test_the_last_error_of_very_many_problems_still_shuts_the_gate(tmp_path: Path) -> None:
    """Problems that are only counted count."""
    path = tmp_path / "jobs.jsonl"
    warned, unpriced = json.dumps({**T2V, "seed": 1}), json.dumps({"model": "nothing", "prompt": "x"})
    path.write_text(f"{warned}\n" * 1_100 + f"{unpriced}\n", encoding="utf-8")
    totals = kc.summarize(path, as_of=AS_OF)
    verdict = kc.check(totals, budget="1 USD")
    assert totals.more_problems
    assert (verdict.verdict, verdict.exit_code) == ("blocked", 4)
    assert kc.check(totals, no_budget=True).exit_code == 4


def test_a_file_limit_is_unknown_where_its_own_jobs_lack_a_price_and_only_there(tmp_path: Path) -> None:
    """However many problems there are: which file they are of is kept."""
    bad = json.dumps({"model": "nothing", "prompt": "x"})
    (tmp_path / "bad.jsonl").write_text(f"{bad}\n" * 1_100, encoding="utf-8")
    for name in ("good", "poor"):
        jobs = json.dumps([T2V, *([{"model": "nothing"}] if name == "poor" else [])])
        (tmp_path / f"{name}.yaml").write_text(f"campaign: {name}\nbudget: 9 USD\njobs: {jobs}\n", encoding="utf-8")
    paths = [tmp_path / name for name in ("bad.jsonl", "good.yaml", "poor.yaml")]
    for plan in (kc.summarize(paths, as_of=AS_OF), kc.estimate(kc.read_jobs(*paths), as_of=AS_OF)):
        limits = kc.check(plan).limits
        assert [(limit.scope, limit.status) for limit in limits] == [("good", "within"), ("poor", "unknown")]


def test_jobs_that_only_a_fault_of_their_file_leaves_out_leave_every_limit_open(tmp_path: Path) -> None:
    for name, more in (("good", ""), ("spoilt", "foo: x\n")):
        text = f"campaign: {name}\nbudget: 9 USD\n{more}jobs: {json.dumps([T2V] * 3)}\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    paths = [tmp_path / "good.yaml", tmp_path / "spoilt.yaml"]
    for plan in (kc.summarize(paths, as_of=AS_OF), kc.estimate(kc.read_jobs(*paths), as_of=AS_OF)):
        assert plan.left_out == 3
        assert [limit.status for limit in kc.check(plan).limits] == ["unknown", "unknown"]


def test_totals_without_their_files_are_checked_on_the_safe_side() -> None:
    """Where it is not known which file lacks a price, each may."""
    totals = kc.estimate([T2V, {"model": "nothing"}]).summary
    assert totals.incomplete == frozenset({"jobs"})
    lost = replace(kc.estimate([T2V, {"model": "nothing"}]), problems=[]).summary
    assert lost.incomplete is None
    assert kc.check(lost, budget="1 USD").verdict == "blocked"


def test_what_is_no_plan_is_refused() -> None:
    for other in ([T2V], {"budget": 1}, None, 5):
        with pytest.raises(kc.UsageError, match="estimate must be an estimate from estimate"):
            kc.check(other, budget="1 USD")  # type: ignore[arg-type]
