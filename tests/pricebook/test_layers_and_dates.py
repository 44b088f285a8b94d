"""Rates follow dates, overlays lie over books, and the hash covers every layer."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.pricebook.book import ExchangeRate
from kling_cost.pricebook.price_rows import price_table
from tests.pricebook.test_faults import BOOK

DAY = timedelta(days=1)


@pytest.mark.parametrize("copied", ["spring 2026", "2026", "2026-03", "2026-03-26"])
def test_a_rate_says_when_its_source_was_copied(tmp_path: Path, copied: str) -> None:
    text = BOOK.replace(
        "checked: 2026-01-02\n      call", f"checked: 2026-01-02\n            copied: {copied}\n      call"
    )
    (tmp_path / "pricing.yaml").write_text(text, encoding="utf-8")
    rows = price_table(kc.load_prices(tmp_path / "pricing.yaml"))
    assert {row["copied"] for row in rows if row["sku"] == "video"} == {copied}
    assert {row["copied"] for row in rows if row["sku"] == "call"} == {None}


def test_the_pages_of_the_shipped_prices_are_copies_of_spring_2026() -> None:
    copied = {(row["provider"], row["copied"]) for row in price_table(kc.load_prices())}
    assert copied == {("evolink", "spring 2026"), ("kling3api", "spring 2026"), ("kling", None)}


LATER = """
          2026-06-01:
            base_rate: 6
            by: [quality, sound]
            multiplier:
              low: {off: 1, on: 1.5}
              high: {off: 1.334, on: 2}
            source: a letter
            checked: 2026-06-02
          2026-03-01:
            unit_price: {low: {off: 5, on: 7}, high: {off: 6, on: 9}}
            by: [quality, sound]
            minimum_charge: 20
            source: another page
            checked: 2026-03-02
      call:"""


@pytest.fixture
def dated(tmp_path: Path) -> kc.PriceBook:
    path = tmp_path / "pricing.yaml"
    path.write_text(BOOK.replace("\n      call:", LATER, 1), encoding="utf-8")
    return kc.load_prices(path)


@pytest.mark.parametrize(
    ("day", "unit_price"),
    [
        (date(2026, 1, 1), "5.4"),
        (date(2026, 2, 28), "5.4"),
        (date(2026, 3, 1), "5"),
        (date(2026, 5, 31), "5"),
        (date(2026, 6, 1), "6"),
        (date(2030, 1, 1), "6"),
        (None, "6"),
    ],
)
def test_a_rate_holds_from_its_day_until_the_next_begins(
    dated: kc.PriceBook, day: date | None, unit_price: str
) -> None:
    item = kc.price("one", duration=5, quality="low", sound="off", as_of=day, book=dated)
    assert item.unit_price == kc.Amount(unit_price, "CRD")


def test_before_the_first_rate_is_an_error_and_never_the_first(dated: kc.PriceBook) -> None:
    with pytest.raises(kc.RequestError) as caught:
        kc.price("one", as_of=date(2025, 12, 31), book=dated)
    assert [(p.code, p.field) for p in caught.value.problems] == [("no_rate", "date")]
    assert caught.value.exit_code == 4


def test_a_job_s_own_date_comes_before_that_of_the_estimate(dated: kc.PriceBook) -> None:
    body = {"model": "one", "duration": 5, "quality": "low", "sound": "off"}
    jobs = [{"request": body}, {"request": body, "date": "2026-03-01"}, {"request": body, "date": "2025-12-31"}]
    found = kc.estimate(jobs, dated, as_of=date(2026, 6, 1))
    assert [item.charge.unit_price for item in found.line_items] == [6, 5]
    assert [p.code for p in found.problems if p.severity == "error"] == ["no_rate"]


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)))
def test_exactly_one_rate_holds_on_a_day(day: date) -> None:
    book = kc.load_prices()
    for _, sku in book.skus():
        holding = [
            r for r in sku.rates if r.effective_from <= day and (r.effective_until is None or day < r.effective_until)
        ]
        assert holding == ([sku.rate(day)] if sku.rate(day) else [])


def test_a_later_rate_never_changes_an_earlier_estimate(tmp_path: Path, dated: kc.PriceBook) -> None:
    path = tmp_path / "before.yaml"
    path.write_text(BOOK, encoding="utf-8")
    before = kc.load_prices(path)
    for day in (date(2026, 1, 1), date(2026, 2, 28)):
        args = {"duration": 7, "quality": "high", "sound": "on", "as_of": day}
        assert kc.price("two", book=before, **args).cost == kc.price("two", book=dated, **args).cost


def test_a_minimum_charge_raises_a_cost_and_is_named(dated: kc.PriceBook) -> None:
    item = kc.price("one", duration=3, quality="low", sound="off", as_of=date(2026, 3, 1), book=dated)
    assert (item.cost, item.notes) == (kc.Amount(20, "CRD"), ["minimum charge of 20 CRD"])
    item = kc.price("one", duration=5, quality="low", sound="off", as_of=date(2026, 3, 1), book=dated)
    assert (item.cost, item.notes) == (kc.Amount(25, "CRD"), [])


OVERLAY = """\
schema: 1
version: acme
providers:
  evolink:
    exchange:
      2026-10-01: {per_usd: 68, source: contract, checked: 2026-10-02}
    defaults: {sound: on}
    skus:
      kling-3.0-video:
        rates:
          2026-10-01:
            base_rate: 5
            minimum_quantity: 3
            by: [quality, sound]
            multiplier:
              720p: {off: 1, on: 1.5}
              1080p: {off: 1.334, on: 2}
              4k: {off: 5, on: 5}
            source: contract
            checked: 2026-10-02
