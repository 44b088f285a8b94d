"""What frames of jobs hold, what pricing adds to them, and names that stand in its way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import pyarrow as pa

from kling_cost.jobs.columns import BESIDE, Columns, known_name, priced_columns
from kling_cost.pricebook.book import PriceBook, options_named_by
from kling_cost.problems import Problem, UsageError
from kling_cost.results.arrow_tables import arrow_type
from kling_cost.results.bound_fields import BOUNDS

COST = pa.decimal128(38, 6)
MONEY = pa.decimal128(38, 12)
_BOUNDS = {field.name: arrow_type(field.type) for field in BOUNDS}
#: The columns that `price_frame` adds, with their types.
ADDED_COLUMNS: Mapping[str, pa.DataType] = {
    "billed_quantity": pa.int64(),
    "unit_price": MONEY,
    "cost": COST,
    "currency": pa.string(),
    "usd": MONEY,
    "rate_effective_from": pa.date32(),
    "defaults_applied": pa.string(),
    "price_problem": pa.string(),
    **_BOUNDS,
}
#: The columns that `totals` gives behind those by which it groups, with their types.
SUMMED: Mapping[str, pa.DataType] = {
    "jobs": pa.int64(),
    "unpriced": pa.int64(),
    "cost": COST,
    "usd": MONEY,
    **_BOUNDS,
}
_NEEDED = ("currency", "cost", "usd", "certainty", "cost_least")


def check_groups(names: Sequence[str], by: Sequence[str]) -> list[str]:
    """The columns by which totals are grouped: those that are asked for, then the currency.

    Raises:
        UsageError: the frame is not priced or lacks a column, or a name stands for two things.

    >>> check_groups(["client", *ADDED_COLUMNS], ["client"])
    ['client', 'currency']
    """
    lacking = [name for name in _NEEDED if name not in names]
    if lacking:
        raise UsageError(f"the frame has no column {lacking[0]}; price it with price_frame first")
    by = [_heading(name, names) for name in by]
    for name in by:
        if name not in names:
            raise UsageError(f"the frame has no column {name}")
        if name in SUMMED or by.count(name) > 1:
            raise UsageError(
                f"the totals cannot be grouped by {name}" + (" more than once" if name not in SUMMED else "")
            )
    return [*by, *(["currency"] if "currency" not in by else [])]


def _heading(name: str, names: Sequence[str]) -> str:
    """How a frame spells a column; the name itself where it has none like it, or several."""
    known = known_name(name) if isinstance(name, str) and name not in names else None
    spellings = [heading for heading in names if known is not None and known_name(heading) == known]
    return spellings[0] if len(spellings) == 1 else name


def check_names(
    names: Sequence[str],
    added: Collection[str] = ADDED_COLUMNS,
    folds_case: bool = False,
    options: Sequence[str] = (),
) -> Columns:
    """The header of a frame; names by which a price could be lost or mistaken are refused.

    Args:
        names: the frame's columns.
        added: the columns that will be added.
        folds_case: whether the engine takes `Cost` and `cost` for one column.
        options: options that the price book names itself.

    Raises:
        UsageError: a column stands where one would be added, stands twice, or looks like a misspelt one.

    >>> check_names(["Job ID", "model", "remark"]).names
    ['job_id', 'model', None]
    """
    seen: set[str] = set()
    for name in names:
        plain = name.lower() if folds_case else name
        if plain in added:
            raise UsageError(f"the frame already has a column {name}, which pricing would add; rename it")
        if plain in seen:
            raise UsageError(f"the frame has two columns named {name}")
        seen.add(plain)
    columns = Columns(names, options)
    refuse(columns.problems)
    return columns


def refuse(problems: Iterable[Problem]) -> None:
    """Raise the first error of a header.

    Raises:
        UsageError: there is one.

    >>> refuse(Columns(["model", "remark"]).problems)
    """
    for found in problems:
        if found.code == "duplicate":
            raise UsageError(f"the frame has two columns named {found.field}")
        if found.severity == "error":
            raise UsageError(f"column {found.field}: {found.message} ({found.hint})")


def priced_places(names: Sequence[str], book: PriceBook | None = None) -> dict[str, int]:
    """Where the columns stand that a price depends on, by what they are called, in the order of `PRICED_COLUMNS`.

    Args:
        names: all columns of a frame.
        book: the price book, whose own options are among them; None is the shipped one.

    >>> priced_places(["takes ", "Model", "copies"])
    {'model': 1, 'takes': 0, 'beside:takes:copies': 2}
    """
    options = options_named_by(book)
    at = {name: place for place, name in enumerate(Columns(names, options).names) if name is not None}
    priced = (*priced_columns(options), *(n for n in at if n.startswith(BESIDE)))
    return {name: at[name] for name in priced if name in at}
