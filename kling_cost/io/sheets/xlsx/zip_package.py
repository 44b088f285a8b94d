"""The package that a workbook is: which parts it has, how they lead to each other, and their XML, chunk by chunk.

Only parts that are asked for are unpacked, and what they may unpack to is bounded: a small file can hold gigabytes.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import unquote
from xml.parsers import expat

from defusedxml import DTDForbidden

from kling_cost.io.sources import MEBIBYTE, Source

_CHUNK = 64 * 1024
#: Bytes and tags that a part may unpack to, time grows with both; shared texts are kept until the end.
_MAX_BYTES, _MAX_STRINGS, _MAX_TAGS = 256 * MEBIBYTE, 64 * MEBIBYTE, 12_000_000
_MAX_TOKEN = 8 * MEBIBYTE  # a parser holds a tag or a comment until it ends
_OLD_OR_ENCRYPTED = b"\xd0\xcf\x11\xe0"  # the container of encrypted workbooks and of the old .xls
DAMAGE = (
    expat.ExpatError,
    DTDForbidden,
    zipfile.BadZipFile,
    zlib.error,
    LookupError,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
)

Attributes = dict[str, str]
#: Reads one element's start: its name, with its namespace and a blank before it, and its attributes.
Start = Callable[[str, Attributes], None]


class Related(NamedTuple):
    """Where a part leads to: the last word of the relationship's kind, and the other part's name."""

    kind: str
    part: str


class Package:
    """The parts of one file. Their names are compared as programs do that write them carelessly.

    Args:
        source: the file.
        data: its content.

    Raises:
        ReadError: it is no package, or an encrypted one.
    """

    def __init__(self, source: Source, data: bytes) -> None:
        self._source = source
        if data.startswith(_OLD_OR_ENCRYPTED):
            raise source.error("unreadable.encrypted")
        with told_damage(source):
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._parts: dict[str, list[zipfile.ZipInfo]] = {}
        for part in self._archive.infolist():
            self._parts.setdefault(_plain(part.filename), []).append(part)

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return _plain(part) in self._parts

    def chunks(self, part: str) -> Iterator[bytes]:
        """The content of a part.

        Raises:
            ReadError: it unpacks to more than it may.
            KeyError, ValueError, zipfile.BadZipFile, …: as `DAMAGE` lists them.
        """
        found = self._parts.get(_plain(part), [])
        if len(found) != 1:
            raise KeyError(f"it has {'more than one' if found else 'no'} part {part}")
        most = _MAX_STRINGS if _plain(part).endswith("sharedstrings.xml") else _MAX_BYTES
        size = tags = 0
        with self._archive.open(found[0]) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                tags += chunk.count(b"<")
                if size > most or tags > _MAX_TAGS:
                    raise self._source.error("unreadable.too_large_workbook", part=part)
                yield chunk

    def parsed(self, part: str, parser: expat.XMLParserType) -> Iterator[None]:
        """Feed a part to a parser; the caller's handlers have seen a bit more of it after each step.

        Raises:
            ReadError: it unpacks to more than it may.
            ExpatError, KeyError, …: as `DAMAGE` lists them.
        """
        fed = 0
        for chunk in self.chunks(part):
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > _MAX_TOKEN:
                raise self._source.error("unreadable.too_large_workbook", part=part)
            yield
        parser.Parse(b"", True)
        yield

    def starts(self, part: str, start: Start) -> None:
        """Hand every element's start to `start`."""
        parser = parser_for(start)
        for _ in self.parsed(part, parser):
            pass

    def related(self, part: str) -> dict[str, Related]:
        """The other parts that a part leads to, by the id of the relationship; none where it has no such list."""
        folder, name = posixpath.split(part)
        listing = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, Related] = {}

        def start(name: str, attributes: Attributes) -> None:
            if name.endswith("Relationship") and attributes.get("TargetMode", "").lower() != "external":
                kind = attributes.get("Type", "").rpartition("/")[2].lower()
                target = unquote(attributes.get("Target", "")).replace("\\", "/")
                found[attributes.get("Id", "")] = Related(kind, posixpath.normpath(posixpath.join("/", folder, target)))

        if self.has(listing):
            self.starts(listing, start)
        return found


def parser_for(start: Start) -> expat.XMLParserType:
    """A parser of untrusted XML: names come with their namespaces, a document type is refused."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def _refuse(name: str, system: str | None, public: str | None, internal: int) -> None:
    raise DTDForbidden(name, system, public)


@contextmanager
def told_damage(source: Source, row: Callable[[], int | None] = lambda: None) -> Iterator[None]:
    """Turn whatever the readers of a damaged package raise into a `ReadError`, with the row if it is known."""
    try:
        yield
    except DTDForbidden:
        raise source.error("unreadable.workbook", row(), why="it declares a document type") from None
    except DAMAGE as error:
        words = error.args[0] if isinstance(error, KeyError) and error.args else error
        why = " ".join(str(words).split()) or type(error).__name__
        raise source.error("unreadable.workbook", row(), why=why) from None


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
