"""Read job and answer files for the verbs, with a progress bar on a terminal."""

from __future__ import annotations

import glob
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from kling_cost.cli.options import InputOptions, PriceOptions, ResponseOptions
from kling_cost.cli.streams import standard_input
from kling_cost.io.sources import Source, name_sources
from kling_cost.jobs.own_line_items import StoredEstimateError
from kling_cost.jobs.read_jobs import stream_jobs
from kling_cost.pricing.estimate import Estimate, Estimator
from kling_cost.problems import UsageError

if TYPE_CHECKING:
    from kling_cost.reconciliation.result import Reconciliation

_PATIENCE = 1  # seconds before a progress bar appears
_EVERY = 500  # jobs between two looks at the clock


def read_estimate(inputs: InputOptions, price: PriceOptions, stored: bool = True) -> Estimate:
    """Price the job files, or read a stored estimate without pricing it again.

    Args:
        inputs: the files and how to read them.
        price: which prices to use.
        stored: whether a stored estimate will do.

    Raises:
        ReadError, PriceBookError, UsageError: it cannot be read, or the options exclude each other.
    """
    sources = job_sources(inputs)
    book = price.book()
    stream = stream_jobs(sources, inputs.input_format, inputs.sheet, book.own_inputs, inputs.foreign)
    estimator = Estimator(book, price.as_of, inputs.strict)
    try:
        for job in watched(stream):
            estimator.add(job)
    except StoredEstimateError as found:
        if not stored:
            raise
        return stored_plan(sources, inputs, price, found)
    return estimator.result(stream.file_problems, stream.campaigns, stream.sheets)


def job_sources(inputs: InputOptions) -> list[Source]:
    """The job files, patterns among them replaced by the files that match.

    Raises:
        UsageError: nothing matches a pattern, or standard input is not said well.
    """
    paths = [path for given in inputs.jobs for path in _matching(given)]
    return _sources(paths, inputs.input_format, inputs.encoding)


def _matching(path: str) -> list[str]:
    """The files that a quoted pattern matches; a path without a pattern, or one that exists, is returned unchanged."""
    if path == "-" or not glob.has_magic(path) or os.path.lexists(path):
        return [path]
    found = sorted(glob.glob(path, recursive=True))
    if not found:
        raise UsageError(f"no file matches {path}")
    return found


def stored_plan(
    sources: Sequence[Source], inputs: InputOptions, price: PriceOptions, found: StoredEstimateError
) -> Estimate:
    """The estimate that a file holds in place of jobs.

    Raises:
        ReadError, UsageError: it cannot be read, or the options exclude each other.
    """
    from kling_cost.pricing.read_estimate import stored_estimate

    if len(sources) > 1:
        raise UsageError(f"{found.problem.source} is a stored estimate; pass it as the only input")
    if price.given:
        raise UsageError(f"{', '.join(price.given)}: a stored estimate is not priced again; omit the option")
    if sources[0].stream is not None and found.document is None:
        raise UsageError("stored line items cannot be read from standard input; pass the file")
    estimate = stored_estimate(sources[0], found, price.rate)
    return estimate.strictly() if inputs.strict else estimate


def read_outcome(
    estimate: Estimate, inputs: InputOptions, price: PriceOptions, options: ResponseOptions
) -> Reconciliation:
    """Read the answers and hold them against an estimate.

    Args:
        estimate: what was planned.
        inputs: how its files were read.
        price: which prices were used.
        options: the files of answers, how to read them, and which findings count.

    Raises:
        ReadError, PriceBookError, UsageError: a file cannot be read, or the options make no sense.
    """
    from kling_cost.pricebook.load import load_prices
    from kling_cost.reconciliation.answers.read_answers import read_response_sources
    from kling_cost.reconciliation.reconcile import reconcile
    from kling_cost.reconciliation.result import check_kinds

    check_kinds((*options.fail_on, *options.ignore))
    if "-" in inputs.jobs and "-" in options.files:
        raise UsageError("standard input can be used only once")
    submitted = None if options.submitted is None else name_sources([options.submitted], inputs.encoding)[0]
    sources = _sources(options.files, options.form, inputs.encoding, "--response-format")
    book, unit = price.book() if estimate.book is None else estimate.book, options.amount_unit
    also = [load_prices(path) for path in options.also]
    try:
        read = read_response_sources(
            sources,
            options.form,
            options.sheet,
            unit,
            [book, *also],
            lambda rows: watched(rows, "reading answers", "lines"),
        )
    except UsageError as error:  # what the library calls one argument is two options here
        raise UsageError(str(error).replace("input_format=", "--response-format ")) from None
    return reconcile(
        estimate,
        read,
        also=also,
        book=book,
        fail_on=options.fail_on,
        ignore=options.ignore,
        only_mine=options.only_mine,
        submitted_until=options.submitted_until,
        submitted=submitted,
    )


def _sources(
    files: Sequence[str], form: str | None, encoding: str | None, option: str = "--input-format"
) -> list[Source]:
    named = iter(name_sources([path for path in files if path != "-"], encoding))
    if list(files).count("-") > 1:
        raise UsageError("standard input can be used only once")
    if "-" in files and form is None:
        raise UsageError(f"standard input needs {option}")
    return [Source("stdin", None, standard_input(), encoding) if p == "-" else next(named) for p in files]


def watched(items: Iterable[Any], what: str = "pricing", unit: str = "jobs") -> Iterator[Any]:
    """The items, with a progress bar on a terminal once it takes long."""
    if not sys.stderr.isatty():
        yield from items
        return
    start = time.monotonic()
    bar: Any = None
    with ExitStack() as stack:
        for count, item in enumerate(items, 1):
            yield item
            if count % _EVERY == 0 and time.monotonic() - start > _PATIENCE:
                bar = bar or stack.enter_context(_progress(what, unit))
                bar.update(0, completed=count)


def watch(what: str = "pricing", unit: str = "jobs") -> Callable[[int], None]:
    """A function that shows the count it is called with, on a terminal once the run takes long."""
    if not sys.stderr.isatty():
        return lambda count: None
    start = time.monotonic()
    bar: Any = None

    def show(count: int) -> None:
        nonlocal bar
        if bar is None and time.monotonic() - start > _PATIENCE:
            bar = _progress(what, unit)
            bar.start()
            click.get_current_context().call_on_close(bar.stop)
        if bar is not None:
            bar.update(0, completed=count)

    return show


def _progress(what: str, unit: str) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    words = TextColumn("{task.description} {task.completed:,} " + unit)
    bar = Progress(words, BarColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True)
    bar.add_task(what, total=None)
    return bar
