"""A warehouse that looks prices up gets the library's figures, to the last digit."""

from __future__ import annotations

import csv
import doctest
import io
import itertools
import random
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import kling_cost as kc
from kling_cost.pricing.book_sql import PRICED_JOBS, book_sql
from kling_cost.pricing.price_listings import _PriceLister, listings
from kling_cost.pricing.sql_dialects import DIALECTS
from tests.engines import Postgres, need_module, postgres, spark  # noqa: F401  # fixtures
from tests.pricebook.test_faults import BOOK
from tests.pricebook.test_layers_and_dates import LATER, OVERLAY

AS_OF = date(2026, 11, 20)
JOBS = ("job_id", "provider", "model", "duration", "quality", "sound", "takes", "date")
ADDED = ("billed_quantity", "unit_price", "cost", "currency", "usd", "rate_effective_from", "defaults_applied")
TAKES = (None, 1, 2, 3, 4, 5, 6, 7, 9_973, 10_000)
Row = tuple[Any, ...]

# A second seller of a name, a free choice where a price does not depend on it, other options from a day on, and
# texts that are hard to quote.
HOSTILE = (
    BOOK.replace("\n      call:", LATER, 1)
    .replace(
        "  seller:\n",
        """\
  other:
    name: Other
    currency: OTH
    skus:
      some:
        models: [one, "it's \\"$HOME\\" ${HOME} \\\\' -- ; 안개"]
        billing_rule: per_second
        seconds: {minimum: 0, maximum: 2}
        options: {quality: ["' OR 1=1 --", "\\\\", "a\\nb"]}
        rates:
          2026-01-01:
            by: [quality]
            unit_price: {"' OR 1=1 --": 0.000001, "\\\\": 999999999.999999, "a\\nb": 0}
            source: a page
            checked: 2026-01-02
          2026-02-01:
            unit_price: 0.1
            options: {quality: [low]}
            source: a page
            checked: 2026-01-02
      free:
        models: [pro-text-to-video, kling-v3-image-to-video]
        billing_rule: per_second
        seconds: {minimum: 3, maximum: 4}
        rates: {2026-01-01: {unit_price: 5, source: a page, checked: 2026-01-02}}
  seller:
""",
    )
    .replace("currencies:\n", "currencies:\n  OTH: {name: other, quantum: 0.000001}\n")
    .replace("version: test", 'version: "test\\n; DROP TABLE jobs; --"')
)


def book_of(name: str, folder: Path) -> kc.PriceBook:
    if name == "shipped":
        return kc.load_prices()
    path = folder / "pricing.yaml"
    if name == "overlay":
        path.write_text(OVERLAY, encoding="utf-8")
        return kc.load_prices(overlay=path, rates=["7.131313 KLING3API_CREDIT/USD"])
    path.write_text(BOOK.replace("\n      call:", LATER, 1) if name == "dated" else HOSTILE, encoding="utf-8")
    return kc.load_prices(path, rates=["0.000907 OTH/USD"] if name == "hostile" else [])


def rows_of(book: kc.PriceBook, seed: int) -> list[Row]:
    """Every combination of every model of a book, what it does not sell among them, with takes and days in turn."""
    options = [rate.options for _, sku in book.skus() for rate in sku.rates]
    qualities = [None, "", "1080P", "no such", *{q for o in options for q in o.get("quality", ())}]
    sounds = [None, "on", "off", "", "yes"]
    days = {d for _, sku in book.skus() for rate in sku.rates for d in (rate.effective_from, rate.effective_until) if d}
    dates = [None, *sorted(days | {d - pd.Timedelta(days=1) for d in days} | {date(2020, 1, 1), date(2100, 12, 31)})]
    takes, chance = itertools.cycle(TAKES), random.Random(seed)
    rows: list[Row] = []
    for provider, sku in book.skus():
        low, high = sku.seconds or (0, 1)
        durations = [None, -1, low - 1, *range(low, high + 1), high + 1, 2**31]
        for model in sku.models:
            asked = itertools.product(durations, qualities, sounds)
            spelled = [(None, model), (provider.id, model), (None, f"{provider.id}:{model}"), ("nobody", model)]
            for duration, quality, sound in asked:
                named, called = chance.choice(spelled)
                day = chance.choice([None, *dates])
                rows.append((str(len(rows)), named, called, duration, quality, sound, next(takes), day))
    good = (None, book.models()[0], 5, None, None, 1, None)
    odd = {1: (None, "nothing", "ONE", "' OR '1'='1"), 0: ("nobody", "", "evolink"), 5: (0, -1, 1_000_001, 2**62)}
    for at, values in odd.items():
        rows += [(str(len(rows) + n), *good[:at], value, *good[at + 1 :]) for n, value in enumerate(values)]
    twice = f"{next(iter(book.providers))}:{book.models()[0]}"
    return [*rows, (str(len(rows)), next(iter(book.providers)), twice, *good[2:])]


