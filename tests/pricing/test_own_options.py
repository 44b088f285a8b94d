"""An option that a price book names itself is one line of YAML, and is priced and shown in every form."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.frames import ADDED_COLUMNS, price_frame, validate_frame
from kling_cost.frames.combinations import ValueClasses
from kling_cost.jobs.columns import JOB_COLUMNS, PRICED_COLUMNS
from kling_cost.pricebook.book_rules import RESERVED
from kling_cost.pricing.book_sql import PRICED_JOBS, book_sql
from kling_cost.problems import PriceBookError, RequestError, UsageError
from kling_cost.reporting.parts.prices.price_lookups import Periods, PriceKeys, period_code, price_lines
from kling_cost.reporting.report import Report
from kling_cost.results.line_item_csv import STAMP_COLUMNS
from kling_cost.results.record_types import LINE_ITEM, PRICE_ROW
from tests.engines import need_module

DAY = date(2026, 11, 20)
BOOK = """\
schema: 2
version: 2026-11-01
currencies:
  CRD: {name: credit, quantum: 0.0001, exchange: {2026-01-01: {per_usd: 100, source: a page, checked: 2026-11-01}}}
providers:
  seller:
    name: Seller
    currency: CRD
    defaults: {duration: 5, quality: 720p}
    skus:
      video:
        models: [vid, kling-v3-text-to-video]
        quantity: {of: output_seconds, minimum: 3, maximum: 15}
        options: {quality: [720p, 1080p], tier: [fast, standard]}
        names: {quality: {std: 720p, pro: 1080p}, tier: {express: fast}}
        defaults: {tier: standard}
        rates:
          2026-01-01:
            by: [quality, tier]
            unit_price: {720p: {fast: 2, standard: 1}, 1080p: {fast: 4, standard: 3}}
            url: https://example.com/pricing
            source: a page
            checked: 2026-11-01
      plain:
        models: [plain]
        quantity: {of: call}
        until: 2026-12-31
        rates:
          2026-01-01: {unit_price: 7, source: a page, checked: 2026-11-01}
