"""`prices`: the price book itself."""

from __future__ import annotations

import click

from kling_cost.cli.options import PriceOptions, locale_option, price_options


@click.group("prices")
def command() -> None:
    """The price book: show it, check it, use it elsewhere.

    \b
    Example:
      kling-cost prices show
    """


@command.command("show")
@price_options
@click.option("--every-date", is_flag=True, help="Not only what holds on the day.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    help="Of standard output.",
)
@locale_option
def show(price: PriceOptions, every_date: bool, form: str, locale: str) -> int:
    """The prices in force, with currency, unit and dates.

    \b
    Example:
      kling-cost prices show --as-of 2026-03-01
    """
    from kling_cost.cli.outputs import print_bytes, print_tables
    from kling_cost.documents.json_text import json_bytes
    from kling_cost.reporting.price_list import price_table_csv, prices_record, prices_table
    from kling_cost.reporting.words import words_of

    book = price.book()
    if form == "table":
        words = words_of(locale)
        print_tables([prices_table(book, None if every_date else price.as_of, words)], words, show_all=True)
    else:
        print_bytes(json_bytes(prices_record(book)) if form == "json" else price_table_csv(book))
    return 0


@command.command("lint")
@click.argument("file", required=False)
@price_options
def lint(file: str | None, price: PriceOptions) -> int:
    """Check a price book: every fault with line and column, then what looks odd.

    FILE is the book; the shipped one, or that of --prices, if left out.

    \b
    Example:
      kling-cost prices lint our-prices.yaml
    """
    from dataclasses import replace

    from kling_cost.problems import UsageError
    from kling_cost.reporting.price_list import odd_prices

    if file and price.prices:
        raise UsageError("name the book once: as FILE or with --prices")
    book = replace(price, prices=file or price.prices).book()
    for remark in odd_prices(book, price.as_of):
        click.echo(f"warning: {remark}", err=True)
    click.echo(f"{', '.join(book.layers)}: price book {book.version} is in order")
    return 0


@command.command("schema")
@price_options
def schema(price: PriceOptions) -> int:  # the form is the same whatever the prices
    """The JSON Schema of a price book, for editors.

    \b
    Example:
      kling-cost prices schema > pricing.schema.json
    """
    import json

    from kling_cost.pricebook.schema import price_book_schema

    click.echo(json.dumps(price_book_schema(), indent=2))
    return 0


@command.command("table")
@price_options
@click.option("-o", "--output", metavar="FILE", help="A .csv or .parquet file instead of standard output.")
def table(price: PriceOptions, output: str | None) -> int:
    """Every billable combination with its unit price and dates, as CSV or Parquet.

    \b
    Example:
      kling-cost prices table -o prices.parquet
    """
    from kling_cost.cli.outputs import print_bytes
    from kling_cost.problems import UsageError
    from kling_cost.reporting.price_list import price_table_csv
    from kling_cost.reporting.write import write_bytes

    book = price.book()
    if output is None:
        print_bytes(price_table_csv(book))
        return 0
    if output.lower().endswith(".csv"):
        write_bytes(output, price_table_csv(book))
    elif output.lower().endswith((".parquet", ".pq")):
        from kling_cost.pricebook.table import COLUMNS, price_table
        from kling_cost.reporting.writers.parquet import parquet_bytes

        write_bytes(output, parquet_bytes(COLUMNS, price_table(book)))
    else:
        raise UsageError(f"{output}: the price table is written as .csv or .parquet")
    click.echo(f"wrote {output}", err=True)
    return 0
