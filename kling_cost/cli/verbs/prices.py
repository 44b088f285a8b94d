"""`prices`: show, check and export the price book."""

from __future__ import annotations

import click

from kling_cost.cli.options import PriceOptions, locale_option, price_options
from kling_cost.cli.overwriting import InputPath
from kling_cost.cli.price_books import diff_books, import_book, list_books
from kling_cost.cli.streams import tell

_DIALECTS = ("duckdb", "postgresql", "bigquery", "snowflake", "spark")  # named here so that --help loads nothing


@click.group("prices")
def command() -> None:
    """Show, check, compare or export price books.

    \b
    Example:
      kling-cost prices show
    """


command.add_command(list_books.command)
command.add_command(diff_books.command)
command.add_command(import_book.command)


@command.command("show")
@price_options
@click.option("--every-date", is_flag=True, help="Show the prices of every date, not only those in force.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    help="Format of standard output.",
)
@locale_option
def show(price: PriceOptions, every_date: bool, form: str, locale: str) -> int:
    """Show the prices in force, with currency, unit and dates.

    \b
    Example:
      kling-cost prices show --as-of 2026-03-01
    """
    from kling_cost.cli.outputs import print_bytes, print_tables
    from kling_cost.io.json_text import json_bytes
    from kling_cost.pricebook.catalogue import all_offers
    from kling_cost.reporting.price_list import price_table_csv, prices_table, terms_tables
    from kling_cost.reporting.translations import words_of
    from kling_cost.results.documents.price_documents import PRICES

    book = price.book()
    if form == "table":
        words = words_of(locale)
        tables = [prices_table(book, None if every_date else price.as_of, words), *terms_tables(book, words)]
        print_tables(tables, words, show_all=True)
    else:
        record = PRICES.json((book, all_offers(book)))
        print_bytes(json_bytes(record) if form == "json" else price_table_csv(book))
    return 0


@command.command("lint")
@click.argument("file", required=False, type=InputPath())
@price_options
def lint(file: str | None, price: PriceOptions) -> int:
    """Check a price book.

    Lists every fault with line and column, then warns of what is valid but looks wrong: prices checked long ago, prices
    out of line with those beside them, prices above the list price of the official API, unknown dollars.

    FILE is a price book, or an overlay on the shipped book or the one given by --prices. Without FILE, that book is
    checked.

    \b
    Example:
      kling-cost prices lint our-prices.yaml
    """
    from kling_cost.pricebook.load import load_for_lint
    from kling_cost.problems import shown
    from kling_cost.reporting.price_list import odd_prices

    if file is None:
        book, is_overlay = price.book(), False
    else:
        book, is_overlay = load_for_lint(file, price.prices, overlay=price.overlay, rates=price.rate)
    for remark in odd_prices(book, price.as_of):
        tell(f"warning: {remark}")
    base, *above = book.layers
    laid = f"{', '.join(above)} over {base}" if is_overlay else ", ".join(book.layers)
    message = f"{laid}: price book {book.version} is valid"
    click.echo(shown(message, len(message)))
    return 0


@command.command("upgrade")
@click.argument("file", type=InputPath())
@click.option("-o", "--output", metavar="FILE", help="Write a file instead of standard output.")
def upgrade(file: str, output: str | None) -> int:
    """Rewrite a price book of schema 1 as schema 2.

    What is sold and for what stays the same, and so does every comment. FILE is a price book, an overlay, or the name
    of a book that comes with the library.

    \b
    Example:
      kling-cost prices upgrade our-prices.yaml -o our-prices-2.yaml
    """
    from kling_cost.cli.outputs import write_or_print
    from kling_cost.cli.overwriting import refuse_inputs
    from kling_cost.io.sources import name_sources
    from kling_cost.pricebook.places import book_path
    from kling_cost.pricebook.upkeep.upgrade import upgraded

    if output is not None:
        refuse_inputs([output])
    (source,) = name_sources([book_path(file)])
    data = upgraded(source).encode("utf-8")
    write_or_print(data, output)
    return 0


@command.command("schema")
@price_options
def schema(price: PriceOptions) -> int:  # the form is the same whatever the prices
    """Print the JSON Schema of a price book, for editors.

    \b
    Example:
      kling-cost prices schema > pricing.schema.json
    """
    import json

    from kling_cost.pricebook.json_schema import price_book_schema

    click.echo(json.dumps(price_book_schema(), indent=2))
    return 0


@command.command("table")
@price_options
@click.option("--format", "form", type=click.Choice(["csv", "sql"]), help="Format; csv by default.")
@click.option("--dialect", type=click.Choice(_DIALECTS), help="Warehouse that the SQL is for.")
@click.option("-o", "--output", metavar="FILE", help="Write a .csv, .parquet or .sql file instead of standard output.")
def table(price: PriceOptions, form: str | None, dialect: str | None, output: str | None) -> int:
    """Export every billable combination with its price.

    As CSV or Parquet, write one row per combination, with its unit price and dates. As SQL, write price tables for a
    warehouse and a view that prices a table called jobs there, to the same digits.

    \b
    Examples:
      kling-cost prices table -o prices.parquet
      kling-cost prices table --format sql --dialect duckdb -o prices.sql
    """
    from kling_cost.cli.outputs import write_or_print
    from kling_cost.cli.overwriting import refuse_inputs

    if output is not None:
        refuse_inputs([output])
    suffix = _suffix(form, dialect, output)
    data = _table(price, suffix) if dialect is None else _sql(price, dialect)
    write_or_print(data, output)
    return 0


def _suffix(form: str | None, dialect: str | None, output: str | None) -> str:
    """The form that file and options agree on."""
    from pathlib import Path

    from kling_cost.problems import UsageError

    suffix = f".{form or 'csv'}" if output is None else Path(output).suffix.lower()
    if suffix not in (".csv", ".parquet", ".pq", ".sql"):
        raise UsageError(f"{output}: the price table can be written as .csv, .parquet or .sql")
    if form is not None and suffix != f".{form}":
        raise UsageError(f"{output}: contradicts --format {form}; omit --format, or name a .{form} file")
    if suffix == ".sql" and dialect is None:
        raise UsageError(f"SQL differs between warehouses: pass --dialect with one of {', '.join(_DIALECTS)}")
    if suffix != ".sql" and dialect is not None:
        raise UsageError("--dialect needs SQL output: pass --format sql or name a .sql file")
    return suffix


def _table(price: PriceOptions, suffix: str) -> bytes:
    from kling_cost.reporting.price_list import price_table_csv

    if suffix == ".csv":
        return price_table_csv(price.book())
    from kling_cost.pricebook.catalogue import all_offers
    from kling_cost.results.arrow_tables import arrow_table, parquet_bytes
    from kling_cost.results.record_types import price_row_record

    book = price.book()
    return parquet_bytes(arrow_table(price_row_record(book.own_options), all_offers(book)))


def _sql(price: PriceOptions, dialect: str) -> bytes:
    from kling_cost.pricing.book_sql import book_sql

    return book_sql(price.book(), dialect, price.as_of).encode("utf-8", "backslashreplace")
