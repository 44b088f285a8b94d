"""The difference of two price books is exact, whole, and the same from both sides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.pricebook.book import Provider, Rate, Sku, UnitPrice
from kling_cost.pricebook.upkeep.price_diff import SoldSku, diff_prices, percentage
from tests.pricebook.test_faults import BOOK

START = date(2026, 1, 1)
DAYS = [START + timedelta(days=n) for n in range(12)]
VALUES = {"quality": ("720p", "1080p"), "sound": ("off", "on"), "tier": ("slow", "fast")}
TEMPLATE = kc.load_prices()
SKU = TEMPLATE.providers["evolink"].skus["kling-3.0-video"]

prices = st.sampled_from([Decimal(text) for text in ("0", "0.3", "5.4", "7.1982", "7.2036", "27")])


@st.composite
def rates(draw: st.DrawFn) -> dict[date, Rate]:
    """Rates that may depend on other options on other days, and sell another part of their values."""
    found = {}
    for day in draw(st.lists(st.sampled_from(DAYS[:8]), min_size=1, max_size=3, unique=True)):
        names = draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=2, unique=True))
        options = {name: draw(st.sampled_from([VALUES[name], VALUES[name][:1]])) for name in names}
        by = tuple(name for name in names if draw(st.booleans()))  # the price may not depend on all of them
        table = {key: UnitPrice(draw(prices)) for key in product(*(options[name] for name in by))}
        found[day] = replace(SKU.rates[0], effective_from=day, by=by, options=options, unit_prices=table)
    return found


def sku(name: str, by_day: Mapping[date, Rate]) -> Sku:
    return replace(SKU, id=name, rates=tuple(by_day[day] for day in sorted(by_day)))


@st.composite
def books(draw: st.DrawFn) -> kc.PriceBook:
    providers = {}
    for name in draw(st.lists(st.sampled_from(["one", "two"]), min_size=1, max_size=2, unique=True)):
        sold = draw(st.lists(st.sampled_from(["video", "clip"]), min_size=1, max_size=2, unique=True))
        currency = draw(st.sampled_from(["USD", "USD", "USD", "EVOLINK_CREDIT"]))
        providers[name] = Provider(name, name, currency, {}, {each: sku(each, draw(rates())) for each in sold})
    return replace(TEMPLATE, providers=providers, _sellers={})


def price(book: kc.PriceBook, provider: str, name: str, options: Mapping[str, str], day: date) -> Decimal | None:
    """What a book asks on a day; an option that a rate does not know has no effect."""
    rate = book.providers[provider].skus[name].rate(day)
    if rate is None or any(options[option] not in known for option, known in rate.options.items() if option in options):
        return None
    return rate.unit_prices[tuple(options[option] for option in rate.by)].price


def is_known(options: Mapping[str, str], provider: str, name: str, day: date, *books: kc.PriceBook) -> bool:
    """Whether any of the books knows each value on a day, or none knows the option."""
    rates = [book.providers[provider].skus[name].rate(day) for book in books]
    ranges = [[rate.options[option] for rate in rates if rate and option in rate.options] for option in options]
    return all(not known or value in sum(known, ()) for value, known in zip(options.values(), ranges, strict=True))


def sold(book: kc.PriceBook) -> set[tuple[str, str, str]]:
    return {(provider.id, each.id, provider.currency) for provider, each in book.skus()}


@given(books())
def test_a_book_does_not_differ_from_itself(book: kc.PriceBook) -> None:
    found = diff_prices(book, replace(book, version="another", sha256="0" * 64))
    assert (found.moved, found.added, found.ended, found.exchange) == ((), (), (), ())
    assert found.rises() == []
    assert found.exit_code("0%") == 0


@given(books(), books())
def test_from_the_other_side_old_and_new_change_places(one: kc.PriceBook, other: kc.PriceBook) -> None:
    there, back = diff_prices(one, other), diff_prices(other, one)
    turned = {(m.provider, m.sku, *m.options.items(), m.effective_from, m.new, m.old) for m in back.moved}
    assert {(m.provider, m.sku, *m.options.items(), m.effective_from, m.old, m.new) for m in there.moved} == turned
    assert len(there.moved) == len(turned)
    assert set(there.added) == set(back.ended)
    assert set(there.ended) == set(back.added)


@given(books(), books())
def test_what_is_told_is_true_on_its_day(old: kc.PriceBook, new: kc.PriceBook) -> None:
    for move in diff_prices(old, new).moved:
        asked = (move.provider, move.sku, move.options, move.effective_from)
        assert (price(old, *asked), price(new, *asked)) == (move.old, move.new)
        assert move.old != move.new
        if move.percent is not None and move.old and move.new is not None:
            assert abs(move.old * (100 + move.percent) / 100 - move.new) < Decimal("1e-10")
            assert (move.percent > 0) == (move.new > move.old)


@given(books(), books())
def test_whatever_differs_is_told(old: kc.PriceBook, new: kc.PriceBook) -> None:
    found = diff_prices(old, new)
    assert {(s.provider, s.sku) for s in found.added} == {key[:2] for key in sold(new) - sold(old)}
    assert {(s.provider, s.sku) for s in found.ended} == {key[:2] for key in sold(old) - sold(new)}
    every = [dict(zip(VALUES, combination, strict=True)) for combination in product(*VALUES.values())]
    for provider, name, _ in sold(old) & sold(new):
        both = [book.providers[provider].skus[name].rates[0].effective_from for book in (old, new)]
        for day in (day for day in DAYS if day >= max(both)):
            for options in (asked for asked in every if is_known(asked, provider, name, day, old, new)):
                pair = price(old, provider, name, options, day), price(new, provider, name, options, day)
                told = [
                    (move.old, move.new)
                    for move in found.moved
                    if (move.provider, move.sku) == (provider, name)
                    and move.options.items() <= options.items()
                    and move.effective_from <= day
                ]
                if pair[0] != pair[1]:
                    assert pair in told


@given(books(), books(), st.sampled_from(["0%", "0.05%", "5%", "33.4 %", "1699.999999999%"]))
def test_only_a_rise_above_the_limit_fails(old: kc.PriceBook, new: kc.PriceBook, limit: str) -> None:
    found = diff_prices(old, new)
    share = Decimal(limit.rstrip("% "))
    risen = [m for m in found.moved if m.old is not None and m.new is not None and m.new > m.old * (1 + share / 100)]
    assert found.rises(limit) == risen
    wanted = 4 if sorted(key[:2] for key in sold(old) - sold(new) if key[:2] in {k[:2] for k in sold(new)}) else 3
    assert found.exit_code(limit) == (wanted if wanted == 4 or risen else 0)
    assert found.exit_code() == 0


def test_a_rise_of_exactly_the_limit_is_none_above_it() -> None:
    (old, new) = (one_price("5.4"), one_price("5.67"))
    assert [str(move.percent) for move in diff_prices(old, new).moved] == ["5.000000000000"]
    assert diff_prices(old, new).exit_code("5%") == 0
    assert diff_prices(old, new).exit_code("4.999999999%") == 3
    assert diff_prices(new, old).exit_code("0%") == 0


def one_price(text: str, **changes: Any) -> kc.PriceBook:
    """A book of one price."""
    rate = replace(SKU.rates[0], effective_from=START, by=(), unit_prices={(): UnitPrice(Decimal(text))})
    provider = replace(TEMPLATE.providers["evolink"], skus={"video": replace(SKU, id="video", rates=(rate,))})
    return replace(TEMPLATE, providers={"evolink": replace(provider, **changes)}, _sellers={})


def test_from_nothing_there_is_no_percentage_and_every_rise_is_too_much() -> None:
    found = diff_prices(one_price("0"), one_price("0.001"))
    assert [move.percent for move in found.moved] == [None]
    assert found.exit_code("999999999%") == 3
    assert diff_prices(one_price("0.001"), one_price("0")).moved[0].percent == -100


def test_prices_in_other_money_are_not_compared_and_block_a_gate() -> None:
    found = diff_prices(one_price("5.4"), one_price("0.075", currency="USD"))
    assert found.moved == ()
    assert found.added == found.ended == (SoldSku("evolink", "video"),)
    assert found.uncompared == [SoldSku("evolink", "video")]
    assert (found.exit_code(), found.exit_code("5%")) == (0, 4)


@pytest.mark.parametrize("text", ["5", "-5%", "5 per cent", "", "5%%", "1e2%", "٥%", None, True, -1, 0.5, [], "nan%"])
def test_what_is_no_percentage_is_refused(text: Any) -> None:
    with pytest.raises(kc.UsageError, match="not a percentage; write it like 5%"):
        percentage(text)
    with pytest.raises(kc.UsageError):
        diff_prices(None, None).rises(text)


def test_the_json_is_what_is_promised() -> None:
    record = kc.diff_prices("pricing", "evolink-2026-10-10").to_json()
    assert list(record) == ["schema_version", "kind", "moved", "added", "ended"]
    assert record["moved"][0] == {
        "provider": "evolink",
        "sku": "kling-3.0-video",
        "options": {"quality": "1080p", "sound": "off"},
        "from": "2026-04-21",
        "old": "7.1982",
        "new": "7.2036",
        "percent": "0.075018754689",
    }
    assert record["moved"][-1]["percent"] == "-99.9"
    assert record["added"][0] == {"provider": "evolink", "sku": "kling-o3-video"}
    assert record["ended"][-1] == {"provider": "kling", "sku": "kling-v3-omni", "last_day": None}
    assert json.loads(json.dumps(record)) == record


LATER = """\
          2026-06-01:
            base_rate: 6
            by: [quality, sound]
            multiplier:
              low: {off: 1, on: 1.5}
              high: {off: 1.333, on: 2}
            source: a letter
            checked: 2026-06-02
