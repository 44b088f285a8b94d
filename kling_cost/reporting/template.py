"""Write an empty job sheet to a file."""

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
    """Write an empty job sheet with drop-downs, input checks, an example row and a help page.

    Args:
        path: a new `.xlsx` file; a template never overwrites a file.
        book: the price book whose models and options are listed; the library's default if omitted.
        as_of: the date whose prices are listed; the latest if omitted.

    Raises:
        UsageError: the file exists or has another suffix; `as_of` is not a date, or `book` not a price book.
        WriteError: the file cannot be written.

    >>> import kling_cost as kc, pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     template(pathlib.Path(folder, "jobs.xlsx"))
    ...     kc.estimate(kc.read_jobs(pathlib.Path(folder, "jobs.xlsx"))).line_items[0].job_id
    'hero-01'
    """
    file = os.fspath(checked_path(path, "path"))
    if not file.lower().endswith(".xlsx"):
        raise UsageError(f"{file}: a job sheet can only be written as .xlsx")
    if os.path.lexists(file):
        raise UsageError(f"{file} already exists; a template never overwrites a file")
    write_bytes(file, template_bytes(job_template(book_given(book) or load_prices(), day(as_of, "as_of"))))
