"""A proposal of what the columns of a foreign sheet mean, each with its reason; what is open is asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from kling_cost.io.sheets.sheet_kind import CellFault
from kling_cost.io.sheets.whole_sheets import WholeSheet
from kling_cost.jobs.cell_values import to_text
from kling_cost.jobs.columns import TAG, known_name
from kling_cost.jobs.foreign.cell_words import (
    READERS,
    Unclear,
    are_counted_up,
    are_grades,
    circle_and_cross,
    have_digits,
)
from kling_cost.jobs.foreign.questions import NOT_READ
from kling_cost.jobs.foreign.row_kinds import cells_here
from kling_cost.jobs.foreign.sheet_mapping import ASK, MappedColumn, SheetMapping, asked_as, field_of
from kling_cost.jobs.foreign.sheet_words import (
    SCENE,
    Heading,
    as_word,
    heading,
    is_video_model,
    speaks_of_quality,
    speaks_of_takes,
    word_set,
)  # fmt: skip
from kling_cost.jobs.foreign.table_header import PRICED, HeaderCell, TableHeader, header_of, titles_above
from kling_cost.jobs.spelling import closest_field
from kling_cost.pricebook.load import load_prices

_HEADING, _VALUES, _FEW = "its heading", "its values", "few different values"
_MOST_READ = 5  # of so many values, all but one have to be read where a heading alone does not settle what it means
_MOST_TAKES = 20  # more of one shot nobody orders
_FULL_ROW = 3  # cells that a row has to have to tell what its columns are
_WORDS = re.compile(r"[\s,;:/|()（）、，：・?？]+")
_PRIMES = "\"'″”′"
_LONG = 20  # characters of a text that describes a shot
_FEW_VALUES, _LONGEST_LABEL = 12, 40


class Proposal(NamedTuple):
    """How a sheet would be read.

    Attributes:
        mapping: which column is which field.
        header: its header.
        is_storyboard: whether it has headings that no sheet of ours has.
    """

    mapping: SheetMapping
    header: TableHeader
    is_storyboard: bool


def propose(sheet: WholeSheet, options: tuple[str, ...] = ()) -> Proposal | None:
    """How to read a sheet; None for one that has no table of shots.

    Args:
        sheet: the sheet.
        options: options that the price book names itself.
    """
    header = header_of(sheet, options)
    if header is None:
        return None
    found = _Finding(sheet, header)
    foreign = [one.heading for one in header.cells if one.text and known_name(one.text, options) is None]
    return Proposal(found.mapping(), header, _are_of_storyboards(foreign))


def _are_of_storyboards(headings: Sequence[Heading]) -> bool:
    """Whether headings that are none of ours are those of a storyboard."""
    if any(one.is_sure and one.field in ("job_id", "prompt", SCENE) for one in headings):
        return True
    is_noted = any(one.is_note or one.is_heard or one.is_label for one in headings)
    return is_noted and any(one.field in PRICED for one in headings)


class _Finding:
    """Settles column after column."""

    def __init__(self, sheet: WholeSheet, header: TableHeader) -> None:
        self._sheet, self._header = sheet, header
        self._values = _column_values(sheet, header)
        self._columns: dict[str, MappedColumn] = {}
        self._words: dict[str, dict[str, str]] = {}

    def mapping(self) -> SheetMapping:
        """The mapping that is found: first what headings settle, then what stands below them."""
        for name, cells in self._sure().items():
            self._settle(name, cells)
        for one in self._header.cells:
            if one.heading.field is None or not one.heading.is_sure:
                self._open(one)
        for one in self._lengths_aside():
            self._ask("duration", one)
        return self._mapping()

    def _mapping(self) -> SheetMapping:
        taken = {column.column for column in self._columns.values()}
        left = [one for one in self._header.cells if one.column not in taken and one.text]
        not_read = tuple(MappedColumn(one.text, one.column) for one in left)
        beside = tuple(one.text for one in self._header.aside)
        columns = dict(sorted(self._columns.items(), key=lambda item: item[1].column))
        title, row = self._sheet.title, self._header.row
        return SheetMapping(title, row, columns, not_read, None, self._unsaid(), self._words, beside=beside)

    def _lengths_aside(self) -> list[HeaderCell]:
        """The lengths of another table of shots beside this one."""
        aside = [one for one in self._header.aside if one.heading.is_sure]
        has_shots = {"job_id", "prompt"} & {one.heading.field for one in aside}
        return [one for one in aside if has_shots and one.heading.field == "duration"]

    def _sure(self) -> dict[str, list[HeaderCell]]:
        """By field: the columns whose headings mean it, whatever stands below."""
        sure: dict[str, list[HeaderCell]] = {}
        for one in self._header.cells:
            if one.heading.is_sure and one.heading.field is not None:
                sure.setdefault(one.heading.field, []).append(one)
        return sure

    def _settle(self, name: str, cells: list[HeaderCell]) -> None:
        """The column of a field that headings name; of several, the one that holds it."""
        one = self._best(name, cells)
        if one is None:
            for each in cells:
                self._ask(name, each)
            return
        if name == "sound":
            self._words = circle_and_cross(self._values.get(one.column, []))
        has_no_answers = (
            name == "sound"
            and self._values.get(one.column)
            and self._read(name, one) * 2 < len(self._values[one.column])
        )
        is_other_unit = name == "duration" and one.heading.unit == "other" and not self._has_clock(one)
        if has_no_answers or is_other_unit:
            self._ask(name, one)
        else:
            self._columns[name] = MappedColumn(one.text, one.column, _HEADING)

    def _best(self, name: str, cells: list[HeaderCell]) -> HeaderCell | None:
        """The one of several columns that is meant; None where that is open."""
        if len(cells) == 1:
            return cells[0]
        if name == "prompt":
            return max(cells, key=lambda one: sum(len(str(cell)) for cell in self._values.get(one.column, ())))
        if name == "job_id":
            return next((one for one in cells if self._is_unique(one)), cells[0])
        if name not in PRICED:
            return cells[0]
        filled = [one for one in cells if self._values.get(one.column)]
        in_seconds = [one for one in filled if one.heading.unit != "other"]
        return in_seconds[0] if len(in_seconds) == 1 else None

    def _is_unique(self, one: HeaderCell) -> bool:
        values = [as_word(str(to_text(cell))) for cell in self._values.get(one.column, ())]
        return len(values) > 1 and len(set(values)) == len(values)

    def _ask(self, name: str, one: HeaderCell) -> None:
        letters = MappedColumn(one.text, one.column).letters
        self._columns[asked_as(name, letters)] = MappedColumn(one.text, one.column, "", (name, NOT_READ))

    def _read(self, name: str, one: HeaderCell) -> int:
        """How many cells of a column clearly say a value of a field."""
        read, known = READERS[name], self._words.get(name, {})
        cells = self._values.get(one.column, ())
        return sum(str(to_text(cell)) in known or not isinstance(read(cell, None), Unclear) for cell in cells)

    def _has_clock(self, one: HeaderCell) -> bool:
        return all(":" in str(cell) for cell in self._values.get(one.column, ()))

    def _missing(self, name: str) -> bool:
        return name not in self._columns

    def _open(self, one: HeaderCell) -> None:
        """A column whose heading does not settle what it is."""
        values, name = self._values.get(one.column, []), one.heading.field
        if one.heading.is_note or one.heading.is_heard:
            return
        if self._missing("model") and name in (None, "model") and any(map(_is_model, values)):
            self._take("model", one)
        elif one.heading.is_label or not values:
            self._label(one, values)
        elif name is None:
            self._unnamed(one, values)
        else:
            self._open_named(name, one, values)

    def _open_named(self, name: str, one: HeaderCell, values: list[Any]) -> None:
        """A column whose heading may mean a field."""
        if name == "takes" and self._missing("job_id") and self._numbers_shots(one, values):
            self._take("job_id", one)
        elif name == "date" or self._repeats_field(name, one, values):
            self._ask(name, one)
        else:
            self._open_field(name, one, values)

    def _numbers_shots(self, one: HeaderCell, values: list[Any]) -> bool:
        """Whether values are 1, 2, 3, or such as 1A and 1B, and so names rather than counts."""
        return are_counted_up(values) or (
            self._is_unique(one) and self._read("takes", one) == 0 and have_digits(values)
        )

    def _unnamed(self, one: HeaderCell, values: list[Any]) -> None:
        """A column that no word tells: a slip in the name of what changes the price is asked about."""
        meant = closest_field(one.text, PRICED)
        if meant is not None and self._missing(meant):
            self._ask(meant, one)
        elif not self._missing("duration") and self._says_seconds(one, values):
            self._ask("duration", one)
        else:
            self._unknown(one, values)

    def _open_field(self, name: str, one: HeaderCell, values: list[Any]) -> None:
        """A column that may be a field that no other is."""
        if self._missing(name) and name in PRICED:
            self._open_priced(name, one, values)
        else:
            self._unknown(one, values)

    def _repeats_field(self, name: str, one: HeaderCell, values: list[Any]) -> bool:
        """Whether a column such as Length v2, Actual (s) or Number of shots says anew, or more, what another says."""
        is_another = one.heading.is_inside or one.heading.unit == "seconds"
        if name not in PRICED or not is_another or self._missing(name):
            return False
        return self._read(name, one) == len(values) and not (name == "takes" and are_counted_up(values))

    def _says_seconds(self, one: HeaderCell, values: list[Any]) -> bool:
        """Whether lengths stand in a column without a name for them: each with its unit, or beside other lengths."""
        texts = [str(to_text(cell)) for cell in values]
        has_units = all(text[-1:].isalpha() or text[-1:] in _PRIMES for text in texts)
        is_under = not one.text and self._columns["duration"].column + 1 == one.column  # a heading over two columns
        return bool(texts) and (has_units or is_under) and self._read("duration", one) == len(texts)

    def _take(self, name: str, one: HeaderCell) -> None:
        reason = f"{_HEADING} and {_VALUES}" if one.heading.field == name else _VALUES
        self._columns[name] = MappedColumn(one.text, one.column, reason)

    def _open_priced(self, name: str, one: HeaderCell, values: list[Any]) -> None:
        """A heading such as Time or Count: what stands below it tells whether it is the field."""
        read = self._read(name, one)
        is_number = name == "takes" and read == 0 and have_digits(values)  # it may still be one of takes
        if is_number or (name == "quality" and are_grades(values)):
            self._ask(name, one)
        elif read == 0 or are_counted_up(values):
            self._unknown(one, values)
        elif name == "takes" or _is_mostly_other(read, values) or self._is_time(name, one):
            self._ask(name, one)
        else:
            self._take(name, one)

    def _is_time(self, name: str, one: HeaderCell) -> bool:
        """Whether lengths may be places on a time line, or are in another unit."""
        if name != "duration":
            return False
        values = self._values[one.column]
        numbers = [int(found) for cell in values if not isinstance(found := READERS[name](cell, None), Unclear)]
        rises = len(numbers) > 1 and all(before < after for before, after in pairwise(numbers))
        return rises or one.heading.unit == "other" or not all(_could_be_length(number) for number in numbers)

    def _unknown(self, one: HeaderCell, values: list[Any]) -> None:
        """A column that no word tells: asked if all that stands below could be a price's, else a label or nothing."""
        name = self._may_be(one, values)
        if name is not None:
            self._ask(name, one)
        elif self._missing("prompt") and values and _are_long(values):
            self._columns["prompt"] = MappedColumn(one.text, one.column, "the longest texts")
        else:
            self._label(one, values)

    def _may_be(self, one: HeaderCell, values: list[Any]) -> str | None:
        if not values or are_counted_up(values):
            return None
        if self._missing("quality") and are_grades(values):
            return "quality"
        for name in PRICED:
            if self._missing(name) and self._read(name, one) == len(values) and _is_telling(name, values):
                return name
        return None

    def _label(self, one: HeaderCell, values: list[Any]) -> None:
        texts = [str(to_text(cell)) for cell in values]
        few = len(set(texts)) <= min(_FEW_VALUES, len(texts) - 1)
        if one.text and few and all(len(text) <= _LONGEST_LABEL for text in texts):
            self._columns.setdefault(f"{TAG}{one.text}", MappedColumn(one.text, one.column, _FEW))

    def _unsaid(self) -> dict[str, str]:
        """What changes the price, has no column, and is spoken of beside the table or over another: it is asked."""
        asked = {field_of(name) for name in self._columns}
        texts = [*titles_above(self._sheet.rows, self._header.row), *self._notes(), *self._other_headings()]
        parts = [part for text in texts for part in _WORDS.split(text)]
        is_heard = any(one.heading.is_heard and self._values.get(one.column) for one in self._header.cells)
        spoken = {
            "duration": True,
            "quality": any(map(speaks_of_quality, parts)),
            "sound": is_heard or any(heading(part).field == "sound" for part in parts if part),
            "takes": any(map(speaks_of_takes, texts)),
        }
        return {name: ASK for name, is_open in spoken.items() if is_open and name not in asked}

    def _other_headings(self) -> list[str]:
        """The headings of columns that are no priced field."""
        priced = {column.column for name, column in self._columns.items() if name in PRICED}
        return [one.text for one in self._header.cells if one.column not in priced and not one.heading.is_note]

    def _notes(self) -> list[str]:
        """What is written below the table, and in its columns of notes."""
        columns = [one.column for one in self._header.cells if one.heading.is_note]
        names = [one.column for one in self._header.cells]
        full = [number for number, cells in self._sheet.rows if _is_full(cells_here(cells, names), len(names))]
        found: list[Any] = [cell for at in columns for cell in self._values.get(at, ())]
        for number, cells in self._sheet.rows:
            if full and number > full[-1]:
                found += cells_here(cells, names).values()
        return [cell for cell in found if isinstance(cell, str)]


