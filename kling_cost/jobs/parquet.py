"""Parquet files, batch by batch: memory grows with a batch, not with the file."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from kling_cost.documents.sources import MEBIBYTE, Source
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.jobs.headers import hold_header
from kling_cost.jobs.own_lines import kind_of_header
from kling_cost.problems import ReadError

_BATCH = 10_000
_MAX_STREAMED = 512 * MEBIBYTE  # only where the file comes through a pipe and has to be held


def read_parquet(
    source: Source, places: Collection[int] | None = None
) -> tuple[list[str], Iterator[tuple[int, list[Any]]]]:
    """The column names, and every row from 1 as Python values; of `places`, if given, only the columns there.

    Raises:
        ReadError: it is no Parquet file, is damaged, holds line items of ours, or has no column of a sheet of jobs.
    """
    stream = io.BytesIO(source.read(_MAX_STREAMED)) if source.stream is not None else source.open()
    try:
        file = pq.ParquetFile(stream)
    except (pa.ArrowException, OSError, ValueError) as error:
        stream.close()
        raise source.error("unreadable.parquet", why=_reason(error)) from None
    names = list(file.schema_arrow.names)
    try:
        if kind_of_header(names) is not None:
            raise source.error("unreadable.line_items")
        hold_header(source, names)
    except ReadError:
        stream.close()
        raise
    wanted = names if places is None else [names[at] for at in places]
    return names, _rows(source, file, stream, wanted)


def _rows(
    source: Source, file: pq.ParquetFile, stream: BinaryIO, wanted: Sequence[str]
) -> Iterator[tuple[int, list[Any]]]:
    number = 0
    names = file.schema_arrow.names
    with stream:
        try:
            for batch in file.iter_batches(_BATCH, columns=None if wanted == names else wanted):
                nothing = [None] * batch.num_rows
                read = iter(batch.columns)
                columns = (cells_of_arrow(next(read)) if name in wanted else nothing for name in names)
                for row in zip(*columns, strict=True):
                    number += 1
                    yield number, list(row)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise source.error("unreadable.parquet", number + 1, why=_reason(error)) from None


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
