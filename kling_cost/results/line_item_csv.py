"""Line items in a CSV that can be read back: each row carries a checksum and what the whole plan comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

from kling_cost.io.json_text import json_line
from kling_cost.results.fields import Field
from kling_cost.results.record_types import line_item_record
from kling_cost.results.terms.adjusted_fields import ADJUSTED
from kling_cost.results.value_types import COST, COUNT, DAY, HASH, MONEY, TEXT

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


#: What comes to quantity × unit price, as JSON; a column only where a line has any.
ADJUSTMENTS = "adjustments"


def column_names(
    tags: Iterable[str] = (),
    stamped: bool = True,
    options: tuple[str, ...] = (),
    is_exact: bool = True,
    is_adjusted: bool = False,
) -> list[str]:
    """The columns of line items that have some tags, and some options that their price book names itself.

    Those that say how certain a cost is are among them unless all are exact, and `ADJUSTMENTS` where any has some.

    >>> column_names(["scene"], stamped=False)[-2:]
    ['notes', 'tag:scene']
    """
    columns = line_item_record(options, is_exact).columns(tags)
    stamp = (*((ADJUSTMENTS,) if is_adjusted else ()), *STAMP_COLUMNS)
    return [*(column.name for column in columns), *(stamp if stamped else ())]


def stamped_rows(items: Iterable[Any], tags: Sequence[str], plan: Any) -> Iterator[list[Any]]:
    """The rows of line items, under `column_names`; of a plan without a line, one row that says so.

    Args:
        items: the line items.
        tags: names of tags.
        plan: the estimate that they are of.
    """
    own = plan.own_options
    record = line_item_record(own, plan.is_exact)
    columns = [*record.columns(tags), *_stamp(plan)]
    names = [column.name for column in columns]
    marks = (*own, ADJUSTMENTS) if plan.is_adjusted else own
    for cells in record.rows(items, columns):
        yield [*cells, checksum(names, cells, marks)]
    if not plan.totals:
        shared = [column.json_of(None) if column.name in SHARED_COLUMNS else None for column in columns]
        yield [*shared, checksum(names, shared)]


def _stamp(plan: Any) -> list[Field]:
    """What stands on every row beside the line item, its checksum apart."""
    book, totals = plan.price_book, {total.currency: total for total in plan.totals}
    per_plan = (
        ("as_of", DAY, plan.as_of),
        ("price_book_version", TEXT, book.version),
        ("price_book_sha256", HASH, book.sha256),
        ("oldest_checked", DAY, book.oldest_checked),
        ("left_out", COUNT, plan.left_out),
        ("problems", TEXT, problem_counts(plan)),
        ("plan_lines", COUNT, sum(total.jobs for total in plan.totals)),
    )
    adjusted = [Field(ADJUSTMENTS, TEXT, "as JSON", _adjustments)] if plan.is_adjusted else []
    return [
        *adjusted,
        Field("task_ids", TEXT, "as JSON", _task_ids, own=True),
        Field("per_usd", MONEY, "units of `currency` for one dollar", "charge.per_usd"),
        *(Field(name, kind, "of the plan", partial(_same, value)) for name, kind, value in per_plan),
        Field("plan_takes", COUNT, "of the currency", lambda item: totals[item.charge.currency].takes),
        Field("plan_cost", COST, "of the currency", lambda item: totals[item.charge.currency].cost),
    ]


def _same(value: Any, _: Any) -> Any:
    return value


def _adjustments(item: Any) -> str | None:
    found = {field.name: value for field in ADJUSTED if (value := field.json_of(item))}
    return json_line(found) if found else None


def _task_ids(item: Any) -> str | None:
    return json_line(list(item.job.task_ids)) if item.job.task_ids else None


def problem_counts(plan: Any) -> str:
    """How many problems a plan has of each severity and code; what the rates of exchange say for themselves apart.

    >>> import kling_cost as kc
    >>> problem_counts(kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog", "seed": 1}, {"model": "x"}]))
    'error:unknown_model=1 warning:unknown_field=1'
    """
    counts = getattr(plan, "codes", None) or Counter((found.severity, found.code) for found in plan.problems)
    counted = sorted((key, count) for key, count in counts.items() if key[1] != "no_exchange_rate")
    return " ".join(f"{severity}:{code}={count}" for (severity, code), count in counted)


def checksum(names: Sequence[str], cells: Sequence[Any], options: Iterable[str] = ()) -> str:
    """What a row's cells come to; the order of the columns does not count, nor do tags that it lacks.

    The `options` that the price book names itself stand behind it, since a reader could not tell their columns from
    those that people add.

    >>> checksum(["a", "b"], [1, None]) == checksum(["b", "a"], ["", "1"])
    True
    """
    filled = [f"{name}={cell}" for name, cell in zip(names, cells, strict=True) if cell is not None and cell != ""]
    filled.sort()
    text = "".join(filled)
    if not text.isascii():
        filled = [part.encode("utf-8", "backslashreplace").decode() for part in filled]
    data = "".join([f"{len(part)}:{part}" for part in filled])
    return ":".join(["k" + blake2b(data.encode(), digest_size=_CHECKED).hexdigest(), *options])


def record_of_row(row: Mapping[str, str], options: tuple[str, ...] = ()) -> dict[str, Any]:
    """The line item record of a row of text, as JSON holds it; `options` are those that its price book names itself.

    >>> record_of_row({"job_id": "a", "duration": "5", "sound": "on", "tag:scene": "b"})["options"]
    {'duration': '5', 'sound': 'on'}
    """
    record: dict[str, Any] = {}
    for field in line_item_record(options, is_exact="certainty" not in row).fields:
        if field.parts:
            record[field.name] = {part.name: row[part.name] for part in field.parts if row.get(part.name)}
        elif field.type.arrow:
            text = row.get(field.name, "")
            record[field.name] = field.type.from_cell(text) if text or field.type.python == list[str] else None
    tags = ((name.removeprefix("tag:"), text) for name, text in row.items() if name.startswith("tag:"))
    return {**record, "tags": {name: text for name, text in tags if text}}


def options_of_row(row: Mapping[str, str]) -> tuple[str, ...]:
    """The options that a stored row says its price book names itself; `ADJUSTMENTS` behind them where it has some.

    >>> options_of_row({"checksum": "k0123456789abcdef:tier"}), options_of_row({"checksum": "k0123456789abcdef"})
    (('tier',), ())
    """
    return tuple(row["checksum"].split(":")[1:])
