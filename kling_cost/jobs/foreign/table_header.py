"""The row of a sheet that names its columns, and which columns belong to its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kling_cost.io.sheets.sheet_kind import is_blank
from kling_cost.io.sheets.whole_sheets import WholeSheet
from kling_cost.io.sheets.xlsx.sheet_rows import Row
from kling_cost.jobs.foreign.sheet_words import Heading, heading

_WITHIN = 40  # rows among which the header is looked for
_LONGEST = 60  # characters of a heading
_NO_HEADING = ("{", "}", '":', "\0")
_LOOKED_AT = 500  # rows below it that tell which columns hold anything
PRICED = ("duration", "quality", "sound", "takes")
_NAMING = ("job_id", "prompt", "tag:scene", "model")


class HeaderCell(NamedTuple):
    """A heading: its place from 1, its text on one line, and what it means."""

    column: int
    text: str
    heading: Heading


class TableHeader(NamedTuple):
    """The header of a table of shots.

    Attributes:
        row: its number.
        cells: its headings, those of columns without one among them.
        aside: headings of other tables beside it.
    """

    row: int
    cells: tuple[HeaderCell, ...]
    aside: tuple[HeaderCell, ...]


def header_of(sheet: WholeSheet, options: tuple[str, ...]) -> TableHeader | None:
    """The header of the first table of shots; None for a sheet that has none."""
    scored = [(_score(cells, options), number) for number, cells in sheet.rows[:_WITHIN]]
    best, _ = max(scored, key=lambda one: one[0], default=(0, 0))
    if best == 0:
        return None
    row = next(number for score, number in scored if score == best)
    return TableHeader(row, *_blocks(sheet, row, options))


def headings_in(cells: Sequence[Any], options: tuple[str, ...]) -> list[HeaderCell]:
    """What each text of a row would mean as a heading; a number, or a text that is too long, is none."""
    found = []
    for at, cell in enumerate(cells, 1):
        if isinstance(cell, str) and not is_blank(cell) and len(cell) <= _LONGEST:
            text = " ".join(cell.split())
            found.append(HeaderCell(at, text, heading(cell, options)))
    return found


def _score(cells: Sequence[Any], options: tuple[str, ...]) -> int:
    """How much a row looks like a header; 0 for one that can be none, such as a line of JSON."""
    if any(mark in cell for cell in cells if isinstance(cell, str) for mark in _NO_HEADING):
        return 0
    found = headings_in(cells, options)
    fields = {one.heading.field for one in found if one.heading.field is not None}
    sure = {one.heading.field for one in found if one.heading.is_sure}
    is_header = len(fields) > 1 and fields & {*PRICED} and (sure & {*_NAMING} or len(sure & {*PRICED}) > 1)
    known = sum(one.heading.is_note or one.heading.is_heard for one in found)
    return 2 * len(fields) + known if is_header else 0


def _blocks(
    sheet: WholeSheet, row: int, options: tuple[str, ...]
) -> tuple[tuple[HeaderCell, ...], tuple[HeaderCell, ...]]:
    """The headings of the table, and of others beside it that an empty column parts from it."""
    below = [cells for number, cells in sheet.rows if number >= row][:_LOOKED_AT]
    named = {one.column: one for one in headings_in(below[0], options)}
    blocks = [[named.get(at, HeaderCell(at, "", Heading())) for at in run] for run in _runs(below)]
    main: list[HeaderCell] = []
    aside: list[HeaderCell] = []
    for block in sorted(blocks, key=lambda one: -len(_sure(one))):
        fits = bool(_sure(block)) and not _sure(block) & _sure(main)
        (main if fits else aside).extend(block)
    return tuple(sorted(main)), tuple(sorted(one for one in aside if one.text))


def _runs(rows: Sequence[Sequence[Any]]) -> list[list[int]]:
    """The columns that hold anything, in runs without an empty one between them."""
    used = sorted({at for cells in rows for at, cell in enumerate(cells, 1) if not is_blank(cell)})
    runs: list[list[int]] = []
    for at in used:
        if not runs or at != runs[-1][-1] + 1:
            runs.append([])
        runs[-1].append(at)
    return runs


def _sure(block: Sequence[HeaderCell]) -> set[str]:
    return {one.heading.field for one in block if one.heading.is_sure and one.heading.field is not None}


def is_same_header(cells: Mapping[int, Any], header: Sequence[HeaderCell]) -> bool:
    """Whether a row repeats the headings of a table, in the same words or in those of another language."""
    own = {one.column: one for one in header}
    same = 0
    for at, cell in cells.items():
        text = " ".join(cell.split()) if isinstance(cell, str) else ""
        if at not in own or (own[at].text != text and heading(text).field != own[at].heading.field):
            return False
        same += own[at].text == text or heading(text).field is not None
    return same > 1


def titles_above(rows: Sequence[Row], row: int) -> list[str]:
    """The texts above a header."""
    return [str(cell) for number, cells in rows if number < row for cell in cells if isinstance(cell, str)]


def header_texts(sheet: WholeSheet, row: int) -> list[str]:
    """The texts of a row of headings, each on one line; blank where there is none."""
    cells = next((cells for number, cells in sheet.rows if number == row), [])
    return [" ".join(str(cell).split()) if isinstance(cell, str) else "" for cell in cells]
