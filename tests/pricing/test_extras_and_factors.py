"""Extras, group factors and rounding: one rule in every form, and never cheaper by accident."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.frames import price_frame, validate_frame
from kling_cost.pricebook.terms.extras import Rounding
from kling_cost.pricing.book_sql import PRICED_JOBS, book_sql
from kling_cost.pricing.rule import Adjustments, ChargedExtra, cost_of_one_call
from kling_cost.problems import RequestError, UsageError
from kling_cost.reporting.parts.prices.what_if import what_if
from kling_cost.reporting.report import Report
from tests.engines import need_module
from tests.pricing.test_own_options import column, engines, frame_of

DAY = date(2026, 11, 20)
BOOK = """\
schema: 2
version: 2026-11-01
currencies:
  USD: {name: US dollar, quantum: 0.0001}
  CRD: {name: credit, quantum: 0.01}
products:
  a video: [{provider: seller, model: vid}, {provider: other, model: clip}, {provider: other, model: gone}]
providers:
  seller:
    name: Seller
    currency: USD
    defaults: {duration: 5}
    terms:
      factors:
        2026-02-01: {list: [{group: vip, factor: 0.95}, {group: all, factor: 1}], source: p, checked: 2026-11-01}
        2026-09-01: {list: [{group: vip, factor: 0.9}, {group: all, factor: 1}], source: p, checked: 2026-11-01}
    skus:
      video:
        models: [vid, kling-v3-text-to-video, kling-v3-image-to-video]
        quantity: {of: output_seconds, minimum: 3, maximum: 6}
        rates:
          2026-01-01:
            unit_price: 0.0833
            minimum_charge: 0.3
            extra:
              - {per: element, free: 1, unit_price: 0.011}
              - {per: second, when: {voice: on}, unit_price: 0.028}
              - {per: call, when: {voice: on}, unit_price: 0.003}
            round: {to: 0.01, mode: up}
            source: a page
            checked: 2026-11-01
  other:
    name: Other
    currency: CRD
    skus:
      clip:
        models: [clip]
        quantity: {of: call}
        rates: {2026-01-01: {unit_price: 7, source: a page, checked: 2026-11-01}}
      gone:
        models: [gone]
        quantity: {of: call}
        until: 2026-06-30
        rates: {2026-01-01: {unit_price: 7, source: a page, checked: 2026-11-01}}