def _column_values(sheet: WholeSheet, header: TableHeader) -> dict[int, list[Any]]:
    """What stands in each column of the table, rows of sums and of few cells left out."""
    columns = [one.column for one in header.cells]
    found: dict[int, list[Any]] = {at: [] for at in columns}
    for number, cells in sheet.rows:
        here = cells_here(cells, columns)
        own = [at for at in here if (number, at) not in sheet.merged]
        if number <= header.row or not _is_full(own, len(columns)) or _is_apart(here, header):
            continue
        for at in [at for at in here if not isinstance(here[at], CellFault)]:
            found[at].append(here[at])
    return found


def _is_full(own: Collection[int], columns: int) -> bool:
    """Whether a row has cells enough to tell what its columns are."""
    return len(own) >= min(_FULL_ROW, columns)


def _is_apart(here: Mapping[int, Any], header: TableHeader) -> bool:
    """Whether a row repeats the headings, or has a word for sums."""
    texts = [cell for cell in here.values() if isinstance(cell, str)]
    return _repeats(here, header) or any(as_word(text.rstrip(" :")) in word_set("totals") for text in texts)


def _repeats(here: Mapping[int, Any], header: TableHeader) -> bool:
    return sum(" ".join(str(here.get(one.column, "")).split()) == one.text for one in header.cells if one.text) > 1


