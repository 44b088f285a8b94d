"""Tests measure no time on a clock, use whatever they draw, and assert one thing, not one of several."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.mutation import ALSO_HELD_BY, held_by
from tests.tidy.source_files import PROJECT

FILES = {str(path.relative_to(PROJECT)): path for path in sorted((PROJECT / "tests").rglob("*.py"))}
#: What a busy machine makes longer. CPU seconds of a process (`process_time`), with room, and ratios are fine.
CLOCKS = {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "time_ns", "timeit", "default_timer"}
#: A limit after which a test gives up waiting says nothing of speed if it is as long as this.
PATIENCE = 60

by_file = pytest.mark.parametrize("name", FILES)


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(FILES[name].read_text(encoding="utf-8"))


def clocks(tree: ast.Module) -> Iterator[str]:
    """Where a program asks a clock, or waits for so short a time that a busy machine fails it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            asked = node.attr in CLOCKS or ast.unparse(node) in ("time.time", "datetime.now", "datetime.datetime.now")
            if asked:
                yield f"{node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (f"{node.lineno}: {alias.name}" for alias in node.names if alias.name in {*CLOCKS, "time"})
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_program(node):
            yield from (f"{node.lineno}: {clock}" for clock in CLOCKS if f"time.{clock}" in node.value)
        elif isinstance(node, ast.Call):
            given = [k.value for k in node.keywords if k.arg == "timeout"]
            given += node.args[1:2] if ast.unparse(node.func) == "WebDriverWait" else []
            for limit in given:
                if not (isinstance(limit, ast.Constant) and isinstance(limit.value, int) and limit.value >= PATIENCE):
                    yield f"{node.lineno}: waits for {ast.unparse(limit)} s"


def _is_program(text: ast.Constant) -> bool:
    """Whether a text is a program that a test runs in another process; those of this file are examples."""
    return text.value.startswith("\nimport")


def unused(tree: ast.Module) -> Iterator[str]:
    """Arguments of tests that `given` or `parametrize` fill and the test never looks at, and draws that are dropped."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            read = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            for name in [*_filled(node), *_drawn(node)]:
                if name not in read:
                    yield f"{node.lineno}: {node.name} never uses {name}"


def _filled(function: ast.FunctionDef) -> Iterator[str]:
    arguments = [argument.arg for argument in function.args.args + function.args.kwonlyargs]
    for call in function.decorator_list:
        if not isinstance(call, ast.Call):
            continue
        if ast.unparse(call.func).rpartition(".")[2] == "given":
            yield from arguments[len(arguments) - len(call.args) :] if call.args else ()
            yield from (keyword.arg for keyword in call.keywords if keyword.arg)
        elif ast.unparse(call.func).endswith("mark.parametrize"):
            names = ast.literal_eval(call.args[0])
            yield from names.replace(",", " ").split() if isinstance(names, str) else names


def _drawn(function: ast.FunctionDef) -> Iterator[str]:
    """Names that hold what was drawn, also where one line draws several."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and "draw(" in ast.unparse(node.value):
            for target in node.targets:
                yield from (name.id for name in ast.walk(target) if isinstance(name, ast.Name))


def loose(tree: ast.Module) -> Iterator[str]:
    """Assertions that one of several things satisfies: a condition belongs into an `if`, an exact value beside it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or):
            yield f"{node.lineno}: {ast.unparse(node.test)}"


@by_file
def test_no_test_measures_time_on_a_clock(name: str) -> None:
    assert list(clocks(tree(name))) == []


@by_file
def test_whatever_is_drawn_is_used(name: str) -> None:
    assert list(unused(tree(name))) == []


@by_file
def test_an_assertion_has_no_loose_or(name: str) -> None:
    assert list(loose(tree(name))) == []


@pytest.mark.parametrize(
    "text",
    [
        "time.monotonic()",
        "time.time()",
        "from time import perf_counter",
        "timeit.default_timer()",
        "p.wait(timeout=5)",
        "p.wait(timeout=1.5)",
        "WebDriverWait(b, 10)",
        "run('''\nimport time\ntime.monotonic()''')",
        "datetime.now()",
    ],
)
def test_a_clock_is_seen(text: str) -> None:
    assert len(list(clocks(ast.parse(text)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "@given(st.integers(), st.text())\ndef test(folder, n, t):\n    assert t",
        "@given(n=st.integers())\ndef test(n):\n    assert 1",
        "@pytest.mark.parametrize('a, b', [])\ndef test(a, b):\n    assert b",
        "@pytest.mark.parametrize(('a', 'b'), [])\ndef test(a, b):\n    assert a",
        "@st.composite\ndef jobs(draw):\n    a, b = draw(x), draw(y)\n    return a",
        "def test(data):\n    n = data.draw(x)\n    assert data",
    ],
)
def test_an_unused_draw_is_seen(text: str) -> None:
    assert len(list(unused(ast.parse(text)))) == 1


@pytest.mark.parametrize("text", ["assert a or b", "assert a == 1 or not b, 'why'", "assert (a or b or c)"])
def test_a_loose_or_is_seen(text: str) -> None:
    assert len(list(loose(ast.parse(text)))) == 1


def test_what_is_fine_is_not_blamed() -> None:
    text = "@given(st.integers())\ndef test(folder, n):\n    assert time.process_time() > n\n    p.wait(timeout=60)"
    text += "\n    assert (n or 0) == 1"
    assert [*clocks(ast.parse(text)), *unused(ast.parse(text)), *loose(ast.parse(text))] == []


def test_the_folder_of_tests_is_looked_at() -> None:
    assert Path("tests/tidy/test_tests.py") in map(Path, FILES)


def test_what_holds_a_folder_against_changes_is_there() -> None:
    """After a folder was renamed, too."""
    code = PROJECT / "kling_cost"
    folders = {path.stem for path in code.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert ALSO_HELD_BY.keys() <= folders
    assert [path for folder in folders for path in held_by(folder) if not (PROJECT / path).exists()] == []