"""


def test_a_rate_that_is_appended_moves_prices_from_its_first_day(tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(BOOK, encoding="utf-8")
    new.write_text(BOOK.replace("      call:\n", f"{LATER}      call:\n"), encoding="utf-8")
    found = kc.diff_prices(old, new)
    assert {move.effective_from for move in found.moved} == {date(2026, 6, 1)}
    assert [str(move.percent) for move in found.moved] == ["11.111111111111"] * 4
    overlay = tmp_path / "overlay.yaml"
    text = f"schema: 1\nversion: x\nproviders:\n  seller:\n    skus:\n      video:\n        rates:\n{LATER}"
    overlay.write_text(text, encoding="utf-8")
    assert kc.diff_prices(old, overlay).moved == found.moved
    assert kc.diff_prices(old, old).moved == ()


def test_a_rate_of_exchange_that_moved_is_told_beside() -> None:
    (moved,) = kc.diff_prices("pricing", "evolink-2026-10-10").exchange
    assert (moved.currency, str(moved.old), str(moved.new)) == ("EVOLINK_CREDIT", "72", "68")
    assert moved.effective_from == date(2026, 4, 21)


def test_an_exchange_rate_is_told_once_for_each_difference() -> None:
    (first,) = TEMPLATE.exchange["EVOLINK_CREDIT"]
    days = [first.effective_from + timedelta(days=n) for n in (0, 10, 20, 30)]
    old = [
        first._replace(effective_from=day, per_usd=Decimal(n)) for day, n in zip(days, (72, 72, 70, 70), strict=True)
    ]
    new = [
        first._replace(effective_from=day, per_usd=Decimal(n)) for day, n in zip(days, (68, 68, 70, 71), strict=True)
    ]
    books = [replace(TEMPLATE, exchange={"EVOLINK_CREDIT": tuple(rates)}) for rates in (old, new)]
    told = [(move.effective_from, int(move.old), int(move.new)) for move in diff_prices(*books).exchange]
    assert told == [(days[0], 72, 68), (days[3], 70, 71)]


def test_a_value_that_is_no_longer_sold_is_told_even_where_the_price_does_not_depend_on_it() -> None:
    books = []
    for sold_qualities in (("720p", "1080p"), ("720p",)):
        rate = replace(
            SKU.rates[0], by=(), options={"quality": sold_qualities}, unit_prices={(): UnitPrice(Decimal(5))}
        )
        provider = replace(TEMPLATE.providers["evolink"], skus={"video": replace(SKU, id="video", rates=(rate,))})
        books.append(replace(TEMPLATE, providers={"evolink": provider}, _sellers={}))
    (move,) = diff_prices(*books).moved
    assert (move.options, move.old, move.new, move.percent) == ({"quality": "1080p"}, Decimal(5), None, None)


def test_two_large_tables_by_other_options_are_refused_in_words() -> None:
    books = []
    for name in ("tier", "voice"):
        table = {(f"v{n}",): UnitPrice(Decimal(1)) for n in range(1_001)}
        values = {name: tuple(key for (key,) in table)}
        rate = replace(SKU.rates[0], by=(name,), options=values, unit_prices=table)
        provider = replace(TEMPLATE.providers["evolink"], skus={"video": replace(SKU, id="video", rates=(rate,))})
        books.append(replace(TEMPLATE, providers={"evolink": provider}, _sellers={}))
    with pytest.raises(kc.UsageError, match="more than 1,000,000 combinations of tier, voice to compare"):
        diff_prices(*books)


def test_what_is_no_book_is_refused() -> None:
    for value in (5, object(), [], {"a": 1}):
        with pytest.raises(kc.UsageError, match="must be a price book, a file or the name of a book"):
            kc.diff_prices(value, None)  # type: ignore[arg-type]
        with pytest.raises(kc.UsageError, match="must be a price book, a file or the name of a book"):
            kc.diff_prices(None, value)  # type: ignore[arg-type]


def test_a_sku_that_gets_a_last_day_has_ended_then(tmp_path: Path) -> None:
    text = """\
schema: 2
version: a
currencies: {CRD: {name: credit, quantum: 0.01}}
providers:
  seller:
    name: Seller
    currency: CRD
    skus:
      video:
        models: [video]
        quantity: {of: call}
        rates: {2026-01-01: {unit_price: 5, source: a page, checked: 2026-01-02}}
"""
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(text, encoding="utf-8")
    new.write_text(text.replace("{of: call}", "{of: call}\n        until: 2027-06-30"), encoding="utf-8")
    gone = kc.diff_prices(old, new)
    assert (gone.moved, gone.to_json()["ended"]) == (
        (),
        [{"provider": "seller", "sku": "video", "last_day": "2027-06-30"}],
    )
    back = kc.diff_prices(new, old)
    assert [(move.effective_from, move.old, move.new) for move in back.moved] == [(date(2027, 7, 1), None, 5)]