def wanted(rows: Sequence[Row], book: kc.PriceBook, as_of: date | None) -> dict[str, Row]:
    frame = kc.price_frame(pd.DataFrame(rows, columns=list(JOBS), dtype=object), book, as_of=as_of)
    added = frame[list(ADDED)].astype(object)
    return dict(zip(frame["job_id"], added.where(added.notna(), None).itertuples(index=False, name=None), strict=True))


def assert_same(found: Sequence[Row], expected: dict[str, Row]) -> None:
    assert len(found) == len(expected)
    different = {job: (figures, expected[job]) for job, *figures in found if tuple(figures) != expected[job]}
    assert not different, (len(different), next(iter(different.items())))
    exact = {job: [str(n) for n in figures if isinstance(n, Decimal)] for job, *figures in found}
    assert exact == {job: [str(n) for n in row if isinstance(n, Decimal)] for job, row in expected.items()}


CHARGE: Any = object()
SELECT = f"SELECT job_id, {', '.join(ADDED)} FROM {PRICED_JOBS}"
Engine = Callable[[list[str], Sequence[Row]], list[Row]]


def in_duckdb(scripts: list[str], rows: Sequence[Row]) -> list[Row]:
    connection = need_module("duckdb").connect()
    kinds = {**dict.fromkeys(JOBS, pa.string()), "duration": pa.int64(), "takes": pa.int64(), "date": pa.date32()}
    columns = [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds.values(), strict=True)]
    connection.register("given", pa.table(columns, names=list(kinds)))
    connection.execute("CREATE TABLE jobs AS SELECT * FROM given")
    for script in scripts:
        connection.execute(script)
    types = dict(row[:2] for row in connection.execute(f"DESCRIBE {PRICED_JOBS}").fetchall())
    assert [types[name] for name in ADDED] == [
        *("BIGINT", "DECIMAL(38,12)", "DECIMAL(38,6)", "VARCHAR", "DECIMAL(38,12)", "DATE", "VARCHAR")
    ]
    return [tuple(row) for row in connection.execute(SELECT).fetchall()]


def in_postgres(server: Postgres) -> Engine:
    def run(scripts: list[str], rows: Sequence[Row]) -> list[Row]:
        database = server.database("warehouse")
        server.run(
            "CREATE TABLE jobs (job_id text, provider text, model text, duration bigint, quality text, sound text,"
            " takes bigint, date date);",
            database,
        )
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
            [["NULL" if v is None else v for v in row] for row in rows]
        )
        copy = f"COPY jobs FROM STDIN (FORMAT csv, NULL 'NULL', FORCE_NULL ({', '.join(JOBS)}));"
        server.run(f"{copy}\n{text.getvalue()}\\.\n", database)
        for script in scripts:
            server.run(script, database)
        kinds = (str, int, Decimal, Decimal, str, Decimal, date.fromisoformat, str)
        return [
            tuple(None if cell == "NULL" else kind(cell) for kind, cell in zip(kinds, row, strict=True))  # type: ignore[operator]
            for row in server.run(f"{SELECT};", database)
        ]

    return run


