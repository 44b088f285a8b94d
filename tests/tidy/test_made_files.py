"""Committed files that were made by a command are what it makes."""

from __future__ import annotations

import ast
import io
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pyarrow.parquet as pq
import pytest

import docs.make
import examples.make
from kling_cost import messages as sentences
from kling_cost import problems
from kling_cost.messages.finding_messages import FINDINGS, KINDS
from kling_cost.reporting.translations import words_of
from kling_cost.results.result_schema import schema
from tests.cases import cases

MADE = examples.make.files()


@pytest.mark.parametrize("path", sorted(MADE))
def test_a_sample_is_what_make_examples_makes(project: Path, path: str) -> None:
    committed, made = (project / path).read_bytes(), MADE[path]
    if path.endswith(".xlsx"):
        assert workbook(committed) == workbook(made)
    elif path.endswith(".parquet"):  # its bytes name the version of the library that wrote them
        assert pq.read_table(io.BytesIO(committed)).equals(pq.read_table(io.BytesIO(made)))
    else:
        assert committed == made


def workbook(data: bytes) -> list[Any]:
    """Every cell of a workbook: formulas and values, formats."""
    found = []
    for values in (False, True):
        for sheet in openpyxl.load_workbook(io.BytesIO(data), data_only=values):
            found += [(sheet.title, c.coordinate, c.value, c.number_format) for row in sheet.iter_rows() for c in row]
    return found


@pytest.mark.parametrize("name", docs.make.PAGES)
def test_a_page_is_what_make_docs_makes(project: Path, name: str) -> None:
    assert (project / "docs" / "reference" / name).read_text(encoding="utf-8") == docs.make.PAGES[name]()


def test_the_codes_are_the_same_closed_list_everywhere(project: Path) -> None:
    codes = {key.partition(".")[0] for key in sentences.SENTENCES}
    assert codes == {entry["code"] for entry in cases("problems")["codes"]}
    assert codes == set(
        re.findall(r"^## `(\w+)`$", (project / "docs/reference/problems.md").read_text("utf-8"), re.MULTILINE)
    )
    assert codes == set(schema("estimate")["$defs"]["problem"]["properties"]["code"]["enum"])
    severities = set(schema("estimate")["$defs"]["problem"]["properties"]["severity"]["enum"])
    assert severities == set(get_args(problems.Severity))


def test_the_kinds_of_findings_are_the_same_closed_list_everywhere() -> None:
    kinds = [kind for entry in cases("findings")["kinds"] for kind in entry["kind"].split()]
    assert kinds == list(KINDS)
    assert kinds == schema("reconciliation")["$defs"]["finding_kind"]["enum"]
    assert {key.removeprefix("kind.") for key in words_of("en").texts if key.startswith("kind.")} == set(kinds)
    for entry in cases("findings")["kinds"]:
        severities = {s.severity for key, s in FINDINGS.items() if key.partition(".")[0] in entry["kind"].split()}
        assert entry.get("severity", "error") in severities


def test_every_sentence_is_used_somewhere(project: Path) -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in (project / "kling_cost").rglob("*.py")
        if path.parent.name != "messages" or path.name == "finding_messages.py"
    )
    for key in [*sentences.SENTENCES, *sentences.NOTES]:
        assert f'"{key}"' in source, f"{key} is never said"


@pytest.mark.parametrize("name", ["Makefile", ".ci/run"])
def test_what_a_recipe_names_is_there(project: Path, name: str) -> None:
    named = re.findall(r"\b(?:kling_cost|tests|benchmarks|docs)/[\w/]+\.\w+", (project / name).read_text("utf-8"))
    assert [path for path in named if not (project / path).exists()] == []


def test_the_runs_with_other_versions_leave_out_only_what_reads_files(project: Path) -> None:
    """Whatever has to do with a package that the library needs is run with its lowest and its newest version."""
    (readers,) = re.findall("^READERS := (.*)$", (project / "Makefile").read_text("utf-8"), re.MULTILINE)
    listed = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    needed = {text[: text.index(">")].lower() for text in listed}
    assert {"pandas", "pyarrow", "pydantic"} <= needed
    for name in readers.split():
        tree = ast.parse((project / f"tests/tidy/test_{name}.py").read_text("utf-8"))
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert {module.partition(".")[0].lower() for module in imported} & needed == set(), name
