"""`prices upgrade`: the same prices in schema 2, and every comment."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

import kling_cost as kc
from kling_cost.cli import main

PROJECT = Path(__file__).resolve().parents[2]
BLOCK = """\
# A comment with a comma, and billing_rule: per_second
"schema": {schema}
version: "2026-11-01"  # seconds
currencies:
  CRD: {{name: credit, quantum: 0.0001}}
providers:
  seller:
    name: "판매자, billing_rule: no"
    currency: CRD
    skus:
"""
RULE = "        billing_rule: {rule}{comment}\n"
SECONDS = {
    "flow": "        seconds: {minimum: 3, maximum: 15}  # the range\n",
    "block": "        seconds:  # range\n          # the least\n          minimum: 3  # three\n          maximum: 15\n",
    "spread": "        seconds: {  # the range\n          minimum: 3,  # three\n          maximum: 15}\n",
}
RATES = "        rates:\n          2026-01-01: {unit_price: 1, source: 'a, page', checked: 2026-01-02}\n"
IN_BRACES = (
    "      {name}: {{models: [{name}], billing_rule: per_second, seconds: {{minimum: 3, maximum: 15}},"
    " rates: {{2026-01-01: {{unit_price: 1, source: a, checked: 2026-01-02}}}}}}\n"
)
LAST_IN_BRACES = (
    "      {name}: {{models: [{name}], seconds: {{minimum: 3, maximum: 15}},"
    " rates: {{2026-01-01: {{unit_price: 1, source: a, checked: 2026-01-02}}}}, 'billing_rule': \"per_second\"}}\n"
)


def a_book(style: str, comment: str, swapped: bool) -> str:
    parts = [RULE.format(rule="per_second", comment=comment), SECONDS[style]]
    first = "".join(["      first:\n        models: [first]\n", *(reversed(parts) if swapped else parts), RATES])
    call = "      call:\n        models: [call]\n" + RULE.format(rule='"per_call"', comment=comment) + RATES
    braces = IN_BRACES.format(name="braces") + LAST_IN_BRACES.format(name="last")
    return BLOCK.format(schema="1") + first + call + braces


def comments(text: str) -> list[str]:
    return sorted(re.findall(r"(?m)(?:^|\s)#.*$", text.replace("\r", "")))


@pytest.mark.parametrize(
    ("style", "comment", "swapped", "line_end"),
    list(product(SECONDS, ["", "  # as the page says"], [False, True], ["\n", "\r\n"])),
)
def test_prices_and_comments_stay(
    style: str,
    comment: str,
    swapped: bool,
    line_end: str,
    tmp_path: Path,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_bytes(a_book(style, comment, swapped).replace("\n", line_end).encode())
    assert main(["prices", "upgrade", str(old), "-o", str(new)]) == 0
    text = new.read_bytes().decode()
    assert [line.strip() for line in comments(text)] == [line.strip() for line in comments(old.read_text("utf-8"))]
    assert kc.price_table(kc.load_prices(new)) == kc.price_table(kc.load_prices(old))
    bare = re.sub(r"#.*", "", text).replace("billing_rule: no", "")
    assert "billing_rule" not in bare
    assert "[braces], quantity" in text  # no gap is left where an entry was
    assert "seconds:" not in bare.replace("output_seconds", "")
    capsysbinary.readouterr()
    assert main(["prices", "upgrade", str(new)]) == 0
    assert capsysbinary.readouterr().out == new.read_bytes()  # a book of schema 2 is left alone


@pytest.mark.parametrize("name", ["pricing.yaml", "books/evolink-2026-10-10.yaml"])
def test_shipped_books_can_be_upgraded(name: str, tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    assert main(["prices", "upgrade", str(PROJECT / name), "-o", str(new)]) == 0
    assert kc.price_table(kc.load_prices(new)) == kc.price_table(kc.load_prices(PROJECT / name))
    assert comments(new.read_text("utf-8")) == comments((PROJECT / name).read_text("utf-8"))


def test_an_overlay_of_either_schema_lies_over_a_base_of_the_other(tmp_path: Path) -> None:
    old, new, over = tmp_path / "old.yaml", tmp_path / "new.yaml", tmp_path / "over.yaml"
    old.write_text(a_book("flow", "", swapped=False), encoding="utf-8")
    main(["prices", "upgrade", str(old), "-o", str(new)])
    head = "version: over\nproviders:\n  seller:\n    skus:\n      first:\n"
    by_schema = {
        "1": "        billing_rule: per_second\n        seconds: {minimum: 3, maximum: 20}\n",
        "2": "        quantity: {of: output_seconds, minimum: 3, maximum: 20}\n",
    }
    for (schema, sku), base in product(by_schema.items(), (old, new)):
        over.write_text(f"schema: {schema}\n{head}{sku}", encoding="utf-8")
        book = kc.load_prices(base, overlay=over)
        assert book.providers["seller"].skus["first"].seconds == (3, 20)


@pytest.mark.parametrize(
    ("text", "why"), [("", "empty"), ("a: [", "x.yaml:2"), ("[]", "must be a mapping"), ("a: 1", "missing")]
)
def test_what_is_no_price_book_is_refused(
    text: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    assert main(["prices", "upgrade", str(path)]) == 2
    told = capsys.readouterr()
    assert (told.out, why in told.err) == ("", True), told.err
