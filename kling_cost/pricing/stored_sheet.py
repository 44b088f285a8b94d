"""A plan that was stored as a CSV file of line items, as the document that its JSON would be.

Each row is held to its checksum, and all rows together to the count and the totals that each of them carries: a row
that is missing, doubled, changed or of another plan refuses the file, in whatever order the rows stand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kling_cost.io.csv_injection import unescape_formula
from kling_cost.io.sheets.csv_sheets import read_sheet
from kling_cost.io.sources import Source
from kling_cost.io.strict_json import JsonError, parse_json
from kling_cost.jobs.columns import JOB_SHEET
from kling_cost.problems import Problem
from kling_cost.results.fields import SCHEMA_VERSION
from kling_cost.results.line_item_csv import (
    ADJUSTMENTS,
    SHARED_COLUMNS,
    checksum,
    column_names,
    options_of_row,
    record_of_row,
)
from kling_cost.results.terms.adjusted_fields import ADJUSTED

_PROBLEM = re.compile(r"(error|warning|info):([a-z_]+)=([1-9][0-9]*)", re.ASCII)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
Row = Mapping[str, str]


def document_of_sheet(source: Source) -> dict[str, Any]:
    """The document that a CSV file of line items represents.

    Raises:
        ReadError: it is damaged, or was stored by a release that stored no count and totals.
    """
    rows = list(_rows(source))
    if not rows:
        raise source.error("unreadable.stored_lines", why="0")
    first, lines = rows[0], _count(source, rows[0], "plan_lines")
    records = [_record(source, row) for row in rows] if lines else []
    _hold(source, rows, records, lines)
    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": first["as_of"] or None,
        "price_book": {
            "version": first["price_book_version"],
            "sha256": first["price_book_sha256"],
            "oldest_checked": first["oldest_checked"] or None,
            "exchange": [
                {"currency": currency, "per_usd": rate, "source": f"stored in {source.name}"}
                for currency, rate in sorted({(r["currency"], r["per_usd"]) for r in rows if r["per_usd"]})
                if currency != "USD"
            ],
        },
        "line_items": records,
        "totals": _totals(source, rows) if lines else [],
        "problems": list(_problems(source, first["problems"])),
        "left_out": _count(source, first, "left_out"),
    }


def _rows(source: Source) -> Iterator[Row]:
    """The rows by column, each held to its checksum."""
    number, header, rows = read_sheet(source, None, JOB_SHEET)
    known = set(column_names())
    if not known <= set(header) or len(set(header)) < len(header):
        raise source.error("unreadable.stored_sheet", number)
    checked = known - {"checksum"}
    checked |= set(column_names(stamped=False, is_exact=False))
    kept = [name for name in header if name in checked or name.startswith("tag:")]
    for at, cells in rows:
        if isinstance(cells, Problem):
            raise source.error("unreadable.stored_sheet", at)
        row = dict(zip(header, map(unescape_formula, cells), strict=True))
        if not any(cells):
            continue
        own = options_of_row(row)
        if not row.keys() >= set(own) or known.intersection(own):
            raise source.error("unreadable.stored_sheet", at)
        if _checksum(row, [*kept, *own], own) != row["checksum"]:
            raise source.error("unreadable.stored_line", at)
        yield row


def _checksum(row: Row, names: Sequence[str], own: Iterable[str]) -> str:
    return checksum(names, [row[name] for name in names], own)


def _record(source: Source, row: Row) -> dict[str, Any]:
    own = options_of_row(row)
    record = record_of_row(row, tuple(name for name in own if name != ADJUSTMENTS))
    if row["task_ids"]:
        record["task_ids"] = _json(source, row, "task_ids")
    if ADJUSTMENTS in own and row[ADJUSTMENTS]:
        found = _json(source, row, ADJUSTMENTS)
        if not isinstance(found, dict) or not found.keys() <= {field.name for field in ADJUSTED}:
            raise source.error("unreadable.stored_sheet", None, ADJUSTMENTS)
        record |= found
    return record


def _json(source: Source, row: Row, name: str) -> Any:
    """A cell that holds JSON."""
    try:
        return parse_json(row[name].encode("utf-8", "backslashreplace"))
    except JsonError:
        raise source.error("unreadable.stored_sheet", None, name) from None


def _hold(source: Source, rows: Sequence[Row], records: Sequence[Mapping[str, Any]], lines: int) -> None:
    """Hold the rows to what each of them says of all."""
    for name in SHARED_COLUMNS:
        if len({row[name] for row in rows}) > 1:
            raise source.error("unreadable.stored_lines", None, name, why=name)
    found = len(records) if lines else len(rows) - 1
    if found != lines:
        raise source.error("unreadable.stored_lines", why=f"{found} ≠ {lines}")
    twice = _repeated((record["source"], record["row"], record["job_id"]) for record in records)
    if twice is not None:
        raise source.error("unreadable.stored_lines", why=twice[2] or "")


def _repeated(items: Iterable[tuple[Any, ...]]) -> tuple[Any, ...] | None:
    return next((item for item, count in Counter(items).items() if count > 1), None)


def _totals(source: Source, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The totals that the rows carry, one for each currency; the estimate is held to them as that of a JSON is."""
    jobs = Counter(row["currency"] for row in rows)
    told = {(row["currency"], _count(source, row, "plan_takes"), row["plan_cost"]) for row in rows}
    if len(told) > len(jobs):
        raise source.error("unreadable.stored_lines", why="plan_cost")
    return [
        {"currency": currency, "jobs": jobs[currency], "takes": takes, "cost": cost or None}
        for currency, takes, cost in sorted(told)
    ]


def _problems(source: Source, text: str) -> Iterator[dict[str, Any]]:
    """What was wrong; a sheet keeps codes, not words."""
    for part in text.split():
        found = _PROBLEM.fullmatch(part)
        if found is None:
            raise source.error("unreadable.stored_sheet", None, "problems")
        severity, code, count = found.groups()
        message = f"{code}: {count} when the plan was stored; its JSON has the words, a CSV only counts them"
        yield {"severity": severity, "code": code, "message": message}


def _count(source: Source, row: Row, name: str) -> int:
    if not _NUMBER.fullmatch(row[name]):
        raise source.error("unreadable.stored_sheet", None, name)
    return int(row[name])
