"""Every smallest change under which an amount would have been due is named; none is invented."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.reconciliation.findings.finding_text import finding_sentence
from kling_cost.results.document_types import ESTIMATE
from tests.reconciliation.samples import EAGLE, FOG, Line, evolink, job, kling3api, of_a, outcome, wrapped

CASES: list[tuple[Line, Any, list[str]]] = [
    (FOG, 40.5, ["sound=on"]),
    (FOG, 35.991, ["quality=1080p"]),
    (FOG, 54, ["duration=10"]),  # and 1080p with sound, which changes more
    ({**FOG, "duration": 7}, 75.6, ["duration=14"]),
    (FOG, 81, ["duration=15"]),  # 10 s with sound costs as much, and changes more
    ({**FOG, "duration": 15}, 162, ["sound=on,quality=1080p"]),
    (FOG, 1, ["model=kling-custom-element"]),
    (FOG, 16.205, ["duration=3"]),  # within the rounding limit
    (FOG, 16.21, []),
    (FOG, 33, []),
    ({**FOG, "quality": "1080p", "sound": "on"}, 27, ["sound=off,quality=720p"]),
    (FOG, 32.4, ["duration=6"]),
    ({**FOG, "duration": 3}, 64.8, ["duration=12"]),
]


@pytest.mark.parametrize(("request_", "amount", "changes"), CASES)
def test_the_smallest_changes_are_named(request_: Line, amount: Any, changes: list[str]) -> None:
    body = evolink("t", amount, seconds=request_["duration"])
    (finding,) = outcome(job(request=request_), wrapped("a", body)).findings
    assert list(finding.explained_by) == changes


def test_all_equally_small_ones_are_named() -> None:
    request = {"type": "pro-text-to-video", "prompt": "Fog", "duration": 5, "sound": True}  # 400
    (finding,) = outcome(job(request=request), wrapped("a", kling3api("n75x", 240))).findings
    assert finding.explained_by == (
        "duration=3", "model=o3-pro-image-to-video", "model=o3-pro-text-to-video",
    )  # fmt: skip  # 3 × 80, and 5 × 48 whatever the sound


BOOK = """
schema: 1
version: dated
currencies: {EVOLINK_CREDIT: {name: credit, quantum: 0.0001}}
providers:
  evolink:
    name: EvoLink
    currency: EVOLINK_CREDIT
    defaults: {duration: 5, quality: 720p, sound: off}
    skus:
      video:
        models: [kling-v3-text-to-video]
        billing_rule: per_second
        seconds: {minimum: 3, maximum: 15}
        options: {quality: [720p], sound: [off, on]}
        rates:
          2026-02-01: {by: [quality, sound], unit_price: {720p: {off: 5.4, on: 8.1}}, source: x, checked: 2026-10-01%s}
          2026-10-10: {by: [quality, sound], unit_price: {720p: {off: 5.9, on: 9.1}}, source: x, checked: 2026-10-10}
