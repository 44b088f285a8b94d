"""What a price list says beside unit prices is read strictly: products, terms of sale, extras and rounding."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import kling_cost as kc
from kling_cost.pricebook.json_schema import price_book_schema
from kling_cost.pricebook.terms.extras import Extra, Rounding
from kling_cost.pricebook.terms.products import ProductEntry
from kling_cost.pricebook.terms.provider_terms import TERM_NAMES
from kling_cost.problems import PriceBookError

BOOK = """\
schema: 2
version: 2026-11-01
currencies:
  USD: {name: US dollar, quantum: 0.0001}
products:
  a video:
    - {provider: seller, model: vid}
    - {provider: other, model: clip, fixed: {quality: 720p}, needs_not: [multi_shot, video]}
    - {provider: other, model: long-clip, fixed: {quality: 1080p, duration: "10"}}
providers:
  seller:
    name: Seller
    currency: USD
    defaults: {duration: 5, quality: 720p}
    terms:
      packs:
        2026-02-01:
          sizes: [{credits: 1000, price: 98 USD, valid_days: 30, parallel: 5}]
          fee: 2.5 %
          refundable: no
          source: p
          checked: 2026-11-01
        2026-06-01:
          sizes: [{credits: 500, price: 40 USD, name: small}]
          url: https://example.com/packs
          source: q
          checked: 2026-11-02
      factors:
        2026-02-01:
          list: [{group: vip, factor: 0.95}, {above: 1000 USD, per: month, factor: 0.9}]
          source: p
          checked: 2026-11-01
      minimum_top_up: {2026-02-01: {amount: 10 USD, source: p, checked: 2026-11-01}}
      tax: {2026-02-01: {prices: included, rate: 5 %, source: p, checked: 2026-11-01}}
      refund: {2026-02-01: {failed: full, moderated: unknown, cancelled: none, source: p, checked: 2026-11-01}}
    skus:
      video:
        models: [vid]
        quantity: {of: output_seconds, minimum: 3, maximum: 15}
        options: {quality: [720p, 1080p]}
        rates:
          2026-01-01:
            by: [quality]
            unit_price: {720p: 0.08, 1080p: 0.112}
            extra:
              - {per: reference_image, free: 5, unit_price: 0.08}
              - {per: second, when: {voice: on}, unit_price: 0.028}
            round: {to: 0.01, mode: up}
            source: a page
            checked: 2026-11-01
  other:
    name: Other
    currency: USD
    skus:
      clip:
        models: [clip, long-clip]
        quantity: {of: call}
        rates:
          2026-01-01: {unit_price: 7, source: a page, checked: 2026-11-01}
