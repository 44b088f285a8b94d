"""The same videos at other sellers: published figures, every reason why not, and the laws that all comparisons keep."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.jobs.job import needs_of
from kling_cost.planning.compare.cheapest_sellers import cheapest, may_be_taken
from kling_cost.planning.compare.seller_totals import dollars
from kling_cost.planning.seller_offers import REASONS, OfferFinder, own_entries, same_video
from kling_cost.pricing.pricer import pricer
from kling_cost.reporting.parts.compare.compare_tables import jobs_table, sellers_table
from kling_cost.reporting.translations import words_of
from kling_cost.results.result_schema import schema
from tests.schemas import validate

AS_OF = date(2026, 11, 20)
T2V = "kling-v3-text-to-video"
PRODUCTS = """\
schema: 2
version: 2026-11-28
products:
  kling-3.0 text to video:
    - {provider: evolink, model: kling-v3-text-to-video}
    - {provider: kling3api, model: std-text-to-video, fixed: {quality: 720p}, needs_not: [multi_shot]}
    - {provider: kling3api, model: pro-text-to-video, fixed: {quality: 1080p}}
    - {provider: kling, model: kling-v3, takes: [multi_shot]}
"""
SOURCED = "source: its page, checked: 2026-11-01"
RATE = "100 KLING3API_CREDIT/USD"
Book = Callable[..., kc.PriceBook]


def row(job_id: str, seconds: int | None = 5, quality: str = "720p", sound: str = "off", **more: Any) -> dict[str, Any]:
    return {"job_id": job_id, "model": T2V, "duration": seconds, "quality": quality, "sound": sound, **more}


@pytest.fixture
def book(tmp_path: Path) -> Book:
    def made(text: str = PRODUCTS, **more: Any) -> kc.PriceBook:
        path = tmp_path / "products.yaml"
        path.write_text(text, encoding="utf-8")
        return kc.load_prices(overlay=[path], **more)

    return made


def planned(of: kc.PriceBook, *rows: dict[str, Any]) -> kc.Estimate:
    import pandas as pd

    return kc.estimate(pd.DataFrame(list(rows)), of, as_of=AS_OF)


def told(found: kc.Comparison, at: int = 0) -> dict[str, tuple[str | None, str | None, str | None]]:
    """Reason, cost and dollars of each seller."""
    offers = found.to_json()["jobs"][at]["offers"]
    return {offer["provider"]: (offer["reason"], offer["cost"], offer["usd"]) for offer in offers}


def test_published_prices_of_the_same_shot(book: Book) -> None:
    plain = kc.compare(planned(book(), row("a")))
    assert told(plain) == {
        "evolink": (None, "27", "0.375"),
        "kling": (None, "0.42", "0.42"),
        "kling3api": ("no_exchange_rate", "200", None),
    }
    priced = book(rates=[RATE])
    assert told(kc.compare(planned(priced, row("a"))))["kling3api"] == (None, "200", "2")
    loud = kc.compare(planned(book(), row("a", 5, "1080p", "on")))
    assert told(loud) == {
        "evolink": (None, "54", "0.75"),
        "kling": (None, "0.84", "0.84"),
        "kling3api": ("no_exchange_rate", "400", None),
    }
    sharp = kc.compare(planned(book(), row("a", 5, "4k", model="kling-v3")))
    assert told(sharp)["evolink"] == told(sharp)["kling3api"] == ("quality_unsupported", None, None)
    assert told(sharp)["kling"] == (None, "2.1", "2.1")


def test_totals_are_of_what_all_sellers_can_make(book: Book) -> None:
    rows = (row("a", takes=2), row("b", 5, "1080p", "on"), row("c", 5, "4k", model="kling-v3"))
    found = kc.compare(planned(book(), *rows)).to_json()
    assert found["common"] == {"jobs": 2, "takes": 3, "sellers": ["evolink", "kling"]}
    common = {seller["provider"]: (seller["jobs"], seller["common_usd"]) for seller in found["sellers"]}
    assert common == {"evolink": (2, "1.5"), "kling": (3, "1.68"), "kling3api": (0, None)}
    assert [seller["cost"] for seller in found["sellers"]] == ["108", "3.78", "800"]
    assert found["sellers"][2]["reasons"] == [
        {"reason": "quality_unsupported", "jobs": 1},
        {"reason": "no_exchange_rate", "jobs": 2},
    ]


def test_a_result_keeps_to_its_schema(book: Book) -> None:
    found = kc.compare(planned(book(), row("a"), row("b", 5, "4k", model="kling-v3")), max_sellers=1).to_json()
    validate(found, "compare")
    assert set(schema("compare")["$defs"]["reason_count"]["properties"]["reason"]["enum"]) == set(REASONS)


SHOTS = st.lists(
    st.tuples(
        st.sampled_from([T2V, "kling-v3", "std-text-to-video", "pro-text-to-video"]),
        st.sampled_from([None, *range(3, 16)]),
        st.sampled_from(["720p", "1080p"]),
        st.sampled_from([None, "off", "on"]),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=8,
)


def rows_of(shots: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Jobs of these shots; what a seller has no default for is given."""
    found = []
    for at, (model, seconds, quality, sound, takes) in enumerate(shots):
        is_official = model == "kling-v3"
        found.append(
            {
                "job_id": f"j{at}",
                "model": model,
                "duration": 5 if is_official and seconds is None else seconds,
                "quality": None if "text-to-video" in model and model != T2V else quality,
                "sound": "off" if is_official and sound is None else sound,
                "takes": takes,
            }
        )
    return found


