"""CSV: one row a line item, text made inert for spreadsheets; `read_estimate` reads it back."""

from __future__ import annotations

import csv
import io

from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.flat import defused, flat_rows

_BOM = "\ufeff"  # without it, spreadsheet programs in Korea, Japan and China take another encoding


def csv_bytes(estimate: Estimate) -> bytes:
    """The line items of an estimate as UTF-8 with a byte order mark; a header even where there are none.

    >>> import kling_cost as kc
    >>> csv_bytes(kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])).decode("utf-8-sig")[:17]
    'job_id,source,row'
    """
    names, rows = flat_rows(estimate, stamped=True)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([defused(name) for name in names])
    writer.writerows([defused(value) for value in row] for row in rows)
    return (_BOM + text.getvalue()).encode("utf-8", "backslashreplace")