"""


def loaded(folder: Path, text: str, *overlays: str) -> kc.PriceBook:
    paths = []
    for at, layer in enumerate((text, *overlays)):
        paths.append(folder / f"layer{at}.yaml")
        paths[-1].write_text(layer, encoding="utf-8")
    return kc.load_prices(paths[0], overlay=paths[1:])


def test_products_tell_who_makes_the_same(tmp_path: Path) -> None:
    book = loaded(tmp_path, BOOK)
    assert book.products["a video"] == (
        ProductEntry("seller", "vid"),
        ProductEntry("other", "clip", {"quality": "720p"}, needs_not=("multi_shot", "video")),
        ProductEntry("other", "long-clip", {"quality": "1080p", "duration": "10"}),
    )
    assert book.products_of("other", "clip") == ("a video",)
    assert book.products_of("other", "vid") == ()


def test_an_entry_that_only_counts_where_it_is_sold_is_no_fault_elsewhere(tmp_path: Path) -> None:
    absent = BOOK.replace("model: clip, ", "model: clap, if_sold: yes, ").replace(
        "other, model: long-clip", "other, model: clip"
    )
    assert [entry.model for entry in loaded(tmp_path, absent).products["a video"]] == ["vid", "clip"]
    present = BOOK.replace("model: clip, ", "model: clip, if_sold: yes, ")
    assert loaded(tmp_path, present).products == loaded(tmp_path, BOOK).products
    only = BOOK.replace("model: vid}", "model: vod, if_sold: yes}")
    for model in ("clip", "long-clip"):
        only = only.replace(f"model: {model},", f"model: {model}-2, if_sold: yes,")
    assert loaded(tmp_path, only).products == {}, "nobody makes it"


def test_entries_of_one_model_are_told_apart_by_what_they_need(tmp_path: Path) -> None:
    more = "  a picture:\n    - {provider: seller, model: vid, NEEDS}\nproviders:\n"
    text = BOOK.replace("model: vid}", "model: vid, needs_not: [image]}").replace("providers:\n", more, 1)
    book = loaded(tmp_path, text.replace("NEEDS", "needs: [image], takes: [end_image]"))
    assert book.products_of("seller", "vid") == ("a video", "a picture")
    with pytest.raises(PriceBookError, match="seller:vid is also an entry of a video; use it once"):
        loaded(tmp_path, text.replace("NEEDS", "takes: [image]"))


def test_terms_hold_from_their_first_day_until_the_next(tmp_path: Path) -> None:
    terms = loaded(tmp_path, BOOK).providers["seller"].terms
    assert terms.on(date(2026, 1, 31)) == (None,) * len(TERM_NAMES)
    spring, summer = terms.on(date(2026, 5, 31)), terms.on(date(2026, 6, 1))
    assert terms.on(None) == summer
    assert spring.packs is not None
    assert summer.packs is not None
    (pack,) = spring.packs.sizes
    assert (pack.credits, pack.price, pack.valid_days, pack.parallel) == (1000, kc.Amount("98", "USD"), 30, 5)
    assert (spring.packs.fee, spring.packs.refundable) == (Decimal("0.025"), False)
    assert (summer.packs.fee, summer.packs.refundable, summer.packs.url) == (None, None, "https://example.com/packs")
    assert summer.packs.checked == date(2026, 11, 2)
    assert spring.factors is not None
    assert spring.tax is not None
    assert spring.refund is not None
    assert (spring.factors.of_group("vip"), spring.factors.of_group("press")) == (Decimal("0.95"), None)
    assert [tuple(volume) for volume in spring.factors.volumes] == [(kc.Amount("1000", "USD"), Decimal("0.9"))]
    assert (spring.tax.included, spring.tax.rate) == (True, Decimal("0.05"))
    assert (spring.refund.failed, spring.refund.moderated, spring.refund.cancelled) == ("full", "unknown", "none")
    assert spring.minimum_top_up is not None
    assert spring.minimum_top_up.amount == kc.Amount("10", "USD")


def test_extras_and_rounding_are_those_of_the_rate(tmp_path: Path) -> None:
    book = loaded(tmp_path, BOOK)
    (rate,) = book.providers["seller"].skus["video"].rates
    assert rate.extras == (
        Extra("reference_image", Decimal("0.08"), 5),
        Extra("second", Decimal("0.028"), 0, {"voice": "on"}),
    )
    assert rate.rounding == Rounding(Decimal("0.01"), "up")
    assert (rate.by, rate.conditional, rate.options["voice"]) == (("quality", "voice"), ("voice",), ("off", "on"))
    assert book.counts == ("reference_image",)


def test_an_overlay_replaces_a_product_and_cuts_terms_at_its_first_day(tmp_path: Path) -> None:
    above = """\
schema: 2
version: house
products:
  a video: [{provider: other, model: clip}]
  another: [{provider: seller, model: vid, fixed: {quality: 1080p}}]
providers:
  seller:
    terms:
      packs: {2026-05-01: {sizes: [{credits: 1, price: 1 USD}], source: contract, checked: 2026-11-01}}
