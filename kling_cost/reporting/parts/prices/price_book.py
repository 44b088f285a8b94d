"""Price book: the unit prices that line items look up, each with its arithmetic, date and source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kling_cost.jobs.bodies import MAX_TAKES
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.parts.formulas import quoted
from kling_cost.reporting.parts.prices.price_lookups import (
    Periods,
    PriceKeys,
    PriceLine,
    choices_of,
    is_adjusted,
    is_stepped,
    key_formula,
    option_column,
    period_code,
    price_lines,
)
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import AT_LENGTH, WORKBOOK, Cell, Column, Formula, Table

_SOLD = (Column("provider", kind="id"), Column("model", kind="id"))
_COLUMNS = (
    Column("unit_price", kind="credits", is_input=True),
    Column("currency", kind="id"),
    Column("unit", kind="id"),
    Column("arithmetic", kind="id", prominent=False),
    Column("printed", kind="id", prominent=False),
    Column("seconds_least", kind="integer", prominent=False),
    Column("seconds_most", kind="integer", prominent=False),
    Column("minimum_quantity", kind="integer", prominent=False),
    Column("minimum_charge", kind="credits", prominent=False),
    Column("effective_from", kind="date"),
    Column("checked", kind="date", prominent=False),
    Column("copied", kind="text", prominent=False),
    Column("used_by", kind="integer", prominent=False),
    Column("price_source", kind="text", prominent=False),
    Column("remark", kind="text", prominent=False),
    Column("decimals", kind="integer", helper=True),
    Column("period", kind="id", helper=True),
    Column("takes_most", kind="integer", helper=True),
    Column("least", kind="integer", formula="MAX({minimum_quantity},IF({seconds_least}=0,1,0))", helper=True),
    Column("usable", kind="integer", formula="IF(ISNUMBER({unit_price}),IF({unit_price}<0,0,1),0)", helper=True),
)
#: What comes to a quantity × unit price; columns only where anything does.
_ADJUSTED = (
    Column("extra_per_unit", kind="credits", prominent=False),
    Column("extra_per_call", kind="credits", prominent=False),
    Column("factor", kind="credits", prominent=False),
    Column("round_mode", kind="integer", helper=True),
)
#: In which steps a length is counted; a column only where a seller counts in more than ones.
_STEP = Column("counted_in", kind="integer", helper=True)
#: The only length that a price is for, and whether that is the price of a call; where any price is for one alone.
_LENGTHS = (Column("length", kind="integer", helper=True), Column("is_per_call", kind="integer", helper=True))


def price_book_tables(report: Report) -> list[Table]:
    """Every price of the sellers in use, in the periods in use; and what may be chosen among them."""
    words, lines, keys = report.words, price_lines(report), PriceKeys(report)
    made_of = key_formula(report.options, "period")
    if keys.has_lengths:
        made_of += '&IF({length}="","","|"&{length})'
    key = Column("price_key", kind="id", formula=f'IF({{usable}}=1,{made_of},"")', helper=True)
    some_have = [*(_ADJUSTED if is_adjusted(report) else ()), *([_STEP] if is_stepped(report) else [])]
    some_have += _LENGTHS if keys.has_lengths else ()
    columns = [*_SOLD, *(option_column(name) for name in report.options), *_COLUMNS, *some_have, key]
    counts = _counts(report)
    rows: list[list[Cell]] = []
    for at, line in enumerate(lines):
        used = Formula("COUNTIF({line_items.price_key},{price_key})", counts.get(line.key, 0))
        billed = int(line.values.get("minimum_quantity") or 0)  # type: ignore[arg-type]
        least = max(billed, 0 if line.values["seconds_least"] else 1)
        own: dict[str, Cell] = {
            "price_key": line.key,
            "used_by": used,
            "least": least,
            "usable": 1,
            "takes_most": MAX_TAKES,
        }
        values: dict[str, Cell] = {**line.values, **own}
        for name in ("arithmetic", "printed"):  # of the price as it was
            text = str(line.values.get(name) or "")
            values[name] = Formula(f'IF({{inputs.edited#{at}}}=0,{quoted(text)},"")', text) if text else None
        rows.append([values.get(column.key) for column in columns])
    columns = titled(words, columns)
    notes = [words("note_prices")]
    title, empty = words("part.price_book"), words("empty.price_book")
    book = Table("price_book", title, columns, rows, notes=notes, empty=empty, places=AT_LENGTH)
    return [book, *_choices(report, lines)]


def _counts(report: Report) -> dict[str, int]:
    periods, keys = Periods(report), PriceKeys(report)
    counts: dict[str, int] = {}
    for item in report.line_items:
        charge = item.charge
        key = keys.of(charge, period_code(periods.of_day(item.job.date, charge.rate_effective_from)))
        counts[key] = counts.get(key, 0) + 1
    return counts


def _choices(report: Report, lines: list[PriceLine]) -> Iterator[Table]:
    """Lists that a spreadsheet offers, with equal values of the first column together."""
    sellers = dict.fromkeys(line.values["provider"] for line in lines)
    columns = titled(report.words, [Column("provider", kind="id", helper=True)])
    title = report.words("choices", what=columns[0].title)
    yield Table("sellers", title, columns, [[seller] for seller in sellers], places=WORKBOOK)
    offered = [("models", "provider", Column("model", kind="id"))]
    offered += [(choices_of(name), "model", option_column(name)) for name in report.options]
    for key, group, column in offered:
        values = [(line.values[group], line.values[column.key]) for line in lines]
        pairs = dict.fromkeys(pair for pair in values if pair[1])
        columns = titled(report.words, [Column(group, kind="id", helper=True), replace(column, helper=True)])
        rows = [list(pair) for pair in sorted(pairs, key=lambda pair: str(pair[0]))]
        title = report.words("choices", what=columns[1].title)
        yield Table(key, title, columns, rows, places=WORKBOOK)
