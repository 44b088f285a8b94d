"""The official API's answers to task queries: `data.task_status`, `data.final_unit_deduction`.

Source: Kling AI's developer documentation, task queries and callbacks; the charge is stated as text, in units.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from kling_cost.actuals.answers import Facts
from kling_cost.actuals.responses.forms import Body, Statement, Taker, moment, text

PROVIDER = "kling"
_UNITS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?", re.ASCII)
_A_THOUSAND = 1000  # milliseconds
_MILLISECONDS = 10**11  # a larger number of seconds lies three thousand years ahead


def is_answer(body: Body) -> bool:
    """Whether a body looks like an answer of this provider.

    >>> is_answer({"code": 0, "data": {"task_id": "8", "task_status": "succeed", "final_unit_deduction": "4.5"}})
    True
    """
    data = body.get("data")
    return "task_status" in data if isinstance(data, dict) else "request_id" in body


def read(body: Body, to: Taker, stage: str | None, small_unit: bool) -> bool:
    """Hand on what a body says; False where it says nothing that is known."""
    data = body.get("data")
    if not isinstance(data, dict):
        if "code" in body:
            to.refusal(body["code"], body.get("message"))
        return "code" in body
    statement = Statement()
    taken = statement.amount("data.final_unit_deduction", _number(data.get("final_unit_deduction")))
    status, unusable = text(data.get("task_status")), tuple(statement.unusable)
    facts = Facts(PROVIDER, status, stage, taken=taken, unusable=unusable, small_unit=small_unit)
    created = moment(data.get("created_at"))
    if created is not None and created > _MILLISECONDS:
        created = Decimal(created) / _A_THOUSAND
    to.task(data.get("task_id"), facts, created, None)
    return True


def _number(value: Any) -> Any:
    """This provider writes its numbers as text."""
    return Decimal(value) if isinstance(value, str) and _UNITS.fullmatch(value) else value
