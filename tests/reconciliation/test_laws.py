"""Laws that hold for any answers at all, hostile ones among them: nothing crashes, no amount is invented."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.io.json_text import json_bytes
from kling_cost.messages.finding_messages import KINDS
from kling_cost.results.document_types import RECONCILIATION
from tests.reconciliation.planted import Generator
from tests.reconciliation.samples import EAGLE, FOG, Line, evolink, job, kling3api
from tests.reconciliation.test_planted import line
from tests.schemas import validate

JOBS = [job("a"), job("b", takes=2), job("c", {**FOG, "sound": "on"}), job("k", EAGLE, task_id="n75k"),
        job("bad", {**FOG, "duration": 16}),
        job("o", {"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "off"}, takes=2)]  # fmt: skip
PLAN = kc.estimate(JOBS)

amounts = st.one_of(
    st.sampled_from([0, 27, 27.0, 40.5, 270000, 35.991, 13.5, 1, 405000, None, "27", True, -1, [], {}]),
    st.decimals(0, 100, places=4),
    st.integers(0, 10**7),
)
texts = st.sampled_from(["a", "b", "c", "k", "o", "bad", "x", None])
tasks = st.sampled_from(["t-1", "t-2", "t-3", "n75k", "n71k"])
statuses = st.sampled_from(["pending", "processing", "completed", "failed", "cancelled", "SUCCESS", "what"])


money = st.sampled_from(["0", "3", "0.399", "0.42", "1.5", "x", None, 3, -1])


@st.composite
def official(draw: Any) -> Line:
    """A task as the official API writes it, in either of its forms."""
    created = draw(st.integers(0, 3))
    if draw(st.booleans()):
        status = draw(st.sampled_from(["submitted", "succeed", "failed"]))
        older = {"task_id": draw(tasks), "task_status": status, "created_at": created}
        if draw(st.booleans()):
            older["task_info"] = {"external_task_id": draw(texts)}
        if draw(st.booleans()):
            older["final_unit_deduction"] = draw(money)
        if draw(st.booleans()):
            older["final_balance_deduction"] = {"quota": draw(money), "list_price": draw(money)}
        return older
    status = draw(st.sampled_from(["submitted", "succeeded", "failed", "what"]))
    kinds = st.sampled_from(["unit", "cash", "points"])
    entry = st.fixed_dictionaries(
        {"charge_type": kinds, "amount": money},
        optional={"list_price": money, "currency": st.sampled_from(["USD", "CNY"])},
    )
    newer = {"id": draw(tasks), "status": status, "create_time": created, "external_id": draw(texts)}
    return {**newer, "billing": draw(st.lists(entry, max_size=2))}


@st.composite
def answers(draw: Any) -> Line:
    """One answer of any provider, any standing, for any job; alone or in a list."""
    if draw(st.integers(0, 2)) == 0:
        task = draw(official())
        listed = [task, *draw(st.lists(official(), max_size=2))]
        body = draw(st.sampled_from([task, {"code": 0, "data": task}, {"code": 0, "data": listed}]))
    elif draw(st.booleans()):
        body = evolink(draw(tasks), draw(amounts), draw(statuses), created=draw(st.integers(0, 3)))
        if draw(st.booleans()):
            body["usage"]["credits_used"] = draw(amounts)
        if draw(st.booleans()):
            refund = draw(st.sampled_from(["completed", "pending"]))
            body["billing"] = {"refund_status": refund, "refunded_credits": draw(amounts)}
        if draw(st.integers(0, 3)) == 0:
            body = {"data": [body]}
    else:
        body = kling3api(draw(tasks), draw(amounts), draw(st.sampled_from(["IN_PROGRESS", "SUCCESS", "FAILED"])))
    return {"job_id": draw(texts), "response": body} if draw(st.booleans()) else body


@given(st.lists(answers(), max_size=12), st.randoms(use_true_random=False))
def test_whatever_is_answered_it_adds_up_and_order_and_repetition_do_not_matter(given_: list[Line], order: Any) -> None:
    result = kc.reconcile(PLAN, kc.read_responses(given_))
    for total in result.totals:
        assert total.estimated - total.estimated_without_amount + total.variance == total.reported
        assert total.over + total.under + total.given_back == total.variance
        rows = [task for task in result.tasks if task.provider == total.provider and task.currency == total.currency]
        assert sum((t.variance for t in rows if t.variance is not None), Decimal(0)) == total.variance
        assert sum((t.estimated for t in rows), Decimal(0)) == total.estimated
    assert len(result.tasks) >= sum(item.takes for item in PLAN.line_items)
    assert {finding.kind for finding in result.findings} <= set(KINDS)
    main = {"invalid_amount", "failed_not_refunded", "refund_unverified", "settled_differs", "over_reserved",
            "under_reserved", "over_consumed", "under_consumed", "discounted", "rounding"}  # fmt: skip
    for task in result.tasks:
        assert len([kind for kind in task.findings if kind in main]) <= 1
    again = [*given_, *given_]
    order.shuffle(again)
    repeated = kc.reconcile(PLAN, kc.read_responses(again))
    assert repeated.totals == result.totals
    assert told(repeated) == told(result)
    split = kc.reconcile(PLAN, kc.read_responses([part for body in given_ for part in parts_of(body)]))
    assert (split.totals, told(split)) == (result.totals, told(result))


def parts_of(body: Line) -> list[Line]:
    """An answer, or the parts of a list: as many lists of one task."""
    inner = body.get("response", body)
    if not isinstance(inner.get("data"), list):
        return [body]
    parts = [{**inner, "data": [item]} for item in inner["data"]]
    return [{**body, "response": part} for part in parts] if "response" in body else parts


def told(result: kc.Reconciliation) -> list[Any]:
    """Every finding but those about repetition, with its money."""
    return [
        (f.kind, f.severity, f.job_id, f.task_id, f.expected, f.reported, f.difference, f.explained_by)
        for f in result.findings
        if f.kind != "duplicate_response"
    ]


@settings(max_examples=25)
@given(st.lists(answers(), max_size=6))
def test_every_result_keeps_to_its_schema_and_is_read_back(given_: list[Line]) -> None:
    import tempfile

    result = kc.reconcile(PLAN, kc.read_responses(given_))
    data = json_bytes(RECONCILIATION.json(result))
    validate(json.loads(data), "reconciliation")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "o.json")
        path.write_bytes(data)
        assert json_bytes(RECONCILIATION.json(kc.read_reconciliation(path, PLAN))) == data


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["id", "status", "usage", "task_info", "billing", "model", "progress", "created", "data", "code", "error",
        "job_id", "provider", "stage", "response", "task_id", "request", "consumed_credits", "body", "task_status",
        "final_unit_deduction", "final_balance_deduction", "create_time", "external_id", "outputs",
        "task_result"]  # fmt: skip


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), json_values, max_size=8), max_size=5))
def test_no_body_crashes_and_none_is_money_without_a_number(bodies: list[Line]) -> None:
    result = kc.reconcile(PLAN, kc.read_responses(bodies))
    json_bytes(RECONCILIATION.json(result))
    if not any(any(isinstance(v, dict) for v in body.values()) for body in bodies):
        assert all(total.reported == 0 and total.orphans == 0 for total in result.totals)


def test_damaged_files_never_crash_and_never_gain_money(seed: int, tmp_path: Path) -> None:
    """Bytes of good files are changed, cut and doubled at random."""
    planted = Generator(seed, 30).out
    estimate = kc.estimate(planted.jobs)
    good = "".join(f"{line(record)}\n" for record in planted.lines).encode()
    pick = random.Random(seed)
    for _ in range(150):
        data = bytearray(good)
        for _ in range(pick.randint(1, 6)):
            at = pick.randrange(len(data))
            match pick.randrange(4):
                case 0:
                    data[at] = pick.randrange(256)
                case 1:
                    del data[at : at + pick.randint(1, 200)]
                case 2:
                    data[at:at] = bytes(pick.randrange(256) for _ in range(3))
                case 3:
                    data[at:at] = data[max(0, at - 300) : at]
        (tmp_path / "a.jsonl").write_bytes(data)
        result = kc.reconcile(estimate, kc.read_responses(tmp_path / "a.jsonl"))
        for total in result.totals:
            assert total.estimated - total.estimated_without_amount + total.variance == total.reported
        json_bytes(RECONCILIATION.json(result))


def test_a_task_with_very_many_answers_is_read_in_no_time() -> None:
    """Each is looked up; were they compared one by one, this would take an hour."""
    many = [evolink("t", n + 1, "processing") for n in range(20_000)]
    result = kc.reconcile(kc.estimate([job(task_id="t")]), kc.read_responses([*many, *many]))
    assert result.tasks[0].reported == 20_000
    assert [f.kind for f in result.findings] == [
        "over_reserved", "unit_scale", "conflicting_answers", "still_open", "duplicate_response",
    ]  # fmt: skip  # 10,000 UC would be the credit of an element
