"""Change parts of a workbook's package, and add a sheet to it; all other parts stay as they are."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Collection
from html import unescape
from shutil import copyfileobj
from xml.sax.saxutils import quoteattr

from kling_cost.io.sheets.xlsx.workbook_parts import Book
from kling_cost.io.sources import MEBIBYTE, Source

_MOST = 1024 * MEBIBYTE  # that all parts may unpack to
_TYPES = "[Content_Types].xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_SIGNED = "_xmlsignatures"


class PackageEdits:
    """The parts of a workbook, to be written anew.

    Args:
        source: the file.
        data: its content.
        book: the same, read.

    Raises:
        ReadError: it is signed, or too large.
    """

    def __init__(self, source: Source, data: bytes, book: Book) -> None:
        self._source, self._archive = source, zipfile.ZipFile(io.BytesIO(data))
        self._book = book
        self._names = {_plain(one.filename): one.filename for one in self._archive.infolist()}
        self._new: dict[str, str | bytes] = {}
        if any(name.startswith(_SIGNED) for name in self._names):
            raise self._refusal("it is signed")
        if sum(one.file_size for one in self._archive.infolist()) > _MOST:
            raise source.error("unreadable.too_large", limit=f"{_MOST // MEBIBYTE} MiB")
        folder, name = posixpath.split(book.part)
        self._related = posixpath.join(folder, "_rels", f"{name}.rels")
        self._gone: set[str] = set()

    def read(self, part: str) -> bytes:
        """The content of a part."""
        return self._archive.read(self._names[_plain(part)])

    def replace(self, part: str, data: bytes) -> None:
        """Put other content in place of a part."""
        self._new[_plain(part)] = data

    def add_sheet(self, title: str, data: bytes) -> None:
        """Add a sheet after all others, whose title no other has.

        Raises:
            ReadError: the workbook lists its sheets in an unusual way.
        """
        part = next(
            name for at in range(1, 1 << 16) if _plain(name := f"xl/worksheets/sheet{at}.xml") not in self._names
        )
        related, types, book = self._text(self._related), self._text(_TYPES), self._text(self._book.part)
        key = next(name for at in range(1, 1 << 16) if f'"{(name := f"rIdC{at}")}"' not in related)
        kind = re.search(r'Type\s*=\s*["\']([^"\']*/)worksheet["\']', related)
        prefix = re.search(r"<(?:[\w.-]+:)?sheet\s[^>]*?([\w.-]+):id\s*=", book)
        numbers = [int(number) for number in re.findall(r'\bsheetId\s*=\s*["\']([0-9]+)', book)]
        if kind is None or prefix is None:
            raise self._refusal("it lists its sheets in an unusual way")
        relation = f'Relationship Id="{key}" Type="{kind[1]}worksheet" Target="/{part}"/>'
        self._new[_plain(self._related)] = self._before_end(related, "Relationships", relation)
        override = f'Override PartName="/{part}" ContentType="{_SHEET_TYPE}"/>'
        self._new[_plain(_TYPES)] = self._before_end(types, "Types", override)
        entry = f'sheet name={quoteattr(title)} sheetId="{max(numbers, default=0) + 1}" {prefix[1]}:id="{key}"/>'
        self._new[_plain(self._book.part)] = self._before_end(book, "sheets", entry)
        self._new[part] = data

    def recalculate(self) -> None:
        """Let programs calculate every formula anew, in an order that they find themselves."""
        book, related, types = (self._text(part) for part in (self._book.part, self._related, _TYPES))
        chain = re.search(r'<[^<>]*\bTarget\s*=\s*["\']([^"\']*calcChain[^"\']*)["\'][^<>]*/>', related, re.IGNORECASE)
        if chain is not None:
            folder = posixpath.dirname(self._book.part)
            self._gone.add(_plain(posixpath.join("/", folder, chain[1])))
            self._new[_plain(self._related)] = related.replace(chain[0], "")
            self._new[_plain(_TYPES)] = re.sub(
                r"<(?:[\w.-]+:)?Override\s[^<>]*calcChain[^<>]*/>", "", types, flags=re.I
            )
        found = re.search(r"<(?:[\w.-]+:)?calcPr\b(?P<given>[^<>]*?)/?>", book)
        if found is None:
            ends = [*re.finditer(r"</([\w.-]+:)?(?:sheets|functionGroups|externalReferences|definedNames)>", book)]
            at, begin = (ends[-1].end(), f"<{ends[-1][1] or ''}calcPr") if ends else (len(book), "")
            book = f'{book[:at]}{begin} fullCalcOnLoad="1"/>{book[at:]}' if ends else book
        elif "fullCalcOnLoad" not in found["given"]:
            at = found.end("given")
            book = f'{book[:at]} fullCalcOnLoad="1"{book[at:]}'
        self._new[_plain(self._book.part)] = book

    def names(self) -> set[str]:
        """The names of cells and areas that the workbook has, in small letters."""
        book = self._text(self._book.part)
        found = re.findall(r"<(?:[\w.-]+:)?definedName\s[^<>]*?\bname\s*=\s*[\"']([^\"']*)", book)
        return {unescape(name).lower() for name in found}

    def data(self) -> bytes:
        """The new package, its parts in their order."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in self._archive.infolist():
                name = _plain(one.filename)
                if name in self._gone:
                    continue
                with archive.open(_same(one), "w") as out:
                    if name in self._new:
                        out.write(_bytes(self._new[name]))
                    else:
                        with self._archive.open(one) as old:
                            copyfileobj(old, out)
            for name, new in self._new.items():
                if name not in self._names:
                    archive.writestr(zipfile.ZipInfo(name), _bytes(new), zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    def _text(self, part: str) -> str:
        """The text of a part as it is to be."""
        new = self._new.get(_plain(part))
        try:
            return new if isinstance(new, str) else self.read(part).decode("utf-8-sig")
        except (KeyError, UnicodeDecodeError):
            raise self._refusal(f"its part {part} cannot be edited") from None

    def _before_end(self, text: str, name: str, entry: str) -> str:
        """A list of XML with one more entry, which begins with what names there begin with."""
        found = re.search(rf"</((?:[\w.-]+:)?){name}\s*>", text)
        if found is None:
            raise self._refusal("it lists its parts in an unusual way")
        return f"{text[: found.start()]}<{found[1]}{entry}{text[found.start() :]}"

    def _refusal(self, why: str) -> Exception:
        return self._source.error("unwritable.workbook", why=why)


def new_title(wanted: str, titles: Collection[str]) -> str:
    """A title for a sheet that none of some has.

    >>> new_title("Changes", ["Jobs", "changes"])
    'Changes 2'
    """
    taken = {title.lower() for title in titles}
    return next(
        name for at in range(1, 1 << 16) if (name := f"{wanted} {at}" if at > 1 else wanted).lower() not in taken
    )


def _same(old: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """A part's entry without its sizes."""
    new = zipfile.ZipInfo(old.filename, old.date_time)
    new.compress_type, new.external_attr, new.comment = old.compress_type, old.external_attr, old.comment
    return new


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