def _is_mostly_other(read: int, values: Sequence[Any]) -> bool:
    """Whether more values than one of five say nothing of a field."""
    return read * _MOST_READ < len(values) * (_MOST_READ - 1)


def _is_model(cell: Any) -> bool:
    """Whether a cell names a model, ours or that of another maker."""
    text = str(to_text(cell))
    return text.rpartition(":")[2] in model_names() or is_video_model(text)


def _are_long(values: Sequence[Any]) -> bool:
    return sum(len(str(cell)) for cell in values) >= _LONG * len(values)


def _is_telling(name: str, values: Sequence[Any]) -> bool:
    """Whether values that could be those of a field are not simply numbers that anything could be."""
    if name == "sound":
        return not all(str(to_text(cell)).isdecimal() for cell in values)
    if name == "takes":
        return all(0 < int(str(READERS[name](cell, None))) <= _MOST_TAKES for cell in values)
    if name == "duration":
        return all(_could_be_length(int(str(READERS[name](cell, None)))) for cell in values)
    return True


@cache
def _ranges() -> frozenset[tuple[int, int]]:
    return frozenset(sku.seconds for _, sku in load_prices().skus() if sku.seconds)


def _could_be_length(seconds: int) -> bool:
    return any(0 < seconds <= high * 2 for _, high in _ranges())


@cache
def model_names() -> frozenset[str]:
    """Every model that the shipped price book knows."""
    return frozenset(name for _, sku in load_prices().skus() for name in (*sku.models, *sku.names))
