"""kling3api.com's answers: `code`, `message`, `data`, with the request repeated in status answers.

Source: the Korean documentation page, answers of the generate and status calls.
"""

from __future__ import annotations

from typing import Any

from kling_cost.reconciliation.answers.answer import Facts, RequestFact
from kling_cost.reconciliation.providers.answer_schema import (
    Body,
    Statement,
    Taker,
    facts_of,
    moment,
    refusal_in,
    text,
    whole,
)

PROVIDER = "kling3api"
_SOUND = {True: "on", False: "off"}
_DONE = 200  # the code of every answer about a task
_OF_OTHERS = ("model", "task_type", "output")  # what others write into tasks of nearly this form


def is_answer(body: Body) -> bool:
    """Whether a body looks like an answer of this provider.

    >>> is_answer({"code": 200, "message": "success", "data": {"task_id": "n75a", "status": "SUCCESS"}})
    True
    >>> is_answer({"code": 200, "msg": "success", "data": {"taskId": "n75a"}})
    False
    """
    data, code = body.get("data"), body.get("code")
    if isinstance(data, list):
        return code == _DONE and bool(data) and all(isinstance(item, dict) and _is_task(item) for item in data)
    if isinstance(data, dict) and _is_task(data):
        return code is not None and not isinstance(code, str)
    return code is not None and refusal_in(body) is not None


def _is_task(data: Body) -> bool:
    """Whether an object is a task as this provider writes it; others have `task_id`, too."""
    if "consumed_credits" in data:
        return True
    return "task_id" in data and "task_status" not in data and not any(key in data for key in _OF_OTHERS)


def read(body: Body, to: Taker, stage: str | None, small_unit: bool) -> bool:
    """Hand on what a body says; False where it says nothing that is known."""
    data = body.get("data")
    if isinstance(data, list):
        to.listing()
        read_well = [isinstance(item, dict) and _task(item, to, stage, small_unit) for item in data]
        return all(read_well) and bool(data)
    if isinstance(data, dict) and _task(data, to, stage, small_unit):
        return True
    refused = refusal_in(body)
    if refused is not None:
        to.refusal(*refused)
    return refused is not None


def _task(data: Body, to: Taker, stage: str | None, small_unit: bool) -> bool:
    """Hand on one task; False where this is none."""
    if "task_id" not in data and "consumed_credits" not in data:
        return False
    request = data.get("request")
    if request.__class__ is not dict:
        request = None
    asked = request or {}
    amount = data.get("consumed_credits")
    values = (
        PROVIDER, stage, small_unit, data.get("status"), amount, amount.__class__, data.get("type"),
        asked.get("type"), asked.get("duration"), asked.get("duration").__class__, asked.get("sound"),
        asked.get("sound").__class__,
    )  # fmt: skip
    to.task(data.get("task_id"), facts_of(values, _facts), moment(data.get("created_at")), request)
    return True


def _facts(provider: str, stage: str | None, small_unit: bool, status: Any, amount: Any, *values: Any) -> Facts:
    """The facts of the values that `_task` reads."""
    _, kind, asked_kind, seconds, _, sound, _ = values
    read = Statement()
    taken = read.amount("data.consumed_credits", amount)
    found_facts = (
        ("model", "data.type", kind),
        ("model", "data.request.type", asked_kind),
        ("duration", "data.request.duration", whole(seconds)),
        ("sound", "data.request.sound", _SOUND[sound] if sound.__class__ is bool else sound),
    )
    request_facts = tuple(
        RequestFact("echo_differs", what, field, str(found)) for what, field, found in found_facts if found is not None
    )
    return Facts(
        provider, text(status), stage, None, None, None, taken, None, request_facts, tuple(read.unusable), small_unit
    )