_BOOKS: dict[str, kc.PriceBook] = {}


def compared_book(tmp: Any) -> kc.PriceBook:
    if not _BOOKS:
        path = tmp.mktemp("book") / "products.yaml"
        path.write_text(PRODUCTS, encoding="utf-8")
        _BOOKS["one"] = kc.load_prices(overlay=[path], rates=[RATE])
    return _BOOKS["one"]


@given(shots=SHOTS)
def test_a_plan_at_its_own_sellers_compares_to_its_own_estimate(
    tmp_path_factory: pytest.TempPathFactory, shots: list[tuple[Any, ...]]
) -> None:
    of = compared_book(tmp_path_factory)
    estimate = planned(of, *rows_of(shots))
    assert not estimate.left_out
    found = kc.compare(estimate)
    for job in found.jobs:
        (own,) = [offer for offer in job.offers if offer.provider == job.item.provider]
        assert (own.cost, own.usd) == (job.item.cost_value, job.item.usd)
        assert own.difference_usd == 0
        # The same, written out, asked for anew: no default of any seller has a say in it.
        finder = OfferFinder(pricer(of, AS_OF))
        for entries in of.products.values():
            for entry in own_entries(job.item, entries):
                again = finder.offer(same_video(job.item, of, entry.fixed), entry)
                assert again.charge is not None
                assert (again.reason, again.charge.cost) == (None, job.item.charge.cost)
                assert again.charge.defaults_applied == ()
    for total in estimate.totals:
        items = [item for item in estimate.line_items if item.currency == total.currency]
        alone = kc.compare(kc.estimate(kc.read_jobs(frame_of(items)), of, as_of=AS_OF), sellers=items[0].provider)
        (seller,) = alone.sellers
        assert (seller.cost, seller.common_usd, seller.jobs) == (total.cost, total.usd, total.jobs)


def frame_of(items: list[kc.LineItem]) -> Any:
    import pandas as pd

    names = ("model", "duration", "quality", "sound")
    given = [
        {"job_id": item.job_id, "takes": item.takes, "model": item.model}
        | {name: dict(item.job.ask.options).get(name) for name in names[2:]}
        | {"duration": item.job.ask.duration}
        for item in items
    ]
    return pd.DataFrame(given)


@given(shots=SHOTS, seed=st.integers(0, 99))
def test_order_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, shots: list[tuple[Any, ...]], seed: int
) -> None:
    of, rows = compared_book(tmp_path_factory), rows_of(shots)
    shuffled = list(rows)
    Random(seed).shuffle(shuffled)
    one, other = (kc.compare(planned(of, *order), max_sellers=2) for order in (rows, shuffled))

    def by_id(found: kc.Comparison) -> dict[Any, Any]:
        return {job["job_id"]: {**job, "row": None} for job in found.to_json()["jobs"]}

    assert by_id(one) == by_id(other)
    assert [seller._replace(landed=None) for seller in one.sellers] == [s._replace(landed=None) for s in other.sellers]
    assert one.cheapest_mix.sellers == other.cheapest_mix.sellers
    assert one.cheapest_mix.saves_usd == other.cheapest_mix.saves_usd


def test_order_of_the_entries_of_a_product_changes_nothing(book: Book) -> None:
    head, entries = PRODUCTS.rsplit("video:\n", 1)
    backwards = f"{head}video:\n" + "".join(reversed(entries.splitlines(keepends=True)))
    rows = [row("a"), row("b", 12, "1080p", "on", takes=3)]
    one, other = (kc.compare(planned(book(text), *rows)) for text in (PRODUCTS, backwards))
    assert one.to_json()["jobs"] == other.to_json()["jobs"]
    assert one.to_json()["sellers"] == other.to_json()["sellers"]


