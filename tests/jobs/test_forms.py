"""The same jobs in every input form cost the same, however the file is written."""

from __future__ import annotations

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
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

import kling_cost as kc
from kling_cost.io.sources import Source, name_sources
from kling_cost.jobs.parquet_sheets import ParquetSheet
from kling_cost.jobs.read_jobs import stream_jobs

AS_OF = date(2026, 11, 20)
EXAMPLES = [
    "campaign.yaml",
    "campaign.json",
    "campaign.jsonl",
    "campaign.csv",
    "campaign.tsv",
    "campaign.xlsx",
    "campaign.parquet",
]


def figures(estimate: kc.Estimate) -> Any:
    return (
        estimate.totals,
        estimate.breakdowns,
        [(i.job_id, i.cost, i.options, dict(i.tags)) for i in estimate.line_items],
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_sample_campaign_costs_the_same_in_every_form(project: Path, name: str) -> None:
    found = kc.estimate(kc.read_jobs(project / "examples" / name), as_of=AS_OF)
    reference = kc.estimate(kc.read_jobs(project / "examples" / "campaign.yaml"), as_of=AS_OF)
    assert figures(found) == figures(reference)
    assert [p.code for p in found.problems] == ["no_exchange_rate"]
    assert len(found.line_items) == 25


def test_the_sample_campaign_as_a_frame(project: Path) -> None:
    frame = pd.read_parquet(project / "examples" / "campaign.parquet")
    reference = kc.estimate(kc.read_jobs(project / "examples" / "campaign.yaml"), as_of=AS_OF)
    assert figures(kc.estimate(frame, as_of=AS_OF)) == figures(reference)


ROWS = [
    {
        "job_id": "a",
        "model": "kling-v3-text-to-video",
        "duration": 7,
        "quality": "1080p",
        "sound": "off",
        "takes": 3,
        "prompt": '안개, "rain"; fog',
    },
    {
        "job_id": "b",
        "model": "kling-v3-text-to-video",
        "duration": None,
        "quality": None,
        "sound": None,
        "takes": None,
        "prompt": "霧",
    },
    {
        "job_id": "c",
        "model": "pro-text-to-video",
        "duration": 15,
        "quality": None,
        "sound": "on",
        "takes": 2,
        "prompt": "雾",
    },
]
TOTALS = [("EVOLINK_CREDIT", Decimal("178.1622")), ("KLING3API_CREDIT", Decimal(2400))]


def totals(jobs: kc.Jobs) -> list[tuple[str, Decimal]]:
    found = kc.estimate(jobs, as_of=AS_OF)
    assert [p for p in found.problems if p.severity != "info"] == []
    return [(t.currency, t.cost) for t in found.totals]


def separated(separator: str, end: str = "\n") -> str:
    frame = pd.DataFrame(ROWS).astype(object)
    return frame.where(frame.notna(), None).to_csv(index=False, sep=separator, lineterminator=end)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_with_any_separator_line_end_and_mark(tmp_path: Path, separator: str, encoding: str, end: str) -> None:
    path = tmp_path / "jobs.csv"
    path.write_bytes(separated(separator, end).encode(encoding))
    assert totals(kc.read_jobs(path)) == TOTALS


def test_csv_in_an_encoding_that_the_user_names(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_bytes(separated(",").replace("霧", "안").replace("雾", "개").encode("cp949"))
    assert totals(kc.read_jobs(path, encoding="cp949")) == TOTALS


def test_csv_with_a_line_that_names_the_separator_and_a_title(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text("sep=;\n" + separated(";"), encoding="utf-8")
    jobs = kc.read_jobs(path)
    assert totals(jobs) == TOTALS
    assert [job.row for job in jobs] == [2, 3, 4]
    path.write_text("Spring launch,,,,,,\n\n" + separated(","), encoding="utf-8")
    jobs = kc.read_jobs(path)
    assert totals(jobs) == TOTALS
    assert [job.row for job in jobs] == [4, 5, 6]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(
        'model,prompt\nkling-v3-text-to-video,"two\nlines"\n\n,\nkling-v3-text-to-video,x\n', encoding="utf-8"
    )
    assert [job.row for job in kc.read_jobs(path)] == [2, 5]


@pytest.mark.parametrize("suffix", ["JSONL", "jsonl", "ndjson"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_lines_with_any_mark_and_line_end(tmp_path: Path, encoding: str, suffix: str) -> None:
    path = tmp_path / f"작업 목록.{suffix}"
    lines = [json.dumps(envelope(row), ensure_ascii=False) for row in ROWS]
    path.write_bytes("\r\n\r\n".join(lines).encode(encoding))
    jobs = kc.read_jobs(path)
    assert totals(jobs) == TOTALS
    assert [job.row for job in jobs] == [1, 3, 5]


def envelope(row: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {
        name: row[name] for name in ("duration", "quality", "sound", "prompt") if row[name] is not None
    }
    if row["model"].startswith("pro"):
        body = {**body, "type": row["model"], "sound": row["sound"] == "on"}
    else:
        body["model"] = row["model"]
    return {"job_id": row["job_id"], "request": body, "takes": row["takes"] or 1}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_json_and_yaml_with_any_mark(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    path = tmp_path / "jobs.json"
    path.write_bytes((mark + json.dumps([envelope(row) for row in ROWS], ensure_ascii=False)).encode(encoding))
    assert totals(kc.read_jobs(path)) == TOTALS
    path = tmp_path / "jobs.YML"
    path.write_bytes(
        (mark + "jobs:\r\n" + "".join(f"- {json.dumps(envelope(r), ensure_ascii=False)}\r\n" for r in ROWS)).encode(
            encoding
        )
    )
    assert totals(kc.read_jobs(path)) == TOTALS


def workbook(rows: list[list[Any]], **more: list[list[Any]]) -> bytes:
    book = Workbook()
    del book["Sheet"]
    for title, content in {"Jobs": rows, **more}.items():
        sheet = book.create_sheet(title)
        for row in content:
            sheet.append(row)
            for cell in sheet[sheet.max_row]:
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # openpyxl would take "=1" for a formula
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_workbook_with_a_title_blank_rows_and_other_sheets(tmp_path: Path) -> None:
    names = list(ROWS[0])
    path = tmp_path / "jobs.XLSX"
    content = [
        ["Spring launch"],
        [],
        names,
        *[list(row.values()) for row in ROWS[:1]],
        [],
        *[list(r.values()) for r in ROWS[1:]],
    ]
    path.write_bytes(workbook(content, Notes=[["remember", "the milk"]]))
    jobs = kc.read_jobs(path)
    assert totals(jobs) == TOTALS
    assert [job.row for job in jobs] == [4, 6, 7]
    assert [p.message for p in jobs.file_problems] == ["reading the sheet Jobs, not Notes"]
    assert totals(kc.read_jobs(path, sheet="Jobs")) == TOTALS


def test_cells_of_a_workbook_are_read_as_people_mean_them(tmp_path: Path) -> None:
    path = tmp_path / "jobs.xlsx"
    rows = [
        ["model", "duration", "sound", "date", "prompt", "takes", "tag:shot"],
        ["kling-v3-text-to-video", 5.0, True, date(2026, 3, 1), "x", 2.0, 7.0],
        ["kling-v3-text-to-video", "5", "OFF", "2026-03-01", 2026, "2", "7"],
    ]
    path.write_bytes(workbook(rows))
    first, second = kc.read_jobs(path)
    assert (first.ask.option("sound"), second.ask.option("sound")) == ("on", "off")
    assert first.date == second.date == date(2026, 3, 1)
    assert (first.ask.duration, first.takes, first.tags["tag:shot".removeprefix("tag:")]) == (5, 2, "7")
    assert second.prompt == "2026"


def parquet(tmp_path: Path, table: pa.Table) -> Path:
    path = tmp_path / "jobs.parquet"
    pq.write_table(table, path)
    return path


@pytest.mark.parametrize("dictionary", [False, True])
def test_parquet_with_typed_and_dictionary_columns(tmp_path: Path, dictionary: bool) -> None:
    names = list(ROWS[0])
    arrays = {name: pa.array([row[name] for row in ROWS]) for name in names}
    if dictionary:
        arrays = {name: a.dictionary_encode() if pa.types.is_string(a.type) else a for name, a in arrays.items()}
    assert totals(kc.read_jobs(parquet(tmp_path, pa.table(arrays)))) == TOTALS


def test_parquet_with_numbers_dates_truths_and_lists(tmp_path: Path) -> None:
    table = pa.table(
        {
            "model": ["pro-text-to-video", "o3-pro-reference-to-video"],
            "duration": pa.array([5.0, float("nan")]),
            "takes": pa.array([Decimal("2.00"), None], pa.decimal128(5, 2)),
            "date": pa.array([date(2026, 3, 1), None]),
            "sound": [True, None],
            "prompt": ["x", "y"],
            "images": pa.array([None, ["https://example.com/a.jpg"]]),
        }
    )
    found = kc.estimate(kc.read_jobs(parquet(tmp_path, table)))
    assert [i.cost.value for i in found.line_items] == [800, 360]
    assert [p.code for p in found.problems] == ["no_exchange_rate"]


FRAME = pd.DataFrame(ROWS)
#: Ways in which pandas may hold the same columns.
DTYPES: list[Any] = [
    lambda f: f,
    lambda f: f.astype(object),
    lambda f: f.convert_dtypes(),
    lambda f: f.convert_dtypes(dtype_backend="pyarrow"),
]


@pytest.mark.parametrize(
    "make",
    [
        *DTYPES,
        lambda f: f.astype({"model": "category", "sound": "category"}),
    ],
)
def test_a_frame_of_any_dtype(make: Any) -> None:
    assert totals(kc.read_jobs(make(FRAME))) == TOTALS


def test_standard_input_is_a_source_like_any_other() -> None:
    for form, data in (
        ("csv", separated(",").encode()),
        ("jsonl", "\n".join(json.dumps(envelope(row)) for row in ROWS).encode()),
        ("json", json.dumps([envelope(row) for row in ROWS]).encode()),
        ("xlsx", workbook([list(ROWS[0]), *[list(row.values()) for row in ROWS]])),
    ):
        stream = stream_jobs([Source("stdin", None, io.BytesIO(data))], form)
        jobs = stream.collect()
        assert totals(jobs) == TOTALS
        assert jobs[0].source == "stdin"


def test_jobs_without_an_id_are_called_after_file_and_row(tmp_path: Path) -> None:
    for folder in ("spring", "autumn"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "jobs.jsonl").write_text(
            '{"model": "kling-v3-text-to-video", "prompt": "x"}\n' * 2, encoding="utf-8"
        )
    jobs = kc.read_jobs(tmp_path / "spring" / "jobs.jsonl", tmp_path / "autumn" / "jobs.jsonl")
    assert [job.job_id for job in jobs] == [
        "spring/jobs.jsonl:1",
        "spring/jobs.jsonl:2",
        "autumn/jobs.jsonl:1",
        "autumn/jobs.jsonl:2",
    ]
    assert jobs.problems == []


def test_ids_are_unique_over_all_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("job_id,model,prompt\nhero,kling-v3-text-to-video,x\n", encoding="utf-8")
    found = kc.estimate(kc.read_jobs(tmp_path / "a.csv", tmp_path / "b.csv"))
    assert [i.job.source for i in found.line_items] == ["a.csv"]
    assert [(p.code, p.source) for p in found.problems] == [("duplicate", "b.csv")]


def test_a_source_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("model\nkling-v3-text-to-video\n", encoding="utf-8")
    with pytest.raises(kc.UsageError, match=r"a\.csv is passed more than once"):
        kc.read_jobs(path, path)


def test_what_are_no_jobs_is_refused() -> None:
    for value in (5, "nothing.csv\x00", object(), {1, 2}):
        with pytest.raises((kc.UsageError, kc.ReadError)):
            kc.read_jobs(value)
    with pytest.raises(kc.UsageError, match="no jobs"):
        kc.read_jobs()


# Written then read is the same, for generated rows.

cell_texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="\ufeff\ufffe\uffff"),
    min_size=1,
    max_size=12,
)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "model": st.sampled_from(["kling-v3-text-to-video", "pro-text-to-video", "std-text-to-video"]),
            "duration": st.none() | st.integers(3, 15),
            "sound": st.none() | st.sampled_from(["on", "off"]),
            "takes": st.none() | st.integers(1, 50),
            "prompt": cell_texts,
            "tag:client": st.none() | cell_texts,
        }
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40)
@given(rows)
def test_generated_rows_cost_the_same_in_every_form(
    tmp_path_factory: pytest.TempPathFactory, items: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("forms")
    frame = pd.DataFrame(items).astype(object)
    frame = frame.where(frame.notna(), None)
    names = list(frame.columns)
    frame.to_csv(folder / "a.csv", index=False, encoding="utf-8-sig")
    frame.to_csv(folder / "a.tsv", index=False, sep="\t", encoding="utf-16")
    (folder / "a.xlsx").write_bytes(workbook([names, *frame.values.tolist()]))
    jobs = [
        {
            "request": body_of(row),
            **({"takes": row["takes"]} if row["takes"] is not None else {}),
            **({"tags": {"client": row["tag:client"]}} if row["tag:client"] is not None else {}),
        }
        for row in items
    ]
    (folder / "a.json").write_text(json.dumps(jobs), encoding="utf-8")
    (folder / "a.jsonl").write_text("".join(json.dumps(job) + "\n" for job in jobs), encoding="utf-8")
    results = {}
    for name in ("a.csv", "a.tsv", "a.xlsx", "a.json", "a.jsonl"):
        found = kc.estimate(kc.read_jobs(folder / name), as_of=AS_OF)
        assert [p for p in found.problems if p.severity == "error"] == []
        results[name] = (found.totals, found.breakdowns["model"], found.breakdowns.get("tag:client"))
    assert len({repr(result) for result in results.values()}) == 1


def body_of(row: dict[str, Any]) -> dict[str, Any]:
    body = {name: row[name] for name in ("duration", "sound", "prompt") if row[name] is not None}
    if row["model"].startswith("kling"):
        return {**body, "model": row["model"]}
    if "sound" in body:
        body["sound"] = body["sound"] == "on"
    return {**body, "type": row["model"]}


def test_unknown_columns_of_one_name_are_each_read_from_parquet(tmp_path: Path) -> None:
    names = ["note", "model", "note", "duration", "note"]
    rows = [["a", "kling-v3-text-to-video", "b", 5, None], ["c", "kling-v3-text-to-video", "d", 6, "e"]]
    pq.write_table(pa.table(list(map(list, zip(*rows, strict=True))), names=names), tmp_path / "a.parquet")
    sheet = ParquetSheet(name_sources([tmp_path / "a.parquet"])[0])
    assert [cells for _, cells in sheet.rows([2, 4])] == [[None, None, "b", None, None], [None, None, "d", None, "e"]]
    estimate = kc.estimate(kc.read_jobs(tmp_path / "a.parquet"))
    assert [total.cost for total in estimate.totals] == [Decimal("59.4")]
    assert [p.field for p in estimate.problems if p.code == "unknown_field"] == ["note"] * 3


def test_jobs_are_shown_in_one_line() -> None:
    good = {"job_id": "a", "takes": 1200, "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}
    jobs = kc.read_jobs([good, {"request": {"prompt": "Fog"}}])
    assert repr(jobs) == "<Jobs: 2 jobs, 1 problem>"
    assert [repr(job) for job in jobs] == [
        "<Job a: kling-v3-text-to-video, 1,200 takes>",
        "<Job jobs:2: no model, 1 take, 1 problem>",
    ]
    assert repr(jobs[0]._replace(job_id=None)).startswith("<Job without id: ")


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ([1], "tags: must be an object, not […]"),
        ({"a": [1]}, "tags.a: must be text, not […]"),
        ({" ": "x"}, "tags: a tag needs a name (write tag:NAME)"),
        ({"\u0063\u0327": 5, "a": "e\u0301"}, None),
    ],
)
def test_tags_are_texts_by_name_or_the_job_says_what_they_are(tags: Any, told: str | None) -> None:
    (job,) = kc.read_jobs([{"tags": tags, "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}])
    assert [str(p) for p in job.problems] == ([f"jobs:1: {told}"] if told else [])
    assert dict(job.tags) == ({} if told else {"\u00e7": "5", "a": "\u00e9"})
