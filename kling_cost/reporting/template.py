"""An empty job sheet into a file."""

from __future__ import annotations

import os
from datetime import date

from kling_cost.io.writing import write_bytes
from kling_cost.pricebook.book import PriceBook, book_given
from kling_cost.pricebook.load import load_prices
from kling_cost.problems import UsageError
from kling_cost.python_values import day
from kling_cost.python_values import path as checked_path
from kling_cost.reporting.job_template import job_template
from kling_cost.reporting.writers.xlsx.job_sheet import template_bytes


def template(path: str | os.PathLike[str], book: PriceBook | None = None, *, as_of: date | str | None = None) -> None:
    """Write an empty job sheet: drop-downs, input checks, an example row and a page of help.

    Args:
        path: an `.xlsx` file that is not there yet: a template never replaces a file, for it may hold work.
        book: the price book whose models and options are offered; the one that comes with the library if left out.
        as_of: the day whose prices are listed; the latest if left out.

    Raises:
        UsageError: the file is there, or has another suffix; `as_of` is no day, or `book` no price book.
        WriteError: the file cannot be written.

    >>> import kling_cost as kc, pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     template(pathlib.Path(folder, "jobs.xlsx"))
    ...     kc.estimate(kc.read_jobs(pathlib.Path(folder, "jobs.xlsx"))).line_items[0].job_id
    'hero-01'
    """
    file = os.fspath(checked_path(path, "path"))
    if not file.lower().endswith(".xlsx"):
        raise UsageError(f"{file}: a job sheet is written as .xlsx")
    if os.path.lexists(file):
        raise UsageError(f"{file} exists; a template never replaces a file, for it may hold work")
    write_bytes(file, template_bytes(job_template(book_given(book) or load_prices(), day(as_of, "as_of"))))
