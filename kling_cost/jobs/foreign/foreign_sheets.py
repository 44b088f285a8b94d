"""Foreign sheets of a run: which are read by a file beside them, which by a proposal, and what a caller says of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from kling_cost.io.sheets.whole_sheets import WholeSheet, whole_sheets
from kling_cost.io.sheets.workbook import MAX_FILE
from kling_cost.io.sources import Source
from kling_cost.io.writing import write_bytes
from kling_cost.jobs.columns import TAG, Columns
from kling_cost.jobs.foreign.columns_file import columns_text, file_beside, placed, read_columns_file
from kling_cost.jobs.foreign.default_cells import checked_defaults
from kling_cost.jobs.foreign.proposal import Proposal, model_names, propose
from kling_cost.jobs.foreign.questions import NOT_READ, Question, SheetQuestionsError
from kling_cost.jobs.foreign.sheet_mapping import MappedColumn, SheetMapping, asked_as
from kling_cost.jobs.foreign.sheet_words import FOREIGN_SHEET
from kling_cost.jobs.foreign.shot_rows import ShotRows
from kling_cost.jobs.foreign.table_header import PRICED, header_texts, headings_in
from kling_cost.jobs.report_workbook.read_report_workbook import is_report_workbook
from kling_cost.problems import Listed, ReadError

#: The forms that people write sheets in.
FORMS = ("csv", "tsv", "xlsx")
#: What our own reader refuses a file with that may be a foreign sheet.
REFUSED = (
    "unreadable.no_columns", "unreadable.no_job_sheet", "unreadable.which_sheet", "unreadable.merged_header",
    "unreadable.quote",
)  # fmt: skip


class ReadSheet(NamedTuple):
    """A foreign sheet that has been read: how, and its shots."""

    mapping: SheetMapping
    sheet: WholeSheet
    shots: ShotRows


class ForeignSheets:
    """Reads the foreign sheets of one run, and remembers what was asked.

    Args:
        model: the model of rows that name none.
        defaults: by field: what a blank cell, or a sheet without the column, means.
        columns: the file that says what columns mean, in place of the one beside each sheet.
        tell: is told how a sheet is read.
        ask: answers a question; None where nobody can.

    Raises:
        UsageError: a default is of no field, or no value of it.
    """

    def __init__(
        self,
        model: str | None = None,
        defaults: Mapping[str, str] | None = None,
        columns: str | None = None,
        tell: Callable[[str], object] = lambda text: None,
        ask: Callable[[Question], str] | None = None,
    ) -> None:
        self.model, self.columns = model, columns
        self.defaults = checked_defaults({} if defaults is None else defaults)
        self._tell, self._ask = tell, ask
        self._read: dict[str, ReadSheet | None] = {}

    @property
    def is_given(self) -> bool:
        """Whether a caller says anything of sheets."""
        return bool(self.model or self.defaults or self.columns)

    def concerns(self, source: Source) -> bool:
        """Whether a sheet is read otherwise than as it stands."""
        return self.is_given or self._file(source) is not None

    def found(self, source: Source) -> ReadSheet | None:
        """How a sheet was read in this run; None for one of ours, and for one that was not read."""
        return self._read.get(_key(source))

    def _file(self, source: Source) -> Path | None:
        """The file that says how a sheet is read."""
        if self.columns is not None:
            return Path(self.columns)
        if source.path is None:
            return None
        beside = file_beside(source.typed or source.path)
        return beside if beside.is_file() else None

    def by_file(self, source: Source, form: str, sheet: str | None, options: tuple[str, ...] = ()) -> ReadSheet | None:
        """A sheet as the file beside it says; None where there is none.

        Raises:
            ReadError, FileFaultsError: one of the two cannot be read, or they do not fit each other.
            SheetQuestionsError: something has to be said first.
        """
        file = self._file(source)
        if file is None:
            return None
        return self._once(source, lambda: self._by_file(file, source, form, sheet, options))

    def _by_file(self, file: Path, source: Source, form: str, sheet: str | None, options: tuple[str, ...]) -> ReadSheet:
        mapping, found = self._mapping_of(file, source, form, sheet)
        self._tell(f"{source.name}: columns as {mapping.file} says")
        return self._settled(source, found, mapping, options)

    def _mapping_of(self, file: Path, source: Source, form: str, sheet: str | None) -> tuple[SheetMapping, WholeSheet]:
        """What a file says, at the places where the headings stand now."""
        mapping = read_columns_file(file)
        sheets = whole_sheets(source, form, FOREIGN_SHEET)
        title = sheet or mapping.sheet
        found = next((one for one in sheets if title is None or one.title in (None, title)), None)
        if found is None:
            titles = Listed([one.title for one in sheets])
            raise source.error("unreadable.no_sheet", sheet=title, sheets=titles)
        mapping, missing = placed(mapping, header_texts(found, mapping.header_row))
        if missing:
            raise source.error(
                "unreadable.columns_moved", mapping.header_row, columns=Listed(missing), file=mapping.file
            )
        return with_new_columns(mapping, found), found

    def by_proposal(
        self,
        source: Source,
        form: str,
        sheet: str | None,
        header: Sequence[str | None] | None,
        options: tuple[str, ...] = (),
    ) -> ReadSheet | None:
        """A sheet that our own reader refuses, as it is proposed; None for one that is no storyboard.

        Args:
            source, form, sheet: what to read.
            header: what our own reader takes for its header; None where it finds none.
            options: options that the price book names itself.

        Raises:
            SheetQuestionsError: something has to be said first.
        """
        is_whole = source.is_file or (source.path is None and source.is_repeatable)  # not a version of a file in memory
        if not is_whole or not _may_be_foreign(header, options):
            return None
        return self._once(source, lambda: self._by_proposal(source, form, sheet, header, options))

    def _by_proposal(
        self,
        source: Source,
        form: str,
        sheet: str | None,
        header: Sequence[str | None] | None,
        options: tuple[str, ...],
    ) -> ReadSheet | None:
        try:
            proposals = self._proposals(source, form, sheet, options)
        except ReadError:  # our own reader says what is wrong
            return None
        found = [one for one in proposals if self._is_foreign(one[0], header)]
        if not found:
            return None
        proposal, whole = self._chosen(source, found)
        read = self._settled(source, whole, proposal.mapping, options)
        why = "" if source.path is None else f"; kling-cost columns {source.name} shows why"
        self._tell(f"{source.name}: {read.mapping.told()}{why}")
        return read

    def _is_foreign(self, proposal: Proposal, header: Sequence[str | None] | None) -> bool:
        """Whether a sheet is none of ours: it has headings that ours never have, or lacks the model that is given."""
        return proposal.is_storyboard or (header is None and self.model is not None)

    def _proposals(
        self, source: Source, form: str, sheet: str | None, options: tuple[str, ...]
    ) -> list[tuple[Proposal, WholeSheet]]:
        sheets = [one for one in whole_sheets(source, form, FOREIGN_SHEET) if sheet is None or one.title == sheet]
        shown = [one for one in sheets if not one.is_hidden] or sheets
        proposed = [(propose(one, options), one) for one in shown]
        return [(proposal, one) for proposal, one in proposed if proposal is not None]

    def _chosen(self, source: Source, found: list[tuple[Proposal, WholeSheet]]) -> tuple[Proposal, WholeSheet]:
        """The sheet that looks most like a storyboard; where others hold shots, too, it is asked which one."""
        best = max(_fields(proposal) for proposal, _ in found)
        likely = [one for one in found if _fields(one[0]) == best or _holds_shots(one[0])]
        if len(likely) == 1:
            return likely[0]
        titles = tuple(one.title or "" for _, one in likely)
        question = Question("sheet", "", None, None, titles)
        if self._ask is None:
            raise _unanswered([question], source)
        return likely[titles.index(self._ask(question))]

    def proposed(self, source: Source, form: str, sheet: str | None, options: tuple[str, ...]) -> ReadSheet:
        """How a sheet would be read, with its questions unanswered; by the file beside it where there is one.

        Raises:
            ReadError, FileFaultsError: it cannot be read, or has no table of shots.
        """
        if form == "xlsx" and is_report_workbook(source, source.read(MAX_FILE)):
            raise source.error("unreadable.report_is_known")
        file = self._file(source)
        if file is None:
            found = self._proposals(source, form, sheet, options)
            if not found:
                raise source.error("unreadable.no_shots")
            proposal, whole = self._chosen(source, found)
            mapping = proposal.mapping
        else:
            mapping, whole = self._mapping_of(file, source, form, sheet)
        mapping = mapping.with_options(self.model, self.defaults)
        return ReadSheet(mapping, whole, ShotRows(whole, mapping, options))

    def _once(self, source: Source, read: Callable[[], ReadSheet | None]) -> ReadSheet | None:
        key = _key(source)
        if key not in self._read:
            self._read[key] = read()
        return self._read[key]

    def _settled(self, source: Source, sheet: WholeSheet, mapping: SheetMapping, options: tuple[str, ...]) -> ReadSheet:
        """A sheet without questions: they are answered, or raised."""
        mapping = mapping.with_options(self.model, self.defaults)
        was_asked = False
        while True:
            read = ReadSheet(mapping, sheet, ShotRows(sheet, mapping, options))
            questions = questions_of(read)
            if not questions:
                break
            if self._ask is None:
                raise _unanswered(questions, source)
            for question in questions:
                mapping = mapping.answered(question, self._ask(question))
            was_asked = True
        if was_asked:
            self._keep(source, mapping)
        return read

    def _keep(self, source: Source, mapping: SheetMapping) -> None:
        """Write answers beside the sheet, so that nothing is asked twice; a file that is there is left alone."""
        beside = file_beside(source.typed or source.path or "")
        if self._file(source) is None and source.path is not None:
            write_bytes(beside, columns_text(replace(mapping, file=None), source.name).encode("utf-8"))
            self._tell(f"wrote {beside}")


def questions_of(read: ReadSheet) -> list[Question]:
    """What has to be said before a sheet can be priced; of its rows only what its columns leave open.

    A sheet whose columns are unclear is asked about these, and about its model, alone.
    """
    columns = read.mapping.questions()
    if not columns:
        return read.shots.questions
    has_model = read.mapping.model is not None or "model" in read.mapping.columns
    return columns if has_model else [*columns, Question("model", "model", None, None, tuple(sorted(model_names())))]


def with_new_columns(mapping: SheetMapping, sheet: WholeSheet) -> SheetMapping:
    """A mapping with the columns that came into the sheet since, where one may change the price: it has to be asked."""
    known = {one.header for one in (*mapping.columns.values(), *mapping.not_read)} | {*mapping.beside}
    cells = next((cells for number, cells in sheet.rows if number == mapping.header_row), [])
    columns = dict(mapping.columns)
    for one in headings_in(cells, ()):
        field = one.heading.field
        if one.text not in known and one.heading.is_sure and field in (*PRICED, "model"):
            asked = MappedColumn(one.text, one.column, choices=(field, NOT_READ))
            columns[asked_as(field, asked.letters)] = asked
    return replace(mapping, columns=columns)


def _may_be_foreign(header: Sequence[str | None] | None, options: tuple[str, ...]) -> bool:
    """Whether our own reader refuses a header, or finds no model by it."""
    if header is None:
        return True
    columns = Columns(header, options)
    return columns.spoilt or "model" not in columns.present


def _key(source: Source) -> str:
    return str(source.path or source.name)


def _unanswered(questions: Sequence[Question], source: Source) -> SheetQuestionsError:
    """The error of a sheet that nobody answers for; nothing is beside one that comes through a pipe."""
    file = "FILE (--columns FILE)" if source.path is None else f"{source.place}.columns.yaml"
    return SheetQuestionsError(questions, source.place, file)


def _fields(one: Proposal) -> int:
    return sum(not name.startswith(TAG) and not column.choices for name, column in one.mapping.columns.items())


def _holds_shots(one: Proposal) -> bool:
    """Whether a sheet names or describes shots, and says how long they are."""
    fields = one.mapping.columns.keys()
    return one.is_storyboard and "duration" in fields and bool(fields & {"job_id", "prompt"})
