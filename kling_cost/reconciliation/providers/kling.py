"""The official API's answers: task queries, lists and callbacks, in the older form and in that of API 2.0.

Sources: Kling AI's developer documentation. The older form has `task_id`, `task_status`, `final_unit_deduction` and
`final_balance_deduction`; API 2.0 has `id`, `status` and `billing`. Callbacks are the bare task, without `code` and
`data`. Amounts are written as text: in units, or in money after the account's discount beside the list price.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.amounts import EXACT
from kling_cost.reconciliation.answers.answer import Facts, RequestFact, usable
from kling_cost.reconciliation.providers.answer_schema import (
    NUMBER,
    Body,
    Statement,
    Taker,
    created_at,
    is_success,
    refusal_in,
    seconds_out,
    shared,
    text,
)

PROVIDER = "kling"
_UNIT, _CASH = "unit", "cash"
_OF_OTHERS = frozenset({"usage", "object", "model", "task_info", "urls"})  # what a task of API 2.0 does not have
_MARKS = frozenset({"create_time", "external_id"})  # what nobody else writes into a task
_PAGES = ("tasks", "items", "list")
_NOTHING = Decimal(0)


class _Entry(NamedTuple):
    """One entry of what was taken: where it stands, and in what."""

    field: str
    kind: str
    amount: Any
    list_price: Any = None
    currency: Any = None


class _Taken(NamedTuple):
    """What was taken: in units, and in money beside them."""

    units: Decimal | None = None
    money: Decimal | None = None
    list_price: Decimal | None = None
    currency: str | None = None


def is_answer(body: Body) -> bool:
    """Whether a body looks like an answer of this provider.

    >>> is_answer({"code": 0, "data": {"task_id": "8", "task_status": "succeed", "final_unit_deduction": "4.5"}})
    True
    >>> is_answer({"id": "9", "status": "succeeded", "create_time": 1790605869865, "billing": []})
    True
    >>> is_answer({"id": "task-unified-1", "status": "completed", "usage": {"credits_used": 27}})
    False
    """
    if is_task(body):
        return True
    data, code = _unpaged(body.get("data")), body.get("code")
    items = data if isinstance(data, list) else [data]
    if code in (0, "0") and all(map(_is_plain, items)):
        return True
    if any(isinstance(item, dict) and is_task(item) for item in items):
        return True
    return "request_id" in body and "code" in body and refusal_in(body) is not None


def is_task(item: Body) -> bool:
    """Whether an object is a task as only this provider writes it."""
    if "task_status" in item:
        return True
    billing = item.get("billing")
    entries = billing if isinstance(billing, list) else []
    if any(isinstance(entry, dict) and "charge_type" in entry for entry in entries):
        return "id" in item
    return (isinstance(billing, list) or not _MARKS.isdisjoint(item)) and _is_plain(item)


def _is_plain(item: Any) -> bool:
    """Whether this is an object with `id` and `status`, without what others write."""
    return isinstance(item, dict) and item.keys() >= {"id", "status"} and _OF_OTHERS.isdisjoint(item)


def _unpaged(data: Any) -> Any:
    """The tasks of one page of a list, with or without the mark of the next page beside them."""
    if not isinstance(data, dict) or "id" in data or "task_id" in data:
        return data
    return next((page for key in _PAGES if isinstance(page := data.get(key), list) and page), data)


def read(body: Body, to: Taker, stage: str | None, small_unit: bool) -> bool:
    """Hand on what a body says; False where it says nothing that is known."""
    data = _unpaged(body.get("data"))
    if isinstance(data, list) and ("code" not in body or is_success(body["code"])):
        to.listing()
        read_well = [isinstance(item, dict) and _task(item, "", to, stage, small_unit) for item in data]
        return all(read_well)  # one that is no task hides no other
    item, path = (data, "data.") if isinstance(data, dict) else (body, "")
    if _task(item, path, to, stage, small_unit):
        return True
    refused = refusal_in(body)
    if refused is not None:
        to.refusal(*refused)
    return refused is not None


def _task(item: Body, path: str, to: Taker, stage: str | None, small_unit: bool) -> bool:
    """Hand on one task; False where this is none."""
    older = "task_status" in item or "task_id" in item
    if not older and not item.keys() >= {"id", "status"}:
        return False
    statement = Statement(path)
    taken = _sum(list(_older_entries(item) if older else _entries(item)), statement)
    facts = Facts(
        PROVIDER,
        text(item.get("task_status" if older else "status")),
        stage,
        taken=taken.units,
        request_facts=_request_facts(item, path),
        unusable=tuple(statement.unusable),
        small_unit=small_unit,
        money=taken.money,
        list_price=taken.list_price,
        money_in=taken.currency,
    )
    info = item.get("task_info")
    own = info.get("external_task_id") if isinstance(info, dict) else item.get("external_id")
    created = created_at(item.get("created_at" if older else "create_time"))
    to.task(item.get("task_id" if older else "id"), shared(facts), created, None, text(own))
    return True


def _older_entries(item: Body) -> Iterator[_Entry]:
    units, balance = item.get("final_unit_deduction"), item.get("final_balance_deduction")
    if units is not None:
        yield _Entry("final_unit_deduction", _UNIT, units)
    if isinstance(balance, dict) and (balance.get("quota"), balance.get("list_price")) != (None, None):
        get = balance.get
        yield _Entry("final_balance_deduction.quota", _CASH, get("quota"), get("list_price"), get("currency"))
    elif balance and not isinstance(balance, dict):
        yield _Entry("final_balance_deduction", "", balance)


def _entries(item: Body) -> Iterator[_Entry]:
    billing = item.get("billing")
    if billing and not isinstance(billing, list):
        yield _Entry("billing", "", billing)
        return
    for number, entry in enumerate(billing or ()):
        if not isinstance(entry, dict):
            yield _Entry(f"billing[{number}]", "", entry)
            continue
        kind = (text(entry.get("charge_type")) or "").casefold()
        if kind in (_UNIT, _CASH):
            get = entry.get
            yield _Entry(f"billing[{number}].amount", kind, get("amount"), get("list_price"), get("currency"))
        else:
            yield _Entry(f"billing[{number}].charge_type", "", entry.get("charge_type"))


def _sum(entries: list[_Entry], statement: Statement) -> _Taken:
    """Units, money, its list price and its currency; nothing at all where one entry cannot be used."""
    units = money = listed = _NOTHING
    currencies: set[str] = set()
    for entry in entries:
        amount = _amount(entry, statement)
        if amount is None:
            continue
        if entry.kind == _UNIT:
            units = EXACT.add(units, amount)
        else:
            price = _list_price(entry, amount)
            money, listed = EXACT.add(money, amount), EXACT.add(listed, price)
            currencies |= _currency(entry, amount or price)
    if statement.unusable or not entries:
        return _Taken()
    if all(entry.kind == _UNIT for entry in entries):
        return _Taken(units)
    return _Taken(units, money, listed, " + ".join(sorted(currencies)) or None)


def _amount(entry: _Entry, statement: Statement) -> Decimal | None:
    """The amount of an entry; None for one that is null, unusable, or of an unknown kind."""
    amount = statement.amount(entry.field, _number(entry.amount)) if entry.kind else None
    if amount is None and not statement.unusable:
        statement.reject(entry.field, entry.amount)
    return amount


def _list_price(entry: _Entry, amount: Decimal) -> Decimal:
    price = usable(_number(entry.list_price))
    return amount if price is None else price


def _currency(entry: _Entry, money: Decimal) -> set[str]:
    """The currency that an entry of money names."""
    return {(text(entry.currency) or "?").strip().upper()} if money and entry.currency is not None else set()


def _request_facts(item: Body, at: str) -> tuple[RequestFact, ...]:
    """The seconds of what came out."""
    result = item.get("task_result")
    videos = result.get("videos") if isinstance(result, dict) else None
    seconds_at: dict[str, str] = {}
    for path, outputs in (("task_result.videos", videos), ("outputs", item.get("outputs"))):
        for number, output in enumerate(outputs if isinstance(outputs, list) else ()):
            if isinstance(output, dict) and output.get("type", "video") == "video":
                seconds = seconds_out(output.get("duration"))
                if seconds is not None:
                    seconds_at.setdefault(seconds, f"{at}{path}[{number}].duration")
    return tuple(RequestFact("duration_differs", "duration", field, seconds) for seconds, field in seconds_at.items())


def _number(value: Any) -> Any:
    """This provider writes its numbers as text."""
    return Decimal(value) if isinstance(value, str) and NUMBER.fullmatch(value) else value
