"""Benchmarks compare what does the same work, and can be run one by one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines import need_module


@pytest.mark.parametrize("name", ["OBJECTS", "TEXT", "CATEGORIES", "POLARS", "POLARS_LAZY", "PYARROW", "DUCKDB"])
def test_a_join_by_hand_gives_the_same_figures(name: str) -> None:
    need_module("polars")
    need_module("duckdb")
    from benchmarks import frame_engines

    engine = getattr(frame_engines, name)
    assert frame_engines.unlike(engine, frame_engines.rows_of(3_000, engine)) == "same figures"


def test_a_join_that_is_wrong_is_seen() -> None:
    need_module("polars")
    need_module("duckdb")
    from dataclasses import replace

    from benchmarks import frame_engines as engines

    dearer = replace(engines.PYARROW, theirs=lambda table: engines.PYARROW.theirs(table.slice(1)))
    assert "UNLIKE" in engines.unlike(dearer, engines.rows_of(3_000, dearer))


def test_an_unknown_benchmark_is_refused(project: Path) -> None:
    words = [sys.executable, "-m", "benchmarks", "frames", "nosuch"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=project, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no benchmark nosuch; there are cli, jobs" in done.stderr


def test_a_package_that_is_not_installed_stops_no_other_benchmark(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmarks import __main__ as benchmarks
    from benchmarks import growth
    from benchmarks.measure import Figure

    monkeypatch.setattr(growth, "figures", lambda: iter([Figure("a figure", "another", 2, 3)]))
    monkeypatch.setattr(benchmarks, "PARTS", ("click", "not-installed"))
    assert benchmarks.main(["growth"]) == 0
    printed = capsys.readouterr().out
    assert "2.00×" in printed
    assert "click " in printed
    assert "not-installed" not in printed
