"""Columns of ids as Arrow texts, and numbers for what is distinct."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeGuard

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kling_cost.frames.pandas_columns import factor
from kling_cost.jobs.cell_values import ROUNDED_ID, is_blank, is_rounded_id, to_text
from kling_cost.jobs.id_likeness import composed

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_OFFSET = 8  # bytes
_BLANK = 0x20  # of ASCII, before the first letter that is printed …
_LAST_PRINTED = 0x7E  # … and the last one
_PLUS = 0x2B


def _is_text(column: pd.Series[Any]) -> bool:
    kind = column.dtype
    if isinstance(kind, pd.ArrowDtype):
        return kind.pyarrow_dtype in (pa.string(), pa.large_string())
    if pd.api.types.is_object_dtype(kind):
        return pd.api.types.infer_dtype(column, skipna=True) in ("string", "empty")
    return isinstance(kind, pd.StringDtype)


def numbered(values: npt.NDArray[Any]) -> tuple[Codes, Codes]:
    """A number for each value in the order of first occurrence, and where each value occurs first.

    >>> numbered(np.array([7, 5, 7]))
    (array([0, 1, 0]), array([0, 1]))
    """
    codes, distinct = pd.factorize(values)
    first = np.empty(len(distinct), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return codes.astype(np.int64), first


def picked(texts: pa.LargeStringArray, places: Codes) -> pa.LargeStringArray:
    """Texts by their places, null for -1; all in their order are the same array.

    >>> picked(pa.array(["a", "b"], pa.large_string()), np.array([1, -1])).to_pylist()
    ['b', None]
    """
    if len(places) == len(texts) and (places == np.arange(len(texts))).all():
        return texts
    return texts.take(pa.array(places, mask=places < 0))


class Texts(NamedTuple):
    """A column of ids.

    Attributes:
        texts: without blanks around them; null where nothing stands.
        unreadable: rows whose cell is no text, such as an id that a spreadsheet has rounded.
    """

    texts: pa.LargeStringArray
    unreadable: Mask


def texts_of(column: pd.Series[Any]) -> Texts:
    """A column of ids as the readers of sheets take it.

    >>> texts_of(pd.Series([" a", 7.0, None, 1e18], dtype=object)).texts.to_pylist()
    ['a', '7', None, None]
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    array = text_array(column)
    if array is not None:
        return _without_rounded(_composed(_stripped(array)))
    codes, values = factor(column)
    cells = [None if is_blank(value) else to_text(value) for value in values]
    wrong = [cell is not None and not _is_id(cell) for cell in cells]
    ids = [composed(cell) or None if _is_id(cell) else None for cell in cells]
    taken = pa.array(codes, mask=codes < 0)
    return Texts(pa.array(ids, pa.large_string()).take(taken), np.array([*wrong, False])[codes])


def _is_id(cell: object) -> TypeGuard[str]:
    return isinstance(cell, str) and not is_rounded_id(cell)


def text_array(column: pd.Series[Any]) -> pa.LargeStringArray | None:
    """A column of texts as it stands; None for one that holds anything else."""
    if not _is_text(column):
        return None
    array = pa.array(column.array, from_pandas=True)
    return (array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array).cast(pa.large_string())


def _without_rounded(array: pa.LargeStringArray) -> Texts:
    """Ids, those unreadable that a spreadsheet rounded; they have a sign that hardly any other text holds."""
    data = array.buffers()[2]
    if data is None or not (np.frombuffer(data, np.uint8) == _PLUS).any():
        return Texts(array, np.zeros(len(array), dtype=bool))
    rounded = pc.fill_null(pc.match_substring_regex(array, ROUNDED_ID), False)
    return Texts(pc.if_else(rounded, pa.scalar(None, array.type), array), rounded.to_numpy(zero_copy_only=False))


def _stripped(array: pa.LargeStringArray) -> pa.LargeStringArray:
    """The texts without blanks around them; only those that do not begin and end in printed ASCII are looked at."""
    _, where, data = array.buffers()
    ends = np.frombuffer(where, np.int64, len(array) + 1, array.offset * _OFFSET) if where else np.zeros(1, np.int64)
    if not len(array) or data is None or not len(data):
        wanting = np.ones(len(array), dtype=bool)
    else:
        letters = np.frombuffer(data, np.uint8)
        first = letters[np.minimum(ends[:-1], len(letters) - 1)]
        last = letters[np.maximum(ends[1:] - 1, 0)]
        wanting = (ends[:-1] == ends[1:]) | ~_printed(first) | ~_printed(last)
    if not wanting.any():
        return array
    mask = pa.array(wanting)
    texts = [None if text is None else text.strip() or None for text in array.filter(mask).to_pylist()]
    return pc.replace_with_mask(array, mask, pa.array(texts, pa.large_string()))


def _composed(array: pa.LargeStringArray) -> pa.LargeStringArray:
    """The texts as ids are compared; only those that are not ASCII are looked at."""
    data = array.buffers()[2]
    if data is None or not len(data) or (np.frombuffer(data, np.uint8) <= _LAST_PRINTED + 1).all():
        return array
    mask = pc.fill_null(pc.invert(pc.string_is_ascii(array)), False)
    texts = [composed(text) for text in array.filter(mask).to_pylist()]
    return pc.replace_with_mask(array, mask, pa.array(texts, pa.large_string()))


def _printed(letters: npt.NDArray[np.uint8]) -> Mask:
    return (letters > _BLANK) & (letters <= _LAST_PRINTED)
