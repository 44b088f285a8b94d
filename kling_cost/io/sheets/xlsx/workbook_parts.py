"""What a workbook says of its sheets before any is read: names, hidden ones, shared texts, and which formats are dates.

The two namespaces are those of ordinary workbooks and of "Strict Open XML" ones (ISO/IEC 29500).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from kling_cost.io.sheets.xlsx.shown_numbers import Beside, beside_number
from kling_cost.io.sheets.xlsx.zip_package import DAMAGE, Attributes, Package, Related, parser_for, told_damage
from kling_cost.io.sources import Source

MAIN = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
_WORKBOOK = "/xl/workbook.xml"
_TRUE = ("1", "true", "on")
#: Formats of dates that have a number instead of a code, those of East Asian versions among them.
_DATES = frozenset({*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)})
_SPANS = frozenset({46})
_NO_PART_OF_A_DATE = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]|general', re.IGNORECASE)
_SPAN = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_DATE = re.compile(r"[dmyhs]|e(?![+-])", re.IGNORECASE)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATES = re.compile("[\ud800-\udfff]")


def tags(*names: str) -> dict[str, str]:
    """Elements by the names that a parser gives them, in either namespace.

    >>> sorted(tags("row").values())
    ['row', 'row']
    """
    return {f"{namespace} {name}": name for namespace in MAIN for name in names}


class Sheet(NamedTuple):
    """A sheet of cells.

    Attributes:
        title: its name.
        part: where it stands in the package.
        hidden: whether a user does not see it.
    """

    title: str
    part: str
    hidden: bool


class Formats(NamedTuple):
    """The cell styles that show what cells hold as something else, as cells name them.

    Attributes:
        dates: as days or times of day.
        spans: as hours, minutes or seconds that went by.
        from_1904: whether days are counted from 1904.
        struck: as struck out.
        beside: with words or signs beside them, and with which.
    """

    dates: frozenset[str]
    spans: frozenset[str]
    from_1904: bool
    struck: frozenset[str] = frozenset()
    beside: Mapping[str, Beside] = {}


class Book:
    """A workbook, opened.

    Args:
        source: the file.
        data: its content.

    Attributes:
        sheets: its sheets of cells, in their order.
        package: its parts.
        part: the one that lists the sheets.

    Raises:
        ReadError: it is no workbook, or damaged.
    """

    def __init__(self, source: Source, data: bytes) -> None:
        self.package = Package(source, data)
        self.sheets: list[Sheet] = []
        self._from_1904 = False
        with told_damage(source):
            part = next((r.part for r in self.package.related("/").values() if r.kind == "officedocument"), _WORKBOOK)
            self._related = self.package.related(part)
            self._read_workbook(part)
        self.part = part
        self._folder = part.rpartition("/")[0]

    def strings(self) -> list[str]:
        """The texts that cells share."""
        part = self._part_of("sharedstrings", "sharedStrings.xml")
        return read_strings(self.package, part) if self.package.has(part) else []

    def formats(self) -> Formats:
        """How cells show numbers; a damaged part of styles says nothing, as a missing one does."""
        styles = _Styles()
        part = self._part_of("styles", "styles.xml")
        try:
            if self.package.has(part):
                parser = parser_for(styles.start)
                parser.EndElementHandler = styles.end
                for _ in self.package.parsed(part, parser):
                    pass
        except DAMAGE:
            pass
        dates, spans, struck = frozenset(styles.dates), frozenset(styles.spans), frozenset(styles.struck)
        return Formats(dates, spans, self._from_1904, struck, styles.beside)

    def _read_workbook(self, part: str) -> None:
        names = tags("sheet", "workbookPr")

        def start(name: str, attributes: Attributes) -> None:
            tag = names.get(name)
            if tag == "workbookPr":
                self._from_1904 = attributes.get("date1904", "").lower() in _TRUE
            elif tag == "sheet":
                key = next((value for name, value in attributes.items() if name.endswith("relationships id")), None)
                found = self._related.get(key or "", Related("", ""))
                if key and found.kind not in ("chartsheet", "dialogsheet", "xlmacrosheet", "xlintlmacrosheet"):
                    hidden = attributes.get("state", "visible").lower() in ("hidden", "veryhidden")
                    self.sheets.append(Sheet(attributes.get("name", ""), found.part, hidden))

        self.package.starts(part, start)

    def _part_of(self, kind: str, name: str) -> str:
        return next((found.part for found in self._related.values() if found.kind == kind), f"{self._folder}/{name}")


def read_strings(package: Package, part: str) -> list[str]:
    """The texts of a part of shared strings; how they are to be pronounced is left out.

    Raises:
        ExpatError, KeyError, …: as `DAMAGE` lists them.
    """
    names = tags("si", "t", "rPh")
    found: list[str] = []
    chunks: list[str] = []
    spoken = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal spoken
        tag = names.get(name)
        if tag == "t" and not spoken:
            parser.CharacterDataHandler = chunks.append
        elif tag == "rPh":
            spoken = True

    def end(name: str) -> None:
        nonlocal spoken
        tag = names.get(name)
        if tag == "si":
            found.append(unescaped("".join(chunks)))
            chunks.clear()
        elif tag == "t":
            parser.CharacterDataHandler = None
        elif tag == "rPh":
            spoken = False

    parser = parser_for(start)
    parser.EndElementHandler = end
    for _ in package.parsed(part, parser):
        pass
    return found


class _Styles:
    """Takes the numbers of formats from a part of styles, whatever else it holds."""

    def __init__(self) -> None:
        self.dates: list[str] = []
        self.spans: list[str] = []
        self.struck: list[str] = []
        self.beside: dict[str, Beside] = {}
        self._names = tags("numFmt", "cellXfs", "xf", "fonts", "font", "strike")
        self._codes: dict[str, str] = {}
        self._in_cells = self._in_fonts = False
        self._count = self._fonts = 0
        self._struck_fonts: set[str] = set()
        self._beginning = {
            "numFmt": self._take_code, "xf": self._take_style, "font": self._take_font, "strike": self._take_strike
        }  # fmt: skip

    def start(self, name: str, attributes: Attributes) -> None:
        tag = self._names.get(name)
        if tag in ("cellXfs", "fonts"):
            self._in_cells, self._in_fonts = tag == "cellXfs", tag == "fonts"
        elif tag is not None:
            self._beginning[tag](attributes)

    def _take_code(self, attributes: Attributes) -> None:
        self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")

    def _take_font(self, attributes: Attributes) -> None:
        self._fonts += self._in_fonts

    def _take_strike(self, attributes: Attributes) -> None:
        if self._in_fonts and attributes.get("val", "1") not in ("0", "false"):
            self._struck_fonts.add(str(self._fonts - 1))

    def _take_style(self, attributes: Attributes) -> None:
        if not self._in_cells:
            return
        number = attributes.get("numFmtId", "")
        shown_as = date_or_span(number, self._codes.get(number))
        if shown_as:
            (self.dates if shown_as == "date" else self.spans).append(str(self._count))
        elif beside := beside_number(number, self._codes.get(number)):
            self.beside[str(self._count)] = beside
        if attributes.get("fontId") in self._struck_fonts:
            self.struck.append(str(self._count))
        self._count += 1

    def end(self, name: str) -> None:
        tag = self._names.get(name)
        self._in_cells = self._in_cells and tag != "cellXfs"
        self._in_fonts = self._in_fonts and tag != "fonts"


def date_or_span(number: str, code: str | None) -> str:
    """Whether a format shows a number as a `date` or time, or as a `span` of time; empty for neither.

    >>> date_or_span("164", "yyyy-mm-dd"), date_or_span("165", "[h]:mm"), date_or_span("166", '0.0 "days"')
    ('date', 'span', '')
    """
    if code is None:
        known = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
        return "date" if known in _DATES else "span" if known in _SPANS else ""
    plain = _NO_PART_OF_A_DATE.sub("", code.partition(";")[0])
    if _SPAN.search(plain):
        return "span"
    return "date" if _DATE.search(plain) else ""


def unescaped(text: str) -> str:
    """Text in which characters that XML cannot hold are written as `_xHHHH_`.

    >>> unescaped("a_x000D_b"), unescaped("_x005F_x0041_")
    ('a\\rb', '_x0041_')
    """
    if "_x" not in text:
        return text
    found = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    if _SURROGATES.search(found):  # two of them are one character; a lone one is none
        return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return found
