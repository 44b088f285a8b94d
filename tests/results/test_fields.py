"""A field is described once, and every form has it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import docs.make
import kling_cost as kc
from kling_cost.io.json_text import json_bytes, json_line
from kling_cost.pricebook.price_rows import PriceRow
from kling_cost.reporting.parts.column_titles import columns_of
from kling_cost.reporting.translations import words_of
from kling_cost.results import stored_forms
from kling_cost.results.arrow_tables import arrow_table
from kling_cost.results.document_types import ESTIMATE
from kling_cost.results.fields import Field, Record
from kling_cost.results.plans.limit_types import STANDING
from kling_cost.results.record_types import ACTUAL_TOTAL, BALANCE, FINDING, LINE_ITEM, PRICE_ROW, TASK, TOTAL
from kling_cost.results.result_schema import schema
from kling_cost.results.value_types import COST, TEXT

BODY = {"model": "kling-v3-text-to-video", "prompt": "Fog"}
JOBS = [
    {"job_id": "a", "takes": 3, "tags": {"scene": "50 %"}, "request": {**BODY, "duration": 7, "sound": "on"}},
    {"job_id": "하늘", "request": BODY},
    {"job_id": "c", "takes": 3, "task_id": ["t-1", "t-2", "t-3"], "request": {**BODY, "duration": 7, "sound": "on"}},
    {"request": {"model": "kling-v3", "duration": 3, "quality": "4k", "sound": "on"}},
]
HALF = Field("half", COST, "half of the cost of one call", lambda item: item.charge.cost / 2)


@pytest.fixture
def with_half(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Line items with one field more."""
    monkeypatch.setattr(LINE_ITEM, "fields", (*LINE_ITEM.fields, HALF))
    stored_forms.form_of.cache_clear()
    yield
    stored_forms.form_of.cache_clear()


@pytest.mark.usefixtures("with_half")
def test_one_line_more_is_a_column_in_every_form(tmp_path: Path) -> None:
    estimate = kc.estimate(JOBS)
    halves = [item.charge.cost / 2 for item in estimate.line_items]
    assert list(estimate.to_frame()["half"]) == halves
    paths = {form: tmp_path / f"plan.{form}" for form in ("json", "csv", "parquet")}
    for path in paths.values():
        kc.write_report(path, estimate)
    document = json.loads(paths["json"].read_bytes())["estimate"]
    assert [Decimal(line["half"]) for line in document["line_items"]] == halves
    rows = csv.DictReader(io.StringIO(paths["csv"].read_text("utf-8-sig")))
    assert [Decimal(row["half"]) for row in rows] == halves
    assert pq.read_table(paths["parquet"])["half"].to_pylist() == halves
    jsonschema.validate(document, schema("estimate"))
    for form in ("json", "csv"):
        assert kc.read_estimate(paths[form]).totals == estimate.totals
    assert [(column.title, column.kind) for column in columns_of(words_of("en"), LINE_ITEM, ["half"])] == [
        ("Half", "credits")
    ]
    assert "| `half` | decimal | `decimal128(38, 6)` | half of the cost of one call |" in docs.make.result_fields()
    document["line_items"][0]["half"] = "much"
    (tmp_path / "odd.json").write_text(json.dumps(document))
    with pytest.raises(kc.ReadError, match=r"line_items\.0\.half.*decimal text"):
        kc.read_estimate(tmp_path / "odd.json")
    with pytest.raises(jsonschema.ValidationError, match="much"):
        jsonschema.validate(document, schema("estimate"))


def test_a_field_that_is_gone_is_in_no_form(with_half: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LINE_ITEM, "fields", LINE_ITEM.without("half", "notes"))
    estimate = kc.estimate(JOBS)
    assert not {"half", "notes"} & {*ESTIMATE.json(estimate)["line_items"][0], *estimate.to_frame().columns}


lines = st.lists(
    st.builds(
        lambda **job: {name: value for name, value in job.items() if value is not None},
        job_id=st.none() | st.text('aé%"\\{}\n☁', min_size=1).filter(lambda text: bool(text.strip())),
        takes=st.integers(1, 3),
        tags=st.none() | st.dictionaries(st.sampled_from(["scene", "%s"]), st.text('a%"é', min_size=1), max_size=2),
        task_id=st.none() | st.just("t%d"),
        request=st.sampled_from(
            [
                {**BODY, "duration": 3},
                BODY,
                {"model": "kling-v3", "duration": 3, "quality": "4k", "sound": "on"},
                {"model": "kling-custom-element", "nonsense": 1},
            ]
        ),
    ),
    max_size=8,
)


@given(lines)
def test_what_is_shared_changes_no_letter(jobs: list[dict[str, Any]]) -> None:
    items = kc.estimate(jobs).line_items
    assert list(LINE_ITEM.json_texts(items)) == [json_line(LINE_ITEM.json(item)) for item in items]
    columns = LINE_ITEM.columns(["scene"])
    each = [next(LINE_ITEM.rows([item], columns)) for item in items]
    assert list(LINE_ITEM.rows(items, columns)) == each
    told = arrow_table(LINE_ITEM, items, ["scene"]).to_pylist()
    assert told == [arrow_table(LINE_ITEM, [item], ["scene"]).to_pylist()[0] for item in items]


def test_a_percent_sign_in_what_is_shared_is_a_percent_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    off = Field("discount", TEXT, "what is taken off", lambda item: "5 %s %%")
    monkeypatch.setattr(LINE_ITEM, "fields", (*LINE_ITEM.fields, off))
    items = kc.estimate(JOBS).line_items
    assert list(LINE_ITEM.json_texts(items)) == [json_line(LINE_ITEM.json(item)) for item in items]


def test_lists_made_when_they_are_written_are_the_same_bytes() -> None:
    estimate = kc.estimate(JOBS)
    assert json_bytes(ESTIMATE.json(estimate, in_lines=True)) == json_bytes(ESTIMATE.json(estimate))


def test_the_typed_rows_of_prices_have_the_fields_of_the_table() -> None:
    assert list(PriceRow.__annotations__) == [field.name for field in PRICE_ROW.fields]
    assert list(kc.price_table()[0]) == [field.name for field in PRICE_ROW.fields if not field.optional]


@pytest.mark.parametrize("record", [LINE_ITEM, TOTAL, TASK, FINDING, ACTUAL_TOTAL, BALANCE, STANDING, PRICE_ROW])
def test_every_field_says_what_it_is_once(record: Record) -> None:
    names = [field.name for field in record.fields]
    assert len(set(names)) == len(names)
    assert all(field.about for field in record.fields)
