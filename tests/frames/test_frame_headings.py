"""Frames are read as sheets are, on every engine: headings, what unknown columns hold, moments, and odd types."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import kling_cost as kc
from tests.engines import need_module
from tests.frame_engines import Engine, engines, rows_of

AS_OF = date(2026, 11, 20)
MODEL = "kling-v3-text-to-video"
each_engine = pytest.mark.parametrize("engine", engines())


def outcome(engine: Engine, table: pa.Table) -> list[tuple[Any, Any]]:
    """Cost and fault of each row, of which `validate_frame` has the same."""
    table = table.append_column("row", pa.array(range(100, 100 + table.num_rows)))
    priced = engine.sorted(engine.give(kc.price_frame(engine.frame(table), as_of=AS_OF)))
    held = engine.sorted(engine.give(kc.validate_frame(engine.frame(table), as_of=AS_OF)))
    assert priced.column_names[: table.num_columns] == table.column_names
    assert held["price_problem"].to_pylist() == priced["price_problem"].to_pylist()
    return rows_of(priced, ["cost", "price_problem"])


@each_engine
def test_headings_are_read_however_they_are_spelt(engine: Engine) -> None:
    cells = {"model": [MODEL], "duration": [15], "quality": ["1080p"], "sound": ["on"], "takes": [4]}
    for spell in ("{} ", " {}", "{}\n", "\u3000{}\u00a0", "A.{}"):
        names = [spell.format(name).replace("A.", "").replace(name, name.title()) for name in cells]
        assert outcome(engine, pa.Table.from_arrays(list(map(pa.array, cells.values())), names)) == [(648, None)]
    wide = pa.Table.from_arrays(
        list(map(pa.array, cells.values())), ["Ｍｏｄｅｌ", "时长(秒)", "화질", "サウンド", "テイク数"]
    )
    assert outcome(engine, wide) == [(648, None)]
    bad = pa.table({"Model ": [MODEL] * 2, "duration ": [99, 5], 'a b.c`d"e': ["-", "-"]})
    assert outcome(engine, bad) == [(None, "duration:out_of_range"), (27, None)]


@each_engine
@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("duration", [15, None, 3]),
        ("duration", ["15", " 5.0 ", "3 s"]),
        ("duration", ["00:15", "0:05", "PT3S"]),
        ("duration", [[15], [5], [3]]),
        ("quality", ["1080p", "720p", "1080P"]),
        ("sound", [True, None, False]),
        ("sound", ["on", "OFF", None]),
    ],
)
def test_a_column_that_holds_what_a_missing_one_could_is_refused(engine: Engine, field: str, values: list[Any]) -> None:
    fill = {"duration": 5, "quality": "720p", "sound": "off"}
    for others in ({}, {name: [value] * 3 for name, value in fill.items() if name != field}):
        table = pa.table({"model": [MODEL] * 3, "col 7": values, **others})
        for verb in (kc.price_frame, kc.validate_frame):
            with pytest.raises(kc.UsageError, match=f"column col 7: unknown column whose values look like {field}"):
                verb(engine.frame(table))
    full = pa.table({"model": [MODEL] * 3, "col 7": values, **{name: [value] * 3 for name, value in fill.items()}})
    assert outcome(engine, full) == [(27, None)] * 3


@pytest.mark.parametrize(
    "cell",
    [timedelta(seconds=12), np.timedelta64(12, "s"), b"12", {12}, {"seconds": 12}, 12 + 0j, clock(0, 0, 12), [b"12"]],
    ids=repr,
)
def test_seconds_of_any_type_are_seconds(cell: Any) -> None:
    frame = pd.DataFrame({"model": [MODEL], "how long": pd.Series([cell])})
    for read in (kc.price_frame, kc.validate_frame):
        with pytest.raises(kc.UsageError, match="how long"):
            read(frame, as_of=AS_OF)
    assert [p.code for p in kc.read_jobs(frame).problems if p.severity == "error"] == ["unknown_field"]


@pytest.mark.parametrize("cell", [UUID(int=12), ["https://a.example/12"], {"a": 12, "b": 5}, timedelta(hours=12)])
def test_what_could_be_no_seconds_stays(cell: Any) -> None:
    frame = pd.DataFrame({"model": [MODEL], "how long": pd.Series([cell])})
    assert kc.price_frame(frame, as_of=AS_OF)["cost"].tolist() == [27]


@each_engine
def test_a_column_that_holds_anything_else_stays(engine: Engine) -> None:
    harmless: list[list[Any]] = [
        [1, 2, 3],
        [2024, 2025, 2026],
        ["5", "ten", "7"],
        [None, "720p", "wide"],
        [date(2026, 3, 1)] * 3,
        [[5, 6], [5], [5]],
    ]
    for values in harmless:
        assert outcome(engine, pa.table({"model": [MODEL] * 3, "col 7": values})) == [(27, None)] * 3
    late = pa.table({"model": [MODEL] * 500, "col 7": [5] * 499 + [99]})
    assert outcome(engine, late) == [(27, None)] * 500


@each_engine
def test_another_word_beside_the_column_must_not_say_something_else(engine: Engine) -> None:
    table = pa.table({"model": [MODEL] * 4, "takes": [2, 2, None, None], "copies": [2, 3, 1, 4]})
    wrong = (None, "copies:mismatch")
    assert outcome(engine, table) == [(54, None), wrong, (27, None), wrong]


@pytest.fixture(params=["UTC", "Asia/Seoul", "America/New_York"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The zone of the machine."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


@each_engine
def test_a_moment_is_the_day_that_it_falls_on_in_utc(engine: Engine, zone: str) -> None:
    moments = [datetime(2026, 1, 31, 23, 30, tzinfo=UTC), datetime(2026, 2, 1, 0, 30, tzinfo=UTC), None]
    if engine.name == "pyspark":
        from tests.engines import spark_session

        spark_session().conf.set("spark.sql.session.timeZone", zone)
    try:
        for shown in ("UTC", "Asia/Seoul", "America/New_York"):
            instants = pa.array(moments, pa.timestamp("us", shown))
            found = outcome(engine, pa.table({"model": [MODEL] * 3, "date": instants}))
            assert found == [(None, "date:no_rate"), (27, None), (27, None)], shown
        texts = ["2026-02-01T08:30:00+09:00", "2026-01-31 20:00:00-05", None]
        found = outcome(engine, pa.table({"model": [MODEL] * 3, "date": texts}))
        assert found == [(None, "date:no_rate"), (27, None), (27, None)]
    finally:
        if engine.name == "pyspark":
            spark_session().conf.set("spark.sql.session.timeZone", "UTC")


def test_duckdb_shows_a_zone_of_its_own_that_does_not_count(zone: str) -> None:
    connection = need_module("duckdb").connect()
    for shown in ("UTC", "Asia/Seoul"):
        connection.execute(f"SET TimeZone='{shown}'")
        rows = connection.sql(f"SELECT '{MODEL}' AS model, TIMESTAMPTZ '2026-01-31 23:30:00+00' AS date")
        assert kc.price_frame(rows, as_of=AS_OF).select("price_problem").fetchall() == [("date:no_rate",)]
        assert kc.validate_frame(rows, as_of=AS_OF).select("price_problem").fetchall() == [("date:no_rate",)]


@pytest.mark.parametrize("engine", engines("pandas", "pyarrow", "polars", "polars-lazy", "duckdb", "dask"))
@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC")])
def test_a_date_beyond_python_is_out_of_range(engine: Engine, kind: pa.DataType) -> None:
    far = [2**31 - 1, -(2**31) + 1] if kind == pa.date32() else [2**60, -(2**60)]
    near = 20_600 if kind == pa.date32() else 20_600 * 86_400_000_000
    days = pa.array([*far, near, None], pa.int32() if kind == pa.date32() else pa.int64()).view(kind)
    wrong = (None, "date:out_of_range")
    assert outcome(engine, pa.table({"model": [MODEL] * 4, "date": days})) == [wrong, wrong, (27, None), (27, None)]


def test_infinity_of_duckdb_is_out_of_range() -> None:
    connection = need_module("duckdb").connect()
    for kind in ("DATE", "TIMESTAMP", "TIMESTAMPTZ"):
        rows = connection.sql(f"SELECT '{MODEL}' AS model, '-infinity'::{kind} AS date")
        for verb in (kc.price_frame, kc.validate_frame):
            assert verb(rows).select("price_problem").fetchall() == [("date:out_of_range",)]


ANSWERS = pd.DataFrame({"job_id": ["frame:1"], "status": ["completed"], "credits": [1]})


def test_types_of_polars_that_arrow_has_not() -> None:
    pl = need_module("polars")
    frame = pl.DataFrame({"model": [MODEL], "duration": pl.Series([15], dtype=pl.Int128)})
    assert kc.price_frame(frame)["cost"].to_list() == [81]
    assert kc.price_frame(frame.lazy()).collect()["cost"].to_list() == [81]
    assert kc.validate_frame(frame.with_columns(pl.lit(99).cast(pl.Int128).alias("duration")))[
        "price_problem"
    ].to_list() == ["duration:out_of_range"]
    assert kc.reconcile_frame(frame, ANSWERS)["estimated"].to_list() == [81]


@pytest.mark.parametrize(
    ("column", "fault"),
    [
        (pd.Series([5 + 0j]), "duration:wrong_type"),
        (pd.Series(["5"], dtype=pd.ArrowDtype(pa.string_view())), None),
        (pd.Series([b"5"], dtype=object), "duration:wrong_type"),
        (pd.Series([pd.Timedelta(5, "s")]), "duration:wrong_type"),
        (pd.Series(pd.arrays.SparseArray([5])), None),
        (pd.Series(pd.period_range("2026-03", periods=1, freq="M")), "duration:wrong_type"),
    ],
)
def test_types_of_pandas_that_arrow_has_not(column: pd.Series[Any], fault: str | None) -> None:
    frame = pd.DataFrame({"model": [MODEL], "duration": column})
    assert [None if pd.isna(p) else p for p in kc.price_frame(frame)["price_problem"]] == [fault]
    assert [None if pd.isna(p) else p for p in kc.validate_frame(frame)["price_problem"]] == [fault]
    assert len(kc.estimate(frame).line_items) == len(kc.reconcile_frame(frame, ANSWERS)) == (fault is None)


SCALARS = {
    "model": np.str_(MODEL),
    "duration": np.float64(15),
    "quality": np.str_("1080p"),
    "sound": np.bool_(True),
    "takes": np.int64(4),
    "date": np.datetime64("2026-03-01"),
    "job_id": np.float64(7),
}


@pytest.mark.parametrize(
    "other", [{}, {"duration": Fraction(15)}, {"duration": Decimal("15.00")}, {"date": pd.NaT}, {"date": pd.NA}]
)
def test_scalars_of_numpy_in_a_column_of_objects_are_what_they_are(other: dict[str, Any]) -> None:
    frame = pd.DataFrame({name: pd.Series([cell], dtype=object) for name, cell in {**SCALARS, **other}.items()})
    assert kc.price_frame(frame)["cost"].tolist() == [648]
    assert kc.validate_frame(frame)["price_problem"].isna().all()
    (item,) = kc.estimate(frame).line_items
    assert (item.job.job_id, item.cost.value) == ("7", 648)
    assert kc.reconcile_frame(frame, ANSWERS)["job_id"].tolist() == ["7"] * 4


def test_totals_find_their_columns_however_they_are_spelt() -> None:
    priced = kc.price_frame(pd.DataFrame({"model": [MODEL] * 2, "Quality ": ["720p", "1080p"]}))
    assert kc.totals(priced, by="quality")["Quality "].tolist() == ["720p", "1080p"]


def test_totals_by_a_column_whose_rows_pandas_cannot_take() -> None:
    views = pd.array(["a", "b", "a"], dtype=pd.ArrowDtype(pa.string_view()))
    priced = kc.price_frame(pd.DataFrame({"model": [MODEL] * 3, "client": views}))
    assert kc.totals(priced, by="client")[["client", "jobs"]].values.tolist() == [["a", 2], ["b", 1]]
