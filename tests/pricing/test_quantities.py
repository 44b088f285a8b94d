"""What a price counts: seconds of the input, both together, tokens; a range where nobody says how many."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.pricebook.counting.quantity import Counted
from kling_cost.pricing.charging.quantities import counted_quantity
from kling_cost.results.document_types import CHECK, ESTIMATE

AS_OF = date(2026, 11, 20)
BOOK = """\
schema: 2
version: 2026-11-01
currencies:
  USD: {name: US dollar, quantum: 0.000001}
  ACME_CREDIT: {name: Acme credit, quantum: 0.01}
providers:
  acme:
    name: Acme
    currency: ACME_CREDIT
    exchange: {2026-01-01: {per_usd: 100, source: page, checked: 2026-11-01}}
    defaults: {duration: 5, quality: 720p, sound: off}
    skus:
"""
SKU = """\
      {name}:
        models: [acme-{name}]
        quantity: {quantity}
        {more}
        rates:
          2026-01-01: {{{rate}, source: page, checked: 2026-11-01}}
"""
SKUS = (
    ("video", "{of: output_seconds, minimum: 3, maximum: 15}", "by: [quality], unit_price: {720p: 1, 1080p: 2}"),
    (
        "motion",
        "{of: input_seconds, round: half_up, minimum: 3, maximum: 30, unknown: 10}",
        "by: [quality], unit_price: {720p: 2, 1080p: 3}, minimum_charge: 7",
    ),
    ("open", "{of: input_seconds, minimum: 2}", "unit_price: 1.5"),
    ("both", "{of: input_and_output_seconds, step: 5, minimum: 5, maximum: 40}", "unit_price: 1"),
    ("tokens", "{of: tokens}", "unit_price: 0.001, minimum_quantity: 1000"),
    ("capped", "{of: input_seconds, maximum: 20}", "unit_price: 1.5"),
    (
        "edit",
        "{of: output_seconds, minimum: 3, maximum: 10}",
        "by: [input], unit_price: {none: 1, video: 4}",
    ),
)
#: A row, and what it comes to: certainty, cost and the least; or the fault.
ROWS: tuple[tuple[dict[str, str], Any], ...] = (
    ({"model": "acme-video", "duration": "4"}, ("exact", "4", "4")),
    ({"model": "acme-motion", "quality": "1080p", "input_seconds": "7.4", "takes": "2"}, ("exact", "42", "42")),
    ({"model": "acme-motion", "quality": "1080p", "takes": "2"}, ("range", "180", "18")),
    ({"model": "acme-motion"}, ("range", "60", "7")),
    ({"model": "acme-motion", "duration": "9"}, ("exact", "18", "18")),
    ({"model": "acme-motion", "duration": "9", "input_seconds": "9"}, ("exact", "18", "18")),
    ({"model": "acme-motion", "duration": "9", "input_seconds": "20"}, "input_seconds:mismatch"),
    ({"model": "acme-motion", "input_seconds": "31"}, "input_seconds:out_of_range"),
    ({"model": "acme-motion", "input_seconds": "2"}, "input_seconds:out_of_range"),
    ({"model": "acme-motion", "input_seconds": "0"}, "input_seconds:wrong_type"),
    ({"model": "acme-motion", "input_seconds": "many"}, "input_seconds:wrong_type"),
    ({"model": "acme-motion", "input_seconds": "1e1"}, "input_seconds:wrong_type"),
    ({"model": "acme-open", "input_seconds": "2.01"}, ("exact", "4.5", "4.5")),
    ({"model": "acme-open"}, ("at_least", None, "3")),
    ({"model": "acme-both", "duration": "5", "input_seconds": "3"}, ("exact", "10", "10")),
    ({"model": "acme-both", "duration": "7"}, ("range", "40", "10")),
    ({"model": "acme-both", "duration": "0", "input_seconds": "3"}, "duration:out_of_range"),
    ({"model": "acme-tokens", "tokens": "250"}, ("exact", "1", "1")),
    ({"model": "acme-tokens", "tokens": "2500000"}, ("exact", "2500", "2500")),
    ({"model": "acme-tokens"}, "tokens:price_unknown"),
    ({"model": "acme-capped"}, ("at_most", "30", None)),
    ({"model": "acme-capped", "input_seconds": "21"}, "input_seconds:out_of_range"),
    ({"model": "acme-video", "input_seconds": "3"}, "input_seconds:price_unknown"),
    ({"model": "acme-video", "tokens": "3"}, "tokens:price_unknown"),
    ({"model": "acme-edit", "input": "none"}, ("exact", "5", "5")),
    ({"model": "acme-edit", "input": "video"}, ("range", "40", "12")),
    ({"model": "acme-edit", "input": "video", "input_seconds": "7"}, ("exact", "28", "28")),
    ({"model": "acme-edit", "input": "video", "duration": "7"}, ("exact", "28", "28")),
    ({"model": "acme-edit", "input": "none", "input_seconds": "3"}, "input_seconds:price_unknown"),
)
COLUMNS = ("job_id", "model", "quality", "duration", "input", "input_seconds", "tokens", "takes")


def acme(folder: Path) -> kc.PriceBook:
    """A book of every quantity."""
    path = folder / "acme.yaml"
    skus = (
        SKU.format(name=n, quantity=q, rate=r, more="defaults: {input: none}" if n == "edit" else "names: {}")
        for n, q, r in SKUS
    )
    path.write_text(BOOK + "".join(skus), encoding="utf-8")
    return kc.load_prices(path)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> kc.PriceBook:
    return acme(tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sheet") / "jobs.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.DictWriter(stream, COLUMNS)
        rows.writeheader()
        rows.writerows({"job_id": f"job-{at}", **row} for at, (row, _) in enumerate(ROWS))
    return path


def found_in(estimate: kc.Estimate) -> dict[str, Any]:
    """What each job comes to, as `ROWS` has it."""
    found: dict[str, Any] = {}
    for item in estimate.line_items:
        ends = [None if end is None else str(end.value) for end in (item.cost, item.cost_least)]
        found[str(item.job_id)] = (
            item.certainty,
            *(None if end is None else str(Decimal(end).normalize()) for end in ends),
        )
    for problem in estimate.problems:
        if problem.severity == "error":
            found[str(problem.job_id)] = f"{problem.field}:{problem.code}"
    return found


def wanted() -> dict[str, Any]:
    return {
        f"job-{at}": told
        if isinstance(told, str)
        else (told[0], *(None if t is None else str(Decimal(t).normalize()) for t in told[1:]))
        for at, (_, told) in enumerate(ROWS)
    }


def in_forms(folder: Path, sheet: Path) -> Iterator[Path]:
    """The rows of the sheet in every other form."""

    def values(row: dict[str, str]) -> dict[str, Any]:
        numbers = ("duration", "takes", "input_seconds", "tokens")
        return {k: json.loads(v) if k in numbers and v not in ("many", "1e1") else v for k, v in row.items()}

    jobs = [{"job_id": f"job-{at}", **values(row)} for at, (row, _) in enumerate(ROWS)]
    campaign = folder / "campaign.yaml"
    campaign.write_text(json.dumps({"campaign": "a", "jobs": jobs}), encoding="utf-8")
    yield campaign
    lines = folder / "jobs.jsonl"
    with lines.open("w", encoding="utf-8") as stream:
        for job in jobs:
            beside = {k: job[k] for k in ("job_id", "takes", "input_seconds", "tokens") if k in job}
            request = {k: v for k, v in job.items() if k not in beside}
            stream.write(json.dumps({**beside, "request": request}) + "\n")
    yield lines
    frame = pd.read_csv(sheet, dtype=str)
    parquet = folder / "jobs.parquet"
    frame.to_parquet(parquet)
    yield parquet
    excel = folder / "jobs.xlsx"
    frame.to_excel(excel, index=False)
    yield excel


def test_every_form_says_the_same(book: kc.PriceBook, sheet: Path, tmp_path: Path) -> None:
    assert found_in(kc.estimate(kc.read_jobs(sheet, book=book), book, as_of=AS_OF)) == wanted()
    for path in in_forms(tmp_path, sheet):
        estimate = kc.estimate(kc.read_jobs(path, book=book), book, as_of=AS_OF)
        assert found_in(estimate) == wanted(), path.name
        summary = kc.summarize(path, book, as_of=AS_OF)
        assert (summary.totals, summary.breakdowns, summary.left_out) == (
            estimate.totals,
            estimate.breakdowns,
            estimate.left_out,
        )


def test_a_frame_never_shows_less_than_the_most(book: kc.PriceBook, sheet: Path) -> None:
    """A range has its upper end; what has none has no cost, and says why."""
    priced = kc.price_frame(pd.read_csv(sheet, dtype=str), book, as_of=AS_OF)
    for at, told in enumerate(wanted().values()):
        cost, fault = priced.loc[at, "cost"], priced.loc[at, "price_problem"]
        if isinstance(told, str):
            assert fault == told
        elif told[1] is None:
            assert (pd.isna(cost), fault) == (True, "input_seconds:price_unknown")
        else:
            assert (str(Decimal(cost).normalize()), pd.isna(fault)) == (told[1], True)


def test_what_is_stored_is_read_back(book: kc.PriceBook, sheet: Path, tmp_path: Path) -> None:
    plan = kc.estimate(kc.read_jobs(sheet, book=book), book, as_of=AS_OF)
    for name in ("plan.json", "plan.csv"):
        kc.write_report(tmp_path / name, plan)
        again = kc.read_estimate(tmp_path / name)
        assert again.totals == plan.totals
        assert [(i.job_id, i.certainty, i.cost, i.cost_least) for i in again.line_items] == [
            (i.job_id, i.certainty, i.cost, i.cost_least) for i in plan.line_items
        ]
    altered = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    (line,) = [line for line in altered["estimate"]["line_items"] if line["job_id"] == "job-1"]
    line["options"]["input_seconds"] = "6.4"
    (tmp_path / "plan.json").write_text(json.dumps(altered), encoding="utf-8")
    with pytest.raises(kc.ReadError):
        kc.read_estimate(tmp_path / "plan.json")


def test_reports_leave_out_what_has_no_upper_end_and_say_so(book: kc.PriceBook, sheet: Path, tmp_path: Path) -> None:
    plan = kc.estimate(kc.read_jobs(sheet, book=book), book, as_of=AS_OF)
    kc.write_report(tmp_path / "plan.md", plan)
    text = (tmp_path / "plan.md").read_text(encoding="utf-8")
    assert "PARTIAL" in text
    assert "job-13" not in text.split("## Problems")[0]
    closed = plan.closed()
    assert closed.left_out == plan.left_out + 1
    assert closed.totals == plan.summary.closed().totals
    assert closed.breakdowns == plan.summary.closed().breakdowns
    assert "cost_least" in ESTIMATE.json(plan)["totals"][0]


def test_a_limit_over_an_open_line_is_unknown_and_over_where_the_least_is(book: kc.PriceBook, tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_text("model,takes\nacme-open,10\n", encoding="utf-8")
    plan = kc.estimate(kc.read_jobs(path, book=book), book, as_of=AS_OF)
    for budget, status, code in (
        ("1000 ACME_CREDIT", "unknown", 4),
        ("29 ACME_CREDIT", "over", 3),
        ("0.3 USD", "unknown", 4),
    ):
        verdict = kc.check(plan, budget=budget)
        told = CHECK.json(verdict)["limits"][0]
        assert (told["status"], told["planned"], verdict.exit_code) == (status, None, code)
    assert kc.check(plan, no_budget=True).exit_code == 0


def test_a_report_holds_limits_against_what_it_sums_up(book: kc.PriceBook, sheet: Path) -> None:
    """A workbook that calculates anew comes to the same; with a line left out, no limit is kept."""
    plan = kc.estimate(kc.read_jobs(sheet, book=book), book, as_of=AS_OF)
    (limit,) = kc.check(plan, budget="9000 ACME_CREDIT").closed().limits
    assert (limit.planned, limit.status) == (plan.closed().totals[0].cost, "unknown")


@pytest.mark.parametrize(("low", "high", "given_seconds", "message"), [
    (3, 30, "2", "2 is outside the range 3 to 30"),
    (3, 30, "30.5", "30.5 is outside the range 3 to 30"),
    (3, None, "2", "2 is below the minimum of 3"),
    (None, 30, "31", "31 is above the maximum of 30"),
])  # fmt: skip
def test_more_or_less_than_may_be_asked_for_is_told_with_both_ends(
    low: int | None, high: int | None, given_seconds: str, message: str
) -> None:
    (found,) = counted_quantity(
        Counted("input_seconds", 1, "up", low, high), "input_seconds", given_seconds, None
    ).problems
    assert (found.field, found.message) == ("input_seconds", message)


UNITS = st.decimals(1, 60, places=2)


@given(UNITS, st.integers(1, 7), st.sampled_from(["up", "down", "half_up"]))
def test_a_given_quantity_is_within_the_range_of_one_that_is_not(units: Decimal, step: int, mode: str) -> None:
    counted = Counted("input_seconds", step, mode, 1, 60)
    known = counted_quantity(counted, "input_seconds", f"{units:f}", None).quantity
    open_ = counted_quantity(counted, "input_seconds", None, None).quantity
    assert known is not None
    assert open_ is not None
    assert open_.least is not None
    assert open_.most is not None
    assert open_.least <= known.most <= open_.most  # type: ignore[operator]
    assert known.most % step == 0  # type: ignore[operator]


@given(
    st.sampled_from(["input_seconds", "input_and_output_seconds"]),
    st.integers(1, 9),
    st.sampled_from(["up", "down", "half_up"]),
    st.none() | st.integers(1, 20),
    st.none() | st.integers(20, 60),
    st.none() | st.decimals("0.1", 70, places=1),
    st.none() | st.integers(1, 90),
)
def test_what_is_counted_is_never_nothing_and_never_less_than_what_is_told(
    of: str, step: int, mode: str, low: int | None, high: int | None, given_seconds: Decimal | None, made: int | None
) -> None:
    counted = Counted(of, step, mode, low, high)
    given_as = None if given_seconds is None else f"{given_seconds:f}"
    asked = counted_quantity(counted, "input_seconds", given_as, made)
    if asked.quantity is None or any(found.severity == "error" for found in asked.problems):
        return
    least, most = asked.quantity[0] or 0, asked.quantity[1] or Decimal("Infinity")
    told = [counted.units(Decimal(made))] if made is not None else []
    told += [counted.units(given_seconds)] if given_seconds is not None else []
    assert asked.quantity[1] != 0
    assert least <= most
    assert all(units <= most for units in told)


def test_a_video_longer_than_both_may_be_together_has_no_price() -> None:
    counted = Counted("input_and_output_seconds", 5, "up", 5, 40)
    (found,) = counted_quantity(counted, "input_seconds", None, 41).problems
    assert (found.key, found.field) == ("out_of_range.at_most", "duration")


@given(st.decimals(0, 10**9, places=6), st.integers(1, 999), st.sampled_from(["up", "down", "half_up"]))
def test_steps_are_counted_to_the_last_digit(units: Decimal, step: int, mode: str) -> None:
    """By whole numbers alone: no quotient is rounded on the way to a step."""
    steps = Fraction(units) / step
    whole = {"up": ceil(steps), "down": floor(steps), "half_up": floor(steps + Fraction(1, 2))}[mode]
    assert Counted("input_seconds", step, mode).units(units) == (max(whole, 1) * step if units else 0)


@pytest.mark.parametrize("mode", ["down", "half_up", "up"])
def test_less_than_a_step_is_counted_as_one(mode: str) -> None:
    assert Counted("input_seconds", 5, mode).units(Decimal("0.4")) == 5
