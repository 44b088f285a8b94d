"""CSV: text made inert for spreadsheets; `read_estimate` reads the line items back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from kling_cost.documents.defused import defused

_BOM = "\ufeff"  # without it, spreadsheet programs in Korea, Japan and China take another encoding


def csv_bytes(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A header and rows as UTF-8 with a byte order mark; the header even where there is no row.

    >>> csv_bytes(["job_id", "takes"], [["=1+1", 3]]).decode("utf-8-sig").splitlines()
    ['job_id,takes', "'=1+1,3"]
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([defused(name) for name in names])
    writer.writerows([defused(value) for value in row] for row in rows)
    return (_BOM + text.getvalue()).encode("utf-8", "backslashreplace")
