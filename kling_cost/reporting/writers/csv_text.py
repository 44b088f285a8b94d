"""CSV that is safe to open in a spreadsheet; `read_estimate` reads its line items back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from kling_cost.amounts import plain_text
from kling_cost.io.csv_injection import escape_formula
from kling_cost.reporting.document import Document
from kling_cost.reporting.table import Cell, Table, plain
from kling_cost.reporting.writers import Writer

_BOM = "\ufeff"  # without it, spreadsheet programs in Korea, Japan and China take another encoding


def csv_bytes(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A header and rows as UTF-8 with a byte order mark; the header is written even without rows.

    >>> csv_bytes(["job_id", "takes"], [["=1+1", 3]]).decode("utf-8-sig").splitlines()
    ['job_id,takes', "'=1+1,3"]
    """
    return (_BOM + _text([names]) + _text(rows)).encode("utf-8", "backslashreplace")


def csv_lines(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows that follow others.

    >>> csv_bytes(["a"], [[1]]) + csv_lines([[2]]) == csv_bytes(["a"], [[1], [2]])
    True
    """
    return _text(rows).encode("utf-8", "backslashreplace")


def tables_csv(document: Document) -> bytes:
    """The tables of a report one below the other, with a blank line between them; names of columns, plain numbers.

    Args:
        document: its tables for short texts are written.
    """
    tables = [table for part in document.parts_on("text") for table in part.tables_on("text")]
    lines = [line for table in tables for line in _lines(table)]
    return csv_bytes(lines[0], lines[1:]) if lines else csv_bytes([], [])


def _text(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([escape_formula(value) for value in row] for row in rows)
    return text.getvalue()


def _lines(table: Table) -> Iterator[list[Any]]:
    yield [table.key, *([None] * (len(table.columns) - 1))]
    yield [column.key for column in table.columns]
    for row in table.rows:
        yield [_plain(cell) for cell in row]
    yield []


def _plain(cell: Cell) -> Any:
    value = plain(cell)
    return plain_text(value) if isinstance(value, Decimal) else value


WRITER: Writer = tables_csv
