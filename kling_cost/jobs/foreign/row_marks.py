"""What a row of a shot says besides its price: that it is not to be made, or that it stands for several videos."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from kling_cost.jobs.cell_values import to_text
from kling_cost.jobs.foreign.sheet_words import as_word, word_set
from kling_cost.jobs.foreign.table_header import HeaderCell

LEFT_OUT, SEVERAL = "row", "several"
_LIST = re.compile(r"([^\W\d]*)0*[0-9]{1,4}(?:\s*(?:[-–—~〜～,、&+]|and|to)\s*\1?0*[0-9]{1,4})+", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\s*[(（\[【]([^)）\]】]*)[)）\]】]")
_NUMBERS = re.compile("[0-9]{1,4}")
_RANGE = re.compile("[-–—~〜～]|to", re.IGNORECASE)
_SHAPE = re.compile(r"[0-9]{1,2}(?:\.[0-9]+)? ?[:：xX×] ?[0-9]{1,2}")


class Mark(NamedTuple):
    """A cell that leaves open whether its row is one video to be made.

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
    """

    def __init__(
        self, header: Sequence[HeaderCell], fields: Mapping[int, str], rows: Iterable[Mapping[int, Any]]
    ) -> None:
        names = [at for at, field in fields.items() if field in ("job_id", "prompt")]
        self._ids = [at for at in names if fields[at] == "job_id"]
        self._said = {*names, *_headed(header, fields, "states")}
        self._shapes = _headed(header, fields, "shapes")
        self._lists = lists_of_numbers(str(to_text(cells[at])) for cells in rows for at in self._ids if at in cells)

    def of(self, cells: Mapping[int, Any]) -> Iterator[Mark]:
        """The marks of a row, by its cells that are not blank."""
        for at, cell in cells.items():
            text = str(to_text(cell))
            if at in self._said and is_left_out(text):
                yield Mark(LEFT_OUT, at, text)
            if (at in self._ids and text in self._lists) or (at in self._shapes and len(set(_SHAPE.findall(text))) > 1):
                yield Mark(SEVERAL, at, text)


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
    said = (text.strip(" ()（）[]【】*-–—"), first[1] if first else "")
    return any(as_word(word) in word_set("left_out") for word in said if word)


def lists_of_numbers(names: Iterable[str]) -> frozenset[str]:
    """The names of shots that are several numbers, where the numbers of the other shots go on from them.

    >>> sorted(lists_of_numbers(["1-3", "4", "5, 6"])), lists_of_numbers(["1-1", "1-2", "2-1", "3"])
    (['1-3', '5, 6'], frozenset())
    """
    told = [name.strip() for name in names]
    lists = {name: _numbers(name) for name in told if _LIST.fullmatch(name)}
    if not all(_rise(numbers) for numbers in lists.values()):
        return frozenset()  # numbers of scenes and shots
    others = [int(number) for name in told if name not in lists for number in _NUMBERS.findall(name)[:1]]
    known = [*others, *(number for numbers in lists.values() for number in numbers)]
    if len(set(known)) < len(known):
        return frozenset()
    return frozenset(name for name, numbers in lists.items() if _goes_on(numbers, {*known} - {*numbers}))


def _numbers(name: str) -> list[int]:
    found = [int(number) for number in _NUMBERS.findall(name)]
    return [*range(found[0], found[-1] + 1)] if len(found) == len(_RANGE.findall(name)) + 1 else found


def _rise(numbers: Sequence[int]) -> bool:
    return len(numbers) > 1 and all(before < after for before, after in pairwise(numbers))


def _goes_on(numbers: Sequence[int], others: Collection[int]) -> bool:
    return numbers[0] - 1 in others or numbers[-1] + 1 in others
