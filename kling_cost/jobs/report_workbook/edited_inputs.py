"""What people changed in a report's workbook beside its line items: limits, exchange rates, prices, a contingency.

Limits are taken over. Prices never are: they come from a price book, and a workbook that says others is told so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Context, Decimal
from typing import Any

from kling_cost.amounts import Amount, plain_text
from kling_cost.io.sheets.sheet_kind import CellFault, is_blank
from kling_cost.io.sources import Source
from kling_cost.jobs.cell_values import to_text
from kling_cost.jobs.report_workbook.plan_sheet import CONTINGENCY, EXCHANGE, KEY, LIMITS, PRICES, PlanSheet
from kling_cost.jobs.report_workbook.report_tables import Calculated, ReportRow, ReportSheets, ReportTable, plain_value
from kling_cost.problems import Problem, problem

_DIGITS = Context(prec=15)  # that a workbook holds
LIMIT, COMMITTED, HELD_IN, SCOPE = "limit", "committed", "held_in", "scope"
CURRENCY, PER_USD, VALUE, UNIT_PRICE = "currency", "per_usd", "value", "unit_price"


def price_key(cells: Mapping[str, Any], fields: Sequence[str]) -> str:
    """What a price in the table of prices is for, as text.

    >>> price_key({"model": "m", "seconds_least": 3, "unit_price": 5}, ["model", "seconds_least"])
    'm|3'
    """
    return "|".join(str(to_text(plain_value(cells.get(field))) or "") for field in fields)


class EditedInputs:
    """Compares the inputs of a workbook with what they were.

    Args:
        source: the workbook.
        plan: what its last sheet says.
        sheets: its other sheets.

    Attributes:
        problems: what is to be said.
        rates: exchange rates that were changed, by currency.
    """

    def __init__(self, source: Source, plan: PlanSheet, sheets: ReportSheets) -> None:
        self._source, self._plan, self._sheets = source, plan, sheets
        self.problems: list[Problem] = []
        self.rates: dict[str, Decimal] = {}

    def limits(self) -> tuple[Amount, ...]:
        """The limits as they are now.

        Raises:
            ReadError: headings of their table are missing.
        """
        found: dict[str, Amount] = {}
        waiting = dict(self._plan.limits)
        if LIMITS not in self._plan.columns:
            return tuple(Amount(Decimal(limit), currency) for (_, currency), (limit, _) in waiting.items())
        for table, row in self._rows(LIMITS):
            currency = str(row.cells.get(HELD_IN, ""))
            before = waiting.pop((str(row.cells.get(SCOPE, "")), currency), None)
            if before is None or currency in found:
                continue
            self._committed(table, row, before[1])
            limit = self._number(table, row, LIMIT, before[0])
            if limit is not None:
                found[currency] = Amount(limit, currency)
        for scope, currency in waiting:
            self._say("missing.report_limit", LIMIT, None, scope=scope, currency=currency)
        return tuple(found.values())

    def rest(self) -> None:
        """Look at the exchange rates, the contingency and the prices.

        Raises:
            ReadError: headings of a table are missing.
        """
        for table, row in self._rows(EXCHANGE):
            code = str(row.cells.get(CURRENCY, ""))
            before = self._plan.rates.get(code)
            if before is not None and not self._is_same(row, PER_USD, before):
                rate = self._number(table, row, PER_USD, before)
                self.rates |= {} if rate is None else {code: rate}
        for table, row in self._rows(CONTINGENCY):
            if VALUE in row.cells and not self._is_same(row, VALUE, "0"):
                self._say("cannot_check.report_contingency", "contingency", row, cell=table.cell(row.number, VALUE))
        self._prices()

    def _prices(self) -> None:
        """Say which prices were changed: none of them counts."""
        fields = [column.field for column in self._plan.columns.get(PRICES, ()) if column.role == KEY]
        for table, row in self._rows(PRICES):
            before = self._plan.prices.get(price_key(row.cells, fields))
            if before is not None and not self._is_same(row, UNIT_PRICE, before):
                cell = table.cell(row.number, UNIT_PRICE)
                now = shown_cell(row.cells.get(UNIT_PRICE))
                self._say("has_no_effect.report_price", UNIT_PRICE, row, cell=cell, now=now, before=before)

    def _committed(self, table: ReportTable, row: ReportRow, before: str) -> None:
        if not self._is_same(row, COMMITTED, before) or Decimal(before or 0):
            self._say("cannot_check.report_committed", COMMITTED, row, cell=table.cell(row.number, COMMITTED))

    def _rows(self, key: str) -> Iterator[tuple[ReportTable, ReportRow]]:
        """The rows of a table, up to the first that is blank."""
        columns = self._plan.columns.get(key)
        for table in self._sheets.tables(columns) if columns else ():
            last = table.header
            for row in table.rows:
                if not row.cells or row.number != last + 1:
                    break
                last = row.number
                yield table, row

    def _is_same(self, row: ReportRow, field: str, before: str) -> bool:
        return still_holds(row.cells.get(field), before)

    def _number(self, table: ReportTable, row: ReportRow, field: str, before: str) -> Decimal | None:
        """An amount as it is now, to the last digit where nobody changed it."""
        if self._is_same(row, field, before):
            return Decimal(before)
        cell, place = row.cells.get(field), table.cell(row.number, field)
        if cell is None:
            self._say("missing.cell_amount", field, row, cell=place)
            return None
        if isinstance(cell, Calculated):
            self._say("unreadable.cell_formula", field, row, cell=place)
            return None
        number = _number_of(cell)
        if number is None or number < 0:
            self._say("wrong_type.cell_amount", field, row, cell=place, value=shown_cell(cell))
            return None
        return number

    def _say(self, key: str, field: str, row: ReportRow | None, **params: object) -> None:
        told = problem(key, field, **params)  # each is a key in the code above
        self.problems.append(told.at(None, self._source.name, None if row is None else row.number))


def still_holds(cell: Any, before: str) -> bool:
    """Whether a cell holds the number that was written, as far as a workbook holds digits; an empty text is none.

    >>> still_holds(Decimal("0.1"), "0.1"), still_holds(None, ""), still_holds(2, "0.1")
    (True, True, False)
    """
    if cell is None or not before:
        return cell is None and not before
    number = _number_of(cell)
    return number is not None and number == _DIGITS.plus(Decimal(before))


def _number_of(cell: Any) -> Decimal | None:
    if isinstance(cell, (bool, str, Calculated, CellFault)) or is_blank(cell):
        return None
    text = to_text(cell)
    return _DIGITS.plus(Decimal(text)) if isinstance(text, str) else None


def shown_cell(cell: Any) -> str:
    """What a message says that a cell holds; a formula is an equals sign."""
    if isinstance(cell, Calculated):
        return "="
    if isinstance(cell, Decimal):
        return plain_text(cell)
    return "" if cell is None else "?" if isinstance(cell, CellFault) else str(to_text(cell))
