"""Whatever is public goes through pickle, copies and other processes, and is equal to what it was."""

from __future__ import annotations

import copy
import inspect
import json
import operator
import pickle
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.frozen import Frozen
from kling_cost.jobs.job import UNREADABLE
from kling_cost.jobs.own_line_items import StoredEstimateError
from kling_cost.pricebook.upkeep.import_price_list import PriceListError
from kling_cost.problems import problem
from kling_cost.results.document_types import CHECK, ESTIMATE, RECONCILIATION
from kling_cost.results.record_types import FINDING, LINE_ITEM, PRICE_BOOK, PROBLEM, TASK
from kling_cost.written_amounts import AmountError
from tests.conftest import AT_THE_END

T2V = "kling-v3-text-to-video"
BALANCE = {
    "success": True,
    "data": {"user": {"remaining_credits": 5, "used_credits": 1}, "token": {"remaining_credits": 7}},
}
CAMPAIGN = """\
campaign: Spring
budget: 1 USD
jobs:
  - {job_id: hero, model: kling-v3-text-to-video, prompt: Fog, takes: 3, tags: {scene: opening}}
  - {job_id: end, model: std-text-to-video, prompt: Fog, duration: 5, sound: on}
  - {job_id: bad, model: kling-v3-text-to-video, duration: 16, prompt: Fog}
"""
BODIES = [
    {"model": T2V, "prompt": "Fog"},
    {"model": T2V, "prompt": "Fog", "duration": "five"},
    {"job_id": "a", "tags": {"scene": "end"}, "takes": 12, "request": {"model": T2V, "prompt": "Sea", "sound": "on"}},
    {"job_id": "k", "request": {"type": "pro-text-to-video", "prompt": "Sea", "duration": 5}},
]
ANSWERS = [
    {
        "job_id": "a",
        "response": {"id": "t-1", "status": "pending", "usage": {"credits_reserved": 50}},
        "note": {"n": 1},
    },
    {"job_id": "a", "response": {"id": "t-2", "status": "failed", "usage": {"credits_reserved": 40.5}}},
    {"id": "t-3", "status": "completed", "usage": {"credits_reserved": 27}},
    {"job_id": "k", "response": {"code": 200, "data": {"task_id": "x", "status": "succeed", "consumed_credits": 9}}},
    {"balance": 5},
]


RULES = """schema: 1
budgets: [{name: All, limit: 5 USD, contingency: 10 %}]
takes: {all: {success: 0.5, at_most: 12}}
policies: [{name: Drafts, owner: Ada, where: {quality: 720p}, at_most: {takes: 9}}]
"""


def failing(call: Any, *args: Any, **named: Any) -> BaseException:
    """The error that a call ends with."""
    with pytest.raises(kc.KlingCostError) as caught:
        call(*args, **named)
    return caught.value


