"""`prices import`: a price book from what a seller publishes."""

from __future__ import annotations

import click

from kling_cost.cli.overwriting import InputPath
from kling_cost.cli.streams import tell

_CATALOGUE, _LIST = "evolink-catalogue", "price-list"  # example


@click.command("import")
@click.argument("file", type=InputPath())
@click.option(
    "--from",
    "form",
    type=click.Choice((_CATALOGUE, _LIST)),
    help="What the file is; a .csv, .tsv or .xlsx file is a price list.",
)
@click.option(
    "--columns",
    metavar="FILE",
    type=InputPath(),
    help="What the headings of a price list mean; by default FILE.columns.yaml beside it, if there is one.",
)
@click.option("--sheet", metavar="NAME", help="Sheet of the workbook to read.")
@click.option("--encoding", metavar="NAME", help="Encoding of a .csv or .tsv file, if not UTF-8.")
@click.option("-o", "--output", metavar="BOOK", help="Write a file instead of standard output.")
def command(
    file: str, form: str | None, columns: str | None, sheet: str | None, encoding: str | None, output: str | None
) -> int:
    """Make a price book from what a seller publishes.

    FILE is a price list, with a price in each row or a column of prices for each combination, or a catalogue. What a
    price book cannot say of a catalogue is left out, and listed by its rule's id. A price list is imported as a whole,
    or every reason why not is listed by row and heading.

    \b
    Examples:
      kling-cost prices import catalogue.json --from evolink-catalogue -o evolink.yaml
      kling-cost prices import list.xlsx --columns list.yaml -o studio.yaml
    """
    from kling_cost.cli.outputs import print_bytes
    from kling_cost.cli.overwriting import refuse_inputs
    from kling_cost.io.writing import write_bytes

    beside = _column_file(file) if columns is None and form != _CATALOGUE else columns
    if output is not None:
        refuse_inputs([output], [] if beside is None else [("the column file", beside)])
    if _is_catalogue(file, form, [name for name in (columns, sheet, encoding) if name is not None]):
        text, warnings = _of_catalogue(file)
    else:
        text, warnings = _of_list(file, beside, beside != columns, sheet, encoding)
    if output is None:
        print_bytes(text.encode("utf-8"))
    else:
        write_bytes(output, text.encode("utf-8"))
        tell(f"wrote {output}")
    for warning in warnings:
        tell(f"warning: {warning}")
    return 0


def _is_catalogue(file: str, form: str | None, of_lists: list[str]) -> bool:
    """Whether a file is a catalogue.

    Raises:
        UsageError: neither its suffix nor `--from` says what it is, or options of price lists are given for it.
    """
    from pathlib import Path

    from kling_cost.problems import UsageError

    if form is None and Path(file).suffix.lower() in (".json", ""):
        raise UsageError(f"{file}: pass --from {_CATALOGUE}, or a price list as .csv, .tsv or .xlsx")
    if form == _CATALOGUE and of_lists:
        raise UsageError("--columns, --sheet and --encoding are for price lists")
    return form == _CATALOGUE


def _column_file(file: str) -> str | None:
    """The column file that lies beside a price list."""
    import os

    beside = f"{file}.columns.yaml"
    return beside if os.path.isfile(beside) else None


def _of_catalogue(file: str) -> tuple[str, list[str]]:
    from kling_cost.io.sources import name_sources
    from kling_cost.pricebook.upkeep.import_prices import import_catalogue

    text, unsaid = import_catalogue(name_sources([file])[0])
    return text, [f"{rule} is not imported: {why}" for rule, why in unsaid]


def _of_list(
    file: str, columns: str | None, is_beside: bool, sheet: str | None, encoding: str | None
) -> tuple[str, list[str]]:
    from kling_cost.io.sources import name_sources
    from kling_cost.pricebook.upkeep.import_price_list import import_price_list

    (source,) = name_sources([file], encoding)
    beside = None if columns is None else name_sources([columns])[0]
    if is_beside and columns is not None:
        tell(f"headings as {columns} says")
    text, remarks = import_price_list(source, beside, sheet)
    return text, [str(found) for found in remarks]
