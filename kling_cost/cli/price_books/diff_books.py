"""`prices diff`: which prices moved between two price books, or between a book and what was charged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from kling_cost.cli.options import locale_option
from kling_cost.cli.overwriting import InputPath

if TYPE_CHECKING:
    from kling_cost.reporting.table import Table
    from kling_cost.reporting.translations import Words


@click.command("diff")
@click.argument("books", metavar="OLD NEW", nargs=-1, type=InputPath())
@click.option(
    "--observed", metavar="FILE", type=InputPath(), help="Compare a book with what `reconcile --observe` found."
)
@click.option("--fail-above", metavar="N%", help="Exit with 3 if a price rose by more than this, such as 5%.")
@click.option(
    "--format", "form", type=click.Choice(["table", "md", "json"]), default="table", help="Format of standard output."
)
@locale_option
def command(books: tuple[str, ...], observed: str | None, fail_above: str | None, form: str, locale: str) -> int:
    """Show which prices moved from one price book to another.

    OLD and NEW are files, or names from "prices list". NEW may be an overlay: it is laid over OLD. Prices are compared
    by provider, SKU and combination of options, for every day from which both books know the SKU. --fail-above counts
    rises only; a SKU that is now sold in another currency or unit cannot be compared, and makes it exit with 4.

    With --observed, only one book is named, or none for the default: shown is what sellers really charged otherwise.

    \b
    Examples:
      kling-cost prices diff pricing evolink-2026-10-10
      kling-cost prices diff before.yaml after.yaml --fail-above 5% --format md
      kling-cost prices diff --observed observed.json market-2026-11
    """
    from kling_cost.pricebook.upkeep.price_diff import percentage
    from kling_cost.problems import UsageError

    if fail_above is not None:
        percentage(fail_above)  # a wrong one stops the run before anything is read
    wanted = "one book at most beside --observed" if observed is not None else "two books: OLD NEW"
    if len(books) > 1 if observed is not None else len(books) != len(("old", "new")):
        raise UsageError(f"prices diff needs {wanted}")
    if observed is None:
        old, new = books
        return _between_books(old, new, fail_above, form, locale)
    return _from_observed(observed, next(iter(books), None), fail_above, form, locale)


def _between_books(old: str, new: str, fail_above: str | None, form: str, locale: str) -> int:
    from kling_cost.cli.streams import tell
    from kling_cost.pricebook.upkeep.price_diff import diff_prices
    from kling_cost.reporting.parts.prices.price_changes import change_tables

    diff = diff_prices(old, new)
    for sold in diff.uncompared:
        tell(f"warning: {sold.provider} {sold.sku}: sold in another currency or unit, so its prices are not compared")
    _show(diff, change_tables, form, locale)
    return diff.exit_code(fail_above)


def _from_observed(observed: str, book: str | None, fail_above: str | None, form: str, locale: str) -> int:
    from kling_cost.pricebook.upkeep.observed_prices import diff_observed
    from kling_cost.reporting.parts.prices.observed_changes import observed_tables

    diff = diff_observed(observed, book)
    _show(diff, observed_tables, form, locale)
    return diff.exit_code(fail_above)


def _show(diff: Any, tables: Callable[[Any, Words], list[Table]], form: str, locale: str) -> None:
    from kling_cost.cli.outputs import print_bytes, print_tables
    from kling_cost.io.json_text import json_bytes
    from kling_cost.reporting.translations import words_of
    from kling_cost.reporting.writers.markdown import tables_text

    words = words_of(locale)
    if form == "json":
        print_bytes(json_bytes(diff.to_json()))
    elif form == "md":
        print_bytes(tables_text(tables(diff, words), words))
    else:
        print_tables(tables(diff, words), words, show_all=True)
