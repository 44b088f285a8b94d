"""kling3api.com's answers: `code`, `message`, `data`, with the request repeated in status answers.

Source: the Korean documentation page, answers of the generate and status calls.
"""

from __future__ import annotations

from typing import Any

from kling_cost.actuals.answers import Claim, Facts
from kling_cost.actuals.responses.forms import Body, Statement, Taker, facts_by_values, moment, text, whole

PROVIDER = "kling3api"
_SOUND = {True: "on", False: "off"}


def is_answer(body: Body) -> bool:
    """Whether a body looks like an answer of this provider.

    >>> is_answer({"code": 200, "message": "success", "data": {"task_id": "n75a", "status": "SUCCESS"}})
    True
    """
    data = body.get("data")
    if not isinstance(data, dict):
        return "code" in body
    return "code" in body and "task_status" not in data


def read(body: Body, to: Taker, stage: str | None, small_unit: bool) -> bool:
    """Hand on what a body says; False where it says nothing that is known."""
    data = body.get("data")
    if not isinstance(data, dict) or not ("task_id" in data or "consumed_credits" in data):
        if "code" in body:
            to.refusal(body["code"], body.get("message"))
        return "code" in body
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
    try:
        facts = facts_by_values.get(values)
        if facts is None:
            facts = facts_by_values[values] = _facts(values)
    except TypeError:  # a list or an object stands where a number should
        facts = _facts(values)
    to.task(data.get("task_id"), facts, moment(data.get("created_at")), request)
    return True


def _facts(values: tuple[Any, ...]) -> Facts:
    _, stage, small_unit, status, amount, _, kind, asked_kind, seconds, _, sound, _ = values
    read = Statement()
    taken = read.amount("data.consumed_credits", amount)
    said = (
        ("model", "data.type", kind),
        ("model", "data.request.type", asked_kind),
        ("duration", "data.request.duration", whole(seconds)),
        ("sound", "data.request.sound", _SOUND[sound] if sound.__class__ is bool else sound),
    )
    claims = tuple(Claim("echo_differs", what, field, str(found)) for what, field, found in said if found is not None)
    return Facts(PROVIDER, text(status), stage, None, None, None, taken, None, claims, tuple(read.unusable), small_unit)
