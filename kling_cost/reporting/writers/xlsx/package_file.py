"""The last step of a workbook: store values beside formulas, and remove every trace of when and where it was written.

openpyxl writes formulas without their values, so that a viewer that does not calculate shows nothing. The values
are put into its XML here, cell by cell; a spreadsheet program still calculates everything when it opens the file.
Rows that openpyxl did not write are put between those that it wrote.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import quoteattr

from kling_cost.reporting.table import Value
from kling_cost.reporting.writers.xlsx.cell_styles import visible
from kling_cost.reporting.writers.xlsx.row_xml import stored_value

_FORMULA = re.compile(r'<c r="([A-Z]+[0-9]+)"([^>]*)>(<f>[^<]*</f>)<v ?/?>(?:</v>)?</c>')
_TYPE = re.compile(r' t="[a-z]+"')
_MODIFIED = re.compile(r"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")
_DIMENSION = re.compile(r'<dimension ref="[^"]*"')
_DRAWING = re.compile(r"xl/drawings/drawing([0-9]+)\.xml")
_PICTURE = re.compile(r'<([a-z]*:?cNvPr) id="([0-9]+)" name="([^"]*)"(?: descr="[^"]*")?')
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SheetContent:
    """What openpyxl did not write of a sheet.

    Attributes:
        values: the value of each formula by its cell.
        rows: XML of further rows, in order; None where there are none.
        before: the number of the row of openpyxl's that follows them.
        dimension: the cells that are used, such as `A1:W99`, where `rows` changes them.
        pictures: what its charts and pictures show, in order, for those who do not see them.
    """

    values: Mapping[str, Value]
    rows: Iterator[bytes] | None = None
    before: int = 0
    dimension: str = ""
    pictures: Sequence[str] = ()


def finished_package(package: bytes, sheets: Sequence[SheetContent], stamped: datetime) -> bytes:
    """The same workbook, complete and made at a fixed time.

    Args:
        package: what openpyxl saved.
        sheets: the rest of each sheet, in order.
        stamped: the time that its properties show.

    Raises:
        AssertionError: a formula has no value, which would be a defect of the writer.
    """
    out = io.BytesIO()
    drawn = [sheet.pictures for sheet in sheets if sheet.pictures]
    with (
        zipfile.ZipFile(io.BytesIO(package)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for item in source.infolist():
            data = source.read(item)
            sheet = re.fullmatch(r"xl/worksheets/sheet([0-9]+)\.xml", item.filename)
            if item.filename == "docProps/core.xml":
                data = _MODIFIED.sub(rf"\g<1>{stamped.isoformat()}Z\g<3>", data.decode()).encode()
            drawing = _DRAWING.fullmatch(item.filename)
            if drawing is not None:
                data = _with_descriptions(data.decode(), drawn[int(drawing[1]) - 1]).encode()
            info = zipfile.ZipInfo(item.filename, _ZIP_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            with target.open(info, "w", force_zip64=sheet is not None) as stream:
                for chunk in _chunks(data.decode(), sheets[int(sheet[1]) - 1]) if sheet else [data]:
                    stream.write(chunk)
    return out.getvalue()


def _with_descriptions(xml: str, descriptions: Sequence[str]) -> str:
    """Alternative texts for the pictures of a drawing, which are numbered from 1."""

    def described(found: re.Match[str]) -> str:
        text = descriptions[int(found[2]) - 1]
        return f'<{found[1]} id="{found[2]}" name="{found[3]}" descr={quoteattr(visible(text))}'

    return _PICTURE.sub(described, xml)


def _chunks(xml: str, content: SheetContent) -> Iterator[bytes]:
    xml = _with_values(xml, content.values)
    if content.rows is None:
        yield xml.encode()
        return
    xml = _DIMENSION.sub(f'<dimension ref="{content.dimension}"', xml, count=1)
    at = xml.find(f'<row r="{content.before}"')
    at = xml.index("</sheetData>") if at < 0 else at
    yield xml[:at].encode()
    yield from content.rows
    yield xml[at:].encode()


def _with_values(xml: str, values: Mapping[str, Value]) -> str:
    def with_value(found: re.Match[str]) -> str:
        place, attributes, formula = found[1], found[2], found[3]
        if place not in values:
            raise AssertionError(f"the formula in {place} has no value")
        kind, text = stored_value(values[place])
        return f'<c r="{place}"{_TYPE.sub("", attributes)}{kind}>{formula}<v>{text}</v></c>'

    return _FORMULA.sub(with_value, xml)
