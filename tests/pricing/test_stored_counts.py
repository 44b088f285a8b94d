"""What extras count stays known in a stored plan, those that are free among it, so that no change looks cheaper."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import kling_cost as kc
from kling_cost.problems import ReadError

BOOK = """\
schema: 2
version: 2026-11-28
currencies: {USD: {name: US dollar, quantum: 0.01}}
providers:
  seller:
    name: Seller
    currency: USD
    skus:
      clip:
        models: [clip]
        quantity: {of: call}
        rates:
          2026-02-01:
            unit_price: 1
            extra: [{per: element, free: FREE, unit_price: PRICE}]
            source: page
            checked: 2026-11-01
"""


def book(folder: Path, free: int, price: int) -> kc.PriceBook:
    path = folder / f"book-{free}-{price}.yaml"
    path.write_text(BOOK.replace("FREE", str(free)).replace("PRICE", str(price)), encoding="utf-8")
    return kc.load_prices(path)


def plan(of: kc.PriceBook, *counts: int) -> kc.Estimate:
    rows = [{"job_id": str(at), "model": "clip", "element": count} for at, count in enumerate(counts)]
    return kc.estimate(pd.DataFrame(rows), of, as_of="2026-11-20")


@pytest.mark.parametrize("suffix", [".json", ".csv"])
@pytest.mark.parametrize("free", [0, 2])
def test_a_stored_plan_changes_as_the_plan_itself(tmp_path: Path, suffix: str, free: int) -> None:
    old, new = book(tmp_path, free, 5), book(tmp_path, 1, 7)
    made, now = plan(old, *range(6)), plan(new, *range(1, 7))
    kc.write_report(tmp_path / f"plan{suffix}", made)
    stored = kc.read_estimate(tmp_path / f"plan{suffix}")
    assert [item.charge.adjustments for item in stored.line_items] == [
        item.charge.adjustments for item in made.line_items
    ]
    of_stored, of_made = (kc.diff(one, now, old_book=old, new_book=new) for one in (stored, made))
    assert of_stored.to_json()["steps"] == of_made.to_json()["steps"]
    assert of_stored.to_json()["jobs"] == of_made.to_json()["jobs"]


@pytest.mark.parametrize("count", ["1", "x", "2.5", "-4", ""])
def test_a_stored_count_that_cannot_be_is_refused(tmp_path: Path, count: str) -> None:
    """Two are charged, so that no less than two were asked for."""
    path = tmp_path / "plan.json"
    kc.write_report(path, plan(book(tmp_path, 2, 5), 4))
    whole = json.loads(path.read_text(encoding="utf-8"))
    assert whole["estimate"]["line_items"][0]["counted"] == {"element": "4"}
    whole["estimate"]["line_items"][0]["counted"]["element"] = count
    path.write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(ReadError):
        kc.read_estimate(path)


def test_a_line_of_an_older_file_says_what_was_charged(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    made = plan(book(tmp_path, 2, 5), 4)
    kc.write_report(path, made)
    whole = json.loads(path.read_text(encoding="utf-8"))
    del whole["estimate"]["line_items"][0]["counted"]
    path.write_text(json.dumps(whole), encoding="utf-8")
    assert kc.read_estimate(path).totals == made.totals


def test_a_line_that_counts_nothing_says_nothing(tmp_path: Path) -> None:
    kc.write_report(tmp_path / "plan.json", kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}]))
    assert "counted" not in (tmp_path / "plan.json").read_text(encoding="utf-8")