@cache
def things() -> dict[str, Any]:
    """Everything public: each name itself, what its calls give, and every error with what it holds."""
    found: dict[str, Any] = {f"kc.{name}": getattr(kc, name) for name in kc.__all__}
    folder = Path(_folder())
    (folder / "spring.yaml").write_text(CAMPAIGN, encoding="utf-8")
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    (folder / "bad.yaml").write_text("schema: 1\nversion: x\ncurrencies: 5\nproviders: {}\n", encoding="utf-8")
    (folder / "overlay.yaml").write_text("schema: 1\nversion: b\ncurrencies: {USD: {quantum: 7}}\n", encoding="utf-8")
    book = kc.load_prices(rates="100 KLING3API_CREDIT/USD")
    jobs, estimate = kc.read_jobs(folder / "spring.yaml"), kc.estimate(BODIES)
    campaign = kc.estimate(jobs, book, as_of="2026-11-20")
    outcome = kc.reconcile(estimate, ANSWERS)
    kc.write_report(folder / "outcome.json", outcome)
    kc.write_report(folder / "estimate.json", estimate)
    (folder / "jobs.jsonl").write_text("\n".join(map(json.dumps, BODIES)), encoding="utf-8")
    campaign.breakdowns, outcome.errors  # noqa: B018 - what was asked for once goes along
    approved = kc.estimate([{"model": T2V, "prompt": "Fog"}], as_of="2026-11-20")
    results = {
        "book": book, "shipped book": kc.load_prices(), "other book": kc.load_prices("evolink-2026-10-10"),
        "amount": kc.Amount("40.5", "USD"), "currency": book.currencies["USD"], "problem": estimate.problems[0],
        "jobs": jobs, "jobs without tags": kc.read_jobs(BODIES), "estimate": estimate, "campaign": campaign,
        "strict": campaign.strictly(), "stored": kc.read_estimate(folder / "estimate.json"),
        "nothing": kc.estimate([]), "total": estimate.totals[0], "breakdowns": campaign.breakdowns,
        "price": kc.price(T2V, sound="on"), "request": kc.price_request(BODIES[0]),
        "verdict": kc.check(campaign), "over": kc.check(estimate, budget=["1 EVOLINK_CREDIT", "2 USD"]),
        "change": kc.diff(estimate, campaign), "approval": kc.approve(kc.check(approved, no_budget=True), by="Ada"),
        "responses": kc.read_responses(ANSWERS), "outcome": outcome, "counting": outcome.counting(["orphan_response"]),
        "stored outcome": kc.read_reconciliation(folder / "outcome.json"), "tasks": outcome.tasks,
        "task": outcome.tasks[0], "findings": outcome.findings,
        "summary": kc.summarize(folder / "jobs.jsonl", book), "unreadable": UNREADABLE,
        "no tags": Frozen(), "price diff": kc.diff_prices("pricing", "evolink-2026-10-10"),
        "observed": kc.observe_prices(outcome), "risk": kc.risk(estimate),
        "plan": kc.fit(estimate, "1 EVOLINK_CREDIT", may="sound"), "fitted": kc.fit(campaign, "1 USD", may="quality"),
        "comparison": kc.compare(estimate, max_sellers=1),
        "rules": kc.read_rules(folder / "rules.yaml"),
        "keep rates": kc.keep_rates([{"tag:class": "hero", "kept": "yes"}, {"kept": "?"}], as_of="2026-11-28"),
        "accuracy": kc.accuracy(estimate, outcome),
        "ruled": kc.check(campaign, rules=folder / "rules.yaml", actuals=outcome),
        "confident": kc.check(campaign, rules=folder / "rules.yaml", confidence="0.8"),
        "observed diff": kc.diff_observed(kc.observe_prices(outcome)),
    }  # fmt: skip
    for name in ("line_items", "problems", "price_book", "campaigns"):
        results[f"estimate.{name}"] = getattr(campaign, name)
    errors = [
        failing(operator.add, kc.Amount(1, "USD"), kc.Amount(1, "EUR")),
        failing(kc.price_request, {"model": T2V, "duration": 99, "sound": 5}),
        failing(kc.load_prices, folder / "bad.yaml"),
        failing(kc.read_rules, folder / "bad.yaml"),
        failing(kc.load_prices, overlay=folder / "overlay.yaml"),
        failing(kc.read_jobs, folder / "no-such-file.csv"),
        failing(kc.check, estimate),
        failing(kc.check, estimate, budget="60"),
        failing(kc.Amount, 5.5, "USD"),
        failing(kc.write_report, folder / "no" / "folder" / "x.md", estimate),
        failing(kc.read_jobs, folder / "estimate.json"),
        kc.KlingCostError("on purpose"),
        PriceListError([problem("missing.list_price", "Price").at(None, "list.csv", 2)] * 101),
        AmountError("unreadable.budget_bare", "60"),
        StoredEstimateError(kc.ReadError(problem("unreadable.empty")), {"a": 1}, "sha"),
    ]
    return found | results | {f"{type(error).__name__} {error}": error for error in errors}


