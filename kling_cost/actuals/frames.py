"""The tasks of a reconciliation as a pandas DataFrame."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pyarrow as pa

from kling_cost.actuals.reconciliation import Reconciliation
from kling_cost.amounts import round_half_up

_COST = pa.decimal128(38, 18)
_STEP = Decimal(1).scaleb(-18)
_TEXTS = ("job_id", "task_id", "provider", "status")
_AMOUNTS = ("estimated", "reserved", "settled", "refunded", "reported", "variance")


def task_frame(outcome: Reconciliation) -> pd.DataFrame:
    """One row a take or task: texts, exact amounts, findings joined by commas."""
    columns: dict[str, list[object]] = {name: [] for name in (*_TEXTS, *_AMOUNTS, "currency", "matched_by", "findings")}
    for task in outcome.tasks:
        for name in (*_TEXTS, "currency", "matched_by"):
            columns[name].append(getattr(task, name))
        for name in _AMOUNTS:
            amount = getattr(task, name)
            columns[name].append(None if amount is None else round_half_up(amount, _STEP))
        columns["findings"].append(",".join(task.findings))
    arrays = {name: pa.array(values, _COST if name in _AMOUNTS else pa.string()) for name, values in columns.items()}
    return pd.DataFrame({name: pd.arrays.ArrowExtensionArray(pa.chunked_array([a])) for name, a in arrays.items()})
