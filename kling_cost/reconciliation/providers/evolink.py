"""EvoLink's answers: task bodies, lists of tasks, balances, errors.

Sources: the response examples of the five pages (`usage`, `task_info`), and EvoLink's public task documentation for
what later answers have beside them (`usage.credits_used`, `usage.cost.credits`, `billing`, lists with `data`).
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
    progress,
    refusal_in,
    seconds_out,
    text,
)

PROVIDER = "evolink"
_NOTHING: Body = {}
_UNSAID = (None,) * 7


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
        return _read_task(body, to, stage, small_unit)
    return _without_task(body, to, stage, small_unit)


def _read_task(body: Body, to: Taker, stage: str | None, small_unit: bool) -> bool:
    get, usage, info = body.get, _part(body, "usage"), _part(body, "task_info")
    reserved, done, seconds = usage.get("credits_reserved"), get("progress"), info.get("video_duration")
    if done.__class__ is bool or seconds.__class__ is bool:  # true equals 1, and is none
        done, seconds = None, None
    values: tuple[Any, ...] = (
        PROVIDER, stage, small_unit, get("model"), get("status"), done, seconds,
        usage.get("billing_rule"), usage.get("user_group"), reserved, reserved.__class__,
    )  # fmt: skip
    if "billing" in body or "credits_used" in body or "credits_used" in usage or "cost" in usage:
        values += _final_amounts(body, usage)
    facts = facts_of(values, _facts)
    to.task(get("id"), facts, moment(get("created", get("created_at"))), None)
    return True


def _without_task(body: Body, to: Taker, stage: str | None, small_unit: bool) -> bool:
    """A list of tasks, a balance, or an error."""
    data = body.get("data")
    if isinstance(data, list):
        to.listing()
        tasks = [item for item in data if isinstance(item, dict) and ("id" in item or "usage" in item)]
        for task in tasks:  # one that is no task hides no other
            _read_task(task, to, stage, small_unit)
        return len(tasks) == len(data)
    if isinstance(data, dict) and ("user" in data or "token" in data):
        to.balance(_part(data, "user"), _part(data, "token"))
        return True
    refused = refusal_in(body)
    if refused is not None:
        to.refusal(*refused)
    return refused is not None


def _final_amounts(body: Body, usage: Body) -> tuple[Any, ...]:
    """What newer answers say beside the reservation; the text at the end tells 1 from true."""
    billing, cost = _part(body, "billing"), _part(usage, "cost")
    used = usage.get("credits_used", body.get("credits_used"))
    get = billing.get
    return (
        used,
        cost.get("credits"),
        get("reserved_credits"),
        get("charged_credits"),
        get("refunded_credits"),
        get("refund_status"),
        f"{used!r} {cost} {billing}",
    )


def _facts(provider: str, stage: str | None, small_unit: bool, model: Any, status: Any, *amounts: Any) -> Facts:
    """The facts of the values that `read` looks them up by."""
    done, seconds, rule, group, reserved, _, *final = amounts
    used, cost, held, charged, back, refund_status, _ = final or _UNSAID
    statement = Statement()
    settled = [
        statement.amount("usage.credits_used", used),
        statement.amount("usage.cost.credits", cost),
        statement.amount("billing.charged_credits", charged),
    ]
    holds = [statement.amount("usage.credits_reserved", reserved), statement.amount("billing.reserved_credits", held)]
    refunded = statement.amount("billing.refunded_credits", back)
    found_facts = (
        ("wrong_billing_rule", "billing_rule", "usage.billing_rule", text(rule)),
        ("user_group_not_default", "user_group", "usage.user_group", text(group)),
        ("duration_differs", "duration", "task_info.video_duration", seconds_out(seconds)),
        ("model_differs", "model", "model", text(model)),
    )
    return Facts(
        provider,
        text(status),
        stage,
        progress(done),
        next((amount for amount in holds if amount is not None), None),
        next((amount for amount in settled if amount is not None), None),
        None,
        refunded if refund_status == "completed" else None,
        tuple(RequestFact(kind, what, field, found) for kind, what, field, found in found_facts if found is not None),
        tuple(statement.unusable),
        small_unit,
    )


def _part(body: Body, key: str) -> Body:
    part = body.get(key)
    return part if part.__class__ is dict else _NOTHING
