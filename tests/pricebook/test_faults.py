"""Every fault of a price book is refused at its line and column, all of them in one run."""

from __future__ import annotations

from pathlib import Path

import pytest

import kling_cost as kc
from kling_cost.problems import PriceBookError
from tests.cases import cases

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
    """The faults of a book, without the folder that it lies in."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PriceBookError) as caught:
        kc.load_prices(path)
    assert all(fault.startswith(f"{tmp_path}/") for fault in caught.value.faults)
    return [fault.removeprefix(f"{tmp_path}/") for fault in caught.value.faults]


def test_the_book_of_these_tests_is_in_order(tmp_path: Path) -> None:
    path = tmp_path / "pricing.yaml"
    path.write_text(BOOK, encoding="utf-8")
    book = kc.load_prices(path)
    assert str(kc.price("one", duration=3, quality="high", sound="on", book=book).cost) == "32.4 CRD"


CASES = {case["name"]: case for case in cases("book_faults")["cases"]}
SHORT = {"RATE": "providers.seller.skus.video.rates.2026-01-01", "CALL": "providers.seller.skus.call.rates.2026-01-01"}


def changed(text: str, name: str) -> str:
    assert text.count(CASES[name]["old"]) >= 1, name
    return text.replace(CASES[name]["old"], CASES[name]["new"], 1)


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_refused_at_its_place(tmp_path: Path, name: str) -> None:
    fault = CASES[name]["fault"]
    for short, path in SHORT.items():
        fault = fault.replace(short, path)
    assert f"pricing.yaml:{fault}" in faults(tmp_path, changed(BOOK, name))


def test_all_faults_of_a_file_are_found_in_one_run(tmp_path: Path) -> None:
    text = BOOK
    for name in (
        "a repeated key",
        "a negative price",
        "a missing combination",
        "an unknown currency",
        "an unknown rule",
    ):
        text = changed(text, name)
    found = faults(tmp_path, text)
    assert len(found) == 5
    lines = [int(fault.split(":")[1]) for fault in found]
    assert lines == sorted(lines)


def test_all_faults_of_a_description_of_answers_are_found_in_one_run(tmp_path: Path) -> None:
    block = """\
    responses:
      amount: [cost, data..cost]
      stauts: state
      unit: points
      words: {open: [a], succeeded: [A], failed: [b]}
      code: {path: "codes[]"}
"""
    lines = [fault.split(": ")[:2] for fault in faults(tmp_path, BOOK.replace("    skus:\n", f"{block}    skus:\n", 1))]
    assert [(place.split(":")[1], path.removeprefix("providers.seller.responses.")) for place, path in lines] == [
        ("12", "source"), ("12", "status"), ("12", "task_id"), ("13", "amount"), ("14", "stauts"), ("15", "unit"),
        ("16", "words.succeeded"), ("17", "code.success"), ("17", "code.path"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", None),
        ("- a\n", "1:1: a price book must be a mapping of keys"),
        ("schema: 1\nversion: [\n", "3:1: did not find expected node content"),
        ("just words", "1:1: a price book must be a mapping of keys"),
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


COUNTED = """\
schema: 2
version: test
currencies: {CRD: {name: credit, quantum: 0.0001}}
providers:
  seller:
    name: Seller
    currency: CRD
    skus:
"""
QUANTITIES = {
    "{of: call, minimum: 3, step: 2}": [
        "minimum: not allowed for a price per call",
        "step: not allowed for a price per call",
    ],
    "{of: output_seconds, minimum: 3, unknown: 5}": [
        "maximum: missing",
        "unknown: not allowed; what is made has a length",
    ],
    "{of: output_seconds}": ["missing; a price per second needs a range of seconds"],
    "{of: input_seconds, step: 0.1}": [
        "step: not a whole number; with `step: 1, round: up` parts of a second cost no less"
    ],
    "{of: output_seconds, minimum: 3, maximum: 9, step: 0.5}": [
        "step: not a whole number; with `step: 1, round: up` parts of a second cost no less"
    ],
    "{of: input_seconds, minimum: 9, maximum: 3, step: 0}": ["minimum 9 is above maximum 3", "step: must be above 0"],
    "{of: tokens, maximum: 3, unknown: 4, round: never}": [
        "unknown: 4 is outside the range of the quantity",
        "round: must be one of 'half_up', 'up' or 'down'",
    ],
    "{of: pixels}": ["'call' or 'tokens'"],
}


def test_every_fault_of_every_quantity_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "book.yaml"
    rates = "rates: {2026-01-01: {unit_price: 1, source: a page, checked: 2026-01-02}}"
    skus = (
        f"      s{at}:\n        models: [m{at}]\n        quantity: {q}\n        {rates}\n"
        for at, q in enumerate(QUANTITIES)
    )
    path.write_text(COUNTED + "".join(skus), encoding="utf-8")
    with pytest.raises(PriceBookError) as raised:
        kc.load_prices(path)
    told = str(raised.value).splitlines()
    wanted = [fault for faults in QUANTITIES.values() for fault in faults]
    assert len(told) == len(wanted)
    assert all(line.endswith(fault) for line, fault in zip(told, wanted, strict=True))
