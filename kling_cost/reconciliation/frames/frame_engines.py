"""Frames of each engine as pandas DataFrames, and tables back as frames of that engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa

from kling_cost.engines import local_engine_of, titles
from kling_cost.problems import UsageError


def pandas_of(frame: Any, what: str) -> pd.DataFrame:
    """A frame of an engine of this machine as a pandas DataFrame.

    Args:
        frame: the caller's.
        what: what it holds, for the error.

    Raises:
        UsageError: it is no such frame, or has two columns of one name.
    """
    engine = local_engine_of(frame)
    if engine is None:
        name = f"{type(frame).__module__}.{type(frame).__qualname__}"
        raise UsageError(f"{what} must be a frame of {titles(local=True)}, not {name}")
    return engine.to_pandas(frame)


def like(frame: Any) -> Callable[[pa.Table], Any]:
    """What makes a frame of the same kind from an Arrow table, in the connection that a relation belongs to.

    >>> like(pa.table({}))(pa.table({"a": [1]})).num_rows
    1
    """
    engine = local_engine_of(frame)
    return lambda table: table if engine is None else engine.from_arrow(table, frame)
