"""Sheets that are counted column by column come to what they come to row by row, whatever stands in them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_cost.io.sources import name_sources
from kling_cost.pricebook.load import load_prices
from kling_cost.pricing.pricer import pricer
from kling_cost.summary import block_codes as coding
from kling_cost.summary import blocks
from kling_cost.summary.accumulator import MOST_PROBLEMS
from kling_cost.summary.jsonl_counter import Plan
from kling_cost.summary.summarize import How, Run
from tests.summary.summaries import same

T2V, K3 = "kling-v3-text-to-video", "pro-text-to-video"
HOWS = [How(), How(block=40), How(block=300, processes=3)]
CELLS = {
    "job_id": ["", "a", " a ", "a:b", "x.csv:3", "x.csv:4", "하늘", "\u3000하늘", "7", "'=1", "n" * 70],
    "provider": ["", "evolink", "kling3api", "nobody", " "],
    "model": [T2V, T2V, K3, f" {T2V}", f"evolink:{T2V}", "kling-v3", "nothing", ""],
    "duration": ["", "5", "5.0", " 7 ", "99", "x", "05", "٥", "5,0"],
    "quality": ["", "720p", "1080p", "4k", "1080P"],
    "sound": ["", "on", "OFF", "TRUE", "yes", "false"],
    "takes": ["", "1", "3", "0", "2.0", "1.5", "1000001"],
    "date": ["", "2026-03-01", "2020-01-01", "2026-3-1"],
    "tag:client": ["", "Acme", " Acme", "a:b", 'Say "hi"', "하늘", " "],
    "tag:scene": ["", "x", "line\nbreak", "semi;colon", "co,mma"],
    "remark": ["", "x", '"', "\0", "\x85", "\u2028"],
    "": ["", "x"],
}
NAMES = st.lists(st.sampled_from(list(CELLS)), min_size=1, max_size=8, unique=True).map(
    lambda names: names if "model" in names else ["model", *names]
)


@st.composite
def sheets(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    names = draw(NAMES)
    row = st.tuples(*(st.sampled_from(CELLS[name]) for name in names)).map(list)
    return names, draw(st.lists(row | st.just([""] * len(names)), max_size=25))


def quoted(cell: str, always: bool, separator: str) -> str:
    special = any(c in cell for c in (separator, '"', "\n", "\r"))
    return '"' + cell.replace('"', '""') + '"' if always or special else cell


@given(
    sheets(),
    st.sampled_from(HOWS),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "\ufeff", "sep=;\n", "A plan\n\n"]),
    st.booleans(),
    st.booleans(),
    st.lists(
        st.tuples(st.integers(0, 2_000), st.sampled_from([",", '"', "\n", "\r", "x", ";", " ", "\xff"])), max_size=2
    ),
    st.booleans(),
)
def test_any_sheet(
    tmp_path_factory: pytest.TempPathFactory,
    sheet: tuple[list[str], list[list[str]]],
    how: How,
    separator: str,
    ends: str,
    start: str,
    always: bool,
    last: bool,
    spoilt: list[tuple[int, str]],
    strict: bool,
) -> None:
    """Well written, and with a character put in anywhere."""
    names, rows = sheet
    text = start + ends.join(separator.join(quoted(c, always, separator) for c in row) for row in [names, *rows])
    text += ends if last else ""
    for at, character in spoilt:
        text = text[: at % (len(text) + 1)] + character + text[at % (len(text) + 1) :]
    path = tmp_path_factory.mktemp("sheet") / "x.csv"
    path.write_bytes(text.encode("utf-8") if "\xff" not in text else text.encode("latin-1", "replace"))
    same(path, how=how._replace(strict=strict))


@given(st.text(alphabet='a1,"\n\r; ', max_size=60), st.sampled_from(HOWS))
def test_any_text_below_a_header(tmp_path_factory: pytest.TempPathFactory, text: str, how: How) -> None:
    path = tmp_path_factory.mktemp("text") / "x.csv"
    path.write_bytes(f"model,duration,tag:a\n{T2V},5,b\n{text}".encode())
    same(path, how=how)


def of(tmp_path: Path, *rows: str, name: str = "x.csv") -> Path:
    path = tmp_path / name
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def counted_by_columns(path: Path, monkeypatch: pytest.MonkeyPatch, **how: Any) -> list[int]:
    """Sums a file up, held against the ordinary way; the sizes of the blocks that were read by columns."""
    sizes: list[int] = []

    def noted(block: coding.Block, plan: Plan) -> coding.Coded:
        sizes.append(block.size)
        return coding.code_block(block, plan)

    monkeypatch.setattr("kling_cost.summary.sheet_reading.code_block", noted)
    same(path, how=How(**how))
    sizes.clear()
    Run(name_sources([path]), load_prices(), How(**how)).summary()
    return sizes


@pytest.mark.parametrize(
    "rows",
    [
        ["model,duration", *[f"{T2V},5"] * 50],
        ["model,duration", *[f'"{T2V}","5"'] * 50],
        ["model,duration,remark", *[f"{T2V},5,"] * 50],
        ["model,duration", *[f"{T2V},5"] * 20, "", ",", f"{T2V}", f"{T2V},5,,", f"{T2V},5,x", *[f"{T2V},5"] * 25],
        ["job_id;model;tag:a", *[f"j{n};{K3};하늘" for n in range(50)]],
    ],
)
def test_plain_sheets_are_read_by_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: Sequence[str]) -> None:
    """And rows that do not fit do not make the others slow."""
    assert sum(counted_by_columns(of(tmp_path, *rows), monkeypatch, block=200)) == 50


def test_from_what_only_a_reader_of_rows_can_read_all_is_read_by_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell that goes on in the next line: no later line begins where it seems to."""
    rows = [f"{T2V},5,a"] * 100
    path = of(tmp_path, "model,duration,tag:a", *rows, f'{T2V},5,"two\nlines"', *rows)
    assert 0 < sum(counted_by_columns(path, monkeypatch, block=400)) < 140  # some blocks are coded ahead


