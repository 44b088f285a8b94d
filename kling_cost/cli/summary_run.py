"""`estimate --summary`: job files of any size to totals, breakdowns and problems."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from kling_cost.cli.job_inputs import job_sources, watch
from kling_cost.cli.options import InputOptions, OutputOptions, PriceOptions
from kling_cost.cli.outputs import deliver
from kling_cost.cli.streams import tell
from kling_cost.io.sources import LONGEST_LINE, Source
from kling_cost.problems import UsageError
from kling_cost.reporting.line_item_files import LINE_FORMS, write_line_items
from kling_cost.reporting.parts import estimate_tables
from kling_cost.results.document_types import SUMMARY
from kling_cost.summary.summarize import How, Run

_RESULTS = (".json", ".md")
_WAITING = 1 << 20  # bytes that are copied at a time


def deliver_summary(inputs: InputOptions, price: PriceOptions, outputs: OutputOptions, processes: int | None) -> int:
    """Sum up the job files, write the files, print the result, and return the exit code that it asks for.

    Args:
        inputs: the files and how to read them.
        price: which prices to use.
        outputs: how to show results.
        processes: how many read at the same time; one a core if left out.

    Raises:
        UsageError, ReadError, PriceBookError, WriteError: a file cannot be read or written, or the options make no
            sense.
    """
    for path in outputs.files:
        if Path(path).suffix.lower() not in (*_RESULTS, *LINE_FORMS):
            raise UsageError(f"{path}: of a summary, {' '.join((*_RESULTS, *LINE_FORMS))} are written")
    lines = [path for path in outputs.files if Path(path).suffix.lower() in LINE_FORMS]
    book = price.book()
    with _lasting(job_sources(inputs)) as sources:
        how = How(inputs.input_format, inputs.sheet, price.as_of, inputs.strict, processes or _cores(), watch=watch())
        run = Run(sources, book, how)
        summary = run.summary()
        report = outputs.report(summary)
        for path in lines:
            write_line_items(path, summary, run, watch("writing", "line items"))
            tell(f"wrote {path}")
    others = replace(outputs, files=[path for path in outputs.files if path not in lines])
    code = deliver(report, others, SUMMARY, lambda r: r.estimate, lambda: estimate_tables(report))
    if summary.more_problems:
        tell(f"kling-cost: {summary.more_problems:,} more problems are counted only")
    return code


def _cores() -> int:
    """How many processes can run at the same time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _lasting(sources: Sequence[Source]) -> Iterator[list[Source]]:
    """The sources with a file in place of every stream or pipe, since a second look at their ids may be needed."""
    with tempfile.TemporaryDirectory(prefix="kling-cost-") as folder:
        found = []
        for at, source in enumerate(sources):
            if source.stream is None and (source.path is None or not source.path.is_fifo()):
                found.append(source)
                continue
            copy = Path(folder, str(at))
            with source.open() as stream, open(copy, "xb") as kept:
                _keep(source, stream, kept)
            found.append(source._replace(path=copy, stream=None))
        yield found


def _keep(source: Source, stream: BinaryIO, kept: BinaryIO) -> None:
    """Copy a stream to its end, unless it has none."""
    since = 0
    while block := stream.read(_WAITING):
        kept.write(block)
        since = 0 if b"\n" in block else since + len(block)
        if since > LONGEST_LINE:
            raise source.endless()