"""
#: Quality, tier and what five seconds cost: the table of the book, times five.
ASKED = [
    ("720p", "fast", 10),
    ("720p", "standard", 5),
    ("1080p", "fast", 20),
    ("1080p", None, 15),
    ("pro", "express", 20),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("book") / "own.yaml"
    file.write_text(BOOK, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def book(path: Path) -> kc.PriceBook:
    return kc.load_prices(path)


def rows() -> list[dict[str, Any]]:
    return [
        {"job_id": f"j{at}", "model": "vid", "duration": 5, "quality": quality, "tier": tier}
        for at, (quality, tier, _) in enumerate(ASKED)
    ]


def bodies(model: str = "vid") -> list[dict[str, Any]]:
    found = []
    for row in rows():
        body = {key: value for key, value in row.items() if value is not None and key != "job_id"}
        found.append({"job_id": row["job_id"], "provider": "seller", "request": {**body, "model": model}})
    return found


COSTS = [Decimal(cost) for _, _, cost in ASKED]


def costs(estimate: kc.Estimate) -> list[Decimal]:
    assert not [found for found in estimate.problems if found.severity == "error"], estimate.problems
    return [item.cost_value for item in estimate.line_items]


def written(folder: Path, form: str) -> Path:
    path = folder / f"jobs.{form}"
    frame = pd.DataFrame(rows())
    if form == "json":
        path.write_text(json.dumps(bodies()), encoding="utf-8")
    elif form == "jsonl":
        path.write_text("\n".join(map(json.dumps, bodies("kling-v3-text-to-video"))), encoding="utf-8")
    elif form == "yaml":
        lines = [f"  - {json.dumps({k: v for k, v in row.items() if v is not None})}" for row in rows()]
        path.write_text("campaign: c\njobs:\n" + "\n".join(lines), encoding="utf-8")
    elif form == "xlsx":
        frame.to_excel(path, index=False)
    elif form == "parquet":
        frame.to_parquet(path)
    else:
        frame.rename(columns={"tier": " Tier"}).to_csv(path, index=False, sep="\t" if form == "tsv" else ",")
    return path


FORMS = ["json", "jsonl", "yaml", "csv", "tsv", "xlsx", "parquet"]


@pytest.mark.parametrize("form", FORMS)
def test_it_is_priced_from_every_form(form: str, tmp_path: Path, book: kc.PriceBook) -> None:
    file = written(tmp_path, form)
    assert costs(kc.estimate(str(file), book, as_of=DAY)) == COSTS
    assert costs(kc.estimate(kc.read_jobs(file, book=book), book, as_of=DAY)) == COSTS
    assert kc.summarize(str(file), book, as_of=DAY).totals[0].cost == sum(COSTS)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("summary", [False, True])
def test_the_command_prices_and_shows_it(form: str, summary: bool, tmp_path: Path, path: Path) -> None:
    file, out = written(tmp_path, form), tmp_path / "out.csv"
    options = ["--prices", str(path), "--as-of", str(DAY), *(["--summary"] if summary else [])]
    assert main(["estimate", str(file), *options, "-o", str(out)]) == 0
    lines = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    assert [line["quality"] for line in lines] == ["720p", "720p", "1080p", "1080p", "1080p"]
    assert [line["tier"] for line in lines] == ["fast", "standard", "fast", "standard", "fast"]
    assert [Decimal(line["cost"]) for line in lines] == COSTS


def engines() -> list[str]:
    return ["pandas", "polars", "polars-lazy", "pyarrow", "duckdb", "dask"]


def frame_of(engine: str, data: pd.DataFrame) -> Any:
    if engine == "pandas":
        return data
    if engine.startswith("polars"):
        polars = need_module("polars")
        frame = polars.from_pandas(data)
        return frame.lazy() if engine.endswith("lazy") else frame
    if engine == "pyarrow":
        return pa.Table.from_pandas(data)
    if engine == "duckdb":
        return need_module("duckdb").from_df(data)  # of a connection that stays open
    need_module("dask")
    return need_module("dask.dataframe").from_pandas(data, npartitions=2)


def column(engine: str, frame: Any, name: str) -> list[Any]:
    if engine == "pandas":
        return frame[name].tolist()
    if engine.startswith("polars"):
        return (frame.collect() if engine.endswith("lazy") else frame)[name].to_list()
    if engine == "pyarrow":
        return frame.column(name).to_pylist()
    if engine == "duckdb":
        return [row[0] for row in frame.order("job_id").project(name).fetchall()]
    return frame.compute()[name].tolist()


@pytest.mark.parametrize("engine", engines())
def test_it_is_a_column_of_frames(engine: str, book: kc.PriceBook) -> None:
    data = pd.DataFrame([*rows(), {"job_id": "j9", "model": "vid", "duration": 5, "quality": "720p", "tier": "slow"}])
    priced = price_frame(frame_of(engine, data), book, as_of=DAY)
    assert column(engine, priced, "cost")[:-1] == COSTS
    assert column(engine, priced, "price_problem")[-1] == "tier:not_allowed"
    assert column(engine, validate_frame(frame_of(engine, data), book), "price_problem")[-1] == "tier:not_allowed"


def test_a_warehouse_looks_it_up(book: kc.PriceBook) -> None:
    connection = need_module("duckdb").connect()
    texts = ", ".join(f"{name} TEXT" for name in ("job_id", "provider", "model", "quality", "sound", "tier"))
    connection.execute(f"CREATE TABLE jobs({texts}, duration INT, takes INT, date DATE)")
    for row in rows():
        cells = [row["job_id"], None, "vid", row["quality"], None, row["tier"], 5, 1, None]
        connection.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", cells)
    connection.execute(book_sql(book, "duckdb", DAY))
    found = connection.execute(f"SELECT cost FROM {PRICED_JOBS} ORDER BY job_id").fetchall()
    assert [cost for (cost,) in found] == COSTS


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_stored_plan_keeps_it(form: str, tmp_path: Path, book: kc.PriceBook) -> None:
    made = kc.estimate(bodies(), book, as_of=DAY)
    kc.write_report(tmp_path / f"plan.{form}", made)
    stored = kc.read_estimate(tmp_path / f"plan.{form}")
    assert [item.charge.options for item in stored.line_items] == [item.charge.options for item in made.line_items]
    assert stored.own_options == made.own_options == ("tier",)
    kc.write_report(tmp_path / "again.xlsx", stored)  # the workbook of a plan that has no price book


def test_a_stored_line_whose_option_was_changed_is_refused(tmp_path: Path, book: kc.PriceBook) -> None:
    plan = tmp_path / "plan.csv"
    kc.write_report(plan, kc.estimate(bodies(), book, as_of=DAY))
    plan.write_text(plan.read_text("utf-8-sig").replace(",fast,", ",slow,", 1), encoding="utf-8")
    with pytest.raises(kc.ReadError, match="changed"):
        kc.read_estimate(plan)


def test_rows_and_tables_have_its_column(tmp_path: Path, book: kc.PriceBook) -> None:
    made = kc.estimate(bodies(), book, as_of=DAY)
    kc.write_report(tmp_path / "plan.parquet", made)
    tiers = ["fast", "standard", "fast", "standard", "fast"]
    assert made.to_frame()["tier"].tolist() == tiers
    assert pq.read_table(tmp_path / "plan.parquet").column("tier").to_pylist() == tiers
    assert {row["tier"] for row in kc.price_table(book) if row["sku"] == "video"} == {"fast", "standard"}  # type: ignore[typeddict-item]
    assert [row["tier"] for row in kc.price_table(book) if row["sku"] == "plain"] == [None]  # type: ignore[typeddict-item]


def test_a_single_price_takes_it(book: kc.PriceBook) -> None:
    assert kc.price("vid", duration=5, options={"tier": "fast"}, book=book).cost == kc.Amount("10", "CRD")
    assert kc.price("vid", duration=5, quality="pro", book=book).cost == kc.Amount("15", "CRD")
    assert kc.price_request({"model": "vid", "duration": 5, "tier": "fast"}, book).cost == kc.Amount("10", "CRD")
    with pytest.raises(UsageError, match="no option teir; it has tier"):
        kc.price("vid", options={"teir": "fast"}, book=book)
    with pytest.raises(RequestError, match="tier"):
        kc.price("vid", options={"tier": "slow"}, book=book)
    with pytest.raises(UsageError, match="must be a mapping of names to values, not list"):
        kc.price("vid", options=["tier"], book=book)  # type: ignore[arg-type]


def test_jobs_that_were_read_without_it_are_not_priced_by_default(book: kc.PriceBook, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="pass book= to read_jobs"):
        kc.estimate(kc.read_jobs(written(tmp_path, "csv")), book)


@given(
    st.one_of(
        st.integers(), st.lists(st.text(), max_size=2), st.text(), st.dictionaries(st.text(), st.none(), max_size=1)
    )
)
def test_a_value_that_is_none_of_its_values_is_an_error(book: kc.PriceBook, value: Any) -> None:
    (found,) = kc.estimate([{"model": "vid", "duration": 5, "tier": value}], book).line_items or [None]
    assert (found is None) == (value not in ("fast", "standard", "express"))


def test_a_model_is_sold_until_its_last_day(book: kc.PriceBook) -> None:
    assert kc.price("plain", as_of="2026-12-31", book=book).cost == kc.Amount("7", "CRD")
    with pytest.raises(RequestError, match="last day was 2026-12-31"):
        kc.price("plain", as_of="2027-01-01", book=book)
    frame = pd.DataFrame({"model": ["plain"] * 2, "date": ["2026-12-31", "2027-01-01"]})
    assert price_frame(frame, book)["price_problem"].tolist() == [pd.NA, "date:no_rate"]


FAULTS = {
    "schema: 2|schema: 1": "quantity: unknown key",
    "tier: [fast, standard]|cost: [fast, standard]": "cost cannot be an option",
    "tier: {express: fast}|tier: {express: slow}": "slow is not one of the values of tier",
    "tier: {express: fast}|tier: {fast: standard}": "fast is a value of tier itself",
    "tier: {express: fast}|voice: {on: off}": "voice is none of the SKU's options",
    "defaults: {tier: standard}|defaults: {tier: slow}": "slow is not one of the values",
    "until: 2026-12-31|until: 2025-12-31": "2025-12-31 is before 2026-01-01",
    "quantity: {of: call}|quantity: {of: call, minimum: 1, maximum: 2}": "not allowed for a price per call",
    "minimum: 3, maximum: 15}|minimum: 3}": "quantity.maximum: missing",
    "quantity: {of: call}|quantity: {of: call}, billing_rule: per_call": "not allowed beside",
    "https://example.com/pricing|example": "not a web address",
    "quantity: {of: call}|{}": "billing_rule: missing",
    "tier: [fast, standard]|Tier-1: [fast, standard]": "use lower-case letters",
    "tier: [fast, standard]|order: [fast, standard]": "order cannot be an option",
    "defaults: {tier: standard}|defaults: {tier: standard, teir: fast}": "defaults.teir: unknown option",
    "quality: 720p}|quality: 720p, teir: fast}": "defaults.teir: unknown option",
}


@pytest.mark.parametrize("change", FAULTS)
def test_what_does_not_fit_is_refused_at_its_place(change: str, tmp_path: Path) -> None:
    old, new = change.split("|")
    assert old in BOOK
    text = BOOK.replace(old, new, 1)
    if new == "{}":
        text = BOOK.replace("        quantity: {of: call}\n", "", 1)
    if "billing_rule" in new:
        text = BOOK.replace(f"        {old}\n", f"        {old}\n        billing_rule: per_call\n", 1)
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PriceBookError) as caught:
        kc.load_prices(tmp_path / "bad.yaml")
    assert [fault for fault in caught.value.faults if FAULTS[change] in fault], caught.value.faults


def test_lint_tells_of_prices_that_nobody_can_look_up(path: Path) -> None:
    assert [line for line in kc.lint_prices(path) if "url" in line] == [
        "seller: 1 SKU without a url where the price can be looked up"
    ]
    assert not [line for line in kc.lint_prices() if "url" in line]  # a book of schema 1 has no place for it


def test_no_option_can_be_called_like_a_column_of_jobs_or_results() -> None:
    columns = {field.name for record in (LINE_ITEM, PRICE_ROW) for field in record.columns()}
    columns |= {*STAMP_COLUMNS, *ADDED_COLUMNS, *PRICED_COLUMNS, *JOB_COLUMNS}
    assert columns - {"quality", "sound"} <= RESERVED


def test_a_book_with_options_without_number_is_refused_at_once(tmp_path: Path) -> None:
    values = ", ".join(f"v{at}" for at in range(100))
    options = ", ".join(f"o{at}: [{values}]" for at in range(10))
    text = BOOK.replace("tier: [fast, standard]}", f"tier: [fast, standard], {options}}}")
    text = text.replace("by: [quality, tier]", f"by: [quality, tier, {', '.join(f'o{at}' for at in range(10))}]")
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PriceBookError, match="more than 20,000 combinations"):
        kc.load_prices(tmp_path / "bad.yaml")


def test_what_drives_the_cost_is_told_by_it(tmp_path: Path, book: kc.PriceBook) -> None:
    kc.write_report(tmp_path / "plan.html", kc.estimate(bodies(), book, as_of=DAY))
    text = (tmp_path / "plan.html").read_text("utf-8")
    assert "vid · 1080p · fast" in text
    assert "vid · 720p · standard" in text


def test_a_default_of_the_sku_comes_before_that_of_the_provider(tmp_path: Path) -> None:
    text = BOOK.replace("defaults: {tier: standard}", "defaults: {tier: standard, quality: 1080p, duration: 10}")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    assert kc.price("vid", book=kc.load_prices(tmp_path / "own.yaml")).cost == kc.Amount("30", "CRD")


def test_a_field_that_the_book_names_is_known_in_a_request_with_rules(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(BOOK.replace("  seller:", "  evolink:"), encoding="utf-8")
    body = {"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 5, "quality": "720p", "tier": "fast"}
    made = kc.estimate([body], kc.load_prices(tmp_path / "own.yaml"), as_of=DAY)
    assert (costs(made), made.problems) == ([Decimal(10)], [])
    assert [found.field for found in kc.estimate([body], as_of=DAY).problems] == [
        "tier"
    ]  # by another book it is unknown


def test_a_word_of_the_seller_is_told_from_a_word_of_nobody(book: kc.PriceBook) -> None:
    classes = ValueClasses(book)
    assert classes.of("quality", "pro") != classes.of("quality", "odd") == classes.of("quality", "strange")


def test_a_workbook_looks_each_line_up_by_all_options(book: kc.PriceBook) -> None:
    report = Report(kc.estimate(bodies(), book, as_of=DAY))
    listed = [(line.key, line.values["unit_price"]) for line in price_lines(report)]
    assert len(dict(listed)) == len(listed) == 2 * (2 * 4) + 1  # a model is sold in the first of two periods only
    for item in report.line_items:
        day = Periods(report).of_day(item.job.date, item.charge.rate_effective_from)
        assert dict(listed)[PriceKeys(report).of(item.charge, period_code(day))] == item.charge.unit_price
