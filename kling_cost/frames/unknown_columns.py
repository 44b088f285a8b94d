"""What unknown columns of a frame hold, looked at where a priced column is missing: few values tell most of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kling_cost.frames.frame_columns import refuse
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.jobs.columns import Columns
from kling_cost.jobs.lookalike_columns import Lookalikes

if TYPE_CHECKING:
    import pandas as pd

_FIRST = 64  # rows that are looked at first
_MOST = 256  # distinct values that no column of seconds, qualities or yes and no has
#: Gives the cells of columns: of the first rows, or a number of distinct ones.
_Cells = Callable[[Any, Sequence[int], bool], Sequence[Sequence[Any]]]


def refuse_lookalikes(kind: str, frame: Any, columns: Columns) -> None:
    """Refuse an unknown column whose every value a priced column that is missing could hold.

    Args:
        kind: the engine.
        frame: one of its frames; of a lazy one a few values are computed, where there is such a column.
        columns: its header.

    Raises:
        UsageError: there is one.
    """
    looks = Lookalikes(columns)
    for distinct in (False, True):
        at = list(looks.open)
        for place, cells in zip(at, _OF_ENGINES[kind](frame, at, distinct) if at else [], strict=True):
            for cell in cells:
                looks.value(place, cell)
    refuse(looks.found())


def _pandas(frame: pd.DataFrame, at: Sequence[int], distinct: bool) -> Sequence[Sequence[Any]]:
    from kling_cost.frames.pandas import factor

    chosen = [frame.iloc[:, place] for place in at]
    return [factor(column if distinct else column.head(_FIRST))[1] for column in chosen]


def _arrow(table: Any, at: Sequence[int], distinct: bool) -> Sequence[Sequence[Any]]:
    from kling_cost.frames.arrays import arrow_factor

    chosen = [table.column(place) for place in at]
    return [arrow_factor(column)[1] if distinct else cells_of_arrow(column[:_FIRST]) for column in chosen]


def _dask(frame: Any, at: Sequence[int], distinct: bool) -> Sequence[Sequence[Any]]:
    chosen = frame.iloc[:, list(at)]
    part = chosen if distinct else chosen.partitions[0]
    found = part.map_partitions(_telling_rows, meta=chosen._meta).compute()
    return _pandas(found, range(len(at)), True)


def _telling_rows(part: pd.DataFrame) -> pd.DataFrame:
    """Rows in which the distinct values of each column stand, or many of them."""
    import numpy as np

    from kling_cost.frames.pandas import factor

    chosen = {row for at in range(part.shape[1]) for row in np.unique(factor(part.iloc[:, at])[0], True)[1][:_MOST]}
    return part.iloc[sorted(chosen)]


def _polars(frame: Any, at: Sequence[int], distinct: bool) -> Sequence[Sequence[Any]]:
    from kling_cost.jobs.frame_rows import cells_of_polars

    lazy = frame.lazy()
    names = [lazy.collect_schema().names()[place] for place in at]
    if not distinct:
        found = lazy.select(names).head(_FIRST).collect()
        return [cells_of_polars(found[name]) for name in names]
    return [cells_of_polars(lazy.select(name).unique().head(_MOST).collect()[name]) for name in names]


def _duckdb(relation: Any, at: Sequence[int], distinct: bool) -> Sequence[Sequence[Any]]:
    from kling_cost.frames.duckdb import quoted

    names = [quoted(relation.columns[place]) for place in at]
    if not distinct:
        return _columns(relation.project(", ".join(names)).limit(_FIRST).to_arrow_table())
    return [
        cells for name in names for cells in _columns(relation.project(name).distinct().limit(_MOST).to_arrow_table())
    ]


def _spark(frame: Any, at: Sequence[int], distinct: bool) -> Sequence[Sequence[Any]]:
    from kling_cost.frames.spark import quoted

    names = [quoted(frame.columns[place]) for place in at]
    if not distinct:
        return _columns(frame.select(*names).limit(_FIRST).toArrow())
    return [cells for name in names for cells in _columns(frame.select(name).distinct().limit(_MOST).toArrow())]


def _columns(table: Any) -> Sequence[Sequence[Any]]:
    return [cells_of_arrow(column) for column in table.columns]


_OF_ENGINES: Mapping[str, _Cells] = {
    "pandas": _pandas,
    "pyarrow": _arrow,
    "dask": _dask,
    "polars": _polars,
    "duckdb": _duckdb,
    "pyspark": _spark,
}