"""
    book = loaded(tmp_path, BOOK, above)
    assert {name: [entry.model for entry in entries] for name, entries in book.products.items()} == {
        "a video": ["clip"],
        "another": ["vid"],
    }
    terms = book.providers["seller"].terms
    assert [entry.effective_from for entry in terms.packs] == [date(2026, 2, 1), date(2026, 5, 1)]
    assert len(terms.factors) == len(terms.tax) == 1


FAULTS = {
    "schema: 2|schema: 1": [
        "products: unknown key in a book",
        "terms: unknown key",
        "extra: unknown key",
        "round: unkn",
    ],
    "provider: seller, model|provider: seler, model": ["products.a video.0.provider: unknown provider seler"],
    "model: vid}|model: video}": ["products.a video.0.model: unknown model video; seller does not have it"],
    "model: long-clip, fixed|model: clip, fixed": [],
    'model: long-clip, fixed: {quality: 1080p, duration: "10"}|model: clip': [
        "products.a video.2: other:clip is also an entry of a video; use it once"
    ],
    "fixed: {quality: 720p}|fixed: {quality: 8k}": ["8k is not one of the values of quality: 720p, 1080p"],
    "fixed: {quality: 720p}|fixed: {quallity: 720p}": ["unknown option quallity; no SKU has it"],
    'duration: "10"|duration: ten': ["fixed.duration: not a whole number"],
    "[multi_shot, video]|[multi_shot, multishot]": ["needs_not.1: must be one of image, end_image, elements"],
    "[multi_shot, video]|[video, video]": ["needs_not.1: video is listed already"],
    "needs_not: [multi_shot, video]|needs: [image], takes: [image]": ["takes.0: image is listed already"],
    "needs_not: [multi_shot, video]|takes: [pictures]": ["takes.0: must be one of image, end_image, elements"],
    "needs_not: [multi_shot, video]|if_sold: perhaps": ["if_sold: must be yes or no"],
    "provider: other, model: clip,|provider: others, model: clip, if_sold: no,": ["provider: unknown provider others"],
    "price: 98 USD|price: 98": ["sizes.0.price: not an amount such as 98 USD"],
    "price: 98 USD|price: 98 CNY": ["sizes.0.price: unknown currency CNY"],
    "fee: 2.5 %|fee: 2.5": ["fee: not a percentage such as 2.5 %"],
    "refundable: no|refundable: maybe": ["refundable: must be yes or no"],
    "amount: 10 USD, source: p, |amount: 10 USD, ": ["minimum_top_up.2026-02-01.source: missing"],
    "prices: included|prices: exempt": ["must be one of 'excluded' or 'included'"],
    "moderated: unknown|moderated: sometimes": ["moderated: must be one of"],
    "failed: full, moderated|moderated": ["refund.2026-02-01.failed: missing"],
    "{group: vip, factor: 0.95}|{group: vip, above: 1 USD, factor: 0.95}": ["needs either `group` or `above`"],
    "{group: vip, factor: 0.95}|{factor: 0.95}": ["needs either `group` or `above`"],
    "{group: vip, factor: 0.95}|{group: vip, factor: 1}, {group: vip, factor: 0.95}": ["list.1.group: vip is listed"],
    "{group: vip, factor: 0.95}|{group: vip, per: month, factor: 0.95}": ["list.0.per: `above` needs `per: month`"],
    "per: month, factor: 0.9}|factor: 0.9}": ["list.1.per: `above` needs `per: month`"],
    "per: month, factor: 0.9}|per: month, factor: 1.1}": ["list.1.factor: must be at most 1"],
    "group: vip, factor: 0.95|group: vip, factor: 0": ["list.0.factor: must be above 0"],
    "    terms:\n|    terms:\n      discount: 5 %\n": ["terms.discount: unknown key"],
    "per: reference_image|per: refimage": ["extra.0.per: must be one of second, call, image, reference_image"],
    "per: reference_image|per: input_seconds": [
        "extra.0.per: input_seconds cannot be an extra: what they cost is the price of a SKU"
    ],
    "per: reference_image|per: token": ["extra.0.per: token cannot be an extra"],
    "free: 5|free: -1": ["extra.0.free: not a whole number"],
    "when: {voice: on}|when: {tier: fast}": ["extra.1.when.tier: tier is none of the options"],
    "when: {voice: on}|when: {quality: 4k}": ["extra.1.when.quality: 4k is not one of the values of quality"],
    "{per: reference_image, free: 5, unit_price: 0.08}|{per: second, when: {voice: on}, unit_price: 1}": [
        "extra.1: the same as extra.0; keep one of the two"
    ],
    "to: 0.01|to: 0.02": ["round.to: must be 1, 0.1, 0.01 and so on"],
    "to: 0.01|to: 0.00001": ["round.to: finer than the quantum of the currency, 0.0001"],
    "mode: up|mode: nearest": ["round.mode: must be one of 'half_up', 'up' or 'down'"],
    "unit_price: 7,|unit_price: 7, extra: [{per: second, unit_price: 1}],": ["not allowed for a price per call"],
    "{unit_price: 7,|{unit_price: 7, extra: [{unit_price: 1}],": ["extra.0.per: missing"],
}


@pytest.mark.parametrize("change", FAULTS)
def test_what_does_not_fit_is_refused_at_its_place(change: str, tmp_path: Path) -> None:
    old, new = change.split("|")
    assert old in BOOK
    text = BOOK.replace(old, new, 1)
    if not FAULTS[change]:
        loaded(tmp_path, text)
        return
    with pytest.raises(PriceBookError) as caught:
        loaded(tmp_path, text)
    for fault in FAULTS[change]:
        assert [line for line in caught.value.faults if fault in line], caught.value.faults
    assert all(re.search(r"layer0.yaml:[0-9]+:[0-9]+: ", line) for line in caught.value.faults)


def test_editors_know_every_key(tmp_path: Path) -> None:
    schema = price_book_schema()
    assert "products" in schema["properties"]
    assert set(schema["$defs"]["TermsFile"]["properties"]) == set(TERM_NAMES)
    assert {"extra", "round"} <= set(schema["$defs"]["RateFile"]["properties"])
    loaded(tmp_path, BOOK.replace("              - {per: reference_image, free: 5, unit_price: 0.08}\n", ""))
