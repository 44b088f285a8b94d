"""Headings are read however they are spelt; what could be a priced column is never ignored."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.io.sources import Source, name_sources
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.jobs.cell_values import BEYOND, is_blank, plain_cell, to_date, to_integer, to_number, to_text
from kling_cost.jobs.columns import JOB_COLUMNS, Columns, fault_of_name, known_columns, known_name
from kling_cost.jobs.field_names import OTHER_WORDS, REPORT_WORDS, folded
from kling_cost.jobs.read_jobs import stream_jobs
from kling_cost.pricebook.load import load_prices
from kling_cost.reporting.translations import LOCALES, words_of
from kling_cost.summary.summarize import How, Run

MODEL = "kling-v3-text-to-video"
BLANKS = ["", " ", "\t", "\u00a0", "\u3000", "\n", "\u200b", "\ufeff"]
#: No report has a column `locked`.
HEADED = (*(name for name in JOB_COLUMNS if name != "locked"), "duration", "quality", "sound", "prompt")


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@given(
    st.sampled_from(sorted(known_columns())),
    st.sampled_from([str.upper, str.title, str.swapcase, full_width, lambda text: text.replace("_", " ")]),
    st.sampled_from(BLANKS),
    st.sampled_from(BLANKS),
)
def test_a_known_column_is_read_in_any_case_width_and_blanks(
    name: str, spell: Callable[[str], str], before: str, after: str
) -> None:
    assert known_name(f"{before}{spell(name)}{after}") == name
    assert Columns([f"{before}{spell(name)}{after}"]).names == [name]


@pytest.mark.parametrize("locale", LOCALES)
def test_what_our_reports_are_headed_with_is_known(locale: str) -> None:
    words = words_of(locale)
    told = {column: words(f"column.{column}") for column in HEADED}
    if locale == "en":
        assert all(known_name(told[name]) == name for name in HEADED if name not in ("job_id", "task_id", "duration"))
        assert OTHER_WORDS[folded(told["duration"])] == "duration"  # a unit is no name: it is refused
        return
    assert {column: known_name(heading) for column, heading in told.items()} == {column: column for column in HEADED}
    assert {folded(heading) for heading in told.values()} <= set(REPORT_WORDS)


def test_no_word_stands_for_two_things() -> None:
    known = {folded(name) for name in known_columns()}
    assert len(known) == len(known_columns())
    assert not known & set(REPORT_WORDS)
    assert not known & set(OTHER_WORDS)
    assert not set(REPORT_WORDS) & set(OTHER_WORDS)
    headings = {folded(words_of(locale)(f"column.{column}")) for locale in LOCALES for column in HEADED}
    assert set(REPORT_WORDS) <= headings


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("tag:Scene One", "tag:Scene One"),
        (" TAG: Scene One ", "tag:Scene One"),
        ("ｔａｇ：장면", "tag:장면"),
        ("tag:", None),
        ("tags:scene", None),
        ("tag :", None),
    ],
)
def test_a_tag_keeps_its_name_as_it_was_typed(heading: str, name: str | None) -> None:
    assert known_name(heading) == name
    assert (fault_of_name(heading.strip()) is None) == (heading == name)


def test_letters_of_another_alphabet_do_not_hide_a_column() -> None:
    for name in ("durаtiоn", "tаkеs", "sоund", "ԛuаlіtу", "τakes"):
        assert unicodedata.normalize("NFKC", name) == name
        (found,) = Columns(["model", name]).problems
        assert (found.key, found.severity) == ("unknown_field.misspelt_column", "error")


def sheets(folder: Path, header: list[str], rows: list[list[Any]]) -> dict[str, Source]:
    """The same rows in every form of a sheet, standard input among them."""
    text = {
        "csv": "\n".join(",".join("" if c is None else str(c) for c in row) for row in [header, *rows]),
        "tsv": "\n".join("\t".join("" if c is None else str(c) for c in row) for row in [header, *rows]),
    }
    for form, content in text.items():
        (folder / f"a.{form}").write_text(content + "\n", encoding="utf-8")
    book = openpyxl.Workbook()
    for row in [header, *rows]:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(folder / "a.xlsx")
    columns = [pa.array(list(cells)) for cells in zip(*rows, strict=True)]
    pq.write_table(pa.table(columns, names=header), folder / "a.parquet")
    found = {form: name_sources([folder / f"a.{form}"], None)[0] for form in ("csv", "tsv", "xlsx", "parquet")}
    return {**found, "pipe": Source("a.csv", None, io.BytesIO(text["csv"].encode()))}


def errors(source: Source) -> set[tuple[str, str]]:
    """Field and code of the errors of one file, by both ways of reading it."""
    form = "csv" if source.stream else None
    again = None if source.stream else Run([source], load_prices(), How(as_of=date(2026, 11, 20))).summary()
    jobs = stream_jobs([source], form).collect()
    found = kc.estimate(jobs, as_of=date(2026, 11, 20)).problems
    told = {(p.field, p.code) for p in found if p.severity == "error"}
    if again is not None:
        assert {(p.field, p.code) for p in again.problems if p.severity == "error"} == told
    return told


LOOKALIKES = [
    ("duration", [3, 15, 5]),
    ("duration", ["5.0", None, "12"]),
    ("duration", ["10s", "5 sec", "7"]),
    ("quality", ["1080p", "720P", None]),
    ("quality", ["pro", "std", "pro"]),
    ("sound", ["on", "Off", "on"]),
    ("sound", [True, False, None]),
    ("sound", ["yes", "no", "yes"]),
]
HARMLESS = [
    [1, 2, 3],  # numbers the rows
    [2024, 2025, 2026],
    [5, 10, 16],
    ["5", "ten", "7"],
    [5.5, 6.0, 7.0],
    ["1080p", "wide", "720p"],
    [0, 1, 1],
    [None, None, None],
    ["on", "hold", "off"],
]


@pytest.mark.parametrize(("field", "values"), LOOKALIKES)
def test_an_unknown_column_that_holds_what_a_missing_one_could_is_an_error(
    tmp_path: Path, field: str, values: list[Any]
) -> None:
    rows = [[MODEL, value, "Fog"] for value in values]
    for form, source in sheets(tmp_path, ["model", "col 7", "prompt"], rows).items():
        assert errors(source) == {("col 7", "unknown_field")}, form
    for form, source in sheets(tmp_path, ["model", "col 7"], [[MODEL, value] for value in values]).items():
        assert errors(source) == {("col 7", "unknown_field")}, form  # summed up by columns
    others = [name for name in ("duration", "quality", "sound") if name != field]
    fill = {"duration": 5, "quality": "720p", "sound": "off"}
    rows = [[MODEL, value, "Fog", *(fill[name] for name in others)] for value in values]
    for form, source in sheets(tmp_path, ["model", "col 7", "prompt", *others], rows).items():
        assert errors(source) == {("col 7", "unknown_field")}, form
    rows = [[MODEL, value, "Fog", *fill.values()] for value in values]
    for form, source in sheets(tmp_path, ["model", "col 7", "prompt", *fill], rows).items():
        assert errors(source) == set(), f"{form}: nothing is missing"


@pytest.mark.parametrize("values", HARMLESS)
def test_an_unknown_column_of_anything_else_is_no_error(tmp_path: Path, values: list[Any]) -> None:
    rows = [[MODEL, value, "Fog"] for value in values]
    for form, source in sheets(tmp_path, ["model", "col 7", "prompt"], rows).items():
        assert errors(source) == set(), form
    for form, source in sheets(tmp_path, ["model", "col 7"], [[MODEL, value] for value in values]).items():
        assert errors(source) == set(), form


def test_a_column_is_told_by_its_last_row_as_well(tmp_path: Path) -> None:
    for last, wanted in (("7", {("col 7", "unknown_field")}), ("seven", set[tuple[str, str]]())):
        rows = [[MODEL, None]] * 9_999 + [[MODEL, "5"]] * 3 + [[MODEL, last]]
        every = sheets(tmp_path, ["model", "col 7"], rows)
        for form in ("csv", "pipe", "parquet"):
            assert errors(every[form]) == wanted, (form, last)


def test_another_word_beside_the_column_must_not_say_something_else(tmp_path: Path) -> None:
    header = ["model", "prompt", "duration", "seconds", "quality", "mode", "sound", "audio", "takes", "n"]
    same = [MODEL, "Fog", 10, 10, "1080p", "pro", "on", "true", 2, 2]
    assert all(errors(source) == set() for source in sheets(tmp_path, header, [same]).values())
    blank = [MODEL, "Fog", 10, None, "1080p", "text to video", "on", "voice over", None, 1]
    assert all(errors(source) == set() for source in sheets(tmp_path, header, [same, blank]).values())
    for at, value in ((3, 12), (3, "12s"), (5, "std"), (5, "4k"), (7, "off"), (7, 0), (9, 3)):
        row = list(same)
        row[at] = value
        for form, source in sheets(tmp_path, header, [row]).items():
            assert errors(source) == {(header[at], "mismatch")}, (form, header[at])
    for at in (2, 4, 6, 8):
        row = list(same)
        row[at] = None
        for form, source in sheets(tmp_path, header, [row]).items():
            assert errors(source) == {(header[at + 1], "mismatch")}, (form, header[at])


class Quality(StrEnum):
    HIGH = "1080p"


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        (np.float64(5), 5.0),
        (np.int8(5), 5),
        (np.bool_(True), True),
        (np.str_("on"), "on"),
        (np.longdouble("0.1"), Decimal("0.1")),
        (np.datetime64("2026-03-01T10:00"), datetime(2026, 3, 1, 10)),  # noqa: DTZ001 - it has no zone
        (np.datetime64("20000-01-01"), BEYOND),
        (np.datetime64(5, "ns"), datetime(1970, 1, 1)),  # noqa: DTZ001
        (np.timedelta64(5, "s"), timedelta(seconds=5)),
        (np.timedelta64(5, "ns"), BEYOND),  # as Python's it would be the number 5
        (np.timedelta64(5, "Y"), BEYOND),
        (np.datetime64("NaT", "s"), None),
        (pd.Timestamp("2026-03-01", tz="UTC"), datetime(2026, 3, 1, tzinfo=UTC)),
        (pd.NaT, None),
        (pd.NA, None),
        (Fraction(10, 2), 5),
        (Fraction(1, 3), Fraction(1, 3)),
        (Quality.HIGH, "1080p"),
        (np.array([1, 2]), [1, 2]),
    ],
)
def test_scalars_of_other_libraries_are_pythons_own(cell: Any, plain: Any) -> None:
    assert plain_cell(cell) == plain
    assert type(plain_cell(cell)) is type(plain)
    assert is_blank(plain_cell(cell)) == (plain is None)


def test_cells_that_only_look_odd_are_read() -> None:
    assert to_integer("15." + "0" * 20) == 15
    assert to_number(np.float64(0.5)) == Decimal("0.5")
    assert to_text(np.float64(7)) == "7"


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-01-31T23:30:00Z", "2026-01-31"),
        ("2026-01-31t23:30z", "2026-01-31"),
        ("2026-02-01 08:30:00.123456789+09:00", "2026-01-31"),
        ("2026-01-31 20:00-0500", "2026-02-01"),
        ("2026-01-31 23:30:00+00", "2026-01-31"),
        ("2026-01-31 23:30 UTC", "2026-01-31"),
        ("2026-01-31T23:30", "2026-01-31"),
        ("2026-02-30T10:00", "2026-02-30T10:00"),
        ("9999-12-31T23:00-05:00", "9999-12-31T23:00-05:00"),
        ("2026-01-31T10", "2026-01-31T10"),
        (datetime(2026, 2, 1, 8, tzinfo=pd.Timestamp("2026-02-01", tz="Asia/Seoul").tzinfo), "2026-01-31"),
    ],
)
def test_a_moment_with_a_zone_is_the_day_that_it_falls_on_in_utc(cell: Any, day: str) -> None:
    assert to_date(cell) == day


def test_moments_have_one_day_in_every_form(tmp_path: Path) -> None:
    before, after = "2026-02-01T08:30:00+09:00", "2026-01-31T20:00:00-05:00"
    for form, source in sheets(
        tmp_path, ["model", "prompt", "date"], [[MODEL, "x", before], [MODEL, "x", after]]
    ).items():
        if not source.stream:
            assert errors(source) == {("date", "no_rate")}, form
    lines = [{"request": {"model": MODEL, "prompt": "x"}, "date": day} for day in (before, after, date(2026, 2, 1))]
    assert [job.date for job in kc.read_jobs(lines)] == [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 1)]


@pytest.mark.parametrize(
    ("array", "good"),
    [
        (pa.array([20_000, 2**31 - 1, -(2**31) + 1], pa.date32()), date(2024, 10, 4)),
        (pa.array([0, 2**62, -(2**62)], pa.date64()), date(1970, 1, 1)),
        (pa.array([0, 2**62, -(2**62)], pa.timestamp("s", "Asia/Seoul")), datetime(1970, 1, 1, tzinfo=UTC)),
        (pa.array([0, 2**62, -(2**62)], pa.timestamp("us")), datetime(1970, 1, 1)),  # noqa: DTZ001
        (pa.array([0, 2**62, -(2**62)], pa.timestamp("us", "Nowhere/Else")), datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_that_python_cannot_hold_is_the_fault_of_its_cell(array: pa.Array, good: Any) -> None:
    assert cells_of_arrow(array) == [good, BEYOND, BEYOND]
    assert cells_of_arrow(pa.chunked_array([array])) == [good, BEYOND, BEYOND]


def test_spans_of_time_beyond_python_are_no_seconds(tmp_path: Path) -> None:
    spans = pa.array([5, 2**62], pa.duration("s"))
    pq.write_table(pa.table({"model": [MODEL] * 2, "prompt": ["x"] * 2, "duration": spans}), tmp_path / "a.parquet")
    found = errors(name_sources([tmp_path / "a.parquet"], None)[0])
    assert found == {("duration", "wrong_type"), ("duration", "out_of_range")}


def test_a_date_beyond_python_leaves_the_other_rows_as_they_are(tmp_path: Path) -> None:
    days = pa.array([2**31 - 1, 20_600], pa.date32())
    pq.write_table(pa.table({"model": [MODEL] * 2, "date": days}), tmp_path / "a.parquet")
    found = kc.estimate(kc.read_jobs(tmp_path / "a.parquet"))
    assert [(p.row, p.field, p.code) for p in found.problems if p.severity == "error"] == [(1, "date", "out_of_range")]
    assert [str(item.cost) for item in found.line_items] == ["27 EVOLINK_CREDIT"]
    summary = Run(name_sources([tmp_path / "a.parquet"], None), load_prices(), How()).summary()
    assert [str(total.cost) for total in summary.totals] == ["27.0000"]


def test_what_stands_in_an_index_is_not_overlooked() -> None:
    frame = pd.DataFrame({"model": [MODEL], "Duration": [15]}).set_index("Duration")
    for act in (kc.price_frame, kc.validate_frame, kc.estimate, lambda f: kc.reconcile_frame(f, pd.DataFrame())):
        with pytest.raises(kc.UsageError, match="Duration is an index"):
            act(frame)
    levels = pd.DataFrame([[MODEL, 15]], columns=pd.MultiIndex.from_tuples([("model", ""), ("duration", "")]))
    for act in (kc.price_frame, kc.estimate):
        with pytest.raises(kc.UsageError, match="several levels"):
            act(levels)
    plain = pd.DataFrame({"model": [MODEL]}, index=pd.Index([7], name="shot"))
    assert kc.price_frame(plain)["cost"].tolist() == [Decimal(27)]


@pytest.mark.parametrize("again", ["duration", " Duration ", "ＤＵＲＡＴＩＯＮ", "tag:scene", "Tag:scene"])
def test_a_column_that_stands_twice_is_an_error_and_the_first_one_counts(tmp_path: Path, again: str) -> None:
    header = ["model", "prompt", "duration", "tag:scene", again]
    for form, source in sheets(tmp_path, header, [[MODEL, "x", 5, "a", 15]]).items():
        assert errors(source) == {(again.strip(), "duplicate")}, form


def test_required_fields_without_a_column_are_told_once_for_the_file(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["kling-v3-image-to-video", 5], ["kling-v3-image-to-video", 7]]
    for form, source in sheets(tmp_path, ["model", "duration"], rows).items():
        estimate = kc.estimate(stream_jobs([source], "csv" if source.stream else None).collect())
        (found,) = estimate.problems
        assert (found.severity, found.code, found.row) == ("warning", "request_incomplete", None), form
        assert found.message.endswith("incomplete: image_start")
        assert len(estimate.line_items) == 2