@pytest.mark.parametrize(
    "header",
    ["model,prompt", "model,duraton", "model,model", "model,task_id", "model,duration,", "sep=,\nmodel,duration"],
)
def test_other_sheets_are_read_by_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, header: str) -> None:
    assert counted_by_columns(of(tmp_path, header, *[f"{T2V},5"] * 9), monkeypatch) == []


@pytest.mark.parametrize("how", HOWS)
def test_repeated_ids_in_blocks_and_files(tmp_path: Path, how: How) -> None:
    rows = [f"job-{n:03},{T2V},{3 + n % 13},c{n % 3}" for n in range(200)]
    wide = [f"job-{n:03},{T2V},{3 + n % 13},c{n % 3},x" for n in range(3)]
    one = of(tmp_path, "job_id,model,duration,tag:c", *rows, rows[7], " job-007 ,,,", "job-009,,99,", *wide, rows[199])
    two = of(tmp_path, "model,job_id", f"{T2V},job-100", f"{T2V},new", f"{T2V},new,", f"{T2V},new,x", name="y.csv")
    summary = same(one, two, how=how)
    assert summary is not None
    assert summary.codes["error", "duplicate"] == 6


def test_more_repeated_ids_and_problems_than_are_kept(tmp_path: Path) -> None:
    rows = [f"job-{n},{T2V},{n % 17},c{n % 3}" for n in range(3 * MOST_PROBLEMS)]
    one = of(tmp_path, "job_id,model,duration,tag:c", *rows)
    two = of(tmp_path, "job_id,model,duration,tag:c", *reversed(rows), ",,,", "x,y", name="y.csv")
    for how in (How(), How(block=2_000), How(strict=True, block=9_000)):
        summary = same(one, two, how=how)
        assert summary is not None
        assert summary.more_problems > 2 * MOST_PROBLEMS


@pytest.mark.parametrize("key", ["x.csv:3", "y.csv:2"])
def test_an_id_may_be_the_one_that_a_row_without_an_id_gets(tmp_path: Path, key: str) -> None:
    one = of(tmp_path, "job_id,model", f"{key},{T2V}", f",{T2V}", f",{T2V}")
    two = of(tmp_path, "job_id,model", f",{T2V}", name="y.csv")
    summary = same(one, two)
    assert summary is not None
    assert summary.left_out == 1


