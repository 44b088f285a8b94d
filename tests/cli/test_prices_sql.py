"""`prices table` as SQL: what it prints, what it writes, and what is wrong use."""

from __future__ import annotations

from pathlib import Path

import pytest

from kling_cost.cli.verbs import prices
from kling_cost.pricing.sql_dialects import DIALECTS
from tests.cli import AS_OF, run

BEGINNING = b"-- kling_cost: prices to look up."


def test_every_dialect_is_offered() -> None:
    assert tuple(DIALECTS) == prices._DIALECTS


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_is_printed_and_written_alike(tmp_path: Path, dialect: str) -> None:
    printed = run("prices", "table", "--format", "sql", "--dialect", dialect, *AS_OF)
    assert (printed.returncode, printed.stderr) == (0, b"")
    assert printed.stdout.startswith(BEGINNING)
    assert printed.stdout.endswith(b"d.calls IS NOT NULL;\n")
    assert b"as of 2026-11-20" in printed.stdout
    path = tmp_path / "prices.SQL"
    written = run("prices", "table", "--dialect", dialect, "-o", path, *AS_OF)
    assert (written.returncode, written.stdout) == (0, b"")
    assert written.stderr.decode() == f"wrote {path}\n"
    assert path.read_bytes() == printed.stdout


def test_csv_is_what_is_printed_by_default(tmp_path: Path) -> None:
    plain = run("prices", "table", *AS_OF).stdout
    assert plain == run("prices", "table", "--format", "csv", *AS_OF).stdout
    assert run("prices", "table", "--format", "csv", "-o", tmp_path / "p.csv", *AS_OF).returncode == 0
    assert (tmp_path / "p.csv").read_bytes() == plain


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--format", "sql"], "SQL differs between warehouses: pass --dialect with one of duckdb, postgresql"),
        (["-o", "p.sql"], "SQL differs between warehouses"),
        (["--dialect", "duckdb"], "--dialect needs SQL output"),
        (["--dialect", "duckdb", "-o", "p.csv"], "--dialect needs SQL output"),
        (["--dialect", "oracle", "--format", "sql"], "'oracle' is not one of 'duckdb'"),
        (["--format", "sql", "--dialect", "duckdb", "-o", "p.csv"], "p.csv: contradicts --format sql"),
        (["--format", "csv", "-o", "p.sql"], "p.sql: contradicts --format csv"),
        (["-o", "p.doc"], "p.doc: the price table can be written as .csv, .parquet or .sql"),
    ],
)
def test_wrong_use_exits_with_2_and_writes_nothing(tmp_path: Path, words: list[str], message: str) -> None:
    found = run("prices", "table", *words, *AS_OF, cwd=tmp_path)
    assert (found.returncode, found.stdout) == (2, b"")
    assert message in found.stderr.decode()
    assert list(tmp_path.iterdir()) == []
