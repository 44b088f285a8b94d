"""Envelopes and answers as the rows of sheets, and rows as frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa

from tests.reconciliation.samples import Line


def job_rows(envelopes: Iterable[Line]) -> Iterator[Line]:
    """A row for each envelope."""
    for envelope in envelopes:
        request = dict(envelope["request"])
        request["model"] = request.pop("type", None) or request.get("model")
        named = envelope.get("task_id") or []
        yield {
            "job_id": envelope.get("job_id"),
            "takes": envelope.get("takes", 1),
            "task_id": named if isinstance(named, str) else ", ".join(named) or None,
            **{name: value for name, value in request.items() if not isinstance(value, dict)},
        }


def answer_rows(lines: Iterable[Line]) -> Iterator[Line]:
    """A row for each answer about a task; what is no number stays what it is."""
    for line in lines:
        body = line.get("response", line)
        row = {"job_id": line.get("job_id"), "stage": line.get("stage")}
        if "id" in body:
            usage, info = body.get("usage", {}), body.get("task_info", {})
            row |= {"provider": "evolink", "task_id": body["id"], "duration": info.get("video_duration")}
            row |= {name: body.get(name) for name in ("status", "model", "progress", "created")}
            row |= {name: usage.get(name) for name in ("billing_rule", "user_group")}
            row |= {"reserved": usage.get("credits_reserved"), "settled": usage.get("credits_used")}
            row["refunded"] = body.get("billing", {}).get("refunded_credits")
        elif isinstance(data := body.get("data"), dict) and "consumed_credits" in data:
            row |= {"provider": "kling3api", "task_id": data["task_id"], "status": data["status"]}
            row |= {"credits": data["consumed_credits"], "model": data.get("type")}
            row |= {name: data.get("request", {}).get(name) for name in ("duration", "sound")}
        else:
            continue
        yield row


def frame_of(rows: Iterable[Line]) -> pd.DataFrame:
    """Rows with cells of any kind."""
    return pd.DataFrame(list(rows), dtype=object)


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with every cell as text, as engines with one type a column hold it."""
    return frame.map(_text).astype("string")


def _text(cell: Any) -> str | None:
    if cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell):
        return None
    return f"{cell:f}" if isinstance(cell, Decimal) and cell.is_finite() else str(cell)


def arrow(frame: pd.DataFrame) -> pa.Table:
    """A pandas DataFrame of texts as an Arrow table, from which engines take it."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))
