"""Tasks as tables: one row a take or task, amounts as exact Arrow decimals."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pandas as pd
import pyarrow as pa

from kling_cost.amounts import round_half_up
from kling_cost.reconciliation.result import Reconciliation, Task
from kling_cost.reconciliation.task_csv import COLUMNS

_COST = pa.decimal128(38, 18)
_STEP = Decimal(1).scaleb(-18)
_AMOUNTS = ("estimated", "reserved", "settled", "refunded", "reported", "variance")
#: The columns of a task with their types.
SCHEMA = pa.schema([(name, _COST if name in _AMOUNTS else pa.string()) for name in COLUMNS])


def task_frame(outcome: Reconciliation) -> pd.DataFrame:
    """One row a take or task: texts, exact amounts, findings joined by commas."""
    return pandas_frame(task_table(outcome.tasks))


def task_table(tasks: Iterable[Task]) -> pa.Table:
    """The same as an Arrow table."""
    columns: dict[str, list[object]] = {name: [] for name in COLUMNS}
    for task in tasks:
        for name, column in columns.items():
            value = getattr(task, name)
            if name in _AMOUNTS:
                value = None if value is None else round_half_up(value, _STEP)
            column.append(",".join(value) if name == "findings" else value)
    return pa.table({name: pa.array(columns[name], SCHEMA.field(name).type) for name in COLUMNS}, schema=SCHEMA)


def pandas_frame(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a pandas DataFrame of the same types; nothing is copied.

    >>> pandas_frame(pa.table({"a": pa.array([Decimal("1.5")])})).dtypes["a"]
    decimal128(2, 1)[pyarrow]
    """
    named = zip(table.column_names, table.columns, strict=True)
    return pd.DataFrame({name: pd.arrays.ArrowExtensionArray(column) for name, column in named})
