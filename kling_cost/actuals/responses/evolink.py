"""EvoLink's answers: task bodies, lists of tasks, balances, errors.

Sources: the response examples of the five pages (`usage`, `task_info`), and EvoLink's public task documentation for
what later answers have beside them (`usage.credits_used`, `usage.cost.credits`, `billing`, lists with `data`).
"""

from __future__ import annotations

from typing import Any

from kling_cost.actuals.answers import Claim, Facts
from kling_cost.actuals.responses.forms import Body, Statement, Taker, facts_by_values, moment, progress, text, whole

PROVIDER = "evolink"
_NOTHING: Body = {}
_UNSAID = (None,) * 5


def is_answer(body: Body) -> bool:
    """Whether a body looks like an answer of this provider.

    >>> is_answer({"id": "task-unified-1", "status": "pending"}), is_answer({"code": 200, "data": {}})
    (True, False)
    """
    if "code" in body:
        return False
    return "id" in body or "usage" in body or isinstance(body.get("data"), (list, dict)) or "error" in body


def read(body: Body, to: Taker, stage: str | None, small_unit: bool) -> bool:
    """Hand on what a body says; False where it says nothing that is known."""
    if "id" in body or "usage" in body:
        _task(body, to, stage, small_unit)
        return True
    data = body.get("data")
    if isinstance(data, list):
        for item in data:
            if not isinstance(item, dict):
                return False
            _task(item, to, stage, small_unit)
        return True
    if isinstance(data, dict) and ("user" in data or "token" in data):
        to.balance(_part(data, "user"), _part(data, "token"))
        return True
    error = body.get("error")
    if error is not None:
        details = error if isinstance(error, dict) else {"message": error}
        to.refusal(details.get("code") or details.get("type"), details.get("message"))
        return True
    return False


def _task(body: Body, to: Taker, stage: str | None, small_unit: bool) -> None:
    said, usage = body.get, _part(body, "usage").get
    used = usage("credits_used", said("credits_used"))
    reserved = usage("credits_reserved")
    cost = usage("cost")
    if cost is not None:
        cost = cost.get("credits") if cost.__class__ is dict else None
    values = (
        stage, small_unit, said("model"), said("status"), said("progress"), reserved, reserved.__class__,
        used, used.__class__, cost, cost.__class__, usage("billing_rule"), usage("user_group"),
        _part(body, "task_info").get("video_duration"), *(_billing(body["billing"]) if "billing" in body else _UNSAID),
    )  # fmt: skip
    try:
        facts = facts_by_values.get(values)
        if facts is None:
            facts = facts_by_values[values] = _facts(values)
    except TypeError:  # a list or an object stands where a number should
        facts = _facts(values)
    to.task(body.get("id"), facts, moment(body.get("created", body.get("created_at"))), None)


def _facts(values: tuple[Any, ...]) -> Facts:
    stage, small_unit, model, status, done, reserved, _, used, _, cost = values[:10]
    rule, group, seconds, held, charged, back, refund_status = values[11:18]  # the rest tells types apart
    read = Statement()
    settled = [
        read.amount("usage.credits_used", used),
        read.amount("usage.cost.credits", cost),
        read.amount("billing.charged_credits", charged),
    ]
    holds = [read.amount("usage.credits_reserved", reserved), read.amount("billing.reserved_credits", held)]
    refunded = read.amount("billing.refunded_credits", back)
    said = (
        ("wrong_billing_rule", "billing_rule", "usage.billing_rule", text(rule)),
        ("user_group_not_default", "user_group", "usage.user_group", text(group)),
        ("duration_differs", "duration", "task_info.video_duration", whole(seconds)),
        ("model_differs", "model", "model", text(model)),
    )
    return Facts(
        PROVIDER,
        text(status),
        stage,
        progress(done),
        next((amount for amount in holds if amount is not None), None),
        next((amount for amount in settled if amount is not None), None),
        None,
        refunded if refund_status == "completed" else None,
        tuple(Claim(kind, what, field, found) for kind, what, field, found in said if found is not None),
        tuple(read.unusable),
        small_unit,
    )


def _billing(billing: Any) -> tuple[Any, ...]:
    """What a `billing` object says, and its text, which tells 1 from true."""
    get = billing.get if billing.__class__ is dict else _NOTHING.get
    return (
        get("reserved_credits"),
        get("charged_credits"),
        get("refunded_credits"),
        get("refund_status"),
        str(billing),
    )


def _part(body: Body, key: str) -> Body:
    part = body.get(key)
    return part if part.__class__ is dict else _NOTHING  # type: ignore[return-value]
