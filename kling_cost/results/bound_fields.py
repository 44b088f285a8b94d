"""The fields that say how certain a figure of a result is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from kling_cost.results.certainty import CERTAINTIES, EXACT
from kling_cost.results.fields import Field
from kling_cost.results.value_types import COST, MONEY, choice, in_json_only

MOST = "the most that it may be, empty where that has no upper end"
_CERTAINTY = choice(*CERTAINTIES)
_LEAST, _MOST = (f"the {end} that it may be, where it is not exact" for end in ("least", "most"))


def in_json(fields: Iterable[Field]) -> list[Field]:
    """Fields as they are where none of them is a column.

    >>> [field.type.arrow for field in in_json(BOUNDS)]
    ['', '', '']
    """
    return [replace(field, type=in_json_only(field.type)) for field in fields]


def _least_of_item(item: Any) -> Decimal | None:
    return None if item.certainty == EXACT or item.cost_least is None else item.cost_least.value


def _most_of_item(item: Any) -> Decimal | None:
    return None if item.certainty == EXACT else item.cost_value


def _most_of_sum(total: Any) -> Decimal | None:
    return None if total.certainty == EXACT else total.cost


def _if_inexact(total: Any) -> str | None:
    return None if total.certainty == EXACT else str(total.certainty)


def _if_bounded(limit: Any) -> str | None:
    return None if limit.planned_least is None else str(limit.certainty)


#: How certain the cost of a line item is.
BOUNDS = (
    Field("certainty", _CERTAINTY, "how certain `cost` is", absent=EXACT),
    Field("cost_least", COST, _LEAST, _least_of_item, optional=True, absent=None),
    Field("cost_most", COST, _MOST, _most_of_item, optional=True, absent=None),
)
#: The same of a sum, which says nothing where it is exact.
BOUNDS_OF_SUM = (
    Field("certainty", _CERTAINTY, "how certain `cost` is", _if_inexact, optional=True, absent=EXACT),
    Field("cost_least", COST, _LEAST, optional=True, absent=None),
    Field("cost_most", COST, _MOST, _most_of_sum, optional=True, absent=None),
)
#: The same of what is held against a limit.
BOUNDS_OF_LIMIT = (
    Field("certainty", _CERTAINTY, "how certain `planned` is", _if_bounded, optional=True),
    Field("planned_least", MONEY, _LEAST, optional=True),
)
