"""A frame of an engine of this machine, read like a sheet."""

from __future__ import annotations

from typing import Any

from kling_cost.engines import Rows, local_engine_of, package_of, titles
from kling_cost.problems import UsageError
from kling_cost.python_values import told


def rows_of_frame(value: Any, what: str) -> Rows:
    """The column names of a frame, and every row from 1; a lazy frame is computed.

    Args:
        value: the caller's.
        what: what it may be, for the error; `{frame}` stands for the frames that can be read.

    Raises:
        UsageError: it is no frame that can be read on this machine, or what a price depends on stands in its index
            or in columns of several levels.

    >>> import pyarrow as pa
    >>> names, rows = rows_of_frame(pa.table({"model": ["a", None]}), "…")
    >>> names, list(rows)
    (['model'], [(1, ['a']), (2, [None])])
    """
    engine = local_engine_of(value)
    if engine is None:
        package, wanted = package_of(value), what.format(frame=f"a frame of {titles(local=True)}")
        raise UsageError(f"{wanted}, not {told(value) if package is None else f'a frame of {package}'}")
    return engine.rows(value)
