"""What lint warns of: slips that people make in a price book, and nothing that a book may well say."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.pricebook.book import Provider, UnitPrice
from kling_cost.reporting.price_list import odd_prices

AS_OF = date(2026, 11, 28)
HEAD = """\
schema: 1
version: test
currencies:
  USD: {name: dollar, quantum: 0.000001}
  CRD: {name: credit, quantum: 0.01, exchange: {2026-01-01: {per_usd: 100, source: a page, checked: 2026-11-20}}}
providers:
"""


def sku(name: str, prices: str, by: str = "quality, sound", rule: str = "per_second", more: str = "") -> str:
    seconds = "\n        seconds: {minimum: 3, maximum: 15}" if rule == "per_second" else ""
    return f"""\
      {name}:
        models: [{name}]
        billing_rule: {rule}{seconds}
        rates:
          2026-02-01: {{by: [{by}], unit_price: {prices}, source: a page, checked: 2026-11-20{more}}}
"""


def seller(name: str, *skus: str, currency: str = "USD") -> str:
    return f"  {name}:\n    name: {name}\n    currency: {currency}\n    skus:\n{''.join(skus)}"


def odd(folder: Path, *sellers: str, as_of: date | None = AS_OF) -> list[str]:
    path = folder / "book.yaml"
    path.write_text(HEAD + "".join(sellers), encoding="utf-8")
    return kc.lint_prices(path, as_of=as_of)


FINE = "{720p: {off: 0.084, on: 0.126}, 1080p: {off: 0.112, on: 0.168}, 4k: {off: 0.42, on: 0.42}}"
TWO = "{720p: {off: 0.084, on: 0.126}, 1080p: {off: 0.112, on: 0.168}}"

SLIPS = [
    (
        "{720p: {off: 0.084, on: 0.126}, 1080p: {off: 0.112, on: 0.0168}}",
        "1080p, sound on at 0.0168 is cheaper than 720p, sound on at 0.126 (and 1 more)",
    ),
    (
        "{720p: {off: 0.126, on: 0.084}, 1080p: {off: 0.168, on: 0.112}}",
        "720p, sound on at 0.084 is cheaper than 720p, sound off at 0.126 (and 1 more)",
    ),
    (
        "{std: {off: 0.112, on: 0.168}, pro: {off: 0.084, on: 0.126}}",
        "pro, sound off at 0.084 is cheaper than std, sound off at 0.112 (and 1 more)",
    ),
    (
        "{720p: {off: 0.084, on: 1.26}, 1080p: {off: 0.112, on: 1.68}}",
        "720p, sound on at 1.26 is more than 8 times 720p, sound off at 0.084 (and 1 more)",
    ),
]


@pytest.mark.parametrize(("prices", "remark"), SLIPS)
def test_a_price_that_is_out_of_line_with_its_siblings_is_told(tmp_path: Path, prices: str, remark: str) -> None:
    assert odd(tmp_path, seller("a", sku("video", prices))) == [f"a video from 2026-02-01: {remark}"]
    admitted = sku("video", prices, more=", suspicious: the page says so")
    assert odd(tmp_path, seller("a", admitted)) == ["a video from 2026-02-01: suspicious: the page says so"]


@pytest.mark.parametrize(
    "prices",
    [
        FINE,
        TWO,
        "{720p: {off: 0, on: 0}, 1080p: {off: 0, on: 0}}",
        "{720p: {off: 0, on: 0.1}, 1080p: {off: 0, on: 0.2}}",
        "{1080p: {off: 0.1, on: 0.1}, 720p: {off: 0.1, on: 0.1}}",
        "{1080p: {off: 0.2, on: 0.3}, 720p: {off: 0.1, on: 0.15}}",  # in any order
        "{fast: {off: 0.2, on: 0.3}, slow: {off: 0.3, on: 0.4}}",  # whose order nobody knows
        "{4K: {off: 0.5, on: 0.5}, 8k: {off: 4, on: 4}}",
    ],
)
def test_what_a_book_may_say_is_not_told(tmp_path: Path, prices: str) -> None:
    assert odd(tmp_path, seller("a", sku("video", prices))) == []


def test_a_step_unlike_that_of_the_other_skus_is_told(tmp_path: Path) -> None:
    twice = "{720p: {off: 0.084, on: 0.126}, 1080p: {off: 0.112, on: 0.34}}"
    found = odd(tmp_path, seller("a", sku("one", TWO), sku("two", TWO), sku("three", twice)))
    assert found == [
        "a three from 2026-02-01: 1080p, sound on at 0.34 is 2.7 times 720p, sound on at 0.126, but 1.33 times in two "
        "(and 1 more)"
    ]
    free = "{720p: {off: 0.084, on: 0.084}, 1080p: {off: 0.112, on: 0.112}}"  # sound for nothing: 1.5 times apart
    assert odd(tmp_path, seller("a", sku("one", TWO), sku("two", free))) == []
    assert odd(tmp_path, seller("a", sku("one", TWO)), seller("b", sku("three", twice))) == []


def test_a_sku_in_another_unit_than_the_others_is_told(tmp_path: Path) -> None:
    cents = "{720p: {off: 8.41, on: 12.6}, 1080p: {off: 11.2, on: 16.8}}"
    found = odd(tmp_path, seller("a", sku("one", TWO), sku("two", TWO), sku("three", cents)))
    assert found == ["a three from 2026-02-01: 8.41 at the least, but 0.084 in two: in another unit or currency?"]
    (found,) = odd(tmp_path, seller("a", sku("three", cents), sku("one", TWO)))  # of two, the dearer one
    assert found.startswith("a three")
    assert odd(tmp_path, seller("a", sku("one", TWO), sku("two", cents.replace("8.41", "8.4")))) == []
    admitted = sku("three", cents, more=", suspicious: cents")
    assert odd(tmp_path, seller("a", sku("one", TWO), admitted, admitted.replace("three", "four")))[2:] == []
    free = sku("free", "{720p: {off: 0, on: 0}, 1080p: {off: 0, on: 0}}")
    assert odd(tmp_path, seller("a", sku("one", TWO), sku("two", TWO), free)) == []
    call = sku("edit", "9", by="", rule="per_call")
    assert odd(tmp_path, seller("a", sku("one", TWO), call)) == []


def resold(prices: str, name: str = "b/kling-3.0", by: str = "quality, sound") -> str:
    return sku("x", prices, by).replace("models: [x]", f"models: [{name}]")


LISTED = seller("kling", sku("list", FINE).replace("models: [list]", "models: [kling-3.0]"))


def test_a_reseller_above_the_official_list_is_told(tmp_path: Path) -> None:
    dearer = TWO.replace("0.112", "0.1132")
    found = odd(tmp_path, LISTED, seller("b", resold(dearer)))
    told = "above the list price of kling: 1080p, sound off at 0.1132 USD, listed at 0.112 USD"
    assert found == [f"b x from 2026-02-01: {told}"]
    assert odd(tmp_path, LISTED, seller("b", resold(dearer, "kling-3.0"))) == found
    assert odd(tmp_path, LISTED, seller("b", resold(TWO.replace("0.112", "0.1131")))) == []  # by one in a hundred
    assert odd(tmp_path, LISTED, seller("b", resold(dearer, "kling-3.0-omni"))) == []
    assert odd(tmp_path, LISTED, seller("b", resold("{off: 9, on: 9}", by="sound"))) == []  # of which quality?
    a_call = sku("x", dearer, rule="per_call").replace("models: [x]", "models: [kling-3.0]")
    assert odd(tmp_path, LISTED, seller("b", a_call)) == []


def test_a_price_in_credits_is_held_to_the_list_by_its_exchange_rate(tmp_path: Path) -> None:
    fine = "{720p: {off: 8.4, on: 12.6}, 1080p: {off: 12.3, on: 16.8}}"
    assert odd(tmp_path, LISTED, seller("b", resold(fine), currency="CRD")) == []
    (found,) = odd(tmp_path, LISTED, seller("b", resold(fine.replace("12.3", "12.4")), currency="CRD"))
    assert found.endswith("1080p, sound off at 12.4 CRD, listed at 0.112 USD")
    unknown = kc.lint_prices(tmp_path / "book.yaml", as_of=date(2025, 12, 31))  # without a rate on that day
    assert unknown == ["b: no exchange rate for CRD, so dollars are unknown"]


def test_the_age_of_prices_and_of_exchange_rates_is_told_after_sixty_days(tmp_path: Path) -> None:
    books = (seller("a", sku("video", TWO), currency="CRD"),)
    assert odd(tmp_path, *books, as_of=date(2027, 1, 19)) == []
    assert odd(tmp_path, *books, as_of=date(2027, 1, 20)) == [
        "a video from 2026-02-01: last checked on 2026-11-20, 61 days ago",
        "exchange rate of CRD: last checked on 2026-11-20, 61 days ago",
    ]
    assert odd(tmp_path, *books, as_of=None) == []


@pytest.mark.parametrize(
    ("book", "wanted"),
    [
        ("pricing", ["kling kling-v3", "kling kling-v3-omni", "kling3api o3-standard-reference", "kling3api:"]),
        ("evolink-2026-10-10", ["evolink:"]),
        (
            "market-2026-11",
            [
                *("alibaba:", "apimart kling-v3", "apimart:", "comfy:", "fal:", "kie:", "kling kling-v3"),
                *(
                    "kling kling-v3-omni",
                    "kling:",
                    "krea kling-3.0",
                    "krea:",
                    "muapi:",
                    "openrouter:",
                    "piapi kling-3.0-turbo",
                    "piapi:",
                ),
                *("runcomfy:", "siray:", "venice:"),
            ],
        ),
    ],
)
def test_of_the_shipped_books_only_what_is_true_is_told(book: str, wanted: list[str]) -> None:
    found = kc.lint_prices(book, as_of=AS_OF)
    told = (remark.partition(" from ")[0].partition(" no ")[0] for remark in found)
    assert sorted(text.partition(":")[0] + ":" if "without a url" in text else text for text in told) == wanted


@given(st.decimals("0.001", 999, places=3).filter(bool), st.sampled_from(["pricing", "market-2026-11"]))
def test_prices_that_are_all_changed_alike_are_as_odd_as_before(factor: Decimal, name: str) -> None:
    book = kc.load_prices(name)
    providers = {key: multiplied(provider, factor) for key, provider in book.providers.items()}
    changed = replace(book, providers=providers, _sellers={})
    assert [remark.partition(":")[0] for remark in odd_prices(changed, AS_OF)] == [
        remark.partition(":")[0] for remark in odd_prices(book, AS_OF)
    ]


def multiplied(provider: Provider, factor: Decimal) -> Provider:
    """A provider all of whose prices are so many times as high."""
    skus = {}
    for name, sold in provider.skus.items():
        rates = []
        for rate in sold.rates:
            table = {key: UnitPrice(unit.price * factor) for key, unit in rate.unit_prices.items()}
            rates.append(replace(rate, unit_prices=table))
        skus[name] = replace(sold, rates=tuple(rates))
    return replace(provider, skus=skus)


def test_a_large_book_is_looked_at_in_little_time() -> None:
    base = kc.load_prices("market-2026-11")
    provider = base.providers["kling"]
    sold = provider.skus["kling-3.0"]
    table = {(f"{n}p", sound): UnitPrice(Decimal(n)) for n in range(1, 6_000) for sound in ("off", "on")}
    many = {"kling": replace(provider, skus={"x": replace(sold, rates=(replace(sold.rates[0], unit_prices=table),))})}
    wide = {f"kling-{n}": replace(sold, id=f"kling-{n}", models=(f"kling-{n}",)) for n in range(1_500)}
    for providers in (many, {"kling": replace(provider, skus=wide), "b": replace(provider, id="b", skus=wide)}):
        book = replace(base, providers=providers, _sellers={})
        start = time.process_time()
        odd_prices(book, AS_OF)
        assert time.process_time() - start < 10  # steps of all pairs would take hours