def in_spark(session: Any) -> Engine:
    def run(scripts: list[str], rows: Sequence[Row]) -> list[Row]:
        session.sql("DROP TABLE IF EXISTS jobs")
        schema = "job_id string, provider string, model string, duration long, quality string, sound string, takes long"
        session.createDataFrame(list(rows), f"{schema}, date date").write.saveAsTable("jobs")
        for script in scripts:
            for statement in script.split(";\n"):
                if statement.strip():
                    session.sql(statement)
        priced = session.sql(SELECT)
        assert [kind for name, kind in priced.dtypes if name in ADDED] == [
            *("bigint", "decimal(38,12)", "decimal(38,6)", "string", "decimal(38,12)", "date", "string")
        ]
        return [tuple(row) for row in priced.collect()]

    return run


@pytest.fixture(params=["duckdb", "postgresql", "spark"])
def warehouse(request: pytest.FixtureRequest) -> tuple[str, Engine]:
    if request.param == "duckdb":
        need_module("duckdb")
        return "duckdb", in_duckdb
    if request.param == "postgresql":
        return "postgresql", in_postgres(request.getfixturevalue("postgres"))
    return "spark", in_spark(request.getfixturevalue("spark"))


@pytest.mark.parametrize("name", ["shipped", "dated", "overlay", "hostile"])
def test_every_figure_is_that_of_price_frame(
    warehouse: tuple[str, Engine], name: str, tmp_path: Path, seed: int
) -> None:
    dialect, run = warehouse
    book = book_of(name, tmp_path)
    rows = rows_of(book, seed)
    expected = wanted(rows, book, AS_OF)
    priced = [row for row in expected.values() if row[2] is not None]
    assert 50 < len(priced) < len(rows) - 50
    assert_same(run([book_sql(book, dialect, AS_OF)], rows), expected)


def test_a_newer_book_takes_the_place_of_an_older_one(warehouse: tuple[str, Engine], tmp_path: Path) -> None:
    dialect, run = warehouse
    older, newer = kc.load_prices(), book_of("overlay", tmp_path)
    model = "kling-v3-text-to-video"
    rows = [(str(n), None, model, 10, "720p", "on", 7, day) for n, day in enumerate([None, date(2026, 9, 30)])]
    scripts = [book_sql(older, dialect, AS_OF), book_sql(newer, dialect, None)]
    assert_same(run(scripts[:1], rows), wanted(rows, older, AS_OF))
    expected = wanted(rows, newer, None)
    assert [str(row[2]) for row in expected.values()] == ["525.000000", "567.000000"]
    assert_same(run(scripts, rows), expected)


def test_a_fraction_of_a_take_or_second_is_not_priced() -> None:
    """A column that went through a spreadsheet may hold floats; whole ones count, others are refused."""
    connection = need_module("duckdb").connect()
    connection.execute("""CREATE TABLE jobs AS SELECT *, NULL::VARCHAR AS provider, 'kling-v3-text-to-video' AS model,
        '720p' AS quality, 'off' AS sound, NULL::DATE AS date FROM (VALUES (1, 5.0::DOUBLE, 2.0::DOUBLE), (2, 5, 2.5),
        (3, 5, 'NaN'::DOUBLE), (4, 5, 'Infinity'::DOUBLE), (5, 5.5, 1)) t(job_id, duration, takes)""")
    connection.execute(book_sql(kc.load_prices(), "duckdb", AS_OF))
    costs = connection.execute(f"SELECT cost FROM {PRICED_JOBS} ORDER BY job_id").fetchall()
    assert costs == [(Decimal("54.000000"),), (None,), (None,), (None,), (None,)]


def test_every_listed_price_is_what_the_library_says() -> None:
    book = kc.load_prices()
    for found in listings(book, AS_OF):
        assert found.prices
        for provider, model in found.asked_as:
            for price in (found.prices[0], found.prices[-1]):
                name = model.rpartition(":")[2]
                asked = {"duration": price.duration, **dict(zip(book.options, price.options, strict=True))}
                item = kc.price(name, provider=provider, as_of=AS_OF, book=book, **asked)
                assert (item.cost_per_take.value, item.usd is None) == (price.cost, price.per_usd is None)


