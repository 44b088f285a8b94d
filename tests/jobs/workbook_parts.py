"""Workbooks written part by part, as programs write them that no library imitates."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_REL = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
MODEL = "kling-v3-text-to-video"


def text(value: str, place: str = "") -> str:
    """A cell with a text of its own."""
    at = f' r="{place}"' if place else ""
    return f'<c{at} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def cells(*values: object, row: int = 0, first: str = "A") -> str:
    """Cells of one row; those of None are left out, and a text that begins with `<` is taken as it stands."""
    found = ""
    for at, value in enumerate(values):
        place = f"{chr(ord(first) + at)}{row}" if row else ""
        if isinstance(value, str) and value.startswith("<"):
            found += value
        elif isinstance(value, str):
            found += text(value, place)
        elif value is not None:
            found += f'<c r="{place}"><v>{value}</v></c>' if place else f"<c><v>{value}</v></c>"
    return found


def rows(*lines: list[object], first: int = 1, more: Mapping[int, str] | None = None) -> str:
    """Rows with references, from the row `first` on; `more` are further attributes by row."""
    return "".join(
        f'<row r="{number}" {(more or {}).get(number, "")}>{cells(*line, row=number)}</row>'
        for number, line in enumerate(lines, first)
    )


def sheet(data: str, before: str = "", merged: str = "", namespace: str = MAIN) -> str:
    """A sheet's XML; `merged` are references with blanks between them."""
    refs = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged.split())
    after = f'<mergeCells count="{len(merged.split())}">{refs}</mergeCells>' if refs else ""
    return f'<worksheet xmlns="{namespace}">{before}<sheetData>{data}</sheetData>{after}</worksheet>'


def strings(*items: str, namespace: str = MAIN) -> str:
    """Shared texts, each given as the XML inside its element."""
    return f'<sst xmlns="{namespace}">' + "".join(f"<si>{item}</si>" for item in items) + "</sst>"


def parts(
    sheets: str | Mapping[str, str],
    shared: str | None = None,
    styles: str | None = None,
    states: Mapping[str, str] | None = None,
    strict: bool = False,
    workbook: str = "",
) -> dict[str, str]:
    """The parts of a workbook by name."""
    main, rel = (STRICT_MAIN, STRICT_REL) if strict else (MAIN, REL)
    named = {"Jobs": sheets} if isinstance(sheets, str) else dict(sheets)
    listed = related = types = ""
    found: dict[str, str] = {}
    for number, (title, xml) in enumerate(named.items(), 1):
        state = f' state="{states[title]}"' if states and title in states else ""
        listed += f'<sheet name="{escape(title)}" sheetId="{number}"{state} r:id="r{number}"/>'
        related += f'<Relationship Id="r{number}" Type="{rel}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        types += f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        found[f"xl/worksheets/sheet{number}.xml"] = xml
    for name, content in (("sharedStrings", shared), ("styles", styles)):
        if content is not None:
            related += f'<Relationship Id="{name}" Type="{rel}/{name}" Target="{name}.xml"/>'
            types += f'<Override PartName="/xl/{name}.xml" ContentType="{_TYPE}.{name}+xml"/>'
            found[f"xl/{name}.xml"] = content
    relationships = f'<Relationships xmlns="{_PACKAGE}/relationships">'
    return {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{types}</Types>'
        ),
        "_rels/.rels": (
            f'{relationships}<Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>"
        ),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}">{workbook}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"{relationships}{related}</Relationships>",
        **found,
    }


def packed(found: Mapping[str, str | bytes]) -> bytes:
    """A file of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return buffer.getvalue()
