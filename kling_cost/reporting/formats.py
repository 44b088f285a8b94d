"""The formats of reports, in one table; each is loaded when it is wanted."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kling_cost.problems import UsageError
from kling_cost.python_values import path as checked_path

if TYPE_CHECKING:
    from kling_cost.reporting.writers import Writer


class Format(NamedTuple):
    """How a format is made.

    Attributes:
        home: the module whose `WRITER` turns a document into it; None where it holds results and no document.
        is_text: it can be printed, too.
    """

    home: str | None
    is_text: bool = False


_HERE = "kling_cost.reporting.writers"
#: Every format by the suffix of its files.
FORMATS: dict[str, Format] = {
    ".xlsx": Format(f"{_HERE}.xlsx.workbook_file"),
    ".html": Format(f"{_HERE}.html"),
    ".md": Format(f"{_HERE}.markdown", is_text=True),
    ".csv": Format(f"{_HERE}.csv_text", is_text=True),
    ".json": Format(None, is_text=True),
    ".parquet": Format(None),
}
#: Formats of text, without their dots.
PRINTED = sorted(suffix.lstrip(".") for suffix, form in FORMATS.items() if form.is_text)


def suffix_of(path: str | os.PathLike[str]) -> str:
    """The suffix of an output file.

    Raises:
        UsageError: reports are not written in that form.

    >>> suffix_of("Budget.XLSX")
    '.xlsx'
    """
    suffix = Path(checked_path(path, "path")).suffix.lower()
    if suffix not in FORMATS:
        raise UsageError(f"{os.fspath(path)}: a report can be written as {' '.join(FORMATS)}")
    return suffix


def writer_of(suffix: str) -> Writer:
    """What turns a document into a format.

    Raises:
        UsageError: it holds results and no document.
    """
    home = FORMATS[suffix].home
    if home is None:
        raise UsageError(f"{suffix} holds results, no other part")
    writer: Writer = import_module(home).WRITER
    return writer
