"""What credits cost when they are bought: the cheapest packs, against every set; fee, minimum, tax and what is left."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.pricebook.terms.provider_terms import Pack
from kling_cost.pricing.purchases.landed_cost import LandedCost
from kling_cost.pricing.purchases.pack_sets import cheapest_packs

AS_OF = date(2026, 11, 20)
SIZES = "sizes: [{credits: 1000, price: 14 USD}, {credits: 5000, price: 65 USD}]"


def pack(size: str | int, price: str | int) -> Pack:
    return Pack(Decimal(size), kc.Amount(price, "USD"))


def price_of(packs: list[Pack], need: str | int | Decimal) -> tuple[Decimal, Decimal]:
    """What the cheapest set costs, and how many credits it holds."""
    found = cheapest_packs(packs, Decimal(need))
    assert found is not None
    cost = sum((one.pack.price.value * one.number for one in found), Decimal(0))
    return cost, sum((one.pack.credits * one.number for one in found), Decimal(0))


def best_of_all(packs: list[Pack], need: Decimal) -> tuple[Decimal, Decimal]:
    """The same by trying every set, one pack after the other."""
    if not packs:
        return (Decimal(0), Decimal(0)) if need <= 0 else (Decimal("Infinity"), Decimal(0))
    first, *others = packs
    found = []
    for number in range(int(max(Decimal(0), need) / first.credits) + 2):
        cost, held = best_of_all(others, need - number * first.credits)
        found.append((number * first.price.value + cost, -(number * first.credits + held)))
    cost, held = min(found)
    return cost, -held


@pytest.mark.parametrize("seed", range(1000))
def test_the_cheapest_packs_are_the_best_of_all_sets(seed: int) -> None:
    random = Random(seed)
    unit = Decimal(random.choice(["1", "0.5", "10", "250"]))
    sizes = random.sample(range(1, 13), random.randint(1, 4))
    packs = [pack(str(size * unit), random.randint(1, 30)) for size in sizes]
    need = Decimal(random.randint(0, 400)) / 10 * unit
    assert price_of(packs, need) == best_of_all(packs, need)


PACKS = st.lists(
    st.builds(pack, st.integers(1, 40), st.integers(1, 60)), min_size=1, max_size=4, unique_by=lambda one: one.credits
)


@given(packs=PACKS, need=st.integers(0, 5000), more=st.integers(0, 500))
def test_packs_never_cost_less_where_more_is_needed(packs: list[Pack], need: int, more: int) -> None:
    cost, held = price_of(packs, need)
    assert held >= need
    assert cost <= price_of(packs, need + more)[0]


@given(packs=PACKS, need=st.integers(1500, 9000))
def test_many_packs_cost_as_much_as_in_a_table_of_all(packs: list[Pack], need: int) -> None:
    """Of many credits most packs are taken beforehand; the table of all of them says the same."""
    least = [0]
    for units in range(1, need + 1):
        least.append(min(least[max(0, units - int(one.credits))] + int(one.price.value) for one in packs))
    assert price_of(packs, need)[0] == least[need]


def test_published_packs() -> None:
    packs = [pack(1000, 14), pack(5000, 65)]
    assert price_of(packs, "3158.9372") == (56, 4000)
    assert price_of(packs, 4500) == (65, 5000)
    assert price_of(packs, 0) == (0, 0)
    assert price_of(packs, "0.0001") == (14, 1000)
    assert price_of(packs, 10**9) == (200_000 * 65, 10**9)
    # Two for the same money: the one with more credits.
    assert price_of([pack(10, 5), pack(12, 5)], 8) == (5, 12)


def test_sizes_without_a_common_measure_are_not_worked_out() -> None:
    assert cheapest_packs([pack("999999.000001", 9), pack("1000000", 8)], Decimal(10**8)) is None


TERMS = """\
schema: 2
version: 2026-11-28
providers:
  evolink:
    terms:
"""


@pytest.fixture
def landed(tmp_path: Path) -> Any:
    def made(
        terms: dict[str, str], balance: Any = None, takes: int = 1, as_of: Any = AS_OF, **more: Any
    ) -> LandedCost | None:
        path = tmp_path / "terms.yaml"
        lines = [
            f"      {name}: {{2026-02-01: {{{text}, source: page, checked: 2026-11-01}}}}\n"
            for name, text in terms.items()
        ]
        path.write_text(TERMS + "".join(lines) if terms else "schema: 2\nversion: 2026-11-28\n", encoding="utf-8")
        body = {"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 10, "quality": "1080p", "sound": "on"}
        book = kc.load_prices(overlay=[path], **more)
        estimate = kc.estimate([{"job_id": "a", "takes": takes, "request": body}], book, as_of=as_of)
        (seller,) = kc.compare(estimate, balance=balance, sellers="evolink").sellers
        return seller.landed

    return made


def test_packs_fee_and_what_is_left(landed: Any) -> None:
    found = landed({"packs": SIZES + ", fee: 2.5 %, refundable: no"}, takes=30)  # 30 × 108
    assert (found.need, found.bought, found.left_over) == (3240, 4000, 760)
    assert [(one.number, one.pack.credits) for one in found.packs] == [(4, 1000)]
    assert (found.price, found.fee, found.paid, found.currency, found.usd) == (
        56,
        Decimal("1.4"),
        Decimal("57.4"),
        "USD",
        Decimal("57.4"),
    )
    assert (found.at_rate, found.refundable, found.used) == (False, False, Decimal("0.81"))
    assert found.per_credit == Decimal("0.017716049383")  # 57.4 ÷ 3240


def test_a_balance_is_used_first(landed: Any) -> None:
    found = landed({"packs": SIZES}, "500 EVOLINK_CREDIT", takes=30)
    assert (found.balance, found.bought, found.left_over, found.price) == (500, 3000, 260, 42)
    enough = landed({"packs": SIZES}, kc.Amount("4000.5", "EVOLINK_CREDIT"), takes=30)
    assert (list(enough.packs), enough.price, enough.paid, enough.left_over) == ([], 0, 0, Decimal("760.5"))
    assert enough.per_credit is None


def test_what_is_left_ends_with_the_first_pack(landed: Any) -> None:
    sizes = SIZES.replace("14 USD", "14 USD, valid_days: 30").replace("65 USD", "65 USD, valid_days: 180")
    found = landed({"packs": sizes}, takes=50)  # 5400: one of each
    assert [(one.number, one.pack.credits) for one in found.packs] == [(1, 1000), (1, 5000)]
    assert (found.valid_days, found.valid_until) == (30, date(2026, 12, 20))
    assert landed({"packs": sizes}, takes=50, as_of=None).valid_until is None


def test_without_packs_the_exchange_rate_counts(landed: Any) -> None:
    found = landed({}, "36 EVOLINK_CREDIT")
    assert (found.at_rate, found.bought, found.left_over, found.price, found.currency) == (True, 72, 0, 1, "USD")


def test_a_minimum_top_up_buys_more_credits(landed: Any) -> None:
    found = landed({"minimum_top_up": "amount: 10 USD", "tax": "prices: excluded, rate: 10 %"})
    assert (found.price, found.paid, found.bought, found.left_over) == (10, 10, 720, 612)
    assert (found.minimum_top_up, found.tax, found.tax_rate) == (10, "excluded", Decimal("0.1"))
    enough = landed({"minimum_top_up": "amount: 1 USD"})
    assert (enough.price, enough.bought, enough.left_over) == (Decimal("1.5"), 108, 0)
    nothing = landed({"minimum_top_up": "amount: 10 USD"}, "108 EVOLINK_CREDIT")
    assert (nothing.paid, nothing.left_over) == (0, 0)
    packs = landed({"packs": SIZES, "minimum_top_up": "amount: 20 USD"})
    assert (packs.price, packs.paid) == (14, 20)


def test_packs_in_several_currencies_are_compared_in_dollars(landed: Any) -> None:
    mixed = {"packs": "sizes: [{credits: 1000, price: 14 USD}, {credits: 1000, price: 90 CNY}]"}
    found = landed(mixed, rates=["6.8 CNY/USD"])
    assert (found.price, found.currency, found.usd) == (90, "CNY", Decimal("13.235294117647"))
    assert landed(mixed, rates=["6 CNY/USD"]).currency == "USD"
    assert landed(mixed).currency == "USD"  # a price that nobody can compare is not the cheapest


def test_a_top_up_that_cannot_be_converted_leaves_it_unknown(landed: Any) -> None:
    assert landed({"minimum_top_up": "amount: 10 CNY"}) is None
    assert landed({"packs": SIZES, "minimum_top_up": "amount: 10 CNY"}) is None
    assert landed({"packs": SIZES, "minimum_top_up": "amount: 136 CNY"}, rates=["6.8 CNY/USD"]).paid == 20


def test_the_effective_price_of_a_credit_falls_with_what_is_used(landed: Any) -> None:
    few, many = (landed({"packs": SIZES}, takes=takes) for takes in (10, 46))
    assert Fraction(few.per_credit) > Fraction(many.per_credit)
    assert few.used is not None