def test_ids_may_be_of_any_length_and_script(tmp_path: Path) -> None:
    ids = [f"{'작업' * (n % 9)}{'x' * (n % 70)}{n}" for n in range(300)]
    path = of(tmp_path, "job_id,model", *(f"{one},{T2V}" for one in [*ids, ids[40], ids[41]]))
    summary = same(path)
    assert summary is not None
    assert [p.row for p in summary.problems if p.code == "duplicate"] == [302, 303]


COLUMNS: dict[str, list[pa.Array]] = {
    "job_id": [
        pa.array(["a", "b", None, " ", "c"]),
        pa.array([1, 2, None, 3, 1]),
        pa.array(["a", "b", "a", "c", None]).dictionary_encode(),
        pa.array(["a", "b", "c", "d", "e"], pa.large_string()),
        pa.array([1.0, 2.5, None, 3.0, 1e300]),
    ],
    "duration": [
        pa.array([5, 7, None, 99, 5], pa.int8()),
        pa.array([5, 7, 5, 3, 15], pa.uint64()),
        pa.array([5, -(2**62), 2**62, 3, 15]),
        pa.array([5.0, float("nan"), 5.5, None, 7.0]),
        pa.array([Decimal("5.0"), None, Decimal("5.5"), Decimal(7), Decimal(7)]),
        pa.array(["5", "5.0", "x", None, ""]),
        pa.array([True, False, None, True, True]),
    ],
    "sound": [pa.array([True, False, None, True, False]), pa.array(["on", "off", "TRUE", None, "maybe"])],
    "takes": [pa.array([1, 2, 3, 4, 0], pa.int16()), pa.nulls(5), pa.array(["1", "2", " ", None, "x"])],
    "date": [
        pa.array([date(2026, 3, 1), None, date(2020, 1, 1), date(2026, 3, 2), date(2026, 3, 1)]),
        pa.array(["2026-03-01 05:00:00", None, "2020-01-01", None, None]).cast(pa.timestamp("us")),
    ],
    "tag:n": [
        pa.array([1, 2, None, 1, 1]),
        pa.array([True, None, False, True, True]),
        pa.array([1.5, 1.0, None, 2.0, 1.5]),
    ],
    "tag:a.b": [pa.array(["x", " x", "", None, "y"]).dictionary_encode()],
    "remark": [pa.array([[1], [], None, [2], [3]])],
}


@given(st.data())
def test_any_columns_of_parquet(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(list(COLUMNS)), max_size=6, unique=True))
    model = pa.array([T2V, K3, T2V, None, f"evolink:{T2V}"])
    columns = {"model": model} | {name: data.draw(st.sampled_from(COLUMNS[name])) for name in names}
    path = tmp_path_factory.mktemp("parquet") / "x.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=data.draw(st.integers(1, 5)))
    before = blocks.PARQUET_ROWS
    blocks.PARQUET_ROWS = data.draw(st.sampled_from([1, 2, before]))
    try:
        same(path, how=How(strict=data.draw(st.booleans())))
    finally:
        blocks.PARQUET_ROWS = before


def test_a_damaged_page_is_told_at_its_row(tmp_path: Path) -> None:
    sink = io.BytesIO()
    pq.write_table(
        pa.table({"model": [T2V] * 30_000, "job_id": [f"{n}" for n in range(30_000)]}), sink, row_group_size=10_000
    )
    data = bytearray(sink.getvalue())
    middle = len(data) // 2
    data[middle : middle + 2_000] = bytes(2_000)
    (tmp_path / "x.parquet").write_bytes(data)
    same(tmp_path / "x.parquet")


def test_a_file_of_nothing_but_warnings_is_counted_by_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = of(tmp_path, "model,sound,quality", *["o3-pro-video-edit,on,"] * (2 * MOST_PROBLEMS))
    assert sum(counted_by_columns(path, monkeypatch, block=3_000)) == 2 * MOST_PROBLEMS


def test_more_combinations_than_a_table_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coding, "_FEW", 10)
    rows = [f"{T2V},{3 + n % 13},{'on' if n % 2 else 'off'},c{n % 7}" for n in range(200)]
    same(of(tmp_path, "model,duration,sound,tag:c", *rows))


def test_pricers_agree() -> None:
    """The same book and day are judged by one pricer in all ways."""
    assert pricer(load_prices(), None) is pricer(load_prices(), None)