@cache
def _folder() -> str:
    """Where the files lie that things are read from; it goes with the process."""
    folder = tempfile.TemporaryDirectory()
    AT_THE_END.callback(folder.cleanup)
    return folder.name


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, and errors say the same, too."""
    if isinstance(one, kc.KlingCostError):
        shown = [(str(e), e.args, e.exit_code, list(e.problems), vars(e)) for e in (one, other)]
        return shown[0] == shown[1] and one == other and hash(one) == hash(other)
    return bool(type(one) is type(other) and one == other and repr(one) == repr(other))


def test_the_list_holds_every_public_name_and_a_value_of_every_public_class() -> None:
    assert {f"kc.{name}" for name in kc.__all__} <= set(things())
    for name in kc.__all__:
        made = getattr(kc, name)
        if inspect.isclass(made):
            assert any(isinstance(value, made) for value in _parts()), f"there is no kc.{name}"


def _parts() -> Iterator[Any]:
    for value in things().values():
        yield value
        if isinstance(value, (list, kc.Jobs)):
            yield from value


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_everything_public_pickles(protocol: int) -> None:
    failed = [name for name, value in things().items() if not same(value, pickle.loads(pickle.dumps(value, protocol)))]
    assert failed == []


def test_everything_public_is_copied() -> None:
    assert [name for name, value in things().items() if not same(value, copy.deepcopy(value))] == []
    assert [name for name, value in things().items() if not same(value, copy.copy(value))] == []


@pytest.mark.parametrize("way", ["spawn", "fork"])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_everything_public_goes_to_another_process_and_back(way: str) -> None:
    with ProcessPoolExecutor(1, get_context(way)) as pool:
        sent = {name: pool.submit(operator.itemgetter(0), [value]) for name, value in things().items()}
        assert [name for name, found in sent.items() if not same(things()[name], found.result())] == []
        calls: list[tuple[Any, ...]] = [
            (kc.read_jobs, "no-such-file.csv"),
            (kc.price, "no-such-model"),
            (operator.add, kc.Amount(1, "USD"), kc.Amount(1, "EUR")),
            (kc.check, things()["estimate"]),
            (kc.load_prices, Path(_folder(), "bad.yaml")),
            (kc.write_report, Path(_folder(), "no", "x.md"), things()["estimate"]),
        ]
        for call in calls:
            raised = pool.submit(*call).exception()
            assert same(failing(*call), raised), call
        assert pool.submit(kc.price, T2V).result() == kc.price(T2V)  # the pool is not broken


def test_what_differs_is_not_equal() -> None:
    one, other = kc.estimate(BODIES), kc.estimate(BODIES[:2])
    assert one == kc.estimate(BODIES)
    assert one != other
    assert kc.reconcile(one, ANSWERS) == kc.reconcile(one, ANSWERS) != kc.reconcile(one, ANSWERS[:2])
    assert kc.read_responses(ANSWERS) != kc.read_responses(ANSWERS[:1])
    assert kc.load_prices() != kc.load_prices(rates="100 KLING3API_CREDIT/USD")
    assert kc.price(T2V, sound="on") != kc.price(T2V, sound="off")
    assert kc.UsageError("a") != kc.UsageError("b")
    assert kc.UsageError("a") != kc.ReadError(problem("unreadable.empty"))


def test_line_items_share_their_charges_after_the_journey() -> None:
    estimate = pickle.loads(pickle.dumps(kc.estimate([BODIES[0], {**BODIES[0], "prompt": "Sea"}])))
    assert len({id(item.charge) for item in estimate.line_items}) == 1
    assert estimate.by_charge[0][1:] == (2, 2)


def test_a_copy_is_priced_and_checked_as_what_it_was_copied_from() -> None:
    book = pickle.loads(pickle.dumps(kc.load_prices(rates="100 KLING3API_CREDIT/USD")))
    jobs = pickle.loads(pickle.dumps(kc.read_jobs(BODIES)))
    assert kc.estimate(jobs, book) == kc.estimate(BODIES, kc.load_prices(rates="100 KLING3API_CREDIT/USD"))
    estimate = copy.deepcopy(kc.estimate(jobs, book))
    assert kc.reconcile(estimate, pickle.loads(pickle.dumps(kc.read_responses(ANSWERS)))) == kc.reconcile(
        kc.estimate(jobs, book), ANSWERS
    )


def test_what_is_shared_cannot_be_changed() -> None:
    for change in (
        lambda tags: tags.update(a="b"), lambda tags: tags.setdefault("a", "b"), lambda tags: tags.pop("a"),
        lambda tags: operator.setitem(tags, "a", "b"), lambda tags: operator.delitem(tags, "a"),
        lambda tags: operator.ior(tags, {"a": "b"}), lambda tags: tags.clear(), lambda tags: tags.popitem(),
    ):  # fmt: skip
        with pytest.raises(TypeError, match="shared"):
            change(kc.read_jobs(BODIES)[0].tags)


def keys_and_values() -> list[tuple[dict[str, Any], Any]]:
    """Records of JSON, each with the result that it was made from."""
    made = things()
    verdict, outcome, estimate = made["over"], made["outcome"], made["estimate"]
    total, balance = outcome.totals[0], kc.read_responses([BALANCE]).balances[0]
    finding = outcome.findings[0]
    return [
        (CHECK.json(verdict), verdict),
        (CHECK.json(verdict)["limits"][0], verdict.limits[0]),
        (ESTIMATE.json(estimate), estimate),
        (PRICE_BOOK.json(estimate.price_book), estimate.price_book),
        (LINE_ITEM.json(estimate.line_items[0]), estimate.line_items[0]),
        (ESTIMATE.json(estimate)["totals"][0], estimate.totals[0]),
        (ESTIMATE.json(estimate)["breakdowns"]["model"][0], estimate.breakdowns["model"][0]),
        (PROBLEM.json(estimate.problems[0]), estimate.problems[0]),
        (RECONCILIATION.json(outcome), outcome),
        (TASK.json(outcome.tasks[0]), outcome.tasks[0]),
        (FINDING.json(finding), finding),
        (total._asdict(), total),
        (balance._asdict(), balance),
    ]


def test_an_attribute_has_the_name_that_it_has_in_json() -> None:
    """And says the same there, where JSON holds it as it is."""
    head = {"schema_version", "kind", "policies"}
    for record, result in keys_and_values():
        for name, value in record.items():
            if name in head and not hasattr(result, name):
                continue
            held = getattr(result, name)
            if isinstance(value, (str, int, bool)) and isinstance(held, type(value)):
                assert held == value, (type(result), name)
            assert (held is None) == (value is None), (type(result), name)


def test_what_is_shown_is_short_and_on_one_line() -> None:
    for name, value in things().items():
        if not isinstance(value, (list, dict, BaseException)) and type(value).__module__.startswith("kling_cost"):
            assert len(repr(value)) <= 400, name
            assert "\n" not in repr(value), name
    assert (
        repr(things()["estimate"])
        == "<Estimate: 3 jobs, 513 EVOLINK_CREDIT, 400 KLING3API_CREDIT, 1 left out, 2 problems>"
    )
    assert repr(kc.price(T2V, sound="on")) == f"<LineItem: {T2V}, 1 take, 40.5 EVOLINK_CREDIT>"


def test_a_notebook_shows_results_without_running_what_stands_in_them() -> None:
    job = {"job_id": "<b>x", "request": {"model": T2V, "prompt": "Fog"}}
    estimate = kc.estimate([job])
    for shown in (kc.check(estimate, budget="1 USD"), kc.reconcile(estimate, []), estimate):
        html = shown._repr_html_()
        assert html.startswith("<p>")
        assert "<table" in html
        assert "<b>" not in html
    assert "&lt;b&gt;x" in kc.reconcile(estimate, [])._repr_html_()
    assert "within" in kc.check(estimate, budget="1 USD")._repr_html_()
