"""Input files and standard input: how they are named in messages, opened and decoded."""

from __future__ import annotations

import codecs
import io
import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import IO, AnyStr, BinaryIO, NamedTuple

from kling_cost.problems import ReadError, UsageError, problem, shown
from kling_cost.python_values import path as checked_path

MEBIBYTE = 1 << 20
MAX_RECORD = 4 * MEBIBYTE
LONGEST_LINE = 64 * MEBIBYTE  # a longer line is taken for an endless one
_MOST_HELD = 8 * MEBIBYTE  # of a stream that may have to be read again; what people write in sheets is less
_LONGEST_PATH, _LONGEST_NAME = 4_096, 200
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: it begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Source(NamedTuple):
    """One input: a file, or a stream that is already open.

    Attributes:
        name: what messages and job ids call it.
        path: the file, or None for a stream.
        stream: the open binary stream, or None for a file.
        encoding: what the user said about its text; None means UTF-8, or UTF-16 with a byte order mark.
        typed: the path as the user gave it; empty for a stream.
    """

    name: str
    path: Path | None
    stream: BinaryIO | None = None
    encoding: str | None = None
    typed: str = ""

    @property
    def place(self) -> str:
        """What an error that stops the run calls it: the path as it was typed."""
        return _visible(self.typed, _LONGEST_PATH) if self.typed else self.name

    @property
    def suffix(self) -> str:
        """The end of its file name that tells its form, in small letters, however long the name is.

        >>> name_sources(["spring/JOBS.JSONL"])[0].suffix
        '.jsonl'
        """
        return PurePath(self.typed or self.name).suffix.lower()

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file, which can be read more than once."""
        return self.stream is None and stat.S_ISREG(self._mode())

    @property
    def is_repeatable(self) -> bool:
        """Whether it can be read more than once: a regular file, or bytes in memory."""
        return isinstance(self.stream, io.BytesIO) or self.is_file

    def held(self) -> Source:
        """The same; a stream of at most 8 MiB is in memory then, and can be read more than once.

        >>> Source("stdin", None, io.BufferedReader(io.BytesIO(b"a,b"))).held().is_repeatable
        True
        """
        if self.stream is None or self.is_repeatable:
            return self
        begin = self.stream.read(_MOST_HELD)
        is_whole = len(begin) < _MOST_HELD
        return self._replace(stream=io.BytesIO(begin) if is_whole else io.BufferedReader(_Raw(self.stream, begin)))

    @property
    def is_pipe(self) -> bool:
        """Whether it is a named pipe."""
        return self.stream is None and stat.S_ISFIFO(self._mode())

    def _mode(self) -> int:
        """What kind of file is there; 0 where none is, or where no file can have such a name."""
        try:
            return os.stat(self.path or "").st_mode
        except (OSError, ValueError):
            return 0

    def open(self) -> BinaryIO:
        """Open for reading bytes.

        Raises:
            ReadError: the file does not exist, is a folder, or cannot be read.
        """
        if isinstance(self.stream, io.BytesIO):
            return io.BytesIO(self.stream.getvalue())  # from its beginning, each time
        if self.stream is not None:
            return self.stream
        try:
            return open(self.path or "", "rb")
        except FileNotFoundError:
            raise self.error("unreadable.no_file") from None
        except IsADirectoryError:
            raise self.error("unreadable.folder") from None
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise self.error("unreadable.cannot_open", why=why) from None

    def read(self, limit: int) -> bytes:
        """All bytes, at most `limit` of them.

        Raises:
            ReadError: it cannot be read, is empty, or is larger.
        """
        with self.open() as stream:
            try:
                data = stream.read(limit + 1)
            except OSError as error:
                raise self.error("unreadable.cannot_open", why=error.strerror or str(error)) from None
        if len(data) > limit:
            raise self.error("unreadable.too_large", limit=f"{limit // MEBIBYTE} MiB")
        if not data:
            raise self.error("unreadable.empty")
        return data

    def decode(self, data: bytes) -> str:
        """Text from the bytes of this source; a byte order mark is taken off.

        Raises:
            ReadError: they are not in the encoding.
        """
        try:
            return data.decode(self.codec(data[:4]))
        except (ValueError, LookupError):
            raise self.encoding_error() from None

    def text_stream(self) -> io.TextIOWrapper:
        """Open for reading text chunk by chunk, line ends untouched. The codec's own errors come through."""
        buffered = self.open()
        if not isinstance(buffered, io.BufferedReader):
            buffered = io.BufferedReader(_Raw(buffered))
        codec = self.codec(buffered.peek(4)[:4])
        try:
            return io.TextIOWrapper(buffered, encoding=codec, errors="strict", newline="")
        except (ValueError, LookupError):
            buffered.close()
            raise self.encoding_error() from None

    def lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Number (from 1) and UTF-8 bytes of each line; only a line feed ends a line.

        A line longer than 4 MiB comes as None, without having been held in memory.

        Raises:
            ReadError: it cannot be opened, a line does not end, or a UTF-16 or declared encoding does not hold.
        """
        stream = self.open()
        with stream:
            buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(_Raw(stream))
            codec = self.codec(buffered.peek(4)[:4])
            if codec in ("utf-8", "utf-8-sig"):
                yield from byte_lines(buffered, self, skip=3 if codec == "utf-8-sig" else 0)
                return
            try:
                with io.TextIOWrapper(buffered, encoding=codec, newline="\n") as text:
                    for number, line in _numbered(text, self, "\n"):
                        yield number, line.encode("utf-8", "surrogatepass") if line is not None else None
            except (ValueError, LookupError):
                raise self.encoding_error() from None

    def error(self, key: str, row: int | None = None, field: str = "", **params: object) -> ReadError:
        """A `ReadError` about this source."""
        return ReadError(problem(key, field, **params).at(None, self.place, row))

    def endless(self, row: int | None = None) -> ReadError:
        """The `ReadError` for a line without an end, such as a device gives that never stops."""
        return self.error("unreadable.endless_line", row, limit=f"{LONGEST_LINE // MEBIBYTE} MiB")

    def codec(self, start: bytes) -> str:
        """The encoding of its text, taken from its byte order mark if it has one."""
        for bom, codec in _BOMS:
            if start.startswith(bom):
                return codec
        return self.encoding or "utf-8"

    def encoding_error(self) -> ReadError:
        """The `ReadError` for text that is not in its encoding, or for an unknown encoding."""
        try:
            codecs.lookup(self.encoding or "utf-8")
        except (ValueError, LookupError):  # the former for a name with a null character
            return self.error("unreadable.unknown_encoding", encoding=self.encoding)
        return self.error("unreadable.encoding", encoding=(self.encoding or "UTF-8").upper())


class _Raw(io.RawIOBase):
    """Lets a plain binary stream, such as BytesIO, be buffered and peeked at, behind what was read of it."""

    def __init__(self, stream: BinaryIO, begin: bytes = b"") -> None:
        self._stream, self._begin = stream, memoryview(begin)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data: bytes | memoryview = self._begin[: len(view)] or self._stream.read(len(view))
        self._begin = self._begin[len(view) :]
        view[: len(data)] = data
        return len(data)


def byte_lines(stream: BinaryIO, source: Source, skip: int = 0) -> Iterator[tuple[int, bytes | None]]:
    """Number (from 1) and bytes of each line after `skip` bytes; None for a line longer than 4 MiB.

    Raises:
        ReadError: a line does not end.

    >>> list(byte_lines(io.BytesIO(b"a\\nb"), Source("a", None)))
    [(1, b'a\\n'), (2, b'b')]
    """
    stream.read(skip)
    return _numbered(stream, source, b"\n")


def _numbered(stream: IO[AnyStr], source: Source, end: AnyStr) -> Iterator[tuple[int, AnyStr | None]]:
    number = 0
    while line := stream.readline(MAX_RECORD + 1):
        number += 1
        if len(line) <= MAX_RECORD:
            yield number, line
            continue
        yield number, None
        for _ in range(LONGEST_LINE // MAX_RECORD):
            line = stream.readline(MAX_RECORD)
            if not line or line.endswith(end):
                break
        else:
            raise source.endless(number)


def name_sources(paths: Sequence[str | os.PathLike[str]], encoding: str | None = None) -> list[Source]:
    """Name files as short as possible: without folder, or the shortest end of the path that tells them apart.

    Raises:
        UsageError: one of them is not a path.

    >>> [s.name for s in name_sources(["spring/a.csv", "b.csv", "autumn/a.csv"])]
    ['spring/a.csv', 'b.csv', 'autumn/a.csv']
    """
    typed = [PurePath(os.fspath(checked_path(path, "a file"))) for path in paths]
    ends = _Ends(set(typed))
    names = [ends.shortest(path) for path in typed]
    short = [_visible(name, _LONGEST_NAME) for name in names]
    counts = Counter(dict(zip(names, short, strict=True)).values())  # names that differ only in what is cut
    return [
        Source(cut if counts[cut] == 1 else _visible(name, _LONGEST_PATH), Path(path), None, encoding, os.fspath(path))
        for name, cut, path in zip(names, short, paths, strict=True)
    ]


def refuse_repeated(sources: Iterable[Source]) -> None:
    """Refuse a file that is passed twice, whatever it is called, since what it holds would count double.

    Raises:
        UsageError: two sources are one file.

    >>> refuse_repeated(name_sources(["a.csv", "b.csv"]))
    """
    seen: set[str] = set()
    for source in sources:
        file = source.name if source.path is None else os.path.realpath(source.path)
        if file in seen:
            raise UsageError(f"{source.name} is passed more than once")
        seen.add(file)


def _visible(name: str, limit: int) -> str:
    """A name as messages show it, whatever bytes it is made of."""
    return shown(_composed(name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")), limit)


def _composed(name: str) -> str:
    """A name as people type it; some systems take accents and syllables apart in names of files."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


class _Ends:
    """Counts how many paths share an end, so that many files are named in little time."""

    def __init__(self, paths: set[PurePath]) -> None:
        self._paths = paths
        self._counts: dict[int, Counter[tuple[str, ...]]] = {}

    def shortest(self, path: PurePath) -> str:
        """The shortest end of a path that no other has."""
        parts = path.parts
        for length in range(1, len(parts) + 1):
            counts = self._counts.get(length)
            if counts is None:
                counts = self._counts[length] = Counter(other.parts[-length:] for other in self._paths)
            if counts[parts[-length:]] == 1:
                return PurePath(*parts[-length:]).as_posix()
        return path.as_posix() if parts else str(path)
