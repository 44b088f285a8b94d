"""Exact sums over priced frames as SQL, in words that DuckDB and Spark both read."""

from __future__ import annotations

from collections.abc import Mapping

from kling_cost.frames.frame_columns import COST, MONEY
from kling_cost.results.certainty import BY_WEIGHT, EXACT, OPEN, UNKNOWN

_WEIGHT, _LEAST = "__kling_cost_weight", "__kling_cost_least"
_EXACT, _OPEN = BY_WEIGHT.index(EXACT), len(OPEN) - 1  # the weights of what is exact, and of the last without an end
_WORDS = " ".join(f"WHEN {at} THEN '{word}'" for at, word in enumerate(BY_WEIGHT))
_WEIGHTS = " ".join(f"WHEN '{word}' THEN {at}" for at, word in enumerate(BY_WEIGHT))


def _sum(of: str, kind: object) -> str:
    """An exact sum in the type of a column."""
    return f"CAST(sum({of}) AS {str(kind).replace('decimal128', 'DECIMAL')})"


#: What is counted and summed up in each group, by name; a row without a word for its certainty is not known.
GATHERED: Mapping[str, str] = {
    "jobs": f"count(CASE WHEN certainty <> '{UNKNOWN}' THEN 1 END)",
    "unpriced": f"count(CASE WHEN coalesce(certainty, '{UNKNOWN}') = '{UNKNOWN}' THEN 1 END)",
    "cost": _sum("cost", COST),
    "usd": _sum("usd", MONEY),
    _LEAST: _sum(f"CASE WHEN certainty = '{EXACT}' THEN cost ELSE coalesce(cost_least, 0) END", COST),
    _WEIGHT: f"min(CASE certainty {_WEIGHTS} ELSE 0 END)",
}
#: What is shown of it, in the order of `SUMMED`: nothing that would be too small.
SHOWN: Mapping[str, str] = {
    "jobs": "jobs",
    "unpriced": "unpriced",
    "cost": f"CASE WHEN {_WEIGHT} > {_OPEN} THEN cost END",
    "usd": f"CASE WHEN {_WEIGHT} > {_OPEN} THEN usd END",
    "certainty": f"CASE {_WEIGHT} {_WORDS} END",
    "cost_least": f"CASE WHEN {_WEIGHT} > 0 AND {_WEIGHT} < {_EXACT} THEN {_LEAST} END",
    "cost_most": f"CASE WHEN {_WEIGHT} > {_OPEN} AND {_WEIGHT} < {_EXACT} THEN cost END",
}
