"""Envelopes and answers as the rows of sheets, and rows as frames of each engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa

from tests.actuals.samples import Line
from tests.conftest import need_module

ENGINES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "polars": lambda frame: need_module("polars").from_arrow(arrow(frame)),
    "duckdb": lambda frame: need_module("duckdb").from_arrow(arrow(frame)),
    "pyarrow": lambda frame: arrow(frame),
}


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
    return frame.map(_text).astype("str")


def _text(cell: Any) -> str | None:
    if cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell):
        return None
    return f"{cell:f}" if isinstance(cell, Decimal) and cell.is_finite() else str(cell)


def arrow(frame: pd.DataFrame) -> pa.Table:
    """A pandas DataFrame as an Arrow table."""
    return pa.Table.from_pandas(frame, preserve_index=False)


def back(frame: Any) -> pd.DataFrame:
    """A frame of any engine as pandas DataFrame with Arrow types."""
    if isinstance(frame, pd.DataFrame):
        return frame
    table = frame.to_arrow_table() if hasattr(frame, "to_arrow_table") else frame
    table = table.to_arrow() if hasattr(table, "to_arrow") else table
    kinds = [pa.string() if pa.types.is_large_string(kind) else kind for kind in table.schema.types]
    table = table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True))))
    return table.to_pandas(types_mapper=pd.ArrowDtype)
