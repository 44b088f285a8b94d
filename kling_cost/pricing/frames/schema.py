"""What frames of jobs hold, what pricing adds to them, and names that stand in its way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa

from kling_cost.jobs.columns import Columns
from kling_cost.problems import UsageError

#: What the price of a row depends on; other columns are left alone.
PRICED_COLUMNS = ("provider", "model", "duration", "quality", "sound", "takes", "date")
COST = pa.decimal128(38, 6)
MONEY = pa.decimal128(38, 12)
#: The columns that `price_frame` adds, with their types.
ADDED_COLUMNS: Mapping[str, pa.DataType] = {
    "billed_quantity": pa.int64(),
    "unit_price": MONEY,
    "cost": COST,
    "currency": pa.string(),
    "usd": MONEY,
    "rate_effective_from": pa.date32(),
    "defaults_applied": pa.string(),
    "price_problem": pa.string(),
}
#: The columns that `totals` gives behind those by which it groups, with their types.
SUMMED: Mapping[str, pa.DataType] = {"jobs": pa.int64(), "unpriced": pa.int64(), "cost": COST, "usd": MONEY}
_NEEDED = ("currency", "cost", "usd")


def check_groups(names: Sequence[str], by: Sequence[str]) -> list[str]:
    """The columns by which totals are grouped: those that are asked for, then the currency.

    Raises:
        UsageError: the frame is not priced or lacks a column, or a name stands for two things.

    >>> check_groups(["client", "cost", "currency", "usd"], ["client"])
    ['client', 'currency']
    """
    lacking = [name for name in _NEEDED if name not in names]
    if lacking:
        raise UsageError(f"the frame has no column {lacking[0]}; price it with price_frame first")
    for name in by:
        if name not in names:
            raise UsageError(f"the frame has no column {name}")
        if name in SUMMED or list(by).count(name) > 1:
            raise UsageError(f"the totals cannot be grouped by {name}" + (" twice" if name not in SUMMED else ""))
    return [*by, *(["currency"] if "currency" not in by else [])]


def check_names(names: Sequence[str], added: Collection[str] = ADDED_COLUMNS, folds_case: bool = False) -> None:
    """Refuse names of columns by which a price could be lost or mistaken.

    Args:
        names: the frame's columns.
        added: the columns that will be added.
        folds_case: whether the engine takes `Cost` and `cost` for one column.

    Raises:
        UsageError: a column stands where one would be added, stands twice, or looks like a misspelt one.

    >>> check_names(["job_id", "model", "remark"])
    """
    seen: set[str] = set()
    for name in names:
        plain = name.lower() if folds_case else name
        if plain in added:
            raise UsageError(f"the frame has a column {name} already, which pricing would add; rename it")
        if plain in seen:
            raise UsageError(f"the frame has two columns {name}")
        seen.add(plain)
    for found in Columns(names).problems:
        if found.severity == "error":
            raise UsageError(f"column {found.field}: {found.message} ({found.hint})")
