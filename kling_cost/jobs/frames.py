"""A pandas DataFrame of jobs, read like a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd


def is_frame(value: object) -> bool:
    """Whether a value is a pandas DataFrame.

    >>> is_frame(pd.DataFrame()), is_frame([])
    (True, False)
    """
    return isinstance(value, pd.DataFrame)


def read_frame(frame: pd.DataFrame) -> tuple[list[str], Iterator[tuple[int, list[Any]]]]:
    """The column names, and every row from 1; every kind of missing value comes as None."""
    names = [str(name) for name in frame.columns]
    columns = [cells_of(frame.iloc[:, i]) for i in range(frame.shape[1])]
    return names, ((n, list(row)) for n, row in enumerate(zip(*columns, strict=True), 1))


def cells_of(column: pd.Series[Any]) -> list[Any]:
    """The cells of a column as Python objects; every kind of missing value comes as None.

    >>> cells_of(pd.Series([5.0, None]))
    [5.0, None]
    """
    values = column.astype(object)
    return values.where(column.notna(), None).tolist()
