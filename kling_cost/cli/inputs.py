"""From job files to an estimate, with a progress bar where it takes long and somebody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Any

from kling_cost.cli.options import InputOptions, PriceOptions
from kling_cost.documents.sources import Source, name_sources
from kling_cost.jobs.job import Job
from kling_cost.jobs.reading import StoredEstimateError, stream_jobs
from kling_cost.pricing.estimate import Estimate, Estimator
from kling_cost.problems import UsageError

_PATIENCE = 1  # seconds before a progress bar appears
_EVERY = 500  # jobs between two looks at the clock


def read_estimate(inputs: InputOptions, price: PriceOptions, stored: bool = True) -> Estimate:
    """Price the job files, or take an estimate that was stored before as it is.

    Args:
        inputs: the files and how to read them.
        price: which prices to use.
        stored: whether a stored estimate will do.

    Raises:
        ReadError, PriceBookError, UsageError: it cannot be read, or the options exclude each other.
    """
    sources = _sources(inputs)
    book = price.book()
    stream = stream_jobs(sources, inputs.input_format, inputs.sheet)
    estimator = Estimator(book, price.as_of, inputs.strict)
    try:
        for job in _watched(stream):
            estimator.add(job)
    except StoredEstimateError as found:
        if not stored:
            raise
        return _stored(sources, inputs, price, found)
    return estimator.result(stream.file_problems, stream.campaigns)


def _stored(sources: list[Source], inputs: InputOptions, price: PriceOptions, found: StoredEstimateError) -> Estimate:
    from kling_cost.pricing.stored import stored_estimate

    if len(sources) > 1:
        raise UsageError(f"{found.problem.source} is a stored estimate and has to stand alone")
    if price.given:
        raise UsageError(f"{', '.join(price.given)}: a stored estimate is taken as it is")
    if sources[0].stream is not None and found.document is None:
        raise UsageError("stored line items cannot come through standard input; give the file")
    estimate = stored_estimate(sources[0], found, price.rate)
    return estimate.strictly() if inputs.strict else estimate


def _sources(inputs: InputOptions) -> list[Source]:
    named = iter(name_sources([path for path in inputs.jobs if path != "-"], inputs.encoding))
    if inputs.jobs.count("-") > 1:
        raise UsageError("standard input is given twice")
    if "-" in inputs.jobs and inputs.input_format is None:
        raise UsageError("standard input needs --input-format")
    return [Source("stdin", None, sys.stdin.buffer, inputs.encoding) if p == "-" else next(named) for p in inputs.jobs]


def _watched(jobs: Iterable[Job]) -> Iterator[Job]:
    """The jobs, with a progress bar on a terminal once it takes long."""
    if not sys.stderr.isatty():
        yield from jobs
        return
    start = time.monotonic()
    bar: Any = None
    with ExitStack() as stack:
        for count, job in enumerate(jobs, 1):
            yield job
            if count % _EVERY == 0 and time.monotonic() - start > _PATIENCE:
                bar = bar or stack.enter_context(_progress())
                bar.update(0, completed=count)


def _progress() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    words = TextColumn("{task.description} {task.completed:,} jobs")
    bar = Progress(words, BarColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True)
    bar.add_task("pricing", total=None)
    return bar
