"""From a row of a price list to its prices: every cell is read exactly, or told with its row and heading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from kling_cost.io.sheets.sheet_kind import CellFault
from kling_cost.pricebook.upkeep.price_lists.column_file import ColumnFile
from kling_cost.pricebook.upkeep.price_lists.list_fields import NEEDED, OF_RATE, OF_SKU, option_of
from kling_cost.pricebook.upkeep.price_lists.list_sheet import ListRow, ListSheet, PriceCell
from kling_cost.pricebook.upkeep.price_lists.list_values import (
    currency_code,
    id_of_model,
    list_day,
    list_id,
    list_text,
    option_value,
    rate_value,
    worded,
)
from kling_cost.pricebook.upkeep.price_lists.printed_price import (
    PrintedPrice,
    cell_text,
    heading_words,
    is_other_unit,
    list_currencies,
    printed_price,
    unit_word,
)
from kling_cost.problems import Listed, Problem, problem
from kling_cost.written_amounts import currencies_of

_UNITS = ("second", "call")


@dataclass(frozen=True)
class ListedPrice:
    """One price of a list.

    Attributes:
        row: its row number.
        provider, provider_name, currency, models, sku, unit: of the SKU.
        day: from when on it holds.
        options: those that it is for.
        number: for one unit; None where the list says that it is not sold.
        of_rate: what holds for the whole rate, as the book says it.
        of_sku: what holds for the whole SKU.
    """

    row: int
    provider: str
    provider_name: str
    currency: str
    models: tuple[str, ...]
    sku: str
    unit: str
    day: date
    options: Mapping[str, str]
    number: Decimal | None
    of_rate: Mapping[str, Any]
    of_sku: Mapping[str, Any]


class RowReader:
    """Reads the rows of one sheet.

    Args:
        sheet: the sheet.
        file: its column file.
        source_name: what the list is called, where no row says its source.

    """

    def __init__(self, sheet: ListSheet, file: ColumnFile, source_name: str) -> None:
        self._sheet, self._file, self._source_name = sheet, file, source_name
        self._told: dict[Problem, None] = {}
        self._cells: Mapping[str, Any] = {}
        self._number = 0
        self._has_fault = False

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with rows, each once."""
        return list(self._told)

    def prices(self, rows: Iterable[ListRow]) -> Iterator[ListedPrice]:
        """The prices of all rows that can be read."""
        lacking = self._lacking()
        for name in lacking:
            self._lacks(name)
        for row in rows:
            self._cells, self._number, self._has_fault = row.cells, row.number, bool(lacking)
            yield from self._row(row)

    def _lacking(self) -> list[str]:
        """The fields that no column holds and that are not fixed; a cell with a price may say its currency and unit."""
        by_price = ("currency", "unit")
        return [name for name in NEEDED if name not in by_price and not self._is_there(name)]

    def _is_there(self, name: str) -> bool:
        return name in self._sheet.headings or name in self._file.fixed

    def _row(self, row: ListRow) -> Iterator[ListedPrice]:
        options = {name: self._option(name) for name in (*self._file.fixed, *row.cells) if option_of(name)}
        common = self._common()
        for cell in row.prices:
            read = self._price(cell)
            chosen = options | {name: self._checked_option(name, value) for name, value in cell.options.items()}
            if read is not None and not self._has_fault:
                printed, currency, unit = read
                named = {option_of(name) or name: value for name, value in chosen.items()}
                yield ListedPrice(
                    row=row.number, currency=currency, unit=unit, options=named, number=printed.number, **common
                )

    def _common(self) -> dict[str, Any]:
        """What all prices of the row have in common."""
        provider = self._value("provider", list_id)
        models = tuple(name.strip() for text in self._words("model") for name in text.split(";") if name.strip())
        if not models:
            self._lacks("model")
        of_rate = {"source": self._source_name, **dict(self._facts(OF_RATE))}
        until = self._value("effective_until", list_day)
        if until is not None:
            of_rate.setdefault("until", until - timedelta(days=1))
        return {
            "provider": provider,
            "provider_name": next(iter(self._words("provider_name")), "") or str(provider),
            "models": models,
            "sku": self._sku(models),
            "day": self._value("effective_from", list_day),
            "of_rate": of_rate,
            "of_sku": dict(self._facts(OF_SKU)),
        }

    def _facts(self, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
        for name in names:
            value = self._charge() if name == "minimum_charge" else self._value(name, partial(rate_value, name))
            if value is not None:
                yield name, value

    def _charge(self) -> Decimal | None:
        cell = self._cell("minimum_charge")
        if cell is None:
            return None
        found = printed_price(cell, self._file.decimal_mark)
        if isinstance(found, Problem):
            self._say("minimum_charge", found)
            return None
        return found.number

    def _sku(self, models: tuple[str, ...]) -> str | None:
        if self._is_there("sku"):
            own = self._value("sku", list_id)
            if own is not None:
                return str(own)
        if not models:
            return None
        made = id_of_model(models[0])
        if isinstance(made, Problem):
            self._say("sku" if self._is_there("sku") else "model", made)
            return None
        return made

    def _price(self, price: PriceCell) -> tuple[PrintedPrice, str, str] | None:
        """What a cell of prices says, with its currency and unit; None where it is not sold or not clear."""
        if price.cell is None or (isinstance(price.cell, str) and not price.cell.strip()):
            return None
        if isinstance(price.cell, CellFault):
            self._fault(price.heading, price.cell)
            return None
        found = printed_price(price.cell, self._file.decimal_mark, self._file.is_given)
        if isinstance(found, Problem):
            self._say_at(price.heading, found)
            return None
        currency, unit = self._currency(found, price), self._unit(found, price)
        if currency is None or unit is None:
            return None
        self._hold_heading(price.heading, currency, unit)
        return found, currency, unit

    def _hold_heading(self, heading: str, currency: str, unit: str) -> None:
        """Refuse a price whose heading says that it is one of something else."""
        for word in heading_words(heading):
            meant, per = list_currencies(word), unit_word(word)
            if is_other_unit(word) or per not in (None, unit):
                self._say_at(heading, problem("mismatch.list_heading_unit", "", value=word, unit=unit))
            elif meant and currency not in meant and len(currency) == len("USD"):
                self._say_at(heading, problem("mismatch.list_currency", "", value=word, currency=currency))

    def _currency(self, found: PrintedPrice, price: PriceCell) -> str | None:
        if not self._is_there("currency") and len(found.currencies) == 1:
            (code,) = found.currencies
            if currencies_of(code):
                return code
        of_row: str | None = self._value("currency", currency_code)
        if of_row is not None and not found.is_in(of_row):
            value = cell_text(price.cell)
            self._say_at(price.heading, problem("mismatch.list_currency", "", value=value, currency=of_row))
        return of_row

    def _unit(self, found: PrintedPrice, price: PriceCell) -> str | None:
        if not self._is_there("unit") and found.unit is not None:
            return found.unit
        unit: str | None = self._value("unit", _unit)
        if unit is not None and found.unit not in (None, unit):
            self._say_at(price.heading, problem("mismatch.list_unit", "", value=cell_text(price.cell), unit=unit))
        return unit

    def _option(self, name: str) -> str:
        return self._checked_option(name, next(iter(self._words(name)), ""))

    def _checked_option(self, name: str, text: str) -> str:
        found = option_value(option_of(name) or name, text)
        if isinstance(found, Problem):
            self._say(name, found)
            return ""
        return found

    def _value(self, name: str, read: Callable[[str], Any]) -> Any:
        """What a field holds; None where nothing is there, which is told if it is needed, or it is wrong."""
        words = self._words(name)
        if not words:
            if name in NEEDED:
                self._lacks(name)
            return None
        found = read(words[0])
        if isinstance(found, Problem):
            self._say(name, found)
            return None
        return found

    def _lacks(self, name: str) -> None:
        self._has_fault = True
        if self._is_there(name):
            self._say(name, problem("missing.list_value", "", name=name))
        elif name not in self._sheet.misspelt:
            self._told[problem("missing.list_column", "", name=name).at(None, self._sheet.name, None)] = None

    def _words(self, name: str) -> tuple[str, ...]:
        """The words of a field of the row, else those that hold for all rows."""
        cell = self._cell(name)
        if cell is None:
            return (self._file.fixed[name],) if name in self._file.fixed else ()
        text = "; ".join(str(cell).splitlines()) if name == "model" else list_text(cell)
        return worded(name, list_text(text), self._file.names)

    def _cell(self, name: str) -> Any:
        cell = self._cells.get(name)
        if isinstance(cell, CellFault):
            self._fault(self._sheet.headings[name], cell)
            return None
        return cell

    def _fault(self, heading: str, cell: CellFault) -> None:
        self._say_at(heading, problem(cell.why, "", **cell.params))

    def _say(self, name: str, found: Problem) -> None:
        """Note what is wrong with a field: in this row, or once where it holds for all rows."""
        if name in self._sheet.headings or name not in self._file.fixed:
            self._say_at(self._sheet.headings.get(name, name), found)
        else:
            self._has_fault = True
            told = Problem(found.key, f"fixed.{name}", found.params, found.severity)
            self._told[told.at(None, self._sheet.name, None)] = None

    def _say_at(self, heading: str, found: Problem) -> None:
        self._has_fault = True
        told = Problem(found.key, heading, found.params, found.severity)
        self._told[told.at(None, self._sheet.name, self._number)] = None


def _unit(text: str) -> str | Problem:
    return unit_word(text) or problem("not_allowed.list_value", "", value=text, choices=Listed(_UNITS))
