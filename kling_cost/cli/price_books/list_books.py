"""`prices list`: the price books that come with the library."""

from __future__ import annotations

import click

from kling_cost.cli.options import locale_option


@click.command("list")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", help="Format of standard output."
)
@locale_option
def command(form: str, locale: str) -> int:
    """List the price books that are known by name.

    A name can be passed wherever a price book can: to --prices, --overlay and --also, and to the verbs of prices.

    \b
    Example:
      kling-cost prices list
    """
    from kling_cost.cli.outputs import print_bytes, print_tables
    from kling_cost.io.json_text import json_bytes
    from kling_cost.pricebook.upkeep.known_books import known_books
    from kling_cost.reporting.parts.prices.price_changes import known_books_table
    from kling_cost.reporting.translations import words_of
    from kling_cost.results.documents.price_documents import PRICE_BOOKS

    books = list(known_books())
    if form == "json":
        print_bytes(json_bytes(PRICE_BOOKS.json(books)))
    else:
        words = words_of(locale)
        print_tables([known_books_table(books, words)], words, show_all=True)
    return 0
