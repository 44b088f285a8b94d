"""Small Parquet files that stand for gigabytes: refused, or read within bounds, and unread columns not at all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kling_cost as kc
from kling_cost.io.sources import name_sources
from kling_cost.jobs import parquet_limits
from kling_cost.jobs.parquet_sheets import ParquetSheet
from tests.cli import AS_OF, measured

MANY = 30_000
LONG = "x" * 1_000_000
MODEL = "kling-v3-text-to-video"


def shared(count: int) -> pa.Array:
    """One long text that every row shares."""
    return pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), pa.array([LONG]))


def written(folder: Path, columns: dict[str, Any], count: int = MANY, **how: Any) -> Path:
    path = folder / "jobs.parquet"
    base = {"model": pa.array([MODEL] * count), "duration": pa.array([5] * count)}
    pq.write_table(pa.table({**base, **columns}), path, **how)
    pa.default_memory_pool().release_unused()  # PyArrow 21 would keep gigabytes of it for the rest of the run
    assert path.stat().st_size < 256 * 1024
    return path


@pytest.mark.parametrize("flags", [[], ["--summary"]], ids=["rows", "summary"])
@pytest.mark.parametrize("name", ["prompt", "job_id", "tag:scene"])
def test_a_long_text_that_rows_share_is_refused(tmp_path: Path, name: str, flags: list[str]) -> None:
    path = written(tmp_path, {name: shared(MANY)})
    code, peak, _, err = measured(tmp_path, "estimate", path, *flags, *AS_OF, "--format", "csv")
    assert (code, err) == (2, f"kling-cost: {path}:1: a cell is longer than 131,072 characters\n")
    assert peak < 512


@pytest.mark.parametrize("flags", [[], ["--summary"]], ids=["rows", "summary"])
@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
@pytest.mark.parametrize("name", ["prompt", "unrelated"])
def test_other_encodings_are_held_to_the_same_bounds(
    tmp_path: Path, name: str, encoding: str, flags: list[str]
) -> None:
    how = {"use_dictionary": False, "compression": "zstd", "column_encoding": {name: encoding}}
    path = written(tmp_path, {name: pa.array([LONG] * 600)}, 600, **how)
    code, peak, _, err = measured(tmp_path, "estimate", path, *flags, *AS_OF, "--format", "csv")
    if name == "prompt":
        assert code == 2, err
        assert re.search("a cell is longer than|these columns are too large when unpacked", err)
    assert peak < 512


def test_a_column_that_nobody_reads_is_not_unpacked(tmp_path: Path) -> None:
    count = 1_000
    options = {"quality": pa.array(["720p"] * count), "sound": pa.array(["on"] * count)}
    path = written(tmp_path, {**options, "unrelated": shared(count)}, count)
    data = bytearray(path.read_bytes())
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(4)
    begin = chunk.dictionary_page_offset
    data[begin : begin + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    path.write_bytes(bytes(data))
    code, _, _, err = measured(tmp_path, "estimate", path, *AS_OF, "--format", "csv")
    assert (code, err) == (0, "")


def test_a_row_with_nothing_but_an_unread_cell_is_still_a_row(tmp_path: Path) -> None:
    path = tmp_path / "jobs.parquet"
    table = {"model": [MODEL, None, None], "duration": [5, None, None], "note": ["a", "b", None]}
    pq.write_table(pa.table(table), path)
    rows = list(ParquetSheet(name_sources([path])[0]).jobs([0, 1]))
    assert rows == [(1, [MODEL, 5, None]), (2, [None, None, "b"]), (3, [None, None, None])]


def test_a_text_that_rows_share_is_held_once(tmp_path: Path) -> None:
    path = tmp_path / "jobs.parquet"
    pq.write_table(pa.table({"model": [MODEL] * 3, "prompt": ["Fog over the pier"] * 3}), path)
    held = [cells[1] for _, cells in ParquetSheet(name_sources([path])[0]).rows([0, 1])]
    assert held == ["Fog over the pier"] * 3
    assert all(text is held[0] for text in held)


def test_columns_that_unpack_to_too_much_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, {"prompt": pa.array(["x" * 1_000] * 100)}, 100, compression="zstd", use_dictionary=False)
    monkeypatch.setattr(parquet_limits, "_MOST", 1_000)
    monkeypatch.setattr(parquet_limits, "_MOST_TIMES", 2)
    sheet = ParquetSheet(name_sources([path])[0])
    with pytest.raises(kc.ReadError, match="these columns are too large when unpacked: prompt") as refused:
        list(sheet.rows([2]))
    assert refused.value.problem.source == str(path)
    assert len(list(sheet.rows([1]))) == 100
