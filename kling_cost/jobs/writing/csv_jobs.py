"""Changed jobs in CSV and TSV: cells give way, and everything between them stays."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from kling_cost.io.editing.csv_places import CellPlace, RecordPlace, cell_text, records
from kling_cost.io.editing.text_edits import KeptText, TextEdit, edited
from kling_cost.io.not_json import is_curl
from kling_cost.io.sheets.csv_sheets import begins, read_sheet
from kling_cost.io.sources import Source
from kling_cost.jobs.columns import JOB_SHEET
from kling_cost.jobs.writing.job_changes import Changes, JobChange, NewFile, WrittenValue, taken_out
from kling_cost.jobs.writing.json_jobs import changed_calls
from kling_cost.jobs.writing.sheet_values import SheetValues


def changed_sheet(
    source: Source, data: bytes, changes: Changes, options: Sequence[str], separator: str | None = None
) -> NewFile:
    """A CSV or TSV file with changed jobs.

    Args:
        source: the file.
        data: its bytes.
        changes: by row.
        options: options that the price book names itself.
        separator: the separator; None to tell it as the reader does.

    Raises:
        ReadError: a value cannot be written back.
    """
    if is_curl(data):
        return changed_calls(source, data, changes, options)
    kept = KeptText(source, data)
    stream = source._replace(stream=io.BytesIO(data))
    at, header, _ = read_sheet(stream, separator, JOB_SHEET)
    start, used = begins(kept.text, separator, JOB_SHEET)
    sheet = _CsvEdits(used, len(header), SheetValues(header, changes, options))
    edits: list[TextEdit] = []
    for number, record in enumerate(records(kept.text, used, start), 1):
        change = changes.get(number)
        if number == at:
            edits += sheet.header(record)
        elif number > at and change is not None and change.after is None:
            edits.append(TextEdit(record.start, record.after, ""))
            sheet.written.append(taken_out(change))
        elif number > at:
            edits += sheet.row(record, change)
    return NewFile(kept.data(edited(kept.text, edits)), sheet.written)


class _CsvEdits:
    """The edits of rows; new columns come after the last one that has a name."""

    def __init__(self, separator: str, width: int, values: SheetValues) -> None:
        self._separator, self._width, self._values = separator, width, values
        self.written: list[WrittenValue] = []

    def header(self, record: RecordPlace) -> Iterator[TextEdit]:
        """The header with its new columns."""
        quoted = all(cell.is_quoted for cell in record.cells)
        return self._put(record, {self._width + at: name for at, name in enumerate(self._values.added)}, quoted)

    def row(self, record: RecordPlace, change: JobChange | None) -> Iterator[TextEdit]:
        """A row with its new values; without any, it gets empty cells in the new columns."""
        new = {self._width + at: "" for at in range(len(self._values.added))}
        texts = [cell.text for cell in record.cells]
        if change is None and (not any(map(str.strip, texts)) or any(map(str.strip, texts[self._width :]))):
            return iter(())  # a blank row, or one that does not fit the header
        for cell in self._values.cells(change, texts) if change is not None else ():
            new[cell.column] = cell.value
            self.written.append(cell.written())
        return self._put(record, new, False)

    def _put(self, record: RecordPlace, values: dict[int, str], quoted: bool) -> Iterator[TextEdit]:
        """Values in the cells of a row; those after its end come in order."""
        count, more = len(record.cells), ""
        for column, value in sorted(values.items()):
            if column < count:
                yield self._replaced(record.cells[column], value)
            else:
                more += self._separator + cell_text(value, self._separator, quoted)
        if more:
            yield TextEdit(record.end, record.end, more)

    def _replaced(self, cell: CellPlace, value: str) -> TextEdit:
        return TextEdit(cell.start, cell.end, cell_text(value, self._separator, cell.is_quoted))
