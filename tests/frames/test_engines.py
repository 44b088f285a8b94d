"""The same rows cost the same on every engine, and what the readers say of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import kling_cost as kc
from kling_cost.frames.frame_columns import ADDED_COLUMNS, SUMMED
from kling_cost.jobs.columns import PRICED_COLUMNS
from tests.engines import need_module
from tests.frame_engines import Engine, duckdb_relation, engines, rows_of
from tests.frames import corpus

AS_OF = date(2026, 11, 20)
ADDED = list(ADDED_COLUMNS)
each_engine = pytest.mark.parametrize("engine", engines())
SAMPLE = pa.table(
    {
        "row": list(range(40)),
        "model": ["kling-v3-text-to-video", "pro-text-to-video", "kling-v3-image-to-video", None] * 10,
        "duration": [5, 10, None, 3, 7] * 8,
        "quality": ["720p", None, "1080p", "720p"] * 10,
        "sound": ["on", "off", None, "on", "on"] * 8,
        "takes": [1, 2, 3, 4] * 10,
        "note": ["=1+1", "안개", None, "x", ""] * 8,
    }
)


def scalar(row: dict[str, Any]) -> tuple[Any, ...]:
    """What the readers and the one rule say of a row, as the added columns."""
    cells = {name: row[name] for name in PRICED_COLUMNS}
    found = kc.estimate(pd.DataFrame([cells], dtype=object), as_of=AS_OF)
    if found.line_items:
        item = found.line_items[0]
        charge = item.charge
        money = (charge.unit_price, item.cost.value, charge.currency, item.usd, charge.rate_effective_from)
        return (int(charge.billed_quantity), *money, ",".join(charge.defaults_applied), None, "exact", None, None)
    faults = [p for p in found.problems if p.severity == "error"]
    first = min(faults, key=lambda p: PRICED_COLUMNS.index(p.field))
    return (*[None] * ADDED.index("price_problem"), f"{first.field}:{first.code}", "unknown", None, None)


def in_engine(kind: pa.DataType, engine: Engine) -> pa.DataType:
    """The type of a column in an engine: the text of Polars is always wide."""
    return pa.large_string() if pa.types.is_string(kind) and engine.part == "polars" else kind


@pytest.fixture(scope="module")
def expected() -> dict[int, tuple[Any, ...]]:
    return {number: scalar(row) for number, row in enumerate(corpus.rows())}


@each_engine
def test_two_thousand_nasty_rows_agree_with_the_scalar_rule(
    engine: Engine, expected: dict[int, tuple[Any, ...]]
) -> None:
    seen = 0
    for members, table in corpus.batches():
        priced = engine.give(kc.price_frame(engine.frame(table), as_of=AS_OF))
        found = dict(zip(priced["row"].to_pylist(), rows_of(priced, ADDED), strict=True))
        for member in members:
            assert found[member["row"]] == expected[member["row"]], member
        seen += len(members)
    assert seen == len(expected) > 2_000


@each_engine
def test_rows_order_and_other_columns_stay(engine: Engine) -> None:
    priced = engine.sorted(engine.give(kc.price_frame(engine.frame(SAMPLE))))
    assert priced.column_names == [*SAMPLE.column_names, *ADDED]
    assert rows_of(priced, SAMPLE.column_names) == rows_of(SAMPLE, SAMPLE.column_names)
    wanted = kc.price_frame(SAMPLE)
    assert rows_of(priced, ADDED) == rows_of(wanted, ADDED)
    assert wanted["cost"].null_count == 10


@each_engine
def test_the_added_columns_have_their_types(engine: Engine) -> None:
    for table in (SAMPLE, SAMPLE.slice(0, 0), SAMPLE.slice(3, 1)):
        priced = engine.give(kc.price_frame(engine.frame(table)))
        assert priced.num_rows == table.num_rows
        for name, kind in ADDED_COLUMNS.items():
            assert priced.schema.field(name).type == in_engine(kind, engine), name


@each_engine
def test_a_lazy_frame_comes_back_lazy_and_of_its_own_kind(engine: Engine) -> None:
    frame = engine.frame(SAMPLE)
    priced = kc.price_frame(frame)
    assert type(priced) is type(frame)
    assert type(kc.totals(priced)) is type(frame)


@each_engine
def test_a_frame_without_any_priced_column_prices_nothing(engine: Engine) -> None:
    priced = engine.give(kc.price_frame(engine.frame(SAMPLE.select(["row", "note"]))))
    assert priced["price_problem"].to_pylist() == ["model:missing"] * 40
    assert priced["cost"].null_count == 40


@each_engine
def test_thousands_of_distinct_values_are_priced_too(engine: Engine) -> None:
    count = 30_000
    table = pa.table(
        {
            "row": list(range(count)),
            "model": ["kling-v3-text-to-video" if n % 2 else f"model-{n}" for n in range(count)],
            "duration": [str(n % 40) if n % 3 else f"{n} s" for n in range(count)],
            "takes": [1 + n % 7 for n in range(count)],
            "date": [date.fromordinal(739_000 + n % 3_000).isoformat() for n in range(count)],
        }
    )
    priced = engine.give(kc.price_frame(engine.frame(table), as_of=AS_OF))
    found = dict(zip(priced["row"].to_pylist(), rows_of(priced, ADDED), strict=True))
    for number in range(0, count, 1_009):
        row = {**dict.fromkeys(PRICED_COLUMNS), **{name: table[name][number].as_py() for name in table.column_names}}
        assert found[number] == scalar(row), row
    assert len(found) == count


@pytest.mark.parametrize("engine", engines("pandas", "pyarrow", "duckdb", "dask"))
@pytest.mark.parametrize("kind", [pa.decimal32(4, 2), pa.decimal64(12, 2)], ids=str)
def test_narrow_decimals_are_read(engine: Engine, kind: pa.DataType) -> None:
    """Polars and Spark have one width."""
    durations = pa.array([Decimal(15), None, Decimal("5.50"), Decimal(15)], kind)
    table = pa.table({"row": range(4), "model": ["kling-v3-text-to-video"] * 4, "duration": durations})
    frame = engine.frame(table)
    priced = kc.price_frame(frame, as_of=AS_OF)
    found = engine.sorted(engine.give(priced))
    assert found["cost"].to_pylist() == [81, 27, None, 81]
    assert found["price_problem"].to_pylist() == [None, None, "duration:wrong_type", None]
    sums = rows_of(engine.give(kc.totals(priced, by="duration")), ["duration", "jobs", "unpriced"])
    assert sorted(sums, key=str) == [(Decimal("15.00"), 2, 0), (Decimal("5.50"), 0, 1), (None, 1, 0)]
    faults = engine.sorted(engine.give(kc.validate_frame(frame)))["price_problem"].to_pylist()
    assert faults == [None, None, "duration:wrong_type", None]


@each_engine
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cost", "already has a column cost"),
        ("price_problem", "already has a column price_problem"),
        ("durration", "durration: unknown column that looks like duration"),
    ],
)
def test_a_clash_or_a_misspelt_column_is_refused(engine: Engine, name: str, message: str) -> None:
    with pytest.raises(kc.UsageError, match=message):
        kc.price_frame(engine.frame(SAMPLE.append_column(name, SAMPLE["note"])))


@pytest.mark.parametrize("engine", engines("duckdb", "pyspark"))
def test_engines_that_fold_case_refuse_a_name_in_other_letters(engine: Engine) -> None:
    with pytest.raises(kc.UsageError, match="already has a column Cost"):
        kc.price_frame(engine.frame(SAMPLE.append_column("Cost", SAMPLE["note"])))


@pytest.mark.parametrize("nothing", [None, [], {"model": ["x"]}, pd.Series([1]), "jobs.csv"])
def test_what_is_no_frame_is_refused(nothing: Any) -> None:
    for verb in (kc.price_frame, kc.totals, kc.validate_frame):
        with pytest.raises(kc.UsageError, match="is not a frame of"):
            verb(nothing)


@each_engine
@pytest.mark.parametrize("by", [[], ["quality"], ["note", "sound"], ["takes"]])
def test_totals_are_the_sums_of_the_rows(engine: Engine, by: list[str]) -> None:
    wanted: dict[tuple[Any, ...], list[Any]] = {}
    priced = kc.price_frame(SAMPLE, as_of=AS_OF)
    for row in priced.to_pylist():
        sums = wanted.setdefault((*(row[name] for name in by), row["currency"]), [0, 0, None, None, None, None, None])
        sums[0 if row["cost"] is not None else 1] += 1
        sums[4] = row["certainty"]
        for at, name in ((2, "cost"), (3, "usd")):
            if row[name] is not None:
                sums[at] = (sums[at] or Decimal(0)) + row[name]
    found = engine.give(kc.totals(kc.price_frame(engine.frame(SAMPLE), as_of=AS_OF), by))
    assert found.column_names == [*by, "currency", *SUMMED]
    keys = rows_of(found, [*by, "currency"])
    assert dict(zip(keys, map(list, rows_of(found, list(SUMMED))), strict=True)) == wanted
    assert len(keys) == len(wanted)
    for name, kind in SUMMED.items():
        assert found.schema.field(name).type == in_engine(kind, engine), name


@each_engine
def test_totals_of_no_rows_are_no_rows(engine: Engine) -> None:
    found = engine.give(kc.totals(kc.price_frame(engine.frame(SAMPLE.slice(0, 0))), "quality"))
    assert found.num_rows == 0
    assert found.column_names == ["quality", "currency", *SUMMED]


@each_engine
def test_totals_of_what_is_not_priced_or_not_there_are_refused(engine: Engine) -> None:
    frame = engine.frame(SAMPLE)
    with pytest.raises(kc.UsageError, match="no column currency; price it with price_frame first"):
        kc.totals(frame)
    priced = kc.price_frame(frame)
    for by, message in (
        ("client", "has no column client"),
        ("cost", "by cost"),
        (["note", "note"], "by note more than once"),
    ):
        with pytest.raises(kc.UsageError, match=message):
            kc.totals(priced, by)


def test_dask_keeps_partitions_their_bounds_and_the_index() -> None:
    need_module("dask")
    import dask.dataframe as dd

    frame = SAMPLE.to_pandas().set_index("row")
    parted = dd.from_pandas(frame, npartitions=4)
    priced = kc.price_frame(parted)
    assert (priced.npartitions, priced.divisions) == (4, parted.divisions)
    pd.testing.assert_frame_equal(priced.compute()[ADDED], kc.price_frame(frame)[ADDED])


def test_relations_of_one_connection_keep_their_rows_apart() -> None:
    need_module("duckdb")
    first, second = (duckdb_relation(pa.table({"model": ["kling-v3-text-to-video"], "duration": [n]})) for n in (5, 10))
    once, other = kc.price_frame(first), kc.price_frame(second)
    twice = kc.price_frame(once.project("model, duration"))
    assert [found.project("duration, cost").fetchall() for found in (once, other, twice)] == [
        [(5, 27)],
        [(10, 54)],
        [(5, 27)],
    ]


def test_a_row_that_changed_since_the_combinations_were_taken_out_has_no_price() -> None:
    need_module("duckdb")
    import duckdb

    connection = duckdb.connect()
    connection.execute("CREATE TABLE jobs AS SELECT 'kling-v3-text-to-video' AS model, 5 AS duration")
    priced = kc.price_frame(connection.table("jobs"))
    connection.execute("UPDATE jobs SET duration = 6")
    assert priced.project("cost, price_problem, certainty").fetchall() == [(None, "row:unreadable", "unknown")]


def test_a_lazy_frame_that_changed_since_has_no_price() -> None:
    need_module("polars")
    import polars as pl

    shown = {"duration": 5}
    frame = pl.LazyFrame({"model": ["kling-v3-text-to-video"], "duration": [5]})
    changing = frame.map_batches(lambda part: part.with_columns(duration=pl.lit(shown["duration"], pl.Int64)))
    priced = kc.price_frame(changing)
    shown["duration"] = 6
    found = priced.collect()
    assert found.select("cost", "price_problem", "certainty").rows() == [(None, "row:unreadable", "unknown")]


@pytest.mark.parametrize("engine", engines("polars-lazy", "duckdb", "pyspark"))
def test_only_distinct_combinations_leave_a_lazy_engine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from kling_cost.frames.combinations import FramePricer

    crossed: list[int] = []
    added = FramePricer.added
    monkeypatch.setattr(FramePricer, "added", lambda self, rows: crossed.append(len(rows)) or added(self, rows))
    many = pa.concat_tables([SAMPLE] * 500)
    priced = kc.price_frame(engine.frame(many))
    distinct = len({row[1:6] for row in rows_of(many, many.column_names)})
    assert crossed == [distinct]
    assert distinct <= 40
    assert engine.give(priced).num_rows == 20_000
