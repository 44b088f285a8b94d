"""What changed between two plans adds up to the last digit, and says which change costs what."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import kling_cost as kc
from tests.planning.plans import (
    AS_OF,
    BOTH,
    CATALOGUE,
    SHIPPED,
    T2V,
    differences,
    golden,
    job,
    plan,
    plan_of_rows,
    plans,
)
from tests.pricing.test_own_options import BOOK as OWN_OPTIONS
from tests.schemas import validate


def steps(change: kc.Change) -> dict[tuple[str, str], Decimal]:
    return {(step.step, step.currency): step.amount for step in change.steps}


def names(change: kc.Change) -> list[str]:
    return [step.step for step in change.steps]


def by_currency(found: Iterable[Any]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for step in found:
        sums[step.currency] += step.amount
    return {code: amount for code, amount in sums.items() if amount}


def assert_adds_up(change: kc.Change) -> None:
    """In each currency, for each job and each value of each tag, and in one money."""
    whole = {code: amount for code, amount in differences(change.old, change.new).items() if amount}
    assert by_currency(change.steps) == whole
    for found in change.jobs:
        cost: dict[str, Decimal] = defaultdict(Decimal)
        for item, sign in ((found.old, -1), (found.new, 1)):
            if item is not None:
                cost[item.currency] += sign * item.cost_value
        assert by_currency(found.steps) == {code: amount for code, amount in cost.items() if amount}
    for tag in change.tags:
        assert sum((step.amount for step in tag.steps), Decimal(0)) == tag.difference
        assert {step.currency for step in tag.steps} <= {tag.currency}
    for name in {tag.tag for tag in change.tags}:
        of_name: dict[str, Decimal] = defaultdict(Decimal)
        for tag in change.tags:
            of_name[tag.currency] += tag.difference if tag.tag == name else 0
        assert {code: amount for code, amount in of_name.items() if amount} == whole
    money = change.totals_in
    if money.difference is not None:
        assert sum((step.amount for step in money.steps), Decimal(0)) == money.difference


def test_the_golden_change_to_the_last_digit() -> None:
    change = kc.diff(*golden())
    credits = "EVOLINK_CREDIT"
    assert steps(change) == {
        ("removed", credits): Decimal(-27),
        ("added", credits): Decimal("48.6"),
        ("price", credits): Decimal("0.1998"),
        ("quality", credits): Decimal("-54.108"),
        ("sound", credits): Decimal(81),
        ("duration", credits): Decimal("-48.6"),
        ("takes", credits): Decimal("64.8"),
    }
    (total,) = change.totals
    assert (total.old, total.new, total.difference) == (Decimal("293.3334"), Decimal("358.2252"), Decimal("64.8918"))
    by_job = {
        found.job_id: (found.status, [str(step.amount.normalize()) for step in found.steps]) for found in change.jobs
    }
    assert by_job["a"] == ("changed", ["0.162", "-54.108", "81", "-48.6", "64.8"])
    assert by_job["same"] == ("changed", ["0.0378"])
    assert [(found.job_id, found.status) for found in change.jobs if found.status in ("added", "removed")] == [
        ("gone", "removed"),
        ("fresh", "added"),
    ]
    assert names(change) == ["removed", "added", "price", "quality", "sound", "duration", "takes"]
    assert change.order == [
        "removed", "added", "price", "seller", "quality", "sound", "duration", "takes", "exchange",
    ]  # fmt: skip
    assert_adds_up(change)


def test_in_one_money_the_exchange_rate_comes_last() -> None:
    money = kc.diff(*golden()).totals_in
    assert (money.currency, money.old, money.at_least, money.unknown) == ("USD", Decimal("4.074075"), False, ())
    assert money.new == Decimal("5.268017647059")  # 358.2252 / 68
    assert [step.step for step in money.steps][-1] == "exchange"
    assert {step.step: step.amount for step in money.steps}["removed"] == Decimal("-0.375")  # at the old rate


def test_it_is_json_of_its_schema() -> None:
    record = kc.diff(*golden()).to_json()
    validate(json.loads(json.dumps(record)), "diff")
    assert record["totals"] == [
        {"currency": "EVOLINK_CREDIT", "old": "293.3334", "new": "358.2252", "difference": "64.8918"}
    ]
    assert record["steps"][0] == {"step": "removed", "currency": "EVOLINK_CREDIT", "amount": "-27", "jobs": 1}
    assert record["exit"] == 0
    found = {entry["job_id"]: entry for entry in record["jobs"]}
    assert found["gone"]["new"] is None
    assert found["a"]["old"]["options"] == {"duration": "10", "quality": "1080p", "sound": "off"}


@given(plans(), plans())
def test_two_plans_of_one_book_add_up_in_both_directions(one: kc.Estimate, other: kc.Estimate) -> None:
    for change in (kc.diff(one, other), kc.diff(other, one)):
        assert_adds_up(change)
        assert "other" not in names(change)


@given(plans(BOTH), plans(BOTH, CATALOGUE))
def test_two_plans_of_two_books_add_up_in_both_directions(one: kc.Estimate, other: kc.Estimate) -> None:
    for change in (kc.diff(one, other), kc.diff(other, one)):
        assert_adds_up(change)
        assert "other" not in names(change)


def test_120_large_random_pairs_add_up_in_both_directions(seed: int) -> None:
    chance = random.Random(seed)

    def one(book: str | None, models: tuple[str, ...]) -> kc.Estimate:
        rows = [
            {
                "job_id": f"job-{number}",
                "model": chance.choice(models),
                "duration": chance.randint(3, 15),
                "quality": chance.choice(["720p", "1080p", None]),
                "sound": chance.choice(["on", "off", None]),
                "takes": chance.randint(1, 6),
                "tag:scene": chance.choice(["opening", "storm", None]),
            }
            for number in chance.sample(range(80), 60)
        ]
        return plan_of_rows(rows, book)

    for round_ in range(60):
        other = (CATALOGUE, BOTH) if round_ % 2 else (None, SHIPPED)
        first, second = one(None, other[1]), one(*other)
        for change in (kc.diff(first, second), kc.diff(second, first)):
            assert_adds_up(change)
            assert "other" not in names(change)


@given(plans(BOTH))
def test_where_only_the_book_changed_everything_is_price(one: kc.Estimate) -> None:
    again = kc.estimate(kc_jobs(one), kc.load_prices(CATALOGUE), as_of=AS_OF)
    unsold = {found.job_id for found in again.problems if found.severity == "error"}  # before the book's first day
    for found in kc.diff(one, again).jobs:
        assert {step.step for step in found.steps} <= ({"removed"} if found.job_id in unsold else {"price"})


def kc_jobs(estimate: kc.Estimate) -> kc.Jobs:
    return kc.Jobs([item.job for item in estimate.line_items])


@given(plans(), plans())
def test_with_the_same_book_and_day_no_price_has_changed(one: kc.Estimate, other: kc.Estimate) -> None:
    undated = [
        kc.estimate(kc.Jobs([item.job._replace(date=None) for item in e.line_items]), as_of=AS_OF) for e in (one, other)
    ]
    assert "price" not in names(kc.diff(*undated))


@given(plans())
def test_nothing_has_changed_from_a_plan_to_itself(one: kc.Estimate) -> None:
    change = kc.diff(one, one)
    assert change.is_empty
    assert (change.steps, change.totals_in.steps) == ([], ())
    assert {found.status for found in change.jobs} <= {"same"}


@given(plans(BOTH), plans(BOTH, CATALOGUE), plans(BOTH))
def test_two_changes_one_after_the_other_come_to_the_whole(a: kc.Estimate, b: kc.Estimate, c: kc.Estimate) -> None:
    sums = by_currency([*kc.diff(a, b).steps, *kc.diff(b, c).steps])
    assert sums == by_currency(kc.diff(a, c).steps)


def own(folder: Path, text: str = OWN_OPTIONS, **row: Any) -> kc.Estimate:
    """The estimate of one row by a book with an option of its own."""
    import pyarrow as pa

    (folder / "book.yaml").write_text(text)
    table = pa.Table.from_pylist([{"job_id": "a", "model": "vid", "duration": "10", **row}])
    return kc.estimate(table, kc.load_prices(folder / "book.yaml"))


def test_a_new_default_of_a_book_is_a_change_of_its_prices(tmp_path: Path) -> None:
    old = own(tmp_path, quality="720p")
    new = own(tmp_path, OWN_OPTIONS.replace("{tier: standard}", "{tier: fast}"), quality="720p")
    assert steps(kc.diff(old, new)) == {("price", "CRD"): Decimal(10)}


def test_an_option_of_the_book_is_a_step_of_its_own(tmp_path: Path) -> None:
    change = kc.diff(own(tmp_path, quality="720p"), own(tmp_path, quality="1080p", tier="express"))
    assert steps(change) == {("quality", "CRD"): Decimal(20), ("tier", "CRD"): Decimal(10)}
    assert change.order[4:7] == ["quality", "sound", "tier"]
    assert_adds_up(change)


def test_what_is_not_for_sale_by_itself_is_told_with_the_next_step() -> None:
    catalogue_4k = plan(job("a", quality="4k", sound="on", duration=5), book=CATALOGUE)
    old = plan(job("a", quality="720p", sound="off", duration=5), book="pricing")
    at_pricing = kc.diff(old, catalogue_4k)
    assert_adds_up(at_pricing)
    assert "quality" in names(at_pricing)
    back = kc.diff(catalogue_4k, old)  # the default book sells no 4k, so that the old job has no price there
    assert names(back) == ["price+quality", "sound"]
    assert_adds_up(back)


def test_another_seller_is_all_of_the_old_and_all_of_the_new() -> None:
    old, new = (
        plan_of_rows([{"job_id": "a", "model": "std-text-to-video", "duration": 5, "sound": "off"}]),
        plan(job("a", quality="1080p", sound="off")),
    )
    change = kc.diff(old, new)
    assert steps(change) == {
        ("seller", "KLING3API_CREDIT"): -old.line_items[0].cost_value,
        ("seller", "EVOLINK_CREDIT"): new.line_items[0].cost_value,
    }
    money = change.totals_in  # no page says what that seller's credits cost
    assert (money.unknown, money.at_least) == (("KLING3API_CREDIT",), True)


def test_only_takes_of_a_stored_plan_can_be_told_from_its_options(tmp_path: Path) -> None:
    old, new = (stored(tmp_path, estimate) for estimate in golden())
    change = kc.diff(old, new)
    assert names(change) == ["removed", "added", "price", "price+options", "takes"]
    assert steps(change)["price", "EVOLINK_CREDIT"] == Decimal("0.0378")  # of the job whose options are the same
    assert [found.code for found in change.notes] == ["missing"]
    assert "--old-prices" in (change.notes[0].hint or "")
    assert_adds_up(change)
    whole = kc.diff(old, new, old_book=kc.load_prices(), new_book=kc.load_prices(CATALOGUE))
    assert steps(whole) == steps(kc.diff(*golden()))
    assert list(whole.notes) == []


def test_a_stored_plan_is_compared_with_todays_at_todays_prices(tmp_path: Path) -> None:
    old, new = golden()
    assert steps(kc.diff(stored(tmp_path, old), new)) == steps(kc.diff(old, new))


def test_a_stored_figure_that_its_book_does_not_explain_is_never_dropped(tmp_path: Path) -> None:
    old, new = golden()
    kept = stored(tmp_path, new)
    change = kc.diff(old, kept, new_book=kc.load_prices())  # not the book that it was made with
    assert "other" in names(change)
    assert "other" in change.order
    assert_adds_up(change)
    back = kc.diff(kept, old, old_book=kc.load_prices())
    assert "other" in names(back)
    assert_adds_up(back)


def test_stored_plans_of_one_book_and_day_have_no_change_of_price(tmp_path: Path) -> None:
    old = plan(job("a", duration=5, quality="720p"), book=CATALOGUE)
    new = plan(job("a", duration=8, quality="1080p", takes=2), book=CATALOGUE)
    change = kc.diff(stored(tmp_path, old), stored(tmp_path, new))
    assert names(change) == ["quality+duration", "takes"]
    assert_adds_up(change)


@settings(max_examples=25)
@given(one=plans(), other=plans())
def test_stored_plans_add_up(tmp_path_factory: pytest.TempPathFactory, one: kc.Estimate, other: kc.Estimate) -> None:
    folder = tmp_path_factory.mktemp("stored")
    for change in (kc.diff(stored(folder, one), stored(folder, other)), kc.diff(stored(folder, one), other)):
        assert_adds_up(change)
        assert "other" not in names(change)


def stored(folder: Path, estimate: kc.Estimate) -> kc.Estimate:
    path = folder / f"{id(estimate)}.json"
    kc.write_report(path, estimate)
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data["estimate"] if data["kind"] == "report" else data))
    return kc.read_estimate(path)


def test_jobs_without_an_id_are_matched_by_their_row_and_warned_of(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text(f"model,duration\n{T2V},5\n{T2V},6\n")
    (tmp_path / "new.csv").write_text(f"model,duration\n{T2V},5\n{T2V},7\n")
    change = kc.diff(kc.estimate(tmp_path / "old.csv"), kc.estimate(tmp_path / "new.csv"))
    assert [found.status for found in change.jobs] == ["same", "changed"]
    assert [(found.key, dict(found.params)) for found in change.notes] == [("missing.job_ids", {"count": "1"})]
    assert list(kc.diff(change.old, change.old).notes) == []


def test_a_job_that_has_lost_its_price_is_not_passed_off_as_a_saving() -> None:
    old, new = plan(job("a"), job("b")), plan(job("a"), job("b", duration=99))
    change = kc.diff(old, new, fail_above="5%")
    assert change.partial
    assert [found.key for found in change.notes] == ["missing.new_costs"]
    assert change.exit_code == 5
    assert kc.diff(new, old).notes[0].key == "missing.old_costs"


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        (None, 0), ("22.122%", 3), ("22.123 %", 0), ("64.8918 EVOLINK_CREDIT", 0), ("64.8917 EVOLINK_CREDIT", 3),
        ("1.193942647058 USD", 3), ("1.193942647059 USD", 0), ("$1.20", 0), ("0%", 3),
    ],
)  # fmt: skip
def test_growth_beyond_a_limit_fails(limit: str | None, code: int) -> None:
    assert kc.diff(*golden(), fail_above=limit).exit_code == code


def test_growth_that_cannot_be_checked_fails_closed() -> None:
    old, new = plan(job("a")), plan_of_rows([{"job_id": "a", "model": "std-text-to-video", "duration": 5}])
    assert kc.diff(old, new, fail_above="20 USD").exit_code == 4
    assert kc.diff(old, new, fail_above="5%").exit_code == 3  # from nothing, any growth is more
    assert kc.diff(new, old, fail_above="1 KLING3API_CREDIT").exit_code == 0


@pytest.mark.parametrize("limit", ["5", "", "five", "-5%", "5 % or so", "nan USD", "-1 USD", 5, "5 ¥"])
def test_a_limit_that_is_not_one_is_refused(limit: Any) -> None:
    with pytest.raises(kc.UsageError, match=r"fail_above|percentage"):
        kc.diff(*golden(), fail_above=limit)


@pytest.mark.parametrize("wrong", [None, "old.json", plan(job("a")).summary])
def test_only_estimates_can_be_compared(wrong: Any) -> None:
    with pytest.raises(kc.UsageError, match="old must be an estimate"):
        kc.diff(wrong, plan(job("a")))


def test_a_change_of_day_is_a_change_of_price() -> None:
    both = kc.load_prices(overlay=[CATALOGUE])  # another price from its first day on
    dear = job("a", quality="1080p", sound="off")
    old, new = (kc.estimate([{**dear, "date": day}], both) for day in ("2026-03-01", "2026-11-01"))
    assert steps(kc.diff(old, new)) == {("price", "EVOLINK_CREDIT"): Decimal("0.027")}
    assert kc.diff(old, kc.estimate([{**dear, "date": "2026-04-01"}], both)).steps == []


def test_it_is_told_in_a_line_and_travels() -> None:
    import copy
    import pickle

    change = kc.diff(*golden())
    assert repr(change) == "<Change: 4 jobs changed, 64.8918 EVOLINK_CREDIT>"
    assert "64.8918" in change._repr_html_()
    assert pickle.loads(pickle.dumps(change)).to_json() == copy.deepcopy(change).to_json() == change.to_json()
