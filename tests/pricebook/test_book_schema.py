"""The JSON Schema of price books, by which editors complete and check them."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

import kling_cost as kc
from kling_cost.pricebook.json_schema import price_book_schema

BOOKS = ["pricing.yaml", "books/evolink-2026-10-10.yaml", "books/market-2026-11.yaml"]


@pytest.mark.parametrize("name", BOOKS)
def test_every_book_that_comes_with_the_library_is_of_the_schema(name: str, project: Path) -> None:
    """Scalars as text, as the loader takes them, and as an editor does."""
    jsonschema.Draft202012Validator.check_schema(price_book_schema())
    text = (project / name).read_text(encoding="utf-8")
    jsonschema.validate(yaml.load(text, yaml.BaseLoader), price_book_schema())  # text alone


@pytest.mark.parametrize("key", ["quantity", "names", "defaults", "until", "url", "extra", "round"])
def test_what_only_the_second_form_can_say_is_refused_in_the_first(key: str, tmp_path: Path) -> None:
    values = {
        "quantity": "{of: call}",
        "names": "{quality: {std: 720p}}",
        "defaults": "{quality: 720p}",
        "until": "2026-12-31",
        "url": "https://example.com/prices",
        "extra": "[{per: call, unit_price: 1}]",
        "round": "{to: 0.01}",
    }
    of_rate = f", {key}: {values[key]}" if key in ("url", "extra", "round") else ""
    of_sku = "" if of_rate else f"\n        {key}: {values[key]}"
    path = tmp_path / "book.yaml"
    path.write_text(
        f"""\
schema: 1
version: test
currencies: {{USD: {{name: dollar, quantum: 0.000001}}}}
providers:
  seller:
    name: Seller
    currency: USD
    skus:
      clip:
        models: [clip]
        billing_rule: per_call{of_sku}
        rates:
          2026-01-01: {{unit_price: 1, source: a page, checked: 2026-01-02{of_rate}}}
""",
        encoding="utf-8",
    )
    with pytest.raises(kc.PriceBookError, match=f"{key}: unknown key in a book of `schema: 1`; schema 2 has more"):
        kc.load_prices(path)
