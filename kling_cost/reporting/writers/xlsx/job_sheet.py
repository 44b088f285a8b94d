"""An empty job sheet as a workbook: drop-downs, input checks, an example row and a help page."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from kling_cost.reporting.job_template import JobTemplate
from kling_cost.reporting.resources import ENGLISH
from kling_cost.reporting.style import Style
from kling_cost.reporting.table import Column, Value
from kling_cost.reporting.translations import words_of
from kling_cost.reporting.writers.xlsx.cell_styles import DIM, EPOCH, Look, put
from kling_cost.reporting.writers.xlsx.package_file import SheetContent, finished_package

ROWS = 1_000
_PRINTED = 45  # rows on the one page of an empty sheet: their formulas would fill 35
_LOOK = Look(Style(), words_of(ENGLISH))
_TITLE_SIZE = 14
_MARGIN = 0.4  # float: inches of paper, not money


def template_bytes(content: JobTemplate) -> bytes:
    """The workbook: sheets `Jobs` to fill in, `Help` and `Prices`, and the lists that the drop-downs show."""
    workbook = Workbook()
    workbook.properties = DocumentProperties(title="Jobs", creator="kling_cost", created=EPOCH, modified=EPOCH)
    jobs = workbook["Sheet"]
    jobs.title = "Jobs"
    lists = workbook.create_sheet("Lists")
    ranges = _lists(lists, content.offered)
    _fill(jobs, content)
    stored = _costs(jobs, lists, content)
    _checks(jobs, ranges, content)
    _help(workbook.create_sheet("Help", 1), content.help)
    _prices(workbook.create_sheet("Prices", 2), content.prices)
    _print_nothing(lists)
    _print_nothing(workbook["Help"])
    buffer = io.BytesIO()
    workbook.save(buffer)
    return finished_package(buffer.getvalue(), [SheetContent(stored), *[SheetContent({})] * 3], EPOCH)


def _fill(sheet: Worksheet, content: JobTemplate) -> None:
    for at, (name, width) in enumerate(content.columns, 1):
        _LOOK.head(put(sheet, 1, at, name), Column(name))
        sheet.column_dimensions[get_column_letter(at)].width = width
        cell = put(sheet, 2, at, content.example.get(name))
        cell.font = Font(name=_LOOK.family, italic=True, color=DIM)
        if name == "date":
            for row in range(2, ROWS + 2):
                sheet.cell(row, at).number_format = "yyyy-mm-dd"
    sheet.freeze_panes = "A2"
    _print(sheet, f"A1:{get_column_letter(len(content.columns))}{_PRINTED}")
    told = f"Rows 1 to {_PRINTED}. To print more rows, clear the print area."
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(left=_HeaderFooterPart(told))


def _print(sheet: Worksheet, area: str | None = None) -> None:
    """Print a sheet across A4, as wide as it is, or no more of it than an area."""
    sheet.print_title_rows, sheet.print_area = "1:1", area
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.page_setup.paperSize, sheet.print_options.gridLines = sheet.PAPERSIZE_A4, True
    sheet.page_margins = PageMargins(left=_MARGIN, right=_MARGIN, top=_MARGIN, bottom=2 * _MARGIN, footer=_MARGIN)
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _print_nothing(sheet: Worksheet) -> None:
    """Print nothing of a sheet that is for the screen: its print area is one empty cell behind it."""
    at = f"{get_column_letter(sheet.max_column + 1)}{sheet.max_row + 1}"
    sheet.print_area = f"{at}:{at}"


def _lists(sheet: Worksheet, offered: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Write the available values, and return the range of each kind."""
    ranges = {}
    for at, (name, values) in enumerate(offered.items(), 1):
        letter = get_column_letter(at)
        put(sheet, 1, at, f"offered: {name}").font = _LOOK.font(bold=True)
        for row, value in enumerate(values, 2):
            put(sheet, row, at, value).font = _LOOK.font()
        sheet.column_dimensions[letter].width = 30
        ranges[name] = f"Lists!${letter}$2:${letter}${max(2, len(values) + 1)}"
    return ranges