# What other sellers cannot make, and how that is told. Each has the product of `ours`, and the reason why not.
OURS = """\
schema: 2
version: 2026-11-28
products:
  video:
    - {provider: evolink, model: kling-v3-text-to-video}
    - {provider: other, model: vid, ENTRY}
providers:
  other:
    name: Other
    currency: USD
    defaults: {duration: 5, quality: 720p, sound: off}
    skus:
      vid: {models: [vid], QUANTITY, OPTIONS, rates: {2026-02-01: {RATE, source: page, checked: 2026-11-01}}}
"""
SECONDS = "quantity: {of: output_seconds, minimum: 3, maximum: 10}"
BOTH = "options: {quality: [720p, 1080p], sound: [off, on]}"
ALL = "by: [quality, sound], unit_price: {720p: {off: 1, on: 2}, 1080p: {off: 3, on: 4}}"
#: Options of a seller, and what it asks for them.
COARSE = {
    "options": "options: {quality: [720p], sound: [off, on]}",
    "rate": "by: [quality, sound], unit_price: {720p: {off: 1, on: 2}}",
}
SILENT = {
    "options": "options: {quality: [720p, 1080p], sound: [off]}",
    "rate": "by: [quality, sound], unit_price: {720p: {off: 1}, 1080p: {off: 3}}",
}
OF_QUALITY = {"options": "options: {quality: [720p, 1080p]}", "rate": "by: [quality], unit_price: {720p: 1, 1080p: 3}"}
OF_SOUND = {"options": "options: {sound: [off, on]}", "rate": "by: [sound], unit_price: {off: 1, on: 2}"}
IN_TIERS = {
    "options": "options: {quality: [720p, 1080p], sound: [off, on], tier: [a]}",
    "rate": "by: [quality, sound, tier], "
    "unit_price: {720p: {off: {a: 1}, on: {a: 1}}, 1080p: {off: {a: 1}, on: {a: 1}}}",
}


def other_seller(
    entry: str = "needs_not: []",
    quantity: str = SECONDS,
    options: str = BOTH,
    rate: str = ALL,
    first: str = "2026-02-01",
) -> str:
    text = OURS.replace("ENTRY", entry).replace("QUANTITY", quantity).replace("OPTIONS", options)
    return text.replace("RATE", rate).replace("2026-02-01", first)


def offered(of: kc.PriceBook, **more: Any) -> tuple[str | None, str | None]:
    """What the other seller says of a job of 8 s, 1080p, with sound."""
    found = told(kc.compare(planned(of, {**row("a", 8, "1080p", "on"), **more})))["other"]
    return found[:2]


@pytest.mark.parametrize(
    ("text", "reason", "cost"),
    [
        (other_seller(), None, "32"),
        (other_seller(first="2026-11-21"), "no_rate", None),
        (other_seller(**COARSE), "quality_unsupported", None),
        (other_seller("fixed: {quality: 720p}", **OF_SOUND), "quality_unsupported", None),
        (other_seller("fixed: {quality: 1080p}", **OF_SOUND), None, "16"),
        # A model that does not say in which quality it makes videos is not known to make the same.
        (other_seller(**OF_SOUND), "quality_unsupported", None),
        (other_seller(**SILENT), "sound_unsupported", None),
        (other_seller(**OF_QUALITY), "sound_unsupported", None),
        (other_seller("fixed: {sound: on}", **OF_QUALITY), None, "24"),
        (other_seller("fixed: {sound: off}", **OF_QUALITY), "sound_unsupported", None),
        (other_seller(quantity=SECONDS.replace("10", "7")), "duration_unsupported", None),
        (other_seller("fixed: {duration: 8}"), None, "32"),
        (other_seller("fixed: {duration: 5}"), "duration_unsupported", None),
        # One price for a clip of unknown length is not a price of 8 seconds.
        (other_seller(quantity="quantity: {of: call}"), "duration_unsupported", None),
        (other_seller("fixed: {duration: 8}", quantity="quantity: {of: call}"), None, "4"),
        (other_seller(**IN_TIERS), "option_unsupported", None),
        (other_seller("fixed: {tier: a}", **IN_TIERS), None, "8"),
    ],
)
def test_what_another_seller_cannot_make_has_one_reason(
    book: Book, text: str, reason: str | None, cost: str | None
) -> None:
    assert offered(book(text)) == (reason, cost)


def test_silence_is_asked_for_like_sound(book: Book) -> None:
    """What a model makes that is not asked for silence is not known to be silent."""
    assert offered(book(other_seller(**OF_QUALITY)), sound="off") == ("sound_unsupported", None)
    assert offered(book(other_seller(**COARSE)), sound="off", quality="720p") == (None, "8")


