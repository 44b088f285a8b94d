"""Bodies that no reader understands: what they look like, so that people know what to do with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kling_cost.jobs.field_names import folded
from kling_cost.problems import Listed, Problem, problem
from kling_cost.reconciliation.providers.answer_schema import Body, is_success

_QUOTES = frozenset({"estimate_id", "quote_id"})
_PACKS = "resource_pack_subscribe_infos"
#: What sellers call a task and where it stands, folded.
_TASK_WORDS = frozenset({"id", "taskid", "requestid", "predictionid", "jobid", "generationid", "status", "state"})
_NAMED = 8  # keys that are named
_INSIDE = ("data", "payload", "output", "result", "task")


def why_unread(body: Any, provider: str | None, candidates: Sequence[str] = ()) -> Problem:
    """What to say about a body that could not be read.

    Args:
        body: anything.
        provider: the provider that the caller names; None where nobody does.
        candidates: everybody whose answer it may be.

    >>> why_unread({"estimate_id": "e", "amount": "0.4"}, None).message
    'a price quote, not an answer about a task'
    >>> why_unread({"code": 200, "msg": "success", "data": {"taskId": "x"}}, None).message
    'the call succeeded (code 200), but its answer contains no readable task'
    """
    if not isinstance(body, dict):
        return problem("unreadable.no_answer")
    if provider is None and len(candidates) > 1:
        return problem("unreadable.several_sellers", sellers=Listed(list(candidates)))
    keys = _keys(body)
    if not _QUOTES.isdisjoint(keys):
        return problem("unreadable.price_quote")
    if _PACKS in keys:
        return problem("unreadable.account")
    if "code" in body and is_success(body["code"]):
        return problem("unreadable.success", answer=body["code"])
    if provider is None and _names_a_task(keys):
        return problem("unreadable.unknown_seller", keys=Listed(list(body)[:_NAMED]))
    return problem("unreadable.no_answer")


def _keys(body: Body) -> set[Any]:
    """The keys of a body, and of the objects inside it."""
    inside = [part for key in _INSIDE if isinstance(part := body.get(key), dict)]
    return set(body).union(*inside)


def _names_a_task(keys: Iterable[Any]) -> bool:
    return any(isinstance(key, str) and folded(key) in _TASK_WORDS for key in keys)
