"""Split a large file of lines among processes, so that every row keeps its number."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from kling_cost.io.sources import MEBIBYTE, Source, byte_lines

CHUNK_SIZE = 4 * MEBIBYTE
_LINE_END = b"\n"
_LONGEST_MARK = 4  # bytes of a byte order mark


class Chunk(NamedTuple):
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
            for number, line in islice(byte_lines(stream, self.source), self.size):
                yield self.first - 1 + number, line


def is_splittable(source: Source) -> bool:
    """Whether a source can be read in chunks: a regular file of UTF-8, as far as its first bytes tell.

    >>> from kling_cost.io.sources import name_sources
    >>> is_splittable(name_sources([__file__])[0]), is_splittable(name_sources([__file__], "cp949")[0])
    (True, False)
    """
    if not source.is_file:
        return False
    return begin_of(source) is not None


def begin_of(source: Source) -> int | None:
    """Where the text of a file of UTF-8 begins, after a byte order mark; None where its encoding is another.

    Raises:
        ReadError: it cannot be opened.
    """
    with source.open() as stream:
        codec = source.codec(stream.read(_LONGEST_MARK))
    return {"utf-8": 0, "utf-8-sig": len(codecs.BOM_UTF8)}.get(codec)


def chunks(source: Source, size: int = CHUNK_SIZE) -> Iterator[Chunk]:
    """The lines of a file in chunks of about `size` bytes, split at line feeds; no chunk is kept in memory.

    Raises:
        ReadError: it cannot be opened.
    """
    start = begin_of(source) or 0
    with source.open() as stream:
        stream.seek(start)
        position, first, count = start, 1, 0
        while block := stream.read(size):
            end = block.rfind(_LINE_END)
            if end >= 0:
                count += block.count(_LINE_END)
                yield Chunk(source, start, first, count)
                start, first, count = position + end + 1, first + count, 0
            position += len(block)
        if position > start:
            yield Chunk(source, start, first, 1)