def test_an_option_is_without_effect_only_where_anything_and_nothing_will_do() -> None:
    sold = (5, "low", "on")
    for refused in (None, "????"):
        assert _PriceLister._matters(
            lambda asked, no=refused: None if asked[1] == no else CHARGE, sold, 1, [None, "low"]
        )
    assert not _PriceLister._matters(lambda asked: CHARGE, sold, 1, [None, "low"])


@pytest.mark.parametrize("dialect", ["bigquery", "snowflake"])
@pytest.mark.parametrize("name", ["shipped", "hostile"])
def test_what_cannot_be_run_here_is_read_by_a_parser_and_run_in_translation(
    dialect: str, name: str, tmp_path: Path, seed: int
) -> None:
    """No server of these two is at hand. A parser that knows both reads every statement, and what it makes of them
    for DuckDB gives the library's figures; how they themselves round and convert stays untried."""
    sqlglot = need_module("sqlglot")
    book = book_of(name, tmp_path)
    rows = rows_of(book, seed)
    parsed = [tree for tree in sqlglot.parse(book_sql(book, dialect, AS_OF), read=dialect) if tree]
    assert not any(isinstance(tree, sqlglot.exp.Command) for tree in parsed)  # what it could not read
    bare = [n.this for tree in parsed for n in tree.find_all(sqlglot.exp.Literal) if not n.is_string and "." in n.this]
    assert bool(bare) == (dialect == "snowflake")  # BigQuery would read them as floats
    # a number of BigQuery's has 38 decimals, of which a translation leaves 5
    statements = [tree.sql(dialect="duckdb").replace("DECIMAL(38, 5)", "DECIMAL(38, 12)") for tree in parsed]
    assert_same(in_duckdb(["; ".join(statements)], rows), wanted(rows, book, AS_OF))


def test_hostile_names_are_priced(tmp_path: Path) -> None:
    book = book_of("hostile", tmp_path)
    model = "it's \"$HOME\" ${HOME} \\' -- ; 안개"
    assert model in book.models()
    assert {p.options[0] for found in listings(book) if (None, model) in found.asked_as for p in found.prices} == {
        *(None, "' OR 1=1 --", "\\", "a\nb", "low")
    }


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_same_book_and_day_give_the_same_text_in_batches(dialect: str) -> None:
    text = book_sql(kc.load_prices(), dialect, AS_OF)
    assert text == book_sql(kc.load_prices(), dialect, AS_OF)
    assert kc.load_prices().sha256 in text
    assert "as of 2026-11-20" in text
    assert max(part.count("\n") for part in text.split(";\n") if "INSERT" in part) <= 502
    assert all(line.startswith("--") for line in text.partition("\n\n")[0].splitlines())


def test_the_page_about_warehouses_is_true(project: Path) -> None:
    need_module("duckdb")
    page = (project / "docs" / "how-to" / "price-a-warehouse.md").read_text(encoding="utf-8")
    example = doctest.DocTestParser().get_doctest(page.replace("```", "\n"), {}, "warehouses.md", None, 0)
    assert example.examples
    assert doctest.DocTestRunner().run(example).failed == 0


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(kc.UsageError, match="unknown dialect oracle; the dialects are duckdb, postgresql"):
        book_sql(kc.load_prices(), "oracle")


@pytest.mark.parametrize("rate", ["999999.999999999989", "0.000000001"])
def test_a_rate_of_exchange_that_no_warehouse_holds_exactly_is_refused(rate: str, tmp_path: Path) -> None:
    path = tmp_path / "pricing.yaml"
    path.write_text(BOOK.replace("base_rate: 5.4", "base_rate: 99999999"), encoding="utf-8")
    book = kc.load_prices(path, rates=[f"{rate} CRD/USD"])
    with pytest.raises(kc.UsageError, match="CRD/USD has too many digits"):
        book_sql(book, "duckdb")


def test_a_list_that_would_never_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pricing.yaml"
    path.write_text(BOOK.replace("maximum: 15", "maximum: 999999"), encoding="utf-8")
    with pytest.raises(kc.UsageError, match="video: 3 to 999999 seconds give more than 100,000 prices to list"):
        book_sql(kc.load_prices(path), "duckdb")
