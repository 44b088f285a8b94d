"""Frames of Dask: every partition is priced where it lies; nothing is computed or fetched beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from kling_cost.engines import Engine
from kling_cost.frames.frame_totals import pandas_totals
from kling_cost.frames.libraries.pandas import ENGINE as PANDAS
from kling_cost.frames.pandas_columns import factor
from kling_cost.frames.unknown_columns import MOST
from kling_cost.jobs.pandas_frame import names_in
from kling_cost.pricebook.book import PriceBook

if TYPE_CHECKING:
    import pandas as pd


class _Frames:
    classes = ("DataFrame",)
    folds_case = False

    def names(self, frame: Any) -> list[str]:
        return names_in(frame._meta)

    def values(self, frame: Any, at: Sequence[int], distinct: bool) -> Sequence[Sequence[Any]]:
        chosen = frame.iloc[:, list(at)]
        part = chosen if distinct else chosen.partitions[0]
        found = part.map_partitions(_telling_rows, meta=chosen._meta).compute()
        return PANDAS.values(found, range(len(at)), True)

    def priced(self, frame: Any, book: PriceBook | None, as_of: date | None) -> Any:
        """The frame with the added columns; partitions and their bounds stay."""
        return frame.map_partitions(PANDAS.priced, book, as_of, meta=PANDAS.priced(frame._meta, book, as_of))

    def totals(self, frame: Any, keys: Sequence[str]) -> Any:
        """Sums of each partition first, then of all."""
        parts = frame.map_partitions(pandas_totals, keys, meta=pandas_totals(frame._meta, keys))
        counts = ("jobs", "unpriced")
        return parts.repartition(npartitions=1).map_partitions(pandas_totals, keys, counts, meta=parts._meta)

    def validated(self, frame: Any, book: PriceBook | None, as_of: date | None) -> Any:
        """The frame with its faults, found when a partition is computed."""
        return frame.map_partitions(PANDAS.validated, book, as_of, meta=PANDAS.validated(frame._meta, book, as_of))


def _telling_rows(part: pd.DataFrame) -> pd.DataFrame:
    """Rows in which the distinct values of each column stand, or many of them."""
    chosen = {row for at in range(part.shape[1]) for row in np.unique(factor(part.iloc[:, at])[0], True)[1][:MOST]}
    return part.iloc[sorted(chosen)]


ENGINE: Engine = _Frames()
