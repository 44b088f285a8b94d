"""Line items as flat rows of text, for CSV files and frames, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from kling_cost.amounts import plain_text
from kling_cost.io.json_text import json_line
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.json_records import amount_text, line_item_records
from kling_cost.pricing.totals import Totals

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
#: Columns that say, on every row, which prices the plan was made with, what it leaves out and why, how many lines it
#: has, and what all takes of the row's currency cost; and a checksum of the row, so that none is lost, doubled or
#: changed unseen, in whatever order a spreadsheet keeps them.
STAMP_COLUMNS = (
    "task_ids",
    "per_usd",
    "as_of",
    "price_book_version",
    "price_book_sha256",
    "oldest_checked",
    "left_out",
    "problems",
    "plan_lines",
    "plan_takes",
    "plan_cost",
    "checksum",
)
#: Those among them that are the same on every row of a plan.
SHARED_COLUMNS = STAMP_COLUMNS[2:9]

_CHECKED = 8  # bytes of a checksum: enough for a slip of the hand
_OPTIONS = ("duration", "quality", "sound")


def flat_rows(
    estimate: Estimate, stamped: bool = False, tags: Sequence[str] | None = None, plan: Totals | None = None
) -> tuple[list[str], Iterator[list[Any]]]:
    """Column names, and the values of each line item: text, whole numbers, None for what is not there.

    Args:
        estimate: whose line items.
        stamped: with `STAMP_COLUMNS`.
        tags: names of tags; those that occur if left out.
        plan: what the estimate is a part of; the estimate itself if left out.
    """
    if tags is None:
        tags = sorted({name for item in estimate.line_items for name in item.job.tags})
    rows = _rows(estimate, tags)
    return column_names(tags, stamped), _stamped(estimate, rows, tags, plan or estimate.summary) if stamped else rows


def column_names(tags: Sequence[str], stamped: bool = False) -> list[str]:
    """The columns of line items that have some tags.

    >>> column_names(["scene"])[-2:]
    ['notes', 'tag:scene']
    """
    return [*COLUMNS, *(f"tag:{name}" for name in tags), *(STAMP_COLUMNS if stamped else ())]


def _rows(estimate: Estimate, tags: Sequence[str]) -> Iterator[list[Any]]:
    for item, record in zip(estimate.line_items, line_item_records(estimate.line_items), strict=True):
        values = {
            **record,
            **{name: record["options"].get(name) for name in _OPTIONS},
            "defaults_applied": ",".join(record["defaults_applied"]),
            "notes": "; ".join(record["notes"]),
        }
        yield [*(values[name] for name in COLUMNS), *(item.job.tags.get(name) for name in tags)]


def _stamped(estimate: Estimate, rows: Iterable[list[Any]], tags: Sequence[str], plan: Totals) -> Iterator[list[Any]]:
    """The rows with `STAMP_COLUMNS`; of a plan without a line, one row that says so."""
    names = column_names(tags, stamped=True)[:-1]
    totals = {total.currency: (total.takes, plain_text(total.cost)) for total in plan.totals}
    stamp, lines = plan.price_book, sum(total.jobs for total in plan.totals)
    shared = [
        plan.as_of.isoformat() if plan.as_of else None,
        stamp.version,
        stamp.sha256,
        stamp.oldest_checked.isoformat() if stamp.oldest_checked else None,
        plan.left_out,
        problem_counts(plan),
        lines,
    ]
    if not lines:
        row = [*[None] * (len(COLUMNS) + len(tags) + 2), *shared, None, None]
        yield [*row, checksum(names, row)]
    for item, cells in zip(estimate.line_items, rows, strict=True):
        ids = json_line(list(item.job.task_ids)) if item.job.task_ids else None
        row = [*cells, ids, amount_text(item.charge.per_usd), *shared, *totals[item.charge.currency]]
        yield [*row, checksum(names, row)]


def problem_counts(plan: Totals) -> str:
    """How many problems a plan has of each severity and code; what the exchange rates say for themselves apart.

    >>> import kling_cost as kc
    >>> bodies = [{"model": "kling-v3-text-to-video", "prompt": "Fog", "seed": 1}, {"model": "x"}]
    >>> problem_counts(kc.estimate(bodies).summary)
    'error:unknown_model=1 warning:unknown_field=1'
    """
    told = sorted((key, count) for key, count in plan.codes.items() if key[1] != "no_exchange_rate")
    return " ".join(f"{severity}:{code}={count}" for (severity, code), count in told)


def checksum(names: Sequence[str], cells: Sequence[Any]) -> str:
    """What a row's cells come to; the order of the columns does not count, nor do tags that it lacks.

    >>> checksum(["a", "b"], [1, None]) == checksum(["b", "a"], ["", "1"])
    True
    """
    said = sorted(f"{name}={cell}" for name, cell in zip(names, cells, strict=True) if cell is not None and f"{cell}")
    data = "".join(
        f"{len(text)}:{text}" for text in (part.encode("utf-8", "backslashreplace").decode() for part in said)
    )
    return "k" + blake2b(data.encode(), digest_size=_CHECKED).hexdigest()


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
