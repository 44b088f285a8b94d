"""An empty job sheet for people who plan in a spreadsheet: drop-downs and checks from the price book, and help."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime

from openpyxl import Workbook
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from kling_cost.pricebook.book import PRICED_OPTIONS, PriceBook
from kling_cost.pricebook.table import price_table
from kling_cost.reporting.writers.xlsx import put
from kling_cost.reporting.writers.xlsx_package import finished_package

ROWS = 1_000
_EPOCH = datetime(2026, 1, 1)  # noqa: DTZ001  # a property of the file, not a moment
_FONT = "Calibri"
_HEADER = (
    ("job_id", 14),
    ("model", 28),
    ("duration", 10),
    ("quality", 10),
    ("sound", 8),
    ("takes", 8),
    ("date", 12),
    ("prompt", 60),
    ("image_start", 36),
    ("tag:client", 14),
    ("tag:scene", 14),
)
_EXAMPLE: dict[str, str | int] = {
    "job_id": "hero-01",
    "model": "kling-v3-text-to-video",
    "duration": 5,
    "quality": "720p",
    "sound": "off",
    "takes": 3,
    "prompt": "A lighthouse at dawn, slow push in",
    "tag:client": "Acme",
    "tag:scene": "opening",
}
_HELP = (
    (
        "One row is one job",
        "A job is one API call, times its takes. Replace the example row with your first job.",
    ),
    ("job_id", "A name of your own for the job. Left empty, it is called after the file and the row."),
    ("model", "What to call, from the list. Where two providers use a name, write provider:model."),
    ("duration", "Whole seconds. Left empty, the provider's default is priced, and the result says so."),
    ("quality, sound", "From the lists; sound is on or off. Left empty, the provider's default is priced."),
    ("takes", "How often it will be called. Left empty, once."),
    ("date", "The day whose price counts, as 2026-03-01. Left empty, the day of the estimate."),
    (
        "prompt, image_start",
        "What the request needs beside. Delete a column that you do not plan with; do not leave it empty.",
    ),
    ("tag:NAME", "Any number of columns for your own labels: the costs are added up by each of them."),
    ("Then", 'kling-cost check jobs.xlsx --budget "500 USD"'),
)


def template_bytes(book: PriceBook, as_of: date) -> bytes:
    """The workbook: a sheet `Jobs` to fill in, a sheet `Help`, and the lists that the drop-downs show.

    Args:
        book: the price book whose models and options are offered.
        as_of: the day whose prices are listed.
    """
    workbook = Workbook()
    workbook.properties = DocumentProperties(title="Jobs", creator="kling_cost", created=_EPOCH, modified=_EPOCH)
    jobs = workbook["Sheet"]
    jobs.title = "Jobs"
    ranges = _lists(workbook.create_sheet("Lists"), book, as_of)
    _fill(jobs)
    _checks(jobs, ranges, book)
    _help(workbook.create_sheet("Help", 1), book)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return finished_package(buffer.getvalue(), [{}, {}, {}], _EPOCH)


def _fill(sheet: Worksheet) -> None:
    for at, (name, width) in enumerate(_HEADER, 1):
        head = put(sheet, 1, at, name)
        head.font = Font(name=_FONT, bold=True, color="FFFFFF")
        head.fill = PatternFill("solid", fgColor="1F4E78")
        sheet.column_dimensions[get_column_letter(at)].width = width
        cell = put(sheet, 2, at, _EXAMPLE.get(name))
        cell.font = Font(name=_FONT, italic=True, color="5B6675")
        if name == "date":
            for row in range(2, ROWS + 2):
                sheet.cell(row, at).number_format = "yyyy-mm-dd"
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _lists(sheet: Worksheet, book: PriceBook, as_of: date) -> dict[str, str]:
    """The offered values, and the range in which each kind of them stands."""
    day = as_of.isoformat()
    rows = [r for r in price_table(book) if r["effective_from"] <= day and (r["effective_until"] or "9999") > day]
    offered = {name: list(dict.fromkeys(r[name] for r in rows if r[name])) for name in ("model", *PRICED_OPTIONS)}
    ranges = {}
    for at, (name, values) in enumerate(offered.items(), 1):
        letter = get_column_letter(at)
        put(sheet, 1, at, f"offered: {name}").font = Font(name=_FONT, bold=True)
        for row, value in enumerate(values, 2):
            put(sheet, row, at, value).font = Font(name=_FONT)
        sheet.column_dimensions[letter].width = 30
        ranges[name] = f"Lists!${letter}$2:${letter}${max(2, len(values) + 1)}"
    return ranges


def _checks(sheet: Worksheet, ranges: dict[str, str], book: PriceBook) -> None:
    seconds = [sku.seconds for _, sku in book.skus() if sku.seconds]
    low, high = min((s[0] for s in seconds), default=1), max((s[1] for s in seconds), default=1)
    whole = f"whole seconds from {low} to {high}"
    rules = {
        "model": (DataValidation(type="list", formula1=f"={ranges['model']}"), "a model from the list"),
        "quality": (DataValidation(type="list", formula1=f"={ranges['quality']}"), "a quality from the list"),
        "sound": (DataValidation(type="list", formula1=f"={ranges['sound']}"), "on or off"),
        "duration": (
            DataValidation(type="whole", operator="between", formula1=str(low), formula2=str(high)),
            whole,
        ),
        "takes": (
            DataValidation(type="whole", operator="greaterThanOrEqual", formula1="1"),
            "a whole number from 1",
        ),
        "date": (
            DataValidation(type="date", operator="greaterThan", formula1="36526"),
            "a day such as 2026-03-01",
        ),
    }
    names = [name for name, _ in _HEADER]
    for name, (rule, words) in rules.items():
        rule.allow_blank, rule.showErrorMessage = True, True
        rule.errorTitle, rule.error = name, f"Please enter {words}."
        letter = get_column_letter(names.index(name) + 1)
        rule.add(f"{letter}2:{letter}{ROWS + 1}")
        sheet.add_data_validation(rule)


def _help(sheet: Worksheet, book: PriceBook) -> None:
    put(sheet, 1, 1, "How to fill in the sheet Jobs").font = Font(name=_FONT, bold=True, size=14)
    lines: Sequence[tuple[str, str]] = [*_HELP, ("Prices", f"price book {book.version} ({book.sha256[:12]})")]
    for row, (what, how) in enumerate(lines, 3):
        put(sheet, row, 1, what).font = Font(name=_FONT, bold=True)
        cell = put(sheet, row, 2, how)
        cell.font, cell.alignment = Font(name=_FONT), Alignment(wrap_text=True, vertical="top")
        sheet.cell(row, 1).alignment = Alignment(vertical="top")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 90