def _costs(jobs: Worksheet, lists: Worksheet, content: JobTemplate) -> dict[str, Value]:
    """Formulas that show what each row costs while it is filled in; returns what they come to now."""
    first = len(content.offered) + 1
    for row, (key, cost, currency) in enumerate(content.costs, 2):
        for at, value in enumerate((key, cost, currency), first):
            put(lists, row, at, value).font = _LOOK.font()
    for at, name in enumerate(("offered: key", "one take", "in"), first):
        put(lists, 1, at, name).font = _LOOK.font(bold=True)
    last = max(2, len(content.costs) + 1)
    keys, costs, currencies = (
        f"Lists!${get_column_letter(at)}$2:${get_column_letter(at)}${last}" for at in range(first, first + 3)
    )
    letters = {name: get_column_letter(at) for at, (name, _) in enumerate(content.columns, 1)}
    shown, stored = letters[content.shown], dict[str, Value]()
    for row in range(2, ROWS + 2):
        wanted = '&"|"&'.join(f"{letters[name]}{row}" for name in content.chosen)
        takes, found = f"{letters['takes']}{row}", f"MATCH({wanted},{keys},0)"
        sum_ = f'ROUND(INDEX({costs},{found})*IF({takes}="",1,{takes}),6)&" "&INDEX({currencies},{found})'
        text = f'IF({letters["model"]}{row}="","",IF(ISNUMBER({found}),{sum_},"?"))'
        jobs[f"{shown}{row}"].value = f"={text}"
        jobs[f"{shown}{row}"].font = Font(name=_LOOK.family, italic=True, color=DIM)
        stored[f"{shown}{row}"] = _cost_of(content) if row == 2 else None
    return stored


def _cost_of(content: JobTemplate) -> str:
    """What the example costs, as its formula says it."""
    found = content.example_cost
    return "?" if found is None else f"{(found[0] * int(content.example['takes'])).normalize():f} {found[1]}"


def _prices(sheet: Worksheet, rows: Sequence[Sequence[Any]]) -> None:
    """The price list."""
    for number, row in enumerate(rows, 1):
        for at, value in enumerate(row, 1):
            put(sheet, number, at, value).font = _LOOK.font(bold=number == 1)
    for at, width in enumerate((34, 34, 14, 20, 10, 10, 10, 12, 12, 60), 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.freeze_panes = "B2"
    _print(sheet)


def _checks(sheet: Worksheet, ranges: Mapping[str, str], content: JobTemplate) -> None:
    low, high = content.seconds
    whole = f"whole seconds from {low} to {high}"
    rules = {
        "model": (DataValidation(type="list", formula1=f"={ranges['model']}"), "a model from the list"),
        **{name: _choice(name, place) for name, place in ranges.items() if name != "model"},
        "duration": (
            DataValidation(type="whole", operator="between", formula1=str(low), formula2=str(high)),
            whole,
        ),
        "takes": (
            DataValidation(type="whole", operator="between", formula1="1", formula2=str(content.most_takes)),
            f"a whole number from 1 to {content.most_takes}",
        ),
        "date": (
            DataValidation(type="date", operator="greaterThan", formula1="36526"),
            "a day such as 2026-03-01",
        ),
    }
    for name in content.counts:
        number = DataValidation(type="whole", operator="greaterThanOrEqual", formula1="0")
        rules[name] = number, "a whole number, 0 or more"
    names = [name for name, _ in content.columns]
    for name, (rule, words) in rules.items():
        rule.allow_blank, rule.showErrorMessage = True, True
        rule.errorTitle, rule.error = name, f"Please enter {words}."
        letter = get_column_letter(names.index(name) + 1)
        rule.add(f"{letter}2:{letter}{ROWS + 1}")
        sheet.add_data_validation(rule)


def _choice(name: str, place: str) -> tuple[DataValidation, str]:
    """A list to choose from, and what is said to who does not."""
    words = "on or off" if name == "sound" else f"a {name} from the list"
    return DataValidation(type="list", formula1=f"={place}"), words


def _help(sheet: Worksheet, lines: Sequence[tuple[str, str]]) -> None:
    put(sheet, 1, 1, "How to fill in the sheet Jobs").font = _LOOK.font(bold=True, size=_TITLE_SIZE)
    for row, (what, how) in enumerate(lines, 3):
        put(sheet, row, 1, what).font = _LOOK.font(bold=True)
        cell = put(sheet, row, 2, how)
        cell.font, cell.alignment = _LOOK.font(), Alignment(wrap_text=True, vertical="top")
        sheet.cell(row, 1).alignment = Alignment(vertical="top")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 90
