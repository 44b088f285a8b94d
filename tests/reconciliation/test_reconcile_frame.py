"""Frames are reconciled to the rows that the objects give, on every engine, and one by one only where they must."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import kling_cost as kc
from kling_cost.jobs.bodies import Details, job_from_body
from kling_cost.jobs.providers import KINDS, PLAIN_VALUES
from kling_cost.problems import UsageError
from kling_cost.results.arrow_tables import schema_of
from kling_cost.results.record_types import TASK
from tests.engines import need_module
from tests.frame_engines import ENGINES, Engine, engines
from tests.reconciliation.planted import Generator
from tests.reconciliation.samples import FOG, Line, evolink, job, wrapped
from tests.reconciliation.sheets import answer_rows, arrow, as_text, frame_of, job_rows

SCHEMA = schema_of(TASK)

LOCAL = ("pandas", "pandas-objects", "pyarrow", "polars", "polars-lazy", "duckdb")
by_engine = pytest.mark.parametrize("engine", engines(*LOCAL))
SEEDS = 4
JOBS = 150


def object_way(jobs: pd.DataFrame, answers: pd.DataFrame, **options: Any) -> pd.DataFrame:
    return kc.reconcile(kc.estimate(jobs, **options), kc.read_responses(answers)).to_frame()


def hold(jobs: pd.DataFrame, answers: pd.DataFrame, engine: Engine | None = None) -> pd.DataFrame:
    """Hold the way of frames to the way of objects, and give what both say; an engine takes texts."""
    true = object_way(jobs, answers)
    if engine is None:
        assert_frame_equal(kc.reconcile_frame(jobs, answers), true)
    else:
        told = kc.reconcile_frame(engine.frame(arrow(jobs)), engine.frame(arrow(answers)))
        same(engine, told, true)
    return true


def same(engine: Engine, told: Any, true: pd.DataFrame) -> None:
    """Hold a frame of an engine to the true rows: their values, their types, their order."""
    table = engine.give(told)
    kinds = [pa.string() if kind == pa.large_string() else kind for kind in table.schema.types]
    assert kinds == SCHEMA.types
    assert table.column_names == SCHEMA.names
    assert table.to_pylist() == pa.Table.from_pandas(true, schema=SCHEMA, preserve_index=False).to_pylist()


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that are looked at one by one."""
    jobs: list[str] = []
    reconciled = sys.modules[kc.reconcile_frame.__module__]
    plain = reconciled.Reconciler

    def watched(estimate: kc.Estimate, *rest: Any) -> Any:
        jobs.extend(item.job_id or "" for item in estimate.line_items)
        return plain(estimate, *rest)

    monkeypatch.setattr(reconciled, "Reconciler", watched)
    return jobs


