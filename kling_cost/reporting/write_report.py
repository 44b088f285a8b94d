"""Write reports to files: the suffix selects the format, and no file is ever half written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from kling_cost.io.json_text import json_bytes
from kling_cost.io.writing import write_bytes
from kling_cost.planning.compare.comparison import Comparison
from kling_cost.planning.verdict import Verdict
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.totals import Totals
from kling_cost.problems import UsageError
from kling_cost.python_values import list_of, text, told
from kling_cost.python_values import path as checked_path
from kling_cost.reconciliation.result import Reconciliation
from kling_cost.reporting.formats import suffix_of, writer_of
from kling_cost.reporting.report import ALONE, CHANGED, Report, without_estimate
from kling_cost.reporting.style import Style, load_style
from kling_cost.results.document_types import REPORT
from kling_cost.results.fields import Objects, Record
from kling_cost.results.line_item_csv import column_names, stamped_rows
from kling_cost.results.plans.compare_types import COMPARE_ROW
from kling_cost.results.plans.plan_types import CHANGE_ROW
from kling_cost.results.record_types import LINE_ITEM, TASK, line_item_record

Result = TypeVar("Result")
_KINDS = (Estimate, Totals, Verdict, Reconciliation, Comparison)


def write_report(
    path: str | os.PathLike[str],
    *results: Estimate | Totals | Verdict | Reconciliation | Comparison | None,
    locale: str = "en",
    currencies: Sequence[str] = (),
    style: str | os.PathLike[str] | None = None,
    parts: Sequence[str] = (),
    title: str | None = None,
) -> None:
    """Write a report.

    Args:
        path: `.xlsx`, `.html`, `.md`, `.csv`, `.json` or `.parquet`; an existing file is replaced
            atomically. CSV and Parquet hold line items, or tasks if there is a reconciliation, or what each seller asks
            for each job if there is a comparison.
        results: an estimate or totals and, if there are any, its verdict, its reconciliation and its comparison with
            other sellers, in any order; what is None is skipped. A stored reconciliation can be reported without its
            estimate.
        locale: language of the words: `en`, `ko`, `ja` or `zh`. JSON and the header of CSV stay English.
        currencies: codes of currencies shown beside dollars, such as `("KRW",)`.
        style: a folder with a company's look; see docs/how-to/company-look.md.
        parts: the parts to include, such as `("summary", "line_items")`; all if omitted.
        title: the title of the report; the name of the campaign or the sheet if omitted.

    Raises:
        UsageError: no estimate, an unknown suffix, locale, currency or part, an invalid style, or figures that the
            format cannot store.
        WriteError: the file cannot be written.

    >>> import kling_cost as kc, pathlib, tempfile
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "budget.md")
    ...     write_report(file, estimate)
    ...     print(file.read_text("utf-8").splitlines()[0])
    # Kling 3.0 videos
    """
    _check_kinds(results)
    codes, wanted = list_of(currencies, "currencies", str, "a currency code"), list_of(parts, "parts", str, "a part")
    verdict, outcome = _first(results, Verdict), _first(results, Reconciliation)
    compared = _first(results, Comparison)
    estimate = _first(results, Estimate) or _first(results, Totals)
    if estimate is None:
        estimate = _planned(verdict, compared, outcome)
    if estimate is None and outcome is not None:
        estimate, wanted = without_estimate(outcome), wanted or list(ALONE)
    if estimate is None:
        raise UsageError("a report needs an estimate")
    look = Style() if style is None else load_style(checked_path(style, "style"))
    language, name = text(locale, "locale") or "en", text(title, "title")
    report = Report(estimate, verdict, language, tuple(codes), look, tuple(wanted), outcome, name, comparison=compared)
    write_bytes(path, report_bytes(suffix_of(path), report))


def _check_kinds(results: Sequence[object]) -> None:
    for result in results:
        if result is not None and not isinstance(result, _KINDS):
            kinds = "an estimate, a verdict, a reconciliation or a comparison"
            raise UsageError(f"a report is made from {kinds}, not {told(result)}")


def _first(results: Sequence[object], kind: type[Result]) -> Result | None:
    return next((result for result in results if isinstance(result, kind)), None)


def _planned(*results: Verdict | Comparison | Reconciliation | None) -> Estimate | Totals | None:
    """The estimate that a result was made from."""
    return next((result.estimate for result in results if result is not None), None)


def report_bytes(
    suffix: str, report: Report, record: Record = REPORT, of: Callable[[Report], Any] = lambda r: r
) -> bytes:
    """A report in one form; JSON holds the record of what `of` takes from it."""
    if suffix == ".json":
        return json_bytes(record.json(of(report), in_lines=True))
    if suffix == ".parquet":
        return _parquet(report)
    if suffix == ".csv" and (rows := _rows(report)) is not None:
        from kling_cost.reporting.writers.csv_text import csv_bytes

        kind, items = rows
        columns = kind.columns()
        return csv_bytes([column.name for column in columns], kind.rows(items, columns))
    if suffix == ".csv" and (estimate := _of_items(report)) is not None:
        from kling_cost.reporting.writers.csv_text import csv_bytes

        items = estimate.line_items
        tags = LINE_ITEM.tag_names(Objects(items))
        of_all = (estimate.own_options, estimate.is_exact, estimate.summary.is_adjusted)
        names = column_names(tags, True, *of_all)
        return csv_bytes(names, stamped_rows(items, tags, estimate.summary))
    from kling_cost.reporting.parts import document_of

    return writer_of(suffix)(document_of(report))


def _rows(report: Report) -> tuple[Record, Iterable[Any]] | None:
    """The rows without a look that are no line items, and what they are: steps of a change, tasks or offers."""
    if report.difference is not None and report.only == CHANGED:
        return CHANGE_ROW, report.difference.rows
    if report.outcome is not None and _is_of_tasks(report):
        return TASK, report.outcome.tasks
    if report.comparison is not None and report.only in ((), ("compare",)):
        return COMPARE_ROW, report.comparison.rows
    return None


def _is_of_tasks(report: Report) -> bool:
    """Whether rows without a look are the tasks of a reconciliation, if there is one."""
    return report.only in ((), ALONE, ("reconciliation",))


def _of_items(report: Report) -> Estimate | None:
    """The estimate whose line items rows without a look are; None where they are something else."""
    wanted = report.only in ((), ("line_items",))
    return report.estimate if wanted and isinstance(report.estimate, Estimate) else None


def _parquet(report: Report) -> bytes:
    from kling_cost.results.arrow_tables import arrow_table, parquet_bytes

    if report.difference is None and (rows := _rows(report)) is not None:
        kind, items = rows
        return parquet_bytes(arrow_table(kind, list(items)))
    estimate = _of_items(report)
    if estimate is None:
        raise UsageError("Parquet can only contain line items, tasks or offers")
    return parquet_bytes(arrow_table(line_item_record(estimate.own_options, estimate.is_exact), estimate.line_items))
