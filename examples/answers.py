"""Answers to the sample jobs, as the providers send them: one difference of every kind, and a campaign's answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import kling_cost as kc
from kling_cost.amounts import plain_text

MODEL = "kling-v3-text-to-video"
_BEGIN = 1_763_600_000  # 2025-11-20, when the first sample task is created
Line = dict[str, Any]


def evolink(task: str, credits: Any, status: str = "completed", *, created: int = _BEGIN, **changed: Any) -> Line:
    """A task body of EvoLink; `changed` are other values for `model`, `seconds`, `rule`, `group` and so on."""
    usage = {"billing_rule": changed.get("rule", "per_second"), "user_group": changed.get("group", "default")}
    if credits is not None:
        usage["credits_reserved"] = credits
    body = {
        "created": created,
        "id": task,
        "model": changed.get("model", MODEL),
        "object": "video.generation.task",
        "progress": {"pending": 0, "processing": 40}.get(status, 100),
        "status": status,
        "task_info": {"can_cancel": status == "pending", "estimated_time": 180},
        "type": "video",
        "usage": usage,
    }
    if changed.get("seconds", 5) is not None:
        body["task_info"]["video_duration"] = changed.get("seconds", 5)
    return body


def kling3api(task: str, credits: Any, status: str = "SUCCESS", **data: Any) -> Line:
    """An answer of kling3api.com."""
    return {
        "code": 200,
        "message": "success",
        "data": {"task_id": task, "status": status, "consumed_credits": credits, **data},
    }


def wrapped(job_id: str, response: Line, **beside: Any) -> Line:
    """An answer with the job that it belongs to."""
    return {"job_id": job_id, **beside, "response": response}


def every_kind() -> tuple[list[Line], list[Line]]:
    """Jobs and answers with one difference of every kind: each job is called as the kind that it shows."""
    jobs, answers = [], []
    for kind, takes, given in _kinds():
        request: Line = {"model": MODEL, "prompt": "Fog over the harbour", "duration": 5}
        if kind.endswith("_consumed") or kind in ("wrong_task_prefix", "echo_differs"):
            request = {"type": "pro-text-to-video", "prompt": "Fog over the harbour", "duration": 5, "sound": True}
        if kind == "discounted":
            request = {"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "on"}
        if kind == "not_estimated":
            request["duration"] = 16
        if takes:
            jobs.append({"job_id": kind, "request": request, **({"takes": takes} if takes > 1 else {})})
        answers += given
    return jobs, answers


def _kinds() -> Iterator[tuple[str, int, list[Line]]]:
    def answer(kind: str, *args: Any, **changed: Any) -> Line:
        return wrapped(kind, evolink(f"task-{kind}", *args, **changed))

    yield "as_due", 1, [answer("as_due", 27.0, "pending"), answer("as_due", 27.0)]
    yield "invalid_amount", 1, [answer("invalid_amount", "27.0")]
    failed = answer("failed_not_refunded", 27.0, "failed")
    yield "failed_not_refunded", 1, [answer("failed_not_refunded", 27.0, "pending"), failed]
    yield "refunded_too_much", 1, [_back(answer("refunded_too_much", 27.0, "failed"), 40.0)]
    yield "refunded_in_part", 1, [_back(answer("refunded_in_part", 27.0), 13.5)]
    unsaid = answer("refund_unverified", None, "failed")
    yield "refund_unverified", 1, [answer("refund_unverified", 27.0, "pending"), unsaid]
    settled = evolink("task-settled_differs", 27.0)
    settled["usage"]["credits_used"] = 37.8
    yield "settled_differs", 1, [answer("settled_differs", 27.0, "pending"), wrapped("settled_differs", settled)]
    yield "over_reserved", 1, [answer("over_reserved", 40.5)]
    yield "under_reserved", 1, [answer("under_reserved", 16.2)]
    yield "over_consumed", 1, [wrapped("over_consumed", kling3api("n75over", 480))]
    yield "under_consumed", 1, [wrapped("under_consumed", kling3api("n75under", 270))]
    entry = {"charge_type": "cash", "amount": "0.5985", "list_price": "0.63", "currency": "USD"}
    paid = {"id": "task-discounted", "status": "succeeded", "create_time": _BEGIN * 1000, "billing": [entry]}
    yield "discounted", 1, [wrapped("discounted", {"code": 0, "message": "SUCCEED", "data": paid})]
    yield "rounding", 1, [answer("rounding", 27.000000000000004)]
    yield "unit_scale", 1, [answer("unit_scale", 270000)]
    yield "conflicting_answers", 1, [answer("conflicting_answers", 27.0), answer("conflicting_answers", 26.0)]
    ends = [_back(answer("conflicting_states", 27.0, "failed"), 27.0), answer("conflicting_states", 27.0)]
    yield "conflicting_states", 1, ends
    yield "missing_response", 2, [answer("missing_response", 27.0)]
    yield "orphan_response", 0, [evolink("task-orphan_response", 54.0)]
    yield "other_tasks", 0, [{"data": [evolink("task-other_tasks", 81.0)], "total": 1}]
    yield "not_estimated", 1, [answer("not_estimated", 86.4, seconds=16)]
    yield (
        "duplicate_task",
        1,
        [
            answer("duplicate_task", 27.0),
            wrapped("duplicate_task", evolink("task-duplicate_task-again", 27.0, created=_BEGIN + 60)),
        ],
    )
    yield "task_id_reused", 1, [wrapped("task_id_reused", evolink("task-as_due", 27.0))]
    yield "duplicate_response", 1, [answer("duplicate_response", 27.0), answer("duplicate_response", 27.0)]
    yield "wrong_billing_rule", 1, [answer("wrong_billing_rule", 27.0, rule="per_call")]
    yield "user_group_not_default", 1, [answer("user_group_not_default", 27.0, group="VIP")]
    yield "wrong_task_prefix", 1, [wrapped("wrong_task_prefix", kling3api("n71prefix", 400))]
    yield "duration_differs", 1, [answer("duration_differs", 27.0, seconds=10)]
    yield "model_differs", 1, [answer("model_differs", 27.0, model="kling-v3-image-to-video")]
    request = {"type": "pro-text-to-video", "prompt": "Sun over the harbour", "duration": 5, "sound": True}
    yield "echo_differs", 1, [wrapped("echo_differs", kling3api("n75echo", 400, request=request))]
    yield "still_open", 1, [answer("still_open", 27.0, "processing")]


def _back(line: Line, credits: float) -> Line:  # float: as JSON bodies are written
    """An answer with credits that were given back."""
    line["response"]["billing"] = {"refund_status": "completed", "refunded_credits": credits}
    return line


def campaign(estimate: kc.Estimate) -> list[Line]:
    """What came back for the sample campaign: nearly everything as due."""
    lines: list[Line] = []
    number = 0
    for item in estimate.line_items:
        for take in range(1, item.takes + 1):
            number += 1
            lines += _take(item, take, number)
    lines.append(evolink("task-unified-1763609999-test", 16.2, created=_BEGIN + 9_999, seconds=3))
    lines.append(_BALANCE)
    return lines


#: Tasks that were not charged as due: job, take, and what happened.
_HAPPENED = {
    ("hero-02", 1): "sound", ("hero-02", 2): "sound", ("draft-03", 2): "kept", ("keeper-01", 4): "missing",
    ("seoul-01", 1): "back", ("tokyo-01", 2): "open", ("alt-02", 1): "mute", ("cast-child", 1): "kept",
}  # fmt: skip
_BALANCE = {
    "success": True,
    "message": "",
    "data": {
        "user": {"remaining_credits": 2741.7832, "used_credits": 3258.2168},
        "token": {"remaining_credits": 0, "used_credits": 3258.2168, "unlimited_credits": True},
    },
}


def _take(item: kc.LineItem, take: int, number: int) -> list[Line]:
    """The answers at creation and at the end of one take."""
    happened = _HAPPENED.get((item.job_id or "", take))
    if happened == "missing":
        return []
    due, created = item.cost_per_take.value, _BEGIN + 37 * number
    charged = due
    if happened == "sound":  # the request went out with sound
        options = {**item.options, "duration": int(item.options["duration"]), "sound": "on"}
        charged = kc.price(item.model, **options).cost_per_take.value  # type: ignore[arg-type]
    amount = float(plain_text(charged))  # float: as JSON bodies are written
    beside = {"provider": item.provider, "stage": "create"}
    if item.provider == "kling3api":
        task = f"{'n71' if item.model.startswith('o3') else 'n75'}{number:06d}sample"
        consumed = 400 if happened == "mute" else int(due)
        final = kling3api(task, consumed, created_at="2025-11-20T01:00:00Z", type=item.model)
        return [wrapped(item.job_id or "", kling3api(task, consumed, "IN_PROGRESS"), **beside), final]
    task = f"task-unified-{created}-{number:04d}"
    seconds = int(item.options["duration"]) if "duration" in item.options else None
    facts: Line = {"created": created, "model": item.model, "seconds": seconds, "rule": item.charge.billing_rule}
    first = wrapped(item.job_id or "", evolink(task, amount, "pending", **facts), **beside)
    if happened == "open":
        return [first, evolink(task, amount, "processing", **facts)]
    if happened == "back":
        return [first, evolink(task, 0, "failed", **facts)]
    return [first, evolink(task, amount, "failed" if happened == "kept" else "completed", **facts)]
