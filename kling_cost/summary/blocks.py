"""Sheets in blocks of columns: CSV cut at line ends and parsed by Arrow where that reads what we would, and Parquet."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from kling_cost.io.chunks import begin_of
from kling_cost.io.sheets.csv_sheets import declared_separator, fitted, header_lines, read_sheet, told_separator
from kling_cost.io.sources import Source
from kling_cost.jobs.columns import JOB_SHEET, PRICED_COLUMNS, TAG, Columns
from kling_cost.jobs.lookalike_columns import has_lookalike
from kling_cost.jobs.own_line_items import is_of_jobs
from kling_cost.jobs.parquet_limits import leaves_of, rows_at_once
from kling_cost.jobs.parquet_sheets import ParquetSheet, has_long_value
from kling_cost.problems import Problem
from kling_cost.summary.block_codes import Block, UnusualError

PARQUET_ROWS = 1 << 18
_BYTES = 256
_IDS = 1 << 26  # bytes of ids in a block
_WINDOW = 1 << 16  # a line end in every stretch of this size keeps each cell within what a cell may hold
_LINE_END, _QUOTE, _RETURN = b"\n", b'"', b"\r"
#: Makes a block whose first row has the number 0; several may be made at the same time.
Making = Callable[[], Block]


class Sheet(NamedTuple):
    """A sheet whose rows can be counted column by column.

    Attributes:
        columns: its header.
        header_row: the header's row number; None in Parquet.
        first: the number of the first row.
        blocks: what makes each block.
    """

    columns: Columns
    header_row: int | None
    first: int
    blocks: Iterable[Making]


def open_sheet(source: Source, form: str, size: int, options: tuple[str, ...] = ()) -> Sheet | None:
    """A sheet to be read by columns; None where that could read it otherwise than row by row.

    Args:
        source: a file.
        form: `csv`, `tsv` or `parquet`.
        size: of a block, in bytes of CSV.
        options: options that the price book names itself.
    """
    if form == "parquet":
        return _parquet(source, options)
    return _csv(source, "\t" if form == "tsv" else None, size, options)


def _wanted(columns: Columns) -> bool:
    """Whether no column has to be held to more than the rule of prices."""
    names = {name for name in columns.names if name is not None and not name.startswith(TAG)}
    return "model" in columns.present and not columns.spoilt and names <= {"job_id", *PRICED_COLUMNS, *columns.options}


def _csv(source: Source, separator: str | None, size: int, options: tuple[str, ...]) -> Sheet | None:
    start = begin_of(source)
    if start is None:
        return None
    with source.open() as stream:
        stream.seek(start)
        line, begin = stream.readline(_WINDOW), stream.tell()
    found = _header(source, separator, line)
    if found is None:
        return None
    used, header = found
    columns = Columns(header, options)
    usual = _wanted(columns) and JOB_SHEET.found(header) and header[-1].strip() and is_of_jobs(header)
    if not usual or has_lookalike(columns, lambda: read_sheet(source, separator, JOB_SHEET)[2]):
        return None
    return Sheet(columns, 1, 2, _CsvBlocks(source, begin, used, columns, size))


def _header(source: Source, separator: str | None, line: bytes) -> tuple[str, list[str]] | None:
    """The separator and the cells of the first line; None where it is not beyond doubt that it is the header."""
    if not line.endswith(_LINE_END) or line.count(_QUOTE) % 2 or _RETURN in line.rstrip(b"\r\n"):
        return None
    try:
        lines = header_lines(source)
        if declared_separator(lines):
            return None
        used = separator or told_separator(lines, JOB_SHEET)
        return used, next(csv.reader([line.decode().rstrip("\r\n")], delimiter=used, strict=True))
    except (UnicodeError, csv.Error, StopIteration):
        return None


class _CsvBlocks:
    """The blocks of a CSV file."""

    def __init__(self, source: Source, begin: int, separator: str, columns: Columns, size: int) -> None:
        self._source, self._begin, self._separator, self._size = source, begin, separator, size
        names = [f"{at}" for at in range(len(columns.names))]
        self._wanted = {at: name for at, name in zip(names, columns.names, strict=True) if name is not None}
        self._read = pacsv.ReadOptions(use_threads=False, column_names=names, block_size=size + 2 * _WINDOW)
        text = pa.dictionary(pa.int32(), pa.string())
        types = {at: pa.large_string() if name == "job_id" else text for at, name in self._wanted.items()}
        self._convert = pacsv.ConvertOptions(
            check_utf8=False,  # the whole block is checked
            column_types=types,
            include_columns=list(types),
            null_values=[],
            strings_can_be_null=False,
        )
        self._width = len(names)

    def __iter__(self) -> Iterator[Making]:
        with self._source.open() as stream:
            end = stream.seek(0, os.SEEK_END)
            start = self._begin
            while start < end:
                stop = _line_end(stream, start + self._size, end)
                yield partial(self._block, start, stop)
                start = stop

    def _block(self, start: int, stop: int) -> Block:
        with self._source.open() as stream:
            stream.seek(start)
            data = stream.read(stop - start)
        _check(data, self._separator)
        odd: list[tuple[int, str]] = []

        def keep(row: pacsv.InvalidRow) -> str:
            odd.append((row.number, row.text))
            return "skip"

        parse = pacsv.ParseOptions(
            delimiter=self._separator, ignore_empty_lines=False, newlines_in_values=False, invalid_row_handler=keep
        )
        try:
            table = pacsv.read_csv(pa.py_buffer(data), self._read, parse, self._convert).combine_chunks()
        except pa.ArrowException:
            raise UnusualError from None
        columns = {name: _only(table.column(at)) for at, name in self._wanted.items()}
        count = table.num_rows + len(odd)
        if not odd:
            return Block(0, count, None, columns)
        places = [number - 1 for number, _ in odd]
        fits = np.ones(count, bool)
        fits[places] = False
        cells = [(place, self._fitted(text)) for place, (_, text) in zip(places, odd, strict=True)]
        return Block(0, count, np.flatnonzero(fits), columns, cells)

    def _fitted(self, text: str) -> Sequence[str] | Problem:
        cells = next(csv.reader([text], delimiter=self._separator, strict=True), [])
        return fitted(0, cells, self._width)[1]


def _only(column: pa.ChunkedArray) -> pa.Array:
    """The one array of a column."""
    column = column.unify_dictionaries().combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) else column


def _line_end(stream: BinaryIO, at: int, end: int) -> int:
    """Where the line ends that goes on at a place."""
    if at >= end:
        return end
    stream.seek(at - 1)
    found = stream.read(_WINDOW).find(_LINE_END)
    if found < 0:
        raise UnusualError
    return min(at + found, end)


def _check(data: bytes, separator: str) -> None:
    """Raise where Arrow could read other cells than Python's reader of CSV."""
    if _RETURN in data and data.count(_RETURN) != data.count(b"\r\n"):
        raise UnusualError
    if any(data.find(_LINE_END, at, at + _WINDOW) < 0 for at in range(0, len(data) - _WINDOW, _WINDOW)):
        raise UnusualError
    if not data.isascii():
        try:
            data.decode()
        except UnicodeError:
            raise UnusualError from None
    if _QUOTE in data:
        _check_quotes(data, separator)


