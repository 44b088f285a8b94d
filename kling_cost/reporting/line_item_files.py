"""Write files of line items one by one, for more of them than fit in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from kling_cost.io.writing import replacing
from kling_cost.pricing.csv_rows import column_names, flat_rows
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.totals import Totals

LINE_FORMS = (".csv", ".parquet")
_RUN = 20_000  # line items that are written together


def write_line_items(path: str | os.PathLike[str], summary: Totals, items: Iterable[LineItem]) -> None:
    """Write the line items of a summary: the bytes of CSV and the rows of Parquet that its estimate would give.

    Args:
        path: `.csv` or `.parquet`; an existing file is replaced at once, whole.
        summary: what the items came to.
        items: in order.

    Raises:
        WriteError: the file cannot be written.
    """
    runs = _runs(summary, items)
    tags = sorted(summary.by_tag)
    with replacing(path) as stream:
        if Path(path).suffix.lower() == ".csv":
            from kling_cost.reporting.writers.csv_text import csv_pieces

            rows = (flat_rows(run, True, tags, summary)[1] for run in runs)
            for piece in csv_pieces(column_names(tags, stamped=True), rows):
                stream.write(piece)
            return
        from kling_cost.reporting.writers.parquet_file import ParquetRows

        writer = ParquetRows(stream, column_names(tags))
        for run in runs:
            writer.write(run.to_frame())
        writer.close()


def _runs(summary: Totals, items: Iterable[LineItem]) -> Iterator[Estimate]:
    """The items as estimates of some at a time, at least one."""
    some = iter(items)
    about = (summary.left_out, summary.as_of, summary.price_book)
    first = list(islice(some, _RUN))
    for run in chain([first], iter(lambda: list(islice(some, _RUN)), [])):
        yield Estimate(run, (), *about)
