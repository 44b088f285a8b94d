"""DataFrames: line items as a frame, and frames of jobs priced where they are.

Frames do not calculate. The distinct combinations that occur are taken out, each is judged once by the one rule,
and the results are joined back, so that a million rows cost a few hundred judgements. Amounts are Arrow decimals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from kling_cost.jobs.cells import is_blank
from kling_cost.jobs.columns import Columns
from kling_cost.jobs.rows import RowReader
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.flat import flat_rows
from kling_cost.pricing.judge import Pricer, pricer
from kling_cost.problems import Problem, UsageError

#: What the price of a row depends on; other columns are left alone.
PRICED_COLUMNS = ("provider", "model", "duration", "quality", "sound", "takes", "date")
_MOST_COMBINATIONS = 1 << 62  # that still have a number of 64 bits each
_COST = pa.decimal128(38, 6)
_MONEY = pa.decimal128(38, 12)
#: The columns that `price_frame` adds, with their types.
ADDED_COLUMNS: Mapping[str, pa.DataType] = {
    "billed_quantity": pa.int64(),
    "unit_price": _MONEY,
    "cost": _COST,
    "currency": pa.string(),
    "usd": _MONEY,
    "rate_effective_from": pa.date32(),
    "defaults_applied": pa.string(),
    "price_problem": pa.string(),
}
_FLAT_TYPES: Mapping[str, pa.DataType] = {
    "row": pa.int64(),
    "takes": pa.int64(),
    "requested_quantity": pa.int64(),
    "billed_quantity": pa.int64(),
    "unit_price": _MONEY,
    "cost_per_take": _COST,
    "cost": _COST,
    "usd": _MONEY,
    "rate_effective_from": pa.date32(),
}


def price_frame(frame: pd.DataFrame, book: PriceBook | None = None, *, as_of: date | None = None) -> pd.DataFrame:
    """Price every row of a frame of jobs.

    Args:
        frame: rows with the columns of a job sheet: `model`, and where they are given `provider`, `duration`,
            `quality`, `sound`, `takes`, `date`. Other columns stay as they are. A missing value is one that the
            job leaves out.
        book: the price book; the one that comes with the library if left out.
        as_of: the day whose rates count for rows without a date, and whose rate of exchange counts for all;
            without it the latest.

    Returns:
        A new frame with the same rows, order and index, and the columns `billed_quantity` (int64), `unit_price`
        (decimal(38,12), per second or call), `cost` (decimal(38,6), for all takes), `currency`, `usd`
        (decimal(38,12)), `rate_effective_from`, `defaults_applied` (names joined by commas) and `price_problem`
        (`field:code` of the first fault in the order of the columns above). A row that cannot be priced has a
        null cost and a `price_problem`, never 0.

    Raises:
        UsageError: the frame has a column that would be added, two columns of one name, or one that looks like a
            misspelt column of a job sheet.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": ["kling-v3-text-to-video"] * 2, "duration": [5, 16]})
    >>> price_frame(frame)[["cost", "price_problem"]].values.tolist()
    [[Decimal('27.000000'), <NA>], [<NA>, 'duration:out_of_range']]
    """
    _check_names([str(name) for name in frame.columns])
    present = [name for name in PRICED_COLUMNS if name in frame.columns]
    codes, values = _distinct(frame, present)
    known = pricer(book, as_of)
    reader = RowReader("frame", Columns(present))
    judged = [_judged(known, reader, dict(zip(present, row, strict=True))) for row in values]
    taken = pa.array(codes, pa.int64())
    added = {
        name: pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(column, kind).take(taken)]))
        for (name, kind), column in zip(ADDED_COLUMNS.items(), _columns(judged, len(ADDED_COLUMNS)), strict=True)
    }
    return frame.assign(**added)


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if name in ADDED_COLUMNS:
            raise UsageError(f"the frame has a column {name} already, which pricing would add; rename it")
        if names.count(name) > 1:
            raise UsageError(f"the frame has two columns {name}")
    for found in Columns(names).problems:
        if found.severity == "error":
            raise UsageError(f"column {found.field}: {found.message} ({found.hint})")


def _judged(known: Pricer, reader: RowReader, cells: dict[str, Any]) -> tuple[Any, ...]:
    """The added columns of one combination."""
    job = reader.job(0, {name: cell for name, cell in cells.items() if not is_blank(cell)})
    item, problems = known.line_item(job)
    if item is None:
        return (None,) * (len(ADDED_COLUMNS) - 1) + (_first_fault(problems),)
    charge = item.charge
    return (
        int(charge.billed_quantity),
        charge.unit_price,
        item.cost_value,
        charge.currency,
        item.usd,
        charge.rate_effective_from,
        ",".join(charge.defaults_applied),
        None,
    )


def _first_fault(problems: Sequence[Problem]) -> str:
    faults = [p for p in problems if p.severity == "error"]
    order = {name: at for at, name in enumerate(PRICED_COLUMNS)}
    first = min(faults, key=lambda fault: order.get(fault.field, len(order)))
    return f"{first.field}:{first.code}"


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[i] for row in rows] for i in range(width)]


def _distinct(frame: pd.DataFrame, names: Sequence[str]) -> tuple[np.ndarray[Any, Any], list[tuple[Any, ...]]]:
    """Which combination of the named columns each row has, and the combinations; a missing value is None."""
    combined = np.zeros(len(frame), dtype=np.int64)
    count = 1
    factors: list[tuple[np.ndarray[Any, Any], list[Any]]] = []
    for name in names:
        codes, values = _factorized(frame[name])
        factors.append((codes, values))
        if count * (len(values) + 1) >= _MOST_COMBINATIONS:
            combined, _ = pd.factorize(combined)
            count = int(combined.max(initial=0)) + 1
        combined = combined * (len(values) + 1) + codes + 1
        count *= len(values) + 1
    codes, distinct = pd.factorize(combined)
    first = np.empty(len(distinct), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    rows = [tuple(None if f[at] < 0 else values[f[at]] for f, values in factors) for at in first]
    return codes, rows


def _factorized(column: pd.Series[Any]) -> tuple[np.ndarray[Any, Any], list[Any]]:
    """A code for each row, -1 where the value is missing, and the values as Python objects."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        inner, values = _factorized(column.cat.categories.to_series())
        codes = column.cat.codes.to_numpy()
        return np.where(codes < 0, -1, inner[codes]) if len(inner) else codes.astype(np.int64), values
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) != "string":
        return _factorized_objects(column)
    codes, uniques = pd.factorize(column)
    return codes.astype(np.int64), _python(uniques)


