"""Every fault of a price book is refused at its line and column, all of them in one run."""

from __future__ import annotations

from pathlib import Path

import pytest

import kling_cost as kc
from kling_cost.problems import PriceBookError

BOOK = """\
schema: 1
version: test
currencies:
  CRD: {name: credit, quantum: 0.0001}
providers:
  seller:
    name: Seller
    currency: CRD
    exchange:
      2026-01-01: {per_usd: 72, source: a page, checked: 2026-01-02, date_basis: assumed}
    defaults: {duration: 5, quality: low, sound: off}
    skus:
      video:
        models: [one, two]
        billing_rule: per_second
        seconds: {minimum: 3, maximum: 15}
        options: {quality: [low, high], sound: [off, on]}
        rates:
          2026-01-01:
            base_rate: 5.4
            minimum_quantity: 3
            by: [quality, sound]
            multiplier:
              low: {off: 1.0, on: 1.5}
              high: {off: 1.333, on: 2.0}
            source: a page
            checked: 2026-01-02
      call:
        models: [three]
        billing_rule: per_call
        rates:
          2026-01-01: {unit_price: 1, source: a page, checked: 2026-01-02}
"""


def faults(tmp_path: Path, text: str, name: str = "pricing.yaml") -> list[str]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PriceBookError) as caught:
        kc.load_prices(path)
    return caught.value.faults


def test_the_book_of_these_tests_is_in_order(tmp_path: Path) -> None:
    path = tmp_path / "pricing.yaml"
    path.write_text(BOOK, encoding="utf-8")
    book = kc.load_prices(path)
    assert str(kc.price("one", duration=3, quality="high", sound="on", book=book).cost) == "32.4 CRD"


