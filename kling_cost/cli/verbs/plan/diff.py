"""`plan diff`: what changed between two plans, and what each change costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import click

from kling_cost.cli.options import (
    Day,
    InputOptions,
    OutputOptions,
    PriceOptions,
    output_options,
    price_options,
    reading_options,
)
from kling_cost.cli.overwriting import InputPath


@click.command("diff")
@click.argument("old", type=InputPath())
@click.argument("new", type=InputPath())
@click.option("--old-prices", metavar="BOOK", type=InputPath(), help="Price book of OLD, as --prices is of NEW.")
@click.option(
    "--old-overlay", metavar="FILE", type=InputPath(), multiple=True, help="Overlay on the book of OLD; repeatable."
)
@click.option("--old-as-of", type=Day(), metavar="DATE", help="Date whose prices apply to OLD; --as-of by default.")
@click.option("--fail-above", metavar='"N %"|"N CUR"', help='Exit with 3 if NEW costs more by over "5 %" or "20 USD".')
@reading_options
@price_options
@output_options
def command(
    old: str,
    new: str,
    old_prices: str | None,
    old_overlay: tuple[str, ...],
    old_as_of: date | None,
    fail_above: str | None,
    inputs: InputOptions,
    price: PriceOptions,
    outputs: OutputOptions,
) -> int:
    """Explain what changed from one plan to another, to the last digit.

    OLD and NEW are files of jobs or stored estimates; jobs are matched by job_id. The steps are: removed, added, price
    (the old jobs at the new prices), seller, quality, sound, other options, duration, takes; in dollars, the exchange
    rate comes last. OLD is priced with the shipped book unless --old-prices names another one. For a stored estimate,
    the books only tell changes of prices and options apart.

    \b
    Examples:
      kling-cost plan diff approved.json campaign.yaml
      kling-cost plan diff main.yaml branch.yaml --format md --fail-above "5 %"
      kling-cost plan diff jobs.csv jobs.csv --prices evolink-2026-10-10 -o changes.xlsx
    """
    from kling_cost.cli.outputs import deliver
    from kling_cost.cli.plans.compared_plans import compared
    from kling_cost.reporting.parts import compared_tables
    from kling_cost.reporting.report import CHANGED
    from kling_cost.results.document_types import DIFF

    of_old = PriceOptions(old_as_of or price.as_of, old_prices, old_overlay, price.rate)
    change = compared((old, of_old), (new, price), inputs, fail_above)
    outputs = replace(outputs, parts=outputs.parts or CHANGED)
    report = outputs.report(change.new, difference=change)
    return deliver(report, outputs, DIFF, lambda r: r.difference, lambda: compared_tables(report))