def _factorized_objects(column: pd.Series[Any]) -> tuple[np.ndarray[Any, Any], list[Any]]:
    """As `_factorized`, but 1, 1.0 and True stay apart, and lists and dicts can stand beside them."""
    known: dict[Any, int] = {}
    values: list[Any] = []
    codes = np.full(len(column), -1, dtype=np.int64)
    missing = column.isna().to_numpy()
    for position, value in enumerate(column):
        if isinstance(value, (list, dict)) or not missing[position]:
            key = (type(value), repr(value) if isinstance(value, (list, dict, set)) else value)
            code = known.get(key)
            if code is None:
                code = known[key] = len(values)
                values.append(value)
            codes[position] = code
    return codes, values


def _python(uniques: Any) -> list[Any]:
    values = pd.Series(uniques).astype(object).tolist()
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def line_item_frame(estimate: Estimate) -> pd.DataFrame:
    """The line items of an estimate, one row each; amounts as Arrow decimals."""
    names, rows = flat_rows(estimate)
    columns = _columns([tuple(row) for row in rows], len(names))
    arrays = {}
    for name, column in zip(names, columns, strict=True):
        kind = _FLAT_TYPES.get(name, pa.string())
        if pa.types.is_decimal(kind):
            column = [None if text is None else Decimal(text) for text in column]
        elif name in ("requested_quantity", "billed_quantity"):
            column = [int(text) for text in column]
        elif pa.types.is_date(kind):
            column = [date.fromisoformat(text) for text in column]
        arrays[name] = pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(column, kind)]))
    return pd.DataFrame(arrays)
