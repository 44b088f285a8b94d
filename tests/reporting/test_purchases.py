"""What has to be bought for a plan, where a seller's terms list packs: in every form, never less than is needed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import jsonschema
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.reporting.report import Report
from kling_cost.reporting.translations import LOCALES, words_of
from kling_cost.reporting.write_report import report_bytes
from kling_cost.results.result_schema import schema

PACKS = """\
schema: 2
version: 2026-11-28
providers:
  evolink:
    terms:
      packs:
        2026-02-01:
          sizes: [{credits: 1000, price: 14 USD, valid_days: 90}, {credits: 5000, price: 65 USD, valid_days: 90}]
          source: our order
          checked: 2026-11-01
"""
CAMPAIGN = Path("examples/campaign.yaml")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> kc.PriceBook:
    path = tmp_path_factory.mktemp("packs") / "packs.yaml"
    path.write_text(PACKS, encoding="utf-8")
    return kc.load_prices(overlay=[path])


@pytest.fixture(scope="module")
def plan(book: kc.PriceBook) -> kc.Estimate:
    return kc.estimate(kc.read_jobs(CAMPAIGN, book=book), book, as_of="2026-11-20")


def test_the_sample_campaign_needs_four_small_packs(plan: kc.Estimate) -> None:
    (bought,) = plan.landed
    assert (bought.provider, bought.unit) == ("evolink", "EVOLINK_CREDIT")
    found = bought.landed
    assert [(one.number, one.pack.credits) for one in found.packs] == [(4, 1000)]
    assert (found.paid, found.currency, found.left_over) == (56, "USD", Decimal("841.0628"))
    assert str(found.valid_until) == "2027-02-18"
    assert plan.summary.landed == plan.landed


def test_without_packs_nothing_is_said(plan: kc.Estimate) -> None:
    plain = kc.estimate(kc.read_jobs(CAMPAIGN), as_of="2026-11-20")
    assert plain.landed == []
    for suffix in (".json", ".md", ".html"):
        assert words_of("en")("compare.purchases") not in report_bytes(suffix, Report(plain)).decode()
    whole = json.loads(report_bytes(".json", Report(plain)))["estimate"]
    assert "landed" not in whole
    with_packs = json.loads(report_bytes(".json", Report(plan)))["estimate"]
    same = {key: value for key, value in with_packs.items() if key not in ("landed", "price_book")}
    assert same == {key: value for key, value in whole.items() if key != "price_book"}, "figures are as they were"


@given(takes=st.lists(st.integers(1, 400), min_size=1, max_size=4), seconds=st.integers(3, 15))
def test_a_plan_buys_what_a_comparison_at_its_own_seller_buys(
    book: kc.PriceBook, takes: list[int], seconds: int
) -> None:
    rows = [
        {"job_id": str(at), "model": "kling-v3-text-to-video", "duration": seconds, "sound": "on", "takes": count}
        for at, count in enumerate(takes)
    ]
    made = kc.estimate(pd.DataFrame(rows), book, as_of="2026-11-20")
    (bought,) = made.landed
    (seller,) = kc.compare(made, sellers="evolink").sellers
    assert bought.landed == seller.landed
    assert bought.landed.bought >= bought.landed.need == made.totals[0].due


def test_no_packs_are_enough_for_a_job_without_an_upper_end(tmp_path: Path) -> None:
    sku = (
        "    skus:\n      edit:\n        models: [edit]\n        quantity: {of: input_seconds, minimum: 3}\n"
        "        rates: {2026-02-01: {unit_price: 0.1, source: page, checked: 2026-11-01}}\n"
    )
    path = tmp_path / "packs.yaml"
    path.write_text(PACKS + sku, encoding="utf-8")
    book = kc.load_prices(overlay=[path])
    rows = [{"job_id": "a", "model": "kling-v3-text-to-video"}, {"job_id": "b", "model": "edit"}]
    open_end = kc.estimate(pd.DataFrame(rows), book, as_of="2026-11-20")
    assert open_end.landed == []
    for suffix in (".md", ".html"):  # where the open job is not shown, the other one is not all that is needed
        assert words_of("en")("compare.purchases") not in report_bytes(suffix, Report(open_end)).decode()
    assert [one.provider for one in kc.estimate(pd.DataFrame(rows[:1]), book).landed] == ["evolink"]


@pytest.mark.parametrize("locale", LOCALES)
def test_it_is_in_every_form_and_language(plan: kc.Estimate, tmp_path: Path, locale: str) -> None:
    title = words_of(locale)("compare.purchases")
    for suffix in (".md", ".html"):
        text = report_bytes(suffix, Report(plan, None, locale)).decode()
        assert title in text
        assert "4 × 1,000" in text
        assert "841.0628" in text
    (tmp_path / "r.xlsx").write_bytes(report_bytes(".xlsx", Report(plan, None, locale)))
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx").worksheets[0]
    cells = [cell.value for cells in sheet.iter_rows() for cell in cells if cell.value is not None]
    assert {title, "4 × 1,000", 841.0628} <= set(cells)


def test_json_keeps_to_its_schema_and_is_read_back(plan: kc.Estimate, tmp_path: Path) -> None:
    kc.write_report(tmp_path / "r.json", plan)
    whole = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    jsonschema.validate(whole, schema("report"), jsonschema.Draft202012Validator)
    (bought,) = whole["estimate"]["landed"]
    assert (bought["provider"], bought["paid"], bought["left_over"]) == ("evolink", "56", "841.0628")
    assert bought["packs"] == [{"credits": "1000", "count": 4, "name": None, "price": "14"}]
    assert kc.read_estimate(tmp_path / "r.json").totals == plan.totals


def test_what_is_charged_already_is_not_to_be_bought(plan: kc.Estimate) -> None:
    assert Report(plan, outcome=kc.reconcile(plan, [])).purchases == ()
    assert len(Report(plan, kc.check(plan, no_budget=True)).purchases) == 1


def test_the_commands_say_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "packs.yaml"
    path.write_text(PACKS, encoding="utf-8")
    given = [str(CAMPAIGN), "--overlay", str(path), "--as-of", "2026-11-20"]
    for verb in (["estimate", *given], ["check", *given, "--no-budget"]):
        main(verb)
        printed = capsys.readouterr().out
        assert "4 × 1,000" in printed
        assert max(map(len, printed.splitlines())) <= 80
    for verb, inner in ((["estimate", *given, "--summary"], False), (["check", *given, "--no-budget"], True)):
        main([*verb, "--format", "json"])
        whole = json.loads(capsys.readouterr().out)
        found = whole["estimate"] if inner else whole
        assert [one["left_over"] for one in found["landed"]] == ["841.0628"]
