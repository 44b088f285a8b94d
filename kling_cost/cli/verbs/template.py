"""`template`: write an empty job sheet."""

from __future__ import annotations

import click

from kling_cost.cli.options import PriceOptions, price_options
from kling_cost.cli.streams import tell


@click.command("template")
@click.argument("file")
@price_options
def command(file: str, price: PriceOptions) -> int:
    """Write an empty job sheet to plan in.

    It has drop-downs, input checks, an example and a help page.

    \b
    Example:
      kling-cost template jobs.xlsx
    """
    from kling_cost.reporting.template import template

    template(file, price.book(), as_of=price.as_of)
    tell(f"wrote {file}")
    return 0
