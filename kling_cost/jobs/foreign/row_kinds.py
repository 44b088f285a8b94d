"""What a row below the header of a foreign sheet is: a shot, a divider between scenes, a sum, or none of these."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import Any

from kling_cost.io.sheets.sheet_kind import CellFault, is_blank
from kling_cost.jobs.cell_values import to_text
from kling_cost.jobs.foreign.cell_words import READERS, Unclear
from kling_cost.jobs.foreign.sheet_mapping import SheetMapping
from kling_cost.jobs.foreign.sheet_words import as_word, word_set
from kling_cost.jobs.foreign.table_header import PRICED, headings_in

_LONGEST_ID = 12
_SEVERAL = 2


class RowKind(Enum):
    """What a row is."""

    SHOT = "shot"
    NOTHING = "nothing"
    DIVIDER = "divider"
    TOTAL = "total"
    NUMBER_ONLY = "number only"
    OTHER = "other table"
    SHOTS_AGAIN = "table of shots"
    OPEN = "open"


class RowReading:
    """Tells rows apart by the columns of a mapping.

    Args:
        mapping: which column is which field.
        options: options that the price book names itself.
    """

    def __init__(self, mapping: SheetMapping, options: tuple[str, ...] = ()) -> None:
        self._fields = {column.column: name for name, column in mapping.columns.items()}
        self._options, self._words = options, mapping.words
        self._has_names = "job_id" in mapping.columns and "prompt" in mapping.columns

    def kind(self, own: Mapping[int, Any], after_gap: bool, in_other: bool) -> RowKind:
        """What a row is.

        Args:
            own: its own cells by column; those that are blank, and those that are merged with rows above, left out.
            after_gap: whether a blank row stands above it.
            in_other: whether the rows above it belong to another table.
        """
        named = {self._fields[at]: cell for at, cell in own.items() if at in self._fields}
        priced = [name for name in PRICED if name in named]
        if is_total(own, named):
            return RowKind.TOTAL
        if self._heads_shots(own):
            return RowKind.SHOTS_AGAIN
        text = first_text(own)
        if not priced and text is not None and begins_scene(text):
            return RowKind.DIVIDER
        if not priced:
            return self._without_price(own, named, after_gap, in_other)
        return self._with_price(own, named, priced, after_gap, in_other)

    def _without_price(
        self, own: Mapping[int, Any], named: Mapping[str, Any], after_gap: bool, in_other: bool
    ) -> RowKind:
        """What a row is that has no cell in a priced column."""
        if in_other:
            return RowKind.OTHER
        if is_like_id(named.get("job_id")):
            return RowKind.SHOT if "prompt" in named else RowKind.NUMBER_ONLY
        if len(own) == 1:
            return self._single(named)
        if not {"job_id", "prompt"} & named.keys():
            return RowKind.NOTHING
        return RowKind.OTHER if after_gap else RowKind.OPEN

    def _single(self, named: Mapping[str, Any]) -> RowKind:
        """What a row of one cell is, in a column without a price."""
        if "prompt" in named:
            return RowKind.OPEN
        return RowKind.DIVIDER if {"job_id", "tag:scene"} & named.keys() else RowKind.NOTHING

    def _with_price(
        self, own: Mapping[int, Any], named: Mapping[str, Any], priced: Collection[str], after_gap: bool, in_other: bool
    ) -> RowKind:
        clear = sum(self._is_clear(name, named[name]) for name in priced)
        if after_gap and clear == 0:
            return RowKind.OTHER
        if in_other:
            return RowKind.OPEN if clear >= _SEVERAL else RowKind.OTHER
        is_named = not self._has_names or "job_id" in named or "prompt" in named
        return RowKind.SHOT if is_named else RowKind.OPEN

    def _is_clear(self, name: str, cell: Any) -> bool:
        if isinstance(cell, CellFault):
            return False
        return str(to_text(cell)) in self._words.get(name, {}) or not isinstance(READERS[name](cell, "up"), Unclear)

    def _heads_shots(self, own: Mapping[int, Any]) -> bool:
        """Whether a row heads another table of shots."""
        cells = [own.get(at) for at in range(1, max(own) + 1)]
        fields = {one.heading.field for one in headings_in(cells, self._options)}
        return "duration" in fields and len(fields - {None}) > _SEVERAL


def first_text(own: Mapping[int, Any]) -> str | None:
    """The first cell of a row, if that is a text."""
    first = own[min(own)] if own else None
    return first if isinstance(first, str) else None


def is_total(own: Mapping[int, Any], named: Mapping[str, Any]) -> bool:
    """Whether a row is one of sums, by its words.

    >>> is_total({3: "Total:", 4: 21}, {}), is_total({1: "12", 3: "Total darkness"}, {})
    (True, False)
    """
    words = [cell for cell in own.values() if isinstance(cell, str) and _says_total(cell)]
    has_text = named.get("prompt", words[0] if words else "") not in words or "quality" in named
    return bool(words) and not (has_text and is_like_id(named.get("job_id")))


def _says_total(text: str) -> bool:
    before, colon, _ = text.replace("：", ":").partition(":")
    before = before.partition("(")[0].partition("（")[0]
    return as_word(before.strip(" =·-–—")) in word_set("totals") and (bool(colon) or len(text) <= len(before) + 12)


def begins_scene(text: str) -> bool:
    """Whether a text begins with a word that names a part of a film.

    >>> begins_scene("SCENE 2 – HARBOUR"), begins_scene("第二场"), begins_scene("Scenery"), begins_scene("S02")
    (True, True, False, False)
    """
    plain = text.strip(" =*#-–—[]【】<>").casefold()
    for word in word_set("dividers"):
        rest = plain[len(word) :]
        if plain.startswith(word) and (not rest or not rest[0].isalpha() or not word.isascii()):
            return True
    return False


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
