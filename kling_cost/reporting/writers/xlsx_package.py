"""The last step of a workbook: values beside formulas, and no trace of when or where it was written.

openpyxl writes formulas without their values, so that a viewer that does not calculate shows nothing. The values
are put into its XML here, cell by cell; a spreadsheet program still calculates everything when it opens the file.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from xml.sax.saxutils import escape

from kling_cost.amounts import plain_text
from kling_cost.reporting.table import Value

_FORMULA = re.compile(r'<c r="([A-Z]+[0-9]+)"([^>]*)>(<f>[^<]*</f>)<v ?/?>(?:</v>)?</c>')
_TYPE = re.compile(r' t="[a-z]+"')
_MODIFIED = re.compile(r"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def finished_package(package: bytes, values: Sequence[Mapping[str, Value]], stamped: datetime) -> bytes:
    """The same workbook with the values of its formulas, made at a fixed time.

    Args:
        package: what openpyxl saved.
        values: for each sheet in order, the value of each formula by cell.
        stamped: the time that its properties show.

    Raises:
        AssertionError: a formula has no value, which would be a defect of the writer.
    """
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for item in source.infolist():
            data = source.read(item)
            sheet = re.fullmatch(r"xl/worksheets/sheet([0-9]+)\.xml", item.filename)
            if sheet:
                data = _with_values(data.decode(), values[int(sheet[1]) - 1]).encode()
            elif item.filename == "docProps/core.xml":
                data = _MODIFIED.sub(rf"\g<1>{stamped.isoformat()}Z\g<3>", data.decode()).encode()
            target.writestr(zipfile.ZipInfo(item.filename, _ZIP_EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _with_values(xml: str, values: Mapping[str, Value]) -> str:
    def with_value(found: re.Match[str]) -> str:
        place, attributes, formula = found[1], found[2], found[3]
        if place not in values:
            raise AssertionError(f"the formula in {place} has no value")
        kind, text = _stored(values[place])
        return f'<c r="{place}"{_TYPE.sub("", attributes)}{kind}>{formula}<v>{text}</v></c>'

    return _FORMULA.sub(with_value, xml)


def _stored(value: Value) -> tuple[str, str]:
    """The type attribute and the text of a stored value."""
    if value is None or isinstance(value, (str, date)):
        return ' t="str"', escape(str(value or ""))
    return "", plain_text(value) if isinstance(value, Decimal) else str(value)
