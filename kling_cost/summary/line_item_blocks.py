"""Line items of a block of a sheet as one table: what its combinations share is made once for each of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kling_cost.jobs.cell_values import to_text
from kling_cost.jobs.id_likeness import composed
from kling_cost.jobs.job import Job
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import Pricer
from kling_cost.results.arrow_tables import arrow_table
from kling_cost.results.fields import Record
from kling_cost.summary.block_codes import JOB_ID, Coded
from kling_cost.summary.column_counter import CombinationPrice
from kling_cost.summary.id_hashes import Array

_PLAIN_ID = "^[!-~]([ -~]*[!-~])?$"


def block_table(
    source: str,
    found: Coded,
    prices: Sequence[CombinationPrice | None],
    repeated: Collection[int],
    odd: Sequence[LineItem],
    pricer: Pricer,
    record: Record,
    tags: Sequence[str],
) -> pa.Table:
    """The line items of a block, in the order of its rows.

    Args:
        source: name of the file.
        found: the block.
        prices: what is to be said of its combinations.
        repeated: rows whose id stands elsewhere already, which have no line item.
        odd: the line items of rows that do not fit the header.
        pricer: makes the charges again.
        record: of the line items.
        tags: which tags are columns.
    """
    priced = [code for code, one in enumerate(prices) if one is not None and one.asked is not None]
    shared = arrow_table(record, [_stand_in(prices[code], pricer) for code in priced], tags)
    places = np.full(len(prices), -1, np.int64)
    places[priced] = np.arange(len(priced))
    at = places[found.codes]
    if repeated:
        at[np.isin(found.block.numbers(np.arange(len(at))), list(repeated))] = -1
    rows = np.flatnonzero(at >= 0)
    table = shared.take(pa.array(at[rows]))
    numbers = found.block.numbers(rows)
    own = {
        "job_id": _ids(source, found, rows, numbers),
        "source": pa.repeat(source, len(rows)),
        "row": pa.array(numbers),
    }
    for name, (texts, _, values_of) in found.tags.items():
        if name in tags:
            own[f"tag:{name}"] = pa.array(texts, pa.string()).take(pa.array(values_of[rows]))
    for name, column in own.items():
        field = table.schema.field(name)
        table = table.set_column(table.schema.get_field_index(name), field, column.cast(field.type))
    return pa.concat_tables([table, arrow_table(record, odd, tags)]).sort_by("row") if odd else table


def _stand_in(price: CombinationPrice | None, pricer: Pricer) -> LineItem:
    """A line item of a combination, without what is each job's own."""
    assert price is not None, "it was chosen for its price"
    assert price.asked is not None, "it was chosen for its price"
    ask, day = price.asked
    charge = pricer.quote(ask, day).charge
    assert charge is not None, "what was counted has a price"
    return LineItem(Job(None, ask=ask, takes=price.takes, date=day), charge)


def _ids(source: str, found: Coded, rows: Array, numbers: Sequence[int]) -> pa.Array:
    """The ids of rows; one without has its place."""
    if JOB_ID not in found.block.columns:
        return pa.array([f"{source}:{number}" for number in numbers], pa.string())
    column = found.block.columns[JOB_ID].take(pa.array(rows))
    texts = pc.fill_null(column.cast(pa.string()), "")
    if pc.all(pc.match_substring_regex(texts, _PLAIN_ID)).as_py() is not False:
        return texts
    named = (
        (to_text(text) if text else None) or f"{source}:{number}"
        for text, number in zip(texts.to_pylist(), numbers, strict=True)
    )
    return pa.array([composed(str(text)) for text in named], pa.string())
