"""Every figure of the shipped book that is changed changes what is priced, and nothing else decides it."""

from __future__ import annotations

import tempfile
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc

BOOK = (Path(__file__).resolve().parents[2] / "pricing.yaml").read_text(encoding="utf-8")
MODEL = "kling-v3-text-to-video"
QUANTUM = Decimal("0.0001")
money = st.decimals("0.0001", 500, places=4)
factors = st.decimals("0.001", 9, places=3)


def _changed(*changes: tuple[str, str]) -> kc.PriceBook:
    text = BOOK
    for old, new in changes:
        assert old in text, f"pricing.yaml has no {old!r} any more"
        text = text.replace(old, new, 1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "prices.yaml"
        file.write_text(text, encoding="utf-8")
        return kc.load_prices(file)


@given(base=money, factor=factors, per_usd=st.integers(1, 500), seconds=st.integers(3, 15))
def test_base_rate_multiplier_and_exchange_are_the_book_s(
    base: Decimal, factor: Decimal, per_usd: int, seconds: int
) -> None:
    book = _changed(
        ("base_rate: 5.4", f"base_rate: {base}"),
        ("off: 1.333", f"off: {factor}"),
        ("per_usd: 72", f"per_usd: {per_usd}"),
    )
    line = kc.price(MODEL, duration=seconds, quality="1080p", book=book)
    cost = (seconds * base * factor).quantize(QUANTUM, ROUND_HALF_UP)
    assert line.cost == kc.Amount(cost, "EVOLINK_CREDIT")
    assert line.usd == (cost / per_usd).quantize(Decimal("1e-12"), ROUND_HALF_UP)


@pytest.mark.parametrize("minimum", [1, 2, 4, 7])
def test_the_minimum_is_the_book_s(minimum: int) -> None:
    book = _changed(("minimum_quantity: 3", f"minimum_quantity: {minimum}"))
    assert kc.price(MODEL, duration=3, book=book).billed_quantity == max(3, minimum)


def test_defaults_and_ranges_are_the_book_s() -> None:
    defaults = "{duration: 5, quality: 720p, sound: off}"
    book = _changed((defaults, "{duration: 7, quality: 1080p, sound: on}"), ("maximum: 15", "maximum: 9"))
    assert kc.price(MODEL, book=book).cost == kc.Amount("75.6", "EVOLINK_CREDIT")  # 7 s at the printed 10.8
    with pytest.raises(kc.RequestError):
        kc.price(MODEL, duration=10, book=book)
    estimate = kc.estimate(kc.read_jobs([{"model": MODEL, "prompt": "Fog", "duration": 10}]), book)
    assert [problem.code for problem in estimate.problems] == ["out_of_range"]


def test_the_first_day_is_the_book_s() -> None:
    book = _changed(("          2026-02-01:\n", "          2026-03-01:\n"))
    with pytest.raises(kc.KlingCostError):
        kc.price(MODEL, as_of=date(2026, 2, 28), book=book)
    assert kc.price(MODEL, as_of=date(2026, 3, 1), book=book).cost == kc.Amount("27", "EVOLINK_CREDIT")
