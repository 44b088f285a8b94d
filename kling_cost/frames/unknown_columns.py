"""What unknown columns of a frame hold, looked at where a priced column is missing: few values tell most of them."""

from __future__ import annotations

from typing import Any

from kling_cost.engines import engine_of
from kling_cost.frames.frame_columns import refuse
from kling_cost.jobs.columns import Columns
from kling_cost.jobs.lookalike_columns import Lookalikes

FIRST = 64  # rows that are looked at first
MOST = 256  # distinct values that no column of seconds, qualities or yes and no has


def refuse_lookalikes(frame: Any, columns: Columns) -> None:
    """Refuse an unknown column whose every value a priced column that is missing could hold.

    Args:
        frame: of any engine; of a lazy one a few values are computed, where there is such a column.
        columns: its header.

    Raises:
        UsageError: there is one.
    """
    looks, engine = Lookalikes(columns), engine_of(frame)
    for distinct in (False, True):
        at = list(looks.open)
        for place, cells in zip(at, engine.values(frame, at, distinct) if at else [], strict=True):
            for cell in cells:
                looks.value(place, cell)
    refuse(looks.found())