def _check_quotes(data: bytes, separator: str) -> None:
    """Raise unless every quotation mark opens or closes a whole cell of one line."""
    codes = np.frombuffer(data, np.uint8)
    marks = np.flatnonzero((codes == ord(_QUOTE)) | (codes == ord(_LINE_END)))
    is_quote = codes[marks] == ord(_QUOTE)
    if (np.cumsum(is_quote)[~is_quote] & 1).any():  # a line ends within a cell
        raise UnusualError
    at = marks[is_quote]
    opens, closes = at[::2], at[1::2]
    if len(opens) != len(closes):
        raise UnusualError
    before = codes[np.maximum(opens - 1, 0)]
    after = codes[np.minimum(closes + 1, len(codes) - 1)]
    begins = _one_of(separator, "\n")[before] | (opens == 0)
    ends = _one_of(separator, "\n", "\r")[after] | (closes == len(codes) - 1)
    if not (begins.all() and ends.all()):
        raise UnusualError


def _one_of(*characters: str) -> np.ndarray[Any, Any]:
    """Which bytes are one of some characters."""
    found = np.zeros(_BYTES, bool)
    found[[ord(character) for character in characters]] = True
    return found


def _parquet(source: Source, options: tuple[str, ...]) -> Sheet | None:
    try:
        with source.open() as stream:
            schema = pq.ParquetFile(stream).schema_arrow
    except (pa.ArrowException, OSError, ValueError):
        return None
    columns = Columns(schema.names, options)
    usual = _wanted(columns) and is_of_jobs(schema.names)
    usual = usual and all(
        name is None or _is_plain(field.type, name) for name, field in zip(columns.names, schema, strict=True)
    )
    if not usual or has_lookalike(columns, lambda: ParquetSheet(source).rows(columns.unknown, is_kept=False)):
        return None
    return Sheet(columns, None, 1, _ParquetBlocks(source, columns, schema))


