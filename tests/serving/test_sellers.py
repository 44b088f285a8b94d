"""On the page, a plan that fits may let another seller make a shot, as the command does with the same price book."""

from __future__ import annotations

import html
from pathlib import Path

import pytest

import kling_cost as kc
from kling_cost.reporting.translations import LOCALES
from kling_cost.serving.page_words import page_words
from tests.serving.served import AS_OF, OURS, serving

PRODUCTS = """\
schema: 2
version: 2026-11-28
products:
  kling-3.0 text to video:
    - {provider: evolink, model: kling-v3-text-to-video}
    - {provider: kling3api, model: pro-text-to-video, fixed: {quality: 1080p}}
"""
SHOTS = (
    b"job_id,model,duration,quality,sound,takes,prompt\n"
    b"a,pro-text-to-video,10,,on,3,Fog\nb,kling-v3-text-to-video,5,720p,on,2,Sea\n"
)
BUDGET = "9 USD"


def test_another_seller_is_proposed_and_taken_over_as_the_command_does(tmp_path: Path) -> None:
    (tmp_path / "products.yaml").write_text(PRODUCTS, encoding="utf-8")
    (tmp_path / "shots.csv").write_bytes(SHOTS)
    book = kc.load_prices(overlay=str(tmp_path / "products.yaml"), rates=["100 KLING3API_CREDIT/USD"])
    jobs = kc.read_jobs(str(tmp_path / "shots.csv"))
    plan = kc.fit(kc.estimate(jobs, book, as_of=AS_OF), BUDGET, may="seller,sound")
    assert ("seller", "evolink:kling-v3-text-to-video") in [(one.change, one.to) for one in plan.changes]
    with serving(tmp_path, book) as (_, browser):
        key = browser.drop("shots.csv", SHOTS, BUDGET).key
        shown = browser.form(key, {"budget": BUDGET, "do": "fit", "may|seller": "on", "may|sound": "on"})
        for one in plan.changes:
            assert (one.to or "") in shown.plain
        taken = browser.form(key, {"budget": BUDGET, "do": "apply", "may|seller": "on", "may|sound": "on"})
        assert taken.credits == [(str(total.due.normalize()), total.currency) for total in plan.estimate.totals]
        sheet = browser.take(key, "sheet").body
    (tmp_path / "changed.csv").write_bytes(sheet)
    again = kc.estimate(kc.read_jobs(str(tmp_path / "changed.csv")), book, as_of=AS_OF)
    assert again.totals == plan.estimate.totals


@pytest.mark.parametrize("lang", LOCALES)
def test_a_price_book_without_products_proposes_no_seller_and_says_so(tmp_path: Path, lang: str) -> None:
    with serving(tmp_path) as (_, browser):
        said = browser.drop("ours.csv", OURS, "$1", lang)
        assert 'name="may|seller"' not in said.text
        assert page_words(lang)("serve.no_sellers") in html.unescape(said.plain)
        asked = browser.form(said.key, {"budget": "$1", "do": "fit", "may|seller": "on"}, lang)
    assert asked.status == 200
    with pytest.raises(kc.UsageError, match="has no products"):
        kc.fit(kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}]), "0.1 USD", may="seller")