def test_what_a_request_can_say_needs_no_price_of_its_own(tmp_path: Path) -> None:
    """The request rules of the model have `sound`, so it can be asked for where its price is that of the quality."""
    sku = "quantity: {of: output_seconds, minimum: 3, maximum: 15}, "
    rate = "rates: {2026-02-01: {by: [BY], unit_price: {PRICE}, source: page, checked: 2026-11-01}}"
    by_quality = rate.replace("BY", "quality").replace("PRICE", "720p: 2, 1080p: 3")
    by_both = rate.replace("BY", "quality, sound").replace("PRICE", "720p: {off: 4, on: 5}")
    lines = [
        "schema: 2",
        "version: 2026-11-28",
        "currencies: {USD: {name: US dollar, quantum: 0.01}}",
        f"products: {{video: [{{provider: evolink, model: {T2V}}}, {{provider: own, model: vid}}]}}",
        "providers:",
        f"  evolink: {{name: E, currency: USD, skus: {{a: {{models: [{T2V}], options: {{quality: [720p, 1080p]}}, "
        f"{sku}{by_quality}}}}}}}",
        "  own: {name: O, currency: USD, skus: {b: {models: [vid], options: {quality: [720p], sound: [off, on]}, "
        f"{sku}{by_both}}}}}}}",
    ]
    path = tmp_path / "book.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = kc.compare(planned(kc.load_prices(path), row("a", sound="on", model="vid", provider="own")))
    assert told(found) == {"evolink": (None, "10", "10"), "own": (None, "25", "25")}


def test_defaults_of_another_seller_never_apply(book: Book) -> None:
    """The own seller asks for 5 s in 720p where nothing is said; the other one would take 9 s in 1080p."""
    text = other_seller().replace("duration: 5, quality: 720p, sound: off", "duration: 9, quality: 1080p, sound: on")
    found = kc.compare(planned(book(text), {"job_id": "a", "model": T2V}))
    assert told(found)["other"] == (None, "5", "5")


def test_what_a_request_needs_may_be_what_another_seller_cannot_make(book: Book) -> None:
    shots = [{"index": at, "prompt": "Fog", "duration": "4"} for at in (1, 2)]
    params = {"multi_shot": True, "shot_type": "customize", "multi_prompt": shots}
    body = {"model": T2V, "duration": 8, "quality": "720p", "sound": "off", "model_params": params}
    estimate = kc.estimate([{"job_id": "a", "request": body}], book(), as_of=AS_OF)
    assert told(kc.compare(estimate))["kling3api"] == ("needs_feature", None, None)
    assert told(kc.compare(estimate))["kling"][0] is None


def test_a_picture_is_never_compared_with_a_model_that_takes_none(book: Book) -> None:
    """The official model takes words and pictures; a product of words says nothing of these."""
    body = {"model_name": "kling-v3", "prompt": "Fog", "mode": "std", "duration": "5", "sound": "off"}
    jobs = [
        {"job_id": name, "provider": "kling", "request": {**body, **more}}
        for name, more in (("words", {}), ("picture", {"image": "https://example.com/a.png"}))
    ]
    found = kc.compare(kc.estimate(jobs, book(), as_of=AS_OF), sellers=["evolink", "kling"])
    assert [told(found, at)["evolink"][0] for at in range(2)] == [None, "needs_feature"]
    assert found.cheapest_mix.jobs[1].offer.provider == "kling"


MATERIAL = {"image": 1, "end_image": 1, "elements": 2, "reference": 1, "video": 1, "voice": True, "multi_shot": True}


@pytest.mark.parametrize("known", ["", "takes: [{}]", "needs: [{}]", "needs_not: [{}]"])
@pytest.mark.parametrize("need", MATERIAL)
def test_a_seller_takes_only_what_its_rules_or_the_book_say(book: Book, need: str, known: str) -> None:
    """Nothing is known of the other seller's requests but what the book says."""
    of = book(other_seller(known.format(need) or "needs_not: []"))
    needs = needs_of(**{need: MATERIAL[need]})
    job = {"job_id": "a", "request": {"model": T2V, "prompt": "Fog", "duration": 5, "quality": "720p", "sound": "off"}}
    (item,) = kc.estimate([job], of, as_of=AS_OF).line_items
    (entry,) = [entry for entry in of.products["video"] if entry.provider == "other"]
    finder = OfferFinder(pricer(of, AS_OF))
    plain, rich = (same_video(one, of, {}) for one in (item, item._replace(job=item.job._replace(needs=needs))))
    says = known.partition(":")[0]
    assert finder.offer(rich, entry).reason == (None if says in ("takes", "needs") else "needs_feature")
    assert finder.offer(plain, entry).reason == ("needs_feature" if says == "needs" else None)


def test_a_sheet_that_counts_elements_is_not_compared_with_a_model_of_words(book: Book) -> None:
    """A sheet says how many there are and not which; the rules of the other seller have no place for any."""
    of = book()
    video = same_video(planned(of, row("a", model="kling-v3")).line_items[0], of, {})
    assert not video.is_read
    video = video._replace(needs=(("elements", 2),))
    finder, entries = OfferFinder(pricer(of, AS_OF)), of.products["kling-3.0 text to video"]
    assert {finder.offer(video, entry).reason for entry in entries[:2]} == {"needs_feature"}


