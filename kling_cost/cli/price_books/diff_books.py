"""`prices diff`: which prices moved between two price books."""

from __future__ import annotations

import click

from kling_cost.cli.options import locale_option
from kling_cost.cli.overwriting import InputPath


@click.command("diff")
@click.argument("old", type=InputPath())
@click.argument("new", type=InputPath())
@click.option("--fail-above", metavar="N%", help="Exit with 3 if a price rose by more than this, such as 5%.")
@click.option(
    "--format", "form", type=click.Choice(["table", "md", "json"]), default="table", help="Format of standard output."
)
@locale_option
def command(old: str, new: str, fail_above: str | None, form: str, locale: str) -> int:
    """Show which prices moved from one price book to another.

    OLD and NEW are files, or names from "prices list". NEW may be an overlay: it is laid over OLD. Prices are compared
    by provider, SKU and combination of options, for every day from which both books know the SKU. --fail-above counts
    rises only; a SKU that is now sold in another currency or unit cannot be compared, and makes it exit with 4.

    \b
    Examples:
      kling-cost prices diff pricing evolink-2026-10-10
      kling-cost prices diff before.yaml after.yaml --fail-above 5% --format md
    """
    from kling_cost.cli.outputs import print_bytes, print_tables
    from kling_cost.cli.streams import tell
    from kling_cost.io.json_text import json_bytes
    from kling_cost.pricebook.upkeep.price_diff import diff_prices, percentage
    from kling_cost.reporting.parts.prices.price_changes import change_tables
    from kling_cost.reporting.translations import words_of
    from kling_cost.reporting.writers.markdown import tables_text

    if fail_above is not None:
        percentage(fail_above)  # a wrong one stops the run before anything is read
    diff, words = diff_prices(old, new), words_of(locale)
    for sold in diff.uncompared:
        tell(f"warning: {sold.provider} {sold.sku}: sold in another currency or unit, so its prices are not compared")
    if form == "json":
        print_bytes(json_bytes(diff.to_json()))
    elif form == "md":
        print_bytes(tables_text(change_tables(diff, words), words))
    else:
        print_tables(change_tables(diff, words), words, show_all=True)
    return diff.exit_code(fail_above)
