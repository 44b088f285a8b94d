"""A frame is priced as the readers price the same rows, row by row."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.frames import ADDED_COLUMNS, PRICED_COLUMNS
from tests.frames.corpus import GOOD as GOOD_ROW
from tests.frames.corpus import VALUES
from tests.jobs.test_forms import DTYPES

AS_OF = date(2026, 11, 20)
#: The cells of the corpus, and some that only Python objects can hold.
NASTY = {**VALUES, "duration": [*VALUES["duration"], Decimal("NaN")]}


def nasty_rows() -> list[dict[str, Any]]:
    """Every value of every column beside good ones, and pairs of bad ones."""
    rows = [{**GOOD_ROW, name: value} for name, values in NASTY.items() for value in values]
    for one, other in itertools.combinations(NASTY, 2):
        pairs = itertools.islice(itertools.product(NASTY[one], NASTY[other]), 0, None, 3)
        rows += [{**GOOD_ROW, one: a, other: b} for a, b in pairs]
    return rows


def first_fault(problems: list[kc.Problem]) -> str | None:
    faults = [p for p in problems if p.severity == "error"]
    if not faults:
        return None
    first = min(faults, key=lambda p: PRICED_COLUMNS.index(p.field))
    return f"{first.field}:{first.code}"


def assert_agrees(frame: pd.DataFrame) -> None:
    priced = kc.price_frame(frame, as_of=AS_OF)
    found = kc.estimate(frame, as_of=AS_OF)
    lines = {item.job.row: item for item in found.line_items}
    faults: dict[Any, list[kc.Problem]] = {}
    for p in found.problems:
        faults.setdefault(p.row, []).append(p)
    for number, row in enumerate(priced.astype(object).where(priced.notna(), None).to_dict("records"), 1):
        item = lines.get(number)
        if item is None:
            # a row of a sheet in which nothing stands is no job; a frame keeps it
            assert row["price_problem"] == (first_fault(faults.get(number, [])) or "model:missing"), number
            assert row["cost"] is None
            assert row["currency"] is None
            continue
        assert row["price_problem"] is None, number
        assert (row["cost"], row["unit_price"], row["usd"]) == (item.cost.value, item.unit_price.value, item.usd), (
            number
        )
        assert row["billed_quantity"] == item.charge.billed_quantity
        assert row["currency"] == item.charge.currency
        assert row["rate_effective_from"] == item.charge.rate_effective_from
        assert row["defaults_applied"] == ",".join(item.charge.defaults_applied)


def test_about_two_thousand_nasty_rows_agree_with_the_readers() -> None:
    rows = nasty_rows()
    assert len(rows) > 700
    assert_agrees(pd.DataFrame(rows, dtype=object))


rows = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in NASTY.items()}), min_size=1, max_size=30
)


@settings(max_examples=60)
@given(rows)
def test_generated_rows_agree_with_the_readers(items: list[dict[str, Any]]) -> None:
    assert_agrees(pd.DataFrame(items, dtype=object))


def own_objects(column: pd.Series[Any]) -> pd.Series[Any]:
    """The same texts, but in every row an object of its own."""
    texts = [None if pd.isna(cell) else "".join(list(cell)) for cell in column]
    return pd.Series(texts, index=column.index, dtype=object)


GOOD = pd.DataFrame(
    {
        "model": ["kling-v3-text-to-video", "pro-text-to-video", "kling-v3-image-to-video", None] * 5,
        "duration": [5, 10, None, 3] * 5,
        "quality": ["720p", None, "1080p", "720p"] * 5,
        "sound": ["on", "off", None, "on"] * 5,
        "takes": [1, 2, 3, 4] * 5,
        "note": ["=1+1", "안개", None, "x"] * 5,
    },
    index=pd.Index(range(100, 120), name="id"),
)


@pytest.mark.parametrize(
    "make",
    [
        *DTYPES,
        lambda f: f.astype({"model": "category", "quality": "category", "sound": "category", "duration": "category"}),
        lambda f: f.assign(duration=f["duration"].astype(str).replace("nan", None)),
        lambda f: f.assign(model=own_objects(f["model"]), sound=own_objects(f["sound"]), quality=f["quality"]),
    ],
)
def test_any_dtype_gives_the_same_figures(make: Any) -> None:
    assert_agrees(make(GOOD))
    wanted = kc.price_frame(GOOD)[list(ADDED_COLUMNS)]
    pd.testing.assert_frame_equal(kc.price_frame(make(GOOD))[list(ADDED_COLUMNS)], wanted)


@pytest.mark.parametrize("kind", ["int8", "int16", "int64", "uint64"])
def test_whole_numbers_at_both_ends_of_their_type_stay_what_they_are(kind: str) -> None:
    ends = np.iinfo(kind)
    for low, high in ((ends.min, min(ends.max, ends.min + 4000)), (max(ends.min, ends.max - 4000), ends.max)):
        frame = pd.DataFrame({"duration": np.array([low, 5, high] if low <= 5 <= high else [low, high], dtype=kind)})
        assert_agrees(frame.assign(model="kling-v3-text-to-video"))


def test_texts_beside_anything_else_are_no_texts() -> None:
    for other in (b"on", 1, True, ["on"], "on\udc80", 2**70, pd.NaT, Decimal("NaN"), float("nan")):
        sound = own_objects(pd.Series(["on"] * 8))
        sound[3] = other
        assert_agrees(pd.DataFrame({"model": "kling-v3-text-to-video", "duration": 5, "sound": sound}))


def test_rows_order_index_and_other_columns_stay() -> None:
    shuffled = GOOD.sample(frac=1, random_state=1)
    priced = kc.price_frame(shuffled)
    assert list(priced.index) == list(shuffled.index)
    assert priced.index.name == "id"
    pd.testing.assert_frame_equal(priced[list(GOOD.columns)], shuffled)
    pd.testing.assert_frame_equal(priced.sort_index(), kc.price_frame(GOOD))


def test_a_repeated_index_is_no_trouble() -> None:
    frame = GOOD.set_index(pd.Index([7] * len(GOOD)))
    assert kc.price_frame(frame)["cost"].tolist() == kc.price_frame(GOOD)["cost"].tolist()


def test_the_frame_itself_is_not_changed() -> None:
    before = GOOD.copy(deep=True)
    kc.price_frame(GOOD)
    pd.testing.assert_frame_equal(GOOD, before)


@pytest.mark.parametrize("frame", [GOOD.iloc[:0], pd.DataFrame({"model": []}), pd.DataFrame()])
def test_an_empty_frame_gives_an_empty_frame_of_the_right_types(frame: pd.DataFrame) -> None:
    priced = kc.price_frame(frame)
    assert len(priced) == 0
    assert {name: priced[name].dtype.pyarrow_dtype for name in ADDED_COLUMNS} == dict(ADDED_COLUMNS)


def test_a_frame_without_a_model_column_prices_nothing() -> None:
    priced = kc.price_frame(pd.DataFrame({"duration": [5, 6]}))
    assert priced["price_problem"].tolist() == ["model:missing"] * 2
    assert priced["cost"].isna().all()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["model", "cost"], "already has a column cost"),
        (["model", "usd"], "already has a column usd"),
        (["model", "model"], "two columns named model"),
        (["model", "durration"], "durration: unknown column that looks like duration"),
        (["model", "Durations"], "Durations: unknown column that looks like duration"),
        (["model", "duration", "Duration "], "two columns named Duration"),
        (["model", "length"], "length: unknown column that looks like duration"),
        (["model", "how long"], "how long: unknown column whose values look like duration"),
        (["model", "seconds"], "seconds: unknown column that looks like duration"),
    ],
)
def test_a_clash_or_a_misspelt_column_is_refused(columns: list[str], message: str) -> None:
    frame = pd.DataFrame([["kling-v3-text-to-video", *[5] * (len(columns) - 1)]], columns=columns)
    with pytest.raises(kc.UsageError, match=message):
        kc.price_frame(frame)


def test_amounts_are_decimals_and_sum_exactly() -> None:
    frame = pd.DataFrame(
        {"model": ["kling-v3-text-to-video"] * 1000, "duration": [7] * 1000, "quality": ["1080p"] * 1000}
    )
    priced = kc.price_frame(frame)
    assert priced["cost"].sum() == Decimal("50387.4")
    assert priced["cost"].dtype.pyarrow_dtype == pa.decimal128(38, 6)


def test_many_distinct_values_in_many_columns_do_not_overflow() -> None:
    n = 3000
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({name: [f"{name}{i}" for i in rng.integers(0, n, n)] for name in PRICED_COLUMNS})
    assert kc.price_frame(frame)["price_problem"].notna().all()


def test_dates_choose_rates_in_frames_too(tmp_path: Path) -> None:
    from tests.pricebook.test_faults import BOOK
    from tests.pricebook.test_layers_and_dates import LATER

    path = tmp_path / "pricing.yaml"
    path.write_text(BOOK.replace("\n      call:", LATER, 1), encoding="utf-8")
    book = kc.load_prices(path)
    days = pd.to_datetime(["2026-02-28", "2026-03-01", "2026-05-31", "2026-06-01", None])
    frame = pd.DataFrame({"model": "one", "duration": 5, "date": days})
    priced = kc.price_frame(frame, book, as_of=date(2026, 1, 1))
    assert [str(price.normalize()) for price in priced["unit_price"]] == ["5.4", "5", "5", "6", "5.4"]


def test_the_line_items_of_an_estimate_as_a_frame(project: Path) -> None:
    found = kc.estimate(kc.read_jobs(project / "examples" / "campaign.yaml"), as_of=AS_OF)
    frame = found.to_frame()
    assert len(frame) == 25
    sums = frame.groupby("currency")["cost"].sum()
    assert {t.currency: t.cost for t in found.totals} == sums.to_dict()
    assert frame["tag:client"].tolist()[:2] == ["Acme", "Acme"]
    assert frame["cost"].dtype.pyarrow_dtype == pa.decimal128(38, 6)


def test_an_estimate_shows_itself_in_a_notebook() -> None:
    found = kc.estimate([{"request": {"model": "kling-v3-text-to-video", "prompt": "x"}, "job_id": "<script>"}, {}])
    html = found._repr_html_()
    assert "27 EVOLINK_CREDIT" in html
    assert "1 job left out" in html
    assert "<script>" not in html
