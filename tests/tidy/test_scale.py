"""What docs/scale.md says is true: its commands and examples run, its figures and its plot are those of the table."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from docs import scale_plot
from tests.engines import need_module, spark_session

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def page(project: Path) -> str:
    return (project / "docs" / "scale.md").read_text(encoding="utf-8")


@pytest.fixture
def desk(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the page takes for granted."""
    (tmp_path / "jobs").mkdir()
    (tmp_path / "pricing.yaml").write_bytes((project / "pricing.yaml").read_bytes())
    jobs = {"duration": [5, 10, 5], "sound": ["off", "off", "on"], "client": ["Acme", "Acme", "Initech"]}
    table = pa.table({"model": ["kling-v3-text-to-video"] * 3, **jobs})
    pq.write_table(table, tmp_path / "jobs" / "day.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commands(page: str) -> list[str]:
    return [line[2:] for kind, text in BLOCK.findall(page) if kind == "console" for line in text.splitlines()]


def run(command: str, desk: Path) -> None:
    line = command.replace("kling-cost", f'"{sys.executable}" -m kling_cost', 1)
    environment = {**os.environ, "NO_COLOR": "1"}
    found = subprocess.run(line, shell=True, capture_output=True, text=True, env=environment, cwd=desk, check=False)
    assert found.returncode == 0, (command, found.stdout, found.stderr)


def examples(page: str, desk: Path, in_spark: bool) -> doctest.DocTest:
    texts = [text for kind, text in BLOCK.findall(page) if kind == "python" and ("SparkSession" in text) == in_spark]
    names: dict[str, Any] = {}
    exec("from datetime import date\nfrom decimal import Decimal\nimport kling_cost as kc", names)
    text = "\n".join(texts)
    if in_spark:  # its machine may have been started in another folder
        text = re.sub(r'parquet\("(\w+)"\)', lambda found: f'parquet("{desk / found[1]}")', text)
    return doctest.DocTestParser().get_doctest(text, names, "scale.md", None, 0)


def test_commands_run_and_examples_say_what_is_shown(page: str, desk: Path) -> None:
    for part in ("polars", "duckdb"):
        need_module(part)
    for command in commands(page):
        run(command, desk)
    test = examples(page, desk, in_spark=False)
    assert len(test.examples) > 8
    assert doctest.DocTestRunner().run(test).failed == 0


def test_the_example_for_spark_says_what_is_shown(page: str, desk: Path) -> None:
    spark_session()
    test = examples(page, desk, in_spark=True)
    assert len(test.examples) > 4
    assert doctest.DocTestRunner().run(test).failed == 0
    assert pq.read_table(desk / "priced").num_rows == 3


def test_figures_and_plot_are_those_of_the_table(project: Path, page: str) -> None:
    text = (project / "docs" / "scale.csv").read_text(encoding="utf-8")
    assert (project / "docs" / "scale.svg").read_text(encoding="utf-8") == scale_plot.drawing(text)
    assert scale_plot.reckoned(text) in page


def test_links_lead_somewhere(project: Path, page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page):
        assert (project / "docs" / target).exists(), target
