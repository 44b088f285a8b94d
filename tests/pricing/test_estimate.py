"""What an estimate holds beside its lines: breakdowns by key, the day, the prices and rates of exchange it used."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.pricing.cost_sums import Total

T2V = "kling-v3-text-to-video"


def job(takes: int = 1, **body: Any) -> dict[str, Any]:
    tags = body.pop("tags", {})
    return {"request": {"prompt": "x", **body}, "takes": takes, "tags": tags}


@pytest.fixture(scope="module")
def mixed() -> kc.Estimate:
    return kc.estimate(
        [
            job(2, model=T2V, quality="1080p", sound="on", tags={"scene": "b"}),
            job(1, model=T2V, tags={"scene": "a"}),
            job(3, type="o3-pro-text-to-video"),
            job(1, type="pro-text-to-video", sound=False, tags={"scene": ""}),
        ],
        kc.load_prices(rates=["100 KLING3API_CREDIT/USD"]),
        as_of=date(2026, 11, 20),
    )


def test_breakdowns_are_keyed_sorted_and_end_with_what_lacks_the_key(mixed: kc.Estimate) -> None:
    evolink, kling3api = "EVOLINK_CREDIT", "KLING3API_CREDIT"
    found = {
        name: [(t.key, t.currency, t.jobs, t.takes, t.cost) for t in totals]
        for name, totals in mixed.breakdowns.items()
    }
    assert list(found) == ["provider", "model", "quality", "sound", "quality,sound", "tag:scene"]
    assert found["quality,sound"] == [
        ("1080p,on", evolink, 1, 2, Decimal(108)),
        ("720p,off", evolink, 1, 1, Decimal(27)),
        (None, kling3api, 2, 4, Decimal(990)),
    ]
    assert found["sound"] == [
        ("off", evolink, 1, 1, Decimal(27)),
        ("off", kling3api, 1, 1, Decimal(270)),
        ("on", evolink, 1, 2, Decimal(108)),
        (None, kling3api, 1, 3, Decimal(720)),
    ]
    assert found["tag:scene"] == [
        ("", kling3api, 1, 1, Decimal(270)),
        ("a", evolink, 1, 1, Decimal(27)),
        ("b", evolink, 1, 2, Decimal(108)),
        (None, kling3api, 1, 3, Decimal(720)),
    ]
    assert mixed.totals == [
        Total(None, evolink, 2, 3, Decimal(135), Decimal("1.875")),
        Total(None, kling3api, 2, 4, Decimal(990), Decimal("9.9")),
    ]


def test_it_keeps_the_day_the_book_and_the_rates_of_exchange_of_that_day(tmp_path: Path) -> None:
    overlay = tmp_path / "o.yaml"
    overlay.write_text(
        "schema: 1\nversion: later\nproviders: {evolink: {exchange: "
        "{2026-10-03: {per_usd: 68, source: s, checked: 2026-10-10}}}}\n",
        encoding="utf-8",
    )
    book = kc.load_prices(overlay=overlay)
    for day, per_usd, oldest in ((date(2026, 10, 2), 72, 19), (date(2026, 10, 3), 68, 10)):
        estimate = kc.estimate([job(model=T2V)], book, as_of=day)
        stamp = estimate.price_book
        assert (estimate.as_of, estimate.book, stamp.version, stamp.sha256) == (day, book, book.version, book.sha256)
        assert stamp.exchange["EVOLINK_CREDIT"].per_usd == per_usd
        assert stamp.oldest_checked == (date(2026, 11, 19) if oldest == 19 else date(2026, 10, 10))
        assert estimate.totals[0].usd == (Decimal(27) / per_usd).quantize(Decimal("1e-12"))
    assert kc.estimate([job(model=T2V)]).as_of is None


def test_in_a_notebook_it_shows_sums_what_is_left_out_and_the_first_and_last_lines(mixed: kc.Estimate) -> None:
    assert mixed._repr_html_().startswith("<p>135 EVOLINK_CREDIT, 990 KLING3API_CREDIT</p><table")
    bad = job(model=T2V, duration=99)
    assert kc.estimate([bad])._repr_html_().startswith("<p>nothing; 1 job left out</p>")
    many = kc.estimate([job(model=T2V, tags={"t": "<b>"})] * 1000 + [bad] * 1000)._repr_html_()
    assert many.startswith("<p>27,000 EVOLINK_CREDIT; 1,000 jobs left out</p>")
    assert many.count("<tr") < 30
    assert "<b>" not in many


def test_takes_and_arithmetic_are_spelt_out(mixed: kc.Estimate) -> None:
    texts = [item.arithmetic() for item in mixed.line_items]
    assert texts == [
        "5 s × (5.4 × 2 = 10.8) = 54 EVOLINK_CREDIT × 2 takes = 108 EVOLINK_CREDIT = $1.50",
        "5 s × (5.4 × 1 = 5.4) = 27 EVOLINK_CREDIT = $0.375",
        "5 s × 48 = 240 KLING3API_CREDIT × 3 takes = 720 KLING3API_CREDIT = $7.20",
        "5 s × 54 = 270 KLING3API_CREDIT = $2.70",
    ]
    element = kc.price("kling-custom-element")
    assert element.arithmetic("c", call="Aufruf") == "1 Aufruf × 1 = 1 c = $0.013888888889"
    assert (element.job_id, element.provider, element.takes, element.tags) == (None, "evolink", 1, {})
    assert (element.requested_quantity, element.billed_quantity) == (1, 1)


def test_lines_and_stamps_are_shown_in_one_line() -> None:
    jobs = [{"job_id": "a", **job(1200, model=T2V)}, job(1, type="pro-text-to-video"), job(1, model="nothing")]
    estimate = kc.estimate(jobs, as_of=date(2026, 11, 20))
    told = "2 jobs, 32,400 EVOLINK_CREDIT, 400 KLING3API_CREDIT, 1 left out, 2 problems"
    assert repr(estimate) == f"<Estimate: {told}>"
    assert [repr(item) for item in estimate.line_items] == [
        f"<LineItem a: {T2V}, 1,200 takes, 32,400 EVOLINK_CREDIT>",
        "<LineItem jobs:2: pro-text-to-video, 1 take, 400 KLING3API_CREDIT>",
    ]
    stamp, unused = estimate.price_book, kc.estimate([], as_of=date(2026, 11, 20)).price_book
    short = f"{stamp.version}: {stamp.sha256[:12]}"
    assert repr(stamp) == f"<Stamp {short}, checked {stamp.oldest_checked}, 72 EVOLINK_CREDIT/USD>"
    assert repr(unused) == f"<Stamp {short}>"
