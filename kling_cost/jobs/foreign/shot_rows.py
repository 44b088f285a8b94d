"""The rows of a foreign sheet as rows of ours: shots alone, in our words, named so that no two are the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kling_cost.io.sheets.sheet_kind import CellFault
from kling_cost.io.sheets.whole_sheets import WholeSheet
from kling_cost.io.sheets.xlsx.sheet_rows import Row, column_letters
from kling_cost.jobs.cell_values import to_text
from kling_cost.jobs.foreign.cell_words import READERS, Unclear, is_tick
from kling_cost.jobs.foreign.proposal import model_names
from kling_cost.jobs.foreign.questions import NOT_READ, ROW, Question
from kling_cost.jobs.foreign.row_kinds import RowKind, RowMarks, RowReading, cells_here, first_text, is_like_id
from kling_cost.jobs.foreign.sheet_mapping import ASK, SheetMapping, choices_of
from kling_cost.jobs.foreign.sheet_words import SCENE, as_word, is_unit, is_video_model, word_set
from kling_cost.jobs.foreign.table_header import PRICED, headings_in, is_same_header
from kling_cost.problems import Listed, Problem, problem

_SHOT = "shot"


class ShotRows:
    """Reads a sheet by a mapping.

    Args:
        sheet: the sheet.
        mapping: which column is which field, and what words mean.
        options: options that the price book names itself.

    Attributes:
        shots: by row number: the cells of each shot by field, in our words.
        questions: what has to be said before it can be priced.
        remarks: what is worth knowing of rows that are no shots, each with its row.
    """

    def __init__(self, sheet: WholeSheet, mapping: SheetMapping, options: tuple[str, ...] = ()) -> None:
        self._sheet, self._mapping = sheet, mapping
        self._columns = {column.column: name for name, column in mapping.columns.items()}
        self._table = {*self._columns, *(column.column for column in mapping.not_read)}
        self._header = [one for one in headings_in(self._header_cells(), options) if one.column in self._table]
        self._reading = RowReading(mapping, options)
        below = (cells_here(cells, self._table) for number, cells in sheet.rows if number > mapping.header_row)
        self._marks = RowMarks(self._header, self._columns, below, sheet.struck, sheet.merged)
        self._above: dict[int, Any] = {}  # what the shot above says, by column
        self.shots: dict[int, dict[str, Any]] = {}
        self.questions: list[Question] = []
        self.remarks: list[tuple[Problem, int]] = []
        self._asked: set[tuple[str, str, str | None]] = set()
        self._scene: Any = None
        self._apart: dict[RowKind, list[int]] = {}
        self._waiting: dict[int, Mapping[int, Any]] = {}  # rows that have only a number, until a shot follows
        self._sums = [0, 0, 0]  # seconds, seconds since the last sum, seconds of all takes
        self._ticks = self._columns_of_ticks()
        self._read()
        self._tell()

    def _header_cells(self) -> list[Any]:
        return next((cells for number, cells in self._sheet.rows if number == self._mapping.header_row), [])

    def _columns_of_ticks(self) -> frozenset[int]:
        """Columns in which ticks stand, and nothing else."""
        held: dict[int, list[Any]] = {at: [] for at, name in self._columns.items() if name == "sound"}
        for number, cells in self._sheet.rows:
            if number > self._mapping.header_row:
                for at, cell in cells_here(cells, held).items():
                    held[at].append(cell)
        return frozenset(at for at, cells in held.items() if cells and all(map(is_tick, cells)))

    def _read(self) -> None:
        is_apart, before, last = False, RowKind.NOTHING, self._mapping.header_row
        for number, cells in self._sheet.rows:
            here = self._with_above(cells_here(cells, self._table))
            if number <= self._mapping.header_row or not here:
                continue
            is_apart, last = before is RowKind.TOTAL or number > last + 1, number
            if is_same_header(here, self._header) or self._has_units(number, here):
                before = RowKind.NOTHING
                continue
            own = {at: cell for at, cell in here.items() if (number, at) not in self._sheet.merged}
            if not own:
                continue  # the row above goes on
            if before is RowKind.SHOTS_AGAIN:  # its columns are others
                self._take(RowKind.OTHER, number, here, own)
                continue
            before = self._reading.kind(own, is_apart, before is RowKind.OTHER)
            self._take(self._marked(number, here, self._answered(own, before)), number, here, own)

    def _with_above(self, here: dict[int, Any]) -> dict[int, Any]:
        """The cells of a row, those that say "as above" with what stands there."""
        return {at: self._above.get(at, cell) if _is_ditto(cell) else cell for at, cell in here.items()}

    def _marked(self, number: int, here: Mapping[int, Any], kind: RowKind) -> RowKind:
        """What a shot is whose cells say that it may not be one, or not only one: that has to be asked."""
        if kind is not RowKind.SHOT:
            return kind
        answers = self._mapping.words.get(ROW, {})
        models = self._mapping.words.get("model", {})
        if any(models.get(str(to_text(here[at]))) == NOT_READ for at in here if self._columns.get(at) == "model"):
            return RowKind.LEFT_OUT
        for mark in self._marks.of(number, here):
            if mark.text not in answers:
                self._ask(mark.kind, ROW, f"{column_letters(mark.column)}{number}", mark.text, (_SHOT, NOT_READ))
            elif answers[mark.text] != _SHOT:
                return RowKind.LEFT_OUT
        return kind

    def _has_units(self, number: int, here: Mapping[int, Any]) -> bool:
        """Whether a row right below the headings says units alone, such as (sec)."""
        cells = [str(cell).strip() for cell in here.values()]
        return number == self._mapping.header_row + 1 and all(is_unit(cell) for cell in cells)

    def _answered(self, own: Mapping[int, Any], kind: RowKind) -> RowKind:
        """What a row is, where that was asked and answered."""
        answers = self._mapping.words.get(ROW, {})
        answer = answers.get(_row_text(own)) if own and answers else None
        if answer is None:
            return kind
        return RowKind.SHOT if answer == _SHOT else RowKind.NOTHING

    def _take(self, kind: RowKind, number: int, here: Mapping[int, Any], own: Mapping[int, Any]) -> None:
        if kind is RowKind.SHOT:
            self._above = {**self._above, **here}
            self._shot(number, here)
        elif kind is RowKind.DIVIDER:
            self._scene = " ".join(str(to_text(cell)) for cell in own.values()).strip(" =*-–—")
            self._apart.setdefault(kind, []).append(number)
        elif kind is RowKind.TOTAL:
            self._total(number, here)
        elif kind is RowKind.NUMBER_ONLY:
            self._waiting[number] = here
        elif kind in (RowKind.OTHER, RowKind.LEFT_OUT):
            self._apart.setdefault(kind, []).append(number)
        elif kind in (RowKind.OPEN, RowKind.SHOTS_AGAIN):
            self._open_row(kind, number, own)

    def _open_row(self, kind: RowKind, number: int, own: Mapping[int, Any]) -> None:
        """A row of which it is open whether it is a shot, unless it is the sum of those above it."""
        if kind is RowKind.OPEN and self._is_sum(own):
            self._total(number, own)
        elif own:
            asked = "table" if kind is RowKind.SHOTS_AGAIN else "row"
            choices = (NOT_READ,) if kind is RowKind.SHOTS_AGAIN else (_SHOT, NOT_READ)
            self._ask(asked, ROW, f"{column_letters(min(own))}{number}", _row_text(own), choices)

    def _is_sum(self, own: Mapping[int, Any]) -> bool:
        """Whether a row that has no name of a shot says how many seconds those above it are, and no more of a shot."""
        fields = {name: own[at] for at, name in self._columns.items() if at in own}
        is_bare = not fields.keys() & {"prompt", "quality", "sound"} and not is_like_id(fields.get("job_id"))
        is_of_several = "job_id" not in fields or len(self.shots) > 1
        return is_bare and is_of_several and self._seconds_in(own) in self._sums

    def _ask(self, kind: str, name: str, cell: str | None, value: str | None, choices: tuple[str, ...]) -> None:
        if (kind, name, value) not in self._asked:
            self._asked.add((kind, name, value))
            self.questions.append(Question(kind, name, cell, value, choices))

    def _seconds_in(self, cells: Mapping[int, Any]) -> int | None:
        """The seconds that a row says, if it says any clearly."""
        for at, cell in cells.items():
            if self._columns.get(at) == "duration" and not isinstance(cell, CellFault):
                found = READERS["duration"](cell, self._mapping.rounding)
                return None if isinstance(found, Unclear) else int(found)
        return None

    def _total(self, number: int, cells: Mapping[int, Any]) -> None:
        seconds, sums = self._seconds_in(cells), self._sums
        if seconds is not None and seconds not in sums:
            self.remarks.append((problem("mismatch.sheet_total", "duration", value=seconds, total=sums[0]), number))
        self._apart.setdefault(RowKind.TOTAL, []).append(number)
        sums[1] = 0

    def _shot(self, number: int, here: Mapping[int, Any]) -> None:
        waiting, self._waiting = self._waiting, {}
        for before, cells in waiting.items():
            self._shot(before, cells)
        by_field = {name: here[at] for at, name in self._columns.items() if at in here}
        self._scene = by_field.get(SCENE, self._scene)
        shot: dict[str, Any] = {name: cell for name, cell in by_field.items() if name not in PRICED and name != SCENE}
        if self._scene is not None:
            shot[SCENE] = self._scene
        model = self._model(number, by_field.get("model"))
        if model is not None:
            shot["model"] = model
        for name in (*PRICED, *self._mapping.defaults):
            value = self._value(name, number, by_field.get(name))
            if value is not None:
                shot[name] = value
        self.shots[number] = shot
        self._count(shot)

    def _count(self, shot: Mapping[str, Any]) -> None:
        seconds, takes = (shot.get(name) for name in ("duration", "takes"))
        if isinstance(seconds, str):
            length = int(seconds)
            self._sums = [self._sums[0] + length, self._sums[1] + length, self._sums[2] + length * int(str(takes or 1))]

    def _place(self, name: str, number: int) -> str | None:
        column = self._mapping.columns.get(name)
        return None if column is None else f"{column.letters}{number}"

    def _value(self, name: str, number: int, cell: Any) -> Any:
        """What a cell says in our words; None where it has to be asked, or says nothing."""
        if cell is None:
            return self._blank(name, number)
        if name not in READERS or isinstance(cell, CellFault):
            return cell
        text = str(to_text(cell))
        known = self._mapping.words.get(name, {}).get(text)
        found = READERS[name](cell if known is None else known, self._mapping.rounding)
        if isinstance(found, Unclear):
            self._ask("cell", name, self._place(name, number), text, found.choices)
            return None
        return found

    def _blank(self, name: str, number: int) -> str | None:
        default = self._mapping.defaults.get(name)
        column = self._mapping.columns.get(name)
        if default is not None:
            return None if default == ASK else default
        if column is not None and column.column in self._ticks:
            return "off"
        if column is not None and name in PRICED:
            self._ask("blank", name, self._place(name, number), None, choices_of(name))
        return None

    def _model(self, number: int, cell: Any) -> Any:
        """The model of a row; one that a caller names beside another in the sheet is asked."""
        given, place = self._mapping.model, self._place("model", number)
        if cell is None:
            if given is None:
                self._ask("model", "model", place, None, tuple(sorted(model_names())))
            return given
        if isinstance(cell, CellFault):
            return cell
        text = str(to_text(cell))
        own = self._mapping.words.get("model", {}).get(text, text)
        if given is not None and own.rpartition(":")[2] != given.rpartition(":")[2]:
            choices = (own, given) if own in model_names() else (given, NOT_READ)
            self._ask("model", "model", place, text, choices)
        elif _is_spoken(own):
            self._ask("model", "model", place, text, (*sorted(model_names()), NOT_READ))
        return own

    def _tell(self) -> None:
        """Say which rows were no shots, and name shots whose numbers repeat."""
        apart = {RowKind.NUMBER_ONLY: [*self._waiting], **self._apart}
        for kind, key in _TOLD.items():
            rows = apart.get(kind)
            if rows:
                self.remarks.append((_rows(key, rows), rows[0]))
        self._name_shots()

    def _name_shots(self) -> None:
        """Give each shot a name of its own: its number, with the scene where numbers repeat, else its row."""
        names = [name for shot in self.shots.values() if (name := _name(shot)) is not None]
        if len(set(names)) == len(names):
            return
        both = [(_name(shot, SCENE), _name(shot)) for shot in self.shots.values()]
        is_by_scene = len(set(both)) == len(both) and all(scene and name for scene, name in both)
        for shot, (scene, name) in zip(self.shots.values(), both, strict=True):
            shot["job_id"] = f"{scene}/{name}" if is_by_scene else None
        key = "ambiguous.sheet_scene_names" if is_by_scene else "ambiguous.sheet_row_names"
        self.remarks.append((problem(key, "job_id"), self._mapping.header_row))

    def names(self) -> list[str]:
        """The fields that any shot has or could have, in one order."""
        fields = dict.fromkeys(name for name in self._mapping.columns if "@" not in name)
        fields.update(dict.fromkeys(name for shot in self.shots.values() for name in shot))
        return list(fields)

    def rows(self) -> list[Row]:
        """The shots as rows of a sheet with these columns."""
        names = self.names()
        return [(number, [shot.get(name) for name in names]) for number, shot in self.shots.items()]


_TOLD = {
    RowKind.NUMBER_ONLY: "has_no_effect.sheet_numbers",
    RowKind.DIVIDER: "has_no_effect.sheet_dividers",
    RowKind.TOTAL: "has_no_effect.sheet_totals",
    RowKind.OTHER: "has_no_effect.sheet_other_rows",
    RowKind.LEFT_OUT: "has_no_effect.sheet_left_out",
}


def _rows(key: str, rows: list[int]) -> Problem:
    return problem(key, "", rows=Listed(rows))


def _name(shot: Mapping[str, Any], name: str = "job_id") -> str | None:
    cell = shot.get(name)
    return None if cell is None or isinstance(cell, CellFault) else str(to_text(cell))


def _is_spoken(model: str) -> bool:
    """Whether a model is written as people speak of it, not as a seller names it."""
    return " " in model or (is_video_model(model) and "-" not in model)


def _is_ditto(cell: Any) -> bool:
    return isinstance(cell, str) and as_word(cell) in word_set("ditto")


def _row_text(own: Mapping[int, Any]) -> str:
    """What a row that is asked about is called: its first text, else its first cell."""
    readable = [str(to_text(cell)) for cell in own.values() if not isinstance(cell, CellFault)]
    return first_text(own) or next(iter(readable), "")
