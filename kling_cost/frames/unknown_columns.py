"""What unknown columns of a frame hold, looked at where a priced column is missing: few values tell most of them."""

from __future__ import annotations

from typing import Any

from kling_cost.engines import engine_of
from kling_cost.frames.frame_columns import refuse
from kling_cost.jobs.columns import Columns
from kling_cost.jobs.lookalike_columns import Lookalikes
from kling_cost.jobs.providers.counted_inputs import may_hold
from kling_cost.pricebook.book import PriceBook
from kling_cost.problems import UsageError

FIRST = 64  # rows that are looked at first
MOST = 256  # distinct values that no column of seconds, qualities or yes and no has


def refuse_uncounted(columns: Columns, book: PriceBook | None) -> None:
    """Refuse a frame whose columns may hold what the price book counts, but do not say how many there are.

    Args:
        columns: its header.
        book: the price book; None is the shipped one.

    Raises:
        UsageError: there is such a column, and none with the number.

    >>> refuse_uncounted(Columns(["model", "image_urls"]), None)
    """
    for name in book.counts if book is not None else ():
        held = [column for column in columns.present if may_hold(column, name)]
        if held and name not in columns.present:
            raise UsageError(
                f"the price depends on how many {name} there are, which {sorted(held)[0]} may hold; "
                f"give their number in a column {name}, or price the frame with estimate"
            )


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
