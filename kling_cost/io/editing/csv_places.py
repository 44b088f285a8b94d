"""Where the cells of a CSV text stand, told as the reader tells them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_QUOTE = '"'
_END = re.compile(r"\r\n|\r|\n|\Z")


class CellPlace(NamedTuple):
    """A cell.

    Attributes:
        start, end: its characters, quotation marks among them.
        text: what it holds.
        is_quoted: whether it stands in quotation marks.
    """

    start: int
    end: int
    text: str
    is_quoted: bool


class RecordPlace(NamedTuple):
    """A row.

    Attributes:
        start: where it begins.
        end: where its last cell ends.
        after: where the next row begins.
        cells: none in a blank line.
    """

    start: int
    end: int
    after: int
    cells: list[CellPlace]


def records(text: str, separator: str, start: int = 0) -> Iterator[RecordPlace]:
    """Every row of a valid text, from a place on.

    >>> [[cell.text for cell in record.cells] for record in records("a;'b'\\r\\n\\nd;", ";")]
    [['a', "'b'"], [], ['d', '']]
    """
    plain = re.compile(f"[^{re.escape(separator)}\r\n]*")
    at = start
    while at < len(text):
        cells, begin = list[CellPlace](), at
        while text[at] not in "\r\n" or cells:
            cells.append(_cell(text, at, plain))
            at = cells[-1].end
            if text[at : at + 1] != separator:
                break
            at += 1
            if at == len(text) or text[at] in "\r\n":
                cells.append(CellPlace(at, at, "", False))
                break
        end = _END.match(text, at)
        after = at if end is None else end.end()
        yield RecordPlace(begin, at, after, cells)
        at = after


def _cell(text: str, start: int, plain: re.Pattern[str]) -> CellPlace:
    if text[start] != _QUOTE:
        found = plain.match(text, start)
        end = start if found is None else found.end()
        return CellPlace(start, end, text[start:end], False)
    at = start + 1
    while text.startswith(_QUOTE * 2, at := text.index(_QUOTE, at)):
        at += 2
    return CellPlace(start, at + 1, text[start + 1 : at].replace(_QUOTE * 2, _QUOTE), True)


def cell_text(value: str, separator: str, is_quoted: bool) -> str:
    """A value as a cell, in quotation marks where it has to be or the old one was.

    >>> cell_text("off", ";", False), cell_text("off", ";", True), cell_text("a;b", ";", False)
    ('off', '"off"', '"a;b"')
    """
    if not is_quoted and not any(mark in value for mark in (separator, _QUOTE, "\r", "\n")):
        return value
    return _QUOTE + value.replace(_QUOTE, _QUOTE * 2) + _QUOTE
