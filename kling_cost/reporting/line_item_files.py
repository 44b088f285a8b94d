"""Write files of line items one by one, for more of them than fit in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from kling_cost.io.writing import replacing
from kling_cost.pricing.totals import Totals
from kling_cost.results.fields import runs
from kling_cost.results.line_item_csv import column_names, stamped_rows
from kling_cost.results.record_types import line_item_record
from kling_cost.summary.summarize import Run

LINE_FORMS = (".csv", ".parquet")


def write_line_items(
    path: str | os.PathLike[str], summary: Totals, run: Run, watch: Callable[[int], object] = lambda items: None
) -> None:
    """Write the line items of a summary: the bytes of CSV and the rows of Parquet that its estimate would give.

    Args:
        path: `.csv` or `.parquet`; an existing file is replaced at once, whole.
        summary: what the items came to.
        run: what read them.
        watch: is told how many are written.

    Raises:
        WriteError: the file cannot be written.
    """
    write = _csv if Path(path).suffix.lower() == ".csv" else _parquet
    written = 0
    with replacing(path) as stream:
        for count in write(stream, summary, run):
            written += count
            watch(written)


def _csv(stream: BinaryIO, summary: Totals, run: Run) -> Iterator[int]:
    from kling_cost.reporting.writers.csv_text import csv_bytes, csv_lines

    tags = sorted(summary.by_tag)
    names = column_names(tags, True, summary.own_options, summary.is_exact, summary.is_adjusted)
    stream.write(csv_bytes(names, []))
    for rows in runs(stamped_rows(run.line_items(), tags, summary)):
        stream.write(csv_lines(rows))
        yield len(rows)


def _parquet(stream: BinaryIO, summary: Totals, run: Run) -> Iterator[int]:
    from kling_cost.results.arrow_tables import ParquetRows, schema_of

    tags = sorted(summary.by_tag)
    record = line_item_record(summary.own_options, summary.is_exact)
    writer = ParquetRows(stream, schema_of(record, tags))
    for table in run.line_item_tables(record, tags):
        writer.write(table)
        yield table.num_rows
    writer.close()