def test_a_picture_tells_the_products_of_one_model_apart() -> None:
    of = kc.load_prices(overlay=["market-2026-11"])
    body = {"model_name": "kling-v3", "prompt": "Fog", "mode": "std", "duration": "5", "sound": "off"}
    jobs = [
        {"job_id": name, "provider": "kling", "request": {**body, **more}}
        for name, more in (("words", {}), ("picture", {"image": "https://example.com/a.png"}))
    ]
    found = kc.compare(kc.estimate(jobs, of, as_of=AS_OF))
    assert [job.product for job in found.jobs] == ["kling-3.0 text to video", "kling-3.0 image to video"]
    assert [told(found, at)["fal"][1:] for at in range(2)] == [("0.42", "0.42")] * 2
    assert [told(found, at)["kie"][0] for at in range(2)] == [None, "not_offered"]
    sheet = kc.compare(planned(of, row("a", model="kling-v3")))
    assert "ambiguous.product" in [problem.key for problem in sheet.problems]


def test_a_model_that_is_of_no_product_is_compared_with_nobody(book: Book) -> None:
    found = kc.compare(planned(book(), row("a"), row("b", model="kling-v3-omni")))
    assert told(found, 1)["evolink"] == ("not_offered", None, None)
    assert [problem.key for problem in found.problems if problem.code == "missing"][-1] == "missing.product"
    assert found.exit_code == 0


def test_a_product_without_a_second_seller_is_told(book: Book) -> None:
    alone = "\n".join(
        line for line in PRODUCTS.splitlines() if "kling3api" not in line and "model: kling-v3," not in line
    )
    found = kc.compare(planned(book(alone), row("a")))
    assert [str(problem) for problem in found.problems if problem.key == "missing.second_seller"] == [
        "only one provider sells kling-3.0 text to video"
    ]


def test_a_model_of_several_products_waits_for_a_choice(book: Book) -> None:
    text = PRODUCTS.replace("model: kling-v3, takes: [multi_shot]}", "model: kling-v3, fixed: {sound: on}}")
    text += "  other product:\n    - {provider: kling, model: kling-v3, fixed: {sound: off}}\n"
    of = book(text)
    assert not [p for p in kc.compare(planned(of, row("a", model="kling-v3"))).problems if p.code == "ambiguous"]
    found = kc.compare(planned(of, row("a", 5, "720p", "on")), products="other product")
    assert told(found)["kling"] == ("sound_unsupported", None, None)
    assert found.jobs[0].product == "other product"


def test_a_job_that_nobody_can_make_exits_with_4(book: Book) -> None:
    found = kc.compare(planned(book(), row("a"), row("b", 5, "4k", model="kling-v3")), sellers=["evolink", "kling3api"])
    assert found.exit_code == 4
    (problem,) = [problem for problem in found.problems if problem.key == "price_unknown.nowhere"]
    assert (problem.job_id, problem.message) == (
        "b",
        "no provider shown has a comparable price for it: quality_unsupported (evolink, kling3api)",
    )
    assert kc.compare(planned(book(), row("a")), sellers="kling3api").exit_code == 4  # its dollars are not known


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"sellers": "evolnik"}, "the price book has no provider evolnik; did you mean evolink?"),
        ({"sellers": ["nobody"]}, "the price book has no provider nobody; it has evolink, kling3api, kling"),
        ({"products": "kling-3.0 text to vidoe"}, "did you mean kling-3.0 text to video?"),
        ({"sellers": 5}, "sellers must be text"),
        ({"max_sellers": 0}, "max_sellers must be a whole number of at least 1, not 0"),
        ({"max_sellers": "two"}, "max_sellers must be a whole number"),
        ({"max_sellers": True}, "max_sellers must be a whole number"),
        ({"balance": "5 CNY"}, "no provider shown takes CNY; they take EVOLINK_CREDIT, USD, KLING3API_CREDIT"),
        ({"balance": ["5 EVOLINK_CREDIT", "6 EVOLINK_CREDIT"]}, "there is another one in EVOLINK_CREDIT; add them up"),
        ({"balance": kc.Amount(-1, "EVOLINK_CREDIT")}, "must not be below 0"),
        ({"balance": 5}, "balance must be an amount with its currency"),
        ({"book": "pricing.yaml"}, "book must be a price book"),
    ],
)  # fmt: skip
def test_bad_arguments_have_a_message_each(book: Book, more: dict[str, Any], message: str) -> None:
    with pytest.raises(kc.UsageError) as caught:
        kc.compare(planned(book(), row("a")), **more)
    assert message in str(caught.value)


