"""DataFrames: jobs priced where they are, whatever engine keeps them.

Frames do not calculate. The distinct combinations that occur are taken out, each is priced once by the one rule, and
the results are joined back, so that a million rows cost a few hundred prices. An engine is imported only when one
of its frames comes in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from kling_cost.engines import engine_of
from kling_cost.frames.frame_columns import ADDED_COLUMNS, check_groups, check_names
from kling_cost.frames.unknown_columns import refuse_lookalikes, refuse_uncounted
from kling_cost.frames.validate import PROBLEM
from kling_cost.jobs.columns import PRICED_COLUMNS
from kling_cost.pricebook.book import PriceBook, book_given, options_named_by
from kling_cost.python_values import day, list_of

__all__ = ["ADDED_COLUMNS", "PRICED_COLUMNS", "price_frame", "totals", "validate_frame"]
Frame = TypeVar("Frame")


def price_frame(frame: Frame, book: PriceBook | None = None, *, as_of: date | str | None = None) -> Frame:
    """Price every row of a frame of jobs.

    Pandas and PyArrow frames are priced at once. Polars, DuckDB and PySpark frames are scanned once for the
    distinct combinations of the priced columns (few, however many rows there are), which are fetched and priced; a
    lazy frame, relation or Spark frame is otherwise left uncomputed, and comes back as lazy as it was. Dask prices
    each partition when it is computed. With PySpark and Dask the price book goes to the workers, the rows stay there.

    Args:
        frame: a pandas, Polars (eager or lazy), PyArrow, DuckDB, Dask or PySpark frame with the columns of a job
            sheet: `model`, and where they are given `provider`, `duration`, `quality`, `sound`, `takes`, `date`, and
            the options that the price book names itself. Other columns stay as they are. A missing value is one that
            the job leaves out. Case, width and blanks of names do not count; a moment with a zone is the day that it
            falls on in UTC.
        book: the price book; the one that comes with the library if left out.
        as_of: the day whose rates count for rows without a date, and whose exchange rate counts for all;
            without it the latest, even one that begins after the price book's version (`estimate` says so, a frame
            has no place for it).

    Returns:
        A new frame of the same kind with the same rows (in their order, with index and partitions, but for DuckDB
        and PySpark, whose joins promise no order) and the columns `billed_quantity` (int64), `unit_price`
        (decimal(38,12), per second or call), `cost`
        (decimal(38,6), for all takes), `currency`, `usd` (decimal(38,12)), `rate_effective_from` (date),
        `defaults_applied` (names joined by commas), `price_problem` (`field:code` of the first fault in the order
        of the columns above), and how certain the cost is: `certainty`, `cost_least` and `cost_most`
        (decimal(38,6)), as of a line item. Where the cost is not exact, `cost` is the most that it may be. A row that
        cannot be priced has a null cost and a `price_problem`, never 0, and the certainty `unknown`; one without an
        upper end has both too, with what it costs at least.

    Raises:
        UsageError: it is no such frame, or it has a column that would be added, two columns of one name, one that
            looks like a misspelt column of a job sheet, or an unknown one whose every value a missing `duration`,
            `quality` or `sound` could hold (only then are values of unknown columns looked at); or the price book
            charges by a number, such as that of elements, which columns may hold without telling it.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": ["kling-v3-text-to-video"] * 2, "duration": [5, 16]})
    >>> price_frame(frame)[["cost", "price_problem"]].values.tolist()
    [[Decimal('27.000000'), <NA>], [<NA>, 'duration:out_of_range']]
    """
    engine, known = engine_of(frame), book_given(book)
    options = options_named_by(known)
    columns = check_names(engine.names(frame), ADDED_COLUMNS, engine.folds_case, options)
    refuse_uncounted(columns, known)
    refuse_lookalikes(frame, columns)
    return engine.priced(frame, known, day(as_of, "as_of"))  # type: ignore[no-any-return]


def totals(frame: Frame, by: Sequence[str] | str = ()) -> Frame:
    """Exact sums of a priced frame, in its engine.

    Args:
        frame: what `price_frame` gave, of any of its engines; it may have been filtered or joined since.
        by: columns by which to group, such as `["client", "model"]`.

    Returns:
        A frame of the same kind, as lazy as it was, with a row for each group and currency: the columns of `by`,
        `currency`, `jobs` (priced rows), `unpriced` (rows without a price; they have no currency and so stand in
        rows of their own, never as 0), `cost` (decimal(38,6)) and `usd` (decimal(38,12)), then `certainty`,
        `cost_least` and `cost_most` as of the totals of an estimate: over a row without an upper end, `cost` and
        `usd` are null, so that no sum is too small. `usd` is the exact sum of
        the rows' dollars, each of which is rounded to 12 decimals. Frames in memory give groups in the order of
        their first rows, others in no order.

    Raises:
        UsageError: the frame is not priced, or lacks a column of `by`.

    >>> import pandas as pd
    >>> jobs = pd.DataFrame({"model": ["kling-v3-text-to-video"] * 3, "duration": [5, 10, 99], "client": "Acme"})
    >>> totals(price_frame(jobs), by="client")[["currency", "jobs", "unpriced", "cost"]].values.tolist()
    [['EVOLINK_CREDIT', 2, 0, Decimal('81.000000')], [<NA>, 0, 1, <NA>]]
    """
    engine = engine_of(frame)
    keys = check_groups(engine.names(frame), list_of(by, "by", str, "the name of a column"))
    return engine.totals(frame, keys)  # type: ignore[no-any-return]


def validate_frame(frame: Frame, book: PriceBook | None = None, *, as_of: date | str | None = None) -> Frame:
    """Hold every row of a frame of jobs to all rules that its columns allow, as the readers of sheets do.

    `price_frame` looks only at what a price depends on; this looks at every column of a job sheet: prompts, images,
    multi-shot fields, takes. A row without a `price_problem` here is one that `estimate` of the same rows gives a
    line item whose cost has an upper end, repeated ids apart.

    Args:
        frame, book, as_of: as in `price_frame`. Each row is looked at by itself, so this takes as long as reading
            a sheet does. Dask, PySpark and lazy Polars frames do it when they are computed; the rows of a DuckDB
            relation are fetched.

    Returns:
        A new frame of the same kind with the column `price_problem`: `field:code` of the first fault, null where
        there is none; first come the fields that `price_frame` looks at, in its order.

    Raises:
        UsageError: as `price_frame`.

    >>> import pandas as pd
    >>> jobs = pd.DataFrame({"model": ["kling-v3-text-to-video"] * 2, "prompt": ["Fog", "x" * 5000]})
    >>> validate_frame(jobs)["price_problem"].tolist()
    [<NA>, 'prompt:too_long']
    """
    engine, known = engine_of(frame), book_given(book)
    options = options_named_by(known)
    refuse_lookalikes(frame, check_names(engine.names(frame), (PROBLEM,), engine.folds_case, options))
    return engine.validated(frame, known, day(as_of, "as_of"))  # type: ignore[no-any-return]
