"""Parquet files, batch by batch: memory grows with a batch, not with the file, and unread columns are not unpacked."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kling_cost.io.sources import MEBIBYTE, Source
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.jobs.cell_values import is_blank
from kling_cost.jobs.headers import hold_header
from kling_cost.jobs.own_line_items import kind_of_header
from kling_cost.jobs.parquet_limits import has_codes, is_text, leaves_of, rows_at_once
from kling_cost.problems import Listed

_BATCH = 10_000
_MAX_STREAMED = 512 * MEBIBYTE  # only where the file comes through a pipe and has to be held
_LONGEST_CELL = 131_072  # characters, as in CSV
Row = tuple[int, list[Any]]


class ParquetSheet:
    """A Parquet file as a sheet, which can be read again and again.

    Args:
        source: the file.

    Attributes:
        names: the column names.

    Raises:
        ReadError: it is no Parquet file, is damaged, holds line items of ours, or has no column of a sheet of jobs.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._held = io.BytesIO(source.read(_MAX_STREAMED)) if source.stream is not None else None
        with self._open() as stream:
            self._schema = self._file(stream).schema_arrow
        self.names: list[str] = list(self._schema.names)
        if kind_of_header(self.names) is not None:
            raise source.error("unreadable.line_items")
        hold_header(source, self.names)
        seen: Counter[str] = Counter()
        self._same_name_before: list[int] = []  # of each column: how many before it have its name
        for name in self.names:
            self._same_name_before.append(seen[name])
            seen[name] += 1

    def _open(self) -> BinaryIO:
        return self._source.open() if self._held is None else io.BytesIO(self._held.getbuffer())

    def _file(self, stream: BinaryIO, coded: Sequence[str] = ()) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(stream, read_dictionary=list(coded))
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._source.error("unreadable.parquet", why=_reason(error)) from None

    def jobs(self, places: Collection[int]) -> Iterator[Row]:
        """Every row from 1, with only the columns at some places; a row that has nothing there keeps what it has.

        Raises:
            ReadError: a row cannot be read, or unpacks to more than it may.
        """
        unread = [at for at in range(len(self.names)) if at not in places]
        beside: Iterator[Row] | None = None
        for number, cells in self.rows(places):
            if unread and all(map(is_blank, cells)):
                beside = self.rows(unread, is_kept=False) if beside is None else beside
                cells = next(others for at, others in beside if at == number)
            yield number, cells

    def rows(self, places: Collection[int], is_kept: bool = True) -> Iterator[Row]:
        """Every row from 1; cells of other columns are None.

        Args:
            places: which columns to read.
            is_kept: whether their cells become parts of jobs.

        Raises:
            ReadError: a row cannot be read, or unpacks to more than it may.
        """
        number = 0
        leaves = leaves_of(self._schema, places)
        with self._open() as stream:
            plain = self._file(stream)
            leaves = [leaf._replace(as_codes=leaf.as_codes and has_codes(plain, leaf)) for leaf in leaves]
            paths = plain.schema
            coded = [paths.column(leaf.at).path for leaf in leaves if leaf.as_codes]
            file = self._file(stream, coded)
            size = rows_at_once(file, leaves, _BATCH)
            if size is None:
                named = Listed(list(dict.fromkeys(leaf.name for leaf in leaves)))
                raise self._source.error("unreadable.too_large_parquet", columns=named)
            try:
                for batch in file.iter_batches(size, columns=list(dict.fromkeys(self.names[at] for at in places))):
                    for cells in self._cells(batch, places, number if is_kept else None):
                        number += 1
                        yield number, cells
            except (pa.ArrowException, OSError, ValueError) as error:
                raise self._source.error("unreadable.parquet", number + 1, why=_reason(error)) from None

    def _cells(self, batch: pa.RecordBatch, places: Collection[int], before: int | None) -> Iterator[list[Any]]:
        nothing = [None] * batch.num_rows
        columns = [nothing] * len(self.names)
        for at in places:
            found = batch.schema.get_all_field_indices(self.names[at])  # of one name, all columns come
            column = batch.column(found[self._same_name_before[at]])
            if before is not None:
                self._hold(column, before)
            columns[at] = cells_of_arrow(column)
        return map(list, zip(*columns, strict=True))

    def _hold(self, column: pa.Array, before: int) -> None:
        """Refuse a cell that is longer than any request, before it is made for many rows."""
        if not has_long_value(column):
            return
        if not isinstance(column, pa.DictionaryArray):
            column = column.dictionary_encode()
        values = column.dictionary.to_pylist()
        long = {at for at, value in enumerate(values) if value is not None and len(value) > _LONGEST_CELL}
        for row, at in enumerate(column.indices.to_pylist() if long else (), before + 1):
            if at in long:
                raise self._source.error("unreadable.long_cell", row)


def has_long_value(column: pa.Array) -> bool:
    """Whether a column of text has a value that may be longer than a cell may be.

    >>> has_long_value(pa.array(["a"]).dictionary_encode())
    False
    """
    if not is_text(column.type):
        return False
    values = column.dictionary if isinstance(column, pa.DictionaryArray) else column
    return (pc.max(pc.binary_length(values)).as_py() or 0) > _LONGEST_CELL


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