RATE = "providers.seller.skus.video.rates.2026-01-01"
CASES = {
    "a negative price": ("unit_price: 1,", "unit_price: -1,", "32:36: providers.seller.skus.call.rates.2026-01-01.unit_price: not a plain number such as 7.1982"),
    "a price with an exponent": ("base_rate: 5.4", "base_rate: 5e0", f"20:24: {RATE}.base_rate: not a plain number such as 7.1982"),
    "a price with an underscore": ("base_rate: 5.4", "base_rate: 5_4", f"20:24: {RATE}.base_rate: not a plain number such as 7.1982"),
    "a price that is no number": ("on: 1.5", "on: .nan", f"24:35: {RATE}.multiplier.low.on: not a plain number such as 7.1982"),
    "an infinite price": ("on: 1.5", "on: .inf", f"24:35: {RATE}.multiplier.low.on: not a plain number such as 7.1982"),
    "full-width digits": ("on: 1.5", "on: １.5", f"24:35: {RATE}.multiplier.low.on: not a plain number such as 7.1982"),
    "a decimal comma": ("on: 1.5", "on: '1,5'", f"24:35: {RATE}.multiplier.low.on: not a plain number such as 7.1982"),
    "an empty price": ("on: 1.5", "on: ", f"24:35: {RATE}.multiplier.low.on: not a plain number such as 7.1982"),
    "too many decimals": ("on: 1.5", "on: 1.1234567", f"24:35: {RATE}.multiplier.low.on: at most nine digits before the point and six after it"),
    "a missing combination": ("high: {off: 1.333, on: 2.0}", "high: {off: 1.333}", f"24:15: {RATE}.multiplier: missing combination high + on"),
    "a missing row": ("              high: {off: 1.333, on: 2.0}\n", "", f"24:15: {RATE}.multiplier: missing combination high + on"),
    "a quality that is not in the range": ("              high: {off", "              ultra: {off: 5, on: 5}\n              high: {off", f"25:28: {RATE}.multiplier: quality ultra is not in the range low, high"),
    "a table where a number belongs": ("unit_price: 1,", "unit_price: {off: 1},", "32:36: providers.seller.skus.call.rates.2026-01-01.unit_price: must be a number; name the options that it depends on in `by`"),
    "a number where a table belongs": ("low: {off: 1.0, on: 1.5}", "low: 1.0", f"24:20: {RATE}.multiplier.low: must give a number for each sound"),
    "a base rate without multiplier": ("unit_price: 1,", "base_rate: 1,", "32:23: providers.seller.skus.call.rates.2026-01-01: a rate has either `unit_price`, or `base_rate` with `multiplier`"),
    "both ways of writing a rate": ("base_rate: 5.4", "base_rate: 5.4\n            unit_price: 5", f"20:13: {RATE}: a rate has either `unit_price`, or `base_rate` with `multiplier`"),
    "a repeated date": ("            checked: 2026-01-02\n      call", "            checked: 2026-01-02\n          2026-01-01: {unit_price: 1, source: x, checked: 2026-01-02}\n      call", "28:11: duplicate key '2026-01-01' (first on line 19)"),
    "a repeated key": ("name: Seller", "name: Seller\n    name: Other", "8:5: duplicate key 'name' (first on line 7)"),
    "a repeated model": ("models: [three]", "models: [three, one]", "29:25: providers.seller.skus.call.models: one is sold by video, too; names must not overlap"),
    "a model twice in a list": ("models: [three]", "models: [three, three]", "29:25: providers.seller.skus.call.models: three is sold by call, too; names must not overlap"),
    "a model with a colon": ("models: [three]", "models: ['a:b']", "29:18: providers.seller.skus.call.models: 'a:b' is no model name"),
    "an alias": ("version: test", "version: &v test", "2:10: anchor &v is not allowed; write the values out"),
    "a tag": ("per_usd: 72", "per_usd: !!int 72", "10:29: tag tag:yaml.org,2002:int is not allowed"),
    "an unknown key": ("billing_rule: per_call", "billing_rule: per_call\n        colour: red", "31:9: providers.seller.skus.call.colour: unknown key"),
    "a missing key": ("    currency: CRD\n", "", "6:3: providers.seller.currency: missing"),
    "an unknown rule": ("billing_rule: per_call", "billing_rule: per_frame", "30:23: providers.seller.skus.call.billing_rule: must be one of 'per_second' or 'per_call'"),
    "a malformed date": ("          2026-01-01: {unit_price", "          2026-1-1: {unit_price", "32:11: providers.seller.skus.call.rates.2026-1-1: not a date such as 2026-02-01"),
    "a day that is none": ("checked: 2026-01-02\n      call", "checked: 2026-02-30\n      call", f"27:22: {RATE}.checked: no day of the calendar"),
    "an unknown currency": ("currency: CRD", "currency: XYZ", "8:15: providers.seller.currency: XYZ is not among the currencies"),
    "a malformed currency": ("currency: CRD", "currency: crd", "8:15: providers.seller.currency: not a currency code such as EVOLINK_CREDIT"),
    "a quantum that is no power of ten": ("quantum: 0.0001", "quantum: 0.0005", "4:32: currencies.CRD.quantum: must be 1, 0.1, 0.01 and so on"),
    "a rate of exchange of 0": ("per_usd: 72", "per_usd: 0", "10:29: providers.seller.exchange.2026-01-01.per_usd: must be above 0"),
    "no seconds for a price per second": ("        seconds: {minimum: 3, maximum: 15}\n", "", "14:9: providers.seller.skus.video.seconds: missing; a price per second needs its range"),
    "seconds for a price per call": ("billing_rule: per_call", "billing_rule: per_call\n        seconds: {minimum: 1, maximum: 2}", "31:18: providers.seller.skus.call.seconds: a price per call has none"),
    "a range upside down": ("{minimum: 3, maximum: 15}", "{minimum: 15, maximum: 3}", "16:18: providers.seller.skus.video.seconds: minimum 15 is above maximum 3"),
    "a default outside the range": ("defaults: {duration: 5", "defaults: {duration: 16", "11:26: providers.seller.defaults.duration: 16 is not in the range of video: 3 to 15"),
    "a default quality outside the range": ("quality: low,", "quality: ultra,", "11:38: providers.seller.defaults.quality: ultra is not in the range of video: low, high"),
    "a minimum for a price per call": ("{unit_price: 1,", "{unit_price: 1, minimum_quantity: 3,", "32:39: providers.seller.skus.call.rates.2026-01-01.minimum_quantity: a price per call has none"),
    "an option named twice": ("by: [quality, sound]", "by: [quality, quality]", f"22:17: {RATE}.by: an option stands twice"),
    "an option that is none": ("by: [quality, sound]", "by: [quality, colour]", f"22:27: {RATE}.by.1: must be one of 'quality' or 'sound'"),
    "a printed price without a price": ("{unit_price: 1,", "{unit_price: 1, printed: {off: $1},", "32:48: providers.seller.skus.call.rates.2026-01-01.printed: must be a number; name the options that it depends on in `by`"),
    "no SKU": ("    skus:\n", "    skus: {}\n    skuz:\n", "12:11: providers.seller.skus: must not be empty"),
    "a list where a mapping belongs": ("rates:\n          2026-01-01: {unit", "rates:\n          - {unit", "32:11: providers.seller.skus.call.rates: must be a mapping of keys"),
    "a text where a list belongs": ("models: [three]", "models: three", "29:17: providers.seller.skus.call.models: must be a list"),
    "a truth that is none": ("{unit_price: 1,", "{unit_price: 1, refund_on_failure: yes,", "32:58: providers.seller.skus.call.rates.2026-01-01.refund_on_failure: must be true or false"),
    "an empty source": ("unit_price: 1, source: a page", "unit_price: 1, source: ''", "32:47: providers.seller.skus.call.rates.2026-01-01.source: must be text"),
    "another schema": ("schema: 1", "schema: 2", "1:9: schema: must be one of '1'"),
    "no version": ("version: test\n", "", "1:1: version: missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_refused_at_its_place(tmp_path: Path, name: str) -> None:
    old, new, fault = CASES[name]
    assert BOOK.count(old) >= 1, old
    found = faults(tmp_path, BOOK.replace(old, new, 1))
    assert f"pricing.yaml:{fault}" in found


def test_all_faults_of_a_file_are_found_in_one_run(tmp_path: Path) -> None:
    text = BOOK
    for name in ("a repeated key", "a negative price", "a missing combination", "an unknown currency", "an unknown rule"):
        old, new, _ = CASES[name]
        text = text.replace(old, new, 1)
    found = faults(tmp_path, text)
    assert len(found) == 5
    lines = [int(fault.split(":")[1]) for fault in found]
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", None),
        ("- a\n", "1:1: a price book is a mapping of keys"),
        ("schema: 1\nversion: [\n", "3:1: did not find expected node content"),
        ("just words", "1:1: a price book is a mapping of keys"),
    ],
)
def test_a_file_that_is_no_book_is_refused(tmp_path: Path, text: str, fault: str | None) -> None:
    path = tmp_path / "pricing.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(kc.KlingCostError) as caught:
        kc.load_prices(path)
    assert (f"pricing.yaml:{fault}" if fault else "empty") in str(caught.value)


def test_windows_line_ends_and_a_mark_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "pricing.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + BOOK.replace("\n", "\r\n").encode())
    assert kc.load_prices(path).version == "test"
