"""Changed jobs in Parquet: new values in their columns, all other columns, types and metadata as they were."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kling_cost.io.sources import Source
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.jobs.parquet_limits import is_text
from kling_cost.jobs.writing.job_changes import (
    DURATION,
    TAKES,
    Changes,
    JobChange,
    NewFile,
    WrittenValue,
    refusal,
    taken_out,
)
from kling_cost.jobs.writing.sheet_values import ChangedCell, SheetValues

_WHOLE = (DURATION, TAKES)
_USUAL_CODEC = "SNAPPY"


def changed_table(source: Source, data: bytes, changes: Changes, options: Sequence[str]) -> NewFile:
    """A Parquet file with changed jobs; a column that is not there yet comes last.

    Args:
        source: the file.
        data: its bytes.
        changes: by row.
        options: options that the price book names itself.

    Raises:
        ReadError: a column has a type that cannot hold a new value.
    """
    file = pq.ParquetFile(io.BytesIO(data))
    edits = _TableEdits(source, file.read(), changes, options)
    written = [value for _, change in sorted(changes.items()) for value in edits.told(change)]
    return NewFile(_bytes(file, edits.table()), written)


class _TableEdits:
    """The cells of a table that change."""

    def __init__(self, source: Source, table: pa.Table, changes: Changes, options: Sequence[str]) -> None:
        self._source, self._table = source, table
        self._values = SheetValues(table.schema.names, changes, options)
        self._held = {at: cells_of_arrow(table.column(at)) for at in self._values.places}
        self._gone: set[int] = set()
        self._cells: dict[int, list[ChangedCell]] = {}  # by column

    def told(self, change: JobChange) -> Iterator[WrittenValue]:
        """What changes in a row."""
        if change.after is None:
            self._gone.add(change.row)
            yield taken_out(change)
            return
        places = range(self._table.num_columns)
        now = [self._held[at][change.row - 1] if at in self._held else None for at in places]
        for cell in self._values.cells(change, now):
            self._cells.setdefault(cell.column, []).append(cell)
            yield cell.written()

    def table(self) -> pa.Table:
        """The table with the changes of all rows that were told."""
        table = self._table
        for at, cells in sorted(self._cells.items()):
            table = self._added(table, cells) if at >= self._table.num_columns else self._changed(table, at, cells)
        if self._gone:
            kept = [at for at in range(len(table)) if at + 1 not in self._gone]
            table = table.take(pa.array(kept, pa.int64()))  # an empty list has no type of its own
        return table

    def _added(self, table: pa.Table, cells: Sequence[ChangedCell]) -> pa.Table:
        new: list[Any] = [None] * len(table)
        for cell in cells:
            new[cell.change.row - 1] = _typed(cell, is_text_column=False)
        return table.append_column(cells[0].field, pa.array(new))

    def _changed(self, table: pa.Table, at: int, cells: Sequence[ChangedCell]) -> pa.Table:
        field, new = table.schema.field(at), table.column(at).to_pylist()
        for cell in cells:
            new[cell.change.row - 1] = _typed(cell, is_text(field.type))
        try:
            return table.set_column(at, field, _array(new, field.type))
        except (pa.ArrowException, TypeError, ValueError, NotImplementedError):
            raise refusal(self._source, cells[0].change, cells[0].field, "unwritable.not_found") from None


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    return pa.array(values, kind.value_type).cast(kind) if pa.types.is_dictionary(kind) else pa.array(values, kind)


def _typed(cell: ChangedCell, is_text_column: bool) -> Any:
    """A new value, of the kind that its column has."""
    if isinstance(cell.before, bool):
        return cell.value.lower() == "true"
    if is_text_column or cell.field not in _WHOLE:
        return cell.value or None
    return int(cell.value)


def _bytes(file: pq.ParquetFile, table: pa.Table) -> bytes:
    """The table as a file, packed as the old one is."""
    old, buffer = file.metadata, io.BytesIO()
    groups = [old.row_group(at) for at in range(old.num_row_groups)]
    packed = {group.column(at).compression for group in groups[:1] for at in range(old.num_columns)}
    codec = packed.pop() if len(packed) == 1 else _USUAL_CODEC
    rows = max((group.num_rows for group in groups), default=1)
    packing = {"compression": "NONE" if codec == "UNCOMPRESSED" else codec, "row_group_size": max(rows, 1)}
    pq.write_table(table, buffer, version=old.format_version, **packing)
    return buffer.getvalue()
