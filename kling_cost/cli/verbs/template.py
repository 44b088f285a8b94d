"""`template`: an empty job sheet."""

from __future__ import annotations

import click

from kling_cost.cli.options import PriceOptions, price_options
from kling_cost.cli.streams import tell


@click.command("template")
@click.argument("file")
@price_options
def command(file: str, price: PriceOptions) -> int:
    """An empty job sheet with drop-downs, input checks, an example and a page of help.

    \b
    Example:
      kling-cost template jobs.xlsx
    """
    from pathlib import Path

    from kling_cost.documents.writing import write_bytes
    from kling_cost.problems import UsageError
    from kling_cost.reporting.job_template import job_template
    from kling_cost.reporting.writers.xlsx_template import template_bytes

    if not file.lower().endswith(".xlsx"):
        raise UsageError(f"{file}: a job sheet is written as .xlsx")
    if Path(file).exists():
        raise UsageError(f"{file} exists; a template never replaces a file, for it may hold work")
    write_bytes(file, template_bytes(job_template(price.book(), price.as_of)))
    tell(f"wrote {file}")
    return 0