"""


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    path = tmp_path / "acme.yaml"
    path.write_text(OVERLAY, encoding="utf-8")
    return path


def test_an_overlay_counts_from_its_first_day_and_earlier_entries_stay(overlay: Path) -> None:
    book = kc.load_prices(overlay=overlay)
    asked = {"duration": 10, "quality": "720p", "sound": "off", "book": book}
    assert kc.price("kling-v3-text-to-video", as_of=date(2026, 9, 30), **asked).cost == kc.Amount(54, "EVOLINK_CREDIT")
    later = kc.price("kling-v3-text-to-video", as_of=date(2026, 10, 1), **asked)
    assert (later.cost, later.usd) == (kc.Amount(50, "EVOLINK_CREDIT"), Decimal("0.735294117647"))
    assert kc.price("kling-v3-text-to-video", as_of=date(2026, 9, 30), **asked).usd == Decimal("0.75")


def test_an_overlay_may_sell_more_than_its_base(overlay: Path) -> None:
    book = kc.load_prices(overlay=overlay)
    later = kc.price("kling-v3-text-to-video", duration=3, quality="4k", as_of=date(2026, 10, 1), book=book)
    assert later.cost == kc.Amount(75, "EVOLINK_CREDIT")
    with pytest.raises(kc.RequestError, match="4k is not one of 720p, 1080p"):
        kc.price("kling-v3-text-to-video", duration=3, quality="4k", as_of=date(2026, 9, 30), book=book)


def test_defaults_of_an_overlay_merge_by_key(overlay: Path) -> None:
    item = kc.price("kling-v3-text-to-video", book=kc.load_prices(overlay=overlay), as_of=date(2026, 9, 30))
    assert item.options == {"duration": "5", "quality": "720p", "sound": "on"}


def test_everything_else_of_the_base_stays(overlay: Path) -> None:
    base, laid = kc.load_prices(), kc.load_prices(overlay=overlay)
    others = [row for row in price_table(base) if row["sku"] != "kling-3.0-video"]
    assert others == [row for row in price_table(laid) if row["sku"] != "kling-3.0-video"]


def test_an_entry_of_an_overlay_is_complete_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(OVERLAY.replace("              1080p: {off: 1.334, on: 2}\n", ""), encoding="utf-8")
    with pytest.raises(kc.PriceBookError, match=r"acme\.yaml:16:15: .*missing combination 1080p \+ off"):
        kc.load_prices(overlay=path)


def test_several_overlays_are_laid_on_in_order(overlay: Path, tmp_path: Path) -> None:
    second = tmp_path / "group.yaml"
    second.write_text(OVERLAY.replace("acme", "group").replace("base_rate: 5", "base_rate: 4"), encoding="utf-8")
    one, other = kc.load_prices(overlay=[overlay, second]), kc.load_prices(overlay=[second, overlay])
    assert one.version == "2026-11-19+acme+group"
    assert kc.price("kling-v3-text-to-video", sound="off", book=one).unit_price.value == 4
    assert kc.price("kling-v3-text-to-video", sound="off", book=other).unit_price.value == 5
    assert one.sha256 != other.sha256


def test_an_overlay_can_be_called_like_its_base(tmp_path: Path) -> None:
    path = tmp_path / "pricing.yaml"
    path.write_text(OVERLAY, encoding="utf-8")
    assert kc.load_prices(overlay=path).layers == ("pricing.yaml", str(path))


def test_an_overlay_needs_schema_and_version(tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(OVERLAY.replace("schema: 1\n", ""), encoding="utf-8")
    with pytest.raises(kc.PriceBookError, match=r"acme\.yaml:1:1: schema: missing"):
        kc.load_prices(overlay=path)


def test_the_hash_of_one_file_is_that_of_its_bytes(project: Path) -> None:
    assert kc.load_prices().sha256 == hashlib.sha256((project / "pricing.yaml").read_bytes()).hexdigest()


def test_a_given_rate_replaces_the_book_s_for_all_dates_and_changes_the_hash() -> None:
    book = kc.load_prices(rates=["80 EVOLINK_CREDIT/USD"])
    for day in (None, date(2020, 1, 1), date(2026, 11, 20)):
        rate = book.exchange_rate("EVOLINK_CREDIT", day)
        assert rate is not None
        assert rate.per_usd == 80
    assert book.sha256 != kc.load_prices().sha256
    assert book.sha256 == kc.load_prices(rates=["80.0 EVOLINK_CREDIT/USD"]).sha256


def test_a_given_rate_can_name_new_money() -> None:
    book = kc.load_prices(rates=["1400 KRW/USD", "0.9 XAU/USD"])
    gold = book.currencies["XAU"]
    assert (gold.code, gold.name, gold.quantum) == ("XAU", "XAU", Decimal("0.01"))
    rate = book.exchange_rate("XAU", date(1900, 1, 1))
    assert rate == ExchangeRate("XAU", Decimal("0.9"), date.min, "given by the caller", None, "stated")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "100",
        "100 KRW",
        "0 KRW/USD",
        "-1 KRW/USD",
        "1e3 KRW/USD",
        "1 USD/USD",
        "1 krw/USD",
        "1 KRW/EUR",
        "NaN KRW/USD",
    ],
)
def test_a_malformed_rate_of_exchange_is_refused(text: str) -> None:
    with pytest.raises(kc.UsageError, match="rate"):
        kc.load_prices(rates=[text])


def test_two_given_rates_for_one_currency_are_refused() -> None:
    with pytest.raises(kc.UsageError, match="more than one exchange rate"):
        kc.load_prices(rates=["1 KRW/USD", "2 KRW/USD"])


def test_a_rate_of_exchange_before_the_first_is_unknown() -> None:
    item = kc.price("kling-v3-text-to-video", as_of=date(2026, 2, 1))
    assert item.usd is not None
    assert kc.load_prices().exchange_rate("EVOLINK_CREDIT", date(2026, 2, 1) - DAY) is None


def test_the_shipped_book_sells_what_the_pages_sell() -> None:
    book = kc.load_prices()
    assert len([m for p, sku in book.skus() if p.id == "kling3api" for m in sku.models]) == 12
    assert len([m for p, sku in book.skus() if p.id == "evolink" for m in sku.models]) == 3
    for row in price_table(book):
        assert all(row[key] for key in ("source", "checked", "date_basis"))
    assert [row["model"] for row in price_table(book) if row["suspicious"]] == ["o3-std-reference-to-video"]


OFFICIAL = {
    ("kling-v3", "720p"): ("0.084", "0.126"),
    ("kling-v3", "1080p"): ("0.112", "0.168"),
    ("kling-v3", "4k"): ("0.42", "0.42"),
    ("kling-v3-omni", "720p"): ("0.084", "0.112"),
    ("kling-v3-omni", "1080p"): ("0.112", "0.14"),
    ("kling-v3-omni", "4k"): ("0.42", "0.42"),
}


@pytest.mark.parametrize("case", OFFICIAL.items(), ids=str)
def test_the_official_list_prices_are_there_to_compare(case: tuple[tuple[str, str], tuple[str, str]]) -> None:
    (model, quality), prices = case
    for sound, price in zip(("off", "on"), prices, strict=True):
        assert kc.price(model, duration=5, quality=quality, sound=sound).unit_price == kc.Amount(price, "USD")
