"""What a row of line items keeps of its job, so that a workbook can be read back."""

from __future__ import annotations

from collections.abc import Sequence

from kling_cost.jobs.report_workbook.line_request import request_text
from kling_cost.pricing.line_item import LineItem
from kling_cost.reporting.parts.prices.price_lookups import option_key
from kling_cost.reporting.parts.tag_choice import shown_tags, tag_key
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Cell, Column

REQUEST = Column("request", kind="id", helper=True)


def request_fields(report: Report, is_adjusted: bool) -> list[str] | None:
    """What a row shows that can be changed, or told of, by field; None where nothing can be read back.

    Args:
        report: what is reported.
        is_adjusted: whether rows show what is charged beside.
    """
    if report.book is None:
        return None
    names = ["provider", "model", "duration", *report.options, "day", *shown_tags(report)]
    return [*names, "extras"] if is_adjusted else names


def request_cell(fields: Sequence[str] | None, item: LineItem, shown: Sequence[Cell]) -> str | None:
    """What a row keeps of its job beside what it shows; nothing where that is not known.

    Args:
        fields: of `request_fields`.
        item: whose row it is.
        shown: what the row shows of each.
    """
    if fields is None:
        return None
    values = dict(zip(fields, shown, strict=True))
    length = item.charge.options.get("duration")
    return request_text(item.job, values, length is not None and length == str(values["duration"]))


def field_of_column(report: Report, key: str) -> str:
    """What a column is of a job: its field, an option's name, or a tag as `tag:NAME`."""
    names = {tag_key(at): name for at, name in enumerate(shown_tags(report))}
    names |= {option_key(name): name for name in report.options}
    return names.get(key, key)
