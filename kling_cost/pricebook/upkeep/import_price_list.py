"""Make a price book of a price list, CSV or XLSX: all of it, or every reason why not."""

from __future__ import annotations

from typing import NamedTuple

from kling_cost.io.sources import Source
from kling_cost.io.yaml_text import yaml_text
from kling_cost.pricebook.upkeep.import_prices import hold_book
from kling_cost.pricebook.upkeep.price_lists.column_file import ColumnFile, read_column_file
from kling_cost.pricebook.upkeep.price_lists.list_book import BookMaker
from kling_cost.pricebook.upkeep.price_lists.list_rows import RowReader
from kling_cost.pricebook.upkeep.price_lists.list_sheet import ListSheet
from kling_cost.pricebook.upkeep.price_lists.printed_price import CALL
from kling_cost.problems import PriceBookError, Problem

_MOST_TOLD = 100


class ImportedList(NamedTuple):
    """What a price list comes to.

    Attributes:
        text: of the price book.
        remarks: what is not an error, but has to be said: columns that are not read, combinations that are not sold.
    """

    text: str
    remarks: list[Problem]


class PriceListError(PriceBookError):
    """A price list cannot become a price book; `problems` says why, row by row.

    Its text tells the first hundred.
    """

    def __init__(self, problems: list[Problem]) -> None:
        lines = [str(found) for found in problems]
        super().__init__(lines)
        self.problems = problems
        if len(lines) > _MOST_TOLD:
            self.args = ("\n".join([*lines[:_MOST_TOLD], f"and {len(lines) - _MOST_TOLD:,} more"]),)


def import_price_list(source: Source, columns: Source | None = None, sheet: str | None = None) -> ImportedList:
    """The price book of a price list.

    Args:
        source: the list, a CSV, TSV or XLSX file.
        columns: its column file; without one, its headings have to be the documented ones.
        sheet: name of the sheet of a workbook; None for the one of the column file, or the only one that fits.

    Raises:
        ReadError, UsageError: a file cannot be read, or is no price list.
        PriceListError: something in it cannot be said in a price book; all of it is told.
        PriceBookError: the column file is not valid.
    """
    file = ColumnFile() if columns is None else read_column_file(columns)
    listed = ListSheet(source, file, sheet)
    reader, maker = RowReader(listed, file, f"price list {source.name}"), BookMaker(source.name, file)
    prices = list(reader.prices(listed.rows()))
    listed.tell_options({name for price in prices for name in price.options}, any(p.unit == CALL for p in prices))
    tree = maker.tree(prices)
    problems = [*listed.problems, *reader.problems, *maker.problems]
    errors = [found for found in problems if found.severity == "error"]
    if errors:
        raise PriceListError(sorted(errors, key=lambda found: found.row or 0))
    if not any(provider["skus"] for provider in tree["providers"].values()):
        raise source.error("unreadable.no_list_rows")
    text = yaml_text(tree, f"Imported from {source.name}.\n")
    hold_book(text, source.name)
    return ImportedList(text, problems)