def test_a_stored_estimate_cannot_be_compared(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "estimate.json"
    kc.write_report(path, planned(book(), row("a")))
    with pytest.raises(kc.UsageError, match="pass the jobs"):
        kc.compare(kc.read_estimate(path))


MARKET = """\
schema: 2
version: 2026-11-28
currencies:
CURRENCIES
products:
  video:
ENTRIES
providers:
PROVIDERS
"""


def random_market(random: Random, sellers: int) -> tuple[str, dict[str, dict[tuple[str, str], Fraction]]]:
    """A book of some sellers, and what one second costs at each in dollars where it is sold and exact."""
    currencies, entries, providers, prices = [], [], [], {}
    for at in range(sellers):
        name, code = f"s{at}", f"S{at}_CREDIT"
        per_usd = random.choice([3, 7, 72, 100])
        currencies.append(f"  {code}: {{name: credit, quantum: 0.0001}}")
        qualities = random.choice([["720p"], ["720p", "1080p"]])
        table = {quality: {sound: random.randint(1, 9) for sound in ("off", "on")} for quality in qualities}
        doubt = random.random() < 0.2
        prices[name] = {
            (quality, sound): Fraction(price, per_usd)
            for quality, row in table.items()
            for sound, price in row.items()
            if not doubt
        }
        rows = ", ".join(f"{q}: {{off: {row['off']}, on: {row['on']}}}" for q, row in table.items())
        more = ", suspicious: too odd" if doubt else ""
        entries.append(f"    - {{provider: {name}, model: {name}-vid}}")
        providers.append(
            f"  {name}:\n    name: Seller {at}\n    currency: {code}\n"
            f"    exchange: {{2026-02-01: {{per_usd: {per_usd}, {SOURCED}}}}}\n"
            f"    skus:\n      vid:\n        models: [{name}-vid]\n"
            "        quantity: {of: output_seconds, minimum: 3, maximum: 15}\n"
            f"        options: {{quality: [{', '.join(qualities)}], sound: [off, on]}}\n"
            f"        rates: {{2026-02-01: {{by: [quality, sound], unit_price: {{{rows}}}{more}, {SOURCED}}}}}"
        )
    text = MARKET.replace("CURRENCIES", "\n".join(currencies)).replace("ENTRIES", "\n".join(entries))
    return text.replace("PROVIDERS", "\n".join(providers)), prices


@pytest.mark.parametrize("seed", range(40))
def test_the_mix_of_few_sellers_is_the_best_of_all(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    count = random.randint(2, 5)
    text, prices = random_market(random, count)
    path = tmp_path / "market.yaml"
    path.write_text(text, encoding="utf-8")
    rows = []
    for at in range(random.randint(1, 5)):
        own = f"s{random.randrange(count)}"
        quality = random.choice(["720p", "1080p"])
        rows.append(
            {**row(f"j{at}", random.randint(3, 9), quality, random.choice(["off", "on"])), "model": f"{own}-vid"}
        )
        rows[-1]["takes"] = random.randint(1, 4)
        if random.random() < 0.2:
            rows[-1] |= random.choice([{"task_id": f"t{at}"}, {"locked": "yes"}])
    estimate = planned(kc.load_prices(path), *rows)
    by_id = {item["job_id"]: item for item in rows}
    for most in (*range(1, count + 1), None):
        mix = kc.compare(estimate, max_sellers=most).cheapest_mix
        best = best_of_all(estimate, by_id, prices, most or count)
        made = sum((Fraction(seller.usd) for seller in mix.sellers), Fraction(0))
        assert len(mix.jobs) == best[0]
        assert abs(made - best[1]) < Fraction(1, 10**9)
        assert len(mix.sellers) <= (most or count)


def best_of_all(
    estimate: kc.Estimate, rows: dict[Any, Any], prices: dict[str, dict[tuple[str, str], Fraction]], most: int
) -> tuple[int, Fraction]:
    """The most jobs that so many sellers can make, and the least that these cost, by every assignment."""
    choices = []
    for item in estimate.line_items:
        job = rows[item.job_id]
        at = {
            name: price[job["quality"], job["sound"]] * job["duration"] * job["takes"]
            for name, price in prices.items()
            if (job["quality"], job["sound"]) in price
        }
        if "task_id" in job or "locked" in job:  # nobody else can make it
            at = {name: cost for name, cost in at.items() if name == item.provider}
        if item.provider not in at:  # what is planned at a price in doubt may stay there
            at[item.provider] = Fraction(item.charge.cost or 0) / Fraction(item.charge.per_usd or 1) * job["takes"]
        choices.append([(None, Fraction(0)), *at.items()])
    found = []
    for chosen in product(*choices):
        names = {name for name, _ in chosen if name is not None}
        if len(names) <= most:
            found.append((-sum(name is not None for name, _ in chosen), sum((cost for _, cost in chosen), Fraction(0))))
    left, cost = min(found)
    return -left, cost


def test_a_price_in_doubt_is_never_taken(book: Book) -> None:
    cheap = other_seller(rate=ALL.replace("3", "0.01") + ", suspicious: far too cheap")
    found = kc.compare(planned(book(cheap), row("a", 8, "1080p", "off")))
    assert told(found)["other"][1] == "0.08"
    (job,) = found.cheapest_mix.jobs
    assert (job.at.provider, job.is_firm) == ("evolink", True)
    (problem,) = [problem for problem in found.problems if problem.key == "suspicious_price.offer"]
    assert "other:vid" in problem.message
    assert "far too cheap" in problem.message


def test_prices_in_doubt_are_listed_behind_those_that_can_be_had(book: Book) -> None:
    cheap = other_seller(rate=ALL.replace("3", "0.01") + ", suspicious: far too cheap")
    found = kc.compare(planned(book(cheap), row("a", 8, "1080p", "off")))
    assert [(one.provider, one.common_usd) for one in found.sellers] == [
        ("evolink", Decimal("0.79980")),
        ("other", Decimal("0.08")),
    ]
    table = sellers_table(found, words_of("en"))
    assert table.column("seller") == ["EvoLink", "Other"]
    sure = kc.compare(planned(book(other_seller(rate=ALL.replace("3", "0.01"))), row("a", 8, "1080p", "off")))
    assert sellers_table(sure, words_of("en")).column("seller") == ["Other", "EvoLink"]


def test_a_range_is_listed_behind_the_others_and_says_so(book: Book) -> None:
    entry = "  edit:\n    - {provider: kling3api, model: o3-std-video-edit}\n    - {provider: other, model: edit}\n"
    sku = (
        "      edit:\n        models: [edit]\n        quantity: {of: input_seconds, minimum: 3, maximum: 9}\n"
        f"        rates: {{2026-02-01: {{unit_price: 0.1, {SOURCED}}}}}\n"
    )
    text = other_seller().replace("providers:\n", entry + "providers:\n") + sku
    found = kc.compare(planned(book(text, rates=[RATE]), {"job_id": "a", "model": "o3-std-video-edit"}))
    assert [(one.provider, one.common_usd, one.is_firm) for one in found.sellers] == [
        ("kling3api", Decimal("3.6"), True),
        ("other", Decimal("0.9"), False),
    ]
    table = sellers_table(found, words_of("en"))
    assert table.column("seller") == ["kling3api.com", "Other"]
    assert "a range; the most is shown" in str(table.column("remark")[1])


@pytest.mark.parametrize("fixed", [{"task_id": "task-1"}, {"locked": "yes"}])
def test_a_job_that_is_submitted_or_locked_is_never_moved(book: Book, fixed: dict[str, str]) -> None:
    cheap = book(other_seller(rate=ALL.replace("3", "0.01")))
    rows = [row("a", 8, "1080p", "off"), row("b", 8, "1080p", "off", **fixed)]
    found = kc.compare(planned(cheap, *rows))
    mix = found.cheapest_mix
    assert [(job.item.job_id, job.at.provider) for job in mix.jobs] == [("a", "other"), ("b", "evolink")]
    assert (mix.stays, [(seller.provider, seller.jobs) for seller in mix.sellers]) == (
        1,
        [("evolink", 1), ("other", 1)],
    )
    assert "submitted or locked: 1" in " ".join(jobs_table(found, words_of("en")).notes)
    alone = kc.compare(planned(cheap, *rows), sellers="other").cheapest_mix
    assert [job.item.job_id for job in alone.jobs] == ["a"], "not made by a seller that never got it"
    assert alone.left_out == 1


def test_a_price_without_an_upper_end_is_never_taken_and_in_no_total(book: Book) -> None:
    """The seller counts what is given, which nobody says."""
    entry = "  edit:\n    - {provider: kling3api, model: o3-std-video-edit}\n    - {provider: other, model: edit}\n"
    sku = (
        "      edit:\n        models: [edit]\n        quantity: {of: input_seconds, minimum: 3}\n"
        f"        rates: {{2026-02-01: {{unit_price: 0.1, {SOURCED}}}}}\n"
    )
    text = other_seller().replace("providers:\n", entry + "providers:\n") + sku
    job = {"job_id": "a", "model": "o3-std-video-edit"}
    found = kc.compare(planned(book(text, rates=[RATE]), job))
    offers = {offer.provider: offer for offer in found.jobs[0].offers}
    assert (offers["other"].comparable, offers["other"].certainty, offers["other"].cost) == (True, "at_least", None)
    assert offers["other"].cost_least == Decimal("0.3")
    assert [job.at.provider for job in found.cheapest_mix.jobs] == ["kling3api"]
    assert found.sellers[-1].provider == "other"
    assert (found.sellers[-1].usd, found.sellers[-1].common_usd, found.sellers[-1].landed) == (None, None, None)


def test_a_job_stays_where_others_ask_the_same(book: Book) -> None:
    same = other_seller(options=SILENT["options"], rate=SILENT["rate"].replace("3", "0.099975"))
    found = kc.compare(planned(book(same), row("a", 10, "1080p", "off")))
    assert [offer.usd for offer in found.jobs[0].offers] == [Decimal("0.99975")] * 2
    assert [job.at.provider for job in found.cheapest_mix.jobs] == ["evolink"]
    assert found.cheapest_mix.saves_usd == 0


def test_a_job_stays_at_a_seller_that_comes_later_in_the_alphabet(book: Book) -> None:
    same = other_seller(options=SILENT["options"], rate=SILENT["rate"].replace("3", "0.099975"))
    found = kc.compare(planned(book(same), row("a", 10, "1080p", "off", model="vid")))
    assert [job.at.provider for job in found.cheapest_mix.jobs] == ["other"]


def test_a_default_of_another_seller_is_no_length_of_a_clip_that_has_none(book: Book) -> None:
    entries = "  clip:\n    - {provider: kling3api, model: o3-std-video-edit}\n    - {provider: other, model: clip}\n"
    sku = f"      clip: {{models: [clip], {SECONDS}, rates: {{2026-02-01: {{unit_price: 0.001, {SOURCED}}}}}}}\n"
    text = other_seller().replace("providers:\n", entries + "providers:\n") + sku
    found = kc.compare(planned(book(text), {"job_id": "a", "model": "o3-std-video-edit"}))
    assert told(found)["other"][0] == "duration_unsupported"


def test_a_model_that_does_not_say_its_quality_is_not_the_same_as_one_that_does(book: Book) -> None:
    entry = "    - {provider: kling3api, model: std-text-to-video}\nproviders:\n"
    text = other_seller("fixed: {quality: 720p}", **OF_SOUND).replace("providers:\n", entry)
    job = {"job_id": "a", "model": "std-text-to-video", "duration": 5, "sound": "off"}
    assert told(kc.compare(planned(book(text), job)))["other"][0] == "quality_unsupported"


def test_what_a_mix_saves_is_what_its_jobs_save(book: Book) -> None:
    rows = [row("a", 8, "1080p", "on", model="kling-v3", takes=3), row("b", model="std-text-to-video", quality=None)]
    found = kc.compare(planned(book(rates=["5000 KLING3API_CREDIT/USD"]), *rows))
    assert [(job.at.provider, job.saves_usd) for job in found.cheapest_mix.jobs] == [
        ("kling3api", Decimal("3.648")),
        ("kling3api", Decimal(0)),
    ]
    assert found.cheapest_mix.saves_usd == Decimal("3.648")
    without = kc.compare(planned(book(), *rows)).cheapest_mix
    assert (without.saves_usd, without.unknown_savings) == (Decimal("0.432"), 1)


def test_no_offer_is_lost_between_what_may_be_taken_and_what_is(book: Book) -> None:
    assert cheapest([], 2).sellers == ()
    found = kc.compare(planned(book(), row("a")))
    (job,) = found.cheapest_mix.jobs
    assert dollars(job.offer) == Fraction(3, 8)
    assert may_be_taken.__doc__


# The command.


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "products.yaml").write_text(PRODUCTS, encoding="utf-8")
    (tmp_path / "jobs.csv").write_text(
        f"job_id,model,duration,quality,sound,takes\nplain,{T2V},5,720p,off,1\nbest,kling-v3,5,4k,off,2\n",
        encoding="utf-8",
    )
    return tmp_path


def run(*args: str) -> int:
    return main(["plan", "compare", "jobs.csv", "--overlay", "products.yaml", "--as-of", "2026-11-20", *args])


def test_the_command_in_every_form(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--format", "json", "-o", "found.md", "-o", "found.csv", "-o", "found.json") == 0
    whole = json.loads(capsys.readouterr().out)
    assert whole == json.loads((files / "found.json").read_text(encoding="utf-8"))
    assert whole["kind"] == "compare"
    rows = list(csv.DictReader(io.StringIO((files / "found.csv").read_text(encoding="utf-8-sig"))))
    assert [(one["job_id"], one["provider"], one["reason"], one["cost"]) for one in rows[3:]] == [
        ("best", "evolink", "quality_unsupported", ""),
        ("best", "kling", "", "4.2"),
        ("best", "kling3api", "quality_unsupported", ""),
    ]
    assert "not in this quality" in (files / "found.md").read_text(encoding="utf-8")
    assert run() == 0
    printed = capsys.readouterr().out
    assert "Who makes these videos for what" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_the_command_stops_with_2_and_4(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--seller", "evolnik") == 2
    assert "did you mean evolink?" in capsys.readouterr().err
    assert run("--balance", "5 CNY") == 2
    assert "no provider shown takes CNY" in capsys.readouterr().err
    assert run("--max-sellers", "0") == 2
    assert run("-o", "jobs.csv") == 2
    capsys.readouterr()
    assert run("--seller", "evolink") == 4
    assert (
        run("--seller", "evolink", "--seller", "kling", "--max-sellers", "1", "--product", "kling-3.0 text to video")
        == 0
    )
