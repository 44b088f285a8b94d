"""Changed jobs in workbooks and Parquet: cells change, and every other part, style, type and figure stays."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.styles import Font

import kling_cost as kc
from tests.planning.applied import T2V, applied

DROP = "    - {change: drop, pain: 1, where: {tag:scene: storm}}\n"
HEADER = ["job_id", "model", "prompt", "duration", "sound", "takes", "tag:scene"]
ROWS = [
    ["영웅", T2V, "Fog", 8, "on", 2, "calm"],
    ["b", T2V, "x", 3, "off", 1, "storm"],
    ["c", T2V, "y", "9", True, 1.0, ""],
]


def workbook(*rows: list[Any], header: list[str] | None = None, stored: dict[str, Any] | None = None) -> bytes:
    """A workbook with a second sheet; `stored` are results of formulas by cell, as programs store them."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Jobs & more"
    for row in [HEADER if header is None else header, *rows]:
        sheet.append(row)
    sheet["D2"].font = Font(bold=True)
    sheet.column_dimensions["C"].width = 40
    other = book.create_sheet("Notes")
    other["A1"] = "kept"
    buffer = io.BytesIO()
    book.save(buffer)
    return with_part(buffer.getvalue(), "xl/worksheets/sheet1.xml", lambda xml: with_results(xml, stored or {}))


def with_results(xml: str, stored: dict[str, Any]) -> str:
    for cell, value in stored.items():
        xml = re.sub(rf'(<c r="{cell}"[^>]*?)(?: t="\w+")?>(<f.*?)<v ?/>', rf"\1>\2<v>{value}</v>", xml)
    return xml


def with_part(data: bytes, part: str, change: Any) -> bytes:
    old, buffer = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content.decode()) if name == part else content)
    return buffer.getvalue()


def cells(data: bytes, sheet: str = "Jobs & more") -> list[list[Any]]:
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(data))[sheet].iter_rows(values_only=True)]


def parts(data: bytes) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(data))
    return {name: archive.read(name) for name in archive.namelist()}


def test_cells_change_and_a_sheet_says_which(tmp_path: Path) -> None:
    old = workbook(*ROWS)
    new = applied(tmp_path, ".xlsx", old)
    wanted = [HEADER, ["영웅", T2V, "Fog", 3, "off", 1, "calm"], ROWS[1], ["c", T2V, "y", "3", False, 1, None]]
    assert cells(new) == wanted
    assert cells(new, "Changes") == [
        ["Row", "Job", "Cell", "Changed", "From", "To", "Remark"],
        [2, "영웅", "D2", "duration", "8", "3", None],
        [2, "영웅", "E2", "sound", "on", "off", None],
        [2, "영웅", "F2", "takes", "2", "1", None],
        [4, "c", "D4", "duration", "9", "3", None],
        [4, "c", "E4", "sound", "TRUE", "FALSE", None],
    ]
    before, after = parts(old), parts(new)
    listing = {"xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"}
    assert {name for name, content in before.items() if after[name] != content} == listing
    assert after.keys() - before.keys() == {"xl/worksheets/sheet3.xml"}
    book = openpyxl.load_workbook(io.BytesIO(new))
    assert (book["Jobs & more"]["D2"].font.bold, book["Jobs & more"].column_dimensions["C"].width) == (True, 40)
    assert b'fullCalcOnLoad="1"' in after["xl/workbook.xml"]


def test_it_is_applied_again_and_again(tmp_path: Path) -> None:
    rows = [["a", T2V, "x", 8, "on", 3, "calm"]]
    once = applied(tmp_path, ".xlsx", workbook(*rows), limit="150 EVOLINK_CREDIT")
    twice = applied(tmp_path, ".xlsx", once, sheet="Jobs & more")
    assert openpyxl.load_workbook(io.BytesIO(twice)).sheetnames == ["Jobs & more", "Notes", "Changes", "Changes 2"]


def test_the_row_of_a_job_that_is_left_out_stays_blank(tmp_path: Path) -> None:
    new = applied(tmp_path, ".xlsx", workbook(*ROWS), rules=DROP)
    assert [row[1] for row in cells(new)] == ["model", T2V, None, T2V]
    assert cells(new, "Changes")[1] == [3, "b", None, None, T2V, None, "taken out"]


def test_a_column_that_is_missing_comes_after_every_cell(tmp_path: Path) -> None:
    rows = [["a", T2V, "x", None, "a note"], ["b", "kling-custom-element", None]]
    new = applied(tmp_path, ".xlsx", workbook(*rows, header=["job_id", "model", "prompt"]))
    assert cells(new)[:2] == [["job_id", "model", "prompt", None, None, "duration"], ["a", T2V, "x", None, "a note", 3]]