"""
#: Model, seconds, voice, elements, and what a call costs for everybody and for the group, worked out by hand.
ASKED = [
    ("vid", 5, None, None, "0.42", "0.38"),  # 0.4165; × 0.9 = 0.37485
    ("vid", 5, None, 1, "0.42", "0.38"),  # the first is free
    ("vid", 5, None, 4, "0.45", "0.41"),  # + 0.033 = 0.4495; × 0.9 = 0.40455
    ("vid", 6, "on", 3, "0.70", "0.63"),  # 0.4998 + 0.022 + 0.168 + 0.003 = 0.6928; × 0.9 = 0.62352
    ("vid", 3, "off", 0, "0.3", "0.3"),  # 0.2499 → 0.25; 0.22491 → 0.23; raised to the minimum charge
    ("clip", None, None, 9, "7", "7"),  # counts nothing
]
COSTS, GROUP_COSTS = ([Decimal(row[at]) for row in ASKED] for at in (4, 5))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("book") / "extras.yaml"
    file.write_text(BOOK, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def book(path: Path) -> kc.PriceBook:
    return kc.load_prices(path)


@pytest.fixture(scope="module")
def group_book(path: Path) -> kc.PriceBook:
    return kc.load_prices(path, group="vip")


def rows() -> list[dict[str, Any]]:
    return [
        {"job_id": f"j{at}", "model": model, "duration": seconds, "voice": voice, "element": elements}
        for at, (model, seconds, voice, elements, *_) in enumerate(ASKED)
    ]


def frame() -> pd.DataFrame:
    return pd.DataFrame(rows()).astype({"duration": "Int64", "element": "Int64"})


def written(folder: Path, form: str) -> Path:
    path = folder / f"jobs.{form}"
    given = [{key: value for key, value in row.items() if value is not None} for row in rows()]
    if form in ("json", "jsonl"):
        jobs = [{"job_id": row.pop("job_id"), "request": row} for row in given]
        path.write_text(json.dumps(jobs) if form == "json" else "\n".join(map(json.dumps, jobs)), encoding="utf-8")
    elif form == "yaml":
        path.write_text("campaign: c\njobs:\n" + "\n".join(f"  - {json.dumps(row)}" for row in given), encoding="utf-8")
    elif form == "xlsx":
        frame().to_excel(path, index=False)
    elif form == "parquet":
        frame().to_parquet(path)
    else:
        frame().to_csv(path, index=False)
    return path


FORMS = ["json", "jsonl", "yaml", "csv", "xlsx", "parquet"]


def costs(estimate: kc.Estimate) -> list[Decimal | None]:
    assert not [found for found in estimate.problems if found.severity == "error"], estimate.problems
    return [item.cost_value for item in estimate.line_items]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_costs_the_same(form: str, tmp_path: Path, path: Path, book: kc.PriceBook) -> None:
    file = written(tmp_path, form)
    assert costs(kc.estimate(str(file), book, as_of=DAY)) == COSTS
    assert costs(kc.estimate(str(file), book, as_of=DAY, group="vip")) == GROUP_COSTS
    for summary in ([], ["--summary"]):
        out = tmp_path / "out.csv"
        options = ["--prices", str(path), "--group", "vip", "--as-of", str(DAY), *summary, "-o", str(out)]
        assert main(["estimate", str(file), *options]) == 0
        lines = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
        assert [Decimal(line["cost"]) for line in lines] == GROUP_COSTS
        out.unlink()


@pytest.mark.parametrize("engine", engines())
def test_frames_cost_the_same(engine: str, group_book: kc.PriceBook) -> None:
    unreadable = {"job_id": "j9", "model": "vid", "duration": 5, "element": -1}
    data = pd.DataFrame([*rows(), unreadable]).astype({"duration": "Int64", "element": "Int64"})
    data["voice"] = data["voice"].astype("string")
    priced = price_frame(frame_of(engine, data), group_book, as_of=DAY)
    assert column(engine, priced, "cost")[:-1] == GROUP_COSTS
    assert column(engine, priced, "price_problem")[-1] == "element:price_unknown"
    assert column(engine, validate_frame(frame_of(engine, data), group_book), "price_problem")[-1] == (
        "element:price_unknown"
    )


def test_a_frame_whose_columns_may_hold_what_is_counted_is_refused(book: kc.PriceBook) -> None:
    jobs = pd.DataFrame({"model": ["vid"], "duration": [5], "model_params.element_list": ["[1, 2]"]})
    with pytest.raises(UsageError, match="how many element there are, which model_params"):
        price_frame(jobs, book)
    assert price_frame(jobs.assign(element=2), book)["cost"].tolist() == [Decimal("0.43")]
    assert price_frame(jobs, kc.load_prices())["price_problem"].tolist() == ["model:unknown_model"]


def test_a_warehouse_looks_the_same_up_or_nothing(group_book: kc.PriceBook) -> None:
    connection = need_module("duckdb").connect()
    texts = ", ".join(f"{name} TEXT" for name in ("job_id", "provider", "model", "quality", "sound", "voice"))
    connection.execute(f"CREATE TABLE jobs({texts}, duration INT, element INT, takes INT, date DATE)")
    many = {"job_id": "j9", "model": "vid", "duration": 5, "voice": None, "element": 1000}
    for row in [*rows(), many]:
        cells = [row["job_id"], None, row["model"], None, None, row["voice"], row["duration"], row["element"], 1, None]
        connection.execute(f"INSERT INTO jobs VALUES ({', '.join('?' * len(cells))})", cells)
    connection.execute(book_sql(group_book, "duckdb", DAY))
    found = connection.execute(f"SELECT cost FROM {PRICED_JOBS} ORDER BY job_id").fetchall()
    assert [cost for (cost,) in found] == [*GROUP_COSTS, None]


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_stored_plan_keeps_all_of_it(form: str, tmp_path: Path, book: kc.PriceBook) -> None:
    made = kc.estimate(frame(), book, as_of=DAY, group="vip")
    kc.write_report(tmp_path / f"plan.{form}", made)
    stored = kc.read_estimate(tmp_path / f"plan.{form}")
    assert stored.totals == made.totals
    for again, item in zip(stored.line_items, made.line_items, strict=True):
        assert again.charge.adjustments[:4] == item.charge.adjustments[:4]
        assert again.arithmetic() == item.arithmetic()
    kc.write_report(tmp_path / f"again.{form}", stored)
    assert kc.read_estimate(tmp_path / f"again.{form}").totals == made.totals


@pytest.mark.parametrize("change", ['"quantity": "3"|"quantity": "2"', '"cost": "0.022"|"cost": "0.011"', "0.9|0.95"])
def test_a_stored_plan_that_was_changed_is_refused(change: str, tmp_path: Path, book: kc.PriceBook) -> None:
    old, new = change.split("|")
    for form in ("json", "csv"):
        plan = tmp_path / f"plan.{form}"
        kc.write_report(plan, kc.estimate(frame(), book, as_of=DAY, group="vip"))
        text = plan.read_text("utf-8-sig")
        before = text.replace('"', '""') if form == "csv" else text
        was, now = (part.replace('"', '""') if form == "csv" else part for part in (old, new))
        assert was in text, before[:200]
        plan.write_text(text.replace(was, now, 1), encoding="utf-8")
        with pytest.raises(kc.ReadError):
            kc.read_estimate(plan)


def test_a_line_says_what_comes_to_its_price(tmp_path: Path, book: kc.PriceBook) -> None:
    made = kc.estimate(frame(), book, as_of=DAY, group="vip")
    item = made.line_items[3]
    assert item.arithmetic() == ("(6 s × 0.0833 + 2 element × 0.011 + 6 s × 0.028 + 1 call × 0.003) × 0.9 = 0.63 USD")
    assert item.notes == [
        "2 × element: 0.022 USD",
        "6 × second: 0.168 USD",
        "1 × call: 0.003 USD",
        "price of group vip: × 0.9",
        "rounded up to 0.01",
    ]
    assert item.job.needs == {"elements": 3}
    kc.write_report(tmp_path / "plan.json", made)
    document = json.loads((tmp_path / "plan.json").read_text("utf-8"))
    estimate = document.get("estimate", document)
    record = estimate["line_items"][3]
    assert record["extras"][0] == {"per": "element", "quantity": "2", "unit_price": "0.011", "cost": "0.022"}
    assert (record["factor"], record["group"], record["rounding"]) == ("0.9", "vip", {"to": "0.01", "mode": "up"})
    assert not {"extras", "factor", "group", "rounding"} & estimate["line_items"][5].keys()
    assert estimate["price_book"]["group"] == "vip"
    assert "other has no prices for group vip" in [found.message for found in made.problems]


def test_the_page_tries_other_seconds_with_the_same_elements(book: kc.PriceBook) -> None:
    made = kc.estimate(frame(), book, as_of=DAY)
    found = what_if(Report(made))
    assert found is not None
    per_element = [model["prices"] for model in found.models if model["name"] == "vid" and model["prices"]]
    steps = 10 ** found.currencies["USD"]["decimals"]
    assert len(per_element) == 5  # of as many numbers of elements, none among them
    assert {Fraction(prices["||off|6"]) / steps for prices in per_element} == {
        Fraction(kc.price("vid", duration=6, options={"element": n}, book=book, as_of=DAY).cost.value)
        for n in (0, 1, 3, 4)
    }


def test_a_request_body_is_counted(book: kc.PriceBook) -> None:
    elements = [{"element_id": f"e{at}"} for at in range(3)]
    body = {"model": "kling-v3-image-to-video", "prompt": "a @element", "image_start": "https://example.com/a.png"}
    alone = kc.price_request({**body, "duration": 5}, book, as_of=DAY)
    assert alone.cost.value == Decimal("0.42")
    params = {"model_params": {"element_list": elements}}
    item = kc.price_request({**body, "duration": 5, **params}, book, as_of=DAY)
    assert (item.cost.value, item.job.needs["elements"]) == (Decimal("0.44"), 3)
    assert "using elements adds nothing to the price" not in item.notes
    assert costs(kc.estimate([{**body, "duration": 5, **params}], book, as_of=DAY)) == [Decimal("0.44")]


def test_a_number_that_is_less_than_what_the_request_has_is_refused(book: kc.PriceBook) -> None:
    body = {
        "model": "kling-v3-image-to-video",
        "prompt": "a",
        "image_start": "https://example.com/a.png",
        "duration": 5,
        "model_params": {"element_list": [{"element_id": "a"}, {"element_id": "b"}, {"element_id": "c"}]},
        "element": 1,
    }
    with pytest.raises(RequestError, match="fewer"):
        kc.price_request(body, book)


@pytest.mark.parametrize("field", ["elements", "element_list", "reference_elements"])
def test_what_cannot_be_counted_is_refused(field: str, book: kc.PriceBook) -> None:
    with pytest.raises(RequestError) as caught:
        kc.price_request({"model": "vid", "duration": 5, field: [1, 2, 3]}, book)
    assert {found.code for found in caught.value.problems} == {"price_unknown"}
    assert kc.price_request({"model": "vid", "duration": 5, field: [], "element": 3}, book).cost.value


@pytest.mark.parametrize("value", ["x", -1, "1.5", True, [1], "1000000000"])
def test_a_number_that_is_none_is_refused(value: Any, book: kc.PriceBook) -> None:
    with pytest.raises(RequestError) as caught:
        kc.price_request({"model": "vid", "duration": 5, "element": value}, book)
    assert "price_unknown" in {found.code for found in caught.value.problems}


def test_a_group_has_the_factor_of_the_day(book: kc.PriceBook, group_book: kc.PriceBook) -> None:
    days = {"2026-01-31": "0.5", "2026-02-01": "0.48", "2026-08-31": "0.48", "2026-09-01": "0.45"}
    for day, cost in days.items():  # 6 s: 0.4998; × 0.95 = 0.47481; × 0.9 = 0.44982
        assert kc.price("vid", duration=6, book=group_book, as_of=day).cost.value == Decimal(cost), day
        assert kc.price("vid", duration=6, book=book, group="vip", as_of=day).cost.value == Decimal(cost)
        assert kc.price("vid", duration=6, book=book, as_of=day).cost.value == Decimal("0.5")
    jobs = pd.DataFrame({"model": "vid", "duration": 6, "date": list(days)})
    assert price_frame(jobs, group_book)["cost"].tolist() == [Decimal(cost) for cost in days.values()]


def test_a_group_that_nobody_has_is_refused_with_those_that_there_are(
    path: Path, book: kc.PriceBook, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match="no provider in the price book has a group vop; its groups are vip, all"):
        kc.estimate(frame(), book, group="vop")
    with pytest.raises(UsageError, match="it has no groups"):
        kc.price("kling-v3-text-to-video", group="vip")
    assert main(["price", "vid", "--prices", str(path), "--group", "vop"]) == 2
    assert "its groups are vip, all" in capsys.readouterr().err


def test_a_factor_of_one_changes_no_byte(tmp_path: Path, path: Path) -> None:
    for name, group in (("plain", None), ("all", "all")):
        made = kc.estimate(frame(), kc.load_prices(path, group=group), as_of=DAY)
        for form in ("json", "csv", "md"):
            kc.write_report(tmp_path / f"{name}.{form}", made)
    for form in ("json", "csv", "md"):
        assert (tmp_path / f"plain.{form}").read_bytes() == (tmp_path / f"all.{form}").read_bytes()


def test_what_was_not_asked_for_costs_nothing_and_writes_nothing(book: kc.PriceBook) -> None:
    item = kc.price("clip", book=book)
    assert (item.charge.adjustments, item.notes, item.options) == (((), None, None, None, ()), [], {})
    assert kc.price("vid", duration=5, book=book).charge.defaults_applied == ()


def test_an_ended_model_is_refused_with_who_sells_the_same(book: kc.PriceBook) -> None:
    with pytest.raises(RequestError) as caught:
        kc.price("gone", as_of="2026-07-01", book=book)
    (found,) = caught.value.problems
    assert (found.message, found.hint) == (
        "the model is no longer sold; its last day was 2026-06-30",
        "use one that sells the same: seller:vid, other:clip",
    )
    with pytest.raises(RequestError) as caught:
        kc.price("vid", as_of="2025-12-31", book=book)
    assert "elsewhere" not in caught.value.problems[0].key  # nobody sells it then


VOLUME = BOOK.replace(
    "{group: all, factor: 1}], source: p, checked: 2026-11-01}\n    skus",
    "{above: 1000 USD, per: month, factor: 0.8}], source: p, checked: 2026-11-01}\n    skus",
)


def test_a_discount_on_volume_makes_a_cost_the_most_that_it_may_be(tmp_path: Path) -> None:
    assert VOLUME != BOOK
    (tmp_path / "volume.yaml").write_text(VOLUME, encoding="utf-8")
    book = kc.load_prices(tmp_path / "volume.yaml")
    item = kc.price("vid", duration=5, book=book, as_of=DAY)
    assert (item.cost.value, item.charge.certainty, item.cost_least) == (Decimal("0.42"), "at_most", None)
    assert "may cost × 0.8 where more than 1000 USD is spent in a month, which is not known yet" in item.notes
    assert kc.price("vid", duration=5, book=book, as_of="2026-08-31").charge.certainty == "exact"
    assert kc.price("clip", book=book, as_of=DAY).charge.certainty == "exact"


prices = st.decimals("0", "999", places=6)


@given(
    prices,
    st.integers(1, 40),
    st.none() | st.integers(1, 10),
    st.none() | st.decimals("0.0001", "9999", places=4),
    st.lists(st.tuples(st.integers(1, 9), prices), max_size=4),
    st.none() | st.decimals("0.01", "2", places=3),
    st.none() | st.tuples(st.integers(0, 4), st.sampled_from(["half_up", "up", "down"])),
)
def test_the_rule_is_quantity_times_price_and_extras_times_factor_rounded_and_raised(
    unit_price: Decimal,
    seconds: int,
    minimum: int | None,
    least: Decimal | None,
    extras: list[tuple[int, Decimal]],
    factor: Decimal | None,
    rounding: tuple[int, str] | None,
) -> None:
    charged = tuple(ChargedExtra("element", Decimal(n), price, Decimal(n) * price) for n, price in extras)
    places, mode = rounding or (4, "half_up")
    asked = Adjustments(charged, factor, rounding and Rounding(Decimal(1).scaleb(-places), mode))
    minimum_quantity = None if minimum is None else Decimal(minimum)
    _, cost = cost_of_one_call(unit_price, Decimal(seconds), minimum_quantity, least, Decimal("0.0001"), asked)
    whole = Fraction(max(seconds, minimum or 0)) * Fraction(unit_price)
    whole += sum(n * Fraction(price) for n, price in extras)
    steps = whole * Fraction(1 if factor is None else factor) * 10**places
    stepped = {"half_up": floor(steps + Fraction(1, 2)), "up": ceil(steps), "down": floor(steps)}[mode]
    assert Fraction(cost) == max(Fraction(stepped, 10**places), Fraction(least or 0))


@given(st.integers(3, 6), st.integers(0, 8), st.booleans(), st.booleans())
def test_more_is_never_cheaper(book: kc.PriceBook, seconds: int, elements: int, voice: bool, grouped: bool) -> None:
    def cost(n: int, seconds: int, voice: bool) -> Decimal:
        options = {"element": n, "voice": "on" if voice else "off"}
        group = "vip" if grouped else None
        return kc.price("vid", duration=seconds, options=options, book=book, group=group, as_of=DAY).cost.value

    one = cost(elements, seconds, voice)
    assert one <= cost(elements + 1, seconds, voice)
    assert one <= cost(elements, min(6, seconds + 1), voice)
    assert one <= cost(elements, seconds, True)


@pytest.mark.parametrize(("heading", "value", "is_refused"), [
    ("Elements used", 3, True),
    ("element list", "https://example.com/a.png", True),
    ("element note", "the red hat", False),
])  # fmt: skip
@pytest.mark.parametrize("form", ["csv", "yaml", "frame", "summary"])
def test_another_name_for_what_is_counted_is_never_taken_for_none(
    heading: str, value: Any, is_refused: bool, form: str, tmp_path: Path, book: kc.PriceBook
) -> None:
    row = {"provider": "seller", "model": "vid", "duration": 5, heading: value}
    path = tmp_path / ("jobs.yaml" if form == "yaml" else "jobs.csv")
    if form == "yaml":
        path.write_text(json.dumps({"campaign": "x", "jobs": [row]}), encoding="utf-8")
    else:
        pd.DataFrame([row]).to_csv(path, index=False)
    if form == "frame":
        if not is_refused:
            assert price_frame(pd.DataFrame([row]), book)["cost"].notna().all()
            return
        with pytest.raises(UsageError, match="element"):
            price_frame(pd.DataFrame([row]), book)
        return
    found = kc.summarize(path, book) if form == "summary" else kc.estimate(kc.read_jobs(path, book=book), book)
    assert (found.left_out, len(found.totals)) == ((1, 0) if is_refused else (0, 1))
