"""Costs that are not known to the last digit: no sum is too small, and every form says what is known."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.pricing.charging.quantities import Quantity, priced
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.pricing.rule import cost_of_one_call
from kling_cost.results.certainty import certainty_of
from kling_cost.results.document_types import CHECK, ESTIMATE
from kling_cost.results.record_types import BREAKDOWN, LINE_ITEM, TOTAL

AS_OF = date(2026, 11, 20)
T2V = {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 10}
UNITS = st.integers(0, 400).map(Decimal)
MONEY = st.decimals(0, 50, places=4)
QUANTUM = Decimal("0.01")


def bounded(charge: Charge, least: str | None, most: str | None) -> Charge:
    ends = [None if end is None else Decimal(end) for end in (least, most)]
    made = replace(charge, cost=ends[1], cost_least=ends[0], certainty=certainty_of(*ends))
    seconds = made.due / charge.unit_price
    return replace(made, requested_quantity=seconds, billed_quantity=seconds)


def estimate_of(*bounds: tuple[str | None, str | None] | None, takes: int = 2) -> kc.Estimate:
    """Jobs of 54 credits a take, whose cost is known within bounds; None for exactly."""
    jobs = [{"job_id": f"job-{at}", "takes": takes, "request": {**T2V, "seed": at}} for at in range(len(bounds))]
    made = kc.estimate([{**job, "request": dict(T2V, prompt=str(at))} for at, job in enumerate(jobs)], as_of=AS_OF)
    items = [
        item if ends is None else LineItem(item.job, bounded(item.charge, *ends))
        for item, ends in zip(made.line_items, bounds, strict=True)
    ]
    return replace(made, line_items=items)


@given(UNITS, UNITS, MONEY, st.none() | UNITS, st.none() | MONEY)
def test_the_ends_of_a_range_are_the_prices_of_requests_for_these_quantities(
    least: Decimal, more: Decimal, price: Decimal, minimum: Decimal | None, charge: Decimal | None
) -> None:
    """Minimum, rounding and minimum charge count at either end, and nothing between is outside."""

    def rule(units: Decimal) -> tuple[Decimal, Decimal]:
        return cost_of_one_call(price, units, minimum, charge, QUANTUM)

    found = priced(Quantity(least, least + more), rule)
    assert (found.billed, found.cost) == rule(least + more)
    assert found.cost_least == (None if found.certainty == "exact" else rule(least)[1])
    assert (found.certainty == "exact") == (rule(least)[1] == rule(least + more)[1])
    between = rule(least + more // 2)[1]
    assert rule(least)[1] <= between <= rule(least + more)[1]
    open_ = priced(Quantity(least, None), rule)
    assert (open_.certainty, open_.cost, open_.cost_least) == ("at_least", None, rule(least)[1])
    closed = priced(Quantity(None, least), rule)
    assert (closed.certainty, closed.cost, closed.cost_least) == ("at_most", rule(least)[1], None)


def test_a_plan_that_is_exact_says_so_on_its_lines_and_nowhere_else() -> None:
    document = ESTIMATE.json(estimate_of(None, None))
    assert [line["certainty"] for line in document["line_items"]] == ["exact", "exact"]
    told = json.dumps(document)
    assert told.count('"certainty"') == 2
    assert not {"cost_least", "cost_most", "planned_least"} & set(told.split('"'))
    assert not {"certainty", "cost_least", "cost_most"} & set(estimate_of(None).to_frame().columns)


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        (("27", "54"), {"cost": "108", "certainty": "range", "cost_least": "54", "cost_most": "108"}),
        (("27", None), {"cost": None, "certainty": "at_least", "cost_least": "54"}),
        ((None, "54"), {"cost": "108", "certainty": "at_most", "cost_most": "108"}),
    ],
)
def test_a_line_says_what_is_known(bounds: tuple[str | None, str | None], told: dict[str, str | None]) -> None:
    (item,) = estimate_of(bounds).line_items
    line = LINE_ITEM.json(item)
    keys = {"cost", "certainty", "cost_least", "cost_most"}
    assert {key: line[key] for key in keys & line.keys()} == told
    assert list(line)[list(line).index("cost") + 1] == "certainty"
    assert next(iter(LINE_ITEM.json_texts([item]))) == json.dumps(line)
    assert (item.cost is None) == (told["cost"] is None)
    assert item.usd is None if told["cost"] is None else item.usd == Decimal("1.5")


def test_sums_have_both_ends_and_none_is_too_small() -> None:
    ranged = estimate_of(("27", "54"), None)
    (total,) = ranged.totals
    assert (total.cost, total.certainty, total.cost_least, total.usd) == (216, "range", 162, 3)
    assert TOTAL.json(total)["cost_most"] == "216"
    (total,) = estimate_of(("27", None), None).totals
    assert (total.cost, total.certainty, total.cost_least, total.usd) == (None, "at_least", 162, None)
    assert not TOTAL.json(total).keys() & {"cost_most"}
    assert TOTAL.json(total)["cost"] is None
    grand = estimate_of(("27", None), None).total("EVOLINK_CREDIT")
    assert (grand.amount, grand.at_least) == (162, True)
    assert repr(estimate_of(("27", None)).summary) == "<Totals: 1 job, at least 54 EVOLINK_CREDIT>"
    (total,) = estimate_of((None, "54"), None).totals
    assert (total.cost, total.certainty, total.cost_least) == (216, "at_most", 108)


BOUNDS = st.sampled_from([None, ("27", "54"), ("27", None), (None, "54"), ("27", "81")])


@given(st.lists(BOUNDS, min_size=1, max_size=5))
def test_breakdowns_add_up_at_both_ends(bounds: list[tuple[str | None, str | None] | None]) -> None:
    """What lacks a value is counted with its bounds, too."""
    found = estimate_of(*bounds)
    items = [
        LineItem(i.job._replace(tags={"scene": "a"} if at % 2 else {}), i.charge)
        for at, i in enumerate(found.line_items)
    ]
    plan = replace(found, line_items=items)
    (total,) = plan.totals
    for parts in plan.breakdowns.values():
        assert sum(part.least for part in parts) == total.least
        assert sum(part.takes for part in parts) == total.takes
        ends = [part.cost for part in parts]
        assert (None in ends) == (total.cost is None)
        if total.cost is not None:
            assert sum(end for end in ends if end is not None) == total.cost
        assert ({part.certainty for part in parts} == {"exact"}) == (total.certainty == "exact")
    assert all(BREAKDOWN.json_list(parts) for parts in plan.breakdowns.values())


@given(st.lists(BOUNDS, min_size=1, max_size=4))
def test_a_stored_plan_is_read_back_with_its_bounds(bounds: list[tuple[str | None, str | None] | None]) -> None:
    import tempfile

    plan = estimate_of(*bounds)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("plan.json", "plan.csv"):
            path = Path(folder, name)
            kc.write_report(path, plan)
            found = kc.read_estimate(path)
            assert found.totals == plan.totals
            assert found.breakdowns == plan.breakdowns
            assert [item.cost_least for item in found.line_items] == [item.cost_least for item in plan.line_items]


@pytest.mark.parametrize(
    "changes",
    [
        {"certainty": "exact"},
        {"certainty": "at_most"},
        {"certainty": "unknown"},
        {"cost_least": "55"},
        {"cost_least": "109"},
        {"cost_most": "109"},
        {"cost_least": None},
        {"certainty": "about"},
    ],
)
def test_a_stored_line_whose_bounds_do_not_fit_is_refused(tmp_path: Path, changes: dict[str, str | None]) -> None:
    document = ESTIMATE.json(estimate_of(("27", "54")))
    document["line_items"][0].update(changes)
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(kc.ReadError):
        kc.read_estimate(path)


def test_what_was_stored_before_there_were_bounds_is_exact(tmp_path: Path) -> None:
    document = ESTIMATE.json(estimate_of(None))
    del document["line_items"][0]["certainty"]
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    (item,) = kc.read_estimate(path).line_items
    assert (item.certainty, item.cost, item.cost_least) == ("exact", item.cost, item.cost)


@pytest.mark.parametrize(
    ("bounds", "budget", "status", "exit_code"),
    [
        (("27", "54"), "108 EVOLINK_CREDIT", "warn", 0),
        (("27", "54"), "107.9999 EVOLINK_CREDIT", "over", 3),
        (("27", "54"), "1.5 USD", "warn", 0),
        (("27", "54"), "1.4999 USD", "over", 3),
        ((None, "54"), "107 EVOLINK_CREDIT", "over", 3),
        (("27", None), "1000000 EVOLINK_CREDIT", "unknown", 4),
        (("27", None), "54 EVOLINK_CREDIT", "unknown", 4),
        (("27", None), "53.9999 EVOLINK_CREDIT", "over", 3),
        (("27", None), "1 USD", "unknown", 4),
        (("27", None), "0.7499 USD", "over", 3),
    ],
)
def test_a_limit_is_judged_by_the_most_that_it_may_cost(
    bounds: tuple[str | None, str | None], budget: str, status: str, exit_code: int
) -> None:
    verdict = kc.check(estimate_of(bounds), budget=budget)
    (limit,) = verdict.limits
    assert (limit.status, verdict.exit_code) == (status, exit_code)
    assert kc.check(estimate_of(bounds).summary, budget=budget).limits == verdict.limits
    told = CHECK.json(verdict)["limits"][0]
    assert (told["planned"] is None) == (bounds[1] is None)
    assert (told["headroom"] is None) == (bounds[1] is None)
    assert "planned_least" in told
    if status == "unknown":
        assert verdict.verdict == "blocked"
        least = "0.75 USD" if "USD" in budget else "54 EVOLINK_CREDIT"
        assert f"{least} or more" in verdict.problems[-1].message