"""


def dated(tmp_path: Path, settlement: str = "") -> kc.PriceBook:
    (tmp_path / "dated.yaml").write_text(BOOK % settlement, encoding="utf-8")
    return kc.load_prices(tmp_path / "dated.yaml")


def test_another_dated_rate_is_named(tmp_path: Path) -> None:
    estimate = kc.estimate([job(date="2026-10-01")], dated(tmp_path))
    (finding,) = kc.reconcile(estimate, wrapped("a", evolink("t", 29.5))).findings
    assert finding.explained_by == ("rate=2026-10-10",)
    later = kc.estimate([job()], dated(tmp_path))
    (finding,) = kc.reconcile(later, wrapped("a", evolink("t", 27))).findings
    assert (finding.kind, finding.explained_by) == ("under_reserved", ("rate=2026-02-01",))


@pytest.mark.parametrize(("day", "due"), [("2026-10-01", "27"), ("2026-10-10", "29.5"), ("2026-01-15", "29.5")])
def test_another_book_explains_by_its_rate_of_the_day_and_before_its_first_by_its_latest(
    tmp_path: Path, day: str, due: str
) -> None:
    plan = BOOK.replace("dated", "plan").replace("2026-02-01", "2026-01-01") % ""
    (tmp_path / "plan.yaml").write_text(plan.replace("off: 5.4", "off: 5").replace("off: 5.9", "off: 5"), "utf-8")
    estimate = kc.estimate([job(date=day)], kc.load_prices(tmp_path / "plan.yaml"))
    for amount in ("27", "29.5"):
        (finding,) = kc.reconcile(estimate, wrapped("a", evolink("t", float(amount))), also=[dated(tmp_path)]).findings
        assert ("book=dated" in finding.explained_by) == (amount == due)


def test_a_plan_of_a_seller_that_the_book_does_not_have_is_explained_by_nothing(tmp_path: Path) -> None:
    plan = kc.estimate([job(request=EAGLE)])
    for also in ([], [kc.load_prices()]):
        result = kc.reconcile(plan, wrapped("a", kling3api("n75x", 240)), book=dated(tmp_path), also=also)
        assert [(f.kind, f.explained_by) for f in result.findings] == [("under_consumed", ())]


def test_what_a_model_does_not_take_counts_as_the_sellers_default() -> None:
    element = {"model": "kling-custom-element", "model_params": {
        "element_name": "Cat", "element_description": "A cat", "reference_type": "image_refer",
        "element_image_list": {"frontal_image": "https://example.com/a.jpg"}}}  # fmt: skip
    body = evolink("t", 27, model="kling-custom-element", rule="per_call", seconds=None)
    (finding,) = outcome(job(request=element), wrapped("a", body)).findings
    assert finding.explained_by == ("model=kling-v3-image-to-video", "model=kling-v3-text-to-video")


HD = {**FOG, "quality": "1080p"}


@pytest.mark.parametrize(
    ("also", "severity", "exit_code"),
    [([], "error", 6), (["evolink-2026-10-10"], "warning", 0)],
    ids=["known", "given"],
)
def test_a_later_book_that_asks_the_amount_is_named(also: list[str], severity: str, exit_code: int) -> None:
    """Where the caller gave it, the amount is no surprise."""
    result = outcome(job(request=HD), wrapped("a", evolink("t", 36.018)), also=also)
    (finding,) = result.findings
    assert (finding.kind, finding.severity) == ("over_reserved", severity)
    assert finding.explained_by == ("book=evolink-2026-10-10",)
    advice = "this is the price in another price book: book=evolink-2026-10-10; plan with it by passing --prices"
    assert finding_sentence(finding).hint == advice
    assert (result.exit_code, result.totals[0].unexplained) == (exit_code, 0)


def test_the_librarys_own_book_explains_what_a_later_one_does_not() -> None:
    plan = kc.estimate([job(request=HD)], kc.load_prices("evolink-2026-10-10"))
    (finding,) = kc.reconcile(plan, wrapped("a", evolink("t", 35.991))).findings
    assert (finding.kind, finding.severity, finding.explained_by) == ("under_reserved", "error", ("book=2026-11-19",))


def test_a_book_explains_to_the_last_digit_or_is_not_expected() -> None:
    for amount, also in ((36.02, []), (36.02, ["evolink-2026-10-10"]), (36.0179, ["evolink-2026-10-10"])):
        (finding,) = outcome(job(request=HD), wrapped("a", evolink("t", amount)), also=also).findings
        assert finding.severity == "error", amount
    (finding,) = outcome(job(request=HD), wrapped("a", evolink("t", 36.0180000000000007)), also=also).findings
    assert finding.severity == "warning"


def test_books_are_given_by_name_by_path_or_as_they_are(project: Path) -> None:
    path = project / "books" / "evolink-2026-10-10.yaml"
    for also in (
        ["evolink-2026-10-10"],
        "evolink-2026-10-10",
        [path],
        path,
        [kc.load_prices(path)],
        kc.load_prices(path),
    ):
        (finding,) = outcome(job(request=HD), wrapped("a", evolink("t", 36.018)), also=also).findings
        assert finding.severity == "warning"
    with pytest.raises(kc.UsageError, match="unknown price book 'nobody'"):
        outcome(job(), [], also=["nobody"])


def test_further_books_are_read_only_where_nothing_else_explains(monkeypatch: pytest.MonkeyPatch) -> None:
    from kling_cost.reconciliation.findings import explain

    def read() -> Any:
        raise AssertionError("read without need")

    monkeypatch.setattr(explain, "shipped_books", read)
    for amount in (27, 27.001, 40.5, 270000):
        outcome(job(), wrapped("a", evolink("t", amount)))
    with pytest.raises(AssertionError, match="read without need"):
        outcome(job(), wrapped("a", evolink("t", 33)))


def test_a_factor_that_tasks_of_one_group_share_is_named() -> None:
    jobs = [job("a"), job("b", {**FOG, "duration": 13}), job("c", {**FOG, "quality": "1080p"})]

    def answers(*amounts: Any, group: str = "VIP") -> list[Line]:
        seconds = {"a": 5, "b": 13, "c": 5}
        pairs = zip("abc", amounts, strict=False)
        return [wrapped(n, evolink(f"t-{n}", a, group=group, seconds=seconds[n])) for n, a in pairs]

    def named(*amounts: Any, group: str = "VIP") -> list[Any]:
        result = outcome(jobs[: len(amounts)], answers(*amounts, group=group))
        return [f.explained_by for f in result.findings if f.difference is not None]

    assert named(22.95, 59.67, 30.5924) == [("factor=0.85",)] * 3  # the last is rounded to the smallest step
    assert named(22.95, 59.67, 30.59) == [("factor=0.85",)] * 3  # … or to hundredths
    assert named(22.95) == [()]  # one task shares nothing
    assert named(22.95, 61) == [(), ()]
    result = outcome([job("a"), job("b")], answers(22.95, 22.95)[:2])
    assert {f.explained_by for f in result.findings if f.difference} == {()}  # the same due amount tells nothing new
    mixed = answers(22.95, group="VIP") + answers(0, 59.67, group="gold")[1:]
    assert [f.explained_by for f in outcome(jobs[:2], mixed).findings if f.difference] == [(), ()]
    # two fields would explain 24.3 too: 3 s with sound; the factor is the smaller change
    assert named(24.3, 63.18) == [("factor=0.9",)] * 2
    assert named(40.5, 105.3) == [("factor=1.5", "sound=on")] * 2


def test_what_came_out_is_named_where_the_final_amount_moved(tmp_path: Path) -> None:
    body = evolink("t", 27)
    body["usage"]["credits_used"] = 37.8
    (finding,) = of_a(evolink("t", 27, "pending"), body).findings
    assert (finding.kind, finding.explained_by) == ("settled_differs", ("actual_seconds=7", "duration=7"))


def test_the_seconds_that_came_out_are_expected_where_a_model_is_settled_so(tmp_path: Path) -> None:
    def found(used: float, seconds: int | None, created: float = 27) -> list[Any]:
        plan = kc.estimate([job(date="2026-10-01")], dated(tmp_path, ", settlement: request_then_actual"))
        body = evolink("t", created, seconds=seconds)
        body["usage"]["credits_used"] = used
        result = kc.reconcile(plan, [wrapped("a", evolink("t", created, "pending")), wrapped("a", body)])
        return [(f.kind, f.severity, f.explained_by, finding_sentence(f).message) for f in result.findings]

    explained = ("actual_seconds=7", "duration=7")
    message = "37.8 EVOLINK_CREDIT charged, 27 due"
    for seconds in (5, 7, None):  # as submitted, as it came out, or unsaid
        assert found(37.8, seconds) == [("over_reserved", "warning", explained, message)]
    assert found(16.2, 5)[0][:2] == ("under_reserved", "warning")
    assert found(37.8, 9) == [("over_reserved", "error", explained, message)]  # the answer says that other seconds came
    assert found(33, 5)[0][:3] == ("over_reserved", "error", ())
    assert found(27, 9) == []


def test_unexplained_money_is_added_up() -> None:
    jobs = [job("a"), job("b"), job("c")]
    answers = [wrapped("a", evolink("t-a", 33)), wrapped("b", evolink("t-b", 26)), wrapped("c", evolink("t-c", 40.5))]
    total = outcome(jobs, answers).totals[0]
    assert (total.unexplained, total.variance) == (7, Decimal("18.5"))


def test_a_stored_estimate_is_explained_by_the_book_at_hand(tmp_path: Path) -> None:
    from kling_cost.io.json_text import json_bytes

    path = tmp_path / "e.json"
    path.write_bytes(json_bytes(ESTIMATE.json(kc.estimate([job()]))))
    stored = kc.read_estimate(path)
    (finding,) = kc.reconcile(stored, wrapped("a", evolink("t", 40.5))).findings
    assert finding.explained_by == ("sound=on",)
    (finding,) = kc.reconcile(stored, wrapped("a", evolink("t", 29.5)), book=dated(tmp_path)).findings
    assert finding.explained_by == ("rate=2026-10-10",)


def test_a_book_without_words_of_answers_borrows_the_shipped_ones(tmp_path: Path) -> None:
    estimate = kc.estimate([job()], dated(tmp_path))
    assert not kc.reconcile(estimate, wrapped("a", evolink("t", 29.5))).errors


def test_a_seller_that_nobody_described_is_reconciled_by_a_sheet(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(BOOK.replace("  evolink:", "  somebody:") % "", encoding="utf-8")
    (tmp_path / "a.csv").write_text("job_id,provider,status,credits\na,somebody,completed,45.5\n", encoding="utf-8")
    estimate = kc.estimate([job()], kc.load_prices(tmp_path / "other.yaml"))
    (finding,) = kc.reconcile(estimate, tmp_path / "a.csv").findings
    assert (finding.kind, finding.explained_by) == ("over_consumed", ("sound=on",))


def test_rates_are_those_of_the_estimates_day(tmp_path: Path) -> None:
    estimate = kc.estimate([job()], dated(tmp_path), as_of=date(2026, 10, 1))
    (finding,) = kc.reconcile(estimate, wrapped("a", evolink("t", 40.5))).findings
    assert finding.explained_by == ("sound=on",)  # at the rate of that day; the later one asks 45.5
