"""`--summary`: job files of any size to totals, breakdowns and problems, and to a verdict."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kling_cost.cli.job_inputs import job_sources, stored_plan, watch
from kling_cost.cli.options import InputOptions, OutputOptions, PriceOptions
from kling_cost.cli.outputs import deliver
from kling_cost.cli.streams import tell
from kling_cost.jobs.own_line_items import StoredEstimateError
from kling_cost.planning.checked_plan import summary_of
from kling_cost.planning.verdict import Verdict
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.totals import Totals
from kling_cost.problems import UsageError
from kling_cost.reporting.line_item_files import LINE_FORMS, write_line_items
from kling_cost.reporting.parts import estimate_tables, verdict_tables
from kling_cost.reporting.report import Report
from kling_cost.results.document_types import CHECK, SUMMARY
from kling_cost.summary.lasting_sources import lasting
from kling_cost.summary.summarize import How, Run

_RESULTS = (".json", ".md")
#: Checks a plan against limits.
PlanCheck = Callable[[Estimate | Totals], Verdict]


def deliver_summary(
    inputs: InputOptions,
    price: PriceOptions,
    outputs: OutputOptions,
    processes: int | None,
    check_plan: PlanCheck | None = None,
) -> int:
    """Sum up the job files, write the files, print the result, and return the exit code that it asks for.

    Args:
        inputs: the files and how to read them.
        price: which prices to use.
        outputs: how to show results.
        processes: how many processes read in parallel; by default one per core.
        check_plan: checks the totals against limits, if that is wanted. A stored estimate may then take the place of
            the files, and with `--strict` every warning is looked for.

    Raises:
        UsageError, ReadError, PriceBookError, WriteError: a file cannot be read or written, or the options make no
            sense.
    """
    _check_files(outputs)
    with lasting(job_sources(inputs)) as sources:
        cores, thorough = processes or _cores(), check_plan is not None and inputs.strict
        how = How(
            inputs.input_format,
            inputs.sheet,
            price.as_of,
            inputs.strict,
            cores,
            watch=watch(),
            thorough=thorough,
            foreign=inputs.foreign,
        )
        run = Run(sources, price.book(), how)
        try:
            plan: Estimate | Totals = run.summary()
        except StoredEstimateError as found:
            if check_plan is None:
                raise
            plan = stored_plan(sources, inputs, price, found)
        verdict = None if check_plan is None else check_plan(plan)
        lines = _line_files(outputs) if isinstance(plan, Totals) else []
        for path in lines:
            write_line_items(path, summary_of(plan), run, watch("writing", "line items"))
            tell(f"wrote {path}")
    others = replace(outputs, files=[path for path in outputs.files if path not in lines])
    code = _deliver(outputs.report(plan, verdict), others)
    more = summary_of(plan).more_problems
    if more:
        tell(f"kling-cost: {more:,} more problems are counted but not listed")
    return code


def _deliver(report: Report, outputs: OutputOptions) -> int:
    if report.verdict is None:
        return deliver(report, outputs, SUMMARY, lambda r: r.estimate, lambda: estimate_tables(report))
    return deliver(report, outputs, CHECK, lambda r: r.verdict, lambda: verdict_tables(report))


def _check_files(outputs: OutputOptions) -> None:
    for path in outputs.files:
        if Path(path).suffix.lower() not in (*_RESULTS, *LINE_FORMS):
            raise UsageError(f"{path}: a summary can be written as {' '.join((*_RESULTS, *LINE_FORMS))}")


def _line_files(outputs: OutputOptions) -> list[str]:
    """The files among the outputs that hold line items."""
    return [path for path in outputs.files if Path(path).suffix.lower() in LINE_FORMS]


def _cores() -> int:
    """How many processes can run in parallel."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
