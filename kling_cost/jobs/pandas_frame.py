"""A pandas DataFrame of jobs, read like a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.jobs.cell_values import is_blank, plain_cell
from kling_cost.jobs.columns import PRICED_COLUMNS, known_name
from kling_cost.problems import UsageError


def read_frame(frame: pd.DataFrame) -> tuple[list[str], Iterator[tuple[int, list[Any]]]]:
    """The column names, and every row from 1; every kind of missing value comes as None.

    Raises:
        UsageError: what a price depends on stands in the index or in columns of several levels.
    """
    names = names_in(frame)
    columns = [cells_of(frame.iloc[:, i]) for i in range(frame.shape[1])]
    return names, ((n, list(row)) for n, row in enumerate(zip(*columns, strict=True), 1))


def names_in(frame: Any) -> list[str]:
    """The names of the columns of a frame of pandas or Dask.

    Raises:
        UsageError: as of `read_frame`.

    >>> names_in(pd.DataFrame({"model": [], 5: []}))
    ['model', '5']
    """
    if frame.columns.nlevels > 1:
        raise UsageError("the frame's columns have several levels; give each column one name")
    for name in frame.index.names:
        known = known_name(str(name))
        if known in PRICED_COLUMNS and known not in map(known_name, map(str, frame.columns)):
            raise UsageError(f"{name} is an index, which is not read; make it a column with reset_index()")
    return [str(name) for name in frame.columns]


def cells_of(column: pd.Series[Any]) -> list[Any]:
    """The cells of a column as Python objects; every kind of missing value comes as None.

    >>> cells_of(pd.Series([5.0, None]))
    [5.0, None]
    """
    if isinstance(column.dtype, pd.ArrowDtype):
        cells = cells_of_arrow(column.array.__arrow_array__())
        return [None if is_blank(cell) and not isinstance(cell, str) else cell for cell in cells]
    cells = column.astype(object).where(column.notna(), None).tolist()
    return cells if getattr(column.dtype, "kind", "O") in "iufb" else list(map(plain_cell, cells))
