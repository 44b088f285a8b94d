"""Frames are reconciled to the rows that the objects give, on every engine, and one by one only where they must."""

from __future__ import annotations

import json
import random
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
from kling_cost.actuals.flat import COLUMNS
from kling_cost.actuals.frames import reconciled
from kling_cost.jobs.bodies import job_from_body
from kling_cost.jobs.requests import KINDS
from kling_cost.jobs.requests.plain import PLAIN_VALUES
from kling_cost.problems import UsageError
from tests.actuals.planted import Generator
from tests.actuals.samples import FOG, Line, evolink, job, wrapped
from tests.actuals.sheets import ENGINES, answer_rows, as_text, back, frame_of, job_rows
from tests.conftest import need_module

by_engine = pytest.mark.parametrize("engine", ENGINES)
SEEDS = 4
JOBS = 150


def object_way(jobs: pd.DataFrame, answers: pd.DataFrame, **options: Any) -> pd.DataFrame:
    return kc.reconcile(kc.estimate(jobs, **options), kc.read_responses(answers)).to_frame()


def hold(jobs: pd.DataFrame, answers: pd.DataFrame, engine: str = "pandas") -> pd.DataFrame:
    """Hold the way of frames to the way of objects, and give what both say."""
    true = object_way(jobs, answers)
    told = kc.reconcile_frame(ENGINES[engine](jobs), ENGINES[engine](answers))
    assert_frame_equal(back(told), true)
    return true


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that are looked at one by one."""
    jobs: list[str] = []
    plain = reconciled.reconcile

    def watched(estimate: kc.Estimate, responses: kc.Responses) -> kc.Reconciliation:
        jobs.extend(item.job_id or "" for item in estimate.line_items)
        return plain(estimate, responses)

    monkeypatch.setattr(reconciled, "reconcile", watched)
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
    assert {"over_reserved", "still_open", "missing_response", "wrong_task_prefix", "duplicate_response"} <= found
    hold(jobs, doubled(answers, seed))
    hold(jobs.sample(frac=1, random_state=seed % 2**32), answers.sample(frac=1, random_state=seed % 2**32))


@by_engine
def test_every_engine_gives_the_rows_of_the_objects(engine: str, seed: int) -> None:
    jobs, answers = (as_text(frame) for frame in planted(seed + 100))
    hold(jobs, answers, engine)
    hold(jobs, doubled(answers, seed), engine)


@pytest.mark.parametrize("lost", ["task_id", "job_id", "provider", "created", "stage"])
def test_answers_may_lack_any_column(lost: str, seed: int) -> None:
    jobs, answers = planted(seed + 200)
    hold(jobs, answers.drop(columns=lost))
    hold(jobs, doubled(answers.drop(columns=lost), seed))


@by_engine
def test_the_example_of_every_kind_of_finding(engine: str, project: Path) -> None:
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
@given(rows_of(JOB_CELLS, 5), rows_of(CELLS, 10), st.sampled_from([e for e in ENGINES if e != "pandas"]))
def test_whatever_texts_frames_hold_engines_agree(jobs: pd.DataFrame, answers: pd.DataFrame, engine: str) -> None:
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
def test_empty_frames_give_an_empty_frame_of_the_same_kind(engine: str) -> None:
    jobs, answers = (as_text(frame_of(rows)) for rows in (job_rows(PLAIN), answer_rows(plain_answers())))
    make = ENGINES[engine]
    for few in (jobs[:0], jobs[:0][["model"]]):
        told = kc.reconcile_frame(make(few), make(answers))
        assert type(told) is type(make(jobs))
        assert_frame_equal(back(told), object_way(jobs[:0], answers))
        assert tuple(back(told).columns) == COLUMNS
    hold(jobs, answers[:0], engine)


def test_the_result_is_of_the_kind_of_the_jobs() -> None:
    jobs, answers = (as_text(frame_of(rows)) for rows in (job_rows(PLAIN), answer_rows(plain_answers())))
    kinds = {"pandas": "DataFrame", "polars": "DataFrame", "duckdb": "DuckDBPyRelation", "pyarrow": "Table"}
    told = {engine: kc.reconcile_frame(make(jobs), answers) for engine, make in ENGINES.items()}
    assert {engine: type(frame).__name__ for engine, frame in told.items()} == kinds
    variance = COLUMNS.index("variance")
    assert str(told["polars"].dtypes[variance]) == "Decimal(precision=38, scale=18)"
    assert str(told["duckdb"].types[variance]) == "DECIMAL(38,18)"
    assert told["pyarrow"].schema.types[variance] == pa.decimal128(38, 18)


def test_book_and_day_hold_as_for_the_objects(project: Path) -> None:
    jobs, answers = frame_of(job_rows(PLAIN)), frame_of(answer_rows(plain_answers()))
    before = date(2025, 1, 1)
    assert len(kc.reconcile_frame(jobs, answers, as_of=before)) == len(object_way(jobs, answers, as_of=before)) == 0
    book = kc.load_prices(project / "examples" / "books" / "evolink-2026-10-10.yaml")
    told = kc.reconcile_frame(jobs, answers, book)
    assert_frame_equal(told, object_way(jobs, answers, book=book))


def test_jobs_that_were_priced_before_are_priced_anew() -> None:
    jobs = frame_of(job_rows(PLAIN))
    answers = frame_of(answer_rows(plain_answers()))
    assert_frame_equal(kc.reconcile_frame(kc.price_frame(jobs), answers), object_way(jobs, answers))


@pytest.mark.parametrize(
    ("jobs", "answers", "why"),
    [
        ([], pd.DataFrame(), "jobs are a pandas or Polars DataFrame"),
        (pd.DataFrame(), "answers.csv", "responses are a pandas or Polars DataFrame"),
        (pd.DataFrame({"model": ["kling"], "durration": [5]}), pd.DataFrame(), "durration"),
        (pd.DataFrame([["a", "b"]], columns=["model", "model"]), pd.DataFrame(), "two columns model"),
        (pa.table([[1], [2]], names=["model", "model"]), pd.DataFrame(), "two columns model"),
    ],
)
def test_what_cannot_be_meant_is_refused(jobs: Any, answers: Any, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        kc.reconcile_frame(jobs, answers)


def test_a_lazy_frame_is_refused_by_its_name() -> None:
    polars = need_module("polars")
    with pytest.raises(UsageError, match=r"polars.*LazyFrame"):
        kc.reconcile_frame(polars.LazyFrame({"model": []}), pd.DataFrame())


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
                found = [_judged(body(value)) for value in (plain.stand_in, *values)]
                assert found == found[:1] * len(found), (kind.model, field)


def _judged(body: Line) -> Any:
    found = job_from_body(body, "a", "s", 1)
    return found.ask, found.readable, [(p.code, p.field) for p in found.problems]
