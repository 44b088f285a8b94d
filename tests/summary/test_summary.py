"""A choice between ways never changes a figure: summaries are what estimates say, whatever the file and its size."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.io.chunks import Chunk, chunks
from kling_cost.io.sources import name_sources
from kling_cost.pricebook.load import load_prices
from kling_cost.summary.accumulator import MOST_PROBLEMS
from kling_cost.summary.id_hashes import Hashes, Places, hashes_of
from kling_cost.summary.summarize import How, Run
from kling_cost.summary.workers import WorkerError
from tests.summary.summaries import same

T2V = {"model": "kling-v3-text-to-video", "prompt": "x"}
K3 = {"type": "pro-text-to-video", "prompt": "x", "duration": 7}
FORMS = ["json", "jsonl", "yaml", "csv", "tsv", "xlsx", "parquet"]
#: Pieces so small that a few lines make many, in this process and in several.
IN_CHUNKS = [How(chunk_size=200), How(chunk_size=1_000, processes=2)]


def jsonl(path: Path, *items: Any) -> Path:
    texts = [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items]
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_the_sample_campaign_in_every_form(project: Path, form: str, strict: bool) -> None:
    summary = same(project / f"examples/campaign.{form}", how=How(strict=strict))
    assert summary is not None
    assert summary.jobs


@pytest.mark.parametrize("how", IN_CHUNKS)
def test_all_forms_together_have_ids_of_their_own(project: Path, how: How) -> None:
    """The second to the last file repeat the first."""
    summary = same(*(project / f"examples/campaign.{form}" for form in FORMS), how=how)
    assert summary is not None
    assert summary.codes["error", "duplicate"] > 6


ITEMS = [
    T2V,
    K3,
    {**T2V, "duration": 10, "quality": "1080p", "sound": "on"},
    {**T2V, "duration": 99},
    {**T2V, "seed": 1},
    {"model": "nothing", "prompt": "x"},
    {"request": T2V, "takes": 3, "tags": {"client": "Acme", "scene": "a"}},
    {"request": K3, "takes": 2, "tags": {"client": "하늘", "empty": ""}, "job_id": "k3"},
    {"request": T2V, "date": "2026-03-01", "job_id": "dated"},
    {"request": T2V, "date": "2020-03-01"},
    {"request": T2V, "provider": "evolink", "tags": {"n": 7}},
    {"request": T2V, "provider": "nobody"},
    {"request": T2V, "takes": 0},
    {"request": T2V, "takes": True},
    {"request": T2V, "job_id": " "},
    {"request": T2V, "job_id": 5},
    {"request": T2V, "tags": {" ": "x", "b": None}},
    {"request": T2V, "task_id": "task-1", "remark": 1},
    {"request": [], "takes": 2},
    {"request": {**T2V, "job_id": "inside"}},
    [],
    "?",
    '{"model": "kling-v3-text-to-video", "model": "x", "prompt": "x"}',
    "",
    "  \t ",
    "5",
    '{"model": "kling-v3-text-to-video", "prompt": "\\ud800"}',
]


@given(st.lists(st.sampled_from(ITEMS), max_size=40), st.sampled_from([60, 300, 5_000]), st.booleans())
def test_lines_in_any_order_and_any_chunks(
    tmp_path_factory: pytest.TempPathFactory, items: list[Any], chunk_size: int, strict: bool
) -> None:
    same(jsonl(tmp_path_factory.mktemp("lines") / "jobs.jsonl", *items), how=How(chunk_size=chunk_size, strict=strict))


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("how", IN_CHUNKS)
def test_several_processes_and_every_kind_of_line(tmp_path: Path, how: How, ends: str, start: str, seed: int) -> None:
    texts = [item if isinstance(item, str) else json.dumps(item) for item in ITEMS * 40]
    random.Random(seed).shuffle(texts)
    (tmp_path / "a.jsonl").write_bytes((start + ends.join(texts)).encode())
    jsonl(tmp_path / "b.jsonl", *ITEMS)
    same(tmp_path / "a.jsonl", tmp_path / "b.jsonl", how=how)


@pytest.mark.parametrize("how", IN_CHUNKS)
def test_of_jobs_with_one_id_the_first_stands_wherever_the_others_are(tmp_path: Path, how: How) -> None:
    """In the same piece, in others, in other files, three times, with errors of their own."""
    wide = [{"request": {**T2V, "duration": 3 + n % 13}, "job_id": f"job-{n:03}"} for n in range(300)]
    one = jsonl(tmp_path / "one.jsonl", *wide, wide[5], wide[299], {"request": {**T2V, "duration": 99}, "job_id": "x"})
    two = jsonl(tmp_path / "two.jsonl", {**wide[5], "takes": 9}, {"request": T2V, "job_id": "x"}, {**T2V, "x": 1})
    three = tmp_path / "three.csv"
    three.write_text("model,job_id\nkling-v3-text-to-video, job-005 \nkling-v3-text-to-video,y\n", encoding="utf-8")
    summary = same(one, two, three, how=how)
    assert summary is not None
    assert summary.codes["error", "duplicate"] == 5


@pytest.mark.parametrize("how", IN_CHUNKS)
@pytest.mark.parametrize("at", [1, 3])
def test_an_id_may_be_the_one_that_a_row_without_an_id_gets(tmp_path: Path, how: How, at: int) -> None:
    items: list[Any] = [T2V, T2V, T2V]
    items[at - 1] = {"request": T2V, "job_id": "jobs.jsonl:2"}
    summary = same(jsonl(tmp_path / "jobs.jsonl", *items), how=how)
    assert summary is not None
    assert summary.left_out == 1


def test_all_of_many_jobs_may_be_given_twice(tmp_path: Path) -> None:
    items = [{"request": T2V, "job_id": f"job-{n}"} for n in range(2_000)]
    one, two = jsonl(tmp_path / "a.jsonl", *items), jsonl(tmp_path / "b.jsonl", *reversed(items))
    summary = same(one, two, how=How(chunk_size=10_000, processes=2))
    assert summary is not None
    assert (summary.left_out, len(summary.problems), summary.more_problems) == (2_000, MOST_PROBLEMS, 1_000)


def test_problems_are_kept_up_to_a_bound_and_counted_beyond(tmp_path: Path) -> None:
    bad = [{**T2V, "duration": 99}, {**T2V, "seed": 1}, "?", {"model": "nothing"}]
    for count in (MOST_PROBLEMS // 5, MOST_PROBLEMS):
        same(jsonl(tmp_path / "jobs.jsonl", *bad * count), how=How(chunk_size=2_000, processes=2))


def test_a_file_without_any_job(tmp_path: Path) -> None:
    same(jsonl(tmp_path / "a.jsonl"))
    same(jsonl(tmp_path / "a.jsonl", "", ""))
    (tmp_path / "b.csv").write_text("", encoding="utf-8")
    same(tmp_path / "b.csv")
    (tmp_path / "b.csv").write_text("model,duration\n", encoding="utf-8")
    same(tmp_path / "b.csv")


def test_what_cannot_be_read_is_refused_alike(tmp_path: Path) -> None:
    good = jsonl(tmp_path / "good.jsonl", T2V)
    same(good, tmp_path / "missing.jsonl", how=IN_CHUNKS[1])
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1")
    same(good, broken)
    (tmp_path / "text.jsonl").write_bytes("{}\n".encode("utf-16"))
    same(tmp_path / "text.jsonl")
    (tmp_path / "text.jsonl").write_bytes('{"model": "영상"}\n'.encode("cp949"))
    same(tmp_path / "text.jsonl", encoding="cp949")
    same(tmp_path / "text.jsonl")


def test_a_line_longer_than_any_may_be_is_a_problem_of_its_row(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "jobs.jsonl", T2V, {"prompt": "x" * (5 << 20)}, T2V)
    summary = same(path, how=How(chunk_size=1 << 20, processes=2))
    assert summary is not None
    assert summary.problems[0].row == 2


@given(st.binary(max_size=300), st.integers(1, 40))
def test_chunks_hold_every_line_once(tmp_path_factory: pytest.TempPathFactory, data: bytes, size: int) -> None:
    path = tmp_path_factory.mktemp("pieces") / "x.jsonl"
    data = data.replace(b"x", b"\n")
    path.write_bytes(data)
    source = name_sources([path])[0]
    found: list[Chunk] = list(chunks(source, size))
    if source.codec(data[:4]).startswith("utf-8"):
        assert [line for chunk in found for line in chunk.lines()] == list(source.lines())


@given(st.lists(st.text(max_size=90) | st.sampled_from(["a", "b", "job-1", "job-1\0", "", "\0", "x" * 64, "x" * 65])))
def test_repeated_ids_are_found_and_nothing_else(ids: list[str]) -> None:
    hashes = Hashes()
    hashes.add([hashes_of(ids[:3])])
    hashes.add([hashes_of(ids[3:])])
    suspects = hashes.suspects()
    repeated = [at for at, one in enumerate(ids) if one in ids[:at]]
    if not len(suspects):
        assert not repeated
        return
    places = Places(suspects)
    places.look(0, ids, list(range(len(ids))))
    found = dict(places.repeats(["f"]).of(0))
    assert found == {at: f"f:{ids.index(ids[at])}" for at in repeated}


def test_ids_that_only_hash_alike_are_all_kept() -> None:
    """Whatever the hash: what is suspected is looked at again."""
    ids = ["a", "b", "a", "c"]
    places = Places(hashes_of(["a", "b", "c"]).copy())
    places._suspects.sort()
    places.look(0, ids, [1, 2, 3, 4])
    assert dict(places.repeats(["f"]).of(0)) == {3: "f:1"}


def test_ids_that_differ_in_one_character_hash_apart() -> None:
    ids = [f"job-{n:07}" for n in range(100_000)] + [f"{n}" for n in range(100_000)]
    assert Counter(hashes_of(ids).tolist()).most_common(1)[0][1] == 1


def test_every_job_is_told_of(tmp_path: Path) -> None:
    told: list[int] = []
    path = jsonl(tmp_path / "jobs.jsonl", *[T2V] * 50)
    Run(name_sources([path]), load_prices(), How(chunk_size=500, watch=told.append)).summary()
    assert told == sorted(told)
    assert told[-1] == 50


def test_the_public_way_takes_what_an_estimate_takes(tmp_path: Path) -> None:
    """Paths, several of them, a pipe, jobs and frames: the same totals and breakdowns."""
    path = jsonl(tmp_path / "jobs.jsonl", T2V, {"request": K3, "takes": 2, "tags": {"client": "Acme"}})
    sheet = pd.DataFrame({"model": [T2V["model"]], "takes": [3]})
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    with subprocess.Popen([sys.executable, "-c", f"open({str(pipe)!r}, 'w').write({json.dumps(T2V)!r})"]):
        assert kc.summarize(pipe).totals == kc.estimate([T2V]).totals
    for jobs in (path, str(path), kc.read_jobs(path), [T2V, K3], sheet, []):
        found, wanted = kc.summarize(jobs, as_of="2026-11-20"), kc.estimate(jobs, as_of="2026-11-20")
        assert (found.totals, found.breakdowns, found.jobs) == (wanted.totals, wanted.breakdowns, wanted.summary.jobs)
    other = jsonl(tmp_path / "more.jsonl", T2V)
    assert kc.summarize([path, other]).totals == kc.estimate(kc.read_jobs(path, other)).totals
    assert kc.summarize((path,), processes=2).totals == kc.estimate(path).totals


@pytest.mark.parametrize(
    "more",
    [{"processes": 0}, {"processes": True}, {"processes": "2"}, {"strict": "no"}, {"as_of": "soon"}, {"sheet": 5}],
)
def test_what_no_argument_can_be_is_refused(tmp_path: Path, more: dict[str, Any]) -> None:
    with pytest.raises(kc.UsageError):
        kc.summarize(jsonl(tmp_path / "jobs.jsonl", T2V), **more)


def test_figures_of_both_ways_are_one_type(tmp_path: Path) -> None:
    """An estimate has what a summary is; a gate and a report take either."""
    path = jsonl(tmp_path / "jobs.jsonl", T2V, {**T2V, "duration": 99})
    totals, estimate = kc.summarize(path), kc.estimate(path)
    assert type(totals) is type(estimate.summary) is kc.Totals
    assert repr(totals) == repr(estimate.summary) == "<Totals: 1 job, 27 EVOLINK_CREDIT, 1 left out, 1 problem>"
    for number, plan in enumerate((totals, estimate.summary, kc.check(totals, budget="1 USD"))):
        kc.write_report(tmp_path / f"{number}.md", plan)
        assert "27.0000" in (tmp_path / f"{number}.md").read_text("utf-8")
    with pytest.raises(kc.UsageError, match="Parquet can only contain line items, tasks or offers"):
        kc.write_report(tmp_path / "x.parquet", totals)


@pytest.mark.parametrize("fault", [
    BrokenPipeError(),
    BrokenProcessPool(),
    ValueError("bad value(s) in fds_to_keep"),  # the pipes of a process, closed when another died, were given out again
])  # fmt: skip
def test_a_process_that_dies_while_it_starts_is_told_of_and_the_others_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    class Dying(ProcessPoolExecutor):
        def submit(self, *_: Any, **__: Any) -> Any:
            get_context("spawn").Process(target=signal.pause).start()
            raise fault

    monkeypatch.setattr("kling_cost.summary.workers.ProcessPoolExecutor", Dying)
    path, before = jsonl(tmp_path / "jobs.jsonl", *[T2V] * 50), active_children()
    with pytest.raises(WorkerError, match=r"jobs\.jsonl: .*--processes 1"):
        Run(name_sources([path]), load_prices(), How(chunk_size=200, processes=2)).summary()
    started = [process for process in active_children() if process not in before]
    for process in started:
        process.join(60)
    assert [process for process in started if process.is_alive()] == []