def test_a_formula_that_changes_becomes_a_value(tmp_path: Path) -> None:
    rows = [["a", T2V, "x", "=4*2", "on", 1, "calm"], ["b", T2V, "x", "=H3-1", "off", 1, "calm", 4]]
    new = applied(tmp_path, ".xlsx", workbook(*rows, stored={"D2": 8, "D3": 3}))
    assert [row[3] for row in cells(new)] == ["duration", 3, "=H3-1"]
    assert cells(new, "Changes")[1] == [2, "a", "D2", "duration", "8", "3", "a formula stood here"]
    assert b"<v>3</v>" in parts(new)["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize(
    ("formula", "other"),
    [
        ("=D2-5", None),
        ("=$D$2-5", None),
        ("=SUM(D1:D2)-5", None),
        ("=SUM(D:D)", None),
        ("='Jobs &amp; more'!D2-5", None),
        ("=H4-5", "=D2"),
        ("=INDIRECT(H4)", None),
        ("=Notes!A2", None),
        ("=first_length-5", None),
    ],
)
def test_a_price_that_would_change_once_it_is_calculated_is_refused(
    tmp_path: Path, formula: str, other: str | None
) -> None:
    own = formula.replace("&amp;", "&")
    rows = [["a", T2V, "x", 8, "off", 1, ""], ["b", T2V, "x", own, "off", 1, "", None], [None] * 7 + [other]]
    data = workbook(*rows, stored={"D3": 3, "H4": 8})
    there = '<row r="2"><c r="A2"><f>\'Jobs &amp; more\'!D2</f><v>3</v></c></row>'
    data = with_part(data, "xl/worksheets/sheet2.xml", lambda xml: xml.replace("</row>", f"</row>{there}"))
    names = "<definedNames><definedName name=\"first_length\">'Jobs &amp; more'!$D$2</definedName></definedNames>"
    data = with_part(data, "xl/workbook.xml", lambda xml: re.sub(r"<definedNames ?/>|(?=<calcPr)", names, xml, count=1))
    with pytest.raises(kc.ReadError, match="the formula in D3 depends on a cell that changes") as found:
        applied(tmp_path, ".xlsx", data)
    assert (found.value.problem.row, found.value.exit_code) == (3, 2)


@pytest.mark.parametrize("formula", ["=D4+0", "=Notes!A1", '=LEN("D2x")', "=LOG10(1000)", "=AD2+3", "=D22+3"])
def test_other_formulas_are_left_alone(tmp_path: Path, formula: str) -> None:
    rows = [["a", T2V, "x", 8, "off", 1, ""], ["b", T2V, "x", formula, "off", 1, ""], ["c", T2V, "x", 3, "off", 1, ""]]
    assert cells(applied(tmp_path, ".xlsx", workbook(*rows, stored={"D3": 3})))[2][3] == formula


def test_a_formula_for_several_cells_is_not_torn(tmp_path: Path) -> None:
    rows = [["a", T2V, "x", "=8", "off", 1, ""], ["b", T2V, "x", "=8", "off", 1, ""]]
    data = workbook(*rows, stored={"D2": 8, "D3": 3})

    def shared(xml: str) -> str:
        first = xml.replace("<f>8</f>", '<f t="shared" ref="D2:D3" si="0">H2+0</f>', 1)
        return first.replace("<f>8</f>", '<f t="shared" si="0"/>')

    data = with_part(data, "xl/worksheets/sheet1.xml", shared)
    with pytest.raises(kc.ReadError, match="the formula in D2 depends"):
        applied(tmp_path, ".xlsx", data)


def test_a_formula_that_is_shared_depends_on_what_stands_beside_each_of_its_cells(tmp_path: Path) -> None:
    calm: list[Any] = [T2V, "x", "=8", "off", 1, ""]
    rows = [["a", T2V, "x", 8, "off", 1, "", 3], ["b", *calm, 3], ["c", *calm, "=D2"]]
    data = workbook(*rows, stored={"D3": 3, "D4": 3, "H4": 8})
    shared = ['<f t="shared" ref="D3:D4" si="0">H3</f>', '<f t="shared" si="0"/>']
    for formula in shared:
        data = with_part(data, "xl/worksheets/sheet1.xml", lambda xml, to=formula: xml.replace("<f>8</f>", to, 1))
    with pytest.raises(kc.ReadError, match="the formula in D4 depends"):
        applied(tmp_path, ".xlsx", data)


