"""What a row below the header of a foreign sheet is: a shot, a divider between scenes, a sum, or none of these.

A shot may be marked as one that is not to be made, or that stands for several videos.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import pairwise
from typing import Any, NamedTuple

from kling_cost.io.sheets.sheet_kind import CellFault, is_blank
from kling_cost.io.sheets.xlsx.sheet_rows import column_letters
from kling_cost.jobs.cell_values import to_text
from kling_cost.jobs.foreign.cell_words import READERS, Unclear
from kling_cost.jobs.foreign.sheet_mapping import SheetMapping
from kling_cost.jobs.foreign.sheet_words import Heading, as_word, heading, word_set
from kling_cost.jobs.foreign.table_header import PRICED, HeaderCell, headings_in

_LONGEST_ID = 12
_SEVERAL, _FEW = 2, 3
_SHORT = 3  # letters of a word that names of shots begin with, too
_BRACKETED = re.compile(r"[(（\[][^)）\]]*[)）\]]")
_COLON = re.compile("[:：]")
_TO_FILL_IN = re.compile(r"(?:[^:：]{1,40}[:：])?[\s_.…‥-]*")  # as in "Approved by: ____"
_DIGITS = re.compile("[0-9]+")
_LONGEST_TITLE = 40
_MAY_BE_NONE, _MAY_BE_MORE = "row", "several"
_LIST = re.compile(r"([^\W\d]*)0*[0-9]{1,4}(?:\s*(?:[-–—~〜～,、&+]|and|to)\s*\1?0*[0-9]{1,4})+", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\s*[(（\[【]([^)）\]】]*)[)）\]】]")
_NUMBERS = re.compile("[0-9]{1,4}")
_RANGE = re.compile("[-–—~〜～]|to", re.IGNORECASE)
_SHAPE = re.compile(r"[0-9]{1,2}(?:\.[0-9]+)? ?[:：xX×] ?[0-9]{1,2}")


class RowKind(Enum):
    """What a row is."""

    SHOT = "shot"
    NOTHING = "nothing"
    DIVIDER = "divider"
    TOTAL = "total"
    NUMBER_ONLY = "number only"
    OTHER = "other table"
    SHOTS_AGAIN = "table of shots"
    LEFT_OUT = "left out"
    OPEN = "open"


class RowReading:
    """Tells rows apart by the columns of a mapping.

    Args:
        mapping: which column is which field.
        options: options that the price book names itself.
    """

    def __init__(self, mapping: SheetMapping, options: tuple[str, ...] = ()) -> None:
        self._fields = {column.column: name for name, column in mapping.columns.items()}
        self._answers = {"quality", "sound"} & mapping.columns.keys()
        self._is_numbered = "job_id" in mapping.columns
        self._options, self._words = options, mapping.words
        self._is_named = bool({"job_id", "prompt"} & mapping.columns.keys())

    def kind(self, own: Mapping[int, Any], is_apart: bool, in_other: bool) -> RowKind:
        """What a row is.

        Args:
            own: its own cells by column; those that are blank, and those that are merged with rows above, left out.
            is_apart: whether a blank row or a row of sums stands above it.
            in_other: whether the rows above it belong to another table.
        """
        named = {self._fields[at]: cell for at, cell in own.items() if at in self._fields}
        priced = [name for name in PRICED if name in named]
        if is_total(own, named):
            return RowKind.TOTAL
        if self._heads_shots(own):
            return RowKind.SHOTS_AGAIN
        if "prompt" not in named and _is_of_scene(own):
            return RowKind.OPEN if priced else RowKind.DIVIDER
        if not priced:
            return RowKind.OTHER if in_other else self._without_price(own, named, is_apart)
        return self._with_price(named, priced, is_apart, in_other)

    def _without_price(self, own: Mapping[int, Any], named: Mapping[str, Any], is_apart: bool) -> RowKind:
        """What a row is that has no cell in a priced column."""
        if any(map(is_left_out, named.values())):
            return RowKind.LEFT_OUT
        if is_like_id(named.get("job_id")):
            return RowKind.SHOT if "prompt" in named else RowKind.NUMBER_ONLY
        if len(own) == 1:
            return self._single(named)
        if self._is_named and not {"job_id", "prompt"} & named.keys():
            return RowKind.NOTHING
        return RowKind.OTHER if is_apart else RowKind.OPEN

    def _single(self, named: Mapping[str, Any]) -> RowKind:
        """What a row of one cell is, in a column without a price."""
        if "prompt" in named:
            title = str(to_text(named["prompt"]))
            is_divider = self._is_numbered and len(title) <= _LONGEST_TITLE and begins_scene(title)
            return RowKind.DIVIDER if is_divider else RowKind.OPEN
        return RowKind.DIVIDER if {"job_id", "tag:scene"} & named.keys() else RowKind.NOTHING

    def _with_price(self, named: Mapping[str, Any], priced: Collection[str], is_apart: bool, in_other: bool) -> RowKind:
        """What a row is that has a cell in a priced column."""
        clear = sum(self._is_clear(name, named[name]) for name in priced)
        if in_other or (is_apart and clear == 0):
            return RowKind.OPEN if clear >= _SEVERAL else RowKind.OTHER
        unpriced = None if clear else _without_value(named, priced)
        return unpriced or (RowKind.SHOT if self._has_name(named, is_apart or clear == 0) else _nameless(named))

    def _has_name(self, named: Mapping[str, Any], is_apart: bool) -> bool:
        """Whether a row says which shot it is; apart from the others, or without what sums lack, a word is no name."""
        is_word = is_apart or bool(self._answers - named.keys())
        has_id = "job_id" in named and (not is_word or is_like_id(named["job_id"]))
        return has_id or "prompt" in named or not self._is_named

    def _is_clear(self, name: str, cell: Any) -> bool:
        if isinstance(cell, CellFault):
            return False
        return str(to_text(cell)) in self._words.get(name, {}) or not isinstance(READERS[name](cell, "up"), Unclear)

    def _heads_shots(self, own: Mapping[int, Any]) -> bool:
        """Whether a row heads another table of shots."""
        cells = [own.get(at) for at in range(1, max(own) + 1)]
        fields = {one.heading.field for one in headings_in(cells, self._options) if not one.heading.is_inside}
        return "duration" in fields and len(fields - {None}) > _SEVERAL


def _without_value(named: Mapping[str, Any], priced: Collection[str]) -> RowKind | None:
    """What a row is whose priced cells say nothing: the headings of another table, a line to fill in, or open."""
    if any(_heads(name, named[name]) for name in priced):
        return RowKind.OTHER
    is_form = all(isinstance(cell, str) and _TO_FILL_IN.fullmatch(cell) for cell in named.values())
    return RowKind.NOTHING if is_form else None


def _heads(name: str, cell: Any) -> bool:
    """Whether a cell is a heading for the field of its column, as another table has it."""
    found = heading(cell) if isinstance(cell, str) else Heading()
    return found.is_sure and found.field == name


def _nameless(named: Mapping[str, Any]) -> RowKind:
    """What a row of numbers without a name is: sums where a formula is among them, else open."""
    has_formula = any(isinstance(cell, CellFault) for cell in named.values())
    return RowKind.TOTAL if has_formula and "job_id" not in named else RowKind.OPEN


def first_text(own: Mapping[int, Any]) -> str | None:
    """The first cell of a row, if that is a text."""
    first = own[min(own)] if own else None
    return first if isinstance(first, str) else None


def _is_of_scene(own: Mapping[int, Any]) -> bool:
    return begins_scene(first_text(own) or "")


def is_total(own: Mapping[int, Any], named: Mapping[str, Any]) -> bool:
    """Whether a row is one of sums, by its words; no sum has a resolution or sound, nor a number and a description.

    >>> [is_total({3: text, 4: 21}, {"prompt": text}) for text in ("Total:", "Total darkness")]
    [True, False]
    """
    if "quality" in named or "sound" in named:
        return False
    texts = [cell for cell in own.values() if isinstance(cell, str)]
    words = [text for text in texts if _is_total_word(text) or (text != named.get("prompt") and _has_total_word(text))]
    return bool(words) and all(named[name] in words for name in ("job_id", "prompt") if name in named)


def _is_total_word(text: str) -> bool:
    """Whether a text is a word for sums, with what it comes to behind a colon, or a number of shots."""
    word = as_word(_before_colon(text))
    return word in word_set("totals") or (word != (bare := _DIGITS.sub("", word)) and bare in word_set("counted"))


def _has_total_word(text: str) -> bool:
    """Whether a text of two or three words begins or ends with one for sums."""
    parts = _before_colon(text).split()
    return 1 < len(parts) <= _FEW and bool(word_set("totals") & {as_word(parts[0]), as_word(parts[-1])})


def _before_colon(text: str) -> str:
    return _COLON.split(_BRACKETED.sub(" ", text).strip(" =·-–—:："))[0].strip()


def begins_scene(text: str) -> bool:
    """Whether a text begins with a word that names a part of a film.

    >>> begins_scene("SCENE 2 – HARBOUR"), begins_scene("第二场"), begins_scene("Scenery"), begins_scene("SC01_SH02")
    (True, True, False, False)
    """
    plain = text.strip(" =*#-–—[]【】<>").casefold()
    return any(_begins(plain, word) for word in word_set("dividers"))


def _begins(text: str, word: str) -> bool:
    """Whether a text is a word, or begins with it and goes on with another; a short one only before a blank."""
    rest = text[len(word) :]
    if not text.startswith(word) or not rest or not word.isascii():
        return text.startswith(word)
    return rest[0] in " .:" or (len(word) > _SHORT and not rest[0].isalpha() and rest[0] not in "_-")


def is_like_id(cell: Any) -> bool:
    """Whether a cell could name a shot: a number, or a short word that has one.

    >>> is_like_id(3), is_like_id("12A"), is_like_id("SC01_SH010"), is_like_id("Director"), is_like_id("Act two")
    (True, True, True, False, False)
    """
    if cell is None or isinstance(cell, (bool, CellFault)):
        return False
    text = str(to_text(cell))
    return len(text) <= 2 * _LONGEST_ID and any(c.isdigit() for c in text) and len(text.split()) <= _SEVERAL


def cells_here(cells: Sequence[Any], columns: Collection[int]) -> dict[int, Any]:
    """The cells of a row in some columns that are not blank."""
    return {at: cells[at - 1] for at in sorted(columns) if at <= len(cells) and not is_blank(cells[at - 1])}


class Mark(NamedTuple):
    """A cell that leaves open whether its row is one video to be made.

    By what it says, where it is struck out, or where its row may tell more of the shot above.

    Attributes:
        kind: `row` for one that may not be made, `several` for one that may be more than one video.
        column: its place, from 1.
        text: what it says.
    """

    kind: str
    column: int
    text: str


class RowMarks:
    """Finds the marks of rows.

    Args:
        header: the headings of the table.
        fields: by column: the field that it is.
        rows: the cells by column of every row of the table.
        struck: places of cells that are struck out, row and column from 1.
        merged: places of cells whose value stands in a merged cell above them.
    """

    def __init__(
        self,
        header: Sequence[HeaderCell],
        fields: Mapping[int, str],
        rows: Iterable[Mapping[int, Any]],
        struck: Collection[tuple[int, int]] = (),
        merged: Collection[tuple[int, int]] = (),
    ) -> None:
        names = [at for at, field in fields.items() if field in ("job_id", "prompt")]
        self._names, self._struck, self._merged = names, struck, merged
        self._lengths = [at for at, field in fields.items() if field == "duration"]
        self._ids = [at for at in names if fields[at] == "job_id"]
        self._spoken = {*names, *_headed(header, fields, "states")}
        self._shapes = _headed(header, fields, "shapes")
        ids = (str(to_text(cells[at])).strip() for cells in rows for at in self._ids if at in cells)
        self._lists = lists_of_numbers(ids)

    def of(self, number: int, cells: Mapping[int, Any]) -> Iterator[Mark]:
        """The marks of a row of a number, by its cells that are not blank."""
        yield from self._struck_out(number, cells)
        yield from self._of_shot_above(number, cells)
        for at, cell in cells.items():
            text = str(to_text(cell))
            if at in self._spoken and is_left_out(text):
                yield Mark(_MAY_BE_NONE, at, text)
            if (at in self._ids and text.strip() in self._lists) or (
                at in self._shapes and len(set(_SHAPE.findall(text))) > 1
            ):
                yield Mark(_MAY_BE_MORE, at, text)

    def _of_shot_above(self, number: int, cells: Mapping[int, Any]) -> Iterator[Mark]:
        """The mark of a row that may tell more of the shot above: its number and its length are merged with those."""
        if self._ids and all((number, at) in self._merged for at in (*self._ids, *self._lengths)):
            own = next((at for at in cells if (number, at) not in self._merged), None)
            if own is not None:
                yield Mark(_MAY_BE_NONE, own, str(to_text(cells[own])))

    def _struck_out(self, number: int, cells: Mapping[int, Any]) -> Iterator[Mark]:
        """The mark of a row whose name or description is struck out."""
        struck = [at for at in self._names if at in cells and (number, at) in self._struck]
        if struck:
            place = f"{column_letters(struck[0])}{number}"
            yield Mark(
                _MAY_BE_NONE, struck[0], next((str(to_text(cells[at])) for at in struck if at not in self._ids), place)
            )


def _headed(header: Sequence[HeaderCell], fields: Mapping[int, str], words: str) -> set[int]:
    """The columns with a heading among some words that are no priced field."""
    priced = {at for at, field in fields.items() if not field.startswith("tag:")}
    return {one.column for one in header if one.column not in priced and as_word(one.text) in word_set(words)}


def is_left_out(cell: Any) -> bool:
    """Whether a cell says that its row is not to be made, or not as a video.

    >>> [is_left_out(text) for text in ("OMITTED", "(欠番)", "[cut] A cafe", "Cut to black")]
    [True, True, True, False]
    """
    text = str(to_text(cell))
    first = _IN_BRACKETS.match(text)
    whole = text.strip(" ()（）[]【】*-–—")
    return any(as_word(word) in word_set("left_out") for word in (whole, first[1] if first else "") if word)


def lists_of_numbers(names: Iterable[str]) -> frozenset[str]:
    """The names of shots that are several numbers, where the numbers of the other shots go on from them.

    >>> sorted(lists_of_numbers(["1-3", "4", "5, 6"])), lists_of_numbers(["1-1", "1-2", "2-1", "3"])
    (['1-3', '5, 6'], frozenset())
    """
    numbers = {name: _numbers(name) for name in names}
    lists = {name: found for name, found in numbers.items() if _LIST.fullmatch(name)}
    known = [number for found in numbers.values() for number in found]
    if len({*known}) < len(known) or not all(map(_rise, lists.values())):
        return frozenset()  # these are numbers of scenes and shots
    return frozenset(name for name, found in lists.items() if _goes_on(found, {*known} - {*found}))


def _numbers(name: str) -> list[int]:
    """The numbers that a name of shots says; of one that is no list, the first."""
    found = [int(number) for number in _NUMBERS.findall(name)]
    if not _LIST.fullmatch(name):
        return found[:1]
    return [*range(found[0], found[-1] + 1)] if len(found) == len(_RANGE.findall(name)) + 1 else found


def _rise(numbers: Sequence[int]) -> bool:
    return len(numbers) > 1 and all(before < after for before, after in pairwise(numbers))


def _goes_on(numbers: Sequence[int], others: Collection[int]) -> bool:
    return numbers[0] - 1 in others or numbers[-1] + 1 in others
