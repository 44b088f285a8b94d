"""A frame is held to the same rules as the rows of a sheet."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.frames.combinations import FramePricer, ValueClasses
from kling_cost.jobs.columns import PRICED_COLUMNS
from tests.frame_engines import Engine, engines, rows_of
from tests.frames import corpus

AS_OF = date(2026, 11, 20)
MODELS = [
    "kling-v3-text-to-video",
    "kling-v3-image-to-video",
    "kling-custom-element",
    "pro-text-to-video",
    "nothing",
    None,
]
CELLS: dict[str, list[str | None]] = {
    "prompt": [None, "Fog", "", "x" * 2_501, "안개 속의 등대"],
    "image_start": [None, "https://example.com/a.jpg", "http://127.0.0.1/a.jpg", "a.jpg", ""],
    "image_end": [None, "https://example.com/b.jpg", "ftp://example.com"],
    "model_params.multi_shot": [None, "true", "perhaps"],
    "aspect_ratio": [None, "16:9", "7:3"],
    "element_name": [None, "Mira", "x" * 100],
    "duration": ["5", "16", None, "soon"],
    "tag:client": [None, "Acme"],
}


def table() -> pa.Table:
    """Every cell with every model, and pairs of cells of neighbouring columns."""
    good = {"prompt": "Fog", "image_start": "https://example.com/a.jpg", "duration": "5"}
    rows: list[dict[str, Any]] = []
    for model in MODELS:
        rows += [{**good, "model": model, name: cell} for name, cells in CELLS.items() for cell in cells]
        for (one, its), (other, those) in itertools.pairwise(CELLS.items()):
            rows += [{**good, "model": model, one: a, other: b} for a, b in itertools.product(its, those)]
    return pa.table({name: [row.get(name) for row in rows] for name in ("model", *CELLS)})


def read(rows: pa.Table) -> list[bool]:
    """Of each row whether the readers let it have a line item."""
    frame = pd.DataFrame({name: pd.Series(rows[name].to_pylist(), dtype=object) for name in rows.column_names})
    priced = {item.job.row for item in kc.estimate(frame, as_of=AS_OF).line_items}
    return [number in priced for number in range(1, rows.num_rows + 1)]


@pytest.mark.parametrize("engine", engines())
def test_a_row_has_no_fault_where_the_readers_give_it_a_line_item(engine: Engine) -> None:
    rows = table()
    found = engine.give(kc.validate_frame(engine.frame(rows), as_of=AS_OF))
    assert found.column_names == [*rows.column_names, "price_problem"]
    faults = found["price_problem"].to_pylist()
    assert [fault is None for fault in faults] == read(rows)
    assert len(set(faults)) >= 12
    assert faults == kc.validate_frame(rows, as_of=AS_OF)["price_problem"].to_pylist()


@pytest.mark.parametrize("engine", engines("pandas", "pandas-objects", "pyarrow", "polars", "duckdb", "dask"))
def test_where_only_priced_columns_stand_both_verbs_agree(engine: Engine) -> None:
    for _, batch in corpus.batches():
        frame = engine.frame(batch)
        found = [engine.give(verb(frame, as_of=AS_OF)) for verb in (kc.validate_frame, kc.price_frame)]
        assert len({tuple(sorted(rows_of(table, ["row", "price_problem"]), key=repr)) for table in found}) == 1


@pytest.mark.parametrize("engine", engines())
def test_no_rows_and_no_known_columns(engine: Engine) -> None:
    rows = table()
    assert engine.give(kc.validate_frame(engine.frame(rows.slice(0, 0))))["price_problem"].to_pylist() == []
    strange = pa.table({"remark": ["a", "b"]})
    assert engine.give(kc.validate_frame(engine.frame(strange)))["price_problem"].to_pylist() == ["model:missing"] * 2


def test_a_frame_that_has_problems_already_is_refused() -> None:
    with pytest.raises(kc.UsageError, match="already has a column price_problem"):
        kc.validate_frame(kc.price_frame(table()))


cells = st.one_of(
    *(st.sampled_from(values) for values in corpus.VALUES.values()),
    st.integers(-20, 2_000_000),
    st.integers(0, 40).map(str),
    st.text(max_size=12),
    st.dates(date(2025, 1, 1), date(2027, 1, 1)).map(date.isoformat),
    st.sampled_from(["evolink", "kling3api", "x"]).flatmap(
        lambda seller: st.sampled_from([f"{seller}:kling-v3", f"{seller}:y"])
    ),
)
#: What stands beside a cell when two are compared.
BESIDE = [
    dict(zip(PRICED_COLUMNS, row, strict=True))
    for row in itertools.product(
        [None, "evolink", "x"],
        ["kling-v3-text-to-video", "pro-text-to-video", "evolink:kling-custom-element"],
        [None, 5],
        [None, "1080p"],
        [None, "on"],
        [2],
        [None, "2026-03-01"],
    )
]


@given(st.sampled_from(PRICED_COLUMNS), cells, cells)
def test_cells_of_one_class_never_differ_in_price_or_fault(name: str, one: Any, other: Any) -> None:
    classes = ValueClasses(kc.load_prices())
    if classes.of(name, one) != classes.of(name, other):
        return
    pricer = FramePricer(None, AS_OF, PRICED_COLUMNS)
    for beside in BESIDE:
        rows = [tuple({**beside, name: cell}.values()) for cell in (one, other)]
        found = pricer.added(rows).to_pylist()
        assert found[0] == found[1]


def told(estimate: kc.Estimate) -> tuple[Any, ...]:
    """What an estimate says of every row, whatever it was read from."""
    items = [(item.job_id, item.model, dict(item.options), item.takes, item.cost) for item in estimate.line_items]
    return items, sorted(((p.row, p.field, p.code) for p in estimate.problems), key=repr), estimate.totals


@pytest.mark.parametrize("engine", engines("pandas", "pyarrow", "polars", "polars-lazy", "duckdb"))
def test_a_frame_of_any_engine_is_estimated_as_the_same_rows_in_pandas(engine: Engine) -> None:
    """Ids, rows, figures and problems; and the costs that the frame itself is priced with."""
    for batch in (table(), *(batch for _, batch in corpus.batches())):
        frame = engine.frame(batch)
        estimate = kc.estimate(frame, as_of=AS_OF)
        assert told(estimate) == told(kc.estimate(batch.to_pandas(types_mapper=pd.ArrowDtype), as_of=AS_OF))
        assert estimate.left_out + len(estimate.line_items) == batch.num_rows
        assert all(job.source == "frame" for job in kc.read_jobs(frame))
    priced = engine.give(kc.price_frame(engine.frame(batch), as_of=AS_OF))
    costs = dict(rows_of(priced, ["row", "cost"]))
    assert {
        batch["row"][item.job.row - 1].as_py(): item.cost.value for item in estimate.line_items
    }.items() <= costs.items()


@pytest.mark.parametrize("engine", engines("pandas", "pyarrow", "polars", "polars-lazy", "duckdb"))
def test_answers_in_a_frame_of_any_engine_are_read_alike(engine: Engine) -> None:
    plan = kc.estimate([{"model": MODELS[0], "prompt": "Fog"}])
    answers = pa.table({"job_id": ["jobs:1", None], "task_id": ["t", "u"], "provider": ["evolink"] * 2,
                        "status": ["completed"] * 2, "credits": [40.5, None]})  # fmt: skip
    outcome = kc.reconcile(plan, engine.frame(answers))
    errors = [(found.kind, found.difference) for found in outcome.errors]
    assert errors == [("over_reserved", Decimal("13.5")), ("orphan_response", None)]
