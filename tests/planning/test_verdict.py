"""The gate is exact, fails closed, and says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.amounts import EXACT, Amount
from kling_cost.planning.limits import Standing, limit_problems
from kling_cost.results.document_types import CHECK, ESTIMATE, ESTIMATE_WITHOUT_LINE_ITEMS
from kling_cost.results.record_types import PROBLEM

T2V = {"model": "kling-v3-text-to-video", "prompt": "x"}  # 27 credits, 0.375 dollars
K3 = {"type": "pro-text-to-video", "prompt": "x"}  # 400 credits, dollars unknown
OFFICIAL = {"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "off"}  # 0.42 dollars
BAD = {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 99}
UNKNOWN = {"model": "nothing"}


def checked(*bodies: dict[str, Any], budget: Any = None, rates: Any = (), **more: Any) -> kc.Verdict:
    book = kc.load_prices(rates=rates)
    return kc.check(kc.estimate(list(bodies), book, as_of=date(2026, 11, 20)), budget=budget, **more)


def standings(verdict: kc.Verdict) -> list[tuple[str | None, str, str]]:
    return [(None if s.limit is None else str(s.limit), s.currency, s.status) for s in verdict.limits]


@pytest.mark.parametrize(
    ("budget", "status", "word", "code"),
    [
        ("27 EVOLINK_CREDIT", "warn", "within", 0),
        ("26.9999 EVOLINK_CREDIT", "over", "over", 3),
        ("27.0001 EVOLINK_CREDIT", "warn", "within", 0),
        ("33.75 EVOLINK_CREDIT", "within", "within", 0),
        ("33.7499 EVOLINK_CREDIT", "warn", "within", 0),
        ("0.375 USD", "warn", "within", 0),
        ("0.374999999999 USD", "over", "over", 3),
        ("0 USD", "over", "over", 3),
        ("0 EVOLINK_CREDIT", "over", "over", 3),
    ],
)
def test_a_limit_is_checked_to_the_last_digit(budget: str, status: str, word: str, code: int) -> None:
    verdict = checked(T2V, budget=budget)
    assert (verdict.limits[0].status, verdict.verdict, verdict.exit_code) == (status, word, code)


@given(st.integers(3, 15), st.integers(1, 10_000), st.integers(-1, 1))
def test_one_ten_thousandth_of_a_credit_decides(seconds: int, takes: int, off: int) -> None:
    job = {"request": {**T2V, "duration": seconds}, "takes": takes}
    limit = kc.price_request(job["request"]).cost.value * takes + Decimal(off) / 10_000
    verdict = checked(job, budget=Amount(limit, "EVOLINK_CREDIT"))
    assert (verdict.exit_code == 3) == (off < 0)


@given(st.lists(st.sampled_from([T2V, OFFICIAL]), min_size=1, max_size=6), st.sampled_from(["68", "72", "7", "3"]))
def test_a_limit_in_dollars_is_compared_exactly_over_several_currencies(
    items: list[dict[str, Any]], per_usd: str
) -> None:
    credits, dollars = items.count(T2V) * 27, items.count(OFFICIAL) * Fraction("0.42")
    exact = Fraction(credits) / Fraction(per_usd) + dollars
    floor = Decimal(int(exact * 10**12)) / 10**12
    for limit, over in ((floor, Fraction(floor) < exact), (floor + Decimal("1e-12"), False)):
        verdict = checked(*items, budget=Amount(limit, "USD"), rates=[f"{per_usd} EVOLINK_CREDIT/USD"])
        assert (verdict.verdict == "over") == over


def test_without_a_limit_no_job_at_all_is_a_warning() -> None:
    verdict = checked(no_budget=True)
    assert (verdict.verdict, verdict.exit_code, verdict.limits) == ("within", 0, [])
    assert [(p.severity, p.key) for p in verdict.problems] == [("warning", "missing.jobs")]
    assert CHECK.json(verdict)["problems"][0]["message"] == "there are no jobs to check"


def test_a_limit_in_credits_holds_the_jobs_of_that_currency() -> None:
    verdict = checked(T2V, K3, budget=["27 EVOLINK_CREDIT", "399 KLING3API_CREDIT"])
    assert standings(verdict) == [("27", "EVOLINK_CREDIT", "warn"), ("399", "KLING3API_CREDIT", "over")]
    assert verdict.exit_code == 3


def test_jobs_that_no_limit_covers_are_shown_and_block() -> None:
    verdict = checked(T2V, K3, budget="100 EVOLINK_CREDIT")
    assert standings(verdict) == [("100", "EVOLINK_CREDIT", "within"), (None, "KLING3API_CREDIT", "unknown")]
    assert (verdict.verdict, verdict.exit_code) == ("blocked", 4)
    assert [(p.code, p.severity) for p in verdict.problems if p.severity == "error"] == [("no_exchange_rate", "error")]


@pytest.mark.parametrize(
    ("budget", "rates", "status", "word", "code"),
    [
        ("100 USD", (), "unknown", "blocked", 4),
        ("0.3 USD", (), "over", "over", 4),
        ("100 USD", ["100 KLING3API_CREDIT/USD"], "within", "within", 0),
        ("4.375 USD", ["100 KLING3API_CREDIT/USD"], "warn", "within", 0),
        ("4.3749 USD", ["100 KLING3API_CREDIT/USD"], "over", "over", 3),
        ("100000 KRW", ["100 KLING3API_CREDIT/USD", "1400 KRW/USD"], "within", "within", 0),
        ("6125 KRW", ["100 KLING3API_CREDIT/USD", "1400 KRW/USD"], "warn", "within", 0),
        ("6124.9999 KRW", ["100 KLING3API_CREDIT/USD", "1400 KRW/USD"], "over", "over", 3),
        ("100000 KRW", (), "unknown", "blocked", 4),
    ],
)
def test_where_a_rate_of_exchange_is_missing_the_limit_is_unknown(
    budget: str, rates: Any, status: str, word: str, code: int
) -> None:
    verdict = checked(T2V, K3, budget=budget, rates=rates)
    assert (verdict.limits[0].status, verdict.verdict, verdict.exit_code) == (status, word, code)


def test_headroom_is_limit_less_plan_and_negative_when_over() -> None:
    (standing,) = checked(T2V, budget="20 EVOLINK_CREDIT").limits
    assert (standing.planned, standing.headroom, standing.contingency, standing.committed) == (27, -7, 0, 0)


@pytest.mark.parametrize(
    ("bodies", "code"), [([T2V, BAD], 5), ([T2V, UNKNOWN], 4), ([T2V, BAD, UNKNOWN], 5), ([BAD], 5), ([UNKNOWN], 4)]
)
def test_a_job_with_an_error_blocks_whatever_the_budget(bodies: list[dict[str, Any]], code: int) -> None:
    for budget in ("1000 USD", "0.01 USD"):
        verdict = checked(*bodies, budget=budget)
        assert (verdict.verdict, verdict.exit_code) == ("blocked", code)
        assert verdict.estimate.partial


def test_without_a_budget_only_validity_counts() -> None:
    assert (checked(T2V, K3, no_budget=True).verdict, checked(T2V, K3, no_budget=True).exit_code) == ("within", 0)
    assert checked(T2V, K3, no_budget=True).limits == []
    assert (checked(BAD, no_budget=True).verdict, checked(BAD, no_budget=True).exit_code) == ("blocked", 5)


@pytest.mark.parametrize(
    ("bodies", "more", "message"),
    [
        ([T2V], {}, "no budget: pass budget="),
        ([], {"budget": "5 USD"}, "no jobs to check"),
        ([T2V], {"budget": "5 USD", "no_budget": True}, "exclude each other"),
        ([T2V], {"budget": ["5 USD", "6 USD"]}, "two budgets in USD"),
        ([T2V], {"budget": "5 XYZ"}, "unknown currency XYZ"),
        *[([T2V], {"budget": given}, "needs a currency") for given in ("0", "10,000", 500, 500.5, Decimal(500), ["5"])],
        *[([T2V], {"budget": given}, "not a valid limit") for given in ("NaN", "Infinity", "1e2000000", "1_0000")],
        *[([T2V], {"budget": given}, "budget must be text") for given in ({"USD": 500}, b"500 USD", [500], object())],
        ([T2V], {"budget": "-1 USD"}, "a minus or a dash"),
        ([T2V], {"budget": Amount(-1, "USD")}, "cannot be negative"),
        ([T2V], {"no_budget": "false"}, "no_budget must be True or False"),
    ],
)
def test_a_gate_that_cannot_decide_does_not_open(
    bodies: list[dict[str, Any]], more: dict[str, Any], message: str
) -> None:
    with pytest.raises(kc.UsageError, match=message) as caught:
        checked(*bodies, **more)
    assert caught.value.exit_code == 2


def test_an_amount_can_be_a_limit() -> None:
    assert checked(T2V, budget=Amount(1, "USD")).exit_code == 0
    assert checked(T2V, budget=[Amount(1, "USD"), "27 EVOLINK_CREDIT"]).exit_code == 0


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_a_limit_of_many_decimals_is_exact(off: int) -> None:
    limit = EXACT.add(Decimal("0.375"), Decimal(off).scaleb(-40))
    verdict = checked(T2V, budget=f"{limit:f} USD")
    assert (verdict.exit_code == 3) == (off < 0)
    assert Decimal(CHECK.json(verdict)["limits"][0]["limit"]) == limit


def test_a_limit_without_jobs_of_its_currency_is_within() -> None:
    verdict = checked(K3, budget=["5 EVOLINK_CREDIT", "400 KLING3API_CREDIT"])
    assert [s.status for s in verdict.limits] == ["within", "warn"]


def test_the_record_has_decimal_text_and_no_line_items() -> None:
    record = CHECK.json(checked(T2V, budget="36000 EVOLINK_CREDIT"))
    assert record["limits"] == [
        {
            "scope": "campaign",
            "limit": "36000",
            "currency": "EVOLINK_CREDIT",
            "planned": "27",
            "contingency": "0",
            "committed": "0",
            "headroom": "35973",
            "status": "within",
        }
    ]
    assert "line_items" not in record["estimate"]
    assert record["policies"] == []


def two_files(tmp_path: Path) -> kc.Estimate:
    """Two campaigns with a limit each; a job of the second is invalid."""
    head = "campaign: c\ndefaults: {model: kling-v3-text-to-video}\nbudget: 100 EVOLINK_CREDIT\njobs:\n"
    (tmp_path / "a.yaml").write_text(f"{head}  - {{prompt: x, duration: 5}}\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(
        f"{head}  - {{prompt: x, duration: 5}}\n  - {{prompt: x, duration: 99}}\n", encoding="utf-8"
    )
    return kc.estimate(kc.read_jobs(tmp_path / "a.yaml", tmp_path / "b.yaml"), as_of=date(2026, 11, 20))


def test_a_limit_whose_jobs_are_not_all_priced_is_unknown_unless_what_is_known_exceeds_it(tmp_path: Path) -> None:
    estimate = two_files(tmp_path)
    assert [(s.scope, s.status) for s in kc.check(estimate).limits] == [
        ("c (a.yaml)", "within"),
        ("c (b.yaml)", "unknown"),
    ]
    assert [s.status for s in kc.check(estimate, budget="1000 USD").limits] == ["unknown"]
    assert [s.status for s in kc.check(estimate, budget="53.9 EVOLINK_CREDIT").limits] == ["over"]
    nowhere = replace(estimate, problems=[])  # as a stored plan that says only how many were left out
    assert [s.status for s in kc.check(nowhere).limits] == ["unknown", "unknown"]
    assert kc.check(nowhere).verdict == kc.check(nowhere, budget="1000 USD").verdict == "blocked"
    assert (kc.check(nowhere, no_budget=True).verdict, kc.check(nowhere, no_budget=True).exit_code) == ("blocked", 5)


def test_the_total_is_in_the_money_of_the_limit_and_says_what_it_does_not_hold() -> None:
    bodies = [
        {"model": "kling-v3-text-to-video", "prompt": "x"},
        {"type": "o3-pro-video-edit", "prompt": "x", "video": "https://example.com/a.mp4"},
    ]
    rates = ["1400 KRW/USD"]
    estimate = kc.estimate(bodies, kc.load_prices(rates=rates), as_of=date(2026, 11, 20))
    partly = {"currency": "USD", "amount": "0.375", "at_least": True, "unknown": ["KLING3API_CREDIT"]}
    assert CHECK.json(kc.check(estimate, budget="9000 EVOLINK_CREDIT"))["totals_in"] == partly
    assert CHECK.json(kc.check(estimate, budget="9000 KRW"))["totals_in"] == {
        **partly, "currency": "KRW", "amount": "525",
    }  # fmt: skip
    known = kc.estimate(bodies, kc.load_prices(rates=[*rates, "100 KLING3API_CREDIT/USD"]), as_of=date(2026, 11, 20))
    dollars = Decimal("0.375") + known.totals[1].cost / 100
    assert known.total("USD") == ("USD", dollars, False, ())
    assert known.total("KRW").amount == dollars * 1400
    assert kc.estimate(bodies[1:], as_of=date(2026, 11, 20)).total().amount is None
    assert str(kc.estimate([*bodies[:1], {"model": "no"}]).total()) == "at least 0.375 USD"
    with pytest.raises(kc.UsageError, match="no exchange rate for EUR"):
        known.total("EUR")


def test_jobs_that_no_limit_covers_are_named_with_what_they_cost() -> None:
    verdict = checked(T2V, K3, K3, budget="100 EVOLINK_CREDIT")
    assert verdict.limits[1] == Standing(
        "campaign",
        None,
        "KLING3API_CREDIT",
        Decimal(800),
        Decimal(0),
        Decimal(0),
        None,
        "unknown",
        ("KLING3API_CREDIT",),
    )
    (told,) = [p for p in verdict.problems if p.severity == "error"]
    assert (told.key, told.field, told.params) == (
        "no_exchange_rate.uncovered",
        "",
        (("currency", "KLING3API_CREDIT"),),
    )


@pytest.mark.parametrize(
    ("budget", "planned", "unknown"),
    [
        ("100 USD", Decimal("0.375"), ("KLING3API_CREDIT",)),
        ("0.3 USD", Decimal("0.375"), ("KLING3API_CREDIT",)),
        ("100000 KRW", None, ("KRW",)),
    ],
)
def test_a_limit_that_cannot_be_checked_says_which_rates_it_lacks(
    budget: str, planned: Decimal | None, unknown: tuple[str, ...]
) -> None:
    verdict = checked(T2V, K3, budget=budget)
    (standing,) = verdict.limits
    assert (standing.scope, standing.planned, standing.unknown_currencies) == ("campaign", planned, unknown)
    (told,) = [p for p in verdict.problems if p.severity == "error"]
    assert (told.key, told.field) == ("no_exchange_rate.limit", "")
    assert dict(told.params) == {"limit": budget, "currencies": ", ".join(unknown)}


def test_several_currencies_without_a_rate_are_listed() -> None:
    standing = replace(checked(T2V, budget="1 USD").limits[0], unknown_currencies=("KRW", "JPY"))
    (found,) = limit_problems([standing])
    assert dict(found.params)["currencies"] == "KRW, JPY"


def test_an_empty_list_of_unknown_currencies_is_a_list() -> None:
    for budget in ("100 EVOLINK_CREDIT", "100 USD"):
        assert checked(T2V, budget=budget).limits[0].unknown_currencies == ()


def test_a_limit_that_nothing_counts_in_is_wholly_left() -> None:
    (standing, _) = checked(K3, budget=["5 EVOLINK_CREDIT", "400 KLING3API_CREDIT"]).limits
    assert (standing.planned, standing.headroom) == (0, 5)


def test_dollars_count_as_they_are() -> None:
    """Whatever rates are given, and where there is none."""
    for rates in ((), ["72 EVOLINK_CREDIT/USD"]):
        (standing,) = checked(OFFICIAL, OFFICIAL, budget="0.84 USD", rates=rates).limits
        assert (standing.planned, standing.headroom, standing.status) == (Decimal("0.84"), 0, "warn")


def files(folder: Path, *budgets: str) -> kc.Estimate:
    """An estimate of campaign files with so many jobs as their place says: the first one, the second two."""
    for at, budget in enumerate(budgets):
        jobs = ", ".join(f"{{job_id: {at}-{n}, model: kling-v3-text-to-video}}" for n in range(at + 1))
        (folder / f"{at}.yaml").write_text(f"{budget}\njobs: [{jobs}]", encoding="utf-8")
    return kc.estimate(kc.read_jobs(*(folder / f"{at}.yaml" for at in range(len(budgets)))))


def test_the_limit_of_the_only_file_is_that_of_the_campaign(tmp_path: Path) -> None:
    verdict = kc.check(files(tmp_path, "budget: [30 EVOLINK_CREDIT, 1 USD]"))
    assert [(s.scope, s.source, s.planned) for s in verdict.limits] == [
        ("campaign", "0.yaml", 27),
        ("campaign", "0.yaml", Decimal("0.375")),
    ]


def test_each_file_of_several_has_its_own_costs_held_against_its_own_limit(tmp_path: Path) -> None:
    verdict = kc.check(files(tmp_path, "budget: 30 EVOLINK_CREDIT", "budget: 50 EVOLINK_CREDIT", "budget: 1 USD"))
    assert [(s.scope, s.source, s.planned, s.status) for s in verdict.limits] == [
        ("0.yaml", "0.yaml", 27, "warn"),
        ("1.yaml", "1.yaml", 54, "over"),
        ("2.yaml", "2.yaml", Decimal("1.125"), "over"),
    ]


def test_a_given_limit_holds_all_files_and_names_none(tmp_path: Path) -> None:
    estimate = files(tmp_path, "budget: 30 EVOLINK_CREDIT", "budget: 50 EVOLINK_CREDIT")
    (standing,) = kc.check(estimate, budget="100 EVOLINK_CREDIT").limits
    assert (standing.scope, standing.source, standing.planned) == ("campaign", None, 81)


@pytest.mark.parametrize(
    ("bodies", "more", "message"),
    [
        ([T2V], {"budget": "5 USD", "no_budget": True}, "budget and no_budget exclude each other"),
        ([], {"budget": "5 USD"}, "there are no jobs to check"),
        ([T2V], {}, 'no budget: pass budget="500 USD" or no_budget=True, or put `budget:` into the campaign'),
        ([T2V], {"budget": Amount(-1, "USD")}, "a budget cannot be negative"),
        ([T2V], {"budget": "5 XYZ"}, 'unknown currency XYZ; pass rates=["NUMBER XYZ/USD"]'),
    ],
)
def test_a_gate_that_cannot_decide_says_why(bodies: list[dict[str, Any]], more: dict[str, Any], message: str) -> None:
    with pytest.raises(kc.UsageError) as caught:
        checked(*bodies, **more)
    assert str(caught.value) == message


def test_a_rate_of_exchange_holds_on_the_day_of_the_estimate(tmp_path: Path) -> None:
    path = tmp_path / "rates.yaml"
    rate = "{per_usd: %s, source: a contract, checked: 2026-11-19}"
    days = f"{{2026-01-01: {rate % 54}, 2026-06-01: {rate % 27}}}"
    path.write_text(f"schema: 1\nversion: a contract\nproviders: {{evolink: {{exchange: {days}}}}}", encoding="utf-8")
    book = kc.load_prices(overlay=path)
    for day, planned in ((date(2026, 5, 31), Decimal("0.5")), (date(2026, 6, 1), Decimal(1))):
        (standing,) = kc.check(kc.estimate([T2V], book, as_of=day), budget="9 USD").limits
        assert standing.planned == planned


def test_a_stored_estimate_is_checked_by_its_own_rates(tmp_path: Path) -> None:
    book = kc.load_prices(rates=["100 KLING3API_CREDIT/USD", "1400 KRW/USD"])
    estimate = kc.estimate([K3], book, as_of=date(2026, 11, 20))
    kc.write_report(tmp_path / "plan.json", estimate)
    stored = kc.read_estimate(tmp_path / "plan.json")
    for budget in ("5 USD", "400 KLING3API_CREDIT"):
        assert kc.check(stored, budget=budget).limits == kc.check(estimate, budget=budget).limits
    assert kc.check(stored, budget="5600 KRW").exit_code == 4  # a rate that no price needed is not stored


def test_the_record_is_complete() -> None:
    verdict = checked(T2V, K3, budget="100 EVOLINK_CREDIT")
    record = CHECK.json(verdict)
    names = "schema_version kind verdict exit limits totals_in approval against suggestions policies estimate problems"
    assert list(record) == names.split()
    assert (record["approval"], record["against"]) == (None, None)
    assert (record["schema_version"], record["kind"]) == (ESTIMATE.json(verdict.estimate)["schema_version"], "check")
    assert (record["verdict"], record["exit"]) == ("blocked", 4)
    assert record["problems"] == [PROBLEM.json(p) for p in verdict.problems]
    assert record["estimate"] == ESTIMATE_WITHOUT_LINE_ITEMS.json(verdict.estimate)
    assert record["limits"][1]["limit"] is None
