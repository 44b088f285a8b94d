"""Which job a task belongs to: by what is named, or because only one fits; nothing is guessed."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import kling_cost as kc
from kling_cost.reconciliation.findings.finding_text import finding_sentence
from kling_cost.results.document_types import ESTIMATE, estimate_sha256
from tests.reconciliation.samples import FOG, Line, evolink, job, kinds, kling3api, outcome, wrapped
from tests.reconciliation.sheets import job_rows

LONG = {**FOG, "duration": 10}


@pytest.mark.parametrize("way", ["object", "sheet", "frame"])
def test_ids_are_one_however_their_accents_are_encoded(way: str, tmp_path: Path) -> None:
    """macOS writes names of files decomposed."""
    told, task = "\u1112\u1161\u11ab-cafe\u0301", "ta\u0308sk"
    jobs = [job("\ud55c-caf\u00e9", takes=2)]
    rows = [{"job_id": told, "task_id": task, "status": "completed", "credits": 27},
            {"job_id": "\ud55c-caf\u00e9", "task_id": "t\u00e4sk", "status": "completed", "credits": 27}]  # fmt: skip
    if way == "frame":
        frame = kc.reconcile_frame(pd.DataFrame(list(job_rows(jobs))), pd.DataFrame(rows))
        assert frame[["task_id", "findings"]].values.tolist() == [
            ["t\u00e4sk", "duplicate_response"], [pd.NA, "missing_response"],
        ]  # fmt: skip
        return
    if way == "sheet":
        pd.DataFrame(rows).to_csv(tmp_path / "a.csv", index=False)
        answers: Any = kc.read_responses(tmp_path / "a.csv")
    else:
        answers = [wrapped(row["job_id"], evolink(row["task_id"], 27)) for row in rows]
    result = outcome(jobs, answers) if way == "object" else kc.reconcile(kc.estimate(jobs), answers)
    assert [(f.kind, f.task_id) for f in result.findings] == [
        ("duplicate_response", "t\u00e4sk"), ("missing_response", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "written", ["Hero-01", "hero_01", "ｈｅｒｏ－０１", "hеrо-01", "hero-0l", "hero 01", "hero\u200b-01"]
)
def test_an_id_that_looks_like_a_jobs_is_no_job_and_is_told(written: str) -> None:
    result = outcome(job("hero-01"), wrapped(written, evolink("t", 27)))
    orphan = next(f for f in result.findings if f.kind == "orphan_response")
    assert finding_sentence(orphan).hint == "write both ids the same way: it looks like the job hero-01"
    plain = outcome(job("hero-01"), wrapped("hero-02", evolink("t", 27)))
    assert finding_sentence(next(f for f in plain.findings if f.kind == "orphan_response")).hint == ""


def rows(result: kc.Reconciliation) -> list[tuple[Any, ...]]:
    return [(t.job_id, t.task_id, t.matched_by) for t in result.tasks]


def test_a_status_answer_follows_the_task_that_the_creation_answer_named() -> None:
    result = outcome(job(), [wrapped("a", evolink("t", 27, "pending")), evolink("t", 27)])
    assert rows(result) == [("a", "t", "job_id")]
    assert result.tasks[0].status == "completed"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("j.jsonl", '{"job_id": "a", "task_id": "t", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}'),
        ("j.csv", "job_id,task_id,model,prompt\na,t,kling-v3-text-to-video,Fog\n"),
        ("j.yaml", "jobs:\n  - {job_id: a, task_id: t, model: kling-v3-text-to-video, prompt: Fog}\n"),
        ("k.yaml", "jobs:\n  - {job_id: a, task_id: [t], request: {model: kling-v3-text-to-video, prompt: Fog}}\n"),
    ],
)
def test_the_jobs_file_may_name_the_task(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    estimate = kc.estimate(kc.read_jobs(tmp_path / name))
    assert not estimate.left_out, [str(p) for p in estimate.problems]
    assert rows(kc.reconcile(estimate, evolink("t", 27))) == [("a", "t", "task_id")]


def test_a_cell_may_name_the_tasks_of_several_takes(tmp_path: Path) -> None:
    (tmp_path / "j.csv").write_text(
        "job_id,task_id,takes,model,prompt\na,t-1; t-2,2,kling-v3-text-to-video,Fog\n", encoding="utf-8"
    )
    estimate = kc.estimate(kc.read_jobs(tmp_path / "j.csv"))
    result = kc.reconcile(estimate, [evolink("t-2", 27), evolink("t-1", 27)])
    assert [(t.task_id, t.matched_by) for t in result.tasks] == [("t-1", "task_id"), ("t-2", "task_id")]


def test_task_ids_survive_in_a_stored_estimate(tmp_path: Path) -> None:
    estimate = kc.estimate([job(task_id="t")])
    kc.write_report(tmp_path / "e.json", estimate)
    from kling_cost.io.json_text import json_bytes

    (tmp_path / "e.json").write_bytes(json_bytes(ESTIMATE.json(estimate)))
    stored = kc.read_estimate(tmp_path / "e.json")
    assert rows(kc.reconcile(stored, evolink("t", 27))) == [("a", "t", "task_id")]
    assert kc.reconcile(stored, []).estimate_sha256 == estimate_sha256(estimate) == estimate_sha256(stored)


def test_a_creation_answer_finds_the_one_job_of_its_model_and_seconds() -> None:
    result = outcome([job("a"), job("b", LONG)], evolink("t", 81, "pending", seconds=10))
    assert [r for r in rows(result) if r[1]] == [("b", "t", "alike")]
    assert kinds(result) == ["missing_response", "over_reserved", "still_open"]


def test_price_breaks_a_tie_and_nothing_more() -> None:
    loud = {**FOG, "sound": "on"}
    jobs = [job("a"), job("b", loud)]
    assert rows(outcome(jobs, evolink("t", 40.5, "pending")))[1] == ("b", "t", "alike")
    assert rows(outcome(jobs, evolink("t", 270000, "pending")))[0] == ("a", "t", "alike")
    assert "orphan_response" in kinds(outcome(jobs, evolink("t", 33, "pending")))


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        (evolink("t", 27, "completed"), {}),  # no creation answer
        (evolink("t", 27, "processing"), {}),  # has progressed
        (evolink("t", 27, "pending", seconds=9), {}),  # of no job
        (evolink("t", 27, "pending", model="kling-v3-image-to-video"), {}),
        (evolink("t", 27, "pending"), {"stage": "status"}),
    ],
)
def test_anything_else_is_an_orphan(body: Line, changed: Line) -> None:
    result = outcome(job(), {**changed, "response": body} if changed else body)
    assert kinds(result) == ["missing_response", "orphan_response"]
    assert result.totals[0].orphans == 27
    assert result.totals[0].reported == 0


def test_a_stage_that_is_given_makes_a_creation_answer() -> None:
    body = {"stage": "create", "response": evolink("t", 27, "processing")}
    assert rows(outcome(job(), body)) == [("a", "t", "alike")]


@pytest.mark.parametrize(("task", "job_id"), [("n75x", "standard"), ("n71x", "o3"), ("else", None)])
def test_the_beginning_of_an_id_tells_jobs_of_one_price_apart(task: str, job_id: str | None) -> None:
    jobs = [
        job("standard", {"type": "std-text-to-video", "prompt": "Fog", "duration": 4, "sound": True}),
        job("o3", {"type": "o3-pro-text-to-video", "prompt": "Fog", "duration": 5}),
    ]
    result = outcome(jobs, kling3api(task, 240, "IN_PROGRESS"))
    assert [(r[0], r[2]) for r in rows(result) if r[1]] == ([(job_id, "alike")] if job_id else [])
    alone = outcome(jobs[:1], kling3api(task, 240, "IN_PROGRESS"))
    assert [r[0] for r in rows(alone) if r[1]] == ([] if job_id == "o3" else ["standard"])


@pytest.mark.parametrize("stage", ["create", "status", None])
@pytest.mark.parametrize(
    "body",
    [
        evolink("t", 27, "processing"),
        {"data": [evolink("t", 27, "processing")]},
        kling3api("t", 100, "IN_PROGRESS"),
        {"code": 200, "message": "success", "data": [kling3api("t", 100, "IN_PROGRESS")["data"]]},
        {"code": 0, "data": {"task_id": "t", "task_status": "processing", "task_info": {}}},
        {"code": 0, "data": [{"task_id": "t", "task_status": "processing", "task_info": {}}]},
        {"code": 0, "data": {"id": "t", "status": "processing", "billing": []}},
        {"code": 0, "data": [{"id": "t", "status": "processing", "billing": []}]},
    ],
    ids=lambda body: f"{'list' if isinstance(body['data'], list) else 'task'}" if "data" in body else "alone",
)
def test_a_stage_that_is_given_is_kept_with_every_task_of_every_provider(body: Line, stage: str | None) -> None:
    read = kc.read_responses([{"response": body, **({"stage": stage} if stage else {})}])
    assert read.problems == []
    found = [answer for tasks in read.tasks.values() for answer in tasks.values()]
    assert [answer.facts.stage for answer in found] == [stage]


def test_as_many_answers_as_jobs_alike_are_paired_in_order() -> None:
    jobs = [job(name) for name in "abc"]
    answers = [evolink(f"t-{n}", 27, "pending", created=100 - n) for n in range(3)]
    expected = [("a", "t-2", "alike"), ("b", "t-1", "alike"), ("c", "t-0", "alike")]
    for order in itertools.permutations(answers):
        assert rows(outcome(jobs, list(order))) == expected


def test_fewer_answers_than_jobs_alike_are_paired_with_none() -> None:
    result = outcome([job("a"), job("b")], evolink("t", 27, "pending"))
    assert kinds(result) == ["missing_response", "missing_response", "orphan_response"]


def test_answers_of_one_job_fill_its_takes_and_one_more_is_too_many() -> None:
    answers = [evolink(f"t-{n}", 27, "pending", created=n) for n in range(3)]
    result = outcome(job(takes=2), answers)
    assert rows(result) == [("a", "t-0", "alike"), ("a", "t-1", "alike"), ("a", "t-2", "alike")]
    assert [f.task_id for f in result.findings if f.kind == "duplicate_task"] == ["t-2"]
    assert result.totals[0].variance == 27


def test_answers_without_a_model_fit_by_the_beginning_of_their_id() -> None:
    o3 = {"type": "o3-pro-text-to-video", "prompt": "Fog", "duration": 5}
    pro = {"type": "pro-text-to-video", "prompt": "Fog", "duration": 5, "sound": True}
    jobs = [job("o3", o3), job("pro", pro)]
    answers = [kling3api("n75x", 400, "IN_PROGRESS"), kling3api("n71x", 240, "IN_PROGRESS")]
    assert rows(outcome(jobs, answers)) == [("o3", "n71x", "alike"), ("pro", "n75x", "alike")]


def test_an_id_that_two_jobs_claim_belongs_to_the_first() -> None:
    answers = [wrapped("b", evolink("t", 27)), wrapped("a", evolink("t", 27))]
    for order in (answers, answers[::-1]):
        result = outcome([job("a"), job("b")], order)
        assert rows(result) == [("a", "t", "job_id"), ("b", None, None)]
        assert [(f.kind, f.job_id, f.task_id) for f in result.findings] == [
            ("missing_response", "b", None), ("task_id_reused", "b", "t"),
        ]  # fmt: skip
        assert result.totals[0].reported == 27


def test_a_file_and_an_answer_may_claim_for_different_jobs() -> None:
    result = outcome([job("a"), job("b", task_id="t")], wrapped("a", evolink("t", 27)))
    assert rows(result) == [("a", "t", "job_id"), ("b", None, None)]
    result = outcome([job("b", task_id="t"), job("a")], wrapped("a", evolink("t", 27)))
    assert rows(result) == [("b", "t", "task_id"), ("a", None, None)]


def test_of_two_jobs_that_claim_a_task_the_one_of_its_provider_has_it() -> None:
    eagle = {"type": "pro-text-to-video", "prompt": "Eagle", "duration": 5, "sound": True}
    answers = [wrapped("a", kling3api("n75x", 400)), wrapped("k", kling3api("n75x", 400))]
    result = outcome([job("a"), job("k", eagle)], answers)
    assert [r for r in rows(result) if r[1]] == [("k", "n75x", "job_id")]
    assert [(f.kind, f.job_id) for f in result.findings if f.kind != "missing_response"] == [("task_id_reused", "a")]


def test_a_job_that_nobody_knows_claims_nothing() -> None:
    result = outcome(job("a"), [wrapped("a", evolink("t", 27)), wrapped("x", evolink("t", 27))])
    assert rows(result) == [("a", "t", "job_id")]
    assert {(f.kind, f.job_id) for f in result.findings} == {("task_id_reused", "x")}
    result = outcome(job("a"), wrapped("x", evolink("t", 27)))
    assert [(f.kind, f.job_id, f.task_id) for f in result.findings] == [
        ("missing_response", "a", None), ("orphan_response", "x", "t"),
    ]  # fmt: skip


def test_a_job_without_a_line_item_is_known_and_stands_apart() -> None:
    jobs = [job("bad", {**FOG, "duration": 16}), job("a"), job("unknown", {"model": "kling-v9", "prompt": "x"})]
    answers = [wrapped(name, evolink(f"t-{name}", 27)) for name in ("bad", "a", "unknown")]
    result = outcome(jobs, answers)
    assert [(f.kind, f.job_id) for f in result.findings] == [("not_estimated", "bad"), ("not_estimated", "unknown")]
    assert (result.totals[0].orphans, result.totals[0].reported, result.partial) == (54, 27, True)
    assert result.exit_code == 5
    both = [wrapped("bad", evolink("t", 27)), wrapped("a", evolink("t", 27))]
    assert [(f.kind, f.job_id) for f in outcome(jobs[:2], both).findings] == [
        ("missing_response", "a"), ("task_id_reused", "a"), ("not_estimated", "bad"),
    ]  # fmt: skip
    assert rows(outcome([jobs[1], jobs[0]], both)) == [("a", "t", "job_id")]
    named = outcome([job("bad", {**FOG, "duration": 16}, task_id="t")], evolink("t", 27))
    assert kinds(named) == ["not_estimated"]


def test_an_answer_of_another_provider_is_none_of_the_job() -> None:
    result = outcome(job("a"), wrapped("a", kling3api("n75x", 400)))
    assert kinds(result) == ["missing_response", "orphan_response"]
    assert [(t.provider, t.reported, t.orphans) for t in result.totals] == [("evolink", 0, 0), ("kling3api", 0, 400)]


def test_answers_that_name_only_the_job_are_one_task_of_it() -> None:
    body = {"status": "completed", "usage": {"credits_reserved": 27}}
    result = outcome(job(), wrapped("a", body))
    assert rows(result) == [("a", None, "job_id")]
    assert kinds(result) == []


def test_an_answer_without_provider_joins_the_task_that_has_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("task_id,status,credits\nt,completed,27\n", encoding="utf-8")
    (tmp_path / "b.json").write_text('{"job_id": "a", "response": {"id": "t", "status": "pending", "usage": {}}}')
    result = kc.reconcile(kc.estimate([job()]), kc.read_responses(tmp_path / "a.csv", tmp_path / "b.json"))
    assert rows(result) == [("a", "t", "job_id")]
    assert (kinds(result), result.tasks[0].reported) == ([], 27)


TAKES = [
    # (what came of each task: amount and status), takes, (task of each row, findings of each row)
    ([(27, "completed"), (27, "completed")], 2, ["t-0", "t-1"], ["", ""]),
    ([(0, "failed"), (27, "completed")], 1, ["t-1", "t-0"], ["", ""]),  # a retry is no fault
    ([(0, "failed"), (27, "completed")], 2, ["t-1", "t-0"], ["", ""]),
    ([(0, "failed")], 1, ["t-0"], [""]),
    ([(0, "failed"), (0, "failed")], 1, ["t-0", "t-1"], ["", ""]),
    ([(27, "failed"), (27, "completed")], 1, ["t-0", "t-1"], ["failed_not_refunded", "duplicate_task"]),
    ([(None, "completed"), (27, "completed")], 1, ["t-1", "t-0"], ["", "invalid_amount,duplicate_task"]),
    ([(None, "completed"), (0, "failed"), (27, "completed")], 2, ["t-2", "t-0", "t-1"], ["", "invalid_amount", ""]),
    ([(27, "completed")], 3, ["t-0", None, None], ["", "missing_response", "missing_response"]),
    ([], 2, [None, None], ["missing_response", "missing_response"]),
]


@pytest.mark.parametrize(("came", "takes", "tasks", "findings"), TAKES)
def test_tasks_fill_the_takes(came: list[Any], takes: int, tasks: list[str | None], findings: list[str]) -> None:
    answers = [wrapped("a", evolink(f"t-{n}", *what, created=n)) for n, what in enumerate(came)]
    for order in itertools.permutations(answers):
        result = outcome(job(takes=takes), list(order))
        assert [t.task_id for t in result.tasks] == tasks
        assert [",".join(t.findings) for t in result.tasks] == findings
        assert [t.estimated for t in result.tasks] == [27] * takes + [0] * (len(tasks) - takes)
        total = result.totals[0]
        assert total.estimated == 27 * takes
        assert total.estimated - total.estimated_without_amount + total.variance == total.reported


def test_millions_of_takes_without_answer_take_no_room() -> None:
    result = outcome([job(str(n), takes=10_000) for n in range(2_000)], [])
    assert len(result.tasks) == 20_000_000
    assert result.tasks[19_999_999].job_id == "1999"
    assert result.tasks[-1] == result.tasks[19_999_999]
    with pytest.raises(IndexError):
        result.tasks[20_000_000]
    assert len(result.findings) == 2_000
    assert result.totals[0].without_amount == 20_000_000
