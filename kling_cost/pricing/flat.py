"""Line items as flat rows of text, for CSV files and frames, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.records import amount_text, line_item_records

#: Columns of a line item, in order; `tag:NAME` columns come after them.
COLUMNS = (
    "job_id",
    "source",
    "row",
    "provider",
    "model",
    "duration",
    "quality",
    "sound",
    "defaults_applied",
    "billing_rule",
    "requested_quantity",
    "billed_quantity",
    "unit",
    "unit_price",
    "cost_per_take",
    "takes",
    "cost",
    "currency",
    "usd",
    "rate_effective_from",
    "notes",
)
#: Columns that say, on every row, which prices the estimate was made with and what it leaves out.
STAMP_COLUMNS = ("per_usd", "as_of", "price_book_version", "price_book_sha256", "oldest_checked", "left_out")

_OPTIONS = ("duration", "quality", "sound")


def flat_rows(
    estimate: Estimate, stamped: bool = False, tags: Sequence[str] | None = None
) -> tuple[list[str], Iterator[list[Any]]]:
    """Column names, and the values of each line item: text, whole numbers, None for what is not there.

    Args:
        estimate: whose line items.
        stamped: with `STAMP_COLUMNS`.
        tags: names of tags; those that occur if left out.
    """
    if tags is None:
        tags = sorted({name for item in estimate.line_items for name in item.job.tags})
    return column_names(tags, stamped), _rows(estimate, tags, stamped)


def column_names(tags: Sequence[str], stamped: bool = False) -> list[str]:
    """The columns of line items that have some tags.

    >>> column_names(["scene"])[-2:]
    ['notes', 'tag:scene']
    """
    return [*COLUMNS, *(f"tag:{name}" for name in tags), *(STAMP_COLUMNS if stamped else ())]


def _rows(estimate: Estimate, tags: Sequence[str], stamped: bool) -> Iterator[list[Any]]:
    stamp = estimate.price_book
    shared = [
        estimate.as_of.isoformat() if estimate.as_of else None,
        stamp.version,
        stamp.sha256,
        stamp.oldest_checked.isoformat() if stamp.oldest_checked else None,
        estimate.left_out,
    ]
    for item, record in zip(estimate.line_items, line_item_records(estimate.line_items), strict=True):
        values = {
            **record,
            **{name: record["options"].get(name) for name in _OPTIONS},
            "defaults_applied": ",".join(record["defaults_applied"]),
            "notes": "; ".join(record["notes"]),
        }
        row = [*(values[name] for name in COLUMNS), *(item.job.tags.get(name) for name in tags)]
        yield [*row, amount_text(item.charge.per_usd), *shared] if stamped else row


def record_of_row(row: Mapping[str, str]) -> dict[str, Any]:
    """The line item record of a row of text that `flat_rows` wrote.

    >>> record_of_row({"job_id": "a", "duration": "5", "sound": "on", "tag:scene": "b"})["options"]
    {'duration': '5', 'sound': 'on'}
    """
    record: dict[str, Any] = {name: row.get(name) or None for name in COLUMNS if name not in _OPTIONS}
    record["options"] = {name: row[name] for name in _OPTIONS if row.get(name)}
    record["defaults_applied"] = [name for name in (row.get("defaults_applied") or "").split(",") if name]
    record["notes"] = [note for note in (row.get("notes") or "").split("; ") if note]
    record["tags"] = {
        name.removeprefix("tag:"): value for name, value in row.items() if name.startswith("tag:") and value
    }
    for name in ("row", "takes"):
        text = record[name]
        record[name] = int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else text
    return record
