"""The sheet of a price list: its headings found and told apart, its rows by field, blank cells filled as they mean."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from kling_cost.folded_names import closest, folded
from kling_cost.io.sheets.csv_sheets import read_sheet
from kling_cost.io.sheets.sheet_kind import CellFault, SheetKind, is_blank
from kling_cost.io.sheets.workbook import read_workbook
from kling_cost.io.sheets.xlsx.sheet_rows import column_letters, column_number
from kling_cost.io.sources import Source
from kling_cost.pricebook.book import PRICED_OPTIONS
from kling_cost.pricebook.counting.length_tiers import DURATION
from kling_cost.pricebook.upkeep.price_lists.column_file import ABOVE, ColumnFile, Heading, Options
from kling_cost.pricebook.upkeep.price_lists.list_fields import (
    DERIVED,
    LIST_SHEET,
    OPTION,
    PRICE,
    known_field,
    meant_field,
    never,
    option_meant,
)
from kling_cost.problems import Listed, Problem, UsageError, problem

_WORKBOOKS = (".xlsx", ".xlsm")
_TEXTS = {".csv": None, ".txt": None, ".tsv": "\t", ".tab": "\t"}

Row = tuple[int, Sequence[Any] | Problem]


class PriceCell(NamedTuple):
    """A cell of a column of prices.

    Attributes:
        cell: what it holds.
        heading: of its column.
        options: those that the column is for.
    """

    cell: Any
    heading: str
    options: Options


class ListRow(NamedTuple):
    """A row with prices.

    Attributes:
        number: the row number that a spreadsheet program shows.
        cells: by field, blank ones left out.
        prices: its cells of prices.
    """

    number: int
    cells: Mapping[str, Any]
    prices: Sequence[PriceCell]


@dataclass
class _Layout:
    """Which columns are read: positions by field, and those of prices."""

    fields: dict[str, int]
    prices: list[tuple[int, Options]]


class ListSheet:
    """A price list, read row by row.

    Args:
        source: the file.
        file: its column file.
        sheet: name of the sheet to read; None for that of the column file, or the only one that fits.

    Attributes:
        name: what the file is called.
        headings: of the columns that are read, by field.
        misspelt: the fields for which headings are misspelt.
        unread: the headings of columns that are not read.
        problems: what is wrong, and what is only to be said; complete once all rows are read.

    Raises:
        ReadError: it cannot be read, or is no price list.
        UsageError: its suffix tells no form.
    """

    def __init__(self, source: Source, file: ColumnFile, sheet: str | None = None) -> None:
        self._source, self._file, self.name = source, file, source.name
        self._kind = _kind_of(file) if file.is_given else LIST_SHEET
        self.problems: list[Problem] = []
        self._remarks: Callable[[], list[Problem]] = list
        self._header_row, self._names, self._rows = self._opened(sheet or file.sheet)
        self._hold_header()
        self._layout = self._given_layout() if file.is_given else self._documented_layout()
        self.headings = {name: self._name(at) for name, at in self._layout.fields.items()}
        self.misspelt: set[str] = set()
        self.unread: list[str] = []
        self._tell_unread()
        self._above: dict[str, Any] = {}
        self._notes: list[int] = []

    def _opened(self, sheet: str | None) -> tuple[int, list[str], Iterable[Row]]:
        suffix = self._source.suffix
        if suffix in _WORKBOOKS:
            book = read_workbook(self._source, sheet, self._kind)
            self._remarks = book.remarks
            return book.header_row, [name or "" for name in book.names], book.rows()
        if suffix not in _TEXTS:
            forms = ", ".join([*_TEXTS, *_WORKBOOKS])
            raise UsageError(f"unknown form of {self._source.place}; a price list is one of {forms}")
        number, header, rows = read_sheet(self._source, _TEXTS[suffix], self._kind)
        return number, list(header), rows

    def _hold_header(self) -> None:
        """Refuse what is no price list at all."""
        if not any(self._kind.known(name) for name in self._names):
            columns = Listed([name for name in self._names if name.strip()])
            raise self._source.error("unreadable.no_price_columns", self._header_row, columns=columns)

    def rows(self) -> Iterator[ListRow]:
        """The rows with prices; others are told in one remark."""
        for number, cells in self._rows:
            if isinstance(cells, Problem):
                if dict(cells.params).get("found") == "1":
                    self._note(number)
                else:
                    self._say(cells, number)
            elif not all(map(is_blank, cells)):
                yield from self._row(number, cells)
        if self._notes:
            rows = Listed(self._notes)
            self._say(problem("has_no_effect.list_notes", "", rows=rows), self._notes[0])
        self.problems += self._remarks()

    def _row(self, number: int, cells: Sequence[Any]) -> Iterator[ListRow]:
        layout = self._layout
        cells = [*cells, *[None] * (len(self._names) - len(cells))]
        found = {name: cells[at] for name, at in layout.fields.items() if not is_blank(cells[at])}
        prices = [PriceCell(cells[at], self._name(at), options) for at, options in layout.prices]
        is_note = len({id(cell) if isinstance(cell, CellFault) else at for at, cell in _filled(cells)}) == 1
        if is_note and not any(_may_be_price(price.cell) for price in prices):
            self._note(number, found)
            return
        if prices and all(is_blank(price.cell) for price in prices):
            self._say(problem("missing.list_price", self._name(layout.prices[0][0])), number)
            return
        yield ListRow(number, self._with_above(found), prices)

    def _with_above(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        filled = dict(found)
        for name, blank in self._file.blank.items():
            if blank == ABOVE and name not in filled and name in self._above:
                filled[name] = self._above[name]
        self._above.update(filled)
        return filled

    def _note(self, number: int, found: Mapping[str, Any] | None = None) -> None:
        """A row that is a heading of those below it, or a note: what stood above it no longer counts."""
        kept = {name: cell for name, cell in (found or {}).items() if not isinstance(cell, CellFault)}
        if not any(self._file.blank.get(name) == ABOVE for name in kept):
            self._above.clear()
        self._above.update(kept)
        self._notes.append(number)

    def _documented_layout(self) -> _Layout:
        fields: dict[str, int] = {}
        for at, name in enumerate(self._names):
            known = known_field(name)
            if known in fields:
                self._say(problem("duplicate.column", name), self._header_row)
            elif known is not None and known not in DERIVED:
                fields[known] = at
        price = fields.pop(PRICE, None)
        if price is None:
            meant = [name for name in self._names if meant_field(name) == PRICE]
            if not meant:
                self._say(problem("missing.list_column", "", name=PRICE), self._header_row)
        return _Layout(fields, [] if price is None else [(price, {})])

    def _given_layout(self) -> _Layout:
        places = {name: self._place(heading) for name, heading in self._file.columns.items()}
        fields = {name: at for name, at in places.items() if at is not None}
        price = fields.pop(PRICE, None)
        prices: list[tuple[int, Options]] = [] if price is None else [(price, {})]
        for column in self._file.prices:
            at = self._place(column.heading)
            if at is not None:
                prices.append((at, column.options))
        return _Layout(fields, prices)

    def _place(self, heading: Heading) -> int | None:
        """The position of a column; None, and said, where it cannot be told."""
        header, letters = heading
        found = [at for at, name in enumerate(self._names) if header is None or folded(name) == folded(header)]
        if letters is not None:
            found = [at for at in found if at == column_number(letters) - 1]
        if len(found) == 1:
            return found[0]
        self._say(self._misplaced(header or str(letters), found), self._header_row)
        return None

    def _misplaced(self, header: str, found: Sequence[int]) -> Problem:
        if found:
            letters = [column_letters(at + 1) for at in found]
            return problem("duplicate.list_heading", "", name=header, columns=Listed(letters), first=letters[0])
        meant = closest(header, [name for name in self._names if name.strip()])
        if meant and folded(meant) != folded(header):
            return problem("unknown_field.list_heading_meant", header, meant=meant)
        return problem("unknown_field.list_heading", header, columns=Listed([n for n in self._names if n.strip()]))

    def _tell_unread(self) -> None:
        """Say which columns are not read; one that is only misspelt is an error."""
        for name in self._unread():
            meant = None if self._file.is_given else meant_field(name)
            if meant is not None:
                self.misspelt.add(meant)
                self._say(problem("unknown_field.misspelt_column", name, meant=meant), self._header_row)
            else:
                self.unread.append(name)
        if self.unread:
            self._say(problem("unknown_field.list_columns", "", columns=Listed(self.unread)), self._header_row)

    def tell_options(self, told: Collection[str], is_per_call: bool) -> None:
        """Note as an error each column that is not read though prices may depend on what it says.

        Args:
            told: the options that prices are told apart by.
            is_per_call: whether there is a price of a call, which is one of any length where no length is told.
        """
        for name in self.unread:
            option = option_meant(name)
            if option is not None and option not in told and (option != DURATION or is_per_call):
                field = option if option in PRICED_OPTIONS else f"{OPTION}{option}"
                self._say(problem("unknown_field.list_option", name, option=field), self._header_row)

    def _unread(self) -> Iterator[str]:
        """The headings of columns that are not read, those left out that need not be."""
        read = {*self._layout.fields.values(), *(at for at, _ in self._layout.prices)}
        for at, name in enumerate(self._names):
            needless = folded(name) in self._file.ignored or known_field(name) in DERIVED or not name.strip()
            if at not in read and not needless:
                yield name

    def _name(self, at: int) -> str:
        """What messages call a column: its heading, else its letters."""
        return (self._names[at].strip() if at < len(self._names) else "") or column_letters(at + 1)

    def _say(self, found: Problem, row: int | None) -> None:
        self.problems.append(found.at(None, self._source.name, row))


def _kind_of(file: ColumnFile) -> SheetKind:
    """How a sheet is recognised whose headings a column file names."""
    headings = [*file.columns.values(), *(price.heading for price in file.prices)]
    named = {folded(heading.header): heading.header for heading in headings if heading.header is not None}
    enough = min(len(named), 2)

    def known(heading: str) -> str | None:
        return named.get(folded(heading))

    def found(cells: Sequence[object]) -> int:
        count = len({known(cell) for cell in cells if isinstance(cell, str)} - {None})
        return count if count >= enough else 0

    needed = next(iter(named.values()), PRICE)
    return SheetKind(known, found, needed, (), never, never, as_shown=True)


def _filled(cells: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    return ((at, cell) for at, cell in enumerate(cells) if not is_blank(cell))


def _may_be_price(cell: Any) -> bool:
    """Whether a cell holds something that a note across the sheet does not explain."""
    return not is_blank(cell) and not isinstance(cell, CellFault)
