"""One price as CSV or Markdown."""

from __future__ import annotations

from kling_cost.pricing.line_item import LineItem, own_options_of
from kling_cost.reporting.writers.csv_text import csv_bytes
from kling_cost.reporting.writers.markdown import inert
from kling_cost.results.record_types import line_item_record

_LEFT_OUT = ("job_id", "source", "row", "takes")


def price_answer(item: LineItem, form: str) -> bytes:
    """The price in a form: `csv`, a header and one row, or `md`, a table of two columns.

    >>> from kling_cost.pricing.single_price import price
    >>> price_answer(price("kling-custom-element"), "csv").decode("utf-8-sig").splitlines()[0][:14]
    'provider,model'
    """
    record = line_item_record(own_options_of([item.charge]))
    columns = [column for column in record.columns() if column.name not in _LEFT_OUT]
    names, values = [column.name for column in columns], next(record.rows([item], columns))
    if form == "md":
        cells = zip(names, values, strict=True)
        rows = [f"| {name} | {inert(str(value))} |" for name, value in cells if value not in (None, "")]
        return "\n".join(["| | |", "| --- | --- |", *rows, ""]).encode()
    return csv_bytes(names, [values])
