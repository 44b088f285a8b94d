"""CSV and TSV files, row by row: any separator, any line ends, and no row hidden by another."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import TextIO

from kling_cost.io.sheets.sheet_kind import SheetKind
from kling_cost.io.sources import MAX_RECORD, Source
from kling_cost.problems import Problem, problem

Row = tuple[int, Sequence[str] | Problem]
_SEPARATORS = ",;\t|"
_HEADER_WITHIN = 30
_BEGIN = 64  # bytes that tell what a file is


def read_sheet(source: Source, separator: str | None, kind: SheetKind) -> tuple[int, Sequence[str], Iterator[Row]]:
    """The header's row number, the header, and every row below it.

    Row numbers are those that a spreadsheet program shows; a first line `sep=;` is not a row there. A row whose
    cells do not fit the header comes as a problem.

    Args:
        source: the file.
        separator: the separator, or None to tell it from the first rows.
        kind: what the sheet holds.

    Raises:
        ReadError: the file cannot be read or decoded, is empty, or a quotation mark is never closed.
    """
    rows = numbered_rows(source, separator, kind)
    first = list(islice(rows, _HEADER_WITHIN))
    at = next((i for i, (_, cells) in enumerate(first) if kind.found(cells)), None)
    if at is None:
        at = next((i for i, (_, cells) in enumerate(first) if any(c.strip() for c in cells)), None)
    if at is None:
        raise source.error("unreadable.empty")
    number, header = first[at]
    width = len(header)
    while width and not header[width - 1].strip():
        width -= 1
    return number, header[:width], (fitted(*row, width) for row in chain(first[at + 1 :], rows))


def fitted(number: int, cells: list[str], width: int) -> Row:
    """A row with as many cells as the header has; a problem where it has others that are not blank.

    >>> fitted(2, ["a", "b", ""], 2)
    (2, ['a', 'b'])
    """
    if len(cells) == width or not any(c.strip() for c in cells):
        return number, cells
    if len(cells) > width and not any(c.strip() for c in cells[width:]):
        return number, cells[:width]
    return number, problem("unreadable.ragged", found=len(cells), wanted=width)


def numbered_rows(source: Source, separator: str | None, kind: SheetKind) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every row, the ones above a header among them; the arguments are those of `read_sheet`.

    Raises:
        ReadError: the file cannot be read or decoded, or a quotation mark is never closed.
    """
    number = 0
    try:
        with source.text_stream() as stream:
            lines = _lines(stream)
            first = list(islice(lines, _HEADER_WITHIN))
            skipped, used = _separator(first, separator, kind)
            for cells in csv.reader(chain(first[skipped:], lines), delimiter=used, strict=True):
                number += 1
                yield number, cells
    except csv.Error as error:
        too_long = "field larger" in str(error)
        raise source.error("unreadable.huge_cell" if too_long else "unreadable.quote", number + 1) from None
    except UnicodeError:
        raise source.encoding_error() from None


def _separator(lines: Sequence[str], separator: str | None, kind: SheetKind) -> tuple[int, str]:
    """How many of the first lines say which separator is used, and which it is."""
    declared = declared_separator(lines)
    return (0, separator or told_separator(lines, kind)) if declared is None else (1, declared)


def begins(text: str, separator: str | None, kind: SheetKind) -> tuple[int, str]:
    """Where the first row of a text begins, and the separator that is used.

    Args:
        text: the whole file, without a byte order mark.
        separator, kind: as of `read_sheet`.

    >>> begins("sep=;\\na;b", None, SheetKind({"a": "a"}.get, len, "a", (), bool, bool))
    (6, ';')
    """
    lines = list(islice(_lines(io.StringIO(text, newline="")), _HEADER_WITHIN))
    skipped, used = _separator(lines, separator, kind)
    return len("".join(lines[:skipped])), used


def _lines(stream: TextIO) -> Iterator[str]:
    while line := stream.readline(MAX_RECORD + 1):
        if len(line) > MAX_RECORD:
            raise csv.Error("field larger than a line may be")
        yield line


def header_lines(source: Source) -> list[str]:
    """The first lines, among which the header is looked for.

    Raises:
        ReadError, UnicodeError, csv.Error: they cannot be read.
    """
    with source.text_stream() as stream:
        return list(islice(_lines(stream), _HEADER_WITHIN))


def begin_of_sheet(source: Source) -> bytes:
    """The first bytes of a file, or of one that is held in memory; empty for a stream, which could not be read again.

    Raises:
        ReadError: it cannot be opened.
    """
    if isinstance(source.stream, io.BytesIO):
        return bytes(source.stream.getbuffer()[:_BEGIN])
    if not source.is_file:
        return b""
    with source.open() as stream:
        return stream.read(_BEGIN)


def declared_separator(lines: Sequence[str]) -> str | None:
    """The separator that a first line such as `sep=;` names."""
    first = lines[0].rstrip("\r\n") if lines else ""
    return first[4] if len(first) == 5 and first.lower().startswith("sep=") else None


def told_separator(lines: Sequence[str], kind: SheetKind) -> str:
    """The separator with which the lines name the most columns.

    >>> kind = SheetKind({"model": "model"}.get, len, "model", (), bool, bool)
    >>> told_separator(["model;duration"], kind)
    ';'
    """

    def columns_found(separator: str) -> int:
        names = (name.strip().strip('"') for line in lines for name in line.split(separator))
        return sum(kind.known(name) is not None for name in names)

    return max(_SEPARATORS, key=columns_found)