def planted(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    made = Generator(seed, JOBS).out
    return frame_of(job_rows(made.jobs)), frame_of(answer_rows(made.lines))


def doubled(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    return pd.concat([frame, frame]).sample(frac=1, random_state=seed % 2**32)


@pytest.mark.parametrize("number", range(SEEDS))
def test_planted_differences_are_found_as_by_objects(number: int, seed: int) -> None:
    jobs, answers = planted(seed + number)
    found = {kind for kinds in hold(jobs, answers)["findings"] for kind in kinds.split(",")}
    assert len(found) > 10, (seed, found)
    hold(jobs, doubled(answers, seed))
    hold(jobs.sample(frac=1, random_state=seed % 2**32), answers.sample(frac=1, random_state=seed % 2**32))


@by_engine
def test_every_engine_gives_the_rows_of_the_objects(engine: Engine, seed: int) -> None:
    jobs, answers = (as_text(frame) for frame in planted(seed + 100))
    hold(jobs, answers, engine)
    hold(jobs, doubled(answers, seed), engine)


@pytest.mark.parametrize("lost", ["task_id", "job_id", "provider", "created", "stage"])
def test_answers_may_lack_any_column(lost: str, seed: int) -> None:
    jobs, answers = planted(seed + 200)
    hold(jobs, answers.drop(columns=lost))
    hold(jobs, doubled(answers.drop(columns=lost), seed))


@by_engine
def test_the_example_of_every_kind_of_finding(engine: Engine, project: Path) -> None:
    jobs, answers = (
        [json.loads(line, parse_float=Decimal) for line in path.read_text(encoding="utf-8").splitlines()]
        for path in (project / "examples" / "responses" / name for name in ("jobs.jsonl", "answers.jsonl"))
    )
    rows = hold(as_text(frame_of(job_rows(jobs))), as_text(frame_of(answer_rows(answers))), engine)
    found = {kind for kinds in rows["findings"] for kind in kinds.split(",")}
    told_by_bodies_only = {"orphan_response", "not_estimated"}
    assert len(found) >= 18, found
    assert not found & told_by_bodies_only


def test_typed_columns_are_read_as_cells(seed: int) -> None:
    jobs, answers = planted(seed + 300)
    jobs = jobs.convert_dtypes()
    answers = answers.drop(columns=["reserved"]).convert_dtypes()
    hold(jobs, answers)
    answers["task_id"] = answers["task_id"].astype("category")
    answers["status"] = answers["status"].astype("category")
    hold(jobs, answers)


CELLS: dict[str, list[Any]] = {
    "job_id": ["a", "b", " a ", "c", "zzz", None, "frame:3", 7, 7.0, 1e18, True],
    "task_id": ["t", "u", "n71x", "n75x", "b", None, " ", 5, 1e18],
    "provider": ["evolink", "kling3api", "nobody", None],
    "stage": ["create", "status", "else", None],
    "status": ["pending", "completed", "failed", "SUCCESS", "Completed", "what", None],
    "credits": [27, 27.0, "27.00", Decimal("40.5"), 40.5, 0, 270_000, "x", -1, True, None],
    "settled": [27, 0, Decimal("27.000000000000004"), None],
    "refunded": [27, 6.75, None],
    "duration": [5, "5.0", 6, None],
    "user_group": ["default", "VIP", None],
    "created": [1, 2, "2", "1970-01-01", "soon", 1.5, None],
}
JOB_CELLS: dict[str, list[Any]] = {
    "job_id": ["a", "b", "c", " b", "frame:2", None, 7, 1e18],
    "model": ["kling-v3-text-to-video", "pro-text-to-video", "kling", None],
    "duration": [5, "5", 6, 16, None],
    "takes": [1, 2, 3, "many", None],
    "task_id": ["t", "u", "t, n75x", "b", 5, 1e18, None],
    "prompt": ["Fog", "Rain", "", "x" * 2600, None],
}


def rows_of(cells: dict[str, list[Any]], most: int) -> st.SearchStrategy[pd.DataFrame]:
    """Frames with some of the columns."""
    columns = st.lists(st.sampled_from(list(cells)), min_size=1, unique=True).map(
        lambda names: sorted({*names, "job_id"})
    )
    row = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in cells.items()})
    rows = st.lists(row, max_size=most)
    return st.builds(lambda rows, names: frame_of(rows).reindex(columns=names), rows, columns)


@settings(max_examples=300)
@given(rows_of(JOB_CELLS, 5), rows_of(CELLS, 10))
def test_whatever_frames_hold_the_rows_are_those_of_the_objects(jobs: pd.DataFrame, answers: pd.DataFrame) -> None:
    hold(jobs, answers)


@settings(max_examples=40)
@given(rows_of(JOB_CELLS, 5), rows_of(CELLS, 10), st.sampled_from([e for e in ENGINES if e.name in LOCAL]))
def test_whatever_texts_frames_hold_engines_agree(jobs: pd.DataFrame, answers: pd.DataFrame, engine: Engine) -> None:
    hold(as_text(jobs), as_text(answers), engine)


