"""Reports into files: the form is told by the suffix, and no file is ever half written."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kling_cost.io.json_text import json_bytes
from kling_cost.io.writing import write_bytes
from kling_cost.planning.verdict import Verdict
from kling_cost.pricing.estimate import Estimate
from kling_cost.problems import UsageError
from kling_cost.python_values import list_of, text, told
from kling_cost.python_values import path as checked_path
from kling_cost.reconciliation.result import Reconciliation
from kling_cost.reporting.document import Document
from kling_cost.reporting.report import ALONE, Report, without_estimate
from kling_cost.reporting.style import Style, load_style
from kling_cost.results.document_types import REPORT
from kling_cost.results.fields import Objects, Record
from kling_cost.results.line_item_csv import column_names, stamped_rows
from kling_cost.results.record_types import LINE_ITEM, TASK


def write_report(
    path: str | os.PathLike[str],
    *results: Estimate | Verdict | Reconciliation | None,
    locale: str = "en",
    currencies: Sequence[str] = (),
    style: str | os.PathLike[str] | None = None,
    parts: Sequence[str] = (),
    title: str | None = None,
) -> None:
    """Write a report.

    Args:
        path: `.xlsx`, `.html`, `.md`, `.csv`, `.json` or `.parquet` (line items, or tasks where there is a
            reconciliation); an existing file is replaced at once, whole.
        results: an estimate, and where there are any, its verdict and its reconciliation, in any order; what is
            None is left out. A reconciliation that was stored can stand alone.
        locale: language of the words: `en`, `ko`, `ja` or `zh`. JSON and the header of CSV stay English.
        currencies: codes in which amounts are shown beside dollars, such as `("KRW",)`.
        style: a folder with a company's look; see docs/style.md.
        parts: which parts, such as `("summary", "line_items")`; all of them if left out.
        title: what the report is called; the campaign's or the sheet's name if left out.

    Raises:
        UsageError: no estimate, an unknown suffix, locale, currency or part, a faulty style, or figures that the
            format cannot hold.
        WriteError: the file cannot be written.

    >>> import kling_cost as kc, pathlib, tempfile
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "budget.md")
    ...     write_report(file, estimate)
    ...     print(file.read_text("utf-8").splitlines()[0])
    # Kling 3.0 videos
    """
    for result in results:
        if result is not None and not isinstance(result, (Estimate, Verdict, Reconciliation)):
            raise UsageError(f"an estimate, a verdict or a reconciliation is reported, not {told(result)}")
    codes, wanted = list_of(currencies, "currencies", str, "a currency code"), list_of(parts, "parts", str, "a part")
    verdict = next((result for result in results if isinstance(result, Verdict)), None)
    estimate = next((result for result in results if isinstance(result, Estimate)), None)
    outcome = next((result for result in results if isinstance(result, Reconciliation)), None)
    if estimate is None:
        estimate = verdict.estimate if verdict is not None else outcome.estimate if outcome is not None else None
    if estimate is None and outcome is not None:
        estimate, wanted = without_estimate(outcome), wanted or list(ALONE)
    if estimate is None:
        raise UsageError("a report needs an estimate")
    look = Style() if style is None else load_style(checked_path(style, "style"))
    language, name = text(locale, "locale") or "en", text(title, "title")
    report = Report(estimate, verdict, language, tuple(codes), look, tuple(wanted), outcome, name)
    write_bytes(path, report_bytes(suffix_of(path), report))


def suffix_of(path: str | os.PathLike[str]) -> str:
    """The suffix of an output file.

    Raises:
        UsageError: reports are not written in that form.

    >>> suffix_of("Budget.XLSX")
    '.xlsx'
    """
    suffix = Path(checked_path(path, "path")).suffix.lower()
    if suffix not in _FORMS:
        raise UsageError(f"{os.fspath(path)}: reports are written as {' '.join(_FORMS)}")
    return suffix


def report_bytes(
    suffix: str, report: Report, record: Record = REPORT, of: Callable[[Report], Any] = lambda r: r
) -> bytes:
    """A report in one form; JSON holds the record of what `of` takes from it."""
    if suffix == ".json":
        return json_bytes(record.json(of(report), in_lines=True))
    if suffix == ".parquet":
        return _parquet(report)
    if suffix == ".csv" and report.outcome is not None and _is_of_tasks(report):
        from kling_cost.reporting.writers.csv_text import csv_bytes

        columns = TASK.columns()
        return csv_bytes([column.name for column in columns], TASK.rows(report.outcome.tasks, columns))
    if suffix == ".csv" and _is_of_items(report):
        from kling_cost.reporting.writers.csv_text import csv_bytes

        items = report.estimate.line_items
        tags = LINE_ITEM.tag_names(Objects(items))
        return csv_bytes(column_names(tags), stamped_rows(items, tags, report.estimate))
    from kling_cost.reporting.parts import document_of

    return _WRITERS[suffix](document_of(report))


def _is_of_tasks(report: Report) -> bool:
    """Whether rows without a look are the tasks of a reconciliation, if there is one."""
    return report.only in ((), ALONE, ("reconciliation",))


def _is_of_items(report: Report) -> bool:
    """Whether rows without a look are line items."""
    return report.estimate.has_items and report.only in ((), ("line_items",))


def _parquet(report: Report) -> bytes:
    from kling_cost.results.frames import arrow_table, parquet_bytes

    if report.outcome is not None and _is_of_tasks(report):
        return parquet_bytes(arrow_table(TASK, report.outcome.tasks))
    if not _is_of_items(report):
        raise UsageError("Parquet holds line items or tasks, no other part")
    return parquet_bytes(arrow_table(LINE_ITEM, report.estimate.line_items))


def _xlsx(document: Document) -> bytes:
    from kling_cost.reporting.writers.xlsx import xlsx_bytes

    return xlsx_bytes(document)


def _html(document: Document) -> bytes:
    from kling_cost import __version__
    from kling_cost.reporting.writers.html import html_bytes

    return html_bytes(document, __version__)


def _markdown(document: Document) -> bytes:
    from kling_cost.reporting.writers.markdown import markdown

    return markdown(document).encode("utf-8", "backslashreplace")


def _csv(document: Document) -> bytes:
    from kling_cost.reporting.writers.csv_text import tables_csv

    return tables_csv(document)


#: What turns a document into the bytes of a form; JSON holds results rather than a document.
_WRITERS: dict[str, Callable[[Document], bytes]] = {".xlsx": _xlsx, ".html": _html, ".md": _markdown, ".csv": _csv}
_FORMS = (*_WRITERS, ".json", ".parquet")
