"""`prices list` and `prices diff`: which books there are, and which prices moved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

import kling_cost as kc
from kling_cost.reporting.translations import LOCALES
from tests.cli import run
from tests.pricebook.test_faults import BOOK
from tests.schemas import validate

OLD, NEW = "pricing", "evolink-2026-10-10"


def test_the_books_that_come_with_the_library_are_listed_by_name() -> None:
    record = json.loads(run("prices", "list", "--format", "json").stdout)
    validate(record, "price_books")
    books = {book["name"]: book for book in record["price_books"]}
    assert list(books) == ["pricing", "evolink-2026-10-10", "market-2026-11"]
    for name, book in books.items():
        assert (book["version"], book["sha256"]) == (kc.load_prices(name).version, kc.load_prices(name).sha256)
        assert book["is_default"] == (book["sha256"] == kc.load_prices().sha256)
        rows = kc.price_table(kc.load_prices(name))
        assert book["skus"] == len({(row["provider"], row["sku"]) for row in rows})
        assert book["providers"] == len({row["provider"] for row in rows})
        days, checked = [row["effective_from"] for row in rows], [row["checked"] for row in rows]
        assert (book["first_day"], book["last_day"]) == (min(days), max(days))
        assert (book["oldest_checked"], book["newest_checked"]) == (min(checked), max(checked))


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_listed_can_be_copied_and_fits_eighty_columns(locale: str) -> None:
    listed = run("prices", "list", "--locale", locale).stdout.decode()
    for name in ("pricing", "evolink-2026-10-10", "market-2026-11"):
        assert f"\n{name} " in listed
    shown = run("prices", "diff", OLD, NEW, "--locale", locale).stdout.decode()
    assert "7.2036" in shown
    assert "-5.56%" in shown
    for text in (listed, shown):
        assert max(cell_len(line) for line in text.splitlines()) <= 80


def test_the_default_book_is_known_by_a_name() -> None:
    named = run("price", "kling-custom-element", "--prices", "pricing", "--format", "json")
    assert named.stdout == run("price", "kling-custom-element", "--format", "json").stdout


def test_prices_that_moved_are_told_in_every_form() -> None:
    record = json.loads(run("prices", "diff", OLD, NEW, "--format", "json").stdout)
    validate(record, "price_diff")
    assert record == kc.diff_prices(OLD, NEW).to_json()
    text = run("prices", "diff", OLD, NEW, "--format", "md").stdout.decode()
    assert "| evolink | kling-3.0-video | 1080p, sound off | Apr 21, 2026 | 7.1982 | 7.2036 | +0.08% |" in text
    assert "| evolink | kling-3.0-video | 4k, sound on | Apr 21, 2026 | – | 27 | – |" in text
    assert "| evolink | kling-o3-edit |" in text
    assert "no price moved" in run("prices", "diff", OLD, OLD).stdout.decode()
    assert run("prices", "diff", OLD, OLD, "--format", "md").stdout == (
        b"## Prices from 2026-11-19 to 2026-11-19\n\nno price moved\n"
    )


@pytest.mark.parametrize(
    ("books", "limit", "code"),
    [
        ((OLD, NEW), None, 0),
        ((OLD, NEW), "0.08%", 0),
        ((OLD, NEW), "0.07%", 3),
        ((OLD, NEW), "0%", 3),
        ((NEW, OLD), "5%", 3),
        ((OLD, OLD), "0%", 0),
        ((OLD, NEW), "5", 2),
        ((OLD, NEW), "", 2),
        ((OLD, "nothing"), "5%", 2),
        (("nothing.yaml", NEW), "5%", 2),
        ((OLD,), "5%", 2),
    ],
)
def test_only_a_rise_above_the_limit_fails(books: tuple[str, ...], limit: str | None, code: int) -> None:
    for form in ("table", "json", "md"):
        more = () if limit is None else ("--fail-above", limit)
        done = run("prices", "diff", *books, *more, "--format", form)
        assert done.returncode == code
        assert b"Traceback" not in done.stderr
        assert (b"kling-cost: " in done.stderr or b"Usage: " in done.stderr) == (code == 2)


def test_a_sku_in_another_currency_is_not_passed_over(tmp_path: Path) -> None:
    for name, text in {"old.yaml": BOOK, "new.yaml": BOOK.replace("CRD", "USD").replace("    exchange:\n", "")}.items():
        lines = [line for line in text.splitlines() if name == "old.yaml" or "per_usd: 72" not in line]
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = run("prices", "diff", tmp_path / "old.yaml", tmp_path / "new.yaml", "--fail-above", "50%")
    assert done.returncode == 4
    assert b"warning: seller video: sold in another currency or unit, so its prices are not compared" in done.stderr


def test_an_overlay_is_laid_over_the_old_book(tmp_path: Path) -> None:
    overlay = tmp_path / "ours.yaml"
    overlay.write_text(
        "schema: 1\nversion: ours\nproviders:\n  evolink:\n    skus:\n      kling-custom-element:\n        rates:\n"
        "          2026-12-01: {unit_price: 1.05, source: a letter, checked: 2026-11-28}\n",
        encoding="utf-8",
    )
    record = json.loads(run("prices", "diff", OLD, overlay, "--format", "json", "--fail-above", "5%").stdout)
    assert [(move["sku"], move["from"], move["percent"]) for move in record["moved"]] == [
        ("kling-custom-element", "2026-12-01", "5")
    ]
    assert (record["added"], record["ended"]) == ([], [])
    broken = tmp_path / "broken.yaml"
    broken.write_text("schema: 1\nversion: x\nprovders: {}\n", encoding="utf-8")
    done = run("prices", "diff", OLD, broken)
    assert (done.returncode, done.stderr) == (2, f"kling-cost: {broken}:3:1: provders: unknown key\n".encode())
