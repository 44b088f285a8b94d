"""Pieces of a large file of lines, so that several processes can read it and every row keeps its number."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from kling_cost.documents.sources import MEBIBYTE, Source, byte_lines

PIECE = 4 * MEBIBYTE
_LINE_END = b"\n"


class Piece(NamedTuple):
    """Some whole lines of a file.

    Attributes:
        source: the file.
        offset: where they begin, in bytes.
        first: the number of the first of them, from 1.
        size: how many lines.
    """

    source: Source
    offset: int
    first: int
    size: int

    def lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Number and bytes of each line, as `Source.lines` gives them."""
        with self.source.open() as stream:
            stream.seek(self.offset)
            for number, line in islice(byte_lines(stream), self.size):
                yield self.first - 1 + number, line


def has_pieces(source: Source) -> bool:
    """Whether a source can be read in pieces: a regular file of UTF-8, as far as its first bytes tell.

    >>> from kling_cost.documents.sources import name_sources
    >>> has_pieces(name_sources([__file__])[0]), has_pieces(name_sources([__file__], "cp949")[0])
    (True, False)
    """
    if source.stream is not None or source.path is None or not source.path.is_file():
        return False
    with source.open() as stream:
        return source.codec(stream.read(4)) in ("utf-8", "utf-8-sig")


def pieces(source: Source, size: int = PIECE) -> Iterator[Piece]:
    """The lines of a file in pieces of about `size` bytes, told by their line feeds; none of them is held.

    Raises:
        ReadError: it cannot be opened.
    """
    with source.open() as stream:
        start = len(codecs.BOM_UTF8) if stream.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8 else 0
        stream.seek(start)
        position, first, count = start, 1, 0
        while block := stream.read(size):
            end = block.rfind(_LINE_END)
            if end >= 0:
                count += block.count(_LINE_END)
                yield Piece(source, start, first, count)
                start, first, count = position + end + 1, first + count, 0
            position += len(block)
        if position > start:
            yield Piece(source, start, first, 1)
