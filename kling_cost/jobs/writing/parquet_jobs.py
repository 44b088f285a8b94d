"""Changed jobs in Parquet: new values in their columns, all other columns, types and metadata as they were."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kling_cost.io.sources import Source
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.jobs.writing.job_changes import DURATION, TAKES, Changes, NewFile, WrittenValue, refusal, taken_out
from kling_cost.jobs.writing.sheet_values import ChangedCell, SheetValues

_WHOLE = (DURATION, TAKES)


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
    table, written, cells = file.read(), list[WrittenValue](), list[ChangedCell]()
    values = SheetValues(table.schema.names, changes, options)
    gone = {row for row, change in changes.items() if change.after is None}
    held = {at: cells_of_arrow(table.column(at)) for at in values.places}
    columns: dict[int, list[Any]] = {}
    for row, change in sorted(changes.items()):
        if row in gone:
            written.append(taken_out(change))
            continue
        found = values.cells(change, [held[at][row - 1] if at in held else None for at in range(table.num_columns)])
        cells += found
        written += [cell.written() for cell in found]
    for cell in cells:
        at = cell.column
        if at not in columns:
            columns[at] = [None] * len(table) if at >= table.num_columns else table.column(at).to_pylist()
        columns[at][cell.change.row - 1] = _typed(cell)
    for at, new in sorted(columns.items()):
        table = _with(source, table, at, values, new, cells)
    if gone:
        table = table.take([row - 1 for row in range(1, len(table) + 1) if row not in gone])
    return NewFile(_bytes(file, table), written)


def _typed(cell: ChangedCell) -> Any:
    """A new value, of the kind that the cell has."""
    if isinstance(cell.before, bool):
        return cell.value.lower() == "true"
    if isinstance(cell.before, str) or cell.field not in _WHOLE:
        return cell.value or None
    return int(cell.value)


def _with(
    source: Source, table: pa.Table, at: int, values: SheetValues, new: list[Any], cells: Sequence[ChangedCell]
) -> pa.Table:
    """The table with a column of new values."""
    if at >= table.num_columns:
        return table.append_column(values.added[at - values.width], pa.array(new))
    field = table.schema.field(at)
    kind = field.type
    try:
        column = pa.array(new, kind.value_type).cast(kind) if pa.types.is_dictionary(kind) else pa.array(new, kind)
    except (pa.ArrowException, TypeError, ValueError, NotImplementedError):
        cell = next(cell for cell in cells if cell.column == at)
        raise refusal(source, cell.change, cell.field, "unwritable.not_found") from None
    return table.set_column(at, field, column)


def _bytes(file: pq.ParquetFile, table: pa.Table) -> bytes:
    """The table as a file, packed as the old one is."""
    old, buffer = file.metadata, io.BytesIO()
    packed = {old.row_group(0).column(at).compression for at in range(old.num_columns)} if old.num_row_groups else set()
    codec = packed.pop() if len(packed) == 1 else "SNAPPY"
    rows = max((old.row_group(at).num_rows for at in range(old.num_row_groups)), default=1)
    pq.write_table(
        table,
        buffer,
        compression="NONE" if codec == "UNCOMPRESSED" else codec,
        row_group_size=max(rows, 1),
        version=old.format_version if old.format_version in ("1.0", "2.4", "2.6") else "2.6",
    )
    return buffer.getvalue()