PLAIN = [job(name, {**FOG, "duration": 5 + at % 5}, takes=1 + at % 2) for at, name in enumerate("abcdefgh")]


def plain_answers() -> list[Line]:
    """As due, and two answers a task; `b` has two tasks, `d` and `h` lack one each."""
    tasks = [
        (one["job_id"], take)
        for one in PLAIN
        for take in range(one["takes"])
        if (one["job_id"], take) not in {("d", 1), ("h", 1)}
    ]
    return [
        wrapped(name, evolink(f"{name}-{take}", 27, status))
        for name, take in tasks
        for status in ("pending", "completed")
    ]


def test_plain_sets_are_never_looked_at_one_by_one(one_by_one: list[str]) -> None:
    jobs, answers = frame_of(job_rows(PLAIN)), frame_of(answer_rows(plain_answers()))
    assert hold(jobs, answers)["findings"].str.contains("missing_response").sum() == 2
    assert one_by_one == []


@pytest.mark.parametrize(
    ("more", "jobs"),
    [
        ([wrapped("a", evolink("c-0", 27, "completed"))], ["a", "c"]),  # two jobs claim a task
        ([wrapped("a", evolink("z", 27, "completed")), wrapped("f", evolink("z", 27, "failed"))], ["a", "f"]),
        ([evolink("z", 27, "pending")], ["d", "h"]),  # it may be that of any job with room
        ([evolink("z", 27, "completed")], []),  # it is nobody's
        ([wrapped("zzz", evolink("z", 27, "pending"))], []),
    ],
)
def test_only_what_looks_across_tasks_is_looked_at_one_by_one(
    more: list[Line], jobs: list[str], one_by_one: list[str]
) -> None:
    hold(frame_of(job_rows(PLAIN)), frame_of(answer_rows([*plain_answers(), *more])))
    assert one_by_one[-len(jobs) :] == jobs if jobs else one_by_one == []


def test_planted_sets_are_looked_at_one_by_one_nowhere(one_by_one: list[str], seed: int) -> None:
    """Every way in which a single task can go is judged at once, by its distinct case."""
    jobs, answers = planted(seed + 400)
    hold(jobs, answers)
    assert one_by_one == []


ROWS: dict[str, list[Line]] = {
    "an id that two providers use, one for a task that may be anybody's": [
        {"job_id": "zzz", "task_id": "z", "provider": "kling3api", "status": "SUCCESS", "credits": 270},
        {"task_id": "z", "provider": "evolink", "status": "pending", "credits": 27},
    ],
    "an answer without provider, of a task that has one": [
        {"job_id": "d", "task_id": "z", "provider": "evolink", "status": "pending", "credits": 27},
        {"task_id": "z", "status": "completed", "credits": 40.5},
    ],
    "a job called as a task of another, answered twice": [
        {"job_id": "d", "status": "completed", "credits": 27},
        {"job_id": "d", "status": "completed", "credits": 27},
        {"job_id": "h", "task_id": "d", "status": "completed", "credits": 27},
    ],
    "a task called as a job, answered twice": [
        {"job_id": "d", "status": "completed", "credits": 27},
        {"job_id": "h", "task_id": "d", "status": "completed", "credits": 27},
        {"job_id": "h", "task_id": "d", "status": "completed", "credits": 27},
    ],
    "a task called as an unknown job, answered twice": [
        {"job_id": "zzz", "status": "completed", "credits": 27},
        {"job_id": "zzz", "status": "completed", "credits": 27},
        {"job_id": "h", "task_id": "zzz", "status": "completed", "credits": 27},
    ],
    "the same answer written in two ways": [
        {"job_id": "d", "task_id": "z", "status": "completed", "credits": "27"},
        {"job_id": "d", "task_id": "z", "status": "completed", "credits": "27.0"},
    ],
    "the same answer at two times": [
        {"job_id": "d", "task_id": "z", "status": "completed", "credits": 27, "created": 1},
        {"job_id": "d", "task_id": "z", "status": "completed", "credits": 27, "created": 2},
    ],
    "the same answer, named once": [
        {"job_id": "d", "task_id": "z", "status": "completed", "credits": 27},
        {"task_id": "z", "status": "completed", "credits": 27},
    ],
    "the same answer, named by jobs of which two are unknown": [
        {"job_id": name, "task_id": "z", "status": "completed", "credits": 27} for name in ("d", "yyy", "zzz")
    ],
    "tasks that failed and cost nothing, beside one that did not and one beyond": [
        {"job_id": "d", "task_id": f"z{at}", "status": status, "credits": credits, "created": 9 - at}
        for at, (status, credits) in enumerate(
            [("failed", 0), ("completed", 27), ("failed", 0), ("completed", None), ("completed", 27)]
        )
    ],
    "a task that a left-out job claims as well": [
        {"job_id": "bad", "task_id": "z", "status": "completed", "credits": 27},
        {"job_id": "d", "task_id": "z", "status": "completed", "credits": 27},
    ],
    "a task of another provider than the job's": [
        {"job_id": "d", "task_id": "n75z", "provider": "kling3api", "status": "SUCCESS", "credits": 270},
    ],
}


