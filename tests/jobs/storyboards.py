"""Makes the files of storyboards from their cells, as programs of people write them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Any

from openpyxl import Workbook

#: What cannot be written in YAML: a time of day, as a spreadsheet makes of 0:06.
_TIME = "time "


def write_storyboard(case: Mapping[str, Any], folder: Path) -> Path:
    """Write the file of a case, and return its path."""
    path = folder / str(case["file"])
    if path.suffix == ".xlsx":
        _write_workbook(case, path)
    else:
        path.write_bytes(_text_of(case))
    return path


def _text_of(case: Mapping[str, Any]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=case.get("separator", ","), lineterminator=case.get("line_end", "\n"))
    writer.writerows([["" if cell is None else cell for cell in row] for row in case["rows"]])
    return text.getvalue().encode(case.get("encoding", "utf-8"))


def _write_workbook(case: Mapping[str, Any], path: Path) -> None:
    book = Workbook()
    del book["Sheet"]
    sheets = case.get("sheets") or [
        {"title": case.get("title", "Sheet1"), "rows": case["rows"], "merges": case.get("merges", [])}
    ]
    for one in sheets:
        sheet = book.create_sheet(one["title"])
        for number, row in enumerate(one["rows"], 1):
            for at, cell in enumerate(row, 1):
                if cell not in (None, ""):
                    sheet.cell(number, at, _cell(cell))
        for merge in one.get("merges", []):
            sheet.merge_cells(merge)
    book.save(path)


def _cell(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(_TIME):
        return time.fromisoformat(cell.removeprefix(_TIME))
    return cell
