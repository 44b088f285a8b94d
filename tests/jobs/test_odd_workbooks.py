"""Workbooks that other programs write and read: each cell counts at its place, as it is meant, or is told."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

import kling_cost as kc
from kling_cost.amounts import plain_text
from tests.conftest import need
from tests.jobs.workbook_parts import (
    MAIN,
    MODEL,
    STRICT_MAIN,
    cells,
    packed,
    parts,
    rows,
    sheet,
    strings,
    text,
)
from tests.reporting.office import converted

HEAD = ["model", "duration", "quality", "sound", "takes", "prompt"]
HEAD_ROW = f"<row>{cells('model', 'sound', 'prompt')}</row>"
TITLED = f"<row>{cells('model', 'duration', 'prompt')}</row>"


def read(tmp_path: Path, data: bytes, **options: object) -> kc.Jobs:
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    return kc.read_jobs(path, **options)  # type: ignore[arg-type]


def estimated(tmp_path: Path, xml: str, **more: object) -> kc.Estimate:
    return kc.estimate(read(tmp_path, packed(parts(xml, **more))))  # type: ignore[arg-type]


def told(found: kc.Estimate, severity: str = "error") -> list[tuple[int | None, str, str]]:
    return [(p.row, p.field, p.key) for p in found.problems if p.severity == severity]


def costs(found: kc.Estimate) -> list[str]:
    return [plain_text(item.cost.value) for item in found.line_items]


MERGED = [
    HEAD,
    [MODEL, 15, "1080p", "on", 4, "Fog"],
    [MODEL, None, None, None, None, "Rain"],
    [MODEL, None, None, None, None, "Snow"],
]


def test_merged_options_count_for_every_row_that_they_cover(tmp_path: Path) -> None:
    found = estimated(tmp_path, sheet(rows(*MERGED), merged="D2:D4 C2:C4 E2:E4 B2:B4"))
    assert (costs(found), found.problems) == (["648"] * 3, [])


def test_merged_cells_of_two_bytes_a_character_count_as_well(tmp_path: Path) -> None:
    data = parts("")
    data["xl/worksheets/sheet1.xml"] = sheet(rows(*MERGED), merged="B2:B4 C2:C4 D2:D4 E2:E4").encode("utf-16")  # type: ignore[assignment]
    found = kc.estimate(read(tmp_path, packed(data)))
    assert costs(found) == ["648"] * 3


@pytest.mark.parametrize("split", range(1, 10))
def test_merged_cells_are_found_wherever_a_chunk_of_the_file_ends(tmp_path: Path, split: int) -> None:
    start, end = sheet(rows(*MERGED)).split("</worksheet>", 1)[0], "</worksheet>"
    padding = "<!--" + "x" * (65_536 - len(start) - len("<!---->") - len("<") - split) + "-->"
    whole = start + padding + '<mergeCell ref="B2:B4"/>' + end
    assert whole[65_536 - split :].startswith("mergeCell")
    jobs = read(tmp_path, packed(parts(whole)))
    assert [job.ask.duration for job in jobs if job.ask] == [15] * 3


def test_a_scene_that_is_merged_groups_each_of_its_rows(tmp_path: Path) -> None:
    lines = [["tag:scene", "model", "prompt"], ["dawn", MODEL, "a"], [None, MODEL, "b"], ["dusk", MODEL, "c"]]
    found = estimated(tmp_path, sheet(rows(*lines), merged="A2:A3"))
    assert [(total.key, total.jobs) for total in found.breakdowns["tag:scene"]] == [("dawn", 2), ("dusk", 1)]


def test_a_blank_row_below_a_merged_scene_is_no_job(tmp_path: Path) -> None:
    lines = [["tag:scene", "model", "prompt"], ["dawn", MODEL, "a"], [None, None, None], [None, MODEL, "b"]]
    found = estimated(tmp_path, sheet(rows(*lines), merged="A2:A6"))
    assert (len(found.line_items), found.problems) == (2, [])


@pytest.mark.parametrize("absent", [True, False])
def test_a_row_without_cells_of_its_own_is_told_once(tmp_path: Path, absent: bool) -> None:
    lines = [["model", "duration", "takes"], [MODEL, 15, 4], *([] if absent else [[None] * 3] * 2)]
    data = rows(*lines) + rows([MODEL, 5, 1], first=5)
    found = estimated(tmp_path, sheet(data, merged="A2:A4 B2:B4 C2:C4"))
    assert told(found) == [(3, "model", "unreadable.merged_alone")]
    assert costs(found) == ["324", "27"]


def test_cells_merged_over_several_columns_are_nobodys_value(tmp_path: Path) -> None:
    lines = [HEAD, [MODEL, 15, None, None, None, "a"], [MODEL, 5, "720p", "off", 1, "b"]]
    found = estimated(tmp_path, sheet(rows(*lines), merged="B2:E2"))
    assert told(found) == [(2, "duration", "unreadable.merged_columns")]
    assert costs(found) == ["27"]


def test_an_unread_heading_does_not_lend_its_cell_to_its_neighbour(tmp_path: Path) -> None:
    lines = [["remark", "takes", "model", "prompt"], ["twenty", None, MODEL, "a"]]
    found = estimated(tmp_path, sheet(rows(*lines), merged="A2:B2"))
    assert (2, "takes", "unreadable.merged_columns") in told(found)
    assert costs(found) == []


def test_a_wide_prompt_below_a_wide_heading_is_one_column(tmp_path: Path) -> None:
    lines = [["model", "prompt", None, "duration"], [MODEL, "Fog", None, 15], [MODEL, "Rain", None, 10]]
    found = estimated(tmp_path, sheet(rows(*lines), merged="B1:C1 B2:C2 B3:C3"))
    assert (costs(found), found.problems) == (["81", "54"], [])


@pytest.mark.parametrize(
    ("lines", "merged"),
    [
        ([["model", "duration"], [None, "seconds"], [MODEL, 15]], "A1:A2"),  # a heading of two rows
        ([["model", "options", None], [MODEL, "on", 15]], "B1:C1"),  # a value below a heading of two columns
        ([["model", None], [None, "duration"], [MODEL, 15], [MODEL, 15]], "A1:A3"),
    ],
)
def test_a_merged_heading_that_cannot_be_told_is_refused(
    tmp_path: Path, lines: list[list[object]], merged: str
) -> None:
    with pytest.raises(kc.ReadError, match=r"the heading in .* is merged with other cells"):
        read(tmp_path, packed(parts(sheet(rows(*lines), merged=merged))))


def test_merged_titles_and_notes_beside_the_table_change_nothing(tmp_path: Path) -> None:
    lines = [
        ["Spring launch", None, None, None],
        ["model", "duration", "prompt", "Please fill in"],
        [MODEL, 15, "Fog", None],
        [MODEL, 10, "Rain", None],
    ]
    found = estimated(tmp_path, sheet(rows(*lines), merged="A1:C1 D2:E9"))
    assert (costs(found), told(found)) == (["81", "54"], [])


def test_a_heading_merged_with_the_row_above_is_read(tmp_path: Path) -> None:
    lines = [[None, None, "takes"], ["model", "prompt", None], [MODEL, "Fog", 4]]
    assert costs(estimated(tmp_path, sheet(rows(*lines), merged="C1:C2"))) == ["108"]


def test_a_value_that_merged_cells_hide_is_told(tmp_path: Path) -> None:
    lines = [HEAD, [MODEL, 15, None, None, None, "a"], [MODEL, 3, None, None, None, "b"]]
    found = estimated(tmp_path, sheet(rows(*lines), merged="B2:B3"))
    assert told(found) == [(3, "duration", "unreadable.merged_over")]


def test_an_id_merged_over_rows_names_none_of_them(tmp_path: Path) -> None:
    lines = [["job_id", "model", "prompt"], ["hero", MODEL, "a"], [None, MODEL, "b"]]
    found = estimated(tmp_path, sheet(rows(*lines), merged="A2:A3"))
    assert told(found) == [(2, "job_id", "unreadable.merged_rows"), (3, "job_id", "unreadable.merged_rows")]


def test_merged_cells_that_overlap_are_damage(tmp_path: Path) -> None:
    with pytest.raises(kc.ReadError, match="the merged cells B2:B4 overlap others"):
        read(tmp_path, packed(parts(sheet(rows(*MERGED), merged="B2:C2 B2:B4"))))


def test_cells_and_rows_without_references_keep_their_places(tmp_path: Path) -> None:
    head = f"<row>{cells('model', 'prompt', 'duration', 'takes')}</row>"
    bare = f'<row>{text(MODEL)}{text("Fog")}<c s="0"/><c><v>12</v></c></row>'
    mixed = f'<row r="5">{text(MODEL, "A5")}<c/><c r="D5"><v>2</v></c><c r="C5"><v>10</v></c></row>'
    found = estimated(tmp_path, sheet(head + bare + mixed.replace("<c/>", text("Rain"))))
    assert [(item.job.row, item.cost.value) for item in found.line_items] == [(2, 324), (5, 108)]
    assert {item.job.row: item.charge.defaults_applied for item in found.line_items}[5] == ("quality", "sound")


def test_a_cell_that_stands_twice_is_told(tmp_path: Path) -> None:
    twice = f'<row r="2">{text(MODEL, "A2")}<c r="B2"><v>15</v></c><c r="B2"><v>3</v></c>{text("a", "C2")}</row>'
    assert told(estimated(tmp_path, sheet(TITLED + twice))) == [(2, "duration", "unreadable.cell_twice")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ('<row r="3"/><row r="2"/>', "row 2 comes after row 3"),
        ('<row r="2"/><row r="2"/>', "row 2 comes after row 2"),
        ('<row r="2"><c r="B3"><v>15</v></c></row>', "the cell B3 is in row 2"),
        ('<row r="2"><c r="B"><v>15</v></c></row>', "B is not a cell"),
    ],
)
def test_rows_and_cells_at_places_that_contradict_each_other_are_refused(
    tmp_path: Path, data: str, message: str
) -> None:
    with pytest.raises(kc.ReadError, match=message):
        read(tmp_path, packed(parts(sheet(TITLED + data))))


@pytest.mark.parametrize("word", ["1", "true", "TRUE", "True", " 1 ", "\n true\n"])
def test_true_in_every_spelling_is_on(tmp_path: Path, word: str) -> None:
    row = f'<row>{text(MODEL)}<c t="b"><v>{word}</v></c>{text("x")}</row>'
    assert costs(estimated(tmp_path, sheet(HEAD_ROW + row))) == ["40.5"]


@pytest.mark.parametrize("word", ["0", "false", "FALSE", " 0 "])
def test_false_in_every_spelling_is_off(tmp_path: Path, word: str) -> None:
    row = f'<row>{text(MODEL)}<c t="b"><v>{word}</v></c>{text("x")}</row>'
    assert costs(estimated(tmp_path, sheet(HEAD_ROW + row))) == ["27"]


@pytest.mark.parametrize(
    "cell",
    [
        '<c t="b"><v>banana</v></c>',
        '<c t="b"><v>2</v></c>',
        '<c t="b"><v> </v></c>',
        '<c t="n"><v>abc</v></c>',
        "<c><v>NaN</v></c>",
        "<c><v>INF</v></c>",
        "<c><v>0x10</v></c>",
        "<c><v>1,5</v></c>",
        "<c><v>10 s</v></c>",
        "<c><v>1_0</v></c>",
        "<c><v> </v></c>",
        '<c t="s"><v>99</v></c>',
        '<c t="s"><v>1</v></c>',
        '<c t="s"><v>-1</v></c>',
        '<c t="s"><v>one</v></c>',
        '<c t="s"><v>1.0</v></c>',
        '<c t="d"><v>yesterday</v></c>',
        '<c t="d"><v>2026-02-30</v></c>',
        '<c t="x"><v>7</v></c>',
        '<c t="inlineStr"><v>15</v></c>',
        "<c><is><t>15</t></is></c>",
        '<c t="str"><is><t>15</t></is></c>',
        '<c t="inlineStr"><is><t>15</t></is><v>5</v></c>',
    ],
)
def test_a_cell_that_no_spreadsheet_writes_is_an_error_at_its_row(tmp_path: Path, cell: str) -> None:
    bad = f"<row>{text(MODEL)}{cell}{text('x')}</row>"
    good = f"<row>{cells(MODEL, 10, 'x')}</row>"
    found = estimated(tmp_path, sheet(TITLED + bad + good), shared=strings("<t>15</t>"))
    assert told(found) == [(2, "duration", "unreadable.cell_value")]
    assert costs(found) == ["54"]


def test_an_error_without_a_value_is_an_error(tmp_path: Path) -> None:
    bad = f'<row>{text(MODEL)}<c t="e"/>{text("x")}</row>'
    assert told(estimated(tmp_path, sheet(TITLED + bad))) == [(2, "duration", "unreadable.error_cell")]


@pytest.mark.parametrize("number", ["10", "10.0", "1E1", "1.0E+1", "+10", " 10 ", "010", "100e-1", "10."])
def test_a_number_is_read_however_it_is_written(tmp_path: Path, number: str) -> None:
    row = f"<row>{text(MODEL)}<c><v>{number}</v></c>{text('x')}</row>"
    assert costs(estimated(tmp_path, sheet(TITLED + row))) == ["54"]


STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="[h]:mm"/>'
    '<numFmt numFmtId="165" formatCode="0.0&quot; days&quot;"/><numFmt numFmtId="166" formatCode="ggge&quot;年&quot;"/>'
    '</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
    '<xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="31"/><xf numFmtId="21"/><xf numFmtId="166"/></cellXfs>'
    "</styleSheet>"
)


@pytest.mark.parametrize(
    ("style", "number", "value"),
    [("0", "10", None), ("1", "10", "1900-01-10"), ("2", "10", "10 days"), ("3", "10", None), ("4", "10", "1900-01-10"),
     ("5", "0.00017361111", "00:00:15"), ("2", "0.00017361111", "0:00:15"), ("6", "10", "1900-01-10")],
)  # fmt: skip
def test_a_duration_that_is_shown_as_a_day_or_a_time_is_no_number_of_seconds(
    tmp_path: Path, style: str, number: str, value: str | None
) -> None:
    row = f'<row>{text(MODEL)}<c s="{style}"><v>{number}</v></c>{text("x")}</row>'
    found = estimated(tmp_path, sheet(TITLED + row), styles=STYLES)
    assert told(found) == ([] if value is None else [(2, "duration", "wrong_type.integer")])
    if value is not None:
        assert value in found.problems[0].message


@pytest.mark.parametrize(
    ("cell", "workbook"),
    [
        ('<c s="1"><v>46082</v></c>', ""),
        ('<c s="4"><v>46082.75</v></c>', ""),
        ('<c s="1"><v>44620</v></c>', '<workbookPr date1904="true"/>'),
        ('<c t="d"><v>2026-03-01</v></c>', ""),
        ('<c t="d" s="1"><v>2026-03-01T10:30:00Z</v></c>', ""),
        ('<c t="d"><v>2026-03-01T00:00:00.000</v></c>', ""),
    ],
)
def test_a_day_is_read_however_it_is_stored(tmp_path: Path, cell: str, workbook: str) -> None:
    head = f"<row>{cells('model', 'date', 'prompt')}</row>"
    data = packed(parts(sheet(f"{head}<row>{text(MODEL)}{cell}{text('x')}</row>"), styles=STYLES, workbook=workbook))
    assert [job.date for job in read(tmp_path, data)] == [date(2026, 3, 1)]


@pytest.mark.parametrize("form", ["shared", "inline", "formula"])
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a_x000D_\nb", "a\r\nb"),
        ("a_x000d_b", "a\rb"),
        ("_x005F_x0041_", "_x0041_"),
        ("_x005F__x0041_", "_A"),
        ("x005F_ and _x41_", "x005F_ and _x41_"),
        ("_xD83D__xDE00_", "\U0001f600"),
        ("_x0041__x0042_", "AB"),
    ],
)
def test_escaped_characters_are_read_as_they_are_meant(tmp_path: Path, form: str, written: str, meant: str) -> None:
    cell = {
        "shared": '<c t="s"><v>0</v></c>',
        "inline": text(written),
        "formula": f'<c t="str"><f>B9</f><v>{written}</v></c>',
    }[form]
    head = f"<row>{cells('job_id', 'model', 'tag:x', 'prompt')}</row>"
    row = f"<row>{text('a')}{text(MODEL)}{cell}{text('p')}</row>"
    jobs = read(tmp_path, packed(parts(sheet(head + row), shared=strings(f"<t>{written}</t>"))))
    assert dict(jobs[0].tags) == {"x": meant}


def test_escapes_count_as_the_characters_that_they_are(tmp_path: Path) -> None:
    prompt = "a" * 2497 + "_x000D_\nb"
    head = f"<row>{cells('model', 'prom_x0070_t')}</row>"
    found = estimated(tmp_path, sheet(f"{head}<row>{text(MODEL)}{text(prompt)}</row>"))
    assert (costs(found), found.problems) == (["27"], [])


def test_texts_are_put_together_without_how_they_are_spoken(tmp_path: Path) -> None:
    shared = "<r><rPr><b/></rPr><t>東</t></r><r><t>京</t></r><rPh sb='0' eb='2'><t>トウキョウ</t></rPh><phoneticPr/>"
    head = f"<row>{cells('model', 'prompt', 'tag:x', 'tag:y')}</row>"
    inline = f'<c t="inlineStr"><is>{shared}</is></c>'
    row = f'<row>{cells(MODEL, "p")}<c t="s"><v> 0 </v></c>{inline}</row>'
    jobs = read(tmp_path, packed(parts(sheet(head + row), shared=strings(shared))))
    assert dict(jobs[0].tags) == {"x": "東京", "y": "東京"}


GOOD = rows(["model", "duration", "prompt"], [MODEL, 10, "Fog"])


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_a_strict_workbook_is_read_as_any_other(tmp_path: Path, prefix: str) -> None:
    xml = sheet(rows(*MERGED), merged="B2:B4 C2:C4 D2:D4 E2:E4", namespace=STRICT_MAIN)
    if prefix:
        xml = xml.replace("</", "<\0").replace("<", "<x:").replace("<x:\0", "</x:").replace("xmlns=", "xmlns:x=")
    found = kc.estimate(read(tmp_path, packed(parts(xml, strict=True))))
    assert costs(found) == ["648"] * 3


@pytest.mark.parametrize(
    "styles",
    [
        "<fills><fill/></fills>",
        "<fonts><font><family val='34'/><color rgb='red'/><u val='odd'/></font></fonts>",
        "<cellXfs><xf numFmtId='x'><alignment textRotation='300' horizontal='odd'/></xf></cellXfs>",
        "<numFmts><numFmt numFmtId='164'/><numFmt/></numFmts>",
        "<cellStyles><cellStyle/></cellStyles><dxfs><dxf><extLst/></dxf></dxfs>",
        "<unclosed",
        "<!DOCTYPE a>",
    ],
)
def test_no_style_stops_a_workbook(tmp_path: Path, styles: str) -> None:
    xml = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    assert costs(estimated(tmp_path, sheet(GOOD), styles=xml)) == ["54"]


def test_parts_that_no_price_needs_do_not_stop_a_workbook(tmp_path: Path) -> None:
    data = parts(sheet(GOOD, before='<sheetPr odd="x"/><sheetViews><sheetView view="odd"/></sheetViews>'))
    data["xl/workbook.xml"] = data["xl/workbook.xml"].replace("<sheets>", '<calcPr calcId="x"/><sheets>')
    data["docProps/core.xml"] = "<created>01/03/2026 10:00</created"
    data["xl/theme/theme1.xml"] = "<!DOCTYPE a><a/>"
    data["customXml/item1.xml"] = "no XML"
    del data["[Content_Types].xml"]
    assert costs(kc.estimate(read(tmp_path, packed(data)))) == ["54"]


@pytest.mark.parametrize("changed", [str.upper, lambda name: name.replace("/", "\\")])
def test_parts_are_found_however_their_names_are_written(tmp_path: Path, changed: object) -> None:
    row = f'<row>{text(MODEL)}<c><v>10</v></c><c t="s"><v>0</v></c></row>'
    data = parts(sheet(TITLED + row), shared=strings("<t>Fog</t>"))
    found = read(tmp_path, packed({changed(name): content for name, content in data.items()}))  # type: ignore[operator]
    assert costs(kc.estimate(found)) == ["54"]


def test_a_part_that_stands_twice_is_refused(tmp_path: Path) -> None:
    data = parts(sheet(GOOD))
    data["XL/worksheets/sheet1.xml"] = sheet(GOOD.replace("10", "5"))
    with pytest.raises(kc.ReadError, match="it has more than one part"):
        read(tmp_path, packed(data))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"xl/workbook.xml": None}, "it has no part /xl/workbook.xml"),
        ({"xl/worksheets/sheet1.xml": None}, "it has no part /xl/worksheets/sheet1.xml"),
        ({"xl/worksheets/sheet1.xml": "<html><body/></html>"}, "its part /xl/worksheets/sheet1.xml is not a sheet"),
        ({"xl/worksheets/sheet1.xml": "<!DOCTYPE a><a/>"}, "it declares a document type"),
        ({"xl/worksheets/sheet1.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16")}, "document type"),
    ],
)
def test_what_a_workbook_lacks_is_named(tmp_path: Path, change: dict[str, str | bytes | None], message: str) -> None:
    data = {name: content for name, content in {**parts(sheet(GOOD)), **change}.items() if content is not None}
    with pytest.raises(kc.ReadError, match=message):
        read(tmp_path, packed(data))


@pytest.mark.parametrize("cell", ['<c r="B1" t="e"><v>#REF!</v></c>', '<c r="B1"><f>A9</f></c>'])
def test_a_heading_that_cannot_be_read_is_refused(tmp_path: Path, cell: str) -> None:
    with pytest.raises(kc.ReadError, match=r"a\.xlsx:1: B: "):
        read(tmp_path, packed(parts(sheet(rows(["model", cell, "prompt"], [MODEL, 15, "x"])))))


@pytest.mark.parametrize(
    "columns",
    [
        '<col min="5" max="5" hidden="1" width="13"/>',
        '<col min="1" max="1" width="9"/><col min="4" max="16384" hidden="true"/>',
        '<col min="5" max="5" width="0" customWidth="1"/>',
    ],
)
def test_hidden_columns_count_and_are_remarked_on(tmp_path: Path, columns: str) -> None:
    lines = rows(["model", "duration", "prompt", None, "takes"], [MODEL, 5, "Fog", None, 20])
    found = estimated(tmp_path, sheet(lines, before=f"<cols>{columns}</cols>"))
    assert costs(found) == ["540"]
    assert [p.message for p in found.problems] == [
        "hidden columns: 1, the first is E (takes); they are read like others"
    ]
    assert told(found, "info") == [(1, "", "has_no_effect.hidden_columns")]


@pytest.mark.parametrize(
    "columns", ['<col min="9" max="16384" hidden="1"/>', '<col min="x" max="1" hidden="1"/>', '<col hidden="1"/>']
)
def test_hidden_columns_without_a_heading_are_not(tmp_path: Path, columns: str) -> None:
    assert estimated(tmp_path, sheet(GOOD, before=f"<cols>{columns}</cols>")).problems == []


@pytest.mark.parametrize(
    ("text", "is_hidden"),
    [('hidden="1"', True), ('hidden="true"', True), ('hidden=" TRUE "', True), ('ht="0.0"', True), ('ht=" 00 "', True),
     ('hidden="0"', False), ('hidden="false"', False), ('hidden=""', False), ('ht=""', False), ('ht="0.5"', False),
     ('ht="10"', False)],
)  # fmt: skip
def test_a_row_is_hidden_however_that_is_written(tmp_path: Path, text: str, is_hidden: bool) -> None:
    lines = rows(["model", "prompt"], [MODEL, "a"], [MODEL, "b"], more={3: text})
    assert told(estimated(tmp_path, sheet(lines)), "info") == [(3, "", "has_no_effect.hidden_rows")] * is_hidden


def test_a_row_without_height_is_hidden(tmp_path: Path) -> None:
    lines = rows(["model", "prompt"], [MODEL, "a"], [MODEL, "b"], more={3: 'ht="0" customHeight="1"', 2: 'ht="20"'})
    assert told(estimated(tmp_path, sheet(lines)), "info") == [(3, "", "has_no_effect.hidden_rows")]


def test_hidden_sheets_are_remarked_on_read_or_not(tmp_path: Path) -> None:
    sheets = {"Overview": sheet(rows(["What to call"])), "old jobs": sheet(GOOD), "More": sheet("")}
    data = packed(parts(sheets, states={"old jobs": "veryHidden", "More": "hidden"}))
    found = read(tmp_path, data).file_problems
    assert [p.key for p in found] == [
        "ambiguous.sheet_read",
        "has_no_effect.hidden_sheet",
        "has_no_effect.hidden_others",
    ]
    assert [p.message for p in found][1:] == [
        "the sheet old jobs is read although it is hidden",
        "hidden sheets that are not read: More",
    ]
    assert [p.key for p in read(tmp_path, data, sheet="old jobs").file_problems] == [p.key for p in found][1:]


def test_the_readings_of_cells_are_those_of_libreoffice(tmp_path: Path) -> None:
    need("soffice")
    odd = [
        '<c t="n"><v>1E1</v></c>', "<c><v>+10</v></c>", "<c><v> 10 </v></c>", "<c><v>10.0</v></c>",
        '<c t="s"><v> 0 </v></c>', '<c t="s"><v>1</v></c>', '<c t="s"><v>2</v></c>', '<c t="b"><v> 1 </v></c>',
        '<c t="b"><v>0</v></c>', '<c s="0"/>', "<c/>", text("plain"),
    ]  # fmt: skip
    shared = strings(
        "<t>zero</t>", "<t>a_x000D_b_x005F_x0041_</t>", "<r><t>two</t></r><r><t>runs</t></r><rPh><t>x</t></rPh>"
    )
    head = f"<row>{cells('job_id', 'tag:left', 'tag:odd', 'tag:right', 'model', 'prompt')}</row>"
    lines = "".join(
        f"<row>{text(f'j{at}')}<c/>{cell}<c><v>{at}</v></c>{cells(MODEL, 'p')}</row>" for at, cell in enumerate(odd)
    )
    path = tmp_path / "odd.xlsx"
    path.write_bytes(packed(parts(sheet(head + lines), shared=shared)))
    ours = [{"left": "", "odd": "", **job.tags} for job in kc.read_jobs(path)]
    with converted(path, "csv", tmp_path).open(encoding="utf-8", newline="") as stream:
        theirs = [
            {"left": line["tag:left"], "odd": line["tag:odd"], "right": line["tag:right"]}
            for line in csv.DictReader(stream)
        ]
    for one in ours + theirs:
        one["odd"] = one["odd"].replace("\r", "\n")
    assert ours == theirs