def _is_plain(kind: pa.DataType, name: str) -> bool:
    """Whether cells of a type are told apart by Arrow as they are by the reader of rows."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if _is_text(kind) or pa.types.is_integer(kind):
        return True
    others = (pa.types.is_boolean, pa.types.is_floating, pa.types.is_decimal, pa.types.is_date, pa.types.is_timestamp)
    return name != "job_id" and any(is_one(kind) for is_one in others)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


class _ParquetBlocks:
    """The blocks of a Parquet file."""

    def __init__(self, source: Source, columns: Columns, schema: pa.Schema) -> None:
        self._source = source
        self._names = {raw: name for raw, name in zip(schema.names, columns.names, strict=True) if name is not None}
        self._coded = [raw for raw in self._names if _is_text(schema.field(raw).type)]
        self._places = [at for at, name in enumerate(columns.names) if name is not None]

    def __iter__(self) -> Iterator[Making]:
        try:
            with self._source.open() as stream:
                file = pq.ParquetFile(stream, read_dictionary=self._coded)
                size = rows_at_once(file, leaves_of(file.schema_arrow, self._places), PARQUET_ROWS)
                if size is None:
                    raise UnusualError
                for batch in file.iter_batches(size, columns=list(self._names)):
                    columns = {name: batch.column(raw) for raw, name in self._names.items()}
                    if any(map(has_long_value, columns.values())):
                        raise UnusualError
                    if "job_id" in columns:
                        columns["job_id"] = _decoded(columns["job_id"])
                    yield partial(Block, 0, batch.num_rows, None, columns)
        except (pa.ArrowException, OSError, ValueError):
            raise UnusualError from None  # the reader of rows says which row it was


def _decoded(column: pa.Array) -> pa.Array:
    """Ids as text, where they are short enough that it can be held."""
    if not isinstance(column, pa.DictionaryArray):
        return column
    lengths = pc.take(pc.binary_length(column.dictionary), column.indices)
    if (pc.sum(lengths).as_py() or 0) > _IDS:
        raise UnusualError
    return column.dictionary_decode()


def rows_from(
    source: Source, form: str, first: int, options: tuple[str, ...] = ()
) -> Iterator[tuple[int, Sequence[Any] | Problem]]:
    """The rows of a sheet from a row number on, one by one; `options` are those that the price book names itself.

    Raises:
        ReadError: it cannot be read.
    """
    if form == "parquet":
        sheet = ParquetSheet(source)
        columns = Columns(sheet.names, options)
        rows: Iterator[tuple[int, Sequence[Any] | Problem]] = sheet.jobs(
            [at for at, name in enumerate(columns.names) if name is not None]
        )
    else:
        rows = read_sheet(source, "\t" if form == "tsv" else None, JOB_SHEET)[2]
    return (row for row in rows if row[0] >= first)
