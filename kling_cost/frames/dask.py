"""Frames of Dask: every partition is priced where it lies; nothing is computed or fetched beforehand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from kling_cost.frames.pandas import priced as priced_partition
from kling_cost.pricebook.book import PriceBook

if TYPE_CHECKING:
    import pandas as pd


def priced(frame: Any, book: PriceBook | None, as_of: date | None) -> Any:
    """The frame with the added columns; partitions and their bounds stay."""
    meta: pd.DataFrame = priced_partition(frame._meta, book, as_of)
    return frame.map_partitions(priced_partition, book, as_of, meta=meta)
