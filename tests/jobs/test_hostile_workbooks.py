"""Workbooks that would crash, hang or mislead a plain reader."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

import kling_cost as kc
from tests.cli import measured
from tests.jobs.test_forms import workbook

ROWS = [["model", "duration", "prompt"], ["kling-v3-text-to-video", 15, "x"]]


def changed(part: str, change: object, content: bytes | None = None) -> bytes:
    """A good workbook with one part changed."""
    out = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(workbook(ROWS)))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            data = source.read(item)
            target.writestr(item.filename, change(data) if item.filename == part else data)  # type: ignore[operator]
        if content is not None:
            target.writestr(part, content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def sheet_data(xml: bytes) -> object:
    return lambda data: re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData>" + xml + b"</sheetData>", data, flags=re.S)


HEAD = (
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>model</t></is></c>'
    b'<c r="B1" t="inlineStr"><is><t>duration</t></is></c></row>'
)


def row(cell: bytes) -> bytes:
    return HEAD + b'<row r="2"><c r="A2" t="inlineStr"><is><t>kling-v3-text-to-video</t></is></c>' + cell + b"</row>"


def merged(cells: bytes) -> bytes:
    whole = row(b'<c r="B2"><v>15</v></c>') + b'<row r="199000"><c r="A199000"><v>1</v></c></row>'
    data = sheet_data(whole)
    return changed(
        SHEET, lambda xml: data(xml).replace(b"</sheetData>", b"</sheetData><mergeCells>" + cells + b"</mergeCells>")
    )  # type: ignore[operator]


def read(tmp_path: Path, data: bytes) -> kc.Jobs:
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    return kc.read_jobs(path)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (b'<c r="B2"><f>5+10</f></c>', "B2 unreadable: the formula has no stored result"),
        (b'<c r="B2"><f>5+10</f><v></v></c>', "B2 unreadable: the formula has no stored result"),
        (b'<c r="B2" t="e"><v>#N/A</v></c>', "B2 unreadable: the cell contains the error value #N/A"),
        (b'<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "B2 unreadable: the cell contains the error value #DIV/0!"),
        (b'<c r="B2"><v>1e999</v></c>', "B2 unreadable: the cell contains the error value 1e999"),
        (b'<c r="B2" t="b"><v>1</v></c>', "B2 wrong_type: must be a whole number, not true"),
        (b'<c r="B2"><v>5.5</v></c>', "B2 wrong_type: must be a whole number, not 5.5"),
        (b'<c r="B2" t="str"><f>"NA"</f><v>NA</v></c>', 'B2 wrong_type: must be a whole number, not "NA"'),
    ],
)
def test_a_cell_that_a_plain_reader_takes_for_empty_is_an_error(tmp_path: Path, cell: bytes, problem: str) -> None:
    jobs = read(tmp_path, changed(SHEET, sheet_data(row(cell))))
    found = kc.estimate(jobs)
    assert [f"B{p.row} {p.code}: {p.message}" for p in found.problems if p.field == "duration"] == [problem]
    assert found.left_out == 1


def test_a_formula_with_a_stored_result_counts(tmp_path: Path) -> None:
    jobs = read(tmp_path, changed(SHEET, sheet_data(row(b'<c r="B2"><f>5+5</f><v>10</v></c>'))))
    assert jobs[0].ask.duration == 10


@pytest.mark.parametrize("word", [b"1", b"true"])
def test_hidden_rows_are_priced_and_remarked_on(tmp_path: Path, word: bytes) -> None:
    hidden = row(b'<c r="B2"><v>10</v></c>').replace(b'<row r="2">', b'<row r="2" hidden="' + word + b'">')
    jobs = read(tmp_path, changed(SHEET, sheet_data(hidden)))
    found = kc.estimate(jobs)
    assert found.totals[0].jobs == 1
    remarks = [p.message for p in found.problems if p.code == "has_no_effect"]
    assert remarks == ["hidden rows: 1, the first is row 2; they are priced like others"]


def test_a_long_number_in_a_text_column_is_refused_not_rounded(tmp_path: Path) -> None:
    rows = [["model", "model_params.element_voice_id", "prompt"], ["kling-custom-element", 829824295735410756, "x"]]
    found = kc.estimate(read(tmp_path, workbook(rows)))
    assert ("model_params.element_voice_id", "wrong_type") in [(p.field, p.code) for p in found.problems]


@pytest.mark.parametrize(
    ("sheets", "message"),
    [
        ({"One": ROWS, "Two": ROWS}, "more than one sheet could be meant: One, Two"),
        ({"One": [["a"]], "Two": [["b"]]}, "no sheet has a column `model`: One, Two"),
    ],
)
def test_the_first_of_several_sheets_is_never_just_taken(
    tmp_path: Path, sheets: dict[str, list[list[str]]], message: str
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook_named(sheets))
    with pytest.raises(kc.ReadError, match=re.escape(message)):
        kc.read_jobs(path)
    with pytest.raises(kc.ReadError, match="the workbook has no sheet Three"):
        kc.read_jobs(path, sheet="Three")


def workbook_named(sheets: dict[str, list[list[str]]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    del book["Sheet"]
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for cells in rows:
            sheet.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
HOSTILE = {
    "entities": lambda: changed(SHEET, lambda _: ENTITY),
    "truncated": lambda: workbook(ROWS)[:-200],
    "half a workbook": lambda: workbook(ROWS)[: len(workbook(ROWS)) // 2],
    "broken xml": lambda: changed(SHEET, lambda data: data[: len(data) // 2]),
    "no sheet part": lambda: changed(
        "xl/workbook.xml", lambda data: data.replace(b"sheet1", b"sheet9").replace(b"rId1", b"rId9")
    ),
    "a shared string that is not there": lambda: changed(SHEET, sheet_data(row(b'<c r="B2" t="s"><v>99</v></c>'))),
    "a row that no sheet has": lambda: changed(
        SHEET, sheet_data(HEAD + b'<row r="2000000"><c r="A2000000"><v>1</v></c></row>')
    ),
    "a row number that is none": lambda: changed(SHEET, sheet_data(HEAD + b'<row r="x"><c><v>1</v></c></row>')),
    "a cell far out": lambda: changed(SHEET, sheet_data(HEAD + b'<row r="2"><c r="XFD2"><v>1</v></c></row>')),
    "a cell beyond": lambda: changed(SHEET, sheet_data(HEAD + b'<row r="2"><c r="ZZZZ2"><v>1</v></c></row>')),
    "a million blanks": lambda: changed(SHEET, sheet_data(HEAD + b'<row r="2">' + b"<c/>" * 1_000_000 + b"</row>")),
    "a million rows": lambda: changed(SHEET, sheet_data(HEAD + b"<row/>" * 2_000_000)),
    "a tag without end": lambda: changed(
        SHEET, lambda data: data.replace(b"<sheetData", b"<sheetData" + b" " * 200_000_000, 1)
    ),
    "gigabytes of blanks": lambda: changed(SHEET, sheet_data(b" " * 300_000_000)),
    "a text of gigabytes": lambda: changed(
        SHEET, sheet_data(row(b'<c t="str"><v>' + b"x" * 200_000_000 + b"</v></c>"))
    ),
    "very many merged cells": lambda: merged(
        b"".join(b'<mergeCell ref="A%d:XFD%d"/>' % (n, n) for n in range(2, 199_000))
    ),
    "every cell merged": lambda: merged(b'<mergeCell ref="A2:XFD1048576"/>'),
    "a merge that is none": lambda: merged(b'<mergeCell ref="A2:oops"/>'),
    "merged cells without end": lambda: merged(b'<mergeCell ref="A2"/>' * 300_000),
    "a cell in the last corner": lambda: changed(
        SHEET, sheet_data(HEAD + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_or_read_quickly_and_in_little_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(HOSTILE[name]())
    code, peak, seconds, message = measured(tmp_path, "estimate", path, "--as-of", "2026-11-20")
    assert code in (2, 5), message
    assert "internal error" not in message
    assert peak < 512
    assert seconds < 20


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (b'<c r="XFE2"><v>1</v></c>', "a.xlsx:2: larger than 16,384 columns"),
        (b"<c><v>1</v></c>" * 16_384, "a.xlsx:2: larger than 16,384 columns"),
    ],
)
def test_more_columns_than_a_sheet_has_are_refused(tmp_path: Path, extra: bytes, message: str) -> None:
    with pytest.raises(kc.ReadError) as refused:
        read(tmp_path, changed(SHEET, sheet_data(row(extra))))
    assert str(refused.value).startswith(f"{tmp_path}/{message}")


def test_the_last_column_of_a_sheet_may_be_used(tmp_path: Path) -> None:
    assert read(tmp_path, changed(SHEET, sheet_data(row(b'<c r="B2"><v>5</v></c><c r="XFD2"><v>1</v></c>'))))[0].ask


def test_more_rows_than_a_sheet_has_are_refused(tmp_path: Path) -> None:
    far = HEAD + b'<row r="1048577"><c r="A1048577"><v>1</v></c></row>'
    with pytest.raises(kc.ReadError) as refused:
        read(tmp_path, changed(SHEET, sheet_data(far)))
    assert str(refused.value).startswith(f"{tmp_path}/a.xlsx: larger than 1,048,576 rows")


def test_damage_is_named_with_its_row_and_reason(tmp_path: Path) -> None:
    with pytest.raises(kc.ReadError) as refused:
        read(tmp_path, changed(SHEET, lambda data: data.replace(b"</sheetData>", b"<row <")))
    assert re.match(rf"{tmp_path}/a\.xlsx:\d+: not a readable \.xlsx workbook: not well-formed", str(refused.value))