@pytest.mark.parametrize("case", ROWS)
def test_what_is_seldom(case: str) -> None:
    jobs = frame_of(job_rows([job("bad", {**FOG, "duration": 16}), *PLAIN]))
    hold(jobs, frame_of([*answer_rows(plain_answers()), *ROWS[case]]))
    hold(jobs, frame_of([*ROWS[case], *answer_rows(plain_answers())]))


def test_a_chain_of_jobs_that_share_tasks_is_followed_to_its_end() -> None:
    count = 250
    jobs = [job(f"j{at}") for at in range(count)]
    answers = [
        wrapped(f"j{at + step}", evolink(f"t{at}", 27, ("pending", "completed")[step]))
        for at in range(count - 1)
        for step in (0, 1)
    ]
    hold(frame_of(job_rows(jobs)), frame_of(answer_rows(answers)))


def test_a_task_of_very_many_answers() -> None:
    answers = [wrapped("a", evolink("t", n, "processing", progress=n % 100)) for n in range(300)]
    hold(frame_of(job_rows(PLAIN)), frame_of(answer_rows([*plain_answers(), *answers])))


@by_engine
def test_empty_frames_give_an_empty_frame_of_the_same_kind(engine: Engine) -> None:
    jobs, answers = (as_text(frame_of(rows)) for rows in (job_rows(PLAIN), answer_rows(plain_answers())))
    for few in (jobs[:0], jobs[:0][["model"]]):
        given = engine.frame(arrow(few))
        told = kc.reconcile_frame(given, engine.frame(arrow(answers)))
        assert type(told) is type(given)
        same(engine, told, object_way(jobs[:0], answers))
    hold(jobs, answers[:0], engine)


def test_the_two_frames_may_be_of_two_engines() -> None:
    jobs, answers = (as_text(frame_of(rows)) for rows in (job_rows(PLAIN), answer_rows(plain_answers())))
    true = object_way(jobs, answers)
    assert_frame_equal(kc.reconcile_frame(jobs, arrow(answers)), true)
    arrows = next(engine for engine in ENGINES if engine.name == "pyarrow")
    same(arrows, kc.reconcile_frame(arrow(jobs), answers), true)


def test_a_relation_comes_back_in_its_connection() -> None:
    duckdb = need_module("duckdb")
    jobs, answers = (as_text(frame_of(rows)) for rows in (job_rows(PLAIN), answer_rows(plain_answers())))
    own = duckdb.connect()
    told = kc.reconcile_frame(own.from_arrow(arrow(jobs)), answers)
    own.execute("CREATE TABLE budget AS SELECT 'a' AS job_id")
    assert told.query("tasks", "SELECT count(*) FROM tasks JOIN budget USING (job_id)").fetchall() == [(1,)]
    assert str(told.types[SCHEMA.names.index("variance")]) == "DECIMAL(38,18)"


