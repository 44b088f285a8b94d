"""One price as CSV or Markdown."""

from __future__ import annotations

from kling_cost.pricing.csv_rows import COLUMNS
from kling_cost.pricing.json_records import line_item_record
from kling_cost.pricing.line_item import LineItem
from kling_cost.reporting.writers.csv_text import csv_bytes
from kling_cost.reporting.writers.markdown import inert

_LEFT_OUT = ("job_id", "source", "row", "takes")


def price_answer(item: LineItem, form: str) -> bytes:
    """The price in a form: `csv`, a header and one row, or `md`, a table of two columns.

    >>> from kling_cost.pricing.single_price import price
    >>> price_answer(price("kling-custom-element"), "csv").decode("utf-8-sig").splitlines()[0][:14]
    'provider,model'
    """
    record = line_item_record(item)
    values = {**record, **record["options"]}
    values["defaults_applied"] = ",".join(record["defaults_applied"])
    values["notes"] = "; ".join(record["notes"])
    names = [name for name in COLUMNS if name not in _LEFT_OUT]
    if form == "md":
        rows = [f"| {name} | {inert(str(values[name]))} |" for name in names if values.get(name) not in (None, "")]
        return "\n".join(["| | |", "| --- | --- |", *rows, ""]).encode()
    return csv_bytes(names, [[values.get(name) for name in names]])
