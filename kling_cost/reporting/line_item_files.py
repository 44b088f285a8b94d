"""Files of line items that come one by one, more of them than memory holds."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from kling_cost.io.writing import replacing
from kling_cost.pricing.line_item import LineItem
from kling_cost.results.fields import runs
from kling_cost.results.line_item_csv import column_names, stamped_rows
from kling_cost.results.record_types import LINE_ITEM
from kling_cost.summary.summary import Summary

LINE_FORMS = (".csv", ".parquet")


def write_line_items(path: str | os.PathLike[str], summary: Summary, items: Iterable[LineItem]) -> None:
    """Write the line items of a summary: the bytes of CSV and the rows of Parquet that its estimate would give.

    Args:
        path: `.csv` or `.parquet`; an existing file is replaced at once, whole.
        summary: what the items came to.
        items: in order.

    Raises:
        WriteError: the file cannot be written.
    """
    tags = sorted(summary.tags)
    with replacing(path) as stream:
        if Path(path).suffix.lower() == ".csv":
            from kling_cost.reporting.writers.csv_text import csv_pieces

            for piece in csv_pieces(column_names(tags), runs(stamped_rows(items, tags, summary))):
                stream.write(piece)
            return
        from kling_cost.results.frames import ParquetRows, arrow_table, schema_of

        writer = ParquetRows(stream, schema_of(LINE_ITEM, tags))
        for run in runs(items):
            writer.write(arrow_table(LINE_ITEM, run, tags))
        writer.close()