def test_book_and_day_hold_as_for_the_objects(project: Path) -> None:
    jobs, answers = frame_of(job_rows(PLAIN)), frame_of(answer_rows(plain_answers()))
    before = date(2025, 1, 1)
    assert len(kc.reconcile_frame(jobs, answers, as_of=before)) == len(object_way(jobs, answers, as_of=before)) == 0
    book = kc.load_prices("evolink-2026-10-10")
    told = kc.reconcile_frame(jobs, answers, book)
    assert_frame_equal(told, object_way(jobs, answers, book=book))


def test_jobs_that_were_priced_before_are_priced_anew() -> None:
    jobs = frame_of(job_rows(PLAIN))
    answers = frame_of(answer_rows(plain_answers()))
    assert_frame_equal(kc.reconcile_frame(kc.price_frame(jobs), answers), object_way(jobs, answers))


@pytest.mark.parametrize(
    ("jobs", "answers", "why"),
    [
        ([], pd.DataFrame(), "jobs must be a frame of pandas"),
        (pd.DataFrame(), "answers.csv", "responses must be a frame of pandas"),
        (pd.DataFrame({"model": ["kling"], "durration": [5]}), pd.DataFrame(), "durration"),
        (pd.DataFrame([["a", "b"]], columns=["model", "model"]), pd.DataFrame(), "two columns named model"),
        (pa.table([[1], [2]], names=["model", "model"]), pd.DataFrame(), "two columns named model"),
    ],
)
def test_what_cannot_be_meant_is_refused(jobs: Any, answers: Any, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        kc.reconcile_frame(jobs, answers)


def bodies(kind: Any, field: str) -> Iterator[Callable[[Any], Line]]:
    """Bodies that differ in one field, good ones and bad ones."""
    filled = {name: plain.stand_in for name, plain in PLAIN_VALUES.items() if name in kind.fields}
    shots = {
        "multi_shot": True,
        "shot_type": "customize",
        "multi_prompt": [{"index": 1, "prompt": "a", "duration": "5"}],
    }
    params = (
        [None, shots, {"multi_shot": True, "shot_type": "intelligence"}, {"multi_shot": True}]
        if "model_params" in kind.fields
        else [None]
    )
    for only in (filled, {}):
        for param in params:
            beside = {} if param is None else {"model_params": param}
            yield lambda value, only=only, beside=beside: {kind.name_field: kind.model, **only, **beside, field: value}  # type: ignore[misc]


@pytest.mark.parametrize("field", PLAIN_VALUES)
def test_no_rule_tells_plain_values_apart(field: str, seed: int) -> None:
    pick, plain = random.Random(seed), PLAIN_VALUES[field]
    words = ["a", "x" * 500, "雾" * 500, "7", ">>>element_1", 'He said: "no"\n', "é"]
    folder = "/".join(pick.choice(["a", "b.c", "%20", "~x", "d+e"]) for _ in range(5))
    webs = [f"{way}://h{pick.randint(1, 9)}.example.com/{folder}" for way in ("http", "https")]
    ends = {"video": [".mp4"]}.get(field, [".jpg", ".jpeg", ".png"])
    values = words if field.endswith("prompt") else [web + end for web in webs for end in ends]
    for kind in KINDS.values():
        if field in kind.fields:
            for body in bodies(kind, field):
                found = [_faults(body(value)) for value in (plain.stand_in, *values)]
                assert found == found[:1] * len(found), (kind.model, field)


def _faults(body: Line) -> Any:
    found = job_from_body(body, Details("a", "s", 1))
    return found.ask, found.readable, [(p.code, p.field) for p in found.problems]
