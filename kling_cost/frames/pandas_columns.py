"""Columns of pandas, of any type, as codes and values; and those of Arrow as pandas holds them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from kling_cost.frames.arrays import arrow_factor, object_factor
from kling_cost.frames.cell_codes import Factor
from kling_cost.problems import UsageError

_SAMPLE = 1000  # objects that tell whether rows share them


def as_series(columns: Mapping[str, pa.ChunkedArray]) -> dict[str, Any]:
    """Arrow columns as pandas holds them, without a copy."""
    return {name: pd.arrays.ArrowExtensionArray(column) for name, column in columns.items()}


def chunked(column: pd.Series[Any]) -> pa.ChunkedArray:
    """A column that Arrow knows, as Arrow's; an `ArrowInvalid` or the like for others."""
    array = pa.array(column.array, from_pandas=True)
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def factor(column: pd.Series[Any], of_arrow: Callable[[pa.ChunkedArray], Factor] = arrow_factor) -> Factor:
    """The codes of a column, -1 where nothing stands, and its values as Python objects.

    Args:
        column: of any type.
        of_arrow: gives the codes of an Arrow column.

    >>> factor(pd.Series(["on", None, "on"], dtype="category"))
    (array([ 0, -1,  0], dtype=int8), ['on'])
    """
    kind = column.dtype
    if isinstance(kind, pd.ArrowDtype):  # pandas itself has no word for some types of Arrow
        return of_arrow(chunked(column))
    if isinstance(kind, pd.CategoricalDtype):
        inner, values = factor(column.cat.categories.to_series(), of_arrow)
        codes = column.cat.codes.to_numpy()
        plain = len(values) == len(inner) and bool((inner == np.arange(len(inner))).all())
        return codes if plain else np.append(inner, np.int32(-1))[codes], values
    if pd.api.types.is_object_dtype(kind):
        return _factor_of_objects(column.to_numpy(), of_arrow)
    if isinstance(kind, (pd.PeriodDtype, pd.IntervalDtype, pd.SparseDtype)):
        codes, uniques = pd.factorize(column)
        return codes, pd.Series(uniques).astype(object).tolist()
    try:
        array = chunked(column)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):  # complex numbers
        return _factor_of_objects(column.astype(object).to_numpy(), of_arrow)
    return of_arrow(array)


def _factor_of_objects(column: np.ndarray[Any, Any], of_arrow: Callable[[pa.ChunkedArray], Factor]) -> Factor:
    """Codes of Python objects: first of the objects themselves, where they are few, then of what they hold."""
    column = np.ascontiguousarray(column)
    addresses = np.ctypeslib.as_array((ctypes.c_ssize_t * len(column)).from_address(column.ctypes.data))
    sample = addresses[:_SAMPLE][addresses[:_SAMPLE] != id(None)]
    if 2 * len(np.unique(sample)) > len(sample):
        texts = _as_texts(column)
        if texts is not None:
            return of_arrow(pa.chunked_array(texts))
    codes, _ = pd.factorize(addresses)
    objects = column[np.flatnonzero(np.diff(np.maximum.accumulate(codes), prepend=-1))]  # each where it first appears
    if pd.api.types.infer_dtype(objects, skipna=True) == "string":
        inner, uniques = pd.factorize(objects)
        return np.append(inner, -1)[codes], list(uniques)
    inner, values = object_factor(objects.tolist(), pd.isna(objects).tolist())
    return np.append(inner, -1)[codes], values


def _as_texts(column: np.ndarray[Any, Any]) -> pa.Array | None:
    """Texts, of which each row has an object of its own, as Arrow's; None where there is anything else among them."""
    try:
        texts = pa.array(column, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None
    return texts if pa.types.is_string(texts.type) else None


def with_plain_types(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with every column in a type that pandas can take rows of.

    >>> views = pd.DataFrame({"a": pd.Series(["b"], dtype=pd.ArrowDtype(pa.string_view()))})
    >>> with_plain_types(views).iloc[[0]]["a"].tolist()
    ['b']
    """
    views = [at for at, kind in enumerate(frame.dtypes) if isinstance(kind, pd.ArrowDtype) and _is_odd(kind)]
    if not views:
        return frame
    columns = {at: frame.iloc[:, at] for at in range(frame.shape[1])}
    for at in views:
        array = pa.chunked_array(frame.iloc[:, at].array.__arrow_array__())
        columns[at] = pd.Series(pd.arrays.ArrowExtensionArray(array.cast(plain_type(array.type))), frame.index)
    return pd.DataFrame(columns, frame.index).set_axis(frame.columns, axis=1)


def _is_odd(kind: pd.ArrowDtype) -> bool:
    return bool(plain_type(kind.pyarrow_dtype) != kind.pyarrow_dtype)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type in which pandas reads a column of an Arrow type by value.

    >>> plain_type(pa.dictionary(pa.int32(), pa.string_view()))
    DataType(large_string)
    """
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_string_view(kind) or pa.types.is_null(kind):
        return pa.large_string()
    return kind


def pandas_of_arrow(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a pandas DataFrame with every column in a type that pandas reads by value.

    Raises:
        UsageError: it has two columns of one name.

    >>> pandas_of_arrow(pa.table({"a": pa.array(["b"]).dictionary_encode()})).dtypes["a"]
    string[pyarrow]
    """
    names = table.column_names
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"the frame has two columns named {twice}")
    columns = (column.cast(plain_type(column.type)) for column in table.columns)
    return pd.DataFrame(as_series(dict(zip(names, columns, strict=True))))