def test_merged_cells_are_not_torn(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(["a", T2V, "x", 8], ["b", T2V, "x", None])))
    book["Jobs & more"].merge_cells("D2:D3")
    buffer = io.BytesIO()
    book.save(buffer)
    with pytest.raises(kc.ReadError, match="D2 is one of the merged cells D2:D3"):
        applied(tmp_path, ".xlsx", buffer.getvalue())


def test_macros_stay_and_signed_workbooks_are_refused(tmp_path: Path) -> None:
    def added(data: bytes, name: str) -> bytes:
        buffer = io.BytesIO(data)
        with zipfile.ZipFile(buffer, "a") as archive:
            archive.writestr(name, b"\xd0\xcfmacro")
        return buffer.getvalue()

    new = applied(tmp_path, ".xlsm", added(workbook(*ROWS), "xl/vbaProject.bin"))
    assert parts(new)["xl/vbaProject.bin"] == b"\xd0\xcfmacro"
    with pytest.raises(kc.ReadError, match="it is signed"):
        applied(tmp_path, ".xlsx", added(workbook(*ROWS), "_xmlsignatures/sig1.xml"))


def test_the_order_of_calculation_is_found_anew(tmp_path: Path) -> None:
    data = workbook(["a", T2V, "x", "=4*2", "on", 1, "calm"], stored={"D2": 8})
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    related = f'<Relationship Id="rIdX" Type="{kind}" Target="calcChain.xml"/>'
    override = '<Override PartName="/xl/calcChain.xml" ContentType="application/xml"/>'
    data = with_part(data, "xl/_rels/workbook.xml.rels", lambda xml: xml.replace("</Rel", f"{related}</Rel"))
    data = with_part(data, "[Content_Types].xml", lambda xml: xml.replace("</Types", f"{override}</Types"))
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/calcChain.xml", '<calcChain><c r="D2" i="1"/></calcChain>')
    found = parts(applied(tmp_path, ".xlsx", buffer.getvalue()))
    assert not [name for name in found if "calcChain" in name]
    assert b"calcChain" not in found["xl/_rels/workbook.xml.rels"] + found["[Content_Types].xml"]


def test_a_hostile_id_reaches_the_sheet_of_changes_as_it_is(tmp_path: Path) -> None:
    new = applied(tmp_path, ".xlsx", workbook(["<&_x005F_x0041_", T2V, "x", 8, "off", 1, ""]))
    assert b'xml:space="preserve">&lt;&amp;_x005F_x0041_</t>' in parts(new)["xl/worksheets/sheet3.xml"]


TYPES = {"int64": 8, "int8": 8, "string": "8", "double": 8, "dictionary": "8", "decimal": Decimal(8)}


@pytest.mark.parametrize("name", TYPES)
def test_columns_of_parquet_keep_their_types(tmp_path: Path, name: str) -> None:
    of_two = {"dictionary": pa.dictionary(pa.int8(), pa.string()), "decimal": pa.decimal128(9, 2)}
    kind, eight = of_two.get(name) or pa.type_for_alias(name), TYPES[name]
    seconds = [eight, type(eight)(3), None]
    table = pa.table(
        {
            "model": [T2V] * 3,
            "prompt": ["a", "b", "c"],
            "tag:scene": ["calm", "storm", "calm"],
            "shots": [[1], [], None],
        }
    )
    table = table.append_column(pa.field("duration", kind, metadata={"unit": "s"}), pa.array(seconds, kind))
    table = table.append_column("sound", pa.array([True, None, False])).replace_schema_metadata({"owner": "봄"})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", row_group_size=2)
    table = pq.read_table(io.BytesIO(buffer.getvalue()))
    new = pq.ParquetFile(io.BytesIO(applied(tmp_path, ".parquet", buffer.getvalue())))
    found = new.read()
    assert found.schema.equals(table.schema, check_metadata=True)
    assert (new.metadata.num_row_groups, new.metadata.row_group(0).column(0).compression) == (2, "ZSTD")
    assert [str(cell).split(".")[0] for cell in found["duration"].to_pylist()] == ["3", "3", "3"]
    assert found["sound"].to_pylist() == [False, None, False]
    assert found.drop_columns(["duration", "sound"]).equals(table.drop_columns(["duration", "sound"]))
    left = pq.read_table(io.BytesIO(applied(tmp_path, ".parquet", buffer.getvalue(), rules=DROP)))
    assert left.equals(table.take([0, 2]))


def test_a_column_that_parquet_lacks_comes_last(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"model": [T2V, "kling-custom-element"], "prompt": ["x", None]}), buffer)
    found = pq.read_table(io.BytesIO(applied(tmp_path, ".parquet", buffer.getvalue())))
    assert found.column_names == ["model", "prompt", "duration"]
    assert found["duration"].to_pylist() == [3, None]
