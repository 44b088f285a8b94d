"""Columns as codes: which rows have the same cells, how often each combination occurs, and the hashes of the ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kling_cost.frames.arrays import arrow_factor
from kling_cost.frames.cell_codes import Factor, combined
from kling_cost.jobs.cell_values import is_blank, is_rounded_id, to_text
from kling_cost.jobs.columns import TAG
from kling_cost.jobs.id_likeness import composed
from kling_cost.problems import Problem
from kling_cost.summary.id_hashes import Array, hashes_in, hashes_of
from kling_cost.summary.jsonl_counter import Plan

#: What the price of a row depends on.
JOB_ID = "job_id"
_FEW = 1 << 20  # combinations that are counted in a table of all that could be
_FIRST_VISIBLE = 33
_LAST_VISIBLE = 126
_COLON = 58
_PLUS = 43
_ROW_ID = ":[0-9]+$"


class UnusualError(Exception):
    """These rows have to be read one by one."""


class Block(NamedTuple):
    """Some rows of a sheet, column by column.

    Attributes:
        first: the number of its first row.
        size: how many rows, those among them that do not fit.
        fitting: the places in the block of the rows in the columns; None where all are.
        columns: by name.
        odd: rows that do not fit the header, by their place.
    """

    first: int
    size: int
    fitting: Array | None
    columns: Mapping[str, pa.Array]
    odd: Sequence[tuple[int, Sequence[Any] | Problem]] = ()

    def numbers(self, at: Array) -> list[int]:
        """The row numbers at some positions of the columns."""
        found: list[int] = ((at if self.fitting is None else self.fitting[at]) + self.first).tolist()
        return found


class Coded(NamedTuple):
    """A block with what is counted without pricing it.

    Attributes:
        block: the block.
        codes: which combination each row has.
        cells: the cells of each combination; None where they are blank.
        counts: how many rows have each combination.
        tags: for each tag its values, None for a blank one, how many rows have each combination and value, and
            which value each row has.
        hashes: of the ids.
        has_row_ids: as of `Tally`.
    """

    block: Block
    codes: Array
    cells: list[tuple[Any, ...]]
    counts: Array
    tags: Mapping[str, tuple[list[Any], Array, Array]]
    hashes: Array | None
    has_row_ids: bool


def coded(columns: Mapping[str, pa.Array], names: Sequence[str]) -> tuple[Array, list[tuple[Any, ...]]]:
    """Which combination of the named columns each row has, and the combinations; a blank cell is None.

    Combinations are those that occur; two of them may be the same but for what their blank cells held.

    >>> codes, cells = coded({"model": pa.array(["m", " ", "m"]), "takes": pa.array([1, 2, 1])}, ["model", "takes"])
    >>> [cells[code] for code in codes]
    [('m', 1), (None, 2), ('m', 1)]
    """
    length = len(next(iter(columns.values()))) if columns else 0
    return combined(length, names, (_encoded(columns[name]) for name in names))


def _encoded(column: pa.Array) -> Factor:
    """A code for each row, -1 for one without a value, and the value of each code; None for one that is blank."""
    codes, values = arrow_factor(pa.chunked_array([column]))
    return codes, [None if is_blank(value) else value for value in values]


def code_block(block: Block, plan: Plan) -> Coded:
    """Count a block's combinations, tags and ids; this is what may run at the same time for several blocks.

    Raises:
        UnusualError: an id is none, so that its row has to be read by itself.
    """
    columns = block.columns
    codes, cells = coded(columns, plan.priced(columns))
    counts = np.bincount(codes, minlength=len(cells))
    tags = {}
    for name in columns:
        if name.startswith(TAG):
            codes_of, values = _encoded(columns[name])
            values_of = codes_of.astype(np.int32) + 1
            texts = [None, *(None if value is None else composed(str(to_text(value))) for value in values)]
            tags[composed(name.removeprefix(TAG))] = (
                texts,
                crossed(codes, values_of, len(cells), len(texts)),
                values_of,
            )
    hashes, has_row_ids = _hashed(columns[JOB_ID], plan) if JOB_ID in columns else (None, False)
    return Coded(block, codes, cells, counts, tags, hashes, has_row_ids)


def crossed(codes: Array, values: Array, rows: int, width: int) -> Array:
    """How many rows have each combination and value."""
    if rows * width > _FEW:
        pairs, counts = np.unique(codes.astype(np.int64) * width + values, return_counts=True)
        return np.stack([pairs // width, pairs % width, counts])
    table = np.bincount(codes * np.int32(width) + values, minlength=rows * width)
    present = np.flatnonzero(table)
    return np.stack([present // width, present % width, table[present]])


def _hashed(column: pa.Array, plan: Plan) -> tuple[Array, bool]:
    """The hashes of the ids that are there, and whether one reads like that of a row without an id."""
    texts = _as_texts(column)
    data, starts, lengths = _laid_out(texts)
    if (data == _PLUS).any() and any(map(is_rounded_id, texts.to_pylist())):
        raise UnusualError
    if (data > _LAST_VISIBLE).any() and not pc.all(pc.string_is_ascii(texts)).as_py():
        composed_texts = pc.utf8_normalize(texts, "NFC")
        if not composed_texts.equals(texts):
            return _hashed(composed_texts, plan)
    edges = np.concatenate([data[starts], data[starts + lengths - 1]])
    if ((edges < _FIRST_VISIBLE) | (edges > _LAST_VISIBLE)).any():  # blanks around an id are no part of it
        ids = [text for text in map(str.strip, texts.to_pylist()) if text]
        return hashes_of(ids), any(map(plan.is_row_id, ids))
    likely = texts.filter(pc.match_substring_regex(texts, _ROW_ID)).to_pylist() if (data == _COLON).any() else []
    return hashes_in(data, starts, lengths), any(map(plan.is_row_id, likely))


def _as_texts(column: pa.Array) -> pa.Array:
    texts = column if pa.types.is_large_string(column.type) else column.cast(pa.large_string())
    return texts if texts.null_count == 0 else pc.fill_null(texts, "")


def _laid_out(texts: pa.Array) -> tuple[Array, Array, Array]:
    """The bytes of all texts in one stretch, and where each that is not empty starts, and how long it is."""
    _, ends, content = texts.buffers()
    ends = np.frombuffer(ends, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    begin = int(ends[0]) if len(ends) else 0
    data = np.frombuffer(content, np.uint8)[begin : int(ends[-1])] if content and len(texts) else np.empty(0, np.uint8)
    starts, lengths = ends[:-1] - begin, np.diff(ends)
    return (data, starts, lengths) if lengths.all() else (data, starts[lengths > 0], lengths[lengths > 0])


def blank_rows(found: Coded, codes: Sequence[int]) -> Array:
    """The rows of combinations of blank cells that hold nothing else either: they are no jobs."""
    blank: Array = np.isin(found.codes, codes)
    for texts, _, values_of in found.tags.values():
        blank &= np.array([text is None for text in texts], bool)[values_of]
    if JOB_ID in found.block.columns:
        blank &= pc.equal(_as_texts(found.block.columns[JOB_ID]), "").to_numpy(zero_copy_only=False)
    return blank
