"""Rows of a frame held to every rule that a reader of the same sheet would hold them to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kling_cost.frames.combinations import first_fault
from kling_cost.frames.frame_columns import PRICED_COLUMNS
from kling_cost.jobs.arrow_cells import cells_of_arrow
from kling_cost.jobs.cell_values import is_blank
from kling_cost.jobs.columns import Columns, known_columns
from kling_cost.jobs.row_reader import RowReader
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.pricer import pricer

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

PROBLEM = "price_problem"
_BATCH = 1 << 16  # rows that are Python objects at a time


class Validator:
    """Says of each row of a frame what a reader would say first.

    Args:
        book: the price book; None is the shipped one.
        as_of: the day whose rates count for rows without a date; None is the latest.
        names: all columns of the frame.

    >>> Validator(None, None, ["model", "prompt"]).faults([("kling-v3-text-to-video", "Fog"), ("no-model", "Fog")])
    [None, 'model:unknown_model']
    """

    def __init__(self, book: PriceBook | None, as_of: date | None, names: Sequence[str]) -> None:
        known = known_columns()
        self.places = {name: at for at, name in enumerate(Columns(names).names) if name is not None}
        self.names = list(self.places)
        self._order = [*PRICED_COLUMNS, *(name for name in known if name not in PRICED_COLUMNS)]
        self._reader = RowReader("frame", Columns.of_known(self.names))
        self._pricer = pricer(book, as_of)

    def faults(self, rows: Iterable[Sequence[Any]]) -> list[str | None]:
        """The first fault of each row, given its cells in the order of `names`."""
        return [self._fault(row) for row in rows]

    def _fault(self, cells: Sequence[Any]) -> str | None:
        given = {name: cell for name, cell in zip(self.names, cells, strict=True) if not is_blank(cell)}
        _, problems = self._pricer.line_item(self._reader.job(0, given))
        return first_fault(problems, self._order) or None

    def of_arrow(self, table: pa.Table | pa.RecordBatch) -> pa.Array:
        """The faults of an Arrow table or batch."""
        if not self.names:
            return pa.array(self.faults([()] * table.num_rows), pa.string())
        return pa.array(
            self.faults(zip(*(cells_of_arrow(table.column(at)) for at in self.places.values()), strict=True)),
            pa.string(),
        )


def validated_table(table: pa.Table, book: PriceBook | None, as_of: date | None) -> pa.Table:
    """A PyArrow table with its faults."""
    known = Validator(book, as_of, table.column_names)
    parts = [known.of_arrow(part) for part in table.to_batches(max_chunksize=_BATCH)]
    return table.append_column(PROBLEM, pa.chunked_array(parts, pa.string()))


def validated_pandas(frame: pd.DataFrame, book: PriceBook | None, as_of: date | None) -> pd.DataFrame:
    """A pandas frame with its faults."""
    from kling_cost.frames.pandas import as_series
    from kling_cost.jobs.frames import cells_of

    known = Validator(book, as_of, [str(name) for name in frame.columns])
    columns = [cells_of(frame.iloc[:, at]) for at in known.places.values()]
    faults = known.faults(zip(*columns, strict=True) if columns else [()] * len(frame))
    return frame.assign(**as_series({PROBLEM: pa.chunked_array([pa.array(faults, pa.string())])}))


def validated_dask(frame: Any, book: PriceBook | None, as_of: date | None) -> Any:
    """A Dask frame with its faults, found when a partition is computed."""
    return frame.map_partitions(validated_pandas, book, as_of, meta=validated_pandas(frame._meta, book, as_of))


def validated_polars(frame: Any, book: PriceBook | None, as_of: date | None) -> Any:
    """A Polars frame with its faults; a lazy one is held to the rules when it is collected."""
    import polars as pl

    from kling_cost.jobs.frame_rows import cells_of_polars

    def eager(part: pl.DataFrame) -> pl.DataFrame:
        known = Validator(book, as_of, part.columns)
        columns = [cells_of_polars(part.to_series(at)) for at in known.places.values()]
        rows = zip(*columns, strict=True) if columns else iter([()] * part.height)
        return part.with_columns(pl.Series(PROBLEM, known.faults(rows), pl.String))

    if isinstance(frame, pl.DataFrame):
        return eager(frame)
    schema = {**frame.collect_schema(), PROBLEM: pl.String()}
    return frame.map_batches(eager, schema=schema)


def validated_duckdb(relation: Any, book: PriceBook | None, as_of: date | None) -> Any:
    """A DuckDB relation with its faults; its rows are fetched."""
    kling_cost_table = validated_table(relation.to_arrow_table(), book, as_of)  # the SQL finds it by this name
    found = relation.query("kling_cost_rows", "SELECT * FROM kling_cost_table")
    del kling_cost_table
    return found


def validated_spark(frame: Any, book: PriceBook | None, as_of: date | None) -> Any:
    """A Spark frame with its faults, found by its workers."""
    from pyspark.sql.types import StringType, StructField, StructType

    names = list(frame.columns)

    def of_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        known = Validator(book, as_of, names)
        for batch in batches:
            named = pa.RecordBatch.from_arrays(batch.columns, names=names)
            yield pa.RecordBatch.from_arrays([*batch.columns, known.of_arrow(named)], names=[*names, PROBLEM])

    schema = StructType([*frame.schema.fields, StructField(PROBLEM, StringType())])
    plain = frame.toDF(*(f"c{at}" for at in range(len(names))))  # mapInArrow trips over dots in names
    return plain.mapInArrow(of_batches, schema)
