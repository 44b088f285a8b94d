"""A frame says how certain a cost is, with its two ends: as the line items of the same rows, on every engine."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import kling_cost as kc
from kling_cost.frames.frame_columns import SUMMED
from kling_cost.results.bound_fields import BOUNDS
from kling_cost.results.record_types import LINE_ITEM, TOTAL
from tests.frame_engines import Engine, engines, rows_of
from tests.pricing.test_quantities import COLUMNS, ROWS, acme

AS_OF = date(2026, 11, 20)
NAMES = [field.name for field in BOUNDS]
each_engine = pytest.mark.parametrize("engine", engines())


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> kc.PriceBook:
    return acme(tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="module")
def table() -> pa.Table:
    cells = {name: [row.get(name) for row, _ in ROWS] for name in COLUMNS if name != "job_id"}
    sides = ["left" if at % 2 else "right" for at in range(len(ROWS))]
    return pa.table({"row": list(range(len(ROWS))), "tag:side": sides, **cells})


@pytest.fixture(scope="module")
def estimate(table: pa.Table, book: kc.PriceBook) -> kc.Estimate:
    return kc.estimate(table.to_pandas(types_mapper=pd.ArrowDtype), book, as_of=AS_OF)


def bounds_of(record: dict[str, Any]) -> list[Any]:
    """How certain a figure is, with its two ends, as JSON says it."""
    return [record.get("certainty", "exact"), record.get("cost_least"), record.get("cost_most")]


def plain(cell: Any) -> Any:
    """A cell as JSON would have it."""
    return cell if cell is None or isinstance(cell, (str, int)) else kc.amounts.plain_text(cell)


@each_engine
def test_a_row_has_the_bounds_of_its_line_item(
    engine: Engine, table: pa.Table, book: kc.PriceBook, estimate: kc.Estimate
) -> None:
    priced = engine.sorted(engine.give(kc.price_frame(engine.frame(table), book, as_of=AS_OF)))
    items = {item.row: LINE_ITEM.json(item) for item in estimate.line_items}
    seen = set()
    for at, row in enumerate(rows_of(priced, [*NAMES, "cost", "currency", "billed_quantity", "price_problem"]), 1):
        *bounds, cost, currency, billed, fault = map(plain, row)
        line = items.get(at)
        assert bounds == (["unknown", None, None] if line is None else bounds_of(line)), at
        assert (cost, currency) == ((None, None) if line is None else (line["cost"], line["currency"])), at
        assert (billed is None) == (line is None), at
        assert (fault is None) == (cost is not None), at
        seen.add(bounds[0])
    assert seen == {"exact", "range", "at_least", "at_most", "unknown"}


@each_engine
def test_both_verbs_agree_which_rows_have_no_cost(engine: Engine, table: pa.Table, book: kc.PriceBook) -> None:
    frame = engine.frame(table)
    priced, checked = (
        engine.sorted(engine.give(verb(frame, book, as_of=AS_OF))) for verb in (kc.price_frame, kc.validate_frame)
    )
    assert checked["price_problem"].to_pylist() == priced["price_problem"].to_pylist()
    assert "input_seconds:price_unknown" in checked["price_problem"].to_pylist()


@each_engine
@pytest.mark.parametrize("by", [[], ["tag:side"]])
def test_totals_are_those_of_an_estimate(
    engine: Engine, by: list[str], table: pa.Table, book: kc.PriceBook, estimate: kc.Estimate
) -> None:
    """No sum is too small: one over a row without an upper end has none."""
    found = engine.give(kc.totals(kc.price_frame(engine.frame(table), book, as_of=AS_OF), by))
    assert found.column_names == [*by, "currency", *SUMMED]
    rows = rows_of(found, [*by, "currency", *SUMMED])
    wanted = estimate.breakdowns["tag:side"] if by else estimate.totals
    for total in wanted:
        key = (total.key,) if by else ()
        (row,) = (row for row in rows if row[: len(by) + 1] == (*key, total.currency))
        told = dict(zip(SUMMED, map(plain, row[len(by) + 1 :]), strict=True))
        record = TOTAL.json(total)
        assert bounds_of(told) == bounds_of(record)
        assert (told["jobs"], told["unpriced"], told["cost"]) == (total.jobs, 0, record["cost"])
    without = [dict(zip(SUMMED, row[len(by) + 1 :], strict=True)) for row in rows if row[len(by)] is None]
    assert sum(row["unpriced"] for row in without) == estimate.left_out
    assert {tuple(row.get(name) for name in ("jobs", "cost", *NAMES)) for row in without} == {
        (0, None, "unknown", None, None)
    }


@each_engine
def test_a_sum_is_as_certain_as_its_rows(engine: Engine, table: pa.Table, book: kc.PriceBook) -> None:
    """Each kind of rows alone, so that every word for a sum occurs, with its ends."""
    found = []
    for word in ("exact", "range", "at_most", "at_least", "unknown"):
        priced = kc.price_frame(table, book, as_of=AS_OF)
        chosen = priced.filter(pa.compute.equal(priced["certainty"], word))
        (row,) = engine.give(kc.totals(engine.frame(chosen))).to_pylist()
        found.append(
            (row["certainty"], *(row[name] is not None for name in ("cost", "usd", "cost_least", "cost_most")))
        )
    assert found == [
        ("exact", True, True, False, False),
        ("range", True, True, True, True),
        ("at_most", True, True, True, True),
        ("at_least", False, False, True, False),
        ("unknown", False, False, False, False),
    ]
