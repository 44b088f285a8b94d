"""Reports of many line items: a workbook beside openpyxl writing the same cells, a page beside a bare template."""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

import kling_cost as kc
from benchmarks.measure import Figure, best_of, peak_memory
from kling_cost.reporting.parts import document_of
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import plain
from kling_cost.reporting.write_report import report_bytes

MIB = 1024 * 1024
LINES, PAGE_LINES = 100_000, 3_000
_ESTIMATE = "from benchmarks.reporting import estimate, LINES; made = estimate(LINES)"
_WORKBOOK = (
    "; from kling_cost.reporting.report import Report; from kling_cost.reporting.write_report import report_bytes"
    "; report_bytes('.xlsx', Report(made))"
)


def figures() -> Iterator[Figure]:
    """Time and memory of a workbook, time of a page."""
    report = Report(estimate(LINES))
    ours, theirs = best_of([lambda: report_bytes(".xlsx", report), lambda: _write_only(report)], rounds=2)
    detail = f"{ours:.1f} s beside {theirs:.1f} s, live formulas, stored values and styles in both but values"
    yield Figure(
        f"{LINES:,} line items to .xlsx", "openpyxl write-only, the same cells", ours / theirs, 0.1, detail=detail
    )
    with_book, without = (peak_memory(sys.executable, "-c", code) for code in (_ESTIMATE + _WORKBOOK, _ESTIMATE))
    yield Figure(
        "the same, peak memory over the estimate's own", "limit", (with_book - without) / MIB, 150, unit=" MiB"
    )
    small = Report(estimate(PAGE_LINES))
    page, bare = best_of([lambda: report_bytes(".html", small), lambda: _bare_page(small)], rounds=7)
    yield Figure(
        f"page of {PAGE_LINES:,} line items", "a bare Jinja2 loop over tuples, same rows and fields", page / bare, 1.3
    )


def estimate(lines: int) -> kc.Estimate:
    """An estimate of so many different lines."""
    jobs = [
        {
            "job_id": f"shot-{number:06}",
            "request": {
                "model": "kling-v3-text-to-video",
                "prompt": f"Shot {number}: a lighthouse at dawn",
                "duration": 3 + number % 13,
                "quality": ("720p", "1080p")[number % 2],
                "sound": ("off", "on")[number % 3 % 2],
            },
            "takes": 1 + number % 4,
            "tags": {"client": ("Acme", "Umbrella")[number % 2]},
        }
        for number in range(lines)
    ]
    return kc.estimate(jobs, as_of=date(2026, 11, 20))


def _write_only(report: Report) -> bytes:
    """The line items as a good engineer would write them with openpyxl alone."""
    (table,) = (t for part in document_of(report).parts for t in part.tables if t.key == "line_items")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Line items")
    font, top = Font(name="Calibri"), Alignment(vertical="top")
    formats = ["#,##0.0000" if column.kind == "credits" else "General" for column in table.columns]
    sheet.append([column.title for column in table.columns])
    for number, row in enumerate(table.rows, 2):
        cells = []
        for column, form, value in zip(table.columns, formats, row, strict=True):
            bare = plain(value)
            if bare is None and column.formula is None:
                cells.append(None)
                continue
            cell = WriteOnlyCell(
                sheet, "=" + column.formula.replace("{", "").replace("}", str(number)) if column.formula else bare
            )
            cell.font, cell.alignment, cell.number_format = font, top, form
            cells.append(cell)
        sheet.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


_BARE = Environment(autoescape=True).from_string(
    "<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)


def _bare_page(report: Report) -> str:
    """The same rows and fields, as text, without anything around them."""
    (table,) = (t for part in document_of(report).parts for t in part.tables if t.key == "line_items")
    at = [i for i, c in enumerate(table.columns) if not c.helper and (c.prominent or c.offers_filter)]
    rows: list[tuple[Any, ...]] = []
    for row, details in zip(table.rows, table.details or (), strict=True):
        rows.append((*(str(plain(row[i])) for i in at), *(fact.text for fact in details)))
    return _BARE.render(rows=rows)


def save_example(folder: Path, lines: int) -> None:
    """Write a workbook of so many lines, to look at."""
    (folder / f"{lines}.xlsx").write_bytes(report_bytes(".xlsx", Report(estimate(lines))))


if __name__ == "__main__":
    save_example(Path(tempfile.gettempdir()), int(sys.argv[1]))
